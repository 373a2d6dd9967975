/*
 * A tiny server of one vendor's API for the conformance suite: the good
 * answers, made from handmade issues in tests/data/conform, and the one table
 * that says which server stands for which row of `trackers[]`.
 *
 * Answers live in the site's arena until it is reset. Whatever cannot be
 * served fails the running test: a tracker that asks for something else than
 * its README says is to be noticed.
 */
#ifndef TESTS_CONFORM_SITE_H
#define TESTS_CONFORM_SITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "connectors/connector.h"

enum { SITE_PAGE = 4, SITE_HEADERS = 16 };

/* Sunday, and what the issues of the later world say of themselves. */
#define SITE_START ((struct wall){INT64_C(1795348800000)}) /* 2026-11-22T12:00:00Z */
#define SITE_LATER ((struct wall){INT64_C(1797940800000)}) /* 2026-12-22T12:00:00Z */

/* What a server says: an answer, or none at all. */
struct answer {
    int status;
    struct str type; /* Content-Type */
    struct str body;
    struct http_header headers[SITE_HEADERS]; /* besides Content-Type and Date */
    size_t n_headers;
    struct str date;    /* Date; empty: none */
    struct err failure; /* kind ERR_NONE: it was answered */
};

struct fixture;

struct site {
    const struct fixture *fx;
    const json_t *data; /* borrowed from the fixture's file */
    struct arena *a;    /* of the answer that is made; borrowed */
    struct wall now;    /* the server's clock */
    bool later;         /* issues as they are a month later */
    bool soon;          /* not a month: those say that they changed a moment ago */
    bool gone;          /* what vanishes has vanished */
};

struct fault;

/* What a fault of this name ("*": any) is expected to do here, instead of what
   faults.c says. */
struct expectation {
    const char *fault;
    const char *class; /* NULL: any */
    unsigned kinds, flags;
};

struct fixture {
    const char *name; /* for people */
    const char *type; /* the row of `trackers[]` */
    const char *url;
    const char *file; /* under tests/data/conform */
    const char *victim;
    const char *auth; /* the Authorization header that goes out */
    /* Whether a request needs no such header, but another one, which it has. */
    bool (*has_other_auth)(const struct http_request *req); /* NULL: none does */
    bool remembers; /* what the feed's memory said is given to the next sync */
    const char *const *secrets; /* what may be found nowhere else; NULL-terminated */
    void (*configure)(struct tracker_conf *conf);
    void (*serve)(struct site *s, const struct http_request *req, struct answer *ret);
    /*
     * What a request is about: "victim" (it reads that scope's issues), a word
     * for a request on behalf of the whole source, or NULL for other scopes'.
     */
    const char *(*class_of)(const struct http_request *req);
    const struct fault *faults;         /* this API's own; ends with a NULL name */
    const struct expectation *expected; /* ends with a NULL fault */

    /* ---- of those in more_fixtures: what a sync asks besides, and when ---- */

    const char *const *vanished; /* ids of issues; NULL-terminated */
    const char *unlisted;        /* the id of one that listings lack, and is there */
    /* A new issue like this one that has changed at that time. */
    json_t *(*dated)(const json_t *issue, struct wall at);
    /* Classes of requests that may be spoilt while issues come and go, and while
       scopes are listed; NULL-terminated. */
    const char *const *news, *const *census;
};

/* One entry for each kind of server; a row of `trackers[]` without one fails. */
extern const struct fixture *const fixtures[]; /* NULL-terminated */

/* Servers of projects, histories and listings: test_conform_more. */
extern const struct fixture *const more_fixtures[]; /* NULL-terminated */

extern const struct fixture github_fixture, github_org_fixture, jira_cloud_fixture,
    jira_dc_fixture, github_more_fixture, jira_cloud_more_fixture, jira_dc_more_fixture;

/* ---- for the servers ---- */

void answer_header(struct answer *ans, struct str name, struct str value);
/* When what is `soon` has changed. */
#define SITE_SOON ((struct wall){SITE_START.ms + INT64_C(300000)})

void answer_json(struct site *s, struct answer *ans, const json_t *body);

/* Undoes %XX and + of one parameter of a URL; false: it is not there. */
bool site_param(const struct site *s, struct str url, const char *name,
                struct str *ret);

/* A new array of the issues that `wants` takes, as they are in the site's world. */
typedef bool site_wants_fn(const struct site *s, const json_t *scope,
                           const json_t *issue, const void *arg);
json_t *site_issues(const struct site *s, site_wants_fn *wants, const void *arg);
/* Whether it is the issue of that id, written as a number or as text. */
bool site_has_id(const json_t *issue, const char *id);
bool site_is_vanished(const struct site *s, const json_t *issue);
/* From the least time on; equal ones keep their order. */
void site_sort(json_t *list, struct wall (*time_of)(const json_t *issue));

#endif
