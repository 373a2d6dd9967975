/*
 * The keys of strategy.yaml; strategy_load is in config/config.h.
 */
#ifndef CONFIG_STRATEGY_H
#define CONFIG_STRATEGY_H

#include "config/bind.h"

extern const struct bind_key strategy_rows[]; /* struct strategy */

/* strategy_load, where the value sources that `c` has are the only ones. */
struct strategy *strategy_load_beside(const struct conf *c, const char *path,
                                      struct conf_diag *d);

#endif
