#include "config/routes.h"

#include "config/diag.h"
#include "config/nearest.h"

static const char *const severities[] = {
#define X(e, name) name,
    SEVERITIES(X)
#undef X
        NULL,
};

static bool is_glob(struct str s)
{
    return str_chr(s, '*') >= 0 || str_chr(s, '?') >= 0;
}

/* Names that cannot change without a restart are checked; globs are not. */
static void check_match(struct binder *b, const struct yaml_node *at, struct str value,
                        enum route_label label, const struct place *where)
{
    struct nearest near = nearest_to(value, !diag_is_full(b->d));
    bool known = is_glob(value);

    if (label == ROUTE_BY_severity) {
        for (size_t i = 0; severities[i] != NULL; i++) {
            known = known || str_eqz(value, severities[i]);
            nearest_try(&near, str_of(severities[i]));
        }
    } else if (label == ROUTE_BY_rule) {
        for (size_t i = 0; i < rules_count; i++) {
            known = known || str_eqz(value, rules[i]->id);
            nearest_try(&near, str_of(rules[i]->id));
        }
    } else {
        return;
    }
    if (!known) {
        bind_error(b, at->at, nearest_hint(&near, b->scratch), where,
                   "unknown %s '%.*s'", route_label_name(label), STR_FMT(value));
    }
}

static bool label_by_name(struct str name, enum route_label *ret, struct nearest *near)
{
    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        nearest_try(near, str_of(route_label_name((enum route_label)i)));
    }
    return route_label_find(name, ret);
}

/* One label of `match`, with its globs. */
static void read_globs(struct binder *b, const struct yaml_node *v, enum route_label label,
                       const struct place *where, struct str_list *ret)
{
    const struct yaml_node *e = v->kind == YAML_SEQ ? v->first : v;

    if (ret->n > 0) { /* project and repo are scopes, too */
        bind_error(b, v->key->at, STR_NONE, where, "label '%s' is given twice",
                   route_label_name(label));
        return;
    }
    bind_origin(b, ret, v);
    if (!bind_strs(b, v, where, route_label_name(label), 200, ret)) {
        return;
    }
    for (size_t i = 0; i < ret->n && e != NULL; i++) {
        check_match(b, e, ret->v[i], label, where);
        e = v->kind == YAML_SEQ ? e->next : NULL;
    }
}

static void read_match(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct route *r = out;

    if (!bind_is_map(b, value, where, key->key.name)) {
        return;
    }
    for (const struct yaml_node *v = value->first; v != NULL; v = v->next) {
        struct nearest near = nearest_to(v->key->text, !diag_is_full(b->d));
        enum route_label label;

        if (!label_by_name(v->key->text, &label, &near)) {
            bind_error(b, v->key->at, nearest_hint(&near, b->scratch), where,
                       "unknown label '%.*s' to match", STR_FMT(v->key->text));
            continue;
        }
        read_globs(b, v, label, where, &r->match[label]);
    }
}

static void read_group_by(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    struct route *r = out;
    struct str_list names = {0};
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    if (!bind_strs(b, value, where, key->key.name, 64, &names)) {
        return;
    }
    r->has_group_by = true;
    for (size_t i = 0; i < names.n && e != NULL; i++) {
        struct nearest near = nearest_to(names.v[i], !diag_is_full(b->d));
        enum route_label label;
        bool found = label_by_name(names.v[i], &label, &near);

        if (found && label == ROUTE_BY_label) {
            bind_error(b, e->at, STR("an item may have several"), where,
                       "findings cannot be grouped by 'label'");
        } else if (found) {
            r->group_by |= UINT32_C(1) << label;
        } else {
            bind_error(b, e->at, nearest_hint(&near, b->scratch), where,
                       "unknown label '%.*s' to group by", STR_FMT(names.v[i]));
        }
        e = value->kind == YAML_SEQ ? e->next : NULL;
    }
}

bool hours_read(struct binder *b, const struct yaml_node *value,
                const struct place *where, const char *key, struct calendar *ret)
{
    const struct tz *tz = ret->tz;
    struct calendar c = {0};
    struct err e;
    struct str s;

    if (!bind_scalar(b, value, where, key, &s)) {
        return false;
    }
    if (!calendar_parse_hours(s, &c, &e)) {
        bind_wrong(
            b, value, STR_NONE, where, key,
            "must be working hours such as \"Mon-Fri 09:00-17:30\", or always: %s",
            e.msg);
        return false;
    }
    *ret = c;
    ret->tz = tz;
    return true;
}

static void read_route_hours(struct binder *b, const struct yaml_node *value,
                             const struct place *where, const struct bind_key *key,
                             void *out)
{
    struct route *r = out;

    r->has_hours = hours_read(b, value, where, key->key.name, &r->hours);
}

enum { MUTE_MAX = 16, BUDGET_MAX = 1000 };

static void read_mute(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;
    struct route *r = out;
    struct str_list texts = {0};

    if (!bind_strs(b, value, where, key->key.name, 100, &texts)) {
        return;
    }
    if (texts.n > MUTE_MAX) {
        bind_wrong(b, value, STR_NONE, where, key->key.name, "has more than %d windows",
                   MUTE_MAX);
        return;
    }
    r->mute = arena_array(b->a, texts.n + 1, sizeof *r->mute);
    for (; r->mute != NULL && r->n_mute < texts.n && e != NULL; r->n_mute++) {
        if (!hours_read(b, e, where, key->key.name, &r->mute[r->n_mute])) {
            return;
        }
        if (r->mute[r->n_mute].always) {
            bind_wrong(b, e, STR_NONE, where, key->key.name,
                       "must leave some time: not always");
            return;
        }
        e = value->kind == YAML_SEQ ? e->next : NULL;
    }
}

static void read_limit(struct binder *b, const struct yaml_node *value,
                       const struct place *where, unsigned *ret)
{
    struct str text;
    int64_t n;

    if (!bind_scalar(b, value, where, "budget", &text)) {
        return;
    }
    if (!str_to_i64(text, &n) || n < 0 || n > BUDGET_MAX) {
        bind_wrong(b, value, STR_NONE, where, "budget",
                   "must be from 0 (no limit) to %d messages", BUDGET_MAX);
        return;
    }
    *ret = (unsigned)n;
}

static void read_budget(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key, void *out)
{
    struct route *r = out;

    if (value->kind == YAML_SCALAR &&
        (str_eqz(value->text, "off") || str_eqz(value->text, "false"))) {
        return;
    }
    if (!bind_is_map(b, value, where, key->key.name)) {
        return;
    }
    r->budget = (struct route_budget){.day = 2, .week = 5};
    for (const struct yaml_node *v = value->first; v != NULL; v = v->next) {
        if (str_eqz(v->key->text, "day")) {
            read_limit(b, v, where, &r->budget.day);
        } else if (str_eqz(v->key->text, "week")) {
            read_limit(b, v, where, &r->budget.week);
        } else {
            bind_error(b, v->key->at, STR("day or week"), where,
                       "unknown key '%.*s' of a budget", STR_FMT(v->key->text));
        }
    }
}

static void whole_route(struct binder *b, const struct yaml_node *map,
                        const struct place *where, void *out)
{
    struct route *r = out;

    (void)b;
    (void)where;
    r->has_wait = yaml_get(map, "group_wait") != NULL;
    r->has_interval = yaml_get(map, "group_interval") != NULL;
    r->has_repeat = yaml_get(map, "repeat_interval") != NULL;
    r->has_mute = yaml_get(map, "mute") != NULL;
    r->has_budget = yaml_get(map, "budget") != NULL;
}

#define ROUTE(member) offsetof(struct route, member)

const struct bind_key route_rows[] = {
    {.key = {.name = "match",
             .offset = ROUTE(match),
             .live = true,
             .doc = "Labels with globs that a finding must have, all of them."},
     .form = BIND_CALL,
     .call = read_match},
    {.key = {.name = "channel",
             .offset = ROUTE(channel),
             .live = true,
             .doc = "Where it goes; default: the outer route's."},
     .form = BIND_ID},
    {.key = {.name = "continue",
             .type = CONF_BOOL,
             .offset = ROUTE(continue_),
             .dflt = "false",
             .live = true,
             .doc = "Also look at the routes that follow."}},
    {.key = {.name = "group_by",
             .offset = ROUTE(group_by),
             .live = true,
             .doc = "Labels whose findings share one message; default: team."},
     .form = BIND_CALL,
     .call = read_group_by},
    {.key = {.name = "group_wait",
             .type = CONF_SPAN,
             .offset = ROUTE(group_wait),
             .live = true,
             .doc = "How long the first message of a group waits for more."}},
    {.key = {.name = "group_interval",
             .type = CONF_SPAN,
             .offset = ROUTE(group_interval),
             .live = true,
             .doc = "The least time between two messages of a group."}},
    {.key = {.name = "repeat_interval",
             .type = CONF_SPAN,
             .offset = ROUTE(repeat_interval),
             .live = true,
             .doc = "When an open finding is told again."}},
    {.key = {.name = "hours",
             .offset = ROUTE(hours),
             .live = true,
             .doc = "Working hours of this route, or always."},
     .form = BIND_CALL,
     .call = read_route_hours,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "routes",
             .offset = ROUTE(children),
             .live = true,
             .doc = "Routes that refine this one."},
     .form = BIND_LIST,
     .table = &route_table,
     .n_offset = ROUTE(n_children)},
    {.key = {.name = "mute",
             .offset = ROUTE(mute),
             .live = true,
             .doc = "Hours in which nothing goes out: Sat-Sun 00:00-24:00."},
     .form = BIND_CALL,
     .call = read_mute,
     .schema = "{\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"string\"}}"},
    {.key = {.name = "budget",
             .offset = ROUTE(budget),
             .live = true,
             .doc = "Messages of the channel a day and a week, high ones not counted; "
                    "default: day 2, week 5; off: no limit."},
     .form = BIND_CALL,
     .call = read_budget,
     .schema = "{\"type\": [\"string\", \"boolean\", \"object\"], \"properties\": "
               "{\"day\": {\"type\": \"integer\"}, \"week\": {\"type\": "
               "\"integer\"}}, \"additionalProperties\": false}"},
    {{0}},
};
const struct bind_table route_table = {
    .what = "route",
    .keys = route_rows,
    .size = sizeof(struct route),
    .whole = whole_route,
};

/* ---- what routes name ---- */

static void check_channel(struct binder *b, const struct yaml_node *value,
                          struct str name, const struct conf *c,
                          const struct place *where)
{
    struct nearest near = nearest_to(name, !diag_is_full(b->d));

    for (size_t i = 0; i < c->n_channels; i++) {
        if (str_eq(c->channels[i].chat.name, name)) {
            return;
        }
        nearest_try(&near, c->channels[i].chat.name);
    }
    bind_error(b, value->at, nearest_hint(&near, b->scratch), where,
               "unknown channel '%.*s'", STR_FMT(name));
}

static void check_sources(struct binder *b, const struct yaml_node *match,
                          const struct route *r, const struct conf *c,
                          const struct place *where)
{
    const struct yaml_node *value = yaml_get(match, route_label_name(ROUTE_BY_source));
    const struct str_list *names = &r->match[ROUTE_BY_source];
    const struct yaml_node *e =
        value != NULL && value->kind == YAML_SEQ ? value->first : value;

    for (size_t i = 0; i < names->n && e != NULL; i++) {
        struct nearest near = nearest_to(names->v[i], !diag_is_full(b->d));
        bool known = is_glob(names->v[i]);

        for (size_t k = 0; k < c->n_sources; k++) {
            known = known || str_eq(c->sources[k].tracker.name, names->v[i]);
            nearest_try(&near, c->sources[k].tracker.name);
        }
        if (!known) {
            bind_error(b, e->at, nearest_hint(&near, b->scratch), where,
                       "unknown source '%.*s'", STR_FMT(names->v[i]));
        }
        e = value->kind == YAML_SEQ ? e->next : NULL;
    }
}

static void set_zone(struct route *r, const struct tz *tz)
{
    r->hours.tz = tz;
    for (size_t i = 0; i < r->n_mute; i++) {
        r->mute[i].tz = tz;
    }
}

static void check_level(struct binder *b, const struct yaml_node *list,
                        struct route *routes, size_t n, struct conf *c,
                        bool has_channel, size_t depth)
{
    static const struct place where = {"route", {NULL, 0}, NULL};
    const struct yaml_node *map = list->first;

    for (size_t i = 0; i < n && map != NULL; i++, map = map->next) {
        struct route *r = &routes[i];
        const struct yaml_node *channel = yaml_get(map, "channel");
        const struct yaml_node *match = yaml_get(map, "match");
        const struct yaml_node *inner = yaml_get(map, "routes");
        struct yaml_at at = map->at;

        at.to = at.from + 1;
        set_zone(r, c->calendar.tz);
        if (channel != NULL && r->channel.n > 0) {
            check_channel(b, channel, r->channel, c, &where);
        }
        if (channel == NULL && !has_channel && map->kind == YAML_MAP) {
            bind_error(b, at, STR_NONE, &where, "'channel' is missing");
        }
        if (match != NULL && match->kind == YAML_MAP) {
            check_sources(b, match, r, c, &where);
        }
        if (inner == NULL || r->n_children == 0) {
            continue;
        }
        if (depth == ROUTE_DEPTH_MAX) {
            bind_error(b, inner->key->at, STR_NONE, &where,
                       "routes are nested deeper than %d levels", ROUTE_DEPTH_MAX);
            continue;
        }
        check_level(b, inner, r->children, r->n_children, c,
                    has_channel || channel != NULL, depth + 1);
    }
}

static bool is_used(const struct route *routes, size_t n, struct str channel)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(routes[i].channel, channel) ||
            is_used(routes[i].children, routes[i].n_children, channel)) {
            return true;
        }
    }
    return false;
}

static void warn_unused(struct binder *b, const struct yaml_node *root,
                        const struct conf *c)
{
    const struct yaml_node *list = yaml_get(root, "channels");
    const struct yaml_node *map =
        list != NULL && list->kind == YAML_SEQ ? list->first : NULL;

    for (; map != NULL; map = map->next) {
        const struct yaml_node *name = yaml_get(map, "name");

        if (name != NULL && name->kind == YAML_SCALAR &&
            !str_eq(name->text, c->operations_channel) &&
            !is_used(c->routes, c->n_routes, name->text)) {
            bind_warn(b, name->at, STR_NONE, NULL, "no route leads to channel \"%.*s\"",
                      STR_FMT(name->text));
        }
    }
}

void routes_check(struct binder *b, const struct yaml_node *root, struct conf *c)
{
    const struct yaml_node *list = yaml_get(root, "routes");
    const struct yaml_node *operations = yaml_get(root, "operations_channel");

    if (operations != NULL && c->operations_channel.n > 0) {
        check_channel(b, operations, c->operations_channel, c, NULL);
    }
    if (list != NULL && list->kind == YAML_SEQ && list->n > 0) {
        check_level(b, list, c->routes, c->n_routes, c, false, 1);
    } else {
        for (size_t i = 0; i < c->n_routes; i++) {
            set_zone(&c->routes[i], c->calendar.tz);
        }
    }
    warn_unused(b, root, c);
}
