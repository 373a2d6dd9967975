/*
 * Takes out of a notice what its readers may not see, before it is frozen. Pure; texts
 * are changed in place and live in the audience's arena (check arena_failed).
 */
#ifndef CORE_NOTICE_LIMIT_H
#define CORE_NOTICE_LIMIT_H

#include "core/audience.h"
#include "core/notice.h"

/*
 * An entry about a node that is not seen keeps that it is there and how bad it is; one
 * that serves such a node loses the node's title and why. Ids and titles become "[...]",
 * a command or a line of a table that needs them is left out.
 */
void notice_limit(struct notice *n, const struct audience *au);

#endif
