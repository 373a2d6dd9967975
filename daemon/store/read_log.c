#include "store/cursor.h"
#include "store/db.h"
#include "store/outbox.h"
#include "store/sql.h"

bool db_read_audit(struct db *db, int64_t limit, int64_t before_id, struct arena *a,
                   struct audit_row **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT id, at, uid, user, action, subject, detail FROM audit"
        " WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2";
    struct audit_row *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(a, v, n);
    struct audit_row *r;
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(before_id), SQL_I(page_limit(limit))),
                    e))
        return false;
    while ((r = query_row(&q, &to, e)) != NULL) {
        r->id = query_int(&q, 0);
        r->at = query_wall(&q, 1);
        r->by.uid = query_int(&q, 2);
        r->by.user = query_dup(&q, 3, a);
        r->action = query_dup(&q, 4, a);
        r->subject = query_dup(&q, 5, a);
        r->detail = query_dup(&q, 6, a);
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = v;
    *ret_n = n;
    return to.ok;
}

static void read_outbox_row(const struct query *q, struct arena *a,
                            struct outbox_row *r)
{
    *r = (struct outbox_row){
        .m = {.id = query_int(q, 0),
              .key = query_dup(q, 1, a),
              .channel = query_dup(q, 2, a),
              .notice = query_dup(q, 3, a),
              .attempts = (unsigned)query_int(q, 4),
              .plain = query_int(q, 5) != 0,
              .resent = query_int(q, 6) != 0,
              .created = query_wall(q, 7)},
        .state = str_of(outbox_state_name((enum outbox_state)query_int(q, 8))),
        .status = (int)query_int(q, 9),
        .error = query_dup(q, 10, a),
        .next_attempt = query_wall(q, 11),
        .done_at = query_wall(q, 12),
    };
}

bool db_read_outbox(struct db *db, bool all, int64_t limit, struct arena *a,
                    struct outbox_row **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT id, key, channel, notice, attempts, plain, resent, created, state, "
        "status,"
        " error, next_attempt, done_at FROM outbox WHERE ?1 OR state <> 2"
        " ORDER BY id DESC LIMIT ?2";
    struct outbox_row *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(all), SQL_I(page_limit(limit))), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct outbox_row *r = arena_grow(a, &v, &n, &cap, sizeof *r);

        if (r == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        read_outbox_row(&q, a, r);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = v;
    *ret_n = n;
    return true;
}
