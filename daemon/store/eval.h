/*
 * One call of db_evaluate: what is loaded once (sources, scopes and whether
 * they can be concluded from), what gathers until its commit (aggregates by
 * delta), and the steps over it. Engine thread, one transaction.
 */
#ifndef STORE_EVAL_H
#define STORE_EVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "store/db.h"
#include "store/globs.h"
#include "store/scope.h"
#include "store/sql.h"

/* Rows of other tables, so that most items need no look there: item.has of what pages
   and people wrote, evaluated.has of links and findings. A row in fate is either GONE,
   which is out of view and keeps all the rest for its return, or HIDDEN, which stays as
   it is until the tracker may be read again. */
enum {
    HAS_LINK = 1,
    HAS_PIN = 2,
    HAS_EXEMPTION = 4,
    HAS_FINDING = 8,
    HAS_GONE = 16,
    HAS_HIDDEN = 32,
    HAS_BLOCKER = 64
};

/* evaluated.counted: what aggregates hold of the item. All but LABELLED and IDEA imply
   that it is in view; EPIC: open, epic-level and not an idea; LINKED to BASELINE: of an
   EPIC. */
enum {
    COUNTED_OPEN = 1,
    COUNTED_IN_PROGRESS = 2,
    COUNTED_COMPLETED = 4,
    COUNTED_DISCARDED = 8,
    COUNTED_EPIC = 16,
    COUNTED_LINKED = 32,
    COUNTED_EXEMPT = 64,
    COUNTED_BY_SCOPE = 128,  /* linked by a project's or repository's default only */
    COUNTED_BASELINE = 256,  /* was there before, and is neither linked nor exempt */
    COUNTED_LEVEL = 512,     /* epic-level, whatever its state */
    COUNTED_LABELLED = 1024, /* has a label initiative:* */
    COUNTED_IDEA = 2048      /* kept for readers only */
};

/* meta "relinking": nothing, all items, those an edit touches. */
enum relink { RELINK_NONE, RELINK_ALL, RELINK_TOUCHED };

struct scope_counts {
    int64_t in_view, epics, linked, exempt, by_scope, baseline, labelled;
};

struct eval_source {
    int64_t id;
    struct str name, type, error;
    const struct tracker_conf *conf; /* NULL: no longer configured */
    struct globs private_projects, private_labels, idea_statuses, idea_labels;
    struct match_conf match;
    bool active, fresh, was_fresh, syncing;
    struct wall first_try, last_try, last_ok, paused_until;
    enum err_kind err_kind;
    size_t first_scope, n_scopes; /* in scopes[] */
};

struct eval_scope {
    int64_t id;
    struct eval_source *source;
    struct str name, error;
    enum scope_state state;
    enum err_kind err_kind;
    struct wall synced_at, failed_since, first_seen;
    bool fresh, was_fresh, in_view, introduced;
    struct scope_counts counts, change; /* stored; by this call */
};

struct tally_change {
    struct str node;
    struct tally by;    /* last_change: the newest added */
    struct wall newest; /* as stored, or added since */
    bool recount;       /* who held it may have left: to be asked again */
};

struct eval {
    struct db *db;
    const struct eval_conf *conf;
    struct wall now;
    struct arena *a;    /* owned: until the call ends */
    struct arena *item; /* owned: until the next item or finding */
    struct eval_source *sources;
    size_t n_sources;
    struct eval_scope *scopes; /* by id */
    size_t n_scopes;
    struct map *tallies;        /* owned; node -> struct tally_change */
    struct map *shares;         /* owned; scope and node -> what changed */
    struct map *closed;         /* owned; hour and node -> what changed: store/closed.h */
    /* Rows of tables link and evaluated that wait to be written: eval_write_rows. */
    struct sql_rows link_rows, evaluated_rows;
    enum { CHILDREN_NOT_ASKED, CHILDREN_NONE, CHILDREN_SOME } children; /* of anybody */
    struct eval_todo *todo;     /* store/eval_row.h: the batch, */
    struct eval_todo **by_item; /* and the same sorted */
    size_t n_todo;
    enum relink relinking; /* store/relink.h */
    int64_t relink_mark;   /* items up to here are done, */
    int64_t relink_end;    /* and up to here with the batch; */
    bool relink_more;      /* there are more which were not looked at */
    struct wall wake;      /* earliest time found by this call; 0: none */
    int64_t ancestors[16]; /* items being evaluated, outermost first */
    unsigned depth;
    unsigned n_look_ups; /* of suggestions, store/eval_suggest.h */
    struct facts *facts;        /* store/eval_view.c; NULL: not asked yet */
    struct rule_effort *effort; /* of all, likewise */
    const struct lint_in *lint; /* likewise */
    /* Rows of table strategy, store/change.h: of the version judged by, of the one that
       was before, and, in the first evaluation by a new one, what begins now is of. */
    int64_t version, version_before, caused_by;
    struct rule_kr **krs; /* as strategy->key_results, likewise */
    struct silence *silences; /* store/silence.h; in force, by their end */
    size_t n_silences;
    bool has_silences; /* they are loaded */
    struct eval_result *result;
};

/* ---- eval.c ---- */

bool eval_init(struct eval *ev, struct db *db, const struct eval_conf *conf,
               struct wall now, struct err *e) MUST_USE;
void eval_finish(struct eval *ev);
struct eval_scope *eval_scope(const struct eval *ev, int64_t id);   /* NULL: unknown */
struct eval_source *eval_source(const struct eval *ev, int64_t id); /* NULL: unknown */
/* What items have found is written for several at once: before anybody else reads it. */
bool eval_write_rows(struct eval *ev, struct err *e) MUST_USE;
/* Look again then; 0 and times that have passed are ignored. */
void eval_wake(struct eval *ev, struct wall at);
/* The item's row, when it waits for evaluation and may be evaluated now: it is taken
   out of the batch or the queue, and the caller evaluates it. NULL: it does not. */
struct eval_row;
bool eval_take(struct eval *ev, int64_t item, struct eval_row **ret,
               struct err *e) MUST_USE;
/* The item's row, into ev->a; NULL: there is none. */
bool eval_load_row(struct eval *ev, int64_t item, struct eval_row **ret,
                   struct err *e) MUST_USE;

/* ---- eval_fresh.c ---- */

/* Sources and scopes, and from which of them anything may be concluded. */
bool eval_load_sources(struct eval *ev, struct err *e) MUST_USE;
/* In the transaction: what readers are told, sources that came or went. */
bool eval_save_fresh(struct eval *ev, struct err *e) MUST_USE;
/* Whether strategy nodes and teams can be judged at all: every source is well, and
   every scope in view is fresh or has failed. What is not known yet may hold anything.
 */
bool eval_all_known(const struct eval *ev);

/* ---- eval_item.c ---- */

void eval_item_rows(struct eval *ev); /* begins evaluated_rows */
/* Its links, its part in the aggregates, its rules, when to look again. An ancestor
   that waits for evaluation, too, goes first. */
bool eval_item(struct eval *ev, struct eval_row *r, struct err *e) MUST_USE;
/* Of one that must wait: that the settings call it private now holds at once. */
bool eval_hide(struct eval *ev, struct eval_row *r, struct err *e) MUST_USE;

/* ---- eval_link.c ---- */

void eval_link_rows(struct eval *ev); /* begins link_rows */
/* Finds every method's answer, with what the parent hands down. */
bool eval_links(struct eval *ev, struct eval_row *r, struct err *e) MUST_USE;
/* Instead: the answers that are stored stay, whatever they would be. */
bool eval_keep_links(struct eval *ev, struct eval_row *r, struct err *e) MUST_USE;
/* Stores every method's answer where it differs; *ret_changed: what counts did. */
bool eval_save_links(struct eval *ev, struct eval_row *r, bool *ret_changed,
                     struct err *e) MUST_USE;
/* id 0: no parent, or one that is not stored. */
bool eval_parent(struct eval *ev, const struct eval_row *r, int64_t *ret_id,
                 struct err *e) MUST_USE;

/* ---- eval_count.c ---- */

/* An item's part in the aggregates before and after. */
struct counted {
    unsigned bits;
    struct eval_scope *scope;
    struct wall changed;
    struct str team;
    const struct str *nodes; /* effective links */
    size_t n_nodes;
};
/* Whether nodes it is linked to count it. */
static inline bool counted_is_linked(unsigned bits)
{
    return (bits & (COUNTED_OPEN | COUNTED_COMPLETED | COUNTED_DISCARDED)) != 0;
}
bool eval_count(struct eval *ev, const struct counted *before,
                const struct counted *after, struct err *e) MUST_USE;
bool eval_save_counts(struct eval *ev, struct err *e) MUST_USE;
/* What a change of a node's number is found by, the node at its end; into ev->item, whose
   failure tells that there was no memory. */
struct str eval_count_key(struct eval *ev, int64_t number, struct str node);
/* After the last batch: the newest change of nodes that lost theirs. */
bool eval_recount(struct eval *ev, struct err *e) MUST_USE;

/* ---- eval_share.c ---- */

bool eval_count_shares(struct eval *ev, const struct counted *before,
                       const struct counted *after, struct err *e) MUST_USE;
bool eval_save_shares(struct eval *ev, struct err *e) MUST_USE;
/* What a node or a team has in each scope; into ev->item. */
struct eval_share {
    const struct eval_scope *scope; /* NULL: unknown */
    int64_t items, epics;           /* epics: open, no ideas */
};
bool eval_shares(struct eval *ev, struct str node, struct eval_share **ret,
                 size_t *ret_n, struct err *e) MUST_USE;
/*
 * Whether the node or team can be judged: all is known, and scopes that failed hold
 * at most a twentieth of its items; where it has none, of all work.
 */
bool eval_is_fresh_for(struct eval *ev, struct str node, bool *ret,
                       struct err *e) MUST_USE;

/* ---- eval_node.c, eval_team.c ---- */

/* Initiatives and all else of the strategy that is due. */
bool eval_nodes(struct eval *ev, struct err *e) MUST_USE;
bool eval_teams(struct eval *ev, struct err *e) MUST_USE;

/* ---- eval_source.c ---- */

bool eval_sources(struct eval *ev, struct err *e) MUST_USE;
/* Findings of a source that is no longer configured. */
bool eval_source_gone(struct eval *ev, const struct eval_source *s,
                      struct err *e) MUST_USE;
/* Open items and epics of its fresh scopes. */
void eval_count_source(const struct eval *ev, const struct eval_source *s,
                       int64_t *ret_open, int64_t *ret_epics);

/* ---- eval_plan.c ---- */

bool eval_plan(struct eval *ev, struct err *e) MUST_USE;

/* ---- introduce.c ---- */

/* One summary for each scope whose first walk has been evaluated. */
bool eval_introduce(struct eval *ev, struct err *e) MUST_USE;

#endif
