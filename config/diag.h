/*
 * What is wrong with the operator's files: every error and warning with its
 * place, printed in file order as
 *
 *   alignd.yaml:14:5: error: unknown key 'intervall' in source "jira"
 *      14 |     intervall: 5m
 *         |     ^~~~~~~~~ did you mean 'interval'?
 *
 * Entries are rendered when they are added, so a collection does not depend on
 * the files' memory. Bounded: at most DIAG_KEPT entries are kept, of which
 * DIAG_SHOWN are printed; the rest is counted. Text of the files is escaped
 * here, callers pass it as it is. Thread: one at a time. When memory is out
 * the count still rises, so that no failure looks like success.
 */
#ifndef CONFIG_DIAG_H
#define CONFIG_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/config.h"
#include "config/yaml.h"

enum { DIAG_KEPT = 200, DIAG_SHOWN = 50 };

/* `hint` stands behind the caret: "did you mean 'x'?"; the empty view: none. */
void diag_error(struct conf_diag *d, struct yaml_at at, struct str hint,
                const char *fmt, ...) PRINTF(4, 5);
void diag_warn(struct conf_diag *d, struct yaml_at at, struct str hint, const char *fmt,
               ...) PRINTF(4, 5);
/* About a whole file, or none: `file` may be empty. */
void diag_error_file(struct conf_diag *d, struct str file, const char *fmt, ...)
    PRINTF(3, 4);

/* Files are in the order in which they are first named, here or by an entry. */
void diag_file(struct conf_diag *d, struct str name);
/* No more errors are kept: skip what only makes a message nicer. */
bool diag_is_full(const struct conf_diag *d);

#endif
