/*
 * The nodes of strategy.yaml: one table for each kind, and what is particular
 * to each. References are noted in the loader's refs.
 */
#ifndef CONFIG_NODES_H
#define CONFIG_NODES_H

#include "config/bind.h"
#include "config/refs.h"
#include "core/strategy.h"

/* binder.user while a strategy is read. */
struct nodes_load {
    struct strategy *s;
    struct refs *refs;
    const struct yaml_node **objectives; /* mapping of each, for shares_check */
    size_t n_objectives;
    size_t cap_key_results;             /* room in s->key_results */
    const struct yaml_file *file;       /* last file seen, and */
    struct str file_name;               /* its name in the strategy's arena */
    struct str dir;                     /* of the strategy; empty: text at hand */
    uint64_t files_hash;                /* of other files that were read */
    const struct strategy_file *stored; /* take these for files; NULL: open them */
    size_t n_stored, cap_files;
    const struct conf *conf; /* whose value sources there are; NULL: not known */
};

extern const struct bind_table vision_table, intent_table, objective_table,
    key_result_table, initiative_table, bucket_table, team_table, person_table,
    not_doing_table, competitor_table, event_table, decision_table, doc_table;

/* Ids in a list of former or retired ones. */
void nodes_claim_ids(struct binder *b, const struct yaml_node *list, const char *key);
/* The name of a file beside the strategy, without any directory. False: reported. */
bool nodes_read_file_name(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const char *key, struct str *ret);

enum { NODES_PROSE_MAX = 10000 }; /* bytes of a text for people */

#endif
