/*
 * The status socket's requests as a table of pure functions: what is known
 * plus a request gives a reply. No sockets (server.c), no wiring (app). Each
 * runs on the thread its row names and owns nothing; memory is the request's
 * arena and the reply's buf.
 *
 * Each row says where it runs: on the loop over the published view, on the
 * reader over the database, on the engine as an audited write, or as an action
 * app carries out. Handlers write JSON into reply->body and return true; on
 * false `e` becomes application/problem+json (RFC 9457) with the status of
 * its kind: NOT_FOUND 404, USAGE 400, FORBIDDEN 403, CONFLICT 409, LIMIT 413,
 * others 500.
 */
#ifndef STATUS_API_H
#define STATUS_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "base/str.h"
#include "store/db.h"

/* What app knows and the database does not; published on the loop with each
   change, immutable, lives in its own arena together with `row`. */
struct api_source_view {
    struct str name;
    bool running;
    struct wall next_due;
    int64_t syncs; /* ended since the start, well or not: "syncs" in /v1/status */
    int64_t requests; /* sent within the last hour, or since the start */
};
struct api_channel_view {
    struct str name, type;
    bool posting;
};
struct api_view {
    struct status_row row; /* read after the last evaluation */
    struct wall row_at;
    struct str version; /* of the program */
    struct wall started;
    const struct api_source_view *sources;
    size_t n_sources;
    const struct api_channel_view *channels; /* as configured, in file order */
    size_t n_channels;
    struct str strategy_name;
    struct str strategy_path; /* the file or directory, as alignd opens it */
    struct str strategy_error; /* the file on disk does not load; empty: fine */
    struct str check_ins_error; /* the first thing wrong with that file; empty: fine */
    struct str conf_error;     /* likewise for alignd.yaml, since the last reload */
    struct wall reloaded;      /* last successful reload or start */
    struct str socket;         /* its path, mode and group, for people; empty: none */
    struct str credentials;    /* systemd's directory of them; empty: none */
    bool store_failing;        /* the last operation failed: disk full, I/O */
    struct str store_error;
    bool evaluating;
    bool reading_values; /* of key results, from their sources and files */
};

/* API_STREAM: app answers, and goes on answering. */
enum api_where {
    API_LOOP,
    API_READER,
    API_ASIDE, /* takes long: store_aside */
    API_ENGINE,
    API_ACTION,
    API_STREAM
};
enum api_action { API_NO_ACTION, API_SYNC, API_RELOAD };

struct api_request {
    struct str method;
    struct str path; /* as sent: still percent-encoded, without the query */
    struct arena *a; /* where api_find puts decoded args */
    const struct str_pair_list *query;
    struct str body;
    struct actor by;
    bool may_write;
    struct str args[4]; /* decoded values of the {…} in the row's path */
    size_t n_args;
    struct str refused; /* why api_find chose the row that refuses */
};

struct api_env {
    const struct api_view *view;      /* may be NULL on READER and ENGINE rows */
    const struct eval_conf *conf;
    struct wall now;
    struct arena *a; /* of the request */
    /* Reads a stored version of the strategy; the caller's to strategy_unref. ERR_PARSE
       with the first error when this alignd does not take it. Not on the loop. */
    bool (*parse)(const struct strategy_file *files, size_t n, struct strategy **ret,
                  struct err *e);
    /* Reads a posted alignd.yaml: what it says of rules, routes, channels and digests, over
       the sources and the strategy of `now`. *ret is valid until drop_conf(*ret_own).
       ERR_USAGE with the first error. Not on the loop. */
    bool (*read_conf)(const struct eval_conf *now, struct str text,
                      const struct eval_conf **ret, void **ret_own, struct err *e);
    void (*drop_conf)(void *own);
};

struct api_reply {
    int status; /* 200 unless the handler sets it */
    const char *content_type; /* application/json unless set */
    struct buf body; /* ceiling 64 MiB; app finishes it */
};

struct api_route {
    const char *method;
    const char *path; /* "/v1/items/{key}/why"; {…} takes one segment */
    enum api_where where;
    enum api_action action; /* API_ACTION */
    bool write;             /* needs may_write, else 403 */
    const char *query;      /* parameters it takes, blanks between; NULL: none */
    const char *fields;     /* of its JSON body: "item rule? reason"; NULL: no body */
    const char *doc;        /* one line for OpenAPI and the manual */
    /* NULL on STREAM rows. `db` is NULL on LOOP and ACTION rows. An ACTION row's handler runs on
       the loop after the action was accepted and writes the reply. */
    bool (*run)(struct db *db, const struct api_env *env, const struct api_request *req,
                struct api_reply *reply, struct err *e);
};

extern const struct api_route api_routes[]; /* ends with method NULL */

/*
 * Finds the row and fills req->args. NULL: *ret_status is 404 or 405. An item
 * key holds slashes and '#' (acme/web#4): clients send them percent-encoded.
 * HEAD is answered as GET; the server leaves the body out. A path that cannot
 * be decoded, a query parameter the row does not take or one given twice find
 * a row of their own, which does nothing but answer 400 with the reason: a
 * misspelt filter must not look like an answer.
 */
const struct api_route *api_find(struct api_request *req, int *ret_status);

/* The parameter's value; absent and empty are the same. */
struct str api_query(const struct api_request *req, const char *name);
bool api_flag(const struct api_request *req, const char *name); /* it is "true" */

/* The problem+json for an error, in place of what the reply held. Sets reply->status
   and content_type. */
void api_problem(struct api_reply *reply, int status, const struct err *e);
int api_status_of(const struct err *e);

#endif
