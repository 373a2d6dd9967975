/*
 * One walk over issues: which page comes next, what a page moved, and the
 * cursor it leaves with the store. Pure; engine thread.
 *
 * A scope is walked twice at first: open issues, then closed ones of the
 * history (jira_phase), each from its least to its most recently updated
 * issue. After that one walk asks for what was updated since, for all scopes
 * together.
 *
 * A listing meets every issue that is open, or closed and lately updated, to
 * find out which are there no longer. It goes by creation, since what changes
 * meanwhile must not change its place.
 *
 * Pages: Cloud hands out a token, Data Center an offset. Both are given up now
 * and then for a new *window*, the same search from the date reached on: a
 * token may have expired or end early, an offset may pass the server's limit,
 * and an issue updated meanwhile leaves its place, so that those behind it
 * move up and one is skipped at the end of a page (pages overlap to see that).
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_WALK_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "connectors/trackers/jira/jira_changes.h"
#include "connectors/trackers/jira/jira_wire.h"

/* In the order in which they are served. LISTING and SPANS leave no cursor. */
enum jira_phase {
    PHASE_UPDATES,
    PHASE_OPEN,
    PHASE_CLOSED,
    PHASE_LISTING,
    PHASE_SPANS, /* jira_spans.h */
};

/* ---- what the store keeps for a scope ---- */

struct jira_cursor {
    enum jira_phase phase;
    bool epoch;            /* this Jira was seen to take milliseconds in JQL */
    struct wall watermark; /* UPDATES: all before has been read; else: will have been */
    struct wall
        reached; /* OPEN, CLOSED: the walk's window starts here; 0: at the start */
};

/* An unreadable one reads as "start over". */
struct jira_cursor jira_cursor_read(struct str s);
void jira_cursor_print(struct buf *out, const struct jira_cursor *c);

/* ---- a request under way, of a walk or of the set-up ---- */

struct jira_call {
    uint32_t tag;
    bool out;        /* its answer is awaited */
    unsigned tries;  /* failed ones in a row */
    unsigned pauses; /* rate limits met in a row */
    struct wall not_before;
    struct buf url, body; /* owned; the request's views */
};

/* ---- walks ---- */

struct jira_scope {
    struct str key, vid; /* project key; "jql" for the operator's expression */
    struct jira_cursor cursor;
    bool was_synced; /* in an earlier sync */
    bool visible;    /* in this sync's list of projects */
    bool met;        /* jql: an issue of it was seen */
    bool list;       /* due to be listed as a whole */
    bool listing;    /* LISTING was told */
    bool fresh;       /* its changes were read in this sync, */
    bool changed;     /* and there were some */
    struct wall told; /* histories of what was updated before have been told */
    bool more;        /* and not yet those of all that was updated since */
};

#define JIRA_MET 8

struct jira_walk {
    enum jira_phase phase;
    struct jira_scope **scopes; /* borrowed, with what they point to */
    size_t n_scopes;
    struct str *keys;      /* of the scopes, for the search; made with its first page */
    struct wall watermark; /* what the scopes are at when it is done; 0: not begun */
    struct wall undated;   /* when it began, by our clock: the server's is not known yet */
    struct wall known;     /* UPDATES: the least of the scopes' watermarks */
    struct wall newest;    /* last update of any issue met */
    struct wall kept;      /* LISTING: closed issues updated since are met, too */
    struct wall since;     /* start of the window; 0: none */
    struct wall reached;   /* everything updated before has been read */
    struct buf token;      /* Cloud: owned; empty: first page of the window */
    int64_t start;         /* Data Center: offset of the next page */
    uint64_t tail[JIRA_TAIL]; /* last ids of the page before */
    size_t n_tail;
    uint64_t met[JIRA_MET]; /* hashes of the window's last pages, as a ring */
    size_t n_met;
    size_t page_size;
    unsigned pages, window_pages, rewinds;
    size_t n_read;          /* issues of this phase, in this sync */
    struct wall read_from;  /* where the phase began in this sync */
    struct wall counted_at; /* date reached when they were counted last */
    bool counting;          /* jira_count.h */
    bool done;
    struct jira_log log; /* SPANS: a page whose change logs are asked for */
    struct jira_page log_page;
    struct buf log_token; /* owned */
    unsigned log_pages;
    size_t n_told;
    struct jira_call call;
};

enum jira_progress {
    WALK_MORE,  /* ask for the next page */
    WALK_ENDED, /* this phase is complete */
    WALK_STUCK, /* the server does not get on: `e` says how */
};

/* `cloud` decides how much may be asked for at once. */
struct jira_walk *jira_walk_create(struct arena *a, enum jira_phase phase,
                                   struct jira_scope **scopes, size_t n, bool cloud);
void jira_walk_finish(struct jira_walk *w); /* its buffers; the rest is the arena's */

enum jira_progress jira_walk_page(struct jira_walk *w, const struct jira_page *page,
                                  bool cloud, struct err *e);
/* A new window from the date reached on; false: that would be the same one. */
bool jira_walk_restart(struct jira_walk *w);
/* The same window from its start: its token is no good any more. */
void jira_walk_rewind(struct jira_walk *w);
/* Where a walk cut off now would go on: what is before has been read. */
struct wall jira_walk_resume_at(const struct jira_walk *w);
/* Ask for fewer issues at a time; false: already at the least. */
bool jira_walk_shrink(struct jira_walk *w);
/* A walk of PHASE_OPEN goes on with PHASE_CLOSED from `since` on. */
void jira_walk_next_phase(struct jira_walk *w, struct wall since);

void jira_call_init(struct jira_call *c);
void jira_call_finish(struct jira_call *c);

#endif
