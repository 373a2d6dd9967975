/*
 * Comparison keys: NFKC case folding (Unicode 15, by libutf8proc) with runs of
 * blanks as one space and trimmed, so that "Initiative:Onboarding" finds
 * "initiative:onboarding". Pure. Invalid UTF-8 is taken byte by byte.
 */
#ifndef CORE_TEXTKEY_H
#define CORE_TEXTKEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* The empty view when out of memory (arena_failed tells). ASCII takes a fast path. */
struct str text_key(struct arena *a, struct str s);
bool text_key_eq(struct arena *a, struct str x, struct str y);
/* '*' any run, '?' one code point; both sides comparison keys. Linear time. */
bool text_glob(struct str pattern, struct str s);
/* Whole words: `phrase` stands in `s` bounded by non-letters, non-digits. */
bool text_has_phrase(struct str s, struct str phrase);
/* Levenshtein distance over bytes, or `limit` + 1 when larger. */
unsigned text_distance(struct str a, struct str b, unsigned limit);

#endif
