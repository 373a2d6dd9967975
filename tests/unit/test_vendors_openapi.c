/*
 * Answers of the vendor server against the vendors' own OpenAPI descriptions:
 * every route of every face, lists to their last page, each issue by itself,
 * refusals and limits; of the example company, of generated and of real issues.
 *
 * The descriptions are read from $SHARED/data/openapi; where they are absent
 * nothing can be held to them, and that is said and counted.
 */
#include <glob.h>
#include <unistd.h>

#include "tests/unit/described_rig.h"

#define COMPANY "config/examples/acme/company.json"
#define PAGES_MAX 200

/* ---- GitHub ---- */

/* Every page behind `target`, by its links; what they list. */
static json_t *walk(struct described *d, enum site site, const char *target)
{
    json_t *all = json_array();
    char *next = strdup(target);

    for (size_t page = 0; next; page++) {
        struct probe_reply reply;
        json_t *list = ask(d, (struct ask){site, next, 200}, &reply);

        assert_true(page < PAGES_MAX && json_is_array(list));
        (void)json_array_extend(all, list);
        json_decref(list);
        free(next);
        next = vr_link(&reply, "next");
        probe_finish(&reply);
    }
    return all;
}

/* Once more with the tag of the answer: not modified. */
static void look_again(struct described *d, enum site site, const char *target)
{
    const char *headers[8] = {NULL};
    struct probe_reply reply;
    struct buf b;
    size_t n = 0;

    buf_init(&b, 4096);
    json_decref(ask(d, (struct ask){site, target, 200}, &reply));
    for (; sites[site].headers[n]; n++) {
        headers[n] = sites[site].headers[n];
    }
    headers[n] = text(&b, "If-None-Match: %.*s", STR_FMT(probe_header(&reply, "ETag")));
    json_decref(ask(d, (struct ask){site, target, 304, headers}, NULL));
    probe_finish(&reply);
    buf_finish(&b);
}

static void github_issue(struct described *d, enum site site, const char *repo,
                         const json_t *issue)
{
    static const char *const sides[] = {"blocked_by", "blocking"};
    long long number = vr_int(issue, "number");
    bool child = json_object_get(issue, "parent_issue_url") != NULL;
    struct buf b;

    buf_init(&b, 4096);
    look(d, site, text(&b, "/github/repos/%s/issues/%lld", repo, number), 200);
    look(d, site, text(&b, "/github/repos/%s/issues/%lld/parent", repo, number),
         child ? 200 : 404);
    json_decref(walk(
        d, site,
        text(&b, "/github/repos/%s/issues/%lld/sub_issues?per_page=1", repo, number)));
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        json_decref(walk(
            d, site,
            text(&b, "/github/repos/%s/issues/%lld/dependencies/%s?per_page=1", repo,
                 number, sides[i])));
    }
    buf_finish(&b);
}

/* A repository: everything it lists, and every way to list it. */
static void github_repo(struct described *d, enum site site, const char *repo)
{
    static const char *const states[] = {"open", "closed", "all"};
    struct buf b;
    json_t *all, *one;
    size_t i, n;

    buf_init(&b, 4096);
    look(d, site, text(&b, "/github/repos/%s", repo), 200);
    json_decref(
        walk(d, site, text(&b, "/github/repos/%s/milestones?state=all", repo)));
    all =
        walk(d, site, text(&b, "/github/repos/%s/issues?state=all&per_page=100", repo));
    n = json_array_size(all);
    assert_true(n > 0);
    json_array_foreach(all, i, one)
    {
        github_issue(d, site, repo, one);
    }
    json_decref(all);
    for (i = 0; i < ARRAY_LEN(states) * 4; i++) {
        all = walk(d, site,
                   text(&b,
                        "/github/repos/%s/issues?state=%s&sort=%s&direction=%s&"
                        "per_page=7&since=2000-01-01T00:00:00Z",
                        repo, states[i % 3], i / 3 % 2 ? "created" : "updated",
                        i / 6 ? "asc" : "desc"));
        assert_true(i % 3 != 2 || json_array_size(all) == n);
        json_decref(all);
    }
    look_again(d, site, text(&b, "/github/repos/%s/issues?state=all", repo));
    buf_finish(&b);
}

static void github_answers(struct described *d, enum site site)
{
    static const char *const repos[] = {"acme/web", "acme/pay", "acme/made"};

    look(d, site, "/github/rate_limit", 200);
    look(d, site, "/github/user", 200);
    look(d, site, "/github/versions", 200);
    json_decref(walk(d, site, "/github/orgs/acme/repos"));
    for (size_t i = 0; i < ARRAY_LEN(repos); i++) {
        github_repo(d, site, repos[i]);
    }
}

/* ---- Jira ---- */

#define EVERYTHING "jql=created+is+not+EMPTY+ORDER+BY+updated"

static void jira_lists(struct described *d, enum site site, const char *base)
{
    static const char *const names[] = {"field", "myself", "serverInfo", "issuetype",
                                        "status"};
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        look(d, site, text(&b, "%s/%s", base, names[i]), 200);
    }
    buf_finish(&b);
}

static void jira_issues(struct described *d, enum site site, const char *base,
                        const json_t *keys)
{
    const json_t *one;
    struct buf b;
    size_t i;

    buf_init(&b, 4096);
    json_array_foreach(keys, i, one)
    {
        look(d, site, text(&b, "%s/issue/%s", base, json_string_value(one)), 200);
    }
    look(d, site,
         text(&b, "%s/issue/%s?fields=summary", base,
              json_string_value(json_array_get(keys, 0))),
         200);
    buf_finish(&b);
}

/* All pages of Data Center; the keys of all issues. */
static json_t *dc_pages(struct described *d, json_int_t size, const char *more)
{
    json_t *keys = json_array();
    json_int_t total = 1;
    struct buf b;

    buf_init(&b, 4096);
    for (json_int_t at = 0; at < total; at += size) {
        const char *target = text(&b,
                                  "/jira-dc/rest/api/2/search?" EVERYTHING
                                  "&startAt=%lld&maxResults=%lld%s",
                                  (long long)at, (long long)size, more);
        json_t *page = ask(d, (struct ask){DC, target, 200}, NULL);
        const json_t *one;
        size_t i;

        total = vr_int(page, "total");
        json_array_foreach(json_object_get(page, "issues"), i, one)
        {
            (void)json_array_append(keys, json_object_get(one, "key"));
        }
        json_decref(page);
    }
    assert_true(total > 0);
    assert_int_equal(json_array_size(keys), total);
    buf_finish(&b);
    return keys;
}

static void cloud_pages(struct described *d, const char *base, int size,
                        const char *more, size_t expected)
{
    char *token = NULL;
    size_t seen = 0;
    struct buf b;

    buf_init(&b, 8192);
    for (size_t page = 0; page == 0 || token; page++) {
        const char *target =
            text(&b, "%s/search/jql?" EVERYTHING "&maxResults=%d%s%s%s", base, size,
                 more, token ? "&nextPageToken=" : "", token ? token : "");
        json_t *v = ask(d, (struct ask){CLOUD, target, 200}, NULL);
        const char *next = json_string_value(json_object_get(v, "nextPageToken"));

        assert_true(page < PAGES_MAX);
        seen += json_array_size(json_object_get(v, "issues"));
        free(token);
        token = next ? strdup(next) : NULL;
        json_decref(v);
    }
    assert_int_equal(seen, expected);
    buf_finish(&b);
}

/* The keys of all issues. */
static json_t *dc_answers(struct described *d)
{
    json_t *keys = dc_pages(d, 100, "&fields=*all&expand=names,schema");

    jira_lists(d, DC, "/jira-dc/rest/api/2");
    jira_lists(d, DC, "/jira-dc/rest/api/latest");
    look(d, DC, "/jira-dc/rest/api/2/project", 200);
    json_decref(dc_pages(d, 7, "&fields=summary,status"));
    json_decref(dc_pages(d, 50, ""));
    post(d, DC, "/jira-dc/rest/api/2/search",
         "{\"jql\":\"updated > 0\",\"fields\":[\"summary\"],\"startAt\":3}");
    jira_issues(d, DC, "/jira-dc/rest/api/2", keys);
    return keys;
}

static void cloud_answers(struct described *d, const json_t *keys)
{
    static const char *const bases[] = {"/jira/rest/api/3", "/jira/rest/api/2"};
    size_t n = json_array_size(keys);
    struct buf b;

    buf_init(&b, 8192);
    look(d, CLOUD, "/jira/_edge/tenant_info", 200);
    for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
        jira_lists(d, CLOUD, bases[i]);
        look(d, CLOUD, text(&b, "%s/project/search", bases[i]), 200);
        look(d, CLOUD, text(&b, "%s/project/search?maxResults=1", bases[i]), 200);
        look(d, CLOUD, text(&b, "%s/project/search?startAt=1", bases[i]), 200);
        cloud_pages(d, bases[i], 20, "", n);
        cloud_pages(d, bases[i], 7, "&fields=summary,status", n);
        cloud_pages(d, bases[i], 100, "&fields=*all&expand=names,schema", n);
        jira_issues(d, CLOUD, bases[i], keys);
        post(d, CLOUD, text(&b, "%s/search/jql", bases[i]),
             "{\"jql\":\"updated > 0\",\"fields\":[\"summary\"],\"maxResults\":3}");
        post(d, CLOUD, text(&b, "%s/search/approximate-count", bases[i]),
             "{\"jql\":\"updated > 0\"}");
        post(d, CLOUD, text(&b, "%s/issue/bulkfetch", bases[i]),
             "{\"issueIdsOrKeys\":[\"PAY-1\",\"WEB-2\",\"NO-1\"]}");
        post(d, CLOUD, text(&b, "%s/changelog/bulkfetch", bases[i]),
             "{\"issueIdsOrKeys\":[\"PAY-1\",\"WEB-2\"],\"fieldIds\":[\"status\"]}");
    }
    buf_finish(&b);
}

/* ---- what a tracker refuses ---- */

static const char odd_company[] =
    "{\"github\":{\"repos\":["
    "{\"name\":\"acme/web\",\"id\":77,\"private\":true,\"was\":[\"acme/old\"],"
    "\"issues\":[{\"number\":1,\"title\":\"one\",\"events\":["
    "{\"event\":\"assigned\",\"at\":\"2026-11-02T09:00:00Z\",\"who\":\"ana\"},"
    "{\"event\":\"labeled\",\"at\":\"2026-11-03T09:00:00Z\",\"label\":\"wip\"},"
    "{\"event\":\"closed\",\"at\":\"2026-11-04T09:00:00Z\"}],"
    "\"blocked_by\":[\"acme/pay#9\",\"acme/pay#10\"]},"
    "{\"number\":5,\"title\":\"gone\",\"deleted\":true},"
    "{\"number\":6,\"title\":\"moved\",\"transferred_to\":\"acme/pay#9\"}]},"
    "{\"name\":\"acme/pay\",\"issues\":[{\"number\":9,\"title\":\"nine\"},"
    "{\"number\":10,\"title\":\"ten\",\"state\":\"closed\"}]},"
    "{\"name\":\"acme/off\",\"no_issues\":true},"
    "{\"name\":\"acme/locked\",\"forbidden\":true},"
    "{\"name\":\"acme/secret\",\"hidden\":true}],"
    "\"projects\":[{\"name\":\"acme/7\",\"fields\":{\"Status\":\"single_select\","
    "\"Points\":\"number\",\"Note\":\"text\"},\"items\":[{\"issue\":\"acme/web#1\","
    "\"values\":{\"Status\":\"Doing\",\"Points\":5,\"Note\":\"n\"}}]}]},"
    "\"jira\":{\"projects\":[{\"key\":\"PAY\",\"name\":\"Payments\",\"id\":10001,"
    "\"issues\":[{\"key\":\"PAY-1\",\"summary\":\"top\",\"blocked_by\":[\"PAY-3\"]},"
    "{\"key\":\"PAY-3\",\"summary\":\"first\"},"
    "{\"key\":\"PAY-2\",\"summary\":\"gone\",\"deleted\":true}]}]}}";

static const char *const bad_token[] = {"Authorization: Bearer wrong", VR_AGENT, NULL};
static const char *const no_token[] = {VR_AGENT, NULL};
static const char *const bad_version[] = {VR_TOKEN, VR_AGENT,
                                          "X-GitHub-Api-Version: 2020-01-01", NULL};
static const char *const bad_login[] = {"Authorization: Basic Ym90OndyMG5n", NULL};
static const char *const app_token[] = {"Authorization: Bearer a.b.c", VR_AGENT, NULL};

#define WEB "/github/repos/acme/web"
#define INSTALLATION "/github/app/installations/1/access_tokens"
#define SEARCH_3 "/jira/rest/api/3/search/jql"
#define SEARCH_2 "/jira-dc/rest/api/2/search"
#define IN_PAY "?jql=project%20%3D%20PAY"

/* A request without User-Agent is left out: a page of HTML is not the API's answer. */
static const struct ask refusals[] = {
    {GITHUB, "/github/rate_limit", 200, no_token},
    {GITHUB, "/github/repos/acme/old", 301},
    {GITHUB, "/github/repos/acme/old/issues?state=all", 301},
    {GITHUB, "/github/repositories/77", 200},
    {GITHUB, "/github/repositories/77/issues?state=all", 200},
    {GITHUB, WEB "/issues/1/timeline", 200},
    {GITHUB, WEB "/issues/1/dependencies/blocked_by?per_page=1", 200},
    {GITHUB_NEW, "/github/repositories/77/issues/1/dependencies/blocked_by", 200},
    {GITHUB, "/github/repos/acme/pay/issues/9/dependencies/blocking", 200},
    {GITHUB, WEB "/issues/404/dependencies/blocked_by", 404},
    {GITHUB, WEB "/issues/5/dependencies/blocked_by", 404},
    {GITHUB, "/github/orgs/acme/projectsV2/7/fields", 200},
    {GITHUB, "/github/orgs/acme/projectsV2/7/items", 200},
    {GITHUB, "/github/orgs/acme/projectsV2/8/items", 404},
    {GITHUB, WEB "/issues/6", 301},
    {GITHUB, WEB "/issues/5", 410},
    {GITHUB, WEB "/issues/5/sub_issues", 404},
    {GITHUB, WEB "/issues/404", 404},
    {GITHUB, "/github/repos/acme/off/issues", 410},
    {GITHUB, "/github/repos/acme/locked/issues", 403},
    {GITHUB, "/github/repos/acme/secret", 404},
    {GITHUB, "/github/repos/acme/none/issues", 404},
    {GITHUB, WEB, 404, no_token},
    {GITHUB, WEB "/issues?state=bogus", 422},
    {GITHUB, WEB "/issues?since=yesterday", 422},
    {GITHUB, WEB "/issues?labels=bug", 422},
    {GITHUB, WEB "/issues?after=nonsense", 422},
    {GITHUB, WEB "/issues", 401, bad_token},
    {GITHUB, "/github/user", 401, no_token},
    {GITHUB, WEB "/issues", 400, bad_version},
    {GITHUB, "/github/orgs/none/repos", 404},
    {GITHUB, INSTALLATION, 401, no_token, "{}"},
    {GITHUB, INSTALLATION, 201, app_token, "{}"},
    {GITHUB, "/github/orgs/acme/installation", 200, app_token},
    {GITHUB, WEB "/installation", 200, app_token},
    {GITHUB, "/github/nothing", 404},
    {CLOUD, SEARCH_3 "?jql=updated%20%3E%20", 400},
    {CLOUD, SEARCH_3 "?jql=ORDER%20BY%20updated", 400},
    {CLOUD, SEARCH_3 "?jql=project%20%3D%20NONE", 400},
    {CLOUD, SEARCH_3 IN_PAY "&nextPageToken=x", 400},
    {CLOUD, SEARCH_3, 400, NULL, "{\"jql\":\"project = PAY\",\"startAt\":1}"},
    {CLOUD, SEARCH_3, 400, NULL, "nonsense"},
    {CLOUD, SEARCH_3 IN_PAY, 401, bad_login},
    {CLOUD, "/jira/rest/api/3/myself", 401, no_token},
    {CLOUD, "/jira/rest/api/3/issue/PAY-1", 200},
    {CLOUD, "/jira/rest/api/3/issue/PAY-2", 404},
    {CLOUD, "/jira/rest/api/3/issue/bulkfetch", 400, NULL, "{\"issueIdsOrKeys\":[]}"},
    {CLOUD, "/jira/rest/api/3/search" IN_PAY, 410},
    {CLOUD, "/jira/rest/api/3/nothing", 404},
    {DC, SEARCH_2 "?jql=updated%20%3E%20", 400},
    {DC, SEARCH_2 "?startAt=-1", 400},
    {DC, SEARCH_2, 401, bad_login},
    {DC, "/jira-dc/rest/api/2/myself", 401, no_token},
    {DC, "/jira-dc/rest/api/2/issue/PAY-3", 200},
    {DC, "/jira-dc/rest/api/2/issue/PAY-2", 404},
    {DC, "/jira-dc/rest/api/2/nothing", 404},
};

/* Limits, as the faults of that name answer and as a used-up hour does. */
static void limits(struct described *d)
{
    static const struct {
        const char *fault;
        struct ask ask;
    } rows[] = {
        {"github-primary-limit", {GITHUB, WEB "/issues", 403}},
        {"github-secondary-limit", {GITHUB, WEB "/issues", 403}},
        {"jira-limit", {CLOUD, SEARCH_3 IN_PAY, 429}},
        {"jira-limit", {DC, SEARCH_2, 429}},
    };
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        vr_control(&d->v, "/_control/faults",
                   text(&b, "[{\"path\":\"/\",\"action\":\"%s\"}]", rows[i].fault));
        json_decref(ask(d, rows[i].ask, NULL));
    }
    vr_control(&d->v, "/_control/limits", "{\"remaining\":0}");
    look(d, GITHUB, WEB "/issues", 403);
    buf_finish(&b);
}

/* ---- no route is forgotten ---- */

/* The classes of request that one source file of the server names. */
static void add_classes(json_t *classes, const char *path)
{
    FILE *f = fopen(path, "r");
    char line[512];

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        char *at = strstr(line, "->class_ = ");

        while (at && (at = strchr(at, '"'))) {
            char *end = strchr(++at, '"');

            assert_non_null(end);
            *end = '\0';
            if (strncmp(at, "github.", 7) == 0 || strncmp(at, "jira", 4) == 0) {
                (void)json_object_set_new(classes, at, json_false());
            }
            at = end + 1;
        }
    }
    (void)fclose(f);
}

static json_t *read_classes(void)
{
    json_t *classes = json_object();
    glob_t files;

    assert_int_equal(glob("tests/support/vendors/*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        add_classes(classes, files.gl_pathv[i]);
    }
    globfree(&files);
    assert_true(json_object_size(classes) > 20);
    return classes;
}

/* Ends this server; what it has answered is taken out of the classes. */
static void stop(struct described *d, json_t *classes)
{
    json_t *counters = vr_json(&d->v, "/_control/counters", NULL, 200), *one;
    const char *name;

    json_object_foreach(json_object_get(counters, "classes"), name, one)
    {
        (void)json_object_del(classes, name);
    }
    json_decref(counters);
    vr_stop(&d->v);
}

/* ---- what real trackers gave, served again with other addresses ---- */

static void real_issues(struct described *d, json_t *classes)
{
    const char *shared = getenv("SHARED") ? getenv("SHARED") : "../shared";
    const char *args[] = {
        "--ndjson-github", NULL,  "--ndjson-jira", NULL,     "--repo", "acme/real",
        "--cursor-after",  "200", "--rate-limit",  "100000", NULL};
    struct buf github, jira;
    json_t *keys;

    buf_init(&github, 4096);
    buf_init(&jira, 4096);
    args[1] = text(&github, "%s/data/large/github-500.ndjson", shared);
    args[3] = text(&jira, "%s/data/large/jira-500.ndjson", shared);
    if (access(args[1], R_OK) != 0 || access(args[3], R_OK) != 0) {
        print_message("recordings: 0 run, 1 skipped (%s/data/large)\n", shared);
    } else {
        vr_start(&d->v, NULL, args);
        github_repo(d, GITHUB, "acme/real");
        keys = dc_answers(d);
        cloud_answers(d, keys);
        json_decref(keys);
        stop(d, classes);
    }
    buf_finish(&github);
    buf_finish(&jira);
}

/* ---- together ---- */

static void every_keyword_is_checked(void **state)
{
    static const char *const names[] = {"github-issues", "ghes-3.19-issues",
                                        "jira-cloud-v3", "jira-dc-10.3",
                                        "jira-software-cloud"};
    size_t run = 0, all = 0;
    struct buf why;

    (void)state;
    buf_init(&why, 1 << 16);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        json_t *document = openapi_load(names[i]);
        size_t n = 0;

        if (!document) {
            continue;
        }
        if (!openapi_is_known(document, &n, &why)) {
            fail_msg("%s: %s", names[i], buf_cstr(&why));
        }
        assert_true(n > 100);
        run++;
        all += n;
        json_decref(document);
    }
    print_message("%zu descriptions, %zu schemas: no keyword goes unchecked\n", run,
                  all);
    print_message("recordings: %zu run, %zu skipped\n", run, ARRAY_LEN(names) - run);
    buf_finish(&why);
}

static void answers_are_as_described(void **state)
{
    static const char *const company[] = {
        "--data", COMPANY,        "--repo", "acme/made",          "--cursor-after",
        "60",     "--rate-limit", "100000", "--synthetic-github", "150",
        NULL};
    static const char *const strict[] = {"--github-token", "t0ken", "--jira-token",
                                         "t0ken", NULL};
    json_t *classes = read_classes(), *keys;
    struct described d;
    const char *name;

    (void)state;
    if (!described_init(&d)) {
        print_message("SKIPPED: no descriptions in %s/data/openapi: the vendor "
                      "server's answers are held to nothing\n",
                      getenv("SHARED") ? getenv("SHARED") : "../shared");
        print_message("recordings: 0 run, 1 skipped\n");
        described_finish(&d);
        json_decref(classes);
        return;
    }
    vr_start(&d.v, NULL, company);
    github_answers(&d, GITHUB);
    github_answers(&d, GITHUB_NEW);
    keys = dc_answers(&d);
    cloud_answers(&d, keys);
    json_decref(keys);
    stop(&d, classes);
    vr_start(&d.v, odd_company, strict);
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
        json_decref(ask(&d, refusals[i], NULL));
    }
    limits(&d);
    stop(&d, classes);
    real_issues(&d, classes);
    json_object_foreach(classes, name, keys)
    {
        print_error("no answer of the class %s was looked at\n", name);
    }
    described_verdict(&d);
    assert_int_equal(json_object_size(classes), 0);
    json_decref(classes);
    described_finish(&d);
}

#define ONE_LIMIT "{\"limit\":1,\"remaining\":1,\"reset\":1,\"used\":0}"

/* Each of these is an answer with one thing that no description has. */
static void what_strays_is_found(void **state)
{
    static const struct {
        struct ask ask;
        const char *body; /* JSON */
        const char *reason;
        const char *header, *value;
    } rows[] = {
        {{GITHUB, WEB "/issues", 200}, "[{}]", "required, and absent"},
        {{GITHUB, WEB "/issues", 200}, "{}", "(root): no array"},
        {{GITHUB, WEB "/issues", 200},
         "[]",
         "Content-Type \"text/plain\" is not described",
         "Content-Type",
         "text/plain"},
        {{GITHUB, WEB "/issues", 418}, "{}", "a status that is not described"},
        {{GITHUB, WEB "/nowhere", 200}, "{}", "not described"},
        {{GITHUB, WEB, 404}, "{\"message\":7}", "/message: no string"},
        {{GITHUB, WEB, 404}, "{\"mesage\":\"\"}", "/mesage: in no schema"},
        {{GITHUB, "/github/rate_limit", 200},
         "{\"rate\":" ONE_LIMIT ",\"resources\":{\"core\":" ONE_LIMIT
         ",\"search\":" ONE_LIMIT "}}",
         "header X-RateLimit-Limit: (root): no integer",
         "X-RateLimit-Limit",
         "many"},
        {{CLOUD, SEARCH_3 IN_PAY, 200},
         "{\"issues\":[],\"total\":0}",
         "/total: not in the schema"},
        {{CLOUD, SEARCH_3 IN_PAY, 200},
         "{\"issues\":[{\"id\":10001}]}",
         "/issues/0/id: no string"},
        {{CLOUD, SEARCH_3 IN_PAY, 200},
         "{\"issues\":[{\"fields\":{\"updated\":\"2026-11-22T10:00:00Z\"}}]}",
         "/issues/0/fields/updated: not of the pattern"},
        {{CLOUD, SEARCH_3 IN_PAY, 200},
         "{\"issues\":[{\"fields\":{\"assignee\":{\"username\":\"ana\"}}}]}",
         "/issues/0/fields/assignee/username: not in the schema"},
        {{CLOUD, SEARCH_3 IN_PAY, 200}, "[", "no JSON"},
        {{DC, SEARCH_2, 200}, "{\"total\":2147483648}", "/total: no int32"},
        {{DC, "/jira-dc/rest/api/2/field", 200}, "{}", "(root): no array"},
    };
    struct described d;

    (void)state;
    if (!described_init(&d)) {
        print_message("recordings: 0 run, 1 skipped\n");
        described_finish(&d);
        return;
    }
    d.silent = true;
    vr_start(&d.v, odd_company, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *fault =
            json_pack("[{s:s, s:s, s:i, s:s, s:{s:s}}]", "path", "/", "action",
                      "status", "status", rows[i].ask.status, "body", rows[i].body,
                      "headers", rows[i].header ? rows[i].header : "X-None",
                      rows[i].value ? rows[i].value : "1");
        char *spec = json_dumps(fault, 0);

        vr_control(&d.v, "/_control/faults", spec);
        json_decref(ask(&d, rows[i].ask, NULL));
        if (d.wrong != i + 1 || !strstr(buf_cstr(&d.reason), rows[i].reason)) {
            fail_msg("%s: %s gives: %s", rows[i].ask.target, rows[i].body,
                     buf_cstr(&d.reason));
        }
        free(spec);
        json_decref(fault);
    }
    vr_stop(&d.v);
    described_finish(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_keyword_is_checked),
        cmocka_unit_test(answers_are_as_described),
        cmocka_unit_test(what_strays_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
