#include "config/match_keys.h"
#include "config/node_rows.h"
#include "config/shares.h"

/* ---- initiatives ---- */

#define INITIATIVE(member) offsetof(struct initiative, member)

static void read_moves(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct initiative *i = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !nodes_check_twice(b, value, key->key.name, where)) {
        return;
    }
    i->moves = arena_array(b->a, names.n, sizeof *i->moves);
    if (i->moves == NULL) {
        return;
    }
    i->n_moves = names.n;
    if (names.n > 0) {
        i->moves[0].weight = 1; /* the main one; `weights` says otherwise */
    }
    nodes_want_ids(b, value, key->key.name, &i->node, KIND(KR), false,
                   (char *)&i->moves[0].kr, sizeof i->moves[0]);
}

static void read_needs(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct initiative *i = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !nodes_check_twice(b, value, key->key.name, where)) {
        return;
    }
    i->needs = arena_array(b->a, names.n, sizeof(struct team *));
    if (i->needs != NULL) {
        i->n_needs = names.n;
        nodes_want_ids(b, value, key->key.name, &i->node, KIND(TEAM), false,
                       (char *)i->needs, sizeof(struct team *));
    }
}

/* Bound as a whole, since it needs `moves`: see whole_initiative. */
static void read_nothing(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    (void)b;
    (void)value;
    (void)where;
    (void)key;
    (void)out;
}

static size_t index_in(const struct yaml_node *moves, struct str id)
{
    const struct yaml_node *e = moves->kind == YAML_SEQ ? moves->first : moves;
    size_t i = 0;

    for (; e != NULL && !str_eq(e->text, id);
         e = moves->kind == YAML_SEQ ? e->next : NULL) {
        i++;
    }
    return i;
}

/* With `moves` the weights are of what it names, in its order; alone they name it. */
static void set_weight(struct binder *b, const struct yaml_node *moves,
                       const struct yaml_node *w, const struct place *where,
                       struct initiative *i, size_t nth, double weight)
{
    size_t at = moves == NULL ? nth : index_in(moves, w->key->text);
    struct ref ref = {
        .value = w,
        .at = w->key->at,
        .id = w->key->text,
        .key = "weights",
        .from = &i->node,
        .kinds = KIND(KR),
    };

    if (at >= i->n_moves) {
        bind_error(b, w->key->at, STR_NONE, where,
                   "'%.*s' has a weight but is not in 'moves'", STR_FMT(w->key->text));
        return;
    }
    i->moves[at].weight = weight;
    if (moves == NULL) {
        ref.slot = &i->moves[at].kr;
        refs_want(nodes_refs(b), &ref);
    }
}

static void bind_weights(struct binder *b, const struct yaml_node *map,
                         const struct yaml_node *weights, const struct place *where,
                         struct initiative *i)
{
    const struct yaml_node *moves = yaml_get(map, "moves");
    struct place here = {"weights", STR_NONE, where};
    double sum = 0;
    size_t nth = 0;
    bool ok = true;

    if (!bind_is_map(b, weights, where, "weights")) {
        return;
    }
    if (moves == NULL) {
        i->moves = arena_array(b->a, weights->n, sizeof *i->moves);
        i->n_moves = i->moves == NULL ? 0 : weights->n;
    } else if (i->n_moves > 0) {
        i->moves[0].weight = 0;
    }
    for (const struct yaml_node *w = weights->first; w != NULL; w = w->next) {
        double weight = 0;

        if (!bind_percent(b, w, &here, arena_str(b->scratch, w->key->text).p, 0, 100,
                          &weight)) {
            ok = false;
            continue;
        }
        sum += weight;
        set_weight(b, moves, w, where, i, nth++, weight);
    }
    if (ok && !shares_is_whole(sum)) {
        bind_wrong(b, weights, STR_NONE, where, "weights",
                   "add up to %.10g%%, not to 100%%", sum * 100);
    }
}

static void whole_initiative(struct binder *b, const struct yaml_node *map,
                             const struct place *where, void *out)
{
    struct initiative *i = out;
    const struct yaml_node *weights = yaml_get(map, "weights");

    nodes_whole(b, map, NODE_INITIATIVE, &i->node);
    i->has_rice = yaml_get(map, "rice") != NULL;
    nodes_check_order(b, map, where, "start", i->start, "due", i->due);
    if (weights != NULL) {
        bind_weights(b, map, weights, where, i);
    }
}

static void read_effort(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    static const struct conf_key span_key = {
        .name = "effort", .type = CONF_SPAN, .min = 3600000};
    double *days = (double *)(void *)((char *)out + key->key.offset);
    struct span s = {0};

    bind_value(b, value, where, &span_key, &s);
    *days = s.wd > 0 ? (double)s.wd : (double)s.ms / 86400000.0;
}

static const struct bind_key rice_rows[] = {
    NODE_NUMBER("reach", BIND_WITHIN(struct initiative, rice, reach), 0,
                INT64_C(1000000000000), "How many it reaches in a period."),
    NODE_NUMBER("impact", BIND_WITHIN(struct initiative, rice, impact), 0, 1000000,
                "How much for each."),
    {.key = {.name = "confidence",
             .type = CONF_PERCENT,
             .offset = BIND_WITHIN(struct initiative, rice, confidence),
             .required = true,
             .doc = "How sure that is."}},
    {.key = {.name = "effort",
             .offset = BIND_WITHIN(struct initiative, rice, effort_days),
             .required = true,
             .doc = "Person-days, such as 30d."},
     .form = BIND_CALL,
     .call = read_effort,
     .schema = "{\"type\": \"string\"}"},
    {{0}},
};
static const struct bind_table rice_table = {.what = "rice", .keys = rice_rows};

static void read_per(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct bind_key *key, void *out)
{
    static const char *const choices[] = {"once", "month", NULL};
    struct cost *c = out;
    int i;

    if (bind_choice(b, value, where, key->key.name, choices, &i)) {
        c->monthly = i == 1;
    }
}

static const struct bind_key cost_rows[] = {
    {.key = {.name = "what",
             .type = CONF_STR,
             .offset = offsetof(struct cost, what),
             .required = true,
             .doc = "What is paid for."}},
    {.key = {.name = "amount",
             .offset = offsetof(struct cost, amount),
             .required = true,
             .min = 0,
             .max = INT64_C(1000000000000),
             .doc = "In the currency of the strategy."},
     .form = BIND_NUMBER},
    {.key = {.name = "per",
             .offset = offsetof(struct cost, monthly),
             .dflt = "once",
             .doc = "once or month."},
     .form = BIND_CALL,
     .call = read_per,
     .schema = "{\"enum\": [\"once\", \"month\"]}"},
    {{0}},
};
static const struct bind_table cost_table = {
    .what = "cost",
    .name = "what",
    .keys = cost_rows,
    .size = sizeof(struct cost),
};

static const char *const statuses[] = {"proposed", "active",  "paused",
                                       "done",     "dropped", NULL};

static const struct bind_key initiative_rows[] = {
    NODE_ID,
    NODE_TITLE,
    NODE_PROSE("problem", INITIATIVE(problem), "What is wrong today."),
    {.key = {.name = "moves",
             .offset = INITIATIVE(moves),
             .doc = "Ids of the key results that it moves, the main one first."},
     .form = BIND_CALL,
     .call = read_moves,
     .schema = IDS_SCHEMA},
    {.key = {.name = "weights",
             .offset = INITIATIVE(n_moves),
             .doc = "Key results with the part of the effort that counts for each."},
     .form = BIND_CALL,
     .call = read_nothing,
     .schema = SHARES_SCHEMA},
    {.key = {.name = "status",
             .type = CONF_ENUM,
             .offset = INITIATIVE(status),
             .dflt = "active",
             .choices = statuses,
             .doc = "How it stands."}},
    NODE_DATE("start", INITIATIVE(start), "When work begins."),
    NODE_DATE("due", INITIATIVE(due), "When it is to be done."),
    {.key = {.name = "rice",
             .offset = INITIATIVE(rice),
             .doc = "Reach, impact, confidence, effort."},
     .form = BIND_TABLE,
     .table = &rice_table},
    {.key = {.name = "needs",
             .offset = INITIATIVE(needs),
             .doc = "Ids of teams that must have work in it."},
     .form = BIND_CALL,
     .call = read_needs,
     .schema = IDS_SCHEMA},
    {.key = {.name = "costs",
             .offset = INITIATIVE(costs),
             .doc = "What it costs beside work."},
     .form = BIND_LIST,
     .table = &cost_table,
     .n_offset = INITIATIVE(n_costs)},
    {.key = {.name = "tracker",
             .type = CONF_STRS,
             .offset = INITIATIVE(tracker),
             .doc =
                 "Keys of items that stand for it; what is below them inherits it."}},
    {.key = {.name = "match",
             .offset = INITIATIVE(match),
             .doc = "Which items belong to it."},
     .form = BIND_TABLE,
     .table = &match_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table initiative_table = {
    .what = "initiative",
    .name = "id",
    .keys = initiative_rows,
    .size = sizeof(struct initiative),
    .whole = whole_initiative,
};

/* ---- buckets, not_doing ---- */

static void whole_bucket(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct bucket *bucket = out;

    (void)where;
    nodes_whole(b, map, NODE_BUCKET, &bucket->node);
    bucket->share = yaml_get(map, "share") == NULL ? -1 : bucket->share;
}

static const struct bind_key bucket_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "share",
             .type = CONF_PERCENT,
             .offset = offsetof(struct bucket, share),
             .doc = "Planned share of all effort."}},
    {.key = {.name = "match",
             .offset = offsetof(struct bucket, match),
             .doc = "Which items belong to it when nothing else claims them."},
     .form = BIND_TABLE,
     .table = &match_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table bucket_table = {
    .what = "bucket",
    .name = "id",
    .keys = bucket_rows,
    .size = sizeof(struct bucket),
    .whole = whole_bucket,
};

static void whole_not_doing(struct binder *b, const struct yaml_node *map,
                            const struct place *where, void *out)
{
    struct not_doing *n = out;

    (void)where;
    nodes_whole(b, map, NODE_NOT_DOING, &n->node);
}

static const struct bind_key not_doing_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "match",
             .offset = offsetof(struct not_doing, match),
             .doc = "Which items would be it."},
     .form = BIND_TABLE,
     .table = &match_text_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table not_doing_table = {
    .what = "entry of not_doing",
    .name = "id",
    .keys = not_doing_rows,
    .size = sizeof(struct not_doing),
    .whole = whole_not_doing,
};
