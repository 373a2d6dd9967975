/*
 * Channels that refuse for good: their rules, and where that is told. Engine thread,
 * inside a transaction.
 */
#ifndef STORE_EVAL_CHANNEL_H
#define STORE_EVAL_CHANNEL_H

#include "store/eval.h"

bool eval_channel(struct eval *ev, struct str name, struct err *e) MUST_USE;
/* Where to tell of the dead one: the operations channel, else the first of the settings
   that is well. Empty: nowhere. */
bool eval_other_channel(struct eval *ev, struct str dead, struct str *ret,
                        struct err *e) MUST_USE;

#endif
