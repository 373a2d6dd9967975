#include "connectors/trackers/github/github_version.h"

#include <jansson.h>

#include "connectors/wire/project.h"

/*
 * Supported for at least 24 months after the next one, which came 2026-03-12:
 * https://github.blog/changelog/2026-03-12-rest-api-version-2026-03-10-is-now-available
 * Both are read; the older one is known to more hosts.
 */
static const char *const known[] = {"2022-11-28", "2026-03-10"};

#define HOLDS DUR_DAY(1)

/* github.com and GHE.com are of the newest make; others are asked. */
static bool is_ours(const struct github_client *c)
{
    struct str host = c->base_url.host;

    return str_eq_nocase(host, STR("api.github.com")) ||
           str_has_suffix(host, STR(".ghe.com"));
}

void github_version_init(struct tracker *t, struct wall now)
{
    struct dur age = wall_since(now, t->known.api_at);
    bool remembered = t->known.api_at.ms > 0 && age.ms >= 0 && age.ms < HOLDS.ms;

    t->client.version = remembered ? t->known.api : str_of(known[0]);
    t->version_wanted = !remembered && !is_ours(&t->client);
}

bool github_version_is_needed(const struct tracker *t)
{
    return t->version_wanted;
}

bool github_version_ask(struct tracker *t)
{
    t->call.kind = GITHUB_CALL_VERSIONS;
    github_call_begin(&t->client, &t->call, "/versions");
    return github_call_ok(&t->call);
}

/* ---- answers ---- */

static void settle_on(struct github_answer *an, struct str version, bool remember)
{
    struct tracker *t = an->t;

    t->version_wanted = false;
    t->version_asked = true;
    t->client.version = version;
    if (remember) {
        t->known.api = version;
        t->known.api_at = an->now;
        t->known.changed = true;
    }
}

static struct str fallback(const struct tracker *t)
{
    return t->version_refused ? STR_NONE : t->client.version;
}

static bool lists(const json_t *list, const char *version)
{
    size_t i;
    json_t *v;

    json_array_foreach(list, i, v)
    {
        if (json_is_string(v) && strcmp(json_string_value(v), version) == 0) {
            return true;
        }
    }
    return false;
}

static void take_list(struct github_answer *an)
{
    json_t *list = an->resp->body.n <= 64 << 10
                       ? json_loadb(an->resp->body.p, an->resp->body.n, 0, NULL)
                       : NULL;
    struct str best = STR_NONE;
    struct err why;

    if (!json_is_array(list)) {
        json_decref(list);
        err_set(&why, ERR_PARSE, "not a list of API versions");
        if (github_malformed(an, why) == GITHUB_REFUSED) {
            settle_on(an, fallback(an->t), false);
        }
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(known) && best.n == 0; i++) {
        best = lists(list, known[i]) ? str_of(known[i]) : STR_NONE;
    }
    json_decref(list);
    github_settle(an);
    settle_on(an, best, true);
}

/*
 * A host without /versions is older than versions: none is sent. Whatever else
 * is wrong with that request decides nothing for long.
 */
void github_version_answer(struct github_answer *an, enum github_verdict verdict)
{
    struct tracker *t = an->t;
    bool old = an->resp != NULL && an->resp->status == 404;

    if (verdict == GITHUB_READ && an->resp->status == 200) {
        take_list(an);
    } else if (old) {
        settle_on(an, STR_NONE, true);
    } else {
        settle_on(an, fallback(t), false);
    }
}

bool github_version_renew(struct github_answer *an)
{
    struct tracker *t = an->t;

    if (an->call->version.n == 0) {
        return false;
    }
    if (t->version_asked) {
        /* A host that knows this one means something else by 400. */
        return !str_eq(an->call->version, t->client.version);
    }
    t->version_refused = t->version_wanted = true;
    if (github_call_is_app(an->call)) {
        t->client.version = STR_NONE; /* only a token may ask for versions */
    }
    return true;
}
