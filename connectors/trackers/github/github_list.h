/*
 * A repository listed as a whole, so that what has vanished is noticed: after
 * its changes were read, its open issues and then the closed ones as far back
 * as `history` goes. So it is when the repository has another name, and with it
 * its issues other keys. A listing is a walk with a cursor of its own that
 * nothing stores: what fails or is put off begins again with a later sync.
 * Pages may shift meanwhile, for an issue that was missed is asked for
 * (github_ask.h). Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_LIST_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_LIST_H

#include "connectors/trackers/github/github_sync.h"

/* The changes are read, as was told: begins the listing where one is due. */
void github_list_begin(struct github_answer *an);
/* The last page of one state was read: the next state, or the end. */
void github_list_end_walk(struct github_answer *an);
/* Ends without having met everything: nothing but a note tells why. */
void github_list_fail(struct github_answer *an, const struct err *why);
/* The same, without a note: it is put off. */
void github_list_give_up(struct github_scope *s);

#endif
