#include "app/value_pass.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sign.h"
#include "config/value_csv.h"
#include "core/tz.h"

/* A file is at most 1 MiB, and 10,000 lines. */
enum { PASS_CEILING = 256 << 20, SAID_CEILING = 1 << 20 };
/* Until a tracker has been read first, its items are looked for so often. */
static const struct dur soon = {30000};

struct value_pass *value_pass_create(struct live *live, bool all, struct wall now)
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
    p->all = all;
    p->now = now;
    p->today = tz_local(live->eval.cal.tz, now).date;
    buf_init(&p->said, SAID_CEILING);
    return p;
}

void value_pass_destroy(struct value_pass *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n_wants; i++)
        value_items_destroy(p->wants[i].items);
    live_unref(p->live);
    arena_destroy(p->a);
    buf_finish(&p->said);
    free(p);
}

static void note_next(struct value_pass *p, struct wall t)
{
    if (p->next.ms == 0 || t.ms < p->next.ms)
        p->next = t;
}

/* ---- the check-ins file ---- */

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

/* ---- what a value came to ---- */

static struct value_reading reading_of(struct value_pass *p, const struct value_want *w,
                                       const struct err *failure, struct date day,
                                       double value, struct wall now)
{
    struct value_reading r = {
        .kr = w->kr->node.id,
        .question = w->question,
        .from = value_from(w->kr),
        .day = day,
        .value = value,
    };
    uint64_t random = 0;
    struct err e;

    if (failure == NULL && !checkin_value(w->kr, value, &e))
        failure = &e;
    if (failure != NULL) {
        r.failure = *failure;
        if (!sign_random(&random, sizeof(random), &e))
            random = w->question;
        r.next = value_next_try(failure, w->failures + 1, now, random);
    } else {
        r.next = value_next_day(p->live->eval.cal.tz, now);
    }
    note_next(p, r.next);
    return r;
}

static bool add_reading(struct value_pass *p, const struct value_want *w,
                        const struct err *failure, struct date day, double value,
                        struct err *e)
{
    struct value_reading *r =
        arena_grow(p->a, &p->readings, &p->n_readings, &p->cap_readings, sizeof(*r));

    if (r == NULL)
        return err_nomem(e);
    *r = reading_of(p, w, failure, day, value, p->now);
    return true;
}

/* ---- what is wanted ---- */

/* There is one of that name: a strategy that names another does not load. */
static void want_source(struct value_pass *p, struct value_want *w)
{
    const struct conf *c = p->live->conf;

    for (size_t i = 0; i < c->n_values; i++) {
        if (str_eq(c->values[i].value.name, w->kr->value_source))
            w->source = &c->values[i];
    }
    assert(w->source != NULL);
}

static bool want_cell(struct value_pass *p, const struct value_want *w, struct err *e)
{
    struct date day = p->today;
    struct wall changed;
    struct err why;
    double v = 0;

    if (!value_csv_load(p->live->strategy, w->kr, p->a, &v, &changed, &why))
        return why.kind == ERR_NOMEM ? err_nomem(e)
                                     : add_reading(p, w, &why, day, 0, e);
    /* A number that nobody has written since is as old as the file. */
    if (date_cmp(tz_local(p->live->eval.cal.tz, changed).date, day) < 0)
        day = tz_local(p->live->eval.cal.tz, changed).date;
    return add_reading(p, w, NULL, day, v, e);
}

/* Absence is never guessed: nothing is counted while a source is not fresh. */
static bool want_items(struct value_pass *p, struct value_want *w, struct db *db,
                       struct err *e)
{
    const struct conf *c = p->live->conf;
    struct err why;

    for (size_t i = 0; i < c->n_sources; i++) {
        struct str source = c->sources[i].tracker.name;
        bool fresh, synced;

        if (!db_read_fresh(db, source, &fresh, &synced, e))
            return false;
        if (fresh)
            continue;
        if (!synced) {
            note_next(p, wall_add(p->now, soon));
            return true;
        }
        err_set(&why, ERR_NET, "source %.*s is not fresh: its items are not counted",
                STR_FMT(source));
        return add_reading(p, w, &why, p->today, 0, e);
    }
    p->n_counts++;
    return value_items_create(w->kr, &w->items, e);
}

static const struct value_state *state_of(const struct value_state *v, size_t n,
                                          struct str kr)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(v[i].kr, kr))
            return &v[i];
    }
    return NULL;
}

static bool want(struct value_pass *p, const struct key_result *kr,
                 const struct value_state *state, struct db *db, struct err *e)
{
    struct value_want *w;
    uint64_t question;
    bool same;

    if (!value_question(kr, &question, e))
        return false;
    same = state != NULL && state->question == question;
    /* A file is looked at whenever there is reason to look at all. */
    if (!p->all && same && state->next.ms > p->now.ms && kr->from != VALUE_CSV) {
        note_next(p, state->next);
        return true;
    }
    w = arena_grow(p->a, &p->wants, &p->n_wants, &p->cap_wants, sizeof(*w));
    if (w == NULL)
        return err_nomem(e);
    w->kr = kr;
    w->question = question;
    w->failures = same ? state->failures : 0;
    if (kr->from == VALUE_SOURCE) {
        want_source(p, w);
        return true;
    }
    return kr->from == VALUE_CSV ? want_cell(p, w, e) : want_items(p, w, db, e);
}

static bool begin_counts(struct value_pass *p, struct err *e)
{
    size_t n = 0;

    p->counting = p->n_counts > 0;
    p->counts = arena_array(p->a, p->n_counts + 1, sizeof(*p->counts));
    if (p->counts == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < p->n_wants; i++) {
        if (p->wants[i].items != NULL)
            p->counts[n++].items = p->wants[i].items;
    }
    return true;
}

bool value_pass_read(struct value_pass *p, struct db *db, struct err *e)
{
    const struct strategy *s = p->live->strategy;
    struct value_state *states;
    size_t n;

    if (!read_check_ins(p, e) || !db_read_values(db, p->a, &states, &n, e))
        return false;
    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct key_result *kr = &s->key_results[i];

        if (value_is_asked(kr, p->today) &&
            !want(p, kr, state_of(states, n, kr->node.id), db, e))
            return false;
    }
    return begin_counts(p, e);
}

bool value_pass_count(struct value_pass *p, struct db *db, struct err *e)
{
    size_t n = 0;

    if (!db_read_counts(db, p->counts, p->n_counts, &p->count_at, &p->counting, e))
        return false;
    for (size_t i = 0; !p->counting && i < p->n_wants; i++) {
        if (p->wants[i].items != NULL &&
            !add_reading(p, &p->wants[i], NULL, p->today, (double)p->counts[n++].n, e))
            return false;
    }
    return true;
}

/* ---- storing ---- */

static int by_id(const void *x, const void *y)
{
    const struct str *a = x, *b = y;

    return str_cmp(*a, *b);
}

/* How it went with a key result that is asked no more is forgotten. */
static bool keep_asked(struct value_pass *p, struct db *db, struct err *e)
{
    const struct strategy *s = p->live->strategy;
    struct str *ids = arena_array(p->a, s->n_key_results + 1, sizeof(*ids));
    size_t n = 0;

    if (ids == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (value_is_asked(&s->key_results[i], p->today))
            ids[n++] = s->key_results[i].node.id;
    }
    if (n > 0)
        qsort(ids, n, sizeof(*ids), by_id);
    return db_values_keep(db, ids, n, e);
}

bool value_pass_store(struct value_pass *p, struct db *db, struct err *e)
{
    if (p->known && !db_checkins_set(db, p->live->strategy->check_ins, p->lines.v,
                                     p->lines.n, p->now, &p->changes, e))
        return false;
    p->news = p->changes.added + p->changes.removed > 0;
    for (size_t i = 0; i < p->n_readings; i++) {
        bool changed;

        if (!db_value_record(db, &p->readings[i], p->now, &changed, e))
            return false;
        p->news = p->news || changed;
    }
    return keep_asked(p, db, e);
}

/* ---- asking ---- */

static struct value_question question_of(const struct key_result *kr)
{
    return (struct value_question){kr->value_query, kr->value_pointer};
}

bool value_pass_request(struct value_pass *p, const struct value_want *w,
                        struct http_request *ret, struct err *e)
{
    const struct value_question q = question_of(w->kr);

    return w->source->ops->request(&w->source->value, &q, p->a, ret, e) ||
           err_wrap(e, "%.*s", STR_FMT(w->kr->value_source));
}

bool value_pass_answer(struct value_pass *p, const struct value_want *w,
                       const struct http_response *resp, const struct err *failure,
                       struct wall now, struct db *db, struct err *e)
{
    const struct value_question q = question_of(w->kr);
    struct value_reading r;
    struct err why;
    double v = 0;
    bool changed;

    if (failure != NULL)
        why = *failure;
    else if (w->source->ops->judge(&w->source->value, &q, resp, &v, &why))
        err_clear(&why);
    else
        err_wrap(&why, "%.*s", STR_FMT(w->kr->value_source));
    r = reading_of(p, w, why.kind != ERR_NONE ? &why : NULL,
                   tz_local(p->live->eval.cal.tz, now).date, v, now);
    if (!db_value_record(db, &r, now, &changed, e))
        return false;
    p->news = p->news || changed;
    return true;
}
