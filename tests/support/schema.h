/*
 * Enough of JSON Schema (2020-12) to hold our own payloads and files to the
 * schemas that ship: type, enum, const, properties, required,
 * additionalProperties, items, minItems, maxItems, minimum, maximum,
 * minLength, maxLength, anyOf, oneOf as anyOf, $ref into the same document.
 * A keyword it does not know is a failure, so that none is silently ignored.
 */
#ifndef TESTS_SUPPORT_SCHEMA_H
#define TESTS_SUPPORT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

/* False: `why` says where and what. */
bool schema_check(const json_t *schema, const json_t *value, struct buf *why);

#endif
