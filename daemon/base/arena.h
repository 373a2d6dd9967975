/*
 * Memory freed as a whole. Three lifetimes use it: one arena for each loaded
 * configuration, one for each cycle or operation, one for each request.
 *
 * An arena is used by one thread at a time. Allocation is zeroed, aligned for
 * any type, and NULL when the ceiling is reached or memory is out; a failed
 * arena stays failed (arena_failed), so a run of allocations needs one check
 * only where each result is not dereferenced in between.
 *
 * The ceiling counts what was handed out, each piece rounded up to the
 * alignment; blocks may hold a quarter, and one block, more.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

struct arena;

struct arena *arena_create(size_t ceiling); /* NULL: out of memory */
void arena_destroy(struct arena *a);        /* NULL is fine */
/* Everything handed out is gone, and so is a failure; keeps the first block. */
void arena_reset(struct arena *a);
size_t arena_used(const struct arena *a);
bool arena_failed(const struct arena *a);

void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size); /* overflow-checked */
char *arena_strdup(struct arena *a, struct str s);         /* NUL-terminated */
struct str arena_str(struct arena *a, struct str s);       /* NUL follows; check arena_failed */
/* "" on failure; check arena_failed. */
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/*
 * Adds one to an arena-backed array, doubling it where it is full: the old
 * copy stays in the arena. `array` is the address of the pointer to the first
 * element (a `T **`), changed when the array moves. `*n` of `*cap` elements of
 * `size` bytes are in use; `*n` is counted up. Returns the new element, zeroed,
 * or NULL with all three unchanged.
 */
void *arena_grow(struct arena *a, void *array, size_t *n, size_t *cap, size_t size);

#endif
