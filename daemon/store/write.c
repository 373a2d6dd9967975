#include "base/buf.h"
#include "base/date.h"
#include "core/rule.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/eval.h"
#include "store/find.h"
#include "store/firing.h"
#include "store/sql.h"

enum { TEXT_BYTES = 2000 };

bool audit_add(struct db *db, const struct actor *by, struct str action,
               struct str subject, struct str detail, struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO audit (at, uid, user, action, subject, detail)"
        " VALUES (?, ?, ?, ?, ?, ?)";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_T(now), SQL_I(by->uid), SQL_S(by->user), SQL_S(action),
                            SQL_S(subject), SQL_S(detail)),
                   e);
}

/* Written by a person: evaluated even while the scope is stale. */
static bool item_written(struct db *db, int64_t item, unsigned set, unsigned clear,
                         struct err *e)
{
    static const char has[] = "UPDATE item SET has = (has | ?2) & ~?3 WHERE id = ?1";
    static const char queue[] =
        "INSERT INTO dirty (scope, item) VALUES (0, ?) ON CONFLICT DO NOTHING";

    return sql_run(db, has, SQL_ARGS(SQL_I(item), SQL_I(set), SQL_I(clear)), e) &&
           sql_run(db, queue, SQL_ARGS(SQL_I(item)), e);
}

/* ---- links ---- */

/* What work can be linked to by hand, under its present id. */
static const struct node *linkable(const struct strategy *s, struct str id,
                                   struct err *e)
{
    const struct node *n = strategy_find(s, id);
    const struct node *near;

    if (n != NULL && (n->kind == NODE_INITIATIVE || n->kind == NODE_BUCKET))
        return n;
    near = strategy_nearest(s, id);
    if (n != NULL)
        err_set(e, ERR_NOT_FOUND, "%.*s is no initiative but of kind %s",
                STR_FMT(str_first(id, 64)), node_kind_name(n->kind));
    else if (near != NULL)
        err_set(e, ERR_NOT_FOUND, "no initiative %.*s; did you mean %.*s?",
                STR_FMT(str_first(id, 64)), STR_FMT(near->id));
    else
        err_set(e, ERR_NOT_FOUND, "no initiative %.*s", STR_FMT(str_first(id, 64)));
    return NULL;
}

static bool link_set(struct db *db, struct str item, const struct node *node,
                     const struct actor *by, struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO pin (item, node, at, uid, user) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET node = excluded.node, at = excluded.at,"
        " uid = excluded.uid, user = excluded.user";
    int64_t id;

    return find_item(db, item, &id, e) &&
           sql_run(db, sql,
                   SQL_ARGS(SQL_I(id), SQL_S(node->id), SQL_T(now), SQL_I(by->uid),
                            SQL_S(by->user)),
                   e) &&
           item_written(db, id, HAS_PIN, 0, e) &&
           audit_add(db, by, STR("link"), item, node->id, now, e);
}

bool db_link_set(struct db *db, const struct eval_conf *conf, struct str item,
                 struct str initiative, const struct actor *by, struct wall now,
                 struct err *e)
{
    const struct node *node = linkable(conf->strategy, initiative, e);

    return node != NULL && sql_begin(db, true, e) &&
           sql_end(db, link_set(db, item, node, by, now, e), e);
}

static bool link_remove(struct db *db, struct str item, const struct actor *by,
                        struct wall now, struct err *e)
{
    static const char sql[] = "DELETE FROM pin WHERE item = ?";
    int64_t id;

    if (!find_item(db, item, &id, e) || !sql_run(db, sql, SQL_ARGS(SQL_I(id)), e))
        return false;
    if (sql_changes(db) == 0)
        return err_set(e, ERR_NOT_FOUND, "%.*s has no link that was set by hand",
                       STR_FMT(str_first(item, 120)));
    return item_written(db, id, 0, HAS_PIN, e) &&
           audit_add(db, by, STR("unlink"), item, STR_NONE, now, e);
}

bool db_link_remove(struct db *db, struct str item, const struct actor *by,
                    struct wall now, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, link_remove(db, item, by, now, e), e);
}

/* ---- exemptions ---- */

static bool exempt_detail(struct buf *out, struct str rule, struct str reason,
                          struct wall until, struct err *e)
{
    if (rule.n > 0)
        buf_printf(out, "%.*s: ", STR_FMT(rule));
    buf_add(out, reason);
    if (until.ms != 0) {
        buf_addz(out, " (until ");
        date_print_iso(out, until);
        buf_addc(out, ')');
    }
    return buf_check(out, e);
}

static bool exempt(struct db *db, struct str item, struct str rule, struct str reason,
                   struct wall until, const struct actor *by, struct wall now,
                   struct err *e)
{
    static const char sql[] =
        "INSERT INTO exemption (item, rule, reason, until, at, uid, user)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " reason = excluded.reason, until = excluded.until, at = excluded.at,"
        " uid = excluded.uid, user = excluded.user";
    struct buf detail;
    int64_t id;
    bool ok;

    buf_init(&detail, 2 * TEXT_BYTES);
    ok = exempt_detail(&detail, rule, reason, until, e) &&
         find_item(db, item, &id, e) &&
         sql_run(db, sql,
                 SQL_ARGS(SQL_I(id), SQL_S(rule), SQL_S(reason), SQL_T(until),
                          SQL_T(now), SQL_I(by->uid), SQL_S(by->user)),
                 e) &&
         item_written(db, id, HAS_EXEMPTION, 0, e) &&
         audit_add(db, by, STR("exempt"), item, buf_str(&detail), now, e);
    buf_finish(&detail);
    return ok;
}

bool db_exempt(struct db *db, struct str item, struct str rule, struct str reason,
               struct wall until, const struct actor *by, struct wall now,
               struct err *e)
{
    const struct rule *r = rule.n > 0 ? rule_find(rule) : NULL;

    if (rule.n > 0 && (r == NULL || r->subject != RULE_ITEM))
        return err_set(e, ERR_NOT_FOUND, "no rule %.*s about items",
                       STR_FMT(str_first(rule, 64)));
    if (reason.n == 0 || reason.n > TEXT_BYTES)
        return err_set(e, ERR_USAGE, "an exemption needs a reason of at most %d bytes",
                       TEXT_BYTES);
    if (until.ms != 0 && until.ms <= now.ms)
        return err_set(e, ERR_USAGE, "the exemption would have ended already");
    return sql_begin(db, true, e) &&
           sql_end(db, exempt(db, item, rule, reason, until, by, now, e), e);
}

static bool exempt_remove(struct db *db, struct str item, const struct actor *by,
                          struct wall now, struct err *e)
{
    static const char sql[] = "DELETE FROM exemption WHERE item = ?";
    int64_t id;

    if (!find_item(db, item, &id, e) || !sql_run(db, sql, SQL_ARGS(SQL_I(id)), e))
        return false;
    if (sql_changes(db) == 0)
        return err_set(e, ERR_NOT_FOUND, "%.*s is not exempted by command",
                       STR_FMT(str_first(item, 120)));
    return item_written(db, id, 0, HAS_EXEMPTION, e) &&
           audit_add(db, by, STR("unexempt"), item, STR_NONE, now, e);
}

bool db_exempt_remove(struct db *db, struct str item, const struct actor *by,
                      struct wall now, struct err *e)
{
    return sql_begin(db, true, e) &&
           sql_end(db, exempt_remove(db, item, by, now, e), e);
}

/* ---- findings ---- */

static bool find_open(struct db *db, struct str id, int64_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT state IN (1, 2) FROM finding WHERE n = ?";
    int64_t open;

    if (!find_finding(db, id, ret_n, e) ||
        !sql_int(db, sql, SQL_ARGS(SQL_I(*ret_n)), 0, &open, e))
        return false;
    return open != 0 || err_set(e, ERR_CONFLICT, "the finding is over already");
}

/* Of what somebody has answered for good. */
static bool exempt_acked(struct db *db, int64_t finding, const struct actor *by,
                         struct wall now, struct err *e)
{
    static const char ask[] = "SELECT item, rule FROM finding WHERE n = ?";
    static const char add[] =
        "INSERT INTO exemption (item, rule, reason, until, at, uid, user)"
        " VALUES (?, ?, 'acknowledged', 0, ?, ?, ?) ON CONFLICT DO NOTHING";
    const struct rule *rule = NULL;
    int64_t item = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, ask, SQL_ARGS(SQL_I(finding)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        item = query_int(&q, 0);
        rule = rule_find(query_str(&q, 1));
        query_close(&q);
    }
    return item == 0 || rule == NULL || !rule->ack_exempts ||
           (sql_run(db, add,
                    SQL_ARGS(SQL_I(item), SQL_S(str_of(rule->id)), SQL_T(now),
                             SQL_I(by->uid), SQL_S(by->user)),
                    e) &&
            item_written(db, item, HAS_EXEMPTION, 0, e));
}

static bool finding_ack(struct db *db, struct str id, const struct actor *by,
                        struct wall now, struct err *e)
{
    static const char sql[] = "UPDATE finding SET acked_by = CASE ?2 WHEN '' THEN '?' "
                              "ELSE ?2 END, plan_next = 1"
                              " WHERE n = ?1";
    int64_t n;

    return find_open(db, id, &n, e) &&
           sql_run(db, sql, SQL_ARGS(SQL_I(n), SQL_S(by->user)), e) &&
           firing_acted(db, n, FIRING_ACKED, now, e) && exempt_acked(db, n, by, now, e) &&
           audit_add(db, by, STR("ack"), id, STR_NONE, now, e);
}

bool db_finding_ack(struct db *db, struct str id, const struct actor *by,
                    struct wall now, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, finding_ack(db, id, by, now, e), e);
}

static bool finding_snooze(struct db *db, struct str id, struct wall until,
                           const struct actor *by, struct wall now, struct err *e)
{
    static const char sql[] =
        "UPDATE finding SET snoozed_until = ?2, plan_next = 1 WHERE n = ?1";
    char mem[64];
    struct buf detail;
    int64_t n;

    buf_init_fixed(&detail, mem, sizeof mem);
    date_print_iso(&detail, until);
    return find_open(db, id, &n, e) &&
           sql_run(db, sql, SQL_ARGS(SQL_I(n), SQL_T(until)), e) &&
           firing_acted(db, n, FIRING_ACKED, now, e) &&
           audit_add(db, by, STR("snooze"), id, buf_str(&detail), now, e);
}

bool db_finding_snooze(struct db *db, struct str id, struct wall until,
                       const struct actor *by, struct wall now, struct err *e)
{
    if (until.ms <= now.ms)
        return err_set(e, ERR_USAGE, "the snooze would have ended already");
    return sql_begin(db, true, e) &&
           sql_end(db, finding_snooze(db, id, until, by, now, e), e);
}

bool db_audit(struct db *db, const struct actor *by, struct str action,
              struct str subject, struct str detail, struct wall now, struct err *e)
{
    return sql_begin(db, true, e) &&
           sql_end(db, audit_add(db, by, action, subject, detail, now, e), e);
}
