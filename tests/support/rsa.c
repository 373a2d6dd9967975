#include "tests/support/rsa.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static char *text_of(BIO *bio)
{
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);

    return n > 0 ? strndup(data, (size_t)n) : NULL;
}

/* Each writes one form of the key. */
static int write_pkcs1(BIO *bio, EVP_PKEY *key)
{
    return PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL);
}

static int write_pkcs8(BIO *bio, EVP_PKEY *key)
{
    return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

static int write_encrypted(BIO *bio, EVP_PKEY *key)
{
    char phrase[] = "phrase";

    return PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), phrase,
                                         (int)strlen(phrase), NULL, NULL);
}

static int write_public(BIO *bio, EVP_PKEY *key)
{
    return PEM_write_bio_PUBKEY(bio, key);
}

static char *print_key(EVP_PKEY *key, int (*write)(BIO *, EVP_PKEY *))
{
    BIO *bio = key != NULL ? BIO_new(BIO_s_mem()) : NULL;
    char *text = bio != NULL && write(bio, key) == 1 ? text_of(bio) : NULL;

    BIO_free(bio);
    return text;
}

bool rsa_create(struct rsa *ret, unsigned bits, struct err *e)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    struct rsa k = {.pkcs1 = print_key(key, write_pkcs1),
                    .pkcs8 = print_key(key, write_pkcs8),
                    .encrypted = print_key(key, write_encrypted),
                    .public_ = print_key(key, write_public)};

    EVP_PKEY_free(key);
    if (!k.pkcs1 || !k.pkcs8 || !k.encrypted || !k.public_) {
        rsa_finish(&k);
        return err_set(e, ERR_IO, "no RSA key from libcrypto");
    }
    *ret = k;
    return true;
}

void rsa_finish(struct rsa *k)
{
    free(k->pkcs1);
    free(k->pkcs8);
    free(k->encrypted);
    free(k->public_);
    *k = (struct rsa){NULL, NULL, NULL, NULL};
}

char *rsa_other_kind(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *text = print_key(key, write_pkcs8);

    EVP_PKEY_free(key);
    return text;
}

bool rsa_verify(struct str public_pem, struct str data, struct str signature)
{
    BIO *bio = BIO_new_mem_buf(public_pem.p, (int)public_pem.n);
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = key && md &&
              EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestVerify(md, (const unsigned char *)signature.p, signature.n,
                               (const unsigned char *)data.p, data.n) == 1;

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok;
}
