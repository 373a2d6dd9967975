/*
 * RSA keys for tests: made when asked for, so that no private key stands in
 * the sources. Any thread; the caller owns what create returns.
 */
#ifndef TESTS_SUPPORT_RSA_H
#define TESTS_SUPPORT_RSA_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct rsa {
    char *pkcs1, *pkcs8, *encrypted; /* private, as PEM; owned */
    char *public_;                   /* SubjectPublicKeyInfo as PEM; owned */
};

bool rsa_create(struct rsa *ret, unsigned bits, struct err *e) MUST_USE;
void rsa_finish(struct rsa *k);

/* RSASSA-PKCS1-v1_5 with SHA-256 over `data`. */
bool rsa_verify(struct str public_pem, struct str data, struct str signature);

/* A private key of another kind, as PKCS#8; NULL: out of memory. free() it. */
char *rsa_other_kind(void);

#endif
