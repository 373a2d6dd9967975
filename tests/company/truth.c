/* What is true of the history. */
#include "tests/company/look.h"

enum { IDLE_AFTER = 10 }; /* working days */

size_t company_n_items(const struct company *c)
{
    return c->n_things;
}

/* Before `at`, by somebody who looked at it; 0: never. */
static int64_t touched(const struct thing *t, int64_t at)
{
    int64_t last = 0;

    for (size_t i = 0; i < t->n && t->revs[i].at <= at; i++) {
        if (!t->revs[i].bulk)
            last = t->revs[i].at;
    }
    return last;
}

static struct str team_of(const struct company *c, const struct rev *r)
{
    int team = PLATFORM; /* it has two repositories */

    for (int t = 0; t < TEAMS; t++) {
        if (team_scopes[t] == r->scope)
            team = t;
    }
    return c->strategy->teams[team].node.id;
}

struct company_item company_item_at(const struct company *c, size_t i, int64_t day,
                                    struct arena *a)
{
    const struct thing *t = &c->things[i];
    const struct rev *r = look_rev(t, look_end(day));
    struct company_item it = {.title = t->title, .level = t->level, .parent = -1};

    it.created.ms = t->revs[0].at;
    it.exists = r != NULL;
    it.in_view = look_in_view(r, day);
    if (t->about >= 0 && t->about < KTLO)
        it.about = saga_name(t->about, day);
    if (r == NULL)
        return it;
    it.source = scope_casts[r->scope].source;
    it.key = look_key(r, a);
    it.vid = look_vid(i, r, a);
    it.scope = str_of(scope_casts[r->scope].name);
    it.team = team_of(c, r);
    it.category = (enum item_category)r->category;
    it.outcome = (enum item_outcome)r->outcome;
    it.touched.ms = touched(t, look_end(day));
    it.parent = r->parent;
    it.node = look_node(c, i, day);
    return it;
}

/* ---- people ---- */

size_t company_n_people(const struct company *c)
{
    return (size_t)c->n_people;
}

struct company_person company_person(const struct company *c, size_t i)
{
    const struct worker *p = &c->people[i];

    return (struct company_person){p->id, p->jira, p->github,
                                   c->strategy->teams[p->team].node.id, p->fte};
}

bool company_is_away(const struct company *c, size_t person, int64_t day)
{
    return worker_is_away(&c->people[person], day);
}

bool company_is_working_day(const struct company *c, int64_t day)
{
    return calendar_is_working_day(&c->calendar, date_from_days(day));
}

/* ---- what was in progress ---- */

static struct str person_key(const struct company *c, int person)
{
    const struct worker *p = &c->people[person];

    return p->id.n > 0 ? p->id : p->jira.n > 0 ? p->jira : p->github;
}

static bool add_person(const struct company *c, struct arena *a, struct effort_work *w,
                       int person)
{
    struct str *v, key;

    if (person == NOBODY)
        return true;
    key = person_key(c, person);
    for (size_t i = 0; i < w->n_people; i++) {
        if (str_eq(w->people[i], key))
            return true;
    }
    v = arena_array(a, w->n_people + 1, sizeof *v);
    if (v == NULL)
        return false;
    for (size_t i = 0; i < w->n_people; i++)
        v[i] = w->people[i];
    v[w->n_people++] = key;
    w->people = v;
    return true;
}

/* *ret_active false: at no time of the day in progress and in view. */
static bool day_of(const struct company *c, const struct thing *t, int64_t day,
                   struct arena *a, struct effort_work *w, bool *ret_active)
{
    int64_t from = day * COMPANY_DAY_MS, to = from + COMPANY_DAY_MS - 1;

    *ret_active = false;
    for (size_t i = 0; i < t->n && t->revs[i].at <= to; i++) {
        const struct rev *r = &t->revs[i];

        if ((i + 1 < t->n && t->revs[i + 1].at < from) ||
            r->category != ITEM_IN_PROGRESS || !look_in_view(r, day))
            continue;
        *ret_active = true;
        for (int k = 0; w != NULL && k < 2; k++) {
            if (!add_person(c, a, w, r->people[k]))
                return false;
        }
    }
    return true;
}

static bool is_parked(const struct company *c, int64_t touched_at, int64_t day)
{
    const struct wall then = {touched_at}, begins = {day * COMPANY_DAY_MS};

    return touched_at < begins.ms &&
           calendar_days_between(&c->calendar, then, begins) >= IDLE_AFTER;
}

static bool fill(const struct company *c, size_t i, int64_t day, struct arena *a,
                 struct effort_work *w, struct company_work *more)
{
    const struct thing *t = &c->things[i];
    int64_t begins = day * COMPANY_DAY_MS;
    struct str *node = arena_alloc(a, sizeof *node);
    const struct rev *r = look_rev(t, look_end(day));

    if (node == NULL)
        return false;
    *more = (struct company_work){i, {touched(t, begins - 1)}, team_of(c, r)};
    /* What changes on the day itself is not parked on it. */
    w->parked = is_parked(c, touched(t, look_end(day)), day);
    w->item = (int64_t)i;
    *node = look_node(c, i, day);
    w->nodes = node;
    w->n_nodes = node->n > 0;
    return true;
}

bool company_work(const struct company *c, int64_t day, struct arena *a,
                  struct company_day_work *ret)
{
    bool *parents = arena_array(a, c->n_things + 1, sizeof *parents), active;
    size_t cap = 0, cap_more = 0, n_more = 0;

    *ret = (struct company_day_work){0};
    for (size_t i = 0; parents != NULL && i < c->n_things; i++) {
        struct effort_work w = {0};
        struct effort_work *slot;
        struct company_work *more;
        const struct rev *r;

        if (!day_of(c, &c->things[i], day, a, &w, &active))
            return false;
        if (!active)
            continue;
        slot = arena_grow(a, &ret->work, &ret->n, &cap, sizeof *slot);
        more = arena_grow(a, &ret->more, &n_more, &cap_more, sizeof *more);
        if (slot == NULL || more == NULL || !fill(c, i, day, a, &w, more))
            return false;
        *slot = w;
        r = look_rev(&c->things[i], look_end(day));
        if (r->parent >= 0)
            parents[r->parent] = true;
    }
    for (size_t i = 0; i < ret->n; i++)
        ret->work[i].has_active_child = parents[ret->more[i].item];
    return parents != NULL && !arena_failed(a);
}

bool company_effort(const struct company *c, int64_t day, struct arena *a,
                    struct effort_day *ret)
{
    struct effort_person *p = arena_array(a, (size_t)c->n_people, sizeof *p);
    struct company_day_work w;

    *ret = (struct effort_day){0};
    if (!company_is_working_day(c, day))
        return true;
    if (p == NULL || !company_work(c, day, a, &w))
        return false;
    for (int i = 0; i < c->n_people; i++) {
        p[i] = (struct effort_person){person_key(c, i), c->people[i].fte / 100.0,
                                      worker_is_away(&c->people[i], day)};
    }
    return effort_of_day(w.work, w.n, p, (size_t)c->n_people, a, ret);
}
