/*
 * The `rules` of alignd.yaml: what every rule has, and each rule's own rows
 * from core's rule table.
 */
#ifndef CONFIG_RULES_H
#define CONFIG_RULES_H

#include "config/bind.h"

extern const struct conf_key rule_keys[]; /* struct rule_conf */

bind_fn rules_read; /* `out` is struct conf */
/* One rule_conf for each rule, with its defaults; NULL: out of memory. */
const struct rule_conf *rules_defaults(struct binder *b);

#endif
