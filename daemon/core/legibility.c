#include "core/legibility.h"

#include "core/lint_text.h"

enum { WHY_WORDS = 8 };

/* ---- articulation ---- */

static bool says_why(struct str why)
{
    return text_words(why) >= WHY_WORDS;
}

static bool is_measured(const struct key_result *kr)
{
    switch (kr->kind) {
    case KR_REACH:
        return kr->has_baseline && kr->has_target && kr->by.year > 0;
    case KR_KEEP:
        return kr->has_at_least || kr->has_at_most;
    case KR_DONE:
        break;
    }
    return kr->by.year > 0;
}

static void answer_kr(const struct key_result *kr, struct answers *x)
{
    const struct objective *o = kr->objective;

    x->who = x->who || (o != NULL && o->node.owner.n > 0);
    x->what = x->what && is_measured(kr);
    x->why = x->why || (o != NULL && says_why(o->node.why));
}

static struct answers answers_of(const struct strategy *s, const struct node *n)
{
    struct answers x = {
        .node = n,
        .who = n->owner.n > 0,
        .what = n->title.n > 0,
        .why = says_why(n->why),
        .what_not = (s->vision != NULL && s->vision->wont.n > 0) || s->n_not_doing > 0,
    };

    if (n->kind == NODE_KR) {
        answer_kr((const struct key_result *)(const void *)n, &x);
    } else if (n->kind == NODE_INITIATIVE) {
        x.why = x.why || says_why(((const struct initiative *)(const void *)n)->problem);
    }
    return x;
}

static void ask(const struct strategy *s, const struct node *n, struct date today,
                struct articulation *r)
{
    struct answers x;
    bool all;

    if (lint_over(n, today)) {
        return;
    }
    x = answers_of(s, n);
    all = x.who && x.what && x.why && x.what_not;
    r->n++;
    r->who += x.who;
    r->what += x.what;
    r->why += x.why;
    r->what_not += x.what_not;
    r->all += all;
    if (!all) {
        r->lacking[r->n_lacking++] = x;
    }
}

bool articulation_judge(const struct strategy *s, struct date today, struct arena *a,
                        struct articulation *ret)
{
    size_t most =
        s->n_intents + s->n_objectives + s->n_key_results + s->n_initiatives;

    *ret = (struct articulation){.n = 0};
    ret->lacking = arena_array(a, most + 1, sizeof *ret->lacking);
    if (ret->lacking == NULL || !lint_run(s, today, a, &ret->form)) {
        return false;
    }
#define ALL(list)                                                                      \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        ask(s, &s->list[i].node, today, ret);                                          \
    }
    ALL(intents)
    ALL(objectives)
    ALL(key_results)
    ALL(initiatives)
#undef ALL
    return true;
}

static double share(size_t part, size_t of)
{
    return (double)part / (double)of;
}

bool articulation_value(const struct articulation *v, double *ret)
{
    double score, answers;

    if (v->n == 0 || v->form.asked == 0) {
        return false;
    }
    score = lint_score(&v->form);
    answers = share(v->all, v->n);
    *ret = score < answers ? score : answers;
    return true;
}

/* ---- repetition ---- */

static const struct intent *intent_of(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    if (n != NULL && n->kind == NODE_OBJECTIVE) {
        return ((const struct objective *)(const void *)n)->intent;
    }
    return n != NULL && n->kind == NODE_INTENT ? (const struct intent *)(const void *)n
                                               : NULL;
}

static struct wall last_shown(const struct strategy *s, const struct intent *in,
                              const struct shown *v, size_t n)
{
    struct wall last = {0};

    for (size_t i = 0; i < n; i++) {
        if (v[i].last.ms > last.ms && intent_of(s, v[i].node) == in) {
            last = v[i].last;
        }
    }
    return last;
}

static void judge_intent(struct shown_intent *x, struct wall noted_since,
                         struct wall now)
{
    struct wall limit = wall_add(now, DUR_DAY(-SHOWN_DAYS));

    if (x->last.ms > 0) {
        x->days = wall_since(now, x->last).ms / DUR_DAY(1).ms;
        x->state = x->last.ms >= limit.ms ? SHOWN_LATELY : SHOWN_LONG_AGO;
    } else if (noted_since.ms > 0 && noted_since.ms < limit.ms) {
        x->state = SHOWN_LONG_AGO;
    }
}

bool repetition_judge(const struct strategy *s, struct date today,
                      const struct shown *v, size_t n, struct wall now,
                      struct arena *a, struct repetition *ret)
{
    *ret = (struct repetition){.n = 0};
    ret->v = arena_array(a, s->n_intents + 1, sizeof *ret->v);
    if (ret->v == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ret->noted_since.ms == 0 || v[i].first.ms < ret->noted_since.ms) {
            ret->noted_since = v[i].first;
        }
    }
    for (size_t i = 0; i < s->n_intents; i++) {
        struct shown_intent x = {.intent = &s->intents[i]};

        if (lint_over(&x.intent->node, today)) {
            continue;
        }
        x.last = last_shown(s, x.intent, v, n);
        judge_intent(&x, ret->noted_since, now);
        ret->lately += x.state == SHOWN_LATELY;
        ret->unknown += x.state == SHOWN_UNKNOWN;
        ret->v[ret->n++] = x;
    }
    return true;
}

bool repetition_value(const struct repetition *v, double *ret)
{
    if (v->n == 0 || v->unknown > 0) {
        return false;
    }
    *ret = share(v->lately, v->n);
    return true;
}

/* ---- uptake ---- */

const char *uptake_state_name(enum uptake_state s)
{
    static const char *const names[] = {
#define X(e, name) [e] = name,
        UPTAKE_STATES(X)
#undef X
    };

    return (size_t)s < ARRAY_LEN(names) ? names[s] : "?";
}

enum uptake_state uptake_judge(const struct new_epic *v, const struct calendar *cal,
                               struct span grace, struct wall now)
{
    struct wall limit = calendar_add(cal, v->seen, grace);

    if (v->linked.ms == 0) {
        if (v->closed.ms > 0 && v->closed.ms <= limit.ms) {
            return UPTAKE_CLOSED;
        }
        return v->closed.ms == 0 && now.ms < limit.ms ? UPTAKE_WAITING
                                                      : UPTAKE_UNLINKED;
    }
    if (v->by_command) {
        return UPTAKE_BY_COMMAND;
    }
    if (v->by_default) {
        return UPTAKE_BY_DEFAULT;
    }
    return v->linked.ms <= limit.ms &&
                   (v->alerted.ms == 0 || v->linked.ms <= v->alerted.ms)
               ? UPTAKE_LINKED
               : UPTAKE_LATE;
}

size_t uptake_judged(const struct uptake *u)
{
    return u->v[UPTAKE_LINKED] + u->v[UPTAKE_LATE] + u->v[UPTAKE_BY_DEFAULT] +
           u->v[UPTAKE_BY_COMMAND] + u->v[UPTAKE_UNLINKED];
}

bool uptake_value(const struct uptake *u, double *ret)
{
    size_t of = uptake_judged(u);

    if (of == 0) {
        return false;
    }
    *ret = share(u->v[UPTAKE_LINKED], of);
    return true;
}
