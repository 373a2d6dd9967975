/*
 * The strategy as typed values: vision, intents, objectives, key results,
 * initiatives, and what is declared beside them. Built by config from
 * strategy.yaml, immutable afterwards, one arena for the whole of it; shared
 * by threads under its own reference count (strategy_ref, strategy_unref).
 */
#ifndef CORE_STRATEGY_H
#define CORE_STRATEGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/conf_key.h"
#include "base/date.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"

/* X(enumerator, name) */
#define NODE_KINDS(X)                \
    X(NODE_VISION, "vision")         \
    X(NODE_INTENT, "intent")         \
    X(NODE_OBJECTIVE, "objective")   \
    X(NODE_KR, "key-result")         \
    X(NODE_INITIATIVE, "initiative") \
    X(NODE_BUCKET, "bucket")         \
    X(NODE_TEAM, "team")             \
    X(NODE_NOT_DOING, "not-doing")   \
    X(NODE_COMPETITOR, "competitor") \
    X(NODE_EVENT, "event")           \
    X(NODE_DECISION, "decision")     \
    X(NODE_RETIRED, "retired")

enum node_kind {
#define X(e, name) e,
    NODE_KINDS(X)
#undef X
};
const char *node_kind_name(enum node_kind k);

enum visibility { VIS_TEAM, VIS_COMPANY, VIS_BOARD };

struct doc_link {
    struct str title, url;
};

/* What every node has. First member of each node struct. */
struct node {
    enum node_kind kind;
    struct str id, title, why, owner;
    struct str_list was;
    struct doc_link *docs;
    size_t n_docs;
    enum visibility visibility;
    struct str file; /* where it stands */
    uint32_t line;
};

/* How items are recognised (initiatives, buckets, teams, not_doing). */
struct match_spec {
    struct str_list labels, types, milestones, fix_versions, components, projects, repos;
    struct str_list text; /* whole-word phrases; not_doing only */
    struct {
        struct str name;
        struct str_list values;
    } *fields;
    size_t n_fields;
};

struct vision {
    struct node node; /* id "vision" */
    struct str statement, customers, differentiator, horizon;
    struct str_list will, wont;
};
struct intent {
    struct node node;
    struct date until;
    struct str_list evidence;
    size_t rank; /* 0: most important */
};
struct objective {
    struct node node;
    struct intent *intent; /* NULL: none named */
    double share;          /* 0..1, negative: not given */
    struct date from, to;  /* year 0: open */
    size_t rank;
};

enum kr_kind { KR_REACH, KR_KEEP, KR_DONE };
enum kr_pace { PACE_LINEAR, PACE_LATE, PACE_AFTER, PACE_MILESTONES };
enum value_from { VALUE_BY_HAND, VALUE_SOURCE, VALUE_CSV, VALUE_ITEMS };
struct kr_milestone {
    struct date date;
    double value;
};
struct key_result {
    struct node node;
    struct objective *objective;
    enum kr_kind kind;
    bool has_baseline, has_target, has_at_least, has_at_most;
    double baseline, target, at_least, at_most;
    struct date start, by;
    struct str unit;
    enum kr_pace pace;
    struct date pace_after;
    struct kr_milestone *milestones;
    size_t n_milestones;
    struct span lag, check_in;
    enum value_from from;
    struct str value_source, value_query, value_pointer, value_csv, value_row, value_column;
    struct match_spec value_items;
    struct str value_count;
};

enum initiative_status {
    INITIATIVE_PROPOSED,
    INITIATIVE_ACTIVE,
    INITIATIVE_PAUSED,
    INITIATIVE_DONE,
    INITIATIVE_DROPPED,
};
struct cost {
    struct str what;
    double amount;
    bool monthly;
};
struct initiative {
    struct node node;
    struct str problem;
    struct {
        struct key_result *kr;
        double weight; /* sums to 1 */
    } *moves;
    size_t n_moves; /* moves[0] is the main one */
    enum initiative_status status;
    struct date start, due;
    bool has_rice;
    struct {
        double reach, impact, confidence, effort_days;
    } rice;
    struct team **needs;
    size_t n_needs;
    struct cost *costs;
    size_t n_costs;
    struct str_list tracker; /* keys of the items that stand for it */
    struct match_spec match;
};
struct bucket {
    struct node node;
    double share;
    struct match_spec match;
};
struct team {
    struct node node;
    int64_t people; /* 0: not given */
    bool tracked;
    struct key_result **key_results;
    size_t n_key_results;
    double cost_per_person_day, spread; /* negative: not given */
    struct str_pair_list shares;        /* node id -> percent text */
    struct match_spec match;
};
struct person {
    struct str id, name, slack, github, jira, email;
    struct str teams, discord, mattermost, google_chat; /* for mentions: core/mention.h */
    double fte;
    struct str_list away; /* FROM/TO */
};
struct not_doing {
    struct node node;
    struct match_spec match;
};
struct competitor {
    struct node node;
    int64_t threat;
    struct str_list attacks;
    struct date evidence;
    struct str note;
};
struct event {
    struct node node;
    struct date date, review_by;
    struct str_list affects;
};
struct decision {
    struct node node;
    struct date date, review_by;
    struct str chose, because;
    struct str_list rejected, affects, assumes;
};

/* A file that it was read from. */
struct strategy_file {
    struct str name; /* as given; one beside the strategy: without a directory */
    struct str text;
    bool beside; /* a calendar that the strategy names, no part of its text */
};

struct strategy {
    struct arena *a;     /* owned */
    int refs;            /* atomic */
    uint64_t version;    /* hash of the text of all files, in name order */
    struct str text;     /* that text */
    struct strategy_file *files; /* what it takes to read it again, in name order */
    size_t n_files;
    struct str name, currency;
    struct date review_by;
    struct vision *vision; /* NULL: none */
    struct str_pair_list context;
    struct doc_link *docs;
    size_t n_docs;
#define STRATEGY_LIST(type, name) \
    type *name;                   \
    size_t n_##name
    STRATEGY_LIST(struct intent, intents);
    STRATEGY_LIST(struct objective, objectives);
    STRATEGY_LIST(struct key_result, key_results); /* of all objectives, in file order */
    STRATEGY_LIST(struct initiative, initiatives);
    STRATEGY_LIST(struct bucket, buckets);
    STRATEGY_LIST(struct team, teams);
    STRATEGY_LIST(struct person, people);
    STRATEGY_LIST(struct not_doing, not_doing);
    STRATEGY_LIST(struct competitor, competitors);
    STRATEGY_LIST(struct event, events);
    STRATEGY_LIST(struct decision, decisions);
    STRATEGY_LIST(struct date, holidays); /* sorted, without repeats */
#undef STRATEGY_LIST
    struct str_list retired, bots;
    struct str dir;       /* where files beside it are; empty: it has no place */
    struct str check_ins; /* file name, empty: none */
    struct map *by_id;    /* comparison key -> struct node *; `was` and retired too */
};

struct strategy *strategy_ref(struct strategy *s);
void strategy_unref(struct strategy *s); /* NULL is fine; frees with the last */

/*
 * Builds by_id from the lists, `was` and `retired` included; all else is filled
 * in. Of two nodes with one id the first is kept, a present id beats a former
 * one, which beats a retired one. Memory is the strategy's arena and the map.
 */
bool strategy_index(struct strategy *s, struct err *e) MUST_USE;

/* Any node by id, former id or retired id; ids compare by text_key. */
const struct node *strategy_find(const struct strategy *s, struct str id);
const struct initiative *strategy_initiative(const struct strategy *s, struct str id);
const struct person *strategy_person(const struct strategy *s, struct str id);
/*
 * The node with the nearest id by edit distance (at most 2 or a third of its
 * length, whichever is more, and half of what it is taken for), or NULL. A
 * retired id is nobody's suggestion. The first in file order wins.
 */
const struct node *strategy_nearest(const struct strategy *s, struct str id);
/* The same among some kinds: STRATEGY_KIND(NODE_INITIATIVE) | ... */
#define STRATEGY_KIND(kind) (1U << (unsigned)(kind))
const struct node *strategy_nearest_of(const struct strategy *s, struct str id,
                                       unsigned kinds);
/* Whether an objective's period contains the day (open ends included). */
bool objective_is_running(const struct objective *o, struct date today);

#endif
