#include "store/listing.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/audit.h"
#include "store/eval.h"
#include "store/fate.h"
#include "store/sql.h"

enum {
    DOUBT_LEAST = 5, /* fewer may all go in a day, however few there are */
    WORD = 64,
    BEAT_ROWS = 1024,
};
static const struct dur doubt_again = {3600000};

/* ---- when ---- */

bool listing_is_due(const struct tracker_conf *conf, const struct sync_scope *c,
                    struct wall now)
{
    struct dur every = DUR_MS(conf->reconcile.ms);
    uint64_t spread;

    if (c->synced_at.ms == 0 || c->state == SCOPE_IS_DISABLED)
        return false;
    if (c->listed_at.ms == 0)
        return true;
    if (c->lacks > 0 && every.ms > doubt_again.ms)
        every = doubt_again;
    /* Scopes that were listed together drift apart. */
    spread = hash64(c->name.p, c->name.n, (uint64_t)c->listed_at.ms);
    every.ms -= (int64_t)(spread % (uint64_t)(every.ms / 4 + 1));
    return wall_since(now, c->listed_at).ms >= every.ms;
}

/* ---- rows that were met ---- */

void listing_drop(struct sync_scope *c)
{
    c->listing = false;
}

void listing_met(struct sync *s, int64_t item)
{
    size_t word = (size_t)item / WORD;

    if (item > 0 && word < s->n_met)
        s->met[word] |= UINT64_C(1) << ((size_t)item % WORD);
}

static bool was_met(const struct sync *s, int64_t item)
{
    size_t word = (size_t)item / WORD;

    return word < s->n_met && (s->met[word] >> ((size_t)item % WORD) & 1) != 0;
}

/* Items that are newer than every listing need no bit. */
static bool make_room(struct sync *s, int64_t last, struct err *e)
{
    size_t n = (size_t)last / WORD + 1;
    uint64_t *met;

    if (n <= s->n_met)
        return true;
    met = realloc(s->met, n * sizeof *met);
    if (met == NULL)
        return err_nomem(e);
    memset(met + s->n_met, 0, (n - s->n_met) * sizeof *met);
    s->met = met;
    s->n_met = n;
    return true;
}

static bool begin(struct db *db, struct sync *s, struct sync_scope *c, struct err *e)
{
    static const char sql[] = "SELECT id FROM item ORDER BY id DESC LIMIT 1";

    if (!sql_int(db, sql, SQL_NONE, 0, &c->list_mark, e) ||
        !make_room(s, c->list_mark, e))
        return false;
    c->listing = true;
    return true;
}

bool listing_begins(struct db *db, struct sync *s, const struct feed *feed,
                    struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];
        struct sync_scope *c = map_get(s->by_name, ev->scope);

        if (ev->kind == SCOPE_LISTING && c != NULL && !begin(db, s, c, e))
            return false;
    }
    return true;
}

bool listing_sightings(struct db *db, struct sync *s, const struct feed *feed,
                       struct wall now, struct page_stats *st, struct err *e)
{
    static const char sql[] = "SELECT id, has FROM item WHERE source = ? AND vid = ?";

    for (size_t i = 0; i < feed->n_sightings; i++) {
        const struct sighting *seen = &feed->sightings[i];
        int64_t id = 0, has = 0;
        struct query q;
        bool row;

        if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source), SQL_S(seen->vid)), e) ||
            !query_next(&q, &row, e))
            return false;
        if (row) {
            id = query_int(&q, 0);
            has = query_int(&q, 1);
            query_close(&q);
        }
        listing_met(s, id);
        if ((has & (HAS_GONE | HAS_HIDDEN)) != 0 && !fate_clear(db, s, id, now, st, e))
            return false;
    }
    return true;
}

/* ---- what is missing ---- */

/* What a listing must have met and did not; hidden ones are asked for again, and say
   nothing about the listing. */
struct lack {
    struct tracker_missing *v;
    size_t n, cap;
    int64_t expected, missing; /* of those that could be read */
};

static bool take_missing(struct db *db, struct lack *l, int64_t id, struct arena *a,
                         struct err *e)
{
    static const char sql[] = "SELECT vid, key, has FROM item WHERE id = ?";
    struct tracker_missing *m;
    struct query q;
    bool row, hidden;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(id)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    if ((query_int(&q, 2) & HAS_GONE) != 0) {
        l->expected--;
        query_close(&q);
        return true;
    }
    hidden = (query_int(&q, 2) & HAS_HIDDEN) != 0;
    l->expected -= hidden;
    l->missing += !hidden;
    m = arena_grow(a, &l->v, &l->n, &l->cap, sizeof *m);
    if (m != NULL)
        *m = (struct tracker_missing){query_dup(&q, 0, a), query_dup(&q, 1, a)};
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

static bool find_missing(struct db *db, struct sync *s, const struct sync_scope *c,
                         struct wall since, struct arena *a, struct lack *ret,
                         struct err *e)
{
    /* Outcome 0 is open; one range of the index for each of the three. */
    static const char sql[] =
        "SELECT id FROM item WHERE scope = ?1 AND outcome = 0 AND id <= ?2 UNION ALL"
        " SELECT id FROM item WHERE scope = ?1 AND outcome IN (1, 2) AND updated >= ?3"
        " AND id <= ?2";
    struct query q;
    bool row;

    _Static_assert(ITEM_OPEN == 0 && ITEM_COMPLETED == 1 && ITEM_DISCARDED == 2,
                   "stand in the statement");
    if (!query_open(&q, db, sql,
                    SQL_ARGS(SQL_I(c->id), SQL_I(c->list_mark), SQL_T(since)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        int64_t id = query_int(&q, 0);

        if (++ret->expected % BEAT_ROWS == 0)
            sql_beat(db);
        if (!was_met(s, id) && !take_missing(db, ret, id, a, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

/* ---- what it comes to ---- */

static bool save(struct db *db, const struct sync_scope *c, bool anew, struct err *e)
{
    static const char sql[] =
        "UPDATE scope SET listed_at = ?2, believe = ?3, lacks = ?4, lacks_of = ?5,"
        " deleted = CASE WHEN ?6 THEN 0 ELSE deleted END,"
        " gone = CASE WHEN ?6 THEN 0 ELSE gone END,"
        " outside = CASE WHEN ?6 THEN 0 ELSE outside END,"
        " moved = CASE WHEN ?6 THEN 0 ELSE moved END WHERE id = ?1";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(c->id), SQL_T(c->listed_at), SQL_I(c->believe),
                            SQL_I(c->lacks), SQL_I(c->lacks_of), SQL_I(anew)),
                   e);
}

bool listing_synced(struct db *db, struct sync_scope *c, struct wall now, struct err *e)
{
    if (c->synced_at.ms != 0)
        return true;
    c->listed_at = now;
    c->believe = false;
    return save(db, c, true, e);
}

static void say_doubt(const struct sync *s, const struct sync_scope *c, struct err *ret)
{
    err_set(
        ret, ERR_GONE,
        "lists %lld of %lld issues: the other %lld are missing; `alignctl sync %.*s "
        "--accept` if that is right",
        (long long)(c->lacks_of - c->lacks), (long long)c->lacks_of,
        (long long)c->lacks, STR_FMT(s->name));
}

bool listing_doubt(struct db *db, struct sync *s, struct sync_scope *c, struct wall now,
                   struct err *e)
{
    struct err doubt;

    say_doubt(s, c, &doubt);
    c->err_kind = doubt.kind;
    if (c->failed_since.ms == 0)
        c->failed_since = now;
    if (!str_eqz(c->error, doubt.msg))
        c->error = arena_str(s->a, str_of(doubt.msg));
    return (!arena_failed(s->a) || err_nomem(e)) &&
           sync_scope_enter(db, c, SCOPE_IS_FAILED, e);
}

static struct page_listing *report(const struct feed *feed, struct page_stats *st,
                                   const struct sync_scope *c, struct err *e)
{
    struct page_listing *l;

    if (st->listings == NULL)
        st->listings = arena_array(feed->a, feed->n_events, sizeof *l);
    if (st->listings == NULL) {
        err_nomem(e);
        return NULL;
    }
    l = &st->listings[st->n_listings++];
    l->scope = arena_str(feed->a, c->name);
    return l;
}

static bool end(struct db *db, struct sync *s, struct sync_scope *c,
                const struct scope_event *ev, const struct feed *feed, struct wall now,
                struct page_stats *st, struct err *e)
{
    struct page_listing *l = report(feed, st, c, e);
    bool doubted = c->lacks > 0;
    struct lack lack = {0};

    if (l == NULL || !find_missing(db, s, c, ev->since, feed->a, &lack, e))
        return false;
    c->listing = false;
    c->listed_at = now;
    c->lacks = 0;
    if (!c->believe && lack.missing >= DOUBT_LEAST &&
        lack.missing >= lack.expected - lack.missing) {
        c->lacks = lack.missing;
        c->lacks_of = lack.expected;
        say_doubt(s, c, &l->doubt);
        return listing_doubt(db, s, c, now, e) && sync_scope_save(db, c, e) &&
               save(db, c, false, e);
    }
    c->believe = false;
    l->missing = lack.v;
    l->n_missing = lack.n;
    if (doubted) {
        sync_scope_clear_error(c);
        if (!sync_scope_enter(db, c, SCOPE_IS_SYNCED, e) || !sync_scope_save(db, c, e))
            return false;
    }
    return save(db, c, true, e);
}

bool listing_ends(struct db *db, struct sync *s, const struct feed *feed,
                  struct wall now, struct page_stats *st, struct err *e)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        const struct scope_event *ev = &feed->events[i];
        struct sync_scope *c = map_get(s->by_name, ev->scope);
        struct page_listing *l;

        if (c == NULL || ev->scope.n == 0)
            continue;
        if (ev->kind == SCOPE_LISTED && c->listing) {
            if (!end(db, s, c, ev, feed, now, st, e))
                return false;
        } else if (ev->kind == SCOPE_SYNCED && c->lacks > 0) {
            l = report(feed, st, c, e);
            if (l == NULL)
                return false;
            say_doubt(s, c, &l->doubt);
        }
    }
    return true;
}

/* ---- asked for ---- */

/* A sync that runs goes by what it has in memory. */
static void tell_running(struct db *db, struct str source, bool accept)
{
    for (struct sync *s = db->syncs; s != NULL; s = s->next) {
        for (size_t i = 0; i < s->n_scopes; i++) {
            struct sync_scope *c = s->scopes[i];

            if ((source.n > 0 && !str_eq(s->name, source)) || (accept && c->lacks == 0))
                continue;
            c->listed_at = (struct wall){0};
            c->believe = c->believe || accept;
        }
    }
}

static bool ask(struct db *db, struct str source, bool accept, const struct actor *by,
                struct wall now, unsigned *ret_n, struct err *e)
{
    static const char find[] =
        "SELECT count(*) FROM source WHERE active AND (?1 = '' OR name = ?1)";
    static const char sql[] =
        "UPDATE scope SET listed_at = 0, believe = max(believe, ?2) WHERE source IN"
        " (SELECT id FROM source WHERE active AND (?1 = '' OR name = ?1))"
        " AND state <> ?3 AND (NOT ?2 OR lacks > 0)";
    int64_t n;

    if (!sql_int(db, find, SQL_ARGS(SQL_S(source)), 0, &n, e))
        return false;
    if (n == 0 && source.n > 0)
        return err_set(e, ERR_NOT_FOUND, "no source named '%.*s'", STR_FMT(source));
    if (!sql_run(db, sql, SQL_ARGS(SQL_S(source), SQL_I(accept), SQL_I(SCOPE_IS_LEFT)),
                 e))
        return false;
    *ret_n = (unsigned)sql_changes(db);
    return audit_add(db, by, STR("sync"), source,
                     accept ? STR("--accept") : STR("--list"), now, e);
}

bool db_listing_ask(struct db *db, struct str source, bool accept,
                    const struct actor *by, struct wall now, unsigned *ret_n,
                    struct err *e)
{
    if (!sql_begin(db, true, e) ||
        !sql_end(db, ask(db, source, accept, by, now, ret_n, e), e))
        return false;
    tell_running(db, source, accept);
    return true;
}
