/*
 * What GitHub is asked for the source as a whole: tokens of an App, the
 * repositories of an organisation, versions of the API; and how often.
 */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/sign.h"
#include "tests/support/rsa.h"

#define API "https://api.github.com"
#define ORG_URL API "/orgs/acme/repos?per_page=100&sort=full_name&direction=asc"
#define USER_URL API "/users/acme/repos?per_page=100&sort=full_name&direction=asc"
#define DATE "Sun, 22 Nov 2026 12:00:00 GMT"
/* A watermark of two hours before the tests begin. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define SINCE "&since=2026-11-22T09:58:00Z"
#define CHANGES_QUERY "/issues?state=all&sort=updated&direction=asc&per_page=100" SINCE

enum { KNOWN = 320 };

/* What the store would know of the source. */
struct world {
    struct rig r;
    struct {
        char name[80], vid[24], cursor[600];
        bool left, failed;
    } known[KNOWN];
    size_t n;
    struct rsa key;
};

static struct rsa shared_key; /* making one takes a while */

static int make_key(void **state)
{
    struct err e;

    (void)state;
    return rsa_create(&shared_key, 2048, &e) ? 0 : -1;
}

static int drop_key(void **state)
{
    (void)state;
    rsa_finish(&shared_key);
    return 0;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return -1;
    }
    rig_init(&w->r, NULL);
    w->key = shared_key;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    json_set_alloc_funcs(malloc, free);
    rig_finish(&w->r);
    free(w);
    return 0;
}

/* ---- what the store would do ---- */

static size_t slot_of(struct world *w, struct str name)
{
    size_t i = 0;

    while (i < w->n && !str_eqz(name, w->known[i].name)) {
        i++;
    }
    if (i == w->n) {
        assert_true(w->n < KNOWN);
        memset(&w->known[w->n++], 0, sizeof w->known[0]);
        snprintf(w->known[i].name, sizeof w->known[i].name, "%.*s", STR_FMT(name));
    }
    return i;
}

static void know(struct world *w, const char *name, const char *vid, const char *cursor)
{
    size_t i = slot_of(w, str_of(name));

    snprintf(w->known[i].vid, sizeof w->known[i].vid, "%s", vid);
    snprintf(w->known[i].cursor, sizeof w->known[i].cursor, "%s", cursor);
}

static void apply(struct world *w)
{
    for (size_t i = 0; i < w->r.feed.n_events; i++) {
        const struct scope_event *ev = &w->r.feed.events[i];

        if (ev->scope.n == 0) {
            continue;
        }
        size_t at = slot_of(w, ev->scope);

        if (ev->kind == SCOPE_RENAMED) {
            snprintf(w->known[at].name, sizeof w->known[at].name, "%.*s",
                     STR_FMT(ev->to));
        }
        w->known[at].left = ev->kind == SCOPE_LEFT;
        w->known[at].failed = ev->kind == SCOPE_FAILED;
        if (ev->vid.n > 0) {
            snprintf(w->known[at].vid, sizeof w->known[at].vid, "%.*s",
                     STR_FMT(ev->vid));
        }
        if (ev->cursor.n > 0) {
            snprintf(w->known[at].cursor, sizeof w->known[at].cursor, "%.*s",
                     STR_FMT(ev->cursor));
        }
    }
}

static void begin(struct world *w)
{
    static struct tracker_scope scopes[KNOWN];
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (!w->known[i].left) {
            scopes[n++] = (struct tracker_scope){.name = str_of(w->known[i].name),
                                                 .vid = str_of(w->known[i].vid),
                                                 .cursor = str_of(w->known[i].cursor),
                                                 .synced_once = true};
        }
    }
    rig_start_with(&w->r, scopes, n);
}

static void answer(struct world *w, int status, const char *body)
{
    rig_header(&w->r, "Date", DATE);
    rig_answer(&w->r, status, body);
    apply(w);
}

static const struct tracker_note *note_of(const struct rig *r, const char *key)
{
    const struct tracker_note *found = NULL;

    for (size_t i = 0; i < r->feed.n_notes; i++) {
        if (str_eqz(r->feed.notes[i].key, key)) {
            found = &r->feed.notes[i];
        }
    }
    return found;
}

static void expect_note(const struct rig *r, const char *key, enum note_level level,
                        const char *text)
{
    const struct tracker_note *n = note_of(r, key);

    if (n == NULL) {
        fail_msg("nothing was noted of %s", key);
        return;
    }
    if (n->level != level || str_find(n->text, str_of(text)) < 0) {
        fail_msg("%s: level %d, '%.*s', not '%s'", key, (int)n->level, STR_FMT(n->text),
                 text);
    }
    assert_int_equal(n->level == NOTE_OK, n->fix.n == 0);
}

/* No request: the sync is over. */
static void expect_done(struct world *w)
{
    assert_int_equal(rig_next(&w->r), TRACKER_DONE);
}

/* ---- an App ---- */

static void use_app(struct world *w, int64_t installation)
{
    struct rig *r = &w->r;

    r->own.token = (struct secret){.from = SECRET_NONE};
    r->own.app.id = 7;
    r->own.app.installation = installation;
    r->own.app.key.value = str_of(w->key.pkcs1);
    if (r->own.repos.n == 0 && r->own.org.n == 0) {
        rig_repo(r, "acme/web");
    }
}

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

static void sell_token(struct world *w, const char *token, const char *expires)
{
    char body[1200];

    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"expires_at\":\"%s\",\"permissions\":{\"issues\":"
             "\"read\",\"metadata\":\"read\"},\"repository_selection\":\"all\"}",
             token, expires);
    answer(w, 201, body);
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

static void expect_auth(struct world *w, const char *token)
{
    struct str auth = rig_request_header(&w->r, "Authorization");

    assert_true(str_eqz(str_skip(auth, 7), token));
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

/* ---- an organisation ---- */

#define REPO(id, name, more)                                                           \
    "{\"id\":" id ",\"full_name\":\"" name "\",\"has_issues\":true" more "}"

static void use_org(struct world *w)
{
    w->r.own.org = STR("acme");
    w->r.conf.history = SPAN_MS(0);
}

static void org_repositories(void **state)
{
    static struct str excluded[] = {STR_INIT("*-sandbox"), STR_INIT("ACME/secret*")};
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    r->own.exclude = (struct str_list){excluded, 2};
    begin(w);
    rig_ask(r, ORG_URL);
    rig_header(r, "Link", "<" API "/organizations/5/repos?page=2>; rel=\"next\"");
    answer(
        w, 200,
        "[" REPO("1", "acme/web", "") "," REPO(
            "2", "acme/old",
            ",\"archived\":true") "," REPO("3", "acme/fork",
                                           ",\"fork\":true") "," REPO("4",
                                                                      "acme/my-sandbox",
                                                                      "") "]");
    assert_int_equal(r->feed.n_events, 0);
    assert_null(r->feed.memory.p);
    rig_ask(r, API "/organizations/5/repos?page=2");
    answer(w, 200,
           "[" REPO("1", "acme/web", "") "," REPO("5", "acme/pay", "") "," REPO(
               "6", "acme/secret-plan",
               "") ",{\"id\":7,\"full_name\":\"acme/wiki\",\"has_issues\":false}]");
    expect_note(
        r, "repositories", NOTE_OK,
        "2 of 7 in acme, 1 archived, 1 forks, 1 without issues, 2 not included");
    rig_ask(r, API "/repos/acme/web/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SEEN)->vid, "1"));
    rig_ask(r, API "/repos/acme/pay/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    expect_done(w);

    /* Within the hour it is remembered, then listed anew. */
    r->now.ms += 59 * 60000;
    begin(w);
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    r->now.ms += 60000;
    begin(w);
    rig_ask(r, ORG_URL);

    /* Other settings: at once. */
    r->now.ms -= 60000;
    r->own.forks = true;
    begin(w);
    rig_ask(r, ORG_URL);
}

static void org_of_a_user(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 404, "{}");
    rig_ask(r, USER_URL);
    answer(w, 200, "[" REPO("1", "acme/web", "") "]");
    rig_ask(r, NULL);

    /* Nobody of that name. */
    buf_clear(&r->memory);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 404, "{}");
    rig_ask(r, USER_URL);
    answer(w, 404, "{}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_NOT_FOUND)->err.msg,
                           "no organisation or user acme"));
    expect_done(w);
}

/* Archived: left, plainly. Not listed any more: asked for, and failed as it says. */
static void org_that_shrinks(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    know(w, "acme/web", "1", CHANGES);
    know(w, "acme/old", "2", CHANGES);
    know(w, "acme/gone", "3", CHANGES);
    know(w, "other/x", "4", CHANGES); /* of former settings */
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200,
           "[" REPO("1", "acme/web", "") "," REPO("2", "acme/old",
                                                  ",\"archived\":true") "]");
    assert_int_equal(r->feed.n_events, 2);
    assert_true(w->known[1].left && w->known[3].left);
    expect_note(r, "repositories", NOTE_WARN, "1 that were there are not found");
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    answer(w, 200, "[]");
    for (int i = 0; i < 2; i++) { /* in the next sync likewise */
        rig_ask(r, API "/repos/acme/gone" CHANGES_QUERY);
        answer(w, 404, "{}");
        assert_true(str_eqz(rig_expect_failed(r, ERR_NOT_FOUND)->scope, "acme/gone"));
        assert_non_null(strstr(rig_expect(r, SCOPE_FAILED)->err.msg,
                               "not among the repositories any more"));
        expect_done(w);
        begin(w);
        rig_ask(r, NULL);
        answer(w, 200, "[]");
    }
}

static void repos_that_are_named_no_more(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    rig_repo(r, "acme/web");
    know(w, "acme/web", "1", CHANGES);
    know(w, "acme/pay", "2", CHANGES);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_LEFT)->scope, "acme/pay"));
    expect_done(w);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    assert_null(rig_event(r, SCOPE_LEFT));
}

/* By its id; the old name may have been taken by another one meanwhile. */
static void org_renames(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    know(w, "acme/a", "1", CHANGES);
    know(w, "acme/b", "2", CHANGES);
    know(w, "acme/c", "", CHANGES);
    begin(w);
    rig_ask(r, ORG_URL);
    /* a is b now, b is d, and there is a new a. */
    answer(w, 200,
           "[" REPO("9", "acme/a", "") "," REPO("1", "acme/b", "") "," REPO(
               "3", "acme/c", "") "," REPO("2", "acme/d", "") "]");
    assert_true(str_eqz(rig_event(r, SCOPE_RENAMED)->scope, "acme/b"));
    assert_true(str_eqz(rig_event(r, SCOPE_RENAMED)->to, "acme/d"));
    assert_string_equal(w->known[0].name, "acme/b");
    assert_string_equal(w->known[1].name, "acme/d");
    assert_non_null(strstr(w->known[0].cursor, "\"alias\":\"acme/a\""));
    rig_ask(r, API "/repos/acme/a/issues?state=open&sort=created&direction=asc"
                   "&per_page=100");
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SEEN)->vid, "9"));
    rig_ask(r, API "/repos/acme/b" CHANGES_QUERY);
    answer(w, 200, "[]");
    rig_ask(r, API "/repos/acme/c" CHANGES_QUERY);
    answer(w, 200, "[]");
    assert_true(str_eqz(rig_expect(r, SCOPE_SYNCED)->vid, "3"));
    rig_ask(r, API "/repos/acme/d" CHANGES_QUERY);
    answer(w, 200, "[]");
    expect_done(w);
}

/* Without a list the one that is remembered has to do. */
static void org_list_that_fails(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 403, "{\"message\":\"no\"}");
    assert_non_null(strstr(rig_expect_failed(r, ERR_FORBIDDEN)->err.msg,
                           "the repositories of acme: GitHub answered 403: no"));
    assert_int_equal(rig_expect(r, SCOPE_FAILED)->scope.n, 0);
    expect_done(w);

    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[" REPO("1", "acme/web", "") "]");
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    r->now.ms += 2 * 3600000;
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[]x");
    rig_wait(r);
    rig_ask(r, ORG_URL);
    answer(w, 200, "{\"message\":\"?\"}");
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_null(rig_event(r, SCOPE_LEFT));
    expect_note(r, "repositories", NOTE_WARN, "the list is an old one: ");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    answer(w, 200, "[]");

    begin(w); /* and it is tried again */
    rig_ask(r, ORG_URL);
}

static void org_list_without_end(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;
    int asked = 0;

    use_org(w);
    begin(w);
    do {
        enum tracker_step step = rig_next(r);

        if (step == TRACKER_WAIT) {
            r->now = r->until;
            step = rig_next(r);
        }
        assert_int_equal(step, TRACKER_REQUEST);
        rig_header(r, "Link", "<" API "/organizations/5/repos?page=2>; rel=\"next\"");
        answer(w, 200, "[" REPO("1", "acme/web", "") "]");
        assert_true(++asked < 6);
    } while (rig_event(r, SCOPE_FAILED) == NULL);
    rig_expect_failed(r, ERR_REMOTE);
}

static void org_and_repos(void **state)
{
    static struct str include[] = {STR_INIT("w*")};
    struct world *w = *state;
    struct rig *r = &w->r;

    use_org(w);
    r->own.include = (struct str_list){include, 1};
    rig_repo(r, "other/tool");
    rig_repo(r, "acme/web");
    begin(w);
    rig_ask(r, ORG_URL);
    answer(w, 200, "[" REPO("1", "Acme/Web", "") "," REPO("2", "acme/pay", "") "]");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/other/tool/issues?")));
    answer(w, 200, "[]");
    rig_ask(r, NULL);
    assert_true(str_has_prefix(r->req.http.url, STR(API "/repos/acme/web/issues?")));
    answer(w, 200, "[]");
    expect_done(w);
}

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

/* ---- how often ---- */

#define QUIET                                                                          \
    "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000,\"active\":1790000000000}"

static void quiet_repositories(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    r->conf.interval = SPAN_MS(120000);
    rig_repo(r, "acme/web");
    know(w, "acme/web", "1", QUIET);
    begin(w);
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    rig_header(r, "ETag", "\"one\"");
    answer(w, 200, "[]");
    expect_done(w);

    /* Not in the next syncs, but before the look is an hour old. */
    r->now.ms += 52 * 60000;
    begin(w);
    expect_done(w);
    r->now.ms += 60000;
    begin(w);
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    answer(w, 304, "");
    assert_true(rig_expect(r, SCOPE_SYNCED)->cursor.n > 0);
    begin(w);
    expect_done(w);

    /* Where somebody asks, or a listing is due, or the clock was set back. */
    r->all = true;
    begin(w);
    rig_ask(r, NULL);
    r->all = false;
    r->now.ms -= 3600000;
    begin(w);
    rig_ask(r, NULL);
    r->now.ms += 3600000;

    /* Something moves: from now on it is asked each time. */
    r->now.ms += 54 * 60000;
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200,
           "[{\"id\":5,\"number\":1,\"title\":\"t\",\"state\":\"open\","
           "\"updated_at\":\"2026-11-22T11:00:00Z\"}]");
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    begin(w);
    rig_ask(r, NULL);

    /* An interval that is as long makes no difference. */
    w->n = 0;
    know(w, "acme/web", "1", QUIET);
    r->conf.interval = SPAN_MS(3600000);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    begin(w);
    rig_ask(r, NULL);
}

/* A repository in which nothing ever was is quiet once it was read. */
static void empty_repository(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    r->conf.interval = SPAN_MS(120000);
    rig_repo(r, "acme/web");
    begin(w);
    for (int i = 0; i < 2; i++) { /* open, closed */
        rig_ask(r, NULL);
        answer(w, 200, "[]");
    }
    expect_done(w);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    expect_done(w);
    begin(w);
    expect_done(w);
}

enum { REPOS = 300, ACTIVE = 10 };

/* 300 repositories of which ten are busy, every two minutes, for six hours. */
static void hourly_budget(void **state)
{
    static char list[REPOS * 80];
    struct world *w = *state;
    struct rig *r = &w->r;
    unsigned hour_requests = 0, hour_cost = 0, hour = 0, in_list = 0;
    struct wall start;

    use_org(w);
    r->conf.interval = SPAN_MS(120000);
    r->conf.history = SPAN_MS(INT64_C(180) * 86400000);
    start = r->now;
    while (hour < 6) {
        size_t n = 0;

        begin(w);
        while (rig_next(r) == TRACKER_REQUEST) {
            struct str url = r->req.http.url;
            bool listing = str_has_prefix(url, STR(API "/orgs/"));
            int number = 0;

            hour_requests++;
            rig_header(r, "ETag", "\"same\"");
            if (listing) {
                uint64_t page = 1;
                ptrdiff_t at = str_find(url, STR("&page="));

                if (at >= 0) {
                    assert_true(str_to_u64(str_skip(url, (size_t)at + 6), &page));
                }
                n = (size_t)snprintf(list, sizeof list, "[");
                for (int i = (int)(page - 1) * 100; i < (int)page * 100; i++) {
                    n += (size_t)snprintf(list + n, sizeof list - n,
                                          "%s{\"id\":%d,\"full_name\":\"acme/r%d\"}",
                                          i % 100 > 0 ? "," : "", i + 1, i);
                }
                snprintf(list + n, sizeof list - n, "]");
                if (page < 3) {
                    static char link[200];

                    snprintf(link, sizeof link, "<%s&page=%d>; rel=\"next\"", ORG_URL,
                             (int)page + 1);
                    rig_header(r, "Link", link);
                }
                in_list++;
                hour_cost++;
                rig_answer(r, 200, list);
            } else if (rig_request_header(r, "If-None-Match").n > 0) {
                rig_answer(r, 304, "");
            } else {
                char body[200] = "[]", when[40];
                struct buf b;

                assert_int_equal(sscanf(url.p, API "/repos/acme/r%d/", &number), 1);
                buf_init_fixed(&b, when, sizeof when);
                date_print_iso(&b, wall_add(r->now, DUR_S(-60)));
                if (number < ACTIVE) {
                    snprintf(body, sizeof body,
                             "[{\"id\":%d,\"number\":1,\"title\":\"t\",\"state\":"
                             "\"open\",\"updated_at\":\"%s\"}]",
                             number + 1, when);
                }
                hour_cost++;
                rig_answer(r, 200, body);
            }
            apply(w);
        }
        r->now.ms += 120000;
        if (wall_since(r->now, start).ms >= (int64_t)(hour + 1) * 3600000) {
            print_message("hour %u: %u requests, %u of the budget\n", hour + 1,
                          hour_requests, hour_cost);
            if (hour > 0) { /* the first one reads everything */
                assert_true(hour_requests <= ACTIVE * 30 + 2 * REPOS + 6);
                assert_true(hour_cost <= ACTIVE * 30 + 6);
            } else {
                assert_true(hour_cost < 4000); /* of 5000, less the reserve */
            }
            hour_requests = hour_cost = 0;
            hour++;
        }
    }
    assert_int_equal(in_list, 6 * 3); /* three pages an hour */
    /* A sync in which nothing is due asks nothing but the busy ones. */
    for (size_t i = 0; i < w->n; i++) {
        assert_false(w->known[i].failed || w->known[i].left);
    }
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
        CASE(org_repositories),
        CASE(org_of_a_user),
        CASE(org_that_shrinks),
        CASE(repos_that_are_named_no_more),
        CASE(org_renames),
        CASE(org_list_that_fails),
        CASE(org_list_without_end),
        CASE(org_and_repos),
        CASE(versions),
        CASE(bad_request),
        CASE(versions_for_an_app),
        CASE(notes),
        CASE(damaged_memory),
        CASE(quiet_repositories),
        CASE(empty_repository),
        CASE(hourly_budget),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
