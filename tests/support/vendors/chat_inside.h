/*
 * What the parts of the chat sink share: chat.c keeps messages, chat_check.c knows
 * Slack's rules, chat_rules.c those of the others, chat_more.c plays these.
 */
#ifndef VENDORS_CHAT_INSIDE_H
#define VENDORS_CHAT_INSIDE_H

#include "tests/support/vendors/chat.h"

/* Kept, and printed where it was accepted; `body` NULL: not JSON. */
void chat_keep(struct chat *c, const struct request *rq, const json_t *body,
               const char *answer, bool accepted);
/* The body, where it says that it is JSON and is; NULL otherwise. The caller frees. */
json_t *chat_body(const struct request *rq);

/* No keys but these; NULL ends them. */
bool chat_only(const json_t *o, const char *const *keys);
/* Limits count characters. An absent string is within any, unless required. */
bool chat_within(const json_t *o, const char *key, size_t min, size_t max, bool needed);

#endif
