/*
 * What is asked for the source as a whole before its repositories are walked,
 * and in between where an App's token has to be renewed. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_SETUP_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_SETUP_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_sync.h"

/*
 * One request each (REPOS several), one after the other, with nothing else out;
 * a stage that is not needed is passed over:
 *
 *   INSTALLATION  which one is ours               an App without `installation`
 *   TOKEN         of that installation            an App, every hour
 *   VERSIONS      of the API, that the host has   Enterprise Server, every day
 *   REPOS         which there are                 `org`, every hour
 *   WALKS         issues, some requests at once
 *
 * A failure before WALKS is one of the whole source, but for VERSIONS, and for
 * REPOS where a list is remembered.
 */
enum github_stage {
    GITHUB_STAGE_INSTALLATION,
    GITHUB_STAGE_TOKEN,
    GITHUB_STAGE_VERSIONS,
    GITHUB_STAGE_REPOS,
    GITHUB_STAGE_WALKS,
};

enum github_stage github_setup_stage(const struct tracker *t, struct wall now);
/*
 * At the end of the last stage before WALKS, for the first time in a sync:
 * decides what is walked and makes it ready. Without an answer: there was no
 * such stage. False: out of memory, or ERR_CONFIG.
 */
bool github_setup_finish(struct tracker *t, struct github_answer *an, struct wall now,
                         struct err *e) MUST_USE;
/* The step that a stage before WALKS takes. */
enum tracker_step github_setup_next(struct tracker *t, enum github_stage stage,
                                    struct wall now, struct tracker_request *ret_req,
                                    struct wall *ret_until);
/* The answer to the source's call. */
void github_setup_answer(struct github_answer *an);

#endif
