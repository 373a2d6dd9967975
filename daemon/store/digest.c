#include "store/digest.h"

#include "core/digest.h"
#include "store/due.h"
#include "store/eval_view.h"
#include "store/outbox.h"
#include "store/sql.h"

/* One digest, while it is written. */
struct writing {
    struct eval *ev;
    const struct digest_conf *conf;
    struct str name;
    struct wall next, sent; /* sent 0: never */
    int64_t turn;
    const struct audience *readers; /* NULL: may see all */
    struct notice n;
    size_t cap;
};

static struct str name_of(struct eval *ev, const struct digest_conf *c)
{
    char mem[80];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    when_print(&b, &c->when);
    return arena_printf(ev->a, "%.*s %.*s %x", STR_FMT(c->channel), STR_FMT(buf_str(&b)),
                        (unsigned)c->parts);
}

static bool load(struct writing *w, struct err *e)
{
    static const char sql[] = "SELECT next, sent, turn FROM digest WHERE name = ?";
    struct query q;
    bool row;

    if (!query_open(&q, w->ev->db, sql, SQL_ARGS(SQL_S(w->name)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        w->next = query_wall(&q, 0);
        w->sent = query_wall(&q, 1);
        w->turn = query_int(&q, 2);
        query_close(&q);
    }
    return true;
}

static bool save(struct writing *w, bool sent, struct err *e)
{
    static const char sql[] =
        "INSERT INTO digest (name, next, sent, turn) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET next = excluded.next, sent = excluded.sent,"
        " turn = excluded.turn";
    struct eval *ev = w->ev;

    w->next = when_next(&w->conf->when, &ev->conf->cal, ev->now);
    if (sent) {
        w->sent = ev->now;
        w->turn++;
    }
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_S(w->name), SQL_T(w->next), SQL_T(w->sent),
                            SQL_I(w->turn)),
                   e);
}

/* ---- its parts ---- */

static bool has_part(const struct writing *w, enum digest_part p)
{
    return (w->conf->parts >> (unsigned)p & 1U) != 0;
}

static bool add_block(struct writing *w, const char *title, struct str text, bool fixed,
                      struct err *e)
{
    struct notice_block *b;

    if (arena_failed(w->ev->a))
        return err_nomem(e);
    if (text.n == 0)
        return true;
    b = arena_grow(w->ev->a, &w->n.blocks, &w->n.n_blocks, &w->cap, sizeof *b);
    if (b == NULL)
        return err_nomem(e);
    *b = (struct notice_block){.title = str_of(title), .text = text, .fixed = fixed};
    return true;
}

/* Goals that readers do not see have no line; what they took stays in the whole. */
static void hide_shares(const struct writing *w, struct effort_sum *sum)
{
    size_t kept = 0;

    for (size_t i = 0; w->readers != NULL && i < sum->n_shares; i++) {
        const struct node *n = strategy_find(w->ev->conf->strategy, sum->shares[i].id);

        if (n == NULL || audience_sees(w->readers, n))
            sum->shares[kept++] = sum->shares[i];
    }
    if (w->readers != NULL)
        sum->n_shares = kept;
}

static bool add_split(struct writing *w, struct err *e)
{
    struct rule_effort effort;

    if (!eval_view_effort(w->ev, STR_NONE, &effort, e))
        return false;
    hide_shares(w, &effort.shares);
    return add_block(w, "Where the days went",
                     digest_split(&effort.shares, effort.share_days, w->ev->a), true, e);
}

static bool add_pace(struct writing *w, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;
    struct rule_kr *v = arena_array(w->ev->a, s->n_key_results + 1, sizeof *v);

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (!eval_view_kr(w->ev, &s->key_results[i], &v[i], e))
            return false;
    }
    return add_block(w, "Key results", digest_pace(v, s->n_key_results, w->readers, w->ev->a),
                     true, e);
}

static int64_t work_of(const struct coverage_rows *rows, struct str id)
{
    for (size_t i = 0; i < rows->n_initiatives; i++) {
        if (str_eq(rows->initiatives[i].id, id))
            return rows->initiatives[i].tally.open +
                   rows->initiatives[i].tally.completed;
    }
    return 0;
}

/* As it was when it was sent last; *ret_known false: that is not kept. */
static bool read_then(struct writing *w, struct coverage_rows *ret, bool *ret_known,
                      struct err *e)
{
    struct date then = tz_local(w->ev->conf->cal.tz, w->sent).date;

    *ret_known = w->sent.ms != 0;
    if (!*ret_known ||
        db_read_coverage_at(w->ev->db, then, w->ev->a, ret, e))
        return true;
    *ret_known = false;
    return e->kind == ERR_NOT_FOUND;
}

static struct str add_name(struct writing *w, struct str list, struct str id)
{
    return arena_printf(w->ev->a, "%.*s%s%.*s", STR_FMT(list), list.n > 0 ? ", " : "",
                        STR_FMT(id));
}

static bool add_coverage(struct writing *w, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;
    struct str text, won = STR_NONE, lost = STR_NONE, none = STR_NONE;
    struct coverage_rows now, then = {.n = 0};
    int64_t epics = 0, linked = 0;
    bool known;

    if (!db_read_coverage(w->ev->db, w->ev->a, &now, e) ||
        !read_then(w, &then, &known, e))
        return false;
    for (size_t i = 0; i < now.n; i++) {
        epics += now.v[i].open - now.v[i].exempt;
        linked += now.v[i].linked;
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        struct str id = s->initiatives[i].node.id;
        bool has = work_of(&now, id) > 0, had = known && work_of(&then, id) > 0;

        if (s->initiatives[i].status != INITIATIVE_ACTIVE)
            continue;
        if (!has)
            none = add_name(w, none, id);
        if (known && has && !had)
            won = add_name(w, won, id);
        if (known && had && !has)
            lost = add_name(w, lost, id);
    }
    text = epics > 0 ? arena_printf(w->ev->a, "%lld of %lld open epics have a link",
                                    (long long)linked, (long long)epics)
                     : STR("no open epic");
    if (won.n > 0)
        text = arena_printf(w->ev->a, "%.*s\nnew work for: %.*s", STR_FMT(text),
                            STR_FMT(won));
    if (lost.n > 0)
        text = arena_printf(w->ev->a, "%.*s\nno work any more: %.*s", STR_FMT(text),
                            STR_FMT(lost));
    if (none.n > 0)
        text = arena_printf(w->ev->a, "%.*s\nactive without work: %.*s", STR_FMT(text),
                            STR_FMT(none));
    return add_block(w, "Coverage", text, false, e);
}

static bool add_decisions(struct writing *w, struct err *e)
{
    struct date today = tz_local(w->ev->conf->cal.tz, w->ev->now).date;

    return add_block(w, "To be reviewed",
                     digest_decisions(w->ev->conf->strategy, today, w->readers, w->ev->a),
                     false, e);
}

static bool add_minute(struct writing *w, struct err *e)
{
    return add_block(w, "The strategy in a minute",
                     digest_minute(w->ev->conf->strategy, w->turn, w->readers, w->ev->a),
                     false, e);
}

/* Silence must never look like health: how many sources it speaks for. */
static struct str sources_of(const struct eval *ev)
{
    size_t fresh = 0;

    for (size_t i = 0; i < ev->n_sources; i++)
        fresh += ev->sources[i].conf != NULL && ev->sources[i].fresh;
    return arena_printf(ev->a, "%zu of %zu sources fresh", fresh, ev->conf->n_sources);
}

static int64_t epics_of(const struct eval *ev)
{
    int64_t n = 0;

    for (size_t i = 0; i < ev->n_scopes; i++)
        n += ev->scopes[i].in_view ? ev->scopes[i].counts.epics : 0;
    return n;
}

static bool add_drift(struct writing *w, struct err *e)
{
    struct eval *ev = w->ev;
    struct digest_drift d;
    struct str sources = sources_of(ev);

    if (!digest_drift_read(ev, w->conf->channel, w->sent, &d, e))
        return false;
    w->n.sections = d.sections;
    w->n.n_sections = d.n_sections;
    if (d.open == 0)
        w->n.text = arena_printf(ev->a, "all quiet: %.*s, %lld epics, %lld resolved",
                                 STR_FMT(sources), (long long)epics_of(ev),
                                 (long long)d.resolved);
    else
        w->n.text = arena_printf(ev->a, "%lld open, %lld of them new, %lld resolved; "
                                        "%.*s",
                                 (long long)d.open, (long long)d.fresh,
                                 (long long)d.resolved, STR_FMT(sources));
    if (d.baseline > 0)
        w->n.text = arena_printf(ev->a, "%.*s; %lld from before: `alignctl gaps`",
                                 STR_FMT(w->n.text), (long long)d.baseline);
    return !arena_failed(ev->a) || err_nomem(e);
}

static bool write_parts(struct writing *w, struct err *e)
{
    return (!has_part(w, DIGEST_DRIFT) || add_drift(w, e)) &&
           (!has_part(w, DIGEST_SPLIT) || add_split(w, e)) &&
           (!has_part(w, DIGEST_PACE) || add_pace(w, e)) &&
           (!has_part(w, DIGEST_COVERAGE) || add_coverage(w, e)) &&
           (!has_part(w, DIGEST_DECISIONS) || add_decisions(w, e)) &&
           (!has_part(w, DIGEST_MINUTE) || add_minute(w, e));
}

/* ---- when ---- */

static bool send(struct writing *w, struct err *e)
{
    int64_t id;

    w->n = (struct notice){
        .kind = NOTICE_DIGEST, .channel = w->conf->channel, .at = w->ev->now};
    return outbox_audience(w->ev->conf, w->conf->channel, w->ev->a, &w->readers, e) &&
           write_parts(w, e) &&
           outbox_add(w->ev->db, w->ev->conf, &w->n, w->ev->now, &id, e) &&
           due_count(w->ev, w->conf->channel, id, e) && save(w, true, e);
}

/* What was planned while the clock ran ahead is planned anew; not what has been sent
   just before it was set back a little, which is due again only after the next. */
static void forget_ahead(struct writing *w)
{
    const struct calendar *cal = &w->ev->conf->cal;
    struct wall next = when_next(&w->conf->when, cal, w->ev->now);

    if (w->next.ms > when_next(&w->conf->when, cal, next).ms)
        w->next = (struct wall){0};
    if (w->sent.ms > w->ev->now.ms)
        w->sent = w->ev->now;
}

static bool step(struct eval *ev, const struct digest_conf *c, unsigned *frozen,
                 struct wall *next, struct err *e)
{
    struct writing w = {.ev = ev, .conf = c, .name = name_of(ev, c)};
    bool due, late;

    if (arena_failed(ev->a))
        return err_nomem(e);
    if (!load(&w, e))
        return false;
    forget_ahead(&w);
    due = w.next.ms != 0 && w.next.ms <= ev->now.ms;
    late = due && wall_since(ev->now, w.next).ms >= DUR_H(DIGEST_LATE_H).ms;
    if ((w.next.ms == 0 || due) &&
        (!sql_begin(ev->db, true, e) ||
         !sql_end(ev->db, due && !late ? send(&w, e) : save(&w, false, e), e)))
        return false;
    *frozen += due && !late;
    if (next->ms == 0 || w.next.ms < next->ms)
        *next = w.next;
    return true;
}

bool digests_freeze(struct eval *ev, unsigned *frozen, struct wall *ret_next,
                    struct err *e)
{
    *ret_next = (struct wall){0};
    for (size_t i = 0; i < ev->conf->n_digests; i++) {
        if (!step(ev, &ev->conf->digests[i], frozen, ret_next, e))
            return false;
    }
    return true;
}
