/*
 * Filters that name something: a team, a repository or project, a source. A
 * name that does not exist would look like "nothing found", so it is refused
 * (ERR_USAGE), with the nearest one there is. Reader's thread.
 */
#ifndef STATUS_FILTER_H
#define STATUS_FILTER_H

#include "status/api.h"

/* Empty names are fine. */
bool filter_team(const struct api_env *env, struct str team, struct err *e) MUST_USE;
bool filter_source(const struct api_env *env, struct str source,
                   struct err *e) MUST_USE;
bool filter_scope(struct db *db, const struct api_env *env, struct str scope,
                  struct err *e) MUST_USE;

#endif
