/*
 * What is told to whoever runs the source (`alignctl doctor`): who it reads as,
 * until when, what it may, and which repositories there are. Told at the end of
 * a sync, where it differs from what was told last. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_NOTES_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_NOTES_H

#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

struct tracker;
struct github_answer;

/* What answers have told besides issues. */
struct github_facts {
    int64_t limit;       /* requests an hour; 0: not told */
    struct wall expires; /* the token; 0: not told */
    struct str scopes;   /* of a classic token; in the context's arena */
    struct str needs;    /* a permission that was missing; likewise */
};

/* Keeps what this answer tells; the end of the sync tells all of it. */
void github_notes_tell(struct github_answer *an);
/* A list of repositories was read, or cannot be had. */
void github_notes_repos(struct github_answer *an);

#endif
