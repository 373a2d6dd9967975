#include "tests/support/vendors/github_repo.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_REPO_ID 914000000
#define HASH_SEED 3

struct gh_repo *gh_repo_find(const struct github *g, const char *full)
{
    for (size_t i = 0; i < g->n_repos; i++) {
        if (str_eq_nocase(str_of(g->repos[i]->full), str_of(full))) {
            return g->repos[i];
        }
    }
    return NULL;
}

struct gh_repo *gh_repo_by_id(const struct github *g, int64_t id)
{
    for (size_t i = 0; i < g->n_repos; i++) {
        if (g->repos[i]->id == id) {
            return g->repos[i];
        }
    }
    return NULL;
}

struct gh_repo *gh_repo_renamed(const struct github *g, const char *full)
{
    for (size_t i = 0; i < g->n_repos; i++) {
        const json_t *was = json_object_get(g->repos[i]->model, "was");
        const json_t *name;
        size_t k;

        json_array_foreach(was, k, name)
        {
            if (str_eq_nocase(str_of(json_string_value(name)), str_of(full))) {
                return g->repos[i];
            }
        }
    }
    return NULL;
}

void gh_repo_destroy(struct gh_repo *r)
{
    if (!r) {
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        json_decref(r->issues[i].model);
        free(r->issues[i].text);
    }
    for (size_t i = 0; i < GH_VIEWS; i++) {
        free(r->views[i].at);
    }
    for (size_t i = 0; i < r->n_users; i++) {
        blob_unref(r->users[i]);
    }
    free(r->users);
    free(r->issues);
    json_decref(r->model);
    free(r->full);
    free(r->owner);
    free(r->name);
    free(r);
}

static bool set_names(struct gh_repo *r, const char *full)
{
    const char *slash = strchr(full, '/');

    r->full = strdup(full);
    r->owner = slash ? strndup(full, (size_t)(slash - full)) : NULL;
    r->name = slash ? strdup(slash + 1) : NULL;
    return r->full && r->owner && r->name;
}

struct gh_repo *gh_repo_add(struct github *g, const char *full, struct err *e)
{
    const char *slash = strchr(full, '/');
    struct gh_repo **more, *r;

    if (!slash || slash == full || !slash[1] || strchr(slash + 1, '/')) {
        err_set(e, ERR_USAGE, "'%s' is not owner/name", full);
        return NULL;
    }
    if (gh_repo_find(g, full)) {
        err_set(e, ERR_USAGE, "repository %s is there twice", full);
        return NULL;
    }
    r = calloc(1, sizeof *r);
    more = reallocarray(g->repos, g->n_repos + 1, sizeof(*more));
    if (more) {
        g->repos = more;
    }
    if (!r || !more || !set_names(r, full)) {
        gh_repo_destroy(r);
        err_nomem(e);
        return NULL;
    }
    r->github = g;
    r->index = g->n_repos;
    r->id = FIRST_REPO_ID + (int64_t)g->n_repos * 1000003;
    r->version = 1;
    r->model = json_object();
    g->repos[g->n_repos++] = r;
    return r;
}

/* Where the issue is, or where it belongs. */
static size_t place(const struct gh_repo *r, uint64_t number)
{
    size_t lo = 0, hi = r->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (r->issues[mid].number < number) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

struct gh_issue *gh_issue_find(const struct gh_repo *r, uint64_t number)
{
    size_t at = place(r, number);

    return at < r->n && r->issues[at].number == number ? &r->issues[at] : NULL;
}

struct gh_issue *gh_issue_add(struct gh_repo *r, uint32_t number)
{
    size_t at = place(r, number);
    struct gh_issue *i;

    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        struct gh_issue *more = reallocarray(r->issues, cap, sizeof *more);

        if (!more) {
            return NULL;
        }
        r->issues = more;
        r->cap = cap;
    }
    i = &r->issues[at];
    memmove(i + 1, i, (r->n - at) * sizeof *i);
    memset(i, 0, sizeof *i);
    i->number = number;
    /* Above 2^32: the description says int64, and real ones are not far from it. */
    i->id = 4300000000 + (int64_t)r->index * 10000000 + number;
    r->n++;
    r->version++;
    return i;
}

void gh_issue_set_text(struct gh_issue *i, char *text, size_t n)
{
    struct str all = {text, n};
    /* Inside a string the quotes would be escaped: this is the member itself. */
    ptrdiff_t from = str_find(all, STR("\"assignee\":"));
    ptrdiff_t to = str_find(all, STR("\"assignees\":"));

    free(i->text);
    i->text = text;
    i->n_text = (uint32_t)n;
    i->cut = from >= 0 && to > from ? (uint32_t)from : 0;
    i->n_cut = from >= 0 && to > from ? (uint32_t)(to - from) : 0;
    i->hash = hash64(text, n, HASH_SEED);
}

struct gh_issue *gh_issue_of_ref(const struct gh_repo *r, const json_t *ref,
                                 struct gh_repo **ret_repo)
{
    const char *text = json_string_value(ref);
    const char *mark = text ? strchr(text, '#') : NULL;
    uint64_t number = 0;
    char full[256];

    if (json_is_integer(ref)) {
        *ret_repo = gh_repo_by_id(r->github, r->id);
        return gh_issue_find(r, (uint64_t)json_integer_value(ref));
    }
    if (!mark || (size_t)(mark - text) >= sizeof full ||
        !str_to_u64(str_of(mark + 1), &number)) {
        return NULL;
    }
    memcpy(full, text, (size_t)(mark - text));
    full[mark - text] = '\0';
    *ret_repo = gh_repo_find(r->github, full);
    return *ret_repo ? gh_issue_find(*ret_repo, number) : NULL;
}

/* ---- views ---- */

int64_t gh_issue_key(const struct gh_issue *i, enum gh_sort sort)
{
    return sort == GH_UPDATED ? i->updated : i->created;
}

struct sorting {
    const struct gh_repo *repo;
    enum gh_sort by;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct sorting *how = arg;
    const uint32_t *x = a, *y = b;
    int64_t kx = gh_issue_key(&how->repo->issues[*x], how->by);
    int64_t ky = gh_issue_key(&how->repo->issues[*y], how->by);

    return kx != ky ? (kx > ky) - (kx < ky) : (*x > *y) - (*x < *y);
}

static bool belongs(const struct gh_issue *i, const struct gh_view *v)
{
    /* "since" takes the second it names: clients overlap because of it. */
    return !i->gone && i->updated >= v->since &&
           (v->state == GH_ALL || i->open == (v->state == GH_OPEN));
}

static bool fill_view(struct gh_repo *r, struct gh_view *v)
{
    struct sorting how = {r, v->sort};
    bool sorted = true;
    uint32_t *at = reallocarray(v->at, r->n + 1, sizeof *at);

    if (!at) {
        return false;
    }
    v->at = at;
    v->n = 0;
    for (uint32_t i = 0; i < r->n; i++) {
        if (belongs(&r->issues[i], v)) {
            v->at[v->n++] = i;
            sorted = sorted && (v->n < 2 ||
                                compare(&v->at[v->n - 2], &v->at[v->n - 1], &how) < 0);
        }
    }
    if (!sorted) {
        qsort_r(v->at, v->n, sizeof *v->at, compare, &how);
    }
    v->version = r->version;
    return true;
}

const struct gh_view *gh_repo_view(struct gh_repo *r, enum gh_state state,
                                   enum gh_sort sort, int64_t since)
{
    struct gh_view *oldest = &r->views[0];

    for (size_t i = 0; i < GH_VIEWS; i++) {
        struct gh_view *v = &r->views[i];

        if (v->at && v->version == r->version && v->state == state && v->sort == sort &&
            v->since == since) {
            v->used = ++r->clock;
            return v;
        }
        if (v->used < oldest->used) {
            oldest = v;
        }
    }
    oldest->state = state;
    oldest->sort = sort;
    oldest->since = since;
    oldest->used = ++r->clock;
    return fill_view(r, oldest) ? oldest : NULL;
}
