/*
 * The state machine of one source's sync, as a table (cycle.def): app carries
 * out the action, this says which. Pure.
 */
#ifndef CORE_CYCLE_H
#define CORE_CYCLE_H

#include <stdbool.h>

#include "base/attr.h"

/* X(name, name for people) */
#define CYCLE_STATES(X)     \
    X(IDLE, "idle")         \
    X(STARTING, "starting") \
    X(RUNNING, "running")   \
    X(WAITING, "waiting")   \
    X(ENDING, "ending")     \
    X(STOPPING, "stopping")
#define CYCLE_EVENTS(X) \
    X(TICK, "tick")     \
    X(ASK, "ask")       /* the tracker has requests, or waits for answers */ \
    X(WAIT, "wait")     /* nothing before a time, and nothing outstanding */ \
    X(DONE, "done")     \
    X(FAIL, "fail")     \
    X(ANSWER, "answer") \
    X(WAITED, "waited") \
    X(ENDED, "ended")   \
    X(CANCEL, "cancel") \
    X(DRAINED, "drained")
#define CYCLE_ACTIONS(X)                                                    \
    X(NOTHING, "nothing")                                                   \
    X(BEGIN, "begin")       /* load scopes, create the tracker, first step */ \
    X(REMEMBER, "remember") /* one more sync when this one is over */        \
    X(SEND, "send")                                                         \
    X(FEED, "feed")                                                         \
    X(STEP, "step")     /* ask the tracker again, without an answer */      \
    X(ARM, "arm")                                                           \
    X(END, "end")       /* cancel what is out, close the sync in the store */ \
    X(ABORT, "abort")   /* cancel what is out, then wait for the engine */  \
    X(FINISH, "finish") /* destroy the tracker, schedule the next */

enum cycle_state {
#define X(n, s) CYCLE_##n,
    CYCLE_STATES(X)
#undef X
    CYCLE_STATE_COUNT
};
enum cycle_event {
#define X(n, s) CYCLE_ON_##n,
    CYCLE_EVENTS(X)
#undef X
    CYCLE_EVENT_COUNT
};
enum cycle_action {
#define X(n, s) CYCLE_DO_##n,
    CYCLE_ACTIONS(X)
#undef X
    CYCLE_ACTION_COUNT
};

const char *cycle_state_name(enum cycle_state s);
const char *cycle_event_name(enum cycle_event e);
const char *cycle_action_name(enum cycle_action a);

/* False: no such row, and nothing is changed. */
bool cycle_step(enum cycle_state *state, enum cycle_event event, enum cycle_action *ret)
    MUST_USE;

#endif
