/*
 * A vendor's OpenAPI 3.0 description, and what it says about one answer: is its
 * status among those of the operation, have its headers and its body the form
 * described? Descriptions are the files of $SHARED/data/openapi, read and never
 * changed; they stay borrowed in what is found here.
 */
#ifndef TESTS_SUPPORT_OPENAPI_H
#define TESTS_SUPPORT_OPENAPI_H

#include "tests/support/probe.h"
#include "tests/support/schema.h"

/* $SHARED/data/openapi/NAME.openapi.json; NULL: absent. The caller decrefs. */
json_t *openapi_load(const char *name);

/* Makes of it what it is in that later API version: GitHub keeps the difference in
   x-github-breaking-changes, as merge patches (RFC 7396). The number of patches. */
size_t openapi_at_version(json_t *document, const char *version);

/*
 * Makes it say what it should: the file is a list of {why, at, patch}, merge patches
 * (RFC 7396) of what a JSON pointer names. False: it is no such list, or something
 * that it patches is not there.
 */
bool openapi_amend(json_t *document, const char *path, struct buf *why);

/* Whether every schema of the document can be checked; counts them. */
bool openapi_is_known(const json_t *document, size_t *ret_schemas, struct buf *why);

/* The operation that a request is, by the path template with the fewest variables;
   NULL: not described. `ret_template` is a key of the document. */
const json_t *openapi_operation(const json_t *document, const char *method,
                                struct str path, const char **ret_template);

/* Its answer of that status, references followed; NULL: not described. */
const json_t *openapi_response(const json_t *document, const json_t *operation,
                               int status);

/*
 * The answer against that description. `how` without a root; the body is checked
 * where one is described (*ret_body_checked), and must be absent where the status
 * has none (204, 304). A described header need not be there, but for X-RateLimit-*.
 */
bool openapi_check(const struct schema_rules *how, const json_t *document,
                   const json_t *response, const struct probe_reply *reply,
                   bool *ret_body_checked, struct buf *why);

#endif
