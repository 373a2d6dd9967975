/*
 * Finding the repositories of an organisation, a user, or an App's
 * installation: listed every hour, remembered in between. A repository is told
 * by its id, so that a new name is no new repository. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_REPOS_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_REPOS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_known.h"

struct tracker;
struct github_answer;

/* Why a repository of the list is not followed. */
enum github_skip {
    GITHUB_SKIP_ARCHIVED,
    GITHUB_SKIP_FORK,
    GITHUB_SKIP_NO_ISSUES,
    GITHUB_SKIP_EXCLUDED,
    GITHUB_SKIPS,
};

struct github_repos {
    bool needed;     /* to be listed in this sync */
    bool listed;     /* all pages were read in this sync */
    bool by_user;    /* the owner is a user, not an organisation */
    struct buf page; /* owned; path of the next page; empty: the first */
    unsigned pages;
    struct github_found *v; /* in the arena, like the rest */
    size_t n, cap;
    struct github_found *skipped;
    size_t n_skipped, cap_skipped;
    size_t skips[GITHUB_SKIPS];
};

void github_repos_init(struct tracker *t, struct wall now);
void github_repos_finish(struct github_repos *repos);

/* Makes the source's call ready. False: out of memory. */
bool github_repos_ask(struct tracker *t) MUST_USE;
/* A page, and a list that cannot be had. */
void github_repos_answer(struct github_answer *an);
void github_repos_refused(struct github_answer *an);

/* Whether the settings want a repository of that name. */
bool github_repos_want(const struct tracker *t, struct str name);
bool github_repos_skipped(const struct github_repos *repos, struct str id,
                          struct str name);

#endif
