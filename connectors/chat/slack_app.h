/*
 * Slack by an app's bot token: chat.postMessage, with the blocks of slack.h. Slack
 * answers with the message's time (`ts`), which names it: what follows on the same
 * findings replies to it, in its thread, and when all that it told is over chat.update
 * changes it to say so. What is for one person goes to their direct
 * messages with the app. Answers are 200 with `ok`; false is a failure by
 * the word in `error` (docs.slack.dev, chat.postMessage).
 */
#ifndef CHAT_SLACK_APP_H
#define CHAT_SLACK_APP_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct slack_app_conf {
    struct secret token;
    struct str channel;
    struct str url; /* of the Web API */
};

extern const struct chat_ops slack_app_ops;

#endif
