#include "core/strategy_part.h"

#include "base/hash.h"

/* ---- numbers ---- */

static void put_int(uint64_t *h, int64_t v)
{
    *h = hash64(&v, sizeof v, *h);
}

static void put_real(uint64_t *h, double v)
{
    *h = hash64(&v, sizeof v, *h);
}

/* With its length, so that "ab" and "c" are not "a" and "bc". */
static void put_str(uint64_t *h, struct str s)
{
    put_int(h, (int64_t)s.n);
    *h = hash64(s.p, s.n, *h);
}

static void put_date(uint64_t *h, struct date d)
{
    put_int(h, ((int64_t)d.year * 100 + d.month) * 100 + d.day);
}

static void put_list(uint64_t *h, const struct str_list *l)
{
    put_int(h, (int64_t)l->n);
    for (size_t i = 0; i < l->n; i++) {
        put_str(h, l->v[i]);
    }
}

static void put_match(uint64_t *h, const struct match_spec *m)
{
    put_list(h, &m->labels);
    put_list(h, &m->types);
    put_list(h, &m->milestones);
    put_list(h, &m->fix_versions);
    put_list(h, &m->components);
    put_list(h, &m->projects);
    put_list(h, &m->repos);
    put_list(h, &m->text);
    put_int(h, (int64_t)m->n_fields);
    for (size_t i = 0; i < m->n_fields; i++) {
        put_str(h, m->fields[i].name);
        put_list(h, &m->fields[i].values);
    }
}

static void put_node(uint64_t *h, const struct node *n)
{
    put_int(h, n->kind);
    put_int(h, n->visibility);
    put_str(h, n->id);
    put_str(h, n->title);
    put_str(h, n->why);
    put_str(h, n->owner);
    put_list(h, &n->was);
}

static uint64_t initiative_print(const struct initiative *in)
{
    uint64_t h = 0;

    put_node(&h, &in->node);
    put_int(&h, in->status);
    put_date(&h, in->start);
    put_date(&h, in->due);
    put_list(&h, &in->tracker);
    put_match(&h, &in->match);
    return h;
}

static uint64_t bucket_print(const struct bucket *b)
{
    uint64_t h = 0;

    put_node(&h, &b->node);
    put_match(&h, &b->match);
    return h;
}

struct prints {
    struct strategy_print *v;
    size_t n;
};

static void add(struct prints *p, const struct node *n, uint64_t h)
{
    p->v[p->n++] = (struct strategy_print){n->id, h != 0 ? h : 1};
}

static void add_node(struct prints *p, const struct node *n)
{
    uint64_t h = 0;

    put_node(&h, n);
    add(p, n, h);
}

bool strategy_prints(const struct strategy *s, struct arena *a,
                     struct strategy_print **ret, size_t *ret_n)
{
    size_t most = 1 + s->n_intents + s->n_objectives + s->n_key_results +
                  s->n_initiatives + s->n_buckets + s->retired.n;
    struct prints p = {.v = arena_array(a, most, sizeof *p.v)};

    if (p.v == NULL) {
        return false;
    }
    if (s->vision != NULL) {
        add_node(&p, &s->vision->node);
    }
    for (size_t i = 0; i < s->n_intents; i++) {
        add_node(&p, &s->intents[i].node);
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        add_node(&p, &s->objectives[i].node);
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        add_node(&p, &s->key_results[i].node);
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        add(&p, &s->initiatives[i].node, initiative_print(&s->initiatives[i]));
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        add(&p, &s->buckets[i].node, bucket_print(&s->buckets[i]));
    }
    for (size_t i = 0; i < s->retired.n; i++) {
        const struct node *n = strategy_find(s, s->retired.v[i]);

        if (n != NULL && n->kind == NODE_RETIRED) {
            add_node(&p, n);
        }
    }
    *ret = p.v;
    *ret_n = p.n;
    return true;
}

static void put_person(uint64_t *h, const struct person *p)
{
    put_str(h, p->id);
    put_str(h, p->name);
    put_str(h, p->slack);
    put_str(h, p->github);
    put_str(h, p->jira);
    put_str(h, p->email);
    put_str(h, p->teams);
    put_str(h, p->discord);
    put_str(h, p->mattermost);
    put_str(h, p->google_chat);
    put_real(h, p->fte);
    put_list(h, &p->away);
}

uint64_t strategy_frame(const struct strategy *s)
{
    uint64_t h = 0;

    for (size_t i = 0; i < s->n_teams; i++) {
        put_node(&h, &s->teams[i].node);
        put_int(&h, s->teams[i].tracked);
        put_match(&h, &s->teams[i].match);
    }
    for (size_t i = 0; i < s->n_people; i++) {
        put_person(&h, &s->people[i]);
    }
    for (size_t i = 0; i < s->n_not_doing; i++) {
        put_node(&h, &s->not_doing[i].node);
        put_match(&h, &s->not_doing[i].match);
    }
    for (size_t i = 0; i < s->n_holidays; i++) {
        put_date(&h, s->holidays[i]);
    }
    put_list(&h, &s->bots);
    return h;
}

/* ---- some of it ---- */

static bool is_in(const struct map *ids, struct str id)
{
    return map_get(ids, id) != NULL;
}

static bool copy_some(struct strategy *part, const struct strategy *s,
                      const struct map *ids)
{
#define COPY(list)                                                                     \
    part->list = arena_array(part->a, s->n_##list, sizeof *part->list);                \
    if (part->list == NULL) {                                                          \
        return false;                                                                  \
    }                                                                                  \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        if (is_in(ids, s->list[i].node.id)) {                                          \
            part->list[part->n_##list++] = s->list[i];                                 \
        }                                                                              \
    }
    COPY(intents)
    COPY(objectives)
    COPY(key_results)
    COPY(initiatives)
    COPY(buckets)
#undef COPY
    part->retired.v = arena_array(part->a, s->retired.n, sizeof *part->retired.v);
    if (part->retired.v == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->retired.n; i++) {
        if (is_in(ids, s->retired.v[i])) {
            part->retired.v[part->retired.n++] = s->retired.v[i];
        }
    }
    if (s->vision != NULL && is_in(ids, s->vision->node.id)) {
        part->vision = s->vision;
    }
    return true;
}

/* A strategy is at most 1 MiB of text. */
enum { PART_CEILING = 64 << 20 };

bool strategy_part(const struct strategy *s, const struct map *ids,
                   struct strategy **ret, struct err *e)
{
    struct arena *a = arena_create(PART_CEILING);
    struct strategy *part = a != NULL ? arena_alloc(a, sizeof *part) : NULL;

    if (part == NULL) {
        arena_destroy(a);
        return err_nomem(e);
    }
    part->a = a;
    part->refs = 1;
    if (!copy_some(part, s, ids) || !strategy_index(part, e)) {
        arena_destroy(a);
        return err_nomem(e);
    }
    *ret = part;
    return true;
}
