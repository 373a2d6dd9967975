/* What happens on one day. */
#include "tests/company/inside.h"

#define DAY COMPANY_DAY
#define END COMPANY_LAST

enum {
    HOARD_FROM = DAY(2026, 3, 2),
    HOARD_UNTIL = DAY(2026, 7, 6),
    STALL_SETTLES = DAY(2026, 9, 4),
    EPIC_MOVES = DAY(2026, 2, 9),
    BULK_EDIT = DAY(2026, 3, 12),
    TRANSFER = DAY(2026, 3, 18),
    TEMPLATES = DAY(2026, 5, 11),
};

static void hoard(struct company *c)
{
    int person = team_member(c, ORDERING, 3), begun = 0;

    if (c->day == HOARD_FROM - 4) {
        int epic = epic_open(c, ORDERING, KITCHEN_SETUP, 12);

        if (epic < 0)
            return;
        while (c->epics[epic].created < 12 && epic_add_child(c, epic) >= 0)
            continue;
        epic_link(c, c->epics[epic].thing, BY_LABEL);
        c->epics[epic].closed = true;
        for (int k = 0; k < c->epics[epic].n_waiting; k++)
            thing_of(c, c->epics[epic].waiting[k])->forgotten = true;
        c->epics[epic].n_waiting = 0;
    }
    for (int i = 0; i < (int)c->n_things && c->day >= HOARD_FROM && begun < 4; i++) {
        if (!thing_of(c, i)->forgotten || thing_category(c, i) != ITEM_TODO ||
            c->day > HOARD_FROM + 2)
            continue;
        thing_start(c, i, person);
        epics_started(c, i);
        begun++;
    }
    for (int i = 0, n = 0; i < (int)c->n_things && c->day == HOARD_UNTIL; i++) {
        if (!thing_of(c, i)->forgotten || rev_last(thing_of(c, i))->people[0] != person)
            continue;
        if (n++ % 4 == 3)
            thing_put_back(c, i);
        else
            thing_close(c, i, ITEM_DISCARDED);
    }
}

/* Something in progress whose assignee leaves it to nobody. */
static void forget(struct company *c)
{
    static const int64_t days[] = {
        DAY(2025, 9, 10), DAY(2025, 11, 5), DAY(2026, 1, 21),
        DAY(2026, 3, 25), DAY(2026, 5, 6),  DAY(2026, 6, 17),
        DAY(2026, 8, 12), DAY(2026, 10, 7), DAY(2026, 11, 18),
    };
    bool today = false;

    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        today |= c->day == days[i];
    for (int i = (int)c->n_things - 1; today && i >= 0; i--) {
        struct thing *t = thing_of(c, i);
        bool lasting = t->saga == WEEK_PLANNER || t->saga == SUBSIDY_CHECK ||
                       t->saga == KITCHEN_SETUP;
        struct rev *r;

        if (!lasting || t->level != ITEM_LEVEL_BASE || t->forgotten ||
            scope_casts[rev_last(t)->scope].source != COMPANY_JIRA ||
            thing_category(c, i) != ITEM_IN_PROGRESS || !thing_is_free(c, i))
            continue;
        r = thing_change(c, i);
        r->people[0] = r->people[1] = NOBODY;
        people_drop(c, i);
        thing_of(c, i)->forgotten = true;
        thing_of(c, i)->changed_day = c->day;
        return;
    }
}

/* Back to the shelf, before it is left alone. */
static void stall(struct company *c)
{
    for (int i = 0; i < (int)c->n_things && c->day == STALL_SETTLES; i++) {
        struct thing *t = thing_of(c, i);

        if (t->saga == PLAIN_WORDS && thing_category(c, i) == ITEM_IN_PROGRESS) {
            thing_put_back(c, i);
            if (t->level == ITEM_LEVEL_BASE)
                epics_ended(c, i);
        }
    }
    for (int i = TEAMS * 2; i < c->n_epics && c->day == STALL_SETTLES; i++) {
        struct epic *ep = &c->epics[i];

        while (ep->saga == PLAIN_WORDS && !ep->closed && ep->n_waiting < 4 &&
               epic_add_child(c, i) >= 0)
            continue;
    }
}

/* An epic and its children go to the project that was added. */
static void move_epic(struct company *c)
{
    int epic = -1;

    for (int i = TEAMS * 2; i < c->n_epics && c->day == EPIC_MOVES; i++) {
        const struct epic *ep = &c->epics[i];

        if (ep->team == KITCHEN && ep->saga == WEEK_PLANNER && !ep->closed &&
            c->things[ep->thing].method != BY_TRACKER)
            epic = i;
    }
    for (int i = 0; epic >= 0 && i < (int)c->n_things; i++) {
        int top = c->epics[epic].thing;
        struct rev *r;

        if (i != top && rev_last(thing_of(c, i))->parent != top)
            continue;
        r = thing_change(c, i);
        r->scope = SUP;
        r->number = ++c->next_number[SUP];
        if (i == top)
            plant_add(c, &(struct company_plant){
                             "unlinked-work", arena_printf(c->a, "SUP-%d", r->number),
                             EPIC_MOVES, END, true, "moved between projects"});
    }
}

static void transfer(struct company *c)
{
    int n = 0;

    for (int i = (int)c->n_things - 1; c->day == TRANSFER && i >= 0 && n < 3; i--) {
        struct rev *r = rev_last(thing_of(c, i));

        if (r->scope != REPO_APP || r->category != ITEM_TODO || !thing_of(c, i)->bug)
            continue;
        r = thing_change(c, i);
        r->scope = REPO_PLATFORM;
        r->number = ++c->next_number[REPO_PLATFORM];
        r->moves++;
        n++;
    }
}

/* Sixty items within one minute, by one hand. */
static void edit_in_bulk(struct company *c)
{
    int n = 0;

    for (int i = (int)c->n_things - 1; c->day == BULK_EDIT && i >= 0 && n < 60; i--) {
        struct rev *r = rev_last(thing_of(c, i));
        int64_t at = c->day * COMPANY_DAY_MS + (7 * 60 + 30) * INT64_C(60000);

        if (r->scope != ORD || r->category == ITEM_DONE || r->at >= at)
            continue;
        r = thing_change(c, i);
        r->at = at + n * 900;
        r->marks |= MARKED_BULK;
        r->bulk = true;
        n++;
    }
}

static void narrow(struct company *c)
{
    for (int i = 0; c->day == COMPANY_QUERY_NARROWED && i < (int)c->n_things; i++) {
        if (!thing_of(c, i)->old_counter || rev_last(thing_of(c, i))->out)
            continue;
        people_drop(c, i);
        thing_change(c, i)->out = true;
        thing_of(c, i)->changed_day = c->day;
        epics_forget(c, i);
    }
}

static void copy_templates(struct company *c)
{
    int epic = c->day == TEMPLATES ? epic_open(c, KITCHEN, KITCHEN_SETUP, 48) : -1;

    if (epic < 0)
        return;
    c->epics[epic].templated = true;
    while (c->epics[epic].created < 48 && epic_add_child(c, epic) >= 0)
        continue;
}

void incidents_day(struct company *c)
{
    hoard(c);
    forget(c);
    stall(c);
    move_epic(c);
    transfer(c);
    edit_in_bulk(c);
    narrow(c);
    copy_templates(c);
}
