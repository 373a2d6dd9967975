/*
 * Whom a message is for: a name, and what each chat calls that person. An id that its
 * chat would not know for one is left out, so that no text becomes a mention. Pure, any
 * thread; views borrow from the strategy.
 */
#ifndef CORE_MENTION_H
#define CORE_MENTION_H

#include <stdbool.h>

#include "core/strategy.h"

/* X(field, as chats and keys of `people` are called) */
#define MENTION_IDS(X)           \
    X(slack, "slack")            \
    X(teams, "teams")            \
    X(discord, "discord")        \
    X(mattermost, "mattermost")  \
    X(google_chat, "google_chat")

struct mention {
    struct str name;
#define X(f, name) struct str f; /* empty: cannot be mentioned there */
    MENTION_IDS(X)
#undef X
};

enum mention_chat {
#define X(f, name) MENTION_##f,
    MENTION_IDS(X)
#undef X
    MENTION_CHAT_COUNT
};

const char *mention_key(enum mention_chat c); /* of an entry of `people` */
/* Whether channels of that type can mention, and as whom. */
bool mention_chat_of(struct str channel_type, enum mention_chat *ret);
struct str mention_id(const struct mention *m, enum mention_chat c);
/* Slack: U0123ABC; Teams: a UPN or an object id; Discord and Google Chat: a number;
   Mattermost: a user name that is no word for everybody. */
bool mention_fits(enum mention_chat c, struct str id);

struct mention mention_of_person(const struct person *p);
/* Of an owner as the strategy names it: a person, or nothing but a name. */
struct mention mention_of_owner(const struct strategy *s, struct str owner);

#endif
