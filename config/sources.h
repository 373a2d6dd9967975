/*
 * The entries of alignd.yaml whose keys a connector brings along: `sources`
 * and `channels`. The value of `type` picks the connector; its rows and the
 * rows here bind the same mapping. Names are unique in each list.
 */
#ifndef CONFIG_SOURCES_H
#define CONFIG_SOURCES_H

#include "config/bind.h"

extern const struct bind_key source_rows[];       /* struct tracker_conf */
extern const struct conf_key source_epics_keys[]; /* its `epics` */
extern const struct bind_key channel_rows[];      /* struct chat_conf */

extern const struct bind_key value_rows[]; /* struct value_conf */

bind_fn sources_read, channels_read, values_read; /* `out` is struct conf */

#endif
