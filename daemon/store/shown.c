#include "store/shown.h"

#include "store/plan_row.h"
#include "store/sql.h"

static struct str named(const struct node *n)
{
    const struct objective *o = plan_objective(n);

    if (o != NULL)
        return o->node.id;
    return n != NULL && n->kind == NODE_INTENT ? n->id : STR_NONE;
}

bool shown_note(struct db *db, int64_t outbox, const struct node *n, struct err *e)
{
    static const char sql[] =
        "INSERT INTO outbox_node (outbox, node) VALUES (?, ?) ON CONFLICT DO NOTHING";
    struct str id = named(n);

    return id.n == 0 || sql_run(db, sql, SQL_ARGS(SQL_I(outbox), SQL_S(id)), e);
}

bool shown_delivered(struct db *db, int64_t outbox, struct wall now, struct err *e)
{
    static const char note[] =
        "INSERT INTO shown (node, first, last) SELECT node, ?2, ?2 FROM outbox_node"
        " WHERE outbox = ?1 ON CONFLICT DO UPDATE SET last = max(last, excluded.last)";
    static const char forget[] = "DELETE FROM outbox_node WHERE outbox = ?";

    return sql_run(db, note, SQL_ARGS(SQL_I(outbox), SQL_T(now)), e) &&
           sql_run(db, forget, SQL_ARGS(SQL_I(outbox)), e);
}
