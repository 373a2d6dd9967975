/*
 * Markdown as chats read it: links, code, and text in which nothing is a sign. Chats
 * differ in which signs they know, so each passes its own. Pure.
 */
#ifndef CHAT_MARKDOWN_H
#define CHAT_MARKDOWN_H

#include "base/buf.h"

/* A backslash before each of `signs`, which are ASCII punctuation. */
void markdown_escape(struct buf *out, struct str safe, const char *signs);
void markdown_link(struct buf *out, struct str url, struct str label,
                   void (*escape)(struct buf *out, struct str safe));
/* Nothing ends it but its own mark: a backtick within becomes an apostrophe. */
void markdown_code(struct buf *out, struct str safe);
/* A line within a fence, likewise. */
void markdown_fixed(struct buf *out, struct str safe);

#endif
