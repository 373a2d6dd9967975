#include "store/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "core/notice_limit.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/outbox_over.h"
#include "store/shown.h"

enum { KEY_BYTES = (OUTBOX_KEY - 1) / 2, NOTICE_BYTES = 4 << 20, LIMIT_BYTES = 64 << 20 };

const char *outbox_state_name(enum outbox_state s)
{
    static const char *const names[] = {
#define X(e, n, name) [e] = name,
        OUTBOX_STATES(X)
#undef X
    };
    return names[s];
}

bool outbox_key(char ret[OUTBOX_KEY], struct err *e)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char raw[KEY_BYTES];

    if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
        return err_set(e, ERR_IO, "getrandom: %s", strerror(errno));
    for (size_t i = 0; i < sizeof raw; i++) {
        ret[2 * i] = hex[raw[i] >> 4];
        ret[2 * i + 1] = hex[raw[i] & 15];
    }
    ret[2 * KEY_BYTES] = '\0';
    return true;
}

bool outbox_audience(const struct eval_conf *conf, struct str channel, struct arena *a,
                     const struct audience **ret, struct err *e)
{
    struct audience *au;

    *ret = NULL;
    for (size_t i = 0; conf->audiences != NULL && i < conf->n_channels; i++) {
        if (!str_eq(conf->channels[i], channel) || conf->audiences[i] < 0)
            continue;
        au = arena_array(a, 1, sizeof *au);
        if (au == NULL)
            return err_nomem(e);
        *ret = au;
        return audience_init(au, conf->strategy, (enum visibility)conf->audiences[i], a,
                             e);
    }
    return true;
}

static bool freeze(struct db *db, const struct notice *n, struct wall now,
                   int64_t *ret_id, struct err *e)
{
    static const char sql[] =
        "INSERT INTO outbox (key, channel, created, next_attempt, notice)"
        " VALUES (?, ?, ?, ?, ?)";
    static const char channel[] =
        "INSERT INTO channel (name) VALUES (?) ON CONFLICT DO NOTHING";
    char key[OUTBOX_KEY];
    struct buf json;
    bool ok;

    if (!outbox_key(key, e))
        return false;
    buf_init(&json, NOTICE_BYTES);
    notice_write(&json, n);
    ok = buf_check(&json, e) &&
         sql_run(db, sql,
                 SQL_ARGS(SQL_S(str_of(key)), SQL_S(n->channel), SQL_T(now), SQL_T(now),
                          SQL_S(buf_str(&json))),
                 e);
    buf_finish(&json);
    if (!ok)
        return false;
    *ret_id = sql_last_id(db);
    return sql_run(db, channel, SQL_ARGS(SQL_S(n->channel)), e);
}

bool outbox_add(struct db *db, const struct eval_conf *conf, struct notice *n,
                struct wall now, int64_t *ret_id, struct err *e)
{
    const struct audience *au;
    struct arena *a = arena_create(LIMIT_BYTES);
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = outbox_audience(conf, n->channel, a, &au, e);
    if (ok && au != NULL) {
        notice_limit(n, au);
        ok = !arena_failed(a) || err_nomem(e);
    }
    ok = ok && freeze(db, n, now, ret_id, e);
    arena_destroy(a);
    return ok;
}

static bool is_channel(const struct eval_conf *conf, struct str name)
{
    for (size_t i = 0; i < conf->n_channels; i++) {
        if (str_eq(conf->channels[i], name))
            return true;
    }
    return false;
}

bool db_channel_test(struct db *db, const struct eval_conf *conf, struct str channel,
                     const struct actor *by, struct wall now, int64_t *ret_id,
                     struct err *e)
{
    struct notice n = {
        .kind = NOTICE_TEST,
        .channel = channel,
        .at = now,
        .text = STR("This is a test of alignd: nothing has happened, and nothing is to "
                    "be done. Messages of this channel arrive here."),
    };

    if (!is_channel(conf, channel))
        return err_set(e, ERR_NOT_FOUND,
                       "no channel '%.*s': alignctl status lists them", STR_FMT(channel));
    return sql_begin(db, true, e) &&
           sql_end(db,
                   outbox_add(db, conf, &n, now, ret_id, e) &&
                       audit_add(db, by, STR("channel-test"), channel, STR_NONE, now, e),
                   e);
}

/* ---- delivery ---- */

static void read_message(const struct query *q, struct arena *a,
                         struct outbox_message *ret)
{
    *ret = (struct outbox_message){
        .id = query_int(q, 0),
        .key = query_dup(q, 1, a),
        .channel = query_dup(q, 2, a),
        .notice = query_dup(q, 3, a),
        .attempts = (unsigned)query_int(q, 4) + 1,
        .plain = query_int(q, 5) != 0,
        .resent = query_int(q, 6) != 0,
        .created = query_wall(q, 7),
    };
}

/* What find_first needs besides the message. */
struct waiting {
    enum outbox_state state;
    struct wall due;
    struct str edits;
    int64_t refused;
};
enum { REFUSED_EDIT = 1, REFUSED_REPLY = 2 };

/* The oldest row that is not over: nothing overtakes it. */
static bool find_first(struct db *db, struct str channel, struct arena *a,
                       struct outbox_message *ret, struct waiting *ret_w,
                       bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT id, key, channel, notice, attempts, plain, resent, created, state,"
        " next_attempt, edits, refused FROM outbox WHERE channel = ? AND state < 2"
        " ORDER BY id LIMIT 1";
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(channel)), e) ||
        !query_next(&q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    read_message(&q, a, ret);
    *ret_w = (struct waiting){.state = (enum outbox_state)query_int(&q, 8),
                              .due = query_wall(&q, 9),
                              .edits = query_dup(&q, 10, a),
                              .refused = query_int(&q, 11)};
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

/* Only what is about findings of one earlier message replies to it. */
static bool find_thread(struct db *db, struct outbox_message *m, struct arena *a,
                        struct err *e)
{
    static const char sql[] =
        "SELECT max(t.thread) FROM outbox_member m LEFT JOIN told t ON"
        " t.finding = m.finding AND t.channel = ?2 AND t.episode = m.episode"
        " WHERE m.outbox = ?1 HAVING min(coalesce(t.thread, '')) = max(t.thread)";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(m->id), SQL_S(m->channel)), e) ||
        !query_next(&q, &row, e))
        return false;
    m->reply_to = row ? query_dup(&q, 0, a) : STR_NONE;
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

/* It says nothing but that things are over. */
static bool only_ends(struct db *db, int64_t id, bool *ret, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM outbox_member WHERE outbox = ?"
                              " AND kind <> 14";
    int64_t others;

    _Static_assert(PLAN_RESOLVED == 14, "the number stands in the statement");
    if (!sql_int(db, sql, SQL_ARGS(SQL_I(id)), 0, &others, e))
        return false;
    *ret = others == 0;
    return true;
}

/*
 * How it follows up an earlier message. When all of that one is over, the message itself
 * is changed to say so; else, or when the chat refuses that, a reply; else it stands
 * alone.
 */
static bool find_way(struct db *db, const struct waiting *w, struct outbox_message *m,
                     struct arena *a, struct err *e)
{
    struct str over = STR_NONE;
    bool ends = true;

    if (w->edits.n > 0)
        m->reply_to = w->edits;
    else if (!find_thread(db, m, a, e) || !only_ends(db, m->id, &ends, e))
        return false;
    if (m->reply_to.n == 0)
        return true;
    if (ends && !outbox_over(db, m->channel, m->reply_to, a, &over, e))
        return false;
    if (over.n > 0 && (w->refused & REFUSED_EDIT) == 0) {
        m->edit = m->reply_to;
        m->notice = over;
    }
    m->is_mark = w->edits.n > 0;
    m->vain = m->is_mark && over.n == 0;
    if ((w->refused & REFUSED_REPLY) != 0)
        m->reply_to = STR_NONE;
    return true;
}

static bool set_attempting(struct db *db, int64_t id, struct err *e)
{
    static const char sql[] =
        "UPDATE outbox SET state = 1, attempts = attempts + 1 WHERE id = ?";

    return sql_begin(db, true, e) &&
           sql_end(db, sql_run(db, sql, SQL_ARGS(SQL_I(id)), e), e);
}

/* A mark that holds no more, or that the chat takes in no way: what it says was told. */
static bool drop(struct db *db, int64_t id, struct err *e)
{
    static const char sql[] = "DELETE FROM outbox WHERE id = ? AND edits <> ''";

    return sql_run(db, sql, SQL_ARGS(SQL_I(id)), e);
}

static bool claim(struct db *db, struct str channel, struct wall now, struct arena *a,
                  struct outbox_message *m, bool *ret_found, struct wall *ret_next,
                  struct err *e)
{
    static const char after[] = "SELECT next_attempt FROM outbox WHERE channel = ?"
                                " AND state < 2 AND id > ? ORDER BY id LIMIT 1";
    struct waiting w = {.state = OUTBOX_QUEUED};
    bool found = false;
    int64_t next = 0;

    if (!find_first(db, channel, a, m, &w, &found, e))
        return false;
    *ret_found = found && w.state == OUTBOX_QUEUED && w.due.ms <= now.ms;
    if (!*ret_found) {
        /* An attempt that is out tells by its outcome when to go on. */
        *ret_next = found && w.state == OUTBOX_QUEUED ? w.due : (struct wall){0};
        return true;
    }
    if (!find_way(db, &w, m, a, e))
        return false;
    if (m->vain)
        return sql_begin(db, true, e) && sql_end(db, drop(db, m->id, e), e);
    if (!sql_int(db, after, SQL_ARGS(SQL_S(channel), SQL_I(m->id)), 0, &next, e) ||
        !set_attempting(db, m->id, e))
        return false;
    *ret_next = (struct wall){next};
    return true;
}

bool db_outbox_claim(struct db *db, struct str channel, struct wall now,
                     struct arena *a, struct outbox_message *ret, bool *ret_found,
                     struct wall *ret_next, struct err *e)
{
    struct outbox_message m;
    bool found;

    do {
        m = (struct outbox_message){.id = 0};
        if (!claim(db, channel, now, a, &m, &found, ret_next, e))
            return false;
    } while (found && m.vain);
    *ret_found = found;
    if (found)
        *ret = m;
    return true;
}

bool db_outbox_waits(struct db *db, bool *ret, struct err *e)
{
    static const char sql[] = "SELECT 1 FROM outbox WHERE state < 2 LIMIT 1";
    int64_t waits;

    if (!sql_int(db, sql, SQL_NONE, 0, &waits, e))
        return false;
    *ret = waits != 0;
    return true;
}

/* Its rules are asked when it begins to refuse for good, or takes messages again. */
static bool ask_rules(struct db *db, int64_t id, struct err *e)
{
    static const char sql[] =
        "INSERT INTO subject (kind, id, next_check) SELECT ?2, channel, 1 FROM outbox"
        " WHERE id = ?1 ON CONFLICT DO UPDATE SET next_check = 1";

    return sql_changes(db) == 0 ||
           sql_run(db, sql, SQL_ARGS(SQL_I(id), SQL_I(RULE_CHANNEL)), e);
}

static bool channel_refuses(struct db *db, int64_t id, struct str reason,
                            struct wall now, struct err *e)
{
    static const char sql[] =
        "UPDATE channel SET dead_since = iif(dead_since, dead_since, ?2), dead_reason ="
        " ?3 WHERE name = (SELECT channel FROM outbox WHERE id = ?1) AND (dead_since = 0"
        " OR dead_reason <> ?3)";

    return sql_run(db, sql, SQL_ARGS(SQL_I(id), SQL_T(now), SQL_S(reason)), e) &&
           ask_rules(db, id, e);
}

static bool channel_takes(struct db *db, int64_t id, struct err *e)
{
    static const char sql[] =
        "UPDATE channel SET dead_since = 0, dead_reason = '' WHERE dead_since <> 0 AND"
        " name = (SELECT channel FROM outbox WHERE id = ?)";

    return sql_run(db, sql, SQL_ARGS(SQL_I(id)), e) && ask_rules(db, id, e);
}

/* Not for one that was to be changed itself, which the chat has refused. */
static bool mark(struct db *db, int64_t id, struct wall now, struct err *e)
{
    static const char sql[] = "SELECT refused FROM outbox WHERE id = ?";
    int64_t refused;

    return sql_int(db, sql, SQL_ARGS(SQL_I(id)), 0, &refused, e) &&
           ((refused & REFUSED_EDIT) != 0 || outbox_mark(db, id, now, e));
}

static bool record_delivered(struct db *db, int64_t id, const struct outbox_outcome *o,
                             struct wall now, struct err *e)
{
    static const char row[] =
        "UPDATE outbox SET state = 2, status = ?2, done_at = ?3, error = '', receipt ="
        " iif(?5, '', ?4) WHERE id = ?1";
    static const char channel[] =
        "UPDATE channel SET delivered = delivered + 1, last_delivered = ?2"
        " WHERE name = (SELECT channel FROM outbox WHERE id = ?1)";
    static const char told[] =
        "UPDATE told SET delivered = ?2, thread = CASE thread WHEN '' THEN ?3 ELSE"
        " thread END FROM (SELECT o.channel, m.finding, m.episode"
        " FROM outbox o JOIN outbox_member m ON m.outbox = o.id WHERE o.id = ?1) d"
        " WHERE told.finding = d.finding AND told.channel = d.channel"
        " AND told.episode = d.episode";

    return sql_run(db, row,
                   SQL_ARGS(SQL_I(id), SQL_I(o->status), SQL_T(now), SQL_S(o->receipt),
                            SQL_I(o->edited)),
                   e) &&
           sql_run(db, channel, SQL_ARGS(SQL_I(id), SQL_T(now)), e) &&
           sql_run(db, told, SQL_ARGS(SQL_I(id), SQL_T(now), SQL_S(o->receipt)), e) &&
           shown_delivered(db, id, now, e) && channel_takes(db, id, e) &&
           (o->edited || mark(db, id, now, e));
}

static bool record_dead(struct db *db, int64_t id, const struct outbox_outcome *o,
                        struct wall now, struct err *e)
{
    static const char sql[] = "UPDATE outbox SET state = 3, status = ?2, done_at = ?3, "
                              "error = ?4 WHERE id = ?1";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(id), SQL_I(o->status), SQL_T(now), SQL_S(o->reason)),
                   e);
}

static bool record_again(struct db *db, int64_t id, const struct outbox_outcome *o,
                         struct err *e)
{
    static const char sql[] =
        "UPDATE outbox SET state = 0, status = ?2, next_attempt = ?3, error = ?4,"
        " plain = max(plain, ?5), resent = max(resent, ?6), refused = refused | ?7"
        " WHERE id = ?1";
    int64_t refused = o->verdict != CHAT_OTHERWISE ? 0
                      : o->edited                  ? REFUSED_EDIT
                                                   : REFUSED_REPLY;

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(id), SQL_I(o->status), SQL_T(o->retry_at),
                            SQL_S(o->reason), SQL_I(o->verdict == CHAT_PLAIN),
                            SQL_I(o->verdict == CHAT_UNCERTAIN), SQL_I(refused)),
                   e);
}

static bool record(struct db *db, int64_t id, const struct outbox_outcome *o,
                   struct wall now, struct err *e)
{
    switch (o->verdict) {
    case CHAT_DELIVERED:
        return record_delivered(db, id, o, now, e);
    case CHAT_RETRY:
    case CHAT_UNCERTAIN:
    case CHAT_PLAIN:
        return o->dead ? record_dead(db, id, o, now, e) : record_again(db, id, o, e);
    case CHAT_OTHERWISE:
        return o->dead ? drop(db, id, e) && record_dead(db, id, o, now, e)
                       : record_again(db, id, o, e);
    case CHAT_DEAD:
        return record_dead(db, id, o, now, e) &&
               channel_refuses(db, id, o->reason, now, e);
    case CHAT_REJECTED:
        break;
    }
    return record_dead(db, id, o, now, e);
}

bool db_outbox_record(struct db *db, int64_t id, const struct outbox_outcome *o,
                      struct wall now, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, record(db, id, o, now, e), e);
}

bool db_outbox_recover(struct db *db, struct wall now, unsigned *ret_n, struct err *e)
{
    static const char any[] =
        "SELECT count(*) FROM outbox WHERE state < 2 AND state = 1";
    static const char sql[] =
        "UPDATE outbox SET state = 0, resent = 1, next_attempt = ?"
        " WHERE state < 2 AND state = 1";
    int64_t n;

    if (!sql_int(db, any, SQL_NONE, 0, &n, e))
        return false;
    *ret_n = (unsigned)n;
    if (n == 0)
        return true;
    return sql_begin(db, true, e) &&
           sql_end(db, sql_run(db, sql, SQL_ARGS(SQL_T(now)), e), e);
}

/* Its age counts from now: it would be given up at once. */
static bool revive(struct db *db, int64_t id, struct wall now, struct err *e)
{
    static const char sql[] =
        "UPDATE outbox SET state = 0, attempts = 0, plain = 0, created = ?2,"
        " next_attempt = ?2, done_at = 0 WHERE state = 3 AND (?1 = 0 OR id = ?1)";

    if (!sql_run(db, sql, SQL_ARGS(SQL_I(id), SQL_T(now)), e))
        return false;
    if (id != 0 && sql_changes(db) == 0)
        return err_set(e, ERR_NOT_FOUND, "no dead message %lld", (long long)id);
    if (sql_changes(db) == 0)
        return err_set(e, ERR_NOT_FOUND, "no message is dead: nothing to send again");
    return true;
}

bool db_outbox_retry(struct db *db, int64_t id, struct wall now, struct err *e)
{
    return sql_begin(db, true, e) && sql_end(db, revive(db, id, now, e), e);
}
