/*
 * One error value for the whole project.
 *
 * A fallible function returns bool and takes `struct err *` last, never NULL.
 * At the origin: `return err_set(e, ERR_PARSE, "...")`; where context is
 * added: `return err_wrap(e, "jira %s", key)`. Nothing else writes an err, and
 * only app logs one. Reporting never allocates: the message is inline, cut on
 * a UTF-8 boundary when it is too long. Any thread; the caller owns the value.
 *
 * assert() is for our own bugs. Remote data, the disk and configuration can
 * never reach one. Out of memory is ERR_NOMEM, an ordinary error.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"

/* X(enumerator, name used in metrics and JSON) */
#define ERR_KINDS(X)             \
    X(ERR_NONE, "none")          \
    X(ERR_NOMEM, "no-memory")    \
    X(ERR_USAGE, "usage")        \
    X(ERR_CONFIG, "config")      \
    X(ERR_IO, "io")              \
    X(ERR_NET, "network")        \
    X(ERR_AUTH, "auth")          \
    X(ERR_FORBIDDEN, "forbidden") \
    X(ERR_NOT_FOUND, "not-found") \
    X(ERR_GONE, "gone")          \
    X(ERR_RATE, "rate-limit")    \
    X(ERR_REMOTE, "remote")      \
    X(ERR_PARSE, "malformed")    \
    X(ERR_STORE, "store")        \
    X(ERR_FULL, "disk-full")     \
    X(ERR_LIMIT, "limit")        \
    X(ERR_CONFLICT, "conflict")  \
    X(ERR_CANCELED, "canceled")  \
    X(ERR_CORRUPT, "corrupt")

enum err_kind {
#define X(e, name) e,
    ERR_KINDS(X)
#undef X
};

enum err_retry {
    ERR_GIVE_UP,   /* the same call will fail again */
    ERR_TRY_AGAIN, /* with the caller's own back-off */
    ERR_TRY_AFTER, /* not before `after` has passed */
};

struct err {
    enum err_kind kind;
    enum err_retry retry;
    struct dur after; /* with ERR_TRY_AFTER */
    const char *src;  /* place in our source */
    int src_line;
    char msg[232]; /* one sentence without a full stop, never a secret */
};

/* Each returns false, so that an origin is one statement. */
bool err_set_at(struct err *e, enum err_kind kind, enum err_retry retry,
                const char *src, int line, const char *fmt, ...) PRINTF(6, 7);
bool err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3); /* "outer: inner" */
/* After err_set: the remote named a time before which it will not answer. */
bool err_after(struct err *e, struct dur after);

#define err_set(e, kind, ...) \
    err_set_at((e), (kind), ERR_GIVE_UP, __FILE__, __LINE__, __VA_ARGS__)
#define err_set_retry(e, kind, ...) \
    err_set_at((e), (kind), ERR_TRY_AGAIN, __FILE__, __LINE__, __VA_ARGS__)
#define err_nomem(e) err_set((e), ERR_NOMEM, "out of memory")

void err_clear(struct err *e);
const char *err_kind_name(enum err_kind kind);

#endif
