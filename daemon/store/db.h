/*
 * The operations: few and whole, each one transaction, all SQL behind them.
 * They run on the engine thread (db_read_*: on the reader) inside a
 * store_run_fn. Results live in the arena given. Failure: ERR_STORE, ERR_FULL
 * (disk), ERR_NOMEM, and what each says; a failed operation changed nothing.
 *
 * Durability: operations that carry findings, outbox rows, links or audit rows
 * are committed with synchronous=FULL, pages of items with NORMAL.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "core/calendar.h"
#include "core/checkin.h"
#include "core/effort_sum.h"
#include "core/finding.h"
#include "core/match.h"
#include "core/notice.h"
#include "core/plan.h"
#include "core/precision.h"
#include "core/route.h"
#include "core/rule.h"
#include "core/strategy.h"
#include "core/suggest.h"

struct db;

struct actor {
    int64_t uid; /* -1: not a person (the daemon itself) */
    struct str user;
};

/*
 * Everything evaluation and planning depend on besides rows: one immutable
 * value, built by app from configuration and strategy, borrowed for each call.
 */
struct eval_conf {
    const struct strategy *strategy;
    const struct matcher *matcher;
    struct calendar cal;           /* with the strategy's holidays */
    const struct rule_conf *rules; /* one for each of rules[] */
    const struct tracker_conf *const *sources;
    size_t n_sources;
    const struct route *routes;
    size_t n_routes;
    const struct digest_conf *digests; /* core/digest.h */
    size_t n_digests;
    const struct str *channels; /* names of all that are configured */
    size_t n_channels;
    /* Who reads each: enum visibility, -1 whoever may see all. NULL: all of them. */
    const int *audiences;
    struct str operations_channel; /* where rules of operations go; empty: by route */
    bool baseline;
    struct span first_wait; /* of first findings that are not an item's: core/plan.h */
    struct span idle_after; /* what nobody has touched for so long is parked */
    struct span keep;       /* spans and what else days are split by */
    /* Reads a stored version of the strategy again. NULL: the present one stands for
       all of them. */
    bool (*parse)(const struct strategy_file *files, size_t n, struct strategy **ret,
                  struct err *e);
};

/* ---- sync ---- */

/*
 * Begins a sync: loads what the tracker may know of the source and its scopes
 * (all but `secret`); `lists`: it can be asked to list them. A fingerprint that differs from the stored one clears the
 * memory and every cursor (all is walked again; nothing becomes a baseline by
 * that). A source seen first is created.
 */
bool db_sync_begin(struct db *db, const struct tracker_conf *conf, uint64_t fingerprint,
                   bool lists, struct wall now, struct arena *a,
                   struct tracker_start *ret, struct err *e) MUST_USE;

/* What a listing came to. */
struct page_listing {
    struct str scope;
    const struct tracker_missing *missing; /* to be asked for */
    size_t n_missing;
    struct err doubt; /* kind ERR_NONE: it is believed; else nothing is concluded */
};

struct page_stats {
    uint64_t items, inserted, changed, unchanged;
    bool scope_synced; /* some scope completed: worth evaluating */
    uint64_t fates;    /* items that came into view or left it: likewise */
    struct page_listing *listings; /* of scopes LISTED, or still doubted; in feed->a */
    size_t n_listings;
};

/*
 * One answer: changed rows only are written (by hash), marked dirty with their
 * cursor checkpoints and scope states, in one transaction; none where all is as
 * it is stored. Titles, excerpts and author names of private items are not
 * stored at all; from one that turns private what was written of it goes.
 */
bool db_page_apply(struct db *db, const struct tracker_conf *conf,
                   const struct feed *feed, struct wall now, struct page_stats *ret,
                   struct err *e) MUST_USE;

/*
 * The next sync lists each scope of the source (empty: of all) as a whole (`accept`: only those
 * whose last listing was doubted, and what they lack then is believed), with
 * the audit row of `by`. *ret_n: scopes; 0 is fine. ERR_NOT_FOUND: no such source.
 */
bool db_listing_ask(struct db *db, struct str source, bool accept,
                    const struct actor *by, struct wall now, unsigned *ret_n,
                    struct err *e) MUST_USE;

/* `failure` NULL: the sync ran to its end (single scopes may have failed). */
bool db_sync_end(struct db *db, const struct tracker_conf *conf,
                 const struct err *failure, struct wall now, struct err *e) MUST_USE;

/* ---- strategy ---- */

/*
 * Takes the strategy into force: stores a version that is new (hash, time,
 * files) and starts re-linking every item under a stored high-water mark;
 * db_evaluate carries on with it in batches. *ret_new: it differed.
 */
bool db_strategy_set(struct db *db, const struct strategy *s, struct wall now,
                     bool *ret_new, struct err *e) MUST_USE;
/*
 * The strategy's files have changed and do not load: `error` says why, and the version in
 * force stays. Empty: they load, which a strategy taken into force says by itself.
 */
bool db_strategy_broken(struct db *db, struct str error, struct wall now,
                        struct err *e) MUST_USE;
/* Settings that change links or findings (rules, routes, field names) changed. */
bool db_conf_set(struct db *db, uint64_t conf_hash, struct wall now, bool *ret_new,
                 struct err *e) MUST_USE;

/*
 * alignd starts, or the clock was set (or stood still with the machine). Sources not
 * synced since then are not late before they had their time again: neither fire nor
 * resolve their findings by that. *ret_back: things are stored that lie in the future,
 * so the clock was set back. They are taken to `now`, which messages, groups and
 * back-offs would wait for else, and everything is evaluated anew. `now` is stored: what
 * is written next may lie in the future of the next start.
 */
bool db_clock_set(struct db *db, struct wall now, bool *ret_back,
                  struct err *e) MUST_USE;
/* The same where it is known that the clock was set back, though no source, group or
   message may tell. */
bool db_clock_set_back(struct db *db, struct wall now, struct err *e) MUST_USE;

/* ---- evaluation ---- */

struct eval_result {
    bool more;              /* call again: a batch is at most 1,000 items */
    bool suggest;           /* db_suggest_step has something to do */
    struct wall next_check; /* when time alone could change something; after `now`;
                               0: never */
    bool effort_due;        /* db_effort_step has something to do */
    bool outbox;            /* db_outbox_waits, which is for who flushes to ask */
    uint64_t items, started, fired, resolved, replanned;
};

/*
 * One batch: dirty and due items of fresh scopes are matched, their links,
 * aggregates and item rules brought up to date, descendants marked; after the
 * last batch node and source rules, then a plan for every finding that
 * changed or is due: reasons, group membership, baseline summaries. Each call
 * is one transaction; the dirty marks it evaluated are cleared in it.
 *
 * Fresh is a scope of which a whole walk has completed, whose last try did not
 * fail, and that was looked at within max(3 intervals, 1 h). The items of any
 * other wait, and their findings stay as they are: absence is no resolution.
 */
bool db_evaluate(struct db *db, const struct eval_conf *conf, struct wall now,
                 struct eval_result *ret, struct err *e) MUST_USE;

/*
 * A bounded piece of what keeps suggestions up to date, in a transaction of its own: the
 * strategy's texts, linked items whose links or texts changed, how sure a grade is. For
 * idle times. *ret_more: there is more of it.
 */
bool db_suggest_step(struct db *db, const struct strategy *s, bool *ret_more,
                     struct err *e) MUST_USE;

/*
 * Freezes every group that is due into an outbox row with a random key, sets
 * its findings' reasons and remembers what the channel was told of each.
 * *ret_next: when the next group is due (0: none).
 */
bool db_flush(struct db *db, const struct eval_conf *conf, struct wall now,
              unsigned *ret_frozen, struct wall *ret_next, struct err *e) MUST_USE;

/* A sentence about the daemon itself, for the operations channel (core/route.h). Its
   message is in the outbox afterwards; nowhere to tell it is fine. */
bool db_tell_operations(struct db *db, const struct eval_conf *conf, struct str text,
                        struct wall now, struct err *e) MUST_USE;

/* ---- history ---- */

/*
 * Splits days that are over (store/effort.h), at most a month of them in one
 * transaction; what it reads and how long it takes goes by what was worked on. With the
 * last one the numbers of strategy nodes and scopes are kept for `--at`.
 */
bool db_effort_step(struct db *db, const struct eval_conf *conf, struct wall now,
                    bool *ret_more, struct err *e) MUST_USE;

/* ---- outbox ---- */

struct outbox_message {
    int64_t id;
    struct str key; /* idempotency key: hex, no dot */
    struct str channel;
    struct str notice; /* JSON of notice_write */
    unsigned attempts; /* this one included */
    bool plain, resent;
    struct wall created;
    /* Receipt of the message that first told what this one is about, all of it; empty:
       there is none, or not one alone. */
    struct str reply_to;
    /* Receipt of the message to be changed into this one, for all that it told is over;
       empty: none. */
    struct str edit;
    bool is_mark; /* what it says was told: it need not be */
    bool vain;    /* not even that: it has been dropped */
};

/*
 * The oldest due row of the channel, marked "attempting" and returned; order
 * per channel is kept: nothing overtakes a row that waits for its retry.
 * *ret_next: when the channel's next row is due (0: nothing queued).
 */
bool db_outbox_claim(struct db *db, struct str channel, struct wall now,
                     struct arena *a, struct outbox_message *ret, bool *ret_found,
                     struct wall *ret_next, struct err *e) MUST_USE;

/* Whether any channel has something to send, now or later. */
bool db_outbox_waits(struct db *db, bool *ret, struct err *e) MUST_USE;

struct outbox_outcome {
    enum chat_verdict verdict;
    int status;           /* HTTP; 0: none */
    struct str reason;    /* why not delivered; never a URL */
    struct wall retry_at; /* RETRY, UNCERTAIN, PLAIN */
    struct str receipt;   /* DELIVERED: what the chat calls it; empty: not told */
    bool edited;          /* an earlier message was to become this one */
    /* RETRY for more than 24 h, second UNCERTAIN or PLAIN, OTHERWISE with no other way. */
    bool dead;
};
bool db_outbox_record(struct db *db, int64_t id, const struct outbox_outcome *o,
                      struct wall now, struct err *e) MUST_USE;
/* Rows left "attempting" by a crash become due again, marked resent. At start. */
bool db_outbox_recover(struct db *db, struct wall now, unsigned *ret_n,
                       struct err *e) MUST_USE;
/* A dead row (0: all of them) is due again, its age counted from now. ERR_NOT_FOUND. */
bool db_outbox_retry(struct db *db, int64_t id, struct wall now,
                     struct err *e) MUST_USE;

/* ---- writes by people: each with its audit row in the same transaction ---- */

/* Puts a harmless message into the outbox of a channel; ERR_NOT_FOUND: there is none. */
bool db_channel_test(struct db *db, const struct eval_conf *conf, struct str channel,
                     const struct actor *by, struct wall now, int64_t *ret_id,
                     struct err *e) MUST_USE;

/*
 * Items are named by key (case ignored; where no item has it, by one they had) or "SOURCE:KEY" where keys collide
 * (ERR_CONFLICT then says so). A link set by hand replaces the one before.
 * What a person wrote is evaluated even while the item's scope is stale.
 */
bool db_link_set(struct db *db, const struct eval_conf *conf, struct str item,
                 struct str initiative, const struct actor *by, struct wall now,
                 struct err *e) MUST_USE; /* ERR_NOT_FOUND names what was not found */
bool db_link_remove(struct db *db, struct str item, const struct actor *by,
                    struct wall now, struct err *e) MUST_USE;
/* `rule` empty: all item rules. `until` 0: for good. */
bool db_exempt(struct db *db, struct str item, struct str rule, struct str reason,
               struct wall until, const struct actor *by, struct wall now,
               struct err *e) MUST_USE;
bool db_exempt_remove(struct db *db, struct str item, const struct actor *by,
                      struct wall now, struct err *e) MUST_USE;
/* Findings by a unique prefix of their id; both end with the episode. ERR_NOT_FOUND,
   ERR_CONFLICT when it is over, ERR_USAGE. */
bool db_finding_ack(struct db *db, struct str id, const struct actor *by,
                    struct wall now, struct err *e) MUST_USE;
bool db_finding_snooze(struct db *db, struct str id, struct wall until,
                       const struct actor *by, struct wall now, struct err *e) MUST_USE;
/* Findings with these labels (core/silence.h) are not told before `until`, at most 30
   days off. ERR_USAGE, ERR_CONFLICT when there are too many. */
bool db_silence_add(struct db *db, const struct str_list match[], struct str reason,
                    struct wall until, const struct actor *by, struct wall now,
                    int64_t *ret_id, struct err *e) MUST_USE;
/* ERR_NOT_FOUND; ERR_CONFLICT when it is over. */
bool db_silence_end(struct db *db, int64_t id, const struct actor *by, struct wall now,
                    struct err *e) MUST_USE;
/* What a person says a key result stands at. */
bool db_checkin_add(struct db *db, const struct checkin *c, const struct actor *by,
                    struct wall now, struct err *e) MUST_USE;
/* Takes back the last one that a person told of the day (year 0: the last one at all),
   which then counts for nothing; *ret is what it said. ERR_NOT_FOUND. */
bool db_checkin_remove(struct db *db, struct str kr, struct date day,
                       const struct actor *by, struct wall now, struct arena *a,
                       struct checkin *ret, struct err *e) MUST_USE;
/* sync, reload and other requests that change no row of their own. */
bool db_audit(struct db *db, const struct actor *by, struct str action,
              struct str subject, struct str detail, struct wall now,
              struct err *e) MUST_USE;

/* ---- upkeep ---- */

/* Retention and a truncating checkpoint; once a day statistics of tables (sooner where
   much was written) and a rotated backup. */
bool db_upkeep(struct db *db, struct span spans, struct span audit, struct wall now,
               struct err *e) MUST_USE;

/* ---- reads (reader thread): plain rows for people ---- */

struct kr_told {
    struct checkin said;
    struct wall at;
    struct str by;
};
struct kr_row {
    struct kr_told *v; /* by day, then as told: of a day the last one counts */
    size_t n;
    struct wall first_load; /* 0: it was never loaded */
};
/* What is known of one key result. */
bool db_read_kr(struct db *db, struct str kr, struct arena *a, struct kr_row *ret,
                struct err *e) MUST_USE;

/* What became of items that the last listing lacked; `hidden`: all there are now. */
struct fate_counts {
    int64_t deleted, gone, outside, moved, hidden;
};
struct scope_row {
    struct str name, state,
        error; /* state: new syncing synced failed paused disabled */
    struct wall synced_at, failed_since;
    struct wall listed_at; /* 0: to be listed */
    int64_t items, open;
    int64_t lacks; /* a listing that is doubted did; 0: it is not */
    struct fate_counts fates;
};
/* A fact that a tracker told of its source, kept since `at`. */
struct note_row {
    struct str key, text, fix;
    enum note_level level;
    struct wall at;
};
struct source_row {
    struct str name, type, state, error; /* state: new syncing fresh stale paused */
    struct wall last_ok, last_try, paused_until, rate_reset;
    int64_t items, open, rate_limit, rate_remaining;
    struct wall listed_at;     /* when the scope listed longest ago was; 0: some never */
    struct fate_counts fates;  /* of all its scopes */
    int64_t clock_skew_ms; /* server minus ours at the last answer */
    struct scope_row *scopes;
    size_t n_scopes;
    struct note_row *notes;
    size_t n_notes;
};
/* Where the database is. */
struct place_row {
    struct str dir;
    int64_t size, free; /* bytes; free -1: not known */
    struct wall backup_at;
};
struct channel_row {
    struct str name;
    int64_t queued, dead, delivered;
    struct wall last_delivered;
    struct str last_error; /* of the newest undelivered row */
};
struct rule_count_row {
    struct str rule;
    int64_t pending, firing, baseline;
};
/* How it goes with the value source of a key result. */
struct value_state {
    struct str kr;
    uint64_t question;
    struct wall tried, ok, next;
    struct wall failed_since; /* 0: the last try went well */
    unsigned failures;        /* in a row */
    struct str error;
};
struct status_row {
    struct source_row *sources;
    size_t n_sources;
    struct channel_row *channels; /* every channel that ever had a row */
    size_t n_channels;
    struct rule_count_row *rules;
    size_t n_rules;
    uint64_t strategy_version;
    struct wall strategy_since;
    int64_t epics_open, epics_linked,
        epics_exempt; /* coverage = linked/(open - exempt) */
    int64_t dirty;    /* items waiting for evaluation */
    struct place_row place;
    struct value_state *values; /* by id */
    size_t n_values;
};
bool db_read_status(struct db *db, struct arena *a, struct status_row *ret,
                    struct err *e) MUST_USE;

/* A version of the strategy; rows are never removed. */
struct version_row {
    int64_t n; /* counts up */
    uint64_t version;
    struct wall since, until; /* in force; until 0: still */
};
/* Newest first, those before row `below` (0: all). */
bool db_read_versions(struct db *db, int64_t limit, int64_t below, struct arena *a,
                      struct version_row **ret, size_t *ret_n, struct err *e) MUST_USE;
/* The one in force at that time. ERR_NOT_FOUND: before the first; says since when. */
bool db_read_version_at(struct db *db, struct wall t, struct version_row *ret,
                        struct err *e) MUST_USE;
/* The newest whose number, 16 hex digits, begins so. ERR_NOT_FOUND; ERR_USAGE when two
   numbers do. */
bool db_read_version_named(struct db *db, struct str prefix, struct version_row *ret,
                           struct err *e) MUST_USE;
bool db_read_version_files(struct db *db, int64_t n, struct arena *a,
                           struct strategy_file **ret, size_t *ret_n,
                           struct err *e) MUST_USE;

/* What a channel was told last of the finding's present episode. */
struct told_row {
    struct str channel;
    enum plan_reason kind; /* NEW, WORSE, REMINDER, RESOLVED */
    struct wall at;        /* when it was put into the outbox */
    struct wall delivered; /* the last message of the episode that was; 0: none yet */
    struct str state;      /* of the message: queued attempting delivered dead */
};
struct finding_row {
    struct finding f;
    struct str rule, subject_kind,
        subject; /* item key, id of initiative or team, source */
    struct str title, url, scope, source, team;
    struct str note, fix, command, node;
    struct str facts; /* JSON */
    bool baseline;
    enum plan_reason reason;
    struct str reason_detail; /* which silence, inhibitor, group; when it is due */
    struct wall reason_at;
    struct wall reason_until; /* 0: until something changes */
    struct told_row *told; /* nothing is told of what is pending */
    size_t n_told;
};
struct finding_filter {
    struct str rule, state, team, severity, subject, scope, source; /* empty: any */
    bool all;          /* resolved ones and the baseline, too */
    int64_t limit;     /* 0: 100; at most 1000 */
    struct str cursor; /* from *ret_next of the page before */
};
bool db_read_findings(struct db *db, const struct finding_filter *f, struct arena *a,
                      struct finding_row **ret, size_t *ret_n, int64_t *ret_total,
                      struct str *ret_next, struct err *e) MUST_USE;
struct finding_event_row {
    struct wall at;
    struct str what; /* fired, worse, resolved, reason, told */
    struct str detail;
};
/* `id` may be a unique prefix. ERR_NOT_FOUND. */
bool db_read_finding(struct db *db, struct str id, struct arena *a,
                     struct finding_row *ret, struct finding_event_row **ret_history,
                     size_t *ret_n, struct err *e) MUST_USE;

struct link_row {
    struct str method, node, detail;
    bool known, effective;
};
struct item_row {
    int64_t id; /* the row's, for further reads */
    struct str source, vid, key, scope, title, url, type, status, category, outcome;
    struct str author_name, assignees; /* comma separated account ids */
    int level;
    bool private_, baseline, idea;
    struct str exempt;    /* reason, empty: not exempt */
    struct str exempt_by; /* command, label, body */
    struct wall exempt_until;
    struct wall created, updated, closed, first_seen;
    struct str fate; /* deleted gone outside hidden; empty: it is in view */
    struct str fate_text; /* "deleted in GitHub" */
    struct wall fate_at;
    struct str parent_key;
    struct str team;
    struct link_row *links;
    size_t n_links;
};
/* The item, then its ancestors, nearest first, at most 16. ERR_NOT_FOUND. */
bool db_read_item(struct db *db, struct str item, struct arena *a,
                  struct item_row **ret, size_t *ret_n, struct err *e) MUST_USE;

struct item_list {
    struct item_row *v; /* without links */
    size_t n;
    int64_t total;
    struct str next; /* cursor; empty: the last page */
};
/* Open epic-level items without a link, not exempt; oldest first. */
bool db_read_unlinked(struct db *db, struct str team, struct str scope, int64_t limit,
                      struct str cursor, struct arena *a, struct item_list *ret,
                      struct err *e) MUST_USE;

/*
 * Those that were open and unlinked at the end of a day that is over, `end`, as far as it
 * was known then: with the team of then. What is exempt or an idea today is left out,
 * for of then that is not kept; the rest of a row is of today, too. ERR_NOT_FOUND: before
 * the first day that is known, or so long ago that links of then are forgotten.
 */
bool db_read_unlinked_at(struct db *db, const struct eval_conf *conf, struct str team,
                         struct str scope, struct wall end, struct wall now,
                         int64_t limit, struct str cursor, struct arena *a,
                         struct item_list *ret, struct err *e) MUST_USE;

/* What matching reads of an open epic-level item that is not exempt. */
struct open_epic {
    int64_t id;
    struct match_item item; /* no texts: links are found by marks */
    struct str title;       /* empty: private */
    struct str pin;         /* linked to by a person; empty: by nobody */
    struct link *inherited; /* as stored */
    size_t n_inherited;
};
/* Those after an id, by id: a page of at most `limit`. */
bool db_read_open_epics(struct db *db, int64_t after, int64_t limit, struct arena *a,
                        struct open_epic **ret, size_t *ret_n, struct err *e) MUST_USE;
/* The settings that items of the source are matched with. */
struct match_conf db_match_conf(const struct eval_conf *conf, struct str source);

/* Days that are split, both ends included: what they stand on, of the team or (empty) of
   all, day by day; and where they went, of all teams. */
bool db_read_effort_days(struct db *db, struct str team, struct date from,
                         struct date to, struct arena *a, struct effort_basis **ret,
                         size_t *ret_n, struct err *e) MUST_USE;
bool db_read_effort(struct db *db, struct date from, struct date to, struct arena *a,
                    struct effort_figure **ret, size_t *ret_n, struct err *e) MUST_USE;
/* What an item's texts say it may belong to, best first; nothing of a private one. */
bool db_read_suggestions(struct db *db, const struct strategy *s, int64_t item,
                         struct arena *a, struct suggestions *ret,
                         struct err *e) MUST_USE;
/* The same of a text that is no item's. */
bool db_read_suggestions_of(struct db *db, const struct strategy *s, struct str text,
                            struct arena *a, struct suggestions *ret,
                            struct err *e) MUST_USE;

struct coverage_row {
    struct str source, scope;
    int64_t open, linked, exempt,
        by_scope; /* by_scope: linked by a project default only */
    int64_t baseline;
};
struct initiative_row {
    struct str id;
    struct tally tally;
};
struct coverage_rows {
    struct coverage_row *v;
    size_t n;
    struct initiative_row *initiatives; /* and buckets */
    size_t n_initiatives;
};
bool db_read_coverage(struct db *db, struct arena *a, struct coverage_rows *ret,
                      struct err *e) MUST_USE;
/* As it was at the end of a day; a tally's last_change is not kept. ERR_NOT_FOUND: before
   the first day that was kept, says which. */
bool db_read_coverage_at(struct db *db, struct date day, struct arena *a,
                         struct coverage_rows *ret, struct err *e) MUST_USE;

/* One thing that happened to a finding. */
struct event_row {
    int64_t n;
    struct wall at;
    struct str what, detail; /* fired warn; resolved by whom; told new to CHANNEL */
    struct str finding, rule, subject_kind, subject, severity, team;
};
/* Those after number `after`, oldest first; *ret_newest is the last there is. */
bool db_read_events(struct db *db, int64_t after, int64_t limit, struct arena *a,
                    struct event_row **ret, size_t *ret_n, int64_t *ret_newest,
                    struct err *e) MUST_USE;

struct audit_row {
    int64_t id;
    struct wall at;
    struct actor by;
    struct str action, subject, detail;
};
bool db_read_audit(struct db *db, int64_t limit, int64_t before_id, struct arena *a,
                   struct audit_row **ret, size_t *ret_n, struct err *e) MUST_USE;

struct silence_row {
    int64_t id;
    struct str labels; /* as core/silence.h prints them */
    struct str reason;
    struct actor by;
    struct wall at, until, idle_since, ended; /* idle_since, ended: 0 for not */
    struct str ended_by;                      /* a user, or why */
    int64_t covers;                           /* open findings */
};
/* Those in force by their end; `all`: ended ones too, newest first. */
bool db_read_silences(struct db *db, bool all, int64_t limit, struct arena *a,
                      struct silence_row **ret, size_t *ret_n, struct err *e) MUST_USE;

/* How a rule's firings of the last PRECISION_WINDOW_DAYS fared. */
struct precision_row {
    const struct rule *rule;
    struct precision counts;
    bool is_noise;
    struct precision_change change; /* of noise: what would have spared most of it */
};
/* One for each of rules[]. On either thread. */
bool db_read_precision(struct db *db, const struct eval_conf *conf, struct wall now,
                       struct arena *a, struct precision_row **ret, size_t *ret_n,
                       struct err *e) MUST_USE;

/* Messages of the channel that count, in the day and week of `tz` that `now` is in. */
bool db_read_sent(struct db *db, struct str channel, const struct tz *tz, struct wall now,
                  struct plan_sent *ret, struct err *e) MUST_USE;

struct outbox_row {
    struct outbox_message m;
    struct str state; /* queued attempting delivered dead */
    int status;
    struct str error;
    struct wall next_attempt, done_at;
};
bool db_read_outbox(struct db *db, bool all, int64_t limit, struct arena *a,
                    struct outbox_row **ret, size_t *ret_n, struct err *e) MUST_USE;

#endif
