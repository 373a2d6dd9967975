/* The digest's lines about rules whose alerts nobody acts on. Engine thread. */
#ifndef STORE_DIGEST_NOISE_H
#define STORE_DIGEST_NOISE_H

#include "core/when.h"
#include "store/eval.h"

/* A line for each, with the setting that would have spared most; into ev->a. Empty: there
   is none, or `when` comes more often than once a week. */
bool digest_noise(struct eval *ev, const struct when *when, struct str *ret,
                  struct err *e) MUST_USE;

#endif
