/*
 * What the store's tests share: a database in a directory of its own, and a
 * source whose pages are written down as short lines. Static functions, so that
 * each test remains one program.
 */
#ifndef TESTS_UNIT_STORE_RIG_H
#define TESTS_UNIT_STORE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "store/db.h"
#include "store/open.h"
#include "store/sql.h"
#include "tests/support/tempdir.h"

#define RIG_T0 INT64_C(1790000000000) /* a Monday: 2026-09-21T14:13:20Z */
#define RIG_MIN INT64_C(60000)
#define RIG_HOUR INT64_C(3600000)
#define RIG_DAY INT64_C(86400000)

struct rig {
    struct tempdir dir;
    struct db *db;
    struct arena *a;
    struct tracker_conf conf;
    struct feed feed;
    struct wall now;
    struct err e;
};

/* Items that wait for evaluation. */
#define RIG_WAITING                                                                    \
    "SELECT (SELECT count(*) FROM dirty) + coalesce(sum(last - first + 1), 0)"          \
    " FROM dirty_run"
#define RIG_OK(r, call)                                                                \
    do {                                                                               \
        if (!(call))                                                                   \
            fail_msg("%s: %s (%s:%d)", #call, (r)->e.msg, (r)->e.src,                  \
                     (r)->e.src_line);                                                 \
    } while (0)

static inline struct wall rig_wall(void *ctx)
{
    return ((struct rig *)ctx)->now;
}
static inline struct mono rig_mono(void *ctx)
{
    return (struct mono){((struct rig *)ctx)->now.ms};
}

static inline void rig_open(struct rig *r, struct store_opened *ret)
{
    struct clock clock = {rig_wall, rig_mono, r};
    struct store_options opt = {.dir = tempdir_path(&r->dir), .clock = &clock};

    RIG_OK(r, db_open_writer(&opt, &r->db, ret, &r->e));
}

/* The directory, and no database in it yet. */
static inline void rig_prepare(struct rig *r)
{
    *r = (struct rig){.now = {RIG_T0}};
    r->conf.name = STR("hub");
    r->conf.type = STR("github");
    r->conf.interval = SPAN_MS(5 * RIG_MIN);
    RIG_OK(r, tempdir_create(&r->dir, &r->e));
    r->a = arena_create((size_t)256 << 20);
    assert_non_null(r->a);
}

/* The database that the last one left, by db_close as kill -9 does, by db_close_writer
   as a clean stop does. */
static inline struct store_opened rig_reopen(struct rig *r)
{
    struct store_opened opened;

    rig_open(r, &opened);
    return opened;
}

/* Of a test that opens it by itself, and closes it: its state is the rig. */
static inline int rig_setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    assert_non_null(r);
    rig_prepare(r);
    *state = r;
    return 0;
}
static inline int rig_teardown(void **state)
{
    struct rig *r = *state;

    tempdir_remove(&r->dir);
    arena_destroy(r->a);
    free(r);
    return 0;
}

static inline void rig_init(struct rig *r)
{
    rig_prepare(r);
    assert_true(rig_reopen(r).created);
}

static inline void rig_finish(struct rig *r)
{
    db_close_writer(r->db);
    tempdir_remove(&r->dir);
    arena_destroy(r->a);
}

static inline int64_t rig_int(struct rig *r, const char *sql)
{
    sqlite3_stmt *st;
    int64_t v;

    if (sqlite3_prepare_v2(r->db->h, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(r->db->h));
    v = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
    sqlite3_finalize(st);
    return v;
}

/* The first column of the first row, in the rig's arena; "" without a row. */
static inline const char *rig_text(struct rig *r, const char *sql)
{
    sqlite3_stmt *st;
    const char *text = "";

    if (sqlite3_prepare_v2(r->db->h, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(r->db->h));
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0) != NULL)
        text = arena_strdup(r->a, str_of((const char *)sqlite3_column_text(st, 0)));
    sqlite3_finalize(st);
    return text;
}

/* ---- pages ---- */

static inline size_t rig_begin_print(struct rig *r, uint64_t fingerprint)
{
    struct tracker_start start;

    RIG_OK(r, db_sync_begin(r->db, &r->conf, fingerprint, true, r->now, r->a, &start, &r->e));
    return start.n_scopes;
}
static inline size_t rig_begin(struct rig *r)
{
    return rig_begin_print(r, 1);
}

static inline void rig_page(struct rig *r)
{
    arena_reset(r->a);
    r->feed = (struct feed){.a = r->a, .rate_limit = -1, .rate_remaining = -1};
}

/* An open item of the base level, created two hours before the rig's first time. */
static inline struct item *rig_item(struct rig *r, const char *scope, int number)
{
    struct item *it = arena_grow(r->a, &r->feed.items, &r->feed.n_items,
                                 &r->feed.cap_items, sizeof *it);

    assert_non_null(it);
    it->vid = arena_printf(r->a, "%s-%d", scope, number);
    it->key = arena_printf(r->a, "%s#%d", scope, number);
    it->scope = arena_str(r->a, str_of(scope));
    it->title = arena_printf(r->a, "Issue %d", number);
    it->url = arena_printf(r->a, "https://example.com/%s/%d", scope, number);
    it->status = STR("open");
    it->author = STR("ben");
    it->author_name = STR("Ben");
    it->created = it->updated = (struct wall){RIG_T0 - 2 * RIG_HOUR};
    return it;
}

static inline void rig_label(struct rig *r, struct item *it, const char *label)
{
    struct mark *m = arena_array(r->a, it->n_marks + 1, sizeof *m);

    assert_non_null(m);
    for (size_t i = 0; i < it->n_marks; i++)
        m[i] = it->marks[i];
    m[it->n_marks++] =
        (struct mark){MARK_LABEL, STR_NONE, arena_str(r->a, str_of(label))};
    it->marks = m;
}

static inline struct scope_event *rig_event(struct rig *r, enum scope_event_kind kind,
                                            const char *scope, const char *cursor)
{
    struct scope_event *ev = arena_grow(r->a, &r->feed.events, &r->feed.n_events,
                                        &r->feed.cap_events, sizeof *ev);

    assert_non_null(ev);
    ev->kind = kind;
    ev->scope = arena_str(r->a, str_of(scope));
    ev->cursor = arena_str(r->a, str_of(cursor));
    return ev;
}

static inline struct page_stats rig_apply(struct rig *r)
{
    struct page_stats st;

    RIG_OK(r, db_page_apply(r->db, &r->conf, &r->feed, r->now, &st, &r->e));
    return st;
}

static inline void rig_end(struct rig *r)
{
    RIG_OK(r, db_sync_end(r->db, &r->conf, NULL, r->now, &r->e));
}

#endif
