/* Jira's wiki markup to plain text: one row for each mark and trap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "base/attr.h"
#include "connectors/wire/wiki.h"

static const struct {
    const char *markup, *text;
} rows[] = {
    {"", ""},
    {"one\r\ntwo\r\n\r\nthree", "one\ntwo\n\nthree\n"},
    {"h1. Title\nh7. not\nh2.not", "Title\nh7. not\nh2.not\n"},
    {"*Initiative:* onboarding", "Initiative: onboarding\n"},
    {"a *b* _c_ +d+ ^e^ ~f~ g", "a b c d e f g\n"},
    {"*_both_*", "both\n"},
    {"2*3*4 a_b_c x ~ y * z *", "2*3*4 a_b_c x ~ y * z *\n"},
    {"-not deleted- but -- dashes", "-not deleted- but -- dashes\n"},
    {"* a\n** b\n# c\n- d\n*no bullet*", "- a\n- b\n- c\n- d\nno bullet\n"},
    {"[Text|https://x/y] [https://x/z] [~ana] [~accountid:5b1] [^file.txt] [#top]",
     "Text https://x/z @ana @5b1 file.txt top\n"},
    {"[Text|https://x/y|smart-link] [DRAFT] [] [ open", "Text [DRAFT] [] [ open\n"},
    {"[*bold*|https://x]", "bold\n"},
    {"before !pic.png|width=3! after! and wow!", "before  after! and wow!\n"},
    {"{{mono *x*}} {not a macro} {", "mono *x* {not a macro} {\n"},
    {"{color:red}warn{color} {panel:title=Box|x=y}in{panel}", "warn Box\nin\n"},
    {"\\*plain\\* a\\\\b c\\d", "*plain* a\nb c\\d\n"},
    {"||H1||H2||\n|a|[t|http://x]|\n", "H1 | H2\na | t\n"},
    {"bq. quoted *x*\nnot", "> quoted x\nnot\n"},
    {"a\n{quote}\nInitiative: no\nmore\n{quote}\nb",
     "a\n> Initiative: no\n> more\nb\n"},
    {"{quote} never closed", "{quote} never closed\n"},
    {"x {quote}y{quote} z", "x\n> y\nz\n"},
    {"a\n{code:java}\n*x* {quote} [l|u]\n```\n{code}\nb",
     "a\n```\n*x* {quote} [l|u]\n'''\n```\nb\n"},
    {"{noformat}Strategy: no{noformat}", "```\nStrategy: no\n```\n"},
    {"{code} open\nInitiative: yes", "{code} open\nInitiative: yes\n"},
    {"{codename} x", "{codename} x\n"},
    {"{quote}\n{code}\nq\n{code}\n{quote}\nz", "> ```\n> q\n> ```\nz\n"},
    {"\\{code} x {code}y{code}", "{code} x\n```\ny\n```\n"},
    {"----", "----\n"},
    {"\xff\xfe*b*", "\xff\xfe*b*\n"}, /* not UTF-8: what follows may be a letter */
};

static void each_mark_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf out;

        buf_init(&out, 10000);
        wiki_to_text(str_of(rows[i].markup), 10000, &out);
        assert_string_equal(buf_cstr(&out), rows[i].text);
        buf_finish(&out);
    }
}

/* Every row, cut anywhere: no crash, and no more text than the limit. */
static void every_prefix_and_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str all = str_of(rows[i].markup);

        for (size_t n = 0; n <= all.n; n++) {
            struct buf out;

            buf_init(&out, 10000);
            wiki_to_text(str_first(all, n), n / 2, &out);
            assert_true(buf_ok(&out) && out.n <= n / 2);
            buf_finish(&out);
        }
    }
}

/* Openings without an end must not be searched for to the end again and again. */
static void hostile_repetition_is_bounded(void **state)
{
    static const char *const pieces[] = {"{code:x}", "{quote",     "*a ",     "[a",
                                         "!a.",      "{{",         "{color:", "\\",
                                         "|",        "{noformat:", "_a",      "{quote}",
                                         "{code}",   "*_+"};

    /* A quadratic search takes minutes, and is killed. */
    struct rlimit cpu = {60, 60};

    (void)state;
    assert_int_equal(setrlimit(RLIMIT_CPU, &cpu), 0);
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct buf in, out;

        buf_init(&in, 1 << 20);
        buf_init(&out, 4 << 20);
        while (in.n < 256 << 10) {
            buf_addz(&in, pieces[i]);
        }
        wiki_to_text(buf_str(&in), 4 << 20, &out);
        assert_true(buf_ok(&out));
        buf_finish(&in);
        buf_finish(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mark_reads),
        cmocka_unit_test(every_prefix_and_limit),
        cmocka_unit_test(hostile_repetition_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
