#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct strategy_changed_conf {
    struct span show_for;
};

static const struct conf_key params[] = {
    {.name = "show_for",
     .type = CONF_SPAN,
     .offset = offsetof(struct strategy_changed_conf, show_for),
     .dflt = "5wd",
     .live = true,
     .doc = "How long it is shown; it is told once."},
    {0},
};

enum { NAMED = 5 };

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct rule_version *v = in->version;
    size_t named = v->n_words < NAMED ? v->n_words : NAMED;
    struct wording_facts f;

    hit->note = arena_printf(a, "a new version: %.*s", STR_FMT(v->summary));
    for (size_t i = 0; i < named; i++) {
        hit->note = arena_printf(a, "%.*s%s%.*s", STR_FMT(hit->note),
                                 i == 0 ? ": " : "; ", STR_FMT(v->words[i]));
    }
    if (v->n_changes > named && named > 0) {
        hit->note = arena_printf(a, "%.*s; and %zu more", STR_FMT(hit->note),
                                 v->n_changes - named);
    }
    hit->fix = STR("read what moved, and bring work in line with it");
    hit->command = STR("alignctl strategy diff");
    wording_facts_begin(&f);
    jsonw_time(&f.w, "at", v->changed);
    jsonw_int(&f.w, "changes", (int64_t)v->n_changes);
    jsonw_array(&f.w, "words");
    for (size_t i = 0; i < v->n_words; i++) {
        jsonw_str(&f.w, NULL, v->words[i]);
    }
    jsonw_end_array(&f.w);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct strategy_changed_conf *conf = in->conf->own;
    const struct rule_version *v = in->version;
    struct wall end;

    *ret_next = (struct wall){0};
    if (v->changed.ms == 0) {
        return false;
    }
    end = calendar_add(in->cal, v->changed, conf->show_for);
    if (in->now.ms >= end.ms) {
        return false;
    }
    *ret_next = end;
    say(in, a, hit);
    return true;
}

const struct rule rule_strategy_changed = {
    .id = "strategy-changed",
    .title = "a new version of the strategy",
    .what = "The strategy in force is another one than before: what moved, in words.",
    .why = "A strategy that changes without being told is followed by those who happened "
           "to look.",
    .formula = "a version was taken into force that differs from the one before by more "
               "than its text, less than `show_for` ago",
    .fix = "Read what moved.",
    .one = "The strategy has changed",
    .many = "%d strategies have changed",
    .subject = RULE_STRATEGY,
    .severity = SEV_INFO,
    .whatever_scope = true,
    .params = params,
    .params_size = sizeof(struct strategy_changed_conf),
    .eval = eval,
};
