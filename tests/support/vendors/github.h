/*
 * GitHub's REST API as far as a reader of issues sees it, below /github:
 * /versions, /rate_limit, /user, repositories, lists of issues with Link and
 * cursor pages, ETags and limits, single issues, sub-issues, parents, dependencies,
 * timelines, milestones, projects.
 * Answers have the shape of the OpenAPI description of api.github.com
 * (2026-09) and of recorded replies. One thread.
 */
#ifndef VENDORS_GITHUB_H
#define VENDORS_GITHUB_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/support/vendors/staff.h"
#include "tests/support/vendors/reply.h"

struct github_options {
    const char *site;     /* http://127.0.0.1:PORT */
    const char *token;    /* the only one accepted; NULL: any */
    const char *app;      /* number of the GitHub App there is; NULL: any */
    const char *app_key;  /* its public key, PEM */
    uint32_t app_token_s; /* how long its tokens last; 0: an hour */
    const char *version;  /* the only one of the API; "none": it has none; NULL: both */
    uint32_t rate_limit;  /* requests an hour and token */
    uint32_t cursor_after; /* issues; from there on pages have cursors only */
    bool gzip;             /* make compressed pages ahead */
};

struct github;

struct github *github_create(const struct github_options *o, struct staff *people,
                             struct err *e) MUST_USE;
void github_destroy(struct github *g); /* NULL is fine */

/* The "github" part of a company file; borrowed for the call. */
bool github_load(struct github *g, const json_t *part, struct wall now,
                 struct err *e) MUST_USE;
/* Real issues, one a line, served as the repository `full` (owner/name). */
bool github_load_lines(struct github *g, const char *full, const char *path,
                       struct err *e) MUST_USE;
/* `count` generated issues. */
bool github_add_synthetic(struct github *g, const char *full, uint32_t count,
                          struct wall now, struct err *e) MUST_USE;

/* An issue in the company file's form, with "repo" and, to change one, "number". */
bool github_change(struct github *g, const json_t *change, struct wall now,
                   struct err *e) MUST_USE;
/* Values of an issue in a project: "project", "issue", "values" or "remove". */
bool github_change_project(struct github *g, const json_t *change,
                           struct err *e) MUST_USE;
/* {"repo": R} and what changes: "archived", "hidden", "name" (owner/name). */
bool github_change_repo(struct github *g, const json_t *change, struct err *e) MUST_USE;
/* Marks `count` issues, spread over the repository, as updated now. */
bool github_touch(struct github *g, const char *full, uint32_t count, struct wall now,
                  struct err *e) MUST_USE;
/* What is left of every token's limit, and when it starts again; 0: unchanged. */
void github_set_limit(struct github *g, int64_t limit, int64_t remaining,
                      struct wall reset);

/* The base URL by which clients reach it, where that is a proxy: links and addresses
   name it from now on. Issues known by their text only keep theirs. */
bool github_set_url(struct github *g, const char *url, struct err *e) MUST_USE;

void github_answer(struct github *g, const struct request *rq, struct reply *rp);
/* The page a browser would see at html_url; false: none there. */
bool github_browse(struct github *g, const char *path, struct reply *rp);

#endif
