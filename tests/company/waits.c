/*
 * Items that wait for another: links between what the history already holds, found when
 * it is over, so that nothing else of it changes.
 */
#include "tests/company/look.h"

#define DAY COMPANY_DAY
#define END COMPANY_LAST

/* In working days. Told after five; a link that is to be told stays for ten. */
enum { SOON = 4, LONG = 10 };

enum lasting {
    TO_BE_TOLD,
    FOR_LITTLE,   /* what is waited for is done soon */
    GIVEN_UP,     /* what waits is closed soon */
    AT_HOME,      /* of one team, for one initiative */
};
struct wait {
    int64_t day; /* about then, or later */
    enum team_index who, whom;
    enum lasting lasting;
    const char *what;
};
static const struct wait waits[] = {
    {DAY(2025, 9, 1), KITCHEN, ORDERING, TO_BE_TOLD, "waits for another team"},
    {DAY(2025, 12, 1), APP, PLATFORM, TO_BE_TOLD, "waits for another team"},
    {DAY(2026, 4, 13), PAYMENTS, ORDERING, TO_BE_TOLD, "waits for another team"},
    {DAY(2026, 9, 7), DIETS, APP, TO_BE_TOLD, "waits for another team"},
    {DAY(2025, 10, 6), ORDERING, PAYMENTS, FOR_LITTLE, "not for long: that is done"},
    {DAY(2026, 3, 2), PLATFORM, DIETS, FOR_LITTLE, "not for long: that is done"},
    {DAY(2025, 11, 3), PAYMENTS, KITCHEN, GIVEN_UP, "not for long: it is closed"},
    {DAY(2026, 6, 1), APP, DIETS, GIVEN_UP, "not for long: it is closed"},
    {DAY(2026, 2, 16), KITCHEN, KITCHEN, AT_HOME, "for the same team and initiative"},
    {DAY(2026, 10, 12), PLATFORM, PLATFORM, AT_HOME, "for the same team and initiative"},
};

/* ---- what may be linked ---- */

/* Where it stays, and everybody sees it. */
static bool is_plain(const struct thing *t, enum team_index team)
{
    if (t->team != team || t->level != ITEM_LEVEL_BASE || t->icebox || t->forgotten ||
        t->old_counter || t->waits_for >= 0 || t->waited_for)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        const struct rev *r = &t->revs[i];

        if (r->scope != team_scopes[team] || r->out ||
            r->at / COMPANY_DAY_MS < scope_casts[r->scope].from)
            return false;
    }
    return true;
}

/* The day on which it is done; after the last one: never. */
static int64_t done_on(const struct thing *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->revs[i].category == ITEM_DONE)
            return t->revs[i].at / COMPANY_DAY_MS;
    }
    return END + 1;
}

static int64_t after(const struct company *c, int64_t day, int n)
{
    while (n > 0)
        n -= company_is_working_day(c, ++day);
    return day;
}

static bool lasts(const struct company *c, const struct wait *w, int64_t from,
                  const struct thing *who, const struct thing *whom)
{
    int64_t first = done_on(who), second = done_on(whom);
    int64_t least = after(c, from, 1), soon = after(c, from, SOON),
            most = after(c, from, LONG);

    switch (w->lasting) {
    case TO_BE_TOLD:
        return first > most && second > most;
    case FOR_LITTLE:
        return second > least && second <= soon && first > most;
    case GIVEN_UP:
        return first > least && first <= soon && second > most;
    case AT_HOME:
        return first > most && second > most && who->saga == whom->saga;
    }
    return false;
}

/* ---- linking ---- */

/* When somebody next looks at it while it is open; 0: never. */
static int64_t seen_at(const struct thing *t, int64_t day)
{
    for (size_t i = 0; i < t->n && t->revs[i].category != ITEM_DONE; i++) {
        if (t->revs[i].at >= day * COMPANY_DAY_MS && !t->revs[i].bulk)
            return t->revs[i].at;
    }
    return 0;
}

static int partner_of(const struct company *c, const struct wait *w, size_t who,
                      int64_t at)
{
    for (size_t i = 0; i < c->n_things; i++) {
        const struct thing *t = &c->things[i];

        if (i != who && is_plain(t, w->whom) && t->revs[0].at < at &&
            lasts(c, w, at / COMPANY_DAY_MS, &c->things[who], t))
            return (int)i;
    }
    return -1;
}

static void plant(struct company *c, const struct wait *w, int who)
{
    struct thing *t = thing_of(c, who);
    int64_t from = t->waits_from / COMPANY_DAY_MS, first = done_on(t),
            second = done_on(thing_of(c, t->waits_for));
    int64_t until = first < second ? first - 1 : second - 1;

    if (w->lasting != TO_BE_TOLD) {
        plant_item(c, "collision", who, from, END, true, w->what);
        return;
    }
    plant_item(c, "collision", who, from, until, false, w->what);
    plant_item(c, "collision", t->waits_for, from, END, true, "it is waited for");
}

static bool link_one(struct company *c, const struct wait *w)
{
    for (size_t i = 0; i < c->n_things; i++) {
        struct thing *t = &c->things[i];
        int64_t at = is_plain(t, w->who) ? seen_at(t, w->day) : 0;
        int whom = at > 0 ? partner_of(c, w, i, at) : -1;

        if (whom < 0)
            continue;
        t->waits_for = whom;
        t->waits_from = at;
        c->things[whom].waited_for = true;
        plant(c, w, (int)i);
        return true;
    }
    return false;
}

void waits_end(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(waits) && !c->failed; i++)
        c->failed = !link_one(c, &waits[i]);
}
