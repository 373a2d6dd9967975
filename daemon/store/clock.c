#include "store/db.h"
#include "store/relink.h"
#include "store/sql.h"

/* Less is no step of the clock but what a slow machine or NTP does. */
static const struct dur tolerated = {60000};
/* No attempt is put off for longer by a back-off. */
static const struct dur longest_wait = {3600000};

/* Whether something is stored that the clock has not come to yet: what is written first
   after it was set, and before anything else the word of when it was (`awake`), since a
   process may end a moment later. */
static bool was_set_back(struct db *db, struct wall now, bool *ret, struct err *e)
{
    static const char sql[] =
        "SELECT max(coalesce((SELECT max(max(first_try, last_try, last_ok)) FROM source),"
        " 0), coalesce((SELECT max(last_sent) FROM batch), 0),"
        " coalesce((SELECT max(created) FROM outbox WHERE state < 2), 0),"
        " coalesce((SELECT max(at) FROM strategy), 0),"
        " coalesce((SELECT max(value) FROM meta WHERE key IN ('awake', 'effort')), 0))";
    int64_t latest;

    if (!sql_int(db, sql, SQL_NONE, 0, &latest, e))
        return false;
    *ret = latest > wall_add(now, tolerated).ms;
    return true;
}

/* Past things lie before `now`, or they would hold up all that is counted from them. */
static bool pull_in(struct db *db, struct wall now, struct err *e)
{
    static const char *const past[] = {
        "UPDATE source SET first_try = min(first_try, ?1), last_try = min(last_try, "
        "?1),"
        " last_ok = min(last_ok, ?1), paused_until = CASE WHEN last_try > ?1 THEN"
        " min(paused_until, ?1) ELSE paused_until END"
        " WHERE max(first_try, last_try, last_ok) > ?1",
        "UPDATE scope SET first_seen = min(first_seen, ?1), synced_at = min(synced_at,"
        " ?1), failed_since = min(failed_since, ?1),"
        " listed_at = min(listed_at, ?1)"
        " WHERE max(first_seen, synced_at, failed_since, listed_at) > ?1",
        "UPDATE finding SET since = min(since, ?1), fired = min(fired, ?1),"
        " clear_since = min(clear_since, ?1), resolved = min(resolved, ?1), reason_at ="
        " min(reason_at, ?1)"
        " WHERE max(since, fired, clear_since, resolved, reason_at) > ?1",
        "UPDATE firing SET fired = min(fired, ?1), told = min(told, ?1), acted ="
        " min(acted, ?1), ended = min(ended, ?1)"
        " WHERE max(fired, told, acted, ended) > ?1",
        "UPDATE outbox SET created = min(created, ?1), done_at = min(done_at, ?1)"
        " WHERE state > 1 AND max(created, done_at) > ?1",
        "UPDATE told SET at = min(at, ?1), delivered = min(delivered, ?1)"
        " WHERE max(at, delivered) > ?1",
        "UPDATE shown SET first = min(first, ?1), last = ?1 WHERE last > ?1",
        /* A silence keeps its length. */
        "UPDATE silence SET until = until - at + ?1, at = ?1 WHERE at > ?1",
        "UPDATE silence SET idle_since = ?1 WHERE idle_since > ?1",
        "UPDATE silence SET ended = ?1 WHERE ended > ?1",
        "UPDATE batch SET last_sent = ?1 WHERE last_sent > ?1",
        "UPDATE OR REPLACE sent SET at = ?1 WHERE at > ?1",
        "UPDATE member SET joined = ?1 WHERE joined > ?1",
        "UPDATE channel SET last_delivered = ?1 WHERE last_delivered > ?1",
        "UPDATE strategy SET at = ?1 WHERE at > ?1",
        "UPDATE blocked SET since = ?1 WHERE since > ?1",
        /* A key result would wait for its start, a value for its day. */
        "UPDATE kr_known SET first_load = ?1 WHERE first_load > ?1",
        "UPDATE kr_value SET at = ?1, day = min(day, ?1 / 86400000) WHERE at > ?1",
        "UPDATE strategy_change SET at = ?1 WHERE at > ?1",
        "UPDATE strategy_broken SET at = ?1 WHERE at > ?1",
        "UPDATE retarget SET at = ?1 WHERE at > ?1",
        "UPDATE assumption SET false_since = min(false_since, ?1), unknown_since ="
        " min(unknown_since, ?1) WHERE max(false_since, unknown_since) > ?1",
        "UPDATE channel SET dead_since = ?1 WHERE dead_since > ?1",
        /* Days would not be split again. */
        "UPDATE meta SET value = ?1 WHERE key = 'effort' AND value > ?1",
        "UPDATE meta SET value = min(value, ?1 / 86400000 - 1) WHERE key = 'snapshot'",
        /* What was kept of days that are yet to come. */
        "DELETE FROM tally_day WHERE day >= ?1 / 86400000",
        "DELETE FROM scope_day WHERE day >= ?1 / 86400000",
        "DELETE FROM effort WHERE day >= ?1 / 86400000",
        "UPDATE item_days SET days = days - (SELECT sum(d.days) FROM day_item d WHERE"
        " d.day >= ?1 / 86400000 AND d.item = item_days.item) WHERE item IN (SELECT item"
        " FROM day_item WHERE day >= ?1 / 86400000)",
        "DELETE FROM day_item WHERE day >= ?1 / 86400000",
        "DELETE FROM effort_day WHERE day >= ?1 / 86400000",
        "DELETE FROM effort_goal WHERE day >= ?1 / 86400000",
        "UPDATE OR REPLACE past_link SET at = ?1 WHERE at > ?1",
        "UPDATE OR REPLACE past_parent SET at = ?1 WHERE at > ?1",
        "UPDATE value_state SET tried = min(tried, ?1), ok = min(ok, ?1), failed_since "
        "="
        " min(failed_since, ?1), next = min(next, ?1) WHERE tried > ?1",
    };
    static const char attempts[] =
        "UPDATE outbox SET created = min(created, ?1), next_attempt = ?1"
        " WHERE state < 2 AND (created > ?1 OR next_attempt > ?2)";

    for (size_t i = 0; i < ARRAY_LEN(past); i++) {
        if (!sql_run(db, past[i], SQL_ARGS(SQL_T(now)), e))
            return false;
    }
    return sql_run(db, attempts,
                   SQL_ARGS(SQL_T(now), SQL_T(wall_add(now, longest_wait))), e) &&
           relink_all(db, e);
}

bool db_clock_set_back(struct db *db, struct wall now, struct err *e)
{
    db->awake = now;
    return sql_begin(db, true, e) &&
           sql_end(db, pull_in(db, now, e) && meta_set(db, "awake", now.ms, e), e);
}

bool db_clock_set(struct db *db, struct wall now, bool *ret_back, struct err *e)
{
    if (!was_set_back(db, now, ret_back, e))
        return false;
    if (*ret_back)
        return db_clock_set_back(db, now, e);
    db->awake = now;
    return sql_begin(db, false, e) && sql_end(db, meta_set(db, "awake", now.ms, e), e);
}
