/*
 * Which trackers alignctl init is to look at, by its options, and what was seen there.
 * Tokens are read from files or the environment, sent, and wiped. One thread; blocks.
 */
#ifndef CTL_INIT_LOOK_H
#define CTL_INIT_LOOK_H

#include "config/first_draft.h"
#include "ctl/ctl.h"

enum { INIT_MAX_SOURCES = 2 }; /* one of each */

struct init_look {
    struct ctl *c; /* borrowed */
    struct draft_source sources[INIT_MAX_SOURCES];
    struct survey surveys[INIT_MAX_SOURCES]; /* of each source */
    size_t n;
    struct buf token; /* owned, secret; of the source at hand */
};

void init_look_init(struct init_look *l, struct ctl *c);
/* ERR_USAGE: an option that cannot be meant; else why a tracker did not answer. */
bool init_look_run(struct init_look *l, struct err *e) MUST_USE;
void init_look_finish(struct init_look *l);

#endif
