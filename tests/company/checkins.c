/* What was said of key results: on its course, with a little noise. */
#include "tests/company/inside.h"

enum {
    NOTHING_PAID_SINCE = COMPANY_DAY(2026, 11, 6),
    SETUP_BEGINS = COMPANY_DAY(2026, 10, 19),
    OUTAGE_FROM = COMPANY_DAY(2026, 3, 9),
    OUTAGE_UNTIL = COMPANY_DAY(2026, 3, 22),
};

/* Of the way from baseline to target, per mille, before noise. */
static int way(enum course course, const struct period *p, int64_t day)
{
    int all = (int)(p->to - p->from), gone = (int)(day - p->from) * 1000 / all;
    int after = (int)(p->to - SETUP_BEGINS);

    switch (course) {
    case ON_PACE:
        return gone;
    case LATE_BLOOM:
        return gone < 500 ? 0 : 2 * gone - 1000;
    case BEHIND:
        return gone * 45 / 100;
    case AFTER_START:
        return day < SETUP_BEGINS ? 0 : (int)(day - SETUP_BEGINS) * 1000 / after;
    case FLAT:
    case ALWAYS_KEPT:
    case NOT_YET:
        break;
    }
    return 0;
}

static int value_of(struct company *c, const struct kr_cast *kr, int64_t day)
{
    int p = period_at(day), noise = random_between(&c->random, -25, 25), at;

    if (kr->period[p].course == NOT_YET)
        return 0;
    if (kr->period[p].course == ALWAYS_KEPT)
        return day >= OUTAGE_FROM && day <= OUTAGE_UNTIL
                   ? 9970 - random_below(&c->random, 8)
                   : 9991 + random_below(&c->random, 9);
    at = way(kr->period[p].course, &periods[p], day);
    at += at == 0 ? 0 : noise;
    return kr->period[p].base + (kr->period[p].target - kr->period[p].base) * at / 1000;
}

static bool is_said(const struct company *c, const struct kr_cast *kr, int i,
                    int64_t day)
{
    const struct key_result *known;

    /* Each has its weekday; the first value is a week old when a period begins. */
    if ((day - COMPANY_FIRST - i) % kr->every != 0 || day < COMPANY_FIRST + i)
        return false;
    if (kr_casts[i].period[0].course == NOT_YET && day < version_days[VERSIONS - 1])
        return false;
    known = NULL;
    for (size_t k = 0; k < c->strategy->n_key_results; k++) {
        if (str_eqz(c->strategy->key_results[k].node.id, kr->id))
            known = &c->strategy->key_results[k];
    }
    return known != NULL &&
           !(str_eqz(known->node.id, "paid-share") && day >= NOTHING_PAID_SINCE);
}

static void say(struct company *c, int i, int64_t day)
{
    const struct kr_cast *kr = &kr_casts[i];
    struct company_checkin *ci =
        arena_grow(c->a, &c->checkins, &c->n_checkins, &c->cap_checkins, sizeof *ci);
    bool early = kr->former != NULL && day < version_days[1];
    const struct node *n;

    if (ci == NULL) {
        c->failed = true;
        return;
    }
    n = strategy_find(c->strategy, str_of(kr->id));
    ci->by = n->owner;
    ci->said.kr = str_of(early ? kr->former : kr->id);
    ci->said.day = date_from_days(day);
    ci->said.value = value_of(c, kr, day) / 100.0;
    ci->said.confidence = -1;
    if (random_is(&c->random, 60))
        ci->said.confidence = random_between(&c->random, 4, 9) * 10;
}

void checkins_make(struct company *c)
{
    for (int64_t day = COMPANY_FIRST; day <= COMPANY_LAST; day++) {
        for (int i = 0; i < KEY_RESULTS; i++) {
            if (is_said(c, &kr_casts[i], i, day))
                say(c, i, day);
        }
    }
}
