/*
 * What a source knows of its host from one sync to the next: a part of its
 * memory (github_memory.h), without secrets. Pure; engine thread; everything
 * lives in the context's arena.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_KNOWN_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/trackers/github/github_memory.h"

/* Asked for once an hour, more than that do not fit into the hour's budget. */
enum { GITHUB_MAX_REPOS = 2000 };

/* A repository that was found. */
struct github_found {
    struct str id, name;
};

struct github_known {
    /* The API version in use, empty for none; `api_at` 0: nothing was found out. */
    struct str api;
    struct wall api_at;
    int64_t installation;     /* 0: not known */
    uint64_t installation_of; /* the settings it holds for */
    struct github_found *repos;
    size_t n_repos;
    struct wall repos_at; /* when they were listed; 0: never */
    uint64_t repos_of;
    struct dur skew; /* the server's clock minus ours, where that mattered */
    uint64_t notes;  /* hash of what was noted last */
    bool changed;    /* since it was read */
};

/* What is damaged is forgotten. False: out of memory. */
bool github_known_read(struct arena *a, const struct github_memory *from,
                       struct github_known *ret) MUST_USE;
/* Hands it to the memory where it has changed. False: out of memory. */
bool github_known_keep(struct github_known *k, struct github_memory *to) MUST_USE;

#endif
