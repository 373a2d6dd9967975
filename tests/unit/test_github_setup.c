/*
 * What GitHub is asked for the source as a whole: versions of the API; what is noted
 * of it, and what is remembered.
 */
#include "tests/unit/github_setup_rig.h"

/* ---- versions of the API ---- */

static void versions(void **state)
{
    static const struct {
        int status;
        const char *body, *version;
        bool remembered;
    } rows[] = {
        {200, "[\"2022-11-28\"]", "2022-11-28", true},
        {200, "[\"2026-03-10\",\"2022-11-28\"]", "2022-11-28", true},
        {200, "[\"2027-01-01\",\"2026-03-10\"]", "2026-03-10", true},
        {200, "[\"2027-01-01\"]", "", true},
        {404, "{}", "", true},
        {403, "{\"message\":\"no\"}", "2022-11-28", false},
        {302, "", "2022-11-28", false},
    };
    struct world *w = *state;
    struct rig *r = &w->r;

    r->conf.url = STR("https://ghe.acme.com/api/v3");
    rig_repo(r, "acme/web");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&r->memory);
        w->n = 0;
        begin(w);
        rig_ask(r, "https://ghe.acme.com/api/v3/versions");
        assert_int_equal(rig_request_header(r, "X-GitHub-Api-Version").n, 0);
        answer(w, rows[i].status, rows[i].body);
        assert_int_equal(r->feed.n_events, 0);
        rig_ask(r, NULL);
        assert_true(
            str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), rows[i].version));
        begin(w);
        rig_ask(r, NULL);
        assert_int_equal(str_has_suffix(r->req.http.url, STR("/versions")),
                         !rows[i].remembered);
        r->now.ms += 86400000; /* servers are upgraded */
        begin(w);
        rig_ask(r, "https://ghe.acme.com/api/v3/versions");
    }
}

/* A host that knows the version and says 400 means something else. */
static void bad_request(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    rig_repo(r, "acme/web");
    begin(w);
    rig_ask(r, NULL);
    answer(w, 400, "{\"message\":\"?\"}");
    rig_ask(r, API "/versions");
    answer(w, 200, "[\"2022-11-28\"]");
    rig_ask(r, NULL);
    assert_true(str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), "2022-11-28"));
    answer(w, 400, "{\"message\":\"?\"}");
    rig_expect_failed(r, ERR_REMOTE);
    expect_done(w);
}

/* An App's token is bought without one, and then buys the answer. */
static void versions_for_an_app(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 456);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 400, "{\"message\":\"?\"}");
    rig_ask(r, API "/app/installations/456/access_tokens");
    assert_int_equal(rig_request_header(r, "X-GitHub-Api-Version").n, 0);
    sell_token(w, "ghs_a", "2026-11-22T13:00:00Z");
    rig_ask(r, API "/versions");
    expect_auth(w, "ghs_a");
    answer(w, 200, "[\"2026-03-10\"]");
    rig_ask(r, NULL);
    assert_true(str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), "2026-03-10"));
}

/* ---- notes ---- */

static void notes(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    rig_repo(r, "acme/web");
    r->own.token.value = STR("github_pat_secret");
    know(w, "acme/web", "", CHANGES);
    begin(w);
    rig_ask(r, NULL);
    rig_header(r, "GitHub-Authentication-Token-Expiration",
               "2026-12-24 00:00:00 +0900");
    rig_header(r, "X-RateLimit-Limit", "5000");
    answer(w, 200, "[]");
    expect_note(r, "account", NOTE_OK, "a fine-grained token");
    expect_note(r, "token.expires", NOTE_OK, "2026-12-23T15:00:00Z");
    expect_note(r, "budget", NOTE_OK, "5000 requests an hour, 20% left to others");
    expect_note(r, "api", NOTE_OK, "version 2022-11-28");
    expect_note(r, "permissions", NOTE_OK, "");
    assert_null(strstr(buf_cstr(&r->memory), "secret"));

    /* The same again is not told again; less than two weeks are. */
    begin(w);
    rig_ask(r, NULL);
    rig_header(r, "GitHub-Authentication-Token-Expiration", "2026-12-23 15:00:00 UTC");
    rig_header(r, "X-RateLimit-Limit", "5000");
    answer(w, 200, "[]");
    assert_int_equal(r->feed.n_notes, 0);
    assert_null(r->feed.memory.p);
    r->now = rig_time("2026-12-10T00:00:00Z");
    begin(w);
    rig_ask(r, NULL);
    rig_header(r, "GitHub-Authentication-Token-Expiration", "2026-12-23 15:00:00 UTC");
    answer(w, 200, "[]");
    expect_note(r, "token.expires", NOTE_WARN, "2026-12-23");

    r->own.token.value = STR("ghp_secret");
    begin(w);
    rig_ask(r, NULL);
    rig_header(r, "X-OAuth-Scopes", "repo, read:org");
    rig_header(r, "X-Accepted-GitHub-Permissions", "issues=read");
    answer(w, 403, "{\"message\":\"Resource not accessible\"}");
    expect_note(r, "account", NOTE_OK, "a classic token");
    expect_note(r, "token.scopes", NOTE_OK, "repo, read:org");
    expect_note(r, "permissions", NOTE_BAD, "missing: issues=read");
    assert_int_equal(note_of(r, "token.expires")->text.n, 0);
    assert_int_equal(note_of(r, "token.expires")->level, NOTE_OK);

    /* A limit is no missing permission, whatever else the answer says. */
    begin(w);
    rig_ask(r, NULL);
    rig_header(r, "X-Accepted-GitHub-Permissions", "issues=read");
    rig_header(r, "Retry-After", "1");
    answer(w, 403, "{\"message\":\"You have exceeded a secondary rate limit\"}");
    rig_wait(r);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    assert_int_equal(note_of(r, "permissions")->text.n, 0);

    r->own.token.value = STR_NONE;
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    expect_note(r, "account", NOTE_WARN, "public repositories only");
}

/* ---- memory ---- */

/* Whatever stands there, a sync begins. */
static void damaged_memory(void **state)
{
    static const char good[] =
        "{\"v\":1,\"source\":{\"api\":\"2026-03-10\",\"api_at\":1795348800000,"
        "\"repos\":[[\"1\",\"acme/web\"]],\"repos_at\":1}}";
    static const char *const rows[] = {
        "x",
        "[]",
        "{}",
        "{\"v\":1,\"source\":[]}",
        "{\"v\":2,\"source\":{\"api\":\"2026-03-10\",\"api_at\":1795348800000}}",
        "{\"v\":1,\"source\":{\"api\":\"a\\r\\nb\",\"api_at\":1795348800000}}",
        "{\"v\":1,\"source\":{\"api\":\"2026-03-10\",\"api_at\":1795348800000,"
        "\"installation\":-1}}",
        "{\"v\":1,\"source\":{\"api\":\"2026-03-10\",\"api_at\":1795348800000,"
        "\"repos\":[[\"1\",\"../x\"]]}}",
        "{\"v\":1,\"source\":{\"api\":\"2026-03-10\",\"api_at\":1795348800000,"
        "\"repos\":[[1]]}}",
    };
    struct world *w = *state;
    struct rig *r = &w->r;

    rig_repo(r, "acme/web");
    buf_addz(&r->memory, good);
    begin(w);
    rig_ask(r, NULL);
    assert_true(str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), "2026-03-10"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_clear(&r->memory);
        buf_addz(&r->memory, rows[i]);
        begin(w);
        rig_ask(r, NULL);
        assert_true(
            str_eqz(rig_request_header(r, "X-GitHub-Api-Version"), "2022-11-28"));
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(versions),
        CASE(bad_request),
        CASE(versions_for_an_app),
        CASE(notes),
        CASE(damaged_memory),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
