/*
 * Reading as a GitHub App: a JSON web token signed with the App's key buys an
 * installation token, which lasts an hour. It is kept in tracker_start.secret
 * and nowhere else, is renewed before it expires, and once when GitHub refuses
 * it. Pure; engine thread.
 *
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_APP_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_call.h"

struct tracker;
struct github_answer;

struct github_app {
    struct github_call call; /* of INSTALLATION and TOKEN: its tries are its own */
    bool used;               /* else a token, or none, was configured */
    struct buf *secret;      /* borrowed, or `alone` */
    struct buf alone;        /* owned: where nothing outlasts the sync */
    uint64_t settings;       /* hash: what the token kept holds for */
    struct wall renew_at;
    bool by_user;   /* the installation is a user's, not an organisation's */
    bool found;     /* the installation was looked up in this sync */
    bool renewed;   /* after a refusal, in this sync */
    bool clock_set; /* the server's clock was taken, in this sync */
};

/* Takes up the token that an earlier sync has left. */
bool github_app_init(struct tracker *t, const struct tracker_start *start,
                     struct err *e) MUST_USE;
void github_app_finish(struct github_app *app); /* wipes */

bool github_app_needs_installation(const struct tracker *t);
bool github_app_needs_token(const struct tracker *t, struct wall now);

/* Make the App's call ready, signed for now. False: out of memory, or no key. */
bool github_app_ask_installation(struct tracker *t, struct wall now) MUST_USE;
bool github_app_ask_token(struct tracker *t, struct wall now) MUST_USE;
/* The answers to them, judged. */
void github_app_take_installation(struct github_answer *an);
void github_app_take_token(struct github_answer *an);
/* They were refused: something else may be asked, or the source has failed. */
void github_app_refused(struct github_answer *an);

/* After 401: whether the request may be made once more, with something better. */
bool github_app_renew(struct github_answer *an);

#endif
