/*
 * UTF-8 as seen by a program that distrusts its input. Pure; any thread.
 *
 * Sinks escape, sources never do: utf8_print_safe is the sink for terminals,
 * logs and chat. Hostile characters are C0 and C1 controls, DEL, bidi controls
 * (U+061C, U+200E, U+200F, U+202A-U+202E, U+2066-U+2069), line and paragraph
 * separators, and zero-width characters except ZWJ/ZWNJ.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

/* Strict RFC 3629: no overlong forms, no surrogates. *ret_at: first bad byte. */
bool utf8_valid(struct str s, size_t *ret_at);
/* Decodes one code point; bad bytes give U+FFFD and one byte. s.n > 0. */
size_t utf8_next(struct str s, uint32_t *ret_cp);
/* The longest prefix of at most `max` bytes that cuts no code point. */
struct str utf8_cut(struct str s, size_t max);
size_t utf8_count(struct str s); /* code points; a bad byte counts one */
size_t utf8_width(struct str s); /* terminal columns, wide characters two */
bool utf8_hostile(uint32_t cp);

/*
 * Appends `s` on one line: invalid bytes become U+FFFD, hostile characters
 * are dropped, runs of blanks become one space; at most `max_cp` code points,
 * then an ellipsis.
 */
void utf8_print_safe(struct buf *out, struct str s, size_t max_cp);
/* The same of a line of a table: each blank counts. */
void utf8_print_fixed(struct buf *out, struct str s, size_t max_cp);

#endif
