/*
 * The HTML that text of a card, or a letter, may hold: everything else is escaped. Pure.
 */
#ifndef CHAT_HTML_H
#define CHAT_HTML_H

#include "base/buf.h"

void html_escape(struct buf *out, struct str safe);
void html_link(struct buf *out, struct str url, struct str label);

#endif
