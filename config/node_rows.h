/*
 * What the tables of nodes share: only the files that hold one of nodes.h use it. A node
 * is the first member of each struct, so its offsets are theirs.
 */
#ifndef CONFIG_NODE_ROWS_H
#define CONFIG_NODE_ROWS_H

#include <math.h>
#include <stdlib.h>

#include "config/nodes.h"

#define KIND(k) STRATEGY_KIND(NODE_##k)

extern const char *const node_visibilities[];

#define IDS_SCHEMA                                                                     \
    "{\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"string\"}}"
#define SHARES_SCHEMA                                                                  \
    "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\", "         \
    "\"pattern\": \"^[0-9.]+%$\"}}"

#define NODE(member) offsetof(struct node, member)
#define NODE_PROSE(key_name, where, text)                                              \
    {                                                                                  \
        .key = {                                                                       \
            .name = key_name,                                                          \
            .type = CONF_STR,                                                          \
            .offset = where,                                                           \
            .max = NODES_PROSE_MAX,                                                    \
            .doc = text                                                                \
        }                                                                              \
    }
#define NODE_DATE(key_name, where, text)                                               \
    {                                                                                  \
        .key = {.name = key_name, .offset = where, .doc = text}, .form = BIND_DATE     \
    }
#define NODE_NUMBER(key_name, where, low, high, text)                                  \
    {                                                                                  \
        .key = {.name = key_name,                                                      \
                .offset = where,                                                       \
                .min = low,                                                            \
                .max = high,                                                           \
                .doc = text},                                                          \
        .form = BIND_NUMBER                                                            \
    }
#define NODE_ID                                                                        \
    {                                                                                  \
        .key = {.name = "id",                                                          \
                .offset = NODE(id),                                                    \
                .required = true,                                                      \
                .doc = "Its id, for good: links and history hang on it."},             \
        .form = BIND_ID                                                                \
    }
#define NODE_TITLE                                                                     \
    {                                                                                  \
        .key = {                                                                       \
            .name = "title",                                                           \
            .type = CONF_STR,                                                          \
            .offset = NODE(title),                                                     \
            .required = true,                                                          \
            .doc = "What people call it."                                              \
        }                                                                              \
    }
/* Rows of any node; `seen_by` is the widest audience when nothing is said. */
#define NODE_ROWS(seen_by)                                                             \
    NODE_PROSE("why", NODE(why), "Why it is here; shown with its alerts."),            \
        {.key = {.name = "owner",                                                      \
                 .type = CONF_STR,                                                     \
                 .offset = NODE(owner),                                                \
                 .doc = "Id of one of `people`."}},                                    \
        {.key = {.name = "was",                                                        \
                 .type = CONF_STRS,                                                    \
                 .offset = NODE(was),                                                  \
                 .max = 64,                                                            \
                 .doc = "Former ids, whose history it keeps."}},                       \
        {.key = {.name = "docs", .offset = NODE(docs), .doc = "Links for people."},    \
         .form = BIND_LIST,                                                            \
         .table = &doc_table,                                                          \
         .n_offset = NODE(n_docs)},                                                    \
    {                                                                                  \
        .key = {                                                                       \
            .name = "visibility",                                                      \
            .type = CONF_ENUM,                                                         \
            .offset = NODE(visibility),                                                \
            .dflt = seen_by,                                                           \
            .choices = node_visibilities,                                              \
            .doc = "The widest audience that may see it."                              \
        }                                                                              \
    }

struct refs *nodes_refs(const struct binder *b);
/* False, reported: an id twice in one list, or too many of them. */
bool nodes_check_twice(struct binder *b, const struct yaml_node *value, const char *key,
                       const struct place *where);
/* A list of ids, or one. `slots`: an array of pointers to fill in, or NULL. */
void nodes_want_ids(struct binder *b, const struct yaml_node *value, const char *key,
                    const struct node *from, unsigned kinds, bool former_ok,
                    char *slots, size_t slot_size);
/* A list of ids into a str_list, wanted of some kinds. */
void nodes_read_names(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const char *key,
                      const struct node *from, unsigned kinds, bool former_ok,
                      struct str_list *ret);
/* What every node has beside its rows: kind, place, ids, owner. */
void nodes_whole(struct binder *b, const struct yaml_node *map, enum node_kind kind,
                 struct node *n);
/* The later of two dates must not come first; either may be absent. */
void nodes_check_order(struct binder *b, const struct yaml_node *map,
                       const struct place *where, const char *from_key,
                       struct date from, const char *to_key, struct date to);

#endif
