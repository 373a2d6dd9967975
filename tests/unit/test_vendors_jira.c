/* Jira Cloud and Data Center as the vendor server plays them. */
#include <stdlib.h>

#include "tests/unit/vendors_rig.h"

static const char *const basic[] = {VR_BASIC, NULL};
static const char *const bearer[] = {VR_TOKEN, NULL};
static const char *const posted[] = {VR_BASIC, "Content-Type: application/json", NULL};

static const char company[] =
    "{\"people\":[{\"id\":\"ana\",\"jira\":\"acc-1\",\"jira_name\":\"ana.s\","
    "\"name\":\"Ana\"}],\"jira\":{\"time_zone\":\"Europe/Berlin\","
    "\"fields\":[{\"id\":\"customfield_10050\",\"name\":\"Initiative\","
    "\"type\":\"select\"}],\"projects\":["
    "{\"key\":\"PAY\",\"name\":\"Payments\",\"id\":10001,\"issues\":["
    "{\"key\":\"PAY-1\",\"summary\":\"top\",\"type\":\"Initiative\",\"updated\":"
    "\"2026-03-01T10:00:00Z\",\"created\":\"2026-01-01\"},"
    "{\"key\":\"PAY-2\",\"summary\":\"epic\",\"type\":\"Epic\",\"parent\":\"PAY-1\","
    "\"status\":\"In Progress\",\"assignee\":\"ana\",\"labels\":[\"a\",\"b\"],"
    "\"components\":[\"C\"],\"fields\":{\"Initiative\":\"Grow\"},\"points\":5,"
    "\"updated\":\"2026-07-01T10:00:00Z\",\"created\":\"2026-01-02\",\"due\":"
    "\"2026-12-24\",\"description\":\"h2. Why\\nline one\\nline two\\n\\n* item\"},"
    "{\"key\":\"PAY-3\",\"summary\":\"story\",\"type\":\"Story\",\"parent\":\"PAY-2\","
    "\"status\":\"Done\",\"updated\":\"2026-03-03T10:00:00Z\",\"created\":\"2026-01-"
    "03\","
    "\"links\":[{\"type\":\"Blocks\",\"to\":\"PAY-2\"}]},"
    "{\"key\":\"PAY-4\",\"summary\":\"sub\",\"type\":\"Sub-task\",\"parent\":\"PAY-3\","
    "\"updated\":\"2026-03-04T10:00:00Z\",\"created\":\"2026-01-04\","
    "\"security\":\"Leadership\"}]},"
    "{\"key\":\"WEB\",\"name\":\"Web\",\"id\":10002,\"issues\":["
    "{\"key\":\"WEB-1\",\"summary\":\"other\",\"updated\":\"2026-03-05T10:00:00Z\","
    "\"created\":\"2026-01-05\",\"was\":[\"PAY-9\"]},"
    "{\"key\":\"WEB-2\",\"summary\":\"gone\",\"deleted\":true}]}]}}";

/* The keys of a page: "PAY-1 PAY-2". */
static void expect_keys(const json_t *page, const char *expected)
{
    const json_t *one;
    char got[1024] = "";
    size_t i, n = 0;

    json_array_foreach(json_object_get(page, "issues"), i, one)
    {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", i ? " " : "",
                              vr_text(one, "key"));
    }
    if (strcmp(got, expected) != 0) {
        fail_msg("got %s, expected %s", got, expected);
    }
}

static const json_t *fields_of(const json_t *page, size_t i)
{
    return json_object_get(json_array_get(json_object_get(page, "issues"), i),
                           "fields");
}

static void cloud_pages_by_token(void **state)
{
    struct vr v;
    json_t *page;
    char body[512];

    (void)state;
    vr_start(&v, company, NULL);
    page = vr_post(&v, "/jira/rest/api/3/search/jql", posted,
                   "{\"jql\":\"project in (PAY, WEB) ORDER BY updated ASC, key ASC\","
                   "\"maxResults\":2,\"fields\":[\"summary\"]}",
                   200);
    expect_keys(page, "PAY-1 PAY-3");
    assert_true(json_is_false(json_object_get(page, "isLast")));
    assert_null(json_object_get(page, "total"));
    assert_null(json_object_get(page, "startAt"));
    assert_int_equal(json_object_size(fields_of(page, 0)), 1);
    (void)snprintf(
        body, sizeof body,
        "{\"jql\":\"project in (PAY, WEB) ORDER BY updated ASC, key ASC\","
        "\"maxResults\":2,\"fields\":[\"summary\"],\"nextPageToken\":\"%s\"}",
        vr_text(page, "nextPageToken"));
    json_decref(page);
    /* PAY-1 changes between two pages: it comes again at the end. */
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-1\",\"summary\":\"later\"}");
    page = vr_post(&v, "/jira/rest/api/3/search/jql", posted, body, 200);
    expect_keys(page, "PAY-4 WEB-1");
    json_decref(page);
    /* The same token again gives the same page: it can be asked for twice. */
    page = vr_post(&v, "/jira/rest/api/3/search/jql", posted, body, 200);
    expect_keys(page, "PAY-4 WEB-1");
    (void)snprintf(
        body, sizeof body,
        "{\"jql\":\"project in (PAY, WEB) ORDER BY updated ASC, key ASC\","
        "\"maxResults\":9,\"fields\":[\"summary\"],\"nextPageToken\":\"%s\"}",
        vr_text(page, "nextPageToken"));
    json_decref(page);
    page = vr_post(&v, "/jira/rest/api/3/search/jql", posted, body, 200);
    expect_keys(page, "PAY-2 PAY-1");
    assert_true(json_is_true(json_object_get(page, "isLast")));
    assert_null(json_object_get(page, "nextPageToken"));
    json_decref(page);
    /* A token belongs to its query. */
    (void)snprintf(body, sizeof body,
                   "{\"jql\":\"project = PAY\",\"nextPageToken\":\"%s\"}",
                   "bm9uc2Vuc2U=");
    json_decref(vr_post(&v, "/jira/rest/api/3/search/jql", posted, body, 400));
    vr_stop(&v);
}

static void cloud_gives_what_is_asked_for(void **state)
{
    struct vr v;
    json_t *page;
    const json_t *one;

    (void)state;
    vr_start(&v, company, NULL);
    /* Nothing asked for: ids and no more. */
    page = vr_json(&v, "/jira/rest/api/3/search/jql?jql=key%20%3D%20PAY-2", basic, 200);
    one = json_array_get(json_object_get(page, "issues"), 0);
    assert_int_equal(json_object_size(one), 1);
    assert_string_equal(vr_text(one, "id"), "100002");
    json_decref(page);
    page = vr_json(&v,
                   "/jira/rest/api/3/search/jql?jql=key%20%3D%20PAY-2&fields=*all,"
                   "-description&expand=names,schema",
                   basic, 200);
    assert_non_null(json_object_get(fields_of(page, 0), "labels"));
    assert_null(json_object_get(fields_of(page, 0), "description"));
    assert_string_equal(vr_text(json_object_get(page, "names"), "customfield_10050"),
                        "Initiative");
    assert_non_null(
        json_object_get(json_object_get(page, "schema"), "customfield_10014"));
    json_decref(page);
    vr_stop(&v);
}

static void page_sizes_are_capped(void **state)
{
    static const char *const args[] = {"--page-cap", "3", NULL};
    struct vr v;
    json_t *page;

    (void)state;
    vr_start(&v, company, args);
    page = vr_json(
        &v, "/jira/rest/api/3/search/jql?jql=project%20in%20(PAY,WEB)&maxResults=100",
        basic, 200);
    assert_int_equal(json_array_size(json_object_get(page, "issues")), 3);
    json_decref(page);
    page = vr_json(&v, "/jira-dc/rest/api/2/search?jql=&maxResults=100", bearer, 200);
    assert_int_equal(vr_int(page, "maxResults"), 3);
    assert_int_equal(vr_int(page, "total"), 5);
    assert_int_equal(json_array_size(json_object_get(page, "issues")), 3);
    json_decref(page);
    vr_stop(&v);
}

static void data_center_pages_by_offset(void **state)
{
    struct vr v;
    json_t *page;

    (void)state;
    vr_start(&v, company, NULL);
    page =
        vr_json(&v,
                "/jira-dc/rest/api/2/search?jql=ORDER%20BY%20updated%20ASC&startAt=1&"
                "maxResults=2&fields=summary",
                bearer, 200);
    expect_keys(page, "PAY-3 PAY-4");
    assert_int_equal(vr_int(page, "startAt"), 1);
    assert_int_equal(vr_int(page, "maxResults"), 2);
    assert_int_equal(vr_int(page, "total"), 5);
    assert_null(json_object_get(page, "nextPageToken"));
    json_decref(page);
    /* Behind the end: an empty page, and zero asks for the total alone. */
    page = vr_json(&v, "/jira-dc/rest/api/2/search?jql=&startAt=50", bearer, 200);
    expect_keys(page, "");
    json_decref(page);
    page = vr_post(&v, "/jira-dc/rest/api/2/search", posted,
                   "{\"jql\":\"project = PAY\",\"maxResults\":0}", 200);
    expect_keys(page, "");
    assert_int_equal(vr_int(page, "total"), 4);
    json_decref(page);
    /* A key that is not there: an error, or not, as the client wishes. */
    json_decref(vr_json(&v, "/jira-dc/rest/api/2/search?jql=key%20in%20(PAY-1,PAY-77)",
                        bearer, 400));
    page = vr_json(&v,
                   "/jira-dc/rest/api/2/search?jql=key%20in%20(PAY-1,PAY-77)&"
                   "validateQuery=false",
                   bearer, 200);
    expect_keys(page, "PAY-1");
    json_decref(page);
    vr_stop(&v);
}

static void hierarchy_has_each_faces_form(void **state)
{
    struct vr v;
    json_t *o;
    const json_t *f;

    (void)state;
    vr_start(&v, company, NULL);
    /* Cloud: one parent for every level, and the old Epic Link beside it. */
    o = vr_json(&v, "/jira/rest/api/3/issue/PAY-3", basic, 200);
    f = json_object_get(o, "fields");
    assert_string_equal(vr_text(json_object_get(f, "parent"), "key"), "PAY-2");
    assert_string_equal(vr_text(f, "customfield_10014"), "PAY-2");
    assert_int_equal(vr_int(json_object_get(f, "issuetype"), "hierarchyLevel"), 0);
    assert_int_equal(json_array_size(json_object_get(f, "subtasks")), 1);
    assert_string_equal(
        vr_text(json_object_get(json_object_get(f, "status"), "statusCategory"), "key"),
        "done");
    json_decref(o);
    o = vr_json(&v, "/jira/rest/api/3/issue/PAY-2", basic, 200);
    f = json_object_get(o, "fields");
    assert_string_equal(vr_text(json_object_get(f, "parent"), "key"), "PAY-1");
    assert_int_equal(vr_int(json_object_get(f, "issuetype"), "hierarchyLevel"), 1);
    json_decref(o);
    /* Data Center: parent for sub-tasks, Epic Link below, Parent Link above an epic. */
    o = vr_json(&v, "/jira-dc/rest/api/2/issue/PAY-3", bearer, 200);
    f = json_object_get(o, "fields");
    assert_null(json_object_get(f, "parent"));
    assert_string_equal(vr_text(f, "customfield_10101"), "PAY-2");
    assert_null(json_object_get(json_object_get(f, "issuetype"), "hierarchyLevel"));
    json_decref(o);
    o = vr_json(&v, "/jira-dc/rest/api/2/issue/PAY-2", bearer, 200);
    f = json_object_get(o, "fields");
    assert_string_equal(vr_text(f, "customfield_10200"), "PAY-1");
    assert_string_equal(vr_text(f, "customfield_10103"), "epic");
    json_decref(o);
    o = vr_json(&v, "/jira-dc/rest/api/2/issue/PAY-4", bearer, 200);
    f = json_object_get(o, "fields");
    assert_string_equal(vr_text(json_object_get(f, "parent"), "key"), "PAY-3");
    assert_string_equal(vr_text(json_object_get(f, "security"), "name"), "Leadership");
    json_decref(o);
    vr_stop(&v);
}

static void texts_people_and_times_have_each_faces_form(void **state)
{
    struct vr v;
    json_t *o;
    const json_t *f, *content;

    (void)state;
    vr_start(&v, company, NULL);
    o = vr_json(&v, "/jira/rest/api/3/issue/PAY-2", basic, 200);
    f = json_object_get(o, "fields");
    content = json_object_get(json_object_get(f, "description"), "content");
    assert_int_equal(json_array_size(content), 3);
    assert_string_equal(vr_text(json_array_get(content, 0), "type"), "heading");
    assert_string_equal(vr_text(json_array_get(content, 1), "type"), "paragraph");
    assert_string_equal(
        vr_text(
            json_array_get(json_object_get(json_array_get(content, 1), "content"), 1),
            "type"),
        "hardBreak");
    assert_string_equal(vr_text(json_array_get(content, 2), "type"), "bulletList");
    assert_string_equal(vr_text(json_object_get(f, "assignee"), "accountId"), "acc-1");
    assert_null(json_object_get(json_object_get(f, "assignee"), "name"));
    /* The user's zone, summer time, no colon. */
    assert_string_equal(vr_text(f, "updated"), "2026-07-01T12:00:00.000+0200");
    assert_string_equal(vr_text(f, "created"), "2026-01-02T01:00:00.000+0100");
    assert_string_equal(vr_text(f, "duedate"), "2026-12-24");
    assert_string_equal(vr_text(json_object_get(f, "customfield_10050"), "value"),
                        "Grow");
    assert_true(json_number_value(json_object_get(f, "customfield_10026")) == 5.0);
    /* A link stands once and shows on both. */
    assert_string_equal(
        vr_text(json_object_get(json_array_get(json_object_get(f, "issuelinks"), 0),
                                "inwardIssue"),
                "key"),
        "PAY-3");
    json_decref(o);
    o = vr_json(&v, "/jira-dc/rest/api/2/issue/PAY-2", bearer, 200);
    f = json_object_get(o, "fields");
    assert_string_equal(vr_text(f, "description"),
                        "h2. Why\r\nline one\r\nline two\r\n\r\n* item");
    assert_string_equal(vr_text(json_object_get(f, "assignee"), "name"), "ana.s");
    assert_null(json_object_get(json_object_get(f, "assignee"), "accountId"));
    json_decref(o);
    /* Cloud's version 2 has wiki text as well. */
    o = vr_json(&v, "/jira/rest/api/2/issue/PAY-2", basic, 200);
    assert_true(
        json_is_string(json_object_get(json_object_get(o, "fields"), "description")));
    json_decref(o);
    vr_stop(&v);
}

/* "is blocked by PAY-1, blocks WEB-1": what the issue's links say of it. */
static void expect_links(struct vr *v, const char *issue, const char *const *headers,
                         const char *expected)
{
    json_t *o = vr_json(v, issue, headers, 200), *one;
    char got[400] = "";
    size_t i, n = 0;

    json_array_foreach(json_object_get(json_object_get(o, "fields"), "issuelinks"), i,
                       one)
    {
        const json_t *type = json_object_get(one, "type"),
                     *in = json_object_get(one, "inwardIssue"),
                     *out = json_object_get(one, "outwardIssue");

        assert_true((in == NULL) != (out == NULL));
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s %s", i > 0 ? ", " : "",
                              vr_text(type, in ? "inward" : "outward"),
                              vr_text(in ? in : out, "key"));
    }
    assert_string_equal(got, expected);
    json_decref(o);
}

static void issues_wait(void **state)
{
    struct vr v;

    (void)state;
    vr_start(&v, company, NULL);
    vr_control(&v, "/_control/issues",
               "{\"key\":\"PAY-4\",\"blocked_by\":[\"PAY-9\",\"PAY-1\",\"PAY-77\"]}");
    expect_links(&v, "/jira/rest/api/3/issue/PAY-4", basic,
                 "is blocked by WEB-1, is blocked by PAY-1");
    expect_links(&v, "/jira-dc/rest/api/2/issue/WEB-1", bearer, "blocks PAY-4");
    expect_links(&v, "/jira/rest/api/2/issue/PAY-2", basic, "is blocked by PAY-3");
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"key\":\"PAY-4\",\"blocked_by\":\"PAY-1\"}", 400));
    vr_stop(&v);
}

static void quoted_dates_follow_the_caller(void **state)
{
    static const char *const args[] = {"--time-zone", "America/New_York", NULL};
    struct vr v;
    json_t *page, *me;

    (void)state;
    vr_start(&v, company, NULL);
    /* PAY-2 was updated at 12:00 in Berlin. */
    page = vr_json(&v,
                   "/jira-dc/rest/api/2/search?jql=updated%20%3E%3D%20%222026%2F07%2F01"
                   "%2012%3A00%22&fields=summary",
                   bearer, 200);
    expect_keys(page, "PAY-2");
    json_decref(page);
    page = vr_json(&v,
                   "/jira-dc/rest/api/2/search?jql=updated%20%3E%3D%20%222026%2F07%2F01"
                   "%2012%3A01%22&fields=summary",
                   bearer, 200);
    expect_keys(page, "");
    json_decref(page);
    vr_stop(&v);
    vr_start(&v, company, args);
    me = vr_json(&v, "/jira/rest/api/3/myself", basic, 200);
    assert_string_equal(vr_text(me, "timeZone"), "America/New_York");
    json_decref(me);
    page = vr_json(&v,
                   "/jira-dc/rest/api/2/search?jql=updated%20%3E%3D%20%222026%2F07%2F01"
                   "%2006%3A00%22&fields=updated",
                   bearer, 200);
    expect_keys(page, "PAY-2");
    assert_string_equal(vr_text(fields_of(page, 0), "updated"),
                        "2026-07-01T06:00:00.000-0400");
    json_decref(page);
    vr_stop(&v);
}

static void errors_are_jiras(void **state)
{
    static const char *const wrong[] = {"Authorization: Basic Ym90Ondyb25n", NULL};
    static const char *const none[] = {NULL};
    static const char *const args[] = {"--jira-user", "bot",        "--jira-token",
                                       "t0ken",       "--no-epoch", NULL};
    static const struct {
        const char *target;
        const char *const *headers;
        int status;
        const char *body;
    } rows[] = {
        {"/jira/rest/api/3/search?jql=project%3DPAY", basic, 410,
         "The requested API has been removed. Please migrate to the "
         "/rest/api/3/search/jql API."},
        {"/jira/rest/api/2/search?jql=project%3DPAY", basic, 410, "CHANGE-2046"},
        {"/jira/rest/api/3/search/jql?jql=ORDER%20BY%20updated", basic, 400,
         "Unbounded JQL queries are not allowed here."},
        {"/jira/rest/api/3/search/jql", basic, 400, "Unbounded JQL"},
        {"/jira/rest/api/3/search/jql?jql=project%3DNOPE", basic, 400,
         "The value 'NOPE' does not exist for the field 'project'."},
        {"/jira/rest/api/3/search/jql?jql=updated%3E1700000000000", basic, 400,
         "Date value '1700000000000'"},
        {"/jira/rest/api/3/search/jql?jql=project%3DPAY", wrong, 401,
         "Client must be authenticated to access this resource."},
        {"/jira/rest/api/3/myself", none, 401, "\"status-code\":401"},
        {"/jira-dc/rest/api/2/search?jql=", wrong, 401, "Client must be"},
        {"/jira-dc/rest/api/2/search?jql=&startAt=-1", bearer, 400, "negative"},
        {"/jira-dc/rest/api/2/issue/PAY-77", bearer, 404, "Issue Does Not Exist"},
        {"/jira/rest/api/3/issue/WEB-2", basic, 404, "Issue does not exist or you"},
        {"/jira-dc/rest/api/3/search/jql?jql=project%3DPAY", bearer, 404,
         "null for uri"},
        {"/jira/rest/api/3/nonsense", basic, 404, "null for uri"},
        {"/jira/rest/api/3/serverInfo", none, 200, "\"deploymentType\":\"Cloud\""},
        {"/jira/rest/api/2/serverInfo", none, 200, "\"deploymentType\":\"Cloud\""},
        {"/jira-dc/rest/api/2/serverInfo", none, 200, "\"deploymentType\":\"Server\""},
        {"/jira/_edge/tenant_info", none, 200, "cloudId"},
    };
    static const struct {
        const char *target, *body;
        int status;
        const char *answer;
    } posts[] = {
        {"/jira/rest/api/3/search/jql", "{\"jql\":\"project = PAY\",\"startAt\":0}",
         400, "Invalid request payload."},
        {"/jira/rest/api/3/search/jql", "{\"jql\":", 400,
         "There was an error parsing JSON."},
        {"/jira/rest/api/3/search/approximate-count", "{\"jql\":\"project = PAY\"}",
         200, "{\"count\":4}"},
        {"/jira/rest/api/3/issue/bulkfetch", "{\"issueIdsOrKeys\":[]}", 400,
         "between 1"},
    };
    struct vr v;
    struct probe_reply r;

    (void)state;
    vr_start(&v, company, args);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        vr_ask(&v, NULL, rows[i].target, rows[i].headers, NULL, &r);
        if (r.status != rows[i].status || !strstr(buf_cstr(&r.body), rows[i].body)) {
            fail_msg("row %zu, %s: %d %.200s", i, rows[i].target, r.status,
                     buf_cstr(&r.body));
        }
        probe_finish(&r);
    }
    for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
        vr_ask(&v, "POST", posts[i].target, posted, posts[i].body, &r);
        if (r.status != posts[i].status ||
            !strstr(buf_cstr(&r.body), posts[i].answer)) {
            fail_msg("post %zu: %d %.200s", i, r.status, buf_cstr(&r.body));
        }
        probe_finish(&r);
    }
    vr_stop(&v);
}

static void moved_issues_answer_to_old_keys(void **state)
{
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, NULL);
    o = vr_json(&v, "/jira/rest/api/3/issue/PAY-9", basic, 200);
    assert_string_equal(vr_text(o, "key"), "WEB-1");
    json_decref(o);
    o = vr_post(
        &v, "/jira/rest/api/3/issue/bulkfetch", posted,
        "{\"issueIdsOrKeys\":[\"web-1\",\"PAY-9\",\"100002\",\"PAY-77\",\"WEB-2\"],"
        "\"fields\":[\"summary\"]}",
        200);
    /* Ascending ids, each once; what is gone is just not there. */
    expect_keys(o, "PAY-2 WEB-1");
    assert_int_equal(json_array_size(json_object_get(o, "issueErrors")), 0);
    json_decref(o);
    /* Moving at run time keeps the id. */
    vr_control(&v, "/_control/issues", "{\"key\":\"WEB-30\",\"was\":[\"PAY-4\"]}");
    o = vr_json(&v, "/jira/rest/api/3/issue/PAY-4", basic, 200);
    assert_string_equal(vr_text(o, "key"), "WEB-30");
    assert_string_equal(vr_text(o, "id"), "100004");
    json_decref(o);
    vr_stop(&v);
}

static void changes_show(void **state)
{
    struct vr v;
    json_t *page;

    (void)state;
    vr_start(&v, company, NULL);
    vr_control(&v, "/_control/issues",
               "[{\"tracker\":\"jira\",\"project\":\"PAY\",\"type\":\"Epic\","
               "\"summary\":\"Reseller\",\"reporter\":\"ana\"},"
               "{\"key\":\"WEB-1\",\"status\":\"Done\"}]");
    page =
        vr_json(&v,
                "/jira/rest/api/3/search/jql?jql=updated%20%3E%3D%20-5m%20ORDER%20BY%20"
                "key%20ASC&fields=summary,resolution,resolutiondate",
                basic, 200);
    expect_keys(page, "PAY-5 WEB-1");
    assert_string_equal(
        vr_text(json_object_get(fields_of(page, 1), "resolution"), "name"), "Done");
    assert_true(json_is_string(json_object_get(fields_of(page, 1), "resolutiondate")));
    json_decref(page);
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"key\":\"WEB-1\",\"status\":\"Elsewhere\"}", 400));
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"key\":\"HR-1\",\"summary\":\"x\"}", 400));
    json_decref(vr_post(&v, "/_control/issues", NULL,
                        "{\"key\":\"WEB-1\",\"sumary\":\"x\"}", 400));
    vr_stop(&v);
}

static void projects_come_in_each_faces_form(void **state)
{
    struct vr v;
    json_t *o;

    (void)state;
    vr_start(&v, company, NULL);
    o = vr_json(&v, "/jira/rest/api/3/project/search?maxResults=1", basic, 200);
    assert_int_equal(json_array_size(json_object_get(o, "values")), 1);
    assert_int_equal(vr_int(o, "total"), 2);
    assert_true(json_is_false(json_object_get(o, "isLast")));
    assert_non_null(strstr(vr_text(o, "nextPage"), "startAt=1"));
    json_decref(o);
    o = vr_json(&v, "/jira/rest/api/3/project/search?maxResults=1&startAt=1", basic,
                200);
    assert_true(json_is_true(json_object_get(o, "isLast")));
    assert_null(json_object_get(o, "nextPage"));
    json_decref(o);
    o = vr_json(&v, "/jira-dc/rest/api/2/project", bearer, 200);
    assert_int_equal(json_array_size(o), 2);
    json_decref(o);
    vr_stop(&v);
}

static void expect_change(const json_t *history, const char *field, const char *from,
                          const char *to)
{
    const json_t *item = json_array_get(json_object_get(history, "items"), 0);

    assert_non_null(json_string_value(json_object_get(history, "created")));
    assert_string_equal(vr_text(item, "fieldId"), field);
    assert_string_equal(vr_text(item, "fromString"), from);
    assert_string_equal(vr_text(item, "toString"), to);
}

static void changes_are_logged(void **state)
{
    struct vr v;
    json_t *page;
    const json_t *log, *histories;

    (void)state;
    vr_start(&v, company, NULL);
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-2\",\"status\":\"Done\"}");
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-2\",\"assignee\":\"ben\"}");
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-2\",\"summary\":\"same\"}");
    page = vr_post(&v, "/jira/rest/api/3/changelog/bulkfetch", posted,
                   "{\"issueIdsOrKeys\":[\"PAY-1\",\"PAY-2\",\"WEB-2\"],\"maxResults\":1}",
                   200);
    assert_int_equal(json_array_size(json_object_get(page, "issueChangeLogs")), 1);
    assert_string_equal(vr_text(page, "nextPageToken"), "1");
    log = json_array_get(json_object_get(page, "issueChangeLogs"), 0);
    assert_string_equal(vr_text(log, "issueId"), "100002");
    histories = json_object_get(log, "changeHistories");
    expect_change(json_array_get(histories, 0), "status", "In Progress", "Done");
    json_decref(page);
    page = vr_post(&v, "/jira/rest/api/3/changelog/bulkfetch", posted,
                   "{\"issueIdsOrKeys\":[\"PAY-2\"],\"fieldIds\":[\"assignee\"]}", 200);
    assert_null(json_object_get(page, "nextPageToken"));
    log = json_array_get(json_object_get(page, "issueChangeLogs"), 0);
    histories = json_object_get(log, "changeHistories");
    assert_int_equal(json_array_size(histories), 1);
    assert_string_equal(
        vr_text(json_array_get(
                    json_object_get(json_array_get(histories, 0), "items"), 0),
                "from"),
        "acc-1");
    json_decref(page);
    page = vr_json(&v,
                   "/jira-dc/rest/api/2/search?jql=key%20%3D%20PAY-2&fields=status&"
                   "expand=changelog",
                   bearer, 200);
    log = json_object_get(json_array_get(json_object_get(page, "issues"), 0), "changelog");
    assert_int_equal(json_integer_value(json_object_get(log, "total")), 2);
    json_decref(page);
    json_decref(vr_post(&v, "/jira/rest/api/3/changelog/bulkfetch", posted,
                        "{\"issueIdsOrKeys\":[]}", 400));
    vr_stop(&v);
}

/* Gone from searches; asked for by id each says what it is, or nothing. */
static void issues_vanish_in_several_ways(void **state)
{
    struct vr v;
    json_t *page;

    (void)state;
    vr_start(&v, company, NULL);
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-1\",\"hidden\":true}");
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-2\",\"archived\":true}");
    vr_control(&v, "/_control/issues", "{\"key\":\"PAY-3\",\"deleted\":true}");
    page = vr_json(&v, "/jira-dc/rest/api/2/search?jql=project%20%3D%20PAY", bearer, 200);
    expect_keys(page, "PAY-4");
    json_decref(page);
    json_decref(vr_json(&v, "/jira-dc/rest/api/2/issue/100001", bearer, 403));
    json_decref(vr_json(&v, "/jira-dc/rest/api/2/issue/100003", bearer, 404));
    json_decref(vr_json(&v, "/jira/rest/api/3/issue/100001", basic, 404));
    page = vr_post(&v, "/jira/rest/api/3/issue/bulkfetch", posted,
                   "{\"issueIdsOrKeys\":[\"100001\",\"100002\",\"100003\",\"100004\"],"
                   "\"fields\":[\"archiveddate\"]}",
                   200);
    expect_keys(page, "PAY-2 PAY-4");
    assert_true(json_is_string(json_object_get(fields_of(page, 0), "archiveddate")));
    assert_true(json_is_null(json_object_get(fields_of(page, 1), "archiveddate")));
    json_decref(page);
    vr_stop(&v);
}

/* Scoped tokens hold behind the gateway, others do not. */
static void the_gateway_wants_a_scoped_token(void **state)
{
#define EX "/ex/jira/11223344-a1b2-3b33-c444-def123456789/rest/api/3/myself"
    static const char *const scoped[] = {"Authorization: Bearer scoped-1", NULL};
    static const char *const plain[] = {"Authorization: Bearer other", NULL};
    struct vr v;

    (void)state;
    vr_start(&v, company, NULL);
    json_decref(vr_json(&v, EX, scoped, 200));
    json_decref(vr_json(&v, EX, plain, 401));
    json_decref(vr_json(&v, "/jira/rest/api/3/myself", scoped, 401));
    json_decref(vr_json(&v, "/jira/rest/api/3/myself", plain, 200));
    vr_stop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloud_pages_by_token),
        cmocka_unit_test(cloud_gives_what_is_asked_for),
        cmocka_unit_test(page_sizes_are_capped),
        cmocka_unit_test(data_center_pages_by_offset),
        cmocka_unit_test(hierarchy_has_each_faces_form),
        cmocka_unit_test(texts_people_and_times_have_each_faces_form),
        cmocka_unit_test(issues_wait),
        cmocka_unit_test(quoted_dates_follow_the_caller),
        cmocka_unit_test(errors_are_jiras),
        cmocka_unit_test(moved_issues_answer_to_old_keys),
        cmocka_unit_test(changes_show),
        cmocka_unit_test(projects_come_in_each_faces_form),
        cmocka_unit_test(changes_are_logged),
        cmocka_unit_test(issues_vanish_in_several_ways),
        cmocka_unit_test(the_gateway_wants_a_scoped_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
