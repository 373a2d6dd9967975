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
