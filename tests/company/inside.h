/*
 * Private to tests/company: a history while it is made and after. Only company_create
 * and what it calls change it.
 */
#ifndef TESTS_COMPANY_INSIDE_H
#define TESTS_COMPANY_INSIDE_H

#include "tests/company/cast.h"
#include "tests/company/random.h"

enum {
    /* When the making begins, so that the first day finds people at work. */
    PROLOGUE = COMPANY_FIRST - 70,
    PEOPLE_MAX = 64,
    AWAY_MAX = 8,
    HANDS_MAX = 24, /* items in one person's hands */
    EPICS_MAX = 600,
    NOBODY = -1,
};

/* Marks beside the link. */
enum {
    MARKED_LINK = 1,   /* the link's own mark is there */
    MARKED_EXEMPT = 2, /* strategy:none */
    MARKED_LATER = 4,  /* strategy:later */
    MARKED_NOT_DOING = 8,
    MARKED_UNKNOWN = 16, /* initiative:ID, misspelled */
    MARKED_SECOND = 32,  /* a reference to another initiative than the label */
    MARKED_BULK = 64,    /* of an edit of many */
};

/* What an item is from `at` on. */
struct rev {
    int64_t at; /* ms */
    int number, parent;
    int people[2]; /* NOBODY: none */
    uint8_t scope, category, outcome, marks;
    uint8_t moves; /* how often it was transferred to another repository */
    bool out;      /* of view */
    bool bulk;     /* nobody looked at it */
};

struct thing {
    enum saga saga;  /* what it counts for: an initiative, KTLO or NO_SAGA */
    enum saga about; /* what its words are about; NO_SAGA: nothing */
    enum method method;
    enum team_index team;
    int level;
    bool bug, icebox, old_counter;
    bool forgotten; /* planted: nobody works on it again */
    const char *type;
    struct str title, excerpt;
    int reporter; /* person */
    int waits_for; /* another thing; -1: for none */
    int64_t waits_from; /* ms */
    bool waited_for;
    struct rev *revs;
    size_t n, cap;
    /* While it is made: */
    int left;            /* hundredths of a day of work */
    int epic;            /* where it waits or is done, of epics[] */
    int64_t changed_day; /* of status or people */
};

struct worker {
    struct str id, jira, github;
    enum team_index team;
    int fte;
    int64_t away[AWAY_MAX][2];
    size_t n_away;
    int hands[HANDS_MAX];
    size_t n_hands;
};

/* An epic that takes more work, or none more: closing. */
struct epic {
    int thing; /* -1: none, for what is under no epic */
    enum team_index team;
    enum saga saga;
    int planned, created;
    int waiting[64]; /* children that nobody began */
    int n_waiting, n_doing;
    bool templated, closed;
};

struct company {
    struct arena *a; /* owned */
    struct random random;
    struct company_version versions[VERSIONS];
    const struct strategy *strategy; /* the last one */
    struct calendar calendar;
    struct worker people[PEOPLE_MAX];
    int n_people;
    int objective_of[SAGA_COUNT];    /* index of the last strategy */
    int share[VERSIONS][OBJECTIVES]; /* per mille */
    struct thing *things;
    size_t n_things, cap_things;
    size_t *by_day; /* indices of things, those that changed, by day */
    size_t *day_at; /* where a day begins in it; one more than there are days */
    struct company_checkin *checkins;
    size_t n_checkins, cap_checkins;
    struct company_plant *plants;
    size_t n_plants, cap_plants;
    /* While it is made: */
    int64_t day;
    int next_number[SCOPES];
    struct epic epics[EPICS_MAX];
    int n_epics;
    /* Of late, in hundred-thousandths of a day: on upkeep, on nothing, on objectives.
     */
    int64_t spent[TEAMS][3], objective_spent[OBJECTIVES];
    int64_t last_start[TEAMS][SAGA_COUNT];
    struct rev no_rev; /* written to when memory is out */
    bool failed;       /* out of memory, or a table too small */
};

/* ---- texts.c ---- */

struct str text_title(struct company *c, enum saga about, bool bug);
struct str text_epic_title(struct company *c, enum saga about);
struct str text_excerpt(struct company *c, enum saga about);

/* ---- versions.c ---- */

bool versions_make(struct company *c, struct err *e) MUST_USE;
int version_index(int64_t day);
/* As it was called that day; "ktlo"; empty. */
struct str saga_name(enum saga s, int64_t day);

/* ---- things.c ---- */

struct thing *thing_of(struct company *c, int i);
static inline struct rev *rev_last(struct thing *t)
{
    return &t->revs[t->n - 1];
}
/* What is common to all items that one team makes; -1: failed. */
int thing_add(struct company *c, enum team_index team, int scope, enum saga saga,
              int parent);
/* A copy of what it is, at a time of the present day that is later than any before. */
struct rev *thing_change(struct company *c, int i);
void thing_start(struct company *c, int i, int person);
void thing_close(struct company *c, int i, enum item_outcome outcome);
void thing_put_back(struct company *c, int i); /* nobody has it, it is to do */
void thing_touch(struct company *c, int i);
void thing_mark(struct company *c, int i, unsigned add, unsigned drop);
bool thing_is_free(const struct company *c, int i); /* not changed today */
enum item_category thing_category(const struct company *c, int i);

/* ---- epics.c ---- */

/* A service of today, whether or not the team may begin anything in it. */
bool service_runs(const struct service *s, int64_t day);
/* Opens epics that are needed, closes those that are through or no longer wanted. */
void epics_day(struct company *c);
/* Opens one with that many children; -1: failed. Returns its place in epics[]. */
int epic_open(struct company *c, enum team_index team, enum saga saga, int planned);
/* What is written in the tracker of a link by that method. */
void epic_link(struct company *c, int thing, enum method method);
/* Another child that waits; -1: none. */
int epic_add_child(struct company *c, int epic);
/* Something to begin: of the initiative, KTLO or NO_SAGA; -1: there is nothing. */
int epics_take(struct company *c, enum team_index team, enum saga saga);
/* It waits no more for anybody. */
void epics_forget(struct company *c, int thing);
void epics_started(struct company *c, int thing);
void epics_ended(struct company *c, int thing);

/* ---- people.c ---- */

bool people_make(struct company *c, struct err *e) MUST_USE;
bool worker_is_away(const struct worker *p, int64_t day);
void people_day(struct company *c);
/* What is in nobody's hands any more. */
void people_drop(struct company *c, int thing);
void people_take(struct company *c, int person, int thing);
int team_lead(const struct company *c, enum team_index team);
int team_member(const struct company *c, enum team_index team, int nth);

/* ---- choose.c ---- */

/* What the team begins next. */
enum saga choose(struct company *c, enum team_index team);
void choose_day(struct company *c); /* what was long ago counts less */
void choose_spent(struct company *c, const struct thing *t, int hundredths);

/* ---- plants.c, overs.c, strays.c, incidents.c, waits.c ---- */

/* What is planted that day, before people work. */
void plants_day(struct company *c);
void plants_end(struct company *c);
/* Whether nobody may begin anything of it. */
bool plants_hold(enum saga saga, int64_t day);
/* Whether the team may begin nothing that serves the objective. */
bool plants_block(enum team_index team, int objective, int64_t day);
void plant_add(struct company *c, const struct company_plant *p);
void plant_item(struct company *c, const char *rule, int thing, int64_t from,
                int64_t until, bool normal, const char *what);

void overs_day(struct company *c);
void overs_end(struct company *c);
void strays_day(struct company *c);
void strays_end(struct company *c);
void slips_day(struct company *c);
void slips_end(struct company *c);
void incidents_day(struct company *c);
void waits_end(struct company *c);

/* ---- checkins.c ---- */

void checkins_make(struct company *c);

#endif
