/*
 * What alignctl writes for people: text wrapped to the terminal, colours where
 * there is one, times as one says them. Everything that comes from a tracker
 * passes utf8_print_safe here. Appends to a buf; failure is the buf's. One
 * thread.
 */
#ifndef CTL_TERM_H
#define CTL_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "core/tz.h"

enum term_style { TERM_PLAIN, TERM_BOLD, TERM_DIM, TERM_GOOD, TERM_WARN, TERM_BAD };

struct term {
    struct buf *out; /* borrowed */
    size_t columns;  /* 0: not a terminal; tables are as wide as they need */
    bool colour;
    struct wall now;
    const struct tz *tz; /* times are shown in this zone */
};

/* Columns prose is wrapped to. */
size_t term_prose(const struct term *t);
void term_begin(const struct term *t, enum term_style s);
void term_end(const struct term *t, enum term_style s);

/* One paragraph, wrapped, made safe, with a line feed: */
void term_line(const struct term *t, enum term_style s, const char *fmt, ...)
    PRINTF(3, 4);
/* the same with the first line and the further ones indented. */
void term_wrap(const struct term *t, enum term_style s, size_t first, size_t further,
               struct str text);
/* "Fix            the text, wrapped under itself"; nothing when the text is empty. */
void term_field(const struct term *t, const char *label, struct str text);
void term_gap(const struct term *t); /* one empty line, never two */

/* "just now", "3 min ago", "in 2 h"; "never" for 0. */
void term_ago(const struct term *t, struct buf *out, struct wall when);
/* "2026-11-22 12:57" where the reader is. */
void term_at(const struct term *t, struct buf *out, struct wall when);
/* "3 min ago (2026-11-22 12:57)" */
void term_when(const struct term *t, struct buf *out, struct wall when);
/* "40 s", "12 min", "3 h", "5 d" */
void term_dur(struct buf *out, struct dur d);
/* The longest part of `s` that fits `columns`, and whether all of it did. */
struct str term_fit(struct str s, size_t columns, bool *ret_whole);

#endif
