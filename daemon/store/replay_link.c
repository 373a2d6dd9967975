#include "store/replay_past.h"

#include "store/sql.h"

/* Names that nobody has are no links: those stay as they are read today. */
static size_t keep_unknown(struct link_set *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (!s->v[i].known)
            s->v[n++] = s->v[i];
    }
    return n;
}

static bool take(struct eval *ev, struct link_set *s, struct str nodes, struct err *e)
{
    struct link_set then = {
        .exempt = s->exempt, .exempt_reason = s->exempt_reason, .later = s->later};
    size_t unknown = keep_unknown(s), most = unknown + 1;
    struct str node;

    for (size_t i = 0; i < nodes.n; i++)
        most += nodes.p[i] == ',';
    then.v = arena_array(ev->item, most, sizeof *then.v);
    if (then.v == NULL)
        return err_nomem(e);
    while (str_split(&nodes, ',', &node)) {
        if (node.n == 0 || strategy_find(ev->conf->strategy, node) == NULL)
            continue;
        then.v[then.n++] = (struct link){.method = LINK_MANUAL,
                                         .node = node,
                                         .known = true,
                                         .detail = STR("as it was linked then")};
        then.strongest = LINK_MANUAL;
    }
    for (size_t i = 0; i < unknown; i++)
        then.v[then.n++] = s->v[i];
    *s = then;
    return true;
}

bool past_links(struct eval *ev, struct eval_row *r, struct err *e)
{
    static const char sql[] = "SELECT nodes FROM replay_link WHERE item = ?";
    struct str nodes;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(r->id)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    nodes = query_dup(&q, 0, ev->item);
    query_close(&q);
    return take(ev, &r->links, nodes, e) && (!arena_failed(ev->item) || err_nomem(e));
}
