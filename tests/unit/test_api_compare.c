/*
 * POST /v1/compare and /v1/whatif over a real store: what live work would serve under
 * another strategy, answers held to config/openapi.json, hostile text refused, and not
 * a row of the database another afterwards.
 */
#include "tests/unit/api_rig.h"

#include <math.h>

/* ---- asking ---- */

static json_t *post(struct api_rig *r, const char *path, json_t *body, int status)
{
    char *text = json_dumps(body, 0);
    json_t *v = ask_json(r, "POST", path, text, status);

    free(text);
    json_decref(body);
    return v;
}

static json_t *compare(struct api_rig *r, const char *from, const char *to)
{
    return post(r, "/v1/compare",
                from != NULL ? json_pack("{s:s, s:s}", "from", from, "to", to)
                             : json_pack("{s:s}", "to", to),
                200);
}

static json_t *whatif(struct api_rig *r, const char *key, const char *value)
{
    return post(r, "/v1/whatif", json_pack("{s:s}", key, value), 200);
}

static void post_refused(struct api_rig *r, const char *path, json_t *body, int status,
                         const char *detail)
{
    char *text = json_dumps(body, 0);

    refused(r, "POST", path, text, status, detail);
    free(text);
    json_decref(body);
}

static int64_t work(json_t *v, const char *member)
{
    return json_integer_value(json_object_get(json_object_get(v, "work"), member));
}

static double side(json_t *v, const char *which, const char *member)
{
    return json_number_value(json_object_get(json_object_get(v, which), member));
}

static bool is_same(json_t *v)
{
    return json_is_true(json_object_get(v, "same"));
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) < 1e-9))
        fail_msg("%.12f, not %.12f", got, want);
}

/* ---- every row there is ---- */

static void add_table(struct rig *r, const char *table, struct buf *out)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    sqlite3_stmt *st;

    assert_int_equal(sqlite3_prepare_v2(r->db->h, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        buf_addz(out, table);
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            struct str v = {sqlite3_column_blob(st, i),
                            (size_t)sqlite3_column_bytes(st, i)};

            buf_printf(out, "|%d:", sqlite3_column_type(st, i));
            buf_add(out, v);
        }
        buf_addc(out, '\n');
    }
    sqlite3_finalize(st);
    sqlite3_free(sql);
}

static struct buf all_rows(struct api_rig *ar)
{
    static const char tables[] = "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                 " AND name NOT LIKE 'sqlite_%' ORDER BY name";
    struct rig *r = &ar->er->r;
    sqlite3_stmt *st;
    struct buf b;

    buf_init(&b, (size_t)64 << 20);
    assert_int_equal(sqlite3_prepare_v2(r->db->h, tables, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        add_table(r, (const char *)sqlite3_column_text(st, 0), &b);
    sqlite3_finalize(st);
    assert_true(buf_ok(&b) && b.n > 1000);
    return b;
}

static void run_sql(struct api_rig *r, const char *sql)
{
    if (sqlite3_exec(r->er->r.db->h, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(r->er->r.db->h));
}

/* Four people: 20 days for onboarding, 10 for billing, 10 unmapped, yesterday. */
static void spend_days(struct api_rig *r)
{
    char sql[600];
    long long day = (long long)(r->er->r.now.ms / RIG_DAY) - 1;

    snprintf(sql, sizeof sql,
             "INSERT INTO effort VALUES (%lld, 'web', 'onboarding', 'grow', 20, 1),"
             " (%lld, 'web', 'billing', 'grow', 10, 1), (%lld, 'web', '', '', 10, 1);"
             "INSERT INTO effort_day VALUES (%lld, '', 0, 4, 4, 4, 2, 8, 0, 0)",
             day, day, day, day);
    run_sql(r, sql);
}

/* ---- compare ---- */

static void nothing_differs_from_itself(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    spend_days(r);
    v = compare(r, NULL, EVAL_RIG_STRATEGY);
    assert_true(is_same(v));
    /* Epics 1, 2, 4, 5 and 9 are open and not exempt; 2 and 4 are linked. */
    assert_int_equal(work(v, "items"), 5);
    assert_near(side(v, "from", "mapped"), 0.4);
    assert_near(side(v, "to", "mapped"), 0.4);
    assert_near(side(v, "to", "mapped_effort"), 0.75);
    assert_near(
        json_number_value(json_object_get(json_object_get(v, "work"), "people")), 4);
    assert_int_equal(work(v, "orphaned") + work(v, "adopted") + work(v, "moved"), 0);
    json_decref(v);
    /* The counts are those of coverage. */
    assert_int_equal(rig_int(&r->er->r, "SELECT sum(epics - exempt) FROM scope"), 5);
    assert_int_equal(rig_int(&r->er->r, "SELECT sum(linked) FROM scope"), 2);
    v = compare(r, "# the same\n" EVAL_RIG_STRATEGY, EVAL_RIG_STRATEGY "# again\n");
    assert_true(is_same(v));
    json_decref(v);
}

#define OTHER                                                                          \
    "strategy: 1\n"                                                                    \
    "name: Other\n"                                                                    \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Grow, key_results: [{ id: nps, title: NPS }] }\n"          \
    "initiatives:\n"                                                                   \
    "  - { id: onbording, title: Onboard, moves: [nps], status: active }\n"            \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"

static void another_strategy(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *x;

    fill(r->er);
    spend_days(r);
    v = compare(r, NULL, OTHER);
    assert_false(is_same(v));
    /* 5 names what is an initiative there; 2 and 4 have nothing left. */
    assert_int_equal(work(v, "adopted"), 1);
    assert_int_equal(work(v, "orphaned"), 2);
    x = json_object_get(json_object_get(v, "work"), "examples");
    assert_int_equal(json_array_size(x), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(x, 0), "key")),
                        "acme/web#2");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(x, 0), "node")), "onboarding");
    assert_near(side(v, "to", "mapped"), 0.2);
    assert_near(side(v, "to", "mapped_effort"), 0);
    json_decref(v);
    /* The other way round they come back. */
    v = compare(r, OTHER, EVAL_RIG_STRATEGY);
    assert_int_equal(work(v, "adopted"), 2);
    assert_int_equal(work(v, "orphaned"), 1);
    json_decref(v);
}

/* A link by a person or from a parent is the stored one, where its node is there. */
static void given_links(void **state)
{
    static const struct actor ana = {1000, STR_INIT("ana")};
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct item *it;
    json_t *v;

    fill(r->er);
    RIG_OK(rig, db_link_set(rig->db, &r->er->ev, STR("acme/web#1"), STR("billing"),
                            &ana, rig->now, &rig->e));
    eval_rig_sync(r->er);
    it = eval_rig_epic(r->er, 30);
    it->parent_vid = STR("acme/web-2");
    it->restricted = true;
    eval_rig_synced(r->er);
    eval_rig_run(r->er);
    v = whatif(r, "drop", "billing");
    assert_int_equal(work(v, "orphaned"), 1);
    json_decref(v);
    v = whatif(r, "drop", "onboarding, billing");
    assert_int_equal(work(v, "orphaned"), 3);
    assert_null(strstr(buf_cstr(&r->body), "Issue 30")); /* it is private */
    assert_non_null(strstr(buf_cstr(&r->body), "acme/web#30"));
    json_decref(v);
}

/* More than a page of them. */
static void many_items(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    eval_rig_sync(r->er);
    for (int i = 1000; i < 2203; i++) {
        struct item *it = eval_rig_epic(r->er, i);

        if (i % 3 == 0)
            rig_label(&r->er->r, it, "initiative:billing");
    }
    eval_rig_synced(r->er);
    eval_rig_run(r->er);
    v = whatif(r, "drop", "billing");
    assert_int_equal(work(v, "items"), 1203 + 5);
    assert_int_equal(
        work(v, "orphaned"),
        rig_int(&r->er->r, "SELECT count(*) FROM link WHERE node = 'billing'"));
    assert_int_equal(work(v, "orphaned"), 401);
    assert_int_equal(
        json_array_size(json_object_get(json_object_get(v, "work"), "examples")), 20);
    json_decref(v);
}

/* Of a directory: lists of its files are one. */
static void several_texts(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *many;

    fill(r->er);
    v = post(r, "/v1/compare",
             json_pack("{s:[s,s]}", "to", EVAL_RIG_STRATEGY,
                       "initiatives: [{ id: onbording, title: More }]\n"),
             200);
    assert_int_equal(work(v, "adopted"), 1);
    assert_int_equal(work(v, "orphaned"), 0);
    json_decref(v);
    post_refused(r, "/v1/compare", json_pack("{s:[s,i]}", "to", EVAL_RIG_STRATEGY, 7),
                 400, "'to' must be a string");
    post_refused(r, "/v1/compare",
                 json_pack("{s:[s,s]}", "to", EVAL_RIG_STRATEGY, "x: 1\n"), 400,
                 "to 2:1:");
    post_refused(r, "/v1/compare", json_pack("{s:[]}", "to"), 400, "'to' is missing");
    many = json_array();
    for (int i = 0; i < 101; i++)
        json_array_append_new(many, json_string("x: 1"));
    post_refused(r, "/v1/compare", json_pack("{s:o}", "to", many), 400,
                 "more than 100 files");
}

static void text_is_not_believed(void **state)
{
    struct api_rig *r = *state;
    char *large = malloc((1 << 20) + 3);
    json_t *v;

    assert_non_null(large);
    memset(large, 'a', (1 << 20) + 2);
    large[(1 << 20) + 2] = '\0';
    post_refused(r, "/v1/compare", json_pack("{s:s}", "to", large), 400, "longer than");
    free(large);
    post_refused(r, "/v1/compare", json_object(), 400, "'to' is missing");
    post_refused(r, "/v1/compare", json_pack("{s:s}", "to", "strategy: 2\n"), 400,
                 "to:1:");
    post_refused(r, "/v1/compare",
                 json_pack("{s:s, s:s}", "from", "strategy: [", "to", OTHER), 400,
                 "from:1:");
    post_refused(r, "/v1/compare",
                 json_pack("{s:s, s:s}", "path", "/etc/passwd", "to", "x"), 400,
                 "unknown member 'path'");
    /* A calendar is a file: it is not looked for, not even where there is one. */
    v = compare(r, NULL, OTHER "holidays: { ics: strategy.yaml }\n");
    assert_int_equal(r->status, 200);
    json_decref(v);
    post_refused(r, "/v1/compare",
                 json_pack("{s:s}", "to", OTHER "holidays: { ics: /etc/passwd }\n"),
                 400, "to:");
}

/* ---- whatif ---- */

static void what_if(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    spend_days(r);
    v = whatif(r, "drop", "onboarding");
    assert_int_equal(work(v, "orphaned"), 1);
    assert_near(side(v, "to", "mapped_effort"), 0.25);
    assert_near(side(v, "to", "initiatives"), 1);
    json_decref(v);
    v = post(r, "/v1/whatif",
             json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "add", "SSO for all", "moves",
                       "grow", "reach", "400", "impact", "2", "confidence", "80%",
                       "effort", "20d"),
             200);
    assert_near(side(v, "to", "rice"), 32);
    assert_near(side(v, "to", "initiatives"), 3);
    assert_int_equal(work(v, "orphaned"), 0);
    json_decref(v);
    v = whatif(r, "share", "grow=60%");
    assert_near(side(v, "to", "limits"), 1);
    json_decref(v);
    /* Moving what is there already is no change. */
    v = whatif(r, "move", "onboarding=nps, billing=grow");
    assert_true(is_same(v));
    json_decref(v);
}

static void what_if_refused(void **state)
{
    static const struct {
        const char *key, *value;
        int status;
        const char *detail;
    } rows[] = {
        {"drop", "onbording", 404, "did you mean 'onboarding'?"},
        {"drop", "grow", 400, "is no initiative but of kind objective"},
        {"move", "onboarding", 400, "'move' is ID=VALUE, not 'onboarding'"},
        {"move", "=nps", 400, "is ID=VALUE"},
        {"move", "onboarding=", 400, "is ID=VALUE"},
        {"move", "onboarding=npx", 404, "did you mean 'nps'?"},
        {"share", "grow=much", 400, "is no percentage"},
        {"moves", "nps", 400, "'add' is missing"},
        {"reach", "4", 400, "'impact' is a number above 0"},
        {"add", "", 400, "nothing is changed"},
        {"delete", "x", 400, "unknown member 'delete'"},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        post_refused(r, "/v1/whatif", json_pack("{s:s}", rows[i].key, rows[i].value),
                     rows[i].status, rows[i].detail);
    post_refused(r, "/v1/whatif",
                 json_pack("{s:s,s:s,s:s,s:s,s:s}", "add", "x", "reach", "1", "impact",
                           "1", "confidence", "101%", "effort", "1d"),
                 400, "at most 100%");
}

static void nothing_is_stored(void **state)
{
    struct api_rig *r = *state;
    struct buf before, after;
    int changes;

    fill(r->er);
    spend_days(r);
    before = all_rows(r);
    changes = sqlite3_total_changes(r->er->r.db->h);
    json_decref(compare(r, NULL, OTHER));
    json_decref(compare(r, OTHER, EVAL_RIG_STRATEGY));
    json_decref(whatif(r, "drop", "onboarding"));
    json_decref(whatif(r, "add", "Another"));
    after = all_rows(r);
    assert_true(str_eq(buf_str(&before), buf_str(&after)));
    assert_int_equal(sqlite3_total_changes(r->er->r.db->h), changes);
    buf_finish(&before);
    buf_finish(&after);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_differs_from_itself),
        TEST(another_strategy),
        TEST(given_links),
        TEST(many_items),
        TEST(several_texts),
        TEST(text_is_not_believed),
        TEST(what_if),
        TEST(what_if_refused),
        TEST(nothing_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
