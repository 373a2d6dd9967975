#include "core/blast.h"

const char *blast_how_name(enum blast_how h)
{
    switch (h) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        BLAST_HOWS(X)
#undef X
    }
    return "?";
}

/* One mark for each node of the lists that others hang on. */
struct marks {
    const struct strategy *s;
    unsigned char *intents, *objectives, *key_results, *initiatives, *buckets, *teams;
};

static unsigned char *marks_of(struct arena *a, size_t n)
{
    return arena_array(a, n + 1, 1);
}

static bool marks_init(struct marks *m, const struct strategy *s, struct arena *a)
{
    *m = (struct marks){
        .s = s,
        .intents = marks_of(a, s->n_intents),
        .objectives = marks_of(a, s->n_objectives),
        .key_results = marks_of(a, s->n_key_results),
        .initiatives = marks_of(a, s->n_initiatives),
        .buckets = marks_of(a, s->n_buckets),
        .teams = marks_of(a, s->n_teams),
    };
    return !arena_failed(a);
}

static void set(unsigned char *mark, enum blast_how how)
{
    if (*mark == BLAST_NOT) {
        *mark = (unsigned char)how;
    }
}

static unsigned char *mark_of(const struct marks *m, const struct node *n)
{
    const struct strategy *s = m->s;
    const void *p = n;

#define MARK(k, type, list)                                                            \
    if (n->kind == (k)) {                                                              \
        return &m->list[(size_t)((const struct type *)p - s->list)];                   \
    }
    MARK(NODE_INTENT, intent, intents)
    MARK(NODE_OBJECTIVE, objective, objectives)
    MARK(NODE_KR, key_result, key_results)
    MARK(NODE_INITIATIVE, initiative, initiatives)
    MARK(NODE_BUCKET, bucket, buckets)
    MARK(NODE_TEAM, team, teams)
#undef MARK
    return NULL;
}

/* ---- down ---- */

static bool is_hit(unsigned char mark)
{
    return mark == BLAST_NAMED || mark == BLAST_BELOW;
}

static void mark_initiative(struct marks *m, size_t i)
{
    const struct initiative *in = &m->s->initiatives[i];

    for (size_t k = 0; k < in->n_moves; k++) {
        if (is_hit(*mark_of(m, &in->moves[k].kr->node))) {
            set(&m->initiatives[i], BLAST_BELOW);
        }
    }
    if (!is_hit(m->initiatives[i])) {
        return;
    }
    for (size_t k = 0; k < in->n_needs; k++) {
        set(mark_of(m, &in->needs[k]->node), BLAST_BELOW);
    }
}

static void mark_below(struct marks *m)
{
    const struct strategy *s = m->s;

    for (size_t i = 0; i < s->n_objectives; i++) {
        const struct intent *in = s->objectives[i].intent;

        if (in != NULL && is_hit(*mark_of(m, &in->node))) {
            set(&m->objectives[i], BLAST_BELOW);
        }
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct objective *ob = s->key_results[i].objective;

        if (ob != NULL && is_hit(*mark_of(m, &ob->node))) {
            set(&m->key_results[i], BLAST_BELOW);
        }
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        mark_initiative(m, i);
    }
    for (size_t i = 0; i < s->n_teams; i++) {
        for (size_t k = 0; k < s->teams[i].n_key_results; k++) {
            if (is_hit(*mark_of(m, &s->teams[i].key_results[k]->node))) {
                set(&m->teams[i], BLAST_BELOW);
            }
        }
    }
}

/* ---- up: from what is named alone, or all would hang together ---- */

static void mark_above(struct marks *m)
{
    const struct strategy *s = m->s;

    for (size_t i = 0; i < s->n_initiatives; i++) {
        for (size_t k = 0;
             m->initiatives[i] == BLAST_NAMED && k < s->initiatives[i].n_moves; k++) {
            set(mark_of(m, &s->initiatives[i].moves[k].kr->node), BLAST_ABOVE);
        }
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        unsigned char mark = m->key_results[i];

        if (s->key_results[i].objective != NULL &&
            (mark == BLAST_NAMED || mark == BLAST_ABOVE)) {
            set(mark_of(m, &s->key_results[i].objective->node), BLAST_ABOVE);
        }
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        unsigned char mark = m->objectives[i];

        if (s->objectives[i].intent != NULL &&
            (mark == BLAST_NAMED || mark == BLAST_ABOVE)) {
            set(mark_of(m, &s->objectives[i].intent->node), BLAST_ABOVE);
        }
    }
}

/* ---- all of it ---- */

static void add(struct blast *b, const struct node *n, unsigned char mark)
{
    if (mark != BLAST_NOT) {
        b->v[b->n++] = (struct blast_hit){n, (enum blast_how)mark};
    }
}

static void gather(struct blast *b, const struct marks *m)
{
    const struct strategy *s = m->s;

#define GATHER(list)                                                                   \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        add(b, &s->list[i].node, m->list[i]);                                          \
    }
    GATHER(intents)
    GATHER(objectives)
    GATHER(key_results)
    GATHER(initiatives)
    GATHER(buckets)
    GATHER(teams)
#undef GATHER
}

static bool was_added(const struct blast *b, const struct node *n)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->v[i].node == n) {
            return true;
        }
    }
    return false;
}

/* The vision is all of it. */
static void mark_named(struct marks *m, const struct node *n)
{
    unsigned char *mark = mark_of(m, n);

    if (mark != NULL) {
        *mark = BLAST_NAMED;
    }
    for (size_t i = 0; n->kind == NODE_VISION && i < m->s->n_intents; i++) {
        set(&m->intents[i], BLAST_BELOW);
    }
    for (size_t i = 0; n->kind == NODE_VISION && i < m->s->n_objectives; i++) {
        set(&m->objectives[i], BLAST_BELOW);
    }
}

bool blast_from(const struct strategy *s, const struct node *const *named,
                size_t n_named, struct arena *a, struct blast *ret, struct err *e)
{
    size_t max = s->n_intents + s->n_objectives + s->n_key_results + s->n_initiatives +
                 s->n_buckets + s->n_teams + n_named;
    struct marks m;

    *ret = (struct blast){.v = arena_array(a, max + 1, sizeof *ret->v)};
    if (ret->v == NULL || !marks_init(&m, s, a)) {
        return err_nomem(e);
    }
    for (size_t i = 0; i < n_named; i++) {
        mark_named(&m, named[i]);
    }
    mark_below(&m);
    mark_above(&m);
    gather(ret, &m);
    for (size_t i = 0; i < n_named; i++) {
        if (mark_of(&m, named[i]) == NULL && !was_added(ret, named[i])) {
            add(ret, named[i], BLAST_NAMED);
        }
    }
    return true;
}
