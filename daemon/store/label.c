#include "store/label.h"

#include "store/silence.h"
#include "store/sql.h"

static bool are_asked(struct eval *ev, bool *ret, struct err *e)
{
    *ret = route_asks(ev->conf->routes, ev->conf->n_routes, ROUTE_BY_label);
    if (*ret)
        return true;
    if (!eval_silences(ev, e))
        return false;
    for (size_t i = 0; i < ev->n_silences && !*ret; i++)
        *ret = ev->silences[i].match[ROUTE_BY_label].n > 0;
    return true;
}

static bool keep_labels(struct arena *a, struct str packed, struct str_list *ret)
{
    struct mark *marks;
    size_t n;

    if (!item_unpack_marks(packed, a, &marks, &n))
        return false;
    ret->v = arena_array(a, n + 1, sizeof *ret->v);
    for (size_t i = 0; ret->v != NULL && i < n; i++) {
        if (marks[i].kind == MARK_LABEL)
            ret->v[ret->n++] = marks[i].value;
    }
    return ret->v != NULL;
}

bool label_load(struct eval *ev, int64_t item, struct str_list *ret, struct err *e)
{
    static const char sql[] = "SELECT marks FROM item WHERE id = ?";
    struct query q;
    bool asked, row;

    *ret = (struct str_list){NULL, 0};
    if (item == 0)
        return true;
    if (!are_asked(ev, &asked, e))
        return false;
    if (!asked)
        return true;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row && !keep_labels(ev->item, query_dup(&q, 0, ev->item), ret)) {
        query_close(&q);
        return err_nomem(e);
    }
    query_close(&q);
    return true;
}

bool label_replan(struct eval *ev, int64_t item, struct err *e)
{
    static const char sql[] = "UPDATE finding SET plan_next = 1 WHERE item = ? AND"
                              " item > 0 AND state IN (1, 2)";
    bool asked;

    return are_asked(ev, &asked, e) &&
           (!asked || sql_run(ev->db, sql, SQL_ARGS(SQL_I(item)), e));
}
