/*
 * The walk of one repository: its open issues, then the closed ones, then what
 * changed (github_cursor.h); and what its answers mean. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_WALK_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_WALK_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_scopes.h"
#include "connectors/trackers/github/github_sync.h"

enum { GITHUB_PER_PAGE = 100 };

/*
 * `since` may mean "after" as well as "at or after", and replicas lag: each
 * walk begins a little before the last one ended.
 */
#define GITHUB_OVERLAP DUR_S(120)

/*
 * Makes the repository's next request ready, so that sending it needs no
 * memory. False: out of memory.
 */
bool github_walk_prepare(const struct github_client *c,
                         struct github_scope *s) MUST_USE;
/* The answer to a call of kind ISSUES or REPO. */
void github_walk_answer(struct github_answer *an);

/*
 * Whether nothing has moved in the repository for so long, and it was looked at
 * so lately, that it need not be asked before the next sync.
 */
bool github_walk_may_wait(const struct tracker_conf *conf,
                          const struct github_cursor *c, struct wall now);

/* What has not been updated since was read before: a walk of changes begins a little
   earlier. 0: all is new. */
struct wall github_walk_since(const struct github_scope *s);
/* Replaces the page, which may be empty. The view ends with the next call. */
void github_walk_set_page(struct github_scope *s, struct str path);
/* The repository's next request is the first one of that walk. */
void github_walk_begin(struct github_scope *s, enum github_walk walk,
                       struct wall since);
/* github_settle, and tells that the repository is there. */
void github_walk_settle(struct github_answer *an);
/* The body did not read: the same call again, or the end of this sync of it. */
void github_walk_malformed(struct github_answer *an, struct err why);
/* A repository's id, where a path names it. */
void github_walk_learn_vid(struct github_answer *an, struct str path);

#endif
