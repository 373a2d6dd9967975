/*
 * What several rules say in the same words: facts, commands to paste, ways to
 * link an item where people are. Pure, any thread; texts live in the arena
 * given, which shows failure (arena_failed).
 */
#ifndef CORE_RULES_WORDING_H
#define CORE_RULES_WORDING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "core/rule_view.h"

/* The numbers behind a hit, as one JSON object: begin, write members, end. */
struct wording_facts {
    struct buf buf;
    struct jsonw w;
};
void wording_facts_begin(struct wording_facts *f);
struct str wording_facts_end(struct wording_facts *f, struct arena *a);
/* The members every item rule gives: key, scope, level, ...; type and status where the
   item is not private. */
void wording_item_facts(struct wording_facts *f, const struct rule_item *it);
void wording_span(struct jsonw *w, const char *key, struct span s);

/* What a remote said, cut to a length that a message bears. */
struct str wording_short(struct str s);
/* `s` as one word of a POSIX shell, quoted only where it must be. */
struct str wording_shell(struct arena *a, struct str s);
/* "alignctl link KEY ID"; `id` empty: the word INITIATIVE for people to replace. */
struct str wording_link_command(struct arena *a, const struct rule_item *it,
                                struct str id);
/*
 * How to name initiative `id` (empty: ID) in the tracker: a label where the
 * scope has such labels, else a line of the body, which works everywhere.
 */
struct str wording_link_fix(struct arena *a, const struct rule_item *it, struct str id);

/* ---- strategy nodes ---- */

struct date wording_date_at(const struct rule_input *in, struct wall t);
/* The day it is, and the beginning of one, where the calendar is. */
struct date wording_today(const struct rule_input *in);
struct wall wording_midnight(const struct rule_input *in, struct date d);
struct str wording_date(struct arena *a, struct date d); /* 2026-11-30 */
/* "30 Nov", of another year than today's "30 Nov 2027". */
struct str wording_day(struct arena *a, struct date d, struct date today);
/* With its unit: "47 points", "99.9%". */
struct str wording_value(struct arena *a, const struct key_result *kr, double v);
/* "planned 60/40, actual 35/65 (grow/keep)": of the plan's goals, in its order. */
struct str wording_shares(struct arena *a,
                          const struct effort_sum *sum);

/* The members state, value, date, progress, expected, pace, start and by, as far as
   they are known. */
void wording_kr_facts(struct wording_facts *f, const struct rule_kr *k);
/* The members person_days, unmapped, people, trust, weakest, shares (with a plan), and
   working_days where it is not 0. */
void wording_effort_facts(struct wording_facts *f, const struct effort_sum *s,
                          size_t working_days);

#endif
