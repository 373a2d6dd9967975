#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/hash.h"

static void fill(unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (unsigned char)(i * 7 + 3);
    }
}

/*
 * Hashes are stored. The values come from a second implementation with whole
 * numbers of any size, so that they also hold for the folding itself.
 */
static void test_stable(void **state UNUSED)
{
    static const struct {
        size_t n;
        uint64_t seed, hash;
    } rows[] = {
        {0, 0x0U, 0xbdaa820c344b22aaU},
        {0, 0x1U, 0xc89ef86b3d578c63U},
        {1, 0x0U, 0x69835e38aa460395U},
        {2, 0x0U, 0x711dcb0615de0ca1U},
        {3, 0x0U, 0x90a3aeed335ffa33U},
        {4, 0x0U, 0x75c3d76667c0caf9U},
        {7, 0x0U, 0x925427e1f0df65f1U},
        {8, 0x0U, 0x608ee636ee394e31U},
        {15, 0x0U, 0x9fd61783dbfced81U},
        {16, 0x0U, 0x31bdfa5cb7cea939U},
        {17, 0x0U, 0x33148a99ce424115U},
        {33, 0x0U, 0x2e9a33b6e7b85d02U},
        {64, 0x0U, 0x2f133f81c71c8730U},
        {65, 0x0U, 0x0a1b820ba58638d3U},
        {128, 0x0U, 0xc4e1d128994a0544U},
        {129, 0x0U, 0xea70ece528afb023U},
        {1024, 0x0U, 0xc05eb81ecb25d38bU},
        {1024, 0xdeadbeefU, 0x4755d5352788bc48U},
        {1100, 0xffffffffffffffffU, 0x29b0ee95925e7da2U},
    };
    unsigned char data[1100];

    fill(data, sizeof data);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(hash64(data, rows[i].n, rows[i].seed) == rows[i].hash);
    }
    assert_true(hash64(NULL, 0, 0) == rows[0].hash);
}

/* Reads exactly n bytes, at any alignment. */
static void test_bounds(void **state UNUSED)
{
    unsigned char data[400];

    fill(data, sizeof data);
    for (size_t n = 1; n < 300; n++) {
        unsigned char *exact = malloc(n);

        assert_non_null(exact);
        memcpy(exact, data, n);
        uint64_t want = hash64(exact, n, 5);

        for (size_t shift = 1; shift < 9; shift++) {
            unsigned char moved[320];

            memcpy(moved + shift, data, n);
            assert_true(hash64(moved + shift, n, 5) == want);
        }
        free(exact);
    }
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static void assert_distinct(uint64_t *hashes, size_t n)
{
    qsort(hashes, n, sizeof *hashes, by_value);
    for (size_t i = 1; i < n; i++) {
        assert_true(hashes[i] != hashes[i - 1]);
    }
}

enum { MANY = 200000 };

static void test_no_collisions(void **state UNUSED)
{
    static uint64_t hashes[MANY];
    static unsigned char zeros[MANY / 100];
    size_t n = 0;

    /* counters, in each place of rows of several lengths */
    static const size_t lengths[] = {8, 12, 16, 24, 40, 64, 72, 100, 130, 1024};

    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        size_t places = lengths[i] / 4;

        for (uint32_t v = 0; v < MANY / ARRAY_LEN(lengths); v++) {
            unsigned char row[1024] = {0};
            uint32_t counter = v / (uint32_t)places + 1;

            memcpy(row + v % places * 4, &counter, sizeof counter);
            hashes[n++] = hash64(row, lengths[i], 0);
        }
    }
    assert_distinct(hashes, n);

    /* zeros of each length, and each seed on the same bytes */
    for (n = 0; n < sizeof zeros; n++) {
        hashes[n] = hash64(zeros, n, 0);
    }
    assert_distinct(hashes, n);
    for (n = 0; n < MANY; n++) {
        hashes[n] = hash64("key", 3, n);
    }
    assert_distinct(hashes, n);
}

/*
 * One flipped bit of input flips each bit of output about half the time, so
 * no bit of a table index depends on only some of the key.
 */
static void test_avalanche(void **state UNUSED)
{
    static const size_t lengths[] = {1, 3, 4, 7, 8, 12, 16, 17, 32, 48, 65, 100, 200};
    enum { KEYS = 400 };
    uint64_t random = 1;

    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        size_t n = lengths[i];
        unsigned flips[64] = {0};
        unsigned tries = 0;

        for (int k = 0; k < KEYS; k++) {
            unsigned char key[200];

            for (size_t at = 0; at < n; at++) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                key[at] = (unsigned char)(random >> 56);
            }
            uint64_t before = hash64(key, n, 0);

            for (size_t bit = 0; bit < n * 8; bit++) {
                key[bit / 8] ^= (unsigned char)(1U << bit % 8);
                uint64_t changed = before ^ hash64(key, n, 0);

                key[bit / 8] ^= (unsigned char)(1U << bit % 8);
                assert_true(changed != 0);
                tries++;
                for (int o = 0; o < 64; o++) {
                    flips[o] += (unsigned)(changed >> o & 1);
                }
            }
        }
        for (int o = 0; o < 64; o++) {
            assert_in_range(flips[o] * 100 / tries, 45, 55);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_collisions),
        cmocka_unit_test(test_avalanche),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
