#include "store/eval_row.h"

#include <stdlib.h>

#include "store/change.h"
#include "store/dirty.h"
#include "store/effort.h"
#include "store/relink.h"
#include "store/sql.h"
#include "store/suggest.h"
#include "store/sync.h"

enum {
    CALL_MEMORY = 256 << 20,
    ITEM_MEMORY = 32 << 20,
};

bool eval_init(struct eval *ev, struct db *db, const struct eval_conf *conf,
               struct wall now, struct err *e)
{
    *ev = (struct eval){.db = db, .conf = conf, .now = now};
    eval_link_rows(ev);
    eval_item_rows(ev);
    ev->a = arena_create(CALL_MEMORY);
    ev->item = arena_create(ITEM_MEMORY);
    ev->tallies = map_create();
    ev->shares = map_create();
    ev->closed = map_create();
    if (ev->a == NULL || ev->item == NULL || ev->tallies == NULL || ev->shares == NULL ||
        ev->closed == NULL)
        return err_nomem(e);
    return eval_load_sources(ev, e) && change_load(ev, e);
}

void eval_finish(struct eval *ev)
{
    map_destroy(ev->shares);
    map_destroy(ev->closed);
    map_destroy(ev->tallies);
    arena_destroy(ev->item);
    arena_destroy(ev->a);
}

struct eval_scope *eval_scope(const struct eval *ev, int64_t id)
{
    size_t lo = 0, hi = ev->n_scopes;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (ev->scopes[mid].id == id)
            return &ev->scopes[mid];
        if (ev->scopes[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

struct eval_source *eval_source(const struct eval *ev, int64_t id)
{
    for (size_t i = 0; i < ev->n_sources; i++) {
        if (ev->sources[i].id == id)
            return &ev->sources[i];
    }
    return NULL;
}

bool eval_write_rows(struct eval *ev, struct err *e)
{
    return sql_rows_write(&ev->link_rows, e) && sql_rows_write(&ev->evaluated_rows, e);
}

void eval_wake(struct eval *ev, struct wall at)
{
    if (at.ms > ev->now.ms && (ev->wake.ms == 0 || at.ms < ev->wake.ms))
        ev->wake = at;
}

/* ---- which items ---- */

bool eval_take_rows(struct eval *ev, struct todo_list *l, struct query *q,
                    struct err *e)
{
    bool row;

    while (l->n < EVAL_BATCH) {
        struct eval_todo *t = &l->v[l->n];

        if (!query_next(q, &row, e))
            return false;
        if (!row)
            return true;
        t->scope = query_int(q, EVAL_ROW_COLUMN_COUNT);
        t->row = eval_row_read(ev, q);
        if (t->row == NULL) {
            query_close(q);
            return err_nomem(e);
        }
        l->n++;
    }
    query_close(q);
    return true;
}

static bool take_scope(struct eval *ev, struct todo_list *l, int64_t scope,
                       struct err *e)
{
    static const char rows[] =
        "SELECT " EVAL_ROW_COLUMNS ", d.scope FROM dirty d"
        " CROSS JOIN item i ON i.id = d.item" EVAL_ROW_EVALUATED " WHERE d.scope = ?"
        " ORDER BY d.item";
    static const char runs[] =
        "SELECT " EVAL_ROW_COLUMNS ", d.scope FROM dirty_run d"
        " CROSS JOIN item i ON i.id BETWEEN d.first AND d.last" EVAL_ROW_EVALUATED
        " WHERE d.scope = ? ORDER BY d.first, i.id";
    struct query q;
    size_t n;

    if (!query_open(&q, ev->db, rows, SQL_ARGS(SQL_I(scope)), e) ||
        !eval_take_rows(ev, l, &q, e))
        return false;
    n = l->n;
    if (n == EVAL_BATCH)
        return true;
    if (!query_open(&q, ev->db, runs, SQL_ARGS(SQL_I(scope)), e) ||
        !eval_take_rows(ev, l, &q, e))
        return false;
    while (n < l->n)
        l->v[n++].in_run = true;
    return true;
}

/* The queue of written items, then of each fresh scope that has one. */
static bool take_dirty(struct eval *ev, struct todo_list *l, struct err *e)
{
    static const char next[] =
        "SELECT min(scope) FROM (SELECT min(scope) AS scope FROM dirty WHERE scope > ?1"
        " UNION ALL SELECT min(scope) FROM dirty_run WHERE scope > ?1)";
    int64_t scope = -1;

    while (l->n < EVAL_BATCH) {
        const struct eval_scope *c;
        int64_t before = scope;

        /* min() over nothing is NULL, which reads as 0. */
        if (!sql_int(ev->db, next, SQL_ARGS(SQL_I(before)), 0, &scope, e))
            return false;
        if (scope <= before)
            return true;
        c = eval_scope(ev, scope);
        /* What belongs to no scope, or to nobody's, can be cleared at any time. */
        if ((scope == 0 || c == NULL || c->fresh || !c->in_view) &&
            !take_scope(ev, l, scope, e))
            return false;
    }
    return true;
}

static bool take_due(struct eval *ev, struct todo_list *l, struct err *e)
{
    static const char sql[] =
        "SELECT " EVAL_ROW_COLUMNS ", -1 FROM evaluated v CROSS JOIN item i"
        " ON i.id = v.item WHERE v.next_check > 0 AND v.next_check <= ?"
        " ORDER BY v.next_check";
    struct query q;

    if (l->n == EVAL_BATCH)
        return true;
    return query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) &&
           eval_take_rows(ev, l, &q, e);
}

static int by_item(const void *a, const void *b)
{
    const struct eval_todo *const *x = a, *const *y = b;

    return ((*x)->row->id > (*y)->row->id) - ((*x)->row->id < (*y)->row->id);
}

static bool keep_batch(struct eval *ev, const struct todo_list *l, struct err *e)
{
    ev->todo = l->v;
    ev->n_todo = l->n;
    ev->by_item = arena_array(ev->a, l->n + 1, sizeof(struct eval_todo *));
    if (ev->by_item == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < l->n; i++)
        ev->by_item[i] = &l->v[i];
    qsort(ev->by_item, l->n, sizeof(struct eval_todo *), by_item);
    return true;
}

static bool gather(struct eval *ev, struct todo_list *l, struct err *e)
{
    if (!relink_load(ev, e))
        return false;
    l->v = arena_array(ev->a, EVAL_BATCH, sizeof *l->v);
    if (l->v == NULL)
        return err_nomem(e);
    return take_dirty(ev, l, e) && take_due(ev, l, e) && relink_take(ev, l, e) &&
           keep_batch(ev, l, e);
}

/* ---- one batch ---- */

/* Its time has come, but nothing may be concluded now: it waits in the queue. */
static bool postpone(struct eval *ev, int64_t item, struct err *e)
{
    static const char clear[] =
        "UPDATE evaluated SET next_check = 0 WHERE item = ? AND next_check > 0";

    return dirty_add(ev->db, item, e) &&
           sql_run(ev->db, clear, SQL_ARGS(SQL_I(item)), e);
}

static bool is_frozen(const struct eval_row *r)
{
    return r->scope != NULL && r->scope->in_view && !r->scope->fresh;
}

bool eval_load_row(struct eval *ev, int64_t item, struct eval_row **ret, struct err *e)
{
    static const char sql[] =
        "SELECT " EVAL_ROW_COLUMNS " FROM item i" EVAL_ROW_EVALUATED " WHERE i.id = ?";
    struct query q;
    bool row;

    if (sql_rows_wait(&ev->evaluated_rows, item) && !eval_write_rows(ev, e))
        return false;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret = row ? eval_row_read(ev, &q) : NULL;
    query_close(&q);
    return !row || *ret != NULL || err_nomem(e);
}

/* Not of this batch: in the queue behind it, or not linked anew yet. */
static bool take_other(struct eval *ev, int64_t item, struct eval_row **ret,
                       struct err *e)
{
    struct eval_row *row;
    bool queued;

    if (!eval_load_row(ev, item, &row, e))
        return false;
    if (row == NULL || row->scope == NULL || is_frozen(row) || (row->has & HAS_HIDDEN))
        return true;
    if (!dirty_remove(ev->db, row->scope->id, item, &queued, e))
        return false;
    if (queued ||
        (ev->relinking != RELINK_NONE && item > ev->relink_end))
        *ret = row;
    return true;
}

/* All entries of the item in the batch, of which there may be one for each reason. */
static size_t entries_of(const struct eval *ev, int64_t item, struct eval_todo ***ret)
{
    size_t lo = 0, hi = ev->n_todo, n = 0;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (ev->by_item[mid]->row->id < item)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo + n < ev->n_todo && ev->by_item[lo + n]->row->id == item)
        n++;
    *ret = ev->by_item + lo;
    return n;
}

static void set_done(const struct eval *ev, int64_t item)
{
    struct eval_todo **t;
    size_t n = entries_of(ev, item, &t);

    for (size_t i = 0; i < n; i++)
        t[i]->done = true;
}

bool eval_take(struct eval *ev, int64_t item, struct eval_row **ret, struct err *e)
{
    struct eval_todo **t;

    *ret = NULL;
    if (entries_of(ev, item, &t) == 0)
        return take_other(ev, item, ret, e);
    if (t[0]->done || is_frozen(t[0]->row) || (t[0]->row->has & HAS_HIDDEN))
        return true;
    set_done(ev, item);
    *ret = t[0]->row;
    return true;
}

static bool do_one(struct eval *ev, struct eval_todo *t, struct err *e)
{
    if (t->done)
        return true;
    /* It stays as it is, unless a person wrote of it; it is queued when it is back. */
    if (t->scope != 0 && (t->row->has & HAS_HIDDEN))
        return eval_hide(ev, t->row, e);
    if (t->scope < 0 && is_frozen(t->row))
        return eval_hide(ev, t->row, e) && postpone(ev, t->row->id, e);
    set_done(ev, t->row->id);
    return eval_item(ev, t->row, e);
}

/* The batch's rows leave the queue before the first is evaluated: what is queued from
   then on is news. Of each scope the batch holds all rows between its ends. */
static bool unqueue_batch(struct eval *ev, struct err *e)
{
    for (size_t i = 0; i < ev->n_todo && ev->todo[i].scope >= 0;) {
        const struct eval_todo *first = &ev->todo[i], *last = first;

        while (++i < ev->n_todo && ev->todo[i].scope == first->scope &&
               ev->todo[i].in_run == first->in_run)
            last = &ev->todo[i];
        if (first->in_run
                ? !dirty_remove_runs(ev->db, first->scope, last->row->id, e)
                : !dirty_remove_rows(ev->db, first->scope, first->row->id, last->row->id, e))
            return false;
    }
    return true;
}

static bool do_batch(struct eval *ev, struct err *e)
{
    if (!unqueue_batch(ev, e))
        return false;
    for (size_t i = 0; i < ev->n_todo; i++) {
        if (!do_one(ev, &ev->todo[i], e))
            return false;
        if (i % 64 == 0)
            sql_beat(ev->db);
    }
    return eval_write_rows(ev, e) && relink_advance(ev, e) && eval_save_counts(ev, e);
}

/* Children of what changed may wait now. */
static bool is_queue_empty(struct eval *ev, bool *ret, struct err *e)
{
    struct todo_list l = {.v =
                              arena_array(ev->a, EVAL_BATCH, sizeof(struct eval_todo))};

    if (l.v == NULL)
        return err_nomem(e);
    if (!take_dirty(ev, &l, e) || !take_due(ev, &l, e))
        return false;
    *ret = l.n == 0;
    return true;
}

/* After the last item: what depends on all of them. */
static bool conclude(struct eval *ev, struct err *e)
{
    return relink_end(ev, e) && eval_recount(ev, e) && change_take(ev, e) &&
           eval_nodes(ev, e) &&
           eval_sources(ev, e) && eval_teams(ev, e) && eval_introduce(ev, e) &&
           eval_plan(ev, e);
}

static bool is_last(const struct eval *ev, const struct todo_list *l)
{
    return l->n < EVAL_BATCH && !ev->relink_more;
}

static bool evaluate(struct eval *ev, const struct todo_list *l, bool *ret_more,
                     struct err *e)
{
    bool empty = false;

    if (!eval_save_fresh(ev, e) || !do_batch(ev, e))
        return false;
    if (is_last(ev, l) && !is_queue_empty(ev, &empty, e))
        return false;
    *ret_more = !empty;
    return !empty || conclude(ev, e);
}

static bool next_times(struct eval *ev, struct err *e)
{
    static const char items[] =
        "SELECT min(next_check) FROM evaluated WHERE next_check > 0 AND next_check > ?";
    static const char findings[] =
        "SELECT min(plan_next) FROM finding WHERE plan_next > 0 AND plan_next > ?";
    static const char nodes[] =
        "SELECT min(next_check) FROM tally WHERE next_check > 0 AND next_check > ?";
    static const char subjects[] =
        "SELECT min(next_check) FROM subject WHERE next_check > 0 AND next_check > ?";
    static const char *const sql[] = {items, findings, nodes, subjects};

    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        int64_t at;

        if (!sql_int(ev->db, sql[i], SQL_ARGS(SQL_T(ev->now)), 0, &at, e))
            return false;
        eval_wake(ev, (struct wall){at});
    }
    return true;
}

bool db_evaluate(struct db *db, const struct eval_conf *conf, struct wall now,
                 struct eval_result *ret, struct err *e)
{
    struct eval ev;
    struct todo_list l = {0};
    bool more = false, ok;

    *ret = (struct eval_result){0};
    ok = eval_init(&ev, db, conf, now, e) && gather(&ev, &l, e);
    ev.result = ret;
    /* A full batch is not the last: no finding is planned, and if the machine
       stops, the whole batch is simply done again. */
    ok = ok && sql_begin(db, is_last(&ev, &l), e) &&
         sql_end(db, evaluate(&ev, &l, &more, e), e);
    ok = ok && (more || (next_times(&ev, e) &&
                         effort_is_due(db, conf, now, &ret->effort_due, e) &&
                         suggest_has_work(db, conf->strategy, &ret->suggest, e)));
    if (ok) {
        ret->more = more;
        ret->next_check = ev.wake;
    }
    eval_finish(&ev);
    return ok;
}
