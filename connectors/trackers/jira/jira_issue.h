/*
 * One issue of a search answer as an item. Pure; engine thread; the item's
 * views live in the arena.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_ISSUE_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_ISSUE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "connectors/trackers/jira/jira_wire.h"
#include "core/item.h"

/* What the issues of one answer share. */
struct jira_issues {
    const struct jira_reader *r;
    struct str body; /* the answer: descriptions are spans of it */
    struct arena *a;
    struct buf *text; /* scratch for descriptions */
};

/*
 * `json` is an element of the projected `issues`. False: no id, key or status,
 * so not an issue. Out of memory shows in arena_failed and in `text`.
 */
bool jira_read_issue(const struct jira_issues *in, const json_t *json,
                     struct item *ret);

/* "PAY" of "PAY-412"; empty where the key is none. */
struct str jira_project_of(struct str key);

/*
 * The members of an issue that are read, as paths below `issues[].fields`;
 * those of custom fields come from jira_fields. NULL-terminated.
 */
extern const char *const jira_issue_paths[];

#endif
