#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

static struct str number(struct ctl *c, int64_t n)
{
    return ctl_text(c, "%lld", (long long)n);
}

/* ---- all of them ---- */

static const struct table_column initiative_columns[] = {
    {"ID", false, 0, 12},  {"STATUS", false, 1, 0}, {"OPEN", true, 0, 0},
    {"DOING", true, 2, 0}, {"DONE", true, 3, 0},    {"LAST CHANGE", false, 4, 0},
    {"DUE", false, 5, 0},  {"TITLE", false, 0, 8},
};

static void add_node(struct ctl *c, struct table *t, const json_t *n, struct str status)
{
    const json_t *items = field_obj(n, "items");
    bool active = str_eqz(status, "active");

    table_add(t, TERM_PLAIN, field_str(n, "id"));
    table_add(t, TERM_PLAIN, status);
    table_add(t, active && field_int(items, "open") == 0 ? TERM_WARN : TERM_PLAIN,
              number(c, field_int(items, "open")));
    table_add(t, TERM_PLAIN, number(c, field_int(items, "in_progress")));
    table_add(t, TERM_PLAIN, number(c, field_int(items, "completed")));
    table_add(t, TERM_PLAIN, ctl_ago(c, field_time(items, "last_change")));
    table_add(t, TERM_PLAIN, field_str(n, "due"));
    table_add(t, TERM_PLAIN, field_str(n, "title"));
}

static struct str list_path(struct ctl *c)
{
    struct str s;
    struct buf b;

    buf_init(&b, CTL_PATH);
    buf_addz(&b, "/v1/initiatives");
    ctl_query(&b, "at", args_value(&c->args, OPT_AT));
    s = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

static int put_all(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *n;
    int code = ctl_get(c, list_path(c), 0, &r, &root);
    int64_t active = 0, idle = 0;
    struct table t;
    size_t i;

    table_init(&t, c->a, initiative_columns, ARRAY_LEN(initiative_columns));
    json_array_foreach(field_arr(root, "initiatives"), i, n)
    {
        bool is_active = str_eqz(field_str(n, "status"), "active");

        active += is_active;
        idle += is_active && field_int(field_obj(n, "items"), "open") == 0;
        add_node(c, &t, n, field_str(n, "status"));
    }
    json_array_foreach(field_arr(root, "buckets"), i, n)
        add_node(c, &t, n, STR("bucket"));
    if (root != NULL) {
        term_line(
            &c->term, idle > 0 ? TERM_WARN : TERM_GOOD,
            "%.*s, %lld of them without open work.",
            STR_FMT(ctl_count(c, active, "active initiative", "active initiatives")),
            (long long)idle);
        ctl_caution(c);
        term_gap(&c->term);
        table_print(&t, &c->term, 0);
    }
    client_reply_finish(&r);
    return code;
}

/* ---- one ---- */

/* Why there is no forecast. */
static struct str no_forecast(struct ctl *c, const json_t *f)
{
    struct str state = field_str(f, "state");

    if (str_eqz(state, "nothing-open"))
        return STR("no forecast: nothing is open");
    if (str_eqz(state, "few-closed"))
        return ctl_text(c, "no forecast: %lld closed in the last 8 weeks, fewer than 10",
                        (long long)field_int(f, "closed"));
    if (str_eqz(state, "few-weeks"))
        return ctl_text(c, "no forecast: items were closed in %lld of the last 8 weeks, "
                           "fewer than 3",
                        (long long)field_int(f, "weeks"));
    return STR("no forecast: more than a year at the rate of the last 8 weeks");
}

/* "2026-12-04 in half of the runs, 2026-12-18 in 85 of 100" */
static struct str forecast(struct ctl *c, const json_t *f)
{
    if (!field_has(f, "p85"))
        return no_forecast(c, f);
    return ctl_text(c,
                    "done by %.*s in half of %lld runs, by %.*s in 85 of 100, for the "
                    "scope that exists today: %lld open, %lld closed in 8 weeks",
                    STR_FMT(field_str(f, "p50")), (long long)field_int(f, "runs"),
                    STR_FMT(field_str(f, "p85")), (long long)field_int(f, "open"),
                    (long long)field_int(f, "closed"));
}

static struct str moves(struct ctl *c, const json_t *rows)
{
    struct str out = STR_NONE;
    const json_t *r;
    size_t i;

    json_array_foreach(rows, i, r) out =
        ctl_text(c, "%.*s%s%.*s", STR_FMT(out), i > 0 ? ", " : "",
                 STR_FMT(field_text(r)));
    return out;
}

static void put_headline(struct ctl *c, const json_t *root)
{
    const json_t *f = field_obj(root, "forecast");
    struct str title = field_str(root, "title"), due = field_str(root, "due");
    struct str status = field_str(root, "status");

    if (!field_has(f, "late"))
        term_line(&c->term, TERM_BOLD, "%.*s: %.*s.", STR_FMT(title), STR_FMT(status));
    else if (field_bool(f, "late"))
        term_line(&c->term, TERM_BAD,
                  "%.*s: %.*s, and may be late: due %.*s, in 85 of 100 runs done by "
                  "%.*s.",
                  STR_FMT(title), STR_FMT(status), STR_FMT(due),
                  STR_FMT(field_str(f, "p85")));
    else
        term_line(&c->term, TERM_GOOD, "%.*s: %.*s, likely done by %.*s, when it is due.",
                  STR_FMT(title), STR_FMT(status), STR_FMT(due));
}

static void put_one(struct ctl *c, const json_t *root)
{
    const json_t *items = field_obj(root, "items");

    put_headline(c, root);
    ctl_caution(c);
    term_gap(&c->term);
    term_field(&c->term, "Forecast", forecast(c, field_obj(root, "forecast")));
    term_field(&c->term, "Items",
               ctl_text(c, "%lld open, %lld of them in progress, %lld done, %lld not done",
                        (long long)field_int(items, "open"),
                        (long long)field_int(items, "in_progress"),
                        (long long)field_int(items, "completed"),
                        (long long)field_int(items, "discarded")));
    term_field(&c->term, "Last change", ctl_ago(c, field_time(items, "last_change")));
    term_field(&c->term, "Why", field_str(root, "why"));
    term_field(&c->term, "Moves", moves(c, field_arr(root, "moves")));
    term_field(&c->term, "Objective", field_str(root, "objective"));
    term_field(&c->term, "Owner", field_str(root, "owner"));
    term_field(&c->term, "Start", field_str(root, "start"));
    term_field(&c->term, "Due", field_str(root, "due"));
}

int cmd_initiatives(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code;

    if (c->args.n == 0)
        return put_all(c);
    if (args_has(&c->args, OPT_AT))
        return ctl_usage(c, "--at is for all of them: a forecast is of today");
    code = ctl_get(c, ctl_path(c, "/v1/initiatives/", c->args.v[0], ""), 0, &r, &root);
    if (root != NULL)
        put_one(c, root);
    client_reply_finish(&r);
    return code;
}
