#include "core/claims.h"

#include "core/textkey.h"

struct glob {
    struct str pattern; /* comparison key */
    struct claims claims;
    struct glob *next;
};

/* Distinct lengths, so that a value asks the map once for each. */
struct lengths {
    size_t *v;
    size_t n, cap;
};

/*
 * The globs of one group (labels, or the values of one field), by the literal
 * text they begin with, else by that they end with; only those with neither
 * cost a pass each.
 */
struct globs {
    struct map *by_prefix, *by_suffix; /* owned; literal -> struct glob * */
    struct lengths prefixes, suffixes;
    struct glob *floating;
};

/* ---- building ---- */

static bool claims_add(struct arena *a, struct claims *c, const struct node *node,
                       size_t order)
{
    struct claim *claim = arena_alloc(a, sizeof *claim);

    if (claim == NULL) {
        return false;
    }
    *claim = (struct claim){.node = node, .order = order};
    if (c->last != NULL) {
        c->last->next = claim;
    } else {
        c->first = claim;
    }
    c->last = claim;
    return true;
}

bool claims_file(struct arena *a, struct map *m, struct str key,
                 const struct node *node, size_t order)
{
    struct claims *c = map_get(m, key);

    if (c == NULL) {
        c = arena_alloc(a, sizeof *c);
        if (c == NULL || !map_set(m, key, c)) {
            return false;
        }
    }
    return claims_add(a, c, node, order);
}

static bool lengths_add(struct arena *a, struct lengths *l, size_t length)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->v[i] == length) {
            return true;
        }
    }
    size_t *added = arena_grow(a, &l->v, &l->n, &l->cap, sizeof *l->v);

    if (added == NULL) {
        return false;
    }
    *added = length;
    return true;
}

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

static struct globs *globs_of(struct arena *a, struct claim_index *ix, struct str group)
{
    struct globs *g = map_get(ix->groups, group);

    if (g != NULL) {
        return g;
    }
    g = arena_alloc(a, sizeof *g);
    if (g == NULL || !map_set(ix->groups, group, g)) {
        return NULL;
    }
    /* In the map first: whatever fails now, claim_index_finish finds what was made. */
    g->by_prefix = map_create();
    g->by_suffix = map_create();
    return g->by_prefix != NULL && g->by_suffix != NULL ? g : NULL;
}

static bool glob_file(struct arena *a, struct globs *g, struct glob *glob)
{
    struct str p = glob->pattern;
    size_t prefix = 0;
    size_t suffix = 0;

    while (prefix < p.n && !is_wild(p.p[prefix])) {
        prefix++;
    }
    while (suffix < p.n && !is_wild(p.p[p.n - suffix - 1])) {
        suffix++;
    }
    if (prefix > 0) {
        struct str key = str_first(p, prefix);

        glob->next = map_get(g->by_prefix, key);
        return map_set(g->by_prefix, key, glob) && lengths_add(a, &g->prefixes, prefix);
    }
    if (suffix > 0) {
        struct str key = str_skip(p, p.n - suffix);

        glob->next = map_get(g->by_suffix, key);
        return map_set(g->by_suffix, key, glob) && lengths_add(a, &g->suffixes, suffix);
    }
    glob->next = g->floating;
    g->floating = glob;
    return true;
}

static bool add_glob(struct arena *a, struct claim_index *ix, struct str key,
                     size_t group_n, const struct node *node, size_t order)
{
    struct glob *glob = map_get(ix->patterns, key);

    if (glob == NULL) {
        struct globs *g = globs_of(a, ix, str_first(key, group_n));

        glob = g != NULL ? arena_alloc(a, sizeof *glob) : NULL;
        if (glob == NULL || !map_set(ix->patterns, key, glob)) {
            return false;
        }
        glob->pattern = str_skip(key, group_n + 1);
        if (!glob_file(a, g, glob)) {
            return false;
        }
    }
    return claims_add(a, &glob->claims, node, order);
}

/* Letter, name, NUL, value: both comparison keys. *ret_group: length before the NUL. */
static struct str trait_key(struct arena *a, char letter, struct str name,
                            struct str value, size_t *ret_group)
{
    struct str k = text_key(a, value);
    size_t n = name.n + k.n + 2;
    char *p = arena_alloc(a, n);

    if (p == NULL) {
        return STR_NONE;
    }
    p[0] = letter;
    if (name.n > 0) {
        memcpy(p + 1, name.p, name.n);
    }
    p[1 + name.n] = '\0';
    if (k.n > 0) {
        memcpy(p + 2 + name.n, k.p, k.n);
    }
    *ret_group = 1 + name.n;
    return (struct str){p, n};
}

static bool add_list(const struct claim_owner *o, char letter, struct str name,
                     const struct str_list *values)
{
    for (size_t i = 0; i < values->n; i++) {
        size_t group;
        struct str key = trait_key(o->a, letter, name, values->v[i], &group);
        struct str value = str_skip(key, group + 1);
        bool ok;

        if (arena_failed(o->a)) {
            return false;
        }
        if (value.n == 0) {
            continue; /* matches nothing, as no mark is empty */
        }
        if (str_chr(value, '*') >= 0 || str_chr(value, '?') >= 0) {
            ok = add_glob(o->a, o->ix, key, group, o->node, o->order);
        } else {
            ok = claims_file(o->a, o->ix->exact, key, o->node, o->order);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool claim_index_add(const struct claim_owner *o, const struct match_spec *spec)
{
    for (size_t i = 0; i < spec->n_fields; i++) {
        struct str name = text_key(o->a, spec->fields[i].name);

        if (!add_list(o, 'f', name, &spec->fields[i].values)) {
            return false;
        }
    }
    return add_list(o, 'l', STR_NONE, &spec->labels) &&
           add_list(o, GROUP_TYPE, STR_NONE, &spec->types) &&
           add_list(o, 'm', STR_NONE, &spec->milestones) &&
           add_list(o, 'v', STR_NONE, &spec->fix_versions) &&
           add_list(o, 'c', STR_NONE, &spec->components) &&
           add_list(o, GROUP_SCOPE, STR_NONE, &spec->projects) &&
           add_list(o, GROUP_SCOPE, STR_NONE, &spec->repos);
}

bool claim_index_init(struct claim_index *ix)
{
    ix->exact = map_create();
    ix->patterns = map_create();
    ix->groups = map_create();
    return ix->exact != NULL && ix->patterns != NULL && ix->groups != NULL;
}

void claim_index_finish(struct claim_index *ix)
{
    for (size_t i = 0; ix->groups != NULL && i < map_count(ix->groups); i++) {
        struct str key;
        void *value;

        map_at(ix->groups, i, &key, &value);
        struct globs *g = value;

        map_destroy(g->by_prefix);
        map_destroy(g->by_suffix);
    }
    map_destroy(ix->exact);
    map_destroy(ix->patterns);
    map_destroy(ix->groups);
}

/* ---- traits of an item ---- */

struct str trait_value(const struct trait *t)
{
    return str_skip(t->key, t->group_n + 1);
}

static void trait_add(struct arena *a, struct trait *v, size_t *n, char letter,
                      struct str name, struct str value)
{
    struct trait *t = &v[*n];
    struct str name_key = name.n > 0 ? text_key(a, name) : STR_NONE;

    t->key = trait_key(a, letter, name_key, value, &t->group_n);
    t->letter = letter;
    t->name = name;
    t->written = value;
    if (t->key.n > t->group_n + 1) {
        (*n)++;
    }
}

struct trait *traits_of_item(const struct match_item *it, struct arena *a,
                             size_t *ret_n)
{
    struct trait *v = arena_array(a, it->n_marks + 2, sizeof *v);
    size_t n = 0;

    if (v == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < it->n_marks && !arena_failed(a); i++) {
        const struct mark *m = &it->marks[i];

        switch (m->kind) {
        case MARK_LABEL:
        case MARK_FIELD:
        case MARK_MILESTONE:
        case MARK_FIX_VERSION:
        case MARK_COMPONENT:
            trait_add(a, v, &n, (char)m->kind,
                      m->kind == MARK_FIELD ? m->name : STR_NONE, m->value);
            break;
        case MARK_REFERENCE:
        case MARK_EXEMPT:
        case MARK_LINK:
            break;
        }
    }
    if (!arena_failed(a)) {
        trait_add(a, v, &n, GROUP_TYPE, STR_NONE, it->type);
        trait_add(a, v, &n, GROUP_SCOPE, STR_NONE, it->scope);
    }
    *ret_n = n;
    return arena_failed(a) ? NULL : v;
}

/* ---- looking up ---- */

bool claims_tell(const struct claims *c, claim_found *found, void *ctx)
{
    if (c == NULL) {
        return false;
    }
    for (const struct claim *x = c->first; x != NULL; x = x->next) {
        found(ctx, x);
    }
    return true;
}

static bool try_globs(const struct glob *g, struct str value, claim_found *found,
                      void *ctx)
{
    bool any = false;

    for (; g != NULL; g = g->next) {
        if (text_glob(g->pattern, value)) {
            any = claims_tell(&g->claims, found, ctx) || any;
        }
    }
    return any;
}

bool claim_index_is_empty(const struct claim_index *ix)
{
    return map_count(ix->exact) == 0 && map_count(ix->groups) == 0;
}

bool claim_index_find(const struct claim_index *ix, const struct trait *t,
                      claim_found *found, void *ctx)
{
    struct str value = trait_value(t);
    const struct globs *g = map_count(ix->groups) > 0
                                ? map_get(ix->groups, str_first(t->key, t->group_n))
                                : NULL;
    bool any = map_count(ix->exact) > 0 &&
               claims_tell(map_get(ix->exact, t->key), found, ctx);

    if (g == NULL) {
        return any;
    }
    for (size_t i = 0; i < g->prefixes.n; i++) {
        size_t n = g->prefixes.v[i];

        if (n <= value.n) {
            const struct glob *list = map_get(g->by_prefix, str_first(value, n));

            any = try_globs(list, value, found, ctx) || any;
        }
    }
    for (size_t i = 0; i < g->suffixes.n; i++) {
        size_t n = g->suffixes.v[i];

        if (n <= value.n) {
            const struct glob *list =
                map_get(g->by_suffix, str_skip(value, value.n - n));

            any = try_globs(list, value, found, ctx) || any;
        }
    }
    return try_globs(g->floating, value, found, ctx) || any;
}
