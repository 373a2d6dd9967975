/* Atlassian Document Format to plain text: one row for each node and trap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "connectors/wire/adf.h"

#define P(inner) "{\"type\":\"paragraph\",\"content\":[" inner "]}"
#define T(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define DOC(inner) "{\"version\":1,\"type\":\"doc\",\"content\":[" inner "]}"

static const struct {
    const char *json, *text;
} rows[] = {
    {DOC(P(T("one")) "," P(T("two"))), "one\ntwo\n"},
    {DOC(P(T("Init") "," T("iative: a"))), "Initiative: a\n"},
    {DOC(P(T("a") ",{\"type\":\"hardBreak\"}," T("b"))), "a\nb\n"},
    {DOC("{\"type\":\"heading\",\"attrs\":{\"level\":1},\"content\":[" T("h") "]}," P(
         T("x"))),
     "h\nx\n"},
    {DOC("{\"type\":\"bulletList\",\"content\":[{\"type\":\"listItem\",\"content\":[" P(
         T("a")) "," P(T("b")) "]},{\"type\":\"listItem\",\"content\":[]}]}"),
     "- a\nb\n- \n"},
    {DOC("{\"type\":\"taskList\",\"content\":[{\"type\":\"taskItem\",\"attrs\":{"
         "\"state\":"
         "\"DONE\"},\"content\":[" T(
             "a") "]},{\"type\":\"taskItem\",\"attrs\":{\"state\":"
                  "\"TO"
                  "DO\"},\"content\":[" T("b") "]}]}"),
     "- [x] a\n- [ ] b\n"},
    {DOC("{\"type\":\"codeBlock\",\"content\":[" T(
         "x = 1\\nInitiative: no\\n```") "]}"
                                         "," P(T("after"))),
     "```\nx = 1\nInitiative: no\n'''\n```\nafter\n"},
    {DOC("{\"type\":\"blockquote\",\"content\":[" P(T("q1")) "," P(T("q2")) "]}," P(
         T("after"))),
     "> q1\n> q2\nafter\n"},
    {DOC("{\"type\":\"table\",\"content\":[{\"type\":\"tableRow\",\"content\":[{"
         "\"type\":"
         "\"tableHeader\",\"content\":[" P(T("h1")) "]},{\"type\":\"tableCell\","
                                                    "\"content\":[" P(T("c2")) "," P(
                                                        T("d2")) "]}]}]}"),
     "h1 | c2 d2 \n"},
    {DOC(P("{\"type\":\"mention\",\"attrs\":{\"text\":\"@Ana\"}}," T(
         " ") ",{\"type\":"
              "\"emoji\",\"attrs\":{\"shortName\":\":x:\"}},{\"type\":\"emoji\","
              "\"attrs\":{"
              "\"shortName\":\":y:\",\"text\":\"Y\"}}")),
     "@Ana :x:Y\n"},
    {DOC(P("{\"type\":\"date\",\"attrs\":{\"timestamp\":\"1733011200000\"}}," T(
         " ") ",{"
              "\"type\":\"date\",\"attrs\":{\"timestamp\":\"x\"}},{\"type\":\"date\","
              "\"attrs\":{"
              "\"timestamp\":\"-5\"}},{\"type\":\"status\",\"attrs\":{\"text\":"
              "\"LATE\"}}")),
     "2024-12-01 LATE\n"},
    {DOC(P("{\"type\":\"inlineCard\",\"attrs\":{\"url\":\"https://a/b\"}}")),
     "https://a/b\n"},
    {DOC("{\"type\":\"rule\"}," P(T("x"))), "----\nx\n"},
    {DOC("{\"type\":\"expand\",\"attrs\":{\"title\":\"more\"},\"content\":[" P(
         T("x")) "]}"),
     "more\nx\n"},
    {DOC("{\"type\":\"panel\",\"content\":[" P(
         "{\"type\":\"hardBreak\"}," T("x")) "]}"),
     "\nx\n"},
    {DOC("{\"type\":\"mediaSingle\",\"content\":[{\"type\":\"media\",\"attrs\":{"
         "\"alt\":"
         "\"pic\"}}]}"),
     "pic\n"},
    /* What is not known gives what is inside; what is not of the form, nothing. */
    {DOC("{\"type\":\"futureNode\",\"content\":[" P(T("x")) "]}"), "x\n"},
    {DOC("{\"content\":[" P(T("x")) "]}"), "x\n"},
    {DOC("null,7,\"s\",[],{\"type\":7},{\"type\":\"text\"},{\"type\":\"text\",\"text\":"
         "null}"),
     ""},
    {DOC("{\"type\":\"paragraph\",\"content\":{\"type\":\"text\",\"text\":\"x\"}}"),
     ""},
    {"null", ""},
    {"[]", ""},
    {"\"text\"", ""},
    {"{}", ""},
};

static void to_text(const char *json, size_t max, struct buf *out)
{
    json_t *doc = json_loads(json, JSON_DECODE_ANY, NULL);

    assert_non_null(doc);
    adf_to_text(doc, max, out);
    assert_true(buf_ok(out));
    json_decref(doc);
}

static void each_node_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;

        buf_init(&out, 10000);
        to_text(rows[i].json, 10000, &out);
        assert_string_equal(buf_cstr(&out), rows[i].text);
        buf_finish(&out);
    }
}

static void limit_cuts_on_a_code_point(void **state)
{
    (void)state;
    const char *json = DOC(P(T("a\\u00e9\\u20acz")) "," P(T("more")));
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 7, 8, 9};

    for (size_t max = 0; max < ARRAY_LEN(kept); max++) {
        struct buf out;

        buf_init(&out, 10000);
        buf_addz(&out, "before");
        to_text(json, max, &out);
        assert_int_equal(out.n, 6 + kept[max]);
        buf_finish(&out);
    }
}

static void ceiling_of_the_buffer_is_a_limit_too(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4);
    to_text(DOC(P(T("abcdefgh"))), 10000, &out);
    assert_string_equal(buf_cstr(&out), "abcd");
    buf_finish(&out);
}

static void depth_is_bounded(void **state)
{
    struct buf json, out;

    (void)state;
    buf_init(&json, 1 << 20);
    buf_init(&out, 1 << 20);
    for (int i = 0; i < 900; i++) {
        buf_addz(&json, "{\"type\":\"panel\",\"content\":[" P(T("x")) ",");
    }
    buf_addz(&json, "{}");
    for (int i = 0; i < 900; i++) {
        buf_addz(&json, "]}");
    }
    to_text(buf_cstr(&json), 1 << 20, &out);
    /* The text of a panel at depth d is at depth d + 2. */
    assert_int_equal(out.n, 2 * (ADF_MAX_DEPTH - 1));
    buf_finish(&json);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_reads),
        cmocka_unit_test(limit_cuts_on_a_code_point),
        cmocka_unit_test(ceiling_of_the_buffer_is_a_limit_too),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
