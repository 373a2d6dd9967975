/*
 * What an answer's status and headers mean, before its body is read: decided
 * in one table for all requests. Pure; engine thread.
 *
 * Atlassian: developer.atlassian.com/cloud/jira/platform/rate-limiting and
 * /build-an-app-that-respects-rate-limits; for Data Center
 * confluence.atlassian.com/adminjiraserver, "Adjusting your code for rate
 * limiting".
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_REPLY_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "connectors/connector.h"

enum jira_verdict {
    REPLY_OK,      /* read the body */
    REPLY_AGAIN,   /* a passing failure: the same request may succeed */
    REPLY_PAUSED,  /* rate limit */
    REPLY_REFUSED, /* this request can never succeed, others may */
    REPLY_FATAL,   /* no request can succeed: stop at once */
};

struct jira_reply {
    enum jira_verdict verdict;
    struct err err;    /* unless OK */
    struct wall until; /* AGAIN, PAUSED: not before; 0: not told */
    bool quota;        /* PAUSED: an hourly quota, not a burst */
    bool too_large;    /* AGAIN: ask for fewer issues */
};

/* Exactly one of `resp` and `failure`; `what` names the request to people. */
void jira_judge(const struct http_response *resp, const struct err *failure,
                const char *what, struct wall now, struct jira_reply *ret);

/* Puts Date and the rate limit into the feed; *ret_near: under 20 % is left. */
void jira_note_headers(const struct http_response *resp, struct wall now,
                       struct feed *out, bool *ret_near);

/*
 * Atlassian's recipe: 2 s, doubled each time, at most 30 s, times 0.7 to 1.3.
 * `tries` counts from 1; `random` is 64 random bits.
 */
struct dur jira_backoff(unsigned tries, uint64_t random);

#endif
