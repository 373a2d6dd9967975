/*
 * Reading members of a Jira answer, where every value may be null, missing or
 * of another type than documented: all of these read as empty. Views borrow
 * from the json_t until copied. Any thread.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_JSON_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

/* Owned json_t. False: not JSON (ERR_PARSE, with the place) or out of memory. */
bool jira_parse(struct str body, json_t **ret, struct err *e) MUST_USE;

struct str jira_str(const json_t *v); /* strings only */
struct str jira_get(const json_t *object, const char *key);
struct str jira_get2(const json_t *object, const char *key, const char *inner);
/* A decimal number, or a string that holds one. */
bool jira_get_int(const json_t *object, const char *key, int64_t *ret);
struct wall jira_get_time(const json_t *object, const char *key); /* 0: none */

/* At most `max` bytes, on a code point; NUL bytes become blanks. */
struct str jira_copy(struct arena *a, struct str s, size_t max);

/*
 * What Jira says in an error body: {"errorMessages":[],"errors":{}}, or the
 * gateway's {"message":""}. Appended to `out`; nothing where it says nothing.
 */
void jira_error_text(struct str body, struct buf *out);

#endif
