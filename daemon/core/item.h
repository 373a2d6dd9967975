/*
 * One issue of a tracker, in the words every tracker shares: what a feed
 * yields, a page's transaction stores and matching reads. Pure values; views
 * are borrowed from the arena of the page or of the cycle.
 */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

enum item_category {
    ITEM_TODO,        /* Jira statusCategory new/undefined; GitHub open, unassigned */
    ITEM_IN_PROGRESS, /* Jira indeterminate; GitHub open and assigned */
    ITEM_DONE,        /* closed, for whatever reason */
};

enum item_outcome {
    ITEM_OPEN,
    ITEM_COMPLETED, /* counts as done */
    ITEM_DISCARDED, /* GitHub not_planned, duplicate; Jira won't do and the like */
};

/* Hierarchy: Jira issuetype.hierarchyLevel; GitHub by type, label and children. */
enum { ITEM_LEVEL_SUB = -1, ITEM_LEVEL_BASE = 0, ITEM_LEVEL_EPIC = 1 };

/*
 * A mark is anything on the item that can name a part of the strategy. The
 * kind is one stored letter. `name` is used by fields (the field's name) and
 * links (the link type); empty elsewhere.
 */
/* X(enumerator, letter, what `value` holds) */
#define MARK_KINDS(X)                                                      \
    X(MARK_LABEL, 'l', "label")                                            \
    X(MARK_FIELD, 'f', "value of field `name`, one mark for each value")   \
    X(MARK_MILESTONE, 'm', "GitHub milestone title")                       \
    X(MARK_FIX_VERSION, 'v', "Jira fixVersion name")                       \
    X(MARK_COMPONENT, 'c', "Jira component name")                          \
    X(MARK_REFERENCE, 'r', "id from a line 'Initiative:' or 'Strategy:'")  \
    X(MARK_EXEMPT, 'x', "reason of a line 'Strategy: none - REASON'")      \
    X(MARK_LINK, 'k', "key of an item this one points to by link `name`")

enum mark_kind {
#define X(e, letter, doc) e = letter,
    MARK_KINDS(X)
#undef X
};

struct mark {
    enum mark_kind kind;
    struct str name, value;
};

struct item {
    struct str vid;   /* vendor's stable id: identity together with the source */
    struct str key;   /* as people write it: PAY-12, acme/web#4; may change */
    struct str scope; /* project key or owner/repository */
    struct str title;
    struct str url; /* for people */
    struct str type; /* Epic, Bug, ... as the tracker names it; may be empty */
    struct str status; /* tracker's own name of it; GitHub: open, closed, a field's */
    int level;
    enum item_category category;
    enum item_outcome outcome;
    struct str author;      /* account id: GitHub login, Jira accountId or name */
    struct str author_name; /* for people */
    bool outsider; /* author_association NONE: counts once assigned */
    struct str *assignees; /* account ids */
    size_t n_assignees;
    struct str parent_vid; /* either may be empty; vid wins */
    struct str parent_key;
    int64_t children; /* sub-issues the tracker counts; 0 when it does not say */
    struct wall created, updated, closed; /* closed 0: open */
    bool restricted; /* Jira security level: private by default */
    struct mark *marks;
    size_t n_marks;
    struct str excerpt; /* plain text, at most ITEM_EXCERPT bytes; epic level only */
    /* Keys of what it waits for, by the tracker's own links, while it is open. Another
       answer tells them where `blocked_by` says that there are some. */
    struct str *blockers;
    size_t n_blockers;
    int64_t blocked_by; /* how many the tracker counts, without their keys */
};

#define ITEM_EXCERPT 4000
#define ITEM_MAX_TITLE 1000  /* bytes kept */
#define ITEM_MAX_MARKS 500   /* more are dropped, label kind last */
#define ITEM_MAX_VALUE 255   /* bytes of a mark's name or value kept */
#define ITEM_MAX_BLOCKERS 20 /* more are dropped */

/*
 * Marks as stored: one line each, letter, name, tab, value; line breaks and
 * tabs inside become blanks. Unpacking borrows from `packed` and skips lines it
 * cannot read.
 */
void item_pack_marks(struct buf *out, const struct mark *marks, size_t n);
bool item_unpack_marks(struct str packed, struct arena *a, struct mark **ret_marks,
                       size_t *ret_n); /* false: out of memory */

/* A label strategy:none, or a line `Strategy: none`. */
bool item_says_exempt(const struct mark *marks, size_t n, struct arena *a);

/* Changes when anything stored about the item changes. */
uint64_t item_hash(const struct item *it);

/*
 * Finds the lines `Initiative: ID`, `Strategy: ID` (one or more ids, comma
 * separated; case of the word ignored, Markdown emphasis and list bullets
 * around it allowed) and `Strategy: none - REASON` in a body, and writes marks
 * to `marks`, which has room for ITEM_MAX_REFERENCES. Returns how many; their
 * views borrow from `body`. Lines inside fenced code, quotes and HTML comments
 * do not count; nor does a line whose value is not ids throughout (prose), nor
 * `Initiative: none`. Fences: CommonMark 4.5.
 */
#define ITEM_MAX_REFERENCES 20
size_t item_read_references(struct str body, struct mark *marks);

#endif
