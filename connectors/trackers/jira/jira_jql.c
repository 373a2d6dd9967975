#include "connectors/trackers/jira/jira_jql.h"

#include <inttypes.h>

void jql_percent(struct buf *out, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
            (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~') {
            buf_addc(out, (char)c);
        } else {
            buf_addc(out, '%');
            buf_addc(out, digits[c >> 4]);
            buf_addc(out, digits[c & 15]);
        }
    }
}

/* Keys are quoted always: AND, ORDER and the like are words of the language. */
void jql_quote(struct buf *out, struct str s)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\') {
            buf_addc(out, '\\');
        }
        buf_addc(out, s.p[i]);
    }
    buf_addc(out, '"');
}

void jql_since(struct buf *out, const char *field, struct wall since,
               enum jql_dates dates, struct wall now)
{
    if (dates == JQL_EPOCH) {
        buf_printf(out, "%s >= %" PRId64, field, since.ms);
        return;
    }
    int64_t ms = wall_since(now, since).ms;

    /* Rounded away from now, and a minute more: the server's clock moves on
       between this and the search. */
    buf_printf(out, "%s >= -%" PRId64 "m", field, (ms > 0 ? ms / 60000 : 0) + 2);
}

static void add_projects(struct buf *out, const struct jql_query *q)
{
    buf_addz(out, q->n_projects == 1 ? "project = " : "project in (");
    for (size_t i = 0; i < q->n_projects; i++) {
        buf_addz(out, i > 0 ? "," : "");
        jql_quote(out, q->projects[i]);
    }
    buf_addz(out, q->n_projects == 1 ? "" : ")");
}

static void add_states(struct buf *out, const struct jql_query *q)
{
    if (q->states == JQL_OPEN || (q->states == JQL_KEPT && q->kept.ms == 0)) {
        buf_addz(out, " AND statusCategory != Done");
    } else if (q->states == JQL_CLOSED) {
        buf_addz(out, " AND statusCategory = Done");
    } else if (q->states == JQL_KEPT) {
        buf_addz(out, " AND (statusCategory != Done OR ");
        jql_since(out, "updated", q->kept, q->dates, q->now);
        buf_addc(out, ')');
    }
}

static void add_ids(struct buf *out, const struct jql_query *q)
{
    for (size_t i = 0; i < q->n_ids; i++) {
        buf_addz(out, i > 0 ? "," : " AND id in (");
        jql_quote(out, q->ids[i]);
    }
    buf_addz(out, q->n_ids > 0 ? ")" : "");
}

void jql_print(struct buf *out, const struct jql_query *q)
{
    if (q->n_projects > 0) {
        add_projects(out, q);
    } else {
        buf_addc(out, '(');
        buf_add(out, q->within);
        buf_addc(out, ')');
    }
    add_states(out, q);
    add_ids(out, q);
    if (q->since.ms != 0) {
        buf_addz(out, " AND ");
        jql_since(out, q->by_created ? "created" : "updated", q->since, q->dates,
                  q->now);
    }
    if (q->unordered) {
        return;
    }
    buf_printf(out, " ORDER BY %s ASC, key ASC", q->by_created ? "created" : "updated");
}
