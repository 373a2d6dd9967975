/*
 * Where the next page of a list begins: the sort key of the last row, as text
 * that clients hand back. Numbers joined by dots; nothing in it is a secret,
 * and anything else is ERR_USAGE.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Reads exactly `n` numbers; the empty cursor is the beginning (*ret_given false). */
bool cursor_read(struct str s, int64_t *ret, size_t n, bool *ret_given,
                 struct err *e) MUST_USE;
struct str cursor_write(struct arena *a, const int64_t *v, size_t n);

/* 0: 100; at most 1000. */
int64_t page_limit(int64_t asked);

#endif
