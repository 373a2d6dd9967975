#include "core/route.h"

#include "core/textkey.h"

const char *route_label_name(enum route_label l)
{
    switch (l) {
#define X(f, name)                                                                     \
    case ROUTE_BY_##f:                                                                 \
        return name;
        ROUTE_LABELS(X)
#undef X
    case ROUTE_BY_label:
        return "label";
    case ROUTE_LABEL_COUNT:
        break;
    }
    return "?";
}

bool route_label_find(struct str name, enum route_label *ret)
{
    if (str_eqz(name, "project") || str_eqz(name, "repo")) {
        *ret = ROUTE_BY_scope;
        return true;
    }
    for (unsigned i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if (str_eqz(name, route_label_name((enum route_label)i))) {
            *ret = (enum route_label)i;
            return true;
        }
    }
    return false;
}

struct str route_label_get(const struct route_labels *l, enum route_label which)
{
    switch (which) {
#define X(f, name)                                                                     \
    case ROUTE_BY_##f:                                                                 \
        return l->f;
        ROUTE_LABELS(X)
#undef X
    case ROUTE_BY_label:
    case ROUTE_LABEL_COUNT:
        break;
    }
    return STR_NONE;
}

/* Comparison keys of what a finding has. */
struct keys {
    struct str one[ROUTE_LABEL_COUNT];
    struct str_list labels;
};

/* One search under way. */
struct search {
    const struct route_labels *labels;
    struct keys keys;
    const struct calendar *cal;
    struct arena *a;
    struct route_hit *ret;
    size_t n, max;
    bool is_traced;
    struct route_visit *visits;
    size_t n_visits, cap_visits;
};

static bool has_key(const struct keys *keys, size_t label, struct str glob)
{
    if (label != ROUTE_BY_label) {
        return text_glob(glob, keys->one[label]);
    }
    for (size_t i = 0; i < keys->labels.n; i++) {
        if (text_glob(glob, keys->labels.v[i])) {
            return true;
        }
    }
    return false;
}

/* *ret_failed: the first label that is not right. */
static bool match_keys(const struct str_list *match, const struct keys *keys,
                       struct arena *a, enum route_label *ret_failed)
{
    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        const struct str_list *globs = &match[i];
        bool any = globs->n == 0;

        for (size_t k = 0; k < globs->n && !any; k++) {
            any = has_key(keys, i, text_key(a, globs->v[k]));
        }
        if (!any) {
            *ret_failed = (enum route_label)i;
            return false;
        }
    }
    return true;
}

static void keys_of(const struct route_labels *labels, struct arena *a, struct keys *ret)
{
    const struct str_list *own = &labels->labels;

    for (unsigned i = 0; i < ROUTE_LABEL_COUNT; i++) {
        ret->one[i] = text_key(a, route_label_get(labels, (enum route_label)i));
    }
    ret->labels = (struct str_list){arena_array(a, own->n + 1, sizeof *own->v), 0};
    for (size_t i = 0; ret->labels.v != NULL && i < own->n; i++) {
        ret->labels.v[ret->labels.n++] = text_key(a, own->v[i]);
    }
}

bool route_asks(const struct route *routes, size_t n, enum route_label label)
{
    for (size_t i = 0; i < n; i++) {
        if (routes[i].match[label].n > 0 ||
            route_asks(routes[i].children, routes[i].n_children, label)) {
            return true;
        }
    }
    return false;
}

bool route_matches(const struct str_list match[ROUTE_LABEL_COUNT],
                   const struct route_labels *labels, struct arena *a)
{
    enum route_label failed;
    struct keys keys;

    keys_of(labels, a, &keys);
    return match_keys(match, &keys, a, &failed);
}

/* "team=payments,scope=PAY"; "all" when nothing tells groups apart. */
static struct str group_name(const struct search *s, uint32_t group_by)
{
    struct str name = STR_NONE;

    for (unsigned i = 0; i < ROUTE_LABEL_COUNT; i++) {
        struct str value = route_label_get(s->labels, (enum route_label)i);

        if ((group_by >> i & 1U) != 0) {
            name = arena_printf(s->a, "%.*s%s%s=%.*s", STR_FMT(name),
                                name.n > 0 ? "," : "",
                                route_label_name((enum route_label)i), STR_FMT(value));
        }
    }
    return name.n > 0 ? name : STR("all");
}

/* What the path says, the nearest first, over the defaults. */
static void add_hit(struct search *s, const struct route *const *path, size_t n)
{
    struct route_hit hit = {
        .group_wait = SPAN_MS(2 * 60 * 1000),
        .repeat_interval = SPAN_MS(INT64_C(7) * 86400 * 1000),
        .hours = s->cal,
        .budget = {.day = 2, .week = 5},
        .n_path = n,
    };
    uint32_t group_by = 1U << ROUTE_BY_team;

    for (size_t i = 0; i < n; i++) {
        const struct route *r = path[i];

        hit.path[i] = r;
        hit.channel = r->channel.n > 0 ? r->channel : hit.channel;
        hit.group_wait = r->has_wait ? r->group_wait : hit.group_wait;
        hit.group_interval = r->has_interval ? r->group_interval : hit.group_interval;
        hit.has_interval = hit.has_interval || r->has_interval;
        hit.repeat_interval = r->has_repeat ? r->repeat_interval : hit.repeat_interval;
        hit.hours = r->has_hours ? &r->hours : hit.hours;
        hit.mute = r->has_mute ? r->mute : hit.mute;
        hit.n_mute = r->has_mute ? r->n_mute : hit.n_mute;
        hit.budget = r->has_budget ? r->budget : hit.budget;
        group_by = r->has_group_by ? r->group_by : group_by;
    }
    if (hit.channel.n == 0 || s->n == s->max) {
        return;
    }
    hit.group = group_name(s, group_by);
    s->ret[s->n++] = hit;
}

static struct str place_of(struct arena *a, struct str parent, size_t i)
{
    return arena_printf(a, "%.*s%s%zu", STR_FMT(parent), parent.n > 0 ? "." : "", i + 1);
}

static void note_visit(struct search *s, const struct route_visit *v)
{
    struct route_visit *to = arena_grow(s->a, &s->visits, &s->n_visits, &s->cap_visits,
                                        sizeof(*to));

    if (to != NULL) {
        *to = *v;
    }
}

/* Routes with the same parent, its ancestors and its own place. */
struct siblings {
    const struct route *v;
    size_t n;
    struct str parent; /* traced: its place */
    size_t depth;      /* ancestors in the path */
};

/*
 * Walks one list of siblings. True: some route took the finding. Depth is bounded by
 * ROUTE_MAX_DEPTH.
 */
static bool walk(struct search *s, const struct siblings *of, const struct route **path)
{
    bool any = false;

    for (size_t i = 0; i < of->n; i++) {
        const struct route *r = &of->v[i];
        struct route_visit visit = {.route = r};
        struct siblings below = {r->children, r->n_children, STR_NONE, of->depth + 1};

        visit.matched = match_keys(r->match, &s->keys, s->a, &visit.failed);
        if (s->is_traced) {
            visit.place = below.parent = place_of(s->a, of->parent, i);
            note_visit(s, &visit);
        }
        if (!visit.matched) {
            continue;
        }
        any = true;
        path[of->depth] = r;
        if (below.depth == ROUTE_MAX_DEPTH || !walk(s, &below, path)) {
            add_hit(s, path, below.depth);
        }
        if (!r->continue_) {
            break;
        }
    }
    return any;
}

size_t route_find(const struct route *routes, size_t n,
                  const struct route_labels *labels, const struct calendar *cal,
                  struct arena *a, struct route_hit *ret, size_t max)
{
    struct search s = {.labels = labels, .cal = cal, .a = a, .ret = ret, .max = max};
    const struct siblings top = {routes, n, STR_NONE, 0};
    const struct route *path[ROUTE_MAX_DEPTH];

    keys_of(labels, a, &s.keys);
    (void)walk(&s, &top, path);
    return s.n;
}

bool route_trace(const struct route *routes, size_t n, const struct route_labels *labels,
                 struct arena *a, struct route_visit **ret, size_t *ret_n)
{
    struct search s = {.labels = labels, .a = a, .is_traced = true};
    const struct siblings top = {routes, n, STR_NONE, 0};
    const struct route *path[ROUTE_MAX_DEPTH];

    keys_of(labels, a, &s.keys);
    (void)walk(&s, &top, path);
    *ret = s.visits;
    *ret_n = s.n_visits;
    return !arena_failed(a);
}

size_t route_distinct(struct route_hit *v, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        bool repeated = false;

        for (size_t k = 0; k < kept; k++) {
            repeated = repeated || str_eq(v[k].channel, v[i].channel);
        }
        if (!repeated) {
            v[kept++] = v[i];
        }
    }
    return kept;
}

struct route *route_with_days_off(const struct route *routes, size_t n,
                                  const struct calendar *cal, struct arena *a)
{
    struct route *copy = arena_array(a, n + 1, sizeof(*copy));

    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i] = routes[i];
        copy[i].hours.holidays = cal->holidays;
        copy[i].hours.n_holidays = cal->n_holidays;
        copy[i].children =
            route_with_days_off(routes[i].children, routes[i].n_children, cal, a);
    }
    return copy;
}

static struct str last_channel(const struct route *routes, size_t n, unsigned depth)
{
    for (size_t i = n; i > 0; i--) {
        const struct route *r = &routes[i - 1];

        if (r->channel.n > 0) {
            return r->channel;
        }
        if (depth < ROUTE_MAX_DEPTH) {
            struct str below = last_channel(r->children, r->n_children, depth + 1);

            if (below.n > 0) {
                return below;
            }
        }
    }
    return STR_NONE;
}

struct str route_operations(const struct route *routes, size_t n, struct str configured)
{
    return configured.n > 0 ? configured : last_channel(routes, n, 1);
}
