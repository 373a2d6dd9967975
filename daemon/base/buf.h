/*
 * A growable byte buffer with a hard ceiling and sticky failure: twenty
 * appends need one check (buf_ok). Always NUL-terminated after the first
 * append. The caller owns it; one thread at a time.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct buf {
    char *p; /* owned */
    size_t n, cap, ceiling; /* the ceiling is for n: the NUL is not counted */
    bool failed;
    bool nomem;  /* why it failed */
    bool secret; /* growing leaves no copy behind */
    bool fixed;  /* p is borrowed */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_init_secret(struct buf *b, size_t ceiling); /* wiped where it grows or ends */
/* Writes into `mem` and never allocates; the ceiling is size - 1. size > 0. */
void buf_init_fixed(struct buf *b, char *mem, size_t size);
void buf_finish(struct buf *b); /* idempotent */
void buf_wipe(struct buf *b);   /* explicit_bzero, then finish: for secrets */
void buf_clear(struct buf *b);  /* keeps memory, forgets a failure */

/* Each appends all or, failing, nothing. `s` may be a part of `b` itself. */
void buf_add(struct buf *b, struct str s);
void buf_addz(struct buf *b, const char *z);
void buf_addc_slow(struct buf *b, char c); /* buf_addc where there may be no room */
static inline void buf_addc(struct buf *b, char c)
{
    if (!b->failed && b->n < b->ceiling && b->n + 1 < b->cap) {
        b->p[b->n++] = c;
        b->p[b->n] = '\0';
        return;
    }
    buf_addc_slow(b, c);
}
void buf_add_int(struct buf *b, int64_t v); /* decimal */
/* No argument may be a part of `b`. */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
void buf_add_utf8(struct buf *b, uint32_t code_point); /* not one: U+FFFD */
bool buf_reserve(struct buf *b, size_t more) MUST_USE; /* room for `more` bytes after n */
void buf_commit(struct buf *b, size_t n); /* `n` bytes were written to reserved room */
void buf_truncate(struct buf *b, size_t n); /* longer than it is: no change */
void buf_fail(struct buf *b); /* for writers with limits of their own: ERR_LIMIT */

bool buf_ok(const struct buf *b);
/* False with ERR_LIMIT or ERR_NOMEM when any append failed. */
bool buf_check(const struct buf *b, struct err *e) MUST_USE;
struct str buf_str(const struct buf *b);  /* valid until the next change */
const char *buf_cstr(const struct buf *b); /* "" when empty */
/*
 * Moves the bytes out (malloc'd, NUL-terminated, "" when nothing was added) and
 * leaves an empty buf; NULL when failed or fixed, the bytes then stay. ret_n may be NULL.
 */
char *buf_take(struct buf *b, size_t *ret_n);

#endif
