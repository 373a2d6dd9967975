#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/csv.h"

/* Rows as text: cells in angle brackets, a wrong row as what is wrong. */
static void hold(struct str text, const char *want)
{
    struct arena *a = arena_create((size_t)4 << 20);
    struct csv *c = arena_alloc(a, sizeof *c);
    struct csv_row row;
    struct buf got;

    buf_init(&got, (size_t)1 << 20);
    csv_begin(c, text, a);
    while (csv_next(c, &row)) {
        for (size_t i = 0; row.wrong == NULL && i < row.n; i++) {
            buf_printf(&got, "<%.*s>", STR_FMT(row.cells[i]));
        }
        buf_addz(&got, row.wrong != NULL ? row.wrong : "");
        buf_addc(&got, '\n');
    }
    assert_string_equal(buf_cstr(&got), want);
    buf_finish(&got);
    arena_destroy(a);
}

static void rows(void **state UNUSED)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", ""},
        {"\n\r\n  \n", ""},
        {"a", "<a>\n"},
        {"a,b\n", "<a><b>\n"},
        {"a,b\r\nc,d\r\n", "<a><b>\n<c><d>\n"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "<a><b>\n"},
        {"a,,\n", "<a><><>\n"},
        {",\n", "<><>\n"},
        {" a , b c \n", "<a><b c>\n"},
        {"\"a,b\",c\n", "<a,b><c>\n"},
        {"\"a \"\"b\"\" c\"\n", "<a \"b\" c>\n"},
        {"\"\"\n", "<>\n"},
        {"\"\"\"\"\n", "<\">\n"},
        {"\" a \" , b\n", "< a ><b>\n"},
        {"\"two\nlines\",x\ny\n", "<two\nlines><x>\n<y>\n"},
        {"\"two\r\nlines\"\r\n", "<two\r\nlines>\n"},
        {"a\rb\n", "<a\rb>\n"},
        {"\"a\"b\nc\n", "there is text behind a quoted cell\n<c>\n"},
        {"a\"b\nc\n", "a quote stands inside a cell that is not quoted\n<c>\n"},
        {"\"a\nb,c\n", "a quote is not closed\n<b><c>\n"},
        {"a,\"b", "a quote is not closed\n"},
        {"\"", "a quote is not closed\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        hold(str_of(cases[i].text), cases[i].want);
    }
}

static void limits(void **state UNUSED)
{
    struct buf text, want;

    buf_init(&text, (size_t)1 << 20);
    buf_init(&want, (size_t)1 << 20);
    for (int i = 0; i < CSV_MAX_CELLS; i++) {
        buf_addz(&text, i == 0 ? "x" : ",x");
        buf_addz(&want, "<x>");
    }
    buf_addc(&want, '\n');
    hold(buf_str(&text), buf_cstr(&want));
    buf_addz(&text, ",x\ny\n");
    hold(buf_str(&text), "a row has more than 256 cells\n<y>\n");

    buf_clear(&text);
    buf_addc(&text, '"');
    for (int i = 0; i < 3 * CSV_MAX_CELL; i++) {
        buf_addc(&text, i % 100 == 0 ? '\n' : 'z');
    }
    buf_addz(&text, "\"");
    /* Its lines are read one by one then; the last has a quote of its own. */
    {
        struct arena *a = arena_create((size_t)4 << 20);
        struct csv *c = arena_alloc(a, sizeof *c);
        struct csv_row row;
        size_t n = 0, n_wrong = 0;

        csv_begin(c, buf_str(&text), a);
        while (csv_next(c, &row)) {
            n++;
            n_wrong += row.wrong != NULL;
        }
        assert_int_equal(n, 124);
        assert_int_equal(n_wrong, 2);
        arena_destroy(a);
    }
    buf_finish(&text);
    buf_finish(&want);
}

static void places(void **state UNUSED)
{
    const struct str text = STR("\xEF\xBB\xBFkr, value\nnps,\"4\n7\"\n");
    struct arena *a = arena_create((size_t)1 << 20);
    struct csv *c = arena_alloc(a, sizeof *c);
    struct csv_row row;

    csv_begin(c, text, a);
    assert_true(csv_next(c, &row));
    assert_int_equal(row.from, 3);
    assert_int_equal(row.to, 12);
    assert_int_equal(row.at[1], 7);
    assert_int_equal(csv_column(&row, STR("VALUE")), 1);
    assert_int_equal(csv_column(&row, STR("day")), -1);
    assert_true(csv_next(c, &row));
    assert_int_equal(row.from, 13);
    assert_int_equal(row.at[1], 17);
    assert_int_equal(row.to, 22);
    assert_false(csv_next(c, &row));
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(limits),
        cmocka_unit_test(places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
