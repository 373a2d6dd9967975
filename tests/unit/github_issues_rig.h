/*
 * What tests of reading a GitHub repository's issues share: the requests that are
 * expected, pages of issues to answer them with, and a source of one repository.
 * Static functions.
 */
#ifndef TESTS_UNIT_GITHUB_ISSUES_RIG_H
#define TESTS_UNIT_GITHUB_ISSUES_RIG_H

#include <jansson.h>

#include "base/str.h"
#include "tests/replay/github_rig.h"

#define OPEN_URL                                                                       \
    "https://api.github.com/repos/acme/web/issues?state=open&sort=created"             \
    "&direction=asc&per_page=100"
#define CLOSED_URL                                                                     \
    "https://api.github.com/repos/acme/web/issues?state=closed&sort=created"           \
    "&direction=asc&per_page=100&since=2026-05-26T11:58:00Z"
#define CHANGES_URL                                                                    \
    "https://api.github.com/repos/acme/web/issues?state=all&sort=updated"              \
    "&direction=asc&per_page=100&since="
#define DATE "Sun, 22 Nov 2026 12:00:00 GMT"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define SINCE CHANGES_URL "2026-11-22T09:58:00Z"

static inline struct rig *rig_of(void **state)
{
    return *state;
}

static inline int set_up(void **state)
{
    struct rig *r = malloc(sizeof *r);

    if (r == NULL) {
        return -1;
    }
    rig_init(r, "acme/web");
    *state = r;
    return 0;
}

static inline int tear_down(void **state)
{
    json_set_alloc_funcs(malloc, free);
    rig_finish(*state);
    free(*state);
    return 0;
}

/* A page of issues, each {number, updated_at, more members}. */
static inline char *page_of(const char *const (*rows)[3])
{
    static char out[1 << 16];
    size_t n = 0;

    n += (size_t)snprintf(out + n, sizeof out - n, "[");
    for (size_t i = 0; rows[i][0] != NULL; i++) {
        n += (size_t)snprintf(out + n, sizeof out - n,
                              "%s{\"id\":100%s,\"number\":%s,\"title\":\"t\","
                              "\"state\":\"open\",\"updated_at\":\"%s\"%s}",
                              i > 0 ? "," : "", rows[i][0], rows[i][0], rows[i][1],
                              rows[i][2]);
    }
    snprintf(out + n, sizeof out - n, "]");
    return out;
}

static inline char *one_issue(const char *number, const char *updated)
{
    const char *const rows[][3] = {{number, updated, ""}, {NULL, NULL, NULL}};

    return page_of(rows);
}

static inline void link_next(struct rig *r, const char *path)
{
    static char value[1024];

    snprintf(value, sizeof value,
             "<https://api.github.com/x?page=1>; rel=\"first\", "
             "<https://api.github.com%s>; rel=\"next\"",
             path);
    rig_header(r, "Link", value);
}

#endif
