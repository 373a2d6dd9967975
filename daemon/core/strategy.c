#include "core/strategy.h"

#include "core/textkey.h"

const char *node_kind_name(enum node_kind k)
{
    switch (k) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        NODE_KINDS(X)
#undef X
    }
    return "?";
}

struct strategy *strategy_ref(struct strategy *s)
{
    if (s != NULL) {
        (void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    }
    return s;
}

void strategy_unref(struct strategy *s)
{
    /* Release: what others did with it is over; acquire: before it is freed. */
    if (s != NULL && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        map_destroy(s->by_id);
        arena_destroy(s->a);
    }
}

static bool add_id(struct strategy *s, struct node *n, struct str id)
{
    void *old;

    return map_add(s->by_id, text_key(s->a, id), n, &old) && !arena_failed(s->a);
}

static bool add_former(struct strategy *s, struct node *n)
{
    for (size_t i = 0; i < n->was.n; i++) {
        if (!add_id(s, n, n->was.v[i])) {
            return false;
        }
    }
    return true;
}

/* Calls `fn` for every node of every list until it fails. */
static bool each_node(struct strategy *s,
                      bool (*fn)(struct strategy *s, struct node *n))
{
    if (s->vision != NULL && !fn(s, &s->vision->node)) {
        return false;
    }
#define EACH(list)                                                                     \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        if (!fn(s, &s->list[i].node)) {                                                \
            return false;                                                              \
        }                                                                              \
    }
    EACH(intents)
    EACH(objectives)
    EACH(key_results)
    EACH(initiatives)
    EACH(buckets)
    EACH(teams)
    EACH(not_doing)
    EACH(competitors)
    EACH(events)
    EACH(decisions)
#undef EACH
    return true;
}

static bool add_present(struct strategy *s, struct node *n)
{
    return add_id(s, n, n->id);
}

static bool add_retired(struct strategy *s)
{
    struct node *nodes = arena_array(s->a, s->retired.n, sizeof *nodes);

    if (nodes == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->retired.n; i++) {
        nodes[i] = (struct node){
            .kind = NODE_RETIRED,
            .id = s->retired.v[i],
            .visibility = VIS_COMPANY,
        };
        if (!add_id(s, &nodes[i], nodes[i].id)) {
            return false;
        }
    }
    return true;
}

bool strategy_index(struct strategy *s, struct err *e)
{
    s->by_id = map_create();
    /* What exists now wins over what an id once meant. */
    if (s->by_id == NULL || !each_node(s, add_present) || !each_node(s, add_former) ||
        !add_retired(s)) {
        map_destroy(s->by_id);
        s->by_id = NULL;
        return err_nomem(e);
    }
    return true;
}

const struct node *strategy_find(const struct strategy *s, struct str id)
{
    char mem[TEXT_KEY_ID];
    struct str key;

    return text_key_id(mem, id, &key) ? map_get(s->by_id, key) : NULL;
}

const struct initiative *strategy_initiative(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == NODE_INITIATIVE ? (const struct initiative *)n
                                                   : NULL;
}

const struct person *strategy_person(const struct strategy *s, struct str id)
{
    char mem[TEXT_KEY_ID];
    struct str key;

    if (!text_key_id(mem, id, &key)) {
        return NULL;
    }
    for (size_t i = 0; i < s->n_people; i++) {
        char other_mem[TEXT_KEY_ID];
        struct str other;

        if (text_key_id(other_mem, s->people[i].id, &other) && str_eq(key, other)) {
            return &s->people[i];
        }
    }
    return NULL;
}

const struct node *strategy_nearest_of(const struct strategy *s, struct str id,
                                       unsigned kinds)
{
    char mem[TEXT_KEY_ID];
    struct str key;
    const struct node *best = NULL;

    if (!text_key_id(mem, id, &key)) {
        return NULL;
    }
    unsigned limit = key.n / 3 > 2 ? (unsigned)(key.n / 3) : 2;

    for (size_t i = 0; i < map_count(s->by_id); i++) {
        struct str known;
        void *value;

        map_at(s->by_id, i, &known, &value);
        const struct node *n = value;
        unsigned d;

        if ((kinds & STRATEGY_KIND(n->kind)) == 0) {
            continue;
        }
        d = text_distance(key, known, limit);
        /* Short ids: two letters of three are not a slip of the pen. */
        if (d <= limit && 2 * d <= known.n) {
            best = n;
            if (d == 0) {
                break;
            }
            limit = d - 1;
        }
    }
    return best;
}

const struct node *strategy_nearest(const struct strategy *s, struct str id)
{
    return strategy_nearest_of(s, id, ~STRATEGY_KIND(NODE_RETIRED));
}

bool objective_is_running(const struct objective *o, struct date today)
{
    return (o->from.year == 0 || date_cmp(o->from, today) <= 0) &&
           (o->to.year == 0 || date_cmp(today, o->to) <= 0);
}
