#include "config/refs.h"

#include "config/diag.h"
#include "config/nearest.h"
#include "core/textkey.h"

enum {
    /* Comparing with every id of a large strategy is for the first few errors. */
    HINT_COMPARISONS = 200000,
};

struct refs {
    struct binder *b;   /* borrowed */
    struct map *ids;    /* owned: comparison key -> yaml node where it stands */
    struct map *people; /* owned: likewise */
    struct ref *wanted;
    size_t n_wanted, cap_wanted;
    const struct yaml_node **owners;
    size_t n_owners, cap_owners;
    size_t comparisons;
};

struct refs *refs_create(struct binder *b)
{
    struct refs *r = arena_alloc(b->scratch, sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    r->b = b;
    r->comparisons = HINT_COMPARISONS;
    r->ids = map_create();
    r->people = map_create();
    if (r->ids == NULL || r->people == NULL) {
        refs_destroy(r);
        return NULL;
    }
    return r;
}

void refs_destroy(struct refs *r)
{
    if (r != NULL) {
        map_destroy(r->ids);
        map_destroy(r->people);
    }
}

/* ---- ids ---- */

static void claim(struct refs *r, struct map *ids, const struct yaml_node *value,
                  struct str id, const char *what)
{
    void *old = NULL;
    struct str key = text_key(r->b->scratch, id);

    if (arena_failed(r->b->scratch) ||
        !map_add(ids, key, (void *)(uintptr_t)value, &old)) {
        diag_error_file(r->b->d, value->at.file->name, "out of memory");
    } else if (old != NULL) {
        const struct yaml_node *first = old;
        bool same = first->at.file == value->at.file;

        diag_error(r->b->d, value->at, STR_NONE,
                   "%s '%.*s' is used twice, first %s%.*s%s%u", what, STR_FMT(id),
                   same ? "on line " : "at ",
                   STR_FMT((same ? STR_NONE : first->at.file->name)), same ? "" : ":",
                   yaml_line(first->at));
    }
}

/* What is no word is reported by who reads it. */
static bool is_word(const struct yaml_node *value)
{
    return value != NULL && value->kind == YAML_SCALAR && value->text.n > 0;
}

void refs_id(struct refs *r, const struct yaml_node *value)
{
    if (is_word(value)) {
        claim(r, r->ids, value, value->text, "id");
    }
}

void refs_vision(struct refs *r, const struct yaml_node *map)
{
    claim(r, r->ids, map, STR("vision"), "id");
}

void refs_person(struct refs *r, const struct yaml_node *value)
{
    if (is_word(value)) {
        claim(r, r->people, value, value->text, "person");
    }
}

void refs_owner(struct refs *r, const struct yaml_node *value)
{
    const struct yaml_node **slot;

    if (!is_word(value)) {
        return;
    }
    slot = arena_grow(r->b->scratch, &r->owners, &r->n_owners, &r->cap_owners,
                      sizeof *slot);
    if (slot != NULL) {
        *slot = value;
    }
}

void refs_want(struct refs *r, const struct ref *ref)
{
    struct ref *slot = arena_grow(r->b->scratch, &r->wanted, &r->n_wanted,
                                  &r->cap_wanted, sizeof *slot);

    if (slot != NULL) {
        *slot = *ref;
    }
}

/* ---- references ---- */

static const char *kind_words(enum node_kind k)
{
    switch (k) {
    case NODE_KR:
        return "key result";
    case NODE_NOT_DOING:
        return "entry of not_doing";
    case NODE_RETIRED:
        return "retired id";
    case NODE_VISION:
    case NODE_INTENT:
    case NODE_OBJECTIVE:
    case NODE_INITIATIVE:
    case NODE_BUCKET:
    case NODE_TEAM:
    case NODE_COMPETITOR:
    case NODE_EVENT:
    case NODE_DECISION:
        return node_kind_name(k);
    }
    return "node";
}

static const char *article(const char *word)
{
    return strchr("aeiou", word[0]) != NULL ? "an" : "a";
}

/* "key result", "objective or bucket"; "id" when it may be anything. */
static void kinds_words(unsigned kinds, struct buf *out)
{
    size_t n = 0;

    /* A retired id is not what anybody wants to name. */
    kinds &= ~STRATEGY_KIND(NODE_RETIRED);
    for (unsigned k = NODE_VISION; k <= NODE_RETIRED; k++) {
        if ((kinds & STRATEGY_KIND(k)) != 0) {
            n++;
        }
    }
    if (n > 4) {
        buf_addz(out, "id");
        return;
    }
    size_t left = n;

    for (unsigned k = NODE_VISION; k <= NODE_RETIRED; k++) {
        if ((kinds & STRATEGY_KIND(k)) != 0) {
            left--;
            buf_printf(out, "%s%s", kind_words((enum node_kind)k),
                       left > 1    ? ", "
                       : left == 1 ? " or "
                                   : "");
        }
    }
}

static struct str unknown_hint(struct refs *r, const struct strategy *s,
                               const struct ref *ref)
{
    size_t cost = map_count(s->by_id);
    const struct node *near;

    if (cost > r->comparisons || diag_is_full(r->b->d)) {
        return STR_NONE;
    }
    r->comparisons -= cost;
    near = strategy_nearest_of(s, ref->id, ref->kinds & ~STRATEGY_KIND(NODE_RETIRED));
    return near == NULL
               ? STR_NONE
               : arena_printf(r->b->scratch, "did you mean '%.*s'?", STR_FMT(near->id));
}

static void blame(struct refs *r, const struct ref *ref, struct str hint, bool error,
                  const char *what)
{
    struct place owner = {kind_words(ref->from->kind), ref->from->id, NULL};
    struct place here = {arena_printf(r->b->scratch, "'%s'", ref->key).p, STR_NONE,
                         &owner};

    if (arena_failed(r->b->scratch)) {
        conf_diag_fail(r->b->d, "out of memory");
    } else if (error) {
        bind_error(r->b, ref->at, hint, &here, "%s", what);
    } else {
        bind_warn(r->b, ref->at, hint, &here, "%s", what);
    }
}

static void resolve_one(struct refs *r, const struct strategy *s, const struct ref *ref)
{
    const struct node *n = strategy_find(s, ref->id);
    struct buf what, kinds;

    buf_init(&what, 1024);
    buf_init(&kinds, 256);
    kinds_words(ref->kinds, &kinds);
    if (n == NULL) {
        buf_printf(&what, "unknown %s '%.*s'", buf_cstr(&kinds), STR_FMT(ref->id));
        blame(r, ref, unknown_hint(r, s, ref), true, buf_cstr(&what));
    } else if (n->kind == NODE_RETIRED && !ref->former_ok) {
        buf_printf(&what, "'%.*s' is retired", STR_FMT(ref->id));
        blame(r, ref, STR_NONE, true, buf_cstr(&what));
    } else if ((ref->kinds & STRATEGY_KIND(n->kind)) == 0) {
        buf_printf(&what, "'%.*s' is %s %s, not %s %s", STR_FMT(ref->id),
                   article(kind_words(n->kind)), kind_words(n->kind),
                   article(buf_cstr(&kinds)), buf_cstr(&kinds));
        blame(r, ref, STR_NONE, true, buf_cstr(&what));
    } else {
        if (ref->slot != NULL) {
            memcpy(ref->slot, &n, sizeof n);
        }
        if (!ref->former_ok && !text_key_eq(r->b->scratch, n->id, ref->id)) {
            buf_printf(&what, "'%.*s' is now called '%.*s'", STR_FMT(ref->id),
                       STR_FMT(n->id));
            blame(r, ref, STR_NONE, false, buf_cstr(&what));
        }
    }
    buf_finish(&kinds);
    buf_finish(&what);
}

static void check_owners(struct refs *r, const struct strategy *s)
{
    for (size_t i = 0; i < r->n_owners; i++) {
        const struct yaml_node *owner = r->owners[i];
        struct str key = text_key(r->b->scratch, owner->text);
        struct nearest near = nearest_to(owner->text, true);

        if (map_get(r->people, key) != NULL) {
            continue;
        }
        if (s->n_people == 0) {
            diag_warn(r->b->d, owner->at, STR_NONE,
                      "owners are named, but there is no 'people' to find them in");
            return;
        }
        for (size_t k = 0; k < s->n_people && conf_diag_warnings(r->b->d) < DIAG_SHOWN;
             k++) {
            nearest_try(&near, s->people[k].id);
        }
        diag_warn(r->b->d, owner->at, nearest_hint(&near, r->b->scratch),
                  "owner '%.*s' is not in 'people'", STR_FMT(owner->text));
    }
}

void refs_resolve(struct refs *r, struct strategy *s)
{
    struct err e;

    if (!strategy_index(s, &e)) {
        conf_diag_fail(r->b->d, e.msg);
        return;
    }
    for (size_t i = 0; i < r->n_wanted; i++) {
        resolve_one(r, s, &r->wanted[i]);
    }
    check_owners(r, s);
    if (arena_failed(r->b->scratch)) {
        conf_diag_fail(r->b->d, "out of memory");
    }
}
