#include "config/match_keys.h"

enum { VALUE_MAX = 300 };

#define MATCH(member) offsetof(struct match_spec, member)

static void read_fields(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    struct match_spec *m = out;
    struct place here = {"fields", STR_NONE, where};

    if (!bind_is_map(b, value, where, key->key.name)) {
        return;
    }
    m->fields = arena_array(b->a, value->n, sizeof *m->fields);
    m->n_fields = 0;
    for (const struct yaml_node *v = value->first; m->fields != NULL && v != NULL;
         v = v->next) {
        struct str name = arena_str(b->a, v->key->text);

        if (name.p != NULL &&
            bind_strs(b, v, &here, name.p, VALUE_MAX, &m->fields[m->n_fields].values)) {
            m->fields[m->n_fields++].name = name;
        }
    }
}

/* A `match` without anything in it would never match: a slip, not a wish. */
static void whole_match(struct binder *b, const struct yaml_node *map,
                        const struct place *where, void *out)
{
    (void)out;
    if (map->n == 0) {
        bind_wrong(b, map, STR_NONE, where->up, where->what, "is empty");
    }
}

#define GLOBS(key_name, member, text)                                                  \
    {                                                                                  \
        .key = {                                                                       \
            .name = key_name,                                                          \
            .type = CONF_GLOBS,                                                        \
            .offset = MATCH(member),                                                   \
            .max = VALUE_MAX,                                                          \
            .doc = text                                                                \
        }                                                                              \
    }
#define MATCH_ROWS                                                                     \
    GLOBS("labels", labels, "Labels."), GLOBS("types", types, "Types of items."),      \
        GLOBS("milestones", milestones, "GitHub milestones."),                         \
        GLOBS("fix_versions", fix_versions, "Jira fix versions."),                     \
        GLOBS("components", components, "Jira components."),                           \
        GLOBS("projects", projects, "Jira project keys or GitHub projects."),          \
        GLOBS("repos", repos, "Repositories, owner/name."),                            \
    {                                                                                  \
        .key = {.name = "fields",                                                      \
                .offset = MATCH(fields),                                               \
                .doc = "Fields by name or id, with the values that count."},           \
        .form = BIND_CALL, .call = read_fields,                                        \
        .schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": "       \
                  "[\"string\", \"array\"], \"items\": {\"type\": \"string\"}}}"       \
    }

static const struct bind_key match_rows[] = {MATCH_ROWS, {{0}}};
static const struct bind_key match_text_rows[] = {
    MATCH_ROWS,
    {.key = {.name = "text",
             .type = CONF_STRS,
             .offset = MATCH(text),
             .max = VALUE_MAX,
             .doc = "Whole-word phrases in title or text."}},
    {{0}},
};
const struct bind_table match_table = {
    .what = "match",
    .keys = match_rows,
    .size = sizeof(struct match_spec),
    .whole = whole_match,
};
const struct bind_table match_text_table = {
    .what = "match",
    .keys = match_text_rows,
    .size = sizeof(struct match_spec),
    .whole = whole_match,
};
