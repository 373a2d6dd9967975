/*
 * The site and its issues, shared by the parts of the Jira module: jira.c
 * routes, jira_search.c searches and pages, jira_load.c reads, jira_change.c
 * changes; jira_log.c remembers changes; jira_render.c, jira_shape.c and
 * jira_show.c write what each face shows. Not for others.
 */
#ifndef VENDORS_JIRA_SITE_H
#define VENDORS_JIRA_SITE_H

#include "tests/support/vendors/jira.h"
#include "tests/support/vendors/jql.h"
#include "tests/support/vendors/jira_zone.h"

/* How a face and its API version show an issue. */
enum jira_form { JIRA_CLOUD_V3, JIRA_CLOUD_V2, JIRA_DC_V2, JIRA_FORMS };

struct jira_project {
    char *key, *name; /* owned */
    int64_t id;
    bool hidden; /* not in the list of projects; searches leave its issues out */
};

struct jira_issue {
    int64_t id;
    char *key; /* owned */
    size_t project;
    json_t *model;             /* owned; company file form; NULL: raw */
    json_t *raw;               /* owned; `fields` of a real issue */
    json_t *shown[JIRA_FORMS]; /* owned; made when asked for */
    uint64_t shown_version;
    struct wall created, updated, resolved;
    const char *status, *type; /* borrowed from model or raw */
    enum jql_category category;
    bool gone;     /* deleted */
    bool hidden;   /* there, and not for the caller */
    bool archived; /* in no search, shown by id */
    json_t *log;   /* owned; changes of status and assignee while the server runs */
};

struct jira_status {
    char *name; /* owned */
    enum jql_category category;
};

struct jira_type {
    char *name; /* owned */
    int level;  /* -1 sub-task, 0, 1 epic, 2 and more above */
};

struct jira {
    struct jira_options o;
    struct staff *people;
    struct jira_zone *zone;
    struct jira_project *projects;
    size_t n_projects;
    struct jira_issue *issues;
    size_t n_issues, cap_issues;
    struct jira_status *statuses;
    size_t n_statuses;
    struct jira_type *types;
    size_t n_types;
    json_t *custom;   /* owned; [{id, name, type}] of the company file */
    uint64_t version; /* any issue may show another: all are made anew */
    uint64_t requests;
};

/* -- jira_load.c -- */
/* Refuses members that mean nothing here: a typing error would go unseen. */
bool jira_load_check(const json_t *issue, struct err *e) MUST_USE;
/* Adds an issue of the company file's form; copies it. */
bool jira_load_issue(struct jira *j, const json_t *from, struct wall now,
                     struct err *e) MUST_USE;
/* Reads the model again; relative times in it become absolute. */
bool jira_load_model(struct jira *j, struct jira_issue *i, struct wall now,
                     struct err *e) MUST_USE;
bool jira_project_find(const struct jira *j, struct str key, size_t *ret);
int64_t jira_key_number(const char *key); /* 0: none */
struct jira_issue *jira_find(const struct jira *j, struct str key_or_id);
/* It is there and the caller may read it. */
bool jira_is_seen(const struct jira *j, const struct jira_issue *i);
const struct jira_status *jira_status_find(const struct jira *j, const char *name);
const struct jira_type *jira_type_find(const struct jira *j, const char *name);
/* The level of the type; an unknown one is 0. */
int jira_level(const struct jira *j, const char *type);

/* -- jira_shape.c: parts of an issue; new references, NULL when out of memory -- */
json_t *jira_shape_user(const struct jira *j, enum jira_form f, const char *id);
json_t *jira_shape_status(const struct jira *j, enum jira_form f, const char *name);
json_t *jira_shape_type(const struct jira *j, enum jira_form f, const char *name);
json_t *jira_shape_project(const struct jira *j, enum jira_form f, size_t project);
json_t *jira_shape_priority(const struct jira *j, enum jira_form f, const char *name);
json_t *jira_shape_time(const struct jira *j, struct wall t); /* 0: null */
json_t *jira_shape_url(const struct jira *j, enum jira_form f, const char *fmt, ...)
    PRINTF(3, 4);
json_t *jira_shape_fields(const struct jira *j, enum jira_form f); /* GET field */
/* "customfield_10014" for the field of that purpose; NULL: this face has none. */
enum jira_custom {
    JIRA_EPIC_LINK,
    JIRA_EPIC_NAME,
    JIRA_PARENT_LINK,
    JIRA_POINTS,
    JIRA_ESTIMATE,
    JIRA_SPRINT,
    JIRA_TEAM,
    JIRA_RANK,
    JIRA_FLAGGED,
    JIRA_CUSTOMS
};
const char *jira_custom_id(enum jira_form f, enum jira_custom c);

/* -- jira_log.c -- */
/* Notes what became of status and assignee (names and people's ids; NULL: none), at
   the time the issue says it was updated. */
void jira_log_change(struct jira_issue *i, const char *status, const char *assignee);
/* {startAt, maxResults, total, histories}, as `expand=changelog` shows it. */
json_t *jira_log_show(const struct jira *j, enum jira_form f, const struct jira_issue *i);
void jira_log_bulk(struct jira *j, enum jira_form f, const struct request *rq,
                   struct reply *rp);

/* -- jira_render.c -- */
/* All fields as that form has them; borrowed, until something changes. */
json_t *jira_render(struct jira *j, struct jira_issue *i, enum jira_form f);

/* -- jira_show.c -- */
/* The issue with the fields of the list (NULL: all); `ids`: id and key alone. */
json_t *jira_show(struct jira *j, enum jira_form f, struct jira_issue *i,
                  const json_t *list, bool ids);
/* Cloud answers a list of "id" and "key" alone with nothing else. */
bool jira_show_is_ids(const json_t *list);
/* Adds what `expand` asks for of "names" and "schema". */
void jira_show_names(const struct jira *j, enum jira_form f, const json_t *list,
                     const char *expand, json_t *root);

/* -- jira_search.c -- */
void jira_search_cloud(struct jira *j, enum jira_form f, const struct request *rq,
                       struct reply *rp);
void jira_search_dc(struct jira *j, const struct request *rq, struct reply *rp);
void jira_count(struct jira *j, const struct request *rq, struct reply *rp);
void jira_bulk(struct jira *j, enum jira_form f, const struct request *rq,
               struct reply *rp);
void jira_one(struct jira *j, enum jira_form f, struct str key,
              const struct request *rq, struct reply *rp);
/* {"errorMessages": [...], "errors": {}} */
void jira_refuse(struct reply *rp, int status, const char *message);

#endif
