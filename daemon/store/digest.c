#include "store/digest.h"

#include "store/due.h"
#include "store/outbox.h"
#include "store/shown.h"
#include "store/sql.h"

static struct str name_of(struct eval *ev, const struct digest_conf *c)
{
    char mem[80];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    when_print(&b, &c->when);
    if (c->parts == DIGEST_ALL)
        return arena_printf(ev->a, "%.*s %.*s all", STR_FMT(c->channel),
                            STR_FMT(buf_str(&b)));
    return arena_printf(ev->a, "%.*s %.*s %x", STR_FMT(c->channel), STR_FMT(buf_str(&b)),
                        (unsigned)c->parts);
}

static bool load(struct digest_writing *w, struct err *e)
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

static bool save(struct digest_writing *w, bool sent, struct err *e)
{
    static const char sql[] =
        "INSERT INTO digest (name, next, sent, turn) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (name) DO UPDATE SET next = excluded.next, sent = excluded.sent,"
        " turn = excluded.turn";
    struct eval *ev = w->ev;

    w->next = when_next(&w->conf->when, &ev->conf->cal, ev->now);
    if (sent) {
        w->sent = ev->now;
        w->turn += w->intent != NULL;
    }
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_S(w->name), SQL_T(w->next), SQL_T(w->sent),
                            SQL_I(w->turn)),
                   e);
}

/* ---- when ---- */

static bool send(struct digest_writing *w, struct err *e)
{
    int64_t id;

    w->n = (struct notice){
        .kind = NOTICE_DIGEST, .channel = w->conf->channel, .at = w->ev->now};
    return outbox_audience(w->ev->conf, w->conf->channel, w->ev->a, &w->readers, e) &&
           digest_write_parts(w, e) &&
           outbox_add(w->ev->db, w->ev->conf, &w->n, w->ev->now, &id, e) &&
           (w->intent == NULL || shown_note(w->ev->db, id, &w->intent->node, e)) &&
           due_count(w->ev, w->conf->channel, id, e) && save(w, true, e);
}

/* What was planned while the clock ran ahead is planned anew; not what has been sent
   just before it was set back a little, which is due again only after the next. */
static void forget_ahead(struct digest_writing *w)
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
    struct digest_writing w = {.ev = ev, .conf = c, .name = name_of(ev, c)};
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
