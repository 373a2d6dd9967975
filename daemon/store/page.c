#include "core/item.h"
#include "store/blocked.h"
#include "store/db.h"
#include "store/dirty.h"
#include "store/effort.h"
#include "store/eval.h"
#include "store/fate.h"
#include "store/globs.h"
#include "store/hide.h"
#include "store/history.h"
#include "store/listing.h"
#include "store/page_row.h"
#include "store/sql.h"
#include "store/sync.h"

enum {
    ROW_BYTES = 1 << 20, /* ceiling of one packed column */
    BEAT_ROWS = 64,
    PRIVATE_SALT = 0x5bd1e995,
};

/* An item created this long before a complete look and still unknown came into view
   by other means than its creation; less may be the tracker's index lagging. */
static const struct dur came_into_view = {3600000};
/* A Date that says more of our clock is not believed. */
static const struct dur most_ahead = {7 * INT64_C(86400000)};

struct page {
    struct db *db;
    struct sync *sync;
    const struct tracker_conf *conf;
    struct arena *a;
    struct globs private_projects, private_labels;
    struct wall now;
    struct buf marks, people;
    /* New rows that are still to be written, with their scopes. */
    struct page_row fresh[SQL_ROWS];
    struct sync_scope *fresh_of[SQL_ROWS];
    size_t n_fresh;
    struct {
        int64_t scope, first, last;
    } run; /* of rows that this page added and nobody queued yet; first 0: none */
    struct wall earliest; /* what it changed of who did what when; 0: nothing */
    bool expect_new;
    struct page_stats *stats;
};

/* What of a stored row decides what a change means. */
struct old_row {
    int64_t id, scope;
    enum item_category category;
    enum item_outcome outcome;
    bool baseline, private_;
    struct wall changed, updated;
    unsigned has;
    struct str key, parent_vid, parent_key, status, assignees;
};

/* ---- when it was in progress ---- */

static void changes_from(struct page *p, struct wall at)
{
    if (p->earliest.ms == 0 || at.ms < p->earliest.ms)
        p->earliest = at;
}

static bool span_open(struct page *p, int64_t id, const struct page_row *row,
                      struct wall at, struct err *e)
{
    static const char sql[] =
        "INSERT INTO span (item, started, ended, status, assignees) VALUES (?, ?, 0, "
        "?, ?)"
        " ON CONFLICT DO UPDATE SET ended = 0, status = excluded.status,"
        " assignees = excluded.assignees";

    changes_from(p, at);
    return sql_run(
        p->db, sql,
        SQL_ARGS(SQL_I(id), SQL_T(at), SQL_S(row->it->status), SQL_S(row->people)),
        e);
}

static bool span_close(struct page *p, int64_t id, struct wall at, struct err *e)
{
    static const char sql[] =
        "UPDATE span SET ended = max(started, ?2) WHERE item = ?1 AND ended = 0";

    changes_from(p, at);
    return sql_run(p->db, sql, SQL_ARGS(SQL_I(id), SQL_T(at)), e);
}

/* Somebody edited what is in progress: it is not forgotten. */
static bool touch(struct page *p, int64_t id, const struct old_row *old,
                  const struct item *it, struct err *e)
{
    static const char sql[] =
        "INSERT INTO touch (item, at) VALUES (?, ?) ON CONFLICT DO NOTHING";

    if (it->updated.ms <= old->updated.ms)
        return true;
    changes_from(p, it->updated);
    return sql_run(p->db, sql, SQL_ARGS(SQL_I(id), SQL_T(it->updated)), e);
}

static bool span_change(struct page *p, const struct old_row *old,
                        const struct page_row *row, struct wall at, struct err *e)
{
    const struct item *it = row->it;
    bool was = old->category == ITEM_IN_PROGRESS, is = it->category == ITEM_IN_PROGRESS;

    if (was == is && (!is || (str_eq(old->status, it->status) &&
                              str_eq(old->assignees, row->people))))
        return !is || touch(p, old->id, old, it, e);
    return (!was || span_close(p, old->id, at, e)) &&
           (!is || span_open(p, old->id, row, at, e));
}

/* ---- one row ---- */

static struct wall first_of(struct wall a, struct wall b, struct wall c)
{
    if (a.ms != 0)
        return a;
    return b.ms != 0 ? b : c;
}

/* What was created before is nothing that came about since. It is the tracker's clock
   that says so, and ours, maybe ahead of it, that said when we looked. */
static struct wall baseline_limit(const struct page *p, const struct sync_scope *c)
{
    struct wall known = sync_scope_known(p->sync, c);
    int64_t ahead = p->sync->skew < 0 ? -p->sync->skew : 0;

    if (known.ms == 0)
        return c->first_seen;
    if (ahead > most_ahead.ms)
        ahead = most_ahead.ms;
    return wall_add(known, DUR_MS(-came_into_view.ms - ahead));
}

/* What tells only that there are some is followed by what they are. */
static bool set_blockers(struct page *p, int64_t id, const struct item *it,
                         unsigned has, struct err *e)
{
    if (it->blocked_by > 0 || (it->n_blockers == 0 && (has & HAS_BLOCKER) == 0))
        return true;
    return blocked_set(p->db, id, it->blockers, it->n_blockers, p->now, p->a, e);
}

/* When it came to be what it is; when it went in progress is not told, and is not later
   than its last change. */
static struct wall changed_at(const struct page *p, const struct item *it)
{
    struct wall at = first_of(it->closed, it->created, p->now);

    return it->category == ITEM_IN_PROGRESS && it->updated.ms > at.ms ? it->updated : at;
}

/* New rows are the newest, with ids in turn. */
static bool end_run(struct page *p, struct err *e)
{
    int64_t first = p->run.first;

    p->run.first = 0;
    return first == 0 || dirty_add_run(p->db, p->run.scope, first, p->run.last, e);
}

static bool queue_new(struct page *p, int64_t scope, int64_t id, struct err *e)
{
    bool goes_on = p->run.first != 0 && p->run.scope == scope && p->run.last + 1 == id;

    if (!goes_on && !end_run(p, e))
        return false;
    if (!goes_on)
        p->run.first = id;
    p->run.scope = scope;
    p->run.last = id;
    return true;
}

static bool added(struct page *p, const struct page_row *row, struct sync_scope *c,
                  int64_t id, struct err *e)
{
    const struct item *it = row->it;

    listing_met(p->sync, id);
    c->more_items++;
    c->more_open += it->outcome == ITEM_OPEN;
    p->stats->inserted++;
    if (!queue_new(p, c->id, id, e) || !set_blockers(p, id, it, 0, e))
        return false;
    return it->category != ITEM_IN_PROGRESS ||
           span_open(p, id, row, first_of(it->updated, it->created, p->now), e);
}

static bool load_old(struct page *p, int64_t id, struct old_row *ret, struct err *e)
{
    static const char sql[] =
        "SELECT scope, category, outcome, baseline, changed, parent_vid,"
        " parent_key, status, assignees, key, private, has, updated FROM item"
        " WHERE id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, p->db, sql, SQL_ARGS(SQL_I(id)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_STORE, "item %lld is gone", (long long)id);
    *ret = (struct old_row){
        .id = id,
        .scope = query_int(&q, 0),
        .category = (enum item_category)query_int(&q, 1),
        .outcome = (enum item_outcome)query_int(&q, 2),
        .baseline = query_int(&q, 3) != 0,
        .changed = query_wall(&q, 4),
        .parent_vid = query_dup(&q, 5, p->a),
        .parent_key = query_dup(&q, 6, p->a),
        .status = query_dup(&q, 7, p->a),
        .assignees = query_dup(&q, 8, p->a),
        .key = query_dup(&q, 9, p->a),
        .private_ = query_int(&q, 10) != 0,
        .has = (unsigned)query_int(&q, 11),
        .updated = query_wall(&q, 12),
    };
    query_close(&q);
    return !arena_failed(p->a) || err_nomem(e);
}

/* Learning the vid or the key of the same parent is no change. */
static bool has_new_parent(const struct old_row *old, const struct item *it)
{
    if (old->parent_vid.n > 0 && it->parent_vid.n > 0)
        return !str_eq(old->parent_vid, it->parent_vid);
    if (old->parent_key.n > 0 && it->parent_key.n > 0)
        return !str_eq_nocase(old->parent_key, it->parent_key);
    return (old->parent_vid.n > 0 || old->parent_key.n > 0) !=
           (it->parent_vid.n > 0 || it->parent_key.n > 0);
}

static void count_move(struct page *p, const struct old_row *old, struct sync_scope *c,
                       const struct item *it)
{
    c->more_items++;
    c->more_open += it->outcome == ITEM_OPEN;
    for (size_t i = 0; i < p->sync->n_scopes; i++) {
        struct sync_scope *from = p->sync->scopes[i];

        if (from->id == old->scope) {
            from->more_items--;
            from->more_open -= old->outcome == ITEM_OPEN;
        }
    }
}

static bool update_item(struct page *p, int64_t id, struct sync_scope *c,
                        struct page_row *row, struct err *e)
{
    const struct item *it = row->it;
    struct old_row old = {0};
    struct wall at;
    bool new_parent, queued;

    if (!end_run(p, e) || !load_old(p, id, &old, e) ||
        (old.scope != c->id && !dirty_leave_run(p->db, old.scope, id, &queued, e)))
        return false;
    new_parent = has_new_parent(&old, it);
    if ((old.has & (HAS_GONE | HAS_HIDDEN)) != 0 &&
        !fate_clear(p->db, p->sync, id, p->now, p->stats, e))
        return false;
    at = first_of(it->closed, it->updated, p->now);
    row->changed = old.changed;
    if (old.category != it->category && at.ms > row->changed.ms)
        row->changed = at;
    row->baseline = old.baseline && !new_parent &&
                    (it->category != ITEM_IN_PROGRESS ||
                     old.category == ITEM_IN_PROGRESS);
    if (!str_eq(old.key, it->key) &&
        (!dirty_add_children_by_key(p->db, old.key, e) ||
         !dirty_add_children_by_key(p->db, it->key, e) ||
         !blocker_renamed(p->db, old.key, it->key, e) ||
         !moved_key(p->db, id, old.key, e)))
        return false;
    if (new_parent && !effort_parent_was(p->db, id, old.parent_vid, old.parent_key,
                                         p->now, e))
        return false;
    if (row->private_ && !old.private_ && !hide_item(p->db, id, p->a, e))
        return false;
    count_move(p, &old, c, it);
    p->stats->changed++;
    return page_row_update(p->db, id, row, e) && span_change(p, &old, row, at, e) &&
           set_blockers(p, id, it, old.has, e) &&
           ((old.outcome == ITEM_OPEN) == (it->outcome == ITEM_OPEN) ||
            blocker_turned(p->db, it->key, it->outcome == ITEM_OPEN, p->now, e)) &&
           dirty_add(p->db, id, e);
}

static bool pack(struct page *p, struct page_row *row, struct err *e)
{
    const struct item *it = row->it;

    buf_clear(&p->marks);
    buf_clear(&p->people);
    item_pack_marks(&p->marks, it->marks, it->n_marks);
    for (size_t i = 0; i < it->n_assignees; i++) {
        if (i > 0)
            buf_addc(&p->people, ',');
        buf_add(&p->people, it->assignees[i]);
    }
    row->marks = arena_str(p->a, buf_str(&p->marks));
    row->people = arena_str(p->a, buf_str(&p->people));
    return buf_check(&p->marks, e) && buf_check(&p->people, e) &&
           (!arena_failed(p->a) || err_nomem(e));
}

static bool is_private(const struct page *p, const struct item *it)
{
    return it->restricted || globs_match(&p->private_projects, it->scope, p->a) ||
           globs_match_marks(&p->private_labels, MARK_LABEL, it->marks, it->n_marks,
                             p->a);
}

static uint64_t hash_of(const struct item *it, bool private_)
{
    return item_hash(it) ^ (private_ ? PRIVATE_SALT : 0);
}

static bool find_row(struct page *p, const struct item *it, int64_t *ret_id,
                     uint64_t *ret_hash, struct err *e)
{
    static const char sql[] = "SELECT id, hash FROM item WHERE source = ? AND vid = ?";
    struct query q;
    bool row;

    if (!query_open(&q, p->db, sql, SQL_ARGS(SQL_I(p->sync->source), SQL_S(it->vid)),
                    e) ||
        !query_next(&q, &row, e))
        return false;
    *ret_id = row ? query_int(&q, 0) : 0;
    *ret_hash = row ? (uint64_t)query_int(&q, 1) : 0;
    query_close(&q);
    listing_met(p->sync, *ret_id);
    return true;
}

static bool change(struct page *p, int64_t id, uint64_t stored, struct sync_scope *c,
                   struct page_row *row, struct err *e)
{
    if (stored != row->hash)
        return update_item(p, id, c, row, e);
    p->stats->unchanged++;
    return true;
}

static bool write_fresh(struct page *p, struct err *e)
{
    size_t n = p->n_fresh;
    int64_t ids[SQL_ROWS];

    p->n_fresh = 0;
    if (!page_rows_insert(p->db, p->sync->source, p->now, p->fresh, n, ids, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t stored;

        p->expect_new = ids[i] != 0;
        if (ids[i] != 0 ? !added(p, &p->fresh[i], p->fresh_of[i], ids[i], e)
                        : !find_row(p, p->fresh[i].it, &ids[i], &stored, e) ||
                              !change(p, ids[i], stored, p->fresh_of[i], &p->fresh[i],
                                      e))
            return false;
    }
    return true;
}

/* Where the one before was new, too, it is written with others. */
static bool add_item(struct page *p, struct sync_scope *c, struct page_row *row,
                     struct err *e)
{
    row->baseline = row->it->created.ms < baseline_limit(p, c).ms;
    row->changed = changed_at(p, row->it);
    p->fresh[p->n_fresh] = *row;
    p->fresh_of[p->n_fresh++] = c;
    return (p->expect_new && p->n_fresh < SQL_ROWS) || write_fresh(p, e);
}

/*
 * A row is looked for first, or inserted first where the one before it was new,
 * too: in a first walk nearly all are, later nearly none.
 */
static bool apply_item(struct page *p, const struct item *it, struct sync_scope *c,
                       struct err *e)
{
    struct page_row row = {.it = it, .private_ = is_private(p, it), .scope = c->id};
    uint64_t stored = 0;
    int64_t id = 0;
    bool former;

    row.hash = hash_of(it, row.private_);
    if (!moved_is_former(p->db, p->sync, it->vid, &former, e))
        return false;
    if (former) {
        p->stats->unchanged++;
        return true;
    }
    if (!p->expect_new && !find_row(p, it, &id, &stored, e))
        return false;
    if (id != 0 && stored == row.hash) {
        p->stats->unchanged++;
        return true;
    }
    if (!pack(p, &row, e))
        return false;
    return id != 0 ? update_item(p, id, c, &row, e) : add_item(p, c, &row, e);
}

static bool apply_items(struct page *p, const struct feed *feed, struct err *e)
{
    struct sync_scope *c = NULL;

    for (size_t i = 0; i < feed->n_items; i++) {
        const struct item *it = &feed->items[i];

        if ((c == NULL || !str_eq(c->name, it->scope)) &&
            !sync_scope_get(p->db, p->sync, it->scope, p->now, &c, e))
            return false;
        p->stats->items++;
        if (!apply_item(p, it, c, e))
            return false;
        if (i % BEAT_ROWS == 0)
            sql_beat(p->db);
    }
    return write_fresh(p, e);
}

static bool apply(struct page *p, const struct feed *feed, struct err *e)
{
    return sync_mark(p->db, p->sync, p->now, e) &&
           sync_events_before(p->db, p->sync, feed, p->now, e) &&
           listing_begins(p->db, p->sync, feed, e) &&
           /* First: a page may bring the item under the id it has now. */
           fates_apply(p->db, p->sync, feed, p->now, p->stats, e) &&
           apply_items(p, feed, e) && end_run(p, e) &&
           listing_sightings(p->db, p->sync, feed, p->now, p->stats, e) &&
           histories_apply(p->db, p->sync, feed, &p->earliest, e) &&
           blocked_apply(p->db, p->sync, feed, p->now, e) &&
           (p->earliest.ms == 0 || effort_stale(p->db, p->earliest, e)) &&
           sync_save_counts(p->db, p->sync, e) &&
           sync_save_memory(p->db, p->sync, feed->memory, e) &&
           sync_save_notes(p->db, p->sync, feed, p->now, e) &&
           sync_events_after(p->db, p->sync, p->conf, feed, p->now, e) &&
           listing_ends(p->db, p->sync, feed, p->now, p->stats, e) &&
           (!arena_failed(p->a) || err_nomem(e));
}

/*
 * Nothing in the answer that the rows do not say already: no event, and no
 * items but those that every search finds again, since it begins a little
 * before what was seen.
 */
static bool is_idle(struct page *p, const struct feed *feed, bool *ret, struct err *e)
{
    *ret = feed->n_sightings == 0 && feed->n_fates == 0 && feed->n_histories == 0 &&
           feed->n_blockers == 0 && feed->n_notes == 0 && feed->memory.p == NULL && p->sync->n_met == 0 &&
           sync_events_are_idle(p->sync, p->conf, feed, p->now);
    for (size_t i = 0; *ret && i < feed->n_items; i++) {
        uint64_t stored;
        int64_t id;

        if (!find_row(p, &feed->items[i], &id, &stored, e))
            return false;
        *ret = id != 0 &&
               stored == hash_of(&feed->items[i], is_private(p, &feed->items[i]));
    }
    if (*ret)
        p->stats->items = p->stats->unchanged = feed->n_items;
    return !arena_failed(p->a) || err_nomem(e);
}

static bool synced_some(const struct feed *feed)
{
    for (size_t i = 0; i < feed->n_events; i++) {
        if (feed->events[i].kind == SCOPE_SYNCED)
            return true;
    }
    return false;
}

static bool apply_page(struct page *p, const struct feed *feed, struct err *e)
{
    bool idle;

    if (!is_idle(p, feed, &idle, e))
        return false;
    return idle || (sql_begin(p->db, false, e) && sql_end(p->db, apply(p, feed, e), e));
}

bool db_page_apply(struct db *db, const struct tracker_conf *conf,
                   const struct feed *feed, struct wall now, struct page_stats *ret,
                   struct err *e)
{
    struct page p = {.db = db, .conf = conf, .a = feed->a, .now = now, .stats = ret};
    bool ok;

    *ret = (struct page_stats){.scope_synced = synced_some(feed)};
    if (!sync_get(db, conf, now, &p.sync, e))
        return false;
    sync_take_rates(p.sync, feed, now);
    buf_init(&p.marks, ROW_BYTES);
    buf_init(&p.people, ROW_BYTES);
    p.private_projects = globs_fold(&conf->private_.projects, p.a);
    p.private_labels = globs_fold(&conf->private_.labels, p.a);
    ok = !arena_failed(p.a) || err_nomem(e);
    ok = ok && apply_page(&p, feed, e);
    if (!ok)
        sync_drop(db, conf->name);
    buf_finish(&p.marks);
    buf_finish(&p.people);
    return ok;
}
