/*
 * The `routes` of alignd.yaml: a tree that says which finding goes where. What
 * names channels and sources is checked after all of the file is bound.
 */
#ifndef CONFIG_ROUTES_H
#define CONFIG_ROUTES_H

#include "config/bind.h"

enum { ROUTE_DEPTH_MAX = 8 }; /* route_hit.path */

extern const struct bind_key route_rows[];
extern const struct bind_table route_table; /* struct route */

/* Working hours or always; keeps the zone. False, reported: neither. */
bool hours_read(struct binder *b, const struct yaml_node *value,
                const struct place *where, const char *key, struct calendar *ret);

/*
 * Channels and sources that routes name exist, every route has a channel, the
 * tree is no deeper than routing can say. `root` is what `c` was bound from. Also gives
 * every route the zone of the configuration.
 */
void routes_check(struct binder *b, const struct yaml_node *root, struct conf *c);

#endif
