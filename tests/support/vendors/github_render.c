/* Issues and repositories of a company file in the shape GitHub serves. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/jsonw.h"
#include "base/sign.h"
#include "tests/support/vendors/github_repo.h"

#define TEXT_CEILING ((size_t)16 << 20)
#define NODE_SEED 11

/* "key": "FORMAT" for the many URLs of every object. */
PRINTF(3, 4)
static void add_url(struct jsonw *w, const char *key, const char *fmt, ...)
{
    char mem[1024];
    struct buf url;
    va_list ap;

    buf_init_fixed(&url, mem, sizeof mem);
    va_start(ap, fmt);
    buf_vprintf(&url, fmt, ap);
    va_end(ap);
    jsonw_str(w, key, buf_str(&url));
}

/* Opaque, as GitHub's are: a prefix of letters, then base64. */
static void add_node_id(struct jsonw *w, const char *prefix, int64_t id)
{
    char mem[64];
    struct buf text;
    uint64_t h = hash64(&id, sizeof id, NODE_SEED);

    buf_init_fixed(&text, mem, sizeof mem);
    buf_addz(&text, prefix);
    buf_addz(&text, "_kwDO");
    sign_base64url(&text, (struct str){(const char *)&h, sizeof h});
    jsonw_str(w, "node_id", buf_str(&text));
}

/* A path segment, percent-encoded. */
static void encode(struct buf *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || strchr("-._~:", *text);

        if (plain) {
            buf_addc(out, *text);
        } else {
            buf_printf(out, "%%%02X", (unsigned char)*text);
        }
    }
}

static void add_user_members(struct jsonw *w, const struct github *g,
                             const struct person *who)
{
    static const char *const tails[][2] = {
        {"followers_url", "/followers"},
        {"following_url", "/following{/other_user}"},
        {"gists_url", "/gists{/gist_id}"},
        {"starred_url", "/starred{/owner}{/repo}"},
        {"subscriptions_url", "/subscriptions"},
        {"organizations_url", "/orgs"},
        {"repos_url", "/repos"},
        {"events_url", "/events{/privacy}"},
        {"received_events_url", "/received_events"},
    };

    char mem[512];
    const char *login;
    struct buf b;

    /* renovate[bot] is at users/renovate%5Bbot%5D. */
    buf_init_fixed(&b, mem, sizeof mem);
    encode(&b, who->login);
    login = buf_cstr(&b);
    jsonw_strz(w, "login", who->login);
    jsonw_int(w, "id", who->github_id);
    add_node_id(w, "U", who->github_id);
    add_url(w, "avatar_url", "https://avatars.githubusercontent.com/u/%" PRId64 "?v=4",
            who->github_id);
    jsonw_strz(w, "gravatar_id", "");
    add_url(w, "url", "%s/users/%s", g->api, login);
    add_url(w, "html_url", "%s/%s", g->web, login);
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        add_url(w, tails[i][0], "%s/users/%s%s", g->api, login, tails[i][1]);
    }
    jsonw_strz(w, "type", who->bot ? "Bot" : "User");
    jsonw_strz(w, "user_view_type", "public");
    jsonw_bool(w, "site_admin", false);
}

static void add_user(struct jsonw *w, const char *key, const struct github *g,
                     const struct person *who)
{
    if (!who) {
        jsonw_null(w, key);
        return;
    }
    jsonw_object(w, key);
    add_user_members(w, g, who);
    jsonw_end_object(w);
}

void gh_render_user(struct buf *out, const struct github *g, const struct person *who)
{
    struct jsonw w;

    jsonw_init(&w, out);
    add_user(&w, NULL, g, who);
}

void gh_render_profile(struct buf *out, const struct github *g,
                       const struct person *who)
{
    static const char *const nulls[] = {"company", "location",         "email",
                                        "bio",     "twitter_username", "hireable"};
    static const char *const counts[] = {"public_repos", "public_gists", "followers",
                                         "following"};
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    add_user_members(&w, g, who);
    jsonw_strz(&w, "name", who->name);
    jsonw_strz(&w, "blog", "");
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
        jsonw_null(&w, nulls[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        jsonw_int(&w, counts[i], 0);
    }
    jsonw_strz(&w, "created_at", "2024-03-04T08:15:00Z");
    jsonw_strz(&w, "updated_at", "2024-03-04T08:15:00Z");
    jsonw_end_object(&w);
}

/* A label, milestone or field of the repository by its key; NULL: not declared. */
static const json_t *declared(const struct gh_repo *r, const char *list,
                              const char *key, const json_t *value)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(r->model, list), i, one)
    {
        if (json_equal(json_object_get(one, key), value)) {
            return one;
        }
    }
    return NULL;
}

static int64_t stable_id(const char *text)
{
    return (int64_t)(hash64(text, strlen(text), NODE_SEED) % 9000000000) + 1000000000;
}

static void add_labels(struct jsonw *w, const struct gh_repo *r, const json_t *labels)
{
    const json_t *label;
    size_t i;

    jsonw_array(w, "labels");
    json_array_foreach(labels, i, label)
    {
        const char *name = json_string_value(label);
        const json_t *d = declared(r, "labels", "name", label);
        char mem[512];
        struct buf segment;

        if (!name) {
            continue;
        }
        buf_init_fixed(&segment, mem, sizeof mem);
        encode(&segment, name);
        jsonw_object(w, NULL);
        jsonw_int(w, "id", stable_id(name));
        add_node_id(w, "LA", stable_id(name));
        add_url(w, "url", "%s/repos/%s/labels/%s", r->github->api, r->full, mem);
        jsonw_strz(w, "name", name);
        jsonw_strz(w, "color", json_text(d, "color", "ededed"));
        jsonw_bool(w, "default", strcmp(name, "bug") == 0);
        jsonw_strz(w, "description", json_text(d, "description", NULL));
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_milestone(struct jsonw *w, const struct gh_repo *r, const json_t *m)
{
    int64_t n = json_number(m, "number", 0), open = 0, closed = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (json_number(r->issues[i].model, "milestone", 0) == n) {
            open += r->issues[i].open;
            closed += !r->issues[i].open;
        }
    }
    add_url(w, "url", "%s/repos/%s/milestones/%" PRId64, r->github->api, r->full, n);
    add_url(w, "html_url", "%s/%s/milestone/%" PRId64, r->github->web, r->full, n);
    add_url(w, "labels_url", "%s/repos/%s/milestones/%" PRId64 "/labels",
            r->github->api, r->full, n);
    jsonw_int(w, "id", r->id / 1000 + n);
    add_node_id(w, "MI", r->id / 1000 + n);
    jsonw_int(w, "number", n);
    jsonw_strz(w, "title", json_text(m, "title", ""));
    jsonw_strz(w, "description", json_text(m, "description", NULL));
    jsonw_null(w, "creator");
    jsonw_int(w, "open_issues", open);
    jsonw_int(w, "closed_issues", closed);
    jsonw_strz(w, "state", json_text(m, "state", "open"));
    jsonw_strz(w, "created_at", json_text(m, "created", "2026-01-05T09:00:00Z"));
    jsonw_strz(w, "updated_at", json_text(m, "updated", "2026-01-05T09:00:00Z"));
    jsonw_strz(w, "due_on", json_text(m, "due", NULL));
    jsonw_strz(w, "closed_at", json_text(m, "closed", NULL));
}

static void add_milestone(struct jsonw *w, const struct gh_repo *r,
                          const json_t *number)
{
    const json_t *m = number ? declared(r, "milestones", "number", number) : NULL;

    if (!m) {
        jsonw_null(w, "milestone");
        return;
    }
    jsonw_object(w, "milestone");
    put_milestone(w, r, m);
    jsonw_end_object(w);
}

void gh_render_milestone(struct buf *out, const struct gh_repo *r, const json_t *m)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    put_milestone(&w, r, m);
    jsonw_end_object(&w);
}

static void add_type(struct jsonw *w, const char *name)
{
    if (!name) {
        jsonw_null(w, "type");
        return;
    }
    jsonw_object(w, "type");
    jsonw_int(w, "id", stable_id(name) % 10000000);
    add_node_id(w, "IT", stable_id(name) % 10000000);
    jsonw_strz(w, "name", name);
    jsonw_null(w, "description");
    jsonw_strz(w, "color", "blue");
    jsonw_strz(w, "created_at", "2025-01-14T20:47:31Z");
    jsonw_strz(w, "updated_at", "2025-01-14T20:47:31Z");
    jsonw_bool(w, "is_enabled", true);
    jsonw_end_object(w);
}

/* A single_select `value` is the id of the option: its name stands beside it. */
static void add_field(struct jsonw *w, const char *name, const json_t *value)
{
    jsonw_object(w, NULL);
    jsonw_int(w, "issue_field_id", stable_id(name) % 100000000);
    jsonw_strz(w, "issue_field_name", name);
    add_node_id(w, "IFSS", stable_id(name));
    if (json_is_integer(value)) {
        jsonw_strz(w, "data_type", "number");
        jsonw_int(w, "value", (int64_t)json_integer_value(value));
    } else {
        const char *text = json_string_value(value);
        int64_t option = stable_id(text ? text : "") % 100000000;

        jsonw_strz(w, "data_type", "single_select");
        jsonw_int(w, "value", option);
        jsonw_object(w, "single_select_option");
        jsonw_int(w, "id", option);
        jsonw_strz(w, "name", text);
        jsonw_strz(w, "color", "blue");
        jsonw_end_object(w);
    }
    jsonw_end_object(w);
}

static void add_fields(struct jsonw *w, json_t *fields)
{
    const char *name;
    json_t *value;

    jsonw_array(w, "issue_field_values");
    json_object_foreach(fields, name, value)
    {
        add_field(w, name, value);
    }
    jsonw_end_array(w);
}

static void add_reactions(struct jsonw *w, const char *url)
{
    static const char *const kinds[] = {"+1",       "-1",    "laugh",  "hooray",
                                        "confused", "heart", "rocket", "eyes"};

    jsonw_object(w, "reactions");
    add_url(w, "url", "%s/reactions", url);
    jsonw_int(w, "total_count", 0);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        jsonw_int(w, kinds[i], 0);
    }
    jsonw_end_object(w);
}

static void add_people(struct jsonw *w, const struct gh_repo *r, const json_t *m)
{
    const json_t *list = json_object_get(m, "assignees"), *who;
    size_t i;

    add_user(w, "assignee", r->github,
             staff_get(r->github->people, json_string_value(json_array_get(list, 0))));
    jsonw_array(w, "assignees");
    json_array_foreach(list, i, who)
    {
        add_user(w, NULL, r->github,
                 staff_get(r->github->people, json_string_value(who)));
    }
    jsonw_end_array(w);
}

static void add_pull(struct jsonw *w, const struct gh_repo *r, const struct gh_issue *i)
{
    jsonw_bool(w, "draft", json_flag(i->model, "draft", false));
    jsonw_object(w, "pull_request");
    add_url(w, "url", "%s/repos/%s/pulls/%u", r->github->api, r->full, i->number);
    add_url(w, "html_url", "%s/%s/pull/%u", r->github->web, r->full, i->number);
    add_url(w, "diff_url", "%s/%s/pull/%u.diff", r->github->web, r->full, i->number);
    add_url(w, "patch_url", "%s/%s/pull/%u.patch", r->github->web, r->full, i->number);
    jsonw_strz(w, "merged_at", json_text(i->model, "merged", NULL));
    jsonw_end_object(w);
}

/* Children in any repository: a parent may be named from elsewhere. */
static void count_children(const struct gh_repo *r, const struct gh_issue *parent,
                           int64_t *ret_total, int64_t *ret_done)
{
    *ret_total = *ret_done = 0;
    for (size_t k = 0; k < r->github->n_repos; k++) {
        const struct gh_repo *other = r->github->repos[k];

        for (size_t i = 0; i < other->n; i++) {
            const json_t *ref = json_object_get(other->issues[i].model, "parent");
            struct gh_repo *in = NULL;

            if (ref && !other->issues[i].gone &&
                gh_issue_of_ref(other, ref, &in) == parent) {
                ++*ret_total;
                *ret_done += !other->issues[i].open;
            }
        }
    }
}

static void add_summaries(struct jsonw *w, const struct gh_repo *r,
                          const struct gh_issue *i)
{
    const json_t *ref = json_object_get(i->model, "parent");
    struct gh_blocked blocked;
    int64_t total, done;
    struct gh_repo *in = NULL;
    const struct gh_issue *parent = ref ? gh_issue_of_ref(r, ref, &in) : NULL;

    count_children(r, i, &total, &done);
    gh_blocked_count(r, i, &blocked);
    jsonw_object(w, "sub_issues_summary");
    jsonw_int(w, "total", total);
    jsonw_int(w, "completed", done);
    jsonw_int(w, "percent_completed", total ? done * 100 / total : 0);
    jsonw_end_object(w);
    jsonw_object(w, "issue_dependencies_summary");
    jsonw_int(w, "blocked_by", blocked.by);
    jsonw_int(w, "total_blocked_by", blocked.all_by);
    jsonw_int(w, "blocking", blocked.blocking);
    jsonw_int(w, "total_blocking", blocked.all_blocking);
    jsonw_end_object(w);
    if (parent) {
        add_url(w, "parent_issue_url", "%s/repos/%s/issues/%u", r->github->api,
                in->full, parent->number);
    }
}

static void render(struct buf *out, const struct gh_repo *r, const struct gh_issue *i)
{
    static const char *const tails[][2] = {{"labels_url", "/labels{/name}"},
                                           {"comments_url", "/comments"},
                                           {"events_url", "/events"}};
    const struct github *g = r->github;
    const json_t *m = i->model;
    char url[512];
    struct jsonw w;
    struct buf self;

    buf_init_fixed(&self, url, sizeof url);
    buf_printf(&self, "%s/repos/%s/issues/%u", g->api, r->full, i->number);
    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "url", buf_str(&self));
    add_url(&w, "repository_url", "%s/repos/%s", g->api, r->full);
    for (size_t k = 0; k < ARRAY_LEN(tails); k++) {
        add_url(&w, tails[k][0], "%s%s", url, tails[k][1]);
    }
    add_url(&w, "html_url", "%s/%s/%s/%u", g->web, r->full, i->pull ? "pull" : "issues",
            i->number);
    jsonw_int(&w, "id", i->id);
    add_node_id(&w, i->pull ? "PR" : "I", i->id);
    jsonw_int(&w, "number", i->number);
    jsonw_strz(&w, "title", json_text(m, "title", ""));
    add_user(&w, "user", g, staff_get(g->people, json_text(m, "author", "ghost")));
    add_labels(&w, r, json_object_get(m, "labels"));
    jsonw_strz(&w, "state", i->open ? "open" : "closed");
    jsonw_bool(&w, "locked", json_flag(m, "locked", false));
    add_people(&w, r, m);
    add_milestone(&w, r, json_object_get(m, "milestone"));
    jsonw_int(&w, "comments", json_number(m, "comments", 0));
    jsonw_strz(&w, "created_at", json_text(m, "created", NULL));
    jsonw_strz(&w, "updated_at", json_text(m, "updated", NULL));
    jsonw_strz(&w, "closed_at", json_text(m, "closed", NULL));
    jsonw_strz(&w, "author_association", json_text(m, "association", "MEMBER"));
    add_type(&w, json_text(m, "type", NULL));
    jsonw_null(&w, "active_lock_reason");
    if (i->pull) {
        add_pull(&w, r, i);
    }
    add_summaries(&w, r, i);
    add_fields(&w, json_object_get(m, "fields"));
    jsonw_strz(&w, "body", json_text(m, "body", NULL));
    add_user(&w, "closed_by", g,
             i->open ? NULL : staff_get(g->people, json_text(m, "closed_by", NULL)));
    add_reactions(&w, url);
    add_url(&w, "timeline_url", "%s/timeline", url);
    jsonw_null(&w, "performed_via_github_app");
    jsonw_strz(&w, "state_reason",
               json_text(m, "state_reason", i->open ? NULL : "completed"));
    jsonw_end_object(&w);
}

bool gh_render_repo(struct gh_repo *r, struct err *e)
{
    for (size_t i = 0; i < r->n; i++) {
        struct buf text;
        char *bytes;
        size_t n;

        if (!r->issues[i].model) {
            continue;
        }
        buf_init(&text, TEXT_CEILING);
        render(&text, r, &r->issues[i]);
        if (!buf_check(&text, e)) {
            buf_finish(&text);
            return false;
        }
        bytes = buf_take(&text, &n);
        gh_issue_set_text(&r->issues[i], bytes, n);
    }
    return true;
}

/* ---- repositories ---- */

static const char *const repo_tails[][2] = {
    {"archive_url", "/{archive_format}{/ref}"},
    {"assignees_url", "/assignees{/user}"},
    {"blobs_url", "/git/blobs{/sha}"},
    {"branches_url", "/branches{/branch}"},
    {"collaborators_url", "/collaborators{/collaborator}"},
    {"comments_url", "/comments{/number}"},
    {"commits_url", "/commits{/sha}"},
    {"compare_url", "/compare/{base}...{head}"},
    {"contents_url", "/contents/{+path}"},
    {"contributors_url", "/contributors"},
    {"deployments_url", "/deployments"},
    {"downloads_url", "/downloads"},
    {"events_url", "/events"},
    {"forks_url", "/forks"},
    {"git_commits_url", "/git/commits{/sha}"},
    {"git_refs_url", "/git/refs{/sha}"},
    {"git_tags_url", "/git/tags{/sha}"},
    {"hooks_url", "/hooks"},
    {"issue_comment_url", "/issues/comments{/number}"},
    {"issue_events_url", "/issues/events{/number}"},
    {"issues_url", "/issues{/number}"},
    {"keys_url", "/keys{/key_id}"},
    {"labels_url", "/labels{/name}"},
    {"languages_url", "/languages"},
    {"merges_url", "/merges"},
    {"milestones_url", "/milestones{/number}"},
    {"notifications_url", "/notifications{?since,all,participating}"},
    {"pulls_url", "/pulls{/number}"},
    {"releases_url", "/releases{/id}"},
    {"stargazers_url", "/stargazers"},
    {"statuses_url", "/statuses/{sha}"},
    {"subscribers_url", "/subscribers"},
    {"subscription_url", "/subscription"},
    {"tags_url", "/tags"},
    {"teams_url", "/teams"},
    {"trees_url", "/git/trees{/sha}"},
};

static int64_t open_issues(const struct gh_repo *r)
{
    int64_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        n += r->issues[i].open && !r->issues[i].gone;
    }
    return n;
}

static void add_repo_facts(struct jsonw *w, const struct gh_repo *r)
{
    static const char *const counts[] = {"forks_count",    "stargazers_count",
                                         "watchers_count", "subscribers_count",
                                         "network_count",  "forks",
                                         "watchers",       "size"};
    static const char *const nulls[] = {"homepage", "language", "mirror_url",
                                        "license"};
    char when[40];
    struct buf iso;

    buf_init_fixed(&iso, when, sizeof when);
    date_print_iso(&iso, (struct wall){r->github->start.ms / 1000 * 1000});
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        jsonw_int(w, counts[i], 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
        jsonw_null(w, nulls[i]);
    }
    jsonw_strz(w, "default_branch", "main");
    jsonw_int(w, "open_issues_count", open_issues(r));
    jsonw_int(w, "open_issues", open_issues(r));
    jsonw_bool(w, "has_issues", !r->no_issues);
    jsonw_bool(w, "has_projects", true);
    jsonw_bool(w, "has_wiki", false);
    jsonw_bool(w, "has_pages", false);
    jsonw_bool(w, "has_discussions", false);
    jsonw_bool(w, "has_pull_requests", true);
    jsonw_bool(w, "archived", json_flag(r->model, "archived", false));
    jsonw_bool(w, "disabled", false);
    jsonw_strz(w, "visibility", r->is_private ? "private" : "public");
    jsonw_strz(w, "pushed_at", when);
    jsonw_strz(w, "created_at", "2024-03-04T08:15:00Z");
    jsonw_strz(w, "updated_at", when);
}

void gh_render_repository(struct buf *out, const struct gh_repo *r)
{
    const struct github *g = r->github;
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "id", r->id);
    add_node_id(&w, "R", r->id);
    jsonw_strz(&w, "name", r->name);
    jsonw_strz(&w, "full_name", r->full);
    jsonw_bool(&w, "private", r->is_private);
    add_user(&w, "owner", g, staff_get(g->people, r->owner));
    add_url(&w, "html_url", "%s/%s", g->web, r->full);
    jsonw_strz(&w, "description", json_text(r->model, "description", NULL));
    jsonw_bool(&w, "fork", json_flag(r->model, "fork", false));
    add_url(&w, "url", "%s/repos/%s", g->api, r->full);
    for (size_t i = 0; i < ARRAY_LEN(repo_tails); i++) {
        add_url(&w, repo_tails[i][0], "%s/repos/%s%s", g->api, r->full,
                repo_tails[i][1]);
    }
    add_url(&w, "clone_url", "%s/%s.git", g->web, r->full);
    add_url(&w, "svn_url", "%s/%s", g->web, r->full);
    add_url(&w, "git_url", "git://github.example/%s.git", r->full);
    add_url(&w, "ssh_url", "git@github.example:%s.git", r->full);
    add_repo_facts(&w, r);
    jsonw_array(&w, "topics");
    jsonw_end_array(&w);
    jsonw_object(&w, "permissions");
    jsonw_bool(&w, "admin", false);
    jsonw_bool(&w, "maintain", false);
    jsonw_bool(&w, "push", false);
    jsonw_bool(&w, "triage", false);
    jsonw_bool(&w, "pull", true);
    jsonw_end_object(&w);
    jsonw_end_object(&w);
}
