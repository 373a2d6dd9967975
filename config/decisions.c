#include "config/diag.h"
#include "config/nearest.h"
#include "config/node_rows.h"
#include "core/assume.h"

/* What an event or a decision may be about. */
#define ANY_KIND (~0U)

/* ---- competitors, events, decisions ---- */

static void read_attacks(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct competitor *c = out;

    nodes_read_names(b, value, where, key->key.name, &c->node,
                     KIND(INTENT) | KIND(OBJECTIVE) | KIND(RETIRED), true, &c->attacks);
}

static void whole_competitor(struct binder *b, const struct yaml_node *map,
                             const struct place *where, void *out)
{
    struct competitor *c = out;

    (void)where;
    nodes_whole(b, map, NODE_COMPETITOR, &c->node);
}

static const struct bind_key competitor_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "threat",
             .type = CONF_INT,
             .offset = offsetof(struct competitor, threat),
             .min = 1,
             .max = 5,
             .doc = "1 to 5."}},
    {.key = {.name = "attacks",
             .offset = offsetof(struct competitor, attacks),
             .doc = "Ids of intents or objectives."},
     .form = BIND_CALL,
     .call = read_attacks,
     .schema = IDS_SCHEMA},
    NODE_DATE("evidence", offsetof(struct competitor, evidence),
              "When it was last looked at."),
    NODE_PROSE("note", offsetof(struct competitor, note), "What there is to say."),
    NODE_ROWS("team"),
    {{0}},
};
const struct bind_table competitor_table = {
    .what = "competitor",
    .name = "id",
    .keys = competitor_rows,
    .size = sizeof(struct competitor),
    .whole = whole_competitor,
};

static void read_event_affects(struct binder *b, const struct yaml_node *value,
                               const struct place *where, const struct bind_key *key,
                               void *out)
{
    struct event *e = out;

    nodes_read_names(b, value, where, key->key.name, &e->node, ANY_KIND, true,
                     &e->affects);
}

static void whole_event(struct binder *b, const struct yaml_node *map,
                        const struct place *where, void *out)
{
    struct event *e = out;

    nodes_whole(b, map, NODE_EVENT, &e->node);
    nodes_check_order(b, map, where, "date", e->date, "review_by", e->review_by);
}

#define UPPER_ID                                                                       \
    {                                                                                  \
        .key = {.name = "id",                                                          \
                .offset = NODE(id),                                                    \
                .required = true,                                                      \
                .doc = "Its id, for good; capitals are fine."},                        \
        .form = BIND_ID_UPPER                                                          \
    }
#define NEEDED_DATE(where, text)                                                       \
    {                                                                                  \
        .key = {.name = "date", .offset = where, .required = true, .doc = text},       \
        .form = BIND_DATE                                                              \
    }

static const struct bind_key event_rows[] = {
    UPPER_ID,
    NEEDED_DATE(offsetof(struct event, date), "When it happened."),
    {.key = {.name = "what",
             .type = CONF_STR,
             .offset = NODE(title),
             .required = true,
             .doc = "What happened."}},
    {.key = {.name = "affects",
             .offset = offsetof(struct event, affects),
             .doc = "Ids of what it touches."},
     .form = BIND_CALL,
     .call = read_event_affects,
     .schema = IDS_SCHEMA},
    NODE_DATE("review_by", offsetof(struct event, review_by),
              "When to look at it again."),
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table event_table = {
    .what = "event",
    .name = "id",
    .keys = event_rows,
    .size = sizeof(struct event),
    .whole = whole_event,
};

static void read_decision_affects(struct binder *b, const struct yaml_node *value,
                                  const struct place *where, const struct bind_key *key,
                                  void *out)
{
    struct decision *d = out;

    nodes_read_names(b, value, where, key->key.name, &d->node, ANY_KIND, true,
                     &d->affects);
}

/* The place of a part of a scalar that is written out as it reads. */
static struct yaml_at part_of(const struct yaml_node *e, size_t at, size_t n)
{
    struct yaml_at ret = e->at;
    uint32_t quote = e->plain ? 0 : 1;

    if (e->at.to - e->at.from == e->text.n + 2 * quote && at <= e->text.n) {
        ret.from = e->at.from + quote + (uint32_t)at;
        ret.to = ret.from + (uint32_t)n;
    }
    return ret;
}

static void read_assumption(struct binder *b, const struct yaml_node *e,
                            const struct place *where, struct decision *d)
{
    struct assume as;
    struct yaml_node blamed = *e;
    const char *wrong = NULL;
    size_t at = 0, n = 0;

    if (!assume_parse(e->text, &as, &wrong, &at, &n)) {
        struct nearest near =
            nearest_to(str_first(str_skip(e->text, at), n), !diag_is_full(b->d));

        for (size_t i = 0; assume_functions[i] != NULL; i++) {
            nearest_try(&near, str_of(assume_functions[i]));
        }
        blamed.at = part_of(e, at, n);
        bind_wrong(b, &blamed, nearest_hint(&near, b->scratch), where, "assumes",
                   "must be 'function(id) comparison number': %s", wrong);
        return;
    }
    struct ref ref = {
        .value = e,
        .at = part_of(e, as.id_at, as.id.n),
        .id = as.id,
        .key = "assumes",
        .from = &d->node,
        .kinds = as.kinds,
    };

    if (as.kinds != 0) {
        refs_want(nodes_refs(b), &ref);
    }
}

static void read_assumes(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct decision *d = out;
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    (void)bind_strs(b, value, where, key->key.name, 200, &d->assumes);
    for (; e != NULL; e = value->kind == YAML_SEQ ? e->next : NULL) {
        if (e->kind == YAML_SCALAR && e->text.n > 0) {
            read_assumption(b, e, where, d);
        }
    }
}

static void whole_decision(struct binder *b, const struct yaml_node *map,
                           const struct place *where, void *out)
{
    struct decision *d = out;

    d->node.title = d->chose;
    nodes_whole(b, map, NODE_DECISION, &d->node);
    nodes_check_order(b, map, where, "date", d->date, "review_by", d->review_by);
}

#define DECISION(member) offsetof(struct decision, member)

static const struct bind_key decision_rows[] = {
    UPPER_ID,
    NEEDED_DATE(DECISION(date), "When it was taken."),
    {.key = {.name = "chose",
             .type = CONF_STR,
             .offset = DECISION(chose),
             .required = true,
             .doc = "What was chosen."}},
    {.key = {.name = "rejected",
             .type = CONF_STRS,
             .offset = DECISION(rejected),
             .doc = "What was not."}},
    NODE_PROSE("because", DECISION(because), "Why."),
    {.key = {.name = "affects",
             .offset = DECISION(affects),
             .doc = "Ids of what it touches."},
     .form = BIND_CALL,
     .call = read_decision_affects,
     .schema = IDS_SCHEMA},
    NODE_DATE("review_by", DECISION(review_by), "When to look at it again."),
    {.key = {.name = "assumes",
             .offset = DECISION(assumes),
             .doc = "What must stay true: function(id) comparison number."},
     .form = BIND_CALL,
     .call = read_assumes,
     .schema = IDS_SCHEMA},
    NODE_ROWS("team"),
    {{0}},
};
const struct bind_table decision_table = {
    .what = "decision",
    .name = "id",
    .keys = decision_rows,
    .size = sizeof(struct decision),
    .whole = whole_decision,
};
