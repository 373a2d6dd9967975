#include "core/match.h"

#include "core/claims.h"
#include "core/textkey.h"

struct phrases {
    struct str *v; /* comparison keys */
    size_t n;
};

struct matcher {
    struct arena *a;          /* owned, with this struct in it */
    const struct strategy *s; /* borrowed: the caller, until matcher_destroy */
    struct claim_index initiatives, buckets, teams, not_doing;
    struct map *tracker;     /* owned; item key -> struct claims * */
    struct map *titles;      /* owned; title -> struct claims *, of one kind */
    struct phrases *phrases; /* one for each not_doing */
};

const char *link_method_name(enum link_method m)
{
    switch (m) {
#define X(e, n, name)                                                                  \
    case e:                                                                            \
        return name;
        LINK_METHODS(X)
#undef X
    }
    return "?";
}

/* ---- building ---- */

/* A title names the first kind that has it, and all of that kind that have it. */
static bool add_title(struct matcher *m, const struct node *node, size_t order)
{
    struct str key = text_key(m->a, node->title);
    const struct claims *c = map_get(m->titles, key);

    if (arena_failed(m->a)) {
        return false;
    }
    if (key.n == 0 || (c != NULL && c->first->node->kind != node->kind)) {
        return true;
    }
    return claims_file(m->a, m->titles, key, node, order);
}

static bool add_initiative(struct matcher *m, size_t i)
{
    const struct initiative *in = &m->s->initiatives[i];
    const struct claim_owner o = {m->a, &m->initiatives, &in->node, i};

    for (size_t k = 0; k < in->tracker.n; k++) {
        struct str key = text_key(m->a, in->tracker.v[k]);

        if (arena_failed(m->a)) {
            return false;
        }
        if (key.n > 0 && !claims_file(m->a, m->tracker, key, &in->node, i)) {
            return false;
        }
    }
    return add_title(m, &in->node, i) && claim_index_add(&o, &in->match);
}

static bool add_other_titles(struct matcher *m)
{
    const struct strategy *s = m->s;

    for (size_t i = 0; i < s->n_buckets; i++) {
        if (!add_title(m, &s->buckets[i].node, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        if (!add_title(m, &s->objectives[i].node, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (!add_title(m, &s->key_results[i].node, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_intents; i++) {
        if (!add_title(m, &s->intents[i].node, i)) {
            return false;
        }
    }
    return true;
}

static bool add_not_doing(struct matcher *m, size_t i)
{
    const struct not_doing *d = &m->s->not_doing[i];
    const struct claim_owner o = {m->a, &m->not_doing, &d->node, i};
    struct phrases *p = &m->phrases[i];

    p->v = arena_array(m->a, d->match.text.n, sizeof *p->v);
    if (p->v == NULL) {
        return false;
    }
    for (size_t k = 0; k < d->match.text.n; k++) {
        p->v[p->n++] = text_key(m->a, d->match.text.v[k]);
    }
    return !arena_failed(m->a) && claim_index_add(&o, &d->match);
}

static bool fill(struct matcher *m)
{
    const struct strategy *s = m->s;

    m->phrases = arena_array(m->a, s->n_not_doing, sizeof *m->phrases);
    if (m->phrases == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (!add_initiative(m, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        const struct claim_owner o = {m->a, &m->buckets, &s->buckets[i].node, i};

        if (!claim_index_add(&o, &s->buckets[i].match)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_teams; i++) {
        const struct claim_owner o = {m->a, &m->teams, &s->teams[i].node, i};

        if (!claim_index_add(&o, &s->teams[i].match)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->n_not_doing; i++) {
        if (!add_not_doing(m, i)) {
            return false;
        }
    }
    return add_other_titles(m);
}

/* A strategy is at most 1 MiB of text; what it compiles to is a small multiple. */
enum { MATCHER_CEILING = 256 << 20 };

bool matcher_create(const struct strategy *s, struct matcher **ret, struct err *e)
{
    struct arena *a = arena_create(MATCHER_CEILING);
    struct matcher *m = a != NULL ? arena_alloc(a, sizeof *m) : NULL;

    if (m == NULL) {
        arena_destroy(a);
        return err_nomem(e);
    }
    m->a = a;
    m->s = s;
    m->tracker = map_create();
    m->titles = map_create();
    bool ok = m->tracker != NULL && m->titles != NULL;

    ok = claim_index_init(&m->initiatives) && ok;
    ok = claim_index_init(&m->buckets) && ok;
    ok = claim_index_init(&m->teams) && ok;
    ok = claim_index_init(&m->not_doing) && ok;
    if (!ok || !fill(m)) {
        matcher_destroy(m);
        return err_nomem(e);
    }
    *ret = m;
    return true;
}

void matcher_destroy(struct matcher *m)
{
    if (m != NULL) {
        claim_index_finish(&m->initiatives);
        claim_index_finish(&m->buckets);
        claim_index_finish(&m->teams);
        claim_index_finish(&m->not_doing);
        map_destroy(m->tracker);
        map_destroy(m->titles);
        arena_destroy(m->a);
    }
}

/* ---- links ---- */

/* One item's matching under way. */
struct matching {
    const struct matcher *m;
    struct arena *a;
    struct link *v;
    size_t n, cap;
    const struct node **nodes; /* of each link; NULL: unknown */
    size_t n_nodes, cap_nodes;
    /* The source of what is found next: */
    enum link_method method;
    const struct trait *trait;
    struct str evidence; /* instead of a trait */
};

static struct str evidence_of(struct arena *a, const struct trait *t)
{
    switch (t->letter) {
    case 'l':
        return arena_printf(a, "label %.*s", STR_FMT(t->written));
    case 'f':
        return arena_printf(a, "field %.*s: %.*s", STR_FMT(t->name),
                            STR_FMT(t->written));
    case 'm':
        return arena_printf(a, "milestone %.*s", STR_FMT(t->written));
    case 'v':
        return arena_printf(a, "fix version %.*s", STR_FMT(t->written));
    case 'c':
        return arena_printf(a, "component %.*s", STR_FMT(t->written));
    case GROUP_TYPE:
        return arena_printf(a, "type %.*s", STR_FMT(t->written));
    default:
        return arena_printf(a, "%s %.*s",
                            str_chr(t->written, '/') >= 0 ? "repository" : "project",
                            STR_FMT(t->written));
    }
}

static bool is_repeat(const struct matching *w, const struct node *node, struct str id)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->v[i].method == w->method && w->nodes[i] == node &&
            (node != NULL || str_eq_nocase(w->v[i].node, id))) {
            return true;
        }
    }
    return false;
}

/* `node` NULL: `id` names nothing. Out of memory shows in the arena. */
static void add_link(struct matching *w, const struct node *node, struct str id)
{
    if (is_repeat(w, node, id)) {
        return;
    }
    struct link *l = arena_grow(w->a, &w->v, &w->n, &w->cap, sizeof *l);
    const struct node **slot = l != NULL ? arena_grow(w->a, &w->nodes, &w->n_nodes,
                                                      &w->cap_nodes, sizeof *slot)
                                         : NULL;

    if (slot == NULL) {
        return;
    }
    *slot = node;
    *l = (struct link){
        .method = w->method,
        .node = node != NULL ? node->id : id,
        .known = node != NULL,
        .detail = w->trait != NULL ? evidence_of(w->a, w->trait) : w->evidence,
    };
}

static void found_link(void *ctx, const struct claim *c)
{
    add_link(ctx, c->node, STR_NONE);
}

/* What work can be linked to; a team or a decision is none of it. */
static const struct node *linkable(const struct matcher *m, struct str id)
{
    const unsigned kinds = STRATEGY_KIND(NODE_VISION) | STRATEGY_KIND(NODE_INTENT) |
                           STRATEGY_KIND(NODE_OBJECTIVE) | STRATEGY_KIND(NODE_KR) |
                           STRATEGY_KIND(NODE_INITIATIVE) | STRATEGY_KIND(NODE_BUCKET) |
                           STRATEGY_KIND(NODE_RETIRED);
    const struct node *n = strategy_find(m->s, id);

    return n != NULL && (kinds & STRATEGY_KIND(n->kind)) != 0 ? n : NULL;
}

static void from(struct matching *w, enum link_method method, const struct trait *t,
                 struct str evidence)
{
    w->method = method;
    w->trait = t;
    w->evidence = evidence;
}

static void match_manual(struct matching *w, const struct link *manual, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct str detail = manual[i].detail;

        from(w, LINK_MANUAL, NULL, detail.n > 0 ? detail : STR("linked by hand"));
        add_link(w, linkable(w->m, manual[i].node), manual[i].node);
    }
}

static bool is_link_type(const struct match_conf *conf, struct arena *a,
                         struct str name)
{
    for (size_t i = 0; conf->link_types != NULL && i < conf->link_types->n; i++) {
        if (text_key_eq(a, conf->link_types->v[i], name)) {
            return true;
        }
    }
    return false;
}

static void match_tracker(struct matching *w, const struct match_conf *conf,
                          const struct match_item *it)
{
    const struct claims *own;

    if (map_count(w->m->tracker) == 0) {
        return;
    }
    own = map_get(w->m->tracker, text_key(w->a, it->key));
    if (own != NULL) {
        from(w, LINK_TRACKER, NULL,
             arena_printf(w->a, "tracker %.*s", STR_FMT(it->key)));
        claims_tell(own, found_link, w);
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        const struct mark *k = &it->marks[i];

        if (k->kind != MARK_LINK || !is_link_type(conf, w->a, k->name)) {
            continue;
        }
        const struct claims *c = map_get(w->m->tracker, text_key(w->a, k->value));

        if (c != NULL) {
            from(w, LINK_TRACKER, NULL,
                 arena_printf(w->a, "%.*s %.*s", STR_FMT(k->name), STR_FMT(k->value)));
            claims_tell(c, found_link, w);
        }
    }
}

static void match_fields(struct matching *w, const struct match_conf *conf,
                         const struct trait *traits, size_t n)
{
    struct str wanted = text_key(w->a, conf->initiative_field);

    for (size_t i = 0; i < n; i++) {
        const struct trait *t = &traits[i];

        if (t->letter != 'f') {
            continue;
        }
        from(w, LINK_FIELD, t, STR_NONE);
        bool any = claim_index_find(&w->m->initiatives, t, found_link, w);

        if (wanted.n == 0 ||
            !str_eq(str_skip(str_first(t->key, t->group_n), 1), wanted)) {
            continue;
        }
        const struct node *node = linkable(w->m, trait_value(t));

        if (node != NULL) {
            add_link(w, node, STR_NONE);
        } else if (!claims_tell(map_get(w->m->titles, trait_value(t)), found_link, w) &&
                   !any) {
            add_link(w, NULL, str_trim(t->written));
        }
    }
}

/* "initiative:ID" -> ID, in a comparison key. */
static bool label_id(struct str key, const char *prefix, struct str *ret)
{
    struct str p = str_of(prefix);

    if (!str_has_prefix(key, p)) {
        return false;
    }
    *ret = str_trim(str_skip(key, p.n));
    return ret->n > 0;
}

static void match_labels(struct matching *w, const struct trait *traits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct trait *t = &traits[i];
        struct str id;

        if (t->letter != 'l') {
            continue;
        }
        from(w, LINK_LABEL, t, STR_NONE);
        bool any = claim_index_find(&w->m->initiatives, t, found_link, w);

        if (!label_id(trait_value(t), "initiative:", &id)) {
            continue;
        }
        const struct node *node = linkable(w->m, id);

        if (node != NULL) {
            add_link(w, node, STR_NONE);
        } else if (!any) {
            ptrdiff_t colon = str_chr(t->written, ':');

            /* As written, unless only folding made a colon of it. */
            add_link(w, NULL,
                     colon >= 0 ? str_trim(str_skip(t->written, (size_t)colon + 1))
                                : id);
        }
    }
}

static void match_scope(struct matching *w, const struct trait *traits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (traits[i].letter != 'l' && traits[i].letter != 'f') {
            from(w, LINK_SCOPE, &traits[i], STR_NONE);
            claim_index_find(&w->m->initiatives, &traits[i], found_link, w);
        }
    }
}

static void match_references(struct matching *w, const struct match_item *it)
{
    for (size_t i = 0; i < it->n_marks; i++) {
        struct str id = it->marks[i].value;

        if (it->marks[i].kind == MARK_REFERENCE) {
            from(w, LINK_REFERENCE, NULL,
                 arena_printf(w->a, "line naming %.*s", STR_FMT(id)));
            add_link(w, linkable(w->m, id), id);
        }
    }
}

/* The ancestor's own unknown names are its own business. */
static void match_inherited(struct matching *w, const struct link *inherited, size_t n,
                            enum link_method method)
{
    for (size_t i = 0; i < n; i++) {
        const struct link *l = &inherited[i];
        const struct node *node = l->known ? linkable(w->m, l->node) : NULL;

        if (node != NULL && (l->method == LINK_BUCKET) == (method == LINK_BUCKET)) {
            from(w, method, NULL,
                 l->detail.n > 0 ? l->detail : STR("its parent's link"));
            add_link(w, node, STR_NONE);
        }
    }
}

static bool has_known(const struct matching *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->v[i].known) {
            return true;
        }
    }
    return false;
}

static void match_buckets(struct matching *w, const struct trait *traits, size_t n,
                          const struct link *inherited, size_t n_inherited)
{
    bool own = false;

    for (size_t i = 0; i < n; i++) {
        from(w, LINK_BUCKET, &traits[i], STR_NONE);
        own = claim_index_find(&w->m->buckets, &traits[i], found_link, w) || own;
    }
    if (!own) {
        match_inherited(w, inherited, n_inherited, LINK_BUCKET);
    }
}

static void find_exemptions(const struct match_item *it, const struct trait *traits,
                            size_t n, struct link_set *ret)
{
    for (size_t i = 0; i < n; i++) {
        struct str word;

        if (traits[i].letter != 'l' ||
            !label_id(trait_value(&traits[i]), "strategy:", &word)) {
            continue;
        }
        if (str_eqz(word, "none")) {
            ret->exempt = true;
            ret->exempt_reason = STR("label strategy:none");
        } else if (str_eqz(word, "later")) {
            ret->later = true;
        }
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        const struct mark *k = &it->marks[i];

        if (k->kind == MARK_EXEMPT) {
            ret->exempt = true;
            ret->exempt_reason = k->value.n > 0 ? k->value : STR("line Strategy: none");
        }
    }
}

bool match_item(const struct matcher *m, const struct match_conf *conf,
                const struct match_item *item, const struct link *manual,
                size_t n_manual, const struct link *inherited, size_t n_inherited,
                struct arena *a, struct link_set *ret, struct err *e)
{
    struct matching w = {.m = m, .a = a};
    struct link_set set = {0};
    size_t n;
    const struct trait *traits = traits_of_item(item, a, &n);

    if (traits == NULL) {
        return err_nomem(e);
    }
    match_manual(&w, manual, n_manual);
    match_tracker(&w, conf, item);
    match_fields(&w, conf, traits, n);
    match_labels(&w, traits, n);
    match_scope(&w, traits, n);
    match_references(&w, item);
    match_inherited(&w, inherited, n_inherited, LINK_INHERITED);
    if (!has_known(&w)) {
        match_buckets(&w, traits, n, inherited, n_inherited);
    }
    find_exemptions(item, traits, n, &set);
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    set.v = w.v;
    set.n = w.n;
    for (size_t i = w.n; i > 0; i--) {
        /* They stand by method: the first known one is of the strongest. */
        if (w.v[i - 1].known) {
            set.strongest = w.v[i - 1].method;
        }
    }
    *ret = set;
    return true;
}

bool link_is_effective(const struct link_set *s, const struct link *l)
{
    return l->known && l->method == s->strongest;
}

/* ---- teams and what we will not do ---- */

static void keep_first(void *ctx, const struct claim *c)
{
    const struct claim **first = ctx;

    if (*first == NULL || c->order < (*first)->order) {
        *first = c;
    }
}

/* The first owner in file order with a claim on any trait. */
static const struct claim *first_claim(const struct claim_index *ix,
                                       const struct match_item *it, struct arena *a)
{
    const struct claim *first = NULL;
    size_t n = 0;
    const struct trait *traits =
        claim_index_is_empty(ix) ? NULL : traits_of_item(it, a, &n);

    if (traits == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        claim_index_find(ix, &traits[i], keep_first, &first);
    }
    return first;
}

const struct team *match_team(const struct matcher *m, const struct match_item *item,
                              struct arena *a)
{
    const struct claim *c = first_claim(&m->teams, item, a);

    return c != NULL ? &m->s->teams[c->order] : NULL;
}

static bool says(const struct phrases *p, struct str title, struct str body)
{
    unsigned in_body = 0;

    for (size_t i = 0; i < p->n; i++) {
        if (text_has_phrase(title, p->v[i])) {
            return true;
        }
        in_body += text_has_phrase(body, p->v[i]);
    }
    return in_body >= 2;
}

const struct not_doing *match_not_doing(const struct matcher *m,
                                        const struct match_item *item, struct arena *a,
                                        bool *by_label)
{
    const struct claim *c = first_claim(&m->not_doing, item, a);

    if (c != NULL) {
        *by_label = true;
        return &m->s->not_doing[c->order];
    }
    struct str title = text_key(a, item->title);
    struct str body = text_key(a, item->excerpt);

    *by_label = false;
    for (size_t i = 0; i < m->s->n_not_doing && !arena_failed(a); i++) {
        if (says(&m->phrases[i], title, body)) {
            return &m->s->not_doing[i];
        }
    }
    return NULL;
}
