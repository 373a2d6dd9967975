/* Epics that are linked to nothing, or wrongly. */
#include "tests/company/inside.h"

#define DAY COMPANY_DAY
#define END COMPANY_LAST

/* ---- epics that are linked to nothing ---- */

struct stray {
    enum team_index team;
    enum saga about;
    int64_t from, linked; /* linked 0: never */
    unsigned marks;
    bool icebox;
    const char *what;
};
static const struct stray strays[] = {
    {KITCHEN, WEEK_PLANNER, DAY(2025, 8, 6), DAY(2025, 8, 27), 0, false, "linked late"},
    {ORDERING, REPEAT_ORDERS, DAY(2025, 10, 7), 0, 0, false, "never linked"},
    {ORDERING, NO_SAGA, DAY(2025, 10, 21), 0, 0, false,
     "about nothing of the strategy"},
    {PAYMENTS, DIRECT_DEBIT, DAY(2025, 11, 12), DAY(2026, 1, 14), 0, false,
     "linked late"},
    {APP, PARENT_APP, DAY(2025, 12, 3), 0, 0, false, "never linked"},
    {DIETS, DIET_PROFILES, DAY(2026, 1, 20), DAY(2026, 2, 24), 0, false, "linked late"},
    {PLATFORM, NO_SAGA, DAY(2026, 2, 11), 0, 0, false, "about nothing of the strategy"},
    {KITCHEN, KITCHEN_SETUP, DAY(2026, 3, 17), DAY(2026, 6, 9), 0, false,
     "linked late"},
    {SUPPLY, DEMAND_FORECAST, DAY(2026, 4, 8), 0, 0, false, "never linked"},
    {APP, SICK_CHILD, DAY(2026, 6, 2), DAY(2026, 6, 30), 0, false, "linked late"},
    {PAYMENTS, INVOICE_CLARITY, DAY(2026, 8, 19), 0, 0, false, "never linked"},
    {PLATFORM, OFFLINE_TILL, DAY(2026, 9, 15), DAY(2026, 10, 20), 0, false,
     "linked late"},
    {DIETS, SWAP_DISHES, DAY(2026, 11, 10), 0, 0, false, "never linked"},
    {ORDERING, SICK_CHILD, DAY(2026, 12, 8), 0, 0, false, "never linked"},
    {KITCHEN, NO_SAGA, DAY(2025, 9, 16), 0, MARKED_EXEMPT, false, "exempt by a label"},
    {PLATFORM, NO_SAGA, DAY(2026, 5, 19), 0, MARKED_EXEMPT, false, "exempt by a label"},
    {APP, NO_SAGA, DAY(2026, 12, 15), 0, MARKED_LATER, false, "put off for 30 days"},
    {KITCHEN, COLD_STORE, DAY(2026, 3, 4), 0, 0, true, "an idea"},
    {ORDERING, NO_SAGA, DAY(2026, 6, 10), 0, 0, true, "an idea"},
};

static void stray_open(struct company *c, const struct stray *s)
{
    bool rests = s->icebox || (s->marks & MARKED_LATER) != 0;
    int epic = epic_open(c, s->team, NO_SAGA, rests ? 0 : 8);
    struct thing *t;

    if (epic < 0)
        return;
    t = thing_of(c, c->epics[epic].thing);
    t->about = s->about;
    t->icebox = s->icebox;
    t->title = text_epic_title(c, s->about);
    t->excerpt = text_excerpt(c, s->about);
    rev_last(t)->marks |= (uint8_t)s->marks;
    c->epics[epic].closed = rests;
    for (int k = 0; k < c->epics[epic].n_waiting; k++) {
        struct thing *child = thing_of(c, c->epics[epic].waiting[k]);

        child->about = s->about;
        child->title = text_title(c, s->about, false);
    }
}

/* The one that `strays` opened on its day: the n-th epic of nothing. */
static int stray_epic(const struct company *c, const struct stray *s)
{
    for (int i = TEAMS * 2; i < c->n_epics; i++) {
        const struct epic *ep = &c->epics[i];

        if (ep->saga == NO_SAGA && ep->team == s->team &&
            c->things[ep->thing].revs[0].at / COMPANY_DAY_MS == s->from)
            return i;
    }
    return -1;
}

void strays_day(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(strays); i++) {
        const struct stray *s = &strays[i];
        int epic = c->day == s->linked ? stray_epic(c, s) : -1;

        if (c->day == s->from)
            stray_open(c, s);
        if (epic >= 0) {
            thing_mark(c, c->epics[epic].thing, MARKED_LINK, 0);
            thing_of(c, c->epics[epic].thing)->method = BY_LABEL;
            thing_of(c, c->epics[epic].thing)->saga = s->about;
        }
    }
}

void strays_end(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(strays); i++) {
        const struct stray *s = &strays[i];
        int epic = stray_epic(c, s);
        bool normal = s->icebox || s->marks != 0;
        int64_t until = s->linked != 0 ? s->linked - 1 : END;
        const struct rev *last;

        if (epic < 0) {
            c->failed = true;
            return;
        }
        last = rev_last(thing_of(c, c->epics[epic].thing));
        if (last->category == ITEM_DONE && last->at / COMPANY_DAY_MS <= until)
            until = last->at / COMPANY_DAY_MS - 1;
        plant_item(c, "unlinked-work", c->epics[epic].thing, s->from, until, normal,
                   s->what);
    }
}

/* ---- marks that are wrong ---- */

struct slip {
    int64_t day;
    enum team_index team;
    enum saga saga; /* NO_SAGA: an epic of its own */
    unsigned mark;
    const char *rule, *what;
};
static const struct slip slips[] = {
    {DAY(2025, 9, 3), ORDERING, NO_SAGA, MARKED_NOT_DOING, "not-doing", "by a label"},
    {DAY(2026, 2, 18), KITCHEN, NO_SAGA, MARKED_NOT_DOING, "not-doing", "by a label"},
    {DAY(2026, 8, 26), PAYMENTS, NO_SAGA, MARKED_NOT_DOING, "not-doing", "by a label"},
    {DAY(2025, 11, 19), APP, NO_SAGA, MARKED_UNKNOWN, "unknown-link", "misspelled"},
    {DAY(2026, 7, 15), PAYMENTS, NO_SAGA, MARKED_UNKNOWN, "unknown-link", "misspelled"},
    {DAY(2026, 11, 25), DIETS, NO_SAGA, MARKED_UNKNOWN, "unknown-link", "misspelled"},
    {DAY(2026, 1, 28), DIETS, DIET_PROFILES, MARKED_SECOND, "ambiguous-link",
     "the label says one, the body another"},
    {DAY(2026, 9, 23), PLATFORM, OFFLINE_TILL, MARKED_SECOND, "ambiguous-link",
     "the label says one, the body another"},
};

static void slip_make(struct company *c, const struct slip *s)
{
    int epic = epic_open(c, s->team, s->saga, 3);
    struct thing *t;

    if (epic < 0)
        return;
    t = thing_of(c, c->epics[epic].thing);
    if (s->saga == NO_SAGA)
        t->excerpt = text_excerpt(c, NO_SAGA);
    else
        epic_link(c, c->epics[epic].thing, BY_LABEL);
    rev_last(t)->marks |= (uint8_t)s->mark;
}

void slips_day(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
        if (c->day == slips[i].day)
            slip_make(c, &slips[i]);
    }
}

static int slip_thing(const struct company *c, const struct slip *s)
{
    for (size_t i = 0; i < c->n_things; i++) {
        const struct rev *r = &c->things[i].revs[0];

        if (r->at / COMPANY_DAY_MS == s->day && (r->marks & s->mark) != 0)
            return (int)i;
    }
    return -1;
}

void slips_end(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
        int t = slip_thing(c, &slips[i]);
        const struct rev *last;

        if (t < 0) {
            c->failed = true;
            return;
        }
        last = rev_last(thing_of(c, t));
        plant_item(c, slips[i].rule, t, slips[i].day,
                   last->category == ITEM_DONE ? last->at / COMPANY_DAY_MS - 1 : END,
                   false, slips[i].what);
    }
}
