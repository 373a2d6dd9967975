/*
 * Runs evaluation and the freezing of due groups, one operation after the
 * other on the engine: after a sync stored something, a strategy or
 * configuration came into force, a person wrote, or time alone changed an
 * answer. Requests that come while it runs are one more round. Loop thread.
 */
#ifndef APP_EVAL_RUN_H
#define APP_EVAL_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "store/store.h"

struct eval_run;

struct eval_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg);     /* borrowed */
    void (*begins)(void *arg);           /* a round */
    /* A round is over: `failure` NULL, or why it will be tried again. */
    void (*ended)(void *arg, const struct eval_result *r, const struct err *failure);
};

bool eval_run_create(const struct eval_deps *deps, struct eval_run **ret, struct err *e)
    MUST_USE;
void eval_run_request(struct eval_run *r);
bool eval_run_is_idle(const struct eval_run *r); /* nothing running, nothing asked for */
void eval_run_close(struct eval_run *r, void (*closed)(void *arg), void *arg);

#endif
