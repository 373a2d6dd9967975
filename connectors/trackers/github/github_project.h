/*
 * GitHub Projects (the new ones) as REST tells them: fields, and pages of items
 * with their values. Pure; results live in the arena given.
 * https://docs.github.com/en/rest/projects/items, schemas projects-v2-field and
 * projects-v2-item-with-content.
 *
 * What is kept of a page is text: one line an issue, its key and the values of
 * the fields that are wanted, in their order, tabs between.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_PROJECT_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_PROJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_wire.h"
#include "connectors/wire/project.h"

enum {
    GITHUB_MAX_FIELDS = 50, /* that may be asked for at once */
    GITHUB_MAX_ROW = 4096,  /* bytes of one issue's line */
};

/* A field of the project that says something of its issues. */
struct github_project_field {
    struct str id, name;
    bool is_status;
};

struct github_project_fields {
    struct github_project_field v[GITHUB_MAX_FIELDS];
    size_t n;
};

struct github_project_wire {
    const struct project *fields, *items, *values;
};

bool github_project_compile(struct arena *a, struct github_project_wire *ret,
                            struct err *e) MUST_USE;

/* "acme/7" -> "acme", "7". */
bool github_project_name(struct str name, struct str *ret_owner,
                         struct str *ret_number) MUST_USE;

/*
 * Adds those of a page of fields that `fields:` names or, for `auto` and where it
 * says nothing of the status, that are called as usual. ERR_PARSE: no page of fields.
 */
bool github_project_read_fields(const struct github_project_wire *w,
                                const struct tracker_conf *conf, struct str body,
                                struct arena *a, struct github_project_fields *ret,
                                struct err *e) MUST_USE;

/*
 * Appends a line for each issue of a page of items; pull requests, drafts and
 * archived items are left out, and issues that are closed are marked with a "-"
 * before the key. ERR_PARSE: no page of items; ERR_LIMIT, ERR_NOMEM.
 */
bool github_project_read_items(const struct github_project_wire *w,
                               const struct github_project_fields *fields,
                               struct str body, struct buf *out,
                               struct err *e) MUST_USE;

/* One line of a page, cut off the front of *rest. False: none is left. */
struct github_project_row {
    struct str key;    /* acme/web#4 */
    struct str values; /* with tabs between */
    bool closed;
};
bool github_project_next_row(struct str *rest, struct github_project_row *ret);

/* Adds what the values mean to *ret, which may know something already. */
bool github_project_extra(const struct github_project_fields *fields, struct str values,
                          struct arena *a, struct github_extra *ret) MUST_USE;

#endif
