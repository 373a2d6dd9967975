/*
 * Borrowed views of bytes. Not NUL-terminated; the owner is named where the
 * view is stored. The empty view is {NULL or anything, 0}. Pure; any thread.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
/* The same in a static table, where a compound literal is no constant. */
#define STR_INIT(lit) {"" lit, sizeof(lit) - 1}
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s"): at most INT_MAX bytes. */
#define STR_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).n ? (s).p : "")

struct str str_of(const char *z); /* NULL is the empty view */
/* memcmp must not see NULL, which an empty view may hold. */
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
bool str_eqz(struct str a, const char *z);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
int str_cmp(struct str a, struct str b);        /* bytes, then length */
bool str_has_prefix(struct str s, struct str prefix);
bool str_has_suffix(struct str s, struct str suffix);
struct str str_trim(struct str s); /* ASCII blanks, CR, LF at both ends */
static inline struct str str_skip(struct str s, size_t n)
{
    if (n == 0 || s.n == 0) {
        return s;
    }
    if (n > s.n) {
        n = s.n;
    }
    return (struct str){s.p + n, s.n - n};
}
static inline struct str str_first(struct str s, size_t n)
{
    return (struct str){s.p, n < s.n ? n : s.n};
}
/*
 * The part before the first `sep`; *rest is what follows. False at the end,
 * which is an empty rest: a separator at the very end adds no empty part.
 */
bool str_split(struct str *rest, char sep, struct str *ret_part);
ptrdiff_t str_find(struct str s, struct str needle);         /* -1: absent */
ptrdiff_t str_find_nocase(struct str s, struct str needle);  /* ASCII only */
ptrdiff_t str_chr(struct str s, char c);
/* Whole view as a decimal number; false on sign, blank, overflow or nothing. */
bool str_to_u64(struct str s, uint64_t *ret) MUST_USE;
bool str_to_i64(struct str s, int64_t *ret) MUST_USE; /* with a leading '-' */
/*
 * JSON's number grammar (leading zeros allowed) in any locale: finite, at most
 * 511 bytes. Too small becomes 0 or a denormal.
 */
bool str_to_double(struct str s, double *ret) MUST_USE;

#endif
