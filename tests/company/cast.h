/*
 * Private to tests/company: the tables that the history is made from.
 */
#ifndef TESTS_COMPANY_CAST_H
#define TESTS_COMPANY_CAST_H

#include "tests/company/company.h"

enum team_index { SUPPLY, KITCHEN, ORDERING, PAYMENTS, DIETS, APP, PLATFORM, TEAMS };

enum {
    OBJECTIVES = 5,
    VERSIONS = 5,
    PERIODS = 4, /* halves of 2025 and 2026, then quarters */
    KEY_RESULTS = 12,
    WORDS = 8,
};

/* ---- where items are ---- */

enum { SUP, KIT, ORD, PAY, REPO_DIETS, REPO_APP, REPO_PLATFORM, REPO_INFRA, SCOPES };
struct scope_cast {
    const char *name;
    enum company_source source;
    int64_t from; /* followed since */
};
extern const struct scope_cast scope_casts[SCOPES];
extern const int team_scopes[TEAMS];

/* ---- what it is for ---- */

/* How an epic is linked to its initiative, beside label and reference. */
enum method {
    BY_LABEL,     /* initiative:ID */
    BY_REFERENCE, /* a line in the body */
    BY_OWN_LABEL, /* one of match.labels */
    BY_FIELD,
    BY_COMPONENT,
    BY_FIX_VERSION,
    BY_MILESTONE,
    BY_REPO,
    BY_TYPE,
    BY_TRACKER, /* it is listed; others point to it by an issue link */
    BY_LINK,
    BY_NOTHING,
};

#define SAGAS(X)                                                                       \
    X(ALLERGEN_CARDS)                                                                  \
    X(DIET_PROFILES)                                                                   \
    X(LABEL_SCANNER)                                                                   \
    X(SWAP_DISHES)                                                                     \
    X(WEEK_PLANNER)                                                                    \
    X(PLATE_SCALES)                                                                    \
    X(DEMAND_FORECAST)                                                                 \
    X(LEFTOVER_MARKET)                                                                 \
    X(COLD_STORE)                                                                      \
    X(PARENT_APP)                                                                      \
    X(REPEAT_ORDERS)                                                                   \
    X(SICK_CHILD)                                                                      \
    X(PLAIN_WORDS)                                                                     \
    X(GROUP_ORDERS)                                                                    \
    X(DIRECT_DEBIT)                                                                    \
    X(SUBSIDY_CHECK)                                                                   \
    X(GENTLE_REMINDERS)                                                                \
    X(INVOICE_CLARITY)                                                                 \
    X(TOWN_LEDGER)                                                                     \
    X(QUIET_RELEASES)                                                                  \
    X(KITCHEN_SETUP)                                                                   \
    X(OFFLINE_TILL)                                                                    \
    X(LOAD_REHEARSAL)                                                                  \
    X(PAPER_FORMS)
enum saga {
#define X(name) name,
    SAGAS(X)
#undef X
        SAGA_COUNT,
    KTLO = SAGA_COUNT,
    NO_SAGA = -1,
};

struct saga_cast {
    const char *id, *former; /* `former`: before version 4 */
    enum method extra;       /* BY_NOTHING: none */
    const char *written;     /* the extra mark as items have it */
    /* BY_TRACKER: the item that stands for it. */
    int tracker_scope, tracker_number;
    const char *words[WORDS];
};
extern const struct saga_cast saga_casts[SAGA_COUNT];

/* Which team works on what, when. */
struct service {
    enum saga saga;
    enum team_index team;
    int64_t from, until; /* until 0: to the end */
};
extern const struct service services[];
extern const size_t n_services;

/* ---- words that say nothing of an initiative ---- */

extern const char *const upkeep_words[], *const chore_words[];
extern const size_t n_upkeep_words, n_chore_words;

/* ---- key results ---- */

enum course { ON_PACE, LATE_BLOOM, BEHIND, FLAT, AFTER_START, ALWAYS_KEPT, NOT_YET };
struct kr_cast {
    const char *id, *former; /* `former`: in version 1 */
    int every;               /* days */
    struct {
        int base, target; /* hundredths */
        enum course course;
    } period[PERIODS];
};
extern const struct kr_cast kr_casts[KEY_RESULTS];
struct period {
    int64_t from, to;
};
extern const struct period periods[PERIODS];
int period_at(int64_t day); /* the last one also after it */

/* ---- the edits of the strategy ---- */

extern const int64_t version_days[VERSIONS];
extern const int version_periods[VERSIONS];
/* In versions before `below`, counted from 1, `from` reads `to`. */
struct edit {
    int below;
    const char *entry; /* the id of one entry, once in it; NULL: everywhere */
    const char *from;  /* NULL: there is no such entry */
    const char *to;
};
extern const struct edit edits[];
extern const size_t n_edits;

#endif
