#include "app/value_run.h"

#include <stdlib.h>
#include <string.h>

#include "app/value_pass.h"
#include "base/hash.h"
#include "base/log.h"
#include "core/value.h"

/* Where there is no memory for it, or the store fails. */
enum { LATER_MS = 60000, MAX_ANSWER = 1024 * 1024 };

/* What came of the question that is out, for the engine. */
struct answer {
    struct buf body;
    struct http_response resp; /* its views are the body, or empty */
    struct err failure;        /* kind ERR_NONE: `resp` holds */
    struct wall at;
};

struct value_run {
    struct value_deps deps;
    uv_timer_t timer;
    struct value_pass *pass; /* the one that runs; NULL: none */
    size_t asking;           /* which of its wants */
    struct http_call *call;  /* NULL: none is out */
    struct answer answer;
    bool again, again_all; /* one more behind it */
    bool closing, failed;
    uint64_t said; /* hash of what was told of the check-ins file last; 0: nothing */
    char file_error[512];
    void (*closed)(void *arg);
    void *closed_arg;
};

static void begin(struct value_run *r, bool all);
static void ask_next(struct value_run *r);

static void on_timer(uv_timer_t *t)
{
    value_run_look(t->data, false);
}

static void on_closed(uv_handle_t *h)
{
    struct value_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    buf_finish(&r->answer.body);
    free(r);
    closed(arg);
}

/* When something is due; at the latest when the next day begins, as a line of the
   check-ins file may have been of a day to come. */
static void arm(struct value_run *r, const struct value_pass *p)
{
    const struct wall now = clock_wall(r->deps.clock);
    struct wall next = value_next_day(p->live->eval.cal.tz, now);
    int64_t wait;

    if (p->next.ms > 0 && p->next.ms < next.ms)
        next = p->next;
    wait = wall_since(next, now).ms;
    wait = wait > 1000 ? wait : 1000;
    if (r->failed && wait < LATER_MS)
        wait = LATER_MS;
    uv_timer_start(&r->timer, on_timer, (uint64_t)wait, 0);
}

static void over(struct value_run *r)
{
    struct value_pass *p = r->pass;

    r->pass = NULL;
    if (r->closing) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
    } else if (r->again) {
        begin(r, r->again_all);
    } else {
        arm(r, p);
    }
    if (!r->closing)
        r->deps.ended(r->deps.arg, p->news);
    value_pass_destroy(p);
}

static void fail(struct value_run *r, const struct err *err)
{
    log_error("values of key results: %s", err->msg);
    r->failed = true;
    over(r);
}

/* ---- addresses, one after the other ---- */

static bool answer_on_engine(struct db *db, void *arg, struct err *e)
{
    struct value_run *r = arg;
    const struct answer *a = &r->answer;
    bool ok = a->failure.kind == ERR_NONE;

    return value_pass_answer(r->pass, &r->pass->wants[r->asking], ok ? &a->resp : NULL,
                             ok ? NULL : &a->failure, a->at, db, e);
}

static void answer_stored(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;

    if (!ok) {
        fail(r, err);
        return;
    }
    r->asking++;
    ask_next(r);
}

static void store_answer(struct value_run *r)
{
    struct err e;

    r->answer.at = clock_wall(r->deps.clock);
    if (!store_submit(r->deps.store, answer_on_engine, answer_stored, r, &e))
        fail(r, &e);
}

static void answered(void *arg, const struct http_response *resp, const struct err *err)
{
    struct value_run *r = arg;
    struct answer *a = &r->answer;

    r->call = NULL;
    buf_clear(&a->body);
    err_clear(&a->failure);
    if (err != NULL) {
        a->failure = *err;
        err_wrap(&a->failure, "%.*s",
                 STR_FMT(r->pass->wants[r->asking].kr->value_source));
    } else {
        buf_add(&a->body, resp->body);
        a->resp = (struct http_response){
            .status = resp->status,
            .body = buf_str(&a->body),
            .encoding = resp->encoding.n > 0 ? STR("some") : STR_NONE,
        };
        (void)(buf_ok(&a->body) || err_nomem(&a->failure));
    }
    store_answer(r);
}

static void ask_next(struct value_run *r)
{
    struct value_pass *p = r->pass;
    struct http_request req;

    while (r->asking < p->n_wants && p->wants[r->asking].source == NULL)
        r->asking++;
    if (r->asking == p->n_wants || r->closing) {
        over(r);
        return;
    }
    err_clear(&r->answer.failure);
    if (!value_pass_request(p, &p->wants[r->asking], &req, &r->answer.failure) ||
        !http_start(r->deps.http, &req, answered, r, &r->call, &r->answer.failure))
        store_answer(r);
}

/* ---- files and items ---- */

/* What is wrong is said once, however often it is looked at. */
static void tell_file(struct value_run *r, const struct value_pass *p)
{
    const uint64_t said = p->said.n > 0 ? hash64(buf_cstr(&p->said), p->said.n, 1) : 0;
    struct str rest = buf_str(&p->said), line;

    memcpy(r->file_error, p->first, sizeof(r->file_error));
    if (said == r->said)
        return;
    r->said = said;
    while (str_split(&rest, '\n', &line)) {
        if (line.n > 0)
            log_warn("%.*s", STR_FMT(line));
    }
    if (said == 0)
        log_info("nothing is wrong with the check-ins file any more");
}

static bool store_on_engine(struct db *db, void *arg, struct err *e)
{
    return value_pass_store(((struct value_run *)arg)->pass, db, e);
}

static void stored(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;
    const struct file_changes *c = &r->pass->changes;

    if (!ok) {
        fail(r, err);
        return;
    }
    if (c->added + c->removed > 0)
        log_info("check-ins file: %llu taken, %llu gone", (unsigned long long)c->added,
                 (unsigned long long)c->removed);
    ask_next(r);
}

static bool count_on_reader(struct db *db, void *arg, struct err *e)
{
    return value_pass_count(((struct value_run *)arg)->pass, db, e);
}

static void looked(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;
    struct err e;

    if (!ok) {
        fail(r, err);
        return;
    }
    if (r->closing) {
        over(r);
        return;
    }
    if (r->pass->counting
            ? !store_read(r->deps.store, count_on_reader, looked, r, &e)
            : !store_submit(r->deps.store, store_on_engine, stored, r, &e))
        fail(r, &e);
}

static void read_done(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;

    if (ok)
        tell_file(r, r->pass);
    looked(r, ok, err);
}

static bool read_on_reader(struct db *db, void *arg, struct err *e)
{
    return value_pass_read(((struct value_run *)arg)->pass, db, e);
}

static void begin(struct value_run *r, bool all)
{
    struct err e;

    r->again = r->again_all = r->failed = false;
    r->asking = 0;
    r->pass =
        value_pass_create(r->deps.live(r->deps.arg), all, clock_wall(r->deps.clock));
    if (r->pass == NULL) {
        log_error("values of key results: out of memory");
        uv_timer_start(&r->timer, on_timer, LATER_MS, 0);
        return;
    }
    if (!store_read(r->deps.store, read_on_reader, read_done, r, &e))
        fail(r, &e);
}

bool value_run_create(const struct value_deps *deps, struct value_run **ret,
                      struct err *e)
{
    struct value_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    buf_init(&r->answer.body, MAX_ANSWER);
    uv_timer_init(deps->loop, &r->timer);
    uv_unref((uv_handle_t *)&r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

void value_run_look(struct value_run *r, bool all)
{
    if (r->closing)
        return;
    if (r->pass == NULL) {
        begin(r, all);
        return;
    }
    r->again = true;
    r->again_all = r->again_all || all;
}

bool value_run_is_idle(const struct value_run *r)
{
    return r->pass == NULL;
}

struct str value_run_file_error(const struct value_run *r)
{
    return str_of(r->file_error);
}

void value_run_close(struct value_run *r, void (*closed)(void *arg), void *arg)
{
    r->closing = true;
    r->closed = closed;
    r->closed_arg = arg;
    uv_timer_stop(&r->timer);
    if (r->call != NULL) {
        http_cancel(r->call);
        r->call = NULL;
        over(r);
    } else if (r->pass == NULL) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
    }
}
