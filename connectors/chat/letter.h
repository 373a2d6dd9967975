/*
 * A letter as RFC 5322 and MIME have it: headers of ASCII alone, in lines that no title can
 * end, and bodies as base64, so that no line of theirs means anything to a mail server.
 * Pure; failure is the buf's.
 */
#ifndef CHAT_LETTER_H
#define CHAT_LETTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"

struct letter {
    struct str from; /* letter_is_address holds of it, and of each of `to` */
    const struct str *to;
    size_t n_to;
    struct str subject; /* one line of UTF-8 */
    struct str id;      /* letters, digits and - */
    struct wall at;
    struct str text, html; /* html empty: text alone */
};

/* local@domain of ASCII that needs no quotes (RFC 5321 4.1.2, Dot-string). */
bool letter_is_address(struct str s);
void letter_write(struct buf *out, const struct letter *l);

#endif
