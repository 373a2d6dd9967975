#include "config/check_ins.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "config/csv.h"
#include "config/diag.h"
#include "config/file.h"
#include "config/nearest.h"
#include "config/yaml.h"

/* X(enumerator, name, needed) */
#define COLUMNS(X)                                                                     \
    X(COL_KR, "kr", true)                                                              \
    X(COL_DATE, "date", true)                                                          \
    X(COL_VALUE, "value", true)                                                        \
    X(COL_CONFIDENCE, "confidence", false)                                             \
    X(COL_NOTE, "note", false)                                                         \
    X(COL_BY, "by", false)

enum column {
#define X(e, name, needed) e,
    COLUMNS(X)
#undef X
        N_COLUMNS
};
static const struct {
    const char *name;
    bool needed;
} columns[N_COLUMNS] = {
#define X(e, name, needed) [e] = {name, needed},
    COLUMNS(X)
#undef X
};

struct line {
    struct checkin_line c;
    uint32_t from; /* in the text */
};

struct reading {
    const struct strategy *s;
    struct yaml_file *file;
    struct str base; /* its name without a directory */
    struct date today;
    struct arena *a;
    struct conf_diag *d;
    ptrdiff_t place[N_COLUMNS]; /* -1: the file has no such column */
    size_t n_header;
    struct line *v;
    size_t n, cap;
};

static struct yaml_at row_at(const struct reading *r, const struct csv_row *row)
{
    return (struct yaml_at){r->file, row->from, row->to};
}

static struct yaml_at cell_at(const struct reading *r, const struct csv_row *row,
                              size_t i)
{
    uint32_t from = row->at[i];
    uint32_t end = from + (uint32_t)row->cells[i].n;

    end = end > from ? end : from + 1;
    return (struct yaml_at){r->file, from,
                            end < row->to || end == from + 1 ? end : row->to};
}

/* ---- the header ---- */

static void warn_unknown(const struct reading *r, const struct csv_row *row, size_t i)
{
    struct nearest near = nearest_to(row->cells[i], !diag_is_full(r->d));

    for (int c = 0; c < N_COLUMNS; c++) {
        nearest_try(&near, str_of(columns[c].name));
    }
    diag_warn(r->d, cell_at(r, row, i), nearest_hint(&near, r->a),
              "column '%.*s' is not read", STR_FMT(str_first(row->cells[i], 64)));
}

static bool read_header(struct reading *r, const struct csv_row *row)
{
    bool ok = true;

    r->n_header = row->n;
    for (int c = 0; c < N_COLUMNS; c++) {
        r->place[c] = csv_column(row, str_of(columns[c].name));
        if (columns[c].needed && r->place[c] < 0) {
            bool semicolons = row->n == 1 && str_chr(row->cells[0], ';') >= 0;

            diag_error(r->d, row_at(r, row),
                       semicolons ? STR("separate the columns with commas")
                                  : STR("the first line names the columns: "
                                        "kr,date,value,confidence,note,by"),
                       "there is no column '%s'", columns[c].name);
            ok = false;
        }
    }
    for (size_t i = 0; ok && i < row->n; i++) {
        bool known = row->cells[i].n == 0;

        for (int c = 0; c < N_COLUMNS; c++) {
            known = known || r->place[c] == (ptrdiff_t)i;
        }
        if (!known) {
            warn_unknown(r, row, i);
        }
    }
    return ok;
}

/* ---- lines ---- */

static struct str cell(const struct reading *r, const struct csv_row *row,
                       enum column c)
{
    ptrdiff_t i = r->place[c];

    return i >= 0 && (size_t)i < row->n ? row->cells[i] : STR_NONE;
}

/* False, reported. */
static bool wrong(const struct reading *r, const struct csv_row *row, enum column c,
                  const char *why)
{
    ptrdiff_t i = r->place[c];
    bool there = i >= 0 && (size_t)i < row->n && row->cells[i].n > 0;

    diag_error(r->d, there ? cell_at(r, row, (size_t)i) : row_at(r, row), STR_NONE,
               "%s", why);
    return false;
}

static bool is_empty(const struct csv_row *row)
{
    bool empty = true;

    for (size_t i = 0; i < row->n; i++) {
        empty = empty && row->cells[i].n == 0;
    }
    return empty;
}

static bool check_shape(const struct reading *r, const struct csv_row *row)
{
    for (size_t i = r->n_header; i < row->n; i++) {
        if (row->cells[i].n > 0) {
            diag_error(r->d, cell_at(r, row, i),
                       STR("a cell that holds a comma stands in quotes"),
                       "the line has %zu cells, the header has %zu", row->n,
                       r->n_header);
            return false;
        }
    }
    for (int c = 0; c < N_COLUMNS; c++) {
        if (columns[c].needed && cell(r, row, (enum column)c).n == 0) {
            diag_error(r->d, row_at(r, row), STR_NONE, "'%s' is empty",
                       columns[c].name);
            return false;
        }
    }
    return true;
}

static bool read_note(const struct reading *r, const struct csv_row *row,
                      struct checkin_line *ret)
{
    struct str note = cell(r, row, COL_NOTE), by = cell(r, row, COL_BY);

    if (note.n > CHECKIN_MAX_NOTE) {
        return wrong(r, row, COL_NOTE, "the note is longer than 1000 bytes");
    }
    if (by.n > CHECKIN_MAX_BY) {
        return wrong(r, row, COL_BY, "the name is longer than 100 bytes");
    }
    ret->said.note = arena_str(r->a, note);
    ret->by = by.n > 0 ? arena_str(r->a, by) : r->base;
    return true;
}

static bool read_line(const struct reading *r, const struct csv_row *row,
                      struct checkin_line *ret)
{
    const struct key_result *kr;
    struct err e;

    if (row->wrong != NULL) {
        diag_error(r->d, row_at(r, row), STR_NONE, "%s", row->wrong);
        return false;
    }
    if (!check_shape(r, row)) {
        return false;
    }
    kr = checkin_find(r->s, cell(r, row, COL_KR), &e);
    if (kr == NULL) {
        return wrong(r, row, COL_KR, e.msg);
    }
    ret->said.kr = kr->node.id;
    if (!checkin_parse_day(cell(r, row, COL_DATE), r->today, &ret->said.day, &e)) {
        return wrong(r, row, COL_DATE, e.msg);
    }
    if (!checkin_parse_value(kr, cell(r, row, COL_VALUE), &ret->said.value, &e)) {
        return wrong(r, row, COL_VALUE, e.msg);
    }
    if (!checkin_parse_confidence(cell(r, row, COL_CONFIDENCE), &ret->said.confidence,
                                  &e)) {
        return wrong(r, row, COL_CONFIDENCE, e.msg);
    }
    return read_note(r, row, ret);
}

static bool read_lines(struct reading *r, struct csv *csv)
{
    struct csv_row row;
    size_t rows = 0;

    while (csv_next(csv, &row)) {
        struct checkin_line c = {.said = {.confidence = -1}};
        struct line *l;

        if (++rows > CSV_MAX_ROWS) {
            diag_error(r->d, row_at(r, &row), STR_NONE, "more than %d lines",
                       CSV_MAX_ROWS);
            return false;
        }
        if ((row.wrong == NULL && is_empty(&row)) || !read_line(r, &row, &c)) {
            continue;
        }
        l = arena_grow(r->a, &r->v, &r->n, &r->cap, sizeof *l);
        if (l != NULL) {
            *l = (struct line){c, row.from};
        }
    }
    return !arena_failed(r->a);
}

/* ---- of a day the last line counts ---- */

static int same_day_order(const struct line *a, const struct line *b)
{
    int by_kr = str_cmp(a->c.said.kr, b->c.said.kr);

    return by_kr != 0 ? by_kr : date_cmp(a->c.said.day, b->c.said.day);
}

static int line_order(const void *x, const void *y)
{
    const struct line *a = x, *b = y;
    int by_day = same_day_order(a, b);

    return by_day != 0 ? by_day : (a->from > b->from) - (a->from < b->from);
}

static bool keep_last(struct reading *r, struct check_ins *ret)
{
    ret->v = arena_array(r->a, r->n + 1, sizeof *ret->v);
    if (ret->v == NULL) {
        return false;
    }
    if (r->n > 0) {
        qsort(r->v, r->n, sizeof *r->v, line_order);
    }
    for (size_t i = 0; i < r->n; i++) {
        if (i + 1 < r->n && same_day_order(&r->v[i], &r->v[i + 1]) == 0) {
            struct yaml_at at = {r->file, r->v[i + 1].from, r->v[i + 1].from + 1};

            diag_warn(r->d, at, STR_NONE,
                      "the same key result and day stand on line %u: this one counts",
                      yaml_line((struct yaml_at){r->file, r->v[i].from, 0}));
            continue;
        }
        ret->v[ret->n++] = r->v[i].c;
    }
    return true;
}

static struct str base_name(struct str path)
{
    while (str_chr(path, '/') >= 0) {
        path = str_skip(path, (size_t)str_chr(path, '/') + 1);
    }
    return path;
}

static bool check_text(const struct reading *r)
{
    size_t bad;

    if (utf8_valid(r->file->text, &bad)) {
        return true;
    }
    diag_error(r->d, (struct yaml_at){r->file, (uint32_t)bad, (uint32_t)bad + 1},
               STR("save it as UTF-8"), "the file is not UTF-8");
    return false;
}

bool check_ins_read(const struct strategy *s, struct str name, struct str text,
                    struct date today, struct arena *a, struct conf_diag *d,
                    struct check_ins *ret)
{
    struct reading r = {.s = s, .today = today, .a = a, .d = d};
    struct csv *csv = arena_alloc(a, sizeof *csv);
    struct csv_row row;
    bool ok;

    *ret = (struct check_ins){0};
    diag_file(d, name);
    text = str_skip(text, str_has_prefix(text, STR("\xEF\xBB\xBF")) ? 3 : 0);
    r.file = yaml_file_create(a, name, text);
    if (csv == NULL || r.file == NULL) {
        conf_diag_fail(d, "out of memory");
        return false;
    }
    r.base = base_name(r.file->name);
    if (!check_text(&r)) {
        return false;
    }
    csv_begin(csv, r.file->text, a);
    if (!csv_next(csv, &row)) {
        diag_error_file(d, name,
                        "is empty: its first line names the columns: "
                        "kr,date,value,confidence,note,by");
        return false;
    }
    if (row.wrong != NULL) {
        diag_error(d, row_at(&r, &row), STR_NONE, "%s", row.wrong);
        return false;
    }
    ok = read_header(&r, &row) && read_lines(&r, csv) && keep_last(&r, ret);
    if (arena_failed(a)) {
        conf_diag_fail(d, "out of memory");
    }
    return ok && !arena_failed(a);
}

bool check_ins_load(const struct strategy *s, struct date today, struct arena *a,
                    struct conf_diag *d, struct check_ins *ret)
{
    struct str dir = s->dir, path;
    struct buf text;
    struct err e;
    bool ok;

    *ret = (struct check_ins){0};
    if (s->check_ins.n == 0 || dir.n == 0) {
        return true;
    }
    dir = str_eqz(dir, "./") ? STR_NONE : dir;
    path = arena_printf(a, "%.*s%s%.*s", STR_FMT(dir),
                        dir.n == 0 || str_has_suffix(dir, STR("/")) ? "" : "/",
                        STR_FMT(s->check_ins));
    if (path.n == 0) {
        conf_diag_fail(d, "out of memory");
        return false;
    }
    ok = file_read_beside(path.p, CSV_MAX_BYTES, &text, NULL, &e);
    if (ok) {
        ok = check_ins_read(s, path, buf_str(&text), today, a, d, ret);
    } else {
        diag_error_file(d, path, "%s", e.msg);
    }
    buf_finish(&text);
    return ok;
}
