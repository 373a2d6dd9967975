#include "app/events_run.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/jsonw.h"
#include "base/log.h"
#include "core/finding.h"
#include "store/db.h"

enum { BEAT_MS = 15000, ROWS = 200, EVENT_MAX = 8192 };

struct follower {
    struct events_run *run;
    struct server_stream *stream; /* NULL: it has gone */
    int64_t seen; /* the last number it was told; -1: not known yet, */
    int64_t last; /* but that it wants so many of those there are */
    bool caught_up;               /* it was told so */
    LIST_ENTRY(follower) link;
};

struct events_run {
    const struct clock *clock;
    struct store *store;
    uv_timer_t timer;
    LIST_HEAD(, follower) followers;
    struct reading *reading; /* one at a time */
    bool again;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* Findings' news from a number on, read on the reader. */
struct reading {
    struct events_run *run;
    struct arena *a; /* owned */
    int64_t after;
    int64_t newest; /* number there is; for those who begin now */
    struct event_row *v;
    size_t n;
};

static void look(struct events_run *r);

/* ---- one follower ---- */

static void drop(struct follower *f)
{
    LIST_REMOVE(f, link);
    free(f);
}

static void on_gone(void *arg)
{
    drop(arg);
}

static void cut_off(struct follower *f)
{
    struct server_stream *st = f->stream;

    drop(f);
    server_stream_end(st);
}

static bool tell(struct follower *f, struct str text)
{
    static const struct str lost = STR_INIT("event: lost\ndata: {}\n\n");

    if (server_stream_write(f->stream, text))
        return true;
    /* Even that may be too much. */
    if (!server_stream_write(f->stream, lost))
        log_info("events: a client does not read, and is cut off");
    cut_off(f);
    return false;
}

static void tell_all(struct events_run *r, struct str text)
{
    struct follower *f, *next;

    for (f = LIST_FIRST(&r->followers); f != NULL; f = next) {
        next = LIST_NEXT(f, link);
        if (f->caught_up)
            (void)tell(f, text);
    }
}

static void on_beat(uv_timer_t *t)
{
    struct events_run *r = t->data;
    struct follower *f, *next;

    for (f = LIST_FIRST(&r->followers); f != NULL; f = next) {
        next = LIST_NEXT(f, link);
        (void)tell(f, STR(": still here\n\n"));
    }
    if (LIST_EMPTY(&r->followers))
        uv_timer_stop(&r->timer);
}

/* ---- events as text ---- */

static void begin(struct buf *b, struct jsonw *w, const char *event)
{
    buf_init(b, EVENT_MAX);
    buf_printf(b, "event: %s\ndata: ", event);
    jsonw_init(w, b);
    jsonw_object(w, NULL);
}

static void end(struct buf *b, struct jsonw *w)
{
    jsonw_end_object(w);
    buf_addz(b, "\n\n");
}

static void write_finding(struct buf *b, const struct event_row *v)
{
    struct jsonw w;

    begin(b, &w, "finding");
    jsonw_int(&w, "n", v->n);
    jsonw_time(&w, "at", v->at);
    jsonw_str(&w, "what", v->what);
    jsonw_str(&w, "detail", v->detail);
    jsonw_str(&w, "id", v->finding);
    jsonw_str(&w, "rule", v->rule);
    jsonw_str(&w, "subject_kind", v->subject_kind);
    jsonw_str(&w, "subject", v->subject);
    jsonw_str(&w, "severity", v->severity);
    jsonw_str(&w, "team", v->team);
    end(b, &w);
}

/* ---- what the database has ---- */

static bool read_on_reader(struct db *db, void *arg, struct err *e)
{
    struct reading *g = arg;

    return db_read_events(db, g->after, ROWS, g->a, &g->v, &g->n, &g->newest, e);
}

/* False: it has gone. */
static bool tell_rows(struct follower *f, const struct reading *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct buf b;
        struct str text;
        bool ok;

        if (g->v[i].n <= f->seen)
            continue;
        write_finding(&b, &g->v[i]);
        text = buf_str(&b);
        ok = !buf_ok(&b) || tell(f, text);
        buf_finish(&b);
        if (!ok)
            return false;
        f->seen = g->v[i].n;
    }
    return true;
}

static void follower_reads(struct follower *f, const struct reading *g)
{
    char mem[80];
    struct buf b;

    if (f->seen < 0)
        f->seen = g->newest > f->last ? g->newest - f->last : 0;
    if (!tell_rows(f, g) || f->caught_up || f->seen < g->newest)
        return;
    f->caught_up = true;
    buf_init_fixed(&b, mem, sizeof mem);
    buf_printf(&b, "id: %lld\nevent: now\ndata: {\"n\":%lld}\n\n", (long long)f->seen,
               (long long)f->seen);
    (void)tell(f, buf_str(&b));
}

static void finish_closing(struct events_run *r);

static void reading_done(void *arg, bool ok, const struct err *err)
{
    struct reading *g = arg;
    struct events_run *r = g->run;
    struct follower *f, *next;
    bool more = false;

    r->reading = NULL;
    if (!ok)
        log_error("events: %s", err->msg);
    for (f = LIST_FIRST(&r->followers); ok && f != NULL; f = next) {
        next = LIST_NEXT(f, link);
        follower_reads(f, g);
    }
    LIST_FOREACH(f, &r->followers, link)
    more = more || (ok && f->seen < g->newest);
    arena_destroy(g->a);
    free(g);
    if (r->closing)
        finish_closing(r);
    else if (more || r->again)
        look(r);
}

/* From the earliest that some follower still lacks. */
static int64_t first_wanted(const struct events_run *r)
{
    const struct follower *f;
    int64_t after = INT64_MAX;

    LIST_FOREACH(f, &r->followers, link)
    {
        if (f->seen >= 0 && f->seen < after)
            after = f->seen;
    }
    return after;
}

static void look(struct events_run *r)
{
    struct reading *g;
    struct err e;

    r->again = r->reading != NULL;
    if (r->reading != NULL || r->closing || LIST_EMPTY(&r->followers))
        return;
    g = calloc(1, sizeof *g);
    if (g != NULL)
        g->a = arena_create((size_t)4 << 20);
    if (g == NULL || g->a == NULL) {
        free(g);
        log_error("events: out of memory");
        return;
    }
    g->run = r;
    g->after = first_wanted(r);
    r->reading = g;
    if (store_read(r->store, read_on_reader, reading_done, g, &e))
        return;
    r->reading = NULL;
    arena_destroy(g->a);
    free(g);
}

/* ---- from outside ---- */

bool events_run_create(uv_loop_t *loop, const struct clock *clock, struct store *store,
                       struct events_run **ret, struct err *e)
{
    struct events_run *r = calloc(1, sizeof *r);

    if (r == NULL)
        return err_nomem(e);
    *r = (struct events_run){.clock = clock, .store = store};
    LIST_INIT(&r->followers);
    uv_timer_init(loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

bool events_run_follow(struct events_run *r, struct server_request *req, int64_t after,
                       int64_t last, struct err *e)
{
    struct follower *f = calloc(1, sizeof *f);

    if (f == NULL)
        return err_nomem(e);
    *f = (struct follower){.run = r, .seen = after, .last = last};
    if (r->closing || !server_stream_open(req, "text/event-stream", on_gone, f,
                                          &f->stream, e)) {
        free(f);
        return r->closing ? err_set(e, ERR_CANCELED, "the daemon is stopping") : false;
    }
    LIST_INSERT_HEAD(&r->followers, f, link);
    uv_timer_start(&r->timer, on_beat, BEAT_MS, BEAT_MS);
    look(r);
    return true;
}

void events_run_look(struct events_run *r)
{
    look(r);
}

void events_run_synced(struct events_run *r, struct str source,
                       const struct err *failure)
{
    struct jsonw w;
    struct buf b;

    if (LIST_EMPTY(&r->followers))
        return;
    begin(&b, &w, "sync");
    jsonw_time(&w, "at", clock_wall(r->clock));
    jsonw_str(&w, "source", source);
    jsonw_bool(&w, "ok", failure == NULL);
    jsonw_str(&w, "error", failure != NULL ? str_of(failure->msg) : STR_NONE);
    end(&b, &w);
    if (buf_ok(&b))
        tell_all(r, buf_str(&b));
    buf_finish(&b);
}

void events_run_sent(struct events_run *r, struct str channel, int64_t message,
                     const struct outbox_outcome *o)
{
    const char *state = o->verdict == CHAT_DELIVERED ? "delivered"
                        : o->dead                    ? "dead"
                                                     : "retry";
    struct jsonw w;
    struct buf b;

    if (LIST_EMPTY(&r->followers))
        return;
    begin(&b, &w, "message");
    jsonw_time(&w, "at", clock_wall(r->clock));
    jsonw_str(&w, "channel", channel);
    jsonw_int(&w, "message", message);
    jsonw_strz(&w, "state", state);
    jsonw_str(&w, "error", o->reason);
    end(&b, &w);
    if (buf_ok(&b))
        tell_all(r, buf_str(&b));
    buf_finish(&b);
}

static void on_closed(uv_handle_t *h)
{
    struct events_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

static void finish_closing(struct events_run *r)
{
    uv_close((uv_handle_t *)&r->timer, on_closed);
}

void events_run_close(struct events_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    while (!LIST_EMPTY(&r->followers))
        cut_off(LIST_FIRST(&r->followers));
    if (r->reading == NULL)
        finish_closing(r);
}
