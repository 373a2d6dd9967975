#include <math.h>

#include "ctl/commands.h"
#include "ctl/effort_print.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* "?window=28d&team=web&at=2026-10-01", as given. */
static struct str path_of(struct ctl *c, const char *path, const char *what,
                          struct str value)
{
    struct buf b;
    struct str s;

    buf_init(&b, CTL_PATH);
    buf_add(&b, str_of(path));
    ctl_query(&b, "window", args_value(&c->args, OPT_WINDOW));
    ctl_query(&b, "at", args_value(&c->args, OPT_AT));
    ctl_query(&b, what, value);
    s = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

static enum term_style style_of(struct str grade)
{
    return str_eqz(grade, "high")     ? TERM_GOOD
           : str_eqz(grade, "medium") ? TERM_PLAIN
                                      : TERM_WARN;
}

/* "2026-10-30 to 2026-11-26, 20 working days, since the plan changed" */
static struct str window(struct ctl *c, const json_t *root, const json_t *trust)
{
    const json_t *w = field_obj(root, "window");

    return ctl_text(c, "%.*s to %.*s, %s%s", STR_FMT(field_str(w, "from")),
                    STR_FMT(field_str(w, "to")),
                    ctl_count(c, field_int(trust, "working_days"), "working day",
                              "working days")
                        .p,
                    field_bool(w, "since_plan") ? ", since the plan changed" : "");
}

/* ---- split ---- */

static void put_split_summary(struct ctl *c, const json_t *root)
{
    const json_t *trust = field_obj(root, "trust");

    if (!(field_number(root, "person_days") > 0)) {
        term_line(&c->term, TERM_WARN,
                  "No day was split in that time: nothing in progress was assigned to "
                  "anybody, or alignd has not been running for a day yet.");
        return;
    }
    if (!field_bool(root, "has_plan"))
        term_line(&c->term, TERM_WARN,
                  "No shares are planned: there is nothing to be far from.");
    else
        term_line(&c->term, TERM_PLAIN, "%ld points from plan.",
                  lround(field_number(root, "distance") * 100));
    term_gap(&c->term);
    term_field(&c->term, "Window", window(c, root, trust));
    term_field(&c->term, "Days",
               ctl_text(c, "%.1f person-days, %.1f of them unmapped (%ld%%)",
                        field_number(root, "person_days"),
                        field_number(root, "unmapped_days"),
                        lround(field_number(root, "unmapped") * 100)));
    term_field(&c->term, "Trust", effort_trust(c, trust));
}

int cmd_effort_split(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(
        c, path_of(c, "/v1/split", "team", args_value(&c->args, OPT_TEAM)), 0, &r,
        &root);

    if (root != NULL) {
        put_split_summary(c, root);
        effort_put_shares(c, field_arr(root, "shares"));
    }
    client_reply_finish(&r);
    return code;
}

/* ---- teams ---- */

/* "2.9 of 3.2" */
static struct str spread_text(struct ctl *c, const json_t *t)
{
    return field_has(t, "spread")
               ? ctl_text(c, "%.1f of %.1f", field_number(t, "spread"),
                          field_number(t, "spread_limit"))
               : STR_NONE;
}

int cmd_effort_teams(struct ctl *c)
{
    static const struct table_column columns[] = {
        {"TEAM", false, 0, 8},   {"SEEN", true, 3, 0},     {"DAYS", true, 0, 0},
        {"UNMAPPED", true, 1, 0}, {"OFF PLAN", true, 0, 0}, {"SPREAD", true, 2, 0},
        {"TRUST", false, 4, 6},
    };
    struct client_reply r;
    struct table t;
    const json_t *root, *row;
    size_t i;
    int code = ctl_get(c, path_of(c, "/v1/teams", "", STR_NONE), 0, &r, &root);

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(field_arr(root, "teams"), i, row)
    {
        const json_t *trust = field_obj(row, "trust");

        table_add(&t, TERM_PLAIN, field_str(row, "id"));
        table_add(&t, TERM_PLAIN,
                  field_has(row, "capacity")
                      ? ctl_text(c, "%g of %lld", field_number(row, "people"),
                                 (long long)field_int(row, "capacity"))
                      : ctl_text(c, "%g", field_number(row, "people")));
        table_add(&t, TERM_BOLD, effort_days(c, row, "person_days"));
        table_add(&t, TERM_PLAIN, effort_percent(c, row, "unmapped"));
        table_add(&t, TERM_PLAIN,
                  field_has(row, "distance")
                      ? ctl_text(c, "%ld points",
                                 lround(field_number(row, "distance") * 100))
                      : STR_NONE);
        table_add(&t, field_bool(row, "is_spread") ? TERM_WARN : TERM_PLAIN,
                  spread_text(c, row));
        table_add(&t, style_of(field_str(trust, "grade")), effort_trust(c, trust));
    }
    if (root != NULL && t.n_cells == 0)
        term_line(&c->term, TERM_WARN, "The strategy has no team.");
    table_print(&t, &c->term, 0);
    client_reply_finish(&r);
    return code;
}

/* ---- spread ---- */

static void put_initiatives(struct ctl *c, const json_t *rows)
{
    static const struct effort_column v[] = {
        {{"INITIATIVE", false, 0, 10}, "id", effort_text, TERM_PLAIN},
        {{"PEOPLE", true, 0, 0}, "people", effort_days, TERM_BOLD},
        {{"DAYS", true, 1, 0}, "person_days", effort_days, TERM_PLAIN},
        {{"TITLE", false, 2, 8}, "title", effort_text, TERM_PLAIN},
    };

    effort_put_rows(c, rows, v, ARRAY_LEN(v), false, 2);
}

static void put_team(struct ctl *c, const json_t *t)
{
    bool over = field_bool(t, "is_spread");

    if (field_has(t, "spread"))
        term_line(&c->term, over ? TERM_WARN : TERM_PLAIN,
                  "%.*s: as spread as over %.1f equal initiatives, %s %.1f that are "
                  "fine for it; %s; trust %.*s.",
                  STR_FMT(field_str(t, "id")), field_number(t, "spread"),
                  over ? "more than the" : "within the",
                  field_number(t, "spread_limit"),
                  ctl_count(c, field_int(t, "objectives"), "objective", "objectives").p,
                  STR_FMT(effort_trust(c, field_obj(t, "trust"))));
    else
        term_line(&c->term, TERM_PLAIN, "%.*s: no day went to an initiative.",
                  STR_FMT(field_str(t, "id")));
    put_initiatives(c, field_arr(t, "initiatives"));
    term_gap(&c->term);
}

int cmd_effort_spread(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *row;
    size_t i;
    int code = ctl_get(
        c, path_of(c, "/v1/spread", "team", args_value(&c->args, OPT_TEAM)), 0, &r,
        &root);

    json_array_foreach(field_arr(root, "teams"), i, row) put_team(c, row);
    if (root != NULL && json_array_size(field_arr(root, "teams")) == 0)
        term_line(&c->term, TERM_WARN, "The strategy has no team.");
    client_reply_finish(&r);
    return code;
}

/* ---- needle ---- */

static struct str points(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name)
               ? ctl_text(c, "%+ld", lround(field_number(o, name) * 100))
               : STR_NONE;
}

static enum term_style style_of_verdict(struct str v)
{
    return str_eqz(v, "moving")          ? TERM_GOOD
           : str_eqz(v, "busy-but-flat") ? TERM_BAD
                                         : TERM_WARN;
}

int cmd_effort_needle(struct ctl *c)
{
    static const struct table_column columns[] = {
        {"KEY RESULT", false, 0, 10}, {"DAYS", true, 0, 0},     {"SHARE", true, 3, 0},
        {"MOVED", true, 0, 0},        {"EXPECTED", true, 1, 0}, {"", false, 0, 0},
        {"TITLE", false, 2, 8},
    };
    struct client_reply r;
    struct table t;
    const json_t *root, *row;
    size_t i;
    int code = ctl_get(c, path_of(c, "/v1/needle", "", STR_NONE), 0, &r, &root);

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(field_arr(root, "key_results"), i, row)
    {
        struct str verdict = field_str(row, "verdict");

        table_add(&t, TERM_PLAIN, field_str(row, "id"));
        table_add(&t, TERM_BOLD, effort_days(c, row, "person_days"));
        table_add(&t, TERM_PLAIN, effort_percent(c, row, "share"));
        table_add(&t, TERM_PLAIN, points(c, row, "moved"));
        table_add(&t, TERM_PLAIN, points(c, row, "expected"));
        table_add(&t, style_of_verdict(verdict), verdict);
        table_add(&t, TERM_PLAIN, field_str(row, "title"));
    }
    if (root != NULL && t.n_cells == 0)
        term_line(&c->term, TERM_WARN, "No key result runs.");
    table_print(&t, &c->term, 0);
    client_reply_finish(&r);
    return code;
}

/* ---- cost ---- */

static struct str money(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name) ? ctl_text(c, "%.0f", field_number(o, name)) : STR_NONE;
}

static struct str cost_id(struct ctl *c UNUSED, const json_t *o, const char *name)
{
    struct str id = field_str(o, name);

    return id.n > 0 ? id : STR("(unmapped)");
}

static void put_costs(struct ctl *c, const json_t *rows)
{
    static const struct effort_column v[] = {
        {{"FOR", false, 0, 10}, "id", cost_id, TERM_PLAIN},
        {{"DAYS", true, 1, 0}, "person_days", effort_days, TERM_PLAIN},
        {{"LABOUR", true, 3, 0}, "labour", money, TERM_PLAIN},
        {{"OTHER", true, 2, 0}, "other", money, TERM_PLAIN},
        {{"TOTAL", true, 0, 0}, "total", money, TERM_BOLD},
        {{"TITLE", false, 4, 8}, "title", effort_text, TERM_PLAIN},
    };

    effort_put_rows(c, rows, v, ARRAY_LEN(v), true, 0);
}

int cmd_effort_cost(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *w;
    struct str node = c->args.n > 0 ? c->args.v[0] : STR_NONE;
    int code = ctl_get(c, path_of(c, "/v1/cost", "node", node), 0, &r, &root);

    w = field_obj(root, "window");
    if (root != NULL && field_has(root, "total"))
        term_line(&c->term, TERM_PLAIN,
                  "%.0f %.*s from %.*s to %.*s: %.1f person-days and %.0f of other "
                  "costs.",
                  field_number(root, "total"), STR_FMT(field_str(root, "currency")),
                  STR_FMT(field_str(w, "from")), STR_FMT(field_str(w, "to")),
                  field_number(root, "person_days"), field_number(root, "other"));
    else if (root != NULL)
        term_line(&c->term, TERM_WARN,
                  "No team has a cost_per_person_day: days have no price.");
    put_costs(c, field_arr(root, "nodes"));
    client_reply_finish(&r);
    return code;
}
