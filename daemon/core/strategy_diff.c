#include "core/strategy_diff.h"

#include "core/strategy_field.h"
#include "core/textkey.h"

const char *change_kind_name(enum change_kind k)
{
    static const char *const names[] = {
#define X(e, name) name,
        CHANGE_KINDS(X)
#undef X
    };

    return names[k];
}

/* ---- kinds of nodes, as lists of a strategy ---- */

struct list_kind {
    enum node_kind kind;
    const char *words; /* before the id in a sentence */
    size_t at, n_at, size;
    const struct field *fields;
    bool ranked; /* its order says something */
    bool closed; /* GET /v1/strategy does not answer them */
};

#define KIND(enum_name, in_words, list, rows, is_ranked, is_closed)                    \
    {                                                                                  \
        enum_name, in_words, offsetof(struct strategy, list),                          \
            offsetof(struct strategy, n_##list),                                       \
            sizeof *((struct strategy *)NULL)->list, rows, is_ranked, is_closed        \
    }

static const struct list_kind kinds[] = {
    KIND(NODE_INTENT, "intent", intents, intent_fields, true, false),
    KIND(NODE_OBJECTIVE, "objective", objectives, objective_fields, true, false),
    KIND(NODE_KR, "KR", key_results, key_result_fields, true, false),
    KIND(NODE_INITIATIVE, "initiative", initiatives, initiative_fields, true, false),
    KIND(NODE_BUCKET, "bucket", buckets, bucket_fields, true, false),
    KIND(NODE_TEAM, "team", teams, team_fields, true, false),
    KIND(NODE_NOT_DOING, "not-doing", not_doing, not_doing_fields, false, false),
    KIND(NODE_COMPETITOR, "competitor", competitors, competitor_fields, false, true),
    KIND(NODE_EVENT, "event", events, event_fields, false, true),
    KIND(NODE_DECISION, "decision", decisions, decision_fields, false, true),
};

static size_t count(const struct strategy *s, const struct list_kind *k)
{
    return *(const size_t *)(const void *)((const char *)s + k->n_at);
}

static const struct node *at(const struct strategy *s, const struct list_kind *k,
                             size_t i)
{
    const char *const *list = (const void *)((const char *)s + k->at);

    return (const void *)(*list + i * k->size);
}

/* Where in the list the node stands. */
static size_t place_of(const struct strategy *s, const struct list_kind *k,
                       const struct node *n)
{
    return (size_t)((const char *)n - (const char *)at(s, k, 0)) / k->size;
}

static const struct list_kind *kind_of(enum node_kind kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind == kind) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* ---- pairing ---- */

const struct node *diff_now(const struct diff *d, const struct node *old)
{
    const struct list_kind *k = kind_of(old->kind);

    return k == NULL ? NULL : d->now[k->kind][place_of(d->from, k, old)];
}

struct str diff_id(const struct diff *d, struct str id, bool is_old)
{
    const struct node *n = strategy_find(is_old ? d->from : d->to, id);
    const struct node *now;

    if (n == NULL) {
        return id;
    }
    now = is_old ? diff_now(d, n) : n;
    return now != NULL ? now->id : n->id;
}

/* The node that has this id now, not formerly. */
static const struct node *present(const struct strategy *s, const struct list_kind *k,
                                  struct str id)
{
    const struct node *n = strategy_find(s, id);
    char mem[2][TEXT_KEY_ID];
    struct str x, y;

    if (n == NULL || n->kind != k->kind || !text_key_id(mem[0], n->id, &x) ||
        !text_key_id(mem[1], id, &y) || !str_eq(x, y)) {
        return NULL;
    }
    return n;
}

/* Pairs them unless either has its counterpart already. */
static void pair(struct diff *d, const struct list_kind *k, bool *taken,
                 const struct node *old, const struct node *new)
{
    size_t i, j;

    if (old == NULL || new == NULL) {
        return;
    }
    i = place_of(d->from, k, old);
    j = place_of(d->to, k, new);
    if (d->now[k->kind][i] == NULL && !taken[j]) {
        d->now[k->kind][i] = new;
        taken[j] = true;
    }
}

/*
 * By id first, so that a name that is used again is not its former owner; then by
 * `was`, of either side: an edit that is taken back pairs the same nodes.
 */
static void pair_kind(struct diff *d, const struct list_kind *k)
{
    size_t n = count(d->from, k), m = count(d->to, k);
    bool *taken = arena_array(d->a, m, sizeof *taken);

    d->now[k->kind] = arena_array(d->a, n, sizeof(const struct node *));
    if (taken == NULL || d->now[k->kind] == NULL) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct node *old = at(d->from, k, i);

        pair(d, k, taken, old, present(d->to, k, old->id));
    }
    for (size_t j = 0; j < m; j++) {
        const struct node *new = at(d->to, k, j);

        for (size_t w = 0; w < new->was.n; w++) {
            pair(d, k, taken, present(d->from, k, new->was.v[w]), new);
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct node *old = at(d->from, k, i);

        for (size_t w = 0; w < old->was.n; w++) {
            pair(d, k, taken, old, present(d->to, k, old->was.v[w]));
        }
    }
}

/* ---- one node ---- */

static struct diff_subject subject_of(struct diff *d, const struct list_kind *k,
                                      const struct node *n)
{
    return (struct diff_subject){
        .kind = node_kind_name(k->kind),
        .id = n->id,
        .name = arena_printf(d->a, "%s %.*s", k->words, STR_FMT(n->id)),
        .closed = k->closed,
    };
}

static void tell_whole(struct diff *d, const struct list_kind *k, const struct node *n,
                       enum change_kind change)
{
    struct diff_subject s = subject_of(d, k, n);
    struct strategy_change *c = diff_add(d, &s, change, "");

    if (c == NULL) {
        return;
    }
    c->text = arena_printf(d->a, "%.*s %s", STR_FMT(s.name), change_kind_name(change));
    if (!k->closed && n->title.n > 0) {
        *(change == CHANGE_ADDED ? &c->new : &c->old) = n->title;
        c->text = arena_printf(d->a, "%.*s: %.*s", STR_FMT(c->text), STR_FMT(n->title));
    }
}

static void tell_new_id(struct diff *d, const struct diff_subject *s,
                        const struct list_kind *k, const struct node *old,
                        const struct node *new)
{
    struct strategy_change *c = diff_add(d, s, CHANGE_RENAMED, "id");

    if (c != NULL) {
        c->old = old->id;
        c->new = new->id;
        c->text = arena_printf(d->a, "%s renamed %.*s -> %.*s", k->words,
                               STR_FMT(old->id), STR_FMT(new->id));
    }
}

static bool has_name(const struct node *n, struct str id)
{
    for (size_t i = 0; i < n->was.n; i++) {
        if (str_eq(n->was.v[i], id)) {
            return true;
        }
    }
    return str_eq(n->id, id);
}

/* Former ids that came or went by themselves: links by that name mean another node. */
static void tell_former(struct diff *d, const struct diff_subject *s,
                        const struct node *of, const struct node *other, bool added)
{
    for (size_t i = 0; i < of->was.n; i++) {
        struct strategy_change *c;

        if (has_name(other, of->was.v[i])) {
            continue;
        }
        c = diff_add(d, s, CHANGE_CHANGED, "was");
        if (c != NULL) {
            *(added ? &c->new : &c->old) = of->was.v[i];
            c->text = arena_printf(d->a, "%.*s former id %.*s %s", STR_FMT(s->name),
                                   STR_FMT(of->was.v[i]), added ? "added" : "removed");
        }
    }
}

static void tell_pair(struct diff *d, const struct list_kind *k, const struct node *old,
                      const struct node *new)
{
    struct diff_subject s = subject_of(d, k, new);

    if (k->kind == NODE_KR) {
        s.was_kr = (const struct key_result *)(const void *)old;
        s.kr = (const struct key_result *)(const void *)new;
    }
    if (!str_eq(old->id, new->id)) {
        tell_new_id(d, &s, k, old, new);
    }
    tell_former(d, &s, new, old, true);
    tell_former(d, &s, old, new, false);
    diff_fields(d, &s, k->fields, old, new);
}

/* ---- re-ranked: only what siblings of both versions are to each other counts ---- */

/* Siblings of the second version, in its order. */
struct ranks {
    const struct node **v;
    size_t *was;           /* place in the first version */
    bool *stays;           /* is part of the longest run that kept its order */
    size_t *ends, *before; /* scratch */
    size_t n;
};

static bool ranks_alloc(struct diff *d, struct ranks *r, size_t n)
{
    *r = (struct ranks){
        .v = arena_array(d->a, n, sizeof(const struct node *)),
        .was = arena_array(d->a, n, sizeof *r->was),
        .stays = arena_array(d->a, n, sizeof *r->stays),
        .ends = arena_array(d->a, n, sizeof *r->ends),
        .before = arena_array(d->a, n, sizeof *r->before),
    };
    d->failed |= r->v == NULL || r->was == NULL || r->stays == NULL ||
                 r->ends == NULL || r->before == NULL;
    return !d->failed;
}

/* The longest increasing run of `was`; patience sorting. */
static void find_stays(struct ranks *r)
{
    size_t len = 0, i;

    for (i = 0; i < r->n; i++) {
        size_t lo = 0, hi = len;

        r->stays[i] = false;
        while (lo < hi) {
            size_t mid = (lo + hi) / 2;

            if (r->was[r->ends[mid]] < r->was[i]) {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        r->before[i] = lo > 0 ? r->ends[lo - 1] : i;
        r->ends[lo] = i;
        len = lo == len ? len + 1 : len;
    }
    i = len > 0 ? r->ends[len - 1] : 0;
    for (; len > 0; len--) {
        r->stays[i] = true;
        i = r->before[i];
    }
}

/* `next`: the sibling after it that kept its place; n: none did. */
static void tell_rank(struct diff *d, const struct list_kind *k, const struct ranks *r,
                      size_t i, size_t next)
{
    struct diff_subject s = subject_of(d, k, r->v[i]);
    struct strategy_change *c = diff_add(d, &s, CHANGE_RERANKED, "rank");
    bool up = next < r->n && r->was[i] > r->was[next];

    if (c == NULL) {
        return;
    }
    c->text =
        next < r->n
            ? arena_printf(d->a, "%.*s re-ranked %s: now before %.*s", STR_FMT(s.name),
                           up ? "up" : "down", STR_FMT(r->v[next]->id))
            : arena_printf(d->a, "%.*s re-ranked down: now last", STR_FMT(s.name));
}

static void tell_ranks(struct diff *d, const struct list_kind *k, struct ranks *r)
{
    size_t *next = r->ends; /* free again once they are found */
    size_t stay = r->n;

    find_stays(r);
    for (size_t i = r->n; i-- > 0;) {
        next[i] = stay;
        stay = r->stays[i] ? i : stay;
    }
    for (size_t i = 0; i < r->n; i++) {
        if (!r->stays[i]) {
            tell_rank(d, k, r, i, next[i]);
        }
    }
}

static const struct node *parent(const struct node *n)
{
    return n->kind == NODE_KR
               ? &((const struct key_result *)(const void *)n)->objective->node
               : NULL;
}

/* Key results of one objective stand together in the list of all. */
static void rank_kind(struct diff *d, const struct list_kind *k,
                      const struct node *const *was)
{
    size_t m = count(d->to, k);
    struct ranks r;

    if (!ranks_alloc(d, &r, m)) {
        return;
    }
    for (size_t j = 0; j < m; j++) {
        const struct node *new = at(d->to, k, j), *old = was[j];
        const struct node *of = parent(new);

        if (j > 0 && parent(at(d->to, k, j - 1)) != of) {
            tell_ranks(d, k, &r);
            r.n = 0;
        }
        if (old != NULL && (of == NULL || diff_now(d, parent(old)) == of)) {
            r.v[r.n] = new;
            r.was[r.n++] = place_of(d->from, k, old);
        }
    }
    tell_ranks(d, k, &r);
}

static void tell_kind(struct diff *d, const struct list_kind *k)
{
    size_t n = count(d->from, k), m = count(d->to, k);
    const struct node **was = arena_array(d->a, m, sizeof(const struct node *));

    if (was == NULL) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (d->now[k->kind][i] != NULL) {
            was[place_of(d->to, k, d->now[k->kind][i])] = at(d->from, k, i);
        }
    }
    for (size_t j = 0; j < m; j++) {
        if (was[j] == NULL) {
            tell_whole(d, k, at(d->to, k, j), CHANGE_ADDED);
        } else {
            tell_pair(d, k, was[j], at(d->to, k, j));
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (d->now[k->kind][i] == NULL) {
            tell_whole(d, k, at(d->from, k, i), CHANGE_REMOVED);
        }
    }
    if (k->ranked) {
        rank_kind(d, k, was);
    }
}

/* ---- what is no node ---- */

static const struct diff_subject whole = {.kind = "strategy"};

static void tell_vision(struct diff *d)
{
    static const struct diff_subject s = {
        .kind = "vision", .id = STR_INIT("vision"), .name = STR_INIT("vision")};
    const struct vision *old = d->from->vision, *new = d->to->vision;
    struct strategy_change *c;

    if (old != NULL && new != NULL) {
        diff_fields(d, &s, vision_fields, old, new);
    } else if (old != NULL || new != NULL) {
        c = diff_add(d, &s, new != NULL ? CHANGE_ADDED : CHANGE_REMOVED, "");
        if (c != NULL) {
            c->text = new != NULL ? STR("vision added") : STR("vision removed");
        }
    }
}

static const struct str_pair *text_of(const struct str_pair_list *l, struct str key)
{
    for (size_t i = 0; i < l->n; i++) {
        if (str_eq(l->v[i].key, key)) {
            return &l->v[i];
        }
    }
    return NULL;
}

static void tell_context(struct diff *d, struct str key, const char *word)
{
    struct strategy_change *c = diff_add(d, &whole, CHANGE_CHANGED, "context");

    if (c != NULL) {
        c->text =
            arena_printf(d->a, "context, %.*s: %s", STR_FMT(str_first(key, 100)), word);
    }
}

static void tell_contexts(struct diff *d)
{
    const struct str_pair_list *old = &d->from->context, *new = &d->to->context;

    for (size_t i = 0; i < new->n; i++) {
        const struct str_pair *was = text_of(old, new->v[i].key);

        if (was == NULL) {
            tell_context(d, new->v[i].key, "given");
        } else if (!str_eq(was->value, new->v[i].value)) {
            tell_context(d, new->v[i].key, "reworded");
        }
    }
    for (size_t i = 0; i < old->n; i++) {
        if (text_of(new, old->v[i].key) == NULL) {
            tell_context(d, old->v[i].key, "taken out");
        }
    }
}

/* How many came, went and changed: "people: 2 added, details of 1 changed". */
static void tell_counts(struct diff *d, const char *field, const char *words,
                        size_t added, size_t removed, size_t changed)
{
    struct strategy_change *c;
    struct buf b;

    if (added + removed + changed == 0) {
        return;
    }
    c = diff_add(d, &whole, CHANGE_CHANGED, field);
    buf_init(&b, 1000);
    buf_printf(&b, "%s:", words);
    if (added > 0) {
        buf_printf(&b, " %zu added", added);
    }
    if (removed > 0) {
        buf_printf(&b, "%s %zu removed", added > 0 ? "," : "", removed);
    }
    if (changed > 0) {
        buf_printf(&b, "%s details of %zu changed", added + removed > 0 ? "," : "",
                   changed);
    }
    if (c != NULL) {
        c->text = arena_str(d->a, buf_str(&b));
    }
    d->failed |= !buf_ok(&b);
    buf_finish(&b);
}

static bool same_person(const struct person *x, const struct person *y)
{
    if (!str_eq(x->name, y->name) || !str_eq(x->slack, y->slack) ||
        !str_eq(x->github, y->github) || !str_eq(x->jira, y->jira) ||
        !str_eq(x->email, y->email) || !str_eq(x->teams, y->teams) ||
        !str_eq(x->discord, y->discord) || !str_eq(x->mattermost, y->mattermost) ||
        !str_eq(x->google_chat, y->google_chat) || x->away.n != y->away.n || x->fte < y->fte ||
        x->fte > y->fte) {
        return false;
    }
    for (size_t i = 0; i < x->away.n; i++) {
        if (!str_eq(x->away.v[i], y->away.v[i])) {
            return false;
        }
    }
    return true;
}

static void tell_people(struct diff *d)
{
    size_t same = 0, changed = 0;

    for (size_t i = 0; i < d->to->n_people; i++) {
        const struct person *p = &d->to->people[i];
        const struct person *was = strategy_person(d->from, p->id);

        same += was != NULL;
        changed += was != NULL && !same_person(was, p);
    }
    tell_counts(d, "people", "people", d->to->n_people - same, d->from->n_people - same,
                changed);
}

/* How many of `l` the other does not have. */
static size_t lacking(struct diff *d, const struct str_list *l,
                      const struct str_list *other)
{
    struct map *have = field_set(d, other);
    size_t n = 0;

    for (size_t i = 0; have != NULL && i < l->n; i++) {
        n += map_get(have, l->v[i]) == NULL;
    }
    map_destroy(have);
    return n;
}

static size_t lacking_days(const struct strategy *s, const struct strategy *other)
{
    size_t n = 0;

    for (size_t i = 0, j = 0; i < s->n_holidays; i++) {
        while (j < other->n_holidays &&
               date_cmp(other->holidays[j], s->holidays[i]) < 0) {
            j++;
        }
        n +=
            j == other->n_holidays || date_cmp(other->holidays[j], s->holidays[i]) != 0;
    }
    return n;
}

static void tell_retired(struct diff *d, const struct str_list *of,
                         const struct str_list *other, bool added)
{
    struct map *have = field_set(d, other);

    for (size_t i = 0; have != NULL && i < of->n; i++) {
        struct diff_subject s = {.kind = "retired", .id = of->v[i]};
        struct strategy_change *c;

        if (map_get(have, of->v[i]) != NULL) {
            continue;
        }
        c = diff_add(d, &s, CHANGE_CHANGED, "retired");
        if (c != NULL) {
            c->text = arena_printf(d->a, "id %.*s %s", STR_FMT(of->v[i]),
                                   added ? "retired" : "no longer retired");
        }
    }
    map_destroy(have);
}

static void tell_rest(struct diff *d)
{
    const struct strategy *old = d->from, *new = d->to;

    tell_retired(d, &new->retired, &old->retired, true);
    tell_retired(d, &old->retired, &new->retired, false);
    tell_people(d);
    tell_counts(d, "bots", "bots", lacking(d, &new->bots, &old->bots),
                lacking(d, &old->bots, &new->bots), 0);
    tell_counts(d, "holidays", "holidays", lacking_days(new, old),
                lacking_days(old, new), 0);
}

/* ---- all of it ---- */

/* Two values of one field: a list may be most of a file. */
enum { SCRATCH_CEILING = 128 << 20 };

static void tell_all(struct diff *d)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !d->failed; i++) {
        pair_kind(d, &kinds[i]);
    }
    if (d->failed) {
        return;
    }
    diff_fields(d, &whole, strategy_fields, d->from, d->to);
    tell_contexts(d);
    tell_vision(d);
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !d->failed; i++) {
        tell_kind(d, &kinds[i]);
    }
    tell_rest(d);
}

bool strategy_diff(const struct strategy *from, const struct strategy *to,
                   struct date today, struct arena *a, struct strategy_change **ret,
                   size_t *ret_n)
{
    struct diff d = {
        .from = from,
        .to = to,
        .today = today,
        .a = a,
        .scratch = arena_create(SCRATCH_CEILING),
    };

    if (d.scratch == NULL) {
        return false;
    }
    tell_all(&d);
    arena_destroy(d.scratch);
    *ret = d.v;
    *ret_n = d.n;
    return !d.failed && !arena_failed(a);
}

void strategy_diff_summary(struct buf *out, const struct strategy_change *v, size_t n)
{
    const char *comma = "";

    for (int k = 0; k < CHANGE_KIND_COUNT; k++) {
        size_t of_kind = 0;

        for (size_t i = 0; i < n; i++) {
            of_kind += (int)v[i].change == k;
        }
        if (of_kind > 0) {
            buf_printf(out, "%s%zu %s", comma, of_kind,
                       change_kind_name((enum change_kind)k));
            comma = ", ";
        }
    }
    if (n == 0) {
        buf_addz(out, "nothing but its text");
    }
}
