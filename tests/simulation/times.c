#include "tests/simulation/times.h"

#include <inttypes.h>
#include <stdint.h>

#include "base/attr.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/record.h"

static const int64_t minute = 60000, hour = 3600000, day = 86400000;

/* All that says when the daemon did or saw something (store/clock.c). */
static const char *const past[] = {
    "SELECT max(max(first_try), max(last_try), max(last_ok)) FROM source",
    "SELECT max(max(first_seen), max(synced_at), max(failed_since)) FROM scope",
    "SELECT max(listed_at) FROM scope",
    ("SELECT max(max(since), max(fired), max(clear_since), max(resolved), max(reason_at))"
     " FROM finding"),
    "SELECT max(max(created), max(done_at)) FROM outbox",
    "SELECT max(max(at), max(delivered)) FROM told",
    "SELECT max(max(first), max(last)) FROM shown",
    "SELECT max(at) FROM sent",
    "SELECT max(joined) FROM member",
    "SELECT max(last_sent) FROM batch",
    "SELECT max(max(last_delivered), max(dead_since)) FROM channel",
    "SELECT max(at) FROM strategy",
    "SELECT max(at) FROM strategy_change",
    "SELECT max(at) FROM strategy_broken",
    "SELECT max(first_load) FROM kr_known",
    "SELECT max(value) FROM meta WHERE key = 'effort'",
    "SELECT max(value * 86400000) FROM meta WHERE key = 'snapshot'",
    "SELECT max(day * 86400000) FROM tally_day",
    "SELECT max(day * 86400000) FROM scope_day",
    "SELECT max(day * 86400000) FROM effort_day",
};

/* What is to be done then. Of what is late the daemon thinks once an hour at least. */
static const char *const due[] = {
    "SELECT min(next_attempt) FROM outbox WHERE state = 0",
    "SELECT min(due) FROM batch WHERE due > 0",
    "SELECT min(plan_next) FROM finding WHERE plan_next > 0",
    "SELECT min(next_check) FROM evaluated WHERE next_check > 0",
    "SELECT min(next_check) FROM tally WHERE next_check > 0",
    "SELECT min(next_check) FROM subject WHERE next_check > 0",
};

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st;
    int64_t n = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        record_fail("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

bool times_are_settled(void)
{
    return clockwork_since_set() >= 5 * minute && disk_has_room_since(5 * minute);
}

void times_check(sqlite3 *db, bool calm)
{
    int64_t now = clock_wall(clockwork_clock()).ms, n;

    if (!times_are_settled())
        return;
    for (size_t i = 0; i < ARRAY_LEN(past); i++) {
        n = number(db, past[i]);
        if (n > now + minute)
            record_fail("a time lies %.1f h in the future: %s",
                        (double)(n - now) / (double)hour, past[i]);
    }
    if (number(db, "SELECT max(next_attempt) FROM outbox WHERE state < 2") > now + day + hour)
        record_fail("a message waits for longer than a day");
    for (size_t i = 0; calm && i < ARRAY_LEN(due); i++) {
        n = number(db, due[i]);
        if (n != 0 && n < now - hour - 10 * minute)
            record_fail("something was due at %" PRId64 " and is not done: %s", n, due[i]);
    }
}
