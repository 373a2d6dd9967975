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
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/wire/project.h"

/* Raised when the same page is read into other items than before. */
#define GITHUB_EXTRACTOR 1

/* What is wanted of a page; compiled once for each context, in its arena. */
struct github_wire {
    const struct project *issues;
    const struct project *fields; /* one issue's issue_field_values */
};

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

/* A repository's id and full name. ERR_PARSE: it is none. */
bool github_wire_repo(struct arena *a, struct str body, struct str *ret_id,
                      struct str *ret_name, struct err *e) MUST_USE;

/*
 * `message` of an error body, on one line and cut; empty when there is none,
 * and when it repeats the secret: proxies print the request they refuse.
 */
struct str github_wire_message(struct arena *a, struct str body, struct str secret);

#endif
