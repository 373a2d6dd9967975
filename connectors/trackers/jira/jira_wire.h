/*
 * What Jira's answers hold, as values. Every member of an answer may be null,
 * missing or of another type than documented; a single malformed issue is
 * counted and left out, a malformed answer is ERR_PARSE.
 *
 * Pure; engine thread; results live in the arena given (of the feed, for a
 * page). Shapes: Atlassian's Jira Cloud OpenAPI v3 description, Jira Data
 * Center 10.3 REST description, and recordings of both.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_WIRE_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_WIRE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira_fields.h"
#include "connectors/wire/project.h"

/* GET /rest/api/2/serverInfo */
struct jira_server {
    bool cloud;
    struct str site; /* baseUrl without a trailing slash, https only; else empty */
    struct str version;
};
bool jira_read_server(struct str body, struct arena *a, struct jira_server *ret,
                      struct err *e) MUST_USE;

/* GET /rest/api/{2,3}/myself: who that is, for people. ERR_PARSE: nobody. */
bool jira_read_myself(struct str body, struct arena *a, struct str *ret,
                      struct err *e) MUST_USE;

/*
 * GET /rest/api/3/project/search (a page of them) or /rest/api/2/project (all).
 * Appends to `ret`.
 */
struct jira_project {
    struct str key, id;
};
struct jira_projects {
    struct jira_project *v;
    size_t n, cap;
};
struct jira_projects_page {
    size_t returned;
    bool paged; /* Cloud's form: a page of them, in an object */
    bool last;
};
bool jira_read_projects(struct str body, struct arena *a, struct jira_projects *ret,
                        struct jira_projects_page *ret_page, struct err *e) MUST_USE;

/* What is needed to read issues; immutable once made. */
struct jira_reader {
    const struct tracker_conf *conf; /* borrowed, as is `fields` */
    const struct jira_fields *fields;
    struct str site; /* borrowed; {site}/browse/{key} is where people look */
    const struct project *projection; /* in the arena given to jira_reader_init */
};
bool jira_reader_init(struct jira_reader *r, const struct tracker_conf *conf,
                      const struct jira_fields *fields, struct str site,
                      struct arena *a, struct err *e) MUST_USE;

/* One page of a search. */
struct jira_page {
    struct str next;      /* Cloud: nextPageToken; empty: the last page */
    int64_t start, total; /* Data Center; -1: absent */
    size_t returned;      /* issues in the answer, malformed ones too */
    struct wall reached;  /* all before has been served; 0: no telling */
    struct wall newest;   /* last update of any issue; 0: none */
    uint64_t *ids;        /* hashes of the issues' ids, in order */
};

/*
 * How many issues at the end of a page tell how far it got. An issue changed
 * just now may still stand where the index had it, with its new date: the
 * oldest date of several is one that the order was made by.
 */
#define JIRA_TAIL 5
bool jira_read_page(struct str body, const struct jira_reader *r, struct feed *out,
                    struct jira_page *ret, struct err *e) MUST_USE;

/*
 * A page of a listing: sightings, each in `scope` or, where that is empty, in
 * the project its key names. `reached` tells creation.
 */
bool jira_read_sightings(struct str body, const struct jira_reader *r, struct str scope,
                         struct feed *out, struct jira_page *ret,
                         struct err *e) MUST_USE;

/* An issue that was asked for by its id. */
struct jira_found {
    struct str vid;
    bool read; /* false: it is there, and does not read or was not served */
    bool archived;
    struct item it; /* where `read` */
};
struct jira_findings {
    struct jira_found *v;
    size_t n, cap;
};

/*
 * GET issue/{id} (`single`), POST issue/bulkfetch or a search for ids.
 * `issueErrors` of a bulkfetch names those that could not be served this time;
 * who does not exist or may not be seen is in neither list.
 */
bool jira_read_findings(struct str body, bool single, const struct jira_reader *r,
                        struct arena *a, struct jira_findings *ret,
                        struct err *e) MUST_USE;

/*
 * Where a page stands. Cloud: a token, or none at the end. Data Center: always
 * startAt and total. Anything else could be taken for the end of the list.
 */
bool jira_read_place(const json_t *root, struct jira_page *page);

/* Only how many issues a search answer has. */
bool jira_read_count(struct str body, const struct jira_reader *r, size_t *ret,
                     struct err *e) MUST_USE;

/* Comma separated ids of the fields read, for `fields=`. */
void jira_field_list(struct buf *out, const struct jira_fields *fields);

#endif
