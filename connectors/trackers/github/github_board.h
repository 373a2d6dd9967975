/*
 * The projects a source follows (`projects: [acme/7]`). What they say of issues
 * does not move an issue's own date of change, so it comes with none of its
 * pages. Each sync begins with the projects: their values are laid over the
 * issues of every page that follows, and issues whose values have changed are
 * asked for by themselves unless a page has brought them. What the projects said
 * is remembered (README.md says why there), page by page with ETags, so that a
 * quiet cycle costs a 304 for each page; projects that rest for a day are looked
 * at every hour. So are the issues that have not come yet, for the next sync. A
 * project that cannot be read keeps what it said last, says so, and holds nothing
 * up. Pure; engine thread.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_BOARD_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "connectors/connector.h"
#include "connectors/trackers/github/github_call.h"
#include "connectors/trackers/github/github_project.h"

struct github_answer;

/* All in the context's arena. Paths are from the root of our origin. */
struct github_board_page {
    struct str path;
    struct str etag, etag_key; /* may be empty */
    struct str rows;           /* github_project.h */
};

/* What one look at a project has found. */
struct github_board_look {
    struct github_project_fields fields;
    struct github_board_page list; /* of the fields: without rows */
    struct github_board_page *pages;
    size_t n, cap;
};

struct github_board {
    struct str name, owner, number; /* borrowed from the configuration */
    enum { GITHUB_BOARD_FIELDS, GITHUB_BOARD_ITEMS, GITHUB_BOARD_OVER } step;
    bool user;    /* it belongs to a user, not to an organisation */
    bool missing; /* it was not to be found */
    bool trouble; /* it could not be read, and that was told */
    unsigned field_pages;
    struct wall asked, changed;
    struct github_board_look known, fresh;
    struct github_board_page at; /* what is asked for: path, ETag */
    struct github_call call;
};

/* An issue whose values have changed. */
struct github_refresh {
    struct github_scope *scope; /* borrowed */
    struct str key;
    bool met; /* it has come since, or never will */
};

struct github_boards {
    struct github_project_wire wire;
    struct github_board *v; /* in the arena; what they own ends with finish */
    size_t n;
    struct map *extras; /* owned: struct github_extra by key; NULL: none */
    struct map *by_key; /* owned: struct github_refresh */
    struct github_refresh **refresh;
    size_t n_refresh, cap_refresh;
    bool begun; /* they are asked for */
};

bool github_boards_init(struct tracker *t, struct wall now, struct err *e) MUST_USE;
void github_boards_finish(struct tracker *t);

/* A request to be sent now; NULL: none. */
struct github_call *github_boards_next(struct tracker *t);
/* Whether some are not read yet: issues wait for what they say. */
bool github_boards_left(const struct tracker *t);
/* The answer to a call of kind PROJECT. */
void github_boards_answer(struct github_answer *an);

/* The items from number `first` on have come with a page. */
void github_boards_met(struct github_answer *an, size_t first);
/* The issue asked for by itself will not come. */
void github_boards_drop(struct github_answer *an, struct github_refresh *r);
/* How many have not come; `failed`: one was asked for in vain. */
void github_boards_told(struct github_answer *an, bool failed);
/* Every repository was read: asks for changed issues. False: out of memory. */
bool github_boards_refresh(struct tracker *t) MUST_USE;

#endif
