/*
 * Compressed answers: first byte the encoding, two bytes the limit, then the
 * stream. What zlib makes of the same stream is the reference; and what zlib
 * has compressed comes back whole or is refused for its length.
 */
#include <zlib.h>

#include "io/inflate.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_OUT = 1 << 20 };

static struct inflater *inflater;

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    inflater = inflater_create();
    FUZZ_CHECK(inflater != NULL, "out of memory");
    return 0;
}

/* `bits` as zlib wants them; false: damaged, cut short or followed by something. */
static bool reference(struct str in, int bits, bool members, uint8_t *out, size_t room,
                      size_t *ret_n)
{
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)in.p, .avail_in = (uInt)in.n};
    int rc;

    z.next_out = out;
    z.avail_out = (uInt)room;
    FUZZ_CHECK(inflateInit2(&z, bits) == Z_OK, "out of memory");
    do {
        rc = inflate(&z, Z_FINISH);
    } while (members && rc == Z_STREAM_END && z.avail_in > 0 &&
             inflateReset(&z) == Z_OK);
    *ret_n = (size_t)(z.next_out - out);
    bool ok = rc == Z_STREAM_END && z.avail_in == 0;

    inflateEnd(&z);
    return ok;
}

static void check_stream(struct str encoding, struct str in, size_t max)
{
    static uint8_t want[MAX_OUT];
    bool gzip = str_eqz(encoding, "gzip");
    struct err e = {.kind = ERR_NONE};
    struct buf out;
    struct str got;
    size_t n;

    buf_init(&out, MAX_OUT);
    if (!inflater_run(inflater, encoding, in, max, &out, &got, &e)) {
        FUZZ_CHECK(e.kind == ERR_PARSE || e.kind == ERR_LIMIT, "%s", e.msg);
    } else if (encoding.n == 0) {
        FUZZ_CHECK(got.p == in.p && got.n == in.n, "identity changed the body");
    } else {
        FUZZ_CHECK(got.n <= max, "%zu bytes of at most %zu", got.n, max);
        if (reference(in, gzip ? 31 : 15, gzip, want, sizeof want, &n) ||
            (!gzip && reference(in, -15, false, want, sizeof want, &n))) {
            FUZZ_CHECK(got.n == n && (n == 0 || memcmp(got.p, want, n) == 0),
                       "%zu bytes, zlib says %zu", got.n, n);
        }
    }
    buf_finish(&out);
}

static void check_round_trip(struct str encoding, struct str text, size_t max, int bits)
{
    static uint8_t packed[MAX_OUT];
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)text.p, .avail_in = (uInt)text.n};
    struct err e = {.kind = ERR_NONE};
    struct buf out;
    struct str got;

    z.next_out = packed;
    z.avail_out = sizeof packed;
    FUZZ_CHECK(deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK,
               "out of memory");
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END, "did not fit");
    struct str in = {(const char *)packed, sizeof packed - z.avail_out};

    deflateEnd(&z);
    buf_init(&out, MAX_OUT);
    bool ok = inflater_run(inflater, encoding, in, max, &out, &got, &e);

    FUZZ_CHECK(ok == (text.n <= max), "%zu bytes, at most %zu: %s", text.n, max,
               ok ? "taken" : e.msg);
    FUZZ_CHECK(ok ? str_eq(got, text) : e.kind == ERR_LIMIT, "%s",
               ok ? "differs" : e.msg);
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct str encodings[] = {STR_INIT("gzip"), STR_INIT("deflate"),
                                           STR_INIT(""), STR_INIT("br")};
    struct fuzz_in in = {data, size};
    unsigned mode = fuzz_byte(&in);
    size_t max = (size_t)fuzz_number(&in, 2) * (mode & 0x80 ? 16 : 1);
    struct str rest = fuzz_rest(&in);
    char *copy = fuzz_copy(rest);

    rest.p = copy;
    check_stream(encodings[mode % 4], rest, max);
    if (rest.n < MAX_OUT / 2) {
        check_round_trip(STR("gzip"), rest, max, 31);
        check_round_trip(STR("deflate"), rest, max, mode & 0x40 ? -15 : 15);
    }
    free(copy);
    return 0;
}
