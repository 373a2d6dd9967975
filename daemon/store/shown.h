/*
 * Which intents and objectives people were shown in chat, and when: noted with a message
 * that names them, true once it is delivered. Engine thread, in the caller's transaction.
 */
#ifndef STORE_SHOWN_H
#define STORE_SHOWN_H

#include "store/db.h"

/* The message names the node, or the objective that the node serves. One that serves
   none is no intent's: nothing. */
bool shown_note(struct db *db, int64_t outbox, const struct node *n,
                struct err *e) MUST_USE;
bool shown_delivered(struct db *db, int64_t outbox, struct wall now,
                     struct err *e) MUST_USE;

#endif
