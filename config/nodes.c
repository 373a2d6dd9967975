#include "config/nodes.h"

#include "config/diag.h"
#include "config/node_rows.h"
#include "config/url.h"

enum { NAMES_MAX = 1000 }; /* in one list of ids */

/* ---- what every node has ---- */

static void read_link(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    struct doc_link *link = out;

    if (bind_str(b, value, where, key->key.name, 1000, &link->url) &&
        !url_is_link(link->url)) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be a link that begins with https:// or http://");
    }
}

static const struct bind_key doc_rows[] = {
    {.key = {.name = "title",
             .type = CONF_STR,
             .offset = offsetof(struct doc_link, title),
             .required = true,
             .doc = "What it is."}},
    {.key = {.name = "url",
             .offset = offsetof(struct doc_link, url),
             .required = true,
             .doc = "Where it is; shown, never fetched."},
     .form = BIND_CALL,
     .call = read_link,
     .schema = "{\"type\": \"string\", \"pattern\": \"^https?://\"}"},
    {{0}},
};
const struct bind_table doc_table = {
    .what = "doc",
    .name = "title",
    .keys = doc_rows,
    .size = sizeof(struct doc_link),
};

const char *const node_visibilities[] = {"team", "company", "board", NULL};

struct refs *nodes_refs(const struct binder *b)
{
    const struct nodes_load *l = b->user;

    return l->refs;
}

/* Names of files are kept once each. */
static struct str file_name(struct binder *b, const struct yaml_file *f)
{
    struct nodes_load *l = b->user;

    if (l->file != f) {
        l->file = f;
        l->file_name = arena_str(b->a, f->name);
    }
    return l->file_name;
}

/* Ids that stand in a list: former ones, retired ones. */
void nodes_claim_ids(struct binder *b, const struct yaml_node *list, const char *key)
{
    const struct yaml_node *e = list == NULL             ? NULL
                                : list->kind == YAML_SEQ ? list->first
                                                         : list;
    struct str id;

    for (; e != NULL; e = list->kind == YAML_SEQ ? e->next : NULL) {
        if (e->kind == YAML_SCALAR && e->text.n > 0 &&
            bind_id(b, e, NULL, key, true, &id)) {
            refs_id(nodes_refs(b), e);
        }
    }
}

void nodes_whole(struct binder *b, const struct yaml_node *map, enum node_kind kind,
                 struct node *n)
{
    n->kind = kind;
    n->file = file_name(b, map->at.file);
    n->line = yaml_line(map->at);
    refs_id(nodes_refs(b), yaml_get(map, "id"));
    nodes_claim_ids(b, yaml_get(map, "was"), "was");
    refs_owner(nodes_refs(b), yaml_get(map, "owner"));
}

void nodes_check_order(struct binder *b, const struct yaml_node *map,
                       const struct place *where, const char *from_key,
                       struct date from, const char *to_key, struct date to)
{
    const struct yaml_node *v = yaml_get(map, to_key);

    if (v != NULL && from.year != 0 && to.year != 0 && date_cmp(to, from) < 0) {
        bind_wrong(b, v, STR_NONE, where, to_key, "is before '%s'", from_key);
    }
}

bool nodes_read_file_name(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const char *key, struct str *ret)
{
    if (!bind_str(b, value, where, key, 200, ret)) {
        return false;
    }
    for (size_t i = 0; i < ret->n; i++) {
        if (ret->p[i] == '/' || (unsigned char)ret->p[i] < ' ' || ret->p[0] == '.') {
            bind_wrong(
                b, value, STR_NONE, where, key,
                "must be the name of a file beside the strategy, without a directory");
            return false;
        }
    }
    return true;
}

void nodes_want_ids(struct binder *b, const struct yaml_node *value, const char *key,
                    const struct node *from, unsigned kinds, bool former_ok,
                    char *slots, size_t slot_size)
{
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;
    size_t i = 0;

    for (; e != NULL; e = value->kind == YAML_SEQ ? e->next : NULL) {
        struct ref ref = {
            .value = e,
            .at = e->at,
            .id = e->text,
            .key = key,
            .from = from,
            .kinds = kinds,
            .former_ok = former_ok,
            .slot = slots == NULL ? NULL : slots + i * slot_size,
        };

        refs_want(nodes_refs(b), &ref);
        i++;
    }
}

bool nodes_check_twice(struct binder *b, const struct yaml_node *value, const char *key,
                       const struct place *where)
{
    struct map *seen = map_create();
    bool ok = seen != NULL;

    if (value->n > NAMES_MAX) {
        bind_wrong(b, value, STR_NONE, where, key, "names more than %d", NAMES_MAX);
        ok = false;
    }
    for (const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : NULL;
         ok && e != NULL; e = e->next) {
        void *old = NULL;

        if (!map_add(seen, e->text, (void *)(uintptr_t)e, &old)) {
            conf_diag_fail(b->d, "out of memory");
            ok = false;
        } else if (old != NULL) {
            bind_wrong(b, e, STR_NONE, where, key, "names '%.*s' twice",
                       STR_FMT(e->text));
            ok = false;
        }
    }
    map_destroy(seen);
    return ok;
}

void nodes_read_names(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const char *key,
                      const struct node *from, unsigned kinds, bool former_ok,
                      struct str_list *ret)
{
    if (bind_strs(b, value, where, key, 64, ret) &&
        nodes_check_twice(b, value, key, where)) {
        nodes_want_ids(b, value, key, from, kinds, former_ok, NULL, 0);
    }
}

/* ---- vision, intents ---- */

#define VISION(member) offsetof(struct vision, member)

static void whole_vision(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct vision *v = out;

    (void)where;
    v->node.id = STR("vision");
    v->node.title = v->statement;
    nodes_whole(b, map, NODE_VISION, &v->node);
    refs_vision(nodes_refs(b), map);
}

static const struct bind_key vision_rows[] = {
    NODE_PROSE("statement", VISION(statement),
               "What the world looks like when it has worked."),
    NODE_PROSE("customers", VISION(customers), "For whom."),
    NODE_PROSE("differentiator", VISION(differentiator), "What no other has."),
    {.key = {.name = "will",
             .type = CONF_STRS,
             .offset = VISION(will),
             .doc = "What it includes."}},
    {.key = {.name = "wont",
             .type = CONF_STRS,
             .offset = VISION(wont),
             .doc = "What it excludes."}},
    {.key = {.name = "horizon",
             .type = CONF_STR,
             .offset = VISION(horizon),
             .max = 100,
             .doc = "By when."}},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table vision_table = {
    .what = "vision",
    .keys = vision_rows,
    .size = sizeof(struct vision),
    .whole = whole_vision,
};

static void whole_intent(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct intent *i = out;

    (void)where;
    nodes_whole(b, map, NODE_INTENT, &i->node);
}

static const struct bind_key intent_rows[] = {
    NODE_ID,
    NODE_TITLE,
    NODE_DATE("until", offsetof(struct intent, until), "When it ends."),
    {.key = {.name = "evidence",
             .type = CONF_STRS,
             .offset = offsetof(struct intent, evidence),
             .doc = "What it rests on."}},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table intent_table = {
    .what = "intent",
    .name = "id",
    .keys = intent_rows,
    .size = sizeof(struct intent),
    .whole = whole_intent,
};

/* ---- objectives ---- */

#define OBJECTIVE(member) offsetof(struct objective, member)

static void read_intent(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    struct objective *o = out;
    struct str id;

    if (bind_scalar(b, value, where, key->key.name, &id)) {
        nodes_want_ids(b, value, key->key.name, &o->node, KIND(INTENT), false,
                       (char *)&o->intent, sizeof o->intent);
    }
}

/* Key results of all objectives stand in one array, counted beforehand. */
static void read_key_results(struct binder *b, const struct yaml_node *value,
                             const struct place *where, const struct bind_key *key,
                             void *out)
{
    const struct nodes_load *l = b->user;
    struct strategy *s = l->s;

    if (value->kind != YAML_SEQ) {
        bind_wrong(b, value, STR_NONE, where, key->key.name, "must be a list, not %s",
                   yaml_kind_name(value));
        return;
    }
    for (const struct yaml_node *e = value->first; e != NULL; e = e->next) {
        const struct yaml_node *id = yaml_get(e, "id");
        struct place here = {
            "key result", id != NULL && id->kind == YAML_SCALAR ? id->text : STR_NONE,
            where};

        if (e->kind != YAML_MAP) {
            bind_wrong(b, e, STR_NONE, where, key->key.name,
                       "must hold mappings, not %s", yaml_kind_name(e));
        } else if (s->n_key_results < l->cap_key_results) {
            struct key_result *kr = &s->key_results[s->n_key_results++];

            kr->objective = out;
            bind_table_read(b, e, &here, &key_result_table, kr);
        }
    }
}

static void whole_objective(struct binder *b, const struct yaml_node *map,
                            const struct place *where, void *out)
{
    struct objective *o = out;
    struct nodes_load *l = b->user;

    nodes_whole(b, map, NODE_OBJECTIVE, &o->node);
    o->share = yaml_get(map, "share") == NULL ? -1 : o->share;
    nodes_check_order(b, map, where, "from", o->from, "to", o->to);
    l->objectives[l->n_objectives++] = map;
}

static const struct bind_key objective_rows[] = {
    NODE_ID,
    NODE_TITLE,
    {.key = {.name = "intent",
             .offset = OBJECTIVE(intent),
             .doc = "Id of the intent that it serves."},
     .form = BIND_CALL,
     .call = read_intent,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "share",
             .type = CONF_PERCENT,
             .offset = OBJECTIVE(share),
             .doc = "Planned share of effort."}},
    NODE_DATE("from", OBJECTIVE(from), "First day of its period."),
    NODE_DATE("to", OBJECTIVE(to), "Last day of its period."),
    {.key = {.name = "key_results",
             .offset = OBJECTIVE(node),
             .doc = "How one will know."},
     .form = BIND_CALL,
     .call = read_key_results,
     .table = &key_result_table,
     .list = true},
    NODE_ROWS("company"),
    {{0}},
};
const struct bind_table objective_table = {
    .what = "objective",
    .name = "id",
    .keys = objective_rows,
    .size = sizeof(struct objective),
    .whole = whole_objective,
};
