#include "connectors/trackers/jira/jira_walk.h"

#include <inttypes.h>

#include "base/hash.h"

enum {
    PAGE_SIZE = 100, /* with fields asked for, Cloud serves no more */
    ID_PAGE_SIZE = 5000, /* of ids and keys alone: Cloud's most */
    DC_PAGE_SIZE = 1000, /* what Data Center clamps to, by default */
    LOG_PAGE_SIZE = 50, /* with whole change logs */
    LEAST_PAGE_SIZE = 10,
    WINDOW_PAGES = 100, /* a Cloud cursor was seen to end early after 126,000 issues */
    MAX_PAGES = 100000,
    IDLE_PAGES = 1000, /* of one second: 100,000 issues changed at once */
    MAX_REWINDS = 3,
    MAX_OFFSET = 10000,    /* max_result_window of newer Data Center searches */
    WINDOW_OVERLAP = 2000, /* ms: indexes may order by the second */
    MAX_URL = 1 << 20,
    MAX_TOKEN = 64 << 10,
};

/* ---- cursors: "1 PHASE DATES WATERMARK REACHED" ---- */

static const char phases[] = {
    [PHASE_UPDATES] = 's', [PHASE_OPEN] = 'o', [PHASE_CLOSED] = 'c'};

static bool read_phase(struct str s, enum jira_phase *ret)
{
    for (size_t i = 0; i < sizeof phases; i++) {
        if (s.n == 1 && s.p[0] == phases[i]) {
            *ret = (enum jira_phase)i;
            return true;
        }
    }
    return false;
}

struct jira_cursor jira_cursor_read(struct str s)
{
    struct jira_cursor c = {.phase = PHASE_OPEN};
    struct str part[5] = {{0}};

    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        (void)str_split(&s, ' ', &part[i]);
    }
    if (!str_eqz(part[0], "1") || !read_phase(part[1], &c.phase) ||
        !str_to_i64(part[3], &c.watermark.ms) || !str_to_i64(part[4], &c.reached.ms) ||
        c.watermark.ms <= 0 || c.reached.ms < 0) {
        return (struct jira_cursor){.phase = PHASE_OPEN};
    }
    c.epoch = str_eqz(part[2], "e");
    return c;
}

void jira_cursor_print(struct buf *out, const struct jira_cursor *c)
{
    buf_printf(out, "1 %c %c %" PRId64 " %" PRId64, phases[c->phase],
               c->epoch ? 'e' : '-', c->watermark.ms, c->reached.ms);
}

/* ---- requests ---- */

void jira_call_init(struct jira_call *c)
{
    *c = (struct jira_call){0};
    buf_init(&c->url, MAX_URL);
    buf_init(&c->body, MAX_URL);
}

void jira_call_finish(struct jira_call *c)
{
    buf_finish(&c->url);
    buf_finish(&c->body);
}

/* ---- walks ---- */

static size_t first_size(enum jira_phase phase, bool cloud)
{
    if (phase == PHASE_SPANS && !cloud) {
        return LOG_PAGE_SIZE;
    }
    if (phase != PHASE_LISTING) {
        return PAGE_SIZE;
    }
    return cloud ? ID_PAGE_SIZE : DC_PAGE_SIZE;
}

struct jira_walk *jira_walk_create(struct arena *a, enum jira_phase phase,
                                   struct jira_scope **scopes, size_t n, bool cloud)
{
    struct jira_walk *w = arena_alloc(a, sizeof *w);

    if (w == NULL) {
        return NULL;
    }
    *w = (struct jira_walk){
        .phase = phase,
        .scopes = scopes,
        .n_scopes = n,
        .page_size = first_size(phase, cloud),
    };
    buf_init(&w->token, MAX_TOKEN);
    buf_init(&w->log_token, MAX_TOKEN);
    jira_call_init(&w->call);
    return w;
}

void jira_walk_finish(struct jira_walk *w)
{
    buf_finish(&w->token);
    buf_finish(&w->log_token);
    jira_log_finish(&w->log);
    jira_call_finish(&w->call);
}

static void open_window(struct jira_walk *w, struct wall since)
{
    w->since = since;
    buf_clear(&w->token);
    w->start = 0;
    w->n_tail = 0;
    w->n_met = 0;
    w->window_pages = 0;
}

struct wall jira_walk_resume_at(const struct jira_walk *w)
{
    struct wall at = {w->reached.ms / 1000 * 1000 - WINDOW_OVERLAP};

    return w->reached.ms != 0 && at.ms > w->since.ms ? at : w->since;
}

bool jira_walk_restart(struct jira_walk *w)
{
    struct wall at = jira_walk_resume_at(w);

    if (at.ms == w->since.ms) {
        return false;
    }
    open_window(w, at);
    w->rewinds = 0;
    return true;
}

void jira_walk_rewind(struct jira_walk *w)
{
    open_window(w, w->since);
}

bool jira_walk_shrink(struct jira_walk *w)
{
    if (w->page_size <= LEAST_PAGE_SIZE) {
        return false;
    }
    w->page_size /= 2;
    w->page_size = w->page_size < LEAST_PAGE_SIZE ? LEAST_PAGE_SIZE : w->page_size;
    /* A token belongs to its page size. */
    if (w->token.n > 0 && !jira_walk_restart(w)) {
        jira_walk_rewind(w);
    }
    return true;
}

void jira_walk_next_phase(struct jira_walk *w, struct wall since)
{
    w->phase = PHASE_CLOSED;
    w->reached = (struct wall){0};
    w->n_read = 0;
    w->read_from = since;
    w->counted_at = (struct wall){0};
    open_window(w, since);
}

static bool was_in_tail(const struct jira_walk *w, uint64_t id)
{
    for (size_t i = 0; i < w->n_tail; i++) {
        if (w->tail[i] == id) {
            return true;
        }
    }
    return false;
}

static enum jira_progress stuck(const struct jira_walk *w, const char *why,
                                struct err *e)
{
    err_set(e, ERR_REMOTE, "search does not get on after %u pages: %s", w->pages, why);
    return WALK_STUCK;
}

/* Whether the window had that very page a short while ago; remembers it. */
static bool has_come_before(struct jira_walk *w, const struct jira_page *page)
{
    bool found = false;
    uint64_t hash;

    if (page->returned == 0) {
        return false; /* Cloud leaves out what the user may not see */
    }
    hash = hash64(page->ids, page->returned * sizeof *page->ids, 0);
    for (size_t i = 0; i < w->n_met && i < JIRA_MET; i++) {
        found |= w->met[i] == hash;
    }
    w->met[w->n_met++ % JIRA_MET] = hash;
    return found;
}

static enum jira_progress cloud_page(struct jira_walk *w, const struct jira_page *page,
                                     struct err *e)
{
    if (page->next.n == 0) {
        return WALK_ENDED;
    }
    if (str_eq(page->next, buf_str(&w->token))) {
        return jira_walk_restart(w) ? WALK_MORE
                                    : stuck(w, "the same page token came again", e);
    }
    if (has_come_before(w, page)) {
        return jira_walk_restart(w) ? WALK_MORE
                                    : stuck(w, "the same page came again", e);
    }
    if (w->window_pages >= WINDOW_PAGES && jira_walk_restart(w)) {
        return WALK_MORE;
    }
    if (w->window_pages >= IDLE_PAGES) {
        return stuck(w, "its dates stay the same", e);
    }
    buf_clear(&w->token);
    buf_add(&w->token, page->next);
    return buf_ok(&w->token) ? WALK_MORE : stuck(w, "its page token is too long", e);
}

static void remember_tail(struct jira_walk *w, const struct jira_page *page, size_t n)
{
    w->n_tail = n;
    for (size_t i = 0; i < n; i++) {
        w->tail[i] = page->ids[page->returned - n + i];
    }
}

/*
 * Some issues moved up past the end of the page before, unseen: on from the
 * date that page reached, not from what this one says.
 */
static enum jira_progress close_gap(struct jira_walk *w, struct err *e)
{
    if (!jira_walk_restart(w)) {
        if (++w->rewinds > MAX_REWINDS) {
            return stuck(w, "issues keep changing places", e);
        }
        jira_walk_rewind(w);
    }
    return WALK_MORE;
}

/*
 * The server may serve fewer than asked for, so what it returned counts. The
 * next page starts a few issues early: one of them must come again.
 */
static enum jira_progress offset_page(struct jira_walk *w, const struct jira_page *page,
                                      struct err *e)
{
    int64_t next = page->start + (int64_t)page->returned;
    size_t overlap = page->returned / 2 < JIRA_TAIL ? page->returned / 2 : JIRA_TAIL;

    if (next >= page->total && page->start <= w->start) {
        return WALK_ENDED;
    }
    if (page->start != w->start) {
        return stuck(w, "a page of another place than asked for", e);
    }
    if (page->returned == 0) {
        return jira_walk_restart(w) ? WALK_MORE
                                    : stuck(w, "an empty page before the end", e);
    }
    if (next + (int64_t)w->page_size > MAX_OFFSET && jira_walk_restart(w)) {
        return WALK_MORE;
    }
    remember_tail(w, page, overlap);
    w->start = next - (int64_t)overlap;
    return WALK_MORE;
}

/* Issues of the page before should come first; none at all is a gap, too. */
static bool has_gap(const struct jira_walk *w, const struct jira_page *page)
{
    return w->n_tail > 0 && (page->returned == 0 || !was_in_tail(w, page->ids[0]));
}

enum jira_progress jira_walk_page(struct jira_walk *w, const struct jira_page *page,
                                  bool cloud, struct err *e)
{
    w->pages++;
    w->window_pages++;
    w->n_read += page->returned;
    w->newest = page->newest.ms > w->newest.ms ? page->newest : w->newest;
    if (w->pages >= MAX_PAGES) {
        return stuck(w, "it has no end", e);
    }
    if (!cloud && has_gap(w, page)) {
        return close_gap(w, e);
    }
    /* Never past the start of the walk: what changes from then on comes again. */
    if (page->reached.ms > w->reached.ms) {
        bool late = page->reached.ms > w->watermark.ms;

        w->reached = late ? w->watermark : page->reached;
    }
    return cloud ? cloud_page(w, page, e) : offset_page(w, page, e);
}
