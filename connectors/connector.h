/*
 * What a tracker and a chat are to alignd: pure state machines that say which
 * request comes next and what an answer means. No I/O, no clock, no log: every
 * page, retry and fault is a value, so each is a data file in a test.
 *
 * A tracker context is used by one thread at a time (the engine). A chat has
 * no state. Views passed in are borrowed for the call; views handed out live
 * in the arena given, unless said otherwise.
 *
 * One sync of one source:
 *
 *   create(conf, start)
 *   loop: next(now) -> REQUEST (with a tag) | WAIT (nothing before `until`)
 *                    | IDLE (an answer is outstanding) | DONE
 *         feed(tag, answer or transport error, now) -> struct feed
 *         missing(scope, issues), after a listing that lacks some
 *   destroy
 *
 * Several requests may be out at once, up to the source's budget; each answer
 * is fed with the tag of its request. What feed yields is applied by the store
 * in one transaction, so a crash resumes at the last answer applied.
 *
 * Reconcile. Feeds of changes do not tell what has vanished. Now and then
 * (`reconcile:`) a scope is listed as a whole: LISTING, then pages of items or
 * mere sightings, then LISTED. What the store holds of the scope and did not
 * meet is handed to `missing`; the tracker asks for each and yields its fate.
 * Nobody guesses: what was not asked, or answered unclearly, has none.
 */
#ifndef CONNECTORS_CONNECTOR_H
#define CONNECTORS_CONNECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "base/str.h"
#include "core/item.h"

/* ---- trackers ---- */

/* What is known of a repository or project between two syncs; from the store. */
struct tracker_scope {
    struct str name;   /* owner/repository, project key */
    struct str vid;    /* vendor's id of it, empty before it was learned */
    struct str cursor; /* opaque to all but the connector: watermark, page, ETag */
    bool synced_once;  /* a whole walk has completed at some time */
    bool list;         /* due to be listed as a whole, after its changes were read */
    struct wall synced_at;
};

/*
 * What a context begins with. Borrowed for the call, but for `secret`, which is
 * until destroy.
 */
struct tracker_start {
    const struct tracker_scope *scopes;
    size_t n_scopes;
    struct str memory; /* what feed.memory said last; empty: nothing */
    /* For tokens that outlast a sync: lives as long as this process, also over a reload
       (so it says for which settings it holds), is never stored or shown. Read and
       rewritten freely; NULL: nothing is kept. */
    struct buf *secret;
    bool all; /* somebody asked for this sync: what is asked for less often is, too */
    struct wall now;
};

/* X(enumerator, stored name) */
#define SCOPE_EVENTS(X)                                                                \
    X(SCOPE_SEEN, "seen")         /* belongs to the source; `vid` may be learned */    \
    X(SCOPE_CHECKPOINT, "page")   /* `cursor` resumes after this page */               \
    X(SCOPE_SYNCED, "synced")     /* walk complete; `cursor` starts the next one */    \
    X(SCOPE_FAILED, "failed")     /* `err` says why; cursor does not move */           \
    X(SCOPE_RENAMED, "renamed")   /* now called `to`; items keep their history */      \
    X(SCOPE_PAUSED, "paused")     /* rate limit: nothing before `until`; no error */   \
    X(SCOPE_DISABLED, "disabled") /* issues switched off there: fresh and empty */     \
    X(SCOPE_LEFT, "left")         /* belongs to the source no more: out of view */     \
    X(SCOPE_LISTING, "listing")   /* what follows lists the scope as a whole */        \
    X(SCOPE_LISTED, "listed")     /* all that is open was met, and what was closed     \
                                     and updated since `since` */

enum scope_event_kind {
#define X(e, name) e,
    SCOPE_EVENTS(X)
#undef X
};

struct scope_event {
    enum scope_event_kind kind;
    struct str scope; /* empty: the whole source */
    struct str vid, cursor, to;
    struct wall until; /* PAUSED */
    struct wall since; /* LISTED; 0: all */
    struct err err;
};

/* An issue of which a listing told nothing but that it is there. */
struct sighting {
    struct str scope, vid;
};

/* X(enumerator, stored number, name) */
#define ITEM_FATES(X)                                                                  \
    X(FATE_PRESENT, 0, "present") /* in its scope: the listing missed it */            \
    X(FATE_DELETED, 1, "deleted") /* the tracker says so */                            \
    X(FATE_GONE, 2, "gone")       /* deleted or hidden: the tracker tells no more */   \
    X(FATE_OUTSIDE, 3, "outside") /* exists, and what is followed does not hold it */  \
    X(FATE_MOVED, 4, "moved")     /* the same issue under another id */                \
    X(FATE_HIDDEN, 5, "hidden")   /* exists, and the credentials may not read it */

enum item_fate {
#define X(e, n, name) e = n,
    ITEM_FATES(X)
#undef X
};

/* What asking for a missing issue has told. */
struct fate {
    enum item_fate kind;
    struct str vid;
    struct str to_vid; /* MOVED: the id it has now */
    struct str detail; /* for people: OUTSIDE, MOVED: where it is now, "other/repo", or
                          why nobody follows it; else what the tracker said */
};

/* One stretch of being in progress. */
struct item_span {
    struct wall started, ended; /* ended 0: still */
    struct str status;
    struct str assignees; /* comma separated account ids */
};

/* When an issue was in progress, from its own history: replaces what was seen so far.
 */
struct item_history {
    struct str vid;
    const struct item_span *spans; /* in order of time, not overlapping */
    size_t n_spans;
};

/* What an issue waits for, asked for on its own: replaces what was told before. */
struct item_blockers {
    struct str vid;
    struct str *keys;
    size_t n;
};

/* X(enumerator, name) */
#define NOTE_LEVELS(X) X(NOTE_OK, "ok") X(NOTE_WARN, "warn") X(NOTE_BAD, "bad")

enum note_level {
#define X(e, name) e,
    NOTE_LEVELS(X)
#undef X
};

/*
 * A fact about the source for whoever runs it (`alignctl doctor`): what was
 * found out, chosen, or is missing. One for each key; kept until told anew.
 */
struct tracker_note {
    struct str key; /* "account", "fields.points": [a-z0-9._-]+ */
    enum note_level level;
    struct str text; /* one line, no secret; empty: the key has nothing to tell */
    struct str fix;  /* what to do about it; empty with NOTE_OK */
};

/* Everything one answer meant. Arrays grow in the arena; append, check once. */
struct feed {
    struct arena *a;
    struct item *items;
    size_t n_items, cap_items;
    struct scope_event *events;
    size_t n_events, cap_events;
    struct sighting *sightings;
    size_t n_sightings, cap_sightings;
    struct fate *fates;
    size_t n_fates, cap_fates;
    struct item_history *histories;
    size_t n_histories, cap_histories;
    struct item_blockers *blockers;
    size_t n_blockers, cap_blockers;
    struct tracker_note *notes;
    size_t n_notes, cap_notes;
    /* Opaque; given to the next create, stored with the source, so no secret. `p` NULL:
       as it was. Cleared when the fingerprint changes. */
    struct str memory;
    uint64_t skipped;                   /* pull requests, malformed single issues */
    int64_t rate_limit, rate_remaining; /* -1: not told */
    struct wall rate_reset;             /* 0: not told */
    struct wall server_date;            /* Date header; 0: absent */
};

void feed_init(struct feed *f, struct arena *a);
struct item *feed_add_item(struct feed *f); /* zeroed; NULL: out of memory */
struct scope_event *feed_add_event(struct feed *f, enum scope_event_kind kind,
                                   struct str scope);
/* All false, or NULL, when out of memory. Strings are taken as they are. */
bool feed_add_sighting(struct feed *f, struct str scope, struct str vid);
struct fate *feed_add_fate(struct feed *f, enum item_fate kind, struct str vid);
struct item_history *feed_add_history(struct feed *f, struct str vid);
struct item_blockers *feed_add_blockers(struct feed *f, struct str vid);
bool feed_add_note(struct feed *f, const char *key, enum note_level level,
                   struct str text, struct str fix);

#define TRACKER_MEMORY_MAX                                                             \
    ((size_t)1 << 20) /* bytes of feed.memory; more is an error */

enum tracker_step { TRACKER_REQUEST, TRACKER_WAIT, TRACKER_IDLE, TRACKER_DONE };

struct tracker_request {
    struct http_request http;
    uint32_t tag;
};

/* Settings every tracker shares (the `sources:` entry), beside its own table. */
struct tracker_conf {
    struct str name; /* source name: [a-z0-9][a-z0-9._-]* */
    struct str type;
    struct str url; /* base URL without a trailing slash */
    struct span interval;
    struct span history;
    struct span reconcile; /* how often a scope is listed as a whole */
    struct {
        struct str_list types, labels;
        int64_t min_children;
        bool none;
    } epics;
    struct str_list link_types;
    struct str_list in_progress;
    struct str_pair_list
        fields; /* points, team, initiative, ... -> field name, id or auto */
    struct {
        double reserve;
        int64_t in_flight;
    } budget;
    struct {
        struct str_list projects, labels;
    } private_;
    struct {
        struct str_list statuses, labels;
    } ideas;
    const void *own; /* the connector's struct, bound by its key table */
};

struct tracker;

/* An issue that is stored and was not met by a complete listing. */
struct tracker_missing {
    struct str vid, key;
};

/*
 * What the config layer needs to know of a tracker type: which keys it has.
 * `check` reports a wrong combination with the key at fault (or "" for the
 * whole entry) by calling `report`; it may be called any number of times.
 */
typedef void tracker_report_fn(void *arg, const char *key, const char *message);

struct survey_ops;

struct tracker_ops {
    const char *name;        /* "jira": folder, config value, metrics label */
    const char *title;       /* for people: "Jira" */
    const char *default_url; /* NULL: `url` is required */
    const struct conf_key *keys;
    size_t conf_size; /* of the connector's own struct */
    void (*check)(const struct tracker_conf *conf, tracker_report_fn *report,
                  void *arg);

    /* `conf` and secrets in it are borrowed until destroy. */
    bool (*create)(const struct tracker_conf *conf, const struct tracker_start *start,
                   struct tracker **ret, struct err *e) MUST_USE;
    /* REQUEST fills *ret_req (views live until the answer is fed or destroy);
       WAIT fills *ret_until. */
    enum tracker_step (*next)(struct tracker *t, struct wall now,
                              struct tracker_request *ret_req, struct wall *ret_until);
    /*
     * Exactly one of `resp` and `failure` is set; the body is inflated
     * already. False only when out of memory or on our own bug: everything a
     * server can do is an event in `out`.
     */
    bool (*feed)(struct tracker *t, uint32_t tag, const struct http_response *resp,
                 const struct err *failure, struct wall now, struct feed *out,
                 struct err *e) MUST_USE;
    /*
     * Issues that a complete listing of `scope` lacks: to be asked for. Strings are
     * borrowed for the call. NULL: this tracker never says LISTED.
     */
    bool (*missing)(struct tracker *t, struct str scope,
                    const struct tracker_missing *v, size_t n, struct err *e) MUST_USE;
    void (*destroy)(struct tracker *t); /* NULL is fine */

    /*
     * Hash of all settings that decide what is pulled and how it is read
     * (url, scope, fields, epics, extractor version), without secrets. A
     * change walks everything again.
     */
    uint64_t (*fingerprint)(const struct tracker_conf *conf);

    const struct survey_ops *survey; /* connectors/survey.h */
};

/* NULL-terminated; a new tracker adds one line in connectors/trackers.c. */
extern const struct tracker_ops *const trackers[];
const struct tracker_ops *tracker_find(struct str type); /* NULL: unknown */

/* ---- chat ---- */

struct notice; /* core/notice.h */

/* Settings every channel shares, beside its own table. */
struct chat_conf {
    struct str name;
    struct str type;
    const void *own;
};

enum chat_verdict {
    CHAT_DELIVERED,
    CHAT_RETRY,     /* not accepted; safe to send again */
    CHAT_UNCERTAIN, /* may have been accepted: one more try, marked "resent" */
    CHAT_PLAIN,     /* payload refused: one more try as plain text */
    CHAT_OTHERWISE, /* the message it follows up is refused: reply, or stand alone */
    CHAT_REJECTED,  /* this message can never be accepted: dead letter */
    CHAT_DEAD,      /* the channel can never accept: dead letter, channel-dead */
};

/* What differs from one attempt to the next. */
struct chat_attempt {
    struct wall now;
    struct str key; /* idempotency key of the outbox row; the same on each attempt */
    bool plain;     /* plain-text retry */
    bool resent;    /* an earlier attempt may have been accepted */
    struct str reply_to; /* receipt of the message this one follows up; empty: none */
    struct str edit;     /* receipt of the one that is to become this; empty: none */
};

struct chat_ops {
    const char *name;
    const struct conf_key *keys;
    size_t conf_size;
    void (*check)(const struct chat_conf *conf, tracker_report_fn *report, void *arg);
    /* Who reads it (enum visibility): the rest is taken out of a notice before it is
       frozen. NULL: all may be seen. */
    int (*audience)(const struct chat_conf *conf);
    /* Takes a notice for one person, `to` (of people's `slack`). */
    bool to_people;
    /* Deterministic in its arguments. */
    bool (*render)(const struct chat_conf *conf, const struct notice *n,
                   const struct chat_attempt *at, struct arena *a,
                   struct http_request *ret_req, struct err *e) MUST_USE;
    /*
     * Exactly one of `resp` and `failure` is set; failure.retry ERR_TRY_AGAIN
     * from io means that nothing was sent. *ret_after: Retry-After, clamped to
     * [0, 24 h]. `e` says why unless delivered.
     */
    enum chat_verdict (*judge)(const struct chat_conf *conf,
                               const struct http_response *resp,
                               const struct err *failure, struct wall now,
                               struct dur *ret_after, struct err *e);
    /*
     * How the chat calls the message it has accepted, for those that follow it up;
     * empty: it did not say. NULL: this chat never tells.
     */
    struct str (*receipt)(const struct chat_conf *conf, const struct http_response *resp,
                          struct arena *a);
    /* Whether the receipt is of a message that can be followed up, by a reply and by
       changing it. NULL: none can. */
    bool (*follows)(const struct chat_conf *conf, struct str receipt);
    /* A journal has no network: app logs this line instead of a request. */
    bool (*line)(const struct chat_conf *conf, const struct notice *n, struct arena *a,
                 struct str *ret, struct err *e);
};

extern const struct chat_ops *const chats[]; /* connectors/chats.c */
const struct chat_ops *chat_find(struct str type);

/* ---- value sources ---- */

/* Settings every value source shares, beside its own table. */
struct value_conf {
    struct str name;
    struct str type;
    const void *own;
};

/* What a key result asks; empty: nothing of that kind. From the strategy's authors. */
struct value_question {
    struct str query, pointer;
};

struct value_ops {
    const char *name;
    const struct conf_key *keys;
    size_t conf_size;
    void (*check)(const struct value_conf *conf, tracker_report_fn *report, void *arg);
    /* Deterministic in its arguments. ERR_CONFIG: no question for such a source. */
    bool (*request)(const struct value_conf *conf, const struct value_question *q,
                    struct arena *a, struct http_request *ret_req,
                    struct err *e) MUST_USE;
    /*
     * The number that the answer holds, which is finite. Messages hold no secret, and
     * of what the server says only what is fit to show.
     */
    bool (*judge)(const struct value_conf *conf, const struct value_question *q,
                  const struct http_response *resp, double *ret,
                  struct err *e) MUST_USE;
};

extern const struct value_ops *const value_types[]; /* connectors/values.c */
const struct value_ops *value_find(struct str type);

#endif
