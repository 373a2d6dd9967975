#include "config/okr_csv.h"

#include "base/date.h"
#include "base/map.h"
#include "base/yamlw.h"
#include "config/csv.h"
#include "config/fresh_id.h"

enum { MAX_NUMBER = 40 };

/* X(enumerator, what it is, titles it goes by, lower case, '|' between) */
#define COLUMNS(X)                                                                     \
    X(COL_OBJECTIVE, "objective", "objective|objectives|goal|goals")                   \
    X(COL_WHY, "why", "why|reason|rationale|motivation")                               \
    X(COL_KR, "key result", "key result|key results|kr|krs|metric|measure")            \
    X(COL_BASELINE, "baseline", "baseline|start value|initial value|initial|from")     \
    X(COL_TARGET, "target", "target|target value|goal value|to")                       \
    X(COL_UNIT, "unit", "unit|units")                                                  \
    X(COL_OWNER, "owner", "owner|responsible|dri|lead|assignee")                       \
    X(COL_START, "start", "start|start date|begin|begins")                             \
    X(COL_BY, "by", "by|due|due date|deadline|end|end date|target date")

enum column {
#define X(e, what, names) e,
    COLUMNS(X)
#undef X
        COLUMN_COUNT
};
static const struct {
    const char *what, *names;
} column_rows[] = {
#define X(e, what, names) {what, names},
    COLUMNS(X)
#undef X
};

struct sheet {
    struct arena *a;
    struct buf *out;
    ptrdiff_t at[COLUMN_COUNT]; /* cell of the row; -1: there is no such column */
    struct map *ids;            /* taken already */
    bool in_results;            /* the objective has a key result already */
    struct okr_csv_result *result;
};

/* ---- columns ---- */

static bool goes_by(struct str title, const char *names)
{
    struct str rest = str_of(names), one;

    while (str_split(&rest, '|', &one)) {
        if (str_eq_nocase(title, one))
            return true;
    }
    return false;
}

static void guess(struct sheet *s, const struct csv_row *header, struct buf *columns)
{
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        s->at[c] = -1;
        for (size_t i = 0; i < header->n && s->at[c] < 0; i++) {
            if (goes_by(header->cells[i], column_rows[c].names))
                s->at[c] = (ptrdiff_t)i;
        }
        if (s->at[c] < 0)
            continue;
        buf_printf(columns, "%s: ", column_rows[c].what);
        yamlw_comment(columns, header->cells[s->at[c]]);
        buf_addc(columns, '\n');
    }
    for (size_t i = 0; i < header->n; i++) {
        bool taken = header->cells[i].n == 0;

        for (size_t c = 0; c < COLUMN_COUNT; c++)
            taken = taken || s->at[c] == (ptrdiff_t)i;
        if (taken)
            continue;
        buf_addz(columns, "left out: ");
        yamlw_comment(columns, header->cells[i]);
        buf_addc(columns, '\n');
    }
}

static struct str cell(const struct sheet *s, const struct csv_row *row, enum column c)
{
    return s->at[c] >= 0 && (size_t)s->at[c] < row->n ? row->cells[s->at[c]] : STR_NONE;
}

/* ---- values ---- */

static struct str id_of(struct sheet *s, struct str title)
{
    return fresh_id(s->ids, s->a, title, STR("node"));
}

/* "1,200", "40 %", "47.5" */
static bool number_of(struct str text, double *ret, bool *ret_percent)
{
    char digits[MAX_NUMBER];
    size_t n = 0;

    *ret_percent = false;
    for (size_t i = 0; i < text.n; i++) {
        char ch = text.p[i];

        if (ch == '%' && i + 1 == text.n)
            *ret_percent = true;
        else if (ch != ' ' && ch != ',' && n < sizeof digits)
            digits[n++] = ch;
        else if (ch != ' ' && ch != ',')
            return false;
    }
    return n > 0 && str_to_double((struct str){digits, n}, ret);
}

/* 2026-12-31, or 31.12.2026; with slashes it could be two days. */
static bool date_of(struct str text, struct date *ret)
{
    struct str rest = text, day, month;
    uint64_t d, m, y;

    if (date_parse(text, ret))
        return true;
    if (!str_split(&rest, '.', &day) || !str_split(&rest, '.', &month) ||
        !str_to_u64(day, &d) || !str_to_u64(month, &m) || !str_to_u64(rest, &y) ||
        d > 31 || m > 12 || y > 9999)
        return false;
    *ret = (struct date){(int)y, (int)m, (int)d};
    return date_is_valid(*ret);
}

/* ---- lines ---- */

static void put_left(struct sheet *s, const char *indent, const char *key,
                     struct str text)
{
    s->result->left++;
    buf_printf(s->out, "%s# %s: ", indent, key);
    yamlw_comment(s->out, text);
    buf_addc(s->out, '\n');
}

static void put_text(struct sheet *s, const char *indent, const char *key,
                     struct str text)
{
    if (text.n == 0)
        return;
    buf_printf(s->out, "%s%s: ", indent, key);
    yamlw_text(s->out, text);
    buf_addc(s->out, '\n');
}

static void put_number(struct sheet *s, const char *key, struct str text,
                       bool *ret_percent)
{
    static const char indent[] = "        ";
    bool percent;
    double v;

    if (text.n == 0)
        return;
    if (!number_of(text, &v, &percent)) {
        put_left(s, indent, key, text);
        return;
    }
    *ret_percent = *ret_percent || percent;
    buf_printf(s->out, "%s%s: ", indent, key);
    yamlw_number(s->out, v);
    buf_addc(s->out, '\n');
}

static void put_date(struct sheet *s, const char *key, struct str text)
{
    static const char indent[] = "        ";
    struct date d;

    if (text.n == 0)
        return;
    if (!date_of(text, &d)) {
        put_left(s, indent, key, text);
        return;
    }
    buf_printf(s->out, "%s%s: ", indent, key);
    date_print(s->out, d);
    buf_addc(s->out, '\n');
}

static void put_objective(struct sheet *s, const struct csv_row *row)
{
    struct str title = cell(s, row, COL_OBJECTIVE), id = id_of(s, title);

    s->result->objectives++;
    s->in_results = false;
    buf_printf(s->out, "  - id: %.*s\n", STR_FMT(id));
    put_text(s, "    ", "title", title);
    put_text(s, "    ", "why", cell(s, row, COL_WHY));
    put_text(s, "    ", "owner", cell(s, row, COL_OWNER));
}

static void put_key_result(struct sheet *s, const struct csv_row *row)
{
    struct str title = cell(s, row, COL_KR), unit = cell(s, row, COL_UNIT);
    struct str id = id_of(s, title);
    bool percent = false;

    s->result->key_results++;
    if (!s->in_results)
        buf_addz(s->out, "    key_results:\n");
    s->in_results = true;
    buf_printf(s->out, "      - id: %.*s\n", STR_FMT(id));
    put_text(s, "        ", "title", title);
    put_number(s, "baseline", cell(s, row, COL_BASELINE), &percent);
    put_number(s, "target", cell(s, row, COL_TARGET), &percent);
    put_text(s, "        ", "unit", unit.n > 0 ? unit : percent ? STR("%") : STR_NONE);
    put_text(s, "        ", "owner", cell(s, row, COL_OWNER));
    put_date(s, "start", cell(s, row, COL_START));
    put_date(s, "by", cell(s, row, COL_BY));
}

static bool take_row(struct sheet *s, const struct csv_row *row, struct err *e)
{
    if (row->wrong != NULL)
        return err_set(e, ERR_PARSE, "the CSV cannot be read: %s", row->wrong);
    if (cell(s, row, COL_OBJECTIVE).n > 0)
        put_objective(s, row);
    if (cell(s, row, COL_KR).n > 0 && s->result->objectives > 0)
        put_key_result(s, row);
    else if (cell(s, row, COL_OBJECTIVE).n == 0)
        s->result->left++;
    return true;
}

static bool take_rows(struct sheet *s, struct csv *csv, struct err *e)
{
    struct csv_row row;

    for (size_t n = 0; csv_next(csv, &row); n++) {
        if (n == CSV_MAX_ROWS)
            return err_set(e, ERR_PARSE, "more than %d rows", CSV_MAX_ROWS);
        if (!take_row(s, &row, e))
            return false;
    }
    if (s->result->objectives == 0)
        return err_set(e, ERR_PARSE, "no row has an objective");
    return !arena_failed(s->a) || err_nomem(e);
}

/* ---- all together ---- */

static void put_head(struct sheet *s, struct str name)
{
    buf_addz(s->out, "# Objectives and key results of ");
    yamlw_comment(s->out, name);
    buf_addz(s->out, "; alignctl lint says what else it could tell.\n"
                     "strategy: 1\n"
                     "name: Our company # to be filled in\n"
                     "objectives:\n");
}

/* A strategy has one; spreadsheets of this kind have none. */
static void put_tail(struct sheet *s)
{
    struct str id = id_of(s, STR("first-initiative"));

    buf_printf(s->out,
               "initiatives:\n"
               "  # To be filled in: the work that is to move these, and which (moves: [...])\n"
               "  - id: %.*s\n"
               "    title: The first thing to do\n"
               "    status: proposed\n",
               STR_FMT(id));
}

static bool read_all(struct sheet *s, struct csv *csv, struct str name,
                     struct buf *columns, struct err *e)
{
    struct csv_row header;

    if (!csv_next(csv, &header))
        return err_set(e, ERR_PARSE, "the file is empty");
    if (header.wrong != NULL)
        return err_set(e, ERR_PARSE, "the CSV cannot be read: %s", header.wrong);
    guess(s, &header, columns);
    if (s->at[COL_OBJECTIVE] < 0)
        return err_set(e, ERR_PARSE,
                       "no column is called Objective (or Goal): the first row names "
                       "the columns");
    put_head(s, name);
    if (!take_rows(s, csv, e))
        return false;
    put_tail(s);
    return buf_check(s->out, e) && buf_check(columns, e);
}

bool okr_csv_read(struct str text, struct str name, struct arena *a, struct buf *out,
                  struct buf *columns, struct okr_csv_result *ret, struct err *e)
{
    struct sheet s = {.a = a, .out = out, .ids = map_create(), .result = ret};
    struct csv csv;
    bool ok;

    *ret = (struct okr_csv_result){0};
    if (s.ids == NULL)
        return err_nomem(e);
    csv_begin(&csv, text, a);
    ok = read_all(&s, &csv, name, columns, e);
    map_destroy(s.ids);
    return ok;
}
