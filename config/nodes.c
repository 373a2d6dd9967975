#include "config/nodes.h"

#include "config/diag.h"
#include "config/match_keys.h"
#include "config/nearest.h"
#include "config/node_rows.h"
#include "config/shares.h"
#include "config/url.h"
#include "core/assume.h"

#define KIND(k) STRATEGY_KIND(NODE_##k)
/* What an event or a decision may be about. */
#define ANY_KIND (~0U)

enum { NAMES_MAX = 1000 }; /* in one list of ids */

/* ---- what every node has ---- */

static void read_link(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    struct doc_link *link = out;

    if (bind_str(b, value, where, key->key.name, 1000, &link->url) &&
        !url_is_link(link->url)) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be a link that begins with https:// or http://");
    }
}

static const struct bind_key doc_rows[] = {
    {.key = {.name = "title",
             .type = CONF_STR,
             .offset = offsetof(struct doc_link, title),
             .required = true,
             .doc = "What it is."}},
    {.key = {.name = "url",
             .offset = offsetof(struct doc_link, url),
             .required = true,
             .doc = "Where it is; shown, never fetched."},
     .form = BIND_CALL,
     .call = read_link,
     .schema = "{\"type\": \"string\", \"pattern\": \"^https?://\"}"},
    {{0}},
};
const struct bind_table doc_table = {
    .what = "doc",
    .name = "title",
    .keys = doc_rows,
    .size = sizeof(struct doc_link),
};

const char *const node_visibilities[] = {"team", "company", "board", NULL};

static struct refs *refs_of(const struct binder *b)
{
    const struct nodes_load *l = b->user;

    return l->refs;
}

/* Names of files are kept once each. */
static struct str file_name(struct binder *b, const struct yaml_file *f)
{
    struct nodes_load *l = b->user;

    if (l->file != f) {
        l->file = f;
        l->file_name = arena_str(b->a, f->name);
    }
    return l->file_name;
}

/* Ids that stand in a list: former ones, retired ones. */
void nodes_claim_ids(struct binder *b, const struct yaml_node *list, const char *key)
{
    const struct yaml_node *e = list == NULL             ? NULL
                                : list->kind == YAML_SEQ ? list->first
                                                         : list;
    struct str id;

    for (; e != NULL; e = list->kind == YAML_SEQ ? e->next : NULL) {
        if (e->kind == YAML_SCALAR && e->text.n > 0 &&
            bind_id(b, e, NULL, key, true, &id)) {
            refs_id(refs_of(b), e);
        }
    }
}

void nodes_whole(struct binder *b, const struct yaml_node *map, enum node_kind kind,
                 struct node *n)
{
    n->kind = kind;
    n->file = file_name(b, map->at.file);
    n->line = yaml_line(map->at);
    refs_id(refs_of(b), yaml_get(map, "id"));
    nodes_claim_ids(b, yaml_get(map, "was"), "was");
    refs_owner(refs_of(b), yaml_get(map, "owner"));
}

void nodes_check_order(struct binder *b, const struct yaml_node *map,
                       const struct place *where, const char *from_key,
                       struct date from, const char *to_key, struct date to)
{
    const struct yaml_node *v = yaml_get(map, to_key);

    if (v != NULL && from.year != 0 && to.year != 0 && date_cmp(to, from) < 0) {
        bind_wrong(b, v, STR_NONE, where, to_key, "is before '%s'", from_key);
    }
}

bool nodes_read_file_name(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const char *key, struct str *ret)
{
    if (!bind_str(b, value, where, key, 200, ret)) {
        return false;
    }
    for (size_t i = 0; i < ret->n; i++) {
        if (ret->p[i] == '/' || (unsigned char)ret->p[i] < ' ' || ret->p[0] == '.') {
            bind_wrong(
                b, value, STR_NONE, where, key,
                "must be the name of a file beside the strategy, without a directory");
            return false;
        }
    }
    return true;
}

/* A list of ids, or one. `slots`: an array of pointers to fill in, or NULL. */
static void want_ids(struct binder *b, const struct yaml_node *value, const char *key,
                     const struct node *from, unsigned kinds, bool former_ok,
                     char *slots, size_t slot_size)
{
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;
    size_t i = 0;

    for (; e != NULL; e = value->kind == YAML_SEQ ? e->next : NULL) {
        struct ref ref = {
            .value = e,
            .at = e->at,
            .id = e->text,
            .key = key,
            .from = from,
            .kinds = kinds,
            .former_ok = former_ok,
            .slot = slots == NULL ? NULL : slots + i * slot_size,
        };

        refs_want(refs_of(b), &ref);
        i++;
    }
}

/* False, reported: an id twice in one list, or too many of them. */
static bool check_twice(struct binder *b, const struct yaml_node *value,
                        const char *key, const struct place *where)
{
    struct map *seen = map_create();
    bool ok = seen != NULL;

    if (value->n > NAMES_MAX) {
        bind_wrong(b, value, STR_NONE, where, key, "names more than %d", NAMES_MAX);
        ok = false;
    }
    for (const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : NULL;
         ok && e != NULL; e = e->next) {
        void *old = NULL;

        if (!map_add(seen, e->text, (void *)(uintptr_t)e, &old)) {
            conf_diag_fail(b->d, "out of memory");
            ok = false;
        } else if (old != NULL) {
            bind_wrong(b, e, STR_NONE, where, key, "names '%.*s' twice",
                       STR_FMT(e->text));
            ok = false;
        }
    }
    map_destroy(seen);
    return ok;
}

/* A list of ids into a str_list, wanted of some kinds. */
static void read_names(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const char *key,
                       const struct node *from, unsigned kinds, bool former_ok,
                       struct str_list *ret)
{
    if (bind_strs(b, value, where, key, 64, ret) && check_twice(b, value, key, where)) {
        want_ids(b, value, key, from, kinds, former_ok, NULL, 0);
    }
}

/* ---- vision, intents ---- */

#define VISION(member) offsetof(struct vision, member)

static void whole_vision(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct vision *v = out;

    (void)where;
    v->node.id = STR("vision");
    v->node.title = v->statement;
    nodes_whole(b, map, NODE_VISION, &v->node);
    refs_vision(refs_of(b), map);
}

static const struct bind_key vision_rows[] = {
    NODE_PROSE("statement", VISION(statement),
               "What the world looks like when it has worked."),
    NODE_PROSE("customers", VISION(customers), "For whom."),
    NODE_PROSE("differentiator", VISION(differentiator), "What no other has."),
    {.key = {.name = "will",
             .type = CONF_STRS,
             .offset = VISION(will),
             .doc = "What it includes."}},
    {.key = {.name = "wont",
             .type = CONF_STRS,
             .offset = VISION(wont),
             .doc = "What it excludes."}},
    {.key = {.name = "horizon",
             .type = CONF_STR,
             .offset = VISION(horizon),
             .max = 100,
             .doc = "By when."}},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table vision_table = {
    .what = "vision",
    .keys = vision_rows,
    .size = sizeof(struct vision),
    .whole = whole_vision,
};

static void whole_intent(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct intent *i = out;

    (void)where;
    nodes_whole(b, map, NODE_INTENT, &i->node);
}

static const struct bind_key intent_rows[] = {
    NODE_ID,
    NODE_TITLE,
    NODE_DATE("until", offsetof(struct intent, until), "When it ends."),
    {.key = {.name = "evidence",
             .type = CONF_STRS,
             .offset = offsetof(struct intent, evidence),
             .doc = "What it rests on."}},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table intent_table = {
    .what = "intent",
    .name = "id",
    .keys = intent_rows,
    .size = sizeof(struct intent),
    .whole = whole_intent,
};

/* ---- objectives ---- */

#define OBJECTIVE(member) offsetof(struct objective, member)

static void read_intent(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    struct objective *o = out;
    struct str id;

    if (bind_scalar(b, value, where, key->key.name, &id)) {
        want_ids(b, value, key->key.name, &o->node, KIND(INTENT), false,
                 (char *)&o->intent, sizeof o->intent);
    }
}

/* Key results of all objectives stand in one array, counted beforehand. */
static void read_key_results(struct binder *b, const struct yaml_node *value,
                             const struct place *where, const struct bind_key *key,
                             void *out)
{
    const struct nodes_load *l = b->user;
    struct strategy *s = l->s;

    if (value->kind != YAML_SEQ) {
        bind_wrong(b, value, STR_NONE, where, key->key.name, "must be a list, not %s",
                   yaml_kind_name(value));
        return;
    }
    for (const struct yaml_node *e = value->first; e != NULL; e = e->next) {
        const struct yaml_node *id = yaml_get(e, "id");
        struct place here = {
            "key result", id != NULL && id->kind == YAML_SCALAR ? id->text : STR_NONE,
            where};

        if (e->kind != YAML_MAP) {
            bind_wrong(b, e, STR_NONE, where, key->key.name,
                       "must hold mappings, not %s", yaml_kind_name(e));
        } else if (s->n_key_results < l->cap_key_results) {
            struct key_result *kr = &s->key_results[s->n_key_results++];

            kr->objective = out;
            bind_table_read(b, e, &here, &key_result_table, kr);
        }
    }
}

static void whole_objective(struct binder *b, const struct yaml_node *map,
                            const struct place *where, void *out)
{
    struct objective *o = out;
    struct nodes_load *l = b->user;

    nodes_whole(b, map, NODE_OBJECTIVE, &o->node);
    o->share = yaml_get(map, "share") == NULL ? -1 : o->share;
    nodes_check_order(b, map, where, "from", o->from, "to", o->to);
    l->objectives[l->n_objectives++] = map;
}

static const struct bind_key objective_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "intent",
             .offset = OBJECTIVE(intent),
             .doc = "Id of the intent that it serves."},
     .form = BIND_CALL,
     .call = read_intent,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "share",
             .type = CONF_PERCENT,
             .offset = OBJECTIVE(share),
             .doc = "Planned share of effort."}},
    NODE_DATE("from", OBJECTIVE(from), "First day of its period."),
    NODE_DATE("to", OBJECTIVE(to), "Last day of its period."),
    {.key = {.name = "key_results",
             .offset = OBJECTIVE(node),
             .doc = "How one will know."},
     .form = BIND_CALL,
     .call = read_key_results,
     .table = &key_result_table,
     .list = true},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table objective_table = {
    .what = "objective",
    .name = "id",
    .keys = objective_rows,
    .size = sizeof(struct objective),
    .whole = whole_objective,
};

/* ---- initiatives ---- */

#define INITIATIVE(member) offsetof(struct initiative, member)

static void read_moves(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct initiative *i = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !check_twice(b, value, key->key.name, where)) {
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
    want_ids(b, value, key->key.name, &i->node, KIND(KR), false,
             (char *)&i->moves[0].kr, sizeof i->moves[0]);
}

static void read_needs(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct initiative *i = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !check_twice(b, value, key->key.name, where)) {
        return;
    }
    i->needs = arena_array(b->a, names.n, sizeof(struct team *));
    if (i->needs != NULL) {
        i->n_needs = names.n;
        want_ids(b, value, key->key.name, &i->node, KIND(TEAM), false, (char *)i->needs,
                 sizeof(struct team *));
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
        refs_want(refs_of(b), &ref);
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

#define IDS_SCHEMA                                                                     \
    "{\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"string\"}}"
#define SHARES_SCHEMA                                                                  \
    "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\", "         \
    "\"pattern\": \"^[0-9.]+%$\"}}"

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

/* ---- teams, people ---- */

#define TEAM(member) offsetof(struct team, member)

static void read_team_key_results(struct binder *b, const struct yaml_node *value,
                                  const struct place *where, const struct bind_key *key,
                                  void *out)
{
    struct team *t = out;
    struct str_list names = {0};

    if (!bind_strs(b, value, where, key->key.name, 64, &names) ||
        !check_twice(b, value, key->key.name, where)) {
        return;
    }
    t->key_results = arena_array(b->a, names.n, sizeof(struct key_result *));
    if (t->key_results != NULL) {
        t->n_key_results = names.n;
        want_ids(b, value, key->key.name, &t->node, KIND(KR), false,
                 (char *)t->key_results, sizeof(struct key_result *));
    }
}

static void read_shares(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    static const struct conf_key pairs = {
        .name = "shares", .type = CONF_MAP, .max = 20};
    struct team *t = out;
    struct place here = {"shares", STR_NONE, where};
    double sum = 0;
    size_t bad = 0;

    bind_value(b, value, where, &pairs, &t->shares);
    if (value->kind != YAML_MAP) {
        return;
    }
    for (const struct yaml_node *v = value->first; v != NULL; v = v->next) {
        struct ref ref = {
            .value = v,
            .at = v->key->at,
            .id = v->key->text,
            .key = "shares",
            .from = &t->node,
            .kinds = KIND(OBJECTIVE) | KIND(BUCKET),
        };
        double share = 0;

        if (v->kind != YAML_SCALAR || yaml_is_null(v) ||
            !bind_percent(b, v, &here, arena_str(b->scratch, v->key->text).p, 0, 100,
                          &share)) {
            bad++;
        }
        sum += share;
        refs_want(refs_of(b), &ref);
    }
    if (bad == 0 && !shares_is_whole(sum)) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "add up to %.10g%%, not to 100%%", sum * 100);
    }
}

static void whole_team(struct binder *b, const struct yaml_node *map,
                       const struct place *where, void *out)
{
    struct team *t = out;

    (void)where;
    nodes_whole(b, map, NODE_TEAM, &t->node);
    t->cost_per_person_day =
        yaml_get(map, "cost_per_person_day") == NULL ? -1 : t->cost_per_person_day;
    t->spread = yaml_get(map, "spread") == NULL ? -1 : t->spread;
}

static const struct bind_key team_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "people",
             .type = CONF_INT,
             .offset = TEAM(people),
             .min = 1,
             .max = 100000,
             .doc = "How many."}},
    {.key = {.name = "tracked",
             .type = CONF_BOOL,
             .offset = TEAM(tracked),
             .dflt = "true",
             .doc = "false: it has no tracker of its own."}},
    {.key = {.name = "key_results",
             .offset = TEAM(key_results),
             .doc = "Ids of its key results."},
     .form = BIND_CALL,
     .call = read_team_key_results,
     .schema = IDS_SCHEMA},
    NODE_NUMBER("cost_per_person_day", TEAM(cost_per_person_day), 0, 1000000,
                "Its rate."),
    NODE_NUMBER("spread", TEAM(spread), 1, 1000,
                "Initiatives that it may work on at a time."),
    {.key = {.name = "shares",
             .offset = TEAM(shares),
             .doc = "Its own plan: objectives and buckets with percentages."},
     .form = BIND_CALL,
     .call = read_shares,
     .schema = SHARES_SCHEMA},
    {.key = {.name = "match", .offset = TEAM(match), .doc = "Which items are its own."},
     .form = BIND_TABLE,
     .table = &match_table},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table team_table = {
    .what = "team",
    .name = "id",
    .keys = team_rows,
    .size = sizeof(struct team),
    .whole = whole_team,
};

#define PERSON(member) offsetof(struct person, member)

/* FROM/TO, both days included. */
static bool is_period(struct str s)
{
    struct str from, to;
    struct date a, b;
    ptrdiff_t slash = str_chr(s, '/');

    if (slash < 0) {
        return false;
    }
    from = str_first(s, (size_t)slash);
    to = str_skip(s, (size_t)slash + 1);
    return date_parse(from, &a) && date_parse(to, &b) && date_cmp(a, b) <= 0;
}

static void read_away(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    struct person *p = out;
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    if (!bind_strs(b, value, where, key->key.name, 64, &p->away)) {
        return;
    }
    for (; e != NULL; e = value->kind == YAML_SEQ ? e->next : NULL) {
        if (!is_period(e->text)) {
            bind_wrong(b, e, STR_NONE, where, key->key.name,
                       "must hold periods such as 2026-12-21/2027-01-04, not '%.*s'",
                       STR_FMT(e->text));
        }
    }
}

static void whole_person(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    (void)where;
    (void)out;
    refs_person(refs_of(b), yaml_get(map, "id"));
}

#define HANDLE(key_name, member, text)                                                 \
    {                                                                                  \
        .key = {                                                                       \
            .name = key_name,                                                          \
            .type = CONF_STR,                                                          \
            .offset = PERSON(member),                                                  \
            .max = 200,                                                                \
            .doc = text                                                                \
        }                                                                              \
    }

static const struct bind_key person_rows[] = {
    {.key = {.name = "id",
             .offset = PERSON(id),
             .required = true,
             .doc = "What owners are called in this file."},
     .form = BIND_ID},
    HANDLE("name", name, "Full name."),
    HANDLE("slack", slack, "Slack member id, for mentions."),
    HANDLE("github", github, "GitHub login."),
    HANDLE("jira", jira, "Jira account id, or user name on Data Center."),
    HANDLE("email", email, "E-mail address."),
    {.key = {.name = "fte",
             .offset = PERSON(fte),
             .dflt = "1",
             .min = 0,
             .max = 1,
             .doc = "Part of full time."},
     .form = BIND_NUMBER},
    {.key = {.name = "away",
             .offset = PERSON(away),
             .doc = "Periods FROM/TO, both included."},
     .form = BIND_CALL,
     .call = read_away,
     .schema = IDS_SCHEMA},
    {{0}},
};
const struct bind_table person_table = {
    .what = "person",
    .name = "id",
    .keys = person_rows,
    .size = sizeof(struct person),
    .whole = whole_person,
};

/* ---- competitors, events, decisions ---- */

static void read_attacks(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct competitor *c = out;

    read_names(b, value, where, key->key.name, &c->node,
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

    read_names(b, value, where, key->key.name, &e->node, ANY_KIND, true, &e->affects);
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

    read_names(b, value, where, key->key.name, &d->node, ANY_KIND, true, &d->affects);
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
        refs_want(refs_of(b), &ref);
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
