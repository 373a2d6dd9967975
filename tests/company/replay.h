/*
 * A company played into a real store, as the daemon does it: one sync of each source
 * and one evaluation a day, at COMPANY_SYNC_HOUR, versions of the strategy and settings
 * taken into force before the sync of their day, check-ins after it.
 *
 *   struct company *c = company_create(1, &e);
 *   struct company_store *s = company_store_open(c, &e);
 *   company_replay(s, COMPANY_FIRST, COMPANY_LAST, each_day, ctx, &e);
 *   ... s->db, s->ev and s->now as of the last day's end ...
 *   company_store_close(s);
 *   company_destroy(c);
 *
 * Days are played in order and once; a second call goes on with the day after the last.
 * One thread. The database lies in a directory of its own that close removes.
 */
#ifndef TESTS_COMPANY_REPLAY_H
#define TESTS_COMPANY_REPLAY_H

#include "config/config.h"
#include "store/open.h"
#include "tests/company/company.h"
#include "tests/support/tempdir.h"

struct company_store {
    const struct company *company; /* borrowed, until close */
    struct tempdir dir;
    struct db *db;
    struct wall now;
    int64_t day; /* played last */
    /* What is in force: */
    const struct company_version *version;
    struct conf *conf;
    struct matcher *matcher;
    const struct tracker_conf
        *sources[COMPANY_SOURCES]; /* of conf, by company_source */
    struct eval_conf ev;
    /* Of all days so far: */
    uint64_t items, evaluated, fired, resolved;
    /* Settings of a day; company_conf unless set before the first. */
    const char *(*conf_of)(int64_t day);
    /* The strategy of a day, in place of the company's; NULL: the company's. */
    const struct company_version *(*version_of)(void *ctx, int64_t day);
    /* Between the syncs of a day; may reopen the store. NULL: nothing. */
    bool (*midway)(void *ctx, struct company_store *s, int64_t day, struct err *e);
    void *ctx; /* of both, borrowed */
    struct arena *a; /* of a day */
    const char *conf_text;
};

/* NULL with what db_open_writer says. */
struct company_store *company_store_open(const struct company *c, struct err *e);
void company_store_close(struct company_store *s); /* NULL is fine */
/* Ends and starts it as a restart does: what runs is lost (`killed`: without a clean
   close), what is stored is opened again, migrated (`with`, NULL: nothing, has the file
   while it is closed), and what is in force is taken into force. */
bool company_store_reopen(struct company_store *s, bool killed,
                          bool (*with)(const char *path, struct err *e),
                          struct err *e) MUST_USE;

/* Called after the day's evaluation and flush; false, with `e`, ends the replay. */
typedef bool company_each_fn(void *ctx, struct company_store *s, int64_t day,
                             struct err *e);

/* `from` is COMPANY_FIRST or the day after the last one played. `each` may be NULL. */
bool company_replay(struct company_store *s, int64_t from, int64_t to,
                    company_each_fn *each, void *ctx, struct err *e) MUST_USE;

/* Splits the days and sends what is due before the next day's sync, when it is due. */
bool company_store_tell(struct company_store *s, int64_t day, struct err *e) MUST_USE;

#endif
