#include "app/value_pass.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/tz.h"

/* A file is at most 1 MiB, and 10,000 lines. */
enum { PASS_CEILING = 64 << 20, SAID_CEILING = 1 << 20 };

struct value_pass *value_pass_create(struct live *live, struct wall now)
{
    struct value_pass *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->a = arena_create(PASS_CEILING);
    if (p->a == NULL) {
        free(p);
        return NULL;
    }
    p->live = live_ref(live);
    p->now = now;
    p->today = tz_local(live->eval.cal.tz, now).date;
    buf_init(&p->said, SAID_CEILING);
    return p;
}

void value_pass_destroy(struct value_pass *p)
{
    if (p == NULL)
        return;
    live_unref(p->live);
    arena_destroy(p->a);
    buf_finish(&p->said);
    free(p);
}

static bool read_check_ins(struct value_pass *p, struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    if (d == NULL)
        return err_nomem(e);
    p->known = check_ins_load(p->live->strategy, p->today, p->a, d, &p->lines);
    conf_diag_print(d, &p->said);
    if (conf_diag_errors(d) > 0)
        snprintf(p->first, sizeof(p->first), "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return !arena_failed(p->a) || err_nomem(e);
}

bool value_pass_read(struct db *db, void *arg, struct err *e)
{
    struct value_pass *p = arg;

    (void)db;
    return read_check_ins(p, e);
}

bool value_pass_store(struct db *db, void *arg, struct err *e)
{
    struct value_pass *p = arg;

    return !p->known || db_checkins_set(db, p->live->strategy->check_ins, p->lines.v,
                                        p->lines.n, p->now, &p->changes, e);
}
