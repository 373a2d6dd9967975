/*
 * Owners that a channel's chat cannot mention: they are only named there. Pure; texts
 * go to the arena given, the rest borrows from the strategy.
 */
#ifndef STATUS_OWNERS_H
#define STATUS_OWNERS_H

#include "core/strategy.h"
#include "status/api.h"

enum { OWNERS_SHOWN = 5, OWNERS_MOST = 64 };

struct owners {
    bool asked; /* some channel mentions people at all */
    size_t n;   /* owners whom some chat cannot mention, counted to OWNERS_MOST */
    struct str text; /* "ana, ben": the first of them */
    struct str keys; /* "`slack:`, `teams:`": what they lack in `people` */
};

void owners_find(const struct strategy *s, const struct api_channel_view *channels,
                 size_t n_channels, struct arena *a, struct owners *ret);

#endif
