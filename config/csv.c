#include "config/csv.h"

#include "base/attr.h"

void csv_begin(struct csv *c, struct str text, struct arena *a)
{
    c->text = text;
    c->a = a;
    c->next = str_has_prefix(text, STR("\xEF\xBB\xBF")) ? 3 : 0;
}

static bool at_line_end(struct str t, size_t i)
{
    return i >= t.n || t.p[i] == '\n' ||
           (t.p[i] == '\r' && (i + 1 == t.n || t.p[i + 1] == '\n'));
}

static size_t line_end(struct str t, size_t i)
{
    while (!at_line_end(t, i)) {
        i++;
    }
    return i;
}

static size_t after_line(struct str t, size_t i)
{
    i += i < t.n && t.p[i] == '\r' ? 1 : 0;
    return i < t.n ? i + 1 : t.n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Two quotes stand for one. */
static struct str unquote(struct arena *a, struct str inside)
{
    char *out;
    size_t n = 0;

    if (str_chr(inside, '"') < 0) {
        return inside;
    }
    out = arena_strdup(a, inside);
    for (size_t i = 0; out != NULL && i < inside.n; i++) {
        out[n++] = inside.p[i];
        i += inside.p[i] == '"' ? 1 : 0;
    }
    return (struct str){out, n};
}

/* Text from `i`, which is behind a quote, up to the one that closes it; *i is then
   behind that and the blanks after it. NULL, or what is wrong. */
static const char *read_quoted(struct csv *c, size_t *i, struct str *ret)
{
    struct str t = c->text;
    size_t from = *i, k = from;

    for (;; k++) {
        if (k >= t.n) {
            return "a quote is not closed";
        }
        if (k - from > CSV_MAX_CELL) {
            return "a cell is longer than 4096 bytes, or a quote is not closed";
        }
        if (t.p[k] == '"' && k + 1 < t.n && t.p[k + 1] == '"') {
            k++;
        } else if (t.p[k] == '"') {
            break;
        }
    }
    *ret = unquote(c->a, (struct str){t.p + from, k - from});
    k++;
    while (k < t.n && is_blank(t.p[k])) {
        k++;
    }
    *i = k;
    return at_line_end(t, k) || t.p[k] == ',' ? NULL
                                              : "there is text behind a quoted cell";
}

static const char *read_plain(const struct csv *c, size_t *i, struct str *ret)
{
    struct str t = c->text;
    size_t from = *i, k = from;
    bool quote = false;

    for (; !at_line_end(t, k) && t.p[k] != ','; k++) {
        quote = quote || t.p[k] == '"';
    }
    *ret = str_trim((struct str){t.p + from, k - from});
    *i = k;
    if (quote) {
        return "a quote stands inside a cell that is not quoted";
    }
    return ret->n > CSV_MAX_CELL ? "a cell is longer than 4096 bytes" : NULL;
}

/* All cells of the row at *i; *i is then the end of its last line. */
static const char *read_row(struct csv *c, size_t *i, size_t *n)
{
    struct str t = c->text;

    for (;; (*i)++) {
        const char *wrong;

        if (*n == CSV_MAX_CELLS) {
            return "a row has more than 256 cells";
        }
        while (*i < t.n && is_blank(t.p[*i])) {
            (*i)++;
        }
        c->at[*n] = (uint32_t)*i;
        if (*i < t.n && t.p[*i] == '"') {
            (*i)++;
            wrong = read_quoted(c, i, &c->cells[*n]);
        } else {
            wrong = read_plain(c, i, &c->cells[*n]);
        }
        if (wrong != NULL) {
            return wrong;
        }
        (*n)++;
        if (at_line_end(t, *i)) {
            return NULL;
        }
    }
}

bool csv_next(struct csv *c, struct csv_row *ret)
{
    size_t i = c->next, end;

    while (i < c->text.n &&
           str_trim((struct str){c->text.p + i, line_end(c->text, i) - i}).n == 0) {
        i = after_line(c->text, line_end(c->text, i));
    }
    if (i >= c->text.n || arena_failed(c->a)) {
        return false;
    }
    *ret = (struct csv_row){.cells = c->cells, .at = c->at, .from = (uint32_t)i};
    end = i;
    ret->wrong = read_row(c, &end, &ret->n);
    if (ret->wrong != NULL) {
        end = line_end(c->text, i);
    }
    ret->to = (uint32_t)end;
    c->next = after_line(c->text, end);
    return !arena_failed(c->a);
}

ptrdiff_t csv_column(const struct csv_row *header, struct str name)
{
    for (size_t i = 0; i < header->n; i++) {
        if (str_eq_nocase(header->cells[i], name)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}
