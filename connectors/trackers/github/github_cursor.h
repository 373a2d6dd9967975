/*
 * Where the sync of one repository stands: the text in struct tracker_scope's
 * `cursor`. Pure; strings are borrowed from the arena given to the reader.
 *
 * A repository is walked three times at first: its open issues, then the
 * closed ones, then, from now on, what changed. The first two are sorted by
 * creation, because a list sorted by change shifts while it is read: an issue
 * that changes moves to the end, and the first of the next page is missed. A
 * list sorted by creation shifts only when an issue leaves it.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_CURSOR_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_CURSOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/wire/project.h"

/* X(enumerator, stored name) */
#define GITHUB_WALKS(X)                                                                \
    X(GITHUB_OPEN, "open")                                                             \
    X(GITHUB_CLOSED, "closed")                                                         \
    X(GITHUB_CHANGES, "changes")

enum github_walk {
#define X(e, name) e,
    GITHUB_WALKS(X)
#undef X
};

struct github_cursor {
    enum github_walk walk;
    struct str page;     /* path of the next page; empty: the walk has not begun */
    struct wall since;   /* lower bound of updated_at; 0: none */
    struct wall newest;  /* largest updated_at seen in this walk; 0: none */
    struct wall start;   /* server's time at the first page: of the first walk until
                            that is complete, then of each walk of changes */
    struct wall moved;   /* earliest updated_at seen that is not before `start` */
    bool by_update;      /* a first walk that GitHub would not page in full (422) */
    bool paged;          /* the open issues had more than one page */
    bool shifted;        /* some issue was closed meanwhile: pages have shifted */
    bool second;         /* the open issues are walked again because of that */
    struct str etag;     /* of the only page of a walk of changes, with quotes */
    struct str etag_key; /* keyed hash of token and URL it holds for */
    struct str alias;    /* the configured name, once the repository was renamed */
    struct wall active;  /* largest updated_at ever seen; 0: not known */
    struct wall
        looked; /* our clock at the last look, if nothing moves there; 0: moves */
};

/* For reading; once for each context. */
bool github_cursor_compile(struct arena *a, const struct project **ret,
                           struct err *e) MUST_USE;
/* ERR_PARSE: empty, damaged or not one of ours: the walk starts over. ERR_NOMEM. */
bool github_cursor_read(const struct project *p, struct arena *a, struct str text,
                        struct github_cursor *ret, struct err *e) MUST_USE;
void github_cursor_write(const struct github_cursor *c, struct buf *out);

#endif
