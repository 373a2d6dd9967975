/*
 * Reads a frozen notice (the JSON of notice_write) back into its struct. A
 * notice comes from our own database, yet is checked like any other input: a
 * wrong version or shape is ERR_PARSE. Views live in the arena. Pure.
 */
#ifndef CHAT_NOTICE_READ_H
#define CHAT_NOTICE_READ_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "core/notice.h"

bool notice_read(struct str json, struct arena *a, struct notice *ret, struct err *e)
    MUST_USE;

#endif
