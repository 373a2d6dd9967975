/*
 * What a GitHub context knows while it runs; shared by github.c (which request
 * comes next) and github_answer.c (what an answer means), by nobody else.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_STATE_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github.h"
#include "connectors/trackers/github/github_cursor.h"
#include "connectors/trackers/github/github_link.h"
#include "connectors/trackers/github/github_wire.h"

enum { GITHUB_PER_PAGE = 100, GITHUB_HEADERS = 4 };

/*
 * `since` may mean "after" as well as "at or after", and replicas lag: each
 * walk begins a little before the last one ended.
 */
#define GITHUB_OVERLAP DUR_S(120)

/* One answered page of the walk that is running. */
struct github_mark {
    uint64_t path;    /* hashes: the same page twice is a loop, */
    uint64_t content; /* under one address or several */
    struct wall at;   /* server's time */
    struct wall last; /* largest updated_at on it */
};

struct github_scope {
    struct str name; /* in the context's arena, like vid */
    struct str vid;
    struct github_cursor cursor;
    struct buf page;  /* owned; cursor.page is a view of it */
    struct buf url;   /* owned; of the request that is next or out */
    bool ask_repo;    /* its new name is asked for before the list */
    bool out;         /* a request is on its way */
    bool finished;    /* nothing more in this sync */
    bool told;        /* SCOPE_SEEN was said */
    bool conditional; /* the request carries If-None-Match */
    bool versioned;   /* ... and X-GitHub-Api-Version */
    uint32_t tag;
    unsigned tries;     /* failures in a row of this request */
    unsigned malformed; /* answers in a row that could not be read */
    unsigned moves;     /* redirects to another name in this sync */
    unsigned unasked;   /* 304 to a request without If-None-Match */
    int per_page;
    struct wall not_before;
    struct http_header headers[GITHUB_HEADERS];
    struct github_mark *marks; /* owned */
    size_t n_marks, cap_marks;
};

struct tracker {
    const struct tracker_conf *conf; /* borrowed */
    struct arena *arena;             /* owned */
    struct github_wire wire;
    struct str base; /* without a trailing slash */
    struct github_url base_url;
    struct str token; /* borrowed from the configuration */
    struct buf auth;  /* owned, secret; empty without a token */
    struct github_scope *scopes;
    size_t n_scopes;
    size_t out; /* requests on their way */
    uint32_t last_tag;
    bool unversioned; /* the host does not know our API version */
    bool stopped;     /* no more requests: refused as a whole */
    unsigned limited; /* rate limits met in a row */
    struct wall paused_until;
};

/*
 * Builds the next request's URL, so that `next` needs no memory. False: out of
 * memory.
 */
bool github_prepare(struct tracker *t, struct github_scope *s) MUST_USE;

/* Appends the key under which an ETag of `url` is kept: hex, of fixed length. */
void github_etag_key(const struct tracker *t, struct str url, struct buf *out);

/* Replaces the page, which may be empty. The view ends with the next call. */
void github_set_page(struct github_scope *s, struct str path);

/* The length of `history`; working days count as 7/5 of a day. */
struct dur github_history(const struct tracker_conf *conf);

bool github_feed(struct tracker *t, uint32_t tag, const struct http_response *resp,
                 const struct err *failure, struct wall now, struct feed *out,
                 struct err *e) MUST_USE;

#endif
