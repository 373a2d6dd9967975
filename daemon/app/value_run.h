/*
 * Values of key results that come by themselves. At the start, whenever the strategy's
 * directory changes or a reload is over, and when one is due, it looks: at the
 * check-ins file and files of values, which are read each time, and at what is due of
 * the others, once a day for each key result, sooner and with back-off where it failed.
 * Addresses are asked one after the other. Loop thread.
 */
#ifndef APP_VALUE_RUN_H
#define APP_VALUE_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "io/http.h"
#include "store/store.h"

struct value_run;

struct value_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct http *http;
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
    /* One look is over; `news`: another value is known than before. */
    void (*ended)(void *arg, bool news);
};

bool value_run_create(const struct value_deps *deps, struct value_run **ret,
                      struct err *e) MUST_USE;
/* Files, strategy or configuration may be others than at the last look; `all`: what is
   not due yet is asked, too. */
void value_run_look(struct value_run *r, bool all);
bool value_run_is_idle(const struct value_run *r);
/* The first thing that is wrong with the check-ins file; empty: nothing. */
struct str value_run_file_error(const struct value_run *r);
/* Before http_close. */
void value_run_close(struct value_run *r, void (*closed)(void *arg), void *arg);

#endif
