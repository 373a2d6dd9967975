/*
 * One sync after another of one tracker against one server, with a fault
 * somewhere, and what every tracker must hold to whatever happens. Held while
 * it runs (run_sync fails the running test):
 *
 *   - it ends within a bounded number of requests and waits, and waits only
 *     while nothing is outstanding
 *   - requests go to the configured origin, with the configured credentials,
 *     which are in no URL, body, message or cursor
 *   - a faulty answer yields no item, no fate, no history and no end of a
 *     listing, and moves no cursor, and neither does anything after a scope has
 *     failed
 *   - nothing is called vanished that is there
 *   - a pause ends within the hour; after a failure of the whole source
 *     nothing more is asked
 *
 * The rest is for the caller, who looks at the outcome and the memory.
 */
#ifndef TESTS_CONFORM_CONFORM_H
#define TESTS_CONFORM_CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connectors/connector.h"
#include "tests/conform/site.h"

#define KIND(k) (1u << (k))

enum {
    FAULT_SOURCE = 1, /* may stop the whole source */
    FAULT_EITHER = 2, /* may be taken for what it says, if nothing is lost by that */
    FAULT_PARTLY = 4, /* what the answer holds may be stored; it does not end a walk */
    FAULT_PAUSE = 8,  /* must pause or fail */
    FAULT_TRUE = 16,  /* as good as any answer */
    FAULT_BELIEVED = 32, /* and what it says instead of the truth is not asked again */
    FAULT_DISABLES = 64, /* tells that the scope has no issues */
};

struct fault {
    const char *name;
    /* Changes a good answer; false: this one has nothing to change. */
    bool (*apply)(const struct fault *f, struct site *s, const struct http_request *req,
                  struct answer *ans);
    unsigned kinds; /* of the failure it becomes, as KIND()s; 0: it becomes none */
    unsigned flags;
    int status;
    const char *body;
    const char *headers[8]; /* name, value, ... */
    enum err_kind failure;
    bool unsent; /* the failure came before anything was sent */
    int number;  /* for `apply` */
};

extern const struct fault faults[]; /* those of every tracker; ends with a NULL name */

/* ---- what the store would know ---- */

enum { MEMORY_SCOPES = 12, MEMORY_ITEMS = 64 };

struct memory {
    struct {
        char name[80], vid[40], cursor[2600];
        bool synced, listed;
    } scopes[MEMORY_SCOPES];
    size_t n_scopes;
    struct {
        char vid[40], key[40], scope[80];
        uint64_t hash;
        bool open;
        struct wall updated;
        unsigned fate;    /* KIND() of the last one told; 0: none, or present */
        uint64_t history; /* hash of it; 0: never told */
        uint64_t blockers; /* likewise */
    } items[MEMORY_ITEMS];
    size_t n_items;
    char text[12000]; /* feed.memory */
};

bool memory_same_items(const struct memory *a, const struct memory *b);
/* What became of items that are no more, and when they were in progress. */
bool memory_same_fates(const struct memory *a, const struct memory *b);
bool memory_same_histories(const struct memory *a, const struct memory *b);
bool memory_blockers_agree(const struct memory *a, const struct memory *b);
const char *memory_cursor(const struct memory *m, const char *scope); /* "" */

/* ---- one sync ---- */

enum { OUTCOME_CLASSES = 16 };

struct outcome {
    unsigned requests, waits;
    unsigned fired; /* answers the fault was put on */
    bool unapplied; /* it had nothing to change in some answer of its class */
    bool paused, source_failed, crashed;
    bool warned; /* a note says that something is amiss */
    struct err source_err;
    struct {
        char name[80];
        bool synced, failed, disabled, listing, listed;
        struct err err;
    } scopes[MEMORY_SCOPES]; /* those told of */
    size_t n_scopes;
    struct {
        const char *name;
        unsigned n;
    } classes[OUTCOME_CLASSES]; /* of the requests made */
    size_t n_classes;
};

/* Which answers a fault is put on. */
struct plan {
    const struct fault *fault; /* NULL: none */
    const char *class;         /* of the requests; NULL: any */
    unsigned from;             /* the first of them, counted from 0 */
    unsigned times;            /* 0: for ever */
    unsigned crash_after;      /* answers, then the context is dropped; 0: never */
};

struct run {
    const struct fixture *fx;
    struct memory mem;
    struct wall now; /* by our clock */
    struct dur skew; /* the server's clock minus ours */
    bool lifo;       /* the last request is answered first */
    bool later;      /* the world is a month older */
    bool soon, gone; /* as in struct site */
    bool list;       /* every scope is due to be listed */
    struct plan plan;
    const char *what;   /* for messages: which sync this is */
    struct outcome out; /* of the last sync */
};

void run_init(struct run *r, const struct fixture *fx);
void run_sync(struct run *r);

/* What is to be expected of the plan's fault: kinds and flags. */
struct expectation run_expected(const struct run *r);
/* Fails the running test, saying which run this is. */
void run_fail(const struct run *r, const char *fmt, ...) PRINTF(2, 3);

void conform_finish(void); /* what was read once */

#endif
