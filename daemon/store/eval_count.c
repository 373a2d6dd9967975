#include "store/eval.h"

#include <string.h>

#include "store/closed.h"
#include "store/sql.h"

/* ---- what is linked to a node ---- */

static struct tally_change *tally_of(struct eval *ev, struct str node, struct err *e)
{
    static const char sql[] = "SELECT last_change FROM tally WHERE node = ?";
    struct tally_change *t = map_get(ev->tallies, node);
    int64_t newest;

    if (t != NULL)
        return t;
    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_S(node)), 0, &newest, e))
        return NULL;
    t = arena_alloc(ev->a, sizeof *t);
    if (t == NULL)
        goto nomem;
    t->newest.ms = newest;
    t->node = arena_str(ev->a, node);
    if (arena_failed(ev->a) || !map_set(ev->tallies, t->node, t))
        goto nomem;
    return t;
nomem:
    err_nomem(e);
    return NULL;
}

static void tally_add(struct tally *t, unsigned bits, int64_t sign)
{
    t->open += (bits & COUNTED_OPEN) ? sign : 0;
    t->in_progress += (bits & COUNTED_IN_PROGRESS) ? sign : 0;
    t->completed += (bits & COUNTED_COMPLETED) ? sign : 0;
    t->discarded += (bits & COUNTED_DISCARDED) ? sign : 0;
    t->epics += (bits & COUNTED_LEVEL) ? sign : 0;
}

static bool has_node(const struct counted *c, struct str node)
{
    for (size_t i = 0; i < c->n_nodes; i++) {
        if (str_eq(c->nodes[i], node))
            return counted_is_linked(c->bits);
    }
    return false;
}

/* The newest change is kept by maximum; when its holder may have left, it is asked for.
 */
static bool count_nodes(struct eval *ev, const struct counted *of,
                        const struct counted *other, int64_t sign, struct err *e)
{
    for (size_t i = 0; counted_is_linked(of->bits) && i < of->n_nodes; i++) {
        bool stays = has_node(other, of->nodes[i]);
        struct tally_change *t;

        if (stays && of->bits == other->bits && of->changed.ms == other->changed.ms)
            continue;
        t = tally_of(ev, of->nodes[i], e);
        if (t == NULL)
            return false;
        tally_add(&t->by, of->bits, sign);
        if (sign > 0 && of->changed.ms > t->by.last_change.ms)
            t->by.last_change = of->changed;
        if (sign > 0 && of->changed.ms > t->newest.ms)
            t->newest = of->changed;
        if (sign < 0 && of->changed.ms >= t->newest.ms &&
            (!stays || other->changed.ms < of->changed.ms))
            t->recount = true;
    }
    return true;
}

/* ---- how a scope stands ---- */

static void scope_add(const struct counted *c, int64_t sign)
{
    struct scope_counts *s;

    if (c->scope == NULL)
        return;
    s = &c->scope->change;
    s->in_view += (c->bits & COUNTED_OPEN) ? sign : 0;
    s->epics += (c->bits & COUNTED_EPIC) ? sign : 0;
    s->linked += (c->bits & COUNTED_LINKED) ? sign : 0;
    s->exempt += (c->bits & COUNTED_EXEMPT) ? sign : 0;
    s->by_scope += (c->bits & COUNTED_BY_SCOPE) ? sign : 0;
    s->baseline += (c->bits & COUNTED_BASELINE) ? sign : 0;
    s->labelled += (c->bits & COUNTED_LABELLED) ? sign : 0;
}

static bool is_same(const struct counted *a, const struct counted *b)
{
    if (a->bits != b->bits || a->scope != b->scope || a->changed.ms != b->changed.ms ||
        !str_eq(a->team, b->team) || a->n_nodes != b->n_nodes)
        return false;
    for (size_t i = 0; i < a->n_nodes; i++) {
        if (!str_eq(a->nodes[i], b->nodes[i]))
            return false;
    }
    return true;
}

struct str eval_count_key(struct eval *ev, int64_t number, struct str node)
{
    char *p = arena_alloc(ev->item, sizeof number + node.n);

    if (p == NULL)
        return STR_NONE;
    memcpy(p, &number, sizeof number);
    if (node.n > 0)
        memcpy(p + sizeof number, node.p, node.n);
    return (struct str){p, sizeof number + node.n};
}

bool eval_count(struct eval *ev, const struct counted *before,
                const struct counted *after, struct err *e)
{
    if (is_same(before, after))
        return true;
    scope_add(before, -1);
    scope_add(after, 1);
    return count_nodes(ev, before, after, -1, e) &&
           count_nodes(ev, after, before, 1, e) &&
           eval_count_shares(ev, before, after, e) &&
           eval_count_closed(ev, before, after, e);
}

/* ---- to the rows ---- */

static bool save_scope(struct eval *ev, struct eval_scope *c, struct err *e)
{
    static const char sql[] =
        "UPDATE scope SET in_view = in_view + ?2, epics = epics + ?3, linked = linked "
        "+ ?4,"
        " exempt = exempt + ?5, by_scope = by_scope + ?6, baseline = baseline + ?7,"
        " labelled = labelled + ?8 WHERE id = ?1";
    struct scope_counts d = c->change;

    if (d.in_view == 0 && d.epics == 0 && d.linked == 0 && d.exempt == 0 &&
        d.by_scope == 0 && d.baseline == 0 && d.labelled == 0)
        return true;
    c->counts.in_view += d.in_view;
    c->counts.epics += d.epics;
    c->counts.linked += d.linked;
    c->counts.exempt += d.exempt;
    c->counts.by_scope += d.by_scope;
    c->counts.baseline += d.baseline;
    c->counts.labelled += d.labelled;
    c->change = (struct scope_counts){0};
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(c->id), SQL_I(d.in_view), SQL_I(d.epics),
                            SQL_I(d.linked), SQL_I(d.exempt), SQL_I(d.by_scope),
                            SQL_I(d.baseline), SQL_I(d.labelled)),
                   e);
}

static bool save_tally(struct eval *ev, const struct tally_change *t, struct err *e)
{
    static const char sql[] =
        "INSERT INTO tally (node, open, in_progress, completed, discarded, epics,"
        " last_change, recount) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET"
        " open = open + excluded.open, in_progress = in_progress + "
        "excluded.in_progress,"
        " completed = completed + excluded.completed,"
        " discarded = discarded + excluded.discarded, epics = epics + excluded.epics,"
        " last_change = max(last_change, excluded.last_change),"
        " recount = max(recount, excluded.recount), next_check = 1";
    const struct tally *by = &t->by;

    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_S(t->node), SQL_I(by->open), SQL_I(by->in_progress),
                            SQL_I(by->completed), SQL_I(by->discarded),
                            SQL_I(by->epics), SQL_T(by->last_change),
                            SQL_I(t->recount)),
                   e);
}

bool eval_recount(struct eval *ev, struct err *e)
{
    /* 13: open, completed or discarded; see COUNTED_. */
    static const char sql[] =
        "UPDATE tally SET recount = 0, last_change = (SELECT"
        " coalesce(max(v.counted_changed), 0) FROM link l JOIN evaluated v"
        " ON v.item = l.item WHERE l.node = tally.node AND l.effective = 1"
        " AND v.counted & 13 <> 0)"
        " WHERE recount = 1";

    return sql_run(ev->db, sql, SQL_NONE, e);
}

bool eval_save_counts(struct eval *ev, struct err *e)
{
    for (size_t i = 0; i < ev->n_scopes; i++) {
        if (!save_scope(ev, &ev->scopes[i], e))
            return false;
    }
    for (size_t i = 0; i < map_count(ev->tallies); i++) {
        struct str node;
        void *t;

        map_at(ev->tallies, i, &node, &t);
        if (!save_tally(ev, t, e))
            return false;
    }
    return eval_save_shares(ev, e) && eval_save_closed(ev, e);
}
