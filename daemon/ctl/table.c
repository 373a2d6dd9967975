#include "ctl/table.h"

#include "base/utf8.h"

enum { GAP = 2, MAX_CELL = 300 };

struct table_cell {
    struct str text; /* safe */
    size_t width;
    enum term_style style;
};

void table_init(struct table *t, struct arena *a, const struct table_column *columns,
                size_t n)
{
    *t = (struct table){.a = a, .columns = columns, .n_columns = n};
}

void table_add(struct table *t, enum term_style style, struct str text)
{
    struct table_cell *c;
    struct buf safe;

    c = arena_grow(t->a, &t->cells, &t->n_cells, &t->cap_cells, sizeof(*c));
    if (c == NULL)
        return;
    buf_init(&safe, (size_t)MAX_CELL * 8);
    utf8_print_safe(&safe, text, MAX_CELL);
    c->text = arena_str(t->a, buf_str(&safe));
    c->width = utf8_width(c->text);
    c->style = style;
    buf_finish(&safe);
}

/* ---- widths ---- */

struct layout {
    size_t width[TABLE_COLUMNS];
    bool shown[TABLE_COLUMNS];
};

static size_t least(const struct table *t, const struct layout *l, size_t i)
{
    size_t min = t->columns[i].min;

    return min > 0 && min < l->width[i] ? min : l->width[i];
}

static size_t total(const struct table *t, const struct layout *l, bool at_least)
{
    size_t sum = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (l->shown[i])
            sum += (sum > 0 ? GAP : 0) + (at_least ? least(t, l, i) : l->width[i]);
    }
    return sum;
}

/* False: every column left must stay. */
static bool drop_one(const struct table *t, struct layout *l)
{
    size_t at = t->n_columns;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (l->shown[i] && t->columns[i].drop > 0 &&
            (at == t->n_columns || t->columns[i].drop >= t->columns[at].drop))
            at = i;
    }
    if (at == t->n_columns)
        return false;
    l->shown[at] = false;
    return true;
}

/* False: nothing can give way any more. */
static bool narrow_one(const struct table *t, struct layout *l)
{
    size_t at = t->n_columns;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (l->shown[i] && least(t, l, i) < l->width[i] &&
            (at == t->n_columns || l->width[i] > l->width[at]))
            at = i;
    }
    if (at == t->n_columns)
        return false;
    l->width[at]--;
    return true;
}

static void lay_out(const struct table *t, size_t columns, struct layout *l)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        l->shown[i] = !t->columns[i].spare;
        l->width[i] = utf8_width(str_of(t->columns[i].title));
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        size_t at = i % t->n_columns;

        l->shown[at] |= t->cells[i].width > 0;
        if (t->cells[i].width > l->width[at])
            l->width[at] = t->cells[i].width;
    }
    if (columns == 0)
        return;
    while (total(t, l, true) > columns && drop_one(t, l))
        continue;
    while (total(t, l, false) > columns && narrow_one(t, l))
        continue;
}

/* ---- printing ---- */

static void pad(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_addc(out, ' ');
}

static void put_cell(const struct term *term, struct str text, enum term_style style,
                     size_t width, bool right, bool last)
{
    size_t w = utf8_width(text);
    bool whole = true;

    if (w > width) {
        text = term_fit(text, width > 0 ? width - 1 : 0, &whole);
        w = utf8_width(text) + 1;
    }
    if (right && w < width)
        pad(term->out, width - w);
    if (text.n > 0)
        term_begin(term, style);
    buf_add(term->out, text);
    if (!whole)
        buf_add_utf8(term->out, 0x2026);
    if (text.n > 0)
        term_end(term, style);
    if (!right && !last && w < width)
        pad(term->out, width - w);
}

static size_t last_shown(const struct table *t, const struct layout *l)
{
    size_t last = 0;

    for (size_t i = 0; i < t->n_columns; i++) {
        if (l->shown[i])
            last = i;
    }
    return last;
}

/* `cells` NULL: the titles. */
static void put_row(const struct table *t, const struct term *term,
                    const struct layout *l, const struct table_cell *cells,
                    size_t indent)
{
    size_t last = last_shown(t, l);
    bool first = true;

    pad(term->out, indent);
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!l->shown[i])
            continue;
        if (!first)
            pad(term->out, GAP);
        first = false;
        put_cell(term, cells != NULL ? cells[i].text : str_of(t->columns[i].title),
                 cells != NULL ? cells[i].style : TERM_DIM, l->width[i],
                 t->columns[i].right, i == last);
    }
    while (str_has_suffix(buf_str(term->out), STR(" "))) /* an empty last cell */
        buf_truncate(term->out, term->out->n - 1);
    buf_addc(term->out, '\n');
}

void table_print(const struct table *t, const struct term *term, size_t indent)
{
    struct layout l;

    if (arena_failed(t->a) || t->n_cells == 0)
        return;
    lay_out(t, term->columns > indent ? term->columns - indent : term->columns, &l);
    put_row(t, term, &l, NULL, indent);
    for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
        put_row(t, term, &l, &t->cells[i], indent);
}
