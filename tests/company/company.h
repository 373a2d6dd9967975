/*
 * Eighteen months of a company that knows the truth about itself: Mealbell of
 * config/examples/mealbell, from 1 July 2025 to 31 December 2026. A seed makes its
 * trackers' history (Jira projects SUP, KIT, ORD, PAY; GitHub repositories
 * mealbell/diets, app, platform, infra), the versions of its strategy and the check-ins
 * of its key results, and with them what a program that reads them ought to find: what
 * each item is really for, who had what in progress on which day, which drifts were
 * planted, and what looks like one and is none.
 *
 * The same seed is the same history to the byte, everywhere: no clock, no libc random,
 * whole numbers. A company is immutable after company_create; any thread may read it.
 * Days are days since 1970-01-01 (date_to_days); all happens between 8 and 17 o'clock
 * UTC, so that a day is the same in UTC and in the company's zone, Europe/Berlin.
 *
 * Run from the top of the tree: the example is read from there. tests/company/replay.h
 * plays a company into a store.
 */
#ifndef TESTS_COMPANY_COMPANY_H
#define TESTS_COMPANY_COMPANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "connectors/connector.h"
#include "core/calendar.h"
#include "core/effort.h"
#include "core/strategy.h"
#include "store/db.h"

#define COMPANY_PATH "config/examples/mealbell/strategy.yaml"
#define COMPANY_DAY_MS INT64_C(86400000)
/* A day as a constant; from 1972 to 2099. */
#define COMPANY_DAY(y, m, d)                                                           \
    (((y)-1970) * 365 + ((y)-1969) / 4 + (367 * (m)-362) / 12 -                        \
     ((m) <= 2         ? 0                                                             \
      : ((y) % 4 == 0) ? 1                                                             \
                       : 2) +                                                          \
     (d)-1)

enum {
    COMPANY_FIRST = COMPANY_DAY(2025, 7, 1),
    COMPANY_LAST = COMPANY_DAY(2026, 12, 31),
    /* The supply team's project is followed from then on. */
    COMPANY_PROJECT_ADDED = COMPANY_DAY(2026, 2, 2),
    /* The query of the Jira source leaves the old counter out from then on. */
    COMPANY_QUERY_NARROWED = COMPANY_DAY(2026, 8, 10),
    COMPANY_SYNC_HOUR = 17, /* UTC: when the day's sync is */
};

enum company_source { COMPANY_JIRA, COMPANY_GITHUB, COMPANY_SOURCES };

struct company;

/* NULL with ERR_NOMEM, ERR_IO or, when the example was edited so that earlier texts
   cannot be made of it, ERR_CONFIG. */
struct company *company_create(uint64_t seed, struct err *e);
void company_destroy(struct company *c); /* NULL is fine */

/* ---- what a day tells ---- */

/*
 * What the source's sync at COMPANY_SYNC_HOUR of the day tells: events of each scope,
 * items that changed that day as they are then, fates of what left the view, histories
 * of Jira's items (GitHub tells none). On the first day, and on the first of a scope
 * that is added later, everything that is there. Appended to `f`, in f->a. Any day may
 * be asked for, in any order. False: out of memory.
 */
bool company_day(const struct company *c, int64_t day, enum company_source source,
                 struct feed *f) MUST_USE;

/* Changes when what the source is asked for changes: for db_sync_begin. */
uint64_t company_fingerprint(int64_t day, enum company_source source);
/* The configuration in force: the text of alignd.yaml. */
const char *company_conf(int64_t day);

/* The same with a channel for each team and alignd's own ways of waiting: what a company
   would begin with. */
const char *company_mail_conf(int64_t day);

/* The strategy, as it was edited; the last one is the file of the example. */
struct company_version {
    int64_t from; /* the day it was taken into force, before the day's sync */
    struct str text;
    const struct strategy *strategy; /* read from it */
};
size_t company_versions(const struct company *c, const struct company_version **ret);
/* The one in force; before the first day the first. */
const struct company_version *company_version_at(const struct company *c, int64_t day);

/* What was said of key results that day, under the ids of that day. */
struct company_checkin {
    struct checkin said;
    struct str by; /* id of a person */
};
size_t company_checkins(const struct company *c, int64_t day,
                        const struct company_checkin **ret);

/* ---- the truth ---- */

struct company_item {
    enum company_source source;
    struct str vid, key, scope, title;
    struct str team; /* "supply", ...: whose it is */
    int level;
    enum item_category category;
    enum item_outcome outcome;
    struct wall created;
    struct wall touched; /* last updated by somebody; edits in bulk are not */
    bool exists;         /* created by then */
    bool in_view;        /* and the sources told of it, and it is in view still */
    int parent;          /* index of an item; -1: none */
    /* What it counts for: the id of an initiative (as it was called that day), a former
       one, or "ktlo"; empty: nothing. Links of the tracker say the same. */
    struct str node;
    /* The initiative its words are about, whether linked or not; empty: none. */
    struct str about;
};
size_t company_n_items(const struct company *c);
/* As it was at the end of the day; views into `a`, or the company's. */
struct company_item company_item_at(const struct company *c, size_t i, int64_t day,
                                    struct arena *a);

struct company_person {
    struct str id;           /* of `people`; empty: known to the trackers only */
    struct str jira, github; /* account ids; may be empty */
    struct str team;
    int fte; /* percent */
};
size_t company_n_people(const struct company *c);
struct company_person company_person(const struct company *c, size_t i);
/* By the strategy's `people`. */
bool company_is_away(const struct company *c, size_t person, int64_t day);
bool company_is_working_day(const struct company *c, int64_t day);

/*
 * Who had what in progress at some time of the day, of the items in view, leaves or
 * not: `work` is what effort_of_day takes. Its `people` are ids of persons, or account
 * ids of those who have none; its `parked` is ten working days without a touch before
 * the day began.
 */
struct company_work {
    size_t item;
    struct wall touched; /* before the day began */
    struct str team;
};
struct company_day_work {
    struct effort_work *work;  /* effort_work.item is the index of the item */
    struct company_work *more; /* for each of them */
    size_t n;
};
bool company_work(const struct company *c, int64_t day, struct arena *a,
                  struct company_day_work *ret) MUST_USE;
/* That day's effort by the rules of core/effort.h; nothing on a day off. */
bool company_effort(const struct company *c, int64_t day, struct arena *a,
                    struct effort_day *ret) MUST_USE;

/* Something that was planted. */
struct company_plant {
    const char *rule;    /* the rule it is about */
    struct str subject;  /* id of a node or team, key of an item (of collision: of the one
                            that waits); empty: the company */
    int64_t from, until; /* days on which it is so; `for` of the rule is not in it */
    bool normal;         /* looks like a finding of the rule and must be none */
    const char *what;
};
size_t company_plants(const struct company *c, const struct company_plant **ret);

#endif
