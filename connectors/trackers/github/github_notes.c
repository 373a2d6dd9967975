#include "connectors/trackers/github/github_notes.h"

#include <inttypes.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "connectors/trackers/github/github_sync.h"

enum { MAX_WORDS = 200 };

#define WARN_BEFORE DUR_DAY(14)

static const struct github_conf *own_of(const struct tracker *t)
{
    return t->conf->own;
}

/* ---- facts ---- */

/*
 * 2026-12-01 10:00:00 UTC, or with an offset for UTC: both are met.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
 */
static struct wall read_expiry(struct str text)
{
    char mem[64];
    struct buf iso;
    struct str day, clock;
    struct wall at = {0};

    text = str_trim(text);
    buf_init_fixed(&iso, mem, sizeof mem);
    if (str_split(&text, ' ', &day) && str_split(&text, ' ', &clock)) {
        buf_printf(&iso, "%.*sT%.*s", STR_FMT(day), STR_FMT(clock));
        buf_add(&iso, str_eqz(text, "UTC") ? STR("Z") : text);
    }
    return buf_ok(&iso) && date_parse_iso(buf_str(&iso), &at) ? at : (struct wall){0};
}

/* What a server says may be anything. */
static struct str keep_words(struct github_answer *an, struct str said)
{
    char mem[4 * MAX_WORDS + 8];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    utf8_print_safe(&b, said, MAX_WORDS);

    struct str kept = arena_str(an->t->arena, str_trim(buf_str(&b)));

    an->nomem |= arena_failed(an->t->arena);
    return kept;
}

static void learn(struct github_answer *an)
{
    struct github_facts *f = &an->t->facts;
    const struct http_response *resp = an->resp;

    if (resp == NULL || github_call_is_app(an->call)) {
        return;
    }
    struct str expiry = http_header_get(resp, "github-authentication-token-expiration");
    struct str scopes = http_header_get(resp, "x-oauth-scopes");
    struct str needs = http_header_get(resp, "x-accepted-github-permissions");

    /* Every answer may say what its request needs; this one lacked it. */
    if (an->why.kind == ERR_FORBIDDEN && needs.n > 0) {
        f->needs = keep_words(an, needs);
    }
    f->limit = an->out->rate_limit > 0 ? an->out->rate_limit : f->limit;
    if (expiry.n > 0) {
        f->expires = read_expiry(expiry);
    }
    if (f->scopes.n == 0 && scopes.n > 0) {
        f->scopes = keep_words(an, scopes);
    }
}

/* ---- notes ---- */

/* One after the other into the feed; `hash` of all of them. */
struct notes {
    struct github_answer *an;
    uint64_t hash;
    bool tell;
};

static void put(struct notes *n, const char *key, enum note_level level,
                struct str text, const char *fix)
{
    int64_t numbers[] = {level, (int64_t)text.n};

    n->hash = hash64(key, strlen(key), n->hash);
    n->hash = hash64(numbers, sizeof numbers, n->hash);
    n->hash = hash64(text.p, text.n, n->hash);
    if (n->tell) {
        n->an->nomem |= !feed_add_note(n->an->out, key, level, text, str_of(fix));
    }
}

/* How tokens begin:
 * https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats */
static const char *kind_of(struct str token)
{
    static const struct {
        const char *prefix, *kind;
    } kinds[] = {
        {"github_pat_", "a fine-grained token"},
        {"ghp_", "a classic token"},
        {"gho_", "an OAuth token"},
        {"ghu_", "a user's token of an App"},
        {"ghs_", "an installation token"},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_has_prefix(token, str_of(kinds[i].prefix))) {
            return kinds[i].kind;
        }
    }
    return "a token";
}

static void put_account(struct notes *n)
{
    const struct tracker *t = n->an->t;
    const struct github_conf *own = own_of(t);
    struct arena *a = n->an->out->a;
    int64_t installation =
        own->app.installation > 0 ? own->app.installation : t->known.installation;

    if (t->app.used) {
        put(n, "account", NOTE_OK,
            arena_printf(a, "GitHub App %" PRId64 ", installation %" PRId64,
                         own->app.id, installation),
            "");
    } else if (t->client.token.n == 0) {
        put(n, "account", NOTE_WARN, STR("nobody: public repositories only"),
            "set 'token' or 'app'");
    } else {
        put(n, "account", NOTE_OK, str_of(kind_of(t->client.token)), "");
    }
}

static void put_token(struct notes *n)
{
    const struct github_facts *f = &n->an->t->facts;
    bool soon =
        f->expires.ms > 0 && wall_since(f->expires, n->an->now).ms < WARN_BEFORE.ms;
    char mem[40];
    struct buf day;

    buf_init_fixed(&day, mem, sizeof mem);
    if (f->expires.ms > 0) {
        date_print_iso(&day, f->expires);
    }
    put(n, "token.expires", soon ? NOTE_WARN : NOTE_OK,
        arena_str(n->an->out->a, buf_str(&day)),
        soon ? "make a new one before, and store it where 'token' says" : "");
    put(n, "token.scopes", NOTE_OK, f->scopes, "");
}

static void put_permissions(struct notes *n)
{
    const struct tracker *t = n->an->t;

    if (t->no_issues) {
        put(n, "permissions", NOTE_BAD, STR("the App may not read issues"),
            "grant it Issues: read, and accept that for the installation");
    } else if (t->facts.needs.n > 0) {
        put(n, "permissions", NOTE_BAD,
            arena_printf(n->an->out->a, "missing: %.*s", STR_FMT(t->facts.needs)),
            "grant it, for the repositories that failed");
    } else {
        put(n, "permissions", NOTE_OK, STR_NONE, "");
    }
}

static void put_limits(struct notes *n)
{
    const struct tracker *t = n->an->t;
    struct arena *a = n->an->out->a;
    struct str budget = STR_NONE;

    if (t->facts.limit > 0) {
        budget = arena_printf(a, "%" PRId64 " requests an hour, %.0f%% left to others",
                              t->facts.limit, t->conf->budget.reserve * 100);
    }
    put(n, "budget", NOTE_OK, budget, "");
    if (t->client.version.n > 0) {
        put(n, "api", NOTE_OK,
            arena_printf(a, "version %.*s", STR_FMT(t->client.version)), "");
    } else {
        put(n, "api", NOTE_OK, STR("no version: the host is older than versions are"),
            "");
    }
}

static void put_all(struct notes *n)
{
    put_account(n);
    put_token(n);
    put_permissions(n);
    put_limits(n);
}

static bool is_over(const struct tracker *t)
{
    return t->stopped || (t->scopes.planned && !github_scopes_left(&t->scopes) &&
                          t->client.n_out == 0);
}

void github_notes_tell(struct github_answer *an)
{
    struct tracker *t = an->t;
    struct notes n = {.an = an};

    learn(an);
    if (an->nomem || !is_over(t)) {
        return;
    }
    put_all(&n);
    if (n.hash == t->known.notes) {
        return;
    }
    t->known.notes = n.hash;
    t->known.changed = true;
    n.tell = true;
    put_all(&n);
}

/* ---- repositories ---- */

static struct str describe(const struct github_answer *an)
{
    static const char *const names[] = {
        [GITHUB_SKIP_ARCHIVED] = "archived",
        [GITHUB_SKIP_FORK] = "forks",
        [GITHUB_SKIP_NO_ISSUES] = "without issues",
        [GITHUB_SKIP_EXCLUDED] = "not included",
    };
    const struct github_repos *r = &an->t->repos;
    struct str org = own_of(an->t)->org, said;
    struct buf text;
    char mem[400];

    buf_init_fixed(&text, mem, sizeof mem);
    buf_printf(&text, "%zu of %zu in %.*s", r->n, r->n + r->n_skipped, STR_FMT(org));
    for (size_t i = 0; i < GITHUB_SKIPS; i++) {
        if (r->skips[i] > 0) {
            buf_printf(&text, ", %zu %s", r->skips[i], names[i]);
        }
    }
    said = arena_str(an->out->a, buf_str(&text));
    return said;
}

void github_notes_repos(struct github_answer *an)
{
    struct tracker *t = an->t;
    const struct github_repos *r = &t->repos;
    struct notes n = {.an = an, .tell = true};
    size_t lost = 0;

    if (!r->listed) {
        put(&n, "repositories", NOTE_WARN,
            arena_printf(an->out->a, "the list is an old one: %s", an->why.msg),
            "what is new is not followed until it can be listed");
        return;
    }
    for (size_t i = 0; i < t->scopes.n; i++) {
        lost += t->scopes.v[i].lost;
    }
    if (lost > 0) {
        put(&n, "repositories", NOTE_WARN,
            arena_printf(an->out->a, "%.*s; %zu that were there are not found any more",
                         STR_FMT(describe(an)), lost),
            "name those in 'exclude' that are gone for good");
    } else {
        put(&n, "repositories", r->n > 0 ? NOTE_OK : NOTE_WARN, describe(an),
            r->n > 0 ? ""
                     : "no repository is followed: look at 'include' and 'exclude'");
    }
}
