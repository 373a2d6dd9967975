#include <string.h>

#include "tests/conform/conform.h"

static bool has_item(const struct memory *m, const char *vid, uint64_t hash)
{
    for (size_t i = 0; i < m->n_items; i++) {
        if (strcmp(m->items[i].vid, vid) == 0) {
            return m->items[i].hash == hash;
        }
    }
    return false;
}

bool memory_same_items(const struct memory *a, const struct memory *b)
{
    for (size_t i = 0; i < a->n_items; i++) {
        if (!has_item(b, a->items[i].vid, a->items[i].hash)) {
            return false;
        }
    }
    return a->n_items == b->n_items;
}

const char *memory_cursor(const struct memory *m, const char *scope)
{
    for (size_t i = 0; i < m->n_scopes; i++) {
        if (strcmp(m->scopes[i].name, scope) == 0) {
            return m->scopes[i].cursor;
        }
    }
    return "";
}

/* Of both, by one member. */
static bool same(const struct memory *a, const struct memory *b,
                 uint64_t (*of)(const struct memory *m, size_t i))
{
    for (size_t i = 0; i < a->n_items; i++) {
        size_t k = 0;

        while (k < b->n_items && strcmp(a->items[i].vid, b->items[k].vid) != 0) {
            k++;
        }
        if ((k < b->n_items ? of(b, k) : 0) != of(a, i)) {
            return false;
        }
    }
    return true;
}

static uint64_t fate_of(const struct memory *m, size_t i)
{
    return m->items[i].fate;
}

static uint64_t history_of(const struct memory *m, size_t i)
{
    return m->items[i].history;
}

bool memory_same_fates(const struct memory *a, const struct memory *b)
{
    return same(a, b, fate_of) && same(b, a, fate_of);
}

/* What was put off is owed still; what was told is true. */
bool memory_blockers_agree(const struct memory *a, const struct memory *b)
{
    for (size_t i = 0; i < a->n_items; i++) {
        for (size_t k = 0; k < b->n_items; k++) {
            uint64_t x = a->items[i].blockers, y = b->items[k].blockers;

            if (x != y && x != 0 && y != 0 &&
                strcmp(a->items[i].vid, b->items[k].vid) == 0) {
                return false;
            }
        }
    }
    return true;
}

bool memory_same_histories(const struct memory *a, const struct memory *b)
{
    return same(a, b, history_of) && same(b, a, history_of);
}
