/* What teams cut their work into. */
#include "tests/company/inside.h"

enum { BUGS_WAITING = 14, CHILDREN_WAITING = 60 };

bool service_runs(const struct service *s, int64_t day)
{
    return day >= s->from && (s->until == 0 || day <= s->until);
}

static bool is_served(enum team_index team, enum saga saga, int64_t day)
{
    for (size_t i = 0; i < n_services; i++) {
        if (services[i].team == team && services[i].saga == saga &&
            service_runs(&services[i], day))
            return true;
    }
    return false;
}

static enum company_source source_of(int scope)
{
    return scope_casts[scope].source;
}

/* ---- how it is linked ---- */

static bool method_fits(enum method m, enum company_source source)
{
    switch (m) {
    case BY_FIELD:
    case BY_COMPONENT:
    case BY_FIX_VERSION:
    case BY_LINK:
        return source == COMPANY_JIRA;
    case BY_MILESTONE:
        return source == COMPANY_GITHUB;
    case BY_LABEL:
    case BY_REFERENCE:
    case BY_OWN_LABEL:
        return true;
    case BY_REPO: /* where the epic is put says so */
    case BY_TYPE: /* its children say so */
    case BY_TRACKER:
    case BY_NOTHING:
        break;
    }
    return false;
}

static enum method method_choose(struct company *c, enum saga saga, int scope)
{
    const struct saga_cast *cast = &saga_casts[saga];
    enum method extra = cast->extra == BY_TRACKER ? BY_LINK : cast->extra;
    bool fits = method_fits(extra, source_of(scope)) &&
                (extra != BY_LINK || source_of(cast->tracker_scope) == COMPANY_JIRA);

    if (scope == REPO_INFRA)
        return BY_REPO;
    if (fits && random_is(&c->random, 55))
        return extra;
    return random_is(&c->random, 75) ? BY_LABEL : BY_REFERENCE;
}

void epic_link(struct company *c, int thing, enum method method)
{
    struct thing *t = thing_of(c, thing);

    t->method = method;
    rev_last(t)->marks |= MARKED_LINK;
}

/* ---- epics ---- */

static struct epic *epic_new(struct company *c, enum team_index team, enum saga saga)
{
    struct epic *ep = &c->epics[c->n_epics];

    if (c->n_epics == EPICS_MAX - 1)
        c->failed = true;
    else
        c->n_epics++;
    *ep = (struct epic){.thing = -1, .team = team, .saga = saga};
    return ep;
}

static int child_size(struct company *c)
{
    return 80 + random_below(&c->random, 235) + random_below(&c->random, 235);
}

static const char *child_type(struct company *c, const struct epic *ep, int scope)
{
    if (source_of(scope) == COMPANY_JIRA)
        return random_is(&c->random, 70) ? "Story" : "Task";
    if (ep->saga == LOAD_REHEARSAL && random_is(&c->random, 30))
        return "Rehearsal";
    return random_is(&c->random, 50) ? "Task" : "";
}

static void child_title(struct company *c, struct epic *ep, struct thing *t)
{
    if (ep->templated)
        t->title = arena_printf(
            c->a,
            "Set up kitchen %03d: printer setup, till enrolment, plan of the rooms",
            100 + ep->created);
    else
        t->title = text_title(c, t->about, false);
}

int epic_add_child(struct company *c, int epic)
{
    struct epic *ep = &c->epics[epic];
    int scope =
        ep->thing < 0 ? team_scopes[ep->team] : rev_last(thing_of(c, ep->thing))->scope;
    int i = ep->n_waiting < CHILDREN_WAITING
                ? thing_add(c, ep->team, scope, ep->saga, ep->thing)
                : -1;
    struct thing *t;

    if (i < 0)
        return -1;
    t = thing_of(c, i);
    t->epic = epic;
    t->about = ep->thing < 0 ? NO_SAGA : thing_of(c, ep->thing)->about;
    t->type = child_type(c, ep, scope);
    t->left = child_size(c);
    child_title(c, ep, t);
    if (t->type[0] == 'R')
        epic_link(c, i, BY_TYPE);
    ep->waiting[ep->n_waiting++] = i;
    ep->created++;
    return i;
}

static int epic_thing(struct company *c, enum team_index team, enum saga saga,
                      enum saga about)
{
    int scope = saga == QUIET_RELEASES && random_is(&c->random, 60) ? REPO_INFRA
                                                                    : team_scopes[team];
    int i = thing_add(c, team, scope, saga, -1);
    struct thing *t;

    if (i < 0)
        return -1;
    t = thing_of(c, i);
    t->level = ITEM_LEVEL_EPIC;
    t->type = "Epic";
    t->about = about;
    t->title = text_epic_title(c, about);
    t->excerpt = text_excerpt(c, about);
    return i;
}

int epic_open(struct company *c, enum team_index team, enum saga saga, int planned)
{
    int i = epic_thing(c, team, saga, saga), first = random_between(&c->random, 2, 5);
    struct epic *ep = epic_new(c, team, saga);

    if (i < 0)
        return -1;
    ep->thing = i;
    ep->planned = planned;
    thing_of(c, i)->epic = (int)(ep - c->epics);
    if (saga != NO_SAGA)
        epic_link(c, i, method_choose(c, saga, rev_last(thing_of(c, i))->scope));
    for (int k = 0; k < first && k < planned; k++)
        (void)epic_add_child(c, (int)(ep - c->epics));
    return (int)(ep - c->epics);
}

/* The items that the strategy lists; there from the beginning. */
static void open_anchors(struct company *c)
{
    for (int s = 0; s < SAGA_COUNT; s++) {
        const struct saga_cast *cast = &saga_casts[s];
        int epic;

        if (cast->extra != BY_TRACKER)
            continue;
        for (int t = 0; t < TEAMS; t++) {
            if (team_scopes[t] != cast->tracker_scope)
                continue;
            epic = epic_open(c, (enum team_index)t, (enum saga)s, 14);
            if (epic < 0)
                return;
            epic_link(c, c->epics[epic].thing, BY_TRACKER);
            rev_last(thing_of(c, c->epics[epic].thing))->number = cast->tracker_number;
        }
    }
}

/* ---- what is begun next ---- */

static int take(struct epic *ep)
{
    int i = ep->waiting[0];

    ep->n_waiting--;
    for (int k = 0; k < ep->n_waiting; k++)
        ep->waiting[k] = ep->waiting[k + 1];
    return i;
}

static bool has_work(const struct epic *ep)
{
    return !ep->closed && (ep->n_waiting > 0 || ep->created < ep->planned);
}

static int epic_with_work(const struct company *c, enum team_index team, enum saga saga)
{
    for (int i = TEAMS * 2; i < c->n_epics; i++) {
        const struct epic *ep = &c->epics[i];

        if (ep->team == team && ep->saga == saga && has_work(ep))
            return i;
    }
    return -1;
}

/* The first of epics[] are none: a team's bugs, and what is under no epic. */
static int pool_of(enum team_index team, enum saga saga)
{
    return saga == KTLO ? (int)team : TEAMS + (int)team;
}

static void add_bug(struct company *c, enum team_index team)
{
    int i = epic_add_child(c, pool_of(team, KTLO));
    struct thing *t;

    if (i < 0)
        return;
    t = thing_of(c, i);
    t->bug = true;
    t->about = KTLO;
    t->type = source_of(rev_last(t)->scope) == COMPANY_JIRA ? "Bug" : "";
    t->title = text_title(c, KTLO, true);
}

static int add_loose(struct company *c, enum team_index team)
{
    int i = epic_add_child(c, pool_of(team, NO_SAGA));

    if (i >= 0 && team == ORDERING && c->day < COMPANY_QUERY_NARROWED &&
        random_is(&c->random, 20))
        thing_of(c, i)->old_counter = true;
    return i;
}

/* A story that says itself what it is for. */
static int add_alone(struct company *c, enum team_index team, enum saga saga)
{
    int i = epic_add_child(c, pool_of(team, NO_SAGA));
    struct thing *t;

    if (i < 0)
        return -1;
    t = thing_of(c, i);
    t->saga = t->about = saga;
    t->title = text_title(c, saga, false);
    epic_link(c, i, BY_LABEL);
    c->epics[pool_of(team, NO_SAGA)].n_waiting--;
    return i;
}

int epics_take(struct company *c, enum team_index team, enum saga saga)
{
    int epic = saga == KTLO ? pool_of(team, KTLO) : epic_with_work(c, team, saga);

    if (saga >= 0 && saga < KTLO && random_is(&c->random, 4))
        return add_alone(c, team, saga);
    if (saga == NO_SAGA && (epic < 0 || random_is(&c->random, 50)))
        epic = pool_of(team, NO_SAGA);
    else if (epic < 0)
        epic = epic_open(c, team, saga, random_between(&c->random, 7, 15));
    if (epic < 0)
        return -1;
    if (c->epics[epic].n_waiting == 0) {
        if (saga == KTLO)
            add_bug(c, team);
        else if (epic == pool_of(team, NO_SAGA))
            (void)add_loose(c, team);
        else
            (void)epic_add_child(c, epic);
    }
    return c->epics[epic].n_waiting > 0 ? take(&c->epics[epic]) : -1;
}

/* ---- what happens to an epic by its children ---- */

void epics_started(struct company *c, int thing)
{
    int epic = thing_of(c, thing)->epic;
    struct epic *ep;

    if (epic < 0)
        return;
    ep = &c->epics[epic];
    ep->n_doing++;
    if (ep->thing >= 0 && thing_category(c, ep->thing) == ITEM_TODO &&
        thing_is_free(c, ep->thing))
        thing_start(c, ep->thing, team_lead(c, ep->team));
}

void epics_ended(struct company *c, int thing)
{
    int epic = thing_of(c, thing)->epic;

    if (epic < 0)
        return;
    c->epics[epic].n_doing--;
    if (thing_category(c, thing) == ITEM_TODO &&
        c->epics[epic].n_waiting < CHILDREN_WAITING)
        c->epics[epic].waiting[c->epics[epic].n_waiting++] = thing;
}

void epics_forget(struct company *c, int thing)
{
    int epic = thing_of(c, thing)->epic, n = 0;
    struct epic *ep;

    if (epic < 0)
        return;
    ep = &c->epics[epic];
    for (int k = 0; k < ep->n_waiting; k++) {
        if (ep->waiting[k] != thing)
            ep->waiting[n++] = ep->waiting[k];
    }
    ep->n_waiting = n;
}

/* ---- a day ---- */

static void drop_waiting(struct company *c, struct epic *ep)
{
    int n = 0;

    for (int k = 0; k < ep->n_waiting; k++) {
        if (thing_is_free(c, ep->waiting[k]))
            thing_close(c, ep->waiting[k], ITEM_DISCARDED);
        else
            ep->waiting[n++] = ep->waiting[k];
    }
    ep->n_waiting = n;
}

static void epic_day(struct company *c, struct epic *ep)
{
    bool wanted = ep->saga == NO_SAGA || is_served(ep->team, ep->saga, c->day);

    if (ep->closed || plants_hold(ep->saga, c->day))
        return;
    /* What is planned for later waits for its time. */
    if (!wanted && thing_category(c, ep->thing) == ITEM_TODO)
        return;
    if (!wanted)
        drop_waiting(c, ep);
    else if (ep->created < ep->planned && random_is(&c->random, 12))
        (void)epic_add_child(c, (int)(ep - c->epics));
    if (ep->n_waiting == 0 && ep->n_doing == 0 &&
        (!wanted || ep->created >= ep->planned) && thing_is_free(c, ep->thing)) {
        thing_close(c, ep->thing, ITEM_COMPLETED);
        ep->closed = true;
    }
}

void epics_day(struct company *c)
{
    if (c->n_epics == 0) {
        for (int i = 0; i < TEAMS * 2; i++)
            (void)epic_new(c, (enum team_index)(i % TEAMS), i < TEAMS ? KTLO : NO_SAGA);
        open_anchors(c);
    }
    for (int t = 0; t < TEAMS; t++) {
        if (c->epics[pool_of((enum team_index)t, KTLO)].n_waiting < BUGS_WAITING &&
            random_is(&c->random, 42))
            add_bug(c, (enum team_index)t);
    }
    for (int i = TEAMS * 2; i < c->n_epics; i++)
        epic_day(c, &c->epics[i]);
}
