/*
 * The words every channel shares: subject line, age, one-line summaries of
 * entries, and the plain-text form of a whole notice (Slack's fallback text,
 * the journal, the plain retry). Pure; tracker text is made safe here.
 */
#ifndef CHAT_WORDS_H
#define CHAT_WORDS_H

#include "base/buf.h"
#include "base/clock.h"
#include "core/notice.h"

#define WORDS_TITLE 160 /* code points of a title that chat shows */
#define WORDS_NAME 40   /* of a person's name */
#define WORDS_PEOPLE 5  /* that a message is for, at most; the others are counted */

/* "Strategy drift - Payments" */
void words_subject(struct buf *out, const struct notice *n);
/* Whether what is over was resolved; else some of it has only gone. */
bool words_all_mended(const struct notice *n);
/* What follows the key: title in quotes, note. Made safe, not escaped. */
void words_entry(struct buf *out, const struct notice_entry *e);
/* "3 d": how long ago, seen from `now`. */
void words_age(struct buf *out, struct wall since, struct wall now);
/* All of it in lines of text, at most `max` bytes, cut between lines. */
void words_plain(struct buf *out, const struct notice *n, bool resent, size_t max);

#endif
