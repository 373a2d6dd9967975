#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "core/suggest.h"

static int setup(void **state)
{
    *state = arena_create((size_t)16 << 20);
    return *state == NULL;
}

static int teardown(void **state)
{
    arena_destroy(*state);
    return 0;
}

/* ---- words ---- */

static void check_terms(struct arena *a, const char *text, const char *want)
{
    assert_string_equal(arena_strdup(a, suggest_terms(a, str_of(text))), want);
}

static void words_are_folded(void **state)
{
    struct arena *a = *state;

    check_terms(a, "", "");
    check_terms(a, "Reseller SSO: a 2nd site", "reseller sso 2nd site");
    check_terms(a, "Zürich CAFÉ \xef\xac\x81re", "zurich cafe fire");
    check_terms(a, "cafe\xcc\x81", "cafe"); /* a mark of its own */
    check_terms(a, "Straße", "strasse");
    check_terms(a, "ПЛАТЕЖИ Ёж", "платежи еж");
    check_terms(a, "zero\xe2\x80\x8bwidth", "zerowidth"); /* what nobody sees */
    check_terms(a, "a b 7 2026-09-21 3.1", "");           /* say nothing */
    check_terms(a, "v2 x1", "v2 x1");
    check_terms(a, "\xff\xfe bad \xc3", "bad");
}

static void what_is_joined_is_a_word_too(void **state)
{
    struct arena *a = *state;

    check_terms(a, "second-site login", "second site secondsite login");
    check_terms(a, "io/http.c", "io http iohttpc");
    check_terms(a, "a-b", "ab");
    check_terms(a, "end- of --dash .hidden x_", "end of dash hidden");
    check_terms(a, "one--two", "one two");
}

static void without_blanks_pairs_are_words(void **state)
{
    check_terms(*state, "請求書", "請求 求書");
    check_terms(*state, "新web画面", "web 画面");
    check_terms(*state, "字", "");
}

static void long_words_are_none(void **state)
{
    struct arena *a = *state;
    char text[200];

    memset(text, 'x', sizeof text);
    assert_int_equal(suggest_terms(a, (struct str){text, SUGGEST_TERM}).n,
                     SUGGEST_TERM);
    assert_int_equal(suggest_terms(a, (struct str){text, SUGGEST_TERM + 1}).n, 0);
    assert_int_equal(suggest_terms(a, (struct str){text, sizeof text}).n, 0);
}

static const struct suggest_word *word(const struct suggest_word *v, size_t n,
                                       const char *term)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eqz(v[i].term, term))
            return &v[i];
    }
    return NULL;
}

static void where_a_word_stands_is_its_weight(void **state)
{
    struct suggest_word *v;
    size_t n;

    suggest_split(*state, STR("billing: second-site invoice"),
                  STR("The invoice is late\nBilling"), &v, &n);
    assert_int_equal(n, 8);
    assert_true(word(v, n, "billing")->weight > word(v, n, "second")->weight);
    assert_true(word(v, n, "second")->weight > word(v, n, "late")->weight);
    assert_true(word(v, n, "invoice")->of_title);
    assert_false(word(v, n, "late")->of_title);
    assert_true(str_eqz(word(v, n, "secondsite")->text, "second-site"));
    suggest_split(*state, STR("[billing] late"), STR_NONE, &v, &n);
    assert_true(word(v, n, "billing")->weight > word(v, n, "late")->weight);
    /* So far from the beginning a colon is punctuation. */
    suggest_split(*state, STR("this is what the customer told us when asked: late"),
                  STR_NONE, &v, &n);
    assert_true(word(v, n, "customer")->weight == word(v, n, "late")->weight);
}

static void words_are_bounded(void **state)
{
    struct arena *a = *state;
    struct suggest_word *v;
    struct buf b;
    size_t n;

    buf_init(&b, 1 << 20);
    for (int i = 0; i < 5000; i++)
        buf_printf(&b, "\"x%d\" OR NEAR(y%d) * ", i, i);
    suggest_split(a, buf_str(&b), buf_str(&b), &v, &n);
    assert_true(n <= SUGGEST_WORDS);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(strcspn(arena_strdup(a, v[i].term), "\"*()-: \n"),
                         v[i].term.n);
    buf_finish(&b);
}

static void alike_but_for_digits(void **state)
{
    struct arena *a = *state;

    assert_int_equal(suggest_alike(a, STR("Release 1.2 checklist")),
                     suggest_alike(a, STR("release 2.14: Checklist")));
    assert_int_not_equal(suggest_alike(a, STR("Release 1.2 checklist")),
                         suggest_alike(a, STR("Release 1.2 notes")));
    assert_int_equal(suggest_form(a, STR("\n  ## Steps\nopen it")),
                     suggest_form(a, STR("### steps\r\nclose it")));
    assert_int_not_equal(suggest_form(a, STR("Steps\nopen")), 0);
    assert_int_equal(suggest_form(a, STR("\n\n---\nopen")), 0);
}

static void not_every_word_is_a_reason(void **state)
{
    struct suggest_word *v;
    size_t n;

    suggest_split(*state, STR("The UI of an on-call app in 請求"), STR_NONE, &v, &n);
    assert_int_equal(word(v, n, "the")->reason, REASON_NONE);
    assert_int_equal(word(v, n, "of")->reason, REASON_NONE);
    assert_int_equal(word(v, n, "ui")->reason, REASON_BESIDE);
    assert_int_equal(word(v, n, "call")->reason, REASON_ALONE);
    assert_int_equal(word(v, n, "oncall")->reason, REASON_ALONE);
    assert_int_equal(word(v, n, "請求")->reason, REASON_ALONE);
    suggest_split(*state, STR("на ÄÖ или about you your yours"), STR_NONE, &v, &n);
    assert_int_equal(n, 7);
    assert_int_equal(v[0].reason, REASON_BESIDE);
    assert_int_equal(v[1].reason, REASON_BESIDE);
    assert_int_equal(v[2].reason, REASON_ALONE);
    for (size_t i = 3; i < 6; i++)
        assert_int_equal(v[i].reason, REASON_NONE);
    assert_int_equal(v[6].reason, REASON_ALONE);
}

/* ---- ranking ---- */

enum { MAX_DOCS = 300 };

/* A store of documents in memory: as the index does, so to speak. */
struct doc {
    struct str title, body;
    const char *node;
    bool is_node, may;
};
struct corpus {
    struct arena *a;
    struct doc v[MAX_DOCS];
    size_t n;
};

static void add_to(struct corpus *c, const char *node, bool is_node, struct str title,
                   struct str body)
{
    assert_true(c->n < MAX_DOCS);
    c->v[c->n++] = (struct doc){title, body, node, is_node, true};
}

static bool has_term(struct arena *a, struct str text, struct str term)
{
    struct str terms = suggest_terms(a, text), one;

    while (str_split(&terms, ' ', &one)) {
        if (str_eq(one, term))
            return true;
    }
    return false;
}

static void find_hits(struct corpus *c, struct suggest_query *q)
{
    for (size_t i = 0; i < q->n_words; i++) {
        struct suggest_word *w = &q->words[i];

        w->hits = arena_array(c->a, c->n + 1, sizeof *w->hits);
        for (size_t d = 0; d < c->n; d++) {
            struct suggest_hit h = {(int64_t)d + 1,
                                    has_term(c->a, c->v[d].title, w->term),
                                    has_term(c->a, c->v[d].body, w->term)};

            if (h.title || h.body)
                w->hits[w->n_hits++] = h;
        }
    }
}

static void find_form(struct corpus *c, struct suggest_query *q, struct str body)
{
    int64_t *v = arena_array(c->a, c->n + 1, sizeof *v),
            form = suggest_form(c->a, body);

    for (size_t d = 0; form != 0 && d < c->n; d++) {
        if (suggest_form(c->a, c->v[d].body) == form)
            v[q->n_form++] = (int64_t)d + 1;
    }
    q->form = v;
}

static struct suggestions ask(struct corpus *c, const char *title, const char *body,
                              int64_t skip)
{
    struct suggest_query q = {.docs = (int64_t)c->n, .skip = skip};
    struct suggest_neighbour *v;
    struct suggestions s;
    size_t n;

    suggest_split(c->a, str_of(title), str_of(body), &q.words, &q.n_words);
    find_hits(c, &q);
    find_form(c, &q, str_of(body));
    suggest_score(c->a, &q, &v, &n);
    for (size_t i = 0; i < n; i++) {
        const struct doc *d = &c->v[v[i].doc - 1];

        v[i].votes = arena_array(c->a, 1, sizeof *v[i].votes);
        v[i].votes[0] = (struct suggest_vote){str_of(d->node), d->may};
        v[i].n_votes = 1;
        v[i].is_node = d->is_node;
        v[i].alike = suggest_alike(c->a, d->title);
        v[i].key = arena_printf(c->a, "PAY-%lld", (long long)v[i].doc);
    }
    suggest_rank(c->a, &q, v, n, &s);
    return s;
}

static struct corpus *corpus(struct arena *a)
{
    static const char *const titles[][2] = {
        {"onboarding", "Import the second site of a clinic"},
        {"onboarding", "Copy rooms from the first site"},
        {"onboarding", "Checklist for clinic managers"},
        {"billing", "Invoice per site"},
        {"billing", "Refund a wrong invoice"},
        {"billing", "Tax numbers on every invoice"},
        {"reports", "Export the waiting list"},
        {"reports", "Nightly export fails"},
    };
    struct corpus *c = arena_alloc(a, sizeof *c);

    c->a = a;
    add_to(c, "onboarding", true, STR("Onboard a second site in a day"), STR(""));
    add_to(c, "billing", true, STR("Bill per site"), STR("Clinics pay by hand"));
    add_to(c, "reports", true, STR("Reports people trust"), STR(""));
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        add_to(c, titles[i][0], false, str_of(titles[i][1]), STR(""));
    return c;
}

static void the_nearest_win_and_say_why(void **state)
{
    struct corpus *c = corpus(*state);
    struct suggestions s = ask(c, "Move rooms of a second-site", "", 0);

    assert_true(s.n >= 1 && s.n <= SUGGEST_BEST);
    assert_true(str_eqz(s.v[0].node, "onboarding"));
    assert_int_equal(s.v[0].grade, SUGGEST_LOW);
    assert_true(s.v[0].n_words >= 2);
    assert_true(str_eqz(s.v[0].words[0], "rooms")); /* as they stand in the title */
    assert_true(str_eqz(s.v[0].words[s.v[0].n_words - 1], "second"));
    assert_true(s.v[0].n_like > 0);
    assert_true(s.sureness > 0 && s.sureness < 1);
    for (size_t i = 1; i < s.n; i++)
        assert_true(s.v[i].share <= s.v[i - 1].share);

    s = ask(c, "Wrong invoice", "", 0);
    assert_true(str_eqz(s.v[0].node, "billing"));
    assert_true(str_eqz(s.v[0].like[0], "PAY-8"));
}

static void nothing_known_is_nothing_told(void **state)
{
    struct corpus *c = corpus(*state);

    assert_int_equal(ask(c, "Kitchen lamps", "", 0).n, 0);
    assert_int_equal(ask(c, "", "", 0).n, 0);
    assert_true(ask(c, "Kitchen lamps", "", 0).sureness == 0);
    c->n = 0;
    assert_int_equal(ask(c, "Wrong invoice", "", 0).n, 0);
}

static void an_item_is_no_evidence_for_itself(void **state)
{
    struct corpus *c = corpus(*state);
    struct suggestions s;

    add_to(c, "reports", false, STR("Kitchen lamps"), STR(""));
    assert_true(str_eqz(ask(c, "Kitchen lamps", "", 0).v[0].node, "reports"));
    s = ask(c, "Kitchen lamps", "", (int64_t)c->n);
    assert_int_equal(s.n, 0);
}

/* They take their part, and two letters are told beside others. */
static void filling_is_no_reason(void **state)
{
    struct corpus *c = corpus(*state);
    struct suggestions s;
    double alone;

    add_to(c, "reports", false, STR("Kitchen lamps, go on"), STR(""));
    add_to(c, "billing", false, STR("Kitchen chairs"), STR(""));
    assert_int_equal(ask(c, "go", "", 0).n, 0);
    assert_int_equal(ask(c, "The waiter is on call", "", 0).n, 0);
    s = ask(c, "go on, kitchen", "", 0);
    assert_true(str_eqz(s.v[0].node, "reports"));
    assert_int_equal(s.v[0].n_words, 2);
    assert_true(str_eqz(s.v[0].words[0], "go"));
    assert_true(str_eqz(s.v[0].words[1], "kitchen"));
    /* What only such words speak for is not told, but it is not nothing. */
    alone = ask(c, "chairs", "", 0).sureness;
    s = ask(c, "chairs go on", "", 0);
    assert_int_equal(s.n, 1);
    assert_true(str_eqz(s.v[0].node, "billing"));
    assert_true(s.sureness < alone);
}

static void little_evidence_is_not_sure(void **state)
{
    struct corpus *c = corpus(*state);
    double one = ask(c, "export", "", 0).sureness;

    assert_true(one < ask(c, "Nightly export of the waiting list", "", 0).sureness);
}

/* What cannot be linked to is not told, and yet takes its part. */
static void what_is_over_is_not_suggested(void **state)
{
    struct corpus *c = corpus(*state);
    struct suggestions s = ask(c, "Refund a wrong invoice, second try", "", 0);
    double sure = s.sureness;

    for (size_t i = 0; i < c->n; i++)
        c->v[i].may = strcmp(c->v[i].node, "billing") != 0;
    assert_true(str_eqz(s.v[0].node, "billing"));
    s = ask(c, "Refund a wrong invoice, second try", "", 0);
    assert_true(s.n > 0 && str_eqz(s.v[0].node, "onboarding"));
    assert_true(s.sureness < sure);
}

/* Fifty copies are one voice. */
static void copies_count_once(void **state)
{
    struct corpus *c = corpus(*state);
    double before = ask(c, "Release checklist", "", 0).v[0].share;
    struct suggestions s;

    for (int i = 0; i < 5; i++)
        add_to(c, "reports", false, arena_printf(*state, "Release checklist 1.%d", i),
               STR(""));
    s = ask(c, "Release checklist for clinic managers", "", 0);
    for (size_t i = 0; i < s.n; i++) {
        if (str_eqz(s.v[i].node, "onboarding"))
            assert_true(s.v[i].share > 0.3);
    }
    assert_true(str_eqz(s.v[0].node, "onboarding"));
    assert_true(before > 0);
}

/* Forty items of one form: its words do not draw the next one to where most are. */
static void forms_weigh_nothing(void **state)
{
    static const char form[] = "Describe the problem\nSeverity agreed with support:\n"
                               "Rollback plan attached:\nCustomer impact statement:\n";
    struct corpus *c = corpus(*state);
    struct suggestions s;

    for (int i = 0; i < 60; i++)
        add_to(
            c, "reports", false,
            arena_printf(*state, "Unrelated matter w%c%c", 'a' + i % 26, 'a' + i / 26),
            STR("nothing here"));
    for (int i = 0; i < 6; i++)
        add_to(c, "billing", false,
               arena_printf(*state, "Filler topic q%c%c", 'a' + i, 'a' + i),
               arena_printf(*state, "%s detail%c", form, 'a' + i));
    s = ask(c, "Move rooms", form, 0);
    assert_int_equal(s.n, 1);
    assert_true(str_eqz(s.v[0].node, "onboarding"));
    /* The same words under another first line are the item's own. */
    s = ask(c, "Move rooms", strchr(form, '\n') + 1, 0);
    assert_int_equal(s.n, 2);
}

static void what_all_have_weighs_nothing(void **state)
{
    struct corpus *c = arena_alloc(*state, sizeof *c);

    c->a = *state;
    for (int i = 0; i < 90; i++)
        add_to(
            c, i % 3 ? "billing" : "reports", false,
            arena_printf(*state, "Customer request k%c%c", 'a' + i % 26, 'a' + i / 26),
            STR(""));
    assert_int_equal(ask(c, "Customer request", "", 0).n, 0);
}

static void the_order_is_always_the_same(void **state)
{
    struct corpus *c = corpus(*state);
    struct suggestions s;

    add_to(c, "b-tie", false, STR("violet"), STR(""));
    add_to(c, "a-tie", false, STR("violet"), STR(""));
    s = ask(c, "violet", "", 0);
    assert_int_equal(s.n, 2);
    assert_true(str_eqz(s.v[0].node, "a-tie"));
}

static void many_neighbours(void **state)
{
    struct corpus *c = arena_alloc(*state, sizeof *c);
    struct suggestions s;

    c->a = *state;
    for (int i = 0; i < MAX_DOCS; i++)
        add_to(c, i % 20 == 0 ? "billing" : "reports", false,
               i % 4 == 0
                   ? arena_printf(*state, "violet k%c%c", 'a' + i % 26, 'a' + i / 26)
                   : arena_printf(*state, "k%c%c", 'a' + i % 26, 'a' + i / 26),
               STR(""));
    s = ask(c, "violet", "", 0);
    assert_int_equal(s.n, 2);
    assert_true(str_eqz(s.v[0].node, "reports"));
    assert_true(s.v[0].n_like == SUGGEST_LIKE);
}

/* ---- grades ---- */

static struct suggest_limits calibrate(const char *rights, double from, double step)
{
    struct suggest_trial v[SUGGEST_TRIALS];
    size_t n = strlen(rights);

    assert_true(n <= SUGGEST_TRIALS);
    for (size_t i = 0; i < n; i++)
        v[i] = (struct suggest_trial){from - step * (double)i, rights[i] == '+'};
    return suggest_calibrate(v, n);
}

static void grades_are_what_was_right(void **state)
{
    struct suggest_limits l;

    (void)state;
    /* Too few, however right. */
    assert_true(calibrate("+++++++++", 0.9, 0.01).high > 1);
    assert_true(calibrate("", 0, 0).high > 1);
    assert_true(calibrate("", 0, 0).medium < 1);
    /* Ten of ten, one taken for wrong: 9 in 10. */
    l = calibrate("++++++++++", 0.9, 0.01);
    assert_true(l.high > 0.80 && l.high < 0.82);
    /* Nine of ten would be eight. */
    assert_true(calibrate("+++++++++-", 0.9, 0.01).high > 1);
    /* The least that holds, behind a bad stretch. */
    l = calibrate("+++++++++++++++++++-++++++++++----------", 0.9, 0.01);
    assert_true(l.high > 0.60 && l.high < 0.62);
    assert_true(l.medium < l.high);
    assert_true(calibrate("-+-+-+-+-+-+-+-+-+-+-+-+", 0.9, 0.01).high > 1);
    assert_true(calibrate("-+-+-+-+-+-+-+-+-+-+-+-+", 0.9, 0.01).medium > 1);
    /* What cannot be told apart stands or falls together. */
    l = calibrate("+++++++++++---", 0.9, 0);
    assert_true(l.high > 1);
    assert_true(l.medium > 0.8 && l.medium < 1);
    /* Where nothing was suggested nothing was right. */
    assert_true(calibrate("++++++++++++", 0, 0).high > 1);
}

static void only_the_best_has_a_grade(void **state)
{
    struct suggest_limits l = {0.8, 0.5};
    struct suggestions s = {.n = 2, .sureness = 0.8};

    (void)state;
    suggest_apply(&l, &s);
    assert_int_equal(s.v[0].grade, SUGGEST_HIGH);
    assert_int_equal(s.v[1].grade, SUGGEST_LOW);
    s = (struct suggestions){.n = 1, .sureness = 0.79};
    suggest_apply(&l, &s);
    assert_int_equal(s.v[0].grade, SUGGEST_MEDIUM);
    s = (struct suggestions){.n = 1, .sureness = 0.49};
    suggest_apply(&l, &s);
    assert_int_equal(s.v[0].grade, SUGGEST_LOW);
    assert_string_equal(suggest_grade_name(SUGGEST_HIGH), "high");
    assert_string_equal(suggest_grade_name(SUGGEST_MEDIUM), "medium");
    assert_string_equal(suggest_grade_name(SUGGEST_LOW), "low");
}

static void out_of_memory_shows(void **state)
{
    struct suggest_word *v = NULL;
    size_t n;

    (void)state;
    for (size_t ceiling = 16; ceiling < 40000; ceiling += 512) {
        struct arena *a = arena_create(ceiling);

        suggest_split(a, STR("billing: second-site invoice"), STR("The invoice"), &v,
                      &n);
        (void)suggest_terms(a, STR("billing: second-site invoice"));
        (void)suggest_alike(a, STR("billing"));
        if (!arena_failed(a))
            assert_int_equal(n, 6);
        arena_destroy(a);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(words_are_folded),
        T(what_is_joined_is_a_word_too),
        T(without_blanks_pairs_are_words),
        T(long_words_are_none),
        T(where_a_word_stands_is_its_weight),
        T(words_are_bounded),
        T(not_every_word_is_a_reason),
        T(alike_but_for_digits),
        T(the_nearest_win_and_say_why),
        T(nothing_known_is_nothing_told),
        T(an_item_is_no_evidence_for_itself),
        T(filling_is_no_reason),
        T(little_evidence_is_not_sure),
        T(what_is_over_is_not_suggested),
        T(copies_count_once),
        T(forms_weigh_nothing),
        T(what_all_have_weighs_nothing),
        T(the_order_is_always_the_same),
        T(many_neighbours),
        T(grades_are_what_was_right),
        T(only_the_best_has_a_grade),
        T(out_of_memory_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
