/*
 * What tests of the Jira tracker's syncs share: answers by name, and conversations
 * that have come as far as is wanted. Static functions.
 */
#ifndef TESTS_UNIT_JIRA_SYNC_RIG_H
#define TESTS_UNIT_JIRA_SYNC_RIG_H

#include "tests/unit/jira_talk.h"

#define LIST(inner) "{\"isLast\":true,\"values\":[" inner "]}"
#define PROJECT(key, id) "{\"key\":\"" key "\",\"id\":\"" id "\"}"
#define PAY_WEB LIST(PROJECT("PAY", "10") "," PROJECT("WEB", "11"))
#define ISSUES(inner) "{\"issues\":[" inner "]}"
#define TOKEN(token, inner) "{\"issues\":[" inner "],\"nextPageToken\":\"" token "\"}"
#define T1 "2026-11-20T10:00:00.000+0000" /* 1795168800000 */
#define T2 "2026-11-22T11:59:00.123+0100" /* 1795345140123 */

#define T3 "2026-11-22T11:30:00.000+0000" /* 1795347000000 */

/* Read an hour ago; dates in milliseconds are known to work. */
#define HOUR_AGO "1 s e 1795345200000 0"
#define TWO_HOURS_AGO "1 s e 1795341600000 0"

static inline void begin_cloud(struct talk *k, const char *projects)
{
    talk_begin(k);
    talk_setup_cloud(k, projects);
}

/* Two projects that were read before, and the list of them. */
static inline void begin_two(struct talk *k)
{
    talk_init(k);
    talk_known(k, "PAY", "10", HOUR_AGO);
    talk_known(k, "WEB", "11", TWO_HOURS_AGO);
    begin_cloud(k, PAY_WEB);
    talk_log(k, "seen PAY #10\nseen WEB #11\n");
}

static inline void end(struct talk *k)
{
    talk_step(k, TRACKER_DONE);
    talk_finish(k);
}

/* `stage`: what is asked next; 0 serverInfo, 1 myself, 2 field, 3 projects. */
static inline void begin_at_stage(struct talk *k, int stage)
{
    talk_init(k);
    talk_begin(k);
    if (stage > 0) {
        talk_ok(k, "serverInfo", TALK_CLOUD);
    }
    if (stage > 1) {
        talk_ok(k, "myself", TALK_MYSELF);
    }
    if (stage > 2) {
        talk_ok(k, "field", TALK_FIELDS);
    }
}

#endif
