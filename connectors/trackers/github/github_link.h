/*
 * URLs of GitHub's API: the Link header (RFC 8288), origins, query parameters
 * and the names of repositories. Pure; results are views into the arguments.
 *
 * A page's URL is followed as the server wrote it, for it may hold a cursor,
 * but only to the origin that was configured: elsewhere it would take the
 * token along.
 */
#ifndef CONNECTORS_TRACKERS_GITHUB_GITHUB_LINK_H
#define CONNECTORS_TRACKERS_GITHUB_GITHUB_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/http_msg.h"
#include "base/str.h"

#define GITHUB_MAX_PATH ((size_t)2000)

/* `path` is path and query, and starts with a slash. */
struct github_url {
    bool https;
    struct str host;
    unsigned port;
    struct str path;
};

/* False: not http(s), or with user, blanks, a fragment or a wrong port. */
bool github_url_parse(struct str url, struct github_url *ret) MUST_USE;
bool github_url_same_origin(const struct github_url *a, const struct github_url *b);

enum github_next {
    GITHUB_NEXT_NONE,
    GITHUB_NEXT_PAGE,
    GITHUB_NEXT_FOREIGN, /* another scheme, host or port */
    GITHUB_NEXT_MALFORMED,
};

/* The URL with rel="next" of all Link headers; *ret_path only for a PAGE. */
enum github_next github_link_next(const struct http_response *resp,
                                  const struct github_url *base, struct str *ret_path);

/* The value as written; false: absent. */
bool github_param(struct str path, const char *name, struct str *ret) MUST_USE;
/*
 * Appends `path` with half its `per_page`, and `page` such that the same items
 * come next. False (nothing appended): it has no per_page, or it is at most 25.
 */
bool github_halve_page(struct buf *out, struct str path) MUST_USE;

bool github_owner_valid(struct str name);
/* owner/repository, as GitHub allows them. */
bool github_repo_valid(struct str name);

/* What .../repositories/ID... or .../repos/OWNER/NAME... in a path names. */
bool github_path_repo(struct str path, struct str *ret_id,
                      struct str *ret_name) MUST_USE;
/* OWNER/NAME and the number of a URL that ends in OWNER/NAME/issues/NUMBER. */
bool github_issue_url(struct str url, struct str *ret_repo,
                      struct str *ret_number) MUST_USE;

#endif
