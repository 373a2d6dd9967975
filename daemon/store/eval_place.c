#include <stdlib.h>

#include "base/map.h"
#include "core/item.h"
#include "store/eval_view.h"
#include "store/sql.h"

struct counting {
    struct eval *ev;
    struct map *by_name; /* owned; "place TAB team TAB objective" -> struct rule_place */
};

static bool count_one(struct counting *c, struct str place, struct str team,
                      struct str objective, struct err *e)
{
    struct arena *a = c->ev->a;
    struct str name = arena_printf(a, "%.*s\t%.*s\t%.*s", STR_FMT(place), STR_FMT(team),
                                   STR_FMT(objective));
    struct rule_place *p = map_get(c->by_name, name);

    if (p == NULL) {
        p = arena_alloc(a, sizeof *p);
        if (p == NULL)
            return err_nomem(e);
        p->place = arena_str(a, place);
        p->team = arena_str(a, team);
        p->objective = objective;
        if (arena_failed(a) || !map_set(c->by_name, name, p))
            return err_nomem(e);
    }
    p->items++;
    return true;
}

/* The objective that the item's first link counts for; empty: none. */
static bool objective_of(struct eval *ev, struct str node, struct str *ret,
                         struct err *e)
{
    struct effort_goal *goals;
    const struct node *n;
    size_t n_goals;

    *ret = STR_NONE;
    if (!effort_flow(ev->conf->strategy, node, ev->item, &goals, &n_goals))
        return err_nomem(e);
    n = n_goals > 0 ? strategy_find(ev->conf->strategy, goals[0].id) : NULL;
    if (n != NULL && n->kind == NODE_OBJECTIVE)
        *ret = n->id;
    return true;
}

/* How many teams the strategy gives a repository to. */
static size_t owners_of(const struct eval *ev, struct str repo)
{
    const struct strategy *s = ev->conf->strategy;
    size_t n = 0;

    for (size_t i = 0; i < s->n_teams; i++) {
        for (size_t k = 0; k < s->teams[i].match.repos.n; k++)
            n += str_eq_nocase(s->teams[i].match.repos.v[k], repo);
    }
    return n;
}

static bool count_item(struct counting *c, const struct query *q, struct err *e)
{
    struct str scope = query_str(q, 0), team = query_str(q, 2), objective;
    struct mark *marks;
    size_t n;

    arena_reset(c->ev->item);
    if (!item_unpack_marks(query_str(q, 1), c->ev->item, &marks, &n))
        return err_nomem(e);
    if (!objective_of(c->ev, query_str(q, 3), &objective, e))
        return false;
    if (objective.n == 0)
        return true;
    if (str_chr(scope, '/') >= 0)
        return owners_of(c->ev, scope) != 1 || count_one(c, scope, team, objective, e);
    for (size_t i = 0; i < n; i++) {
        struct str place;

        if (marks[i].kind != MARK_COMPONENT)
            continue;
        place = arena_printf(c->ev->item, "%.*s %.*s", STR_FMT(scope),
                             STR_FMT(marks[i].value));
        if (!count_one(c, place, team, objective, e))
            return false;
    }
    return true;
}

static int by_place(const void *x, const void *y)
{
    const struct rule_place *a = x, *b = y;
    int order = str_cmp(a->place, b->place);

    if (order != 0)
        return order;
    if (a->items != b->items)
        return a->items > b->items ? -1 : 1;
    order = str_cmp(a->team, b->team);
    return order != 0 ? order : str_cmp(a->objective, b->objective);
}

static bool count_all(struct counting *c, struct err *e)
{
    /* What was begun, handed on, moved or edited since; private items stay out. */
    static const char sql[] =
        "WITH seen AS (SELECT item FROM span WHERE started >= ?1"
        " UNION SELECT item FROM touch WHERE at >= ?1)"
        " SELECT s.name, i.marks, v.team, (SELECT node FROM link l WHERE"
        " l.item = i.id AND l.effective = 1 ORDER BY l.method, l.node LIMIT 1)"
        " FROM seen CROSS JOIN evaluated v ON v.item = seen.item CROSS JOIN item i ON"
        " i.id = v.item CROSS JOIN scope s ON s.id = i.scope"
        " WHERE v.team <> '' AND NOT i.private";
    struct wall from = wall_add(c->ev->now, DUR_H(-24 * RULE_SPREAD_DAYS));
    struct query q;
    bool row;

    if (!query_open(&q, c->ev->db, sql, SQL_ARGS(SQL_T(from)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!count_item(c, &q, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

bool eval_view_places(struct eval *ev, struct rule_places *ret, struct err *e)
{
    struct counting c = {.ev = ev, .by_name = map_create()};
    struct rule_place *v = NULL;
    size_t n = 0;
    bool ok = c.by_name != NULL || err_nomem(e);

    ok = ok && count_all(&c, e);
    if (ok) {
        n = map_count(c.by_name);
        v = arena_array(ev->a, n + 1, sizeof *v);
        ok = v != NULL || err_nomem(e);
    }
    for (size_t i = 0; ok && i < n; i++) {
        struct str name;
        void *one;

        map_at(c.by_name, i, &name, &one);
        v[i] = *(const struct rule_place *)one;
    }
    if (ok)
        qsort(v, n, sizeof *v, by_place);
    map_destroy(c.by_name);
    *ret = (struct rule_places){.v = v, .n = n};
    return ok;
}
