/*
 * The version of the API that is asked for. Ours is pinned; a host that does
 * not know it, and Enterprise Server once a day, is asked which ones it has.
 * Pure; engine thread.
 *
 * https://docs.github.com/en/rest/about-the-rest-api/api-versions
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_VERSION_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_VERSION_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "connectors/trackers/github/github_reply.h"
#include "connectors/trackers/github/github_sync.h"

/* Ours, unless the host is known to have another. */
void github_version_init(struct tracker *t, struct wall now);
bool github_version_is_needed(const struct tracker *t);
/* Makes the source's call ready. False: out of memory. */
bool github_version_ask(struct tracker *t) MUST_USE;
/* The answer to it; `verdict` READ or REFUSED. */
void github_version_answer(struct github_answer *an, enum github_verdict verdict);

/* After 400: whether the request may be made once more, with another version. */
bool github_version_renew(struct github_answer *an);

#endif
