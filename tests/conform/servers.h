/* What the servers of one vendor share: conform/github*.c, conform/jira*.c. */
#ifndef TESTS_CONFORM_SERVERS_H
#define TESTS_CONFORM_SERVERS_H

#include "tests/conform/site.h"

#define GITHUB_SITE "https://api.github.com"

/* A URL's path behind that of the API. */
struct str github_site_path(struct str url);
/* The repository a path names, and what follows its name; NULL: none. */
const json_t *github_site_repo(const struct site *s, struct str path,
                               struct str *ret_rest);
void github_site_serve(struct site *s, const struct http_request *req,
                       struct answer *ans);

bool jira_site_is_cloud(const struct site *s);
void jira_site_serve(struct site *s, const struct http_request *req,
                     struct answer *ans);

#endif
