/*
 * Ids for what is drafted from titles: "Multi-site NPS" -> multi-site-nps, once. Pure;
 * one thread for each map.
 */
#ifndef CONFIG_FRESH_ID_H
#define CONFIG_FRESH_ID_H

#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"

/* Of a-z, 0-9 and '-', and in no other use: `taken` learns it. Where nothing of the title
   is left it is made of `otherwise`. In the arena; empty: out of memory. */
struct str fresh_id(struct map *taken, struct arena *a, struct str title,
                    struct str otherwise);

#endif
