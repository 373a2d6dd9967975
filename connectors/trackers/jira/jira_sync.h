/*
 * One sync of one source: its state, and what the set-up (jira_setup.h) and
 * the walks (jira_walks.h) share. Engine thread.
 *
 * Functions that return bool say false when the context itself failed (out of
 * memory), with the answer's `e` set: then the sync is dropped. What a server
 * does is an event in the answer's feed.
 */
#ifndef CONNECTORS_TRACKERS_JIRA_JIRA_SYNC_H
#define CONNECTORS_TRACKERS_JIRA_JIRA_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "connectors/connector.h"
#include "connectors/trackers/jira/jira.h"
#include "connectors/trackers/jira/jira_fields.h"
#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_lookup.h"
#include "connectors/trackers/jira/jira_memory.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "connectors/trackers/jira/jira_request.h"
#include "connectors/trackers/jira/jira_scopes.h"
#include "connectors/trackers/jira/jira_walk.h"
#include "connectors/trackers/jira/jira_wire.h"

#define JIRA_MAX_JQL ((size_t)512 << 10)

/* 2100 and 1970: no issue was updated after the one, any after the other. */
#define JIRA_FAR_FUTURE ((struct wall){INT64_C(4102444800000)})
#define JIRA_FAR_PAST ((struct wall){INT64_C(86400000)})

/*
 * The stages before WALKS are one request each (PROJECTS several),
 * one after the other; a stage that is not needed is passed over:
 *
 *   SERVER    which kind of Jira          unless configured
 *   MYSELF    are the credentials good    unless anonymous
 *   FIELDS    which custom field is what
 *   STATUSES  which status means work     where change logs are read
 *   PROJECTS  what belongs to the source  unless `jql`
 *   FUTURE    may JQL have milliseconds   once for a source, and again when a
 *   PAST      and are they understood     search was refused
 *   WALKS     issues, some requests at once
 *   DONE
 *
 * A failure before WALKS is one of the whole source. What they told is kept in
 * the source's memory and asked for again when it is an hour old, when
 * something failed that may owe to it, and when a scope is due to be listed.
 */
enum jira_stage {
    STAGE_SERVER,
    STAGE_MYSELF,
    STAGE_FIELDS,
    STAGE_STATUSES,
    STAGE_PROJECTS,
    STAGE_FUTURE,
    STAGE_PAST,
    STAGE_WALKS,
    STAGE_DONE,
};

struct tracker {
    const struct tracker_conf *conf; /* borrowed */
    const struct jira_conf *own;     /* borrowed */
    struct arena *a;                 /* owned */
    struct jira_client client;
    enum jira_stage stage;
    struct jira_call call; /* of the stages before WALKS */
    struct jira_memory memory;
    bool remembered;   /* the stages before WALKS were answered by an earlier sync */
    bool learned;      /* they were answered in this one */
    struct feed early; /* what create found out; goes out with the first answer */
    struct jira_server server;
    struct str account; /* whose credentials these are, for people */
    struct jira_fields fields;
    struct jira_reader reader;
    struct jira_projects projects;
    size_t projects_start;
    unsigned projects_pages;
    struct jira_scopes scopes;
    enum jql_dates dates;
    bool dates_known, dates_probed;
    struct jira_lookup lookup;
    struct jira_walk **walks; /* in the arena, finished by destroy */
    size_t n_walks, cap_walks;
    struct buf jql; /* scratch */
    uint32_t last_tag;
    unsigned n_out;          /* answers awaited */
    struct wall pause_until; /* rate limit */
    unsigned n_down;         /* walks given up in a row for passing failures */
    bool spans_planned;
    bool near_limit;
    struct dur skew; /* the server's clock minus ours */
    bool skew_known;
    uint64_t seed;
};

/* What the handling of one answer shares. */
struct jira_answer {
    struct tracker *t;
    const struct http_response *resp; /* one of them is NULL */
    const struct err *failure;
    struct wall now;
    struct feed *out;
    struct err *e; /* set when the context itself failed */
};

bool jira_is_jql(const struct tracker *t);
const char *jira_stage_name(enum jira_stage s); /* for people */

/* ---- events ---- */

bool jira_fail_scope(struct jira_answer *at, struct str scope,
                     const struct err *why) MUST_USE;
/* Nothing more is asked. Adds what may be wrong with the configuration. */
bool jira_fail_source(struct jira_answer *at, const struct err *why) MUST_USE;
bool jira_add_cursor(struct jira_answer *at, enum scope_event_kind kind,
                     struct str scope, const struct jira_cursor *c) MUST_USE;

/* ---- time ---- */

/* What a search measures relative dates by. */
struct wall jira_server_now(const struct tracker *t, struct wall now);
void jira_note_date(struct tracker *t, struct wall date, struct wall now);
/* Where the next sync begins, when this one starts reading now. */
struct wall jira_new_watermark(const struct tracker *t, struct wall now);
struct wall jira_history_start(const struct tracker *t, struct wall now);

/* ---- requests ---- */

/*
 * Hands the call's request out. What could not be built has no address, so
 * that io refuses it and it comes back as the failure of this request.
 */
enum tracker_step jira_send(struct tracker *t, struct jira_call *call, bool built,
                            struct tracker_request *ret);
/* With an answer outstanding there is nothing to wait for but that. */
enum tracker_step jira_wait_until(const struct tracker *t, struct wall until,
                                  struct wall *ret_until);

/* The call is made again after a while; false: it was tried often enough. */
bool jira_try_again(struct jira_answer *at, struct jira_call *call,
                    const struct jira_reply *reply) MUST_USE;
/*
 * A rate limit stops all requests: a burst bucket is shared by all searches, a
 * quota by everything. *ret_enough: too many in a row.
 */
bool jira_pause(struct jira_answer *at, struct jira_call *call,
                const struct jira_reply *reply, bool *ret_enough) MUST_USE;
/* After an answer: waits for the reset when only the reserve is left for others. */
bool jira_keep_reserve(struct jira_answer *at) MUST_USE;
void jira_succeed(struct jira_call *call);
/* An answer whose body does not read. */
struct jira_reply jira_malformed(const struct err *why);

#endif
