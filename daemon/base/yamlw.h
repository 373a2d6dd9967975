/*
 * Writes text as YAML 1.2 scalars that read back as the same text, in block and in
 * flow style: plain where that is safe, else double-quoted. Bytes that are no UTF-8
 * become U+FFFD; what does not print, or could pretend to be something else, is
 * escaped. Appends to a buf; failure is the buf's (sticky). Pure; any thread.
 */
#ifndef BASE_YAMLW_H
#define BASE_YAMLW_H

#include "base/buf.h"
#include "base/str.h"

void yamlw_text(struct buf *out, struct str s);
/* "[a, b]" */
void yamlw_list(struct buf *out, const struct str *v, size_t n);
/* The shortest form that reads back as the number. */
void yamlw_number(struct buf *out, double v);
/* What follows a '#': one line, without control characters. */
void yamlw_comment(struct buf *out, struct str s);

#endif
