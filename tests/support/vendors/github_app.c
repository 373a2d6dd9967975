/* GitHub Apps: JSON web tokens, installations, the tokens they buy. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/sign.h"
#include "tests/support/rsa.h"
#include "tests/support/vendors/github_repo.h"

#define INSTALLATION_TOKEN "ghs_119_" /* how the tokens made here begin */
#define INSTALLATION 456
#define TOKEN_BYTES 520
#define HOUR 3600
#define MOST_AHEAD 600 /* of `exp` */
#define MAX_JWT 4096

/* ---- JSON web tokens ---- */

/* RFC 4648 section 5, without padding. */
static bool decode(struct buf *out, struct str part)
{
    char text[MAX_JWT];
    struct err e;
    size_t n = 0;

    if (part.n > sizeof text - 4) {
        return false;
    }
    for (; n < part.n; n++) {
        text[n] = part.p[n] == '-' ? '+' : part.p[n] == '_' ? '/' : part.p[n];
    }
    while (n % 4) {
        text[n++] = '=';
    }
    return sign_base64_decode(out, (struct str){text, n}, &e);
}

/* NULL: it is as it should be; else what GitHub says. */
static const char *claims_say(const struct github *g, struct str body, int64_t now)
{
    struct buf plain;
    json_t *claims;
    const char *said = NULL;
    int64_t iat, exp;

    buf_init(&plain, MAX_JWT);
    claims = decode(&plain, body) ? json_loads(buf_cstr(&plain), 0, NULL) : NULL;
    iat = json_number(claims, "iat", INT64_MAX);
    exp = json_number(claims, "exp", 0);
    if (strcmp(json_text(claims, "iss", ""), g->o.app) != 0) {
        said = "Integration not found";
    } else if (iat > now) {
        said = "'Issued at' claim ('iat') must be an Integer representing the time "
               "that the assertion was issued";
    } else if (exp <= now || exp > now + MOST_AHEAD) {
        said = "'Expiration time' claim ('exp') is too far in the future";
    }
    json_decref(claims);
    buf_finish(&plain);
    return said;
}

static const char *jwt_says(const struct github *g, const struct request *rq)
{
    static const char undecodable[] = "A JSON web token could not be decoded";
    struct str jwt = str_of(request_header(rq, "Authorization")), rest, head, body;
    struct buf signature;
    bool good;

    jwt = str_has_prefix(jwt, STR("Bearer ")) ? str_skip(jwt, 7) : STR_NONE;
    rest = jwt;
    if (!str_split(&rest, '.', &head) || !str_split(&rest, '.', &body) || !rest.n) {
        return undecodable;
    }
    if (!g->o.app) {
        return NULL;
    }
    buf_init(&signature, MAX_JWT);
    good = decode(&signature, rest) &&
           rsa_verify(str_of(g->o.app_key), str_first(jwt, head.n + 1 + body.n),
                      buf_str(&signature));
    buf_finish(&signature);
    return good ? claims_say(g, body, rq->at.ms / 1000) : undecodable;
}

static bool refused(const struct github *g, const struct request *rq, struct reply *rp)
{
    const char *said = jwt_says(g, rq);

    if (said) {
        gh_refuse(rp, 401, said);
    }
    return said != NULL;
}

/* ---- tokens ---- */

static uint64_t hash_of(struct str token)
{
    return hash64(token.p, token.n, 31);
}

bool gh_app_token_is_good(const struct github *g, struct str token, struct wall now)
{
    for (size_t i = 0; i < g->n_sold; i++) {
        if (g->sold[i].hash == hash_of(token)) {
            return now.ms / 1000 < g->sold[i].expires;
        }
    }
    return false;
}

bool gh_app_is_signed(const struct request *rq)
{
    struct str path = str_of(rq->path);

    return str_has_prefix(path, STR("/github/app/")) ||
           str_has_suffix(path, STR("/installation"));
}

void gh_app_sell(struct github *g, const struct request *rq, struct reply *rp)
{
    int64_t lasts = g->o.app_token_s ? g->o.app_token_s : HOUR;
    int64_t expires = rq->at.ms / 1000 + lasts;
    struct gh_sold *more = reallocarray(g->sold, g->n_sold + 1, sizeof *more);
    char iso[40], token[TOKEN_BYTES + 1];
    struct buf b;

    rp->class_ = "github.app_token";
    if (!more) {
        gh_refuse(rp, 500, "Server Error");
        return;
    }
    g->sold = more;
    if (refused(g, rq, rp)) {
        return;
    }
    /* About 520 characters with dots, as since 2026-04: no fixed buffers there. */
    buf_init_fixed(&b, token, sizeof token);
    buf_printf(&b, INSTALLATION_TOKEN "%" PRIu64 "_eyJhbGciOiJFUzI1NiJ9.", g->requests);
    while (b.n < TOKEN_BYTES) {
        buf_addc(&b, b.n == 300 ? '.' : (char)('a' + b.n % 26));
    }
    g->sold[g->n_sold++] = (struct gh_sold){hash_of(buf_str(&b)), expires};
    buf_init_fixed(&b, iso, sizeof iso);
    date_print_iso(&b, (struct wall){expires * 1000});
    reply_json(rp, 201,
               json_pack("{s:s, s:s, s:{s:s, s:s}, s:s}", "token", token, "expires_at",
                         iso, "permissions", "issues", "read", "metadata", "read",
                         "repository_selection", "all"));
}

/* ---- installations ---- */

static int64_t app_number(const struct github *g)
{
    int64_t n;

    return g->o.app && str_to_i64(str_of(g->o.app), &n) ? n : 1;
}

void gh_app_installation(struct github *g, const char *owner, const struct request *rq,
                         struct reply *rp)
{
    rp->class_ = "github.installation";
    if (refused(g, rq, rp)) {
        return;
    }
    if (!owner) {
        gh_refuse(rp, 404, "Not Found");
        return;
    }
    reply_json(
        rp, 200,
        json_pack(
            "{s:i, s:I, s:s, s:{s:s, s:s, s:i}, s:s, s:i, s:s, s:{s:s, s:s}, s:[],"
            " s:s, s:s, s:n, s:n, s:n, s:s, s:s, s:s}",
            "id", INSTALLATION, "app_id", (json_int_t)app_number(g), "app_slug",
            "alignd", "account", "login", owner, "type", "Organization", "id", 5,
            "repository_selection", "all", "target_id", 5, "target_type",
            "Organization", "permissions", "issues", "read", "metadata", "read",
            "events", "created_at", "2026-01-01T00:00:00Z", "updated_at",
            "2026-01-01T00:00:00Z", "single_file_name", "suspended_by", "suspended_at",
            "access_tokens_url", g->api, "repositories_url", g->api, "html_url",
            g->web));
}
