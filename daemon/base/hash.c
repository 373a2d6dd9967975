#include "base/hash.h"

#include <string.h>

/*
 * Eight bytes at a time through a 64 x 64 -> 128 bit multiplication whose
 * halves are folded together. A factor of zero erases the other one, so what is
 * read is masked by what follows from the seed: who does not know the seed
 * cannot aim at it. Four lanes run side by side on longer input: what limits
 * one lane is the multiplication's latency.
 *
 * The constants are fractional parts of square roots of primes, made odd. The
 * result is stored: any change here makes every stored row look changed.
 */
static const uint64_t K0 = 0x6a09e667f3bcc909U; /* 2 */
static const uint64_t K1 = 0xbb67ae8584caa73bU; /* 3 */
static const uint64_t K2 = 0x3c6ef372fe94f82bU; /* 5 */
static const uint64_t K3 = 0xa54ff53a5f1d36f1U; /* 7 */
static const uint64_t K4 = 0x510e527fade682d1U; /* 11 */

enum { STRIPE = 64, PAIR = 16 };

static uint64_t fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
    __extension__ unsigned __int128 product = a;

    product *= b;
    uint64_t low = (uint64_t)product;
    uint64_t high = (uint64_t)(product >> 64);
#else
    uint64_t al = a & 0xffffffffU, ah = a >> 32;
    uint64_t bl = b & 0xffffffffU, bh = b >> 32;
    uint64_t middle = (al * bl >> 32) + al * bh;
    uint64_t carry = ah * bl + (middle & 0xffffffffU);
    uint64_t low = a * b;
    uint64_t high = ah * bh + (middle >> 32) + (carry >> 32);
#endif

    return low ^ high;
}

static uint64_t read64(const unsigned char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static uint64_t read32(const unsigned char *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

/* Two secrets that follow from the seed. */
struct secret {
    uint64_t mask, state;
};

static uint64_t finish(struct secret s, uint64_t a, uint64_t b, uint64_t n)
{
    return fold(fold(a ^ s.mask ^ K1, b ^ s.state) ^ K0, n ^ s.mask ^ K3);
}

/* At most 16 bytes: two reads that overlap cover them. */
static uint64_t hash_short(struct secret s, const unsigned char *p, size_t n)
{
    if (n >= 8) {
        return finish(s, read64(p), read64(p + n - 8), n);
    }
    if (n >= 4) {
        return finish(s, read32(p), read32(p + n - 4), n);
    }
    if (n > 0) {
        uint64_t a = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];

        return finish(s, a, 0, n);
    }
    return finish(s, 0, 0, 0);
}

static uint64_t hash_stripes(struct secret s, const unsigned char *p, size_t count)
{
    uint64_t s0 = s.state;
    uint64_t s1 = s.state ^ K1;
    uint64_t s2 = s.state ^ K2;
    uint64_t s3 = s.state ^ K3;

    for (; count > 0; count--, p += STRIPE) {
        s0 = fold(read64(p) ^ s.mask ^ K1, read64(p + 8) ^ s0);
        s1 = fold(read64(p + 16) ^ s.mask ^ K2, read64(p + 24) ^ s1);
        s2 = fold(read64(p + 32) ^ s.mask ^ K3, read64(p + 40) ^ s2);
        s3 = fold(read64(p + 48) ^ s.mask ^ K4, read64(p + 56) ^ s3);
    }
    return fold(s0 ^ K2, s1 ^ s.mask) ^ fold(s2 ^ K3, s3 ^ s.mask ^ K4);
}

uint64_t hash64(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *at = p;
    size_t left = n;
    struct secret s = {.mask = fold(seed ^ K0, K4)};

    s.state = fold(s.mask ^ K2, K3);
    if (n <= PAIR) {
        return hash_short(s, at, n);
    }
    if (n > STRIPE) {
        size_t stripes = (n - 1) / STRIPE;

        s.state = hash_stripes(s, at, stripes);
        at += stripes * STRIPE;
        left -= stripes * STRIPE;
    }
    for (; left > PAIR; left -= PAIR, at += PAIR) {
        s.state = fold(read64(at) ^ s.mask ^ K2, read64(at + 8) ^ s.state);
    }
    /* The last 16 bytes, of which some may have been read before. */
    at += left;
    return finish(s, read64(at - 16), read64(at - 8), n);
}
