/* Who works, and what is in their hands. */
#include "tests/company/inside.h"

enum { FULL_HANDS = 3 };

/* ---- who there is ---- */

static bool read_away(struct worker *p, struct str range)
{
    struct date from, to;

    if (range.n != 21 || p->n_away == AWAY_MAX ||
        !date_parse((struct str){range.p, 10}, &from) ||
        !date_parse(str_skip(range, 11), &to))
        return false;
    p->away[p->n_away][0] = date_to_days(from);
    p->away[p->n_away++][1] = date_to_days(to);
    return true;
}

static bool person_read(struct company *c, const struct worker *from_team,
                        const struct strategy *s, size_t i, struct err *e)
{
    struct worker *p = &c->people[c->n_people];
    const struct worker *q = from_team;

    *p = *q;
    p->id = s->people[i].id;
    p->jira = s->people[i].jira;
    p->github = s->people[i].github;
    p->fte = (int)(s->people[i].fte * 100 + 0.5);
    for (size_t k = 0; k < s->people[i].away.n; k++) {
        if (!read_away(p, s->people[i].away.v[k]))
            return err_set(e, ERR_CONFIG, "%s: absences of %.*s", COMPANY_PATH,
                           STR_FMT(p->id));
    }
    c->n_people++;
    return true;
}

/* People stand in the file in the order of their teams; the last team has no tracker.
 */
bool people_make(struct company *c, struct err *e)
{
    static const struct worker contractors[] = {
        {.github = STR_INIT("kestrel-dev"), .team = APP, .fte = 100},
        {.jira = STR_INIT("712020:00c0ffee-0001-4c1b-9e20-0000000000c1"),
         .team = ORDERING,
         .fte = 100},
    };
    const struct strategy *s = c->strategy;
    size_t next = 0;

    for (int t = 0; t < TEAMS; t++) {
        const struct worker blank = {.team = (enum team_index)t};

        for (int64_t k = 0; (size_t)t < s->n_teams && k < s->teams[t].people; k++) {
            if (next >= s->n_people || c->n_people >= PEOPLE_MAX - 2)
                return err_set(e, ERR_CONFIG, "%s has other people", COMPANY_PATH);
            if (!person_read(c, &blank, s, next++, e))
                return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(contractors); i++)
        c->people[c->n_people++] = contractors[i];
    return true;
}

bool worker_is_away(const struct worker *p, int64_t day)
{
    for (size_t i = 0; i < p->n_away; i++) {
        if (day >= p->away[i][0] && day <= p->away[i][1])
            return true;
    }
    return false;
}

int team_member(const struct company *c, enum team_index team, int nth)
{
    int n = 0;

    for (int i = 0; i < c->n_people; i++)
        n += c->people[i].team == team;
    nth %= n;
    for (int i = 0; i < c->n_people; i++) {
        if (c->people[i].team == team && nth-- == 0)
            return i;
    }
    return 0;
}

int team_lead(const struct company *c, enum team_index team)
{
    return team_member(c, team, 0);
}

/* ---- hands ---- */

void people_take(struct company *c, int person, int thing)
{
    struct worker *p = &c->people[person];

    if (p->n_hands < HANDS_MAX)
        p->hands[p->n_hands++] = thing;
    else
        c->failed = true;
}

void people_drop(struct company *c, int thing)
{
    for (int i = 0; i < c->n_people; i++) {
        struct worker *p = &c->people[i];
        size_t n = 0;

        for (size_t k = 0; k < p->n_hands; k++) {
            if (p->hands[k] != thing)
                p->hands[n++] = p->hands[k];
        }
        p->n_hands = n;
    }
}

/* ---- a day ---- */

static void hand_over(struct company *c, int thing)
{
    struct thing *t = thing_of(c, thing);
    int to = team_member(c, t->team, random_below(&c->random, 64));
    struct rev *r;

    if (c->people[to].n_hands >= FULL_HANDS || worker_is_away(&c->people[to], c->day) ||
        rev_last(t)->people[0] == to || rev_last(t)->people[1] == to)
        return;
    people_drop(c, thing);
    r = thing_change(c, thing);
    r->people[0] = to;
    r->people[1] = NOBODY;
    thing_of(c, thing)->changed_day = c->day;
    people_take(c, to, thing);
}

static void work_on(struct company *c, int thing, int hundredths)
{
    struct thing *t = thing_of(c, thing);
    bool old = rev_last(t)->at < (c->day - 4) * COMPANY_DAY_MS;

    t->left -= hundredths;
    if (t->left <= 0 && thing_is_free(c, thing)) {
        thing_close(c, thing,
                    random_is(&c->random, 93) ? ITEM_COMPLETED : ITEM_DISCARDED);
        epics_ended(c, thing);
    } else if (old || random_is(&c->random, 18)) {
        thing_touch(c, thing);
    } else if (random_is(&c->random, 1) && thing_is_free(c, thing)) {
        hand_over(c, thing);
    }
}

/* Two who do one thing. */
static void join(struct company *c, int thing, int person)
{
    struct thing *t = thing_of(c, thing);
    int other = team_member(c, t->team, random_below(&c->random, 64));

    if (scope_casts[rev_last(t)->scope].source != COMPANY_GITHUB || other == person ||
        c->people[other].n_hands >= FULL_HANDS ||
        worker_is_away(&c->people[other], c->day) || !random_is(&c->random, 7))
        return;
    rev_last(t)->people[1] = other;
    people_take(c, other, thing);
}

static void begin(struct company *c, int person)
{
    enum team_index team = c->people[person].team;
    enum saga saga = choose(c, team);
    int i = epics_take(c, team, saga);

    if (i < 0)
        return;
    thing_start(c, i, person);
    people_take(c, person, i);
    join(c, i, person);
    choose_spent(c, thing_of(c, i), thing_of(c, i)->left);
    epics_started(c, i);
    if (saga >= 0 && saga < KTLO)
        c->last_start[team][saga] = c->day;
}

static void person_day(struct company *c, int person)
{
    struct worker *p = &c->people[person];
    int now[HANDS_MAX];
    size_t n = p->n_hands, want;

    for (size_t i = 0; i < n; i++)
        now[i] = p->hands[i];
    for (size_t i = 0; i < n; i++)
        work_on(c, now[i], p->fte / (int)n);
    want = 1 + (size_t)random_is(&c->random, 45);
    want += (size_t)random_is(&c->random, 8);
    while (p->n_hands < want) {
        size_t had = p->n_hands;

        begin(c, person);
        if (p->n_hands == had)
            break;
    }
}

void people_day(struct company *c)
{
    for (int i = 0; i < c->n_people; i++) {
        if (!worker_is_away(&c->people[i], c->day))
            person_day(c, i);
    }
}
