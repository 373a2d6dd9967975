/*
 * The rule book's machinery: a rule is a pure function from what is known to
 * "this is wrong here", with the numbers behind it. It does no I/O, cannot
 * fail, never sees a stale scope, never reads a clock. One file per rule in
 * core/rules/, one row in rules/rules.def; everything else (configuration keys,
 * manual, `alignctl rules`, metrics labels) follows from the table. Any thread;
 * inputs are borrowed for the call, texts handed out live in the arena given.
 */
#ifndef CORE_RULE_H
#define CORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "core/calendar.h"
#include "core/item.h"
#include "core/match.h"
#include "core/strategy.h"

/* Order is meaning: a higher number is worse. */
#define SEVERITIES(X) X(SEV_INFO, "info") X(SEV_WARN, "warn") X(SEV_HIGH, "high")
enum severity {
#define X(e, name) e,
    SEVERITIES(X)
#undef X
};
const char *severity_name(enum severity s);
bool severity_parse(struct str s, enum severity *ret);

/* X(enumerator, stored number, name). But for items, what a finding is of is stored as
   "NAME ID"; of the whole strategy as "strategy". */
#define RULE_SUBJECTS(X)                 \
    X(RULE_ITEM, 0, "item")              \
    X(RULE_INITIATIVE, 1, "initiative")  \
    X(RULE_SOURCE, 2, "source")          \
    X(RULE_TEAM, 3, "team")              \
    X(RULE_KR, 4, "key-result")          \
    X(RULE_OBJECTIVE, 5, "objective")    \
    X(RULE_INTENT, 6, "intent")          \
    X(RULE_COMPETITOR, 7, "competitor")  \
    X(RULE_EVENT, 8, "event")            \
    X(RULE_DECISION, 9, "decision")      \
    X(RULE_STRATEGY, 10, "strategy")     \
    X(RULE_CHANNEL, 11, "channel")
enum rule_subject {
#define X(e, n, name) e = n,
    RULE_SUBJECTS(X)
#undef X
};
enum { RULE_SUBJECT_COUNT = RULE_CHANNEL + 1 };
const char *rule_subject_name(enum rule_subject s);
/* The kind of node it is; false: it is none. */
bool rule_subject_node(enum rule_subject s, enum node_kind *ret);
#define RULE_ALSO(subject) (1U << (unsigned)(subject)) /* rule.also */

/* The `rules:` entry of one rule. */
struct rule_conf {
    bool off;
    int severity; /* -1: the rule's own; where a rule escalates, it goes one step up */
    struct span for_, keep_for;
    struct {
        struct str_list labels, types, ids;
    } exempt;
    const void *own; /* bound by the rule's key table; NULL when it has none */
};

/* An item as rules see it: a stored row with what evaluation found out. */
struct rule_item {
    struct str source, scope, key, type, status, title;
    int level;
    enum item_category category;
    enum item_outcome outcome;
    struct str author_name;
    bool outsider, idea, private_;
    size_t n_assignees;
    struct wall created, updated, closed, first_seen;
    const struct mark *marks;
    size_t n_marks;
    struct link_set links;
    bool exempt;       /* by command, label or body line */
    bool has_parent;   /* it names one, stored or not */
    const struct not_doing *not_doing; /* what it matches of it; NULL: nothing */
    bool not_doing_by_mark;            /* by a label or another mark, else by words */
    bool has_label_initiative; /* the scope has a label of the form initiative:* */
    struct {
        struct str node;  /* what it may belong to, graded high; empty: nothing is */
        struct str words; /* the item's that say so, blanks between */
    } suggested;
};

/* What is linked to one initiative, over all sources; kept by delta. */
struct tally {
    int64_t open, in_progress, completed, discarded; /* items effectively linked */
    int64_t epics;      /* epic-level ones among them */
    struct wall last_change; /* newest category change, closing or creation */
};

struct rule_source {
    struct str name, type;
    int64_t open, open_epics; /* items in fresh scopes */
    struct span interval;
    struct wall first_try, last_ok; /* last_ok 0: never synced */
    bool syncing_first;
    bool paused; /* announced rate limit */
    bool auth_failed;
    bool no_epics;    /* `epics: none` is configured */
    struct str error; /* of the last failure, empty when fine */
    enum err_kind kind; /* of `error`; ERR_NONE also where it is not known */
    struct {
        struct str scope, error;
        enum err_kind kind;
        struct wall since; /* when it last was fresh, or was first tried */
    } *failed; /* scopes that are not fresh and have failed */
    size_t n_failed, n_scopes;
};

/* A team's open work, in view, with what else there is where it works. */
struct rule_team {
    struct str id, title;
    struct rule_team_part {
        struct str source;
        bool no_epics; /* `epics: none` is configured */
        int64_t open, open_epics;               /* the team's */
        int64_t source_open, source_open_epics; /* everybody's, as in rule_source */
    } *parts; /* one for each source */
    size_t n_parts;
};

/* core/rule_view.h */
struct rule_kr;
struct rule_effort;
struct rule_goal;
struct rule_places;
struct rule_version;
struct rule_assumption;
struct rule_attack;
struct rule_channel;
struct lint_in;
struct rule_initiative;

struct rule_input {
    const struct strategy *strategy;
    const struct calendar *cal;
    const struct rule_conf *conf;
    struct wall now;
    const struct rule_item *item;             /* RULE_ITEM */
    const struct initiative *initiative;      /* RULE_INITIATIVE */
    const struct tally *tally;                /* with initiative */
    const struct rule_initiative *work;       /* likewise */
    const struct rule_source *source;         /* RULE_SOURCE */
    const struct rule_team *team;             /* RULE_TEAM */
    const struct node *node;          /* any strategy node, a team and an initiative too */
    const struct rule_kr *kr;         /* RULE_KR */
    /* Where the rule needs_effort: */
    const struct rule_effort *effort;
    const struct rule_goal *goal;     /* RULE_OBJECTIVE */
    const struct rule_places *places; /* RULE_STRATEGY */
    const struct rule_version *version; /* RULE_STRATEGY */
    const struct rule_channel *channel; /* RULE_CHANNEL */
    const struct rule_assumption *assumptions; /* RULE_DECISION */
    size_t n_assumptions;
    const struct rule_attack *attacks; /* RULE_COMPETITOR */
    size_t n_attacks;
    const struct lint_in *lint;       /* core/lint.h; where it needs_lint */
};

struct rule_hit {
    /* Both are filled before eval (rule_hit_init); a rule may change them. */
    enum severity severity;
    struct span for_;
    struct str note;     /* for people, timeless: "reported by Ben" */
    struct str fix;      /* in the tracker, or the decision to take */
    struct str command;  /* alignctl ..., empty where a decision is the fix */
    struct str node;     /* strategy node concerned; its objective and why are shown */
    struct str facts;    /* JSON object with the numbers behind it */
};

/*
 * What the facts of a finding say of one of its rule's parameters, an integer: the number
 * that was held against it, so that it can be told which other value would have kept the
 * finding from firing. Facts are read as they are stored. A table ends with param NULL.
 */
struct rule_measure {
    const char *param;
    const char *fact;   /* the member that is the number, */
    const char *over;   /* divided by that one; NULL: by nothing */
    const char *unless; /* where there is this member, the parameter was not asked */
    double times, plus; /* then times, plus: in the parameter's unit */
    /* The rule holds where the number is ... the parameter. */
    enum rule_holds { RULE_FROM, RULE_ABOVE, RULE_UP_TO, RULE_BELOW } holds;
};

struct rule {
    const char *id; /* stable: stored, configured, documented */
    const char *title;   /* "work without a strategic link" */
    const char *what, *why, *formula, *fix; /* `alignctl rules ID`, manual */
    /* headline for n findings of one group: "%d epics without a strategic link" */
    const char *one, *many; /* with the number first for `many` */
    enum rule_subject subject;
    unsigned also; /* RULE_ALSO of other subjects that are asked as well */
    enum severity severity;
    struct span for_, keep_for;
    bool off;      /* unless the configuration says `off: false` */
    bool ack_exempts; /* who acknowledges a finding exempts its item from the rule */
    bool suggests; /* it is told what the item may belong to: rule_item.suggested */
    /* It runs although the subject's scope is stale: what hangs on no tracker's items,
       such as values of key results and dates, and source-stale itself. */
    bool whatever_scope;
    bool at_once; /* a subject's first finding is told without a first wait when it is
                     high: core/plan.h */
    bool needs_effort; /* asked only when days were split anew, the strategy changed, or
                          its time has come */
    /* It asks a check of core/lint.h, likewise when the strategy changed or its time has
       come. */
    bool needs_lint;
    bool operations; /* it is told to the operations channel, where there is one */
    const struct conf_key *params;
    size_t params_size;
    const struct rule_measure *measures; /* NULL: facts tell of none of them */
    /*
     * True: it holds. *ret_next: when the answer could next change by time
     * alone (0: never). Texts go to the arena; when memory is out they are
     * empty and arena_failed tells the caller, who drops the operation.
     */
    bool (*eval)(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next);
};

extern const struct rule *const rules[]; /* in the order of rules.def */
extern const size_t rules_count;
const struct rule *rule_find(struct str id);
bool rule_asks(const struct rule *r, enum rule_subject of);
size_t rule_index(const struct rule *r);

/* Empty, with the severity and `for` that conf gives, else the rule. */
void rule_hit_init(struct rule_hit *hit, const struct rule *r, const struct rule_conf *c);
/*
 * Whether the rule may be asked at all: not where nothing can be concluded (a stale
 * scope or source, too little known of a node), unless it runs whatever the scope.
 * Where it may not, its findings stay as they are.
 */
bool rule_is_judged(const struct rule *r, bool stale);
/* Open, not exempt, and not an outsider's report that nobody has taken on. */
bool rule_item_counts(const struct rule_item *it);
/* It names what the strategy has not: unknown-link speaks of it. */
bool rule_item_names_unknown(const struct rule_item *it);
/* One step worse; high stays high. */
enum severity severity_up(enum severity s);

/* Whether conf.exempt (globs) covers the item: by a label, its type or its key. */
bool rule_exempts(const struct rule_conf *conf, const struct rule_item *it, struct arena *a);

#endif
