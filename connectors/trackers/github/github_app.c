#include "connectors/trackers/github/github_app.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "base/sign.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/wire/project.h"

enum { MAX_TOKEN = 16 << 10, MAX_JWT = 16 << 10, MAX_ANSWER = 1 << 20 };

/* "Issued at" is a minute back, against clocks that differ; ten minutes are allowed. */
#define ISSUED_BEFORE DUR_S(60)
#define LASTS DUR_MIN(9)
#define RENEW_BEFORE DUR_MIN(5)
/* What GitHub puts up with anyway is no reason to doubt our clock. */
#define CLOCK_SLACK DUR_S(30)

static const struct github_conf *own_of(const struct tracker *t)
{
    return t->conf->own;
}

/* ---- the token between two syncs ---- */

static uint64_t hash_text(struct str s, uint64_t h)
{
    return hash64(s.p, s.n, hash64(&s.n, sizeof s.n, h));
}

/* Whose installation is looked for: of the organisation, else of the first repository.
 */
static struct str subject_of(const struct github_conf *own)
{
    if (own->org.n > 0) {
        return own->org;
    }
    return own->repos.n > 0 ? own->repos.v[0] : STR_NONE;
}

static uint64_t installation_settings(const struct tracker *t)
{
    const struct github_conf *own = own_of(t);
    uint64_t h = hash64(&own->app.id, sizeof own->app.id, 0);

    return hash_text(subject_of(own), hash_text(t->client.base, h));
}

static uint64_t token_settings(const struct tracker *t)
{
    const struct github_conf *own = own_of(t);
    uint64_t h = installation_settings(t);

    h = hash64(&own->app.installation, sizeof own->app.installation, h);
    return hash_text(own->app.key.value, h);
}

static void keep_token(struct github_app *app, struct str token)
{
    buf_clear(app->secret);
    buf_printf(app->secret, "%" PRIu64 " %" PRId64 " ", app->settings,
               app->renew_at.ms);
    buf_add(app->secret, token);
}

static bool take_up(struct tracker *t, struct wall now)
{
    struct github_app *app = &t->app;
    struct str rest = buf_str(app->secret), settings, renew;
    uint64_t h;

    if (!str_split(&rest, ' ', &settings) || !str_split(&rest, ' ', &renew) ||
        !str_to_u64(settings, &h) || h != app->settings ||
        !str_to_i64(renew, &app->renew_at.ms) || app->renew_at.ms <= now.ms) {
        app->renew_at = (struct wall){0};
        return true;
    }
    return github_client_set_token(&t->client, rest);
}

bool github_app_init(struct tracker *t, const struct tracker_start *start,
                     struct err *e)
{
    struct github_app *app = &t->app;

    github_call_init(&app->call, NULL);
    buf_init_secret(&app->alone, MAX_TOKEN + 64);
    app->used = own_of(t)->app.id > 0;
    app->secret = start->secret != NULL ? start->secret : &app->alone;
    if (!app->used) {
        return true;
    }
    app->settings = token_settings(t);
    if (t->known.installation_of != installation_settings(t)) {
        t->known.installation = 0;
    }
    return take_up(t, start->now) || err_nomem(e);
}

void github_app_finish(struct github_app *app)
{
    github_call_finish(&app->call);
    buf_wipe(&app->alone);
}

static void forget_token(struct tracker *t)
{
    buf_clear(t->app.secret);
    t->app.renew_at = (struct wall){0};
}

/* ---- what is needed ---- */

static int64_t installation_of(const struct tracker *t)
{
    int64_t configured = own_of(t)->app.installation;

    return configured > 0 ? configured : t->known.installation;
}

bool github_app_needs_token(const struct tracker *t, struct wall now)
{
    return t->app.used && t->app.renew_at.ms <= now.ms;
}

bool github_app_needs_installation(const struct tracker *t)
{
    return installation_of(t) == 0;
}

/* ---- requests ---- */

static void put_part(struct buf *out, const struct buf *json)
{
    sign_base64url(out, buf_str(json));
    if (!buf_ok(json)) {
        buf_fail(out);
    }
}

/* RFC 7519 and 7518; `iss` is the App's number. */
static bool sign_token(struct tracker *t, struct wall now)
{
    struct wall server = wall_add(now, t->known.skew);
    char mem[200], id[24];
    struct buf json, iss, *out = &t->client.jwt, signature;
    struct jsonw w;
    struct err e;

    buf_clear(out);
    buf_addz(out, "Bearer ");
    sign_base64url(out, STR("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
    buf_addc(out, '.');
    buf_init_fixed(&json, mem, sizeof mem);
    jsonw_init(&w, &json);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "iat", (server.ms - ISSUED_BEFORE.ms) / 1000);
    jsonw_int(&w, "exp", (server.ms + LASTS.ms) / 1000);
    buf_init_fixed(&iss, id, sizeof id);
    buf_printf(&iss, "%" PRId64, own_of(t)->app.id);
    jsonw_str(&w, "iss", buf_str(&iss));
    jsonw_end_object(&w);
    put_part(out, &json);

    struct str signed_ = str_skip(buf_str(out), 7);

    buf_init(&signature, MAX_JWT);
    if (!buf_ok(out) ||
        !sign_rs256(&signature, own_of(t)->app.key.value, signed_, &e)) {
        buf_fail(out);
    }
    buf_addc(out, '.');
    put_part(out, &signature);
    buf_finish(&signature);
    return buf_ok(out);
}

bool github_app_ask_installation(struct tracker *t, struct wall now)
{
    const struct github_conf *own = own_of(t);
    const char *kind = own->org.n == 0 ? "repos" : t->app.by_user ? "users" : "orgs";

    t->app.call.kind = GITHUB_CALL_INSTALLATION;
    github_call_begin(&t->client, &t->app.call, NULL);
    buf_printf(&t->app.call.url, "/%s/%.*s/installation", kind,
               STR_FMT(subject_of(own)));
    return sign_token(t, now) && github_call_ok(&t->app.call);
}

bool github_app_ask_token(struct tracker *t, struct wall now)
{
    t->app.call.kind = GITHUB_CALL_TOKEN;
    github_call_begin(&t->client, &t->app.call, NULL);
    buf_printf(&t->app.call.url, "/app/installations/%" PRId64 "/access_tokens",
               installation_of(t));
    buf_addz(&t->app.call.body, "{}");
    return sign_token(t, now) && github_call_ok(&t->app.call);
}

/* ---- answers ---- */

static bool load(struct github_answer *an, const char *const *paths, size_t n,
                 json_t **ret, struct err *why)
{
    const struct project *p;

    if (an->resp->body.n > MAX_ANSWER) {
        return err_set(why, ERR_LIMIT, "an answer of %zu bytes", an->resp->body.n);
    }
    return project_compile(an->out->a, paths, n, &p, why) &&
           project_load(p, an->resp->body, ret, why);
}

static void give_up(struct github_answer *an, struct err why)
{
    if (github_malformed(an, why) == GITHUB_REFUSED && !an->nomem) {
        github_fail_source(an, why);
    }
}

void github_app_take_installation(struct github_answer *an)
{
    static const char *const paths[] = {"id"};
    struct tracker *t = an->t;
    json_t *root = NULL;
    struct err why;

    if (!load(an, paths, ARRAY_LEN(paths), &root, &why)) {
        give_up(an, why);
        return;
    }
    int64_t id = json_integer_value(json_object_get(root, "id"));

    json_decref(root);
    if (id <= 0) {
        err_set(&why, ERR_PARSE, "not an installation of a GitHub App");
        give_up(an, why);
        return;
    }
    github_settle(an);
    t->app.found = true;
    t->known.installation = id;
    t->known.installation_of = installation_settings(t);
    t->known.changed = true;
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return s.n > 0 && s.n <= MAX_TOKEN;
}

/*
 * How long it lasts: by the server's clock, or by ours where its Date is wrong.
 * An hour is the rule, and what is to be expected where both are.
 */
static struct dur lifetime(const struct github_answer *an, struct wall expires)
{
    struct wall from[] = {an->out->server_date, an->now};

    for (size_t i = 0; i < ARRAY_LEN(from); i++) {
        struct dur d = wall_since(expires, from[i]);

        if (d.ms > 0 && d.ms <= DUR_H(2).ms) {
            return d;
        }
    }
    return DUR_H(1);
}

/* By our clock, and early enough that what is out then still has a good one. */
static struct wall renewal(const struct github_answer *an, struct wall expires)
{
    struct dur lasts = lifetime(an, expires);
    int64_t early = RENEW_BEFORE.ms < lasts.ms / 2 ? RENEW_BEFORE.ms : lasts.ms / 2;

    return wall_add(an->now, DUR_MS(lasts.ms - early));
}

static bool read_token(struct github_answer *an, json_t *root, struct err *why)
{
    struct tracker *t = an->t;
    const json_t *v = json_object_get(root, "token");
    struct str token = {json_string_value(v), json_string_length(v)};
    const char *issues = json_string_value(
        json_object_get(json_object_get(root, "permissions"), "issues"));
    struct wall expires;

    if (!is_token(token) ||
        !date_parse_iso(str_of(json_string_value(json_object_get(root, "expires_at"))),
                        &expires)) {
        return err_set(why, ERR_PARSE, "not an installation token");
    }
    t->app.renew_at = renewal(an, expires);
    t->no_issues = json_object_get(root, "permissions") != NULL && issues == NULL;
    keep_token(&t->app, token);
    return github_client_set_token(&t->client, token) || err_nomem(why);
}

void github_app_take_token(struct github_answer *an)
{
    static const char *const paths[] = {"token", "expires_at", "permissions"};
    json_t *root = NULL;
    struct err why;

    if (!load(an, paths, ARRAY_LEN(paths), &root, &why)) {
        give_up(an, why);
        return;
    }
    bool ok = read_token(an, root, &why);

    json_decref(root);
    if (!ok) {
        forget_token(an->t);
        give_up(an, why);
        return;
    }
    github_settle(an);
}

void github_app_refused(struct github_answer *an)
{
    struct tracker *t = an->t;
    const struct github_conf *own = own_of(t);
    bool gone = an->resp != NULL && an->resp->status == 404;
    bool lookup = an->call->kind == GITHUB_CALL_INSTALLATION;

    if (lookup && gone && own->org.n > 0 && !t->app.by_user) {
        t->app.by_user = true;
        return;
    }
    if (!lookup && gone && own->app.installation == 0 && !t->app.found) {
        t->known.installation = 0; /* it was installed anew, maybe */
        t->known.changed = true;
        return;
    }
    if (gone && lookup) {
        err_set(&an->why, ERR_NOT_FOUND,
                "GitHub App %" PRId64 " is not installed for %.*s", own->app.id,
                STR_FMT(subject_of(own)));
    } else if (gone) {
        err_set(&an->why, ERR_NOT_FOUND,
                "GitHub App %" PRId64 " has no installation %" PRId64, own->app.id,
                installation_of(t));
    } else {
        err_wrap(&an->why, "no token for GitHub App %" PRId64, own->app.id);
    }
    github_fail_source(an, an->why);
}

/* ---- refused tokens ---- */

/* GitHub refuses what was issued in its future, or lasts too long by its clock. */
static bool take_clock(struct github_answer *an)
{
    struct tracker *t = an->t;
    struct wall date = an->out->server_date;
    struct dur skew = wall_since(date, an->now);
    int64_t off = skew.ms - t->known.skew.ms;

    if (date.ms <= 0 || t->app.clock_set ||
        (off <= CLOCK_SLACK.ms && off >= -CLOCK_SLACK.ms)) {
        return false;
    }
    t->app.clock_set = true;
    t->known.skew = skew;
    t->known.changed = true;
    return true;
}

bool github_app_renew(struct github_answer *an)
{
    struct tracker *t = an->t;

    if (!t->app.used) {
        return false;
    }
    if (github_call_is_app(an->call)) {
        return take_clock(an);
    }
    if (an->call->token_no != t->client.token_no || t->app.renew_at.ms == 0) {
        return true; /* it was sent with the last token */
    }
    if (t->app.renewed) {
        return false;
    }
    t->app.renewed = true;
    forget_token(t);
    return true;
}
