/*
 * Holds JSON to a JSON Schema: our own payloads and files to the schemas that
 * ship (2020-12, and what draft-07 has alike), answers of trackers to the
 * vendors' descriptions (the dialect of OpenAPI 3.0). Every keyword is either
 * checked or in the list of those that say nothing about a value; one that is
 * neither is a failure, as are an unknown `format` and a `pattern` that cannot be
 * tried: nothing is silently ignored. `format` is checked, not an annotation.
 */
#ifndef TESTS_SUPPORT_SCHEMA_H
#define TESTS_SUPPORT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

enum schema_dialect {
    SCHEMA_JSON,
    SCHEMA_OPENAPI, /* 3.0, of an answer: `nullable`; what is `writeOnly` is wrong */
};

struct schema_rules {
    const json_t *root; /* what `$ref` is about */
    enum schema_dialect dialect;
    /* A member that no schema names is wrong, also where more are not forbidden. */
    bool closed;
};

/* False: `why` says where and what. */
bool schema_check_by(const struct schema_rules *how, const json_t *schema,
                     const json_t *value, struct buf *why);

/* The same with a schema that is its own root, in the first dialect. */
bool schema_check(const json_t *schema, const json_t *value, struct buf *why);

/* What a JSON pointer (RFC 6901, objects only) names; NULL: nothing. */
const json_t *schema_find(const json_t *root, const char *pointer);

/*
 * The schema alone: are all its keywords, and those of the schemas within, known,
 * of the right form, its formats and patterns among those that are checked?
 * References are not followed.
 */
bool schema_is_known(enum schema_dialect dialect, const json_t *schema,
                     struct buf *why);

#endif
