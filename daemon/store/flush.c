#include "base/date.h"
#include "store/digest.h"
#include "store/outbox.h"
#include "store/plan_row.h"
#include "store/shown.h"
#include "store/sql.h"

static const struct dur stale_again = {10 * 60000};

enum { SCOPES_NAMED = 3 };

/* A member of a due batch, with what people are told about its subject. */
struct member {
    struct plan_row row;
    enum plan_reason kind;
    struct str key, title, url, scope;
    bool is_shown; /* and not counted only */
};

struct batch {
    int64_t id;
    struct str channel, name;
    struct member *v;
    size_t n;
    bool some_stale; /* those stay */
};

/* ---- loading ---- */

static bool load_batches(struct eval *ev, struct batch **ret, size_t *ret_n,
                         struct err *e)
{
    static const char sql[] = "SELECT id, channel, name FROM batch WHERE due > 0 AND "
                              "due <= ? ORDER BY due, id";
    struct batch *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct batch *b = arena_grow(ev->a, &v, &n, &cap, sizeof *b);

        if (b == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        b->id = query_int(&q, 0);
        b->channel = query_dup(&q, 1, ev->a);
        b->name = query_dup(&q, 2, ev->a);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->a) || err_nomem(e);
}

enum { MEMBER_FIRST = FINDING_COLUMN_COUNT + PLAN_COLUMN_COUNT };

static void read_member(struct eval *ev, const struct query *q, struct member *m)
{
    struct arena *a = ev->item;

    plan_read(ev, q, &m->row);
    m->kind = (enum plan_reason)query_int(q, MEMBER_FIRST);
    m->key = query_dup(q, MEMBER_FIRST + 1, a);
    m->title = query_dup(q, MEMBER_FIRST + 2, a);
    m->url = query_dup(q, MEMBER_FIRST + 3, a);
    m->scope = query_dup(q, MEMBER_FIRST + 4, a);
}

/* What is no item has no row of one. */
static void name_subject(struct eval *ev, struct member *m)
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
static bool load_members(struct eval *ev, struct batch *b, struct err *e)
{
    static const char sql[] =
        "SELECT " FINDING_COLUMNS PLAN_COLUMNS
        ", m.kind, coalesce(i.key, ''), coalesce(i.title, ''),"
        " coalesce(i.url, ''), coalesce(s.name, '') FROM member m"
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
        struct member *m = arena_grow(ev->item, &b->v, &b->n, &cap, sizeof *m);

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

/* ---- the notice ---- */

static const char *change_of(enum plan_reason kind)
{
    return plan_reason_name(kind);
}

static struct notice_entry entry_of(struct member *m)
{
    const struct finding_stored *f = &m->row.f;
    const struct objective *o = plan_objective(m->row.node);
    struct notice_entry n = {
        .finding = str_of(f->f.id),
        .change = str_of(change_of(m->kind)),
        .severity = str_of(severity_name(f->f.severity)),
        .key = m->key,
        .title = m->title,
        .url = m->url,
        .note = f->note,
        .fix = f->fix,
        .command = f->command,
        .since = f->f.since,
    };

    m->is_shown = true;
    if (m->kind == PLAN_RESOLVED)
        n.ended_by = f->ended_by;
    if (m->kind == PLAN_RESOLVED && m->row.gone)
        n.change = STR("ended");
    if (o != NULL) {
        n.objective = o->node.title;
        n.why = o->node.why;
    } else if (m->row.node != NULL) {
        n.why = m->row.node->why;
    }
    return n;
}

static bool is_news(const struct member *m)
{
    return !m->row.stale && m->kind != PLAN_RESOLVED;
}

static struct str short_age(struct arena *a, struct dur d)
{
    if (d.ms >= DUR_DAY(1).ms)
        return arena_printf(a, "%lld d", (long long)(d.ms / DUR_DAY(1).ms));
    if (d.ms >= DUR_H(1).ms)
        return arena_printf(a, "%lld h", (long long)(d.ms / DUR_H(1).ms));
    if (d.ms < DUR_MIN(1).ms)
        return STR_NONE; /* news has no age */
    return arena_printf(a, "%lld min", (long long)(d.ms / DUR_MIN(1).ms));
}

/* "PAY, WEB" or "PAY, WEB, OPS and 4 more"; the empty view without scopes. */
static struct str scopes_of(struct arena *a, const struct batch *b, const char *rule)
{
    struct str named[SCOPES_NAMED], out = STR_NONE;
    struct map *seen = map_create();
    size_t n = 0;

    for (size_t i = 0; seen != NULL && i < b->n; i++) {
        const struct member *m = &b->v[i];
        void *old = NULL;

        if (!is_news(m) || !str_eqz(m->row.f.rule, rule) || m->scope.n == 0 ||
            !map_add(seen, m->scope, seen, &old) || old != NULL)
            continue;
        if (n < SCOPES_NAMED)
            named[n] = m->scope;
        n++;
    }
    map_destroy(seen);
    for (size_t i = 0; i < n && i < SCOPES_NAMED; i++)
        out = arena_printf(a, "%.*s%s%.*s", STR_FMT(out), i > 0 ? ", " : "",
                           STR_FMT(named[i]));
    if (n > SCOPES_NAMED)
        out = arena_printf(a, "%.*s and %zu more", STR_FMT(out), n - SCOPES_NAMED);
    return out;
}

/* The table's sentences hold one %d, for the number. */
static struct str counted_sentence(struct arena *a, const char *form, int64_t n)
{
    struct str s = str_of(form);
    ptrdiff_t at = str_find(s, STR("%d"));

    if (at < 0)
        return s;
    return arena_printf(a, "%.*s%lld%.*s", STR_FMT(str_first(s, (size_t)at)),
                        (long long)n, STR_FMT(str_skip(s, (size_t)at + 2)));
}

static struct str headline(struct eval *ev, const struct batch *b,
                           const struct rule *rule, int64_t n, struct wall oldest)
{
    struct arena *a = ev->item;
    struct str what = counted_sentence(a, n == 1 ? rule->one : rule->many, n);
    struct str where = scopes_of(a, b, rule->id);
    struct str age = short_age(a, wall_since(ev->now, oldest));

    if (age.n == 0)
        return arena_printf(a, "%.*s%s%.*s", STR_FMT(what), where.n > 0 ? " in " : "",
                            STR_FMT(where));
    return arena_printf(a, "%.*s%s%.*s (%s%.*s)", STR_FMT(what),
                        where.n > 0 ? " in " : "", STR_FMT(where),
                        n > 1 ? "oldest " : "", STR_FMT(age));
}

static bool fill_section(struct eval *ev, const struct batch *b,
                         const struct rule *rule, struct notice_section *s)
{
    struct wall oldest = ev->now;

    s->entries = arena_array(ev->item, NOTICE_SHOWN, sizeof *s->entries);
    for (size_t i = 0; s->entries != NULL && i < b->n; i++) {
        struct member *m = &b->v[i];

        if (!is_news(m) || !str_eqz(m->row.f.rule, rule->id))
            continue;
        if (s->n_entries < NOTICE_SHOWN)
            s->entries[s->n_entries++] = entry_of(m);
        if (m->row.f.f.since.ms < oldest.ms)
            oldest = m->row.f.f.since;
        s->total++;
    }
    s->rule = str_of(rule->id);
    s->why = str_of(rule->why);
    s->more = arena_printf(ev->item, "alignctl drift --rule %s", rule->id);
    s->headline = headline(ev, b, rule, s->total, oldest);
    return !arena_failed(ev->item);
}

static bool has_section(const struct notice *n, struct str rule)
{
    for (size_t i = 0; i < n->n_sections; i++) {
        if (str_eq(n->sections[i].rule, rule))
            return true;
    }
    return false;
}

/* Members come worst first, so sections do, too. */
static bool add_sections(struct eval *ev, const struct batch *b, struct notice *n)
{
    size_t cap = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct rule *rule = rule_find(b->v[i].row.f.rule);
        struct notice_section *s;

        if (!is_news(&b->v[i]) || rule == NULL || has_section(n, b->v[i].row.f.rule))
            continue;
        s = arena_grow(ev->item, &n->sections, &n->n_sections, &cap, sizeof *s);
        if (s == NULL || !fill_section(ev, b, rule, s))
            return false;
    }
    return true;
}

static bool add_resolved(struct eval *ev, const struct batch *b, struct notice *n)
{
    n->resolved = arena_array(ev->item, NOTICE_SHOWN, sizeof *n->resolved);
    for (size_t i = 0; n->resolved != NULL && i < b->n; i++) {
        if (b->v[i].row.stale || b->v[i].kind != PLAN_RESOLVED)
            continue;
        if (n->n_resolved < NOTICE_SHOWN)
            n->resolved[n->n_resolved++] = entry_of(&b->v[i]);
        n->total_resolved++;
    }
    return n->resolved != NULL;
}

/* "team=payments" is "Payments"; what has no team is everybody's. */
static struct str group_title(struct eval *ev, struct str name)
{
    const struct node *n;

    if (name.n == 0 || str_eqz(name, "all") || str_eqz(name, "team="))
        return STR("all teams");
    if (!str_has_prefix(name, STR("team=")) || str_chr(name, ',') >= 0)
        return name;
    n = strategy_find(ev->conf->strategy, str_skip(name, 5));
    return n != NULL && n->title.n > 0 ? n->title : str_skip(name, 5);
}

/* ---- what was told ---- */

static bool remember(struct eval *ev, const struct batch *b, const struct member *m,
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

static bool told_one(struct eval *ev, const struct batch *b, struct member *m,
                     int64_t outbox, struct err *e)
{
    static const char sql[] = "UPDATE finding SET reason = ?2, reason_detail = ?3,"
                              " reason_at = ?4, plan_next = ?5 WHERE n = ?1";
    int64_t n = m->row.f.n;
    struct plan_steps steps;
    struct str where;
    struct wall next;

    if (!remember(ev, b, m, outbox, e) || !plan_told(ev, &m->row, e) ||
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
                         arena_printf(ev->item, "%s to %.*s", change_of(m->kind),
                                      STR_FMT(b->channel)),
                         e);
}

static bool told(struct eval *ev, struct batch *b, int64_t outbox, struct err *e)
{
    static const char copy[] = "INSERT INTO outbox_member (outbox, finding, episode, "
                               "kind) VALUES (?, ?, ?, ?)";
    static const char go[] = "DELETE FROM member WHERE batch = ? AND finding = ?";

    for (size_t i = 0; i < b->n; i++) {
        struct member *m = &b->v[i];
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

static bool set_batch(struct eval *ev, const struct batch *b, bool sent, struct err *e)
{
    static const char sql[] =
        "UPDATE batch SET due = ?2, last_sent = CASE WHEN ?3 THEN ?4"
        " ELSE last_sent END WHERE id = ?1";
    struct wall due = b->some_stale ? wall_add(ev->now, stale_again) : (struct wall){0};

    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(b->id), SQL_T(due), SQL_I(sent), SQL_T(ev->now)), e);
}

static bool freeze(struct eval *ev, struct batch *b, bool *ret_sent, struct err *e)
{
    struct notice n = {
        .kind = NOTICE_DRIFT,
        .channel = b->channel,
        .at = ev->now,
        .group = group_title(ev, b->name),
    };
    int64_t id;

    *ret_sent = false;
    arena_reset(ev->item);
    if (!load_members(ev, b, e))
        return false;
    if (!add_sections(ev, b, &n) || !add_resolved(ev, b, &n))
        return err_nomem(e);
    *ret_sent = n.n_sections > 0 || n.total_resolved > 0;
    if (*ret_sent && (!outbox_add(ev->db, &n, ev->now, &id, e) || !told(ev, b, id, e)))
        return false;
    return set_batch(ev, b, *ret_sent, e);
}

static bool freeze_all(struct eval *ev, struct batch *v, size_t n, unsigned *ret_frozen,
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
    struct batch *v = NULL;
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
