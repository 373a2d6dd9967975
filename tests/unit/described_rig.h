/*
 * Asks the vendor server and holds each answer to the vendor's own OpenAPI
 * description: is the operation described, and that status; have headers and body
 * the form? Counts, and prints what is wrong. Static functions.
 *
 * No member may be invented. What a description says otherwise than the vendor
 * does is amended (tests/data/openapi), what it does not say at all stands in a
 * list of gaps; both with the reason. A gap that is none any more is wrong as well.
 */
#ifndef TESTS_UNIT_DESCRIBED_RIG_H
#define TESTS_UNIT_DESCRIBED_RIG_H

#include <stdlib.h>

#include "tests/support/openapi.h"
#include "tests/unit/vendors_rig.h"

#define DESCRIBED_WRONG_SHOWN 40

/* ---- who is played, and what describes it ---- */

enum site { GITHUB, GITHUB_NEW, CLOUD, DC, N_SITES };

static const char *const github_headers[] = {VR_TOKEN, VR_AGENT, NULL};
static const char *const github_new_headers[] = {
    VR_TOKEN, VR_AGENT, "X-GitHub-Api-Version: 2026-03-10", NULL};
static const char *const jira_headers[] = {VR_BASIC, "Content-Type: application/json",
                                           NULL};

static const struct {
    const char *name, *document, *version, *prefix;
    const char *const *headers;
} sites[N_SITES] = {
    [GITHUB] = {"GitHub", "github-issues", NULL, "/github", github_headers},
    [GITHUB_NEW] = {"GitHub 2026-03-10", "github-issues", "2026-03-10", "/github",
                    github_new_headers},
    [CLOUD] = {"Jira Cloud", "jira-cloud-v3", NULL, "/jira", jira_headers},
    [DC] = {"Jira Data Center", "jira-dc-10.3", NULL, "/jira-dc", jira_headers},
};

/* The same operations at another path; 0 stands for any number. */
static const struct {
    enum site site;
    const char *path, *described; /* beginnings */
} twins[] = {
    /* Where redirects and further pages lead. */
    {GITHUB, "/repositories/0", "/repos/owner/name"},
    {GITHUB_NEW, "/repositories/0", "/repos/owner/name"},
    /* v2 differs in rich text alone, and that is in `fields`. */
    {CLOUD, "/rest/api/2", "/rest/api/3"},
    {DC, "/rest/api/latest", "/rest/api/2"},
};

/* ---- what it does not say at all ---- */

static const struct gap {
    enum site site;
    const char *path; /* beginning, as described; "": any */
    int status;       /* 0: any */
    const char *why;
} gaps[] = {
    {GITHUB, "/app/installations/", 0, "cut: the copy has the paths about issues"},
    {GITHUB, "/orgs/acme/installation", 0, "the same"},
    {GITHUB, "/repos/acme/web/installation", 0, "the same"},
    {GITHUB, "/nothing", 404, "there is no such operation"},
    {CLOUD, "/_edge/tenant_info", 0, "documented elsewhere: the site's cloud id"},
    {CLOUD, "/rest/api/3/search", 410, "it still describes what was removed in 2025"},
    {CLOUD, "", 429, "rate limits are documented elsewhere"},
    {CLOUD, "/rest/api/3/nothing", 404, "there is no such operation"},
    {DC, "/rest/api/2/search", 401, "it tells no refusal of a login here"},
    {DC, "", 429, "rate limits are documented elsewhere"},
    {DC, "/rest/api/2/nothing", 404, "there is no such operation"},
};

/* ---- the state ---- */

struct described {
    struct vr v;
    json_t *documents[N_SITES];
    struct buf why;
    size_t answers[N_SITES], bodies, without, in_gaps, wrong;
    bool silent;       /* what is wrong is expected: print nothing */
    struct buf reason; /* of the last that was wrong */
    size_t gap[ARRAY_LEN(gaps)];
};

/* What a description has to say besides. */
static void amend(struct described *d, enum site site, const char *version)
{
    char path[256];

    (void)snprintf(path, sizeof path, "tests/data/openapi/%s%s%s.json",
                   sites[site].document, version ? "-" : "", version ? version : "");
    if (!openapi_amend(d->documents[site], path, &d->why)) {
        fail_msg("%s", buf_cstr(&d->why));
    }
}

/* False: a description is absent, nothing can be held to it. */
static bool described_init(struct described *d)
{
    bool all = true;

    *d = (struct described){0};
    buf_init(&d->why, 1 << 16);
    buf_init(&d->reason, 1 << 16);
    for (size_t i = 0; i < N_SITES; i++) {
        d->documents[i] = openapi_load(sites[i].document);
        all = all && d->documents[i];
        if (!d->documents[i]) {
            continue;
        }
        amend(d, (enum site)i, NULL);
        if (sites[i].version) {
            assert_true(openapi_at_version(d->documents[i], sites[i].version) > 0);
            amend(d, (enum site)i, sites[i].version);
        }
    }
    return all;
}

static void described_finish(struct described *d)
{
    for (size_t i = 0; i < N_SITES; i++) {
        json_decref(d->documents[i]);
    }
    buf_finish(&d->why);
    buf_finish(&d->reason);
}

static bool in_gap(struct described *d, enum site site, struct str path, int status)
{
    for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
        const struct gap *g = &gaps[i];

        if (g->site == site && (!g->status || g->status == status) &&
            str_has_prefix(path, str_of(g->path))) {
            d->gap[i]++;
            return true;
        }
    }
    return false;
}

/* Fails on anything wrong, and on a gap that nothing fell into. */
static void described_verdict(struct described *d)
{
    size_t all = 0;

    for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
        if (!d->gap[i]) {
            print_error("no gap any more: %s %s %d (%s)\n", sites[gaps[i].site].name,
                        gaps[i].path, gaps[i].status, gaps[i].why);
            d->wrong++;
        }
    }
    for (size_t i = 0; i < N_SITES; i++) {
        all += d->answers[i];
        print_message("%s: %zu answers held to %s\n", sites[i].name, d->answers[i],
                      sites[i].document);
    }
    print_message("%zu bodies are as described, %zu answers have none described, "
                  "%zu are not described\n",
                  d->bodies, d->without, d->in_gaps);
    print_message("recordings: %zu run, 0 skipped\n", all);
    assert_int_equal(d->wrong, 0);
}

/* ---- one answer ---- */

/* The path below the site, as the description has it. */
static void described_path(enum site site, struct str path, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(twins); i++) {
        struct str from = str_of(twins[i].path);
        bool number = str_has_suffix(from, STR("0"));
        struct str rest = path;

        from = number ? str_first(from, from.n - 1) : from;
        if (twins[i].site != site || !str_has_prefix(path, from)) {
            continue;
        }
        rest = str_skip(path, from.n);
        while (number && rest.n && rest.p[0] >= '0' && rest.p[0] <= '9') {
            rest = str_skip(rest, 1);
        }
        buf_addz(out, twins[i].described);
        buf_add(out, rest);
        return;
    }
    buf_add(out, path);
}

/* GitHub describes what it refuses with once, and names it where it occurs to it. */
static const json_t *shared_response(const struct described *d, enum site site,
                                     int status)
{
    static const struct {
        int status;
        const char *pointer;
    } rows[] = {
        {301, "/components/responses/moved_permanently"},
        {304, "/components/responses/not_modified"},
        {400, "/components/responses/bad_request"},
        {401, "/components/responses/requires_authentication"},
        {403, "/components/responses/forbidden"},
        {404, "/components/responses/not_found"},
        {410, "/components/responses/gone"},
        {422, "/components/responses/validation_failed"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].status == status) {
            return schema_find(d->documents[site], rows[i].pointer);
        }
    }
    return NULL;
}

static void is_wrong(struct described *d, enum site site, const char *target,
                     int status, const char *why)
{
    d->wrong++;
    buf_clear(&d->reason);
    buf_addz(&d->reason, why);
    if (!d->silent && d->wrong <= DESCRIBED_WRONG_SHOWN) {
        print_error("%s: %s, %d: %s\n", sites[site].name, target, status, why);
    }
}

static void hold(struct described *d, enum site site, const char *method,
                 const char *target, const struct probe_reply *reply)
{
    struct schema_rules how = {.dialect = SCHEMA_OPENAPI, .closed = true};
    const json_t *document = d->documents[site], *op, *response;
    struct str whole = str_skip(str_of(target), strlen(sites[site].prefix));
    const char *template;
    struct buf path;
    bool body;

    d->answers[site]++;
    buf_init(&path, 4096);
    described_path(site, str_first(whole, strcspn(whole.p, "?")), &path);
    op = openapi_operation(document, method, buf_str(&path), &template);
    response = openapi_response(document, op, reply->status);
    if (op && !response) {
        response = shared_response(d, site, reply->status);
    }
    if (response) {
        if (!openapi_check(&how, document, response, reply, &body, &d->why)) {
            is_wrong(d, site, target, reply->status, buf_cstr(&d->why));
        }
        d->bodies += body;
        d->without += !body;
    } else if (in_gap(d, site, buf_str(&path), reply->status)) {
        d->in_gaps++;
    } else {
        is_wrong(d, site, target, reply->status,
                 op ? "a status that is not described" : "not described");
    }
    buf_finish(&path);
}

struct ask {
    enum site site;
    const char *target; /* with the prefix of the site, or a URL of this server */
    int status;         /* expected */
    const char *const *headers; /* NULL: those of the site */
    const char *body;           /* of a POST; NULL: GET */
};

/*
 * Asks, holds the answer to its description. The body, decref it; NULL: none that
 * is JSON. `ret_reply` may be NULL.
 */
static json_t *ask(struct described *d, struct ask a, struct probe_reply *ret_reply)
{
    const char *method = a.body ? "POST" : "GET";
    size_t n = strlen(d->v.url);
    struct probe_reply reply;
    json_t *v;

    a.target += strncmp(a.target, d->v.url, n) == 0 ? n : 0;
    vr_ask(&d->v, method, a.target, a.headers ? a.headers : sites[a.site].headers,
           a.body, &reply);
    if (reply.status != a.status) {
        fail_msg("%s: %d, not %d: %.300s", a.target, reply.status, a.status,
                 buf_cstr(&reply.body));
    }
    hold(d, a.site, method, a.target, &reply);
    v = json_loadb(buf_cstr(&reply.body), reply.body.n, 0, NULL);
    if (ret_reply) {
        *ret_reply = reply;
    } else {
        probe_finish(&reply);
    }
    return v;
}

static void look(struct described *d, enum site site, const char *target, int status)
{
    json_decref(ask(d, (struct ask){site, target, status}, NULL));
}

static void post(struct described *d, enum site site, const char *target,
                 const char *body)
{
    json_decref(ask(d, (struct ask){site, target, 200, NULL, body}, NULL));
}

/* The text, valid until the next call with that buffer. */
PRINTF(2, 3) static const char *text(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    buf_clear(b);
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
    return buf_cstr(b);
}

#endif
