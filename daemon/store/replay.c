#include "store/replay.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/change.h"
#include "store/open.h"
#include "store/read_place.h"
#include "store/replay_past.h"
#include "store/sql.h"

enum { MEMORY = 64 << 20, VERSIONS = 1000, ROOM = 3 };

const char *const replay_unknown[] = {
    "labels, titles, teams and dependencies of items are those of today",
    "earlier closings of what was opened again, and what was exempted or linked by hand "
    "only for a time",
    "how trackers and channels failed: all sources are taken to be fresh and every "
    "message to arrive",
    "days off are those of the strategy in force, and suggestions are of today",
    NULL,
};

struct play {
    struct db *live, *copy; /* the copy is owned */
    const struct replay *r;
    struct replay_result *res;
    struct arena *a;             /* owned: the versions */
    struct version_row *versions; /* oldest first; those after `begun` are to come */
    size_t n_versions, at_version;
    struct strategy *strategy; /* owned; NULL: the one in force */
    struct matcher *matcher;   /* owned, of `strategy` */
    struct eval_conf conf;
    struct wall t;
    struct wall check, due; /* when evaluation and groups look again; 0: never */
    struct mono until;
};

/* ---- the copy ---- */

static bool make_room(struct play *p, struct err *e)
{
    struct place_row place;

    if (!read_place(p->live, p->a, &place, e))
        return false;
    return place.free < 0 || place.free / ROOM > place.size ||
           err_set(e, ERR_FULL,
                   "a replay needs a copy of the database for a minute, and %.*s has no "
                   "room for it",
                   STR_FMT(place.dir));
}

/* The name is gone at once, so nothing of it is left, however this ends. */
static bool open_copy(struct play *p, const char *path, struct err *e)
{
    static const char pragmas[] =
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE;"
        "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA trusted_schema=OFF;"
        "SELECT count(*) FROM meta;";
    bool created, ok;

    if (unlink(path) != 0 && errno != ENOENT)
        return err_set(e, ERR_IO, "remove %s: %s", path, strerror(errno));
    ok = db_create_private(path, &created, e) && back_up_into(p->live, path, e) &&
         db_open_copy(path, &p->copy, e) && sql_script(p->copy, pragmas, e);
    unlink(path);
    if (ok) {
        p->copy->replays = true;
        p->copy->quit = p->live->quit;
    }
    return ok;
}

static bool make_copy(struct play *p, struct err *e)
{
    struct buf path;
    bool ok;

    buf_init(&path, 4096);
    buf_printf(&path, "%s.replay", p->live->path);
    ok = make_room(p, e) && buf_check(&path, e) && open_copy(p, buf_cstr(&path), e);
    buf_finish(&path);
    return ok;
}

/* ---- the strategy of then ---- */

static bool read_versions(struct play *p, struct err *e)
{
    struct version_row *v;
    size_t n;

    if (p->conf.parse == NULL)
        return true;
    if (!db_read_versions(p->live, VERSIONS, 0, p->a, &v, &n, e))
        return false;
    p->versions = arena_array(p->a, n + 1, sizeof *v);
    if (p->versions == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++)
        p->versions[i] = v[n - 1 - i];
    p->n_versions = n;
    while (p->at_version + 1 < n &&
           p->versions[p->at_version + 1].since.ms <= p->res->begun.ms)
        p->at_version++;
    return true;
}

static bool set_strategy(struct play *p, struct err *e)
{
    bool is_new;

    return db_strategy_set(p->copy, p->conf.strategy, p->t, &is_new, e);
}

static bool take_version(struct play *p, const struct version_row *v, struct err *e)
{
    struct strategy *s;
    struct matcher *m;

    if (!change_parse(p->live, &p->conf, v->n, &s, e))
        return false;
    if (s == NULL) {
        p->res->unread_versions++;
        return true;
    }
    if (!matcher_create(s, &m, e)) {
        strategy_unref(s);
        return false;
    }
    matcher_destroy(p->matcher);
    strategy_unref(p->strategy);
    p->strategy = s;
    p->matcher = m;
    p->conf.strategy = s;
    p->conf.matcher = m;
    return set_strategy(p, e);
}

static bool first_strategy(struct play *p, struct err *e)
{
    if (!read_versions(p, e))
        return false;
    for (size_t i = p->at_version + 1; i < p->n_versions; i++) {
        if (!past_note(p->copy, p->versions[i].since, e))
            return false;
    }
    return p->n_versions > 0 ? take_version(p, &p->versions[p->at_version], e) &&
                                   (p->strategy != NULL || set_strategy(p, e))
                             : set_strategy(p, e);
}

static bool next_strategy(struct play *p, struct err *e)
{
    while (p->at_version + 1 < p->n_versions &&
           p->versions[p->at_version + 1].since.ms <= p->t.ms) {
        if (!take_version(p, &p->versions[++p->at_version], e))
            return false;
    }
    return true;
}

/* ---- one moment ---- */

static bool is_over(const struct play *p)
{
    return clock_mono(clock_system()).ms >= p->until.ms ||
           p->res->steps >= REPLAY_STEPS;
}

static bool is_stopping(const struct play *p)
{
    return p->live->quit != NULL &&
           atomic_load_explicit(p->live->quit, memory_order_relaxed);
}

static bool evaluate(struct play *p, struct err *e)
{
    struct eval_result one;

    do {
        if (is_stopping(p))
            return err_set(e, ERR_CANCELED, "alignd is stopping");
        if (!db_evaluate(p->copy, &p->conf, p->t, &one, e))
            return false;
        if (one.more && is_over(p))
            return err_set(e, ERR_LIMIT, "there is more work than can be judged anew in "
                                         "time: nothing can be replayed");
    } while (one.more);
    p->check = one.next_check;
    return true;
}

static bool hand_out(struct play *p, struct err *e)
{
    static const char read[] =
        "SELECT channel, created, notice FROM outbox ORDER BY id";
    static const char *const drop[] = {"DELETE FROM outbox", "DELETE FROM outbox_member",
                                       "DELETE FROM outbox_node"};
    struct query q;
    bool row;

    if (!query_open(&q, p->copy, read, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        const struct replay_post post = {query_wall(&q, 1), query_str(&q, 0),
                                         query_str(&q, 2)};

        if (post.at.ms >= p->r->since.ms && !p->r->post(p->r->arg, &post, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(drop); i++) {
        if (!sql_run(p->copy, drop[i], SQL_NONE, e))
            return false;
    }
    return true;
}

static bool moment(struct play *p, struct err *e)
{
    unsigned frozen;

    p->res->steps++;
    return evaluate(p, e) && db_flush(p->copy, &p->conf, p->t, &frozen, &p->due, e) &&
           (frozen == 0 || hand_out(p, e));
}

static void sooner(struct wall *next, struct wall t)
{
    if (t.ms != 0 && (next->ms == 0 || t.ms < next->ms))
        *next = t;
}

/* A new day comes at its midnight, where the calendar is. */
static bool find_next(const struct play *p, struct wall *ret, struct err *e)
{
    struct date today = tz_local(p->conf.cal.tz, p->t).date;
    struct wall at_least = wall_add(p->t, DUR_MIN(1));

    *ret = (struct wall){0};
    if (!past_next(p->copy, p->t, ret, e))
        return false;
    sooner(ret, p->check);
    sooner(ret, p->due);
    sooner(ret,
           tz_wall(p->conf.cal.tz, date_from_days(date_to_days(today) + 1), 0));
    if (ret->ms < at_least.ms)
        *ret = at_least;
    /* The end is looked at, too. */
    if (ret->ms > p->r->now.ms && p->t.ms < p->r->now.ms)
        *ret = p->r->now;
    return true;
}

static bool run(struct play *p, struct err *e)
{
    struct wall next;

    p->t = p->res->begun;
    if (!past_rewind(p->copy, &p->conf, p->t, p->r->now, e) || !first_strategy(p, e) ||
        !moment(p, e) || !find_next(p, &next, e))
        return false;
    while (next.ms <= p->r->now.ms && !is_over(p)) {
        if (!past_play(p->copy, &p->conf, p->t, next, e))
            return false;
        p->t = next;
        if (!next_strategy(p, e) || !moment(p, e) || !find_next(p, &next, e))
            return false;
    }
    p->res->ended = next.ms > p->r->now.ms ? p->r->now : p->t;
    return true;
}

/* ---- all together ---- */

static bool check_since(struct play *p, struct err *e)
{
    const struct tz *tz = p->conf.cal.tz;
    struct wall first, since = p->r->since;
    char mem[20];
    struct buf day;

    if (since.ms >= p->r->now.ms)
        return err_set(e, ERR_USAGE, "'since' is a day that is over, or today");
    if (wall_since(p->r->now, since).ms > DUR_DAY(REPLAY_DAYS + 1).ms)
        return err_set(e, ERR_USAGE, "at most %d days are replayed", REPLAY_DAYS);
    if (!past_begins(p->live, &first, e))
        return false;
    if (first.ms == 0)
        return err_set(e, ERR_USAGE, "nothing is known yet: no sync has run");
    buf_init_fixed(&day, mem, sizeof mem);
    date_print(&day, tz_local(tz, first).date);
    if (since.ms < tz_wall(tz, tz_local(tz, first).date, 0).ms)
        return err_set(e, ERR_USAGE, "history begins on %s", buf_cstr(&day));
    p->res->begun = wall_add(since, DUR_DAY(-REPLAY_WARM_UP_DAYS));
    if (p->res->begun.ms < first.ms)
        p->res->begun = first;
    return true;
}

bool db_replay(struct db *db, const struct replay *r, struct replay_result *ret,
               struct err *e)
{
    struct play p = {.live = db, .r = r, .res = ret, .conf = *r->conf};
    struct dur limit = r->limit.ms > 0 ? r->limit : DUR_MS(REPLAY_SECONDS * 1000);
    bool ok;

    *ret = (struct replay_result){.steps = 0};
    p.until = (struct mono){clock_mono(clock_system()).ms + limit.ms};
    if (p.conf.cal.tz == NULL)
        p.conf.cal.tz = tz_utc();
    p.a = arena_create(MEMORY);
    ok = p.a != NULL || err_nomem(e);
    ok = ok && check_since(&p, e) && make_copy(&p, e) && run(&p, e);
    if (!ok && is_stopping(&p))
        err_set(e, ERR_CANCELED, "alignd is stopping");
    db_close(p.copy);
    matcher_destroy(p.matcher);
    strategy_unref(p.strategy);
    arena_destroy(p.a);
    return ok;
}
