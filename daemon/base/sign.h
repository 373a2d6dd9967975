/*
 * Digests, signatures (the one user of libcrypto) and random bytes. Any
 * thread. Functions that cannot fail by their nature return void and abort
 * only if libcrypto itself cannot provide SHA-256.
 */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define SIGN_SHA256_LEN 32

void sign_sha256(struct str data, uint8_t ret[SIGN_SHA256_LEN]);
void sign_hmac_sha256(struct str key, struct str data, uint8_t ret[SIGN_SHA256_LEN]);
/* Makes what libcrypto keeps of its algorithms from the first use on, more than 100 kB in
   small pieces. Done first, it does not lie among what comes and goes. */
void sign_prepare(void);
bool sign_random(void *p, size_t n, struct err *e) MUST_USE;

/*
 * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518: RS256). `pem` is a private key as
 * PKCS#1 or PKCS#8, not encrypted; ERR_CONFIG says why it is none. Appends the
 * signature's bytes; the memory that held the key is wiped.
 */
bool sign_rs256(struct buf *out, struct str pem, struct str data,
                struct err *e) MUST_USE;
/* Whether sign_rs256 takes that key. */
bool sign_rs256_key(struct str pem, struct err *e) MUST_USE;

/* RFC 4648. Encoding appends; decoding refuses anything but canonical input. */
void sign_base64(struct buf *out, struct str data);
void sign_base64url(struct buf *out, struct str data); /* no padding */
bool sign_base64_decode(struct buf *out, struct str text, struct err *e) MUST_USE;
void sign_hex(struct buf *out, struct str data); /* lower case */

#endif
