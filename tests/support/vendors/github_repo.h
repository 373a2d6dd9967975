/*
 * Repositories and their issues, shared by the parts of the GitHub module:
 * github.c routes, github_list.c pages, github_repo.c keeps and changes,
 * github_render.c writes JSON, github_synth.c invents. Not for others.
 *
 * An issue is kept as the text that is served, written when it changes: lists
 * are then copies of texts, whatever the issue came from.
 */
#ifndef VENDORS_GITHUB_REPO_H
#define VENDORS_GITHUB_REPO_H

#include "base/map.h"
#include "tests/support/vendors/github.h"
#include "tests/support/vendors/pages.h"

struct gh_issue {
    uint32_t number;
    bool open, pull, gone; /* gone: deleted or transferred */
    int64_t id;
    int64_t created, updated; /* s */
    json_t *model; /* owned; company file form; NULL: `text` is all there is */
    char *text;    /* owned; NULL: generated when asked for */
    uint32_t n_text;
    uint32_t cut, n_cut; /* `"assignee":...,`: not in API version 2026-03-10 */
    uint64_t hash;       /* of the text */
};

enum gh_state { GH_OPEN, GH_CLOSED, GH_ALL };
enum gh_sort { GH_CREATED, GH_UPDATED };

/* Issues that match, in ascending order of (sort time, number). */
struct gh_view {
    enum gh_state state;
    enum gh_sort sort;
    int64_t since;
    uint64_t version; /* of the repository */
    uint64_t used;
    uint32_t *at; /* owned; indices into issues */
    size_t n;
};

#define GH_VIEWS 6

struct gh_repo {
    struct github *github;
    char *full, *owner, *name; /* owned */
    int64_t id;
    size_t index;            /* among the repositories */
    json_t *model;           /* owned; the repository in the company file's form */
    struct gh_issue *issues; /* owned; by number */
    size_t n, cap;
    uint64_t version, clock;
    struct gh_view views[GH_VIEWS];
    bool is_private, forbidden, hidden, no_issues;
    struct blob **users; /* owned; of generated issues */
    size_t n_users;
};

struct gh_token {
    uint64_t hash;
    int64_t reset; /* s; the end of the hour */
    int64_t used;
};

/* A token that an App has bought. */
struct gh_sold {
    uint64_t hash;
    int64_t expires; /* s */
};

struct github {
    struct github_options o;
    char *api, *web; /* owned; prefixes of URLs */
    struct staff *people;
    struct gh_repo **repos; /* owned */
    size_t n_repos;
    struct gh_token *tokens; /* owned */
    size_t n_tokens;
    int64_t limit;
    struct gh_sold *sold; /* owned */
    size_t n_sold;
    struct pages *pages;
    json_t *projects;  /* owned; a list, in the company file's form */
    uint64_t requests; /* for request ids */
    struct wall start;
};

/* -- github.c -- */
void gh_refuse(struct reply *rp, int status, const char *message);

/* -- github_app.c -- */
/* Whether requests of that path carry what the App signs, instead of a token. */
bool gh_app_is_signed(const struct request *rq);
bool gh_app_token_is_good(const struct github *g, struct str token, struct wall now);
void gh_app_sell(struct github *g, const struct request *rq, struct reply *rp);
/* The App's installation for `owner`; NULL: there is none. */
void gh_app_installation(struct github *g, const char *owner, const struct request *rq,
                         struct reply *rp);

/* -- github_repo.c -- */
struct gh_repo *gh_repo_find(const struct github *g, const char *full);
struct gh_repo *gh_repo_by_id(const struct github *g, int64_t id);
/* By a name it had before; NULL: none. */
struct gh_repo *gh_repo_renamed(const struct github *g, const char *full);
struct gh_repo *gh_repo_add(struct github *g, const char *full, struct err *e);
void gh_repo_destroy(struct gh_repo *r);
struct gh_issue *gh_issue_find(const struct gh_repo *r, uint64_t number);
/* At its place by number; NULL: out of memory. Pointers to others move. */
struct gh_issue *gh_issue_add(struct gh_repo *r, uint32_t number);
/* Takes the text and computes what goes with it. */
void gh_issue_set_text(struct gh_issue *i, char *text, size_t n);
/* The number of "owner/name#4" or of 4 within `r`; NULL: no such issue. */
struct gh_issue *gh_issue_of_ref(const struct gh_repo *r, const json_t *ref,
                                 struct gh_repo **ret_repo);
const struct gh_view *gh_repo_view(struct gh_repo *r, enum gh_state state,
                                   enum gh_sort sort, int64_t since);
int64_t gh_issue_key(const struct gh_issue *i, enum gh_sort sort);

/* -- github_load.c -- */
/* Refuses members that mean nothing here: a typing error would go unseen. */
bool gh_load_check(const json_t *issue, struct err *e) MUST_USE;
/* Adds an issue of the company file's form; copies it. */
bool gh_load_issue(struct gh_repo *r, const json_t *from, struct wall now,
                   struct err *e) MUST_USE;
/* Reads the model again; relative times in it become absolute. */
bool gh_load_model(struct gh_issue *i, struct wall now, struct err *e) MUST_USE;
/* Writes every text: a parent's summary counts its children anywhere. */
bool gh_render_all(struct github *g, struct err *e) MUST_USE;

/* -- github_render.c -- */
/* Writes the texts of all issues that have a model. */
bool gh_render_repo(struct gh_repo *r, struct err *e) MUST_USE;
void gh_render_repository(struct buf *out, const struct gh_repo *r);
/* As the company file declares it. */
void gh_render_milestone(struct buf *out, const struct gh_repo *r, const json_t *m);
void gh_render_user(struct buf *out, const struct github *g, const struct person *who);
/* The longer form, of GET /user. */
void gh_render_profile(struct buf *out, const struct github *g,
                       const struct person *who);

/* -- github_blocked.c -- */
/* How many it waits for and how many wait for it: open ones, and all. */
struct gh_blocked {
    int64_t by, all_by, blocking, all_blocking;
};
void gh_blocked_count(const struct gh_repo *r, const struct gh_issue *i,
                      struct gh_blocked *ret);
/* Answers with a page of what it waits for or, `blocking`, of what waits for it. */
void gh_blocked(const struct gh_repo *r, const struct gh_issue *i, bool blocking,
                bool without_assignee, const struct request *rq, struct reply *rp);

/* -- github_events.c -- */
/* Answers with a page of the issue's timeline. */
void gh_timeline(const struct gh_repo *r, const struct gh_issue *i,
                 const struct request *rq, struct reply *rp);

/* -- github_project.c -- */
bool gh_projects_load(struct github *g, const json_t *list, struct err *e) MUST_USE;
bool gh_projects_change(struct github *g, const json_t *change, struct err *e) MUST_USE;
/* Answers for project OWNER/NUMBER; `what` is /fields or /items. */
void gh_project(const struct github *g, bool user, const char *name, struct str what,
                const struct request *rq, struct reply *rp);

/* -- github_synth.c -- */
bool gh_synth_fill(struct gh_repo *r, uint32_t count, struct wall now,
                   struct err *e) MUST_USE;
/* The text of an issue that is not kept. */
void gh_synth_render(struct buf *out, const struct gh_repo *r,
                     const struct gh_issue *i);

/* -- github_list.c -- */
void gh_list(struct gh_repo *r, const struct request *rq, bool without_assignee,
             struct reply *rp);
/* Appends the text of an issue as the API version in use has it. */
void gh_list_text(struct buf *out, const struct gh_repo *r, const struct gh_issue *i,
                  bool without_assignee);
/* 304 where the client has this very answer; sets ETag. */
bool gh_unchanged(const struct request *rq, struct reply *rp, uint64_t content);
/*
 * Makes the compressed pages of a first walk ahead: open issues, then closed
 * ones, in order of creation. Any other page is compressed when first asked for.
 */
bool gh_list_warm(struct gh_repo *r, struct err *e) MUST_USE;

#endif
