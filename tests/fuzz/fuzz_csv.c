/*
 * Comma separated values: any bytes as a check-ins file. Rows lie in the text and in
 * their bounds; what is read, written in quotes and read again is the same; what the
 * reader of check-ins takes are values of key results that there are.
 */
#include <math.h>

#include "base/buf.h"
#include "config/check_ins.h"
#include "config/csv.h"
#include "tests/fuzz/fuzz.h"

static struct strategy *strategy;
static const struct date today = {2026, 11, 22};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char text[] =
        "strategy: 1\nname: A\nobjectives:\n  - id: o\n    title: O\n    key_results:\n"
        "      - { id: nps, title: N, baseline: 1, target: 2 }\n"
        "      - { id: signed, title: S, kind: done }\n"
        "initiatives: [{ id: i, title: I }]\n";
    struct conf_diag *d = conf_diag_create();

    (void)argc;
    (void)argv;
    strategy = strategy_load_text("strategy.yaml", str_of(text), d);
    FUZZ_CHECK(strategy != NULL, "the strategy does not load");
    conf_diag_destroy(d);
    return 0;
}

static void put_quoted(struct buf *out, struct str cell)
{
    buf_addc(out, '"');
    for (size_t i = 0; i < cell.n; i++) {
        buf_addz(out, cell.p[i] == '"' ? "\"" : "");
        buf_addc(out, cell.p[i]);
    }
    buf_addc(out, '"');
}

/* A row is what it was after a way through its quoted form. */
static void hold_form(const struct csv_row *row)
{
    struct arena *a = arena_create((size_t)8 << 20);
    struct csv *c = arena_alloc(a, sizeof *c);
    struct csv_row again;
    struct buf text;

    buf_init(&text, (size_t)8 << 20);
    for (size_t i = 0; i < row->n; i++) {
        buf_addz(&text, i > 0 ? "," : "");
        put_quoted(&text, row->cells[i]);
    }
    csv_begin(c, buf_str(&text), a);
    FUZZ_CHECK(csv_next(c, &again) && again.wrong == NULL, "its quoted form is no row");
    FUZZ_CHECK(again.n == row->n, "%zu cells, not %zu", again.n, row->n);
    for (size_t i = 0; i < row->n; i++) {
        FUZZ_CHECK(str_eq(again.cells[i], row->cells[i]), "cell %zu differs", i);
    }
    FUZZ_CHECK(!csv_next(c, &again), "its quoted form is two rows");
    buf_finish(&text);
    arena_destroy(a);
}

static void hold_rows(struct str text)
{
    struct arena *a = arena_create((size_t)64 << 20);
    struct csv *c = arena_alloc(a, sizeof *c);
    struct csv_row row;
    uint32_t last = 0;

    csv_begin(c, text, a);
    while (csv_next(c, &row)) {
        FUZZ_CHECK(row.from >= last && row.to >= row.from && row.to <= text.n,
                   "from %u to %u", row.from, row.to);
        FUZZ_CHECK(row.n <= CSV_MAX_CELLS, "%zu cells", row.n);
        last = row.to;
        for (size_t i = 0; i < row.n; i++) {
            FUZZ_CHECK(row.cells[i].n <= CSV_MAX_CELL, "%zu bytes", row.cells[i].n);
        }
        if (row.wrong == NULL) {
            hold_form(&row);
        }
    }
    arena_destroy(a);
}

static void hold_check_ins(struct str text)
{
    struct arena *a = arena_create((size_t)64 << 20);
    struct conf_diag *d = conf_diag_create();
    struct check_ins got;

    if (check_ins_read(strategy, STR("check-ins.csv"), text, today, a, d, &got)) {
        for (size_t i = 0; i < got.n; i++) {
            const struct checkin *c = &got.v[i].said;

            FUZZ_CHECK(str_eqz(c->kr, "nps") || str_eqz(c->kr, "signed"), "%.*s",
                       STR_FMT(c->kr));
            FUZZ_CHECK(isfinite(c->value), "%g", c->value);
            FUZZ_CHECK(date_is_valid(c->day) && date_cmp(c->day, today) <= 0, "%d",
                       c->day.year);
        }
    } else {
        FUZZ_CHECK(conf_diag_errors(d) > 0, "refused without a word");
    }
    conf_diag_destroy(d);
    arena_destroy(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy;

    if (size > CSV_MAX_BYTES) {
        return 0;
    }
    copy = fuzz_copy((struct str){(const char *)data, size});
    hold_rows((struct str){copy, size});
    hold_check_ins((struct str){copy, size});
    free(copy);
    return 0;
}
