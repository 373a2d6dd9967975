/*
 * Renamed and transferred repositories: GitHub answers their old name with
 * 301 to /repositories/ID; the new name is asked for there. Pure; engine
 * thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_RENAME_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_RENAME_H

#include "base/str.h"
#include "connectors/trackers/github/github_sync.h"

/* The list has moved for good to `url`: decides under which name it is asked for next.
 */
void github_rename_moved(struct github_answer *an, struct str url);
/* The answer to a call of kind REPO, which was 200. */
void github_rename_answer(struct github_answer *an);

#endif
