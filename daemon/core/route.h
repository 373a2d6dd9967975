/*
 * Which channel a finding goes to, and with which waits. First match wins
 * unless `continue_`; children refine: where one of them takes the finding it
 * goes there and not to the parent. What a child does not say the parent says.
 * Pure, any thread; views borrow from routes, labels and the arena.
 */
#ifndef CORE_ROUTE_H
#define CORE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/conf_key.h"
#include "base/str.h"
#include "core/calendar.h"
#include "core/rule.h"

/* X(field, name in match: and group_by:) of what a finding has one of. */
#define ROUTE_LABELS(X)         \
    X(rule, "rule")             \
    X(severity, "severity")     \
    X(source, "source")         \
    X(scope, "scope")           \
    X(team, "team")             \
    X(objective, "objective")   \
    X(intent, "intent")         \
    X(initiative, "initiative") \
    X(owner, "owner")

struct route_labels {
#define X(f, name) struct str f;
    ROUTE_LABELS(X)
#undef X
    struct str_list labels; /* of the item, as its tracker has them; often none */
};

enum route_label {
#define X(f, name) ROUTE_BY_##f,
    ROUTE_LABELS(X)
#undef X
    ROUTE_BY_label, /* any of route_labels.labels; never groups: there may be several */
    ROUTE_LABEL_COUNT
};
const char *route_label_name(enum route_label l);
/* By its name; `project` and `repo` are scopes, too. */
bool route_label_find(struct str name, enum route_label *ret);
/* The empty view for ROUTE_BY_label. */
struct str route_label_get(const struct route_labels *l, enum route_label which);

struct route {
    struct str_list match[ROUTE_LABEL_COUNT]; /* globs; empty list: anything */
    struct str channel; /* empty: the parent's */
    bool continue_;
    uint32_t group_by; /* bit per route_label; default team */
    bool has_wait, has_interval, has_repeat, has_hours, has_group_by;
    struct span group_wait, group_interval, repeat_interval;
    struct calendar hours; /* has_hours */
    bool has_mute, has_budget;
    struct calendar *mute; /* no message goes out in these hours; none is always open */
    size_t n_mute;
    struct route_budget {
        unsigned day, week; /* messages of a channel; 0: no limit */
    } budget;
    struct route *children;
    size_t n_children;
};

#define ROUTE_MAX_DEPTH 8 /* children below are not looked at */

/* One destination, defaults filled in: wait 2m, repeat 7d, group by team, 2 messages a
   day and 5 a week. */
struct route_hit {
    struct str channel;
    struct str group; /* "team=payments,scope=PAY": the values of group_by; "all" */
    const struct route *path[ROUTE_MAX_DEPTH];
    size_t n_path;
    bool has_interval; /* else the quiet default of the severity holds */
    struct span group_wait, group_interval, repeat_interval;
    const struct calendar *hours;
    const struct calendar *mute;
    size_t n_mute;
    struct route_budget budget;
};

/*
 * Writes every destination (at most `max`) in file order; none: the finding
 * goes nowhere and says so (a path without a channel is none). `cal` gives
 * hours where no route does. Labels compare by text_key. When `a` fails
 * (arena_failed) the answer is not to be used.
 */
size_t route_find(const struct route *routes, size_t n, const struct route_labels *labels,
                  const struct calendar *cal, struct arena *a, struct route_hit *ret,
                  size_t max);

/* One route that was asked on the way, in the order of asking. */
struct route_visit {
    struct str place; /* "2.1": the first child of the second route */
    const struct route *route;
    bool matched;
    enum route_label failed; /* not matched: the first label that was not right */
};
/* The same walk, with what it passes; into `a`. False: out of memory. */
bool route_trace(const struct route *routes, size_t n, const struct route_labels *labels,
                 struct arena *a, struct route_visit **ret, size_t *ret_n) MUST_USE;

/* Of destinations with the same channel only the first stays: how many there are then. */
size_t route_distinct(struct route_hit *v, size_t n);

/* A copy with the days off of `cal` in hours of their own; NULL: out of memory. */
struct route *route_with_days_off(const struct route *routes, size_t n,
                                  const struct calendar *cal, struct arena *a);

/* Whether any of them, or of their children, matches by that label. */
bool route_asks(const struct route *routes, size_t n, enum route_label label);

/* Whether each list of globs is empty or has one for its label. */
bool route_matches(const struct str_list match[ROUTE_LABEL_COUNT],
                   const struct route_labels *labels, struct arena *a);

/*
 * Where the daemon speaks of itself: the channel configured for that, else the
 * last one a route names.
 */
struct str route_operations(const struct route *routes, size_t n, struct str configured);

#endif
