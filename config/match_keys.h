/*
 * `match` of strategy.yaml: how items are recognised. Globs in all lists but
 * `text`, which holds whole-word phrases and stands in not_doing only.
 */
#ifndef CONFIG_MATCH_KEYS_H
#define CONFIG_MATCH_KEYS_H

#include "config/bind.h"

extern const struct bind_table match_table;      /* struct match_spec */
extern const struct bind_table match_text_table; /* with `text` */

#endif
