/*
 * Which projects a source consists of in this sync: what the store knows, laid
 * beside what Jira lists. Pure; engine thread; everything lives in the
 * context's arena.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_SCOPES_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_SCOPES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/map.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira.h"
#include "connectors/trackers/jira/jira_memory.h"
#include "connectors/trackers/jira/jira_walk.h"

/* The scope that carries the cursor of a `jql` source; no project is named so. */
#define JIRA_JQL_SCOPE "jql"

struct jira_scopes {
    struct jira_scope **v; /* in the order known, then as listed */
    size_t n, cap;
    struct map *by_key; /* owned */
};

bool jira_scopes_init(struct jira_scopes *s, const struct tracker_scope *known,
                      size_t n, struct arena *a, struct err *e) MUST_USE;
void jira_scopes_finish(struct jira_scopes *s);

/* How far the histories of each scope had been told. */
void jira_scopes_take_kept(struct jira_scopes *s, const struct jira_memory *m);

struct jira_scope *jira_scopes_find(const struct jira_scopes *s, struct str key);
/* Finds or adds; NULL: out of memory. */
struct jira_scope *jira_scopes_add(struct jira_scopes *s, struct str key,
                                   struct arena *a);

/*
 * Takes the list of projects: marks what is wanted and visible, and tells the
 * store of renames, of each project seen, and of those that are missing. A
 * search would leave a lost project out in silence: only the list shows it.
 */
bool jira_scopes_take_list(struct jira_scopes *s, const struct jira_projects *list,
                           const struct jira_conf *conf, struct arena *a,
                           struct feed *out, struct err *e) MUST_USE;

#endif
