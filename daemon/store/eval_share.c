#include "store/eval.h"
#include "store/sql.h"

/*
 * How much of each scope is an initiative's, a bucket's or a team's; by delta
 * like every aggregate. It tells of whom a scope that is not fresh holds too
 * much to conclude anything.
 */

/* ---- counting ---- */

struct share_change {
    struct str node;
    int64_t scope, items, epics;
};

static struct share_change *change_of(struct eval *ev, struct str node, int64_t scope,
                                      struct err *e)
{
    struct str key = eval_count_key(ev, scope, node);
    struct share_change *c = map_get(ev->shares, key);

    if (c != NULL)
        return c;
    c = arena_alloc(ev->a, sizeof *c);
    key = arena_str(ev->a, key);
    if (c == NULL || arena_failed(ev->a) || arena_failed(ev->item) ||
        !map_set(ev->shares, key, c)) {
        err_nomem(e);
        return NULL;
    }
    c->node = str_skip(key, key.n - node.n);
    c->scope = scope;
    return c;
}

static bool count_one(struct eval *ev, const struct counted *of, struct str node,
                      int64_t sign, struct err *e)
{
    struct share_change *c = change_of(ev, node, of->scope->id, e);

    if (c == NULL)
        return false;
    c->items += sign;
    c->epics += (of->bits & COUNTED_EPIC) ? sign : 0;
    return true;
}

/* To its nodes whatever its state, to its team while it is open. */
static bool count(struct eval *ev, const struct counted *of, int64_t sign,
                  struct err *e)
{
    if (of->scope == NULL)
        return true;
    for (size_t i = 0; counted_is_linked(of->bits) && i < of->n_nodes; i++) {
        if (!count_one(ev, of, of->nodes[i], sign, e))
            return false;
    }
    return of->team.n == 0 || !(of->bits & COUNTED_OPEN) ||
           count_one(ev, of, of->team, sign, e);
}

bool eval_count_shares(struct eval *ev, const struct counted *before,
                       const struct counted *after, struct err *e)
{
    return count(ev, before, -1, e) && count(ev, after, 1, e);
}

bool eval_save_shares(struct eval *ev, struct err *e)
{
    static const char add[] =
        "INSERT INTO share (node, scope, items, epics) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET items = items + excluded.items,"
        " epics = epics + excluded.epics";
    static const char drop[] =
        "DELETE FROM share WHERE node = ? AND scope = ? AND items = 0";

    for (size_t i = 0; i < map_count(ev->shares); i++) {
        const struct share_change *c;
        struct str key;
        void *value;

        map_at(ev->shares, i, &key, &value);
        c = value;
        if (c->items == 0 && c->epics == 0)
            continue;
        if (!sql_run(ev->db, add,
                     SQL_ARGS(SQL_S(c->node), SQL_I(c->scope), SQL_I(c->items),
                              SQL_I(c->epics)),
                     e))
            return false;
        if (c->items < 0 &&
            !sql_run(ev->db, drop, SQL_ARGS(SQL_S(c->node), SQL_I(c->scope)), e))
            return false;
    }
    return true;
}

/* ---- asking ---- */

bool eval_shares(struct eval *ev, struct str node, struct eval_share **ret,
                 size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT scope, items, epics FROM share WHERE node = ?";
    struct eval_share *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(ev->item, v, n);
    struct eval_share *s;
    struct query q;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_S(node)), e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL) {
        s->scope = eval_scope(ev, query_int(&q, 0));
        s->items = query_int(&q, 1);
        s->epics = query_int(&q, 2);
    }
    *ret = v;
    *ret_n = n;
    return to.ok;
}

/* Of a node's or team's items, or of all work, what failed scopes hold. */
struct part {
    int64_t items, failed;
};

static bool is_too_much(const struct part *p)
{
    return p->failed * 20 > p->items; /* a twentieth */
}

static void add(struct part *p, const struct eval_scope *c, int64_t items)
{
    if (c == NULL || !c->in_view)
        return;
    p->items += items;
    p->failed += c->fresh ? 0 : items;
}

bool eval_is_fresh_for(struct eval *ev, struct str node, bool *ret, struct err *e)
{
    struct part all = {0}, own = {0};
    struct eval_share *v = NULL;
    bool any_failed = false;
    size_t n = 0;

    *ret = eval_all_known(ev);
    for (size_t i = 0; i < ev->n_scopes; i++) {
        const struct eval_scope *c = &ev->scopes[i];

        any_failed = any_failed || (c->in_view && !c->fresh);
        add(&all, c, c->counts.in_view);
    }
    if (!*ret || !any_failed)
        return true;
    if (!eval_shares(ev, node, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        add(&own, v[i].scope, v[i].items);
    /* Where it has nothing, what it lacks may be in any scope. */
    *ret = !is_too_much(own.items > 0 ? &own : &all);
    return true;
}
