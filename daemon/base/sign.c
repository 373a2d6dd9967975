#include "base/sign.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static const void *bytes_of(struct str s)
{
    /* libcrypto takes a NULL key for "keep the last one". */
    return s.n > 0 ? s.p : "";
}

void sign_sha256(struct str data, uint8_t ret[SIGN_SHA256_LEN])
{
    unsigned n = 0;

    if (EVP_Digest(bytes_of(data), data.n, ret, &n, EVP_sha256(), NULL) != 1 ||
        n != SIGN_SHA256_LEN) {
        abort();
    }
}

void sign_hmac_sha256(struct str key, struct str data, uint8_t ret[SIGN_SHA256_LEN])
{
    size_t n = 0;

    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, bytes_of(key), key.n,
                  bytes_of(data), data.n, ret, SIGN_SHA256_LEN, &n) == NULL ||
        n != SIGN_SHA256_LEN) {
        abort();
    }
}

void sign_prepare(void)
{
    uint8_t sum[SIGN_SHA256_LEN];

    sign_sha256(STR_NONE, sum);
    sign_hmac_sha256(STR_NONE, STR_NONE, sum);
}

/* From the kernel: libcrypto's generator would keep 150 kB. */
bool sign_random(void *p, size_t n, struct err *e)
{
    unsigned char *at = p;

    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0 && errno != EINTR) {
            return err_set(e, ERR_IO, "getrandom: %s", strerror(errno));
        }
        at += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
    }
    return true;
}

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 16384 };

/* Without it libcrypto asks for the passphrase on the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static bool refuse_key(struct str pem, struct err *e)
{
    if (str_find(pem, STR("ENCRYPTED")) >= 0) {
        return err_set(e, ERR_CONFIG, "the private key is encrypted");
    }
    if (str_find(pem, STR("PRIVATE KEY-----")) < 0) {
        return err_set(
            e, ERR_CONFIG,
            "not a private key in PEM form (-----BEGIN RSA PRIVATE KEY-----)");
    }
    return err_set(e, ERR_CONFIG, "the private key is damaged");
}

/* The caller frees the key. */
static bool read_key(struct str pem, EVP_PKEY **ret, struct err *e)
{
    BIO *bio = pem.n <= INT_MAX ? BIO_new_mem_buf(bytes_of(pem), (int)pem.n) : NULL;
    EVP_PKEY *key =
        bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error(); /* the queue is the thread's, and nobody reads it */
    if (key == NULL) {
        return refuse_key(pem, e);
    }
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        err_set(e, ERR_CONFIG, "the private key is not one of RSA");
    } else if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
        err_set(e, ERR_CONFIG, "the RSA key has %d bits, not %d to %d", bits,
                RSA_MIN_BITS, RSA_MAX_BITS);
    } else {
        *ret = key;
        return true;
    }
    EVP_PKEY_free(key);
    return false;
}

bool sign_rs256_key(struct str pem, struct err *e)
{
    EVP_PKEY *key;

    if (!read_key(pem, &key, e)) {
        return false;
    }
    EVP_PKEY_free(key);
    return true;
}

static bool sign_with(struct buf *out, EVP_PKEY *key, EVP_MD_CTX *md, struct str data)
{
    size_t n = (size_t)EVP_PKEY_get_size(key);

    if (md == NULL || !buf_reserve(out, n) ||
        EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(md, (unsigned char *)out->p + out->n, &n, bytes_of(data),
                       data.n) != 1) {
        return false;
    }
    buf_commit(out, n);
    return true;
}

bool sign_rs256(struct buf *out, struct str pem, struct str data, struct err *e)
{
    EVP_PKEY *key;

    if (!read_key(pem, &key, e)) {
        return false;
    }
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = sign_with(out, key, md, data);

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok || !buf_check(out, e) ? ok
                                    : err_set(e, ERR_NOMEM, "libcrypto cannot sign");
}

static const char ALPHABET[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char ALPHABET_URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static uint32_t byte_at(struct str s, size_t i)
{
    return i < s.n ? (unsigned char)s.p[i] : 0;
}

static void encode(struct buf *out, struct str data, const char *alphabet, bool pad)
{
    if (data.n > SIZE_MAX / 2) {
        buf_fail(out);
        return;
    }
    size_t rest = data.n % 3;
    size_t last = rest == 0 ? 0 : rest + 1;

    if (!buf_reserve(out, data.n / 3 * 4 + (pad && rest > 0 ? 4 : last))) {
        return;
    }
    for (size_t i = 0; i < data.n; i += 3) {
        uint32_t v =
            byte_at(data, i) << 16 | byte_at(data, i + 1) << 8 | byte_at(data, i + 2);
        size_t n = data.n - i >= 3 ? 4 : data.n - i + 1;
        char c[4] = {alphabet[v >> 18], alphabet[v >> 12 & 63], '=', '='};

        if (n > 2) {
            c[2] = alphabet[v >> 6 & 63];
        }
        if (n > 3) {
            c[3] = alphabet[v & 63];
        }
        buf_add(out, (struct str){c, pad ? 4 : n});
    }
}

void sign_base64(struct buf *out, struct str data)
{
    encode(out, data, ALPHABET, true);
}

void sign_base64url(struct buf *out, struct str data)
{
    encode(out, data, ALPHABET_URL, false);
}

/* -1: not of the alphabet. */
static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+') {
        return 62;
    }
    return c == '/' ? 63 : -1;
}

/*
 * `n` characters (2 to 4) as n - 1 bytes. The bits that no byte holds must be
 * zero (RFC 4648 section 3.5), else two texts would stand for the same bytes.
 */
static bool decode_group(struct buf *out, const char *p, size_t n)
{
    uint32_t v = 0;

    for (size_t i = 0; i < 4; i++) {
        int digit = i < n ? value_of(p[i]) : 0;

        if (digit < 0) {
            return false;
        }
        v = v << 6 | (uint32_t)digit;
    }
    char c[3] = {(char)(v >> 16), (char)(v >> 8 & 0xff), (char)(v & 0xff)};

    if ((n == 2 && (v & 0xffff) != 0) || (n == 3 && (v & 0xff) != 0)) {
        return false;
    }
    buf_add(out, (struct str){c, n - 1});
    return true;
}

bool sign_base64_decode(struct buf *out, struct str text, struct err *e)
{
    size_t before = out->n;
    size_t n = text.n;

    if (n % 4 != 0) {
        return err_set(e, ERR_PARSE, "base64 of %zu characters is cut or not padded",
                       n);
    }
    for (size_t padding = 0; padding < 2 && n > 0 && text.p[n - 1] == '='; padding++) {
        n--;
    }
    for (size_t i = 0; i < n; i += 4) {
        if (!decode_group(out, text.p + i, n - i < 4 ? n - i : 4)) {
            buf_truncate(out, before);
            return err_set(e, ERR_PARSE, "not base64 near character %zu", i + 1);
        }
    }
    if (!buf_ok(out)) {
        buf_truncate(out, before);
    }
    return buf_check(out, e);
}

void sign_hex(struct buf *out, struct str data)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < data.n; i++) {
        unsigned char byte = (unsigned char)data.p[i];

        buf_addc(out, digits[byte >> 4]);
        buf_addc(out, digits[byte & 15]);
    }
}
