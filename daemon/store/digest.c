#include "store/digest.h"

#include "store/due.h"
#include "store/outbox.h"
#include "store/shown.h"
#include "store/sql.h"

struct str digest_name(struct eval *ev, const struct digest_conf *c)
{
    char mem[80];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    when_print(&b, &c->when);
    if (c->owners)
        return arena_printf(ev->a, "%.*s %.*s owners", STR_FMT(c->channel),
                            STR_FMT(buf_str(&b)));
    if (c->parts == DIGEST_ALL)
        return arena_printf(ev->a, "%.*s %.*s all", STR_FMT(c->channel),
                            STR_FMT(buf_str(&b)));
    return arena_printf(ev->a, "%.*s %.*s %x", STR_FMT(c->channel), STR_FMT(buf_str(&b)),
                        (unsigned)c->parts);
}

bool digest_load(struct digest_writing *w, struct err *e)
{
    static const char sql[] = "SELECT next, sent, turn, outbox FROM digest WHERE name = ?";
    struct query q;
    bool row;

    if (!query_open(&q, w->ev->db, sql, SQL_ARGS(SQL_S(w->name)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        w->next = query_wall(&q, 0);
        w->sent = query_wall(&q, 1);
        w->turn = query_int(&q, 2);
        w->outbox = query_int(&q, 3);
        query_close(&q);
    }
    return true;
}

bool digest_save(struct digest_writing *w, struct err *e)
{
    static const char sql[] =
        "INSERT INTO digest (name, next, sent, turn, outbox) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (name) DO UPDATE SET next = excluded.next, sent = excluded.sent,"
        " turn = excluded.turn, outbox = excluded.outbox";

    return sql_run(w->ev->db, sql,
                   SQL_ARGS(SQL_S(w->name), SQL_T(w->next), SQL_T(w->sent),
                            SQL_I(w->turn), SQL_I(w->outbox)),
                   e);
}

bool digest_send(struct digest_writing *w, struct err *e)
{
    struct eval *ev = w->ev;

    if (!outbox_add(ev->db, ev->conf, &w->n, ev->now, &w->outbox, e) ||
        (w->intent != NULL && !shown_note(ev->db, w->outbox, &w->intent->node, e)))
        return false;
    w->sent = ev->now;
    w->turn += w->intent != NULL;
    return true;
}

/* ---- when ---- */

static bool send(struct digest_writing *w, unsigned *frozen, struct err *e)
{
    w->n = (struct notice){
        .kind = NOTICE_DIGEST, .channel = w->conf->channel, .at = w->ev->now};
    if (!outbox_audience(w->ev->conf, w->conf->channel, w->ev->a, &w->readers, e))
        return false;
    if (w->conf->owners)
        return digest_owners(w, frozen, e);
    ++*frozen;
    return digest_write_parts(w, e) && digest_send(w, e) &&
           due_count(w->ev, w->conf->channel, w->outbox, e);
}

/* Sends it if it is due, and plans the next. */
static bool turn(struct digest_writing *w, bool due, unsigned *frozen, struct err *e)
{
    if (due && !send(w, frozen, e))
        return false;
    w->next = when_next(&w->conf->when, &w->ev->conf->cal, w->ev->now);
    return digest_save(w, e);
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
    struct digest_writing w = {.ev = ev, .conf = c, .name = digest_name(ev, c)};
    bool due, late;

    if (arena_failed(ev->a))
        return err_nomem(e);
    if (!digest_load(&w, e))
        return false;
    forget_ahead(&w);
    due = w.next.ms != 0 && w.next.ms <= ev->now.ms;
    late = due && wall_since(ev->now, w.next).ms >= DUR_H(DIGEST_LATE_H).ms;
    if ((w.next.ms == 0 || due) &&
        (!sql_begin(ev->db, true, e) ||
         !sql_end(ev->db, turn(&w, due && !late, frozen, e), e)))
        return false;
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
