/*
 * The value of a key result that comes by itself (`value:` in the strategy): what is
 * asked, in whose name it is kept, and when. Pure; any thread.
 */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/match.h"
#include "core/strategy.h"
#include "core/tz.h"

/* A key result is asked for so many days after its last one. */
enum { VALUE_AFTER_DAYS = 7 };

/* It has a source, and its period is not long over. */
bool value_is_asked(const struct key_result *kr, struct date today);
/* Hash of all that says where it comes from; *ret differs when the question does. */
bool value_question(const struct key_result *kr, uint64_t *ret, struct err *e) MUST_USE;
/* The source's name, the file, or "items": who has told the value. */
struct str value_from(const struct key_result *kr);
/* One value a day: the next day begins. */
struct wall value_next_day(const struct tz *tz, struct wall now);
/* After so many failures in a row, this one included; by core/retry.h, hourly at most
   where trying again may mend it. */
struct wall value_next_try(const struct err *failure, unsigned failures,
                           struct wall now, uint64_t random);

/* What tells whether an item is one of those counted. */
struct value_items;
bool value_items_create(const struct key_result *kr, struct value_items **ret,
                        struct err *e) MUST_USE;
void value_items_destroy(struct value_items *v); /* NULL is fine */
/* False also when `a` failed. */
bool value_items_has(const struct value_items *v, const struct match_item *item,
                     enum item_outcome outcome, struct arena *a);

#endif
