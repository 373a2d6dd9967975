/*
 * The text of a strategy file with a draft of the next period in it: the new objectives
 * behind the others, and initiatives and teams naming the new key results. All else stays
 * byte for byte as people wrote it. Any thread; memory is the roll's arena.
 */
#ifndef CONFIG_ROLL_TEXT_H
#define CONFIG_ROLL_TEXT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/config.h"
#include "core/roll.h"

/* `file` is the only one of `r->s`, which was read from it. False: located errors in
   `d`, which say what to change. */
bool roll_text(struct roll *r, const struct strategy_file *file, struct conf_diag *d,
               struct buf *out) MUST_USE;
/* One of several files, after roll_write for another one: only what it names. */
bool roll_rest(struct roll *r, const struct strategy_file *file, struct conf_diag *d,
               struct buf *out) MUST_USE;

#endif
