#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sign.h"
#include "tests/support/rsa.h"

static void assert_hex(const uint8_t *bytes, size_t n, const char *want)
{
    struct buf b;

    buf_init(&b, 1000);
    sign_hex(&b, (struct str){(const char *)bytes, n});
    assert_string_equal(buf_cstr(&b), want);
    buf_finish(&b);
}

/* FIPS 180-2 appendix B, and the empty message. */
static void test_sha256(void **state UNUSED)
{
    static const struct {
        const char *data;
        const char *want;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    uint8_t digest[SIGN_SHA256_LEN];
    char *million = malloc(1000000);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        sign_sha256(str_of(rows[i].data), digest);
        assert_hex(digest, sizeof digest, rows[i].want);
    }
    sign_sha256(STR_NONE, digest);
    assert_hex(digest, sizeof digest, rows[0].want);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    sign_sha256((struct str){million, 1000000}, digest);
    assert_hex(digest, sizeof digest,
               "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

/* RFC 4231 section 4; case 5 without its truncation, and empty key and data. */
static void test_hmac(void **state UNUSED)
{
    static const struct {
        const char *key, *data;
        int key_byte, data_byte; /* repeated, instead of the text */
        size_t key_n, data_n;
        const char *want;
    } rows[] = {
        {NULL, "Hi There", 0x0b, 0, 20, 0,
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?", 0, 0, 0, 0,
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {NULL, NULL, 0xaa, 0xdd, 20, 50,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13"
         "\x14"
         "\x15\x16\x17\x18\x19",
         NULL, 0, 0xcd, 0, 50,
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {NULL, "Test With Truncation", 0x0c, 0, 20, 0,
         "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5"},
        {NULL, "Test Using Larger Than Block-Size Key - Hash Key First", 0xaa, 0, 131,
         0, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {NULL,
         "This is a test using a larger than block-size key and a larger than "
         "block-size data. The key needs to be hashed before being used by the HMAC "
         "algorithm.",
         0xaa, 0, 131, 0,
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
        {"", "", 0, 0, 0, 0,
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char key[200];
        char data[200];
        struct str k = str_of(rows[i].key);
        struct str d = str_of(rows[i].data);
        uint8_t mac[SIGN_SHA256_LEN];

        if (rows[i].key == NULL) {
            memset(key, rows[i].key_byte, rows[i].key_n);
            k = (struct str){key, rows[i].key_n};
        }
        if (rows[i].data == NULL) {
            memset(data, rows[i].data_byte, rows[i].data_n);
            d = (struct str){data, rows[i].data_n};
        }
        sign_hmac_sha256(k, d, mac);
        assert_hex(mac, sizeof mac, rows[i].want);
    }
    uint8_t mac[SIGN_SHA256_LEN];

    sign_hmac_sha256(STR_NONE, STR_NONE, mac);
    assert_hex(mac, sizeof mac, rows[7].want);
}

static void test_random(void **state UNUSED)
{
    uint8_t a[64] = {0};
    uint8_t b[64] = {0};
    unsigned seen = 0;
    struct err e;

    assert_true(sign_random(a, sizeof a, &e));
    assert_true(sign_random(b, sizeof b, &e));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(sign_random(NULL, 0, &e));
    /* The last byte is drawn too: 64 zeros in a row are 2^-512. */
    for (int i = 0; i < 64; i++) {
        uint8_t part[3] = {0};

        assert_true(sign_random(part, sizeof part, &e));
        seen |= part[2];
    }
    assert_int_not_equal(seen, 0);
    /* Nothing beyond is touched. */
    uint8_t guarded[4] = {1, 1, 1, 0x5a};

    assert_true(sign_random(guarded, 3, &e));
    assert_int_equal(guarded[3], 0x5a);
}

/* RFC 4648 section 10, and bytes that tell the two alphabets apart. */
static void test_base64(void **state UNUSED)
{
    static const struct {
        struct str data;
        const char *text, *url;
    } rows[] = {
        {{NULL, 0}, "", ""},
        {STR_INIT("f"), "Zg==", "Zg"},
        {STR_INIT("fo"), "Zm8=", "Zm8"},
        {STR_INIT("foo"), "Zm9v", "Zm9v"},
        {STR_INIT("foob"), "Zm9vYg==", "Zm9vYg"},
        {STR_INIT("fooba"), "Zm9vYmE=", "Zm9vYmE"},
        {STR_INIT("foobar"), "Zm9vYmFy", "Zm9vYmFy"},
        {STR_INIT("\xfb\xff\xfe"), "+//+", "-__-"},
        {STR_INIT("\0\0\0\0"), "AAAAAA==", "AAAAAA"},
        {STR_INIT("\xff\xff"), "//8=", "__8"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        struct err e;

        buf_init(&b, strlen(rows[i].text)); /* exactly enough */
        sign_base64(&b, rows[i].data);
        assert_string_equal(buf_cstr(&b), rows[i].text);
        assert_true(buf_ok(&b));
        buf_finish(&b);

        buf_init(&b, strlen(rows[i].url));
        sign_base64url(&b, rows[i].data);
        assert_string_equal(buf_cstr(&b), rows[i].url);
        assert_true(buf_ok(&b));
        buf_finish(&b);

        buf_init(&b, rows[i].data.n + 1);
        buf_addc(&b, '>');
        assert_true(sign_base64_decode(&b, str_of(rows[i].text), &e));
        assert_true(str_eq(str_skip(buf_str(&b), 1), rows[i].data));
        buf_finish(&b);
    }
}

static void test_base64_each_byte(void **state UNUSED)
{
    unsigned char data[256];
    struct buf text;
    struct buf back;
    struct err e;

    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(i * 167 + 13);
    }
    buf_init(&text, 1000);
    buf_init(&back, 1000);
    for (size_t n = 0; n <= sizeof data; n++) {
        buf_clear(&text);
        buf_clear(&back);
        sign_base64(&text, (struct str){(const char *)data, n});
        assert_true(sign_base64_decode(&back, buf_str(&text), &e));
        assert_int_equal(back.n, n);
        assert_memory_equal(buf_cstr(&back), data, n);
    }
    buf_finish(&text);
    buf_finish(&back);
}

static void test_base64_refused(void **state UNUSED)
{
    static const struct str rows[] = {
        STR_INIT("Z"),        STR_INIT("Zg"),       STR_INIT("Zg="),
        STR_INIT("Zm9"),      STR_INIT("Zg=a"),     STR_INIT("=Zg="),
        STR_INIT("===="),     STR_INIT("Z==="),     STR_INIT("=="),
        STR_INIT("Zm9v===="), STR_INIT("Zg==Zg=="), STR_INIT("Zh=="), /* spare bits */
        STR_INIT("Zm9="),     STR_INIT("Zm-v"),     STR_INIT("Zm_v"),
        STR_INIT("Zm9v\n"),   STR_INIT("Zm 9v"),    STR_INIT(" Zm9"),
        STR_INIT("Zm\0v"),    STR_INIT("Zm9\xff"),  STR_INIT("Zm9vZm9!"),
        STR_INIT("Zm9vZm=v"), STR_INIT("////+==="), STR_INIT("Zm9v Zg="),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b;
        struct err e;

        buf_init(&b, 100);
        buf_addz(&b, "kept");
        assert_false(sign_base64_decode(&b, rows[i], &e));
        assert_int_equal(e.kind, ERR_PARSE);
        assert_string_equal(buf_cstr(&b), "kept");
        assert_true(buf_ok(&b));
        buf_finish(&b);
    }
}

static void test_ceilings(void **state UNUSED)
{
    struct buf b;
    struct err e;

    buf_init(&b, 7);
    sign_base64(&b, STR("foob"));
    assert_false(buf_ok(&b));
    assert_int_equal(b.n, 0);
    buf_clear(&b);
    sign_base64url(&b, STR("fooba"));
    assert_true(buf_ok(&b));
    buf_clear(&b);
    sign_base64(&b, (struct str){"", SIZE_MAX});
    assert_false(buf_ok(&b));
    buf_clear(&b);
    sign_hex(&b, STR("abcd"));
    assert_false(buf_ok(&b));
    buf_clear(&b);
    buf_addz(&b, "abcd");
    assert_false(sign_base64_decode(&b, STR("Zm9vYg=="), &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    buf_finish(&b);
}

/* Both forms of one key sign alike (the scheme is deterministic), and verify. */
static void test_rs256(void **state UNUSED)
{
    struct str data = STR("header.payload");
    struct buf one, two;
    struct rsa k;
    struct err e;

    assert_true(rsa_create(&k, 2048, &e));
    buf_init(&one, 4096);
    buf_init(&two, 4096);
    buf_addz(&two, "x");
    assert_true(sign_rs256_key(str_of(k.pkcs1), &e));
    assert_true(sign_rs256(&one, str_of(k.pkcs1), data, &e));
    assert_true(sign_rs256(&two, str_of(k.pkcs8), data, &e));
    assert_int_equal(one.n, 256);
    assert_true(str_eq(buf_str(&one), str_skip(buf_str(&two), 1)));
    assert_true(rsa_verify(str_of(k.public_), data, buf_str(&one)));
    assert_false(rsa_verify(str_of(k.public_), STR("header.payloaX"), buf_str(&one)));

    /* No room: nothing is appended. */
    buf_finish(&two);
    buf_init(&two, 100);
    assert_false(sign_rs256(&two, str_of(k.pkcs1), data, &e));
    assert_int_equal(e.kind, ERR_LIMIT);
    buf_finish(&one);
    buf_finish(&two);
    rsa_finish(&k);
}

static void expect_refused(const char *pem, const char *why)
{
    struct buf out;
    struct err e;

    buf_init(&out, 4096);
    assert_false(sign_rs256_key(str_of(pem), &e));
    assert_int_equal(e.kind, ERR_CONFIG);
    if (strstr(e.msg, why) == NULL) {
        fail_msg("'%s' does not say '%s'", e.msg, why);
    }
    assert_false(sign_rs256(&out, str_of(pem), STR("data"), &e));
    assert_int_equal(e.kind, ERR_CONFIG);
    assert_int_equal(out.n, 0);
    buf_finish(&out);
}

static void test_rs256_refused(void **state UNUSED)
{
    struct rsa k, small;
    char *ec = rsa_other_kind(), *cut;
    struct err e;

    assert_non_null(ec);
    assert_true(rsa_create(&k, 2048, &e) && rsa_create(&small, 1024, &e));
    cut = strdup(k.pkcs1);
    assert_non_null(cut);
    cut[400] = '*';
    expect_refused("", "not a private key");
    expect_refused("ghp_abc", "not a private key");
    expect_refused(k.public_, "not a private key");
    expect_refused(cut, "damaged");
    expect_refused(k.encrypted, "encrypted");
    expect_refused(ec, "not one of RSA");
    expect_refused(small.pkcs8, "1024 bits");
    free(cut);
    free(ec);
    rsa_finish(&k);
    rsa_finish(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),           cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_random),           cmocka_unit_test(test_base64),
        cmocka_unit_test(test_base64_each_byte), cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_ceilings),         cmocka_unit_test(test_rs256),
        cmocka_unit_test(test_rs256_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
