/*
 * When an issue was in progress, from the events of its timeline. Pure;
 * results live in the arena given.
 *
 * In progress is what github_wire.c takes for it: open, and assigned or with a
 * label that `in_progress` names. Statuses of fields and projects are not in
 * it: the REST timeline tells that one has changed, not to what (the schema
 * timeline-issue-events of GitHub's OpenAPI description has no such member). So
 * a history that ends otherwise than the issue stands is none.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_TIMELINE_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/wire/project.h"

enum github_event_kind {
    GITHUB_EVENT_ASSIGNED,
    GITHUB_EVENT_UNASSIGNED,
    GITHUB_EVENT_LABELED,
    GITHUB_EVENT_UNLABELED,
    GITHUB_EVENT_CLOSED,
    GITHUB_EVENT_REOPENED,
};

struct github_event {
    enum github_event_kind kind;
    struct wall at;
    struct str what; /* login or label; empty with the last two */
};

/* The events that matter of one issue's pages, in their order. */
struct github_timeline {
    struct arena *a; /* borrowed */
    struct github_event *v;
    size_t n, cap;
};

bool github_timeline_compile(struct arena *a, const struct project **ret,
                             struct err *e) MUST_USE;

/*
 * Appends the events of one page; others, and those without a date, are passed
 * over. ERR_PARSE, ERR_LIMIT: not a page of events, nothing was appended; ERR_NOMEM.
 */
bool github_timeline_read(const struct project *p, struct str body,
                          struct github_timeline *t, struct err *e) MUST_USE;

/* How the issue stands now, as its item says. */
struct github_standing {
    bool in_progress;
    struct str status;    /* empty: not known, as of `assignees` */
    struct str assignees; /* comma separated */
};

/*
 * The spans of a whole timeline, in order of time. *ret_agrees false: it ends
 * otherwise than the issue stands, so they are not to be told. False: out of
 * memory.
 */
bool github_timeline_spans(const struct github_timeline *t,
                           const struct tracker_conf *conf,
                           const struct github_standing *now, struct item_span **ret,
                           size_t *ret_n, bool *ret_agrees) MUST_USE;

#endif
