/*
 * One-shot inflate of a complete reply (gzip, RFC 1952; deflate as zlib, RFC
 * 1950) by libdeflate, for the engine thread: a quarter of zlib's time. The
 * result is at most `max` bytes; short input, trailing bytes and a longer
 * result are errors (ERR_PARSE, ERR_LIMIT). One inflater per thread.
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
