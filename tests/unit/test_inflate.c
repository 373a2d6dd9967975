#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>

#include "io/inflate.h"

#define LIMIT ((size_t)1 << 20)

typedef size_t pack_fn(struct libdeflate_compressor *c, const void *in, size_t n_in,
                       void *out, size_t n_out);

struct world {
    struct inflater *f;
    struct libdeflate_compressor *c;
    struct buf packed, out;
    struct str ret;
    struct err err;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->f = inflater_create();
    w->c = libdeflate_alloc_compressor(9);
    assert_non_null(w->f);
    assert_non_null(w->c);
    buf_init(&w->packed, 1 << 26);
    buf_init(&w->out, 1 << 26);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    inflater_destroy(w->f);
    inflater_destroy(NULL);
    libdeflate_free_compressor(w->c);
    buf_finish(&w->packed);
    buf_finish(&w->out);
    free(w);
    return 0;
}

static void pack(struct world *w, pack_fn *fn, struct str text)
{
    size_t room = text.n + 1024;

    assert_true(buf_reserve(&w->packed, room));
    size_t n = fn(w->c, text.p, text.n, w->packed.p + w->packed.n, room);

    assert_true(n > 0);
    buf_commit(&w->packed, n);
}

static bool run(struct world *w, const char *encoding, struct str in, size_t max)
{
    err_clear(&w->err);
    return inflater_run(w->f, str_of(encoding), in, max, &w->out, &w->ret, &w->err);
}

static const struct {
    const char *encoding;
    pack_fn *fn;
} packers[] = {
    {"gzip", libdeflate_gzip_compress},
    {"deflate", libdeflate_zlib_compress},
    {"deflate", libdeflate_deflate_compress}, /* bare */
};

static void fill(char *p, size_t n, bool random)
{
    uint32_t x = 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = random ? (char)(x >> 24) : 'a';
    }
}

static void test_sizes(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 300, 4095, 4096, 4097, 70000, LIMIT};
    struct world *w = *state;
    char *text = malloc(LIMIT);

    assert_non_null(text);
    for (size_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(packers) * 2; i++) {
        size_t n = sizes[i / 2 % ARRAY_LEN(sizes)];
        size_t k = i / 2 / ARRAY_LEN(sizes);

        fill(text, n, i % 2 != 0);
        buf_clear(&w->packed);
        pack(w, packers[k].fn, (struct str){text, n});
        if (!run(w, packers[k].encoding, buf_str(&w->packed), LIMIT)) {
            fail_msg("%s of %zu: %s", packers[k].encoding, n, w->err.msg);
        }
        assert_int_equal(w->ret.n, n);
        assert_memory_equal(w->ret.p, text, n);
    }
    free(text);
}

static void test_identity_copies_nothing(void **state)
{
    struct world *w = *state;
    struct str in = STR("as it is");

    assert_true(run(w, "", in, 1));
    assert_ptr_equal(w->ret.p, in.p);
    assert_true(run(w, "identity", in, 1));
    assert_ptr_equal(w->ret.p, in.p);
    assert_int_equal(w->ret.n, in.n);
}

static void test_unknown_encoding(void **state)
{
    static const char *const rows[] = {"br", "gzip, br", "GZIP", "zstd", "x"};
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_false(run(w, rows[i], STR("x"), LIMIT));
        assert_int_equal(w->err.kind, ERR_PARSE);
    }
}

/* Every prefix, every flipped byte and one more byte are errors. */
static void test_damage(void **state)
{
    struct world *w = *state;
    struct str text =
        STR("{\"issues\":[{\"key\":\"A-1\"},{\"key\":\"A-2\"}],\"key\":1}");

    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_clear(&w->packed);
        pack(w, packers[k].fn, text);
        for (size_t n = 0; n < w->packed.n; n++) {
            assert_false(
                run(w, packers[k].encoding, str_first(buf_str(&w->packed), n), LIMIT));
            assert_int_equal(w->err.kind, ERR_PARSE);
        }
        buf_addc(&w->packed, '\0');
        assert_false(run(w, packers[k].encoding, buf_str(&w->packed), LIMIT));
        assert_int_equal(w->err.kind, ERR_PARSE);
        buf_truncate(&w->packed, w->packed.n - 1);
        assert_true(run(w, packers[k].encoding, buf_str(&w->packed), LIMIT));
    }
    /* A sum guards gzip: whatever is changed behind the header is noticed. */
    buf_clear(&w->packed);
    pack(w, libdeflate_gzip_compress, text);
    for (size_t i = 10; i < w->packed.n; i++) {
        w->packed.p[i] ^= 0x10;
        assert_false(run(w, "gzip", buf_str(&w->packed), LIMIT));
        w->packed.p[i] ^= 0x10;
    }
}

static void test_members(void **state)
{
    struct world *w = *state;

    pack(w, libdeflate_gzip_compress, STR("one "));
    pack(w, libdeflate_gzip_compress, STR(""));
    pack(w, libdeflate_gzip_compress, STR("two"));
    assert_true(run(w, "gzip", buf_str(&w->packed), LIMIT));
    assert_true(str_eqz(w->ret, "one two"));
    assert_true(run(w, "gzip", buf_str(&w->packed), 7));
    assert_false(run(w, "gzip", buf_str(&w->packed), 6)); /* over all of them */
    assert_int_equal(w->err.kind, ERR_LIMIT);
    buf_truncate(&w->packed, w->packed.n - 1);
    assert_false(run(w, "gzip", buf_str(&w->packed), LIMIT));
    assert_int_equal(w->err.kind, ERR_PARSE);
    buf_addz(&w->packed, "garbage");
    assert_false(run(w, "gzip", buf_str(&w->packed), LIMIT));
}

static void test_bomb(void **state)
{
    struct world *w = *state;
    size_t n = 32 * LIMIT;
    char *zeros = calloc(1, n);

    assert_non_null(zeros);
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_clear(&w->packed);
        pack(w, packers[k].fn, (struct str){zeros, n});
        assert_true(w->packed.n < n / 500);
        assert_false(run(w, packers[k].encoding, buf_str(&w->packed), LIMIT));
        assert_int_equal(w->err.kind, ERR_LIMIT);
        /* never more than the limit was asked for */
        assert_true(w->out.cap <= 2 * LIMIT + 2);
    }
    free(zeros);
}

static void test_exact_limit(void **state)
{
    struct world *w = *state;
    char text[5000];

    fill(text, sizeof text, true);
    for (size_t k = 0; k < ARRAY_LEN(packers); k++) {
        buf_clear(&w->packed);
        pack(w, packers[k].fn, (struct str){text, sizeof text});
        assert_true(run(w, packers[k].encoding, buf_str(&w->packed), sizeof text));
        assert_false(run(w, packers[k].encoding, buf_str(&w->packed), sizeof text - 1));
        assert_int_equal(w->err.kind, ERR_LIMIT);
    }
}

/* The length at the end of gzip decides nothing but the first buffer. */
static void test_lying_length(void **state)
{
    static const unsigned char lies[][4] = {
        {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 0x80}};
    struct world *w = *state;
    char text[20000];

    fill(text, sizeof text, false);
    for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
        buf_finish(&w->out);
        buf_clear(&w->packed);
        pack(w, libdeflate_gzip_compress, (struct str){text, sizeof text});
        memcpy(w->packed.p + w->packed.n - 4, lies[i], 4);
        assert_false(run(w, "gzip", buf_str(&w->packed), LIMIT));
        assert_int_equal(w->err.kind, ERR_PARSE);
        assert_true(w->out.cap < 4 * sizeof text * 2);
    }
}

/* A caller's buffer may be the smaller limit. */
static void test_small_buffer(void **state)
{
    struct world *w = *state;
    struct buf small;
    char text[5000];

    fill(text, sizeof text, false);
    buf_init(&small, 4000);
    pack(w, libdeflate_gzip_compress, (struct str){text, sizeof text});
    assert_false(inflater_run(w->f, STR("gzip"), buf_str(&w->packed), LIMIT, &small,
                              &w->ret, &w->err));
    assert_int_equal(w->err.kind, ERR_LIMIT);
    buf_finish(&small);
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_sizes),
        WITH_WORLD(test_identity_copies_nothing),
        WITH_WORLD(test_unknown_encoding),
        WITH_WORLD(test_damage),
        WITH_WORLD(test_members),
        WITH_WORLD(test_bomb),
        WITH_WORLD(test_exact_limit),
        WITH_WORLD(test_lying_length),
        WITH_WORLD(test_small_buffer),
    };

    return cmocka_run_group_tests_name("inflate", tests, NULL, NULL);
}
