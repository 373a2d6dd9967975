#include "io/inflate.h"

#include <libdeflate.h>
#include <stdlib.h>

/* Deflate cannot do better (RFC 1951): two bits for 258 bytes. */
enum { BEST_RATIO = 1032, FIRST_SIZE = 4096 };

struct inflater {
    struct libdeflate_decompressor *d; /* owned */
};

typedef enum libdeflate_result decode_fn(struct libdeflate_decompressor *d,
                                         const void *in, size_t n_in, void *out,
                                         size_t n_out, size_t *ret_in, size_t *ret_out);

struct inflater *inflater_create(void)
{
    struct inflater *f = malloc(sizeof *f);

    if (f == NULL) {
        return NULL;
    }
    f->d = libdeflate_alloc_decompressor();
    if (f->d == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

void inflater_destroy(struct inflater *f)
{
    if (f != NULL) {
        libdeflate_free_decompressor(f->d);
        free(f);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* What `in` may become at most, under the caller's limit. */
static size_t bound(struct str in, size_t max)
{
    size_t most;

    return __builtin_mul_overflow(in.n, (size_t)BEST_RATIO, &most) ? max
                                                                   : smaller(most, max);
}

/* A gzip stream ends with its length; it is the sender's word, so only a hint. */
static size_t guess(struct str in, bool has_length)
{
    size_t size = in.n < SIZE_MAX / 4 ? in.n * 4 : in.n;

    if (has_length && in.n >= 18) {
        const unsigned char *p = (const unsigned char *)in.p + in.n - 4;

        size =
            (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    }
    return size > FIRST_SIZE ? size : FIRST_SIZE;
}

/*
 * Appends one stream from the front of `*in` and moves `*in` behind it.
 * libdeflate works on whole buffers, so too small a one means once more.
 */
static enum libdeflate_result decode(struct inflater *f, decode_fn *fn, struct str *in,
                                     size_t size, size_t max, struct buf *out)
{
    size_t most = bound(*in, max - out->n);
    enum libdeflate_result rc;

    for (size = smaller(size, most);; size = smaller(size * 2, most)) {
        size_t used = 0;
        size_t made = 0;

        if (!buf_reserve(out, size)) {
            return LIBDEFLATE_INSUFFICIENT_SPACE;
        }
        rc = fn(f->d, in->p, in->n, out->p + out->n, size, &used, &made);
        if (rc == LIBDEFLATE_SUCCESS) {
            buf_commit(out, made);
            *in = str_skip(*in, used);
        }
        if (rc != LIBDEFLATE_INSUFFICIENT_SPACE || size == most) {
            return rc;
        }
    }
}

/* RFC 1952 2.2: a file is a run of members, one behind the other. */
static enum libdeflate_result run_gzip(struct inflater *f, struct str *in, size_t max,
                                       struct buf *out)
{
    enum libdeflate_result rc;
    size_t size = guess(*in, true);

    do {
        rc = decode(f, libdeflate_gzip_decompress_ex, in, size, max, out);
        size = guess(*in, true);
    } while (rc == LIBDEFLATE_SUCCESS && in->n > 0);
    return rc;
}

/*
 * Some servers send bare RFC 1951 for "deflate" (RFC 9110 8.4.1.2). The header
 * of RFC 1950 2.2 would be a stored block with a length that no encoder writes.
 */
static bool is_zlib(struct str in)
{
    if (in.n < 2) {
        return false;
    }
    unsigned head = (unsigned)(unsigned char)in.p[0] << 8 | (unsigned char)in.p[1];

    return (head >> 8 & 0x0f) == 8 && head % 31 == 0;
}

static enum libdeflate_result run_deflate(struct inflater *f, struct str *in,
                                          size_t max, struct buf *out)
{
    decode_fn *fn =
        is_zlib(*in) ? libdeflate_zlib_decompress_ex : libdeflate_deflate_decompress_ex;

    return decode(f, fn, in, guess(*in, false), max, out);
}

bool inflater_run(struct inflater *f, struct str encoding, struct str in, size_t max,
                  struct buf *out, struct str *ret, struct err *e)
{
    enum libdeflate_result rc;
    size_t n_in = in.n;

    if (encoding.n == 0 || str_eqz(encoding, "identity")) {
        *ret = in;
        return true;
    }
    buf_clear(out);
    max = smaller(max, out->ceiling);
    if (str_eqz(encoding, "gzip")) {
        rc = run_gzip(f, &in, max, out);
    } else if (str_eqz(encoding, "deflate")) {
        rc = run_deflate(f, &in, max, out);
    } else {
        return err_set(e, ERR_PARSE, "unknown content encoding \"%.*s\"",
                       STR_FMT(str_first(encoding, 40)));
    }
    if (!buf_check(out, e)) {
        return false;
    }
    if (rc == LIBDEFLATE_INSUFFICIENT_SPACE) {
        return err_set(e, ERR_LIMIT, "%zu bytes inflate to more than %zu", n_in, max);
    }
    if (rc != LIBDEFLATE_SUCCESS || in.n > 0) {
        return err_set(e, ERR_PARSE, "%.*s of %zu bytes is damaged or cut short",
                       STR_FMT(encoding), n_in);
    }
    *ret = buf_str(out);
    return true;
}
