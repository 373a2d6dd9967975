/*
 * The requests of the status socket: paths and queries found or refused, and the
 * description held to the table and to the answers test_ctl uses.
 */
#include <dirent.h>

#include "tests/unit/api_rig.h"

/* ---- finding the row ---- */

static void test_find(void **state)
{
    static const struct {
        const char *method, *path;
        int status; /* 0: found */
        const char *row, *arg;
    } rows[] = {
        {"GET", "/v1/status", 0, "/v1/status", NULL},
        {"HEAD", "/v1/status", 0, "/v1/status", NULL},
        {"GET", "/v1/%73tatus", 0, "/v1/status", NULL},
        {"GET", "/v1/items/PAY-12", 0, "/v1/items/{key}", "PAY-12"},
        {"GET", "/v1/items/acme%2Fweb%234", 0, "/v1/items/{key}", "acme/web#4"},
        {"GET", "/v1/items/%C3%A4/why", 0, "/v1/items/{key}/why", "\xc3\xa4"},
        {"GET", "/v1/items/why/why", 0, "/v1/items/{key}/why", "why"},
        {"DELETE", "/v1/links/a%2fb", 0, "/v1/links/{key}", "a/b"},
        {"POST", "/v1/outbox/7/retry", 0, "/v1/outbox/{id}/retry", "7"},
        {"POST", "/v1/links", 0, "/v1/links", NULL},
        {"GET", "/healthz", 0, "/healthz", NULL},
        {"GET", "/", 404, NULL, NULL},
        {"GET", "", 404, NULL, NULL},
        {"GET", "v1/status", 404, NULL, NULL},
        {"GET", "//v1/status", 404, NULL, NULL},
        {"GET", "/v1/status/", 404, NULL, NULL},
        {"GET", "/v1%2Fstatus", 404, NULL, NULL},
        {"GET", "/v1/statu", 404, NULL, NULL},
        {"GET", "/v1/statuses", 404, NULL, NULL},
        {"GET", "/v1", 404, NULL, NULL},
        {"GET", "/v1/items/%7Bkey%7D", 0, "/v1/items/{key}", "{key}"},
        {"GET", "/v1/items//why", 404, NULL, NULL},
        {"GET", "/v1/items/acme/web", 404, NULL, NULL},
        {"GET", "/a/b/c/d/e/f/g", 404, NULL, NULL},
        {"POST", "/v1/status", 405, NULL, NULL},
        {"GET", "/v1/links", 405, NULL, NULL},
        {"GET", "/v1/links/x", 405, NULL, NULL},
        {"OPTIONS", "/metrics", 405, NULL, NULL},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_request req = {
            .method = str_of(rows[i].method), .path = str_of(rows[i].path), .a = r->a};
        int status = 0;
        const struct api_route *row = api_find(&req, &status);

        if (rows[i].status != 0) {
            assert_null(row);
            assert_int_equal(status, rows[i].status);
            continue;
        }
        assert_non_null(row);
        assert_non_null(row->path);
        assert_string_equal(row->path, rows[i].row);
        assert_int_equal(req.n_args, rows[i].arg != NULL);
        if (rows[i].arg != NULL)
            assert_true(str_eqz(req.args[0], rows[i].arg));
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *target, *detail;
    } rows[] = {
        {"/v1/findings?rul=x", "no query parameter 'rul' here; there are: rule state"},
        {"/v1/status?x=", "none is taken"},
        {"/v1/findings?rule=a&rule=b", "given twice"},
        {"/v1/items/%", "percent-encoded"},
        {"/v1/items/%4", "percent-encoded"},
        {"/v1/items/%zz", "percent-encoded"},
        {"/v1/items/%00", "percent-encoded"},
        {"/v1/items/%ff", "percent-encoded"},
        {"/v1/findings?limit=0", "limit is a number from 1 to 1000"},
        {"/v1/findings?limit=1001", "limit is a number"},
        {"/v1/findings?limit=ten", "limit is a number"},
        {"/v1/findings?all=yes", "all is 1 or 0"},
        {"/v1/findings?rule=nope", "no rule 'nope'"},
        {"/v1/findings?severity=loud", "info, warn or high"},
        {"/v1/findings?state=gone", "pending, firing or resolved"},
        {"/v1/findings?team=webs", "no team 'webs': did you mean 'web'?"},
        {"/v1/findings?team=sales", "no team 'sales'"},
        {"/v1/findings?scope=acme/wep", "no repository or project 'acme/wep'"},
        {"/v1/findings?source=hab", "no source 'hab': did you mean 'hub'?"},
        {"/v1/unlinked?team=onboarding", "no team 'onboarding'"},
        {"/v1/unlinked?scope=PAY", "no repository or project 'PAY'"},
        {"/v1/findings?cursor=x", "cursor"},
        {"/v1/unlinked?limit=-1", "limit is a number"},
        {"/v1/audit?cursor=x", "not the number of an audit row"},
        {"/v1/outbox?bodies=2", "bodies is 1 or 0"},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_error_t at;
        json_t *v;

        ask(r, "GET", rows[i].target, "");
        assert_int_equal(r->status, 400);
        assert_string_equal(r->type, "application/problem+json");
        v = json_loadb(buf_cstr(&r->body), r->body.n, 0, &at);
        hold_to_schema(r, "Problem", v, rows[i].target);
        if (strstr(text_at(v, "detail"), rows[i].detail) == NULL)
            fail_msg("%s: %s", rows[i].target, text_at(v, "detail"));
        json_decref(v);
    }
    refused(r, "GET", "/v1/initiatives/onbording", "", 404, "did you mean 'onboarding'?");
    refused(r, "GET", "/v1/initiatives/ktlo", "", 404, "alignctl initiatives lists them");
    refused(r, "GET", "/v1/unlinked?at=2999-01-01", "", 400, "is not over yet");
    refused(r, "GET", "/v1/gaps?at=1999-01-01", "", 404, "no version of the strategy");
    refused(r, "GET", "/v1/rules/nope", "", 404, "alignctl rules");
    refused(r, "GET", "/v1/items/nope", "", 404,
            "no item nope: alignctl coverage lists");
    refused(r, "GET", "/v1/items/PAY-1", "", 404,
            "no item PAY-1: alignctl coverage lists");
    refused(r, "GET", "/v1/items/nope/why", "", 404, "no item nope");
    refused(r, "GET", "/v1/findings/0123456789ab", "", 404, "no finding");
}

/* ---- the description and the table say the same ---- */

static bool has_word(const char *words, const char *word, bool *ret_optional)
{
    struct str rest = str_of(words), part;

    while (str_split(&rest, ' ', &part)) {
        *ret_optional = str_has_suffix(part, STR("?"));
        if (str_eqz(str_first(part, part.n - *ret_optional), word))
            return true;
    }
    return false;
}

static size_t count_words(const char *words)
{
    struct str rest = str_of(words), part;
    size_t n = 0;

    while (str_split(&rest, ' ', &part))
        n++;
    return n;
}

static void same_parameters(const struct api_route *row, json_t *op)
{
    size_t i, n_query = 0, n_path = 0;
    json_t *p;

    json_array_foreach(json_object_get(op, "parameters"), i, p)
    {
        bool optional;

        if (strcmp(text_at(p, "in"), "query") == 0) {
            n_query++;
            assert_non_null(row->query);
            if (!has_word(row->query, text_at(p, "name"), &optional))
                fail_msg("%s takes no ?%s=", row->path, text_at(p, "name"));
        } else {
            char brace[80];

            n_path++;
            assert_string_equal(text_at(p, "in"), "path");
            snprintf(brace, sizeof(brace), "{%s}", text_at(p, "name"));
            assert_non_null(strstr(row->path, brace));
        }
    }
    assert_int_equal(n_query, row->query != NULL ? count_words(row->query) : 0);
    assert_int_equal(n_path, strchr(row->path, '{') != NULL);
}

static void same_body(const struct api_route *row, json_t *op)
{
    json_t *schema = dig(dig(op, "requestBody", "content", "application/json"),
                         "schema", NULL, NULL);
    json_t *required = json_object_get(schema, "required"), *v;
    const char *name;
    size_t n = 0, i, n_required = 0;

    if (row->fields == NULL) {
        assert_null(schema);
        return;
    }
    json_object_foreach(json_object_get(schema, "properties"), name, v)
    {
        bool optional, listed = false;
        json_t *one;

        n++;
        if (!has_word(row->fields, name, &optional))
            fail_msg("%s takes no member %s", row->path, name);
        json_array_foreach(required, i, one) listed |=
            strcmp(json_string_value(one), name) == 0;
        assert_int_equal(listed, !optional);
        n_required += listed;
    }
    assert_int_equal(n, count_words(row->fields));
    assert_int_equal(n_required, json_array_size(required));
}

static void test_openapi(void **state)
{
    struct api_rig *r = *state;
    size_t n_rows = 0, n_ops = 0;
    const char *path, *method;
    json_t *item, *op;

    assert_string_equal(text_at(r->openapi, "openapi"), "3.1.0");
    for (const struct api_route *row = api_routes; row->method != NULL; row++) {
        char lower[8] = "";

        n_rows++;
        for (size_t i = 0; row->method[i] != '\0'; i++)
            lower[i] = (char)(row->method[i] | 0x20);
        op = dig(r->openapi, "paths", row->path, lower);
        if (op == NULL)
            fail_msg("%s %s is not described", row->method, row->path);
        assert_string_equal(text_at(op, "summary"), row->doc);
        same_parameters(row, op);
        same_body(row, op);
        assert_int_equal(row->write,
                         row->where == API_ENGINE || row->where == API_ACTION);
    }
    json_object_foreach(json_object_get(r->openapi, "paths"), path, item)
    {
        json_object_foreach(item, method, op) n_ops++;
    }
    assert_int_equal(n_ops, n_rows);
}

/* What test_ctl takes for the daemon's answers could be such. */
static void test_answers_of_test_ctl(void **state)
{
    static const struct {
        const char *prefix, *schema;
    } rows[] = {
        {"status-", "Status"},
        {"healthz-", "Health"},
        {"doctor-", "Doctor"},
        {"findings", "Findings"},
        {"finding", "FindingDetail"},
        {"why-", "Why"},
        {"suggest-", "Suggestions"},
        {"unlinked", "Unlinked"},
        {"gaps", "Gaps"},
        {"coverage", "Coverage"},
        {"strategy-log", "Versions"},
        {"strategy-diff", "StrategyDiff"},
        {"strategy-show", "Strategy"},
        {"initiatives", "Initiatives"},
        {"initiative", "InitiativeDetail"},
        {"krs", "KeyResults"},
        {"kr", "KeyResultDetail"},
        {"split", "Split"},
        {"teams", "Teams"},
        {"spread", "Spread"},
        {"needle", "Needle"},
        {"cost", "Cost"},
        {"indices", "Indices"},
        {"retro", "Retro"},
        {"precision", "Precision"},
        {"replay", "Replay"},
        {"idea", "IdeaTest"},
        {"decisions", "Decisions"},
        {"event", "EventReach"},
        {"rival", "RivalView"},
        {"compare", "Comparison"},
        {"routes-test", "RouteTest"},
        {"routes", "Routes"},
        {"audit", "Audit"},
        {"outbox", "Outbox"},
        {"linked", "Linked"},
        {"exempted", "Exempted"},
        {"removed", "Removed"},
        {"silences", "SilenceList"},
        {"silenced", "Silenced"},
        {"silence-ended", "SilenceEnded"},
        {"quieted", "Quieted"},
        {"accepted", "Accepted"},
        {"retried", "Accepted"},
        {"channel-tested", "Accepted"},
    };
    struct api_rig *r = *state;
    struct dirent *d;
    size_t n = 0;
    DIR *dir = opendir("tests/golden/ctl");

    assert_non_null(dir);
    while ((d = readdir(dir)) != NULL) {
        struct str name = str_of(d->d_name);
        char path[400];
        size_t i = 0;
        json_t *v;

        if (!str_has_suffix(name, STR(".json")))
            continue;
        while (i < ARRAY_LEN(rows) && !str_has_prefix(name, str_of(rows[i].prefix)))
            i++;
        assert_true(i < ARRAY_LEN(rows));
        snprintf(path, sizeof(path), "tests/golden/ctl/%s", d->d_name);
        v = load(path);
        hold_to_schema(r, rows[i].schema, v, path);
        json_decref(v);
        n++;
    }
    closedir(dir);
    assert_true(n >= ARRAY_LEN(rows));
}

/* ---- refusals ---- */

static void test_problem(void **state)
{
    static const struct {
        enum err_kind kind;
        int status;
    } rows[] = {
        {ERR_NOT_FOUND, 404}, {ERR_USAGE, 400}, {ERR_FORBIDDEN, 403},
        {ERR_CONFLICT, 409},  {ERR_LIMIT, 413}, {ERR_STORE, 500},
        {ERR_NOMEM, 500},     {ERR_FULL, 500},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_reply reply = {.status = 200};
        json_error_t at;
        struct err e;
        json_t *v;

        err_set(&e, rows[i].kind, "a \"reason\"\n");
        buf_init(&reply.body, 10000);
        buf_addz(&reply.body, "{\"half\":");
        api_problem(&reply, api_status_of(&e), &e);
        assert_int_equal(reply.status, rows[i].status);
        v = json_loadb(buf_cstr(&reply.body), reply.body.n, 0, &at);
        hold_to_schema(r, "Problem", v, "problem");
        assert_string_equal(text_at(v, "detail"), "a \"reason\"\n");
        assert_int_equal(int_at(v, "status"), rows[i].status);
        json_decref(v);
        buf_finish(&reply.body);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_find),
        TEST(test_refused),
        TEST(test_openapi),
        TEST(test_answers_of_test_ctl),
        TEST(test_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
