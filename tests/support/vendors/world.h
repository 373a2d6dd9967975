/*
 * Everything the program plays, put together: the vendors, the chat sink,
 * faults, latency and counters, and the control requests that change them
 * while it runs. One thread.
 */
#ifndef VENDORS_WORLD_H
#define VENDORS_WORLD_H

#include <stdbool.h>

#include "tests/support/vendors/chat.h"
#include "tests/support/vendors/counters.h"
#include "tests/support/vendors/faults.h"
#include "tests/support/vendors/github.h"
#include "tests/support/vendors/jira.h"

struct world {
    struct staff *people;
    struct github *github;
    struct jira *jira;
    struct chat *chat;
    struct faults *faults;
    struct counters *counters;
    bool gzip;
    struct dur latency;
    char *latency_path; /* owned; prefix; NULL: every path */
};

void world_finish(struct world *w); /* idempotent */

/* The handler of server.h. */
void world_answer(void *world, struct request *rq, struct reply *rp);
void world_answered(void *world, const struct request *rq, const struct reply *rp);
void world_over(void *world, const struct reply *rp);

/* control.c: requests below /_control. */
void control_answer(struct world *w, const struct request *rq, struct reply *rp);

#endif
