/*
 * What the fuzz targets share: the entry point, the check that stops a run,
 * and reading of values from the input. A target is one program, fuzz_NAME.c,
 * with one input at a time and no state between inputs but what it built
 * before the first.
 *
 * Views handed to the code under test are copies in memory of their own size
 * (fuzz_copy), so that AddressSanitizer sees each read beyond their end.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

/* Called by libFuzzer: LLVM, "libFuzzer - a library for coverage-guided fuzz testing".
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

NORETURN static inline void fuzz_fail(const char *file, int line, const char *what,
                                      const char *fmt, ...) PRINTF(4, 5);
NORETURN static inline void fuzz_fail(const char *file, int line, const char *what,
                                      const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "%s:%d: not so: %s: ", file, line, what);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    abort();
}

/* What must hold for any input. The rest is a message, as for printf. */
#define FUZZ_CHECK(cond, ...)                                                          \
    do {                                                                               \
        if (!(cond)) {                                                                 \
            fuzz_fail(__FILE__, __LINE__, #cond, __VA_ARGS__);                         \
        }                                                                              \
    } while (0)

/* Free with free(). The copy of the empty view is NULL, as views may be. */
static inline char *fuzz_copy(struct str s)
{
    char *copy = s.n > 0 ? malloc(s.n) : NULL;

    FUZZ_CHECK(copy != NULL || s.n == 0, "out of memory");
    if (copy != NULL) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}

/* ---- the input as a run of values; at its end they are zero and empty ---- */

struct fuzz_in {
    const uint8_t *p;
    size_t n;
};

static inline unsigned fuzz_byte(struct fuzz_in *in)
{
    if (in->n == 0) {
        return 0;
    }
    in->n--;
    return *in->p++;
}

static inline uint64_t fuzz_number(struct fuzz_in *in, size_t bytes)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++) {
        v = v << 8 | fuzz_byte(in);
    }
    return v;
}

static inline struct str fuzz_rest(struct fuzz_in *in)
{
    struct str s = {(const char *)in->p, in->n};

    *in = (struct fuzz_in){NULL, 0};
    return s;
}

/* Up to the next `end`, which is left out; else all the rest. */
static inline struct str fuzz_until(struct fuzz_in *in, char end)
{
    struct str s = {(const char *)in->p, in->n};
    ptrdiff_t at = str_chr(s, end);

    if (at < 0) {
        return fuzz_rest(in);
    }
    in->p += at + 1;
    in->n -= (size_t)at + 1;
    return str_first(s, (size_t)at);
}

#endif
