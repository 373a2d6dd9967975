/*
 * Pages made before, compressed: the cost of gzip is paid once per page, so
 * that a benchmark measures its client. Bounded by bytes, oldest out first.
 * One thread.
 */
#ifndef VENDORS_PAGES_H
#define VENDORS_PAGES_H

#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"
#include "tests/support/vendors/reply.h"

struct pages;

struct pages *pages_create(size_t max_bytes); /* NULL: out of memory */
void pages_destroy(struct pages *p);          /* NULL is fine */
/* The page of that content hash as a new reference, or NULL. */
struct blob *pages_get(const struct pages *p, uint64_t content);
/* Compresses and keeps; a new reference, NULL when out of memory. */
struct blob *pages_put(struct pages *p, uint64_t content, struct str plain) MUST_USE;

#endif
