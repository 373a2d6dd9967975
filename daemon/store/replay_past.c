#include "store/replay_past.h"

#include <string.h>

#include "store/relink.h"
#include "store/scope.h"
#include "store/sql.h"
#include "store/subject.h"

bool past_begins(struct db *db, struct wall *ret, struct err *e)
{
    static const char sql[] = "SELECT coalesce(min(first_seen), 0) FROM scope";

    return sql_int(db, sql, SQL_NONE, 0, &ret->ms, e);
}

/* ---- back ---- */

static const char tables[] =
    /* Items of which something changed since, as they are now; */
    "CREATE TABLE replay_item (id INTEGER PRIMARY KEY, category, outcome, closed,"
    " updated, changed, status, assignees, baseline, has, first_seen, parent_vid,"
    " parent_key);"
    /* when; those it is the turn of; */
    "CREATE TABLE replay_due (at, item, PRIMARY KEY (at, item)) WITHOUT ROWID;"
    "CREATE TABLE replay_now (item INTEGER PRIMARY KEY);"
    /* what history says of their links where it was something else than today; */
    "CREATE TABLE replay_link (item INTEGER PRIMARY KEY, nodes TEXT NOT NULL);"
    /* all times at which anything happens. */
    "CREATE TABLE replay_time (at INTEGER PRIMARY KEY);"
    "CREATE TABLE replay_scope AS SELECT id, state FROM scope;"
    "CREATE TABLE replay_silence AS SELECT * FROM silence;"
    "CREATE TABLE replay_exemption AS SELECT * FROM exemption;"
    "CREATE TABLE replay_value AS SELECT * FROM kr_value;"
    "CREATE TABLE replay_act AS SELECT at, action, subject, detail, user FROM audit"
    " WHERE action IN ('ack', 'snooze');"
    "CREATE INDEX replay_act_at ON replay_act (at);"
    "CREATE INDEX replay_value_at ON replay_value (at);"
    "CREATE INDEX replay_exemption_at ON replay_exemption (at);"
    /* Nothing is found or told; findings of then come about again. */
    "DELETE FROM finding; DELETE FROM finding_event; DELETE FROM firing;"
    "DELETE FROM told; DELETE FROM member; DELETE FROM batch; DELETE FROM sent;"
    "DELETE FROM outbox; DELETE FROM outbox_member; DELETE FROM outbox_node;"
    "DELETE FROM digest; DELETE FROM dirty; DELETE FROM dirty_run;"
    "DELETE FROM audit;"
    "DELETE FROM strategy; DELETE FROM strategy_file; DELETE FROM strategy_change;"
    "DELETE FROM strategy_broken; DELETE FROM retarget; DELETE FROM assumption;"
    "DELETE FROM silence;"
    "UPDATE evaluated SET has = has & ~8, next_check = 0;"
    "UPDATE channel SET dead_since = 0, dead_reason = '';"
    "DELETE FROM meta WHERE key IN ('strategy', 'version_seen', 'subjects', 'snapshot');";

#define DUE(at, item, from)                                                            \
    "INSERT OR IGNORE INTO replay_due SELECT " at ", " item " FROM " from " WHERE " at    \
    " > ?1"

static const char *const changes[] = {
    DUE("first_seen", "id", "item"),  DUE("closed", "id", "item"),
    DUE("changed", "id", "item"),     DUE("started", "item", "span"),
    DUE("ended", "item", "span"),     DUE("at", "item", "past_link"),
    DUE("at", "item", "past_parent"), DUE("at", "item", "fate"),
    DUE("at", "item", "exemption"),
    "INSERT INTO replay_item SELECT id, category, outcome, closed, updated, changed,"
    " status, assignees, baseline, has, first_seen, parent_vid, parent_key FROM item"
    " WHERE id IN (SELECT item FROM replay_due) AND ?1 > 0",
    "DELETE FROM exemption WHERE at > ?1",
    "DELETE FROM kr_value WHERE at > ?1",
    "UPDATE scope SET introduced = 0 WHERE first_seen > ?1",
    "UPDATE scope SET state = 6 WHERE first_seen > ?1 OR state NOT IN (2, 5)",
    "INSERT OR IGNORE INTO replay_now SELECT id FROM replay_item WHERE ?1 > 0",
};
_Static_assert(SCOPE_IS_SYNCED == 2 && SCOPE_IS_DISABLED == 5 && SCOPE_IS_LEFT == 6,
               "the numbers stand in the statements");
_Static_assert(ITEM_TODO == 0 && ITEM_IN_PROGRESS == 1 && ITEM_DONE == 2 &&
                   ITEM_OPEN == 0 && HAS_GONE == 16,
               "likewise");

/* What is known of items at a time. Closed is closed for good: earlier closings of what
   was opened again are not kept. */
static const char *const as_of[] = {
    "WITH s AS (SELECT o.*, (o.category = 2 OR o.outcome <> 0) AND"
    " coalesce(nullif(o.closed, 0), o.changed) <= ?1 AS over,"
    " (SELECT started FROM span WHERE item = o.id AND started <= ?1 AND (ended = 0 OR"
    " ended > ?1) ORDER BY started DESC LIMIT 1) AS began FROM replay_now n CROSS JOIN"
    " replay_item o ON o.id = n.item)"
    " UPDATE item SET"
    " category = CASE WHEN s.over THEN s.category WHEN s.began IS NOT NULL THEN 1 ELSE 0"
    " END,"
    " outcome = iif(s.over, s.outcome, 0), closed = iif(s.over, s.closed, 0),"
    " status = CASE WHEN s.over OR (s.began IS NULL AND s.category = 0) THEN s.status"
    " ELSE coalesce((SELECT status FROM span WHERE item = s.id AND started = s.began),"
    " '') END,"
    " assignees = coalesce((SELECT assignees FROM span WHERE item = s.id AND started ="
    " s.began), s.assignees),"
    " changed = CASE WHEN s.changed <= ?1 THEN s.changed ELSE max(item.created,"
    " coalesce((SELECT max(started) FROM span WHERE item = s.id AND started <= ?1), 0),"
    " coalesce((SELECT max(ended) FROM span WHERE item = s.id AND ended > 0 AND ended <="
    " ?1), 0)) END,"
    " parent_vid = coalesce((SELECT vid FROM past_parent WHERE item = s.id AND at > ?1"
    " ORDER BY at LIMIT 1), s.parent_vid),"
    " parent_key = coalesce((SELECT key FROM past_parent WHERE item = s.id AND at > ?1"
    " ORDER BY at LIMIT 1), s.parent_key),"
    /* What was there before its scope was left the baseline when work on it began. */
    " baseline = s.baseline OR (item.created < (SELECT first_seen FROM scope WHERE id ="
    " item.scope) AND coalesce((SELECT min(started) FROM span WHERE item = s.id AND"
    " started > s.first_seen), 0) > ?1),"
    " has = (s.has & ~16) | iif(s.first_seen > ?1 OR (s.has & 16 <> 0 AND coalesce("
    "(SELECT at FROM fate WHERE item = s.id), 0) <= ?1), 16, 0)"
    " FROM s WHERE item.id = s.id",
    "UPDATE item SET updated = (SELECT CASE WHEN o.updated <= ?1 THEN o.updated ELSE"
    " max(item.changed, coalesce((SELECT max(at) FROM touch WHERE item = o.id AND at <="
    " ?1), 0)) END FROM replay_item o WHERE o.id = item.id)"
    " WHERE id IN (SELECT item FROM replay_now)",
    "DELETE FROM replay_link WHERE item IN (SELECT item FROM replay_now) AND ?1 > 0",
    "INSERT INTO replay_link SELECT n.item, p.nodes FROM replay_now n CROSS JOIN past_link"
    " p ON p.item = n.item AND p.at = (SELECT min(at) FROM past_link WHERE item = n.item"
    " AND at > ?1)",
    "INSERT INTO dirty (scope, item) SELECT scope, id FROM item WHERE id IN (SELECT item"
    " FROM replay_now) AND ?1 > 0 ON CONFLICT DO NOTHING",
    "DELETE FROM replay_now WHERE ?1 > 0",
    /* Every source is well, whatever it was. */
    "UPDATE source SET last_ok = ?1, last_try = ?1, first_try = min(first_try, ?1),"
    " err_kind = 0, err_since = 0, error = '', paused_until = 0, syncing = 0",
    "UPDATE scope SET state = 2 WHERE state = 6 AND first_seen <= ?1 AND id IN (SELECT id"
    " FROM replay_scope WHERE state NOT IN (5, 6))",
    "UPDATE scope SET synced_at = ?1, err_kind = 0, failed_since = 0, error = ''",
};

static bool run_all(struct db *db, const char *const *sql, size_t n, struct wall t,
                    struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (!sql_run(db, sql[i], SQL_ARGS(SQL_T(t)), e))
            return false;
    }
    return true;
}

/*
 * What happens is looked at every few minutes, as a sync would; where a step for each of
 * them would be too many, at the end of the hour. Nothing is put off until after the end.
 */
enum { SLOT = 300000, SLOTS = 4000, WIDE_SLOT = 3600000 };

static bool find_slot(struct db *db, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT count(DISTINCT at / ?1) FROM replay_due";
    int64_t n;

    if (!sql_int(db, sql, SQL_ARGS(SQL_I(SLOT)), 0, &n, e))
        return false;
    *ret = n <= SLOTS ? SLOT : WIDE_SLOT;
    return true;
}

#define UP(at) "min((" at " + ?3 - 1) / ?3 * ?3, ?2)"

static bool schedule(struct db *db, struct wall t, struct wall end, struct err *e)
{
    static const char *const sql[] = {
        "UPDATE OR REPLACE replay_due SET at = " UP("at") " WHERE at > ?1",
        "UPDATE replay_silence SET at = " UP("at") ", ended = " UP("ended")
        " WHERE ?1 > 0",
        "UPDATE replay_act SET at = " UP("at") " WHERE at > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT at FROM replay_due WHERE at > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT at FROM replay_silence WHERE at > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT ended FROM replay_silence WHERE ended"
        " > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT " UP("at") " FROM replay_value WHERE"
        " at > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT at FROM replay_act WHERE at > ?1",
        "INSERT OR IGNORE INTO replay_time SELECT first_seen FROM scope WHERE"
        " first_seen > ?1",
    };
    struct sql_value v[] = {SQL_T(t), SQL_T(end), SQL_I(SLOT)};

    if (!find_slot(db, &v[2].i, e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        if (!sql_run(db, sql[i], v, strstr(sql[i], "?3") != NULL ? 3 : 1, e))
            return false;
    }
    return true;
}

/* ---- silences, days, what people did ---- */

static bool set_silences(struct db *db, struct wall from, struct wall to, struct err *e)
{
    static const char news[] = "SELECT count(*) FROM replay_silence WHERE (at > ?1 AND at"
                               " <= ?2) OR (ended > ?1 AND ended <= ?2)";
    static const char drop[] = "DELETE FROM silence";
    static const char add[] =
        "INSERT INTO silence (id, labels, reason, uid, user, at, until, idle_since)"
        " SELECT id, labels, reason, uid, user, at, until, 0 FROM replay_silence WHERE"
        " at <= ?1 AND until > ?1 AND (ended = 0 OR ended > ?1)";
    static const char plan[] = "UPDATE finding SET plan_next = 1 WHERE state IN (1, 2)";
    int64_t n;

    if (!sql_int(db, news, SQL_ARGS(SQL_T(from), SQL_T(to)), 0, &n, e))
        return false;
    return n == 0 || (sql_run(db, drop, SQL_NONE, e) &&
                      sql_run(db, add, SQL_ARGS(SQL_T(to)), e) &&
                      sql_run(db, plan, SQL_NONE, e));
}

static int64_t day_of(const struct eval_conf *conf, struct wall t)
{
    return date_to_days(tz_local(conf->cal.tz, t).date);
}

/* Days before `day` are split, those from it on are not yet. */
static bool set_days(struct db *db, const struct eval_conf *conf, int64_t from,
                     int64_t day, struct err *e)
{
    static const char add[] =
        "INSERT INTO item_days (item, days) SELECT item, sum(days) FROM day_item WHERE"
        " day >= ?1 AND day < ?2 GROUP BY item ON CONFLICT DO UPDATE SET"
        " days = days + excluded.days";
    struct wall begins = tz_wall(conf->cal.tz, date_from_days(day), 0);

    return sql_run(db, add, SQL_ARGS(SQL_I(from), SQL_I(day)), e) &&
           meta_set(db, "effort", begins.ms, e) && subjects_touch_all(db, e);
}

static bool take_back_days(struct db *db, int64_t day, struct err *e)
{
    static const char sql[] =
        "UPDATE item_days SET days = days - (SELECT sum(d.days) FROM day_item d WHERE"
        " d.day >= ?1 AND d.item = item_days.item) WHERE item IN (SELECT item FROM"
        " day_item WHERE day >= ?1)";

    return sql_run(db, sql, SQL_ARGS(SQL_I(day)), e);
}

bool past_rewind(struct db *db, const struct eval_conf *conf, struct wall t,
                 struct wall end, struct err *e)
{
    int64_t day = day_of(conf, t);

    return sql_script(db, tables, e) &&
           run_all(db, changes, ARRAY_LEN(changes), t, e) && schedule(db, t, end, e) &&
           run_all(db, as_of, ARRAY_LEN(as_of), t, e) &&
           set_silences(db, (struct wall){0}, t, e) && take_back_days(db, day, e) &&
           set_days(db, conf, day, day, e) && relink_all(db, e);
}

/* ---- and forward ---- */

bool past_next(struct db *db, struct wall t, struct wall *ret, struct err *e)
{
    static const char sql[] = "SELECT min(at) FROM replay_time WHERE at > ?";

    return sql_int(db, sql, SQL_ARGS(SQL_T(t)), 0, &ret->ms, e);
}

bool past_note(struct db *db, struct wall t, struct err *e)
{
    static const char sql[] = "INSERT OR IGNORE INTO replay_time VALUES (?)";

    return sql_run(db, sql, SQL_ARGS(SQL_T(t)), e);
}

static bool play_values(struct db *db, struct wall from, struct wall to, struct err *e)
{
    static const char add[] = "INSERT OR REPLACE INTO kr_value (n, kr, day, value,"
                              " confidence, note, at, uid, user, origin) SELECT n, kr,"
                              " day, value, confidence, note, at, uid, user, origin FROM"
                              " replay_value WHERE at > ?1 AND at <= ?2";

    if (!sql_run(db, add, SQL_ARGS(SQL_T(from), SQL_T(to)), e))
        return false;
    return sql_changes(db) == 0 ||
           (subjects_touch_kind(db, RULE_KR, e) &&
            subjects_touch_kind(db, RULE_DECISION, e) &&
            subjects_touch_kind(db, RULE_COMPETITOR, e));
}

/* What people did with findings, which have the names they had. */
static bool act(struct db *db, const struct query *q, struct wall to, struct err *e)
{
    struct str action = query_str(q, 0), id = query_str(q, 1);
    const struct actor by = {.uid = -1, .user = query_str(q, 3)};
    struct wall until;
    bool ok;

    if (str_eqz(action, "ack"))
        ok = db_finding_ack(db, id, &by, to, e);
    else
        ok = !date_parse_iso(query_str(q, 2), &until) || until.ms <= to.ms ||
             db_finding_snooze(db, id, until, &by, to, e);
    /* In this play it may not be there, or over. */
    return ok || e->kind == ERR_NOT_FOUND || e->kind == ERR_CONFLICT ||
           e->kind == ERR_USAGE;
}

static bool play_acts(struct db *db, struct wall from, struct wall to, struct err *e)
{
    static const char sql[] = "SELECT action, subject, detail, user FROM replay_act WHERE"
                              " at > ?1 AND at <= ?2 ORDER BY at";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(from), SQL_T(to)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        if (!act(db, &q, to, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

static bool play(struct db *db, const struct eval_conf *conf, struct wall from,
                 struct wall to, struct err *e)
{
    static const char now[] =
        "INSERT OR IGNORE INTO replay_now SELECT item FROM replay_due WHERE at > ?1 AND"
        " at <= ?2";
    static const char exemptions[] =
        "INSERT OR REPLACE INTO exemption SELECT * FROM replay_exemption WHERE at > ?1"
        " AND at <= ?2";
    int64_t before = day_of(conf, from), day = day_of(conf, to);

    return sql_run(db, now, SQL_ARGS(SQL_T(from), SQL_T(to)), e) &&
           sql_run(db, exemptions, SQL_ARGS(SQL_T(from), SQL_T(to)), e) &&
           run_all(db, as_of, ARRAY_LEN(as_of), to, e) &&
           set_silences(db, from, to, e) && play_values(db, from, to, e) &&
           (day == before || set_days(db, conf, before, day, e));
}

bool past_play(struct db *db, const struct eval_conf *conf, struct wall from,
               struct wall to, struct err *e)
{
    return sql_begin(db, false, e) && sql_end(db, play(db, conf, from, to, e), e) &&
           play_acts(db, from, to, e);
}
