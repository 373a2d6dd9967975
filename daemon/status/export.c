#include "status/export.h"

#include <math.h>

#include "base/date.h"
#include "status/chain.h"
#include "status/shape.h"

struct writer {
    struct facts *f;
    const struct strategy *s;
    struct audience au;
    struct export_list *l;
    struct err *e;
    bool ok;
};

static struct export_row *add(struct writer *w, const struct node *n, unsigned level)
{
    struct export_row *r;

    if (!w->ok || !audience_sees(&w->au, n))
        return NULL;
    r = arena_grow(w->f->a, &w->l->v, &w->l->n, &w->l->cap, sizeof *r);
    if (r == NULL) {
        w->ok = err_nomem(w->e);
        return NULL;
    }
    r->node = n;
    r->level = level;
    r->id = n->kind == NODE_VISION ? STR_NONE : n->id;
    r->title = audience_text(&w->au, chain_title(n));
    r->why = audience_text(&w->au, chain_why(n));
    r->owner = audience_text(&w->au, n->owner);
    return r;
}

static struct str text_of(struct writer *w, struct buf *b)
{
    struct str s = audience_text(&w->au, arena_str(w->f->a, buf_str(b)));

    buf_finish(b);
    return s;
}

/* ---- what is known of each ---- */

static struct str work_of(struct writer *w, struct str id)
{
    struct tally t = facts_tally(w->f, id);

    return arena_printf(w->f->a, "%lld open, %lld in progress, %lld done",
                        (long long)t.open, (long long)t.in_progress,
                        (long long)t.completed);
}

static void put_initiative(struct writer *w, const struct initiative *in,
                           unsigned level)
{
    struct export_row *r = add(w, &in->node, level);
    struct buf b;

    if (r == NULL)
        return;
    buf_init(&b, 1 << 16);
    buf_add(&b, work_of(w, in->node.id));
    for (size_t i = 0; w->au.who == VIS_TEAM && i < in->n_costs; i++)
        buf_printf(&b, "; %.*s: %.6g%s", STR_FMT(in->costs[i].what),
                   in->costs[i].amount, in->costs[i].monthly ? " a month" : "");
    r->state = str_of(shape_initiative_status(in->status));
    r->detail = text_of(w, &b);
}

static void put_key_result(struct writer *w, const struct key_result *kr)
{
    struct export_row *r = add(w, &kr->node, 2);
    struct kr_pace_report p;
    struct buf b;

    if (r == NULL)
        return;
    if (!facts_key_result(w->f, kr, NULL, &p, w->e)) {
        w->ok = false;
        return;
    }
    buf_init(&b, 4096);
    chain_measure(&b, kr);
    if (p.has_value) {
        buf_printf(&b, "%s%.6g on ", b.n > 0 ? "; " : "", p.last.value);
        date_print(&b, p.last.date);
    }
    if (p.has_progress && p.has_expected)
        buf_printf(&b, "; pace %+ld%%", lround((p.progress - p.expected) * 100));
    r->state = str_of(kr_state_name(p.state));
    r->detail = text_of(w, &b);
    for (size_t i = 0; i < w->s->n_initiatives; i++) {
        const struct initiative *in = &w->s->initiatives[i];

        if (in->n_moves > 0 && in->moves[0].kr == kr)
            put_initiative(w, in, 3);
    }
}

static void put_objective(struct writer *w, const struct objective *o)
{
    struct export_row *r = add(w, &o->node, 1);
    struct buf b;

    if (r == NULL)
        return;
    buf_init(&b, 4096);
    if (o->from.year > 0) {
        buf_addz(&b, "from ");
        date_print(&b, o->from);
    }
    if (o->to.year > 0) {
        buf_addz(&b, b.n > 0 ? " to " : "to ");
        date_print(&b, o->to);
    }
    if (o->share >= 0)
        buf_printf(&b, "%s%.4g%% of effort planned", b.n > 0 ? "; " : "",
                   o->share * 100);
    r->detail = text_of(w, &b);
    for (size_t i = 0; i < w->s->n_key_results; i++) {
        if (w->s->key_results[i].objective == o)
            put_key_result(w, &w->s->key_results[i]);
    }
}

static void put_objectives(struct writer *w, const struct intent *in)
{
    for (size_t i = 0; i < w->s->n_objectives; i++) {
        if (w->s->objectives[i].intent == in)
            put_objective(w, &w->s->objectives[i]);
    }
}

static void put_beside(struct writer *w)
{
    const struct strategy *s = w->s;
    struct export_row *r;

    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (s->initiatives[i].n_moves == 0)
            put_initiative(w, &s->initiatives[i], 0);
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        r = add(w, &s->buckets[i].node, 0);
        if (r != NULL)
            r->detail = work_of(w, s->buckets[i].node.id);
    }
    for (size_t i = 0; i < s->n_not_doing; i++)
        (void)add(w, &s->not_doing[i].node, 0);
    for (size_t i = 0; i < s->n_teams; i++)
        (void)add(w, &s->teams[i].node, 0);
    for (size_t i = 0; i < s->n_decisions; i++) {
        r = add(w, &s->decisions[i].node, 0);
        if (r != NULL)
            r->why = audience_text(&w->au, s->decisions[i].because);
    }
    for (size_t i = 0; i < s->n_events; i++)
        (void)add(w, &s->events[i].node, 0);
    for (size_t i = 0; i < s->n_competitors; i++) {
        r = add(w, &s->competitors[i].node, 0);
        if (r != NULL)
            r->why = audience_text(&w->au, s->competitors[i].note);
    }
}

static bool put_head(struct writer *w, struct date today)
{
    const char *unknown;
    struct buf b;

    if (!facts_count(w->f, &unknown, w->e))
        return false;
    buf_init(&b, 100);
    date_print(&b, today);
    w->l->day = arena_str(w->f->a, buf_str(&b));
    buf_finish(&b);
    w->l->name = audience_text(&w->au, w->s->name);
    w->l->audience = str_of(shape_visibility(w->au.who));
    if (unknown == NULL && w->f->epics > w->f->exempt)
        w->l->coverage = arena_printf(
            w->f->a, "%lld%%",
            (long long)(100 * w->f->linked / (w->f->epics - w->f->exempt)));
    return true;
}

bool export_read(struct facts *f, enum visibility who, struct date today,
                 struct export_list *ret, struct err *e)
{
    struct writer w = {.f = f, .s = f->conf->strategy, .l = ret, .e = e, .ok = true};

    *ret = (struct export_list){.n = 0};
    if (!audience_init(&w.au, w.s, who, f->a, e) || !put_head(&w, today))
        return false;
    if (w.s->vision != NULL)
        (void)add(&w, &w.s->vision->node, 0);
    for (size_t i = 0; i < w.s->n_intents; i++) {
        (void)add(&w, &w.s->intents[i].node, 0);
        put_objectives(&w, &w.s->intents[i]);
    }
    put_objectives(&w, NULL);
    put_beside(&w);
    if (!w.ok)
        return false;
    return !arena_failed(f->a) || err_nomem(e);
}
