/* What the readers of a notice may not see is not in it, wherever it might stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "core/digest.h"
#include "core/notice_limit.h"
#include "tests/support/notices.h"

static struct intent intents[] = {
    {.node = {.kind = NODE_INTENT, .id = STR_INIT("sell-firm"), .title = STR_INIT("Sell the firm"),
              .why = STR_INIT("The owners retire"), .visibility = VIS_TEAM}},
    {.node = {.kind = NODE_INTENT, .id = STR_INIT("grow"), .title = STR_INIT("Grow abroad"),
              .why = STR_INIT("Home is full"), .visibility = VIS_BOARD}},
};
static struct objective objectives[] = {
    {.node = {.kind = NODE_OBJECTIVE, .id = STR_INIT("clean-books"),
              .title = STR_INIT("Books a buyer trusts"), .why = STR_INIT("A buyer will look"),
              .visibility = VIS_BOARD},
     .intent = &intents[0]}, /* under what is not seen */
    {.node = {.kind = NODE_OBJECTIVE, .id = STR_INIT("france"),
              .title = STR_INIT("First clinics in France"), .visibility = VIS_BOARD},
     .intent = &intents[1]},
};
static const struct strategy strategy = {
    .intents = intents,
    .n_intents = ARRAY_LEN(intents),
    .objectives = objectives,
    .n_objectives = ARRAY_LEN(objectives),
};
static const char *const secrets[] = {"sell-firm", "Sell the firm", "owners retire",
                                      "clean-books", "buyer"};

static void has_no_secret(const struct notice *n)
{
    struct buf all;

    buf_init(&all, 1 << 20);
    notice_write(&all, n);
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        if (strstr(buf_cstr(&all), secrets[i]) != NULL)
            fail_msg("'%s' is in: %s", secrets[i], buf_cstr(&all));
    }
    buf_finish(&all);
}

static struct notice full(struct notice_section *s, struct notice_entry e[4],
                          struct notice_block b[2])
{
    static struct mention who[3];
    struct notice n;

    who[0] = (struct mention){.name = STR("Ana Silva"), .slack = STR("U1")};
    who[1] = (struct mention){.name = STR("the clean-books team"), .slack = STR("U2")};
    who[2] = (struct mention){.name = STR("Ben Okoro"), .slack = STR("U3")};
    e[0] = notice_an_entry("clean-books", "Books a buyer trusts");
    e[0].note = STR("12 of 40 accounts");
    e[1] = notice_an_entry("PAY-12", "Export for the sell-firm room");
    e[1].objective = STR("Books a buyer trusts");
    e[1].why = STR("A buyer will look");
    e[1].command = STR("alignctl link PAY-12 clean-books");
    e[2] = notice_an_entry("PAY-13", "French invoices");
    e[2].objective = STR("First clinics in France");
    e[2].why = STR("Home is full");
    e[3] = notice_an_entry("sell-firm", "Sell the firm");
    e[3].ended_by = STR("closed by Ben");
    e[0].people = &who[0]; /* of what is hidden: nobody is mentioned for it */
    e[0].n_people = 1;
    e[1].people = &who[1];
    e[1].n_people = 2;
    b[0] = (struct notice_block){STR("Days"),
                                 STR("clean-books   ==|  20%\nfrance        ==|  80%\n"), true};
    b[1] = (struct notice_block){STR("Coverage"), STR("no work: clean-books, france"), false};
    n = notice_of_one(s, e, 3);
    s->headline = STR("3 of Sell the firm");
    n.text = STR("about Sell the firm");
    n.group = STR("clean-books");
    n.blocks = b;
    n.n_blocks = 2;
    n.resolved = &e[3];
    n.n_resolved = 1;
    n.total_resolved = 1;
    return n;
}

static void what_is_hidden_is_nowhere(void **state)
{
    struct arena *a = arena_create(1 << 22);
    struct notice_entry e[4];
    struct notice_section s;
    struct notice_block b[2];
    struct notice n = full(&s, e, b);
    struct audience au;
    struct err err;

    (void)state;
    assert_true(audience_init(&au, &strategy, VIS_COMPANY, a, &err));
    notice_limit(&n, &au);
    assert_false(arena_failed(a));
    has_no_secret(&n);
    const struct mention *people[5];
    size_t more;

    assert_int_equal(notice_people(&n, people, 5, &more), 1);
    assert_true(str_eqz(people[0]->name, "Ben Okoro"));
    /* That it is there, and how bad, is told; its values are not. */
    assert_true(str_eqz(e[0].key, "[...]") && str_eqz(e[0].severity, "warn"));
    assert_true(e[0].note.n == 0 && e[0].fix.n == 0 && e[0].title.n == 0);
    assert_int_equal(s.total, 3);
    /* Work stays; whom it serves does not. */
    assert_true(str_eqz(e[1].key, "PAY-12") && e[1].objective.n == 0 && e[1].why.n == 0);
    assert_true(str_eqz(e[1].title, "Export for the [...] room"));
    assert_true(e[1].command.n == 0 && e[1].fix.n > 0);
    /* What is seen is as it was. */
    assert_true(str_eqz(e[2].objective, "First clinics in France"));
    assert_true(str_eqz(e[2].why, "Home is full") && e[2].command.n > 0);
    assert_true(str_eqz(b[0].text, "france        ==|  80%"));
    assert_true(str_eqz(b[1].text, "no work: [...], france"));
    arena_destroy(a);
}

static void the_team_sees_all(void **state)
{
    struct arena *a = arena_create(1 << 22);
    struct notice_entry e[4];
    struct notice_section s;
    struct notice_block b[2];
    struct notice n = full(&s, e, b);
    struct audience au;
    struct err err;

    (void)state;
    assert_true(audience_init(&au, &strategy, VIS_TEAM, a, &err));
    notice_limit(&n, &au);
    assert_true(str_eqz(e[0].key, "clean-books") && str_eqz(e[1].why, "A buyer will look"));
    assert_true(str_eqz(e[1].command, "alignctl link PAY-12 clean-books"));
    assert_true(str_eqz(b[0].text, "clean-books   ==|  20%\nfrance        ==|  80%"));
    arena_destroy(a);
}

static struct str minute(int64_t turn, const struct audience *au, struct arena *a)
{
    const struct intent *in =
        digest_intent(&strategy, turn, (struct date){2026, 11, 20}, au);

    assert_non_null(in);
    return digest_minute(&strategy, in, au, a);
}

/* Its texts are cut to a width, so they are left out before and not found after. */
static void the_minute_goes_to_the_next_that_is_seen(void **state)
{
    struct arena *a = arena_create(1 << 22);
    struct audience au;
    struct str text;
    struct err err;

    (void)state;
    assert_true(audience_init(&au, &strategy, VIS_BOARD, a, &err));
    for (int64_t turn = 0; turn < 4; turn++) {
        text = minute(turn, &au, a);
        assert_true(str_find(text, STR("Grow abroad")) == 0);
        assert_true(str_find(text, STR("First clinics in France")) > 0);
    }
    assert_true(str_find(minute(0, NULL, a), STR("Sell the firm")) == 0);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_hidden_is_nowhere),
        cmocka_unit_test(the_team_sees_all),
        cmocka_unit_test(the_minute_goes_to_the_next_that_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
