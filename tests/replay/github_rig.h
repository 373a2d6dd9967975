/*
 * Drives a GitHub context by hand: asks for its next request, answers it, and
 * keeps what the feed said. Header-only, for the test programs of GitHub.
 */
#ifndef TESTS_REPLAY_GITHUB_RIG_H
#define TESTS_REPLAY_GITHUB_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/date.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github.h"

enum { RIG_HEADERS = 40, RIG_REPOS = 8 };

struct rig {
    struct tracker_conf conf;
    struct github_conf own;
    struct str repos[RIG_REPOS];
    struct tracker *t;
    struct wall now;
    struct tracker_request req; /* the last one asked for */
    struct wall until;          /* of the last WAIT */
    struct arena *arena;        /* of the last answer */
    struct feed feed;
    struct http_header headers[RIG_HEADERS]; /* of the next answer */
    size_t n_headers;
    bool moved; /* of the next answer */
    struct str url;
    struct buf cursor; /* the last one told */
    struct buf memory; /* likewise */
    struct buf secret;
    bool all; /* the next sync was asked for */
};

static inline struct wall rig_time(const char *iso)
{
    struct wall t;

    if (!date_parse_iso(str_of(iso), &t)) {
        fail_msg("not a date: %s", iso);
    }
    return t;
}

static inline void rig_init(struct rig *r, const char *repo)
{
    *r = (struct rig){.now = rig_time("2026-11-22T12:00:00Z")};
    r->conf.name = STR("gh");
    r->conf.type = STR("github");
    r->conf.url = STR("https://api.github.com");
    r->conf.history = SPAN_MS(INT64_C(180) * 86400 * 1000);
    r->conf.budget.reserve = 0.2;
    r->conf.budget.in_flight = 1;
    r->conf.own = &r->own;
    r->own.repos.v = r->repos;
    r->own.token.value = STR("tok-en");
    if (repo != NULL) {
        r->repos[r->own.repos.n++] = str_of(repo);
    }
    buf_init(&r->cursor, 1 << 16);
    buf_init(&r->memory, TRACKER_MEMORY_MAX);
    buf_init_secret(&r->secret, 1 << 16);
}

static inline void rig_repo(struct rig *r, const char *repo)
{
    r->repos[r->own.repos.n++] = str_of(repo);
}

/* With what is stored about its scopes. */
static inline void rig_start_with(struct rig *r, const struct tracker_scope *scopes,
                                  size_t n)
{
    char *memory = strdup(buf_cstr(&r->memory));
    struct tracker_start start = {.scopes = scopes,
                                  .n_scopes = n,
                                  .memory = str_of(memory),
                                  .secret = &r->secret,
                                  .all = r->all,
                                  .now = r->now};
    struct err e;

    assert_non_null(memory);

    github_ops.destroy(r->t);
    if (!github_ops.create(&r->conf, &start, &r->t, &e)) {
        fail_msg("create: %s", e.msg);
    }
    free(memory); /* it was borrowed for the call only */
}

/* The first repository with that cursor; NULL: never seen. */
static inline void rig_start(struct rig *r, const char *cursor)
{
    struct tracker_scope scope = {.name = r->repos[0], .cursor = str_of(cursor)};

    rig_start_with(r, &scope, cursor != NULL);
}

/* The next sync of one repository, from what the last one told. */
static inline void rig_again(struct rig *r)
{
    char *cursor = strdup(buf_cstr(&r->cursor));

    assert_non_null(cursor);
    rig_start(r, cursor);
    free(cursor);
}

static inline void rig_finish(struct rig *r)
{
    github_ops.destroy(r->t);
    arena_destroy(r->arena);
    buf_finish(&r->cursor);
    buf_finish(&r->memory);
    buf_wipe(&r->secret);
}

static inline enum tracker_step rig_next(struct rig *r)
{
    return github_ops.next(r->t, r->now, &r->req, &r->until);
}

/* A request must come; its URL is checked unless NULL. */
static inline uint32_t rig_ask(struct rig *r, const char *url)
{
    enum tracker_step step = rig_next(r);

    assert_int_equal(step, TRACKER_REQUEST);
    if (url != NULL) {
        char got[4096];

        snprintf(got, sizeof got, "%.*s", STR_FMT(r->req.http.url));
        assert_string_equal(got, url);
    }
    return r->req.tag;
}

static inline void rig_header(struct rig *r, const char *name, const char *value)
{
    assert_true(r->n_headers < RIG_HEADERS);
    r->headers[r->n_headers++] = (struct http_header){str_of(name), str_of(value)};
}

static inline struct str rig_request_header(const struct rig *r, const char *name)
{
    struct http_response as = {.headers = r->req.http.headers,
                               .n_headers = r->req.http.n_headers};

    return http_header_get(&as, name);
}

static inline void rig_fresh_feed(struct rig *r, size_t ceiling)
{
    arena_destroy(r->arena);
    r->arena = arena_create(ceiling);
    assert_non_null(r->arena);
    feed_init(&r->feed, r->arena);
}

static inline void rig_keep_told(struct rig *r)
{
    if (r->feed.memory.p != NULL) {
        buf_clear(&r->memory);
        buf_add(&r->memory, r->feed.memory);
        assert_true(buf_ok(&r->memory));
    }
    for (size_t i = 0; i < r->feed.n_events; i++) {
        if (r->feed.events[i].cursor.n > 0) {
            buf_clear(&r->cursor);
            buf_add(&r->cursor, r->feed.events[i].cursor);
        }
    }
}

static inline bool rig_feed(struct rig *r, uint32_t tag, int status, struct str body,
                            struct err *e)
{
    struct http_response resp = {
        .status = status,
        .body = body,
        .headers = r->headers,
        .n_headers = r->n_headers,
        .url = r->url.n > 0 ? r->url : r->req.http.url,
        .moved = r->moved,
    };

    return github_ops.feed(r->t, tag, &resp, NULL, r->now, &r->feed, e);
}

/* Answers with the headers given before; they are then forgotten. */
static inline void rig_answer_tag(struct rig *r, uint32_t tag, int status,
                                  struct str body)
{
    struct err e;

    rig_fresh_feed(r, (size_t)256 << 20);
    if (!rig_feed(r, tag, status, body, &e)) {
        fail_msg("feed: %s", e.msg);
    }
    r->n_headers = 0;
    r->moved = false;
    r->url = STR_NONE;
    rig_keep_told(r);
}

static inline void rig_answer(struct rig *r, int status, const char *body)
{
    rig_answer_tag(r, r->req.tag, status, str_of(body));
}

static inline void rig_fail(struct rig *r, enum err_kind kind)
{
    struct err failure, e;

    err_set_retry(&failure, kind, "no answer");
    rig_fresh_feed(r, 1 << 20);
    if (!github_ops.feed(r->t, r->req.tag, NULL, &failure, r->now, &r->feed, &e)) {
        fail_msg("feed: %s", e.msg);
    }
    rig_keep_told(r);
}

static inline const struct scope_event *rig_event(const struct rig *r,
                                                  enum scope_event_kind kind)
{
    for (size_t i = 0; i < r->feed.n_events; i++) {
        if (r->feed.events[i].kind == kind) {
            return &r->feed.events[i];
        }
    }
    return NULL;
}

static inline const struct scope_event *rig_expect(const struct rig *r,
                                                   enum scope_event_kind kind)
{
    const struct scope_event *ev = rig_event(r, kind);

    if (ev == NULL) {
        fail_msg("event %d was not told", (int)kind);
    }
    return ev;
}

/* It must be that failure, and no cursor may have moved. */
static inline const struct scope_event *rig_expect_failed(const struct rig *r,
                                                          enum err_kind kind)
{
    const struct scope_event *ev = rig_expect(r, SCOPE_FAILED);

    if (ev->err.kind != kind) {
        fail_msg("%s: %s, not %s", ev->err.msg, err_kind_name(ev->err.kind),
                 err_kind_name(kind));
    }
    assert_null(rig_event(r, SCOPE_CHECKPOINT));
    assert_null(rig_event(r, SCOPE_SYNCED));
    return ev;
}

/* Nothing was told but that something waits. */
static inline void rig_expect_wait(struct rig *r)
{
    assert_int_equal(r->feed.n_items, 0);
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_null(rig_event(r, SCOPE_CHECKPOINT));
    assert_null(rig_event(r, SCOPE_SYNCED));
    assert_int_equal(rig_next(r), TRACKER_WAIT);
    assert_true(r->until.ms > r->now.ms);
}

/* Lets the wait pass. */
static inline void rig_wait(struct rig *r)
{
    assert_int_equal(rig_next(r), TRACKER_WAIT);
    assert_true(r->until.ms > r->now.ms);
    r->now = r->until;
}

#endif
