/*
 * What is asked for one issue at a time, a request or a few each: it is owed when a
 * page tells of the issue, remembered, and each sync asks for some. Two things are so:
 * timelines (github_history.h) and what issues wait for (github_blockers.h). Pure;
 * engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_DEBT_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_DEBT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_task.h"
#include "connectors/trackers/github/github_timeline.h"
#include "connectors/wire/project.h"

struct github_answer;
struct github_conf;
struct github_debt;
struct github_scope;

enum github_debt_page { GITHUB_PAGE_DONE, GITHUB_PAGE_MORE, GITHUB_PAGE_LATER };

/* What is owed, as a kind. */
struct github_debt_kind {
    enum github_task_kind task;
    size_t most;      /* issues asked for in one sync */
    const char *part; /* of the memory, and what the host may lack: github_memory.h */
    const char *feature;
    const char *path; /* behind the issue's */
    const char *note, *title, *answers; /* for `doctor` */
    const char *lacking, *fix;
    bool (*is_asked_for)(const struct github_conf *own);
    /* MORE: the task's path is another page's, or the same once more. LATER: it cannot
       be read, now. Memory out is noted. */
    enum github_debt_page (*read)(struct github_answer *an, struct github_task *task);
};

/* An issue that is owed one. All in the context's arena. */
struct github_owed {
    struct github_debt *debt;   /* borrowed, like scope */
    struct github_scope *scope;
    struct str vid, number;
    struct github_standing now; /* of timelines */
    enum { GITHUB_OWED, GITHUB_ASKED, GITHUB_PAID } state;
};

struct github_debt {
    const struct github_debt_kind *kind;
    const struct project *wire; /* what of an answer is read */
    struct github_owed **v;     /* oldest first */
    size_t n, cap;
    struct map *by_vid;    /* owned */
    bool begun;            /* some are asked for in this sync */
    bool dropped;          /* more than are remembered */
    size_t asked, unsaved; /* tasks without an answer; answers not remembered yet */
    unsigned missing;      /* 404 in a row */
    bool trouble;          /* some could not be read */
};

/* What was remembered is owed. False: out of memory. */
bool github_debt_init(struct tracker *t, struct github_debt *d,
                      const struct github_debt_kind *kind) MUST_USE;
void github_debt_finish(struct github_debt *d);

/* Whether it is asked for, and the host has it. */
bool github_debt_is_open(const struct tracker *t, const struct github_debt *d,
                         struct wall now);
/* NULL: too many, which shows in d->dropped, or out of memory. */
struct github_owed *github_debt_owe(struct tracker *t, struct github_debt *d,
                                    struct github_scope *s, const struct item *it);
/* False: out of memory. */
bool github_debt_save(struct tracker *t, struct github_debt *d) MUST_USE;
/* Every repository was read: some of what is owed is asked for. False: out of memory.
 */
bool github_debt_begin(struct tracker *t, struct github_debt *d,
                       struct wall now) MUST_USE;
/* As github_ask_answer. */
bool github_debt_answer(struct github_answer *an, struct github_task *task);

#endif
