/* What a decision assumes: each expression's verdict, and since when it is so. */
#include "store/eval_view.h"

#include "base/jsonw.h"
#include "store/fact.h"
#include "store/sql.h"

static bool read_since(struct eval *ev, struct str decision, struct rule_assumption *x,
                       struct err *e)
{
    static const char sql[] = "SELECT false_since, unknown_since FROM assumption"
                              " WHERE decision = ? AND expression = ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_S(decision), SQL_S(x->text)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        x->false_since = query_wall(&q, 0);
        x->unknown_since = query_wall(&q, 1);
    }
    query_close(&q);
    return true;
}

/* Only what is known to be true takes back that it was false. */
static bool keep_since(struct eval *ev, struct str decision, struct rule_assumption *x,
                       struct err *e)
{
    static const char sql[] =
        "INSERT INTO assumption (decision, expression, false_since, unknown_since)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET false_since ="
        " excluded.false_since, unknown_since = excluded.unknown_since";
    struct wall was_false = x->false_since, was_unknown = x->unknown_since;
    enum assume_state state = x->verdict.state;

    if (state == ASSUME_HOLDS)
        x->false_since.ms = 0;
    else if (state == ASSUME_DOES_NOT_HOLD && was_false.ms == 0)
        x->false_since = ev->now;
    if (state != ASSUME_UNKNOWN)
        x->unknown_since.ms = 0;
    else if (was_unknown.ms == 0)
        x->unknown_since = ev->now;
    if (x->false_since.ms == was_false.ms && x->unknown_since.ms == was_unknown.ms)
        return true;
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_S(decision), SQL_S(x->text), SQL_T(x->false_since),
                            SQL_T(x->unknown_since)),
                   e);
}

/* What it assumes no longer. */
static bool forget_others(struct eval *ev, const struct decision *d, struct err *e)
{
    static const char sql[] =
        "DELETE FROM assumption WHERE decision = ?1 AND expression NOT IN"
        " (SELECT value FROM json_each(?2))";
    struct buf list;
    struct jsonw w;
    bool ok;

    buf_init(&list, 1 << 20);
    jsonw_init(&w, &list);
    jsonw_array(&w, NULL);
    for (size_t i = 0; i < d->assumes.n; i++)
        jsonw_str(&w, NULL, d->assumes.v[i]);
    jsonw_end_array(&w);
    ok = buf_check(&list, e) &&
         sql_run(ev->db, sql, SQL_ARGS(SQL_S(d->node.id), SQL_S(buf_str(&list))), e);
    buf_finish(&list);
    return ok;
}

static bool look(struct eval *ev, struct facts *f, const struct decision *d,
                 struct rule_assumption *x, struct err *e)
{
    return assume_eval(&x->form, facts_look, f, &x->verdict, e) &&
           read_since(ev, d->node.id, x, e) && keep_since(ev, d->node.id, x, e);
}

bool eval_view_assumptions(struct eval *ev, const struct decision *d,
                           struct rule_assumption **ret, size_t *ret_n, struct err *e)
{
    struct facts *f = eval_facts(ev, e);
    struct rule_assumption *v = arena_array(ev->a, d->assumes.n + 1, sizeof *v);
    size_t n = 0;

    if (f == NULL)
        return false;
    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < d->assumes.n; i++) {
        struct rule_assumption *x = &v[n];
        const char *wrong;
        size_t at, length;

        x->text = d->assumes.v[i];
        if (!assume_parse(x->text, &x->form, &wrong, &at, &length))
            continue; /* it was refused where the file was read */
        if (!look(ev, f, d, x, e))
            return false;
        n++;
    }
    *ret = v;
    *ret_n = n;
    return forget_others(ev, d, e);
}
