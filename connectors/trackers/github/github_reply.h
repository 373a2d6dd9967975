/*
 * What an answer's status and headers mean before its body is read: limits,
 * refusals, faults and when to try again, decided in one place for all
 * requests. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_REPLY_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_REPLY_H

#include "base/attr.h"
#include "base/err.h"
#include "connectors/trackers/github/github_sync.h"

enum github_verdict {
    GITHUB_READ,    /* 2xx, 304: read it */
    GITHUB_AGAIN,   /* the same request is made once more, perhaps later */
    GITHUB_REFUSED, /* it cannot succeed in this sync: `why` of the answer says it */
    GITHUB_OVER,    /* nor can any other: the source has failed, as was told */
};

enum github_verdict github_judge(struct github_answer *an);

/* The body does not read, because of `why`: AGAIN or REFUSED (also out of memory). */
enum github_verdict github_malformed(struct github_answer *an, struct err why);

/* The request was answered as it should be. */
void github_settle(struct github_answer *an);

/* Leaves the rest of the hour's budget to other users of the token. */
void github_keep_reserve(struct github_answer *an);

#endif
