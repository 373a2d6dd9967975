/*
 * What tests of evaluation share whose source was read before: items, their links,
 * and marks. Static functions.
 */
#ifndef TESTS_UNIT_EVAL_KNOWN_RIG_H
#define TESTS_UNIT_EVAL_KNOWN_RIG_H

#include "tests/unit/eval_rig.h"

static inline int setup(void **state)
{
    *state = eval_rig_create();
    return 0;
}

static inline int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

/* A walk with nothing in it, so that what follows is no baseline. */
static inline void known_source(struct eval_rig *er)
{
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
}

static inline const char *links(struct eval_rig *er, const char *where)
{
    char sql[512];

    snprintf(sql, sizeof sql,
             "SELECT group_concat(i.key || ' ' || l.method || ' ' || l.node || ' ' ||"
             " l.known || l.effective, '; ') FROM link l JOIN item i ON i.id = l.item"
             " WHERE %s",
             where);
    return rig_text(&er->r, sql);
}

static inline struct item *child(struct eval_rig *er, int number, const char *parent)
{
    struct item *it = rig_item(&er->r, "acme/web", number);

    it->parent_key = arena_str(er->r.a, str_of(parent));
    return it;
}

/* A mark beside those that are there. */
static inline void add_mark(struct eval_rig *er, struct item *it, enum mark_kind kind,
                            const char *value)
{
    rig_label(&er->r, it, value);
    it->marks[it->n_marks - 1].kind = kind;
}

#endif
