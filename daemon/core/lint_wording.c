#include "core/lint_in.h"
#include "core/lint_text.h"

/* ---- vision ---- */

enum lint_answer lint_vague_vision(const struct lint_in *in, const struct node *n,
                                   struct lint_hit *hit)
{
    const struct vision *v = LINT_VISION(n);
    const struct {
        bool there;
        const char *what;
    } parts[] = {
        {v->customers.n > 0, "customers"}, {v->differentiator.n > 0, "differentiator"},
        {v->will.n > 0, "will"},           {v->wont.n > 0, "wont"},
        {v->horizon.n > 0, "horizon"},
    };
    size_t words = text_words(v->statement);
    struct str lacks = STR_NONE;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!parts[i].there) {
            lacks = arena_printf(in->a, "%.*s%s%s", STR_FMT(lacks),
                                 lacks.n > 0 ? ", " : "", parts[i].what);
        }
    }
    if (lacks.n > 0) {
        hit->message =
            arena_printf(in->a, "the vision leaves open: %.*s", STR_FMT(lacks));
        hit->fix = arena_printf(in->a, "add to vision: %.*s", STR_FMT(lacks));
        return LINT_FOUND;
    }
    if (words >= LINT_WHY_WORDS) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "the vision's statement has %zu word%s", words,
                                words == 1 ? "" : "s");
    hit->fix = STR("say what the customers' world looks like when it has worked");
    return LINT_FOUND;
}

/* ---- objectives ---- */

enum lint_answer lint_output_verb(const struct lint_in *in, const struct node *n,
                                  struct lint_hit *hit)
{
    struct str verb = text_output_verb(in->a, n->title);

    if (verb.n == 0) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a,
                                "objective %.*s says what is made, not what "
                                "changes: '%.*s'",
                                STR_FMT(lint_quoted(in, n->title)), STR_FMT(verb));
    hit->fix = STR("say what will be different for whom once it is there; what is made "
                   "is an initiative");
    return LINT_FOUND;
}

enum lint_answer lint_only_number(const struct lint_in *in, const struct node *n,
                                  struct lint_hit *hit)
{
    if (!text_is_only_number(in->a, n->title)) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "objective %.*s is only a number",
                                STR_FMT(lint_quoted(in, n->title)));
    hit->fix = STR("say what the number stands for; the number itself is a key result");
    return LINT_FOUND;
}

enum lint_answer lint_currency_target(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    size_t i = (size_t)(LINT_OBJECTIVE(n) - in->s->objectives);
    bool money = in->in_money[i] || text_is_money(in->a, n->title, in->s->currency);

    if (!money) {
        return LINT_NOT_ASKED;
    }
    if (in->in_other[i]) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "objective '%.*s' is measured in money alone",
                                STR_FMT(n->id));
    hit->fix = STR("add a key result that says what customers get for it");
    return LINT_FOUND;
}

enum lint_answer lint_many_objectives(const struct lint_in *in, const struct node *n,
                                      struct lint_hit *hit)
{
    (void)n;
    if (in->most_objectives == 0) {
        return LINT_NOT_ASKED;
    }
    if (in->one_too_many == NULL) {
        return LINT_PASSED;
    }
    hit->at = &in->one_too_many->node;
    hit->message = arena_printf(in->a, "%zu objectives run at one time, more than %d",
                                in->most_objectives, LINT_OBJECTIVES_MAX);
    hit->fix =
        STR("choose: what waits for the next period, and what is part of another?");
    return LINT_FOUND;
}

/* ---- key results ---- */

/* `kind: done` says so itself; else 0 to 1, or no numbers at all, gives it away. */
static bool is_deed(const struct key_result *kr)
{
    if (kr->kind == KR_REACH) {
        return (!kr->has_baseline && !kr->has_target) ||
               (kr->target > 0.999 && kr->target < 1.001 && kr->baseline > -0.001 &&
                kr->baseline < 0.001);
    }
    return kr->kind == KR_DONE;
}

enum lint_answer lint_kr_deliverable(const struct lint_in *in, const struct node *n,
                                     struct lint_hit *hit)
{
    struct str verb;

    if (!is_deed(LINT_KR(n))) {
        return LINT_NOT_ASKED;
    }
    verb = text_output_verb(in->a, n->title);
    if (verb.n == 0) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "key result %.*s is a thing to be made: '%.*s'",
                                STR_FMT(lint_quoted(in, n->title)), STR_FMT(verb));
    hit->fix = STR("measure what it is to change; what is made is an initiative");
    return LINT_FOUND;
}

/* ---- who, why, what first ---- */

enum lint_answer lint_owner_missing(const struct lint_in *in, const struct node *n,
                                    struct lint_hit *hit)
{
    if (n->owner.n > 0) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "%s '%.*s' has no owner",
                                lint_kind_words(n->kind), STR_FMT(n->id));
    hit->fix = STR("add owner: one person, by the id in people");
    return LINT_FOUND;
}

enum lint_answer lint_why_missing(const struct lint_in *in, const struct node *n,
                                  struct lint_hit *hit)
{
    bool bet = n->kind == NODE_INITIATIVE;
    struct str why = bet && n->why.n == 0 ? LINT_INITIATIVE(n)->problem : n->why;
    size_t words = text_words(why);

    if (words >= LINT_WHY_WORDS) {
        return LINT_PASSED;
    }
    if (words == 0) {
        hit->message = arena_printf(in->a, "%s '%.*s' does not say why",
                                    lint_kind_words(n->kind), STR_FMT(n->id));
    } else {
        hit->message = arena_printf(in->a, "%s '%.*s' says why in %zu word%s",
                                    lint_kind_words(n->kind), STR_FMT(n->id), words,
                                    words == 1 ? "" : "s");
    }
    hit->fix = arena_printf(in->a, "%s %s: %s", words == 0 ? "add" : "say more in",
                            bet && n->why.n == 0 ? "problem" : "why",
                            bet ? "what is wrong today, and for whom, in a sentence"
                                : "the reason in a sentence, for who was not there");
    return LINT_FOUND;
}

enum lint_answer lint_rank_missing(const struct lint_in *in, const struct node *n,
                                   struct lint_hit *hit)
{
    if (!in->any_rice) {
        return LINT_NOT_ASKED;
    }
    if (LINT_INITIATIVE(n)->has_rice) {
        return LINT_PASSED;
    }
    hit->message = arena_printf(in->a, "initiative '%.*s' has no rank, others have",
                                STR_FMT(n->id));
    hit->fix = STR("add rice: {reach, impact, confidence, effort}");
    return LINT_FOUND;
}
