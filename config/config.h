/*
 * Reads alignd.yaml and strategy.yaml into typed structs, or into a list of
 * located errors: file:line:col, the source line, a caret, a suggestion. YAML
 * is read by libfyaml under the limits of the strategy-file design page.
 *
 * Thread: any, one load at a time per `struct conf_diag`; reads files, so not
 * on the loop except at start and reload. A loaded `struct conf` is immutable
 * (secrets are loaded once, by conf_load_secrets) and owns one arena.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "core/calendar.h"
#include "core/route.h"
#include "core/rule.h"
#include "core/strategy.h"

/* ---- diagnostics ---- */

struct conf_diag; /* collects every error and warning, in file order */

struct conf_diag *conf_diag_create(void); /* NULL: out of memory */
void conf_diag_destroy(struct conf_diag *d);
/* Lines of a file and hints are to fit so many columns; 0, as at first: any. What is
   added from now on; the messages themselves stay whole. */
void conf_diag_fit(struct conf_diag *d, size_t columns);
size_t conf_diag_errors(const struct conf_diag *d);
size_t conf_diag_warnings(const struct conf_diag *d);
/* All of them as the operator reads them; colour never. */
void conf_diag_print(const struct conf_diag *d, struct buf *out);
/* One of them in parts, for other forms than the operator's own. */
struct conf_diag_item {
    bool error;
    struct str file;          /* empty: about no file */
    uint32_t line, col;       /* 0: about the whole file */
    struct str message, hint; /* made safe to show; `hint` may be empty */
};
/* What conf_diag_print would show, in its order; views live as long as `d`. Returns how
   many more there are. */
size_t conf_diag_each(const struct conf_diag *d,
                      void (*see)(void *user, const struct conf_diag_item *item),
                      void *user);
/* An error that has no place in a file: out of memory and the like. */
void conf_diag_fail(struct conf_diag *d, const char *message);
/* The first error's first line, for status and chat. */
struct str conf_diag_first(const struct conf_diag *d);

/* ---- alignd.yaml ---- */

struct origins; /* config/bind.h */

struct conf_source {
    struct tracker_conf tracker; /* .own bound by ops->keys */
    const struct tracker_ops *ops;
    uint32_t line;
};
struct conf_channel {
    struct chat_conf chat; /* .own bound by ops->keys */
    const struct chat_ops *ops;
    uint32_t line;
};
struct conf_value {
    struct value_conf value; /* .own bound by ops->keys */
    const struct value_ops *ops;
    uint32_t line;
};
struct conf_writer {
    bool group;
    struct str name; /* user or, with '@', group; resolved at start by app */
};

struct conf {
    struct arena *a; /* owned */
    struct str file; /* as given */
    struct str
        dir; /* of the file, absolute where possible: relative paths begin here */
    struct str strategy_path;     /* absolute or relative to the process */
    struct str state_dir, socket; /* resolved: file, environment, or empty */
    struct str timezone;
    struct calendar calendar;      /* holidays are the strategy's: see conf_calendar */
    struct str operations_channel; /* empty: the last route's channel */
    bool baseline;                 /* baseline: off tells everything */
    struct conf_source *sources;
    size_t n_sources;
    struct conf_channel *channels; /* at least one: `journal` when none is given */
    size_t n_channels;
    struct conf_value *values; /* where numbers of key results come from */
    size_t n_values;
    struct route *routes; /* at least one */
    size_t n_routes;
    struct digest_conf *digests; /* core/digest.h */
    size_t n_digests;
    struct conf_writer *writers;
    size_t n_writers;
    struct {
        struct span spans, audit;
    } retention;
    struct span first_wait; /* of first findings that are not an item's */
    struct span idle_after; /* items in progress are parked then */
    const struct rule_conf *rules; /* one for each of core/rule.h rules[] */
    struct origins *origins; /* owned: which settings the file has given, and where */
    uint64_t hash;           /* of the effective settings, without secrets */
};

/* Where defaults come from (NULL members: unset), and what must be given. */
struct conf_env {
    const char *state_directory;   /* $STATE_DIRECTORY */
    const char *runtime_directory; /* $RUNTIME_DIRECTORY */
    const char *credentials_directory;
    const char *zoneinfo;             /* /usr/share/zoneinfo */
    const char *credentials_fallback; /* /etc/alignd/credentials */
    bool needs_state, needs_socket;   /* without a place for it is an error */
};
void conf_env_read(struct conf_env *ret); /* from the process; needs nothing */

/* NULL and errors in `d`, never both empty. */
struct conf *conf_load(const char *path, const struct conf_env *env,
                       struct conf_diag *d);
/* The same from text that is at hand (posted over the socket): opens no file but that of
   a time zone of this system. */
struct conf *conf_load_text(const char *name, struct str text,
                            const struct conf_env *env, struct conf_diag *d);
void conf_destroy(struct conf *c); /* wipes secrets */
/*
 * Reads every referenced secret. One that is missing, empty or in a file that
 * others can write is a located error; a file that others can read is a warning.
 */
bool conf_load_secrets(struct conf *c, const struct conf_env *env,
                       struct conf_diag *d) MUST_USE;
/*
 * Looks at every referenced secret and keeps none. What this process may not
 * see, and a credential on a machine without a directory of them, is a warning:
 * who checks need be neither root nor where alignd is to run.
 */
bool conf_check_secrets(struct conf *c, const struct conf_env *env,
                        struct conf_diag *d) MUST_USE;
/*
 * The effective configuration with the origin of each value (file:line or
 * default), secrets by reference only; itself a valid configuration.
 */
void conf_print(const struct conf *c, struct buf *out);
/* conf.calendar with the strategy's holidays. */
struct calendar conf_calendar(const struct conf *c, const struct strategy *s);

/* ---- strategy.yaml ---- */

/* The one that `c` names; that it is missing is told there. NULL: errors in `d`. */
struct strategy *conf_strategy(const struct conf *c, struct conf_diag *d);
/* A file or a directory of files, read in name order. NULL: errors in `d`. */
struct strategy *strategy_load(const char *path, struct conf_diag *d);
/* What was loaded once, from its `files`: opens none. NULL: errors in `d`. */
struct strategy *strategy_load_files(const struct strategy_file *files, size_t n,
                                     struct conf_diag *d);
/* The same from text that is at hand (posted over the socket, tests). */
struct strategy *strategy_load_text(const char *name, struct str text,
                                    struct conf_diag *d);

/* ---- schemas ---- */

/* JSON Schema (2020-12) of each file, from the same tables the reader uses. */
void conf_schema_alignd(struct buf *out);
void conf_schema_strategy(struct buf *out);

#endif
