/*
 * Suggestions on a real database: what the index holds after any history is what one
 * built at once would hold; private words never stay; alerts keep what they told.
 */
#include "base/hash.h"
#include "core/suggest.h"
#include "store/suggest.h"
#include "tests/unit/eval_rig.h"

static const struct actor ana = {1000, STR_INIT("ana")};

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* Until nothing is left to do. */
static void settle(struct eval_rig *er)
{
    bool more = true;

    for (int i = 0; more; i++) {
        RIG_OK(&er->r, db_suggest_step(er->r.db, er->strategy, &more, &er->r.e));
        assert_true(i < 1000);
    }
}

static struct item *titled(struct eval_rig *er, int number, const char *title,
                           const char *node)
{
    struct item *it = eval_rig_new_epic(er, number);

    it->title = arena_str(er->r.a, str_of(title));
    if (node != NULL)
        rig_label(&er->r, it,
                  arena_strdup(er->r.a, arena_printf(er->r.a, "initiative:%s", node)));
    return it;
}

static const char *const onboarding[] = {
    "Import rooms of the second site",    "Copy staff to another site",
    "Site checklist for managers",        "Rooms keep their names after import",
    "Staff import: skip duplicates",      "Managers see every site",
    "Import opening hours with rooms",    "Checklist of staff for managers",
    "Second site inherits opening hours", "Import fails for rooms without staff",
    "Opening hours of every site",        "Managers invite staff"};
static const char *const billing[] = {"Invoice shows tax number",
                                      "Refund a wrong invoice",
                                      "Invoice by mail",
                                      "Tax number is checked",
                                      "Payment reminder after refund",
                                      "Invoice in two currencies",
                                      "Currency of the refund",
                                      "Reminder by mail",
                                      "Payment by card",
                                      "Card payment fails with refund",
                                      "Tax report of each invoice",
                                      "Payment dates on the invoice"};

static void fill(struct eval_rig *er)
{
    eval_rig_sync(er);
    for (int i = 0; i < 12; i++) {
        titled(er, 100 + i, onboarding[i], "onboarding");
        titled(er, 200 + i, billing[i], "billing");
    }
    eval_rig_synced(er);
    eval_rig_run(er);
    settle(er);
}

static int64_t row_of(struct rig *r, int number)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT id FROM item WHERE key = 'acme/web#%d'", number);
    return rig_int(r, sql);
}

static struct suggestions ask(struct eval_rig *er, int number)
{
    struct suggestions s;

    RIG_OK(&er->r, db_read_suggestions(er->r.db, er->strategy, row_of(&er->r, number),
                                       er->r.a, &s, &er->r.e));
    return s;
}

/* ---- answers ---- */

static void linked_work_speaks(void **state)
{
    struct eval_rig *er = *state;
    struct suggestions s;

    eval_rig_sync(er);
    titled(er, 1, "Import staff and rooms of the site", NULL);
    titled(er, 2, "Refund of a card payment", NULL);
    titled(er, 3, "Kitchen lamps", NULL);
    eval_rig_synced(er);
    fill(er);
    s = ask(er, 1);
    assert_true(s.n > 0 && str_eqz(s.v[0].node, "onboarding"));
    assert_int_equal(s.v[0].grade, SUGGEST_HIGH);
    assert_true(s.v[0].n_words > 1 && s.v[0].n_like > 0);
    assert_true(str_has_prefix(s.v[0].like[0], STR("acme/web#1")));
    s = ask(er, 2);
    assert_true(s.n > 0 && str_eqz(s.v[0].node, "billing"));
    assert_int_equal(s.v[0].grade, SUGGEST_HIGH);
    assert_int_equal(ask(er, 3).n, 0);
    /* An item that is linked is asked about as if it were not. */
    s = ask(er, 201);
    assert_true(s.n > 0);
    for (size_t i = 0; i < s.v[0].n_like; i++)
        assert_false(str_eqz(s.v[0].like[i], "acme/web#201"));
    /* The strategy's own text speaks where no work is linked yet. */
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM suggest_doc WHERE id < 0"),
                     4);
}

/* Before anything is known no suggestion is high, however alike. */
static void few_links_are_not_sure(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    titled(er, 1, "Bill per site", NULL);
    titled(er, 2, "Bill per site", "billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    settle(er);
    assert_true(str_eqz(ask(er, 1).v[0].node, "billing"));
    assert_int_not_equal(ask(er, 1).v[0].grade, SUGGEST_HIGH);
}

/* What texts do not tell apart is never high. */
static void what_is_all_alike_is_not_sure(void **state)
{
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    for (int i = 0; i < 40; i++)
        titled(er, 100 + i,
               arena_strdup(er->r.a, arena_printf(er->r.a, "Customer request %s",
                                                  onboarding[i % 12])),
               i / 12 % 2 ? "billing" : "onboarding");
    titled(er, 1, "Customer request: managers invite staff", NULL);
    eval_rig_synced(er);
    eval_rig_run(er);
    settle(er);
    assert_int_not_equal(ask(er, 1).v[0].grade, SUGGEST_HIGH);
}

static void over_is_not_suggested(void **state)
{
    struct eval_rig *er = *state;
    char text[sizeof EVAL_RIG_STRATEGY];
    struct suggestions s;

    eval_rig_sync(er);
    titled(er, 2, "Refund of a card payment", NULL);
    eval_rig_synced(er);
    fill(er);
    assert_true(str_eqz(ask(er, 2).v[0].node, "billing"));
    memcpy(text, EVAL_RIG_STRATEGY, sizeof text);
    memcpy(strstr(text, "moves: [nps], status: active }\n"),
           "moves: [nps], status: dropped}\n", 31);
    eval_rig_load(er, EVAL_RIG_CONF, text);
    eval_rig_run(er);
    settle(er);
    s = ask(er, 2);
    for (size_t i = 0; i < s.n; i++)
        assert_false(str_eqz(s.v[i].node, "billing"));
}

/* ---- hostile texts ---- */

static void texts_are_no_queries(void **state)
{
    static const char *const titles[] = {
        "\" OR title : * NEAR(invoice refund, 3)",
        "invoice* OR \"refund",
        "{title body} : ^invoice AND NOT refund",
        "'); DROP TABLE item; --",
        "]},{\"key\":\"$[0]\"",
        "\\\\ \x01\x02 \xf0\x9f\x92\xa9 \xed\xa0\x80",
        "%s%n%d {} ${HOME} `id`",
    };
    struct eval_rig *er = *state;

    eval_rig_sync(er);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        titled(er, 1 + (int)i, titles[i], NULL);
        titled(er, 50 + (int)i, titles[i], "billing");
    }
    eval_rig_synced(er);
    fill(er);
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        (void)ask(er, 1 + (int)i);
    assert_true(str_eqz(ask(er, 2).v[0].node, "billing"));
    assert_true(rig_int(&er->r, "SELECT count(*) FROM item") > 24);
}

/* How many documents have a word is what stands in the rows. */
static void words_are_counted(struct eval_rig *er)
{
    struct rig *r = &er->r;

    assert_int_equal(rig_int(r, "SELECT count(*) FROM (SELECT term, docs FROM"
                                " suggest_word EXCEPT SELECT term, count(*) FROM"
                                " suggest_posting GROUP BY term)"),
                     0);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM (SELECT term FROM suggest_posting"
                                " EXCEPT SELECT term FROM suggest_word)"),
                     0);
}

/* Every word is in the index as it is looked up: whatever the script. */
static void all_scripts_are_found_again(void **state)
{
    static const char *const texts[] = {
        "Zürich Ærø Łódź naïve façade ðorn ßtraße",
        "Ёлка подъезд Київ",
        "Αθήνα Ὀδυσσεύς",
        "שלום עולם",
        "مرحبا بالعالم",
        "हिन्दी शब्द",
        "한국어 단어",
        "請求書 複数拠点 カタカナ ひらがな",
        "ﬁre ½ x² Ⅷ ①one",
        "İstanbul ıssız ŁĐŊ",
        "ǆ Ǆ ŉ ĳ ſt",
        "𝐁𝐨𝐥𝐝 𝔣𝔯𝔞𝔨",
    };
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    eval_rig_sync(er);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        titled(er, 1 + (int)i, texts[i], "billing");
    eval_rig_synced(er);
    eval_rig_run(er);
    settle(er);
    words_are_counted(er);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct suggest_word *v;
        size_t n;

        suggest_split(r->a, str_of(texts[i]), STR_NONE, &v, &n);
        assert_true(n > 0);
        for (size_t k = 0; k < n; k++) {
            char *sql =
                sqlite3_mprintf("SELECT count(*) FROM suggest_posting WHERE term = %Q",
                                arena_strdup(r->a, v[k].term));

            if (rig_int(r, sql) < 1)
                fail_msg("'%.*s' of '%s' is not found", STR_FMT(v[k].term), texts[i]);
            sqlite3_free(sql);
        }
    }
}

/* ---- private ---- */

static bool file_has(struct rig *r, const char *word)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "SELECT (SELECT count(*) FROM suggest_posting WHERE term = '%s') + (SELECT"
             " count(*) FROM suggest_word WHERE term = '%s') + (SELECT count(*) FROM"
             " suggest_words WHERE title || body LIKE '%%%s%%')",
             word, word, word);
    return rig_int(r, sql) > 0;
}

static void private_words_never_come_in(void **state)
{
    struct eval_rig *er = *state;
    struct item *it;

    eval_rig_sync(er);
    it = titled(er, 1, "Acquire zebracorp quietly", "billing");
    it->restricted = true;
    eval_rig_synced(er);
    fill(er);
    assert_false(file_has(&er->r, "zebracorp"));
    assert_int_equal(ask(er, 1).n, 0);
}

static void private_words_leave(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct item *it;

    eval_rig_sync(er);
    titled(er, 1, "Acquire zebracorp quietly", "billing");
    titled(er, 2, "Zebracorp?", NULL);
    eval_rig_synced(er);
    fill(er);
    assert_true(file_has(r, "zebracorp"));
    assert_true(str_eqz(ask(er, 2).v[0].like[0], "acme/web#1"));
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    it = titled(er, 1, "Acquire zebracorp quietly", "billing");
    it->restricted = true;
    eval_rig_synced(er);
    /* Before anything is evaluated, or brought up to date. */
    assert_int_equal(ask(er, 2).n, 0);
    assert_false(file_has(r, "zebracorp"));
    eval_rig_run(er);
    settle(er);
    assert_false(file_has(r, "zebracorp"));
}

/* By a setting: the row was stored before it was private. */
static void words_leave_by_a_setting_too(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;

    eval_rig_sync(er);
    rig_label(r, titled(er, 1, "Acquire zebracorp quietly", "billing"), "hush");
    eval_rig_synced(er);
    fill(er);
    assert_true(file_has(r, "zebracorp"));
    char *conf = arena_strdup(r->a, STR(EVAL_RIG_CONF "\n"));
    memmove(strstr(conf, "[secret]") + 6, strstr(conf, "[secret]") + 8,
            strlen(strstr(conf, "[secret]") + 8) + 1);
    memcpy(strstr(conf, "[secre"), "[hush]", 6);
    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    eval_rig_run(er);
    settle(er);
    assert_false(file_has(r, "zebracorp"));
}

/* ---- alerts ---- */

static const char *text_of(struct eval_rig *er, const char *column, int number)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT f.%s FROM finding f JOIN item i ON i.id = f.item WHERE i.key ="
             " 'acme/web#%d' AND f.rule = 'unlinked-work'",
             column, number);
    return rig_text(&er->r, sql);
}

static void a_finding_tells_what_is_high(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    char *note;
    int64_t events;

    fill(er);
    r->now.ms += 5 * RIG_MIN;
    eval_rig_sync(er);
    titled(er, 1, "Import staff and rooms of the site", NULL);
    titled(er, 2, "Kitchen lamps", NULL);
    eval_rig_synced(er);
    eval_rig_run(er);
    /* Nobody is told yet, so nothing is looked up. */
    assert_null(strstr(text_of(er, "note", 1), "suggest"));
    r->now.ms += RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    rig_page(r);
    assert_non_null(strstr(text_of(er, "note", 1), "suggest `onboarding` (high: "));
    assert_non_null(strstr(text_of(er, "fix", 1), "initiative:onboarding"));
    assert_non_null(strstr(text_of(er, "command", 1), "acme/web#1 onboarding"));
    assert_null(strstr(text_of(er, "note", 2), "suggest"));
    assert_non_null(strstr(text_of(er, "command", 2), "INITIATIVE"));

    /* All else says billing now: what was told stands, and nobody is told again. */
    note = strdup(text_of(er, "note", 1));
    events = rig_int(r, "SELECT count(*) FROM finding_event");
    RIG_OK(r, sql_script(r->db, "UPDATE finding SET plan_next = 0", &r->e));
    for (int i = 0; i < 12; i++) {
        char key[40];

        snprintf(key, sizeof key, "acme/web#%d", 100 + i);
        RIG_OK(r, db_link_set(r->db, &er->ev, str_of(key), STR("billing"), &ana, r->now,
                              &r->e));
    }
    eval_rig_run(er);
    settle(er);
    assert_true(str_eqz(ask(er, 1).v[0].node, "billing"));
    r->now.ms += RIG_HOUR;
    eval_rig_sync(er);
    titled(er, 1, "Import staff and rooms of the site now", NULL);
    eval_rig_synced(er);
    eval_rig_run(er);
    rig_page(r);
    assert_string_equal(text_of(er, "note", 1), note);
    assert_string_equal(text_of(er, "plan_next", 1), "0");
    assert_int_equal(rig_int(r, "SELECT count(*) FROM finding_event"), events);
    free(note);
}

/* ---- any history ---- */

/* The index and all that answers depend on, in words. */
static char *contents(struct eval_rig *er)
{
    return strdup(rig_text(
        &er->r,
        "SELECT group_concat(l, char(10)) FROM (SELECT CASE WHEN d.id > 0 THEN d.id "
        "ELSE"
        " '' END || '|' || d.node || '|' || d.alike || '|' || d.form || '|' || t.title"
        " || '|' || t.body AS l FROM suggest_doc d JOIN suggest_words t ON"
        " t.doc = d.id ORDER BY d.id > 0, d.node, d.id)"));
}

static char *terms(struct eval_rig *er)
{
    return strdup(rig_text(
        &er->r, "SELECT value || char(10) || (SELECT group_concat(l, char(10)) FROM (SELECT"
                " p.term || ' ' || CASE WHEN p.doc > 0 THEN p.doc ELSE d.node END || ' '"
                " || p.place AS l FROM suggest_posting p LEFT JOIN suggest_doc d ON"
                " d.id = p.doc ORDER BY l)) FROM meta WHERE key = 'suggest_docs'"));
}

static void rebuild(struct eval_rig *er)
{
    RIG_OK(&er->r,
           sql_script(er->r.db,
                      "DELETE FROM suggest_words; DELETE FROM suggest_posting; DELETE FROM"
                      " suggest_doc; DELETE FROM suggest_word; DELETE FROM suggest_todo; DELETE FROM suggest_trial; DELETE FROM meta WHERE"
                      " key LIKE 'suggest%'; INSERT INTO suggest_todo SELECT id FROM"
                      " item",
                      &er->r.e));
    settle(er);
}

static void same_as_rebuilt(struct eval_rig *er, uint64_t seed)
{
    char *was, *is, *was_terms, *is_terms;

    settle(er);
    words_are_counted(er);
    rig_page(&er->r);
    was = contents(er);
    was_terms = terms(er);
    rebuild(er);
    is = contents(er);
    is_terms = terms(er);
    if (strcmp(was, is) != 0 || strcmp(was_terms, is_terms) != 0)
        fail_msg("seed %llu:\n%s\n%s\n---\n%s\n%s", (unsigned long long)seed, was,
                 was_terms, is, is_terms);
    free(was);
    free(is);
    free(was_terms);
    free(is_terms);
}

static uint64_t next(uint64_t *seed)
{
    *seed = hash64(seed, sizeof *seed, 11);
    return *seed;
}

static void random_item(struct eval_rig *er, uint64_t *seed)
{
    static const char *const nodes[] = {"onboarding", "billing", "ktlo", "old-portal",
                                        NULL};
    uint64_t x = next(seed);
    struct item *it =
        titled(er, 1 + (int)(x % 30),
               (x >> 8) % 2 ? onboarding[(x >> 16) % 12] : billing[(x >> 16) % 12],
               nodes[(x >> 24) % 5]);

    it->excerpt = arena_printf(er->r.a, "Template\nword%llu",
                               (unsigned long long)((x >> 32) % 5));
    if ((x >> 36) % 4 == 0)
        it->level = ITEM_LEVEL_BASE;
    it->restricted = (x >> 40) % 8 == 0;
    if ((x >> 44) % 5 == 0)
        rig_close_item(&er->r, it);
}

static void random_write(struct eval_rig *er, uint64_t *seed)
{
    struct rig *r = &er->r;
    uint64_t x = next(seed);
    char key[40];

    snprintf(key, sizeof key, "acme/web#%d", 1 + (int)(x % 30));
    if (row_of(r, 1 + (int)(x % 30)) <= 0)
        return;
    if ((x >> 8) % 2)
        RIG_OK(r, db_link_set(r->db, &er->ev, str_of(key),
                              (x >> 16) % 2 ? STR("billing") : STR("onboarding"), &ana,
                              r->now, &r->e));
    else
        (void)!db_link_remove(r->db, str_of(key), &ana, r->now, &r->e);
}

static void random_strategy(struct eval_rig *er, uint64_t *seed)
{
    char text[sizeof EVAL_RIG_STRATEGY];
    uint64_t x = next(seed);

    memcpy(text, EVAL_RIG_STRATEGY, sizeof text);
    if (x % 3 == 0)
        memcpy(strstr(text, "Bill per"), "Bill all", 8);
    if (x % 5 == 0)
        memcpy(strstr(text, "id: ktlo"), "id: ktla", 8);
    eval_rig_load(er, EVAL_RIG_CONF, text);
}

static void any_history_is_as_rebuilt(void **state)
{
    (void)state;
    for (uint64_t s = 1; s <= 40; s++) {
        struct eval_rig *er = eval_rig_create();
        uint64_t seed = s;
        bool more;

        for (int step = 0; step < 15; step++) {
            er->r.now.ms += 5 * RIG_MIN;
            eval_rig_sync(er);
            for (uint64_t n = next(&seed) % 9; n > 0; n--)
                random_item(er, &seed);
            eval_rig_synced(er);
            if (next(&seed) % 2)
                random_write(er, &seed);
            if (next(&seed) % 6 == 0)
                random_strategy(er, &seed);
            if (next(&seed) % 3)
                eval_rig_run(er);
            if (next(&seed) % 2)
                RIG_OK(&er->r,
                       db_suggest_step(er->r.db, er->strategy, &more, &er->r.e));
        }
        eval_rig_run(er);
        same_as_rebuilt(er, s);
        eval_rig_destroy(er);
    }
}

/* ---- cost ---- */

static void nothing_to_do_writes_nothing(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct eval_result res;
    int64_t before;
    bool more;

    fill(er);
    eval_rig_look(er);
    res = eval_rig_run(er);
    assert_false(res.suggest);
    before = sqlite3_total_changes(r->db->h);
    RIG_OK(r, db_suggest_step(r->db, er->strategy, &more, &r->e));
    assert_false(more);
    assert_int_equal(sqlite3_total_changes(r->db->h), before);
    /* Items below epic level and unlinked ones are none of its business. */
    r->now.ms += RIG_MIN;
    eval_rig_sync(er);
    rig_label(r, rig_item(r, "acme/web", 900 - 1), "initiative:billing");
    titled(er, 901, "Not linked", NULL);
    eval_rig_synced(er);
    eval_rig_run(er);
    assert_int_equal(rig_int(r, "SELECT count(*) FROM suggest_todo"), 0);
}

static void evaluation_says_that_there_is_work(void **state)
{
    struct eval_rig *er = *state;
    struct eval_result one;

    eval_rig_sync(er);
    titled(er, 1, "Refund", "billing");
    eval_rig_synced(er);
    RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
    assert_false(one.more);
    assert_true(one.suggest);
}

/* Each statement of it finds its rows by an index. */
static void statements_use_indexes(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    size_t checked = 0;

    fill(er);
    (void)ask(er, 100);
    for (size_t i = 0; i < SQL_CACHE; i++) {
        const char *sql = r->db->cache[i].sql;
        char *explain;
        sqlite3_stmt *st;

        if (sql == NULL || strstr(sql, "suggest_") == NULL)
            continue;
        explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
        assert_int_equal(sqlite3_prepare_v2(r->db->h, explain, -1, &st, NULL),
                         SQLITE_OK);
        while (sqlite3_step(st) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(st, 3);

            if (strstr(plan, "SCAN item") != NULL || strstr(plan, "SCAN i ") != NULL ||
                strstr(plan, "SCAN l") != NULL ||
                strstr(plan, "SCAN suggest_posting") != NULL ||
                strstr(plan, "SCAN suggest_word") != NULL ||
                (strcmp(plan, "SCAN suggest_doc") == 0 && !strstr(sql, "row_number")))
                fail_msg("%s\n  in %s", plan, sql);
        }
        sqlite3_finalize(st);
        sqlite3_free(explain);
        checked++;
    }
    assert_true(checked > 15);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(linked_work_speaks),
        T(few_links_are_not_sure),
        T(what_is_all_alike_is_not_sure),
        T(over_is_not_suggested),
        T(texts_are_no_queries),
        T(all_scripts_are_found_again),
        T(private_words_never_come_in),
        T(private_words_leave),
        T(words_leave_by_a_setting_too),
        T(a_finding_tells_what_is_high),
        cmocka_unit_test(any_history_is_as_rebuilt),
        T(nothing_to_do_writes_nothing),
        T(evaluation_says_that_there_is_work),
        T(statements_use_indexes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
