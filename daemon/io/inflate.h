/*
 * One-shot inflate of a complete reply by libdeflate, for the engine thread: a
 * quarter of zlib's time. "gzip" is RFC 1952, one or more members; "deflate"
 * is zlib (RFC 1950), or the bare RFC 1951 that some servers send instead.
 *
 * The result is at most `max` bytes, whatever the stream says of itself; short
 * input, trailing bytes and a longer result are errors (ERR_PARSE, ERR_LIMIT).
 * One inflater per thread; the caller owns `out`.
 */
#ifndef IO_INFLATE_H
#define IO_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct inflater;

struct inflater *inflater_create(void); /* NULL: out of memory */
void inflater_destroy(struct inflater *f);
/* `encoding` "" or "identity" copies nothing: *ret is `in`. Else *ret views `out`. */
bool inflater_run(struct inflater *f, struct str encoding, struct str in, size_t max,
                  struct buf *out, struct str *ret, struct err *e) MUST_USE;

#endif
