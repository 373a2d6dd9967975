#include "tests/conform/conform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/utf8.h"

enum {
    MAX_REQUESTS = 160, /* an undisturbed sync makes about twenty */
    MAX_WAITS = 100,
    MAX_HOPS = 5, /* io's */
    IN_FLIGHT = 3,
    ARENA = 64 << 20,
};

/* No pause is longer than an hour; jitter is a second. */
#define LONGEST_WAIT DUR_MS(3600000 + 5000)
#define ANSWER_TAKES DUR_MS(250)

struct pending {
    struct http_request http;
    uint32_t tag;
};

/* One sync while it runs. */
struct sync {
    struct run *r;
    const struct tracker_ops *ops;
    struct tracker *t;
    struct arena *a; /* of one answer: gone with it, as in the daemon */
    struct pending out[IN_FLIGHT];
    size_t n_out;
    unsigned of_class; /* requests of the plan's class so far */
    unsigned answers;
    bool met[MEMORY_ITEMS]; /* since the listing of its scope began */
};

void run_fail(const struct run *r, const char *fmt, ...)
{
    char text[600];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fail_msg("%s, %s, '%s' %s on '%s' from the %u. on%s: %s", r->fx->name, r->what,
             r->plan.fault != NULL ? r->plan.fault->name : "nothing",
             r->plan.times == 0 ? "always" : "once",
             r->plan.class != NULL ? r->plan.class : "any", r->plan.from + 1,
             r->lifo ? ", last first" : "", text);
}

/* ---- data ---- */

static struct {
    const char *name;
    json_t *root;
} files[8];

static const json_t *data_of(const struct fixture *fx)
{
    char path[200];
    json_error_t je;
    size_t i = 0;

    while (i < ARRAY_LEN(files) && files[i].root != NULL &&
           strcmp(files[i].name, fx->file) != 0) {
        i++;
    }
    assert_true(i < ARRAY_LEN(files));
    if (files[i].root == NULL) {
        (void)snprintf(path, sizeof path, "tests/data/conform/%s", fx->file);
        files[i].name = fx->file;
        files[i].root = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
        if (files[i].root == NULL) {
            fail_msg("%s: line %d: %s", path, je.line, je.text);
        }
    }
    return files[i].root;
}

void conform_finish(void)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        json_decref(files[i].root);
        files[i].root = NULL;
    }
}

void run_init(struct run *r, const struct fixture *fx)
{
    *r = (struct run){.fx = fx, .now = SITE_START, .what = "a sync"};
}

struct expectation run_expected(const struct run *r)
{
    const struct fault *f = r->plan.fault;
    struct expectation own = {f->name, NULL, f->kinds, f->flags};

    for (const struct expectation *e = r->fx->expected; e->fault != NULL; e++) {
        bool same_class = e->class == NULL || (r->plan.class != NULL &&
                                               strcmp(e->class, r->plan.class) == 0);

        if (strcmp(e->fault, f->name) == 0 && same_class) {
            return *e;
        }
        if (strcmp(e->fault, "*") == 0 && same_class) {
            own.flags |= e->flags;
        }
    }
    return own;
}

/* ---- secrets ---- */

static void no_secret_in(const struct run *r, const char *what, struct str s)
{
    for (size_t i = 0; r->fx->secrets[i] != NULL; i++) {
        if (str_find(s, str_of(r->fx->secrets[i])) >= 0) {
            run_fail(r, "the token is in %s: %.*s", what, STR_FMT(s));
        }
    }
}

/* ---- requests ---- */

static bool is_origin(const char *base, struct str url)
{
    /* scheme://host[:port] of the configured address, then a slash */
    size_t n = strcspn(base + strlen("https://"), "/") + strlen("https://");

    return str_has_prefix(url, (struct str){base, n}) && url.n > n && url.p[n] == '/';
}

static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void check_request(const struct run *r, const struct http_request *req)
{
    bool has_auth = false;
    bool other = r->fx->has_other_auth != NULL && r->fx->has_other_auth(req);

    if (!is_origin(r->fx->url, req->url)) {
        run_fail(r, "a request to %.*s", STR_FMT(req->url));
    }
    if (!is_clean(req->url) || str_chr(req->url, ' ') >= 0) {
        run_fail(r, "not a URL: %.*s", STR_FMT(req->url));
    }
    no_secret_in(r, "a URL", req->url);
    no_secret_in(r, "a request's body", req->body);
    for (size_t i = 0; i < req->n_headers; i++) {
        const struct http_header *h = &req->headers[i];

        assert_true(h->name.n > 0 && is_clean(h->name) && is_clean(h->value));
        if (str_eq_nocase(h->name, STR("Authorization"))) {
            assert_false(has_auth);
            has_auth = other || str_eqz(h->value, r->fx->auth);
        } else {
            no_secret_in(r, "a header", h->value);
        }
    }
    if (!has_auth) {
        run_fail(r, "no credentials with %.*s", STR_FMT(req->url));
    }
}

static void count_request(struct run *r, const struct http_request *req)
{
    const char *name = r->fx->class_of(req);
    struct outcome *out = &r->out;
    size_t i = 0;

    if (++out->requests > MAX_REQUESTS) {
        run_fail(r, "more than %d requests, the last to %.*s", MAX_REQUESTS,
                 STR_FMT(req->url));
    }
    name = name != NULL ? name : "others";
    while (i < out->n_classes && strcmp(out->classes[i].name, name) != 0) {
        i++;
    }
    assert_true(i < OUTCOME_CLASSES);
    if (i == out->n_classes) {
        out->classes[out->n_classes++].name = name;
    }
    out->classes[i].n++;
}

/* ---- answers, as io would hand them over ---- */

static struct str print_date(struct arena *a, struct wall t)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t s = t.ms / 1000;
    struct date d = date_from_days(s / 86400);

    return arena_printf(a, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date_weekday(d)],
                        d.day, months[d.month - 1], d.year, (int)(s / 3600 % 24),
                        (int)(s / 60 % 60), (int)(s % 60));
}

static bool concerns(const struct sync *s, const struct http_request *req)
{
    const struct plan *p = &s->r->plan;
    const char *class = s->r->fx->class_of(req);

    return p->fault != NULL &&
           (p->class == NULL || (class != NULL && strcmp(class, p->class) == 0));
}

/* What the server says, spoilt where the plan wants it. */
static bool ask(struct sync *s, const struct http_request *req, struct answer *ans)
{
    struct run *r = s->r;
    struct site site = {.fx = r->fx,
                        .data = data_of(r->fx),
                        .a = s->a,
                        .now = wall_add(r->now, r->skew),
                        .later = r->later,
                        .soon = r->soon,
                        .gone = r->gone};
    bool mine = concerns(s, req);
    unsigned nth = s->of_class;

    s->of_class += mine;
    *ans = (struct answer){.date = print_date(s->a, site.now)};
    r->fx->serve(&site, req, ans);
    if (!mine || nth < r->plan.from ||
        (r->plan.times > 0 && nth >= r->plan.from + r->plan.times)) {
        return false;
    }
    bool done = r->plan.fault->apply(r->plan.fault, &site, req, ans);

    r->out.fired += done;
    r->out.unapplied |= !done;
    return done;
}

static bool is_redirect(const struct answer *ans)
{
    return ans->status == 301 || ans->status == 302 || ans->status == 307 ||
           ans->status == 308;
}

/* False: elsewhere, or nowhere. */
static bool resolve(struct sync *s, struct str from, struct str location,
                    struct str *ret)
{
    size_t origin = strcspn(s->r->fx->url + 8, "/") + 8;

    if (str_eqz(location, "@self")) {
        *ret = from;
        return true;
    }
    if (str_has_prefix(location, STR("/"))) {
        *ret = arena_printf(s->a, "%.*s%.*s", (int)origin, s->r->fx->url,
                            STR_FMT(location));
        return true;
    }
    *ret = location;
    return is_origin(s->r->fx->url, location);
}

static struct str location_of(const struct answer *ans)
{
    const struct http_response as = {.headers = ans->headers,
                                     .n_headers = ans->n_headers};

    return http_header_get(&as, "Location");
}

/* Follows redirects where it may; *ret_spoilt: the last answer was. */
static void exchange(struct sync *s, const struct http_request *asked,
                     struct answer *ans, struct http_response *resp, bool *ret_spoilt)
{
    struct http_request req = *asked;
    bool permanent = true;
    int hops = 0;

    *ret_spoilt = ask(s, &req, ans);
    while (ans->failure.kind == ERR_NONE && req.follow && is_redirect(ans)) {
        permanent = permanent && (ans->status == 301 || ans->status == 308);
        if (hops++ == MAX_HOPS) {
            err_set(&ans->failure, ERR_REMOTE, "more than %d redirects", MAX_HOPS);
        } else if (!resolve(s, req.url, location_of(ans), &req.url)) {
            err_set(&ans->failure, ERR_REMOTE, "redirect to another origin");
        } else if (ans->status == 302 && !str_eq(req.url, asked->url)) {
            /* Some page of the same server, for people. */
            *ans = (struct answer){.status = 200,
                                   .type = STR("text/html"),
                                   .body = STR("<html>Sign in</html>")};
            break;
        } else {
            *ret_spoilt = ask(s, &req, ans);
        }
    }
    if (ans->type.n > 0) {
        answer_header(ans, STR("Content-Type"), ans->type);
    }
    if (ans->date.n > 0) {
        answer_header(ans, STR("Date"), ans->date);
    }
    *resp = (struct http_response){.status = ans->status,
                                   .body = ans->body,
                                   .headers = ans->headers,
                                   .n_headers = ans->n_headers,
                                   .url = req.url,
                                   .moved = hops > 0 && permanent};
}

/* ---- what a feed says ---- */

/* What the store, matching and every sink may take for granted. */
static void check_item(const struct run *r, const struct item *it)
{
    const struct str texts[] = {it->vid,         it->key,        it->scope,
                                it->title,       it->url,        it->type,
                                it->status,      it->author,     it->excerpt,
                                it->author_name, it->parent_vid, it->parent_key};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        size_t bad;

        if (!utf8_valid(texts[i], &bad) || str_chr(texts[i], '\0') >= 0) {
            run_fail(r, "text %zu of %.*s is none", i, STR_FMT(it->key));
        }
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        size_t bad;

        assert_true(it->marks[i].name.n <= ITEM_MAX_VALUE);
        assert_true(it->marks[i].value.n <= ITEM_MAX_VALUE);
        assert_true(utf8_valid(it->marks[i].value, &bad));
        assert_true(str_chr(it->marks[i].value, '\0') < 0);
    }
    assert_true(it->key.n > 0 && it->scope.n > 0);
    assert_true(it->title.n <= ITEM_MAX_TITLE && it->n_marks <= ITEM_MAX_MARKS);
    assert_true(it->excerpt.n <= ITEM_EXCERPT);
    assert_true((it->category == ITEM_DONE) == (it->closed.ms != 0));
}

static void copy_text(char *to, size_t size, struct str s)
{
    assert_true(s.n < size);
    memcpy(to, s.p != NULL ? s.p : "", s.n);
    to[s.n] = '\0';
}

/* MEMORY_ITEMS: there is none. */
static size_t item_slot(const struct memory *m, struct str vid)
{
    for (size_t i = 0; i < m->n_items; i++) {
        if (str_eqz(vid, m->items[i].vid)) {
            return i;
        }
    }
    return MEMORY_ITEMS;
}

static void keep_item(struct sync *s, const struct item *it)
{
    struct memory *m = &s->r->mem;
    size_t i = item_slot(m, it->vid);

    check_item(s->r, it);
    assert_true(it->vid.n > 0);
    if (i == MEMORY_ITEMS) {
        assert_true(m->n_items < MEMORY_ITEMS);
        i = m->n_items++;
        memset(&m->items[i], 0, sizeof m->items[i]);
        copy_text(m->items[i].vid, sizeof m->items[i].vid, it->vid);
    }
    copy_text(m->items[i].key, sizeof m->items[i].key, it->key);
    copy_text(m->items[i].scope, sizeof m->items[i].scope, it->scope);
    m->items[i].hash = item_hash(it);
    m->items[i].open = it->outcome == ITEM_OPEN;
    m->items[i].updated = it->updated;
    m->items[i].fate = 0;
    s->met[i] = true;
}

/* Nobody may guess: what is said to be no more is no more, or a faulty answer to the
   question says so itself. */
static void keep_fate(struct sync *s, const struct fate *f, bool believed)
{
    struct run *r = s->r;
    size_t i = item_slot(&r->mem, f->vid);
    bool vanished = false;

    for (size_t k = 0; r->gone && r->fx->vanished[k] != NULL; k++) {
        vanished |= str_eqz(f->vid, r->fx->vanished[k]);
    }
    assert_true(i < MEMORY_ITEMS);
    if (f->kind != FATE_PRESENT && !vanished && !believed) {
        run_fail(r, "%.*s is there, and called vanished: %.*s", STR_FMT(f->vid),
                 STR_FMT(f->detail));
    }
    no_secret_in(r, "a fate", f->detail);
    r->mem.items[i].fate = f->kind == FATE_PRESENT ? 0 : KIND(f->kind);
}

static void keep_history(struct run *r, const struct item_history *h)
{
    size_t i = item_slot(&r->mem, h->vid);
    uint64_t hash = 1;

    for (size_t k = 0; k < h->n_spans; k++) {
        const struct item_span *p = &h->spans[k];

        if (p->ended.ms != 0 && p->ended.ms < p->started.ms) {
            run_fail(r, "a span of %.*s ends before it begins", STR_FMT(h->vid));
        }
        hash = hash64(&p->started.ms, sizeof p->started.ms, hash);
        hash = hash64(&p->ended.ms, sizeof p->ended.ms, hash);
        hash = hash64(p->status.p, p->status.n, hash);
        hash = hash64(p->assignees.p, p->assignees.n, hash);
    }
    assert_true(i < MEMORY_ITEMS);
    r->mem.items[i].history = hash;
}

static void keep_blockers(struct run *r, const struct item_blockers *b)
{
    size_t i = item_slot(&r->mem, b->vid);
    uint64_t hash = 1;

    assert_true(i < MEMORY_ITEMS && b->n <= ITEM_MAX_BLOCKERS);
    for (size_t k = 0; k < b->n; k++) {
        hash = hash64(b->keys[k].p, b->keys[k].n, hash);
    }
    r->mem.items[i].blockers = hash;
}

static size_t scope_slot(struct run *r, struct str name)
{
    struct memory *m = &r->mem;
    size_t i = 0;

    assert_true(name.n > 0 && name.n < sizeof m->scopes[0].name);
    while (i < m->n_scopes && !str_eqz(name, m->scopes[i].name)) {
        i++;
    }
    if (i == m->n_scopes) {
        assert_true(i < MEMORY_SCOPES);
        m->n_scopes++;
        memset(&m->scopes[i], 0, sizeof m->scopes[i]);
        memcpy(m->scopes[i].name, name.p, name.n);
    }
    return i;
}

static size_t outcome_slot(struct run *r, struct str name)
{
    struct outcome *out = &r->out;
    size_t i = 0;

    while (i < out->n_scopes && !str_eqz(name, out->scopes[i].name)) {
        i++;
    }
    if (i == out->n_scopes) {
        assert_true(i < MEMORY_SCOPES);
        out->n_scopes++;
        memcpy(out->scopes[i].name, name.p, name.n);
    }
    return i;
}

static void keep_cursor(struct run *r, const struct scope_event *ev)
{
    size_t i = scope_slot(r, ev->scope);
    size_t o = outcome_slot(r, ev->scope);

    if (r->out.scopes[o].failed || r->out.source_failed) {
        run_fail(r, "%.*s: its cursor moves after it has failed", STR_FMT(ev->scope));
    }
    assert_true(ev->cursor.n > 0);
    no_secret_in(r, "a cursor", ev->cursor);
    copy_text(r->mem.scopes[i].cursor, sizeof r->mem.scopes[i].cursor, ev->cursor);
    if (ev->kind == SCOPE_SYNCED) {
        r->mem.scopes[i].synced = true;
        r->out.scopes[o].synced = true;
    }
}

static void keep_failure(struct run *r, const struct scope_event *ev)
{
    if (ev->err.kind == ERR_NONE || ev->err.kind == ERR_USAGE ||
        ev->err.kind == ERR_NOMEM || ev->err.msg[0] == '\0') {
        run_fail(r, "failed without a reason: %s", ev->err.msg);
    }
    no_secret_in(r, "a message", str_of(ev->err.msg));
    if (ev->scope.n == 0) {
        r->out.source_failed = true;
        r->out.source_err = ev->err;
        return;
    }
    size_t o = outcome_slot(r, ev->scope);

    if (r->out.scopes[o].synced) {
        run_fail(r, "%.*s: fails after it was synced", STR_FMT(ev->scope));
    }
    r->out.scopes[o].failed = true;
    r->out.scopes[o].err = ev->err;
}

static void keep_pause(struct run *r, const struct scope_event *ev)
{
    struct dur left = wall_since(ev->until, r->now);

    if (left.ms <= 0 || left.ms > LONGEST_WAIT.ms) {
        run_fail(r, "paused for %lld s", (long long)left.ms / 1000);
    }
    no_secret_in(r, "a message", str_of(ev->err.msg));
    r->out.paused = true;
}

static void keep_event(struct run *r, const struct scope_event *ev)
{
    no_secret_in(r, "a scope's name", ev->scope);
    no_secret_in(r, "a scope's id", ev->vid);
    switch (ev->kind) {
    case SCOPE_SEEN:
        copy_text(r->mem.scopes[scope_slot(r, ev->scope)].vid,
                  sizeof r->mem.scopes[0].vid, ev->vid);
        break;
    case SCOPE_CHECKPOINT:
    case SCOPE_SYNCED:
        keep_cursor(r, ev);
        break;
    case SCOPE_FAILED:
        keep_failure(r, ev);
        break;
    case SCOPE_PAUSED:
        keep_pause(r, ev);
        break;
    case SCOPE_DISABLED:
        r->out.scopes[outcome_slot(r, ev->scope)].disabled = true;
        break;
    case SCOPE_RENAMED:
        run_fail(r, "%.*s is renamed to %.*s", STR_FMT(ev->scope), STR_FMT(ev->to));
        break;
    case SCOPE_LEFT:
        run_fail(r, "%.*s has left", STR_FMT(ev->scope));
        break;
    case SCOPE_LISTED:
        r->out.scopes[outcome_slot(r, ev->scope)].listed = true;
        r->mem.scopes[scope_slot(r, ev->scope)].listed = true;
        break;
    case SCOPE_LISTING:
        break; /* begin_listings */
    }
}

static void begin_listings(struct sync *s, const struct feed *f)
{
    struct run *r = s->r;

    for (size_t i = 0; i < f->n_events; i++) {
        if (f->events[i].kind != SCOPE_LISTING) {
            continue;
        }
        r->out.scopes[outcome_slot(r, f->events[i].scope)].listing = true;
        for (size_t k = 0; k < r->mem.n_items; k++) {
            s->met[k] =
                s->met[k] && !str_eqz(f->events[i].scope, r->mem.items[k].scope);
        }
    }
}

/* What the listing lacks of what the store holds is asked for, as the daemon does. */
static void ask_for_missing(struct sync *s, const struct scope_event *ev)
{
    const struct memory *m = &s->r->mem;
    struct tracker_missing lost[MEMORY_ITEMS];
    size_t n = 0;
    struct err e;

    if (!s->r->out.scopes[outcome_slot(s->r, ev->scope)].listing) {
        run_fail(s->r, "%.*s is listed without a beginning", STR_FMT(ev->scope));
    }
    for (size_t i = 0; i < m->n_items; i++) {
        bool known = m->items[i].fate != 0 && m->items[i].fate != KIND(FATE_HIDDEN);

        if (!s->met[i] && !known && str_eqz(ev->scope, m->items[i].scope) &&
            (m->items[i].open || m->items[i].updated.ms >= ev->since.ms)) {
            lost[n++] = (struct tracker_missing){str_of(m->items[i].vid),
                                                 str_of(m->items[i].key)};
        }
    }
    if (n > 0 && !s->ops->missing(s->t, ev->scope, lost, n, &e)) {
        run_fail(s->r, "missing: %s", e.msg);
    }
}

static void end_listings(struct sync *s, const struct feed *f)
{
    for (size_t i = 0; i < f->n_events; i++) {
        if (f->events[i].kind == SCOPE_LISTED) {
            ask_for_missing(s, &f->events[i]);
        }
    }
}

static void keep_memory(struct run *r, const struct feed *f)
{
    no_secret_in(r, "the memory", f->memory);
    for (size_t i = 0; i < f->n_notes; i++) {
        no_secret_in(r, "a note", f->notes[i].text);
        no_secret_in(r, "a note", f->notes[i].fix);
        r->out.warned |= f->notes[i].level != NOTE_OK && f->notes[i].text.n > 0;
    }
    if (f->memory.p != NULL && r->fx->remembers) {
        copy_text(r->mem.text, sizeof r->mem.text, f->memory);
    }
}

/* A faulty answer is not taken for a page. */
static void check_spoilt(const struct run *r, int status, const struct feed *f)
{
    /* By these an issue says what it is, whatever is behind them. */
    bool says = status == 404 || status == 410 || status == 403;
    struct expectation want = run_expected(r);

    if ((want.flags & (FAULT_TRUE | FAULT_EITHER)) != 0) {
        return;
    }
    if (f->n_items > 0 && (want.flags & FAULT_PARTLY) == 0) {
        run_fail(r, "%zu items of a faulty answer", f->n_items);
    }
    if ((f->n_fates > 0 && !says) || f->n_histories + f->n_blockers > 0) {
        run_fail(r, "%zu fates (%d), %zu histories, %zu blockers of a faulty answer",
                 f->n_fates, f->n_fates > 0 ? (int)f->fates[0].kind : -1,
                 f->n_histories, f->n_blockers);
    }
    if (f->n_sightings > 0 && (want.flags & FAULT_PARTLY) == 0) {
        run_fail(r, "%zu issues are seen in a faulty answer", f->n_sightings);
    }
    for (size_t i = 0; i < f->n_events; i++) {
        enum scope_event_kind kind = f->events[i].kind;

        if (kind == SCOPE_LISTED) {
            run_fail(r, "a faulty answer ends the listing of %.*s",
                     STR_FMT(f->events[i].scope));
        }
        if (kind == SCOPE_SYNCED ||
            (kind == SCOPE_CHECKPOINT && (want.flags & FAULT_PARTLY) == 0)) {
            run_fail(r, "a faulty answer moves the cursor of %.*s to %.*s",
                     STR_FMT(f->events[i].scope), STR_FMT(f->events[i].cursor));
        }
        if (kind == SCOPE_DISABLED && (want.flags & FAULT_DISABLES) == 0) {
            run_fail(r, "a faulty answer disables %.*s", STR_FMT(f->events[i].scope));
        }
    }
}

/* `believed`: what faulty answers say is as good as what they would have said. */
static void keep_feed(struct sync *s, const struct feed *f, bool believed)
{
    begin_listings(s, f);
    for (size_t i = 0; i < f->n_items; i++) {
        keep_item(s, &f->items[i]);
    }
    for (size_t i = 0; i < f->n_sightings; i++) {
        size_t at = item_slot(&s->r->mem, f->sightings[i].vid);

        if (at < MEMORY_ITEMS) {
            s->met[at] = true;
            s->r->mem.items[at].fate = 0;
        }
    }
    for (size_t i = 0; i < f->n_fates; i++) {
        keep_fate(s, &f->fates[i], believed);
    }
    for (size_t i = 0; i < f->n_histories; i++) {
        keep_history(s->r, &f->histories[i]);
    }
    for (size_t i = 0; i < f->n_blockers; i++) {
        keep_blockers(s->r, &f->blockers[i]);
    }
    for (size_t i = 0; i < f->n_events; i++) {
        keep_event(s->r, &f->events[i]);
    }
    end_listings(s, f);
    keep_memory(s->r, f);
}

static void answer_one(struct sync *s)
{
    size_t at = s->r->lifo ? s->n_out - 1 : 0;
    struct pending p = s->out[at];
    struct answer ans;
    struct http_response resp;
    struct feed feed;
    struct err e;
    bool spoilt;

    s->n_out--;
    memmove(&s->out[at], &s->out[at + 1], (s->n_out - at) * sizeof p);
    arena_destroy(s->a);
    s->a = arena_create(ARENA);
    assert_non_null(s->a);
    s->r->now = wall_add(s->r->now, ANSWER_TAKES);
    exchange(s, &p.http, &ans, &resp, &spoilt);
    feed_init(&feed, s->a);

    bool lost = ans.failure.kind != ERR_NONE;

    if (!s->ops->feed(s->t, p.tag, lost ? NULL : &resp, lost ? &ans.failure : NULL,
                      s->r->now, &feed, &e)) {
        run_fail(s->r, "feed: %s", e.msg);
    }
    if (spoilt) {
        check_spoilt(s->r, ans.status, &feed);
    }
    keep_feed(s, &feed,
              s->r->out.fired > 0 && (run_expected(s->r).flags & FAULT_EITHER) != 0);
    s->answers++;
}

/* ---- one sync ---- */

static void take_request(struct sync *s, const struct tracker_request *req)
{
    struct run *r = s->r;

    if (r->out.source_failed) {
        run_fail(r, "asks for more after the source has failed");
    }
    if (s->n_out == IN_FLIGHT) {
        run_fail(r, "more than %d requests at once", IN_FLIGHT);
    }
    count_request(r, &req->http);
    check_request(r, &req->http);
    s->out[s->n_out++] = (struct pending){req->http, req->tag};
}

static void take_wait(struct sync *s, struct wall until)
{
    struct run *r = s->r;
    struct dur left = wall_since(until, r->now);

    if (s->n_out > 0) {
        run_fail(r, "waits while an answer is outstanding");
    }
    if (left.ms <= 0 || left.ms > LONGEST_WAIT.ms) {
        run_fail(r, "waits for %lld s", (long long)left.ms / 1000);
    }
    if (++r->out.waits > MAX_WAITS) {
        run_fail(r, "more than %d waits", MAX_WAITS);
    }
    r->now = until;
}

/* False: this sync is over. */
static bool step(struct sync *s)
{
    struct tracker_request req = {0};
    struct wall until = {0};

    switch (s->ops->next(s->t, s->r->now, &req, &until)) {
    case TRACKER_REQUEST:
        take_request(s, &req);
        return true;
    case TRACKER_WAIT:
        take_wait(s, until);
        return true;
    case TRACKER_IDLE:
        if (s->n_out == 0) {
            run_fail(s->r, "idle with nothing outstanding");
        }
        answer_one(s);
        s->r->out.crashed =
            s->r->plan.crash_after > 0 && s->answers == s->r->plan.crash_after;
        return !s->r->out.crashed;
    case TRACKER_DONE:
        if (s->n_out > 0) {
            run_fail(s->r, "done while an answer is outstanding");
        }
        return false;
    }
    return false;
}

static struct tracker *create(struct sync *s, const struct tracker_conf *conf)
{
    struct tracker_scope known[MEMORY_SCOPES];
    struct memory *m = &s->r->mem;
    struct tracker *t;
    struct err e;

    for (size_t i = 0; i < m->n_scopes; i++) {
        known[i] = (struct tracker_scope){.name = str_of(m->scopes[i].name),
                                          .vid = str_of(m->scopes[i].vid),
                                          .cursor = str_of(m->scopes[i].cursor),
                                          .synced_once = m->scopes[i].synced,
                                          .list = s->r->list,
                                          .synced_at = s->r->now};
    }
    struct tracker_start start = {.scopes = known,
                                  .n_scopes = m->n_scopes,
                                  .memory = str_of(m->text),
                                  .all = true,
                                  .now = s->r->now};

    if (!s->ops->create(conf, &start, &t, &e)) {
        run_fail(s->r, "create: %s", e.msg);
    }
    return t;
}

void run_sync(struct run *r)
{
    struct tracker_conf conf = {
        .name = STR("source"),
        .type = str_of(r->fx->type),
        .url = str_of(r->fx->url),
        .interval = SPAN_MS(300000),
        .history = SPAN_MS(INT64_C(180) * 86400000),
        .budget = {.reserve = 0.2, .in_flight = IN_FLIGHT},
    };
    struct sync s = {.r = r, .ops = tracker_find(conf.type)};

    assert_non_null(s.ops);
    r->out = (struct outcome){0};
    r->fx->configure(&conf);
    s.t = create(&s, &conf);
    while (step(&s)) {
    }
    s.ops->destroy(s.t);
    arena_destroy(s.a);
}
