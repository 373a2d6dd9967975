/*
 * The first alignd.yaml and strategy.yaml, with comments, from what surveys of trackers
 * have found, or from nothing. What only people know is marked "to be filled in"; both
 * texts load as they are. Pure; any thread. Tracker text is quoted.
 */
#ifndef CONFIG_FIRST_DRAFT_H
#define CONFIG_FIRST_DRAFT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "base/str.h"
#include "connectors/survey.h"

/* A tracker that was looked at. */
struct draft_source {
    bool jira;       /* else GitHub */
    struct str url;  /* empty: GitHub's own */
    struct str user; /* empty: none */
    struct secret token; /* how it is referred to; its value is not looked at */
    const struct survey *found; /* borrowed */
};

struct draft_result {
    size_t initiatives, people, teams;
    size_t merged; /* people whose account of one tracker was taken for theirs of another */
};

void draft_alignd(const struct draft_source *v, size_t n, struct buf *out);
/* False: out of memory. */
bool draft_strategy(const struct draft_source *v, size_t n, struct arena *a,
                    struct buf *out, struct draft_result *ret, struct err *e) MUST_USE;

#endif
