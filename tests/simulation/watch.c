#include "tests/simulation/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/hash.h"
#include "tests/simulation/ask.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/people.h"
#include "tests/simulation/record.h"
#include "tests/simulation/times.h"

enum { MAX_MESSAGES = 20000, LOOK_EVERY_MS = 4 * 3600000, GRACE_MS = 30000 };
/* Bounds, generous: what a storm would be many times of. */
enum { MAX_STEPS_AN_HOUR = 6000, MAX_A_DAY = 40, MAX_A_WEEK = 120, MAX_MESSAGE = 32000 };
enum { DAY_MS = 86400000, PROMPT_MS = 8 * 3600000 };
enum { MAX_EVENTS_A_FINDING = 400, MAX_PAGES = 4000 };

enum { STATE_FIRING = 2 }; /* core/finding.h, which does not go with vendors/staff.h */

struct message {
    uint64_t id; /* of its key, or of its text where the chat has none */
    int channel; /* 0 Slack, 1 hook */
    int64_t at;  /* true time */
    bool open;   /* its answer was not told, or not recorded for sure: it may come again */
};

static struct {
    char dir[200];
    struct chat *chat;
    struct message messages[MAX_MESSAGES];
    size_t n, resent, last[2]; /* taken last, by channel: one more than its index */
    int64_t looked, hour;
    bool settled; /* the clock, when it was asked last */
    uint64_t steps;
    int64_t sent_today[2], day, sent_week[2], week;
    sqlite3 *db; /* the daemon's; NULL: not open */
} watch;

void watch_init(const char *dir, struct chat *chat)
{
    memset(&watch, 0, sizeof(watch));
    (void)snprintf(watch.dir, sizeof(watch.dir), "%s", dir);
    watch.chat = chat;
}

/* ---- the database ---- */

static sqlite3 *open_state(const char *file)
{
    char path[300];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/%s", watch.dir, file);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, DISK_VFS) != SQLITE_OK)
        record_fail("%s: %s", path, sqlite3_errmsg(db));
    sqlite3_exec(db, "PRAGMA query_only=1", NULL, NULL, NULL);
    return db;
}

/* Kept open: reading the schema is most of a look. */
static sqlite3 *state(void)
{
    if (watch.db == NULL)
        watch.db = open_state("state/alignd.db");
    return watch.db;
}

void watch_let_go(void)
{
    (void)sqlite3_close(watch.db); /* NULL is fine */
    watch.db = NULL;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        record_fail("%s: %s", sql, sqlite3_errmsg(db));
    return st;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = prepare(db, sql);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;

    (void)sqlite3_finalize(st);
    return n;
}

/* ---- messages ---- */

static int channel_of(const char *path)
{
    return strncmp(path, "/hook", 5) == 0;
}

static uint64_t identity(const char *id)
{
    return hash64(id, strlen(id), 1);
}

/* A chat without keys: the row of the outbox that is on its way. Alarms have none. */
static uint64_t row_on_its_way(int channel)
{
    int64_t id = number(state(), channel == 0 ? "SELECT id FROM outbox WHERE channel = "
                                                "'product' AND state = 1"
                                              : "SELECT id FROM outbox WHERE channel = "
                                                "'ops' AND state = 1");

    return id != 0 ? (uint64_t)id : (uint64_t)clockwork_truth().ms;
}

static void count_sent(int channel)
{
    int64_t day = clockwork_truth().ms / 86400000;

    if (day != watch.day)
        watch.sent_today[0] = watch.sent_today[1] = 0;
    if (day / 7 != watch.week)
        watch.sent_week[0] = watch.sent_week[1] = 0;
    watch.day = day;
    watch.week = day / 7;
    if (++watch.sent_today[channel] > MAX_A_DAY || ++watch.sent_week[channel] > MAX_A_WEEK)
        record_fail("channel %d gets %" PRId64 " messages in a day, %" PRId64 " in a week",
                    channel, watch.sent_today[channel], watch.sent_week[channel]);
}

void watch_taken(const char *path, const char *id, struct str body)
{
    int64_t now = clockwork_truth().ms;
    struct message m = {0, channel_of(path), now, true};

    if (body.n > MAX_MESSAGE)
        record_fail("a message of %zu bytes", body.n);
    if (json_array_size(chat_refused(watch.chat)) > 0)
        record_fail("a chat refuses a message: %s",
                    json_dumps(json_array_get(chat_refused(watch.chat), 0), 0));
    m.id = *id != '\0' ? identity(id) : row_on_its_way(m.channel);
    record("message to %s: %.*s", path, STR_FMT(body));
    for (size_t i = 0; i < watch.n; i++) {
        struct message *o = &watch.messages[i];

        if (o->id != m.id || o->channel != m.channel)
            continue;
        if (!o->open)
            record_fail("a message comes twice, key '%s': %.*s", id, STR_FMT(body));
        watch.resent++;
        o->at = now;
        watch.last[m.channel] = i + 1;
        return;
    }
    if (watch.n == MAX_MESSAGES)
        record_fail("too many messages");
    watch.messages[watch.n++] = m;
    watch.last[m.channel] = watch.n;
    count_sent(m.channel);
    chat_clear(watch.chat);
}

static struct message *last_of(const char *path, const char *id)
{
    int channel = channel_of(path);

    if (*id == '\0')
        return watch.last[channel] > 0 ? &watch.messages[watch.last[channel] - 1] : NULL;
    for (size_t i = watch.n; i-- > 0;) {
        struct message *m = &watch.messages[i];

        if (m->channel == channel && m->id == identity(id))
            return m;
    }
    return NULL;
}

/* Told with a whole answer, it must not come again: unless the daemon dies before it
   has recorded that. */
void watch_told(const char *path, const char *id, bool clear)
{
    struct message *m = last_of(path, id);

    if (m != NULL && clear)
        m->open = false;
}

void watch_killed(void)
{
    int64_t now = clockwork_truth().ms;

    for (size_t i = 0; i < watch.n; i++) {
        if (now - watch.messages[i].at < GRACE_MS)
            watch.messages[i].open = true;
    }
}

uint64_t watch_messages(void)
{
    return watch.n;
}

uint64_t watch_resent(void)
{
    return watch.resent;
}

/* ---- the files ---- */

static void check_whole(sqlite3 *db, const char *how)
{
    sqlite3_stmt *st = prepare(db, how);

    if (sqlite3_step(st) != SQLITE_ROW ||
        strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0)
        record_fail("%s: %s", how, (const char *)sqlite3_column_text(st, 0));
    (void)sqlite3_finalize(st);
}

static void copy_file(const char *from, const char *to)
{
    static char block[1 << 16];
    char a[300], b[300];
    FILE *in, *out;
    size_t n;

    (void)snprintf(a, sizeof(a), "%s/%s", watch.dir, from);
    (void)snprintf(b, sizeof(b), "%s/%s", watch.dir, to);
    (void)remove(b);
    in = fopen(a, "rb");
    if (in == NULL)
        return;
    out = fopen(b, "wb");
    if (out == NULL)
        record_fail("%s cannot be written", b);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        (void)fwrite(block, 1, n, out);
    (void)fclose(in);
    (void)fclose(out);
}

void watch_files(void)
{
    sqlite3 *db;

    copy_file("state/alignd.db", "copy.db");
    copy_file("state/alignd.db-wal", "copy.db-wal");
    db = open_state("copy.db");
    check_whole(db, "PRAGMA quick_check");
    (void)sqlite3_close(db);
}

/* ---- as it goes ---- */

static int truth_of(const char *rule)
{
    for (int i = 0; i < TRUTHS_N; i++) {
        if (strcmp(rule, truth_names[i]) == 0)
            return i;
    }
    return -1;
}

struct state {
    bool firing;
    int64_t episode;
};

/* What alignd has of each thing, in `ret` by thing and truth. */
static void read_findings(sqlite3 *db, struct state (*ret)[TRUTHS_N])
{
    static const char sql[] = "SELECT f.rule, i.key, f.state, f.episode FROM finding f "
                              "JOIN item i ON i.id = f.item WHERE f.item > 0";
    sqlite3_stmt *st = prepare(db, sql);
    size_t n;
    struct thing *things = people_things(&n);

    memset(ret, 0, n * sizeof(*ret));
    while (sqlite3_step(st) == SQLITE_ROW) {
        int k = truth_of((const char *)sqlite3_column_text(st, 0));
        struct thing *t = people_find((const char *)sqlite3_column_text(st, 1));

        if (k >= 0 && t != NULL)
            ret[t - things][k] = (struct state){
                sqlite3_column_int(st, 2) == STATE_FIRING, sqlite3_column_int64(st, 3)};
    }
    (void)sqlite3_finalize(st);
}

/* What held without a break since before it was seen firing must fire still, and be the
   same episode. */
static void check_resolved(struct thing *t, int k, const struct state *s)
{
    if (t->seen[k].firing && t->truth[k].holds && t->truth[k].since <= t->seen[k].at &&
        (!s->firing || s->episode != t->seen[k].episode))
        record_fail("%s of %s was resolved, and has held all the time", truth_names[k],
                    t->key);
    if (s->firing && (!t->seen[k].firing || s->episode != t->seen[k].episode))
        t->seen[k].at = clockwork_truth().ms;
    t->seen[k].firing = s->firing;
    t->seen[k].episode = s->episode;
}

/* What has been so for long enough is known: no source is asked less often than every
   four hours, and a working day is over after four days at most. What flaps is kept
   for a day, and what is deleted or moved away shows in the next listing. */
static void check_prompt(const struct thing *t, int k, const struct state *s, int64_t calm)
{
    int64_t since = t->truth[k].since > calm ? t->truth[k].since : calm, bound = PROMPT_MS;

    if (t->changed_at > since)
        since = t->changed_at;
    if (t->truth[k].holds && k == TRUTH_UNLINKED)
        bound += 4 * DAY_MS;
    if (!t->truth[k].holds)
        bound += t->gone ? 2 * DAY_MS : DAY_MS;
    if (s->firing != t->truth[k].holds && !t->unsure &&
        clockwork_truth().ms - since > bound)
        record_fail("%s of %s is %sfiring, %.1f h after it was %sso any more",
                    truth_names[k], t->key, s->firing ? "" : "not ",
                    (double)(clockwork_truth().ms - since) / 3600000.0,
                    t->truth[k].holds ? "" : "not ");
}

/* Every four hours, and once more when the clock was set. */
static bool is_time_to_look(int64_t now)
{
    bool set = watch.settled != times_are_settled();

    watch.settled = times_are_settled();
    return now - watch.looked >= LOOK_EVERY_MS || (set && watch.settled);
}

void watch_look(int64_t calm)
{
    static struct state states[THINGS_MAX][TRUTHS_N];
    int64_t now = clockwork_truth().ms;
    struct thing *things;
    size_t n;

    record_check_log();
    if (!is_time_to_look(now))
        return;
    watch.looked = now;
    read_findings(state(), states);
    times_check(state(), now - calm >= PROMPT_MS);
    things = people_things(&n);
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < TRUTHS_N; k++)
            check_resolved(&things[i], k, &states[i][k]);
        for (int k = 0; k < TRUTHS_N; k++)
            check_prompt(&things[i], k, &states[i][k], calm);
    }
}

void watch_step(void)
{
    int64_t hour = clockwork_truth().ms / 3600000;

    if (hour != watch.hour)
        watch.steps = 0;
    watch.hour = hour;
    if (++watch.steps > MAX_STEPS_AN_HOUR)
        record_fail("the loop has turned %d times within an hour", MAX_STEPS_AN_HOUR);
}

int64_t watch_dead_message(void)
{
    return number(state(), "SELECT id FROM outbox WHERE state = 3 ORDER BY id LIMIT 1");
}

/* ---- the end ---- */

static void check_truth(sqlite3 *db)
{
    static struct state states[THINGS_MAX][TRUTHS_N];
    struct thing *things;
    size_t n;

    read_findings(db, states);
    things = people_things(&n);
    for (size_t i = 0; i < n; i++) {
        const struct thing *t = &things[i];

        for (int k = 0; k < TRUTHS_N; k++) {
            if (states[i][k].firing != t->truth[k].holds)
                record_fail("%s of %s is %s, and is %s in truth", truth_names[k], t->key,
                            states[i][k].firing ? "firing" : "not firing",
                            t->truth[k].holds ? "so" : "not so");
        }
    }
}

/* Counts that must be zero. */
static void check_nothing(sqlite3 *db)
{
    static const struct {
        const char *what, *sql;
    } none[] = {
        {"items that wait for evaluation", "SELECT (SELECT count(*) FROM dirty) +"
         " (SELECT count(*) FROM dirty_run)"},
        {"messages that wait", "SELECT count(*) FROM outbox WHERE state < 2"},
        {"messages given up", "SELECT count(*) FROM outbox WHERE state = 3"},
        {"open findings without a reason",
         "SELECT count(*) FROM finding WHERE state = 2 AND reason IN (0, 1)"},
        {"findings held up by a stale source",
         "SELECT count(*) FROM finding WHERE state = 2 AND reason = 2"},
        {"stale sources",
         "SELECT count(*) FROM finding WHERE state = 2 AND rule = 'source-stale'"},
        {"findings said to be told that no channel was told of",
         "SELECT count(*) FROM finding f WHERE state = 2 AND reason IN (15, 16, 17, 18) "
         "AND NOT EXISTS (SELECT 1 FROM told t WHERE t.finding = f.n AND t.delivered > 0 "
         "AND t.episode = f.episode)"},
        {"findings that nobody is told of and no reason explains", /* core/plan.h */
         "SELECT count(*) FROM finding WHERE state = 2 AND baseline = 0 AND reason NOT IN "
         "(3, 4, 8, 11, 12, 13, 15, 16, 17, 18, 20)"
         /* One that was to be told in the last evening waits for a morning, at most over a
            weekend: that fired then, or whose first week was over then. */
         " AND NOT (reason = 10 AND EXISTS (SELECT 1 FROM member m JOIN batch b ON b.id ="
         " m.batch WHERE m.finding = finding.n AND b.due BETWEEN finding.reason_at AND"
         " finding.reason_at + 4 * 86400000))"},
        {"members of messages that are gone",
         "SELECT count(*) FROM outbox_member m WHERE NOT EXISTS (SELECT 1 FROM outbox o "
         "WHERE o.id = m.outbox)"},
        {"links of items that are gone",
         "SELECT count(*) FROM link l WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.id = "
         "l.item)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        int64_t n = number(db, none[i].sql);

        if (n != 0)
            record_fail("%" PRId64 " %s", n, none[i].what);
    }
}

static void check_growth(sqlite3 *db)
{
    int64_t most = number(db, "SELECT max(n) FROM (SELECT count(*) n FROM finding_event "
                              "GROUP BY finding)"),
            pages = number(db, "PRAGMA page_count"),
            delivered = number(db, "SELECT count(*) FROM outbox WHERE state = 2");

    if (most > MAX_EVENTS_A_FINDING)
        record_fail("a finding has a history of %" PRId64 " events", most);
    if (pages > MAX_PAGES)
        record_fail("the database has %" PRId64 " pages", pages);
    if (delivered > (int64_t)(watch.n + watch.resent))
        record_fail("%" PRId64 " messages are said to be delivered, %zu came", delivered,
                    watch.n);
}

/* `alignctl drift show`, of every finding there is. */
static void check_explained(uv_loop_t *loop, const char *socket, sqlite3 *db)
{
    sqlite3_stmt *st = prepare(db, "SELECT id, state FROM finding ORDER BY n");

    while (sqlite3_step(st) == SQLITE_ROW) {
        char path[100];
        json_t *one;
        const char *text;
        int status;

        (void)snprintf(path, sizeof(path), "/v1/findings/%s",
                       (const char *)sqlite3_column_text(st, 0));
        one = ask(loop, socket, path, NULL, &status);
        text = json_string_value(json_object_get(json_object_get(one, "reason"), "name"));
        if (text == NULL || *text == '\0' ||
            (sqlite3_column_int(st, 1) == STATE_FIRING && strcmp(text, "none") == 0))
            record_fail("%s has no reason: %s", path, json_dumps(one, 0));
        json_decref(one);
    }
    (void)sqlite3_finalize(st);
}

void watch_end(uv_loop_t *loop, const char *socket)
{
    sqlite3 *db = state();

    record_check_log();
    check_truth(db);
    check_nothing(db);
    check_growth(db);
    check_explained(loop, socket, db);
    check_whole(db, "PRAGMA integrity_check");
}
