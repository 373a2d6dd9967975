/*
 * GitHub's JSON and what it says in alignd's words: pages of issues,
 * repositories, error bodies. Pure; results live in the feed's arena.
 *
 * Fields as in github/rest-api-description, schema `issue`. All but id,
 * number and title may be missing, null or of another type: Enterprise Server
 * and older API versions leave some out.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_WIRE_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/wire/project.h"

/* Raised when the same page is read into other items than before. */
#define GITHUB_EXTRACTOR 2

/* What does not come with an issue, but from the project it is in. */
struct github_extra {
    struct str status; /* empty: none */
    struct mark *marks;
    size_t n_marks;
};

/* What is wanted of a page; compiled once for each context, in its arena. */
struct github_wire {
    const struct project *issues;
    const struct project *fields; /* one issue's issue_field_values */
    /* Borrowed: struct github_extra by the issue's key; NULL: none. */
    const struct map *extras;
};

/* Without extras. */
bool github_wire_compile(struct arena *a, struct github_wire *ret,
                         struct err *e) MUST_USE;

struct github_page {
    size_t elements;    /* of the list, pull requests included */
    struct wall newest; /* largest updated_at; 0: none */
    struct wall moved;  /* earliest updated_at not before `start`; 0: none */
    bool closed_since;  /* some element was closed at or after `start` */
};

/*
 * Appends an item for each issue of a page; pull requests and elements without
 * id, number or title count as skipped. ERR_PARSE, ERR_LIMIT: not a page of
 * issues, nothing was appended; ERR_NOMEM.
 */
bool github_wire_issues(const struct github_wire *w, const struct tracker_conf *conf,
                        struct str scope, struct wall start, struct str body,
                        struct feed *out, struct github_page *ret,
                        struct err *e) MUST_USE;

/* An issue that was asked for by itself. */
struct github_one {
    struct str id;
    struct str repo; /* where it says it is, as GitHub spells it; empty: it does not */
    bool pull;       /* a pull request: no item was appended */
};

/*
 * Appends the item, in the scope given or, where the issue says it is in another
 * repository, in that one. ERR_PARSE, ERR_LIMIT: not an issue, nothing was
 * appended; ERR_NOMEM.
 */
bool github_wire_issue(const struct github_wire *w, const struct tracker_conf *conf,
                       struct str scope, struct str body, struct feed *out,
                       struct github_one *ret, struct err *e) MUST_USE;

/* The name of the field, of issues or projects, that holds a status: `fields.status`.
 */
struct str github_status_field(const struct tracker_conf *conf);
/* Whether a label or status of that name makes an open issue one in progress. */
bool github_counts_in_progress(const struct tracker_conf *conf, struct str word);

/* A repository's id and full name. ERR_PARSE: it is none. */
bool github_wire_repo(struct arena *a, struct str body, struct str *ret_id,
                      struct str *ret_name, struct err *e) MUST_USE;

/*
 * `message` of an error body, on one line and cut; empty when there is none,
 * and when it repeats the secret: proxies print the request they refuse.
 */
struct str github_wire_message(struct arena *a, struct str body, struct str secret);

#endif
