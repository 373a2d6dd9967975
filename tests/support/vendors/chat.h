/*
 * Where chat messages end: a Slack incoming webhook that is as strict as
 * Slack, and a sink for webhooks signed as Standard Webhooks 1.0.0 says.
 * Messages are kept for tests and may be printed for a demo. One thread.
 *
 * Limits: @slack/types 3.2.0 and the block reference of docs.slack.dev;
 * answers: Slack's changelog of 2016-05 and recorded ones.
 */
#ifndef VENDORS_CHAT_H
#define VENDORS_CHAT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "tests/support/vendors/reply.h"

struct chat;

struct chat_options {
    bool print;              /* readably, on standard output */
    const char *hook_secret; /* "whsec_..."; NULL: signatures are not looked at */
};

struct chat *chat_create(const struct chat_options *o, struct err *e) MUST_USE;
void chat_destroy(struct chat *c); /* NULL is fine */

void chat_slack(struct chat *c, const struct request *rq, struct reply *rp);
void chat_hook(struct chat *c, const struct request *rq, struct reply *rp);
/*
 * chat_more.c: the others, each as strict as its vendor and answering in its words.
 *   /teams/...?sig=...           a Workflows webhook; `off` or `gone` in the path
 *   /discord/api/webhooks/ID/TOKEN   `unknown`, `wrong` and `busy` as TOKEN
 *   /mattermost/hooks/KEY        `gone`, `disabled`, `locked` as KEY
 *   /slack-api/chat.postMessage  the Web API: any xoxb- token but `xoxb-revoked`, channel
 *                                ids that begin with C1; threads of what it has kept
 *   /google-chat/v1/spaces/S/messages?key=&token=   S `gone`, key `bad`, token `wrong`
 */
void chat_teams(struct chat *c, const struct request *rq, struct reply *rp);
void chat_discord(struct chat *c, const struct request *rq, struct reply *rp);
void chat_mattermost(struct chat *c, const struct request *rq, struct reply *rp);
void chat_slack_app(struct chat *c, const struct request *rq, struct reply *rp);
void chat_google(struct chat *c, const struct request *rq, struct reply *rp);

/* Lists, oldest first; borrowed. Refused is what a vendor would not have taken. */
json_t *chat_messages(const struct chat *c);
json_t *chat_refused(const struct chat *c);
void chat_clear(struct chat *c);

/* What Slack answers to that body: "ok" or the name of an error. */
const char *chat_check_slack(const json_t *message);

/*
 * chat_rules.c: what each of the others finds wrong in a message of so many bytes; NULL:
 * nothing.
 */
const char *chat_check_teams(const json_t *message, size_t bytes);
const char *chat_check_discord(const json_t *message);
const char *chat_check_mattermost(const json_t *message);
const char *chat_check_google(const json_t *message, size_t bytes);

/*
 * chat_print.c: a readable rendering between two lines of "="; `message` is a
 * Slack payload, any other JSON is shown as it is.
 */
void chat_print(struct buf *out, const json_t *message, const char *title, bool colour,
                size_t width);

#endif
