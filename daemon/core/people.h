/*
 * Who an account is: one entry of the strategy's `people`, else one account of one
 * source. For splitting days and counting who was seen, never for ranking. Pure; what
 * was built is immutable and borrows the strategy, which must outlive it.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/date.h"
#include "base/err.h"
#include "base/str.h"
#include "core/strategy.h"

struct people;

bool people_create(const struct strategy *s, struct people **ret,
                   struct err *e) MUST_USE;
void people_destroy(struct people *p); /* NULL is fine */

/* Accounts compare by text_key; `a` is for that. */
bool people_is_bot(const struct people *p, struct str account, struct arena *a);
/* `type` and `source` are of the source that knows the account: a person's id, or
   "SOURCE:ACCOUNT" in `a`. The empty view: out of memory. */
struct str people_key(const struct people *p, struct str type, struct str source,
                      struct str account, struct arena *a);

/* What Slack calls the person: "U0123456789"; empty: nothing that could be one, which may
   be another channel's name. */
struct str person_slack(const struct person *p);
bool person_is_away(const struct person *p, struct date d);

#endif
