#include "app/wall_watch.h"

static const struct dur tolerated = {60000};

void wall_watch_init(struct wall_watch *w, const struct clock *clock)
{
    *w = (struct wall_watch){clock, clock_wall(clock), clock_mono(clock)};
}

struct dur wall_watch_look(struct wall_watch *w)
{
    struct wall_watch before = *w;
    int64_t step;

    wall_watch_init(w, before.clock);
    step = wall_since(w->wall, before.wall).ms - mono_since(w->mono, before.mono).ms;
    return DUR_MS(step > tolerated.ms || step < -tolerated.ms ? step : 0);
}
