#include "connectors/connector.h"

void feed_init(struct feed *f, struct arena *a)
{
    *f = (struct feed){.a = a, .rate_limit = -1, .rate_remaining = -1};
}

struct item *feed_add_item(struct feed *f)
{
    return arena_grow(f->a, &f->items, &f->n_items, &f->cap_items, sizeof *f->items);
}

struct scope_event *feed_add_event(struct feed *f, enum scope_event_kind kind,
                                   struct str scope)
{
    struct scope_event *ev =
        arena_grow(f->a, &f->events, &f->n_events, &f->cap_events, sizeof *ev);

    if (ev != NULL) {
        ev->kind = kind;
        ev->scope = scope;
    }
    return ev;
}
