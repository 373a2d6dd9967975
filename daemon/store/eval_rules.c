#include "store/eval_rules.h"

static void look_again(struct eval *ev, struct subject_rules *w, struct wall at)
{
    if (at.ms == 0)
        return;
    if (at.ms <= ev->now.ms)
        at = wall_add(ev->now, DUR_MIN(1));
    if (w->next.ms == 0 || at.ms < w->next.ms)
        w->next = at;
}

static const struct finding_stored *stored_of(const struct subject_rules *w,
                                              const char *rule)
{
    for (size_t i = 0; i < w->n_stored; i++) {
        if (str_eqz(w->stored[i].rule, rule))
            return &w->stored[i];
    }
    return NULL;
}

static bool ask_rule(struct eval *ev, struct subject_rules *w, const struct rule *rule,
                     struct err *e)
{
    const struct rule_conf *conf = &ev->conf->rules[rule_index(rule)];
    const struct finding_stored *old = stored_of(w, rule->id);
    struct rule_hit hit;
    struct str why = conf->off ? STR("rule switched off") : STR("no longer so");
    struct wall next = {0};
    bool holds = false, exists;

    if (w->exists && !conf->off &&
        (!rule_is_judged(rule, w->frozen) ||
         (rule->needs_effort && w->in.effort == NULL) ||
         (rule->needs_lint && w->in.lint == NULL)))
        return true;
    if (!w->exists) {
        why = w->gone;
    } else if (!conf->off) {
        w->in.conf = conf;
        rule_hit_init(&hit, rule, conf);
        holds = rule->eval(&w->in, ev->item, &hit, &next);
        look_again(ev, w, next);
    }
    if (arena_failed(ev->item))
        return err_nomem(e);
    if (!finding_apply(ev, rule, &w->subject, old, holds ? &hit : NULL, why, &next,
                       &exists, e))
        return false;
    look_again(ev, w, next);
    return true;
}

bool run_rules(struct eval *ev, struct subject_rules *w, struct err *e)
{
    w->in.strategy = ev->conf->strategy;
    w->in.cal = &ev->conf->cal;
    w->in.now = ev->now;
    if (!findings_of(ev, &w->subject, &w->stored, &w->n_stored, e))
        return false;
    for (size_t i = 0; i < rules_count; i++) {
        if (rule_asks(rules[i], w->subject.kind) && !ask_rule(ev, w, rules[i], e))
            return false;
    }
    for (size_t i = 0; i < w->n_stored; i++) {
        if (rule_find(w->stored[i].rule) == NULL &&
            !finding_end(ev, &w->stored[i], STR("the rule is gone"), e))
            return false;
    }
    return true;
}
