/*
 * Reads what a request asks for: query parameters of fixed kinds, and JSON
 * bodies of a few strings or lists of them. What is wrong is ERR_USAGE and names the parameter
 * or member at fault. Any thread; values live in the arena of the request.
 */
#ifndef STATUS_PARAMS_H
#define STATUS_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "status/api.h"

/* ?limit=: 1 to 1000, 100 when absent. */
bool params_limit(const struct api_request *req, int64_t *ret, struct err *e) MUST_USE;
/* ?NAME=: 1 or true, 0 or false; absent is false. */
bool params_flag(const struct api_request *req, const char *name, bool *ret,
                 struct err *e) MUST_USE;
/* ?window=: whole days, as in 28d, at most ten years; `dflt` when absent. */
bool params_window(const struct api_request *req, int64_t dflt, int64_t *ret,
                   struct err *e) MUST_USE;
/* An id of a row: digits. `what` for the message. */
bool params_id(struct str text, const char *what, int64_t *ret, struct err *e) MUST_USE;

/* A date, to its end where the daemon's calendar is, or a time; to come. Empty: 0. */
bool params_until(const struct api_env *env, struct str text, struct wall *ret,
                  struct err *e) MUST_USE;
/* One of both: such an end, or how long from now ("3d", "5wd"). */
bool params_end(const struct api_env *env, struct str until, struct str duration,
                struct wall *ret, struct err *e) MUST_USE;

struct params_field {
    const char *name;
    bool required;
    size_t max;      /* bytes */
    struct str *ret; /* trimmed; empty when absent or null */
    struct str_list *list; /* instead of `ret`: texts of files, not trimmed; a string
                              or an array of them */
};
/* One JSON object with these string members and no others; no name twice. */
bool params_body(const struct api_request *req, struct arena *a,
                 const struct params_field *fields, size_t n, struct err *e) MUST_USE;

#endif
