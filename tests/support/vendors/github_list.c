/*
 * Lists of issues: which ones, one page of them, the Link to the next, and
 * whether the client has it already.
 *
 * Short lists have numbered pages with rel="last"; from `cursor_after` issues
 * on a link carries an opaque cursor instead and a page number alone is
 * refused, as api.github.com does with large lists. A cursor names the issue it
 * follows, so an issue that changes meanwhile is met again, none is skipped.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/sign.h"
#include "tests/support/vendors/github_repo.h"

#define PER_PAGE 30
#define PER_PAGE_MAX 100
#define PAGE_MAX 100000000
#define TEXT_ESTIMATE 6200
#define CONTENT_SEED 17
#define DOCS "https://docs.github.com/rest/issues/issues#list-repository-issues"
#define CURSOR_MARK "cursor:v2:"

struct listing {
    enum gh_state state;
    enum gh_sort sort;
    bool descending;
    int64_t since; /* s */
    size_t per_page, page;
    const char *after, *before; /* cursors; NULL: by number */
};

/* The slice of a view that is the page; `from` counts in the order asked for. */
struct slice {
    const struct gh_view *view;
    size_t from, n;
};

static void refuse(struct reply *rp, const char *message)
{
    reply_json(rp, 422,
               json_pack("{s:s, s:s, s:s}", "message", message, "documentation_url",
                         DOCS, "status", "422"));
}

static bool read_since(const struct request *rq, struct listing *l)
{
    const char *text = request_arg(rq, "since");
    struct wall t;
    struct date day;

    if (!text || !*text) {
        return true;
    }
    if (date_parse(str_of(text), &day)) {
        l->since = date_to_days(day) * 86400;
        return true;
    }
    if (!date_parse_iso(str_of(text), &t)) {
        return false;
    }
    l->since = t.ms / 1000;
    return true;
}

/* Filters that GitHub has and this server does not would give wrong lists. */
static const char *unplayed_filter(const struct request *rq)
{
    static const char *const names[] = {
        "labels",    "milestone", "assignee",          "creator",
        "mentioned", "type",      "issue_field_values"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (request_arg(rq, names[i])) {
            return names[i];
        }
    }
    return NULL;
}

static const char *read_listing(const struct request *rq, struct listing *l)
{
    const char *state = request_arg(rq, "state");
    const char *sort = request_arg(rq, "sort");
    const char *direction = request_arg(rq, "direction");
    int64_t per_page = request_int(rq, "per_page", PER_PAGE);
    int64_t page = request_int(rq, "page", 1);

    *l = (struct listing){.state = GH_OPEN, .sort = GH_CREATED};
    if (unplayed_filter(rq)) {
        return "This server does not filter by labels, people, milestones or types.";
    }
    if (state && strcmp(state, "all") == 0) {
        l->state = GH_ALL;
    } else if (state && strcmp(state, "closed") == 0) {
        l->state = GH_CLOSED;
    } else if (state && strcmp(state, "open") != 0) {
        return "Validation Failed: state is open, closed or all";
    }
    /* An unknown sort is ignored, per_page out of range is mended. */
    if (sort && strcmp(sort, "updated") == 0) {
        l->sort = GH_UPDATED;
    }
    l->descending = !direction || strcmp(direction, "asc") != 0;
    l->per_page = per_page < 1              ? PER_PAGE
                  : per_page > PER_PAGE_MAX ? PER_PAGE_MAX
                                            : (size_t)per_page;
    l->page = page < 1 ? 1 : page > PAGE_MAX ? PAGE_MAX : (size_t)page;
    l->after = request_arg(rq, "after");
    l->before = request_arg(rq, "before");
    if (!read_since(rq, l)) {
        return "Validation Failed: since is not a date-time";
    }
    return NULL;
}

/* ---- cursors ---- */

static void put_be64(char *p, uint64_t v)
{
    for (int i = 7; i >= 0; i--) {
        p[i] = (char)(v & 0xff);
        v >>= 8;
    }
}

static uint64_t get_be64(const char *p)
{
    uint64_t v = 0;

    for (size_t i = 0; i < 8; i++) {
        v = v << 8 | (unsigned char)p[i];
    }
    return v;
}

/* A MessagePack array of time and number, as the real ones decode to. */
static void print_cursor(struct buf *out, int64_t key, uint32_t number)
{
    char raw[sizeof CURSOR_MARK - 1 + 19];
    char mem[96];
    struct buf text;
    size_t at = sizeof CURSOR_MARK - 1;

    memcpy(raw, CURSOR_MARK, at);
    raw[at] = (char)0x92;
    raw[at + 1] = (char)0xcf;
    put_be64(raw + at + 2, (uint64_t)key * 1000);
    raw[at + 10] = (char)0xcf;
    put_be64(raw + at + 11, number);
    buf_init_fixed(&text, mem, sizeof mem);
    sign_base64(&text, (struct str){raw, sizeof raw});
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '=':
            buf_addz(out, "%3D");
            break;
        case '+':
            buf_addz(out, "%2B");
            break;
        case '/':
            buf_addz(out, "%2F");
            break;
        default:
            buf_addc(out, text.p[i]);
            break;
        }
    }
}

static bool parse_cursor(const char *text, int64_t *ret_key, uint32_t *ret_number)
{
    char mem[96];
    struct buf raw;
    struct err e;
    size_t at = sizeof CURSOR_MARK - 1;

    buf_init_fixed(&raw, mem, sizeof mem);
    if (!sign_base64_decode(&raw, str_of(text), &e) || raw.n != at + 19 ||
        !str_has_prefix(buf_str(&raw), STR(CURSOR_MARK))) {
        return false;
    }
    *ret_key = (int64_t)(get_be64(raw.p + at + 2) / 1000);
    *ret_number = (uint32_t)get_be64(raw.p + at + 11);
    return true;
}

/* ---- the slice ---- */

static const struct gh_issue *at(const struct gh_repo *r, const struct listing *l,
                                 const struct gh_view *v, size_t k)
{
    return &r->issues[v->at[l->descending ? v->n - 1 - k : k]];
}

static bool comes_before(const struct gh_issue *i, const struct listing *l, int64_t key,
                         uint32_t number)
{
    int64_t k = gh_issue_key(i, l->sort);
    bool less = k != key ? k < key : i->number < number;
    bool same = k == key && i->number == number;

    return !same && (l->descending ? !less : less);
}

/* How many of the view stand before that place in the order asked for. */
static size_t count_before(const struct gh_repo *r, const struct listing *l,
                           const struct gh_view *v, int64_t key, uint32_t number)
{
    size_t lo = 0, hi = v->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (comes_before(at(r, l, v, mid), l, key, number)) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static const char *find_slice(struct gh_repo *r, const struct listing *l,
                              struct slice *s)
{
    size_t first = (l->page - 1) * l->per_page;
    int64_t key;
    uint32_t number;

    s->view = gh_repo_view(r, l->state, l->sort, l->since);
    if (!s->view) {
        return "out of memory";
    }
    if (l->after || l->before) {
        if (!parse_cursor(l->after ? l->after : l->before, &key, &number)) {
            return "The cursor is not valid.";
        }
        first = count_before(r, l, s->view, key, number);
        if (l->before) {
            s->from = first > l->per_page ? first - l->per_page : 0;
            s->n = first - s->from;
            return NULL;
        }
        if (first < s->view->n && at(r, l, s->view, first)->number == number &&
            gh_issue_key(at(r, l, s->view, first), l->sort) == key) {
            first++;
        }
    } else if (l->page > 1 && first >= r->github->o.cursor_after &&
               s->view->n > first) {
        return "Pagination with the page parameter is not supported for large "
               "datasets, "
               "please use cursor based pagination (after/before)";
    }
    s->from = first < s->view->n ? first : s->view->n;
    s->n = s->view->n - s->from < l->per_page ? s->view->n - s->from : l->per_page;
    return NULL;
}

/* ---- Link ---- */

/* The query as the client wrote it, without what says which page. */
static void print_base(struct buf *out, const struct gh_repo *r,
                       const struct request *rq)
{
    struct str rest = rq->query, part;
    bool any = false;

    buf_printf(out, "<%s/repositories/%" PRId64 "/issues?", r->github->api, r->id);
    while (str_split(&rest, '&', &part)) {
        if (!part.n || str_has_prefix(part, STR("page=")) ||
            str_has_prefix(part, STR("after=")) ||
            str_has_prefix(part, STR("before="))) {
            continue;
        }
        buf_printf(out, "%s%.*s", any ? "&" : "", STR_FMT(part));
        any = true;
    }
    if (any) {
        buf_addc(out, '&');
    }
}

static void add_link(struct buf *out, const struct gh_repo *r, const struct request *rq,
                     const char *rel, size_t page)
{
    buf_addz(out, out->n ? ", " : "");
    print_base(out, r, rq);
    buf_printf(out, "page=%zu>; rel=\"%s\"", page, rel);
}

static void add_cursor_link(struct buf *out, const struct gh_repo *r,
                            const struct request *rq, const struct listing *l,
                            const struct gh_issue *i, bool next)
{
    buf_addz(out, out->n ? ", " : "");
    print_base(out, r, rq);
    buf_addz(out, next ? "after=" : "before=");
    print_cursor(out, gh_issue_key(i, l->sort), i->number);
    buf_printf(out, "&page=%zu>; rel=\"%s\"",
               next ? l->page + 1 : (l->page > 1 ? l->page - 1 : 1),
               next ? "next" : "prev");
}

static void add_links(struct reply *rp, const struct gh_repo *r,
                      const struct request *rq, const struct listing *l,
                      const struct slice *s)
{
    size_t end = s->from + s->n;
    size_t last = (s->view->n + l->per_page - 1) / l->per_page;
    bool numbered = !l->after && !l->before && end < r->github->o.cursor_after;
    struct buf link;

    buf_init(&link, (size_t)16 << 10);
    if (s->from > 0 && numbered) {
        add_link(&link, r, rq, "prev", l->page - 1);
    } else if (s->from > 0 && s->n) {
        add_cursor_link(&link, r, rq, l, at(r, l, s->view, s->from), false);
    }
    if (end < s->view->n && numbered) {
        add_link(&link, r, rq, "next", l->page + 1);
        if (s->view->n <= r->github->o.cursor_after) {
            add_link(&link, r, rq, "last", last);
        }
    } else if (end < s->view->n && s->n) {
        add_cursor_link(&link, r, rq, l, at(r, l, s->view, end - 1), true);
    }
    if (s->from > 0 && numbered) {
        add_link(&link, r, rq, "first", 1);
    }
    if (link.n) {
        reply_header(rp, "Link", "%s", buf_cstr(&link));
    }
    buf_finish(&link);
}

/* ---- the page ---- */

static void print_unkept(struct buf *out, const struct gh_repo *r,
                         const struct gh_issue *i, bool without_assignee)
{
    size_t start = out->n;
    struct str text;
    ptrdiff_t from, to;

    gh_synth_render(out, r, i);
    if (!without_assignee || !buf_ok(out)) {
        return;
    }
    text = str_skip(buf_str(out), start);
    from = str_find(text, STR("\"assignee\":"));
    to = str_find(text, STR("\"assignees\":"));
    if (from >= 0 && to > from) {
        memmove(out->p + start + from, out->p + start + to, text.n - (size_t)to);
        buf_truncate(out, out->n - (size_t)(to - from));
    }
}

void gh_list_text(struct buf *out, const struct gh_repo *r, const struct gh_issue *i,
                  bool without_assignee)
{
    if (!i->text) {
        print_unkept(out, r, i, without_assignee);
        return;
    }
    if (without_assignee && i->n_cut) {
        buf_add(out, (struct str){i->text, i->cut});
        buf_add(out, (struct str){i->text + i->cut + i->n_cut,
                                  i->n_text - i->cut - i->n_cut});
        return;
    }
    buf_add(out, (struct str){i->text, i->n_text});
}

static void print_page(struct buf *out, const struct gh_repo *r,
                       const struct listing *l, const struct slice *s,
                       bool without_assignee)
{
    if (!buf_reserve(out, s->n * TEXT_ESTIMATE)) {
        return;
    }
    buf_addc(out, '[');
    for (size_t k = 0; k < s->n; k++) {
        if (k) {
            buf_addc(out, ',');
        }
        gh_list_text(out, r, at(r, l, s->view, s->from + k), without_assignee);
    }
    buf_addc(out, ']');
}

static uint64_t content_of(const struct gh_repo *r, const struct listing *l,
                           const struct slice *s, bool without_assignee)
{
    uint64_t h = hash64(&without_assignee, sizeof without_assignee, CONTENT_SEED);

    for (size_t k = 0; k < s->n; k++) {
        const struct gh_issue *i = at(r, l, s->view, s->from + k);

        h = hash64(&i->hash, sizeof i->hash, h);
    }
    return h;
}

/* If-None-Match of RFC 9110, 13.1.2: a list, or "*"; weak comparison. */
static bool names_etag(const char *header, const char *etag)
{
    struct str rest = str_of(header), one;

    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (str_eqz(one, "*") || str_eqz(one, etag)) {
            return true;
        }
        if (str_has_prefix(one, STR("\"")) && str_eqz(one, etag + 2)) {
            return true;
        }
    }
    return false;
}

bool gh_unchanged(const struct request *rq, struct reply *rp, uint64_t content)
{
    const char *token = request_header(rq, "Authorization");
    const char *known = request_header(rq, "If-None-Match");
    const char *links = buf_cstr(&rp->headers);
    uint64_t parts[4], *p = parts;
    char etag[80];
    struct buf text;

    /* Of this token alone: another one gets another tag for the same page. */
    parts[0] = hash64(token ? token : "", token ? strlen(token) : 0, content);
    parts[1] = hash64(links, strlen(links), parts[0]);
    parts[2] = hash64(rq->path, strlen(rq->path), parts[1]);
    parts[3] = hash64(&parts[2], sizeof parts[2], parts[0]);
    buf_init_fixed(&text, etag, sizeof etag);
    buf_printf(&text, "W/\"%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "\"",
               p[0], p[1], p[2], p[3]);
    reply_header(rp, "ETag", "%s", etag);
    if (!known || !names_etag(known, etag)) {
        return false;
    }
    rp->status = 304;
    rp->type = NULL;
    return true;
}

void gh_list(struct gh_repo *r, const struct request *rq, bool without_assignee,
             struct reply *rp)
{
    struct listing l;
    struct slice s;
    uint64_t content;
    const char *wrong = read_listing(rq, &l);

    rp->class_ = "github.list";
    if (!wrong) {
        wrong = find_slice(r, &l, &s);
    }
    if (wrong) {
        refuse(rp, wrong);
        return;
    }
    add_links(rp, r, rq, &l, &s);
    content = content_of(r, &l, &s, without_assignee);
    if (gh_unchanged(rq, rp, content)) {
        return;
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
    if (rq->gzip) {
        rp->shared = pages_get(r->github->pages, content);
    }
    if (!rp->shared) {
        print_page(&rp->body, r, &l, &s, without_assignee);
        if (rq->gzip && buf_ok(&rp->body)) {
            rp->shared = pages_put(r->github->pages, content, buf_str(&rp->body));
            buf_clear(&rp->body);
        }
    }
    rp->encoded = rp->shared != NULL;
}

static bool warm(struct gh_repo *r, struct listing *l)
{
    struct slice s = {.view = gh_repo_view(r, l->state, l->sort, l->since)};
    struct buf plain;
    bool ok = s.view != NULL;

    buf_init(&plain, (size_t)64 << 20);
    for (; ok && s.from < s.view->n; s.from += s.n) {
        struct blob *b;

        s.n = s.view->n - s.from < l->per_page ? s.view->n - s.from : l->per_page;
        buf_clear(&plain);
        print_page(&plain, r, l, &s, false);
        b = pages_put(r->github->pages, content_of(r, l, &s, false), buf_str(&plain));
        ok = buf_ok(&plain) && b;
        blob_unref(b);
    }
    buf_finish(&plain);
    return ok;
}

bool gh_list_warm(struct gh_repo *r, struct err *e)
{
    static const enum gh_state states[] = {GH_OPEN, GH_CLOSED};

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct listing l = {
            .state = states[i], .sort = GH_CREATED, .per_page = PER_PAGE_MAX};

        if (!warm(r, &l)) {
            return err_nomem(e);
        }
    }
    return true;
}
