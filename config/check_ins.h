/*
 * The check-ins file beside the strategy: a header line with kr, date and value, in any
 * order, and if need be confidence, note and by; then one line for each word about a
 * key result. A line that cannot be taken is a located error and skips itself alone;
 * a file that cannot (no header, too large, not UTF-8) is told as a whole.
 *
 * Thread: any, not the loop. Rows live in the arena given.
 */
#ifndef CONFIG_CHECK_INS_H
#define CONFIG_CHECK_INS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "config/config.h"
#include "core/checkin.h"

struct check_ins {
    struct checkin_line *v; /* by key result and day; of a day the last line */
    size_t n;
};

/* False: nothing is known of what it says. `name` is what errors call it. */
bool check_ins_read(const struct strategy *s, struct str name, struct str text,
                    struct date today, struct arena *a, struct conf_diag *d,
                    struct check_ins *ret) MUST_USE;
/* The one that the strategy names, from the disk; a strategy without one has no rows.
 */
bool check_ins_load(const struct strategy *s, struct date today, struct arena *a,
                    struct conf_diag *d, struct check_ins *ret);

#endif
