#include "config/value_csv.h"

#include "config/csv.h"
#include "config/file.h"
#include "core/checkin.h"

enum { SHOWN = 64 };

static uint32_t line_of(struct str text, uint32_t at)
{
    uint32_t line = 1;

    for (uint32_t i = 0; i < at && i < text.n; i++) {
        line += text.p[i] == '\n';
    }
    return line;
}

static bool read_column(struct csv *c, const struct key_result *kr, ptrdiff_t *ret,
                        struct err *e)
{
    struct csv_row row;

    if (!csv_next(c, &row)) {
        return err_set(e, ERR_PARSE, "%.*s is empty", STR_FMT(kr->value_csv));
    }
    if (row.wrong != NULL) {
        return err_set(e, ERR_PARSE, "%.*s:1: %s", STR_FMT(kr->value_csv), row.wrong);
    }
    *ret = csv_column(&row, kr->value_column);
    return *ret >= 0 ||
           err_set(e, ERR_NOT_FOUND, "%.*s has no column '%.*s'",
                   STR_FMT(kr->value_csv), STR_FMT(str_first(kr->value_column, SHOWN)));
}

bool value_csv_read(const struct key_result *kr, struct str text, struct arena *a,
                    double *ret, struct err *e)
{
    struct csv *c = arena_alloc(a, sizeof *c);
    struct str found = STR_NONE;
    struct csv_row row;
    ptrdiff_t column = -1;
    uint32_t line = 0;
    size_t rows = 0;
    struct err why;

    if (c == NULL) {
        return err_nomem(e);
    }
    csv_begin(c, text, a);
    if (!read_column(c, kr, &column, e)) {
        return false;
    }
    while (csv_next(c, &row) && ++rows <= CSV_MAX_ROWS) {
        if (row.wrong != NULL || !str_eq(row.cells[0], kr->value_row)) {
            continue;
        }
        if (line > 0) {
            return err_set(e, ERR_PARSE, "%.*s:%u: a second row '%.*s'",
                           STR_FMT(kr->value_csv), line_of(text, row.from),
                           STR_FMT(str_first(kr->value_row, SHOWN)));
        }
        line = line_of(text, row.from);
        found = (size_t)column < row.n ? row.cells[column] : STR_NONE;
    }
    if (line == 0) {
        return err_set(e, ERR_NOT_FOUND, "%.*s has no row '%.*s'",
                       STR_FMT(kr->value_csv),
                       STR_FMT(str_first(kr->value_row, SHOWN)));
    }
    if (!checkin_parse_value(kr, found, ret, &why)) {
        return err_set(e, ERR_PARSE, "%.*s:%u: %s", STR_FMT(kr->value_csv), line,
                       why.msg);
    }
    return !arena_failed(a) || err_nomem(e);
}

bool value_csv_load(const struct strategy *s, const struct key_result *kr,
                    struct arena *a, double *ret, struct wall *ret_changed,
                    struct err *e)
{
    struct file_owner owner;
    struct str path;
    struct buf text;
    bool ok;

    if (s->dir.n == 0) {
        return err_set(e, ERR_CONFIG, "%.*s has no place: the strategy is no file",
                       STR_FMT(kr->value_csv));
    }
    path = arena_printf(a, "%.*s/%.*s", STR_FMT(s->dir), STR_FMT(kr->value_csv));
    if (path.n == 0) {
        return err_nomem(e);
    }
    ok = file_read_beside(path.p, CSV_MAX_BYTES, &text, &owner, e);
    if (ok) {
        *ret_changed = owner.changed;
        ok = value_csv_read(kr, buf_str(&text), a, ret, e);
    } else {
        err_wrap(e, "%.*s", STR_FMT(kr->value_csv));
    }
    buf_finish(&text);
    return ok;
}
