/* The list of what was planted. */
#include "tests/company/inside.h"

#define DAY COMPANY_DAY
#define END COMPANY_LAST

enum { STALL_UNTIL = DAY(2026, 11, 13) };

/* ---- what holds for long ---- */

#define PLANTED(rule_, subject_, from_, until_, normal_, what_)                        \
    {                                                                                  \
        .rule = rule_, .subject = STR_INIT(subject_), .from = from_, .until = until_,  \
        .normal = normal_, .what = what_                                               \
    }
static const struct company_plant standing[] = {
    PLANTED("split-drift", "", DAY(2026, 2, 23), DAY(2026, 4, 24), false,
            "steady-noon takes what was little-waste's"),
    PLANTED("split-drift", "", DAY(2026, 11, 2), END, false,
            "easy-orders takes what was safe-plates'"),
    PLANTED("split-drift", "", DAY(2026, 1, 19), COMPANY_PROJECT_ADDED - 1, false,
            "supply's work on little-waste is not seen yet"),
    PLANTED("stalled-initiative", "plain-words", DAY(2026, 9, 7), STALL_UNTIL, false,
            "open items, and nothing moves"),
    PLANTED("uncovered-kr", "diet-coverage", DAY(2026, 7, 1), END, false,
            "what moved it is done"),
    PLANTED("uncovered-initiative", "bid-kit", DAY(2026, 10, 5), END, false,
            "active and without any work"),
    PLANTED("uncovered-initiative", "plate-scales", DAY(2025, 10, 6),
            COMPANY_PROJECT_ADDED - 1, false, "its work is in a project not followed"),
    PLANTED("missing-function", "label-scanner", DAY(2026, 5, 4), END, false,
            "needs supply, which has nothing in it"),
    PLANTED("kr-off-pace", "forecast-error", DAY(2026, 1, 1), DAY(2026, 6, 30), false,
            "less than half of what was expected"),
    PLANTED("kr-off-pace", "reminder-days", DAY(2026, 7, 1), DAY(2026, 9, 30), false,
            "does not move"),
    PLANTED("kr-off-pace", "order-letters", DAY(2026, 10, 1), END, false,
            "less than half of what was expected"),
    PLANTED("busy-but-flat", "invoice-clarity", DAY(2026, 7, 6), DAY(2026, 9, 30),
            false, "much work, and reminder-days does not move"),
    PLANTED("kr-stale", "paid-share", DAY(2026, 11, 6), END, false,
            "the last value is of 5 November or before"),
    PLANTED("kr-broken", "noon-uptime", DAY(2026, 3, 9), DAY(2026, 3, 22), false,
            "below its bound for two weeks"),
    PLANTED("kr-retargeted", "waste-per-meal", DAY(2026, 4, 27), DAY(2026, 4, 27),
            false, "105 to 110 in the last 40% of the period"),
    PLANTED("team-spread", "app", DAY(2026, 5, 11), DAY(2026, 7, 10), false,
            "works on eight initiatives of five objectives"),
    PLANTED("late-initiative", "subsidy-check", DAY(2026, 10, 1), END, false,
            "due on 30 September, with open items"),
    PLANTED("unmapped-effort", "ordering", DAY(2025, 10, 6), DAY(2025, 12, 12), false,
            "two fifths of its days are for nothing named"),
    PLANTED("stalled-initiative", "", DAY(2025, 12, 22), DAY(2026, 1, 6), true,
            "half of the company is away at Christmas"),
    PLANTED("stalled-initiative", "", DAY(2026, 12, 21), END, true,
            "half of the company is away at Christmas"),
    PLANTED("split-drift", "", DAY(2026, 1, 5), DAY(2026, 1, 16), true,
            "shares changed: ten working days"),
    PLANTED("split-drift", "", DAY(2026, 7, 1), DAY(2026, 7, 14), true,
            "shares changed: ten working days"),
    PLANTED("split-drift", "", DAY(2026, 10, 1), DAY(2026, 10, 14), true,
            "shares changed: ten working days"),
    PLANTED("kr-off-pace", "swap-minutes", DAY(2025, 7, 1), END, true,
            "pace: late, so nothing is expected before half-time"),
    PLANTED("kr-off-pace", "setup-days", DAY(2026, 10, 1), END, true,
            "expected to move after 19 October only"),
    PLANTED("kr-stale", "waste-per-meal", DAY(2025, 7, 1), END, true,
            "asked for every 28 days"),
    PLANTED("team-spread", "ordering", DAY(2026, 3, 2), DAY(2026, 7, 6), true,
            "twelve tickets in one person's name are parked"),
    PLANTED("unknown-link", "menu-planner", DAY(2026, 7, 1), END, true,
            "items still name week-planner as it was called"),
    PLANTED("stalled-initiative", "diet-profiles", DAY(2026, 7, 1), END, true,
            "it is done"),
    PLANTED("stalled-initiative", "group-orders", DAY(2026, 10, 1), END, true,
            "it is paused"),
};

bool plants_hold(enum saga saga, int64_t day)
{
    return saga == PLAIN_WORDS && day >= DAY(2026, 8, 28) && day <= STALL_UNTIL;
}

bool plants_block(enum team_index team, int objective, int64_t day)
{
    enum { SAFE_PLATES, LITTLE_WASTE, EASY_ORDERS, PAID_ON_TIME, STEADY_NOON };

    if (day >= DAY(2026, 2, 23) && day <= DAY(2026, 4, 24))
        return (team == KITCHEN || team == PLATFORM || team == APP) &&
               objective != STEADY_NOON;
    if (day >= DAY(2026, 11, 2))
        return (team == APP || team == ORDERING)
                   ? objective != EASY_ORDERS
                   : team == KITCHEN && objective == SAFE_PLATES;
    return false;
}

void plant_add(struct company *c, const struct company_plant *p)
{
    struct company_plant *n =
        arena_grow(c->a, &c->plants, &c->n_plants, &c->cap_plants, sizeof *n);

    if (n == NULL)
        c->failed = true;
    else
        *n = *p;
}

void plant_item(struct company *c, const char *rule, int thing, int64_t from,
                int64_t until, bool normal, const char *what)
{
    const struct company_item it = company_item_at(c, (size_t)thing, END, c->a);

    plant_add(c, &(struct company_plant){rule, it.key, from, until, normal, what});
}

void plants_day(struct company *c)
{
    overs_day(c);
    strays_day(c);
    slips_day(c);
    incidents_day(c);
}

void plants_end(struct company *c)
{
    for (size_t i = 0; i < ARRAY_LEN(standing); i++)
        plant_add(c, &standing[i]);
    strays_end(c);
    slips_end(c);
    overs_end(c);
    waits_end(c);
}
