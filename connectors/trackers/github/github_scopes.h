/*
 * The repositories of a source: those that are configured and those that were
 * found, with what is stored about them. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_SCOPES_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_call.h"
#include "connectors/trackers/github/github_cursor.h"

/* One answered page of the walk that is running. */
struct github_mark {
    uint64_t path;    /* hashes: the same page twice is a loop, */
    uint64_t content; /* under one address or several */
    struct wall at;   /* server's time */
    struct wall last; /* largest updated_at on it */
};

struct github_scope {
    struct str name; /* in the context's arena, like vid */
    struct str vid;
    struct github_cursor cursor;
    struct github_call call;   /* one request at a time */
    struct buf page;           /* owned; cursor.page is a view of it */
    bool finished;             /* nothing more in this sync */
    bool told;                 /* SCOPE_SEEN was said */
    bool lost;                 /* wanted, but not among those that were found */
    bool list_due;             /* to be listed as a whole once its changes are read */
    bool listing;              /* ... which the walk that is running does */
    struct github_cursor kept; /* of the walks, while a listing runs; without a page */
    struct wall listed_since;  /* closed issues updated since are listed */
    unsigned moves;            /* redirects to another name in this sync */
    unsigned unasked;          /* 304 to a request without If-None-Match */
    int per_page;
    struct github_mark *marks; /* owned */
    size_t n_marks, cap_marks;
};

struct github_stored; /* what the store knows of one of them */

struct github_scopes {
    struct github_scope *v; /* in the arena; what they own ends with finish */
    size_t n;
    struct github_stored *stored; /* in the arena */
    size_t n_stored;
    bool planned;     /* it is known which are followed */
    struct str *left; /* in the arena: names of those that are not any more */
    size_t n_left;
};

struct tracker;
struct github_answer;

/* Reads what is stored. */
bool github_scopes_init(struct github_scopes *ret, const struct tracker_start *start,
                        struct arena *a, struct err *e) MUST_USE;
void github_scopes_finish(struct github_scopes *scopes);

/*
 * Decides which are followed in this sync, from the settings and from what was
 * found last. With an answer at hand, renames are told in its feed; without,
 * none can have been found. ERR_CONFIG: a name is not owner/repository.
 */
bool github_scopes_plan(struct tracker *t, struct github_answer *an, struct wall now,
                        struct err *e) MUST_USE;
/* Those that left are told once. */
void github_scopes_tell_left(struct github_answer *an);

struct github_scope *github_scopes_find(const struct github_scopes *scopes,
                                        struct str name); /* NULL: not followed */
/* Whether one of that name is there, apart from `but`, which may be NULL. */
bool github_scopes_have(const struct github_scopes *scopes, struct str name,
                        const struct github_scope *but);
/* Whether some are not read yet, listings apart. */
bool github_scopes_left(const struct github_scopes *scopes);

#endif
