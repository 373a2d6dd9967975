#include "config/sources.h"

#include "base/map.h"
#include "config/diag.h"
#include "config/nearest.h"

enum { ENTRIES_MAX = 256 };

/* ---- sources ---- */

#define TRACKER(member) offsetof(struct tracker_conf, member)

const struct conf_key source_epics_keys[] = {
    {.name = "types",
     .type = CONF_STRS,
     .offset = BIND_WITHIN(struct tracker_conf, epics, types),
     .doc = "Types that are epic-level."},
    {.name = "labels",
     .type = CONF_STRS,
     .offset = BIND_WITHIN(struct tracker_conf, epics, labels),
     .doc = "Labels that make an item epic-level."},
    {.name = "min_children",
     .type = CONF_INT,
     .offset = BIND_WITHIN(struct tracker_conf, epics, min_children),
     .min = 1,
     .max = 1000,
     .doc = "Items with this many children are epic-level."},
    {0},
};
static const struct conf_key budget_keys[] = {
    {.name = "reserve",
     .type = CONF_PERCENT,
     .offset = BIND_WITHIN(struct tracker_conf, budget, reserve),
     .dflt = "20%",
     .min = 0,
     .max = 90,
     .doc = "Part of the rate limit that is left to others."},
    {.name = "in_flight",
     .type = CONF_INT,
     .offset = BIND_WITHIN(struct tracker_conf, budget, in_flight),
     .dflt = "2",
     .min = 1,
     .max = 8,
     .doc = "Requests that may be out at once."},
    {0},
};
static const struct conf_key private_keys[] = {
    {.name = "projects",
     .type = CONF_GLOBS,
     .offset = BIND_WITHIN(struct tracker_conf, private_, projects),
     .doc = "Projects or repositories of which only keys are shown."},
    {.name = "labels",
     .type = CONF_GLOBS,
     .offset = BIND_WITHIN(struct tracker_conf, private_, labels),
     .doc = "Labels of items of which only the key is shown."},
    {0},
};
static const struct conf_key ideas_keys[] = {
    {.name = "statuses",
     .type = CONF_STRS,
     .offset = BIND_WITHIN(struct tracker_conf, ideas, statuses),
     .doc = "Statuses of items that are ideas yet and need no link."},
    {.name = "labels",
     .type = CONF_STRS,
     .offset = BIND_WITHIN(struct tracker_conf, ideas, labels),
     .doc = "Labels of such items."},
    {0},
};

static void read_epics(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct tracker_conf *t = out;
    struct place here = {"epics", STR_NONE, where};
    struct bind_part part = {.keys = source_epics_keys, .out = &t->epics};

    if (value->kind == YAML_SCALAR && str_eqz(value->text, "none")) {
        t->epics.none = true;
    } else if (value->kind == YAML_MAP) {
        bind_mapping(b, value, &here, &part, 1);
    } else {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be none or a mapping of types, labels and min_children");
    }
}

static void read_type(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    /* It was read first: it says which keys the others may be. */
    (void)b;
    (void)value;
    (void)where;
    (void)key;
    (void)out;
}

static void read_base_url(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    struct tracker_conf *t = out;
    struct conf_key url = key->key;

    url.type = CONF_URL;
    bind_value(b, value, where, &url, &t->url);
    while (t->url.n > 0 && t->url.p[t->url.n - 1] == '/') {
        t->url.n--;
    }
}

const struct bind_key source_rows[] = {
    {.key = {.name = "name",
             .offset = TRACKER(name),
             .required = true,
             .doc = "What alignd calls the source; its history hangs on it."},
     .form = BIND_ID},
    {.key = {.name = "type",
             .offset = TRACKER(type),
             .required = true,
             .doc = "The tracker."},
     .form = BIND_CALL,
     .call = read_type},
    {.key = {.name = "url",
             .offset = TRACKER(url),
             .doc = "Base address; https, or http to loopback."},
     .form = BIND_CALL,
     .call = read_base_url,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "interval",
             .type = CONF_SPAN,
             .offset = TRACKER(interval),
             .dflt = "5m",
             .min = 1000,
             .max = INT64_C(7) * 86400000,
             .live = true,
             .doc = "How often it is asked for changes."}},
    {.key = {.name = "history",
             .type = CONF_SPAN,
             .offset = TRACKER(history),
             .dflt = "180d",
             .doc = "Items closed before that are not fetched."}},
    {.key = {.name = "reconcile",
             .type = CONF_SPAN,
             .offset = TRACKER(reconcile),
             .dflt = "24h",
             .min = 1000,
             .max = INT64_C(30) * 86400000,
             .live = true,
             .doc = "How often everything is listed, to find what has vanished."}},
    {.key = {.name = "epics",
             .offset = TRACKER(epics),
             .doc = "What is epic-level: types, labels, min_children; or none."},
     .form = BIND_CALL,
     .call = read_epics},
    {.key = {.name = "link_types",
             .type = CONF_STRS,
             .offset = TRACKER(link_types),
             .doc = "Issue links that count like `tracker` of an initiative."}},
    {.key = {.name = "in_progress",
             .type = CONF_STRS,
             .offset = TRACKER(in_progress),
             .doc = "More statuses that count as in progress; on GitHub also labels."}},
    {.key = {.name = "fields",
             .type = CONF_MAP,
             .offset = TRACKER(fields),
             .doc = "points, team, initiative, on GitHub status: name, id or auto."}},
    {.key = {.name = "budget",
             .type = CONF_SUB,
             .offset = TRACKER(budget),
             .sub = budget_keys,
             .doc = "How much of the rate limit alignd may use."}},
    {.key = {.name = "private",
             .type = CONF_SUB,
             .offset = TRACKER(private_),
             .sub = private_keys,
             .doc = "What is shown by its key only, everywhere."}},
    {.key = {.name = "ideas",
             .type = CONF_SUB,
             .offset = TRACKER(ideas),
             .sub = ideas_keys,
             .doc = "What is not work yet."}},
    {{0}},
};
/* The place that a connector's check blames. */
struct report {
    struct binder *b;
    const struct yaml_node *map;
    const struct place *where;
};

static void report_check(void *arg, const char *key, const char *message)
{
    const struct report *r = arg;
    const struct yaml_node *at = r->map;
    struct str rest = str_of(key), part;

    while (str_split(&rest, '.', &part)) {
        const struct yaml_node *v = at->kind == YAML_MAP ? at->first : NULL;

        while (v != NULL && !str_eq(v->key->text, part)) {
            v = v->next;
        }
        if (v == NULL) {
            break;
        }
        at = v;
    }
    struct yaml_at place = at->key != NULL && at != r->map ? at->key->at : at->at;

    if (place.to == place.from) {
        place.to = place.from + 1;
    }
    bind_error(r->b, place, STR_NONE, NULL, "%s \"%.*s\": %s", r->where->what,
               STR_FMT(r->where->name), message);
}

/* The value of `type`; false, reported, when it is none that there is. */
static bool read_kind(struct binder *b, const struct yaml_node *map,
                      const struct place *where, struct nearest *near, struct str *ret)
{
    const struct yaml_node *type = yaml_get(map, "type");
    struct yaml_at at = map->at;

    at.to = at.from + 1;
    if (type == NULL) {
        bind_error(b, at, STR_NONE, where, "'type' is missing");
        return false;
    }
    if (!bind_str(b, type, where, "type", 64, ret)) {
        return false;
    }
    bind_origin(b, ret, type);
    *near = nearest_to(*ret, !diag_is_full(b->d));
    return true;
}

static void read_source(struct binder *b, const struct yaml_node *map,
                        const struct place *where, struct conf_source *s)
{
    struct nearest near;
    struct buf names;
    size_t before;

    s->tracker.name = arena_str(b->a, where->name);
    if (!read_kind(b, map, where, &near, &s->tracker.type)) {
        return;
    }
    s->line = yaml_line(map->at);
    s->ops = tracker_find(s->tracker.type);
    if (s->ops == NULL) {
        buf_init(&names, 1024);
        for (size_t i = 0; trackers[i] != NULL; i++) {
            nearest_try(&near, str_of(trackers[i]->name));
            buf_printf(&names, "%s%s", i == 0 ? "" : ", ", trackers[i]->name);
        }
        bind_wrong(b, yaml_get(map, "type"), nearest_hint(&near, b->scratch), where,
                   "type", "must be one of %s, not '%.*s'", buf_cstr(&names),
                   STR_FMT(s->tracker.type));
        buf_finish(&names);
        return;
    }
    void *own = arena_alloc(b->a, s->ops->conf_size);
    struct bind_part parts[] = {
        {.rows = source_rows, .out = &s->tracker},
        {.keys = s->ops->keys, .out = own},
    };
    struct report r = {b, map, where};

    if (own == NULL) {
        return;
    }
    s->tracker.own = own;
    before = conf_diag_errors(b->d);
    bind_mapping(b, map, where, parts, ARRAY_LEN(parts));
    if (s->tracker.url.n == 0 && yaml_get(map, "url") == NULL) {
        if (s->ops->default_url == NULL) {
            report_check(&r, "", "'url' is missing");
        }
        s->tracker.url = str_of(s->ops->default_url);
    }
    /* Its view of a half-read entry would only repeat what was said. */
    if (s->ops->check != NULL && conf_diag_errors(b->d) == before) {
        s->ops->check(&s->tracker, report_check, &r);
    }
}

/* ---- channels ---- */

const struct bind_key channel_rows[] = {
    {.key = {.name = "name",
             .offset = offsetof(struct chat_conf, name),
             .required = true,
             .doc = "What routes call the channel."},
     .form = BIND_ID},
    {.key = {.name = "type",
             .offset = offsetof(struct chat_conf, type),
             .required = true,
             .doc = "The kind of chat."},
     .form = BIND_CALL,
     .call = read_type},
    {{0}},
};

static void read_channel(struct binder *b, const struct yaml_node *map,
                         const struct place *where, struct conf_channel *ch)
{
    struct nearest near;
    struct buf names;
    size_t before;

    ch->chat.name = arena_str(b->a, where->name);
    if (!read_kind(b, map, where, &near, &ch->chat.type)) {
        return;
    }
    ch->line = yaml_line(map->at);
    ch->ops = chat_find(ch->chat.type);
    if (ch->ops == NULL) {
        buf_init(&names, 1024);
        for (size_t i = 0; chats[i] != NULL; i++) {
            nearest_try(&near, str_of(chats[i]->name));
            buf_printf(&names, "%s%s", i == 0 ? "" : ", ", chats[i]->name);
        }
        bind_wrong(b, yaml_get(map, "type"), nearest_hint(&near, b->scratch), where,
                   "type", "must be one of %s, not '%.*s'", buf_cstr(&names),
                   STR_FMT(ch->chat.type));
        buf_finish(&names);
        return;
    }
    void *own = arena_alloc(b->a, ch->ops->conf_size);
    struct bind_part parts[] = {
        {.rows = channel_rows, .out = &ch->chat},
        {.keys = ch->ops->keys, .out = own},
    };
    struct report r = {b, map, where};

    if (own == NULL) {
        return;
    }
    ch->chat.own = own;
    before = conf_diag_errors(b->d);
    bind_mapping(b, map, where, parts, ARRAY_LEN(parts));
    if (ch->ops->check != NULL && conf_diag_errors(b->d) == before) {
        ch->ops->check(&ch->chat, report_check, &r);
    }
}

/* ---- value sources ---- */

const struct bind_key value_rows[] = {
    {.key = {.name = "name",
             .offset = offsetof(struct value_conf, name),
             .required = true,
             .doc = "What `value: {from: ...}` of a key result calls it."},
     .form = BIND_ID},
    {.key = {.name = "type",
             .offset = offsetof(struct value_conf, type),
             .required = true,
             .doc = "How it is asked."},
     .form = BIND_CALL,
     .call = read_type},
    {{0}},
};

static void read_value_source(struct binder *b, const struct yaml_node *map,
                              const struct place *where, struct conf_value *v)
{
    struct nearest near;
    struct buf names;
    size_t before;

    v->value.name = arena_str(b->a, where->name);
    if (!read_kind(b, map, where, &near, &v->value.type)) {
        return;
    }
    v->line = yaml_line(map->at);
    v->ops = value_find(v->value.type);
    if (v->ops == NULL) {
        buf_init(&names, 1024);
        for (size_t i = 0; value_types[i] != NULL; i++) {
            nearest_try(&near, str_of(value_types[i]->name));
            buf_printf(&names, "%s%s", i == 0 ? "" : ", ", value_types[i]->name);
        }
        bind_wrong(b, yaml_get(map, "type"), nearest_hint(&near, b->scratch), where,
                   "type", "must be one of %s, not '%.*s'", buf_cstr(&names),
                   STR_FMT(v->value.type));
        buf_finish(&names);
        return;
    }
    void *own = arena_alloc(b->a, v->ops->conf_size);
    struct bind_part parts[] = {
        {.rows = value_rows, .out = &v->value},
        {.keys = v->ops->keys, .out = own},
    };
    struct report r = {b, map, where};

    if (own == NULL) {
        return;
    }
    v->value.own = own;
    before = conf_diag_errors(b->d);
    bind_mapping(b, map, where, parts, ARRAY_LEN(parts));
    if (v->ops->check != NULL && conf_diag_errors(b->d) == before) {
        v->ops->check(&v->value, report_check, &r);
    }
}

/* One more with the name of an earlier one. */
static void check_name(struct binder *b, struct map *seen, const struct yaml_node *map,
                       const struct place *where)
{
    const struct yaml_node *name = yaml_get(map, "name");
    void *old = NULL;

    if (name == NULL || name->kind != YAML_SCALAR) {
        return;
    }
    if (!map_add(seen, name->text, (void *)(uintptr_t)name, &old)) {
        diag_error_file(b->d, name->at.file->name, "out of memory");
    } else if (old != NULL) {
        const struct yaml_node *first = old;

        bind_error(b, name->at, STR_NONE, NULL,
                   "%s \"%.*s\" is defined twice, first on line %u", where->what,
                   STR_FMT(name->text), yaml_line(first->at));
    }
}

typedef void read_entry_fn(struct binder *b, const struct yaml_node *map,
                           const struct place *where, void *out);

static void read_source_entry(struct binder *b, const struct yaml_node *map,
                              const struct place *where, void *out)
{
    read_source(b, map, where, out);
}

static void read_channel_entry(struct binder *b, const struct yaml_node *map,
                               const struct place *where, void *out)
{
    read_channel(b, map, where, out);
}

static void read_value_entry(struct binder *b, const struct yaml_node *map,
                             const struct place *where, void *out)
{
    read_value_source(b, map, where, out);
}

static void *read_entries(struct binder *b, const struct yaml_node *list,
                          const char *key, const char *what, size_t size,
                          read_entry_fn *read, size_t *ret_n)
{
    struct map *seen = map_create();
    char *array = arena_array(b->a, list->n, size);
    size_t n = 0;

    if (list->kind != YAML_SEQ) {
        bind_wrong(b, list, STR_NONE, NULL, key, "must be a list, not %s",
                   yaml_kind_name(list));
        array = NULL;
    } else if (list->n > ENTRIES_MAX) {
        bind_wrong(b, list, STR_NONE, NULL, key, "has more than %d entries",
                   ENTRIES_MAX);
        array = NULL;
    } else if (seen == NULL || array == NULL) {
        diag_error_file(b->d, list->at.file->name, "out of memory");
    }
    for (const struct yaml_node *e = list->first;
         list->kind == YAML_SEQ && seen != NULL && array != NULL && e != NULL;
         e = e->next) {
        const struct yaml_node *name = yaml_get(e, "name");
        struct place here = {what, STR_NONE, NULL};

        if (name != NULL && name->kind == YAML_SCALAR) {
            here.name = name->text;
        }
        if (e->kind != YAML_MAP) {
            bind_wrong(b, e, STR_NONE, NULL, key, "must hold mappings, not %s",
                       yaml_kind_name(e));
            continue;
        }
        check_name(b, seen, e, &here);
        read(b, e, &here, array + n * size);
        n++;
    }
    map_destroy(seen);
    *ret_n = array == NULL ? 0 : n;
    return array;
}

void sources_read(struct binder *b, const struct yaml_node *value,
                  const struct place *where, const struct bind_key *key, void *out)
{
    struct conf *c = out;

    (void)where;
    c->sources = read_entries(b, value, key->key.name, "source", sizeof *c->sources,
                              read_source_entry, &c->n_sources);
    if (value->kind == YAML_SEQ && value->n == 0) {
        bind_wrong(b, value, STR_NONE, NULL, key->key.name,
                   "needs at least one source");
    }
}

void channels_read(struct binder *b, const struct yaml_node *value,
                   const struct place *where, const struct bind_key *key, void *out)
{
    struct conf *c = out;

    (void)where;
    c->channels = read_entries(b, value, key->key.name, "channel", sizeof *c->channels,
                               read_channel_entry, &c->n_channels);
}

void values_read(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const struct bind_key *key, void *out)
{
    struct conf *c = out;

    (void)where;
    c->values = read_entries(b, value, key->key.name, "value source", sizeof *c->values,
                             read_value_entry, &c->n_values);
}
