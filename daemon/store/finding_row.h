/*
 * Findings as rows: one rule's answer about one subject, stepped through its
 * life and stored with its history. Engine thread, inside a transaction.
 */
#ifndef STORE_FINDING_ROW_H
#define STORE_FINDING_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/finding.h"
#include "core/plan.h"
#include "core/rule.h"
#include "store/eval.h"
#include "store/sql.h"

/* Who or what a rule was asked about. */
struct finding_subject {
    enum rule_subject kind;
    struct str key; /* "item SOURCE VID", "initiative ID", "source NAME", "team ID" */
    int64_t item, scope, source;
    struct str team;
    bool baseline;
};

struct finding_stored {
    int64_t n;
    struct finding f;
    struct str rule; /* id; rules that are gone are resolved */
    struct str key;
    enum rule_subject kind;
    int64_t item, scope, source;
    bool baseline;
    struct str ended_by, team, node, note, fix, command, facts;
    struct str acked_by;
    struct wall snoozed_until;
    enum plan_reason reason;
    struct str reason_detail;
    int64_t version; /* of the strategy (its row) that it began with; 0: with none */
};

/* The columns finding_read reads, for a SELECT from finding f. */
#define FINDING_COLUMNS                                                                \
    "f.n, f.id, f.rule, f.kind, f.subject, f.item, f.scope, f.source, f.state,"        \
    " f.severity, f.since, f.fired, f.resolved, f.clear_since, f.episode, f.baseline," \
    " f.ended_by, f.team, f.node, f.note, f.fix, f.command, f.facts, f.acked_by,"      \
    " f.snoozed_until, f.reason, f.reason_detail,"        \
    " f.version"
enum { FINDING_COLUMN_COUNT = 28 };
void finding_read(const struct query *q, struct arena *a, struct finding_stored *ret);

/* All findings of an item, or (item 0) of another subject; into ev->item. */
bool findings_of(struct eval *ev, const struct finding_subject *s,
                 struct finding_stored **ret, size_t *ret_n, struct err *e) MUST_USE;

/*
 * One step. `old` NULL: none stored. `hit` NULL: the condition does not hold,
 * by `why` ("closed", "linked to X by label", ...). *ret_open: a finding
 * exists afterwards that is not over.
 */
bool finding_apply(struct eval *ev, const struct rule *rule,
                   const struct finding_subject *s, const struct finding_stored *old,
                   const struct rule_hit *hit, struct str why, struct wall *ret_next,
                   bool *ret_exists, struct err *e) MUST_USE;
/* Whatever its rule: over, because the subject or the rule is gone. */
bool finding_end(struct eval *ev, const struct finding_stored *old, struct str why,
                 struct err *e) MUST_USE;

bool finding_event(struct db *db, int64_t finding, struct wall at, const char *what,
                   struct str detail, struct err *e) MUST_USE;

#endif
