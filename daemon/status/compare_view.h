/*
 * Live work under two strategies (core/compare.h): the open epic-level items, linked
 * anew by each, page by page, and the days of the last weeks. Reader thread; nothing is
 * stored, no file is opened.
 */
#ifndef STATUS_COMPARE_VIEW_H
#define STATUS_COMPARE_VIEW_H

#include "status/api.h"

/* Writes the answer into reply->body. ERR_NOMEM, ERR_STORE. */
bool compare_view_answer(struct db *db, const struct api_env *env,
                         const struct strategy *from, const struct strategy *to,
                         struct api_reply *reply, struct err *e) MUST_USE;

#endif
