/* What a team begins next, so that days go where they were planned to go. */
#include "tests/company/inside.h"

enum { UPKEEP, UNMAPPED, STRATEGIC };
enum {
    SERVICES_MAX = 16,
    LONGEST_PAUSE = 9,
    MEMORY = 95, /* percent of yesterday's */
    DRIFT_ENDS = COMPANY_DAY(2026, 4, 24),
    DAY = 100000, /* what `spent` counts in */
};

/* A new plan, or the end of a drift: nobody makes up for what was before. */
static bool is_new_leaf(int64_t day)
{
    bool is = day == DRIFT_ENDS;

    for (int i = 0; i < VERSIONS; i++)
        is |= day == version_days[i];
    return is;
}

void choose_day(struct company *c)
{
    for (int t = 0; t < TEAMS; t++) {
        for (int k = 0; k < 3; k++)
            c->spent[t][k] = c->spent[t][k] * MEMORY / 100;
    }
    for (int o = 0; o < OBJECTIVES; o++)
        c->objective_spent[o] =
            is_new_leaf(c->day) ? 0 : c->objective_spent[o] * MEMORY / 100;
}

void choose_spent(struct company *c, const struct thing *t, int hundredths)
{
    int kind = t->saga == KTLO ? UPKEEP : t->saga == NO_SAGA ? UNMAPPED : STRATEGIC;

    c->spent[t->team][kind] += hundredths * (DAY / 100);
    /* The plan is of what is seen. */
    if (kind == STRATEGIC && (t->team != SUPPLY || c->day >= COMPANY_PROJECT_ADDED))
        c->objective_spent[c->objective_of[t->saga]] += hundredths * (DAY / 100);
}

/* Percent. */
static int unmapped_share(enum team_index team, int64_t day)
{
    return team == ORDERING && day >= COMPANY_DAY(2025, 10, 6) &&
                   day <= COMPANY_DAY(2025, 12, 12)
               ? 42
               : 12;
}

static size_t services_of(const struct company *c, enum team_index team,
                          enum saga ret[SERVICES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < n_services && n < SERVICES_MAX; i++) {
        const struct service *s = &services[i];

        if (s->team == team && service_runs(s, c->day) && !plants_hold(s->saga, c->day))
            ret[n++] = s->saga;
    }
    return n;
}

/* How far the objective is behind its plan. */
static int64_t lack_of(const struct company *c, int objective)
{
    int64_t all = DAY;

    for (int o = 0; o < OBJECTIVES; o++)
        all += c->objective_spent[o];
    return c->share[version_index(c->day)][objective] * all / 1000 -
           c->objective_spent[objective];
}

static enum saga choose_of(struct company *c, enum team_index team, const enum saga *v,
                           size_t n)
{
    enum saga best = v[random_below(&c->random, (int)n)];
    int64_t most = INT64_MIN;
    /* Of what serves the same objective chance decides. */
    int first = random_below(&c->random, (int)n);

    for (size_t i = 0; i < n; i++) {
        enum saga s = v[((size_t)first + i) % n];
        int64_t lack = lack_of(c, c->objective_of[s]);

        if (plants_block(team, c->objective_of[s], c->day))
            continue;
        if (lack > most) {
            most = lack;
            best = s;
        }
    }
    return best;
}

/* Nothing that a team has on its hands rests for long. */
static enum saga choose_resting(struct company *c, enum team_index team,
                                const enum saga *v, size_t n)
{
    enum saga oldest = NO_SAGA;
    int64_t since = c->day - LONGEST_PAUSE;

    for (size_t i = 0; i < n; i++) {
        if (c->last_start[team][v[i]] < since) {
            since = c->last_start[team][v[i]];
            oldest = v[i];
        }
    }
    return oldest;
}

enum saga choose(struct company *c, enum team_index team)
{
    const int64_t *spent = c->spent[team];
    int64_t all = spent[UPKEEP] + spent[UNMAPPED] + spent[STRATEGIC] + DAY;
    int unmapped = unmapped_share(team, c->day);
    enum saga v[SERVICES_MAX], resting;
    size_t n = services_of(c, team, v);

    if (n == 0 || spent[UPKEEP] < all * 15 * (100 - unmapped) / 10000)
        return KTLO;
    if (spent[UNMAPPED] < all * unmapped / 100)
        return NO_SAGA;
    resting = choose_resting(c, team, v, n);
    if (resting != NO_SAGA)
        return resting;
    /* One that helps everybody; and invoices, of which everybody talks. */
    if (team == APP && c->day >= COMPANY_DAY(2026, 5, 11) &&
        c->day <= COMPANY_DAY(2026, 7, 10))
        return v[random_below(&c->random, (int)n)];
    if ((team == PAYMENTS || team == ORDERING) && c->day >= COMPANY_DAY(2026, 7, 6) &&
        c->day <= COMPANY_DAY(2026, 9, 30) &&
        random_is(&c->random, team == PAYMENTS ? 65 : 20))
        return INVOICE_CLARITY;
    return choose_of(c, team, v, n);
}
