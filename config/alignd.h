/*
 * The keys of alignd.yaml itself; conf_load and what belongs to it are in
 * config/config.h.
 */
#ifndef CONFIG_ALIGND_H
#define CONFIG_ALIGND_H

#include "config/bind.h"

extern const struct bind_key alignd_rows[]; /* struct conf */

#endif
