#include "store/hide.h"

#include "store/suggest.h"

static bool hide_findings(struct db *db, int64_t item, struct err *e)
{
    static const char rows[] =
        "UPDATE finding SET note = '', fix = '', command = '', facts = '',"
        " ended_by = '' WHERE item = ? AND item > 0";
    /* A reason that stood in the body ends a finding, too. */
    static const char events[] =
        "UPDATE finding_event SET detail = '' WHERE what = 'resolved' AND finding IN"
        " (SELECT n FROM finding WHERE item = ? AND item > 0)";

    return sql_run(db, rows, SQL_ARGS(SQL_I(item)), e) &&
           sql_run(db, events, SQL_ARGS(SQL_I(item)), e);
}

/* An entry of a frozen notice: "$.sections[0].entries[3]". */
struct entry {
    int64_t outbox;
    struct str at;
};

static bool find_entries(struct db *db, int64_t item, struct arena *a,
                         struct entry **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT o.id, t.path FROM finding f JOIN outbox_member m ON m.finding = f.n"
        " JOIN outbox o ON o.id = m.outbox JOIN json_tree(o.notice) t WHERE f.item = ?"
        " AND f.item > 0 AND t.key = 'finding' AND t.atom = f.id";
    struct entry *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(a, v, n);
    struct entry *one;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e))
        return false;
    while ((one = query_row(&q, &to, e)) != NULL) {
        one->outbox = query_int(&q, 0);
        one->at = query_dup(&q, 1, a);
    }
    *ret = v;
    *ret_n = n;
    return to.ok;
}

/* An attempt that is out has read it; the next one finds this. */
static bool hide_messages(struct db *db, int64_t item, struct arena *a, struct err *e)
{
    static const char sql[] =
        "UPDATE outbox SET notice = json_replace(notice, ?2 || '.title', '', ?2 ||"
        " '.url', '', ?2 || '.note', '', ?2 || '.fix', '', ?2 || '.command', '',"
        " ?2 || '.ended_by', '') WHERE id = ?1";
    struct entry *v = NULL;
    size_t n = 0;

    if (!find_entries(db, item, a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, sql, SQL_ARGS(SQL_I(v[i].outbox), SQL_S(v[i].at)), e))
            return false;
    }
    return true;
}

bool hide_item(struct db *db, int64_t item, struct arena *a, struct err *e)
{
    return hide_findings(db, item, e) && hide_messages(db, item, a, e) &&
           suggest_forget(db, item, e);
}
