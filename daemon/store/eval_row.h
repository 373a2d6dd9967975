/* An item while it is evaluated: its row, and what was found out about it. */
#ifndef STORE_EVAL_ROW_H
#define STORE_EVAL_ROW_H

#include "store/eval.h"

/* One stored answer of a method. */
struct eval_link {
    enum link_method method;
    struct str node, detail;
    bool known, effective;
    int64_t via;
};

struct eval_row {
    int64_t id;
    struct eval_source *source; /* NULL: unknown, never for a row a page wrote */
    struct eval_scope *scope;   /* likewise */
    bool in_view;
    struct str vid, key, parent_vid, parent_key, type, status, author_name, title,
        excerpt;
    struct str team, assignees;
    int level;
    enum item_category category;
    enum item_outcome outcome;
    bool outsider, private_, baseline;
    struct wall created, updated, closed, first_seen, changed, next_check;
    struct mark *marks;
    size_t n_marks;
    unsigned has, counted;
    int64_t counted_scope;
    struct wall counted_changed;

    /* found out */
    struct match_item match;
    struct link_set links;
    struct eval_link *now, *before; /* answers found, answers stored */
    size_t n_now, n_before;
    bool idea, exempt;
    struct str exempt_by; /* for people: "label strategy:none", "ana" */
    struct wall exempt_until;
    struct str team_now;
};

#endif
