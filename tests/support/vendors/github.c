#include "tests/support/vendors/github.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "tests/support/vendors/github_repo.h"

#define PREFIX "/github"
#define PAGES_BYTES ((size_t)1536 << 20)
#define TOKEN_SEED 23
#define ANONYMOUS_LIMIT 60
#define HOUR 3600
#define PAGE_MAX 1000000
#define DOCS "https://docs.github.com/rest"
#define VERSION_OLD "2022-11-28" /* where the header is absent */
#define VERSION_NEW "2026-03-10"

struct github *github_create(const struct github_options *o, struct staff *people,
                             struct err *e)
{
    struct github *g = calloc(1, sizeof *g);
    struct buf url;

    if (!g) {
        err_nomem(e);
        return NULL;
    }
    g->o = *o;
    g->people = people;
    g->limit = o->rate_limit;
    g->pages = pages_create(PAGES_BYTES);
    buf_init(&url, 256);
    buf_printf(&url, "%s%s", o->site, PREFIX);
    g->api = buf_take(&url, NULL);
    g->web = strdup(o->site);
    if (!g->api || !g->web || !g->pages) {
        err_nomem(e);
        github_destroy(g);
        return NULL;
    }
    return g;
}

void github_destroy(struct github *g)
{
    if (!g) {
        return;
    }
    for (size_t i = 0; i < g->n_repos; i++) {
        gh_repo_destroy(g->repos[i]);
    }
    free(g->repos);
    json_decref(g->projects);
    free(g->tokens);
    free(g->sold);
    pages_destroy(g->pages);
    free(g->api);
    free(g->web);
    free(g);
}

bool github_set_url(struct github *g, const char *url, struct err *e)
{
    char *api = strdup(url);

    if (!api) {
        return err_nomem(e);
    }
    free(g->api);
    g->api = api;
    return gh_render_all(g, e);
}

bool github_add_synthetic(struct github *g, const char *full, uint32_t count,
                          struct wall now, struct err *e)
{
    struct gh_repo *r = gh_repo_add(g, full, e);

    g->start = now;
    return r && gh_synth_fill(r, count, now, e) && (!g->o.gzip || gh_list_warm(r, e));
}

/* ---- limits ---- */

static struct gh_token *token_of(struct github *g, const struct request *rq)
{
    const char *header = request_header(rq, "Authorization");
    uint64_t h = hash64(header ? header : "", header ? strlen(header) : 0, TOKEN_SEED);
    struct gh_token *more;

    for (size_t i = 0; i < g->n_tokens; i++) {
        if (g->tokens[i].hash == h) {
            return &g->tokens[i];
        }
    }
    more = reallocarray(g->tokens, g->n_tokens + 1, sizeof *more);
    if (!more) {
        return NULL;
    }
    g->tokens = more;
    g->tokens[g->n_tokens] =
        (struct gh_token){.hash = h, .reset = rq->at.ms / 1000 + HOUR};
    return &g->tokens[g->n_tokens++];
}

static int64_t limit_of(const struct github *g, const struct request *rq)
{
    return request_header(rq, "Authorization") ? g->limit : ANONYMOUS_LIMIT;
}

void github_set_limit(struct github *g, int64_t limit, int64_t remaining,
                      struct wall reset)
{
    if (limit > 0) {
        g->limit = limit;
    }
    for (size_t i = 0; i < g->n_tokens; i++) {
        if (remaining >= 0) {
            g->tokens[i].used = g->limit - remaining;
        }
        if (reset.ms) {
            g->tokens[i].reset = reset.ms / 1000;
        }
    }
}

static void add_limit_headers(const struct github *g, const struct request *rq,
                              const struct gh_token *t, struct reply *rp)
{
    int64_t limit = limit_of(g, rq), left = limit - t->used;

    reply_header(rp, "X-RateLimit-Limit", "%" PRId64, limit);
    reply_header(rp, "X-RateLimit-Remaining", "%" PRId64, left > 0 ? left : 0);
    reply_header(rp, "X-RateLimit-Reset", "%" PRId64, t->reset);
    reply_header(rp, "X-RateLimit-Used", "%" PRId64, t->used < limit ? t->used : limit);
    reply_header(rp, "X-RateLimit-Resource", "core");
}

/* ---- errors ---- */

void gh_refuse(struct reply *rp, int status, const char *message)
{
    char text[8];
    struct buf b;

    buf_init_fixed(&b, text, sizeof text);
    buf_printf(&b, "%d", status);
    reply_json(rp, status,
               json_pack("{s:s, s:s, s:s}", "message", message, "documentation_url",
                         DOCS, "status", text));
}

static void not_found(struct reply *rp)
{
    gh_refuse(rp, 404, "Not Found");
}

static void redirect(struct reply *rp, const char *to)
{
    reply_header(rp, "Location", "%s", to);
    reply_json(rp, 301,
               json_pack("{s:s, s:s, s:s}", "message", "Moved Permanently", "url", to,
                         "documentation_url", DOCS));
}

/* ---- who asks ---- */

static bool is_token_request(const struct request *rq)
{
    struct str path = str_of(rq->path);

    return strcmp(rq->method, "POST") == 0 &&
           str_has_prefix(path, STR(PREFIX "/app/installations/")) &&
           str_has_suffix(path, STR("/access_tokens"));
}

static bool token_is_good(const struct github *g, const char *header, struct wall now)
{
    struct str h = str_of(header);
    struct str token = STR_NONE;

    if (str_eq_nocase(str_first(h, 7), STR("Bearer "))) {
        token = str_trim(str_skip(h, 7));
    } else if (str_eq_nocase(str_first(h, 6), STR("token "))) {
        token = str_trim(str_skip(h, 6));
    }
    return token.n && (!g->o.token || str_eqz(token, g->o.token) ||
                       gh_app_token_is_good(g, token, now));
}

static bool knows_version(const struct github *g, const char *version)
{
    if (g->o.version) {
        return strcmp(version, g->o.version) == 0;
    }
    return strcmp(version, VERSION_OLD) == 0 || strcmp(version, VERSION_NEW) == 0;
}

/* What GitHub checks before it looks at the path; true: answered. */
static bool stopped_at_door(struct github *g, const struct request *rq,
                            struct gh_token *t, struct reply *rp)
{
    const char *agent = request_header(rq, "User-Agent");
    const char *auth = request_header(rq, "Authorization");
    const char *version = request_header(rq, "X-GitHub-Api-Version");

    if (!agent || !*agent) {
        reply_text(rp, 403, "text/html",
                   "Request forbidden by administrative rules. Please make sure your "
                   "request has a User-Agent header "
                   "(https://docs.github.com/en/rest/overview/"
                   "resources-in-the-rest-api#user-agent-required).\n");
        return true;
    }
    if (auth && !gh_app_is_signed(rq) && !token_is_good(g, auth, rq->at)) {
        gh_refuse(rp, 401, "Bad credentials");
        return true;
    }
    if (version && !knows_version(g, version)) {
        gh_refuse(
            rp, 400,
            "Unsupported 'X-GitHub-Api-Version' header. See the list of supported "
            "versions.");
        return true;
    }
    if (rq->at.ms / 1000 >= t->reset) {
        t->used = 0;
        t->reset = rq->at.ms / 1000 + HOUR;
    }
    if (t->used >= limit_of(g, rq)) {
        gh_refuse(rp, 403,
                  auth ? "API rate limit exceeded for user ID 8014317."
                       : "API rate limit exceeded for 127.0.0.1.");
        return true;
    }
    return false;
}

static bool is_new_version(const struct request *rq)
{
    const char *version = request_header(rq, "X-GitHub-Api-Version");

    return version && strcmp(version, VERSION_NEW) == 0;
}

/* ---- single answers ---- */

static void answer_rate_limit(struct github *g, const struct request *rq,
                              const struct gh_token *t, struct reply *rp)
{
    static const char *const resources[] = {"core", "search", "graphql",
                                            "integration_manifest"};
    int64_t limit = limit_of(g, rq), left = limit - t->used;
    json_t *core = json_pack(
        "{s:I, s:I, s:I, s:I}", "limit", (json_int_t)limit, "used", (json_int_t)t->used,
        "remaining", (json_int_t)(left > 0 ? left : 0), "reset", (json_int_t)t->reset);
    json_t *all = json_object(), *root = json_object();

    rp->class_ = "github.rate_limit";
    for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
        (void)json_object_set(all, resources[i], core);
    }
    (void)json_object_set_new(root, "resources", all);
    /* Version 2026-03-10 has dropped the copy of "core" beside it. */
    if (!is_new_version(rq)) {
        (void)json_object_set(root, "rate", core);
    }
    json_decref(core);
    reply_json(rp, 200, root);
}

static void answer_text(const struct request *rq, struct reply *rp, bool dated,
                        int64_t updated)
{
    struct str text = buf_str(&rp->body);

    if (gh_unchanged(rq, rp, hash64(text.p, text.n, 1))) {
        buf_clear(&rp->body);
        return;
    }
    if (dated) {
        static const char *const days[] = {"Mon", "Tue", "Wed", "Thu",
                                           "Fri", "Sat", "Sun"};
        static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        struct date d = date_from_days(updated / 86400);
        int s = (int)(updated % 86400);

        reply_header(rp, "Last-Modified", "%s, %02d %s %04d %02d:%02d:%02d GMT",
                     days[date_weekday(d)], d.day, months[d.month - 1], d.year,
                     s / 3600, s / 60 % 60, s % 60);
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
}

static void answer_issue(struct gh_repo *r, const struct gh_issue *i,
                         const struct request *rq, struct reply *rp)
{
    const char *moved = i ? json_text(i->model, "transferred_to", NULL) : NULL;
    struct gh_repo *in = NULL;
    const struct gh_issue *there = NULL;

    rp->class_ = "github.issue";
    if (!i) {
        not_found(rp);
        return;
    }
    if (moved) {
        there = gh_issue_of_ref(r, json_object_get(i->model, "transferred_to"), &in);
    }
    if (there) {
        char url[512];
        struct buf to;

        buf_init_fixed(&to, url, sizeof url);
        buf_printf(&to, "%s/repositories/%" PRId64 "/issues/%u", r->github->api, in->id,
                   there->number);
        redirect(rp, url);
        return;
    }
    if (i->gone) {
        gh_refuse(rp, 410, "This issue was deleted");
        return;
    }
    gh_list_text(&rp->body, r, i, is_new_version(rq));
    answer_text(rq, rp, true, i->updated);
}

/* Sub-issues come in numbered pages: there are at most a hundred. */
static void link_children(struct reply *rp, const struct gh_repo *r,
                          const struct gh_issue *parent, int64_t per_page, int64_t page,
                          int64_t total)
{
    if (page * per_page < total) {
        reply_header(rp, "Link",
                     "<%s/repositories/%" PRId64
                     "/issues/%u/sub_issues?per_page=%" PRId64 "&page=%" PRId64
                     ">; rel=\"next\"",
                     r->github->api, r->id, parent->number, per_page, page + 1);
    }
}

static void answer_children(struct gh_repo *r, const struct gh_issue *parent,
                            const struct request *rq, struct reply *rp)
{
    int64_t per_page = request_int(rq, "per_page", 30),
            page = request_int(rq, "page", 1);
    int64_t first, seen = 0;
    bool any = false;

    rp->class_ = "github.sub_issues";
    per_page = per_page < 1 ? 30 : per_page > 100 ? 100 : per_page;
    page = page < 1 ? 1 : page > PAGE_MAX ? PAGE_MAX : page;
    first = (page - 1) * per_page;
    buf_addc(&rp->body, '[');
    for (size_t k = 0; k < r->github->n_repos; k++) {
        struct gh_repo *other = r->github->repos[k];

        for (size_t i = 0; i < other->n; i++) {
            const struct gh_issue *child = &other->issues[i];
            const json_t *ref = json_object_get(child->model, "parent");
            struct gh_repo *in = NULL;

            if (!ref || child->gone || gh_issue_of_ref(other, ref, &in) != parent) {
                continue;
            }
            if (seen >= first && seen < first + per_page) {
                buf_addz(&rp->body, any ? "," : "");
                gh_list_text(&rp->body, other, child, is_new_version(rq));
                any = true;
            }
            seen++;
        }
    }
    buf_addc(&rp->body, ']');
    link_children(rp, r, parent, per_page, page, seen);
    answer_text(rq, rp, false, 0);
}

static void answer_parent(struct gh_repo *r, const struct gh_issue *child,
                          const struct request *rq, struct reply *rp)
{
    const json_t *ref = json_object_get(child->model, "parent");
    struct gh_repo *in = NULL;
    const struct gh_issue *parent = ref ? gh_issue_of_ref(r, ref, &in) : NULL;

    rp->class_ = "github.parent";
    if (!parent || parent->gone) {
        gh_refuse(rp, 404, "No parent issue found");
        return;
    }
    gh_list_text(&rp->body, in, parent, is_new_version(rq));
    answer_text(rq, rp, true, parent->updated);
}

/* ---- routes ---- */

static bool take(struct str *rest, struct str *ret_part)
{
    if (!rest->n || rest->p[0] != '/') {
        return false;
    }
    *rest = str_skip(*rest, 1);
    *ret_part = *rest;
    for (size_t i = 0; i < rest->n; i++) {
        if (rest->p[i] == '/') {
            *ret_part = str_first(*rest, i);
            break;
        }
    }
    *rest = str_skip(*rest, ret_part->n);
    return ret_part->n > 0;
}

/* Filtered by `state`, in order of their numbers, a page at a time. */
static void answer_milestones(struct gh_repo *r, const struct request *rq,
                              struct reply *rp)
{
    const char *state = request_arg(rq, "state");
    int64_t per_page = request_int(rq, "per_page", 30),
            page = request_int(rq, "page", 1), seen = 0, first;
    const json_t *m;
    size_t i;

    rp->class_ = "github.milestones";
    state = state ? state : "open";
    per_page = per_page < 1 ? 30 : per_page > 100 ? 100 : per_page;
    page = page < 1 ? 1 : page > PAGE_MAX ? PAGE_MAX : page;
    first = (page - 1) * per_page;
    buf_addc(&rp->body, '[');
    json_array_foreach(json_object_get(r->model, "milestones"), i, m)
    {
        if (strcmp(state, "all") != 0 && strcmp(state, json_text(m, "state", "open"))) {
            continue;
        }
        if (seen >= first && seen < first + per_page) {
            buf_addz(&rp->body, seen > first ? "," : "");
            gh_render_milestone(&rp->body, r, m);
        }
        seen++;
    }
    buf_addc(&rp->body, ']');
    if (seen > first + per_page) {
        reply_header(rp, "Link",
                     "<%s/repos/%s/milestones?state=%s&per_page=%" PRId64
                     "&page=%" PRId64 ">; rel=\"next\"",
                     r->github->api, r->full, state, per_page, page + 1);
    }
    answer_text(rq, rp, false, 0);
}

static void answer_in_repo(struct gh_repo *r, struct str rest, const struct request *rq,
                           struct reply *rp)
{
    struct str part, tail;
    uint64_t number;
    struct gh_issue *i;

    if (!rest.n) {
        rp->class_ = "github.repo";
        gh_render_repository(&rp->body, r);
        answer_text(rq, rp, true, r->github->start.ms / 1000);
        return;
    }
    if (!take(&rest, &part) ||
        (!str_eqz(part, "issues") && (!str_eqz(part, "milestones") || rest.n))) {
        not_found(rp);
        return;
    }
    if (r->no_issues) {
        rp->class_ = rest.n ? "github.issue" : "github.list";
        gh_refuse(rp, 410, "Issues are disabled for this repo");
        return;
    }
    if (str_eqz(part, "milestones")) {
        answer_milestones(r, rq, rp);
        return;
    }
    if (!rest.n) {
        gh_list(r, rq, is_new_version(rq), rp);
        return;
    }
    if (!take(&rest, &part) || !str_to_u64(part, &number)) {
        not_found(rp);
        return;
    }
    i = gh_issue_find(r, number);
    if (!rest.n) {
        answer_issue(r, i, rq, rp);
    } else if (!i || i->gone || !take(&rest, &tail)) {
        not_found(rp);
    } else if (str_eqz(tail, "dependencies") &&
               (str_eqz(rest, "/blocked_by") || str_eqz(rest, "/blocking"))) {
        gh_blocked(r, i, str_eqz(rest, "/blocking"), is_new_version(rq), rq, rp);
    } else if (rest.n) {
        not_found(rp);
    } else if (str_eqz(tail, "sub_issues")) {
        answer_children(r, i, rq, rp);
    } else if (str_eqz(tail, "parent")) {
        answer_parent(r, i, rq, rp);
    } else if (str_eqz(tail, "timeline")) {
        gh_timeline(r, i, rq, rp);
    } else {
        not_found(rp);
    }
}

static void answer_repo(struct github *g, struct gh_repo *r, struct str rest,
                        const struct request *rq, struct reply *rp)
{
    (void)g;
    /* What the caller may not see is not there. */
    if (!r || r->hidden || (r->is_private && !request_header(rq, "Authorization"))) {
        rp->class_ = "github.repo";
        not_found(rp);
        return;
    }
    if (r->forbidden) {
        rp->class_ = "github.repo";
        reply_header(rp, "X-Accepted-GitHub-Permissions", "issues=read");
        gh_refuse(rp, 403, "Resource not accessible by personal access token");
        return;
    }
    answer_in_repo(r, rest, rq, rp);
}

static void answer_named_repo(struct github *g, struct str rest,
                              const struct request *rq, struct reply *rp)
{
    struct str owner, name;
    char full[256], url[512];
    struct buf b;
    struct gh_repo *r;

    if (!take(&rest, &owner) || !take(&rest, &name)) {
        not_found(rp);
        return;
    }
    buf_init_fixed(&b, full, sizeof full);
    buf_printf(&b, "%.*s/%.*s", STR_FMT(owner), STR_FMT(name));
    r = gh_repo_find(g, full);
    if (!r && gh_repo_renamed(g, full)) {
        rp->class_ = "github.moved";
        buf_init_fixed(&b, url, sizeof url);
        buf_printf(&b, "%s/repositories/%" PRId64 "%.*s%s%.*s", g->api,
                   gh_repo_renamed(g, full)->id, STR_FMT(rest), rq->query.n ? "?" : "",
                   STR_FMT(rq->query));
        redirect(rp, url);
        return;
    }
    answer_repo(g, r, rest, rq, rp);
}

static void answer_user(struct github *g, const struct request *rq, struct reply *rp)
{
    rp->class_ = "github.user";
    if (!request_header(rq, "Authorization")) {
        gh_refuse(rp, 401, "Requires authentication");
        return;
    }
    gh_render_profile(&rp->body, g, staff_get(g->people, "alignd-bot"));
    answer_text(rq, rp, false, 0);
}

static bool is_listed(const struct gh_repo *r, struct str owner)
{
    return !r->hidden && (!owner.n || str_eq_nocase(owner, str_of(r->owner)));
}

/* A page of a list of repositories; `owner` empty: of everybody. False: of nobody. */
static bool put_repos(struct github *g, struct str owner, const struct request *rq,
                      struct reply *rp)
{
    int64_t per_page = request_int(rq, "per_page", 30),
            page = request_int(rq, "page", 1), seen = 0, first;
    bool found = false;

    per_page = per_page < 1 ? 30 : per_page > 100 ? 100 : per_page;
    page = page < 1 ? 1 : page > PAGE_MAX ? PAGE_MAX : page;
    first = (page - 1) * per_page;
    buf_addc(&rp->body, '[');
    for (size_t i = 0; i < g->n_repos; i++) {
        found |= !owner.n || str_eq_nocase(owner, str_of(g->repos[i]->owner));
        if (!is_listed(g->repos[i], owner)) {
            continue;
        }
        if (seen >= first && seen < first + per_page) {
            buf_addz(&rp->body, seen > first ? "," : "");
            gh_render_repository(&rp->body, g->repos[i]);
        }
        seen++;
    }
    buf_addc(&rp->body, ']');
    if (seen > first + per_page) {
        reply_header(rp, "Link",
                     "<%s%s?per_page=%" PRId64 "&page=%" PRId64 ">; rel=\"next\"",
                     g->api, rq->path + sizeof PREFIX - 1, per_page, page + 1);
    }
    return found;
}

static void answer_owner_repos(struct github *g, struct str owner,
                               const struct request *rq, struct reply *rp)
{
    rp->class_ = "github.repos";
    if (!put_repos(g, owner, rq, rp)) {
        buf_clear(&rp->body);
        not_found(rp);
        return;
    }
    answer_text(rq, rp, false, 0);
}

static void answer_installed_repos(struct github *g, const struct request *rq,
                                   struct reply *rp)
{
    int64_t total = 0;
    struct buf list;

    rp->class_ = "github.repos";
    (void)put_repos(g, STR_NONE, rq, rp);
    for (size_t i = 0; i < g->n_repos; i++) {
        total += is_listed(g->repos[i], STR_NONE);
    }
    list = rp->body;
    buf_init(&rp->body, list.ceiling);
    buf_printf(&rp->body, "{\"total_count\":%" PRId64 ",\"repositories\":", total);
    buf_add(&rp->body, buf_str(&list));
    buf_addc(&rp->body, '}');
    buf_finish(&list);
    answer_text(rq, rp, false, 0);
}

/* Where the App is installed: for every owner of a repository there is. */
static void answer_installation(struct github *g, struct str rest,
                                const struct request *rq, struct reply *rp)
{
    struct str owner = STR_NONE;
    const char *found = NULL;

    (void)take(&rest, &owner);
    for (size_t i = 0; i < g->n_repos && !found; i++) {
        if (str_eq_nocase(owner, str_of(g->repos[i]->owner))) {
            found = g->repos[i]->owner;
        }
    }
    gh_app_installation(g, found, rq, rp);
}

/* /orgs/OWNER/projectsV2/NUMBER/... and /users/...; `rest` begins at OWNER. */
static bool answer_project(struct github *g, bool user, struct str rest,
                           const struct request *rq, struct reply *rp)
{
    struct str owner, kind, number;
    char name[300];
    struct buf b;

    if (!take(&rest, &owner) || !take(&rest, &kind) || !str_eqz(kind, "projectsV2") ||
        !take(&rest, &number)) {
        return false;
    }
    buf_init_fixed(&b, name, sizeof name);
    buf_printf(&b, "%.*s/%.*s", STR_FMT(owner), STR_FMT(number));
    gh_project(g, user, buf_cstr(&b), rest, rq, rp);
    return true;
}

static void answer_versions(const struct github *g, struct reply *rp)
{
    rp->class_ = "github.versions";
    if (g->o.version && strcmp(g->o.version, "none") == 0) {
        not_found(rp);
    } else if (g->o.version) {
        reply_json(rp, 200, json_pack("[s]", g->o.version));
    } else {
        reply_json(rp, 200, json_pack("[s, s]", VERSION_OLD, VERSION_NEW));
    }
}

static void route(struct github *g, const struct request *rq, const struct gh_token *t,
                  struct reply *rp)
{
    struct str rest = str_skip(str_of(rq->path), sizeof PREFIX - 1);
    struct str part, id, tail;
    uint64_t number;

    if (is_token_request(rq)) {
        gh_app_sell(g, rq, rp);
        return;
    }
    if (strcmp(rq->method, "GET") != 0 && strcmp(rq->method, "HEAD") != 0) {
        not_found(rp);
        return;
    }
    if (!take(&rest, &part)) {
        not_found(rp);
    } else if (gh_app_is_signed(rq)) {
        answer_installation(g, rest, rq, rp);
    } else if (str_eqz(part, "versions") && !rest.n) {
        answer_versions(g, rp);
    } else if (str_eqz(part, "rate_limit") && !rest.n) {
        answer_rate_limit(g, rq, t, rp);
    } else if (str_eqz(part, "user") && !rest.n) {
        answer_user(g, rq, rp);
    } else if (str_eqz(part, "repos")) {
        answer_named_repo(g, rest, rq, rp);
    } else if (str_eqz(part, "repositories") && take(&rest, &id) &&
               str_to_u64(id, &number) && number < INT64_MAX) {
        answer_repo(g, gh_repo_by_id(g, (int64_t)number), rest, rq, rp);
    } else if ((str_eqz(part, "orgs") || str_eqz(part, "users")) &&
               answer_project(g, str_eqz(part, "users"), rest, rq, rp)) {
        return;
    } else if (str_eqz(part, "installation") && str_eqz(rest, "/repositories")) {
        answer_installed_repos(g, rq, rp);
    } else if ((str_eqz(part, "orgs") || str_eqz(part, "users")) && take(&rest, &id) &&
               take(&rest, &tail) && str_eqz(tail, "repos") && !rest.n) {
        answer_owner_repos(g, id, rq, rp);
    } else {
        not_found(rp);
    }
}

void github_answer(struct github *g, const struct request *rq, struct reply *rp)
{
    struct gh_token *t = token_of(g, rq);

    rp->class_ = "github.other";
    if (!t) {
        gh_refuse(rp, 500, "Server Error");
        return;
    }
    if (!stopped_at_door(g, rq, t, rp)) {
        route(g, rq, t, rp);
        /* A 304 is free, and asking for the limit is too. */
        if (rp->status != 304 && strcmp(rp->class_, "github.rate_limit") != 0) {
            t->used++;
        }
    }
    g->requests++;
    add_limit_headers(g, rq, t, rp);
    reply_header(rp, "X-GitHub-Request-Id",
                 "A1B2:3C4D5:%" PRIX64 ":%" PRIX64 ":6921B2C7", g->requests,
                 g->requests * 2654435761U % 0xffffff);
    reply_header(rp, "X-GitHub-Api-Version-Selected", "%s",
                 is_new_version(rq) ? VERSION_NEW : VERSION_OLD);
    reply_header(rp, "X-GitHub-Media-Type", "github.v3; format=json");
    reply_header(rp, "Server", "github.com");
    reply_header(rp, "Cache-Control", "private, max-age=60, s-maxage=60");
    reply_header(rp, "X-Content-Type-Options", "nosniff");
}

bool github_browse(struct github *g, const char *path, struct reply *rp)
{
    struct str rest = str_of(path), owner, name, kind, digits;
    char full[256];
    struct buf b;
    uint64_t number;
    struct gh_repo *r;
    const struct gh_issue *i;

    if (!take(&rest, &owner) || !take(&rest, &name) || !take(&rest, &kind) ||
        !take(&rest, &digits) || rest.n || !str_to_u64(digits, &number) ||
        (!str_eqz(kind, "issues") && !str_eqz(kind, "pull"))) {
        return false;
    }
    buf_init_fixed(&b, full, sizeof full);
    buf_printf(&b, "%.*s/%.*s", STR_FMT(owner), STR_FMT(name));
    r = gh_repo_find(g, full);
    i = r ? gh_issue_find(r, number) : NULL;
    if (!i || !i->model) {
        return false;
    }
    rp->class_ = "browse";
    rp->type = "text/plain; charset=utf-8";
    buf_printf(&rp->body, "%s #%u (%s)\n%s\n\n%s\n", full, i->number,
               i->open ? "open" : "closed", json_text(i->model, "title", ""),
               json_text(i->model, "body", ""));
    return true;
}
