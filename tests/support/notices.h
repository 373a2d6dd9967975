/*
 * Notices for tests of what renders them: a plain one, and random ones with
 * everything in them that a tracker or an operator could have typed. Views live
 * in the arena given, or are literals. The same seed gives the same notice.
 */
#ifndef TESTS_SUPPORT_NOTICES_H
#define TESTS_SUPPORT_NOTICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "core/notice.h"

struct notice_entry notice_an_entry(const char *key, const char *title);
/* One section with `n` entries; `s` and `e` are the caller's. */
struct notice notice_of_one(struct notice_section *s, struct notice_entry *e, size_t n);
/* *seed moves on. */
struct notice notice_random(struct arena *a, uint64_t *seed);
/* Ids of people in random notices: no text has them, so what mentions another one has
   taken text for a mention. A digit follows. */
#define NOTICE_SLACK "U0GOOD"
#define NOTICE_NUMBER "7000000"   /* Discord, Google Chat */
#define NOTICE_MATTERMOST "good-one"
#define NOTICE_TEAMS "good@acme.example"

/* Worse: every script, each chat's markup and mentions, broken UTF-8, NUL; for renderers
   alone, as the store keeps no NUL. */
struct notice notice_hostile(struct arena *a, uint64_t *seed);

#endif
