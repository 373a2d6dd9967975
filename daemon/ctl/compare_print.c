#include "ctl/compare_print.h"

#include <math.h>

#include "ctl/field.h"
#include "ctl/table.h"

enum { MOST_CHANGES = 20 };

static struct str percent(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name)
               ? ctl_text(c, "%ld%%", lround(field_number(o, name) * 100))
               : STR_NONE;
}

static struct str number(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name) ? ctl_text(c, "%.10g", field_number(o, name)) : STR_NONE;
}

static struct str score(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name) ? ctl_text(c, "%.1f", field_number(o, name)) : STR_NONE;
}

/* ---- figures beside each other ---- */

/* More of it is good (1), bad (-1) or neither. */
static const struct figure {
    const char *name, *title;
    struct str (*text)(struct ctl *c, const json_t *o, const char *name);
    int good;
} figures[] = {
    {"mapped", "Open epics that serve it", percent, 1},
    {"mapped_effort", "Days that serve it", percent, 1},
    {"objectives", "Objectives", number, 0},
    {"key_results", "Key results", number, 0},
    {"uncovered", "Key results nobody moves", number, -1},
    {"initiatives", "Active initiatives", number, 0},
    {"limits", "Limits broken", number, -1},
    {"monthly_cost", "Costs a month", number, 0},
    {"once_cost", "Costs once", number, 0},
    {"rice", "RICE sum", score, 0},
};

static enum term_style style_of(const struct figure *f, const json_t *from,
                                const json_t *to)
{
    double by = (field_number(to, f->name) - field_number(from, f->name)) * f->good;

    if (!field_has(from, f->name) || !field_has(to, f->name) || fabs(by) < 1e-9)
        return TERM_PLAIN;
    return by > 0 ? TERM_GOOD : TERM_BAD;
}

static void put_figures(struct ctl *c, const json_t *root, const char *before,
                        const char *after)
{
    const json_t *from = field_obj(root, "from"), *to = field_obj(root, "to");
    const struct table_column columns[] = {
        {"", false, 0, 0}, {before, true, 0, 0}, {after, true, 0, 0}};
    struct table t;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
        const struct figure *f = &figures[i];

        if (!field_has(from, f->name) && !field_has(to, f->name))
            continue;
        table_add(&t, TERM_PLAIN, str_of(f->title));
        table_add(&t, TERM_PLAIN, f->text(c, from, f->name));
        table_add(&t, style_of(f, from, to), f->text(c, to, f->name));
    }
    term_gap(&c->term);
    table_print(&t, &c->term, 0);
    if (!str_eq(field_str(from, "currency"), field_str(to, "currency")))
        term_line(&c->term, TERM_WARN, "Their currencies are not the same.");
    if (field_int(from, "unrated") + field_int(to, "unrated") > 0)
        term_line(&c->term, TERM_DIM,
                  "Active initiatives without rice, not in its sum: %lld and %lld.",
                  (long long)field_int(from, "unrated"),
                  (long long)field_int(to, "unrated"));
}

/* ---- work ---- */

/* "1 would serve nothing any more, 2 something else"; empty: none would. */
static struct str fates(struct ctl *c, const json_t *work)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"orphaned", "nothing any more"},
        {"adopted", "something for the first time"},
        {"moved", "something else"},
    };
    struct str s = STR_NONE;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t n = field_int(work, rows[i].name);

        if (n > 0)
            s = ctl_text(c, "%.*s%s%lld %s%s", STR_FMT(s), s.n > 0 ? ", " : "",
                         (long long)n, s.n > 0 ? "" : "would serve ", rows[i].text);
    }
    return s;
}

static void put_work(struct ctl *c, const json_t *work)
{
    int64_t orphaned = field_int(work, "orphaned"), shown;
    const json_t *rows = field_arr(work, "examples"), *r;
    struct str what = fates(c, work);
    size_t i;

    if (what.n == 0)
        return;
    term_gap(&c->term);
    term_line(&c->term, orphaned > 0 ? TERM_WARN : TERM_PLAIN, "Of %s, %.*s.",
              ctl_count(c, field_int(work, "items"), "open epic", "open epics").p,
              STR_FMT(what));
    json_array_foreach(rows, i, r)
    {
        struct str title = field_str(r, "title");

        term_wrap(&c->term, TERM_PLAIN, 2, 4,
                  ctl_text(c, "%.*s (%.*s)%s%.*s", STR_FMT(field_str(r, "key")),
                           STR_FMT(field_str(r, "node")), title.n > 0 ? ": " : "",
                           STR_FMT(title)));
    }
    shown = (int64_t)json_array_size(rows);
    if (orphaned > shown)
        term_wrap(&c->term, TERM_DIM, 2, 4,
                  ctl_text(c, "and %lld more", (long long)(orphaned - shown)));
}

static void put_moves(struct ctl *c, const json_t *root)
{
    const json_t *r, *rows = field_arr(root, "moves");
    size_t i;

    if (json_array_size(rows) == 0)
        return;
    term_gap(&c->term);
    if (field_has(root, "people_to_move"))
        term_line(&c->term, TERM_BOLD, "%.1f of %g people would have to move.",
                  field_number(root, "people_to_move"),
                  field_number(field_obj(root, "work"), "people"));
    else
        term_line(&c->term, TERM_BOLD, "%ld%% of the people would have to move.",
                  lround(field_number(root, "move") * 100));
    json_array_foreach(rows, i, r)
    {
        struct str people = score(c, r, "people");

        term_wrap(&c->term, TERM_PLAIN, 2, 4,
                  ctl_text(c, "%.*s -> %.*s: %ld%% of the plan%s%.*s%s",
                           STR_FMT(field_str(r, "from")), STR_FMT(field_str(r, "to")),
                           lround(field_number(r, "share") * 100),
                           people.n > 0 ? ", " : "", STR_FMT(people),
                           people.n > 0 ? " people" : ""));
    }
}

static bool has_shares(const json_t *rows)
{
    const json_t *r;
    size_t i;

    json_array_foreach(rows, i, r)
    {
        if (field_has(r, "planned_from") || field_has(r, "planned_to") ||
            field_has(r, "actual_from") || field_has(r, "actual_to"))
            return true;
    }
    return false;
}

/* "40% -> 60%"; one of them where it is not known of the other. */
static struct str both(struct ctl *c, const json_t *r, const char *from, const char *to)
{
    struct str x = percent(c, r, from), y = percent(c, r, to);

    if (x.n == 0 && y.n == 0)
        return STR_NONE;
    return ctl_text(c, "%.*s -> %.*s", STR_FMT(x.n > 0 ? x : STR("-")),
                    STR_FMT(y.n > 0 ? y : STR("-")));
}

static void put_goals(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {{"GOAL", false, 0, 8},
                                                  {"PLANNED", true, 0, 0},
                                                  {"DAYS", true, 2, 0},
                                                  {"TITLE", false, 1, 8}};
    struct table t;
    const json_t *r;
    size_t i;

    if (!has_shares(rows))
        return;
    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        table_add(&t, TERM_PLAIN, field_str(r, "id"));
        table_add(&t, TERM_BOLD, both(c, r, "planned_from", "planned_to"));
        table_add(&t, TERM_PLAIN, both(c, r, "actual_from", "actual_to"));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

/* ---- what is wrong in either ---- */

static const char *since(const json_t *r)
{
    if (field_bool(r, "from"))
        return field_bool(r, "to") ? "as before" : "no more";
    return "new";
}

static enum term_style since_style(const json_t *r)
{
    if (field_bool(r, "from"))
        return field_bool(r, "to") ? TERM_PLAIN : TERM_GOOD;
    return TERM_BAD;
}

static struct str limit_text(struct ctl *c, const json_t *r)
{
    struct str limit = field_str(r, "limit"), node = field_str(r, "node");

    if (str_eqz(limit, "team-spread"))
        return ctl_text(c,
                        "team %.*s works on as much as %.1f equal initiatives; %.1f "
                        "are fine for it",
                        STR_FMT(node), field_number(r, "value"),
                        field_number(r, "most"));
    if (str_eqz(limit, "shares"))
        return ctl_text(c, "the shares of the objectives add up to %ld%%",
                        lround(field_number(r, "value") * 100));
    if (str_eqz(limit, "objectives"))
        return ctl_text(c,
                        "%.0f objectives run at once; %.0f are the most that people "
                        "keep in mind",
                        field_number(r, "value"), field_number(r, "most"));
    if (str_eqz(limit, "absent-team"))
        return ctl_text(c, "%.*s needs team %.*s, of whom nobody was seen at work",
                        STR_FMT(node), STR_FMT(field_str(r, "other")));
    return limit;
}

static void put_limits(struct ctl *c, const json_t *root)
{
    const json_t *r;
    size_t i;

    if (json_array_size(field_arr(root, "limits")) +
            json_array_size(field_arr(root, "uncovered")) >
        0)
        term_gap(&c->term);
    json_array_foreach(field_arr(root, "limits"), i, r) term_wrap(
        &c->term, since_style(r), 0, 2,
        ctl_text(c, "Limit (%s): %.*s.", since(r), STR_FMT(limit_text(c, r))));
    json_array_foreach(field_arr(root, "uncovered"), i, r) term_wrap(
        &c->term, since_style(r), 0, 2,
        ctl_text(c, "No active initiative moves (%s): %.*s, %.*s", since(r),
                 STR_FMT(field_str(r, "id")), STR_FMT(field_str(r, "title"))));
}

static void put_changes(struct ctl *c, const json_t *rows)
{
    size_t n = json_array_size(rows), i;
    const json_t *r;

    if (n == 0)
        return;
    term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "What is not the same:");
    json_array_foreach(rows, i, r)
    {
        if (i == MOST_CHANGES)
            break;
        term_wrap(&c->term, TERM_PLAIN, 2, 4, field_str(r, "text"));
    }
    if (n > MOST_CHANGES)
        term_wrap(&c->term, TERM_DIM, 2, 4,
                  ctl_text(c, "and %zu more: --json has all", n - MOST_CHANGES));
}

static void put_head(struct ctl *c, const json_t *root, bool has_work)
{
    struct str from = field_str(field_obj(root, "from"), "name");
    struct str to = field_str(field_obj(root, "to"), "name");

    if (field_bool(root, "same"))
        term_line(&c->term, TERM_GOOD, "No difference: both mean the same%s.",
                  has_work ? ", and no work would move" : "");
    else if (str_eq(from, to))
        term_line(&c->term, TERM_BOLD, "'%.*s', as it is and as it would be: %.*s.",
                  STR_FMT(from), STR_FMT(field_str(root, "summary")));
    else
        term_line(&c->term, TERM_BOLD, "'%.*s' beside '%.*s': %.*s.", STR_FMT(from),
                  STR_FMT(to), STR_FMT(field_str(root, "summary")));
}

void compare_print(struct ctl *c, const json_t *root, const char *before,
                   const char *after)
{
    const json_t *work = field_obj(root, "work");

    put_head(c, root, work != NULL);
    if (!field_bool(root, "same")) {
        put_figures(c, root, before, after);
        put_work(c, work);
        put_moves(c, root);
        put_goals(c, field_arr(root, "goals"));
        put_limits(c, root);
        put_changes(c, field_arr(root, "changes"));
    }
    term_gap(&c->term);
    if (work == NULL)
        term_line(&c->term, TERM_WARN,
                  "alignd was not asked: which work would be left over, where days go, "
                  "how many people would move, and how spread teams are is not known.");
    else
        term_line(&c->term, TERM_DIM,
                  "Days are those from %.*s to %.*s, by what they were spent on; links "
                  "inherited from a parent are taken as they are. Nothing was changed.",
                  STR_FMT(field_str(work, "from")), STR_FMT(field_str(work, "to")));
}
