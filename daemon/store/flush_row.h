/* A due group with its members, and the notice made of it. Engine thread. */
#ifndef STORE_FLUSH_ROW_H
#define STORE_FLUSH_ROW_H

#include "core/notice.h"
#include "store/plan_row.h"

/* A member of a due batch, with what people are told about its subject. */
struct flush_member {
    struct plan_row row;
    enum plan_reason kind;
    struct str key, title, url, scope;
    struct str author, assignees; /* accounts of the item's tracker; by commas */
    bool is_private;
    struct wall joined;
    bool is_shown; /* and not counted only */
};

struct flush_batch {
    int64_t id;
    struct str channel, name;
    struct wall last_sent;
    struct flush_member *v;
    size_t n;
    bool some_stale; /* those stay */
};

/* Of the subject, not of its end; what is stale waits. */
bool flush_is_news(const struct flush_member *m);
const char *flush_change(enum plan_reason kind);
/* One section for each rule, worst first; false: out of memory. Into ev->item. */
bool flush_sections(struct eval *ev, const struct flush_batch *b, struct notice *n);
/* Whom the entry is for: the owner of a node, reporter and assignees of what is
   unlinked; nobody where it is no news. False: out of memory. Into ev->item. */
bool flush_people(struct eval *ev, const struct flush_member *m, struct notice_entry *n);
/* What is over. */
bool flush_resolved(struct eval *ev, const struct flush_batch *b, struct notice *n);
struct str flush_group_title(struct eval *ev, struct str name);

#endif
