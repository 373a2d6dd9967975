/*
 * Answers of the vendor server against the vendors' own OpenAPI descriptions:
 * required members, types, nullability, enumerations; for GitHub also that no
 * member is invented. The descriptions are read from $SHARED/data/openapi and
 * counted as skipped where they are absent.
 */
#include <stdlib.h>

#include "tests/unit/vendors_rig.h"

#define DEPTH_MAX 24

static const char *const github_headers[] = {VR_TOKEN, VR_AGENT, NULL};
static const char *const jira_headers[] = {VR_BASIC, "Content-Type: application/json",
                                           NULL};

/* ---- OpenAPI 3.0 schemas, in the part these descriptions use ---- */

struct check {
    const json_t *root;
    bool invented; /* a member that no schema names is wrong */
    unsigned depth;
    char why[1024];
};

static bool check(struct check *c, const json_t *schema, const json_t *v,
                  const char *at);

static bool no(struct check *c, const char *at, const char *what)
{
    (void)snprintf(c->why, sizeof c->why, "%s: %s", *at ? at : "/", what);
    return false;
}

static const json_t *deref(const struct check *c, const json_t *schema)
{
    const char *ref;

    while ((ref = json_string_value(json_object_get(schema, "$ref")))) {
        struct str rest = str_of(ref + 2), part;

        schema = c->root;
        while (str_split(&rest, '/', &part)) {
            char name[128];

            (void)snprintf(name, sizeof name, "%.*s", STR_FMT(part));
            schema = json_object_get(schema, name);
        }
    }
    return schema;
}

static bool has_type(const char *type, const json_t *v)
{
    return (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v));
}

static bool check_enum(struct check *c, const json_t *list, const json_t *v,
                       const char *at)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_equal(one, v)) {
            return true;
        }
    }
    return no(c, at, "not one of the enumeration");
}

static bool check_any(struct check *c, const json_t *list, const json_t *v,
                      const char *at)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (check(c, one, v, at)) {
            return true;
        }
    }
    return false;
}

static bool check_members(struct check *c, const json_t *schema, const json_t *v,
                          const char *at)
{
    /* The description's own example has it, its schema has not. */
    static const char *const forgotten[] = {"defaultLocale"};
    const json_t *props = json_object_get(schema, "properties"), *one;
    const json_t *more = json_object_get(schema, "additionalProperties");
    char below[512];
    const char *key;
    json_t *member;
    size_t i;

    json_array_foreach(json_object_get(schema, "required"), i, one)
    {
        if (!json_object_get(v, json_string_value(one))) {
            (void)snprintf(below, sizeof below, "%s/%s", at, json_string_value(one));
            return no(c, below, "required and absent");
        }
    }
    json_object_foreach((json_t *)(uintptr_t)v, key, member)
    {
        const json_t *s = json_object_get(props, key);

        (void)snprintf(below, sizeof below, "%s/%s", at, key);
        if (!s && json_is_object(more)) {
            s = more;
        }
        if (!s && (json_is_false(more) || (c->invented && json_object_size(props))) &&
            strcmp(key, forgotten[0]) != 0) {
            return no(c, below, "in no schema");
        }
        if (s && !check(c, s, member, below)) {
            return false;
        }
    }
    return true;
}

static bool check_elements(struct check *c, const json_t *schema, const json_t *v,
                           const char *at)
{
    const json_t *items = json_object_get(schema, "items"), *one;
    char below[512];
    size_t i;

    json_array_foreach(v, i, one)
    {
        (void)snprintf(below, sizeof below, "%s/%zu", at, i);
        if (items && !check(c, items, one, below)) {
            return false;
        }
    }
    return true;
}

static bool check_here(struct check *c, const json_t *schema, const json_t *v,
                       const char *at)
{
    const char *type = json_string_value(json_object_get(schema, "type"));
    const json_t *any = json_object_get(schema, "anyOf"), *one;
    size_t i;

    if (json_is_null(v) && json_is_true(json_object_get(schema, "nullable"))) {
        return true;
    }
    if (!any) {
        any = json_object_get(schema, "oneOf");
    }
    if (any && !check_any(c, any, v, at)) {
        return false;
    }
    json_array_foreach(json_object_get(schema, "allOf"), i, one)
    {
        if (!check(c, one, v, at)) {
            return false;
        }
    }
    if (type && !has_type(type, v)) {
        return no(c, at, type);
    }
    if (json_object_get(schema, "enum") &&
        !check_enum(c, json_object_get(schema, "enum"), v, at)) {
        return false;
    }
    if (json_is_object(v)) {
        return check_members(c, schema, v, at);
    }
    return !json_is_array(v) || check_elements(c, schema, v, at);
}

static bool check(struct check *c, const json_t *schema, const json_t *v,
                  const char *at)
{
    bool ok;

    if (c->depth == DEPTH_MAX) {
        return no(c, at, "too deep");
    }
    c->depth++;
    ok = check_here(c, deref(c, schema), v, at);
    c->depth--;
    return ok;
}

/* ---- the checks themselves are checked ---- */

static void schemas_are_held(void **state)
{
    static const struct {
        const char *value;
        bool good;
    } rows[] = {
        {"{\"a\":1}", true},
        {"{\"a\":null}", false},
        {"{}", false},
        {"{\"a\":1,\"b\":null}", true},
        {"{\"a\":\"x\"}", false},
        {"{\"a\":1,\"z\":1}", false},
        {"{\"a\":1,\"c\":[\"x\",{\"a\":2}]}", true},
        {"{\"a\":1,\"c\":[7]}", false},
        {"[]", false},
        {"{\"a\":1,\"d\":\"on\"}", true},
        {"{\"a\":1,\"d\":\"high\"}", false},
    };
    json_t *schema = json_loads(
        "{\"s\":{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{"
        "\"type\":"
        "\"integer\"},\"b\":{\"type\":\"string\",\"nullable\":true},\"c\":{\"type\":"
        "\"array\",\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/s\"}]}},"
        "\"d\":{\"enum\":[\"on\",\"off\"]}}}}",
        0, NULL);

    (void)state;
    assert_non_null(schema);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct check c = {.root = schema, .invented = true};
        json_t *v = json_loads(rows[i].value, 0, NULL);

        assert_non_null(v);
        assert_int_equal(check(&c, json_object_get(schema, "s"), v, ""), rows[i].good);
        json_decref(v);
    }
    json_decref(schema);
}

/* ---- answers ---- */

static const struct row {
    const char *document, *path, *target, *body;
} answers[] = {
    {"github-issues", "/rate_limit", "/github/rate_limit", NULL},
    {"github-issues", "/repos/{owner}/{repo}", "/github/repos/acme/web", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues",
     "/github/repos/acme/web/issues?state=all&per_page=100", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues",
     "/github/repos/acme/pay/issues?state=all&per_page=100", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues",
     "/github/repos/acme/made/issues?state=all&per_page=100", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues/{issue_number}",
     "/github/repos/acme/web/issues/1", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues/{issue_number}/sub_issues",
     "/github/repos/acme/web/issues/1/sub_issues", NULL},
    {"github-issues", "/repos/{owner}/{repo}/issues/{issue_number}/parent",
     "/github/repos/acme/web/issues/2/parent", NULL},
    {"jira-cloud-v3", "/rest/api/3/search/jql",
     "/jira/rest/api/3/search/"
     "jql?jql=project%20in%20(PAY,WEB)&fields=*all&maxResults=100&"
     "expand=names,schema",
     NULL},
    {"jira-cloud-v3", "/rest/api/3/search/jql",
     "/jira/rest/api/3/search/jql?jql=project%20%3D%20PAY&maxResults=2", NULL},
    {"jira-cloud-v3", "/rest/api/3/search/jql", "/jira/rest/api/3/search/jql",
     "{\"jql\":\"project = WEB\",\"fields\":[\"summary\"],\"maxResults\":3}"},
    {"jira-cloud-v3", "/rest/api/3/search/approximate-count",
     "/jira/rest/api/3/search/approximate-count", "{\"jql\":\"project = WEB\"}"},
    {"jira-cloud-v3", "/rest/api/3/issue/bulkfetch", "/jira/rest/api/3/issue/bulkfetch",
     "{\"issueIdsOrKeys\":[\"PAY-1\",\"WEB-2\"]}"},
    {"jira-cloud-v3", "/rest/api/3/issue/{issueIdOrKey}",
     "/jira/rest/api/3/issue/PAY-2", NULL},
    {"jira-cloud-v3", "/rest/api/3/field", "/jira/rest/api/3/field", NULL},
    {"jira-cloud-v3", "/rest/api/3/myself", "/jira/rest/api/3/myself", NULL},
    {"jira-cloud-v3", "/rest/api/3/serverInfo", "/jira/rest/api/3/serverInfo", NULL},
    {"jira-cloud-v3", "/rest/api/3/project/search", "/jira/rest/api/3/project/search",
     NULL},
    {"jira-cloud-v3", "/rest/api/3/issuetype", "/jira/rest/api/3/issuetype", NULL},
    {"jira-cloud-v3", "/rest/api/3/status", "/jira/rest/api/3/status", NULL},
    {"jira-dc-10.3", "/rest/api/2/field", "/jira-dc/rest/api/2/field", NULL},
    {"jira-dc-10.3", "/rest/api/2/myself", "/jira-dc/rest/api/2/myself", NULL},
    {"jira-dc-10.3", "/rest/api/2/serverInfo", "/jira-dc/rest/api/2/serverInfo", NULL},
    {"jira-dc-10.3", "/rest/api/2/project", "/jira-dc/rest/api/2/project", NULL},
};

static json_t *read_document(const char *name)
{
    const char *shared = getenv("SHARED");
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/data/openapi/%s.openapi.json",
                   shared ? shared : "../shared", name);
    return json_load_file(path, 0, NULL);
}

static const json_t *schema_of(const json_t *root, const struct row *r)
{
    const json_t *op =
        json_object_get(json_object_get(json_object_get(root, "paths"), r->path),
                        r->body ? "post" : "get");
    const json_t *content = json_object_get(
        json_object_get(json_object_get(op, "responses"), "200"), "content");
    json_t *any =
        json_object_iter_value(json_object_iter((json_t *)(uintptr_t)content));

    return json_object_get(any, "schema");
}

/* The description of Data Center gives lists the schema of their elements. */
static bool check_answer(struct check *c, const json_t *schema, const json_t *answer)
{
    const json_t *type = json_object_get(deref(c, schema), "type"), *one;
    size_t i;

    if (!json_is_array(answer) || strcmp(json_string_value(type), "object") != 0) {
        return check(c, schema, answer, "");
    }
    json_array_foreach(answer, i, one)
    {
        if (!check(c, schema, one, "")) {
            return false;
        }
    }
    return true;
}

static void answers_have_the_vendors_shape(void **state)
{
    static const char *const args[] = {"--data",
                                       "config/examples/acme/company.json",
                                       "--synthetic-github",
                                       "150",
                                       "--repo",
                                       "acme/made",
                                       NULL};
    struct vr v;
    size_t run = 0, skipped = 0, wrong = 0;

    (void)state;
    vr_start(&v, NULL, args);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        const struct row *r = &answers[i];
        json_t *root = read_document(r->document), *answer;
        bool github = strstr(r->document, "github") != NULL;
        struct check c = {.root = root, .invented = github};
        const json_t *schema;

        if (!root) {
            skipped++;
            continue;
        }
        schema = schema_of(root, r);
        if (!schema) {
            fail_msg("%s describes no answer to %s", r->document, r->path);
        }
        answer = r->body ? vr_post(&v, r->target, jira_headers, r->body, 200)
                         : vr_json(&v, r->target,
                                   github ? github_headers : jira_headers, 200);
        if (!check_answer(&c, schema, answer)) {
            print_error("%s: %s\n", r->target, c.why);
            wrong++;
        }
        run++;
        json_decref(answer);
        json_decref(root);
    }
    print_message("recordings: %zu run, %zu skipped\n", run, skipped);
    assert_int_equal(wrong, 0);
    vr_stop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas_are_held),
        cmocka_unit_test(answers_have_the_vendors_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
