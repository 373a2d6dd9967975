#include "store/backup.h"
#include "store/closed.h"
#include "store/db.h"
#include "store/sql.h"

/* Working days as a week has them; nobody asks for the calendar here. */
static struct wall limit_of(struct span s, struct wall now)
{
    int64_t ms = s.wd > 0 ? s.wd * DUR_DAY(7).ms / 5 : s.ms;

    return ms > 0 ? wall_add(now, DUR_MS(-ms)) : (struct wall){0};
}

static bool forget(struct db *db, struct span spans, struct span audit, struct wall now,
                   struct err *e)
{
    static const char *const by_spans[] = {
        "DELETE FROM span WHERE ended > 0 AND ended < ?",
        "DELETE FROM touch WHERE at < ?",
        "DELETE FROM past_link WHERE at < ?",
        "DELETE FROM past_parent WHERE at < ?",
        /* Such days are not split again: what they add up to stays. */
        "DELETE FROM day_item WHERE day < ? / 86400000",
    };
    static const char old_audit[] = "DELETE FROM audit WHERE at < ?";
    static const char members[] = "DELETE FROM outbox_member WHERE outbox IN (SELECT "
                                  "id FROM outbox WHERE done_at > 0"
                                  " AND done_at < ?)";
    static const char nodes[] = "DELETE FROM outbox_node WHERE outbox IN (SELECT id"
                                " FROM outbox WHERE done_at > 0 AND done_at < ?)";
    static const char outbox[] = "DELETE FROM outbox WHERE done_at > 0 AND done_at < ?";
    static const char events[] = "DELETE FROM finding_event WHERE finding IN (SELECT n "
                                 "FROM finding WHERE state = 3"
                                 " AND resolved < ?)";
    static const char told[] = "DELETE FROM told WHERE finding IN (SELECT n FROM "
                               "finding WHERE state = 3 AND resolved < ?"
                               " AND n NOT IN (SELECT finding FROM member))";
    static const char findings[] =
        "DELETE FROM finding WHERE state = 3 AND resolved < ?"
        " AND n NOT IN (SELECT finding FROM member)";
    static const char silences[] =
        "DELETE FROM silence WHERE ended > 0 AND ended < ?";
    static const char firings[] = "DELETE FROM firing WHERE ended > 0 AND ended < ?";
    static const char *const by_audit[] = {old_audit, members,  nodes,    outbox, events,
                                           told,      findings, silences, firings};
    static const char closed[] = "DELETE FROM closed_hour WHERE hour < ? / 3600000";
    struct wall span_limit = limit_of(spans, now), audit_limit = limit_of(audit, now);

    for (size_t i = 0; i < ARRAY_LEN(by_spans); i++) {
        if (!sql_run(db, by_spans[i], SQL_ARGS(SQL_T(span_limit)), e))
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(by_audit); i++) {
        if (!sql_run(db, by_audit[i], SQL_ARGS(SQL_T(audit_limit)), e))
            return false;
        sql_beat(db);
    }
    return sql_run(db, closed,
                   SQL_ARGS(SQL_T(wall_add(now, DUR_DAY(-CLOSED_KEEP_DAYS)))), e);
}

/* Of rows written: so many may change what plan is the best. */
static const int64_t many = 10000;

/* Measuring has every statement prepared anew, also of tables that are as they were:
   an empty one is measured each time. */
static bool measure(struct db *db, struct wall now, struct err *e)
{
    int64_t age = wall_since(now, db->measured).ms,
            changes = sqlite3_total_changes64(db->h);

    if (age >= 0 && age < DUR_DAY(1).ms && changes - db->measured_changes < many)
        return true;
    if (!sql_script(db, "PRAGMA analysis_limit=400; PRAGMA optimize;", e))
        return false;
    db->measured = now;
    db->measured_changes = sqlite3_total_changes64(db->h);
    return true;
}

bool db_upkeep(struct db *db, struct span spans, struct span audit, struct wall now,
               struct err *e)
{
    if (!sql_begin(db, false, e) || !sql_end(db, forget(db, spans, audit, now, e), e) ||
        !back_up_daily(db, now, e) || !measure(db, now, e))
        return false;
    /* A reader's snapshot may keep it from finishing: the next one will. */
    sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return true;
}
