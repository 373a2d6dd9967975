/*
 * What a title says, as far as a machine may guess: quiet rather than clever.
 * English words, compared case-folded; any other script passes without a word.
 * Pure; memory is the arena given.
 */
#ifndef CORE_LINT_TEXT_H
#define CORE_LINT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* Words; in scripts that put no blanks between them, two characters are one. */
size_t text_words(struct str s);
/* The verb of making that it begins with ("ship", "roll out"); empty: none. */
struct str text_output_verb(struct arena *a, struct str s);
/* A number and at most one word besides verbs of reaching, units and dates. */
bool text_is_only_number(struct arena *a, struct str s);
/* Speaks of an amount of money; `currency`: the strategy's own, may be empty. */
bool text_is_money(struct arena *a, struct str s, struct str currency);

#endif
