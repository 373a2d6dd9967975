/*
 * Stored versions of the strategy, for the requests that answer them: found by date or
 * number, read again, written as JSON. Reader thread.
 */
#ifndef STATUS_VERSION_H
#define STATUS_VERSION_H

#include "base/jsonw.h"
#include "status/api.h"

/*
 * A date means the end of that day, where the daemon's calendar is; else a time, or the
 * first digits of a version. ERR_NOT_FOUND, ERR_USAGE.
 */
bool version_find(struct db *db, const struct api_env *env, struct str text,
                  struct version_row *ret, struct err *e) MUST_USE;
/* ERR_CONFLICT: it is stored, and cannot be read. strategy_unref it. */
bool version_read(struct db *db, const struct api_env *env,
                  const struct version_row *row, struct strategy **ret,
                  struct err *e) MUST_USE;
/* The newest row before `n` (0: of all). *ret_found false: there is none. */
bool version_before(struct db *db, const struct api_env *env, int64_t n,
                    struct version_row *ret, bool *ret_found, struct err *e) MUST_USE;

/* version, since and until: the members alone. */
void version_members(struct jsonw *w, const struct version_row *row);

#endif
