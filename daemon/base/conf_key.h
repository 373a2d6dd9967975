/*
 * One row for each setting: the reader binds by it, --print-config prints by
 * it, the man page and the JSON Schema are generated from it. Tables end with
 * a row whose name is NULL. Rows hold constants only; any thread.
 *
 * A table binds one YAML mapping to one struct, at `offset` for each key:
 *   CONF_BOOL    bool                       true, false
 *   CONF_INT     int64_t                    min..max
 *   CONF_SPAN    struct span                30s 5m 24h 7d 10wd, 0
 *   CONF_STR     struct str                 at most `max` bytes (0: 1000)
 *   CONF_URL     struct str                 https, or http to loopback
 *   CONF_ENUM    int                        index into `choices`
 *   CONF_PERCENT double                     60% -> 0.6; min..max in percent
 *   CONF_STRS    struct str_list            list of strings, or one string
 *   CONF_GLOBS   struct str_list            likewise; '*' and '?' are wild
 *   CONF_SECRET  struct secret              {credential|file|env: NAME}
 *   CONF_SUB     a nested struct            mapping bound by `sub`
 *   CONF_MAP     struct str_pair_list       free keys to strings
 */
#ifndef BASE_CONF_KEY_H
#define BASE_CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* A wait: clock time, or working days of the calendar. */
struct span {
    int64_t ms; /* clock time; 0 when wd is set */
    int64_t wd; /* working days */
};
#define SPAN_MS(n) ((struct span){.ms = (n)})
#define SPAN_WD(n) ((struct span){.wd = (n)})

struct str_list {
    struct str *v; /* owned by the configuration's arena */
    size_t n;
};
struct str_pair {
    struct str key, value;
};
struct str_pair_list {
    struct str_pair *v;
    size_t n;
};

/* A secret by reference; `value` is filled in when secrets are loaded. Printed as ***.
 */
struct secret {
    enum { SECRET_NONE, SECRET_CREDENTIAL, SECRET_FILE, SECRET_ENV } from;
    struct str name;  /* credential, path or variable */
    struct str value; /* owned by the configuration, wiped with it */
};

enum conf_type {
    CONF_BOOL,
    CONF_INT,
    CONF_SPAN,
    CONF_STR,
    CONF_URL,
    CONF_ENUM,
    CONF_PERCENT,
    CONF_STRS,
    CONF_GLOBS,
    CONF_SECRET,
    CONF_SUB,
    CONF_MAP,
};

struct conf_key {
    const char *name;
    enum conf_type type;
    size_t offset;
    const char *dflt; /* as it would be written in the file; NULL: none */
    bool required;
    int64_t min, max;           /* 0, 0: unbounded (INT), type's own (others) */
    const char *const *choices; /* ENUM: NULL-terminated */
    const struct conf_key *sub; /* SUB */
    /* SECRET: whether the loaded value can be what it is for; NULL: anything is. */
    bool (*fits)(struct str value, struct err *e);
    bool live;       /* taken over by a reload; false: needs a restart */
    const char *doc; /* one sentence for the manual */
};

#endif
