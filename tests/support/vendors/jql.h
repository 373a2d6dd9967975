/*
 * The part of JQL that a read-only client needs: terms over project, updated,
 * created, statusCategory, status, issuetype, labels, component, key and id,
 * joined by AND, OR, NOT and parentheses, and ORDER BY. Everything else is
 * refused in Jira's words. Pure; a parsed query is immutable; any thread.
 *
 * Grammar and messages: Atlassian's JQL reference and the 400 answers of Jira
 * Cloud and Data Center 10.3.
 */
#ifndef VENDORS_JQL_H
#define VENDORS_JQL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "tests/support/vendors/jira_zone.h"

enum jql_category { JQL_NEW, JQL_INDETERMINATE, JQL_DONE };

/* What a query can see of an issue. All borrowed. */
struct jql_issue {
    int64_t id;
    const char *key; /* PROJECT-NUMBER */
    const char *project;
    const char *status, *type;
    enum jql_category category;
    struct wall created, updated;
    /* Whether the issue carries that label, component: list is 'l' or 'c'. */
    bool (*has)(const void *issue, char list, struct str value);
    bool (*is_empty)(const void *issue, char list);
    const void *issue;
};

/* What names mean on this site, for this user, now. */
struct jql_site {
    struct wall now;
    const struct jira_zone *zone; /* of the calling user */
    bool epoch;              /* unquoted milliseconds are understood as a date */
    bool strict;             /* a key or id that does not exist is an error */
    bool (*has_project)(void *arg, struct str key_or_name, const char **ret_key);
    bool (*has_issue)(void *arg, struct str key_or_id);
    void *arg;
};

struct jql;

/* NULL with Jira's message in `why`; also when out of memory (why is empty). */
struct jql *jql_parse(struct str text, const struct jql_site *site,
                      struct buf *why) MUST_USE;
void jql_destroy(struct jql *q); /* NULL is fine */

bool jql_matches(const struct jql *q, const struct jql_issue *i);
/* The order asked for, then by id, so that it is total. */
int jql_compare(const struct jql *q, const struct jql_issue *a,
                const struct jql_issue *b);
/* Whether anything restricts the search: Cloud refuses a query without. */
bool jql_is_bounded(const struct jql *q);

#endif
