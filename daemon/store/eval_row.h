/* An item while it is evaluated: its row, and what was found out about it. */
#ifndef STORE_EVAL_ROW_H
#define STORE_EVAL_ROW_H

#include "store/eval.h"
#include "store/fate.h"
#include "store/sql.h"

/* One stored answer of a method. */
struct eval_link {
    enum link_method method;
    struct str node, detail;
    bool known, effective;
    int64_t via;  /* the ancestor it comes from; 0: the item's own */
    int64_t hops; /* how far away that is */
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
    bool was_evaluated; /* there is a row of what was found then */
    bool is_asked; /* rules look at it: the texts are loaded */
    struct wall created, updated, closed, first_seen, changed, next_check;
    struct str packed; /* marks as stored */
    struct mark *marks;
    size_t n_marks;
    unsigned has, counted;
    int64_t counted_scope;
    struct wall counted_changed;

    /* found out */
    struct match_item match;
    int64_t parent; /* 0: none stored */
    struct link_set links;
    struct eval_link *now, *before; /* answers found, answers stored */
    size_t n_now, n_before;
    bool idea, exempt;
    const struct not_doing *not_doing; /* core/rule.h */
    bool not_doing_by_mark;
    struct str exempt_by; /* for people: "label strategy:none", "ana" */
    struct wall exempt_until;
    struct str team_now;
    struct fate_stored fate; /* of one that is gone */
};

/* An item of the batch: from a scope's queue (0: people's), or because its time has
   come or everything is linked anew. */
enum { TODO_DUE = -1, TODO_RELINK = -2 };
struct eval_todo {
    int64_t scope;
    bool in_run; /* of new ones, store/dirty.h */
    struct eval_row *row; /* as stored when the batch was gathered: nothing but its own
                             evaluation changes it */
    bool done;
};

enum { EVAL_BATCH = 1000 };
struct todo_list {
    struct eval_todo *v; /* EVAL_BATCH */
    size_t n;
};

/* What links are found by, from item i and what was evaluated of it, v, which there may
   be none of; column numbers count from 0. */
#define EVAL_ROW_COLUMNS                                                               \
    "i.id, i.source, i.scope, i.level, i.category, i.outcome, i.private, i.baseline,"  \
    " i.changed, i.has | coalesce(v.has, 0), v.counted, v.counted_scope,"              \
    " v.counted_changed, v.next_check, i.vid, i.key, i.parent_vid, i.parent_key,"      \
    " i.type, v.team, i.marks, i.created, v.item IS NOT NULL"
#define EVAL_ROW_EVALUATED " LEFT JOIN evaluated v ON v.item = i.id"
enum { EVAL_ROW_COLUMN_COUNT = 23 };
/* Into ev->a; NULL: out of memory. */
struct eval_row *eval_row_read(struct eval *ev, const struct query *q);
/* Rows of the query until the list is full; the column after the row is `scope`. */
bool eval_take_rows(struct eval *ev, struct todo_list *l, struct query *q,
                    struct err *e) MUST_USE;

#endif
