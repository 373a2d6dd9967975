/*
 * The requests of the status socket: paths and queries found or refused, every
 * handler over a real store, its answer held to config/openapi.json, and the
 * description held to the table and to the answers test_ctl uses.
 */
#include <dirent.h>

#include "base/date.h"
#include "status/health.h"
#include "status/metrics.h"
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

/* ---- what is stored, asked for ---- */

static void test_findings(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *f;
    char path[200];
    size_t i;
    int64_t fired = 0;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    assert_int_equal(int_at(v, "total"), 1);
    f = json_array_get(json_object_get(v, "findings"), 0);
    assert_string_equal(text_at(f, "subject"), "acme/web#1");
    assert_string_equal(text_at(f, "state"), "firing");
    assert_string_equal(text_at(f, "team"), "web");
    assert_string_equal(text_at(json_object_get(f, "reason"), "name"), "new");
    snprintf(path, sizeof(path), "/v1/findings/%.6s", text_at(f, "id"));
    json_decref(v);

    v = ask_json(r, "GET", path, "", 200);
    assert_string_equal(text_at(v, "rule"), "unlinked-work");
    assert_string_equal(text_at(json_object_get(v, "rule_is"), "title"),
                        rule_find(STR("unlinked-work"))->title);
    assert_true(json_array_size(json_object_get(v, "history")) >= 2);
    json_decref(v);

    v = ask_json(r, "GET", "/v1/rules/precision", "", 200);
    assert_int_equal(int_at(v, "days"), 90);
    json_array_foreach(json_object_get(v, "rules"), i, f)
    {
        if (strcmp(text_at(f, "id"), "unlinked-work") == 0)
            fired = int_at(f, "fired");
    }
    assert_int_equal(fired, 1);
    json_decref(v);

    v = ask_json(r, "GET", "/v1/findings?all=1&limit=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), 2);
    assert_true(int_at(v, "total") > 2);
    snprintf(path, sizeof(path), "/v1/findings?all=1&limit=1000&cursor=%s",
             text_at(v, "next"));
    i = (size_t)int_at(v, "total") - 2;
    json_decref(v);
    v = ask_json(r, "GET", path, "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), i);
    assert_true(json_is_null(json_object_get(v, "next")));
    json_decref(v);

    v = ask_json(r, "GET", "/v1/findings?severity=high&team=web&scope=acme/web", "",
                 200);
    assert_int_equal(int_at(v, "total"), 0);
    json_decref(v);
}

static bool is_told(json_t *finding)
{
    return json_is_true(json_object_get(json_object_get(finding, "reason"), "told"));
}

/* Told is what was delivered: not what waits to be, and not what ended before. */
static void test_told(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};
    struct outbox_outcome ok = {.verdict = CHAT_DELIVERED, .status = 200};
    char path[200], over[200];
    json_t *v, *t;
    int64_t id;

    fill(r->er);
    id = rig_int(rig, "SELECT outbox FROM told JOIN finding f ON f.n = finding WHERE"
                      " f.rule = 'unlinked-work'");
    snprintf(path, sizeof(path), "/v1/findings/%s",
             rig_text(rig, "SELECT id FROM finding WHERE rule = 'unlinked-work' AND"
                           " NOT baseline"));
    snprintf(over, sizeof(over), "/v1/findings/%s",
             rig_text(rig, "SELECT id FROM finding WHERE baseline"));

    v = ask_json(r, "GET", path, "", 200);
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_false(is_told(v));
    assert_string_equal(text_at(t, "channel"), "product");
    assert_string_equal(text_at(t, "what"), "new");
    assert_string_equal(text_at(t, "state"), "queued");
    assert_true(json_is_null(json_object_get(t, "delivered")));
    json_decref(v);

    RIG_OK(rig, db_outbox_record(rig->db, id, &dead, rig->now, &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_false(is_told(v));
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_string_equal(text_at(t, "state"), "dead");
    json_decref(v);

    RIG_OK(rig, db_outbox_retry(rig->db, id, rig->now, &rig->e));
    RIG_OK(rig, db_outbox_record(rig->db, id, &ok, rig->now, &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_true(is_told(v));
    t = json_array_get(json_object_get(v, "told"), 0);
    assert_string_equal(text_at(t, "state"), "delivered");
    json_decref(v);
    /* The message is forgotten in time, that it arrived is not. */
    RIG_OK(rig, sql_script(rig->db, "DELETE FROM outbox", &rig->e));
    v = ask_json(r, "GET", path, "", 200);
    assert_true(is_told(v));
    json_decref(v);

    /* It is over, and nobody had heard of it. */
    eval_rig_sync(r->er);
    rig_label(rig, eval_rig_epic(r->er, 9), "initiative:onboarding");
    eval_rig_synced(r->er);
    eval_rig_run(r->er);
    v = ask_json(r, "GET", over, "", 200);
    assert_string_equal(text_at(v, "state"), "resolved");
    assert_false(is_told(v));
    assert_int_equal(json_array_size(json_object_get(v, "told")), 0);
    json_decref(v);
}

static void test_items(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%233", "", 200);
    assert_string_equal(text_at(v, "key"), "acme/web#3");
    assert_string_equal(text_at(v, "parent"), "acme/web#2");
    assert_string_equal(text_at(v, "title"), "A \"quoted\"\ttitle \x1b[31m");
    assert_int_equal(json_array_size(json_object_get(v, "ancestors")), 1);
    assert_int_equal(json_array_size(json_object_get(v, "links")), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/hub:acme%2Fweb%231", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "findings")), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%236", "", 200);
    assert_string_equal(text_at(json_object_get(v, "exempt"), "by"), "label");
    json_decref(v);
}

/* An epic of its own words, linked; one that has them, too; and a private one. */
static void fill_for_suggestions(struct eval_rig *er)
{
    struct rig *r = &er->r;
    bool more = true;

    eval_rig_sync(er);
    eval_rig_epic(er, 40)->title = STR("Violet invoice");
    rig_label(r, &r->feed.items[r->feed.n_items - 1], "initiative:billing");
    eval_rig_epic(er, 41)->title = STR("Second violet invoice");
    eval_rig_epic(er, 42)->title = STR("Violet secret");
    rig_label(r, &r->feed.items[r->feed.n_items - 1], "secret");
    eval_rig_synced(er);
    eval_rig_run(er);
    while (more)
        RIG_OK(r, db_suggest_step(r->db, er->strategy, &more, &r->e));
}

static void expect_billing(json_t *s)
{
    assert_string_equal(text_at(s, "node"), "billing");
    assert_string_equal(text_at(s, "title"), "Bill per site");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(s, "words"), 0)), "violet");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(s, "like"), 0)),
        "acme/web#40");
}

static void test_suggestions(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *item;
    size_t i, seen = 0;

    fill(r->er);
    fill_for_suggestions(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2341/suggestions", "", 200);
    assert_string_equal(text_at(v, "state"), "unlinked");
    assert_string_equal(text_at(json_object_get(v, "item"), "key"), "acme/web#41");
    expect_billing(json_array_get(json_object_get(v, "suggestions"), 0));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2341/why", "", 200);
    expect_billing(json_array_get(json_object_get(v, "suggestions"), 0));
    json_decref(v);
    /* Of one that is linked the chain is told, and what speaks for it when asked. */
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2340/why", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "suggestions")), 0);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2340/suggestions", "", 200);
    assert_string_equal(text_at(v, "state"), "linked");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%2342/suggestions", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "suggestions")), 0);
    assert_null(strstr(buf_cstr(&r->body), "iolet"));
    json_decref(v);
    refused(r, "GET", "/v1/items/nope/suggestions", "", 404, "no item nope");

    v = ask_json(r, "GET", "/v1/unlinked", "", 200);
    json_array_foreach(json_object_get(v, "items"), i, item)
    {
        if (strcmp(text_at(item, "key"), "acme/web#41") != 0)
            continue;
        expect_billing(json_object_get(item, "suggestion"));
        seen++;
    }
    assert_int_equal(seen, 1);
    json_decref(v);
}

static void expect_why(struct api_rig *r, int number, const char *want_state,
                       const char *named_by, const char *kinds, const char *gap)
{
    char target[80], got[200] = "";
    json_t *v, *path, *n;
    size_t i;

    snprintf(target, sizeof(target), "/v1/items/acme%%2Fweb%%23%d/why", number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(text_at(v, "state"), want_state);
    path = json_array_get(json_object_get(v, "paths"), 0);
    json_array_foreach(json_object_get(path, "chain"), i, n) snprintf(
        got + strlen(got), sizeof(got) - strlen(got), "%s ", text_at(n, "kind"));
    assert_string_equal(got, kinds);
    assert_string_equal(text_at(path, "named_by"), named_by);
    assert_string_equal(text_at(path, "gap"), gap);
    json_decref(v);
}

static void test_why(void **state)
{
    static const char full[] =
        EVAL_RIG_STRATEGY "intents:\n"
                          "  - { id: up, title: Up, why: Money }\n"
                          "vision: { statement: A better world }\n";
    struct api_rig *r = *state;
    char *text = strdup(full);
    json_t *v, *chain;

    fill(r->er);
    expect_why(r, 1, "unlinked", "(none)", "", "(none)");
    expect_why(r, 2, "linked", "acme/web#2", "initiative key-result objective ",
               "the objective names no intent");
    expect_why(r, 3, "linked", "acme/web#2", "initiative key-result objective ",
               "the objective names no intent");
    expect_why(r, 4, "linked", "acme/web#4", "bucket ", "(none)");
    expect_why(r, 5, "unlinked", "(none)", "", "(none)");
    expect_why(r, 6, "exempt", "(none)", "", "(none)");

    /* With an intent and a vision the chain is whole; each node tells its why. */
    memcpy(strstr(text, "    why: They decide once for all their sites and stay"),
           "    why: For all sites\n    intent: up\n    #             ", 54);
    eval_rig_load(r->er, EVAL_RIG_CONF, text);
    free(text);
    eval_rig_run(r->er);
    v = ask_json(r, "GET", "/v1/items/acme%2Fweb%233/why", "", 200);
    chain = json_object_get(json_array_get(json_object_get(v, "paths"), 0), "chain");
    assert_int_equal(json_array_size(chain), 5);
    assert_string_equal(text_at(json_array_get(chain, 1), "measure"),
                        "40 to 60 by 2027-06-30");
    assert_string_equal(text_at(json_array_get(chain, 2), "why"), "For all sites");
    assert_string_equal(text_at(json_array_get(chain, 3), "why"), "Money");
    assert_string_equal(text_at(json_array_get(chain, 4), "title"), "A better world");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy", "", 200);
    assert_string_equal(text_at(json_object_get(v, "vision"), "statement"),
                        "A better world");
    json_decref(v);
}

static void test_lists(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/unlinked?limit=2", "", 200);
    assert_int_equal(int_at(v, "total"), 3); /* 9, 1 and 5 */
    assert_int_equal(json_array_size(json_object_get(v, "items")), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/unlinked?team=web&scope=acme/web", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/unlinked?team=web&scope=Acme/Web", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/gaps?limit=1", "", 200);
    assert_int_equal(int_at(v, "total"), 3);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 1);
    one = json_object_get(v, "initiatives");
    assert_int_equal(json_array_size(one), 1);
    assert_string_equal(text_at(json_array_get(one, 0), "id"), "billing");
    assert_string_equal(text_at(json_array_get(one, 0), "objective"), "grow");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/coverage", "", 200);
    one = json_object_get(v, "total");
    assert_int_equal(int_at(one, "open"), 6);
    assert_int_equal(int_at(one, "linked"), 2);
    assert_int_equal(int_at(one, "exempt"), 1);
    assert_true(json_real_value(json_object_get(one, "ratio")) == 0.4);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/initiatives", "", 200);
    one = json_array_get(json_object_get(v, "initiatives"), 0);
    assert_string_equal(text_at(one, "objective"), "grow");
    assert_int_equal(int_at(json_object_get(one, "items"), "open"), 2);
    one = json_array_get(json_object_get(v, "buckets"), 0);
    assert_int_equal(int_at(json_object_get(one, "items"), "epics"), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/rules", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "rules")), rules_count);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/rules/uncovered-initiative", "", 200);
    assert_true(json_is_true(json_object_get(v, "off")));
    json_decref(v);
}

/* The way of a finding that there is, and of its channel what was sent already. */
static void test_routes(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/routes", "", 200);
    one = json_array_get(json_object_get(v, "routes"), 0);
    assert_string_equal(text_at(one, "place"), "1");
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(v, "operations_channel"), "ops");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/routes/test?rule=unlinked-work&team=web&label=a,b", "", 200);
    assert_int_equal(json_array_size(json_object_get(json_object_get(v, "labels"), "label")),
                     2);
    one = json_array_get(json_object_get(v, "destinations"), 0);
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(one, "group"), "team=web");
    assert_int_equal(int_at(json_object_get(one, "sent"), "week"), 1);
    json_decref(v);
    v = ask_json(r, "GET", "/v1/routes/test?rule=source-stale", "", 200);
    assert_true(json_is_true(json_object_get(v, "operations")));
    json_decref(v);
    refused(r, "GET", "/v1/routes/test?rule=nope", "", 400, "no rule 'nope'");
    refused(r, "GET", "/v1/routes/test?team=wbe", "", 400, "did you mean 'web'?");
    refused(r, "GET", "/v1/routes/test?source=nope", "", 400, "there are hub");
    refused(r, "GET", "/v1/routes/test?rle=x", "", 400, "no query parameter");
}

/* ---- writes ---- */

static void test_links(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "POST", "/v1/links",
                 "{\"item\":\" ACME/web#1 \",\"initiative\":\"Onboarding\"}", 200);
    assert_string_equal(text_at(v, "initiative"), "onboarding");
    json_decref(v);
    eval_rig_run(r->er);
    expect_why(r, 1, "linked", "acme/web#1", "initiative key-result objective ",
               "the objective names no intent");
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "user"), "ana");
    assert_int_equal(int_at(one, "uid"), 1000);
    assert_string_equal(text_at(one, "action"), "link");
    assert_string_equal(text_at(one, "detail"), "onboarding");
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/links/acme%2Fweb%231", "", 200));
    eval_rig_run(r->er);
    expect_why(r, 1, "unlinked", "(none)", "", "(none)");
    refused(r, "DELETE", "/v1/links/acme%2Fweb%231", "", 404, "no link");
    v = ask_json(r, "GET", "/v1/audit?limit=1", "", 200);
    assert_string_equal(text_at(v, "next"), "2");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit?limit=1&cursor=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "audit")), 1);
    assert_true(json_is_null(json_object_get(v, "next")));
    json_decref(v);
}

static void test_exemptions(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    fill(r->er);
    v = ask_json(
        r, "POST", "/v1/exemptions",
        "{\"item\":\"acme/web#1\",\"reason\":\"office\",\"until\":\"2026-12-31\"}",
        200);
    assert_string_equal(text_at(v, "until"), "2027-01-01T00:00:00Z"); /* to its end */
    json_decref(v);
    eval_rig_run(r->er);
    expect_why(r, 1, "exempt", "(none)", "", "(none)");
    json_decref(ask_json(r, "DELETE", "/v1/exemptions/acme%2Fweb%231", "", 200));
    json_decref(ask_json(r, "POST", "/v1/exemptions",
                         "{\"item\":\"acme/web#1\",\"rule\":\"unlinked-work\","
                         "\"reason\":\"x\",\"until\":null}",
                         200));
    json_decref(ask_json(r, "POST", "/v1/exemptions",
                         "{\"item\":\"acme/web#1\",\"reason\":\"x\","
                         "\"until\":\"2026-12-31T10:00:00+01:00\"}",
                         200));
}

/* The reason of the finding that fill left, with its detail. */
static void expect_reason(struct api_rig *r, const char *name, const char *detail)
{
    json_t *v, *reason;

    eval_rig_run(r->er);
    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    reason = json_object_get(
        json_array_get(json_object_get(v, "findings"), 0), "reason");
    assert_string_equal(text_at(reason, "name"), name);
    assert_string_equal(text_at(reason, "detail"), detail);
    json_decref(v);
}

static void test_silences(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;
    char path[100], id[20];

    fill(r->er);
    v = ask_json(r, "POST", "/v1/silences",
                 "{\"match\":\"team=web rule=unlinked-work\",\"for\":\"3d\",\"reason\":"
                 "\"moving\"}",
                 200);
    assert_int_equal(int_at(v, "id"), 1);
    json_decref(v);
    expect_reason(r, "silenced", "silence 1 by ana: moving");
    v = ask_json(r, "GET", "/v1/silences", "", 200);
    one = json_array_get(json_object_get(v, "silences"), 0);
    assert_string_equal(text_at(one, "match"), "rule=unlinked-work team=web");
    assert_int_equal(int_at(one, "covers"), 1);
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/silences/1", "", 200));
    refused(r, "DELETE", "/v1/silences/1", "", 409, "over already");
    refused(r, "DELETE", "/v1/silences/2", "", 404, "no silence 2");
    expect_reason(r, "unchanged", "(none)");

    v = ask_json(r, "GET", "/v1/findings?rule=unlinked-work", "", 200);
    snprintf(id, sizeof(id), "%s",
             text_at(json_array_get(json_object_get(v, "findings"), 0), "id"));
    json_decref(v);
    snprintf(path, sizeof(path), "/v1/findings/%.6s/snooze", id);
    json_decref(ask_json(r, "POST", path, "{\"for\":\"3d\"}", 200));
    expect_reason(r, "snoozed", "(none)");
    r->er->r.now.ms += 4 * RIG_DAY;
    eval_rig_look(r->er);
    snprintf(path, sizeof(path), "/v1/findings/%.6s/ack", id);
    json_decref(ask_json(r, "POST", path, "", 200));
    expect_reason(r, "acked", "ana");
    assert_int_equal(rig_int(&r->er->r, "SELECT count(*) FROM audit"), 4);
}

/* NPS 40 to 60 by 30 June 2027, first loaded when the rig was made. */
static void test_key_results(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *one;

    fill(r->er);
    v = ask_json(r, "GET", "/v1/key-results", "", 200);
    one = json_array_get(json_object_get(v, "key_results"), 0);
    assert_string_equal(text_at(one, "id"), "nps");
    assert_string_equal(text_at(one, "objective"), "grow");
    assert_string_equal(text_at(one, "state"), "unknown");
    assert_true(json_is_null(json_object_get(one, "last")));
    assert_true(json_is_null(json_object_get(one, "pace")));
    json_decref(v);

    json_decref(ask_json(r, "POST", "/v1/check-ins",
                         "{\"key_result\":\"nps\",\"value\":\"44\","
                         "\"confidence\":\"80%\",\"note\":\"survey of autumn\"}",
                         200));
    v = ask_json(r, "POST", "/v1/check-ins",
                 "{\"key_result\":\"NPS\",\"value\":\"45\"}", 200); /* a correction */
    assert_int_equal(json_array_size(json_object_get(v, "values")), 2);
    one = json_object_get(v, "last");
    assert_true(json_number_value(json_object_get(one, "value")) > 44.9);
    assert_string_equal(text_at(one, "told_by"), "ana");
    assert_true(json_number_value(json_object_get(v, "progress")) > 0.249);
    assert_true(json_number_value(json_object_get(v, "progress")) < 0.251);
    assert_string_equal(text_at(v, "state"), "on-pace");
    json_decref(v);

    v = ask_json(r, "DELETE", "/v1/check-ins/nps", "", 200);
    one = json_object_get(v, "last");
    assert_int_equal(int_at(one, "confidence"), 80);
    assert_string_equal(text_at(one, "note"), "survey of autumn");
    json_decref(v);
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps?at=2020-01-01", "", 404));
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps", "", 200));
    json_decref(ask_json(r, "DELETE", "/v1/check-ins/nps", "", 404));
    v = ask_json(r, "GET", "/v1/key-results/nps", "", 200);
    assert_string_equal(text_at(v, "state"), "unknown");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "action"), "check-in-undo");
    json_decref(v);
}

static void test_bodies(void **state)
{
    static const struct {
        const char *path, *body;
        int status;
        const char *detail;
    } rows[] = {
        {"/v1/check-ins", "{\"key_result\":\"npx\",\"value\":\"1\"}", 404,
         "did you mean 'nps'?"},
        {"/v1/check-ins", "{\"key_result\":\"grow\",\"value\":\"1\"}", 404,
         "is no key result but of kind objective"},
        {"/v1/check-ins", "{\"key_result\":\"nps\",\"value\":\"many\"}", 400,
         "'many' is no number"},
        {"/v1/check-ins",
         "{\"key_result\":\"nps\",\"value\":\"1\",\"at\":\"2999-01-01\"}", 400,
         "is yet to come"},
        {"/v1/check-ins", "{\"key_result\":\"nps\",\"value\":\"1\",\"at\":\"soon\"}",
         400, "'soon' is no date"},
        {"/v1/check-ins",
         "{\"key_result\":\"nps\",\"value\":\"1\",\"confidence\":\"101\"}", 400,
         "is no percentage"},
        {"/v1/links", "", 400, "a JSON object is needed"},
        {"/v1/links", "{", 400, "not JSON: line 1"},
        {"/v1/links", "[]", 400, "must be a JSON object"},
        {"/v1/links", "{} {}", 400, "not JSON"},
        {"/v1/links", "{\"item\":\"a\",\"item\":\"b\"}", 400, "not JSON"},
        {"/v1/links", "{\"item\":\"a\\u0000b\"}", 400, "not JSON"},
        {"/v1/links", "{\"item\":1}", 400, "'item' must be a string"},
        {"/v1/links", "{\"itme\":\"a\"}", 400, "unknown member 'itme'"},
        {"/v1/links", "{\"item\":\"acme/web#1\"}", 400, "'initiative' is missing"},
        {"/v1/links", "{\"item\":\"  \",\"initiative\":\"nps\"}", 400,
         "'item' is missing"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"onbording\"}", 404,
         "did you mean 'onboarding'"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"zzzzzzzz\"}", 404,
         "alignctl initiatives"},
        {"/v1/links", "{\"item\":\"acme/web#1\",\"initiative\":\"grow\"}", 400,
         "of kind objective"},
        {"/v1/links", "{\"item\":\"acme/web#77\",\"initiative\":\"billing\"}", 404,
         "no item acme/web#77 is known of acme/web: if it is new, alignctl sync hub"},
        {"/v1/exemptions", "{\"item\":\"acme/web#1\"}", 400, "'reason' is missing"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"rule\":\"nope\"}", 404,
         "no rule 'nope'"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"rule\":\"source-stale\"}", 400,
         "looks at a whole source"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"until\":\"soon\"}", 400,
         "no date"},
        {"/v1/exemptions",
         "{\"item\":\"acme/web#1\",\"reason\":\"x\",\"until\":\"2020-01-01\"}", 400,
         "is over"},
        {"/v1/silences", "{\"match\":\"team=web\",\"for\":\"3d\"}", 400,
         "'reason' is missing"},
        {"/v1/silences", "{\"match\":\"web\",\"for\":\"3d\",\"reason\":\"x\"}", 400,
         "'web' is no LABEL=VALUE"},
        {"/v1/silences",
         "{\"match\":\"rule=nope\",\"for\":\"3d\",\"reason\":\"x\"}", 400,
         "no rule 'nope'"},
        {"/v1/silences", "{\"match\":\"team=web\",\"reason\":\"x\"}", 400,
         "one of 'until' and 'for'"},
        {"/v1/silences",
         "{\"match\":\"team=web\",\"for\":\"31d\",\"reason\":\"x\"}", 400,
         "at most 30 days"},
        {"/v1/silences",
         "{\"match\":\"team=web\",\"for\":\"soon\",\"reason\":\"x\"}", 400,
         "write 3d"},
        {"/v1/findings/0123456789ab/ack", "", 404, "no finding"},
        {"/v1/findings/0123456789ab/snooze", "{\"for\":\"3d\"}", 404, "no finding"},
        {"/v1/outbox/0/retry", "", 400, "not the number"},
        {"/v1/outbox/x/retry", "", 400, "not the number"},
        {"/v1/outbox/99/retry", "", 404, "99"},
        {"/v1/channels/nowhere/test", "", 404, "no channel 'nowhere'"},
    };
    struct api_rig *r = *state;
    char long_body[700];

    fill(r->er);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        refused(r, "POST", rows[i].path, rows[i].body, rows[i].status, rows[i].detail);
    snprintf(long_body, sizeof(long_body), "{\"item\":\"%0400d\",\"initiative\":\"x\"}",
             1);
    refused(r, "POST", "/v1/links", long_body, 400, "longer than 300 bytes");
    /* Nothing of all this was written down as done. */
    assert_int_equal(rig_int(&r->er->r, "SELECT count(*) FROM audit"), 0);
}

/* The message of that id. */
static json_t *message(json_t *root, int64_t id)
{
    json_t *m;
    size_t i;

    json_array_foreach(json_object_get(root, "outbox"), i, m)
    {
        if (int_at(m, "id") == id)
            return m;
    }
    fail_msg("no message %lld", (long long)id);
    return NULL;
}

static void test_outbox(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_message m;
    struct outbox_outcome o = {.verdict = CHAT_REJECTED,
                               .status = 404,
                               .reason = STR("404: no_service"),
                               .dead = true};
    struct wall next;
    json_t *v, *one;
    bool found;
    char path[80];

    fill(r->er);
    RIG_OK(rig, db_outbox_claim(rig->db, STR("product"), rig->now, r->a, &m, &found,
                                &next, &rig->e));
    assert_true(found);
    RIG_OK(rig, db_outbox_record(rig->db, m.id, &o, rig->now, &rig->e));
    v = ask_json(r, "GET", "/v1/outbox?bodies=1", "", 200);
    one = message(v, m.id);
    assert_string_equal(text_at(one, "state"), "dead");
    assert_int_equal(int_at(one, "http_status"), 404);
    assert_true(json_is_object(json_object_get(one, "notice")));
    snprintf(path, sizeof(path), "/v1/outbox/%lld/retry", (long long)int_at(one, "id"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/status", "", 200);
    one = json_array_get(json_object_get(v, "channels"), 0);
    assert_string_equal(text_at(one, "state"), "undelivered");
    json_decref(v);

    json_decref(ask_json(r, "POST", path, "", 202));
    v = ask_json(r, "GET", "/v1/outbox", "", 200);
    one = message(v, m.id);
    assert_string_equal(text_at(one, "state"), "queued");
    assert_null(json_object_get(one, "notice"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/audit", "", 200);
    one = json_array_get(json_object_get(v, "audit"), 0);
    assert_string_equal(text_at(one, "action"), "outbox-retry");
    json_decref(v);

    RIG_OK(rig, db_outbox_claim(rig->db, STR("product"), rig->now, r->a, &m, &found,
                                &next, &rig->e));
    RIG_OK(rig, db_outbox_record(rig->db, m.id, &o, rig->now, &rig->e));
    json_decref(ask_json(r, "POST", "/v1/outbox/all/retry", "", 202));
    v = ask_json(r, "POST", "/v1/channels/product/test", "", 202);
    snprintf(path, sizeof(path), "%s", text_at(v, "id"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/outbox?bodies=1", "", 200);
    one = message(v, strtoll(path, NULL, 10));
    assert_string_equal(text_at(one, "channel"), "product");
    assert_string_equal(text_at(one, "state"), "queued");
    assert_string_equal(text_at(json_object_get(one, "notice"), "kind"), "test");
    json_decref(v);
    refused(r, "POST", "/v1/outbox/all/retry", "", 404, "no message is dead");
}

static void test_actions(void **state)
{
    struct api_rig *r = *state;
    json_t *v = ask_json(r, "POST", "/v1/sync?source=hub", "", 202);

    assert_string_equal(text_at(v, "source"), "hub");
    json_decref(v);
    json_decref(ask_json(r, "POST", "/v1/sync", "", 202));
    json_decref(ask_json(r, "POST", "/v1/sync?source=hub&accept=true", "", 202));
    json_decref(ask_json(r, "POST", "/v1/sync?list=true", "", 202));
    json_decref(ask_json(r, "POST", "/v1/reload", "", 202));
}

/* ---- health ---- */

static void test_status(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    v = ask_json(r, "GET", "/v1/status", "", 200); /* before anything was synced */
    assert_int_equal(json_array_size(json_object_get(v, "problems")), 1);
    json_decref(v);
    fill(r->er);
    v = ask_json(r, "GET", "/v1/status", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "problems")), 0);
    assert_int_equal(int_at(json_array_get(json_object_get(v, "sources"), 0), "syncs"),
                     3);
    assert_int_equal(int_at(json_object_get(v, "coverage"), "linked"), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/healthz", "", 200);
    assert_true(json_is_true(json_object_get(v, "healthy")));
    json_decref(v);
}

/* The text of a check; NULL: there is none. */
static const char *check_of(json_t *v, const char *part, const char *what,
                            const char *level)
{
    json_t *c;
    size_t i;

    json_array_foreach(json_object_get(v, "checks"), i, c)
    {
        if (strcmp(text_at(c, "part"), part) != 0 ||
            strcmp(text_at(c, "what"), what) != 0)
            continue;
        if (strcmp(text_at(c, "level"), level) != 0)
            fail_msg("%s %s is %s: %s", part, what, text_at(c, "level"),
                     text_at(c, "text"));
        assert_int_equal(strcmp(level, "ok") == 0,
                         json_is_null(json_object_get(c, "fix")));
        return text_at(c, "text");
    }
    return NULL;
}

static void test_doctor(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    const char *text;
    json_t *v;

    v = ask_json(r, "GET", "/v1/doctor", "", 200); /* before anything was synced */
    assert_non_null(check_of(v, "source", "reach", "warn"));
    json_decref(v);

    fill(r->er);
    rig_begin(rig);
    rig_page(rig);
    assert_true(feed_add_note(&rig->feed, "account", NOTE_OK, STR("as bot"), STR_NONE));
    assert_true(feed_add_note(&rig->feed, "fields.points", NOTE_BAD,
                              STR("two fields are called Points"),
                              STR("fields: { points: customfield_1 }")));
    rig->feed.server_date.ms = rig->now.ms + 90000;
    rig->feed.rate_limit = 100;
    rig->feed.rate_remaining = 50;
    rig_apply(rig);
    rig_end(rig);
    r->source.requests = 120;
    v = ask_json(r, "GET", "/v1/doctor", "", 200);
    assert_non_null(check_of(v, "source", "reach", "ok"));
    assert_string_equal(check_of(v, "source", "account", "ok"), "as bot");
    assert_string_equal(check_of(v, "source", "fields.points", "bad"),
                        "two fields are called Points");
    assert_string_equal(check_of(v, "source", "clock", "warn"),
                        "the tracker's clock is 1 min 30 s ahead of ours");
    text = check_of(v, "source", "rate", "warn");
    assert_non_null(strstr(text, "an hour of 80 that may be used (limit 100)"));
    assert_non_null(strstr(check_of(v, "channel", "delivery", "ok"), "not tested"));
    assert_null(check_of(v, "people", "owners", "warn")); /* journals mention nobody */
    assert_non_null(check_of(v, "strategy", "file", "ok"));
    assert_non_null(strstr(check_of(v, "state", "directory", "ok"), " MiB free"));
    assert_string_equal(check_of(v, "state", "backup", "warn"), "there is none");
    assert_non_null(check_of(v, "socket", "writing", "ok"));
    json_decref(v);

    /* A channel that mentions people, and a note that is over. */
    r->channels[0].type = STR("slack");
    rig_begin(rig);
    rig_page(rig);
    assert_true(
        feed_add_note(&rig->feed, "fields.points", NOTE_OK, STR_NONE, STR_NONE));
    rig_apply(rig);
    rig_end(rig);
    v = ask_json(r, "GET", "/v1/doctor", "", 200);
    assert_null(check_of(v, "source", "fields.points", "bad"));
    assert_non_null(check_of(v, "people", "owners", "ok")); /* nobody owns anything */
    json_decref(v);
}

static void test_health(void **state)
{
    static struct scope_row broken = {.name = STR_INIT("acme/b"),
                                      .state = STR_INIT("failed"),
                                      .error = STR_INIT("404")};
    static const struct {
        const char *text; /* of the only problem; NULL: there is none */
        bool unhealthy;
        struct source_row source;
        struct channel_row channel;
        struct str conf_error, strategy_error, store_error;
    } rows[] = {
        {NULL,
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .channel = {.queued = 1}},
        {"the first sync is not complete", true, {.state = STR_INIT("syncing")}},
        {"has never synced: 401",
         true,
         {.state = STR_INIT("stale"), .error = STR_INIT("401")}},
        {"stale: last synced 1 h ago: 500",
         true,
         {.state = STR_INIT("stale"),
          .last_ok = {RIG_T0 - RIG_HOUR},
          .error = STR_INIT("500")}},
        {"paused by its rate limit for 1 min; last synced 1 h ago",
         true,
         {.state = STR_INIT("paused"),
          .last_ok = {RIG_T0 - RIG_HOUR},
          .paused_until = {RIG_T0 + RIG_MIN}}},
        {"paused by its rate limit for 1 min, before the first",
         true,
         {.state = STR_INIT("paused"), .paused_until = {RIG_T0 + RIG_MIN}}},
        {"1 of 1 scopes fail: acme/b: 404",
         false,
         {.state = STR_INIT("fresh"),
          .last_ok = {1},
          .scopes = &broken,
          .n_scopes = 1}},
        {"2 messages could not be delivered: no_service",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         {.dead = 2, .last_error = STR_INIT("no_service")}},
        {"1 message not delivered yet: 503",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         {.queued = 1, .last_error = STR_INIT("503")}},
        {"does not load, the one before stays in force: bad",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .conf_error = STR_INIT("bad")},
        {"does not load, the version before stays in force: bad",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .strategy_error = STR_INIT("bad")},
        {"disk full",
         true,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .store_error = STR_INIT("disk full")},
    };
    struct api_rig *r = *state;
    struct wall now = {RIG_T0};
    struct health_problem *p;
    struct err e;
    size_t n;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct source_row source = rows[i].source;
        struct channel_row channel = rows[i].channel;
        struct api_view v = {
            .row = {.sources = &source,
                    .n_sources = 1,
                    .channels = &channel,
                    .n_channels = 1},
            .sources = &r->source,
            .n_sources = 1,
            .channels = r->channels,
            .n_channels = 1,
            .conf_error = rows[i].conf_error,
            .strategy_error = rows[i].strategy_error,
            .store_error = rows[i].store_error,
            .store_failing = rows[i].store_error.n > 0,
        };

        source.name = r->source.name;
        channel.name = r->channels[0].name;
        assert_true(health_list(&v, now, r->a, &p, &n, &e));
        assert_int_equal(n, rows[i].text != NULL);
        if (n == 0)
            continue;
        if (!str_has_prefix(p[0].text, str_of(rows[i].text)))
            fail_msg("row %zu: %.*s", i, STR_FMT(p[0].text));
        assert_int_equal(p[0].unhealthy, rows[i].unhealthy);
        assert_true(p[0].fix.n > 0);
    }
    assert_true(health_list(NULL, now, r->a, &p, &n, &e));
    assert_int_equal(n, 1);
    assert_true(p[0].unhealthy);
}

/* Before the first look at the store nothing may claim to be well. */
static void test_no_view(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *text;
    } rows[] = {
        {"/v1/status", 503, "starting"},
        {"/healthz", 503, "\"healthy\":false"},
        {"/metrics", 200, "alignd_up 0\n# EOF\n"},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_request req = {
            .method = STR("GET"), .path = str_of(rows[i].path), .a = r->a};
        struct api_env env = {NULL, &r->er->ev, {RIG_T0}, r->a};
        struct api_reply reply = {.status = 200, .content_type = "application/json"};
        const struct api_route *row = api_find(&req, &reply.status);
        struct err e;

        reply.status = 200;
        buf_init(&reply.body, 1 << 20);
        assert_true(row->run(NULL, &env, &req, &reply, &e));
        assert_int_equal(reply.status, rows[i].status);
        assert_non_null(strstr(buf_cstr(&reply.body), rows[i].text));
        buf_finish(&reply.body);
    }
}

/* ---- metrics ---- */

/* Lines of one family stand together, samples only of families declared. */
static void check_exposition(const char *text)
{
    struct str rest = str_of(text), line, family = STR_NONE;
    char seen[16384] = "";
    bool ended = false;

    while (str_split(&rest, '\n', &line)) {
        assert_false(ended);
        if (str_eqz(line, "# EOF")) {
            ended = true;
        } else if (str_has_prefix(line, STR("# TYPE "))) {
            struct str words = str_skip(line, 7), name;
            char mark[200];

            assert_true(str_split(&words, ' ', &name));
            assert_true(str_has_prefix(name, STR("alignd_")));
            snprintf(mark, sizeof(mark), " %.*s ", STR_FMT(name));
            if (strstr(seen, mark) != NULL)
                fail_msg("family %s twice", mark);
            strncat(seen, mark, sizeof(seen) - strlen(seen) - 1);
            family = name;
            assert_true(str_eqz(words, "gauge") || str_eqz(words, "counter") ||
                        str_eqz(words, "info") || str_eqz(words, "stateset"));
        } else if (str_has_prefix(line, STR("# UNIT "))) {
            assert_true(str_has_prefix(str_skip(line, 7), family));
        } else if (str_has_prefix(line, STR("# HELP "))) {
            assert_true(str_has_prefix(str_skip(line, 7), family));
        } else {
            double value;
            size_t at = line.n;

            assert_true(str_has_prefix(line, family));
            while (at > 0 && line.p[at - 1] != ' ')
                at--;
            assert_true(str_to_double(str_skip(line, at), &value));
        }
    }
    assert_true(ended);
}

static void test_metrics(void **state)
{
    struct api_rig *r = *state;
    struct str odd = STR("a\"b\\c\nd");

    fill(r->er);
    ask(r, "GET", "/metrics", "");
    assert_int_equal(r->status, 200);
    assert_string_equal(r->type, METRICS_TYPE);
    check_exposition(buf_cstr(&r->body));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_up 1\n"));
    assert_non_null(
        strstr(buf_cstr(&r->body), "alignd_build_info{version=\"1.2.3\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_source_state{source=\"hub\","
                                               "alignd_source_state=\"fresh\"} 1\n"));
    assert_non_null(
        strstr(buf_cstr(&r->body), "alignd_source_syncs_total{source=\"hub\"} 3"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_findings{rule=\"unlinked-work\","
                                               "state=\"firing\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_findings{rule=\"unlinked-work\","
                                               "state=\"baseline\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_coverage_ratio 0.4"));
    for (size_t i = 0; i < rules_count; i++)
        assert_non_null(strstr(buf_cstr(&r->body), rules[i]->id));

    /* A name that would break the format; no text of items is ever a label. */
    r->source.name = odd;
    read_view(r);
    buf_clear(&r->body);
    metrics_write(&r->body, &r->view);
    check_exposition(buf_cstr(&r->body));
    assert_non_null(strstr(buf_cstr(&r->body),
                           "alignd_source_running{source=\"a\\\"b\\\\c\\nd\"} 0\n"));
    assert_null(strstr(buf_cstr(&r->body), "Issue"));
}

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

/* ---- versions of the strategy ---- */

/* A day later another strategy comes into force. */
static void take(struct api_rig *r, const char *text)
{
    r->er->r.now.ms += RIG_DAY;
    eval_rig_load(r->er, EVAL_RIG_CONF, text);
}

/* `text` with the first `from` replaced; malloc'd. */
static char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t n = strlen(text) + strlen(to) + 1;
    char *ret = malloc(n);

    assert_non_null(at);
    assert_non_null(ret);
    snprintf(ret, n, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return ret;
}

static const char *one_text(json_t *v, const char *list, size_t i, const char *member)
{
    return text_at(json_array_get(json_object_get(v, list), i), member);
}

static void expect_log(struct api_rig *r, char number[20])
{
    json_t *v = ask_json(r, "GET", "/v1/strategy/versions?limit=2", "", 200);

    assert_int_equal(json_array_size(json_object_get(v, "versions")), 2);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "1 renamed");
    assert_string_equal(one_text(v, "versions", 1, "summary"), "1 retargeted");
    assert_string_equal(one_text(v, "versions", 0, "since"),
                        one_text(v, "versions", 1, "until"));
    snprintf(number, 20, "%.6s", one_text(v, "versions", 1, "version"));
    assert_string_equal(text_at(v, "next"), "2");
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy/versions?cursor=2", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "versions")), 1);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "(none)");
    assert_string_equal(one_text(v, "versions", 0, "problem"), "(none)");
    assert_string_equal(text_at(v, "next"), "(none)");
    json_decref(v);
}

static void expect_diffs(struct api_rig *r, const char *number)
{
    json_t *v = ask_json(r, "GET", "/v1/strategy/diff", "", 200);
    char target[200];

    assert_string_equal(one_text(v, "changes", 0, "text"),
                        "initiative billing renamed 'Bill per site' -> 'Bills'");
    json_decref(v);
    snprintf(target, sizeof target, "/v1/strategy/diff?to=%s", number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(one_text(v, "changes", 0, "effect"), "easier");
    assert_string_equal(one_text(v, "changes", 0, "old"), "60");
    assert_string_equal(one_text(v, "changes", 0, "new"), "50");
    json_decref(v);
    snprintf(target, sizeof target, "/v1/strategy/diff?from=%s&to=%s", number, number);
    v = ask_json(r, "GET", target, "", 200);
    assert_string_equal(text_at(v, "summary"), "nothing but its text");
    json_decref(v);
}

/* A day means its end. */
static void expect_yesterday(struct api_rig *r, const char *number)
{
    struct wall t = wall_add(r->er->r.now, DUR_DAY(-1));
    struct date d = tz_local(r->er->ev.cal.tz, t).date;
    char target[100];
    json_t *v;

    snprintf(target, sizeof target, "/v1/strategy?at=%04d-%02d-%02d", d.year, d.month,
             d.day);
    v = ask_json(r, "GET", target, "", 200);
    assert_int_equal(strncmp(text_at(v, "version"), number, 6), 0);
    assert_true(json_is_string(json_object_get(v, "until")));
    json_decref(v);
}

static void test_versions(void **state)
{
    struct api_rig *r = *state;
    char *second = edited(EVAL_RIG_STRATEGY, "target: 60", "target: 50");
    char *third = edited(second, "title: Bill per site", "title: Bills");
    char number[20];
    json_t *v;

    refused(r, "GET", "/v1/strategy/diff", "", 404, "is the first of the strategy");
    take(r, second);
    take(r, third);
    expect_log(r, number);
    expect_diffs(r, number);
    expect_yesterday(r, number);
    v = ask_json(r, "GET", "/v1/strategy", "", 200);
    assert_true(json_is_string(json_object_get(v, "since")));
    assert_true(json_is_null(json_object_get(v, "until")));
    json_decref(v);
    free(second);
    free(third);
}

static void test_versions_refused(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;

    refused(r, "GET", "/v1/strategy?at=1970-01-01", "", 404, "the first was taken");
    refused(r, "GET", "/v1/strategy?at=soon", "", 400, "neither a date");
    refused(r, "GET", "/v1/strategy?at=2026-02-30", "", 400, "neither a date");
    refused(r, "GET", "/v1/strategy/diff?from=0123456789abcdef", "", 404,
            "begins with '0123456789abcdef'");
    refused(r, "GET", "/v1/strategy/versions?cursor=x", "", 400, "number of a version");
    /* They begin alike in fifteen digits, and nothing is kept of them. */
    RIG_OK(rig, sql_script(rig->db,
                           "INSERT INTO strategy (version, at) VALUES (0, 1), (1, 2)",
                           &rig->e));
    refused(r, "GET", "/v1/strategy/diff?from=000", "", 400, "several versions");
    refused(r, "GET", "/v1/strategy/diff?from=0000000000000001", "", 409,
            "nothing of it is stored");
}

/* What cannot be read any more is said where it stands, and hides nothing else. */
static void test_unreadable_version(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    char *text = edited(EVAL_RIG_STRATEGY, "target: 60", "target: 50");
    json_t *v;

    take(r, text);
    take(r, EVAL_RIG_STRATEGY);
    RIG_OK(rig, sql_script(rig->db,
                           "UPDATE strategy_file SET text = 'strategy: 7' WHERE "
                           "strategy = 1",
                           &rig->e));
    v = ask_json(r, "GET", "/v1/strategy/versions", "", 200);
    assert_string_equal(one_text(v, "versions", 0, "summary"), "1 retargeted");
    assert_non_null(strstr(one_text(v, "versions", 1, "problem"), "strategy.yaml:1:"));
    assert_non_null(strstr(one_text(v, "versions", 2, "problem"), "cannot be read"));
    json_decref(v);
    v = ask_json(r, "GET", "/v1/strategy/diff", "", 200);
    assert_string_equal(one_text(v, "changes", 0, "effect"), "harder");
    json_decref(v);
    free(text);
}

/* A page of large ones ends early, and goes on where it ended. */
static void test_large_versions(void **state)
{
    enum { LARGE = 900000, VERSIONS = 7 };
    struct api_rig *r = *state;
    size_t head = strlen(EVAL_RIG_STRATEGY), n = 0;
    char *text = malloc(head + LARGE), target[80] = "/v1/strategy/versions";

    assert_non_null(text);
    memcpy(text, EVAL_RIG_STRATEGY, head);
    memset(text + head, '#', LARGE);
    text[head + LARGE - 1] = '\0';
    for (int i = 1; i < VERSIONS; i++) {
        text[head + LARGE - 2] = (char)('a' + i);
        take(r, text);
    }
    for (int pages = 0; target[0] != '\0'; pages++) {
        json_t *v = ask_json(r, "GET", target, "", 200);
        size_t of_page = json_array_size(json_object_get(v, "versions"));
        const char *next = json_string_value(json_object_get(v, "next"));

        assert_int_equal(of_page, pages == 0 ? 4 : 3);
        n += of_page;
        target[0] = '\0';
        if (next != NULL)
            snprintf(target, sizeof target, "/v1/strategy/versions?cursor=%s", next);
        json_decref(v);
    }
    assert_int_equal(n, VERSIONS);
    free(text);
}

/* What /v1/strategy leaves out is in no answer, as it comes, changes and goes. */
static void test_versions_leave_out(void **state)
{
    static const char closed[] =
        EVAL_RIG_STRATEGY "competitors: [{ id: rival, title: HUSH, note: HUSH }]\n"
                          "decisions: [{ id: D-1, date: 2026-01-01, chose: HUSH }]\n"
                          "events: [{ id: E-1, date: 2026-01-01, what: HUSH }]\n"
                          "people: [{ id: hush1, name: HUSH, email: HUSH }]\n"
                          "context: { now: HUSH }\n"
                          "currency: EUR\n";
    static const char *const targets[] = {"/v1/strategy", "/v1/strategy/versions",
                                          "/v1/strategy/diff"};
    struct api_rig *r = *state;
    char *changed = strdup(closed);
    const char *steps[3];

    for (char *at = changed; (at = strstr(at, "HUSH")) != NULL; at++)
        at[0] = 'h';
    steps[0] = closed;
    steps[1] = changed;
    steps[2] = EVAL_RIG_STRATEGY;
    for (size_t i = 0; i < ARRAY_LEN(steps) * ARRAY_LEN(targets); i++) {
        if (i % ARRAY_LEN(targets) == 0)
            take(r, steps[i / ARRAY_LEN(targets)]);
        json_decref(ask_json(r, "GET", targets[i % ARRAY_LEN(targets)], "", 200));
        assert_true(str_find_nocase(buf_str(&r->body), STR("hush")) < 0);
    }
    free(changed);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_find),        TEST(test_refused),
        TEST(test_openapi),     TEST(test_findings),
        TEST(test_told),        TEST(test_items),
        TEST(test_why),         TEST(test_lists),
        TEST(test_suggestions),
        TEST(test_routes),      TEST(test_links),       TEST(test_exemptions), TEST(test_silences),
        TEST(test_key_results), TEST(test_bodies),
        TEST(test_outbox),      TEST(test_actions),
        TEST(test_status),      TEST(test_health),
        TEST(test_no_view),     TEST(test_metrics),
        TEST(test_problem),     TEST(test_answers_of_test_ctl),
        TEST(test_doctor),
        TEST(test_versions),
        TEST(test_versions_refused),
        TEST(test_unreadable_version),
        TEST(test_versions_leave_out),
        TEST(test_large_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
