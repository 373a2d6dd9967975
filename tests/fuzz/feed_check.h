/*
 * What holds for whatever a tracker makes of an answer: requests that io would
 * take and that stay with the configured host, waits that end, items within
 * the limits of core/item.h, and scopes and cursors the store can keep.
 */
#ifndef TESTS_FUZZ_FEED_CHECK_H
#define TESTS_FUZZ_FEED_CHECK_H

#include "base/buf.h"
#include "base/utf8.h"
#include "connectors/connector.h"
#include "io/http_url.h"
#include "tests/fuzz/fuzz.h"

static inline bool feed_is_text(struct str s)
{
    size_t at;

    return utf8_valid(s, &at);
}

static inline void feed_check_time(const char *what, struct wall t)
{
    FUZZ_CHECK(t.ms >= 0 && t.ms <= INT64_C(253402300799999), "%s: %lld", what,
               (long long)t.ms);
}

static inline void feed_check_request(const struct http_request *r, struct str base)
{
    struct http_url url, home;
    struct err e = {.kind = ERR_NONE};

    FUZZ_CHECK(str_eqz(r->method, "GET") || str_eqz(r->method, "POST"), "%.*s",
               STR_FMT(r->method));
    FUZZ_CHECK(http_url_init(&home, base, &e), "%s", e.msg);
    FUZZ_CHECK(http_url_init(&url, r->url, &e), "%s: %.*s", e.msg, STR_FMT(r->url));
    FUZZ_CHECK(strcmp(url.scheme, home.scheme) == 0 &&
                   strcmp(url.host, home.host) == 0 && strcmp(url.port, home.port) == 0,
               "%.*s", STR_FMT(r->url));
    http_url_finish(&url);
    http_url_finish(&home);
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct http_header *h = &r->headers[i];

        FUZZ_CHECK(h->name.n > 0 && str_chr(h->value, '\r') < 0 &&
                       str_chr(h->value, '\n') < 0 && str_chr(h->value, '\0') < 0,
                   "header %.*s: %.*s", STR_FMT(h->name), STR_FMT(h->value));
    }
}

/* At most a day: what is told to wait longer is not believed. */
static inline void feed_check_wait(struct wall now, struct wall until)
{
    FUZZ_CHECK(until.ms > now.ms && until.ms - now.ms <= 25 * INT64_C(3600000),
               "waits %lld ms", (long long)(until.ms - now.ms));
}

static inline void feed_check_marks(const struct item *it)
{
    FUZZ_CHECK(it->n_marks <= ITEM_MAX_MARKS, "%zu marks", it->n_marks);
    for (size_t i = 0; i < it->n_marks; i++) {
        const struct mark *m = &it->marks[i];

        FUZZ_CHECK(m->name.n <= ITEM_MAX_VALUE && m->value.n <= ITEM_MAX_VALUE,
                   "mark %zu of %.*s is too long", i, STR_FMT(it->key));
        FUZZ_CHECK(feed_is_text(m->name) && feed_is_text(m->value),
                   "mark %zu of %.*s is not UTF-8", i, STR_FMT(it->key));
    }
}

static inline void feed_check_packed(const struct item *it, struct arena *a)
{
    struct buf packed;
    struct mark *marks;
    size_t n;

    buf_init(&packed, 4 << 20);
    item_pack_marks(&packed, it->marks, it->n_marks);
    FUZZ_CHECK(buf_ok(&packed), "marks of %.*s", STR_FMT(it->key));
    FUZZ_CHECK(item_unpack_marks(buf_str(&packed), a, &marks, &n), "out of memory");
    FUZZ_CHECK(n == it->n_marks, "%zu of %zu marks came back", n, it->n_marks);
    buf_finish(&packed);
}

static inline void feed_check_blockers(struct str of, const struct str *keys, size_t n)
{
    FUZZ_CHECK(n <= ITEM_MAX_BLOCKERS, "%.*s waits for %zu", STR_FMT(of), n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(keys[i].n > 0 && keys[i].n <= ITEM_MAX_VALUE && feed_is_text(keys[i]),
                   "%.*s waits for what has no key", STR_FMT(of));
    }
}

static inline void feed_check_item(const struct item *it, struct arena *a)
{
    const struct str texts[] = {
        it->vid,        it->key,        it->scope,  it->title,
        it->url,        it->type,       it->status, it->author_name,
        it->parent_vid, it->parent_key, it->author, it->excerpt,
    };

    FUZZ_CHECK(it->vid.n > 0 && it->key.n > 0 && it->scope.n > 0, "key '%.*s'",
               STR_FMT(it->key));
    FUZZ_CHECK(it->title.n <= ITEM_MAX_TITLE && it->excerpt.n <= ITEM_EXCERPT,
               "texts of %.*s", STR_FMT(it->key));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        FUZZ_CHECK(feed_is_text(texts[i]), "text %zu of %.*s is not UTF-8", i,
                   STR_FMT(it->key));
    }
    FUZZ_CHECK((it->outcome == ITEM_OPEN) == (it->category != ITEM_DONE),
               "%.*s: outcome %d, category %d", STR_FMT(it->key), (int)it->outcome,
               (int)it->category);
    FUZZ_CHECK(it->outcome != ITEM_OPEN || it->closed.ms == 0,
               "%.*s is open and closed", STR_FMT(it->key));
    FUZZ_CHECK(it->children >= 0, "%lld children", (long long)it->children);
    feed_check_time("created", it->created);
    feed_check_time("updated", it->updated);
    feed_check_time("closed", it->closed);
    feed_check_marks(it);
    feed_check_blockers(it->key, it->blockers, it->n_blockers);
    feed_check_packed(it, a);
    FUZZ_CHECK(item_hash(it) == item_hash(it), "hash of %.*s", STR_FMT(it->key));
}

static inline void feed_check_event(const struct scope_event *ev, struct wall now)
{
    bool whole = ev->kind == SCOPE_FAILED || ev->kind == SCOPE_PAUSED;

    FUZZ_CHECK(ev->kind <= SCOPE_LISTED, "event %d", (int)ev->kind);
    FUZZ_CHECK(whole || ev->scope.n > 0, "event %d of the whole source", (int)ev->kind);
    FUZZ_CHECK(feed_is_text(ev->scope) && feed_is_text(ev->vid) &&
                   feed_is_text(ev->to) && feed_is_text(ev->cursor),
               "event %d of %.*s", (int)ev->kind, STR_FMT(ev->scope));
    if (ev->kind == SCOPE_CHECKPOINT || ev->kind == SCOPE_SYNCED) {
        FUZZ_CHECK(ev->cursor.n > 0, "no cursor of %.*s", STR_FMT(ev->scope));
    }
    if (ev->kind == SCOPE_RENAMED) {
        FUZZ_CHECK(ev->to.n > 0, "%.*s has no name now", STR_FMT(ev->scope));
    }
    if (ev->kind == SCOPE_FAILED) {
        FUZZ_CHECK(ev->err.kind != ERR_NONE && ev->err.kind != ERR_NOMEM &&
                       ev->err.msg[0] != '\0',
                   "failure without a reason: %s", ev->err.msg);
        FUZZ_CHECK(feed_is_text(str_of(ev->err.msg)), "not UTF-8: %s", ev->err.msg);
    }
    if (ev->kind == SCOPE_PAUSED) {
        feed_check_wait(now, ev->until);
    }
}

static inline void feed_check_fate(const struct fate *f)
{
    FUZZ_CHECK(f->kind <= FATE_HIDDEN && f->vid.n > 0, "fate %d", (int)f->kind);
    FUZZ_CHECK((f->kind == FATE_MOVED) == (f->to_vid.n > 0), "moved to nothing");
    FUZZ_CHECK(feed_is_text(f->detail), "fate of %.*s is not UTF-8", STR_FMT(f->vid));
}

static inline void feed_check_history(const struct item_history *h)
{
    FUZZ_CHECK(h->vid.n > 0, "history of nothing");
    for (size_t i = 0; i < h->n_spans; i++) {
        const struct item_span *s = &h->spans[i];
        bool last = i + 1 == h->n_spans;

        feed_check_time("started", s->started);
        feed_check_time("ended", s->ended);
        FUZZ_CHECK(last || s->ended.ms > 0, "span %zu of %.*s has no end", i,
                   STR_FMT(h->vid));
        FUZZ_CHECK(s->ended.ms == 0 || s->ended.ms > s->started.ms,
                   "span %zu of %.*s is empty", i, STR_FMT(h->vid));
        FUZZ_CHECK(last || s->ended.ms <= s[1].started.ms, "spans of %.*s overlap",
                   STR_FMT(h->vid));
        FUZZ_CHECK(feed_is_text(s->status) && feed_is_text(s->assignees),
                   "span %zu of %.*s is not UTF-8", i, STR_FMT(h->vid));
    }
}

static inline void feed_check_told(const struct item_blockers *b)
{
    FUZZ_CHECK(b->vid.n > 0, "blockers of nothing");
    feed_check_blockers(b->vid, b->keys, b->n);
}

static inline void feed_check_note(const struct tracker_note *n)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

    FUZZ_CHECK(n->key.n > 0 && n->level <= NOTE_BAD, "note without a key");
    for (size_t i = 0; i < n->key.n; i++) {
        FUZZ_CHECK(strchr(letters, n->key.p[i]) != NULL && n->key.p[i] != '\0',
                   "key %.*s", STR_FMT(n->key));
    }
    FUZZ_CHECK(feed_is_text(n->text) && feed_is_text(n->fix) &&
                   str_chr(n->text, '\n') < 0,
               "note %.*s", STR_FMT(n->key));
    FUZZ_CHECK(n->level == NOTE_OK || n->fix.n > 0, "%.*s: nothing to do about it",
               STR_FMT(n->key));
}

static inline void feed_check_rest(const struct feed *f)
{
    for (size_t i = 0; i < f->n_sightings; i++) {
        FUZZ_CHECK(f->sightings[i].scope.n > 0 && f->sightings[i].vid.n > 0,
                   "sighting of nothing");
    }
    for (size_t i = 0; i < f->n_fates; i++) {
        feed_check_fate(&f->fates[i]);
    }
    for (size_t i = 0; i < f->n_histories; i++) {
        feed_check_history(&f->histories[i]);
    }
    for (size_t i = 0; i < f->n_blockers; i++) {
        feed_check_told(&f->blockers[i]);
    }
    for (size_t i = 0; i < f->n_notes; i++) {
        feed_check_note(&f->notes[i]);
    }
    FUZZ_CHECK(f->memory.n <= TRACKER_MEMORY_MAX && feed_is_text(f->memory),
               "%zu bytes of memory", f->memory.n);
}

static inline void feed_check(const struct feed *f, struct wall now)
{
    feed_check_rest(f);
    for (size_t i = 0; i < f->n_items; i++) {
        feed_check_item(&f->items[i], f->a);
    }
    for (size_t i = 0; i < f->n_events; i++) {
        feed_check_event(&f->events[i], now);
    }
    FUZZ_CHECK(f->rate_limit >= -1 && f->rate_remaining >= -1, "%lld of %lld",
               (long long)f->rate_remaining, (long long)f->rate_limit);
    FUZZ_CHECK(f->rate_reset.ms >= 0 && f->server_date.ms >= 0, "times told");
}

/* ---- what the store would know of the scopes, for the next sync ---- */

enum { FEED_SCOPES = 16 };

struct feed_scopes {
    struct tracker_scope v[FEED_SCOPES]; /* strings are owned */
    size_t n;
};

static inline void feed_keep(struct str *field, struct str value)
{
    free((void *)(uintptr_t)field->p);
    *field = (struct str){fuzz_copy(value), value.n};
}

static inline struct tracker_scope *feed_scope(struct feed_scopes *s, struct str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->v[i].name, name)) {
            return &s->v[i];
        }
    }
    if (s->n == FEED_SCOPES || name.n == 0) {
        return NULL;
    }
    struct tracker_scope *scope = &s->v[s->n++];

    *scope = (struct tracker_scope){.vid = STR_NONE};
    feed_keep(&scope->name, name);
    return scope;
}

/* As store/page.c takes them. */
static inline void feed_scopes_take(struct feed_scopes *s, const struct feed *f,
                                    struct wall now)
{
    for (size_t i = 0; i < f->n_events; i++) {
        const struct scope_event *ev = &f->events[i];
        struct tracker_scope *scope = feed_scope(s, ev->scope);

        if (scope == NULL) {
            continue;
        }
        if (ev->vid.n > 0) {
            feed_keep(&scope->vid, ev->vid);
        }
        if (ev->cursor.n > 0) {
            feed_keep(&scope->cursor, ev->cursor);
        }
        if (ev->kind == SCOPE_RENAMED) {
            feed_keep(&scope->name, ev->to);
        }
        if (ev->kind == SCOPE_SYNCED) {
            scope->synced_once = true;
            scope->synced_at = now;
        }
    }
}

static inline void feed_scopes_free(struct feed_scopes *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free((void *)(uintptr_t)s->v[i].name.p);
        free((void *)(uintptr_t)s->v[i].vid.p);
        free((void *)(uintptr_t)s->v[i].cursor.p);
    }
    s->n = 0;
}

#endif
