/* What happens to one item. */
#include "tests/company/inside.h"

struct thing *thing_of(struct company *c, int i)
{
    return &c->things[i];
}

static int64_t time_after(struct company *c, int64_t at)
{
    int minute = 8 * 60 + random_below(&c->random, 300);
    int second = random_below(&c->random, 60);
    int64_t ms = c->day * COMPANY_DAY_MS + (minute * 60 + second) * INT64_C(1000);

    return ms > at ? ms : at + random_between(&c->random, 60, 600) * INT64_C(1000);
}

static struct rev *rev_add(struct company *c, struct thing *t)
{
    struct rev *r = arena_grow(c->a, &t->revs, &t->n, &t->cap, sizeof *r);

    c->failed |= r == NULL;
    return r;
}

struct rev *thing_change(struct company *c, int i)
{
    struct thing *t = thing_of(c, i);
    struct rev was = *rev_last(t), *r = rev_add(c, t);

    if (r == NULL)
        return &c->no_rev;
    *r = was;
    r->at = time_after(c, was.at);
    r->bulk = false;
    return r;
}

static int number_of(struct company *c, int scope)
{
    for (;;) {
        int n = ++c->next_number[scope];
        bool taken = false;

        for (int i = 0; i < SAGA_COUNT; i++)
            taken |= saga_casts[i].tracker_number == n &&
                     saga_casts[i].tracker_scope == scope;
        if (!taken)
            return n;
    }
}

int thing_add(struct company *c, enum team_index team, int scope, enum saga saga,
              int parent)
{
    struct thing *t =
        arena_grow(c->a, &c->things, &c->n_things, &c->cap_things, sizeof *t);
    int64_t after = 0;
    struct rev *r;

    if (t == NULL) {
        c->failed = true;
        return -1;
    }
    *t = (struct thing){
        .saga = saga, .about = saga, .method = BY_NOTHING, .team = team, .type = "",
        .waits_for = -1};
    t->reporter = team_member(c, team, random_below(&c->random, 64));
    r = rev_add(c, t);
    if (r == NULL)
        return -1;
    if (parent >= 0)
        after = rev_last(thing_of(c, parent))->at;
    *r = (struct rev){
        .at = time_after(c, after),
        .number = number_of(c, scope),
        .parent = parent,
        .people = {NOBODY, NOBODY},
        .scope = (uint8_t)scope,
        .category = ITEM_TODO,
        .outcome = ITEM_OPEN,
    };
    t->changed_day = -1;
    t->epic = -1;
    return (int)c->n_things - 1;
}

enum item_category thing_category(const struct company *c, int i)
{
    return (enum item_category)c->things[i].revs[c->things[i].n - 1].category;
}

bool thing_is_free(const struct company *c, int i)
{
    return c->things[i].changed_day != c->day;
}

void thing_start(struct company *c, int i, int person)
{
    struct rev *r = thing_change(c, i);

    r->category = ITEM_IN_PROGRESS;
    r->outcome = ITEM_OPEN;
    r->people[0] = person;
    r->people[1] = NOBODY;
    thing_of(c, i)->changed_day = c->day;
}

void thing_close(struct company *c, int i, enum item_outcome outcome)
{
    struct rev *r = thing_change(c, i);

    r->category = ITEM_DONE;
    r->outcome = (uint8_t)outcome;
    thing_of(c, i)->changed_day = c->day;
    people_drop(c, i);
}

void thing_put_back(struct company *c, int i)
{
    struct rev *r = thing_change(c, i);

    r->category = ITEM_TODO;
    r->people[0] = r->people[1] = NOBODY;
    thing_of(c, i)->changed_day = c->day;
    people_drop(c, i);
}

void thing_touch(struct company *c, int i)
{
    (void)thing_change(c, i);
}

void thing_mark(struct company *c, int i, unsigned add, unsigned drop)
{
    struct rev *r = thing_change(c, i);

    r->marks = (uint8_t)((r->marks | add) & ~drop);
}
