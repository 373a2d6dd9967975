/*
 * Plain text in the making: what the readers of rich text (adf.h, wiki.h)
 * write into. Keeps lines apart, marks quotes with "> " and code with fences,
 * so that item_read_references can leave both out, and stops at a byte limit
 * on a code point. Cannot fail but by memory (buf_ok); one thread at a time.
 */
#ifndef CONNECTORS_WIRE_PLAIN_H
#define CONNECTORS_WIRE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

struct plain {
    struct buf *out; /* borrowed */
    size_t end;      /* out->n never passes it */
    unsigned quotes; /* levels of "> " before each line */
    unsigned flat;   /* > 0: in a table row, line ends become blanks */
    bool open;       /* the current line has something on it */
    bool bare;       /* ... which is only a bullet */
    bool fenced;
    bool full; /* the limit was met: all that follows is dropped */
};

/* At most `max` bytes are appended to `out`. */
void plain_init(struct plain *p, struct buf *out, size_t max);
void plain_text(struct plain *p, struct str s); /* line ends in it count */
void plain_textz(struct plain *p, const char *z);
void plain_newline(struct plain *p); /* always */
void plain_break(struct plain *p);   /* ends the line if more than a bullet is on it */
void plain_bullet(struct plain *p, const char *bullet); /* starts a line */
void plain_end_item(struct plain *p); /* ends the line, even with a bullet only */
void plain_fence(struct plain *p, bool on);

#endif
