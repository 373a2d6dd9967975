#include "core/strategy_edit.h"

/* A strategy is at most 1 MiB of text. */
enum { EDIT_CEILING = 64 << 20 };

/* ---- the copy ---- */

/* Key results follow their objectives, initiatives and teams their key results. */
static bool copy_key_results(struct strategy *c, const struct strategy *s)
{
    c->objectives = arena_array(c->a, s->n_objectives + 1, sizeof *c->objectives);
    c->key_results = arena_array(c->a, s->n_key_results + 1, sizeof *c->key_results);
    if (c->objectives == NULL || c->key_results == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        c->objectives[i] = s->objectives[i];
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        c->key_results[i] = s->key_results[i];
        if (s->key_results[i].objective != NULL) {
            c->key_results[i].objective =
                c->objectives + (s->key_results[i].objective - s->objectives);
        }
    }
    return true;
}

static bool copy_teams(struct strategy *c, const struct strategy *s)
{
    c->teams = arena_array(c->a, s->n_teams + 1, sizeof *c->teams);
    if (c->teams == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_teams; i++) {
        const struct team *t = &s->teams[i];
        struct key_result **v =
            arena_array(c->a, t->n_key_results + 1, sizeof(struct key_result *));

        if (v == NULL) {
            return false;
        }
        for (size_t k = 0; k < t->n_key_results; k++) {
            v[k] = c->key_results + (t->key_results[k] - s->key_results);
        }
        c->teams[i] = *t;
        c->teams[i].key_results = v;
    }
    return true;
}

static bool copy_initiative(struct strategy *c, const struct strategy *s,
                            const struct initiative *from, struct initiative *to)
{
    *to = *from;
    to->moves = arena_array(c->a, from->n_moves + 1, sizeof *to->moves);
    to->needs = arena_array(c->a, from->n_needs + 1, sizeof(struct team *));
    if (to->moves == NULL || to->needs == NULL) {
        return false;
    }
    for (size_t k = 0; k < from->n_moves; k++) {
        to->moves[k].kr = c->key_results + (from->moves[k].kr - s->key_results);
        to->moves[k].weight = from->moves[k].weight;
    }
    for (size_t k = 0; k < from->n_needs; k++) {
        to->needs[k] = c->teams + (from->needs[k] - s->teams);
    }
    return true;
}

static bool copy(struct strategy *c, const struct strategy *s)
{
    if (!copy_key_results(c, s) || !copy_teams(c, s)) {
        return false;
    }
    c->initiatives = arena_array(c->a, s->n_initiatives + 2, sizeof *c->initiatives);
    for (size_t i = 0; c->initiatives != NULL && i < s->n_initiatives; i++) {
        if (!copy_initiative(c, s, &s->initiatives[i], &c->initiatives[i])) {
            return false;
        }
    }
    return c->initiatives != NULL;
}

/* ---- the edits: looked up in `s`, done to the copy ---- */

static bool no_node(const struct strategy *s, struct str id, unsigned kinds,
                    const char *what, struct err *e)
{
    const struct node *n = strategy_find(s, id), *near;

    if (n != NULL) {
        return err_set(e, ERR_USAGE, "'%.*s' is no %s but of kind %s", STR_FMT(id),
                       what, node_kind_name(n->kind));
    }
    near = strategy_nearest_of(s, id, kinds);
    if (near != NULL) {
        return err_set(e, ERR_NOT_FOUND, "no %s '%.*s': did you mean '%.*s'?", what,
                       STR_FMT(str_first(id, 64)), STR_FMT(near->id));
    }
    return err_set(e, ERR_NOT_FOUND, "no %s '%.*s'", what, STR_FMT(str_first(id, 64)));
}

static struct initiative *find_initiative(struct strategy *c, const struct strategy *s,
                                          struct str id, struct err *e)
{
    const struct initiative *in = strategy_initiative(s, id);

    if (in == NULL) {
        no_node(s, id, STRATEGY_KIND(NODE_INITIATIVE), "initiative", e);
        return NULL;
    }
    return c->initiatives + (in - s->initiatives);
}

static struct objective *find_objective(struct strategy *c, const struct strategy *s,
                                        struct str id, struct err *e)
{
    const struct node *n = strategy_find(s, id);

    if (n == NULL || n->kind != NODE_OBJECTIVE) {
        no_node(s, id, STRATEGY_KIND(NODE_OBJECTIVE), "objective", e);
        return NULL;
    }
    return c->objectives + ((const struct objective *)(const void *)n - s->objectives);
}

/* The key result of that id, or the first one of the objective. */
static struct key_result *find_moved(struct strategy *c, const struct strategy *s,
                                     struct str id, struct err *e)
{
    const struct node *n = strategy_find(s, id);

    if (n != NULL && n->kind == NODE_KR) {
        return c->key_results +
               ((const struct key_result *)(const void *)n - s->key_results);
    }
    if (n == NULL || n->kind != NODE_OBJECTIVE) {
        no_node(s, id, STRATEGY_KIND(NODE_KR) | STRATEGY_KIND(NODE_OBJECTIVE),
                "key result or objective", e);
        return NULL;
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        if ((const void *)s->key_results[i].objective == (const void *)n) {
            return &c->key_results[i];
        }
    }
    err_set(e, ERR_USAGE, "objective '%.*s' has no key result that could be moved",
            STR_FMT(n->id));
    return NULL;
}

static bool do_move(struct strategy *c, const struct strategy *s, struct initiative *in,
                    struct str to, struct err *e)
{
    struct key_result *kr = find_moved(c, s, to, e);

    if (kr == NULL) {
        return false;
    }
    in->moves[0].kr = kr; /* there is room for one */
    in->moves[0].weight = 1;
    in->n_moves = 1;
    return true;
}

static bool do_share(struct strategy *c, const struct strategy *s,
                     const struct str_pair *p, struct err *e)
{
    struct objective *o = find_objective(c, s, p->key, e);
    struct str text = p->value;
    double v;

    if (o == NULL) {
        return false;
    }
    if (!str_has_suffix(text, STR("%")) ||
        !str_to_double(str_first(text, text.n - 1), &v) || !(v >= 0) || v > 100) {
        return err_set(e, ERR_USAGE, "'%.*s' is no percentage: write %.*s=40%%",
                       STR_FMT(str_first(text, 40)), STR_FMT(p->key));
    }
    o->share = v / 100;
    return true;
}

/* "new", or "new-2" and so on: an id that means nothing else. */
static struct str free_id(struct strategy *c, const struct strategy *s)
{
    struct str id = STR("new");

    for (int i = 2; strategy_find(s, id) != NULL; i++) {
        id = arena_printf(c->a, "new-%d", i);
    }
    return id;
}

static bool do_add(struct strategy *c, const struct strategy *s,
                   const struct strategy_edits *x, struct err *e)
{
    struct initiative *in = &c->initiatives[c->n_initiatives];

    *in = (struct initiative){
        .node = {.kind = NODE_INITIATIVE,
                 .id = free_id(c, s),
                 .title = x->add,
                 .visibility = VIS_COMPANY},
        .status = INITIATIVE_ACTIVE,
        .has_rice = x->has_rice,
        .rice = {x->reach, x->impact, x->confidence, x->effort_days},
    };
    in->moves = arena_array(c->a, 1, sizeof *in->moves);
    if (in->moves == NULL) {
        return err_nomem(e);
    }
    c->n_initiatives++;
    return x->add_moves.n == 0 || do_move(c, s, in, x->add_moves, e);
}

static bool edit(struct strategy *c, const struct strategy *s,
                 const struct strategy_edits *x, struct err *e)
{
    struct initiative *in;

    for (size_t i = 0; i < x->moves.n; i++) {
        in = find_initiative(c, s, x->moves.v[i].key, e);
        if (in == NULL || !do_move(c, s, in, x->moves.v[i].value, e)) {
            return false;
        }
    }
    for (size_t i = 0; i < x->drops.n; i++) {
        in = find_initiative(c, s, x->drops.v[i], e);
        if (in == NULL) {
            return false;
        }
        in->status = INITIATIVE_DROPPED;
    }
    for (size_t i = 0; i < x->shares.n; i++) {
        if (!do_share(c, s, &x->shares.v[i], e)) {
            return false;
        }
    }
    return x->add.n == 0 || do_add(c, s, x, e);
}

bool strategy_edit(const struct strategy *s, const struct strategy_edits *x,
                   struct strategy **ret, struct err *e)
{
    struct arena *a = arena_create(EDIT_CEILING);
    struct strategy *c = a != NULL ? arena_alloc(a, sizeof *c) : NULL;

    if (c == NULL) {
        arena_destroy(a);
        return err_nomem(e);
    }
    *c = *s;
    c->a = a;
    c->refs = 1;
    c->by_id = NULL;
    if (copy(c, s) ? !edit(c, s, x, e) || !strategy_index(c, e) : !err_nomem(e)) {
        arena_destroy(a);
        return false;
    }
    *ret = c;
    return true;
}
