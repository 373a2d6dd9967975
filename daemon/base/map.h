/*
 * A hash table from byte strings to pointers, seeded per process against
 * chosen keys. Keys are borrowed and must outlive the map. One thread at a
 * time. Iteration order is insertion order, so output is deterministic.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct map;

struct map *map_create(void); /* NULL: out of memory */
void map_destroy(struct map *m);
void *map_get(const struct map *m, struct str key); /* NULL: absent */
/* False when out of memory. An existing key's value is replaced. */
bool map_set(struct map *m, struct str key, void *value) MUST_USE;
/*
 * Adds only when absent; *ret_old is the value that was there, else NULL.
 * False when out of memory.
 */
bool map_add(struct map *m, struct str key, void *value, void **ret_old) MUST_USE;
size_t map_count(const struct map *m);
/* i < map_count */
void map_at(const struct map *m, size_t i, struct str *ret_key, void **ret_value);

#endif
