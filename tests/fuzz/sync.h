/*
 * A tracker driven through whole syncs by a script of answers (script.h), with
 * everything it says checked (feed_check.h). A sync that ends while there is
 * script left is followed by the next, from what the store would know.
 */
#ifndef TESTS_FUZZ_SYNC_H
#define TESTS_FUZZ_SYNC_H

#include "tests/fuzz/feed_check.h"
#include "tests/fuzz/script.h"

enum { SYNC_STEPS = 200, SYNC_OUT = 2, SYNC_SEEN = 6 };

/* One request on its way. */
struct sync_asked {
    uint32_t tag;
    struct str url; /* owned */
};

/* An issue that was told; each listing lacks them all. */
struct sync_seen {
    struct str scope, vid, key; /* owned */
};

struct sync {
    const struct tracker_ops *ops;
    struct tracker_conf conf;
    struct tracker *t;
    struct wall now;
    struct feed_scopes known;
    bool list;         /* each repository or project is to be listed as a whole */
    struct str memory; /* owned: what was told last */
    struct sync_seen seen[SYNC_SEEN];
    size_t n_seen;
    struct sync_asked out[SYNC_OUT];
    size_t n_out;
    unsigned steps;
    /* How a server that works would answer GO. */
    struct str (*well)(void *arg, struct str url);
    void *arg;
};

static inline void sync_forget_requests(struct sync *s)
{
    for (size_t i = 0; i < s->n_out; i++) {
        free((void *)(uintptr_t)s->out[i].url.p);
    }
    s->n_out = 0;
}

static inline void sync_start(struct sync *s)
{
    struct tracker_start start = {.scopes = s->known.v,
                                  .n_scopes = s->known.n,
                                  .memory = s->memory,
                                  .now = s->now};
    struct err e;

    for (size_t i = 0; i < s->known.n; i++) {
        s->known.v[i].list = s->list && s->known.v[i].synced_once;
    }
    s->ops->destroy(s->t);
    sync_forget_requests(s);
    FUZZ_CHECK(s->ops->create(&s->conf, &start, &s->t, &e), "%s", e.msg);
}

static inline void sync_finish(struct sync *s)
{
    sync_forget_requests(s);
    s->ops->destroy(s->t);
    feed_scopes_free(&s->known);
    for (size_t i = 0; i < s->n_seen; i++) {
        free((void *)(uintptr_t)s->seen[i].scope.p);
        free((void *)(uintptr_t)s->seen[i].vid.p);
        free((void *)(uintptr_t)s->seen[i].key.p);
    }
    free((void *)(uintptr_t)s->memory.p);
}

static inline void sync_sent(struct sync *s, const struct tracker_request *req)
{
    feed_check_request(&req->http, s->conf.url);
    FUZZ_CHECK(s->n_out < SYNC_OUT, "more requests than the budget has");
    s->out[s->n_out] = (struct sync_asked){.tag = req->tag};
    feed_keep(&s->out[s->n_out++].url, req->http.url);
}

/* Lets it ask and wait until it needs an answer; false: it needs none any more. */
static inline bool sync_ask(struct sync *s)
{
    for (; s->steps < SYNC_STEPS; s->steps++) {
        struct tracker_request req = {.tag = 0};
        struct wall until = {0};

        switch (s->ops->next(s->t, s->now, &req, &until)) {
        case TRACKER_REQUEST:
            sync_sent(s, &req);
            break;
        case TRACKER_WAIT:
            FUZZ_CHECK(s->n_out == 0, "waits with %zu requests out", s->n_out);
            feed_check_wait(s->now, until);
            s->now = until;
            break;
        case TRACKER_IDLE:
            FUZZ_CHECK(s->n_out > 0, "idle with no request out");
            return true;
        case TRACKER_DONE:
            FUZZ_CHECK(s->n_out == 0, "done with %zu requests out", s->n_out);
            return false;
        }
    }
    return false;
}

static inline void sync_see(struct sync *s, const struct feed *f)
{
    for (size_t i = 0; i < f->n_items && s->n_seen < SYNC_SEEN; i++) {
        struct sync_seen *seen = &s->seen[s->n_seen++];

        *seen = (struct sync_seen){.vid = STR_NONE};
        feed_keep(&seen->scope, f->items[i].scope);
        feed_keep(&seen->vid, f->items[i].vid);
        feed_keep(&seen->key, f->items[i].key);
    }
    if (f->memory.p != NULL) {
        feed_keep(&s->memory, f->memory);
    }
}

/* As the store would: what was seen of a scope and is lacking is asked for. */
static inline void sync_miss(struct sync *s, const struct feed *f)
{
    struct tracker_missing missing[SYNC_SEEN];
    struct err e;

    for (size_t i = 0; i < f->n_events; i++) {
        size_t n = 0;

        for (size_t k = 0; k < s->n_seen; k++) {
            if (f->events[i].kind == SCOPE_LISTED &&
                str_eq(s->seen[k].scope, f->events[i].scope)) {
                missing[n++] = (struct tracker_missing){s->seen[k].vid, s->seen[k].key};
            }
        }
        FUZZ_CHECK(n == 0 || s->ops->missing(s->t, f->events[i].scope, missing, n, &e),
                   "%s", e.msg);
    }
}

/* To the request that is out for longest. */
static inline void sync_feed(struct sync *s, const struct script_answer *ans)
{
    struct arena *a = arena_create((size_t)256 << 20);
    struct sync_asked asked = s->out[0];
    struct http_response resp = script_response(ans, asked.url);
    struct err e, failure;
    struct feed f;

    FUZZ_CHECK(a != NULL, "out of memory");
    err_set_retry(&failure, ans->failure, "no answer");
    memmove(s->out, s->out + 1, --s->n_out * sizeof s->out[0]);
    feed_init(&f, a);
    FUZZ_CHECK(s->ops->feed(s->t, asked.tag, ans->status != 0 ? &resp : NULL,
                            ans->status != 0 ? NULL : &failure, s->now, &f, &e),
               "%s", e.msg);
    feed_check(&f, s->now);
    feed_scopes_take(&s->known, &f, s->now);
    sync_see(s, &f);
    sync_miss(s, &f);
    free((void *)(uintptr_t)asked.url.p);
    arena_destroy(a);
}

static inline void sync_feed_body(struct sync *s, struct str body)
{
    struct script_answer ans = {
        .status = 200, .body = fuzz_copy(body), .n_body = body.n};

    sync_feed(s, &ans);
    script_free(&ans);
}

static inline void sync_answer(struct sync *s, struct str record)
{
    struct script_answer ans;
    struct str rest;

    if (script_is(record, "GO", &rest)) {
        sync_feed_body(s, s->well(s->arg, s->out[0].url));
        return;
    }
    script_read(record, &ans);
    sync_feed(s, &ans);
    script_free(&ans);
}

static inline void sync_run(struct sync *s, struct fuzz_in *in)
{
    struct str record, rest;

    for (; s->steps < SYNC_STEPS; s->steps++) {
        if (!sync_ask(s)) {
            if (in->n == 0) {
                return;
            }
            s->now.ms += 300000;
            sync_start(s);
        } else if (!script_next(in, &record)) {
            return;
        } else if (script_is(record, "AGAIN", &rest)) {
            sync_start(s);
        } else {
            sync_answer(s, record);
        }
    }
}

/* What is stored about a scope may be damaged: that is no reason to stop. */
static inline void sync_take_cursor(struct sync *s, struct fuzz_in *in,
                                    struct str scope)
{
    struct str cursor;

    if (script_take_word(in, "CURSOR", &cursor)) {
        struct tracker_scope *known = feed_scope(&s->known, scope);

        FUZZ_CHECK(known != NULL, "no room");
        feed_keep(&known->cursor, cursor);
        known->synced_once = true;
    }
}

#endif
