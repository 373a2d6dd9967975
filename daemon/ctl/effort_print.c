#include "ctl/effort_print.h"

#include <math.h>

#include "ctl/field.h"
#include "ctl/table.h"

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

struct str effort_trust(struct ctl *c, const json_t *trust)
{
    struct str weakest = field_str(trust, "weakest");

    return weakest.n > 0 ? ctl_text(c, "%.*s: %.*s", STR_FMT(field_str(trust, "grade")),
                                    STR_FMT(weakest))
                         : field_str(trust, "grade");
}

/* "+9", "-16" points between what is and what was planned. */
static struct str gap(struct ctl *c, const json_t *share)
{
    if (!field_has(share, "planned") || !field_has(share, "actual"))
        return STR_NONE;
    return ctl_text(c, "%+ld",
                    lround((field_number(share, "actual") -
                            field_number(share, "planned")) *
                           100));
}

/* '=' up to what is, '|' where the plan is. */
static struct str bar(struct ctl *c, const json_t *share)
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

static struct str name_of(const json_t *o)
{
    struct str title = field_str(o, "title");

    return title.n > 0 ? title : STR("linked, and to no objective");
}

void effort_put_shares(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"GOAL", false, 0, 0}, {"PLANNED", true, 0, 0}, {"ACTUAL", true, 0, 0},
        {"POINTS", true, 1, 0}, {"DAYS", true, 2, 0},    {"", false, 3, 0},
        {"TITLE", false, 4, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        struct str id = field_str(r, "id");

        table_add(&t, TERM_PLAIN, id.n > 0 ? id : STR("(none)"));
        table_add(&t, TERM_PLAIN, effort_percent(c, r, "planned"));
        table_add(&t, TERM_BOLD, effort_percent(c, r, "actual"));
        table_add(&t, TERM_PLAIN, gap(c, r));
        table_add(&t, TERM_PLAIN, effort_days(c, r, "person_days"));
        table_add(&t, TERM_DIM, bar(c, r));
        table_add(&t, TERM_PLAIN, name_of(r));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}
