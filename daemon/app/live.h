/*
 * One generation of configuration and strategy with all that is derived from
 * it: immutable, counted. A sync that began under one generation ends under
 * it; a reload swaps the pointer in app. Loading reads files and may take
 * long: not on the loop once it runs. Counting is atomic: the engine's
 * operations hold references of their own.
 */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include <stdbool.h>

#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

struct live {
    int refs;
    struct live *owner;        /* whose conf this is, one reference; NULL: its own */
    struct conf *conf;         /* owned by the one of these */
    struct strategy *strategy; /* one reference */
    struct matcher *matcher;   /* owned */
    struct arena *a;           /* owned: the routes */
    const struct tracker_conf **trackers; /* owned array, one for each conf->sources */
    struct eval_conf eval;     /* borrows all of the above */
};

/* What a generation is loaded for says what must be there. */
enum live_use {
    LIVE_SHOWN,   /* only read: no secrets, no place for anything */
    LIVE_CHECKED, /* secrets are looked at and not kept */
    LIVE_TRIED,   /* secrets; what is stored is thrown away */
    LIVE_ONCE,    /* secrets and a state directory */
    LIVE_SERVED,  /* all of that and a socket */
};

/* NULL: errors are in `d`. */
struct live *live_load(const char *path, enum live_use use, struct conf_diag *d);
/* The same configuration with the strategy as it is now. NULL: errors are in `d`. */
struct live *live_with_strategy(struct live *l, struct conf_diag *d);
/* Reads a stored version of the strategy again. What is wrong with it is told to whoever
   asks, not logged: it was good once. */
bool live_parse_stored(const struct strategy_file *files, size_t n,
                       struct strategy **ret, struct err *e);
/* A posted alignd.yaml, over the sources and the strategy of `now`, which outlives it: no
   file that it names is opened, no secret looked at. ERR_USAGE with the first error. */
bool live_try(const struct eval_conf *now, struct str text, struct live **ret,
              struct err *e) MUST_USE;
struct live *live_ref(struct live *l);
void live_unref(struct live *l); /* NULL is fine */

const struct conf_source *live_source(const struct live *l, struct str name);
const struct conf_channel *live_channel(const struct live *l, struct str name);

#endif
