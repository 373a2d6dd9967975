/*
 * What one chat message says, as facts: frozen into the outbox when its group
 * is due, rendered anew on each attempt. Every entry has been cleared of what
 * may not leave (titles of private items are empty). Written as JSON here,
 * read back by connectors/chat. Pure, any thread; views are borrowed.
 *
 * The stored form, version 1: one object; the keys are the members' names, all
 * of them are always there, in this order.
 *
 *   { "v": 1, "kind": "drift", "channel": "", "group": "", "at": TIME, "text": "",
 *     "sections": [{ "rule": "", "headline": "", "why": "", "more": "", "total": 0,
 *                    "entries": [ENTRY] }],
 *     "blocks": [{ "title": "", "text": "", "fixed": false }],
 *     "resolved": [ENTRY], "total_resolved": 0, "to": "" }
 *   ENTRY: { "finding": "", "change": "", "severity": "", "key": "", "title": "",
 *            "url": "", "note": "", "fix": "", "command": "", "objective": "",
 *            "why": "", "ended_by": "", "since": TIME }
 *          and, where it is for somebody, "people": [{ "name": "", "slack": "", ... }]
 *          with the ids there are (core/mention.h)
 *
 * Counts are numbers, everything else is a string; an empty view is "", but of `to`,
 * which is left out. TIME is
 * UTC to the second, "2026-11-22T12:57:00Z"; a time that never was (0) is "".
 * A later form with other meanings has another "v"; readers refuse what they do
 * not know.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "core/mention.h"

/* X(enumerator, stored name) */
#define NOTICE_KINDS(X)            \
    X(NOTICE_DRIFT, "drift")       \
    X(NOTICE_BASELINE, "baseline") \
    X(NOTICE_TEST, "test")         \
    X(NOTICE_OPERATIONS, "operations") \
    X(NOTICE_DIGEST, "digest")
enum notice_kind {
#define X(e, name) e,
    NOTICE_KINDS(X)
#undef X
};

struct notice_entry {
    struct str finding;  /* id, empty in a baseline summary */
    struct str change;   /* new, worse, reminder, resolved; ended: over, not mended */
    struct str severity; /* info, warn, high */
    struct str key, title, url;
    struct str note;
    struct str fix, command;
    struct str objective, why; /* of the node concerned, empty where there is none */
    struct str ended_by;       /* resolved: linked by label, closed, exempted, ... */
    struct wall since;
    struct mention *people; /* whom it is for */
    size_t n_people;
};

/* A part of a digest. */
struct notice_block {
    struct str title;
    struct str text; /* lines; of equal letters where `fixed`: tables and bars */
    bool fixed;
};

#define NOTICE_SHOWN 10 /* entries of a section; the rest is counted */

struct notice_section {
    struct str rule;     /* id */
    struct str headline; /* "5 epics without a strategic link in PAY (oldest 3 d)" */
    struct str why;      /* why the rule matters, one sentence */
    struct str more;     /* command that lists all */
    struct notice_entry *entries; /* worst first */
    size_t n_entries;
    int64_t total; /* >= n_entries */
};

struct notice {
    enum notice_kind kind;
    struct str channel;
    struct str to;    /* one person by the chat's own id; empty: the channel */
    struct str group; /* for people: "Payments", "all teams" */
    struct wall at;   /* when it was frozen */
    struct str text;  /* kind baseline, test, operations, digest: the sentence itself */
    struct notice_section *sections; /* high first */
    size_t n_sections;
    struct notice_block *blocks;
    size_t n_blocks;
    struct notice_entry *resolved;
    size_t n_resolved;
    int64_t total_resolved;
};

const char *notice_kind_name(enum notice_kind k);
/* Whom the message is for, each once, in the order of its entries: at most `max`.
   *ret_more: how many there are besides. What is over is for nobody. */
size_t notice_people(const struct notice *n, const struct mention **ret, size_t max,
                     size_t *ret_more);
#define NOTICE_VERSION 1
/* Appends the stored form. Failure is the buf's. */
void notice_write(struct buf *out, const struct notice *n);

#endif
