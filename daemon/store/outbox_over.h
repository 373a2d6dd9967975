/*
 * A message of which all is over: what it says then, in place of what it said, and the
 * rows that have it marked so. For chats that tell how they call a message (its receipt).
 * Engine thread.
 */
#ifndef STORE_OUTBOX_OVER_H
#define STORE_OUTBOX_OVER_H

#include "store/db.h"

/* The notice (notice_write) that the whole message is over, with who or what ended each;
   empty: something of it is not, or nobody was told yet, or the message is unknown. */
bool outbox_over(struct db *db, struct str channel, struct str receipt, struct arena *a,
                 struct str *ret_notice, struct err *e) MUST_USE;
/* After a delivery that was no mark itself: puts one into the outbox for each message
   that is over by it. In the transaction. */
bool outbox_mark(struct db *db, int64_t delivered, struct wall now,
                 struct err *e) MUST_USE;

#endif
