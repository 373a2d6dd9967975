/* Projects of a GitHub source: what they say reaches the issues they hold. */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/str.h"

#define API "https://api.github.com"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define FIELDS API "/orgs/acme/projectsV2/7/fields?per_page=100"
#define ITEMS API "/orgs/acme/projectsV2/7/items?per_page=100&fields=2,5"
#define PAGE_2                                                                         \
    API "/organizations/1/projectsV2/7/items?per_page=100&fields=2,5&after=Mg"

static const char field_list[] =
    "[{\"id\":1,\"name\":\"Title\"},{\"id\":2,\"name\":\"Status\"},"
    "{\"id\":5,\"name\":\"Initiative\"}]";

static struct str words[] = {STR_INIT("Doing")};
static struct str_pair pairs[] = {{STR_INIT("initiative"), STR_INIT("auto")}};
static struct str projects[] = {STR_INIT("acme/7"), STR_INIT("Ada/1")};

static struct rig *rig_of(void **state)
{
    return *state;
}

static int set_up(void **state)
{
    struct rig *r = malloc(sizeof *r);

    if (r == NULL) {
        return -1;
    }
    rig_init(r, "acme/web");
    r->own.projects = (struct str_list){projects, 1};
    r->conf.in_progress = (struct str_list){words, 1};
    r->conf.fields = (struct str_pair_list){pairs, 1};
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    json_set_alloc_funcs(malloc, free);
    rig_finish(*state);
    free(*state);
    return 0;
}

static void start(struct rig *r)
{
    const struct tracker_scope scope = {
        .name = STR("acme/web"), .vid = STR("42"), .cursor = STR(CHANGES)};

    rig_start_with(r, &scope, 1);
}

/* Items, each {number, status, initiative}. */
static const char *items_of(const char *const (*rows)[3])
{
    static char out[1 << 16];
    size_t n = (size_t)snprintf(out, sizeof out, "[");

    for (size_t i = 0; rows[i][0] != NULL; i++) {
        n +=
            (size_t)snprintf(out + n, sizeof out - n,
                             "%s{\"content_type\":\"Issue\",\"content\":{\"state\":"
                             "\"open\",\"html_url\":"
                             "\"https://github.com/"
                             "%s\"},\"fields\":[{\"id\":2,\"value\":{\"name\":{\"raw\":"
                             "\"%s\"}}},{\"id\":5,\"value\":\"%s\"}]}",
                             i > 0 ? "," : "", rows[i][0], rows[i][1], rows[i][2]);
    }
    snprintf(out + n, sizeof out - n, "]");
    return out;
}

#define ROWS(...) ((const char *const[][3]){__VA_ARGS__, {NULL, NULL, NULL}})
#define WEB(number) "acme/web/issues/" number

static void answer_fields(struct rig *r)
{
    rig_ask(r, FIELDS);
    rig_header(r, "ETag", "\"f\"");
    rig_answer(r, 200, field_list);
}

static void answer_items(struct rig *r, const char *etag, const char *const (*rows)[3])
{
    rig_ask(r, ITEMS);
    rig_header(r, "ETag", etag);
    rig_answer(r, 200, items_of(rows));
}

static const char *issue(int number)
{
    static char body[400];

    snprintf(
        body, sizeof body,
        "[{\"id\":100%d,\"number\":%d,\"title\":\"t\",\"state\":\"open\",\"html_url\":"
        "\"https://github.com/acme/web/issues/%d\",\"updated_at\":"
        "\"2026-11-22T09:59:00Z\"}]",
        number, number, number);
    return body;
}

/* One issue without the brackets of its page. */
static struct str single(int number)
{
    struct str page = str_of(issue(number));

    return str_first(str_skip(page, 1), page.n - 2);
}

static void expect_item(const struct rig *r, const char *key, const char *status,
                        const char *initiative)
{
    assert_int_equal(r->feed.n_items, 1);
    const struct item *it = &r->feed.items[0];

    assert_true(str_eqz(it->key, key));
    assert_true(str_eqz(it->scope, "acme/web"));
    assert_true(str_eqz(it->status, status));
    assert_int_equal(it->category,
                     strcmp(status, "Doing") == 0 ? ITEM_IN_PROGRESS : ITEM_TODO);
    assert_int_equal(it->n_marks, initiative != NULL);
    if (initiative != NULL) {
        assert_int_equal(it->marks[0].kind, MARK_FIELD);
        assert_true(str_eqz(it->marks[0].name, "Initiative"));
        assert_true(str_eqz(it->marks[0].value, initiative));
    }
}

/* The first sync: #4 comes with a page, #5 does not, #9 is of another repository. */
static void first_sync(struct rig *r)
{
    start(r);
    answer_fields(r);
    answer_items(r, "\"i\"",
                 ROWS({WEB("4"), "Doing", "pay"}, {WEB("5"), "Todo", ""},
                      {"acme/lab/issues/9", "Doing", "pay"}));
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
    rig_answer(r, 200, issue(4));
    expect_item(r, "acme/web#4", "Doing", "pay");
    rig_ask(r, API "/repositories/42/issues/5");
    rig_answer_tag(r, r->req.tag, 200, single(5));
    expect_item(r, "acme/web#5", "Todo", NULL);
    assert_int_equal(r->feed.n_fates, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void values_reach_issues(void **state)
{
    struct rig *r = rig_of(state);

    first_sync(r);
    assert_non_null(strstr(buf_cstr(&r->memory), "acme/web#4\\tDoing\\tpay"));
}

/* Nothing changed: one 304 a page, nothing to be written, and the values hold. */
static void quiet(void **state)
{
    struct rig *r = rig_of(state);

    first_sync(r);
    r->now.ms += 120000;
    start(r);
    rig_ask(r, FIELDS);
    assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "\"f\""));
    rig_answer(r, 304, "");
    rig_ask(r, ITEMS);
    assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "\"i\""));
    rig_answer(r, 304, "");
    assert_null(r->feed.memory.p);
    assert_int_equal(r->feed.n_notes, 0);
    rig_ask(r, NULL);
    rig_answer(r, 200, issue(4));
    expect_item(r, "acme/web#4", "Doing", "pay");
    assert_int_equal(rig_next(r), TRACKER_DONE);

    /* Another token's ETags are others. */
    r->own.token.value = STR("tok-en-2");
    start(r);
    rig_ask(r, FIELDS);
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
}

static void changed_values(void **state)
{
    struct rig *r = rig_of(state);

    first_sync(r);
    start(r);
    rig_ask(r, NULL);
    rig_answer(r, 304, "");
    /* #4 has another value, #5 left the project, #6 is new in it. */
    answer_items(r, "\"j\"",
                 ROWS({WEB("4"), "Done", "pay"}, {WEB("6"), "Doing", "pay"}));
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repositories/42/issues/4");
    rig_answer_tag(r, r->req.tag, 200, single(4));
    expect_item(r, "acme/web#4", "Done", "pay");
    rig_ask(r, API "/repositories/42/issues/6");
    rig_answer(r, 404, "{}");
    assert_int_equal(r->feed.n_fates, 0);
    assert_null(rig_event(r, SCOPE_FAILED));
    rig_ask(r, API "/repositories/42/issues/5");
    rig_answer_tag(r, r->req.tag, 200, single(5));
    expect_item(r, "acme/web#5", "open", NULL);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* A page that is as it was says what it said, whatever the other says now. */
static void many_pages(void **state)
{
    struct rig *r = rig_of(state);

    for (int round = 0; round < 2; round++) {
        start(r);
        rig_ask(r, NULL);
        rig_answer(r, 200, field_list);
        rig_ask(r, ITEMS);
        if (round == 0) {
            rig_header(r, "ETag", "\"1\"");
            rig_header(r, "Link", "<" PAGE_2 ">; rel=\"next\"");
            rig_answer(r, 200, items_of(ROWS({WEB("4"), "Doing", "pay"})));
        } else {
            assert_true(str_eqz(rig_request_header(r, "If-None-Match"), "\"1\""));
            rig_answer(r, 304, "");
        }
        rig_ask(r, PAGE_2);
        rig_header(r, "ETag", "\"2\"");
        rig_answer(r, 200,
                   items_of(ROWS({WEB("5"), round > 0 ? "Doing" : "Todo", ""})));
        rig_ask(r, NULL);
        rig_answer(r, 200, "[]");
        for (int i = 0; rig_next(r) == TRACKER_REQUEST; i++) {
            int number = round == 0 && i == 0 ? 4 : 5;

            assert_true(i < 2 - round);
            rig_answer_tag(r, r->req.tag, 200, single(number));
            expect_item(r, number == 4 ? "acme/web#4" : "acme/web#5",
                        number == 4 || round > 0 ? "Doing" : "Todo",
                        number == 4 ? "pay" : NULL);
        }
    }
}

/* Issues do not wait for a project in trouble, and keep what it said last. */
static void trouble(void **state)
{
    struct rig *r = rig_of(state);

    for (int i = 0; i < 7; i++) {
        buf_clear(&r->memory);
        first_sync(r);
        start(r);
        rig_ask(r, FIELDS);
        if (i == 0) {
            rig_fail(r, ERR_NET);
        } else if (i == 1) {
            rig_answer(r, 502, "");
        } else if (i == 2) {
            rig_answer(r, 200, "<html>");
        } else {
            rig_answer(r, 304, "");
            rig_ask(r, ITEMS);
            rig_header(r, "Link",
                       i == 3 ? "<" ITEMS ">; rel=\"next\""
                              : "<https://elsewhere.com/x>; rel=\"next\"");
            rig_answer(r, i < 5 ? 200 : i == 5 ? 404 : 410, "[]");
        }
        assert_null(rig_event(r, SCOPE_FAILED));
        rig_ask(r, NULL);
        assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
        rig_answer(r, 200, issue(4));
        expect_item(r, "acme/web#4", "Doing", "pay");
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

static void of_a_user(void **state)
{
    struct rig *r = rig_of(state);

    r->own.projects.v = &projects[1];
    for (int i = 0; i < 2; i++) {
        start(r);
        if (i == 0) {
            rig_ask(r, API "/orgs/Ada/projectsV2/1/fields?per_page=100");
            rig_answer(r, 404, "{\"message\":\"Not Found\"}");
            assert_int_equal(r->feed.n_notes, 0);
        }
        rig_ask(r, API "/users/Ada/projectsV2/1/fields?per_page=100");
        rig_answer(r, 200, field_list);
        rig_ask(r, API "/users/Ada/projectsV2/1/items?per_page=100&fields=2,5");
        rig_answer(r, 200, "[]");
    }
}

/* Neither an organisation's nor a user's: said once, looked for every hour. */
static void not_there(void **state)
{
    struct rig *r = rig_of(state);

    r->own.projects.v = &projects[1];
    start(r);
    rig_ask(r, NULL);
    rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    rig_ask(r, NULL);
    rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_int_equal(r->feed.n_notes, 1);
    assert_true(str_eqz(r->feed.notes[0].key, "projects.ada-1"));
    assert_int_equal(r->feed.notes[0].level, NOTE_BAD);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    assert_int_equal(rig_next(r), TRACKER_DONE);

    r->now.ms += 120000;
    start(r);
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
    r->now = wall_add(r->now, DUR_H(1));
    start(r);
    rig_ask(r, API "/orgs/Ada/projectsV2/1/fields?per_page=100");
    rig_answer(r, 200, field_list);
    assert_int_equal(r->feed.notes[0].level, NOTE_OK);
    assert_true(
        str_eqz(r->feed.notes[0].text, "project Ada/1: reads Status, Initiative"));
}

static void no_field_of_ours(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    rig_ask(r, FIELDS);
    rig_answer(r, 200, "[{\"id\":1,\"name\":\"Title\"}]");
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
}

/* Projects where nothing has moved for a day are looked at every hour. */
static void resting(void **state)
{
    struct rig *r = rig_of(state);

    first_sync(r);
    r->now = wall_add(r->now, DUR_H(25));
    start(r);
    rig_ask(r, FIELDS);
    rig_answer(r, 304, "");
    rig_ask(r, ITEMS);
    rig_answer(r, 304, "");
    r->now.ms += 120000;
    start(r);
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
    rig_answer(r, 200, issue(4));
    expect_item(r, "acme/web#4", "Doing", "pay");
    r->now = wall_add(r->now, DUR_H(1));
    start(r);
    rig_ask(r, FIELDS);
}

static void damaged_memory(void **state)
{
    struct rig *r = rig_of(state);

    buf_addz(
        &r->memory,
        "{\"v\":1,\"projects\":[7,{},{\"name\":\"ACME/7\",\"user\":0,\"asked\":\"x\","
        "\"fields\":[7,[1],[\"2\",\"Status\",true]],\"list\":[],\"pages\":[{\"path\":"
        "\"/x\",\"rows\":\"acme/web#4\\tDoing\"},{\"path\":\"https://evil\",\"rows\":"
        "\"acme/web#5\\tDoing\"}]}]}");
    start(r);
    rig_ask(r, FIELDS);
    rig_answer(r, 200, field_list);
    rig_ask(r, ITEMS);
    assert_int_equal(rig_request_header(r, "If-None-Match").n, 0);
    rig_answer(r, 200, "[]");
    assert_true(str_find(r->feed.memory, STR("evil")) < 0);
}

/* ---- out of memory ---- */

/* jansson's allocation number `k` from now fails, and all after it. */
static long allocations_left;

static void *failing_malloc(size_t n)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(n);
}

/* What is remembered is not forgotten for want of memory. */
static void create_without_memory(void **state)
{
    struct rig *r = rig_of(state);
    struct tracker_start start = {.now = r->now};
    struct tracker *t = NULL;
    bool ok = false;
    long k = 0;

    first_sync(r);
    start.memory = buf_str(&r->memory);
    json_set_alloc_funcs(failing_malloc, free);
    for (; !ok && k < 2000; k++) {
        struct err e = {0};

        allocations_left = k;
        ok = github_ops.create(&r->conf, &start, &t, &e);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_NOMEM);
    }
    json_set_alloc_funcs(malloc, free);
    assert_in_range(k, 20, 1999);
    github_ops.destroy(t);
}

/* A page is read whole or not at all. */
static void feed_without_memory(void **state)
{
    struct rig *r = rig_of(state);
    const char *body =
        items_of(ROWS({WEB("4"), "Doing", "pay"}, {WEB("5"), "Todo", ""}));
    bool ok = false;
    long k = 0;

    for (; !ok && k < 2000; k++) {
        struct err e = {0};

        buf_clear(&r->memory);
        start(r);
        answer_fields(r);
        rig_ask(r, ITEMS);
        rig_fresh_feed(r, 64 << 20);
        r->n_headers = 0;
        json_set_alloc_funcs(failing_malloc, free);
        allocations_left = k;
        ok = rig_feed(r, r->req.tag, 200, str_of(body), &e);
        json_set_alloc_funcs(malloc, free);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_NOMEM);
    }
    assert_in_range(k, 20, 1999);
    rig_keep_told(r);
    assert_non_null(strstr(buf_cstr(&r->memory), "acme/web#4\\tDoing\\tpay\\n"));
    assert_non_null(strstr(buf_cstr(&r->memory), "acme/web#5\\tTodo\\t\\n"));
}

/* ---- settings ---- */

struct reports {
    size_t n;
    char last[100];
};

static void note_report(void *arg, const char *key, const char *message)
{
    struct reports *got = arg;

    got->n++;
    snprintf(got->last, sizeof got->last, "%s: %s", key, message);
}

static void configuration(void **state)
{
    static const struct {
        const char *projects[2];
        const char *last;
    } row[] = {
        {{"acme/7", "acme/8"}, ""},
        {{"acme"}, "projects: a project is written owner/number"},
        {{"acme/web"}, "projects: a project is written owner/number"},
        {{"acme/7", "Acme/7"}, "projects: a project is listed twice"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str v[2] = {str_of(row[i].projects[0]), str_of(row[i].projects[1])};
        struct reports got = {.last = ""};

        r->own.projects = (struct str_list){v, row[i].projects[1] != NULL ? 2 : 1};
        github_ops.check(&r->conf, note_report, &got);
        assert_string_equal(got.last, row[i].last);
        assert_int_equal(got.n, row[i].last[0] != '\0');
    }
    /* Unchecked, there is no request for it. */
    struct str v[] = {STR("../../x")};

    r->own.projects = (struct str_list){v, 1};
    start(r);
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/repos/acme/web/issues?")) > 0);
}

/* What projects say is read by name: other names are other items. */
static void fingerprints(void **state)
{
    struct rig *r = rig_of(state);
    uint64_t before = github_ops.fingerprint(&r->conf);

    pairs[0].value = STR("Goal");
    assert_true(github_ops.fingerprint(&r->conf) != before);
    pairs[0].value = STR("auto");
    assert_true(github_ops.fingerprint(&r->conf) == before);
    r->own.projects.n = 2;
    assert_true(github_ops.fingerprint(&r->conf) != before);
    r->own.projects.n = 1;
    r->own.status_history = true;
    assert_true(github_ops.fingerprint(&r->conf) != before);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(values_reach_issues),
        T(quiet),
        T(changed_values),
        T(many_pages),
        T(trouble),
        T(of_a_user),
        T(not_there),
        T(no_field_of_ours),
        T(resting),
        T(damaged_memory),
        T(configuration),
        T(create_without_memory),
        T(feed_without_memory),
        T(fingerprints),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
