/*
 * Status history where it is asked for (`status_history: true`): the timelines
 * of issues that are new or have changed, for it costs a request for each. What
 * is owed is remembered; each sync asks for some. Issues that wait for somebody
 * to begin have none: what the store saw of them stays. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_HISTORY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_timeline.h"
#include "connectors/wire/project.h"

struct github_answer;
struct github_scope;
struct github_task;

/* An issue whose history is to be read. All in the context's arena. */
struct github_owed {
    struct github_scope *scope; /* borrowed */
    struct str vid, number;
    struct github_standing now;
    enum { GITHUB_OWED, GITHUB_ASKED, GITHUB_PAID } state;
};

struct github_debt {
    const struct project *events;
    struct github_owed **v; /* oldest first */
    size_t n, cap;
    struct map *by_vid;    /* owned */
    bool begun;            /* some are asked for in this sync */
    bool dropped;          /* more than are remembered */
    size_t asked, unsaved; /* tasks without an answer; answers not remembered yet */
    unsigned missing;      /* 404 in a row */
    bool trouble;          /* some could not be read */
};

bool github_history_init(struct tracker *t, struct err *e) MUST_USE;
void github_history_finish(struct tracker *t);

/*
 * The items from number `first` on are of a page of a walk: the histories of
 * those that changed after the walk's lower bound are owed.
 */
void github_history_owe(struct github_answer *an, size_t first);
/* Every repository was read: some of what is owed is asked for. False: out of memory.
 */
bool github_history_begin(struct tracker *t, struct wall now) MUST_USE;
/* As github_ask_answer. */
bool github_history_answer(struct github_answer *an, struct github_task *task);

#endif
