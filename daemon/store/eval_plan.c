#include "store/due.h"
#include "store/find.h"
#include "store/firing.h"
#include "store/plan_row.h"
#include "store/silence.h"
#include "store/sql.h"

enum { CHUNK = 200 };

/* Nothing is concluded from what is stale; a little later it may be fresh. */
static const struct dur stale_again = {10 * 60000};

/* A batch that someone joined: when it is due is found once, at the end. */
struct joined {
    int64_t id;
    struct route_hit hit; /* copied: views live in ev->a */
};

struct planning {
    struct eval *ev;
    struct joined *v;
    size_t n, cap;
};

/* ---- what explains it ---- */

/* Of at least that severity. */
static bool firing_of(struct eval *ev, int64_t item, const char *rule,
                      enum severity least, struct str *ret_id, struct err *e)
{
    static const char sql[] = "SELECT id FROM finding WHERE item = ? AND item > 0"
                              " AND rule = ? AND state = 2 AND severity >= ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql,
                    SQL_ARGS(SQL_I(item), SQL_S(str_of(rule)), SQL_I(least)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret_id = row ? query_dup(&q, 0, ev->item) : STR_NONE;
    query_close(&q);
    return true;
}

/*
 * What a finding of an item is explained by, so that one thing is told once: by another
 * of the item itself, or by one of its parent. A link to nothing explains the missing
 * one, as does a mark that the work was decided against; an epic explains its children,
 * and an initiative that is over what else is said of links to it.
 */
static const struct {
    const char *rule, *by;
    bool of_parent;
    enum severity least; /* of the other: words alone explain nothing */
} explained[] = {
    {"unlinked-work", "unknown-link", false, SEV_INFO},
    {"unlinked-work", "not-doing", false, SEV_HIGH},
    {"unlinked-work", "not-doing", true, SEV_HIGH},
    {"unlinked-work", "unlinked-work", true, SEV_INFO},
    {"ambiguous-link", "retired-link", false, SEV_INFO},
    {"not-doing", "not-doing", true, SEV_HIGH},
};

/* The same of teams and nodes: both findings have one subject. */
static const struct {
    const char *rule, *by;
} explained_nodes[] = {
    {"own-kr-share", "pillar-drift"},
};

static bool node_inhibitor(struct eval *ev, const struct finding_stored *f,
                           struct str *ret, struct err *e)
{
    static const char sql[] =
        "SELECT id FROM finding WHERE item = 0 AND kind = ? AND subject = ?"
        " AND rule = ? AND state = 2";
    struct query q;
    bool row;

    for (size_t i = 0; i < ARRAY_LEN(explained_nodes) && ret->n == 0; i++) {
        if (!str_eqz(f->rule, explained_nodes[i].rule))
            continue;
        if (!query_open(&q, ev->db, sql,
                        SQL_ARGS(SQL_I(f->kind), SQL_S(f->key),
                                 SQL_S(str_of(explained_nodes[i].by))),
                        e) ||
            !query_next(&q, &row, e))
            return false;
        *ret = row ? query_dup(&q, 0, ev->item) : STR_NONE;
        query_close(&q);
    }
    return true;
}

static bool find_inhibitor(struct eval *ev, const struct finding_stored *f,
                           struct str *ret, struct err *e)
{
    int64_t parent = -1;

    *ret = STR_NONE;
    if (f->f.state != FINDING_FIRING)
        return true;
    if (f->item == 0)
        return node_inhibitor(ev, f, ret, e);
    for (size_t i = 0; i < ARRAY_LEN(explained) && ret->n == 0; i++) {
        int64_t item = f->item;

        if (!str_eqz(f->rule, explained[i].rule))
            continue;
        if (explained[i].of_parent && parent < 0 &&
            !find_parent(ev->db, f->item, &parent, e))
            return false;
        if (explained[i].of_parent)
            item = parent != f->item ? parent : 0;
        if (item != 0 &&
            !firing_of(ev, item, explained[i].by, explained[i].least, ret, e))
            return false;
    }
    return true;
}

/* ---- batches ---- */

static bool batch_of(struct planning *p, const struct route_hit *hit, int64_t *ret,
                     struct err *e)
{
    static const char find[] = "SELECT id FROM batch WHERE channel = ? AND name = ?";
    static const char add[] = "INSERT INTO batch (channel, name) VALUES (?, ?)";
    struct db *db = p->ev->db;

    if (!sql_int(db, find, SQL_ARGS(SQL_S(hit->channel), SQL_S(hit->group)), 0, ret, e))
        return false;
    if (*ret != 0)
        return true;
    if (!sql_run(db, add, SQL_ARGS(SQL_S(hit->channel), SQL_S(hit->group)), e))
        return false;
    *ret = sql_last_id(db);
    return true;
}

static bool remember(struct planning *p, int64_t id, const struct route_hit *hit,
                     struct err *e)
{
    struct joined *j;

    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].id == id)
            return true;
    }
    j = arena_grow(p->ev->a, &p->v, &p->n, &p->cap, sizeof *j);
    if (j == NULL)
        return err_nomem(e);
    j->id = id;
    j->hit = *hit; /* its views are not looked at again, its spans and hours are */
    return true;
}

/* Out of every batch but those listed; they may be empty then. */
static bool leave_others(struct eval *ev, int64_t finding, struct str ids,
                         struct err *e)
{
    static const char empty[] =
        "UPDATE batch SET due = 0 WHERE due > 0 AND id IN (SELECT batch FROM member"
        " WHERE finding = ?1 AND batch NOT IN (SELECT value FROM json_each(?2)))"
        " AND NOT EXISTS (SELECT 1 FROM member m WHERE m.batch = batch.id"
        " AND m.finding <> ?1)";
    static const char go[] = "DELETE FROM member WHERE finding = ?1 AND batch NOT IN"
                             " (SELECT value FROM json_each(?2))";

    return sql_run(ev->db, empty, SQL_ARGS(SQL_I(finding), SQL_S(ids)), e) &&
           sql_run(ev->db, go, SQL_ARGS(SQL_I(finding), SQL_S(ids)), e);
}

/* Each destination has its own news, or none: then it does not wait there. */
static bool join(struct planning *p, const struct plan_row *row,
                 const struct plan_steps *steps, struct err *e)
{
    static const char add[] =
        "INSERT INTO member (batch, finding, kind, joined) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET kind = excluded.kind WHERE kind <> excluded.kind";
    struct str ids = STR("[");

    for (size_t i = 0; i < row->n_hits; i++) {
        int64_t batch;

        if (steps->v[i].reason != PLAN_GROUPED)
            continue;
        if (!batch_of(p, &row->hits[i], &batch, e) ||
            !sql_run(p->ev->db, add,
                     SQL_ARGS(SQL_I(batch), SQL_I(row->f.n), SQL_I(steps->v[i].kind),
                              SQL_T(p->ev->now)),
                     e) ||
            !remember(p, batch, &row->hits[i], e))
            return false;
        ids = arena_printf(p->ev->item, "%.*s%s%lld", STR_FMT(ids),
                           ids.n > 1 ? "," : "", (long long)batch);
    }
    ids = arena_printf(p->ev->item, "%.*s]", STR_FMT(ids));
    if (arena_failed(p->ev->item))
        return err_nomem(e);
    return !row->waiting || leave_others(p->ev, row->f.n, ids, e);
}

static bool load_due(struct eval *ev, int64_t id, struct due_batch *ret,
                     struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(max(CASE m.kind WHEN 14 THEN NULL WHEN 17 THEN"
        " min(f.severity, 1) ELSE f.severity END), -1),"
        " min(m.joined), b.last_sent, b.channel, b.name FROM batch b JOIN member m"
        " ON m.batch = b.id JOIN finding f ON f.n = m.finding WHERE b.id = ?";
    struct query q;
    int64_t worst;
    bool row;

    /* plan_urgency, of those that are news */
    _Static_assert(PLAN_RESOLVED == 14 && PLAN_REMINDER == 17 && SEV_WARN == 1,
                   "the numbers stand in the statement above");
    *ret = (struct due_batch){.id = id};
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(id)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    worst = query_int(&q, 0);
    ret->news = worst >= 0;
    ret->worst = ret->news ? (enum severity)worst : SEV_INFO;
    ret->first = query_wall(&q, 1);
    ret->last_sent = query_wall(&q, 2);
    ret->channel = query_dup(&q, 3, ev->item);
    ret->name = query_dup(&q, 4, ev->item);
    query_close(&q);
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool set_due(struct planning *p, const struct joined *j, struct err *e)
{
    static const char set[] = "UPDATE batch SET due = ?2 WHERE id = ?1 AND due <> ?2";
    struct due_batch b;
    struct plan_due due;

    arena_reset(p->ev->item);
    if (!load_due(p->ev, j->id, &b, e))
        return false;
    if (b.first.ms == 0)
        return true;
    if (!due_find(p->ev, &b, &j->hit, &due, e))
        return false;
    if (due.at.ms <= 0)
        due.at = p->ev->now;
    return sql_run(p->ev->db, set, SQL_ARGS(SQL_I(j->id), SQL_T(due.at)), e) &&
           due_tell(p->ev, &b, &j->hit, due.reason, e);
}

/* ---- one finding ---- */

static struct str detail_of(struct eval *ev, const struct plan_row *row,
                            const struct plan_steps *steps, struct str inhibitor)
{
    enum plan_reason reason = steps->v[steps->main].reason;
    const struct route_hit *hit = &row->hits[steps->main];

    if (reason == PLAN_INHIBITED)
        return inhibitor;
    if (reason == PLAN_SILENCED)
        return arena_printf(ev->item, "%lld", (long long)row->silence->id);
    if (reason == PLAN_ACKED)
        return row->f.acked_by;
    if (reason == PLAN_GROUPED)
        return due_where(ev->item, hit->channel, hit->group);
    /* What is info is for digests from the beginning. */
    if (reason == PLAN_DIGEST && row->told[steps->main].reminders > 0)
        return arena_printf(ev->item, "%.*s: reminded of it %u times",
                            STR_FMT(hit->channel), row->told[steps->main].reminders);
    return STR_NONE;
}

static bool set_reason(struct eval *ev, const struct plan_row *row,
                       enum plan_reason reason, struct str detail, struct wall next,
                       struct err *e)
{
    static const char changed[] = "UPDATE finding SET plan_next = ?2, reason = ?3,"
                                  " reason_detail = ?4, reason_at = ?5 WHERE n = ?1";
    static const char same[] = "UPDATE finding SET plan_next = ?2 WHERE n = ?1";
    enum plan_reason was = row->f.reason;
    bool kept = reason == was && str_eq(detail, row->f.reason_detail);

    if (next.ms != 0 && next.ms <= ev->now.ms)
        next = wall_add(ev->now, DUR_MIN(1));
    /* What puts its group off is said when that is known: due_tell. */
    kept = kept || (reason == PLAN_GROUPED && due_is_group_reason(was) &&
                    str_has_prefix(row->f.reason_detail, detail));
    if (kept)
        return sql_run(ev->db, same, SQL_ARGS(SQL_I(row->f.n), SQL_T(next)), e);
    ev->result->replanned++;
    if (!sql_run(ev->db, changed,
                 SQL_ARGS(SQL_I(row->f.n), SQL_T(next), SQL_I(reason), SQL_S(detail),
                          SQL_T(ev->now)),
                 e))
        return false;
    if (reason == PLAN_SILENCED &&
        !firing_acted(ev->db, row->f.n, FIRING_SILENCED, ev->now, e))
        return false;
    /* How every finding begins is no history. */
    if (was == PLAN_NONE && (reason == PLAN_PENDING || reason == PLAN_BASELINE))
        return true;
    return finding_event(ev->db, row->f.n, ev->now, "reason",
                         str_of(plan_reason_name(reason)), e);
}

static bool plan_one(struct planning *p, struct plan_row *row, struct err *e)
{
    static const char later[] = "UPDATE finding SET plan_next = ?2 WHERE n = ?1";
    struct eval *ev = p->ev;
    struct plan_steps steps;
    struct wall again = row->hidden ? (struct wall){0} : wall_add(ev->now, stale_again);
    struct str inhibitor;

    if (!plan_route(ev, row, e))
        return false;
    if (row->stale)
        return sql_run(ev->db, later, SQL_ARGS(SQL_I(row->f.n), SQL_T(again)), e);
    if (!find_inhibitor(ev, &row->f, &inhibitor, e))
        return false;
    plan_steps(ev, row, inhibitor.n > 0, &steps);
    return join(p, row, &steps, e) &&
           set_reason(ev, row, steps.v[steps.main].reason,
                      detail_of(ev, row, &steps, inhibitor), steps.next, e);
}

static bool load_chunk(struct eval *ev, struct plan_row **ret, size_t *ret_n,
                       struct err *e)
{
    static const char sql[] =
        "SELECT " FINDING_COLUMNS PLAN_COLUMNS
        " FROM finding f WHERE f.plan_next > 0 AND f.plan_next <= ?"
        " ORDER BY f.plan_next, f.n LIMIT ?";
    struct plan_row *v = arena_array(ev->item, CHUNK, sizeof *v);
    size_t n = 0;
    struct query q;
    bool row;

    if (v == NULL)
        return err_nomem(e);
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now), SQL_I(CHUNK)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        plan_read(ev, &q, &v[n++]);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->item) || err_nomem(e);
}

bool eval_plan(struct eval *ev, struct err *e)
{
    struct planning p = {.ev = ev};
    struct plan_row *v = NULL;
    size_t n = 0;

    do {
        arena_reset(ev->item);
        if (!load_chunk(ev, &v, &n, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!plan_one(&p, &v[i], e))
                return false;
        }
        sql_beat(ev->db);
    } while (n > 0);
    for (size_t i = 0; i < p.n; i++) {
        if (!set_due(&p, &p.v[i], e))
            return false;
    }
    return eval_end_silences(ev, e);
}
