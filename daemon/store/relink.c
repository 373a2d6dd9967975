#include "store/relink.h"

#include "core/strategy_part.h"
#include "store/sql.h"
#include "store/subject.h"

enum {
    PASS = 20000,      /* items looked at in one call */
    MOST_CHANGED = 300 /* nodes; of more, looking costs what evaluating does */
};

/* ---- what is to be done ---- */

static bool start(struct db *db, enum relink what, struct err *e)
{
    static const char findings[] =
        "UPDATE finding SET plan_next = 1 WHERE plan_next <> 1 AND"
        " (state IN (1, 2) OR n IN (SELECT finding FROM member))";

    return meta_set(db, "relinking", what, e) && meta_set(db, "relink_mark", 0, e) &&
           subjects_touch_all(db, e) && sql_run(db, findings, SQL_NONE, e);
}

bool relink_all(struct db *db, struct err *e)
{
    return start(db, RELINK_ALL, e);
}

static bool save_print(struct db *db, const struct strategy_print *p, struct err *e)
{
    static const char sql[] =
        "INSERT INTO strategy_node (id, print, changed) VALUES (?, ?, 1)"
        " ON CONFLICT (id) DO UPDATE SET print = excluded.print, changed = 1"
        " WHERE print <> excluded.print";

    return sql_run(db, sql, SQL_ARGS(SQL_S(p->id), SQL_I(p->value)), e);
}

/* Who is not in `ids` has gone. */
static bool save_gone(struct db *db, const struct map *ids, struct arena *a,
                      struct err *e)
{
    static const char sql[] = "SELECT id FROM strategy_node WHERE print <> 0";
    static const char gone[] =
        "UPDATE strategy_node SET print = 0, changed = 1 WHERE id = ?";
    struct str *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct str id = query_str(&q, 0);
        struct str *to =
            map_get(ids, id) == NULL ? arena_grow(a, &v, &n, &cap, sizeof *to) : NULL;

        if (to != NULL)
            *to = query_dup(&q, 0, a);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, gone, SQL_ARGS(SQL_S(v[i])), e))
            return false;
    }
    return true;
}

static bool save_nodes(struct db *db, const struct strategy *s, struct arena *a,
                       struct map *ids, struct err *e)
{
    struct strategy_print *v;
    size_t n;

    if (!strategy_prints(s, a, &v, &n))
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        if (!map_set(ids, v[i].id, &v[i]))
            return err_nomem(e);
        if (!save_print(db, &v[i], e))
            return false;
    }
    return save_gone(db, ids, a, e);
}

/* What each item may depend on is another, or was never stored. */
static bool is_all_touched(struct db *db, const struct strategy *s, bool *ret,
                           struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM strategy_node WHERE changed = 1";
    static const char key[] = "strategy_frame";
    int64_t frame = (int64_t)strategy_frame(s), stored, relinking, changed;

    if (!meta_get(db, key, ~frame, &stored, e) ||
        !meta_get(db, "relinking", 0, &relinking, e) ||
        !sql_int(db, sql, SQL_NONE, 0, &changed, e))
        return false;
    *ret = stored != frame || relinking == RELINK_ALL || changed > MOST_CHANGED;
    return stored == frame || meta_set(db, key, frame, e);
}

bool relink_strategy(struct db *db, const struct strategy *s, struct err *e)
{
    struct arena *a = arena_create(64 << 20);
    struct map *ids = map_create();
    bool all = true, ok = a != NULL && ids != NULL;

    if (!ok)
        (void)err_nomem(e);
    ok = ok && save_nodes(db, s, a, ids, e) && is_all_touched(db, s, &all, e) &&
         start(db, all ? RELINK_ALL : RELINK_TOUCHED, e);
    map_destroy(ids);
    arena_destroy(a);
    return ok;
}

/* ---- which items an edit touches ---- */

/* One pass: the items and, beside them, their links. */
struct pass {
    struct eval *ev;
    struct map *changed;   /* ids of nodes */
    struct strategy *part; /* those that are there */
    struct matcher *matcher;
    struct query links;
    bool has_link; /* `links` is on a row */
};

static bool load_changed(struct pass *p, struct err *e)
{
    static const char sql[] = "SELECT id FROM strategy_node WHERE changed = 1";
    static char here[1];
    struct arena *a = p->ev->a;
    struct query q;
    bool row;

    p->changed = map_create();
    if (p->changed == NULL)
        return err_nomem(e);
    if (!query_open(&q, p->ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!map_set(p->changed, query_dup(&q, 0, a), here)) {
            query_close(&q);
            return err_nomem(e);
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    return strategy_part(p->ev->conf->strategy, p->changed, &p->part, e) &&
           matcher_create(p->part, &p->matcher, e);
}

static void pass_finish(struct pass *p)
{
    if (p->has_link)
        query_close(&p->links);
    matcher_destroy(p->matcher);
    strategy_unref(p->part);
    map_destroy(p->changed);
}

/* Moves over the item's links, which are all read. */
static bool has_touched_link(struct pass *p, int64_t item, bool *ret, struct err *e)
{
    while (p->has_link && query_int(&p->links, 0) <= item) {
        if (query_int(&p->links, 0) == item &&
            (query_int(&p->links, 2) == 0 ||
             map_get(p->changed, query_str(&p->links, 1)) != NULL))
            *ret = true;
        if (!query_next(&p->links, &p->has_link, e))
            return false;
    }
    return true;
}

static bool is_claimed(struct pass *p, const struct query *q, bool *ret, struct err *e)
{
    const struct eval_source *s = eval_source(p->ev, query_int(q, 1));
    const struct eval_scope *c = eval_scope(p->ev, query_int(q, 2));
    struct match_item it = {.key = query_str(q, 3), .type = query_str(q, 4)};
    struct arena *a = p->ev->item;
    struct mark *marks;
    struct link_set set;

    if (s == NULL || c == NULL)
        return true;
    arena_reset(a);
    if (!item_unpack_marks(query_str(q, 5), a, &marks, &it.n_marks))
        return err_nomem(e);
    it.marks = marks;
    it.source = s->name;
    it.scope = c->name;
    if (!match_item(p->matcher, &s->match, &it, NULL, 0, NULL, 0, a, &set, e))
        return false;
    *ret = set.strongest != 0;
    return true;
}

static bool look(struct pass *p, const struct query *q, struct todo_list *l,
                 struct err *e)
{
    int64_t item = query_int(q, 0);
    struct eval_row *row;
    bool touched = false;

    if (!has_touched_link(p, item, &touched, e) ||
        (!touched && !is_claimed(p, q, &touched, e)))
        return false;
    if (touched) {
        if (!eval_load_row(p->ev, item, &row, e))
            return false;
        l->v[l->n++] = (struct eval_todo){.scope = TODO_RELINK, .row = row};
    }
    p->ev->relink_end = item;
    return true;
}

static bool pass_run(struct pass *p, struct todo_list *l, struct err *e)
{
    static const char items[] =
        "SELECT id, source, scope, key, type, marks FROM item WHERE id > ? ORDER BY id";
    static const char links[] =
        "SELECT item, node, known FROM link WHERE item > ? ORDER BY item";
    int64_t from = p->ev->relink_mark;
    struct query q;
    bool row;

    if (!query_open(&p->links, p->ev->db, links, SQL_ARGS(SQL_I(from)), e) ||
        !query_next(&p->links, &p->has_link, e) ||
        !query_open(&q, p->ev->db, items, SQL_ARGS(SQL_I(from)), e) ||
        !query_next(&q, &row, e))
        return false;
    for (int n = 0; row && n < PASS && l->n < EVAL_BATCH; n++) {
        if (!look(p, &q, l, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    p->ev->relink_more = row;
    if (row)
        query_close(&q);
    return true;
}

static bool take_touched(struct eval *ev, struct todo_list *l, struct err *e)
{
    struct pass p = {.ev = ev};
    bool ok = load_changed(&p, e) && pass_run(&p, l, e);

    pass_finish(&p);
    return ok;
}

/* ---- one batch after the other ---- */

bool relink_load(struct eval *ev, struct err *e)
{
    int64_t what;

    if (!meta_get(ev->db, "relinking", RELINK_NONE, &what, e) ||
        !meta_get(ev->db, "relink_mark", 0, &ev->relink_mark, e))
        return false;
    ev->relinking = (enum relink)what;
    ev->relink_end = ev->relink_mark;
    return true;
}

static bool take_all(struct eval *ev, struct todo_list *l, struct err *e)
{
    static const char sql[] =
        "SELECT " EVAL_ROW_COLUMNS ", -2 FROM item i" EVAL_ROW_EVALUATED
        " WHERE i.id > ? ORDER BY i.id";
    struct query q;

    _Static_assert(TODO_RELINK == -2, "stands in the statement");
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(ev->relink_mark)), e) ||
        !eval_take_rows(ev, l, &q, e))
        return false;
    if (l->n > 0 && l->v[l->n - 1].scope == TODO_RELINK)
        ev->relink_end = l->v[l->n - 1].row->id;
    return true;
}

bool relink_take(struct eval *ev, struct todo_list *l, struct err *e)
{
    if (ev->relinking == RELINK_NONE || l->n == EVAL_BATCH)
        return true;
    return ev->relinking == RELINK_ALL ? take_all(ev, l, e) : take_touched(ev, l, e);
}

bool relink_advance(struct eval *ev, struct err *e)
{
    if (ev->relink_end != ev->relink_mark &&
        !meta_set(ev->db, "relink_mark", ev->relink_end, e))
        return false;
    ev->relink_mark = ev->relink_end;
    return true;
}

bool relink_end(struct eval *ev, struct err *e)
{
    static const char gone[] =
        "DELETE FROM strategy_node WHERE print = 0 AND changed = 1";
    static const char done[] = "UPDATE strategy_node SET changed = 0 WHERE changed = 1";

    if (ev->relinking == RELINK_NONE)
        return true;
    ev->relinking = RELINK_NONE;
    return meta_set(ev->db, "relinking", RELINK_NONE, e) &&
           sql_run(ev->db, gone, SQL_NONE, e) && sql_run(ev->db, done, SQL_NONE, e);
}
