/*
 * Comparison keys: NFKC case folding (Unicode 15, by libutf8proc; UAX #44
 * NFKC_Casefold, which also drops default ignorable code points) with runs of
 * blanks as one space and trimmed, so that "Initiative:Onboarding" finds
 * "initiative:onboarding". Pure, any thread. Invalid UTF-8 is taken byte by byte.
 */
#ifndef CORE_TEXTKEY_H
#define CORE_TEXTKEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"

/* The empty view when out of memory (arena_failed tells). ASCII takes a fast path. */
struct str text_key(struct arena *a, struct str s);
bool text_key_eq(struct arena *a, struct str x, struct str y);
/*
 * For ids, without an arena: every id is at most 64 bytes, so a key that does
 * not fit is none (false). *ret lies in `mem`.
 */
#define TEXT_KEY_ID 256
bool text_key_id(char mem[TEXT_KEY_ID], struct str s, struct str *ret) MUST_USE;
/*
 * '*' any run, '?' one code point; both sides comparison keys. Linear time;
 * a part between two stars that holds '?' costs its length for each byte of `s`.
 */
bool text_glob(struct str pattern, struct str s);
/*
 * Whole words: `phrase` stands in `s` bounded by what is no letter, mark or
 * number. Both sides comparison keys. The empty phrase stands nowhere.
 */
bool text_has_phrase(struct str s, struct str phrase);
/*
 * Levenshtein distance over bytes, or `limit` + 1 when larger, or when what
 * differs is longer than TEXT_DISTANCE_MAX bytes.
 */
#define TEXT_DISTANCE_MAX 255
unsigned text_distance(struct str a, struct str b, unsigned limit);

#endif
