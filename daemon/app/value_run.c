#include "app/value_run.h"

#include <stdlib.h>
#include <string.h>

#include "app/value_pass.h"
#include "base/hash.h"
#include "base/log.h"
#include "core/tz.h"

struct value_run {
    struct value_deps deps;
    uv_timer_t timer;
    struct value_pass *pass; /* the one that runs; NULL: none */
    bool again;              /* one more behind it */
    bool news;               /* values have changed since `ended` was called */
    bool closing;
    uint64_t said; /* hash of what was told of the check-ins file last; 0: nothing */
    char file_error[512];
    void (*closed)(void *arg);
    void *closed_arg;
};

/* Where there is no memory for it. */
enum { LATER_MS = 60000 };

static void begin(struct value_run *r);

static void on_timer(uv_timer_t *t)
{
    value_run_look(t->data);
}

static void on_closed(uv_handle_t *h)
{
    struct value_run *r = h->data;
    void (*closed)(void *) = r->closed;
    void *arg = r->closed_arg;

    free(r);
    closed(arg);
}

/* The next day begins. */
static void arm(struct value_run *r, const struct live *l)
{
    const struct tz *tz = l->eval.cal.tz;
    const struct wall now = clock_wall(r->deps.clock);
    const struct date today = tz_local(tz, now).date;
    const struct wall next = tz_wall(tz, date_from_days(date_to_days(today) + 1), 0);
    const int64_t wait = wall_since(next, now).ms;

    uv_timer_start(&r->timer, on_timer, wait > 1000 ? (uint64_t)wait : 1000, 0);
    uv_unref((uv_handle_t *)&r->timer);
}

static void over(struct value_run *r)
{
    struct value_pass *p = r->pass;

    r->pass = NULL;
    if (r->closing) {
        uv_close((uv_handle_t *)&r->timer, on_closed);
    } else if (r->again) {
        begin(r);
    } else {
        arm(r, p->live);
        r->deps.ended(r->deps.arg, r->news);
        r->news = false;
    }
    value_pass_destroy(p);
}

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

static void stored(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;
    const struct file_changes *c = &r->pass->changes;

    if (!ok)
        log_error("values of key results: %s", err->msg);
    else if (c->added + c->removed > 0) {
        r->news = true;
        log_info("check-ins file: %llu taken, %llu gone",
                 (unsigned long long)c->added, (unsigned long long)c->removed);
    }
    over(r);
}

static bool store_on_engine(struct db *db, void *arg, struct err *e)
{
    return value_pass_store(db, ((struct value_run *)arg)->pass, e);
}

static void read_done(void *arg, bool ok, const struct err *err)
{
    struct value_run *r = arg;
    struct err e;

    if (!ok) {
        log_error("values of key results: %s", err->msg);
        over(r);
        return;
    }
    tell_file(r, r->pass);
    if (store_submit(r->deps.store, store_on_engine, stored, r, &e))
        return;
    log_error("values of key results: %s", e.msg);
    over(r);
}

static bool read_on_reader(struct db *db, void *arg, struct err *e)
{
    return value_pass_read(db, ((struct value_run *)arg)->pass, e);
}

static void begin(struct value_run *r)
{
    struct err e;

    r->again = false;
    r->pass = value_pass_create(r->deps.live(r->deps.arg), clock_wall(r->deps.clock));
    if (r->pass == NULL) {
        log_error("values of key results: out of memory");
        uv_timer_start(&r->timer, on_timer, LATER_MS, 0);
        return;
    }
    if (store_read(r->deps.store, read_on_reader, read_done, r, &e))
        return;
    log_error("values of key results: %s", e.msg);
    over(r);
}

bool value_run_create(const struct value_deps *deps, struct value_run **ret,
                      struct err *e)
{
    struct value_run *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    r->deps = *deps;
    uv_timer_init(deps->loop, &r->timer);
    r->timer.data = r;
    *ret = r;
    return true;
}

void value_run_look(struct value_run *r)
{
    r->again = r->pass != NULL;
    if (r->pass == NULL && !r->closing)
        begin(r);
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
    if (r->pass == NULL)
        uv_close((uv_handle_t *)&r->timer, on_closed);
}
