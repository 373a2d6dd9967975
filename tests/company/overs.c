/* Initiatives that are over: nothing of them stays open, but for what is planted. */
#include "tests/company/inside.h"

#define DAY COMPANY_DAY
#define END COMPANY_LAST

enum { KEPT_FROM = 14 }; /* days before */

struct over {
    int64_t day;
    enum saga saga;
    int team; /* TEAMS: of all */
    int kept; /* so many epics stay open all the same, of `keeper` */
    enum team_index keeper;
};
static const struct over overs[] = {
    {DAY(2026, 1, 5), PAPER_FORMS, TEAMS, 2, ORDERING},
    {DAY(2026, 4, 27), ALLERGEN_CARDS, TEAMS, 0},
    {DAY(2026, 4, 27), DIRECT_DEBIT, TEAMS, 0},
    {DAY(2026, 7, 1), DIET_PROFILES, TEAMS, 0},
    {DAY(2026, 7, 1), PLATE_SCALES, TEAMS, 0},
    {DAY(2026, 7, 1), PARENT_APP, TEAMS, 0},
    {DAY(2026, 7, 1), LEFTOVER_MARKET, TEAMS, 1, KITCHEN},
    {DAY(2026, 7, 10), LABEL_SCANNER, APP, 0},
    {DAY(2026, 7, 10), WEEK_PLANNER, APP, 0},
    {DAY(2026, 7, 10), DEMAND_FORECAST, APP, 0},
    {DAY(2026, 7, 10), GENTLE_REMINDERS, APP, 0},
    {DAY(2026, 7, 10), OFFLINE_TILL, APP, 0},
    {DAY(2026, 10, 1), REPEAT_ORDERS, TEAMS, 0},
    {DAY(2026, 10, 1), GENTLE_REMINDERS, TEAMS, 0},
};

static bool is_of(struct company *c, const struct thing *t, const struct over *o)
{
    int parent = t->revs[t->n - 1].parent;
    bool is =
        t->saga == o->saga || (parent >= 0 && thing_of(c, parent)->saga == o->saga);

    return is && (o->team == TEAMS || t->team == (enum team_index)o->team);
}

static void sweep(struct company *c, const struct over *o)
{
    for (int i = 0; i < (int)c->n_things; i++) {
        struct thing *t = thing_of(c, i);
        enum item_category was = thing_category(c, i);

        if (t->forgotten || was == ITEM_DONE || !is_of(c, t, o))
            continue;
        thing_close(c, i, was == ITEM_TODO ? ITEM_DISCARDED : ITEM_COMPLETED);
        epics_forget(c, i);
        if (t->level == ITEM_LEVEL_EPIC)
            c->epics[t->epic].closed = true;
        else if (was == ITEM_IN_PROGRESS)
            epics_ended(c, i);
    }
}

/* Ones that nobody remembers when it is over. */
static void keep(struct company *c, const struct over *o)
{
    for (int i = 0; i < o->kept; i++) {
        int epic = epic_open(c, o->keeper, o->saga, 3);

        if (epic < 0)
            return;
        c->epics[epic].closed = true;
        thing_of(c, c->epics[epic].thing)->forgotten = true;
        for (int k = 0; k < c->epics[epic].n_waiting; k++)
            thing_of(c, c->epics[epic].waiting[k])->forgotten = true;
    }
}

/* What is paused goes back to the shelf. */
static void pause_trips(struct company *c)
{
    for (int i = 0; i < (int)c->n_things && c->day == DAY(2026, 10, 1); i++) {
        struct thing *t = thing_of(c, i);

        if (t->saga == GROUP_ORDERS && thing_category(c, i) == ITEM_IN_PROGRESS) {
            thing_put_back(c, i);
            c->epics[t->epic].closed = true;
        }
    }
}

void overs_day(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(overs); i++) {
        if (c->day == overs[i].day)
            sweep(c, &overs[i]);
        if (c->day == overs[i].day - KEPT_FROM)
            keep(c, &overs[i]);
    }
    pause_trips(c);
}

void overs_end(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(overs); i++) {
        for (int k = 0; overs[i].kept > 0 && k < (int)c->n_things; k++) {
            const struct thing *t = thing_of(c, k);

            if (t->saga == overs[i].saga && t->forgotten && t->level == ITEM_LEVEL_EPIC)
                plant_item(c, "retired-link", k, overs[i].day, END, false,
                           "open, and its initiative is over");
        }
    }
}
