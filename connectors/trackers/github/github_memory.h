/*
 * What a source remembers between two syncs, beside the cursors of its
 * repositories: struct feed's `memory`. A JSON object with one member for each
 * part of the connector that remembers something; each part alone knows what
 * its member means. Engine thread.
 *
 *   {"v":1, "lacks":{"timeline":1795341600000}, ...}
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_MEMORY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_MEMORY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/str.h"
#include "connectors/connector.h"

struct github_memory {
    json_t *root; /* owned */
    bool changed; /* since it was told */
};

/* Empty, damaged or another version: nothing is remembered. False: out of memory. */
bool github_memory_init(struct github_memory *m, struct str text) MUST_USE;
void github_memory_finish(struct github_memory *m);

/* Borrowed until it is set again; NULL: absent. */
json_t *github_memory_get(const struct github_memory *m, const char *part);
/* Takes `value`; NULL: the part has nothing to remember. False: out of memory. */
bool github_memory_set(struct github_memory *m, const char *part,
                       json_t *value) MUST_USE;
/* Puts it into the feed, if it has changed. False: out of memory. */
bool github_memory_tell(struct github_memory *m, struct feed *out) MUST_USE;

/*
 * A feature this host does not have, as a 404 told: not asked for again until
 * a day has passed. False: out of memory.
 */
bool github_memory_lacks(const struct github_memory *m, const char *feature,
                         struct wall now);
bool github_memory_set_lacks(struct github_memory *m, const char *feature, bool lacks,
                             struct wall now) MUST_USE;

#endif
