/*
 * One sync of one source: its state, and what all answers share. Engine
 * thread.
 *
 * What a server does is an event in the answer's feed; that memory is out is
 * `nomem`, which drops the sync.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_SYNC_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_SYNC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/github/github_app.h"
#include "connectors/trackers/github/github_board.h"
#include "connectors/trackers/github/github_call.h"
#include "connectors/trackers/github/github_debt.h"
#include "connectors/trackers/github/github_known.h"
#include "connectors/trackers/github/github_memory.h"
#include "connectors/trackers/github/github_notes.h"
#include "connectors/trackers/github/github_repos.h"
#include "connectors/trackers/github/github_scopes.h"
#include "connectors/trackers/github/github_task.h"
#include "connectors/trackers/github/github_wire.h"

struct tracker {
    const struct tracker_conf *conf; /* borrowed */
    struct arena *arena;             /* owned */
    struct github_client client;
    struct github_wire wire;
    struct github_memory memory;
    struct github_known known;
    struct github_call call; /* of VERSIONS and REPOS (github_setup.h) */
    struct github_app app;
    struct github_repos repos;
    struct github_facts facts;
    bool version_wanted;  /* the host is to be asked */
    bool version_asked;   /* ... and was, in this sync */
    bool version_refused; /* 400 came to the one that was sent */
    struct github_scopes scopes;
    struct github_tasks tasks;
    struct github_debt histories, blockers;
    struct github_boards boards;
    bool all;         /* quiet repositories, too */
    bool stopped;     /* no more requests: refused as a whole */
    bool no_issues;   /* the token came without the permission to read them */
    bool list_failed; /* a listing, and that was told */
    bool spent;       /* what remains of the budget is not for what can be put off */
    unsigned limited; /* rate limits met in a row */
    struct wall paused_until;
};

/* One answer on its way through; `nomem` is what ends it early. */
struct github_answer {
    struct tracker *t;
    struct github_call *call;
    struct github_scope *s;           /* the call's; NULL: of the whole source */
    const struct http_response *resp; /* NULL: `failure` */
    const struct err *failure;
    struct wall now;
    struct feed *out;
    bool nomem;
    bool too_much;  /* failed for its size, it seems */
    struct err why; /* of what was refused or failed for good */
};

/* ---- events ---- */

/* NULL: out of memory, noted. */
struct scope_event *github_tell(struct github_answer *an, enum scope_event_kind kind,
                                struct str scope);
/* With the repository's cursor as it is now; a listing has none to tell. */
void github_tell_cursor(struct github_answer *an, enum scope_event_kind kind);
/* Ends this sync of the repository, whose cursor stays where it was, or its listing. */
void github_fail_scope(struct github_answer *an, struct err why);
/* Ends the sync of the whole source. */
void github_fail_source(struct github_answer *an, struct err why);
/* Limits belong to the token, so they hold for every request. */
void github_pause(struct github_answer *an, struct dur wait);

/* ---- time ---- */

/* What begins a walk: the server's time, unless that is too far ahead of ours. */
struct wall github_server_now(const struct github_answer *an);
/* The length of `history`; working days count as 7/5 of a day. */
struct dur github_history(const struct tracker_conf *conf);

#endif
