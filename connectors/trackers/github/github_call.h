/*
 * One request to GitHub and what it takes to make it again. A call belongs to
 * the source as a whole or to one repository and is used for one request after
 * the other; what the answer means is decided by its kind. Pure; engine
 * thread. The views of a request live in the call and the client until its
 * answer was fed.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_CALL_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_link.h"

enum { GITHUB_MAX_URL = 4000, GITHUB_HEADERS = 5 };

struct github_scope;

/* Which answer is awaited. */
enum github_call_kind {
    GITHUB_CALL_ISSUES,       /* a page of a walk */
    GITHUB_CALL_REPO,         /* a repository: its name, after it has moved */
    GITHUB_CALL_TASK,         /* github_task.h knows */
    GITHUB_CALL_PROJECT,      /* github_board.h knows */
    GITHUB_CALL_INSTALLATION, /* of an App; like the next one signed by it */
    GITHUB_CALL_TOKEN,
    GITHUB_CALL_VERSIONS, /* of the API; asked for without one */
    GITHUB_CALL_REPOS,    /* a page of an organisation's repositories */
};

struct github_call {
    enum github_call_kind kind;
    struct github_scope *scope; /* borrowed; NULL: of the source as a whole */
    struct buf url;             /* owned; of the request that is next or out */
    struct buf body;            /* owned; not empty: POST */
    struct str etag;            /* borrowed; sent as If-None-Match, if any */
    bool stay;                  /* a redirect is an answer, not followed */
    bool out;                   /* the request is on its way */
    struct str version;         /* ... with that X-GitHub-Api-Version; empty: none */
    unsigned token_no;          /* ... and that token */
    uint32_t tag;
    unsigned tries;     /* failures in a row */
    unsigned malformed; /* answers in a row that could not be read */
    struct wall not_before;
    struct github_call *next_out; /* of the client's list */
    struct http_header headers[GITHUB_HEADERS];
};

/* Where requests go, with which credentials, and which of them are out. */
struct github_client {
    struct str base; /* borrowed, without a trailing slash */
    struct github_url base_url;
    struct str token;   /* a view of `auth` */
    struct buf auth;    /* owned, secret: value of Authorization; empty: anonymous */
    struct buf jwt;     /* owned, secret: the same for what an App signs */
    unsigned token_no;  /* counts the tokens there were */
    struct str version; /* of the API; empty: none is asked for. Lives in the context */
    struct github_call *out; /* borrowed: calls that await their answers */
    size_t n_out;
    uint32_t last_tag;
};

/* ERR_CONFIG: `base` is not the URL of an API. */
bool github_client_init(struct github_client *c, struct str base, struct str token,
                        struct err *e) MUST_USE;
void github_client_finish(struct github_client *c); /* wipes */
/* Views of the last one end: nothing may be out. False: out of memory, or too long. */
bool github_client_set_token(struct github_client *c, struct str token) MUST_USE;

void github_call_init(struct github_call *call, struct github_scope *scope);
void github_call_finish(struct github_call *call);

/* Empties address and body, then appends the base URL and, unless NULL, `path`. */
void github_call_begin(const struct github_client *c, struct github_call *call,
                       const char *path);
/* The same for a path that GitHub gave, from the root of our origin. */
void github_call_begin_at(const struct github_client *c, struct github_call *call,
                          struct str path);
/* False: out of memory, or beyond all limits. */
bool github_call_ok(const struct github_call *call) MUST_USE;

bool github_call_is_app(const struct github_call *call);
/* What must not be told if an answer repeats it. */
struct str github_call_secret(const struct github_client *c,
                              const struct github_call *call);

/* Hands the request out. */
void github_call_send(struct github_client *c, struct github_call *call,
                      struct tracker_request *ret);
/* The call that was sent with this tag, which is out no more; NULL: none. */
struct github_call *github_call_take(struct github_client *c, uint32_t tag);

enum { GITHUB_ETAG_KEY = 32 }; /* characters */
/* Appends the key under which an ETag of `url` is kept: hex, of fixed length. */
void github_etag_key(const struct github_client *c, struct str url, struct buf *out);

#endif
