#include "ctl/effort_print.h"

#include <math.h>

#include "ctl/field.h"

enum { BAR_CELLS = 20 };

struct str effort_percent(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name)
               ? ctl_text(c, "%ld%%", lround(field_number(o, name) * 100))
               : STR_NONE;
}

struct str effort_days(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name) ? ctl_text(c, "%.1f", field_number(o, name)) : STR_NONE;
}

struct str effort_text(struct ctl *c UNUSED, const json_t *o, const char *name)
{
    return field_str(o, name);
}

void effort_put_rows(struct ctl *c, const json_t *rows, const struct effort_column *v,
                     size_t n, bool gap, size_t indent)
{
    struct table_column columns[TABLE_COLUMNS];
    struct table t;
    const json_t *r;
    size_t i;

    for (size_t k = 0; k < n; k++)
        columns[k] = v[k].column;
    table_init(&t, c->a, columns, n);
    json_array_foreach(rows, i, r)
    {
        for (size_t k = 0; k < n; k++)
            table_add(&t, v[k].style, v[k].text(c, r, v[k].member));
    }
    if (gap && t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, indent);
}

struct str effort_trust(struct ctl *c, const json_t *trust)
{
    struct str weakest = field_str(trust, "weakest");

    return weakest.n > 0 ? ctl_text(c, "%.*s: %.*s", STR_FMT(field_str(trust, "grade")),
                                    STR_FMT(weakest))
                         : field_str(trust, "grade");
}

/* "+9", "-16" points between what is and what was planned. */
static struct str gap(struct ctl *c, const json_t *share, const char *name UNUSED)
{
    if (!field_has(share, "planned") || !field_has(share, "actual"))
        return STR_NONE;
    return ctl_text(c, "%+ld",
                    lround((field_number(share, "actual") -
                            field_number(share, "planned")) *
                           100));
}

/* '=' up to what is, '|' where the plan is. */
static struct str bar(struct ctl *c, const json_t *share, const char *name UNUSED)
{
    char cells[BAR_CELLS + 2] = {0};
    long plan = lround(field_number(share, "planned") * BAR_CELLS);
    long is = lround(field_number(share, "actual") * BAR_CELLS);

    for (long i = 0; i <= BAR_CELLS; i++)
        cells[i] = i < is ? '=' : '.';
    if (field_has(share, "planned") && plan >= 0 && plan <= BAR_CELLS)
        cells[plan] = '|';
    return ctl_text(c, "%s", cells);
}

static struct str goal_id(struct ctl *c UNUSED, const json_t *o, const char *name)
{
    struct str id = field_str(o, name);

    return id.n > 0 ? id : STR("(none)");
}

static struct str goal_title(struct ctl *c UNUSED, const json_t *o, const char *name)
{
    struct str title = field_str(o, name);

    return title.n > 0 ? title : STR("linked, and to no objective");
}

void effort_put_shares(struct ctl *c, const json_t *rows)
{
    static const struct effort_column v[] = {
        {{"GOAL", false, 0, 0}, "id", goal_id, TERM_PLAIN},
        {{"PLANNED", true, 0, 0}, "planned", effort_percent, TERM_PLAIN},
        {{"ACTUAL", true, 0, 0}, "actual", effort_percent, TERM_BOLD},
        {{"POINTS", true, 1, 0}, "", gap, TERM_PLAIN},
        {{"DAYS", true, 2, 0}, "person_days", effort_days, TERM_PLAIN},
        {{"", false, 3, 0}, "", bar, TERM_DIM},
        {{"TITLE", false, 4, 8}, "title", goal_title, TERM_PLAIN},
    };

    effort_put_rows(c, rows, v, ARRAY_LEN(v), true, 0);
}
