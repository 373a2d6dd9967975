/*
 * Issues that a listing lacks: where they are is asked for, one by one, and
 * never guessed. GET of an issue answers 200, 301 where it was transferred,
 * 410 where it was deleted, and 404 where it went out of sight:
 * https://docs.github.com/en/rest/issues/issues#get-an-issue
 * Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_ASK_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_sync.h"
#include "connectors/trackers/github/github_task.h"

/* tracker_ops.missing: the first GITHUB_MAX_MISSING are asked for in this sync. */
bool github_missing(struct tracker *t, struct str scope,
                    const struct tracker_missing *v, size_t n, struct err *e) MUST_USE;

/* False: the task is done. True: it has another request to make, or the same again. */
bool github_ask_answer(struct github_answer *an, struct github_task *task);

#endif
