/*
 * One Jira site with two faces: Jira Cloud below /jira and Jira Data Center
 * below /jira-dc, for the parts a reader of issues uses. Same issues, each
 * vendor's shapes: ADF or wiki text, accountId or user name, cursor or startAt.
 *
 * Sources: Atlassian's OpenAPI descriptions of Cloud v3 and Data Center 10.3,
 * recorded replies, changelog CHANGE-2046 (removal of /search). One thread.
 */
#ifndef VENDORS_JIRA_H
#define VENDORS_JIRA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/support/vendors/staff.h"
#include "tests/support/vendors/reply.h"

enum jira_face { JIRA_FACE_CLOUD, JIRA_FACE_DC };

struct jira_options {
    const char *site;      /* http://127.0.0.1:PORT */
    const char *user;      /* Basic authentication; NULL: any */
    const char *token;     /* API token or personal access token; NULL: any */
    uint32_t page_cap;     /* maxResults is clamped to it; 0: as the vendors do */
    const char *time_zone; /* of the calling user; NULL: as the data says, or UTC */
    bool no_epoch;         /* JQL refuses milliseconds as a date */
};

struct jira;

struct jira *jira_create(const struct jira_options *o, struct staff *people,
                         struct err *e) MUST_USE;
void jira_destroy(struct jira *j); /* NULL is fine */

/* The "jira" part of a company file; borrowed for the call. */
bool jira_load(struct jira *j, const json_t *part, struct wall now,
               struct err *e) MUST_USE;
/* Real issues of a Data Center, one a line. */
bool jira_load_lines(struct jira *j, const char *path, struct err *e) MUST_USE;
/* An issue in the company file's form, with "key" to change or "project" to add. */
bool jira_change(struct jira *j, const json_t *change, struct wall now,
                 struct err *e) MUST_USE;
/* {"project": KEY} and "hidden": the caller may not browse it any more, which Jira
   says nowhere: lists and searches just leave it out. */
bool jira_change_project(struct jira *j, const json_t *change, struct err *e) MUST_USE;

void jira_answer(struct jira *j, enum jira_face face, const struct request *rq,
                 struct reply *rp);

#endif
