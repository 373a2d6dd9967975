/*
 * Notices that the wall clock was set, or that the machine slept: then it moves
 * otherwise than the steady one, which stands still meanwhile. Loop thread, pure but
 * for the two clocks.
 */
#ifndef APP_WALL_WATCH_H
#define APP_WALL_WATCH_H

#include "base/clock.h"

struct wall_watch {
    const struct clock *clock; /* borrowed */
    struct wall wall;          /* when looked at last */
    struct mono mono;
};

void wall_watch_init(struct wall_watch *w, const struct clock *clock);
/* By how much it was set since the last look; 0: by no more than a minute. */
struct dur wall_watch_look(struct wall_watch *w);

#endif
