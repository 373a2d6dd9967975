/* What issues wait for, `blocked_by` of the company file, told from both sides. */
#include <inttypes.h>

#include "tests/support/vendors/github_repo.h"

#define PER_PAGE 30
#define PER_PAGE_MAX 100

/* ---- who waits for whom ---- */

static const json_t *list_of(const struct gh_issue *i)
{
    return json_object_get(i->model, "blocked_by");
}

/* What the reference names; NULL: nothing that is there. */
static const struct gh_issue *blocker(const struct gh_repo *r, const json_t *ref,
                                      struct gh_repo **ret_in)
{
    const struct gh_issue *i = gh_issue_of_ref(r, ref, ret_in);

    return i && !i->gone ? i : NULL;
}

static bool waits_for(const struct gh_repo *r, const struct gh_issue *i,
                      const struct gh_issue *what)
{
    struct gh_repo *in = NULL;
    const json_t *ref;
    size_t k;

    json_array_foreach(list_of(i), k, ref)
    {
        if (blocker(r, ref, &in) == what) {
            return true;
        }
    }
    return false;
}

/* The next that waits for `what`, after *repo and *at; NULL: that was the last. */
static const struct gh_issue *next_waiting(const struct github *g,
                                           const struct gh_issue *what, size_t *repo,
                                           size_t *at)
{
    for (; *repo < g->n_repos; ++*repo, *at = 0) {
        const struct gh_repo *r = g->repos[*repo];

        while (*at < r->n) {
            const struct gh_issue *i = &r->issues[(*at)++];

            if (!i->gone && list_of(i) && waits_for(r, i, what)) {
                return i;
            }
        }
    }
    return NULL;
}

void gh_blocked_count(const struct gh_repo *r, const struct gh_issue *i,
                      struct gh_blocked *ret)
{
    const struct gh_issue *other;
    size_t k, repo = 0, at = 0;
    struct gh_repo *in = NULL;
    const json_t *ref;

    *ret = (struct gh_blocked){0};
    json_array_foreach(list_of(i), k, ref)
    {
        other = blocker(r, ref, &in);
        ret->all_by += other != NULL;
        ret->by += other && other->open;
    }
    while ((other = next_waiting(r->github, i, &repo, &at))) {
        ret->all_blocking++;
        ret->blocking += other->open;
    }
}

/* ---- the lists ---- */

struct page {
    const struct request *rq;
    struct reply *rp;
    int64_t first, end, seen;
    bool without_assignee;
};

static void begin(struct page *p)
{
    int64_t per_page = request_int(p->rq, "per_page", PER_PAGE),
            page = request_int(p->rq, "page", 1);

    per_page = per_page < 1              ? PER_PAGE
               : per_page > PER_PAGE_MAX ? PER_PAGE_MAX
                                         : per_page;
    page = page < 1 ? 1 : page > UINT16_MAX ? UINT16_MAX : page;
    p->first = (page - 1) * per_page;
    p->end = p->first + per_page;
    buf_addc(&p->rp->body, '[');
}

static void put(struct page *p, const struct gh_repo *r, const struct gh_issue *i)
{
    if (p->seen >= p->first && p->seen < p->end) {
        buf_addz(&p->rp->body, p->seen > p->first ? "," : "");
        gh_list_text(&p->rp->body, r, i, p->without_assignee);
    }
    p->seen++;
}

static void put_blockers(struct page *p, const struct gh_repo *r,
                         const struct gh_issue *i)
{
    struct gh_repo *in = NULL;
    const json_t *ref;
    size_t k;

    json_array_foreach(list_of(i), k, ref)
    {
        const struct gh_issue *other = blocker(r, ref, &in);

        if (other) {
            put(p, in, other);
        }
    }
}

static void put_waiting(struct page *p, const struct gh_repo *r,
                        const struct gh_issue *i)
{
    const struct gh_issue *other;
    size_t repo = 0, at = 0;

    while ((other = next_waiting(r->github, i, &repo, &at))) {
        put(p, r->github->repos[repo], other);
    }
}

void gh_blocked(const struct gh_repo *r, const struct gh_issue *i, bool blocking,
                bool without_assignee, const struct request *rq, struct reply *rp)
{
    struct page p = {.rq = rq, .rp = rp, .without_assignee = without_assignee};

    rp->class_ = blocking ? "github.blocking" : "github.blocked_by";
    begin(&p);
    if (blocking) {
        put_waiting(&p, r, i);
    } else {
        put_blockers(&p, r, i);
    }
    buf_addc(&rp->body, ']');
    if (p.end < p.seen) {
        reply_header(rp, "Link",
                     "<%s/repositories/%" PRId64 "/issues/%u/dependencies/%s?per_page="
                     "%" PRId64 "&page=%" PRId64 ">; rel=\"next\"",
                     r->github->api, r->id, i->number,
                     blocking ? "blocking" : "blocked_by", p.end - p.first,
                     p.end / (p.end - p.first) + 1);
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
}
