#include "store/digest.h"
#include "store/due.h"
#include "store/firing.h"
#include "store/flush_row.h"
#include "store/outbox.h"
#include "store/plan_version.h"
#include "store/shown.h"
#include "store/sql.h"

static const struct dur stale_again = {10 * 60000};

/* ---- loading ---- */

static bool load_batches(struct eval *ev, struct flush_batch **ret, size_t *ret_n,
                         struct err *e)
{
    /* Where a budget does not do for all, it is not always the same who waits. */
    static const char sql[] =
        "SELECT id, channel, name, last_sent FROM batch WHERE due > 0 AND due <= ?"
        " ORDER BY due, last_sent, id";
    struct flush_batch *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct flush_batch *b = arena_grow(ev->a, &v, &n, &cap, sizeof *b);

        if (b == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        b->id = query_int(&q, 0);
        b->channel = query_dup(&q, 1, ev->a);
        b->name = query_dup(&q, 2, ev->a);
        b->last_sent = query_wall(&q, 3);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->a) || err_nomem(e);
}

enum { MEMBER_FIRST = FINDING_COLUMN_COUNT + PLAN_COLUMN_COUNT };

static void read_member(struct eval *ev, const struct query *q, struct flush_member *m)
{
    struct arena *a = ev->item;

    plan_read(ev, q, &m->row);
    m->kind = (enum plan_reason)query_int(q, MEMBER_FIRST);
    m->key = query_dup(q, MEMBER_FIRST + 1, a);
    m->title = query_dup(q, MEMBER_FIRST + 2, a);
    m->url = query_dup(q, MEMBER_FIRST + 3, a);
    m->scope = query_dup(q, MEMBER_FIRST + 4, a);
    m->joined = query_wall(q, MEMBER_FIRST + 5);
    m->author = query_dup(q, MEMBER_FIRST + 6, a);
    m->assignees = query_dup(q, MEMBER_FIRST + 7, a);
    m->is_private = query_int(q, MEMBER_FIRST + 8) != 0;
}

/* What is no item has no row of one. */
static void name_subject(struct eval *ev, struct flush_member *m)
{
    ptrdiff_t blank = str_chr(m->row.f.key, ' ');
    enum node_kind kind;
    const struct node *n;

    if (m->row.f.kind == RULE_ITEM)
        return;
    m->key = blank < 0 ? m->row.f.key : str_skip(m->row.f.key, (size_t)blank + 1);
    if (!rule_subject_node(m->row.f.kind, &kind))
        return;
    n = strategy_find(ev->conf->strategy, m->key);
    if (n != NULL)
        m->title = n->title;
}

/* Worst first, then oldest: the order in which a message shows them. */
static bool load_members(struct eval *ev, struct flush_batch *b, struct err *e)
{
    static const char sql[] =
        "SELECT " FINDING_COLUMNS PLAN_COLUMNS
        ", m.kind, coalesce(i.key, ''), coalesce(i.title, ''),"
        " coalesce(i.url, ''), coalesce(s.name, ''), m.joined,"
        " coalesce(i.author, ''), coalesce(i.assignees, ''), coalesce(i.private, 0)"
        " FROM member m"
        " JOIN finding f ON f.n = m.finding LEFT JOIN item i ON i.id = f.item AND "
        "f.item > 0"
        " LEFT JOIN scope s ON s.id = f.scope WHERE m.batch = ?"
        " ORDER BY f.severity DESC, f.since, f.n";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(b->id)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct flush_member *m = arena_grow(ev->item, &b->v, &b->n, &cap, sizeof *m);

        if (m == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        read_member(ev, &q, m);
        if (!query_next(&q, &row, e))
            return false;
    }
    if (arena_failed(ev->item))
        return err_nomem(e);
    for (size_t i = 0; i < b->n; i++) {
        if (!plan_route(ev, &b->v[i].row, e))
            return false;
        name_subject(ev, &b->v[i]);
        /* What is hidden is planned anew when it can be read again. */
        b->some_stale = b->some_stale || (b->v[i].row.stale && !b->v[i].row.hidden);
    }
    return true;
}

/* ---- what was told ---- */

static bool remember(struct eval *ev, const struct flush_batch *b, const struct flush_member *m,
                     int64_t outbox, struct err *e)
{
    static const char sql[] =
        "INSERT INTO told (finding, channel, episode, kind, severity, at, reminders,"
        " outbox, delivered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO UPDATE"
        " SET reminders = CASE episode WHEN excluded.episode THEN reminders ELSE 0 END"
        " + excluded.reminders, delivered = CASE episode WHEN excluded.episode THEN"
        " delivered ELSE 0 END, thread = CASE episode WHEN excluded.episode THEN"
        " thread ELSE '' END, episode = excluded.episode, kind = excluded.kind,"
        " severity = excluded.severity, at = excluded.at, outbox = excluded.outbox";
    const struct finding *f = &m->row.f.f;

    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(m->row.f.n), SQL_S(b->channel), SQL_I(f->episode),
                            SQL_I(m->kind), SQL_I(f->severity), SQL_T(ev->now),
                            SQL_I(m->kind == PLAN_REMINDER), SQL_I(outbox)),
                   e);
}

/* Where else it still waits, as reasons have it; the empty view: nowhere. */
static bool still_waits(struct eval *ev, int64_t finding, struct str *ret,
                        struct err *e)
{
    static const char sql[] =
        "SELECT b.channel || ' ' || b.name FROM member m JOIN batch b ON b.id = m.batch"
        " WHERE m.finding = ? ORDER BY b.due, b.id LIMIT 1";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(finding)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret = row ? query_dup(&q, 0, ev->item) : STR_NONE;
    query_close(&q);
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool told_one(struct eval *ev, const struct flush_batch *b, struct flush_member *m,
                     int64_t outbox, struct err *e)
{
    static const char sql[] = "UPDATE finding SET reason = ?2, reason_detail = ?3,"
                              " reason_at = ?4, plan_next = ?5 WHERE n = ?1";
    int64_t n = m->row.f.n;
    struct plan_steps steps;
    struct str where;
    struct wall next;

    if (!remember(ev, b, m, outbox, e) || !firing_told(ev->db, &m->row.f, ev->now, e) ||
        !plan_told(ev, &m->row, e) ||
        !still_waits(ev, n, &where, e))
        return false;
    plan_steps(ev, &m->row, false, &steps);
    next = steps.next;
    if (next.ms != 0 && next.ms <= ev->now.ms)
        next = wall_add(ev->now, DUR_MIN(1));
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(n), SQL_I(where.n > 0 ? PLAN_GROUPED : m->kind),
                            SQL_S(where), SQL_T(ev->now), SQL_T(next)),
                   e) &&
           finding_event(ev->db, n, ev->now, "told",
                         arena_printf(ev->item, "%s to %.*s", flush_change(m->kind),
                                      STR_FMT(b->channel)),
                         e);
}

static bool told(struct eval *ev, struct flush_batch *b, int64_t outbox, struct err *e)
{
    static const char copy[] = "INSERT INTO outbox_member (outbox, finding, episode, "
                               "kind) VALUES (?, ?, ?, ?)";
    static const char go[] = "DELETE FROM member WHERE batch = ? AND finding = ?";

    for (size_t i = 0; i < b->n; i++) {
        struct flush_member *m = &b->v[i];
        const struct finding_stored *f = &m->row.f;

        if (m->row.stale)
            continue;
        if (!sql_run(ev->db, copy,
                     SQL_ARGS(SQL_I(outbox), SQL_I(f->n), SQL_I(f->f.episode),
                              SQL_I(m->kind)),
                     e) ||
            !sql_run(ev->db, go, SQL_ARGS(SQL_I(b->id), SQL_I(f->n)), e) ||
            !told_one(ev, b, m, outbox, e) ||
            (m->is_shown && !shown_note(ev->db, outbox, m->row.node, e)))
            return false;
    }
    return true;
}

/* ---- whether its time has come indeed ---- */

/* How the group's route is now; NULL: none of its members goes there any more. */
static const struct route_hit *hit_of(const struct flush_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct plan_row *row = &b->v[i].row;

        for (size_t k = 0; k < row->n_hits; k++) {
            if (str_eq(row->hits[k].channel, b->channel) &&
                str_eq(row->hits[k].group, b->name))
                return &row->hits[k];
        }
    }
    return NULL;
}

static struct due_batch due_batch_of(const struct flush_batch *b, struct wall now)
{
    struct due_batch d = {.id = b->id,
                          .channel = b->channel,
                          .name = b->name,
                          .first = now,
                          .last_sent = b->last_sent};

    for (size_t i = 0; i < b->n; i++) {
        const struct flush_member *m = &b->v[i];
        enum severity s = plan_urgency(m->kind, m->row.f.f.severity);

        if (m->joined.ms < d.first.ms)
            d.first = m->joined;
        d.any = d.any || !m->row.stale;
        if (!flush_is_news(m))
            continue;
        if (!d.news || s > d.worst)
            d.worst = s;
        d.news = true;
    }
    return d;
}

/* The machine may have slept over it, or the channel has got its messages for today. */
static bool hold(struct eval *ev, const struct flush_batch *b, const struct due_batch *d,
                 bool *ret_held, struct err *e)
{
    static const char sql[] = "UPDATE batch SET due = ?2 WHERE id = ?1";
    const struct route_hit *hit = hit_of(b);
    struct plan_due due;

    *ret_held = false;
    if (hit == NULL || !d->any)
        return true;
    if (!due_find(ev, d, hit, &due, e))
        return false;
    *ret_held = due.at.ms > ev->now.ms;
    return !*ret_held ||
           (sql_run(ev->db, sql, SQL_ARGS(SQL_I(b->id), SQL_T(due.at)), e) &&
            due_tell(ev, d, hit, due.reason, e));
}

static bool set_batch(struct eval *ev, const struct flush_batch *b, bool sent, struct err *e)
{
    static const char sql[] =
        "UPDATE batch SET due = ?2, last_sent = CASE WHEN ?3 THEN ?4"
        " ELSE last_sent END WHERE id = ?1";
    struct wall due = b->some_stale ? wall_add(ev->now, stale_again) : (struct wall){0};

    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(b->id), SQL_T(due), SQL_I(sent), SQL_T(ev->now)), e);
}

/* What a new version of the strategy brought to light begins with that. */
static bool introduce(struct eval *ev, const struct flush_batch *b, struct notice *n,
                      struct err *e)
{
    int64_t version, news = 0;

    if (!plan_version_group(b->name, &version))
        return true;
    for (size_t i = 0; i < b->n; i++)
        news += flush_is_news(&b->v[i]);
    return news == 0 || plan_version_text(ev, version, news, &n->text, e);
}

static bool freeze(struct eval *ev, struct flush_batch *b, bool *ret_sent, struct err *e)
{
    struct notice n = {
        .kind = NOTICE_DRIFT,
        .channel = b->channel,
        .at = ev->now,
        .group = flush_group_title(ev, b->name),
    };
    struct due_batch due;
    bool held;
    int64_t id;

    *ret_sent = false;
    arena_reset(ev->item);
    if (!load_members(ev, b, e))
        return false;
    due = due_batch_of(b, ev->now);
    if (!hold(ev, b, &due, &held, e) || held)
        return held;
    if (!introduce(ev, b, &n, e))
        return false;
    if (!flush_sections(ev, b, &n) || !flush_resolved(ev, b, &n))
        return err_nomem(e);
    *ret_sent = n.n_sections > 0 || n.total_resolved > 0;
    if (*ret_sent && (!outbox_add(ev->db, ev->conf, &n, ev->now, &id, e) ||
                      !told(ev, b, id, e) || !due_sent(ev, &due, id, e)))
        return false;
    return set_batch(ev, b, *ret_sent, e);
}

static bool freeze_all(struct eval *ev, struct flush_batch *v, size_t n, unsigned *ret_frozen,
                       struct err *e)
{
    *ret_frozen = 0;
    for (size_t i = 0; i < n; i++) {
        bool sent;

        if (!freeze(ev, &v[i], &sent, e))
            return false;
        *ret_frozen += sent;
        sql_beat(ev->db);
    }
    return true;
}

bool db_flush(struct db *db, const struct eval_conf *conf, struct wall now,
              unsigned *ret_frozen, struct wall *ret_next, struct err *e)
{
    static const char next_sql[] = "SELECT min(due) FROM batch WHERE due > 0";
    struct eval_result unused = {0};
    struct flush_batch *v = NULL;
    struct wall digest = {0};
    unsigned frozen = 0;
    struct eval ev;
    size_t n = 0;
    int64_t next = 0;
    bool ok;

    ok = eval_init(&ev, db, conf, now, e) && load_batches(&ev, &v, &n, e);
    ev.result = &unused;
    if (ok && n > 0)
        ok =
            sql_begin(db, true, e) && sql_end(db, freeze_all(&ev, v, n, &frozen, e), e);
    ok = ok && digests_freeze(&ev, &frozen, &digest, e) &&
         sql_int(db, next_sql, SQL_NONE, 0, &next, e);
    if (ok) {
        *ret_frozen = frozen;
        *ret_next = (struct wall){next};
        if (digest.ms != 0 && (next == 0 || digest.ms < next))
            *ret_next = digest;
    }
    eval_finish(&ev);
    return ok;
}
