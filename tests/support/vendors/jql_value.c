#include "tests/support/vendors/jql_tree.h"

#include "base/date.h"
#include "tests/support/vendors/when.h"

static bool refuse_value(struct jql_parser *p, struct str value, const char *field)
{
    buf_printf(p->lex.why, "The value '%.*s' does not exist for the field '%s'.",
               STR_FMT(value), field);
    return false;
}

static bool date_of_day(struct str s, char sep, struct date *ret, struct str *ret_rest)
{
    char iso[10];

    if (s.n < 10 || s.p[4] != sep || s.p[7] != sep) {
        return false;
    }
    memcpy(iso, s.p, sizeof iso);
    iso[4] = iso[7] = '-';
    *ret_rest = str_skip(s, 10);
    return date_parse((struct str){iso, sizeof iso}, ret);
}

static bool clock_of_day(struct str s, int64_t *ret_seconds)
{
    uint64_t h = 0, m = 0;

    if (!s.n) {
        *ret_seconds = 0;
        return true;
    }
    if (s.n != 6 || s.p[0] != ' ' || s.p[3] != ':' ||
        !str_to_u64((struct str){s.p + 1, 2}, &h) ||
        !str_to_u64((struct str){s.p + 4, 2}, &m) || h > 23 || m > 59) {
        return false;
    }
    *ret_seconds = (int64_t)(h * 3600 + m * 60);
    return true;
}

/* In the calling user's zone and to the minute: JQL has no other dates. */
static bool quoted_date(const struct jql_site *site, struct str s, int64_t *ret_ms)
{
    struct date day;
    struct str rest;
    int64_t seconds;

    if (!date_of_day(s, '/', &day, &rest) && !date_of_day(s, '-', &day, &rest)) {
        return false;
    }
    if (!clock_of_day(rest, &seconds)) {
        return false;
    }
    *ret_ms = jira_zone_to_utc(site->zone, date_to_days(day) * 86400 + seconds) * 1000;
    return true;
}

static bool time_value(struct jql_parser *p, const char *field, bool bare,
                       struct jql_value *v)
{
    struct dur ago;
    int64_t epoch;

    if (bare && p->site->epoch && str_to_i64(v->text, &epoch) && epoch >= 0) {
        v->number = epoch;
        return true;
    }
    if (when_parse_relative(v->text, &ago)) {
        v->number = wall_add(p->site->now, ago).ms;
        return true;
    }
    if (quoted_date(p->site, v->text, &v->number)) {
        return true;
    }
    buf_printf(p->lex.why,
               "Date value '%.*s' for field '%s' is invalid. Valid formats include: "
               "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
               "or a period format e.g. '-5d', '4w 2d'.",
               STR_FMT(v->text), field);
    return false;
}

static bool category_value(struct jql_parser *p, struct jql_value *v)
{
    static const struct {
        const char *name, *key, *id;
        enum jql_category category;
    } rows[] = {
        {"To Do", "new", "2", JQL_NEW},
        {"In Progress", "indeterminate", "4", JQL_INDETERMINATE},
        {"Done", "done", "3", JQL_DONE},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_eq_nocase(v->text, str_of(rows[i].name)) ||
            str_eq_nocase(v->text, str_of(rows[i].key)) ||
            str_eqz(v->text, rows[i].id)) {
            v->number = rows[i].category;
            return true;
        }
    }
    return refuse_value(p, v->text, "statusCategory");
}

static bool issue_value(struct jql_parser *p, const char *field, struct jql_value *v)
{
    uint64_t id;

    v->number = str_to_u64(v->text, &id) && id < INT64_MAX ? (int64_t)id : -1;
    if (!p->site->strict || p->site->has_issue(p->site->arg, v->text)) {
        return true;
    }
    if (v->number < 0) {
        buf_printf(p->lex.why,
                   "An issue with key '%.*s' does not exist for field '%s'.",
                   STR_FMT(v->text), field);
    } else {
        buf_printf(p->lex.why,
                   "A value with ID '%.*s' does not exist for the field '%s'.",
                   STR_FMT(v->text), field);
    }
    return false;
}

static bool project_value(struct jql_parser *p, struct jql_value *v)
{
    const char *key = NULL;

    if (!p->site->has_project(p->site->arg, v->text, &key)) {
        return refuse_value(p, v->text, "project");
    }
    v->text = str_of(key);
    return true;
}

bool jql_value_resolve(struct jql_parser *p, enum jql_field field, struct str as_named,
                       enum jql_op op, bool bare, struct jql_value *v)
{
    char name[32] = "";

    memcpy(name, as_named.p, as_named.n < sizeof name ? as_named.n : sizeof name - 1);
    switch (field) {
    case JQL_F_PROJECT:
        return project_value(p, v);
    case JQL_F_UPDATED:
    case JQL_F_CREATED:
        return time_value(p, name, bare, v);
    case JQL_F_CATEGORY:
        return category_value(p, v);
    case JQL_F_ISSUE:
        /* "id > 10000" compares numbers; the issue need not exist. */
        if ((1U << op) & JQL_RANGES) {
            uint64_t id;

            if (str_to_u64(v->text, &id) && id < INT64_MAX) {
                v->number = (int64_t)id;
                return true;
            }
        }
        return issue_value(p, name, v);
    case JQL_F_STATUS:
    case JQL_F_TYPE:
    case JQL_F_LABELS:
    case JQL_F_COMPONENT:
    default:
        return true;
    }
}
