/*
 * Writes JSON into a buf: for rows the store keeps, payloads and replies.
 * Reading is jansson's. Strings are escaped here (invalid UTF-8 becomes
 * U+FFFD; control characters \uXXXX). Commas are placed by the writer;
 * nesting is at most 32. Failure is the buf's (sticky). One thread at a time.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

struct jsonw {
    struct buf *out; /* borrowed */
    unsigned depth;
    bool need_comma[33];
};

void jsonw_init(struct jsonw *w, struct buf *out);

/* `key` NULL: an element of an array, or the root. */
void jsonw_object(struct jsonw *w, const char *key);
void jsonw_array(struct jsonw *w, const char *key);
void jsonw_end_object(struct jsonw *w);
void jsonw_end_array(struct jsonw *w);
void jsonw_str(struct jsonw *w, const char *key, struct str v);
void jsonw_strz(struct jsonw *w, const char *key, const char *v); /* NULL: null */
void jsonw_opt(struct jsonw *w, const char *key, struct str v);   /* empty: null */
void jsonw_int(struct jsonw *w, const char *key, int64_t v);
void jsonw_double(struct jsonw *w, const char *key, double v); /* NaN, inf: null */
void jsonw_bool(struct jsonw *w, const char *key, bool v);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_time(struct jsonw *w, const char *key, struct wall t); /* ISO; 0: null */
void jsonw_raw(struct jsonw *w, const char *key, struct str json); /* trusted JSON; empty: null */

/* Only the escaped characters between the quotes. */
void jsonw_escape(struct buf *out, struct str s);

#endif
