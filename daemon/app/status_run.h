/*
 * Between the socket and the table of requests: finds the row, says who asks
 * and whether they may write, runs the handler where the row says (loop,
 * reader, engine) and sends its reply. Loop thread.
 */
#ifndef APP_STATUS_RUN_H
#define APP_STATUS_RUN_H

#include <stdbool.h>
#include <uv.h>

#include "app/live.h"
#include "status/api.h"
#include "status/server.h"
#include "store/store.h"

struct status_run;

struct status_deps {
    uv_loop_t *loop;
    const struct clock *clock;
    struct store *store;
    void *arg;
    struct live *(*live)(void *arg);              /* borrowed */
    const struct api_view *(*view)(void *arg);    /* NULL before the first */
    /* Whether an action may be carried out: ERR_NOT_FOUND and the like. It is, once it
       is on its way to the audit log. */
    bool (*may)(void *arg, enum api_action action, const struct api_request *req,
                struct err *e);
    bool (*act)(void *arg, enum api_action action, const struct api_request *req,
                struct err *e);
    void (*written)(void *arg); /* a person's write was stored */
    /* Answers a request for what happens from now on, or after a number. */
    bool (*follow)(void *arg, struct server_request *http, int64_t after,
                   int64_t last, struct err *e);
};

bool status_run_create(const struct status_deps *deps, const struct server_options *opt,
                       struct status_run **ret, struct err *e) MUST_USE;
/* Who may write besides root and the daemon's user: resolved names (NSS blocks, so
   at start only). Takes effect at once. */
bool status_run_writers(struct status_run *r, const struct conf_writer *w, size_t n,
                        struct err *e) MUST_USE;
void status_run_close(struct status_run *r, void (*closed)(void *arg), void *arg);

#endif
