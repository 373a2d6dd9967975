/*
 * GitHub Apps: which installation is ours, tokens that are bought, kept, renewed and
 * refused, and clocks that are wrong.
 */
#include "base/sign.h"
#include "tests/unit/github_setup_rig.h"

/* ~520 characters with dots, as GitHub's are since 2026. */
static const char *long_token(char letter)
{
    static char token[600];

    memset(token, letter, 520);
    memcpy(token, "ghs_7_", 6);
    token[200] = token[400] = '.';
    token[520] = '\0';
    return token;
}

/* RFC 7515: the parts of the JWT in Authorization, its signature checked. */
static json_t *read_jwt(struct world *w)
{
    struct str jwt = str_skip(rig_request_header(&w->r, "Authorization"), 7),
               rest = jwt;
    struct str head, body = STR_NONE, mac;
    struct buf plain, signature;
    json_t *claims;
    struct err e;

    assert_true(
        str_has_prefix(rig_request_header(&w->r, "Authorization"), STR("Bearer ")));
    assert_true(str_split(&rest, '.', &head) && str_split(&rest, '.', &body));
    mac = rest;
    buf_init(&plain, 4096);
    buf_init(&signature, 4096);
    for (int i = 0; i < 2; i++) {
        struct str part = i == 0 ? body : mac;
        char text[1000];
        size_t n = part.n;

        memcpy(text, part.p, n);
        for (size_t k = 0; k < n; k++) {
            text[k] = text[k] == '-' ? '+' : text[k] == '_' ? '/' : text[k];
        }
        while (n % 4 != 0) {
            text[n++] = '=';
        }
        assert_true(sign_base64_decode(i == 0 ? &plain : &signature,
                                       (struct str){text, n}, &e));
    }
    assert_true(rsa_verify(str_of(w->key.public_), str_first(jwt, head.n + 1 + body.n),
                           buf_str(&signature)));
    claims = json_loads(buf_cstr(&plain), 0, NULL);
    assert_non_null(claims);
    buf_finish(&plain);
    buf_finish(&signature);
    return claims;
}

static void expect_jwt(struct world *w, const char *now)
{
    int64_t at = rig_time(now).ms / 1000;
    json_t *claims = read_jwt(w);
    int64_t iat = json_integer_value(json_object_get(claims, "iat"));
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));

    assert_string_equal(json_string_value(json_object_get(claims, "iss")), "7");
    assert_int_equal(iat, at - 60);
    assert_true(exp > at + 300 && exp <= at + 600);
    json_decref(claims);
}

/* The first sync buys a token, those of the next hour use it, then it is renewed. */
static void app_token(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 0);
    know(w, "acme/web", "", CHANGES);
    begin(w);
    rig_ask(r, API "/repos/acme/web/installation");
    expect_jwt(w, "2026-11-22T12:00:00Z");
    answer(w, 200, "{\"id\":456,\"account\":{\"login\":\"acme\"}}");
    rig_ask(r, API "/app/installations/456/access_tokens");
    assert_true(str_eqz(r->req.http.method, "POST"));
    assert_false(r->req.http.follow);
    expect_jwt(w, "2026-11-22T12:00:00Z");
    sell_token(w, long_token('a'), "2026-11-22T13:00:00Z");
    assert_null(strstr(buf_cstr(&r->memory), "aaaa"));
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    expect_auth(w, long_token('a'));
    rig_header(r, "ETag", "\"one\"");
    answer(w, 200, "[]");
    rig_expect(r, SCOPE_SYNCED);
    expect_note(r, "account", NOTE_OK, "GitHub App 7, installation 456");
    assert_null(strstr(w->known[0].cursor, "aaaa"));
    expect_done(w);

    /* It is kept, and what was unchanged for it is so. */
    r->now = rig_time("2026-11-22T12:54:59Z");
    begin(w);
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    expect_auth(w, long_token('a'));
    assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "\"one\""));
    answer(w, 304, "");

    /* Five minutes before its end: another one, for which no ETag holds. */
    r->now = rig_time("2026-11-22T12:55:00Z");
    begin(w);
    rig_ask(r, API "/app/installations/456/access_tokens");
    sell_token(w, long_token('b'), "2026-11-22T13:55:00Z");
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    expect_auth(w, long_token('b'));
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    answer(w, 200, "[]");

    /* Other settings: it is not taken for theirs. */
    r->own.app.installation = 457;
    begin(w);
    rig_ask(r, API "/app/installations/457/access_tokens");
    assert_int_equal(rig_next(r), TRACKER_IDLE);
}

static void app_of_an_organisation(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    r->own.org = STR("acme");
    use_app(w, 0);
    begin(w);
    rig_ask(r, API "/orgs/acme/installation");
    answer(w, 404, "{\"message\":\"Not Found\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, API "/users/acme/installation");
    answer(w, 200, "{\"id\":9}");
    rig_ask(r, API "/app/installations/9/access_tokens");
    sell_token(w, "ghs_a", "2026-11-22T13:00:00Z");
    rig_ask(r, API "/installation/repositories?per_page=100");
    expect_auth(w, "ghs_a");
    rig_header(r, "Link",
               "<" API "/installation/repositories?per_page=100&page=2>; rel=\"next\"");
    answer(w, 200,
           "{\"total_count\":3,\"repositories\":["
           "{\"id\":1,\"full_name\":\"acme/web\",\"archived\":false,\"fork\":false},"
           "{\"id\":2,\"full_name\":\"Acme/pay\",\"archived\":false,\"fork\":false}]}");
    rig_ask(r, API "/installation/repositories?per_page=100&page=2");
    answer(w, 200,
           "{\"total_count\":3,\"repositories\":["
           "{\"id\":3,\"full_name\":\"other/x\",\"archived\":false,\"fork\":false}]}");
    rig_ask(r, API "/repos/acme/web/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");

    /* Nowhere installed. */
    buf_clear(&r->memory);
    buf_clear(&r->secret);
    begin(w);
    for (int i = 0; i < 2; i++) {
        rig_ask(r, NULL);
        answer(w, 404, "{}");
    }
    assert_non_null(strstr(rig_expect_failed(r, ERR_NOT_FOUND)->err.msg,
                           "GitHub App 7 is not installed for acme"));
    expect_done(w);
}

/* An installation that is not there any more is looked for anew, once. */
static void app_installed_anew(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 0);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "{\"id\":456}");
    rig_ask(r, API "/app/installations/456/access_tokens");
    answer(w, 404, "{}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_NOT_FOUND)->err.msg,
                           "has no installation 456"));

    begin(w); /* which it remembers */
    rig_ask(r, API "/app/installations/456/access_tokens");
    answer(w, 404, "{}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, API "/repos/acme/web/installation");
    answer(w, 200, "{\"id\":457}");
    rig_ask(r, API "/app/installations/457/access_tokens");
    sell_token(w, "ghs_b", "2026-11-22T13:00:00Z");
    rig_ask(r, NULL);
}

/* 401 to a token: another one is bought, once in a sync. */
static void app_token_refused(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;
    uint32_t one, two;

    use_app(w, 456);
    rig_repo(r, "acme/pay");
    r->conf.budget.in_flight = 2;
    begin(w);
    rig_ask(r, NULL);
    sell_token(w, "ghs_a", "2026-11-22T13:00:00Z");
    one = rig_ask(r, NULL);
    two = rig_ask(r, NULL);
    r->req.tag = one;
    answer(w, 401, "{\"message\":\"Bad credentials\"}");
    assert_int_equal(r->feed.n_events, 0);
    assert_int_equal(rig_next(r), TRACKER_IDLE); /* until the other is answered */
    r->req.tag = two;
    answer(w, 401, "{\"message\":\"Bad credentials\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, API "/app/installations/456/access_tokens");
    sell_token(w, "ghs_b", "2026-11-22T13:00:00Z");
    rig_ask(r, API "/repos/acme/web/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    expect_auth(w, "ghs_b");
    answer(w, 401, "{\"message\":\"Bad credentials\"}");
    rig_expect_failed(r, ERR_AUTH);
    expect_done(w);
}

/* Where no clock makes sense of it, it lasts an hour. */
static void app_token_of_long_ago(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 456);
    begin(w);
    rig_ask(r, NULL);
    sell_token(w, "ghs_a", "2026-11-20T13:00:00Z");
    r->now = rig_time("2026-11-22T12:54:59Z");
    begin(w);
    rig_ask(r, NULL);
    expect_auth(w, "ghs_a");
    r->now = rig_time("2026-11-22T12:55:00Z");
    begin(w);
    rig_ask(r, API "/app/installations/456/access_tokens");

    /* Soon over: half of its time is used. */
    sell_token(w, "ghs_b", "2026-11-22T12:04:00Z");
    r->now = rig_time("2026-11-22T12:56:59Z");
    rig_ask(r, NULL);
    expect_auth(w, "ghs_b");
    r->now = rig_time("2026-11-22T12:57:00Z");
    begin(w);
    rig_ask(r, API "/app/installations/456/access_tokens");
}

/* A clock that is wrong: the server's is taken, and remembered. */
static void app_clock(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 456);
    r->now = rig_time("2026-11-22T12:07:00Z"); /* DATE says 12:00 */
    begin(w);
    rig_ask(r, NULL);
    expect_jwt(w, "2026-11-22T12:07:00Z");
    answer(w, 401, "{\"message\":\"'Issued at' claim ('iat') is in the future\"}");
    assert_int_equal(r->feed.n_events, 0);
    rig_ask(r, NULL);
    expect_jwt(w, "2026-11-22T12:00:00Z");
    sell_token(w, "ghs_a", "2026-11-22T13:00:00Z");
    /* It ends an hour from now, whatever our clock says. */
    r->now = rig_time("2026-11-22T13:01:00Z");
    rig_ask(r, API "/repos/acme/web/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    r->now = rig_time("2026-11-22T12:07:00Z");

    buf_clear(&r->secret);
    begin(w);
    rig_ask(r, NULL);
    expect_jwt(w, "2026-11-22T12:00:00Z");
    /* A clock that is right, and yet it is refused. */
    answer(w, 401, "{\"message\":\"A JSON web token could not be decoded\"}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_AUTH)->err.msg,
                           "the App's id or key is wrong"));
    expect_done(w);
}

static void app_token_that_is_none(void **state)
{
    static const struct {
        int status;
        const char *body, *says;
        enum err_kind kind;
    } rows[] = {
        {201, "{}", "not an installation token", ERR_PARSE},
        {201, "null", "", ERR_PARSE},
        {201, "{\"token\":\"\",\"expires_at\":\"2026-11-22T13:00:00Z\"}", "not an inst",
         ERR_PARSE},
        {201, "{\"token\":\"a\\r\\nb\",\"expires_at\":\"2026-11-22T13:00:00Z\"}",
         "not an inst", ERR_PARSE},
        {201, "{\"token\":\"ghs_a\",\"expires_at\":\"soon\"}", "not an inst",
         ERR_PARSE},
        {200, "<html>", "", ERR_PARSE},
        {304, "", "304 to what was not", ERR_REMOTE},
        {403, "{\"message\":\"This installation has been suspended\"}",
         "no token for GitHub App 7: GitHub answered 403: This installation",
         ERR_FORBIDDEN},
        {422, "{}", "no token for GitHub App 7", ERR_REMOTE},
        {500, "{}", "no token for GitHub App 7", ERR_REMOTE},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct world *w = *state;
        struct rig *r = &w->r;
        int asked = 0;

        r->own.app.id = 0;
        r->own.repos.n = 0;
        use_app(w, 456);
        begin(w);
        do {
            enum tracker_step step = rig_next(r);

            if (step == TRACKER_WAIT) {
                r->now = r->until;
                step = rig_next(r);
            }
            assert_int_equal(step, TRACKER_REQUEST);
            assert_true(str_has_suffix(r->req.http.url, STR("/access_tokens")));
            answer(w, rows[i].status, rows[i].body);
            assert_true(++asked <= 4);
        } while (rig_event(r, SCOPE_FAILED) == NULL);
        const struct scope_event *ev = rig_expect_failed(r, rows[i].kind);

        assert_int_equal(ev->scope.n, 0);
        if (strstr(ev->err.msg, rows[i].says) == NULL) {
            fail_msg("'%s' does not say '%s'", ev->err.msg, rows[i].says);
        }
        expect_done(w);
        assert_int_equal(buf_str(&r->secret).n, 0);
    }
}

static void app_without_permission(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_app(w, 456);
    know(w, "acme/web", "", CHANGES);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 201,
           "{\"token\":\"ghs_a\",\"expires_at\":\"2026-11-22T13:00:00Z\","
           "\"permissions\":{\"metadata\":\"read\"}}");
    rig_ask(r, NULL);
    rig_header(r, "X-Accepted-GitHub-Permissions", "issues=read");
    answer(w, 403, "{\"message\":\"Resource not accessible by integration\"}");
    rig_expect_failed(r, ERR_FORBIDDEN);
    expect_note(r, "permissions", NOTE_BAD, "the App may not read issues");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(app_token),
        CASE(app_of_an_organisation),
        CASE(app_installed_anew),
        CASE(app_token_refused),
        CASE(app_token_of_long_ago),
        CASE(app_clock),
        CASE(app_token_that_is_none),
        CASE(app_without_permission),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
