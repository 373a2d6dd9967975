#include "core/strategy_field.h"

/*
 * Closed rows are those that GET /v1/strategy does not answer. What a file can set and
 * no row has is listed, with the reason, in tests/unit/test_strategy_diff.c.
 */

/* ---- values that no row type has ---- */

static void put_intent(struct diff *d, const void *node, bool is_old,
                       struct field_value *v)
{
    const struct objective *o = node;

    if (o->intent != NULL) {
        field_push(d, v, diff_id(d, o->intent->node.id, is_old), o->intent->node.id);
    }
}

static void put_objective(struct diff *d, const void *node, bool is_old,
                          struct field_value *v)
{
    struct str id = ((const struct key_result *)node)->objective->node.id;

    field_push(d, v, diff_id(d, id, is_old), id);
}

static void put_moves(struct diff *d, const void *node, bool is_old,
                      struct field_value *v)
{
    const struct initiative *in = node;

    for (size_t i = 0; i < in->n_moves; i++) {
        struct str id = in->moves[i].kr->node.id;

        field_push(d, v, diff_id(d, id, is_old), id);
    }
}

/* All on the main one is what `moves` alone says. */
static void put_weights(struct diff *d, const void *node, bool is_old,
                        struct field_value *v)
{
    const struct initiative *in = node;

    if (in->n_moves == 0 || in->moves[0].weight > 0.999999) {
        return;
    }
    for (size_t i = 0; i < in->n_moves; i++) {
        struct str id = in->moves[i].kr->node.id, now = diff_id(d, id, is_old);
        double percent = in->moves[i].weight * 100;

        field_push(d, v,
                   arena_printf(d->scratch, "%.*s %.10g%%", STR_FMT(now), percent),
                   arena_printf(d->scratch, "%.*s %.10g%%", STR_FMT(id), percent));
    }
}

static void put_needs(struct diff *d, const void *node, bool is_old,
                      struct field_value *v)
{
    const struct initiative *in = node;

    for (size_t i = 0; i < in->n_needs; i++) {
        struct str id = in->needs[i]->node.id;

        field_push(d, v, diff_id(d, id, is_old), id);
    }
}

static void put_team_key_results(struct diff *d, const void *node, bool is_old,
                                 struct field_value *v)
{
    const struct team *t = node;

    for (size_t i = 0; i < t->n_key_results; i++) {
        struct str id = t->key_results[i]->node.id;

        field_push(d, v, diff_id(d, id, is_old), id);
    }
}

/* The rest is closed: only whether it is the same counts. */

static void put_team_shares(struct diff *d, const void *node, bool is_old,
                            struct field_value *v)
{
    const struct team *t = node;

    for (size_t i = 0; i < t->shares.n; i++) {
        struct str id = diff_id(d, t->shares.v[i].key, is_old);

        field_push(d, v,
                   arena_printf(d->scratch, "%.*s %.*s", STR_FMT(id),
                                STR_FMT(t->shares.v[i].value)),
                   id);
    }
}

static void put_rice(struct diff *d, const void *node, bool is_old UNUSED,
                     struct field_value *v)
{
    const struct initiative *in = node;

    if (in->has_rice) {
        field_push(d, v,
                   arena_printf(d->scratch, "%.15g %.15g %.15g %.15g", in->rice.reach,
                                in->rice.impact, in->rice.confidence,
                                in->rice.effort_days),
                   STR_NONE);
    }
}

static void put_costs(struct diff *d, const void *node, bool is_old UNUSED,
                      struct field_value *v)
{
    const struct initiative *in = node;

    for (size_t i = 0; i < in->n_costs; i++) {
        const struct cost *c = &in->costs[i];

        field_push(d, v,
                   arena_printf(d->scratch, "%.*s %.15g %d", STR_FMT(c->what),
                                c->amount, c->monthly),
                   STR_NONE);
    }
}

static void put_pace(struct diff *d, const void *node, bool is_old UNUSED,
                     struct field_value *v)
{
    const struct key_result *kr = node;
    struct date after = kr->pace_after;

    field_push(d, v,
               arena_printf(d->scratch, "%d %d-%d-%d", (int)kr->pace, after.year,
                            after.month, after.day),
               STR_NONE);
    for (size_t i = 0; i < kr->n_milestones; i++) {
        const struct kr_milestone *m = &kr->milestones[i];

        field_push(d, v,
                   arena_printf(d->scratch, "%d-%d-%d %.15g", m->date.year,
                                m->date.month, m->date.day, m->value),
                   STR_NONE);
    }
}

/* ---- rows ---- */

#define ROW(row_name, row_words, row_type, offset)                                     \
    .name = row_name, .words = row_words, .type = row_type, .at = offset,              \
    .change = CHANGE_CHANGED
#define OPEN(row_name, row_words, row_type, offset)                                    \
    {                                                                                  \
        ROW(row_name, row_words, row_type, offset)                                     \
    }
#define CLOSED(row_name, row_words, row_type, offset)                                  \
    {                                                                                  \
        ROW(row_name, row_words, row_type, offset), .closed = true                     \
    }
#define CALL(row_name, row_words, function, of)                                        \
    {                                                                                  \
        .name = row_name, .words = row_words, .type = FIELD_CALL, .call = function,    \
        .change = of                                                                   \
    }
#define CALL_CLOSED(row_name, row_words, function)                                     \
    {                                                                                  \
        .name = row_name, .words = row_words, .type = FIELD_CALL, .call = function,    \
        .change = CHANGE_CHANGED, .closed = true                                       \
    }
#define MATCH(key, in_words, offset)                                                   \
    CLOSED(key ".labels", in_words " (labels)", FIELD_TEXTS,                           \
           (offset) + offsetof(struct match_spec, labels)),                            \
        CLOSED(key ".types", in_words " (types)", FIELD_TEXTS,                         \
               (offset) + offsetof(struct match_spec, types)),                         \
        CLOSED(key ".milestones", in_words " (milestones)", FIELD_TEXTS,               \
               (offset) + offsetof(struct match_spec, milestones)),                    \
        CLOSED(key ".fix_versions", in_words " (fix versions)", FIELD_TEXTS,           \
               (offset) + offsetof(struct match_spec, fix_versions)),                  \
        CLOSED(key ".components", in_words " (components)", FIELD_TEXTS,               \
               (offset) + offsetof(struct match_spec, components)),                    \
        CLOSED(key ".projects", in_words " (projects)", FIELD_TEXTS,                   \
               (offset) + offsetof(struct match_spec, projects)),                      \
        CLOSED(key ".repos", in_words " (repositories)", FIELD_TEXTS,                  \
               (offset) + offsetof(struct match_spec, repos)),                         \
        CLOSED(key ".text", in_words " (words)", FIELD_TEXTS,                          \
               (offset) + offsetof(struct match_spec, text)),                          \
        CLOSED(key ".fields", in_words " (fields)", FIELD_MATCHES, offset)

static const char *const visibilities[] = {"team", "company", "board"};
static const char *const kr_kinds[] = {"reach", "keep", "done"};
static const char *const statuses[] = {"proposed", "active", "paused", "done",
                                       "dropped"};

#define NODE_TITLE(key)                                                                \
    {                                                                                  \
        .name = key, .words = "renamed", .type = FIELD_TEXT,                           \
        .at = offsetof(struct node, title), .change = CHANGE_RENAMED                   \
    }
/* A node is the first member of each. Who may see it is told: it is no content. */
#define NODE_FIELDS                                                                    \
    OPEN("why", "why", FIELD_PROSE, offsetof(struct node, why)),                       \
        OPEN("owner", "owner", FIELD_TEXT, offsetof(struct node, owner)),              \
        {ROW("docs", "documents", FIELD_DOCS, offsetof(struct node, docs)),            \
         .has = offsetof(struct node, n_docs)},                                        \
    {                                                                                  \
        ROW("visibility", "visibility", FIELD_ENUM,                                    \
            offsetof(struct node, visibility)),                                        \
            .names = visibilities                                                      \
    }

const struct field strategy_fields[] = {
    {.name = "name",
     .words = "the strategy renamed",
     .type = FIELD_TEXT,
     .at = offsetof(struct strategy, name),
     .change = CHANGE_RENAMED},
    OPEN("review_by", "review of the whole", FIELD_DATE,
         offsetof(struct strategy, review_by)),
    CLOSED("currency", "currency", FIELD_TEXT, offsetof(struct strategy, currency)),
    {ROW("docs", "documents of the strategy", FIELD_DOCS,
         offsetof(struct strategy, docs)),
     .has = offsetof(struct strategy, n_docs), .closed = true},
    CLOSED("check_ins", "file of check-ins", FIELD_TEXT,
           offsetof(struct strategy, check_ins)),
    {.name = NULL},
};

const struct field vision_fields[] = {
    OPEN("statement", "statement", FIELD_PROSE, offsetof(struct vision, statement)),
    OPEN("customers", "customers", FIELD_PROSE, offsetof(struct vision, customers)),
    OPEN("differentiator", "differentiator", FIELD_PROSE,
         offsetof(struct vision, differentiator)),
    OPEN("will", "will", FIELD_TEXTS, offsetof(struct vision, will)),
    OPEN("wont", "won't", FIELD_TEXTS, offsetof(struct vision, wont)),
    OPEN("horizon", "horizon", FIELD_TEXT, offsetof(struct vision, horizon)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field intent_fields[] = {
    NODE_TITLE("title"),
    OPEN("until", "end", FIELD_DATE, offsetof(struct intent, until)),
    OPEN("evidence", "evidence", FIELD_TEXTS, offsetof(struct intent, evidence)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field objective_fields[] = {
    NODE_TITLE("title"),
    CALL("intent", "intent", put_intent, CHANGE_MOVED),
    OPEN("share", "planned share", FIELD_PERCENT, offsetof(struct objective, share)),
    OPEN("from", "first day", FIELD_DATE, offsetof(struct objective, from)),
    OPEN("to", "last day", FIELD_DATE, offsetof(struct objective, to)),
    NODE_FIELDS,
    {.name = NULL},
};

#define KR(member) offsetof(struct key_result, member)
#define TARGET(key, in_words, row_type, offset)                                        \
    .name = key, .words = in_words, .type = row_type, .at = offset,                    \
    .change = CHANGE_RETARGETED

const struct field key_result_fields[] = {
    NODE_TITLE("title"),
    CALL("objective", "objective", put_objective, CHANGE_MOVED),
    {TARGET("kind", "kind", FIELD_ENUM, KR(kind)), .names = kr_kinds},
    {TARGET("baseline", "baseline", FIELD_NUMBER, KR(baseline)),
     .has = KR(has_baseline)},
    {TARGET("target", "target", FIELD_NUMBER, KR(target)), .has = KR(has_target)},
    {TARGET("at_least", "at least", FIELD_NUMBER, KR(at_least)),
     .has = KR(has_at_least)},
    {TARGET("at_most", "at most", FIELD_NUMBER, KR(at_most)), .has = KR(has_at_most)},
    {TARGET("by", "date", FIELD_DATE, KR(by))},
    OPEN("start", "first day", FIELD_DATE, KR(start)),
    OPEN("unit", "unit", FIELD_TEXT, KR(unit)),
    CALL_CLOSED("pace", "pace", put_pace),
    CLOSED("lag", "lag", FIELD_SPAN, KR(lag)),
    CLOSED("check_in", "time between check-ins", FIELD_SPAN, KR(check_in)),
    CLOSED("value.from", "value (source)", FIELD_TEXT, KR(value_source)),
    CLOSED("value.query", "value (query)", FIELD_TEXT, KR(value_query)),
    CLOSED("value.pointer", "value (pointer)", FIELD_TEXT, KR(value_pointer)),
    CLOSED("value.csv", "value (file)", FIELD_TEXT, KR(value_csv)),
    CLOSED("value.row", "value (row)", FIELD_TEXT, KR(value_row)),
    CLOSED("value.column", "value (column)", FIELD_TEXT, KR(value_column)),
    CLOSED("value.count", "value (count)", FIELD_TEXT, KR(value_count)),
    MATCH("value.items", "counted items", KR(value_items)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field initiative_fields[] = {
    NODE_TITLE("title"),
    OPEN("problem", "problem", FIELD_PROSE, offsetof(struct initiative, problem)),
    CALL("moves", "moves", put_moves, CHANGE_MOVED),
    {.name = "weights",
     .words = "weights",
     .type = FIELD_CALL,
     .call = put_weights,
     .change = CHANGE_CHANGED,
     .whole = true},
    {ROW("status", "status", FIELD_ENUM, offsetof(struct initiative, status)),
     .names = statuses},
    OPEN("start", "first day", FIELD_DATE, offsetof(struct initiative, start)),
    OPEN("due", "due date", FIELD_DATE, offsetof(struct initiative, due)),
    CALL_CLOSED("rice", "estimate (RICE)", put_rice),
    CALL("needs", "needed teams", put_needs, CHANGE_CHANGED),
    CALL_CLOSED("costs", "costs", put_costs),
    OPEN("tracker", "items in the tracker", FIELD_TEXTS,
         offsetof(struct initiative, tracker)),
    MATCH("match", "match", offsetof(struct initiative, match)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field bucket_fields[] = {
    NODE_TITLE("title"),
    OPEN("share", "planned share", FIELD_PERCENT, offsetof(struct bucket, share)),
    MATCH("match", "match", offsetof(struct bucket, match)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field team_fields[] = {
    NODE_TITLE("title"),
    CLOSED("people", "number of people", FIELD_COUNT, offsetof(struct team, people)),
    OPEN("tracked", "tracked", FIELD_BOOL, offsetof(struct team, tracked)),
    CALL("key_results", "key results", put_team_key_results, CHANGE_CHANGED),
    CLOSED("cost_per_person_day", "rate", FIELD_AMOUNT,
           offsetof(struct team, cost_per_person_day)),
    CLOSED("spread", "spread", FIELD_AMOUNT, offsetof(struct team, spread)),
    CALL_CLOSED("shares", "own plan", put_team_shares),
    MATCH("match", "match", offsetof(struct team, match)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field not_doing_fields[] = {
    NODE_TITLE("title"),
    MATCH("match", "match", offsetof(struct not_doing, match)),
    NODE_FIELDS,
    {.name = NULL},
};

/* ---- kinds of which nothing but ids is told ---- */

const struct field competitor_fields[] = {
    NODE_TITLE("title"),
    OPEN("threat", "threat", FIELD_COUNT, offsetof(struct competitor, threat)),
    OPEN("attacks", "what it attacks", FIELD_IDS, offsetof(struct competitor, attacks)),
    OPEN("evidence", "date of evidence", FIELD_DATE,
         offsetof(struct competitor, evidence)),
    OPEN("note", "note", FIELD_PROSE, offsetof(struct competitor, note)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field event_fields[] = {
    OPEN("what", "what happened", FIELD_TEXT, offsetof(struct node, title)),
    OPEN("date", "date", FIELD_DATE, offsetof(struct event, date)),
    OPEN("affects", "what it touches", FIELD_IDS, offsetof(struct event, affects)),
    OPEN("review_by", "review", FIELD_DATE, offsetof(struct event, review_by)),
    NODE_FIELDS,
    {.name = NULL},
};

const struct field decision_fields[] = {
    OPEN("chose", "choice", FIELD_TEXT, offsetof(struct decision, chose)),
    OPEN("date", "date", FIELD_DATE, offsetof(struct decision, date)),
    OPEN("rejected", "what was rejected", FIELD_TEXTS,
         offsetof(struct decision, rejected)),
    OPEN("because", "reason", FIELD_PROSE, offsetof(struct decision, because)),
    OPEN("affects", "what it touches", FIELD_IDS, offsetof(struct decision, affects)),
    OPEN("review_by", "review", FIELD_DATE, offsetof(struct decision, review_by)),
    OPEN("assumes", "assumptions", FIELD_TEXTS, offsetof(struct decision, assumes)),
    NODE_FIELDS,
    {.name = NULL},
};
