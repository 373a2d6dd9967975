/*
 * hash64: a fast, unkeyed 64-bit hash of bytes for change detection of rows
 * and (seeded) for hash tables. Stable over versions: it is stored. Pure.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash64(const void *p, size_t n, uint64_t seed);

#endif
