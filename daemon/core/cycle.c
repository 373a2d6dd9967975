#include "core/cycle.h"

#include <stddef.h>

static const struct {
    enum cycle_state from;
    enum cycle_event on;
    enum cycle_state to;
    enum cycle_action action;
} rows[] = {
#define CYCLE(from, on, to, action)                                                    \
    {CYCLE_##from, CYCLE_ON_##on, CYCLE_##to, CYCLE_DO_##action},
#include "core/cycle.def"
#undef CYCLE
};

const char *cycle_state_name(enum cycle_state s)
{
    static const char *const names[] = {
#define X(n, s) s,
        CYCLE_STATES(X)
#undef X
    };
    return s < CYCLE_STATE_COUNT ? names[s] : "?";
}

const char *cycle_event_name(enum cycle_event e)
{
    static const char *const names[] = {
#define X(n, s) s,
        CYCLE_EVENTS(X)
#undef X
    };
    return e < CYCLE_EVENT_COUNT ? names[e] : "?";
}

const char *cycle_action_name(enum cycle_action a)
{
    static const char *const names[] = {
#define X(n, s) s,
        CYCLE_ACTIONS(X)
#undef X
    };
    return a < CYCLE_ACTION_COUNT ? names[a] : "?";
}

bool cycle_step(enum cycle_state *state, enum cycle_event event, enum cycle_action *ret)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].from == *state && rows[i].on == event) {
            *state = rows[i].to;
            *ret = rows[i].action;
            return true;
        }
    }
    return false;
}
