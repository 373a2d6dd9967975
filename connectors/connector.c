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

bool feed_add_sighting(struct feed *f, struct str scope, struct str vid)
{
    struct sighting *s = arena_grow(f->a, &f->sightings, &f->n_sightings,
                                    &f->cap_sightings, sizeof *s);

    if (s != NULL)
        *s = (struct sighting){scope, vid};
    return s != NULL;
}

struct fate *feed_add_fate(struct feed *f, enum item_fate kind, struct str vid)
{
    struct fate *fate =
        arena_grow(f->a, &f->fates, &f->n_fates, &f->cap_fates, sizeof *fate);

    if (fate != NULL)
        *fate = (struct fate){.kind = kind, .vid = vid};
    return fate;
}

struct item_history *feed_add_history(struct feed *f, struct str vid)
{
    struct item_history *h = arena_grow(f->a, &f->histories, &f->n_histories,
                                        &f->cap_histories, sizeof *h);

    if (h != NULL)
        *h = (struct item_history){.vid = vid};
    return h;
}

struct item_blockers *feed_add_blockers(struct feed *f, struct str vid)
{
    struct item_blockers *b = arena_grow(f->a, &f->blockers, &f->n_blockers,
                                         &f->cap_blockers, sizeof *b);

    if (b != NULL)
        *b = (struct item_blockers){.vid = vid};
    return b;
}

bool feed_add_note(struct feed *f, const char *key, enum note_level level,
                   struct str text, struct str fix)
{
    struct tracker_note *n =
        arena_grow(f->a, &f->notes, &f->n_notes, &f->cap_notes, sizeof *n);

    if (n != NULL)
        *n = (struct tracker_note){str_of(key), level, text, fix};
    return n != NULL;
}
