/* The chats there are: a new one adds a line. */
#include "connectors/chat/discord.h"
#include "connectors/chat/email.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "connectors/connector.h"

const struct chat_ops *const chats[] = {
    &slack_ops,       &slack_app_ops, &teams_ops, &discord_ops, &mattermost_ops,
    &google_chat_ops, &webhook_ops,   &email_ops, &journal_ops, NULL,
};

const struct chat_ops *chat_find(struct str type)
{
    for (size_t i = 0; chats[i] != NULL; i++) {
        if (str_eqz(type, chats[i]->name))
            return chats[i];
    }
    return NULL;
}
