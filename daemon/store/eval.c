#include "store/eval.h"

#include "store/sql.h"
#include "store/sync.h"

enum {
    BATCH = 1000,
    CALL_MEMORY = 256 << 20,
    ITEM_MEMORY = 32 << 20,
};

bool eval_init(struct eval *ev, struct db *db, const struct eval_conf *conf,
               struct wall now, struct err *e)
{
    *ev = (struct eval){.db = db, .conf = conf, .now = now};
    ev->a = arena_create(CALL_MEMORY);
    ev->item = arena_create(ITEM_MEMORY);
    ev->tallies = map_create();
    if (ev->a == NULL || ev->item == NULL || ev->tallies == NULL)
        return err_nomem(e);
    return eval_load_sources(ev, e);
}

void eval_finish(struct eval *ev)
{
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

void eval_wake(struct eval *ev, struct wall at)
{
    if (at.ms > ev->now.ms && (ev->wake.ms == 0 || at.ms < ev->wake.ms))
        ev->wake = at;
}

/* ---- which items ---- */

/* A queue row, or an item whose time has come (scope < 0). */
struct todo {
    int64_t scope, item;
};
struct todo_list {
    struct todo *v;
    size_t n;
};

static bool take_rows(struct todo_list *l, struct query *q, struct err *e)
{
    bool row;

    while (l->n < BATCH) {
        if (!query_next(q, &row, e))
            return false;
        if (!row)
            return true;
        l->v[l->n++] = (struct todo){query_int(q, 0), query_int(q, 1)};
    }
    query_close(q);
    return true;
}

static bool take_scope(struct eval *ev, struct todo_list *l, int64_t scope,
                       struct err *e)
{
    static const char sql[] =
        "SELECT scope, item FROM dirty WHERE scope = ? ORDER BY item";
    struct query q;

    return query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(scope)), e) &&
           take_rows(l, &q, e);
}

/* The queue of written items, then of each fresh scope that has one. */
static bool take_dirty(struct eval *ev, struct todo_list *l, struct err *e)
{
    static const char next[] = "SELECT min(scope) FROM dirty WHERE scope > ?";
    int64_t scope = -1;

    while (l->n < BATCH) {
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
        "SELECT -1, id FROM item WHERE next_check > 0 AND next_check <= ?"
        " ORDER BY next_check";
    struct query q;

    if (l->n == BATCH)
        return true;
    return query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) &&
           take_rows(l, &q, e);
}

static bool take_relink(struct eval *ev, struct todo_list *l, struct err *e)
{
    static const char sql[] = "SELECT -2, id FROM item WHERE id > ? ORDER BY id";
    struct query q;

    if (!ev->relinking || l->n == BATCH)
        return true;
    return query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(ev->relink_mark)), e) &&
           take_rows(l, &q, e);
}

static bool gather(struct eval *ev, struct todo_list *l, struct err *e)
{
    int64_t relinking;

    if (!meta_get(ev->db, "relinking", 0, &relinking, e) ||
        !meta_get(ev->db, "relink_mark", 0, &ev->relink_mark, e))
        return false;
    ev->relinking = relinking != 0;
    l->v = arena_array(ev->a, BATCH, sizeof *l->v);
    if (l->v == NULL)
        return err_nomem(e);
    return take_dirty(ev, l, e) && take_due(ev, l, e) && take_relink(ev, l, e);
}

/* ---- one batch ---- */

static bool scope_of(struct eval *ev, int64_t item, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT scope FROM item WHERE id = ?";

    return sql_int(ev->db, sql, SQL_ARGS(SQL_I(item)), 0, ret, e);
}

/* Its time has come, but nothing may be concluded now: it waits in the queue. */
static bool postpone(struct eval *ev, int64_t scope, int64_t item, struct err *e)
{
    static const char queue[] =
        "INSERT INTO dirty (scope, item) VALUES (?, ?) ON CONFLICT DO NOTHING";
    static const char clear[] =
        "UPDATE item SET next_check = 0 WHERE id = ? AND next_check > 0";

    return sql_run(ev->db, queue, SQL_ARGS(SQL_I(scope), SQL_I(item)), e) &&
           sql_run(ev->db, clear, SQL_ARGS(SQL_I(item)), e);
}

static bool do_one(struct eval *ev, struct todo t, struct err *e)
{
    static const char unqueue[] = "DELETE FROM dirty WHERE scope = ? AND item = ?";
    int64_t scope;

    if (t.scope >= 0) {
        if (!sql_run(ev->db, unqueue, SQL_ARGS(SQL_I(t.scope), SQL_I(t.item)), e))
            return false;
        /* Evaluated already, before one of its children. */
        return sql_changes(ev->db) == 0 || eval_item(ev, t.item, e);
    }
    if (!scope_of(ev, t.item, &scope, e))
        return false;
    const struct eval_scope *c = eval_scope(ev, scope);

    if (c != NULL && c->in_view && !c->fresh)
        return postpone(ev, scope, t.item, e);
    return eval_item(ev, t.item, e);
}

static bool do_batch(struct eval *ev, const struct todo_list *l, struct err *e)
{
    int64_t mark = ev->relink_mark;

    for (size_t i = 0; i < l->n; i++) {
        if (!do_one(ev, l->v[i], e))
            return false;
        if (l->v[i].scope == -2)
            mark = l->v[i].item;
        if (i % 64 == 0)
            sql_beat(ev->db);
    }
    if (ev->relinking && mark != ev->relink_mark &&
        !meta_set(ev->db, "relink_mark", mark, e))
        return false;
    ev->relink_mark = mark;
    return eval_save_counts(ev, e);
}

/* Children of what changed may wait now. */
static bool is_queue_empty(struct eval *ev, bool *ret, struct err *e)
{
    struct todo_list l = {.v = arena_array(ev->a, BATCH, sizeof(struct todo))};

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
    if (ev->relinking && !meta_set(ev->db, "relinking", 0, e))
        return false;
    ev->relinking = false;
    return eval_nodes(ev, e) && eval_sources(ev, e) && eval_introduce(ev, e) &&
           eval_plan(ev, e);
}

static bool evaluate(struct eval *ev, const struct todo_list *l, bool *ret_more,
                     struct err *e)
{
    bool empty = false;

    if (!eval_save_fresh(ev, e) || !do_batch(ev, l, e))
        return false;
    if (l->n < BATCH && !is_queue_empty(ev, &empty, e))
        return false;
    *ret_more = !empty;
    return !empty || conclude(ev, e);
}

static bool next_times(struct eval *ev, struct err *e)
{
    static const char items[] = "SELECT min(next_check) FROM item WHERE next_check > ?";
    static const char findings[] =
        "SELECT min(plan_next) FROM finding WHERE plan_next > ?";
    static const char nodes[] =
        "SELECT min(next_check) FROM tally WHERE next_check > ?";
    static const char *const sql[] = {items, findings, nodes};

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
    ok = ok && sql_begin(db, l.n < BATCH, e) &&
         sql_end(db, evaluate(&ev, &l, &more, e), e);
    ok = ok && (more || next_times(&ev, e));
    if (ok) {
        ret->more = more;
        ret->next_check = ev.wake;
    }
    eval_finish(&ev);
    return ok;
}
