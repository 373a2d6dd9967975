/*
 * Which custom fields of this Jira carry what: ids differ between instances,
 * names between languages, so fields are found by `schema.custom` where that
 * says enough, and by the operator's name or id elsewhere.
 *
 * GET /rest/api/{2,3}/field answers [{id, name, custom, schema{type, custom}}]
 * and, on Cloud, `scope` for fields of one team-managed project.
 *
 * Pure; engine thread; results live in the arena.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_FIELDS_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"

/* A field whose values become marks: an entry of `fields` in the configuration. */
struct jira_mark_field {
    struct str id, name; /* name as Jira shows it */
};

enum { JIRA_MAX_MARKS = 40 }; /* the projection takes 64 members of an object */

/* What a setting of `fields` stands for, in words. */
struct jira_field_choice {
    struct str key; /* of the setting */
    bool found;     /* false: `auto` found none */
    struct str text;
};

struct jira_fields {
    struct str epic_link;   /* gh-epic-link; empty: none, here and below */
    struct str epic_name;   /* gh-epic-label: only epics have it (Data Center) */
    struct str parent_link; /* jpo-custom-field-parent: above epics (Data Center) */
    struct jira_mark_field *marks;
    size_t n_marks;
    struct jira_field_choice *choices;
    size_t n_choices;
};

/* Ids go into `fields=` and into the paths of the projection. */
bool jira_field_is_usable(struct str id);

/*
 * ERR_PARSE: not a field list. ERR_CONFIG: a configured field is unknown or
 * its name means several; the message names the candidates.
 */
bool jira_fields_find(const struct tracker_conf *conf, struct str body, struct arena *a,
                      struct jira_fields *ret, struct err *e) MUST_USE;

#endif
