/*
 * RSA signatures are half of what the suite would take: each sync of an App buys
 * a token with one, mostly over the very text that the sync before it signed.
 * Such a one is remembered; each new text is signed for real.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sign.h"

bool __real_sign_rs256(struct buf *out, struct str pem, struct str data, struct err *e);
bool __wrap_sign_rs256(struct buf *out, struct str pem, struct str data, struct err *e);

enum { SLOTS = 256, MAX_SIGNATURE = 512 };

static struct {
    uint64_t pem, data;
    size_t n;
    char text[MAX_SIGNATURE];
} known[SLOTS];

bool __wrap_sign_rs256(struct buf *out, struct str pem, struct str data, struct err *e)
{
    uint64_t pem_hash = hash64(pem.p, pem.n, 0), hash = hash64(data.p, data.n, 0);
    size_t slot = hash % SLOTS, at = out->n;

    if (known[slot].n > 0 && known[slot].pem == pem_hash && known[slot].data == hash) {
        buf_add(out, (struct str){known[slot].text, known[slot].n});
        return true;
    }
    if (!__real_sign_rs256(out, pem, data, e)) {
        return false;
    }
    if (buf_ok(out) && out->n - at <= MAX_SIGNATURE) {
        known[slot].pem = pem_hash;
        known[slot].data = hash;
        known[slot].n = out->n - at;
        memcpy(known[slot].text, out->p + at, known[slot].n);
    }
    return true;
}
