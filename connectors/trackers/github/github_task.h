/*
 * Questions about single issues, asked when every repository was read: one
 * request after the other for each, several at once. None is worth a wait for
 * the rate limit: what is put off is asked for by a later sync. Pure; engine
 * thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_TASK_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_call.h"

enum {
    GITHUB_WORKERS = 8,         /* requests out at once; `in_flight` allows no more */
    GITHUB_MAX_MISSING = 500,   /* issues asked for in one sync */
    GITHUB_MAX_HISTORIES = 200, /* timelines */
    GITHUB_MAX_REFRESHED = 200, /* issues whose project has changed */
    GITHUB_MAX_BLOCKERS = 200,  /* issues asked what they wait for */
    GITHUB_MAX_TASKS = GITHUB_MAX_MISSING + GITHUB_MAX_HISTORIES +
                       GITHUB_MAX_REFRESHED + GITHUB_MAX_BLOCKERS,
};

struct github_answer;
struct github_owed;
struct github_refresh;
struct github_timeline;

enum github_task_kind {
    GITHUB_TASK_MISSING, /* an issue that a listing lacks */
    GITHUB_TASK_MOVED,   /* ... at the address GitHub has redirected to */
    GITHUB_TASK_CONFIRM, /* ... its repository, after 404 */
    GITHUB_TASK_REFRESH, /* an issue of which a project says something else now */
    GITHUB_TASK_HISTORY, /* a page of an issue's timeline */
    GITHUB_TASK_BLOCKERS, /* what it waits for */
};

struct github_task {
    enum github_task_kind kind;
    struct github_scope *scope;     /* borrowed: where the issue was */
    struct str vid;                 /* in the context's arena, like path */
    struct str path;                /* of the next request */
    bool at_root;                   /* a path GitHub gave, not one below the base URL */
    struct github_owed *owed;       /* HISTORY, BLOCKERS: borrowed, like `timeline` */
    struct github_refresh *refresh; /* REFRESH: borrowed */
    struct github_timeline *timeline; /* what its pages have told */
    unsigned pages;
};

/* What works on one task at a time. */
struct github_worker {
    struct github_call call;
    struct github_task *task; /* borrowed; NULL: idle */
};

struct github_tasks {
    struct github_task *v; /* in the arena; `v` is there before the first task */
    size_t n, begun, missing;
    struct github_worker workers[GITHUB_WORKERS];
};

/* False: out of memory. */
bool github_tasks_init(struct github_tasks *tasks, struct arena *a) MUST_USE;
void github_tasks_finish(struct github_tasks *tasks);

/* NULL: no more are taken in this sync. */
struct github_task *github_tasks_add(struct github_tasks *tasks);
/* Hands tasks to idle workers and makes their requests ready. False: out of memory. */
bool github_tasks_prepare(const struct github_client *c,
                          struct github_tasks *tasks) MUST_USE;
/* A request to be sent now; NULL: none. */
struct github_call *github_tasks_next(struct github_tasks *tasks, struct wall now);
/* When the first that waits may be made again; false: nothing waits. */
bool github_tasks_earliest(const struct github_tasks *tasks, struct wall *ret);
bool github_tasks_left(const struct github_tasks *tasks);
/* Of those that no worker has begun. */
void github_tasks_drop(struct github_tasks *tasks, enum github_task_kind kind);
/* Whatever was not answered is not asked for. */
void github_tasks_put_off(struct github_tasks *tasks);

/* By its id a repository is found under whatever name. */
struct str github_repo_path(const struct github_scope *s, struct arena *a);

/* The answer to a call of kind TASK. */
void github_task_answer(struct github_answer *an);

#endif
