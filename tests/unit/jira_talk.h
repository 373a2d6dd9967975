/*
 * A conversation with the Jira tracker, for its tests: each step says which
 * request must come and what the server answers; what the tracker makes of it
 * is collected as lines. No clock, no network.
 */
#ifndef TESTS_UNIT_JIRA_TALK_H
#define TESTS_UNIT_JIRA_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira.h"

/* 2026-11-22T12:00:00Z, and what a server of that time sends as Date. */
#define TALK_NOW ((struct wall){INT64_C(1795348800000)})
#define TALK_DATE "Sun, 22 Nov 2026 12:00:00 GMT"

struct talk {
    struct tracker_conf conf;
    struct jira_conf own;
    struct str include[8];
    struct tracker_scope known[8];
    size_t n_known;
    struct tracker *t;
    struct arena *a;
    struct wall now;
    struct wall until; /* of the last WAIT */
    struct buf log;    /* events and items since talk_log */
    struct buf memory; /* what feed.memory said last */
    const char *date;  /* what the server sends as Date */
    bool telling;      /* notes and memory are logged, too */
    uint64_t items;
};

static inline void talk_init(struct talk *k)
{
    *k = (struct talk){
        .conf = {.name = STR("jira"),
                 .type = STR("jira"),
                 .url = STR("https://acme.atlassian.net"),
                 .history = SPAN_MS(INT64_C(180) * 86400000),
                 .budget = {.reserve = 0.2, .in_flight = 2}},
        .own = {.user = STR("bot@acme.com"),
                .token = {.from = SECRET_FILE, .value = STR("s3cr3t")},
                .status_history = JIRA_HISTORY_OFF},
        .now = TALK_NOW,
        .date = TALK_DATE,
    };
    k->conf.own = &k->own;
    k->a = arena_create((size_t)512 << 20);
    assert_non_null(k->a);
    buf_init(&k->log, 64 << 20);
    buf_init(&k->memory, TRACKER_MEMORY_MAX);
}

static inline void talk_include(struct talk *k, const char *glob)
{
    k->own.projects.include.v = k->include;
    k->include[k->own.projects.include.n++] = str_of(glob);
}

static inline void talk_known(struct talk *k, const char *key, const char *vid,
                              const char *cursor)
{
    k->known[k->n_known++] = (struct tracker_scope){
        .name = str_of(key),
        .vid = str_of(vid),
        .cursor = str_of(cursor),
        .synced_once = cursor[0] != '\0',
    };
}

static inline void talk_begin(struct talk *k)
{
    struct tracker_start start = {
        .scopes = k->known,
        .n_scopes = k->n_known,
        .memory = buf_str(&k->memory),
        .now = k->now};
    struct err e = {0};

    if (!jira_ops.create(&k->conf, &start, &k->t, &e)) {
        fail_msg("create: %s", e.msg);
    }
}

static inline void talk_finish(struct talk *k)
{
    jira_ops.destroy(k->t);
    k->t = NULL;
    buf_finish(&k->log);
    buf_finish(&k->memory);
    arena_destroy(k->a);
}

/* %XX undone, so that rows can be read. */
static inline void talk_decode(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned c;

        if (s.p[i] == '%' && i + 2 < s.n && sscanf(s.p + i + 1, "%2x", &c) == 1) {
            buf_addc(out, (char)c);
            i += 2;
        } else {
            buf_addc(out, s.p[i]);
        }
    }
}

static inline const char *talk_event_name(enum scope_event_kind kind)
{
#define X(e, name) [e] = name,
    static const char *const names[] = {SCOPE_EVENTS(X)};
#undef X

    return names[kind];
}

static inline void talk_log_event(struct talk *k, const struct scope_event *ev)
{
    buf_printf(&k->log, "%s", talk_event_name(ev->kind));
    if (ev->scope.n > 0) {
        buf_printf(&k->log, " %.*s", STR_FMT(ev->scope));
    }
    if (ev->vid.n > 0) {
        buf_printf(&k->log, " #%.*s", STR_FMT(ev->vid));
    }
    if (ev->to.n > 0) {
        buf_printf(&k->log, " to %.*s", STR_FMT(ev->to));
    }
    if (ev->cursor.n > 0) {
        buf_printf(&k->log, " [%.*s]", STR_FMT(ev->cursor));
    }
    if (ev->kind == SCOPE_LISTED) {
        buf_printf(&k->log, " since %" PRId64, ev->since.ms);
    }
    if (ev->kind == SCOPE_PAUSED) {
        buf_printf(&k->log, " %" PRId64, wall_since(ev->until, k->now).ms);
    }
    if (ev->kind == SCOPE_FAILED) {
        buf_printf(&k->log, " %s: %s", err_kind_name(ev->err.kind), ev->err.msg);
    }
    buf_addc(&k->log, '\n');
}

/* What is told besides items and events: one line each. */
static inline void talk_log_told(struct talk *k, const struct feed *f)
{
#define X(e, n, name) [e] = name,
    static const char *const fates[] = {ITEM_FATES(X)};
#undef X
#define X(e, name) [e] = name,
    static const char *const levels[] = {NOTE_LEVELS(X)};
#undef X

    for (size_t i = 0; i < f->n_sightings; i++) {
        buf_printf(&k->log, "sighting %.*s %.*s\n", STR_FMT(f->sightings[i].scope),
                   STR_FMT(f->sightings[i].vid));
    }
    for (size_t i = 0; i < f->n_fates; i++) {
        buf_printf(&k->log, "fate %.*s %s%s%.*s\n", STR_FMT(f->fates[i].vid),
                   fates[f->fates[i].kind], f->fates[i].detail.n > 0 ? ": " : "",
                   STR_FMT(f->fates[i].detail));
    }
    for (size_t i = 0; i < f->n_histories; i++) {
        const struct item_history *h = &f->histories[i];

        buf_printf(&k->log, "history %.*s", STR_FMT(h->vid));
        for (size_t n = 0; n < h->n_spans; n++) {
            buf_printf(&k->log, " [%" PRId64 "-%" PRId64 " %.*s %.*s]",
                       h->spans[n].started.ms, h->spans[n].ended.ms,
                       STR_FMT(h->spans[n].status), STR_FMT(h->spans[n].assignees));
        }
        buf_addc(&k->log, '\n');
    }
    for (size_t i = 0; k->telling && i < f->n_notes; i++) {
        const struct tracker_note *n = &f->notes[i];

        buf_printf(&k->log, "note %.*s %s: %.*s%s%.*s\n", STR_FMT(n->key),
                   levels[n->level], STR_FMT(n->text), n->fix.n > 0 ? "; " : "",
                   STR_FMT(n->fix));
    }
}

static inline void talk_log_feed(struct talk *k, const struct feed *f)
{
    k->items += f->n_items;
    if (f->memory.p != NULL) {
        buf_clear(&k->memory);
        buf_add(&k->memory, f->memory);
    }
    for (size_t i = 0; i < f->n_items; i++) {
        buf_printf(&k->log, "%.*s\n", STR_FMT(f->items[i].key));
    }
    for (size_t i = 0; i < f->n_events; i++) {
        talk_log_event(k, &f->events[i]);
    }
    if (f->skipped > 0) {
        buf_printf(&k->log, "skipped %" PRIu64 "\n", f->skipped);
    }
    talk_log_told(k, f);
}

/* The same settings and the same memory, `minutes` later. */
static inline void talk_again(struct talk *k, int64_t minutes)
{
    jira_ops.destroy(k->t);
    k->now = wall_add(k->now, DUR_MIN(minutes));
    buf_clear(&k->log);
    talk_begin(k);
}

/* One answer: a body of an answer 200, or any answer, or a failure of transport. */
struct talk_answer {
    int status;
    const char *body;
    struct str raw;         /* instead of `body` */
    const char *headers[6]; /* name, value, ... */
    enum err_kind failure;
};

static inline void talk_feed(struct talk *k, uint32_t tag,
                             const struct talk_answer *ans, struct feed *ret)
{
    struct http_header headers[4] = {{STR("Date"), str_of(k->date)}};
    struct http_response resp = {.status = ans->status,
                                 .body = ans->raw.n > 0 ? ans->raw : str_of(ans->body),
                                 .headers = headers,
                                 .n_headers = 1};
    struct err failure, e = {0};

    for (size_t i = 0; i < 6 && ans->headers[i] != NULL; i += 2) {
        headers[resp.n_headers++] =
            (struct http_header){str_of(ans->headers[i]), str_of(ans->headers[i + 1])};
    }
    if (ans->failure != ERR_NONE) {
        err_set_retry(&failure, ans->failure, "connection refused");
    }
    feed_init(ret, k->a);
    if (!jira_ops.feed(k->t, tag, ans->failure != ERR_NONE ? NULL : &resp,
                       ans->failure != ERR_NONE ? &failure : NULL, k->now, ret, &e)) {
        fail_msg("feed: %s", e.msg);
    }
    talk_log_feed(k, ret);
}

/* The next request, which must contain `want` (decoded); time passes where it must. */
static inline uint32_t talk_ask(struct talk *k, const char *want)
{
    struct tracker_request req = {0};
    struct buf url;

    for (int waits = 0; waits < 50; waits++) {
        enum tracker_step step = jira_ops.next(k->t, k->now, &req, &k->until);

        if (step == TRACKER_REQUEST) {
            buf_init(&url, 2 << 20);
            talk_decode(&url, req.http.url);
            buf_addc(&url, ' ');
            buf_add(&url, req.http.body);
            if (strstr(buf_cstr(&url), want) == NULL) {
                fail_msg("wanted %s\nasked  %s", want, buf_cstr(&url));
            }
            buf_finish(&url);
            return req.tag;
        }
        if (step != TRACKER_WAIT) {
            fail_msg("wanted %s, but it is %s; log:\n%s", want,
                     step == TRACKER_DONE ? "done" : "idle", buf_cstr(&k->log));
        }
        assert_true(k->until.ms > k->now.ms);
        k->now = k->until;
    }
    fail_msg("it waits for ever");
    return 0;
}

static inline void talk_reply(struct talk *k, const char *want, struct talk_answer ans)
{
    uint32_t tag = talk_ask(k, want);
    struct feed f;

    talk_feed(k, tag, &ans, &f);
}

static inline void talk_ok(struct talk *k, const char *want, const char *body)
{
    talk_reply(k, want, (struct talk_answer){.status = 200, .body = body});
}

static inline void talk_step(struct talk *k, enum tracker_step want)
{
    struct tracker_request req = {0};

    assert_int_equal(jira_ops.next(k->t, k->now, &req, &k->until), want);
}

/* As the store does after a listing: these it has, and the listing has not. */
static inline void talk_missing(struct talk *k, const char *scope, const char *const *vids,
                                size_t n)
{
    struct tracker_missing v[300];
    struct err e = {0};

    assert_true(n <= ARRAY_LEN(v));
    for (size_t i = 0; i < n; i++) {
        v[i] = (struct tracker_missing){str_of(vids[i]), STR("OLD-1")};
    }
    if (!jira_ops.missing(k->t, str_of(scope), v, n, &e)) {
        fail_msg("missing: %s", e.msg);
    }
}

/* What was told since the last look. */
static inline void talk_log(struct talk *k, const char *want)
{
    assert_string_equal(buf_cstr(&k->log), want);
    buf_clear(&k->log);
}

static inline void talk_forget(struct talk *k)
{
    buf_clear(&k->log);
}

/* ---- a server in a few words ---- */

#define TALK_CLOUD                                                                     \
    "{\"deploymentType\":\"Cloud\",\"baseUrl\":\"https://acme.atlassian.net\"}"
#define TALK_SERVER                                                                    \
    "{\"deploymentType\":\"Server\",\"baseUrl\":\"https://jira.acme.com\"}"
#define TALK_MYSELF "{\"accountId\":\"5b1\",\"timeZone\":\"Europe/Berlin\"}"
#define TALK_FIELDS "[{\"id\":\"summary\",\"name\":\"Summary\"}]"
#define TALK_NONE "{\"issues\":[],\"total\":0,\"startAt\":0}"
#define TALK_ISSUE(id, key, updated)                                                   \
    "{\"id\":\"" id "\",\"key\":\"" key "\",\"fields\":{\"updated\":\"" updated        \
    "\",\"status\":{}}}"
#define TALK_SOME                                                                      \
    "{\"issues\":[" TALK_ISSUE(                                                        \
        "1", "PAY-1", "2026-01-01T00:00:00.000+0000") "],\"total\":1,\"startAt\":0}"

static inline void talk_setup_cloud(struct talk *k, const char *projects)
{
    talk_ok(k, "/rest/api/2/serverInfo", TALK_CLOUD);
    talk_ok(k, "/rest/api/3/myself", TALK_MYSELF);
    talk_ok(k, "/rest/api/3/field", TALK_FIELDS);
    talk_ok(k, "/rest/api/3/project/search", projects);
}

static inline void talk_probes(struct talk *k)
{
    talk_ok(k, "jql=updated >= 4102444800000", TALK_NONE);
    talk_ok(k, "updated >= 86400000", TALK_SOME);
}

#endif
