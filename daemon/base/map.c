#include "base/map.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"

/*
 * Entries stand in one dense array in the order they came; a table of slots,
 * each 0 or an entry's index + 1, is probed linearly. Nothing is ever removed.
 */
struct entry {
    struct str key; /* borrowed: the caller, until map_destroy */
    void *value;    /* borrowed */
    uint64_t hash;
};

struct map {
    struct entry *entries; /* owned */
    uint32_t *slots;       /* owned; a power of two, twice the entries or more */
    size_t count, cap, slot_count;
};

enum { FIRST_ENTRIES = 8 };

static uint64_t seed;
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void seed_draw(void)
{
    uint64_t drawn;

    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) == (ssize_t)sizeof drawn) {
        seed = drawn;
        return;
    }
    /* Early in boot there is no entropy yet. What differs between processes must
     * do: waiting could hold up the start, and order never depends on the seed. */
    uint64_t parts[] = {
        (uint64_t)clock_wall(clock_system()).ms,
        (uint64_t)clock_mono(clock_system()).ms,
        (uint64_t)(uintptr_t)&drawn,
        (uint64_t)(uintptr_t)&seed,
    };

    seed = hash64(parts, sizeof parts, 0);
}

static uint64_t hash_of(struct str key)
{
    return hash64(key.p, key.n, seed);
}

struct map *map_create(void)
{
    if (pthread_once(&seed_once, seed_draw) != 0) {
        return NULL;
    }
    return calloc(1, sizeof(struct map));
}

void map_destroy(struct map *m)
{
    if (m != NULL) {
        free(m->entries);
        free(m->slots);
        free(m);
    }
}

/* The slot that holds `key`, or the free one where it belongs. */
static size_t probe(const struct map *m, struct str key, uint64_t hash)
{
    size_t mask = m->slot_count - 1;
    size_t at = (size_t)hash & mask;

    while (m->slots[at] != 0) {
        const struct entry *e = &m->entries[m->slots[at] - 1];

        if (e->hash == hash && str_eq(e->key, key)) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

static struct entry *find(const struct map *m, struct str key, uint64_t hash)
{
    if (m->count == 0) {
        return NULL;
    }
    uint32_t i = m->slots[probe(m, key, hash)];

    return i != 0 ? &m->entries[i - 1] : NULL;
}

static bool grow(struct map *m)
{
    size_t cap = m->cap == 0 ? FIRST_ENTRIES : m->cap * 2;
    size_t slot_count = cap * 2;

    if (cap > UINT32_MAX / 2 || cap > SIZE_MAX / sizeof *m->entries) {
        return false;
    }
    uint32_t *slots = calloc(slot_count, sizeof *slots);

    if (slots == NULL) {
        return false;
    }
    struct entry *entries = realloc(m->entries, cap * sizeof *entries);

    if (entries == NULL) {
        free(slots);
        return false;
    }
    assert(m->count == 0 || m->entries != NULL);
    for (size_t i = 0; i < m->count; i++) {
        size_t at = (size_t)entries[i].hash & (slot_count - 1);

        while (slots[at] != 0) {
            at = (at + 1) & (slot_count - 1);
        }
        slots[at] = (uint32_t)i + 1;
    }
    free(m->slots);
    m->slots = slots;
    m->slot_count = slot_count;
    m->entries = entries;
    m->cap = cap;
    return true;
}

static bool append(struct map *m, struct str key, uint64_t hash, void *value)
{
    if (m->count == m->cap && !grow(m)) {
        return false;
    }
    assert(m->entries != NULL);
    m->slots[probe(m, key, hash)] = (uint32_t)m->count + 1;
    m->entries[m->count++] = (struct entry){key, value, hash};
    return true;
}

void *map_get(const struct map *m, struct str key)
{
    const struct entry *e = find(m, key, hash_of(key));

    return e != NULL ? e->value : NULL;
}

bool map_set(struct map *m, struct str key, void *value)
{
    uint64_t hash = hash_of(key);
    struct entry *e = find(m, key, hash);

    if (e != NULL) {
        e->value = value;
        return true;
    }
    return append(m, key, hash, value);
}

bool map_add(struct map *m, struct str key, void *value, void **ret_old)
{
    uint64_t hash = hash_of(key);
    const struct entry *e = find(m, key, hash);

    if (e == NULL && !append(m, key, hash, value)) {
        return false;
    }
    *ret_old = e != NULL ? e->value : NULL;
    return true;
}

size_t map_count(const struct map *m)
{
    return m->count;
}

void map_at(const struct map *m, size_t i, struct str *ret_key, void **ret_value)
{
    *ret_key = m->entries[i].key;
    *ret_value = m->entries[i].value;
}
