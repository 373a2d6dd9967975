/*
 * Recorded answers of GitHub through the connector. What is expected is read
 * out of the same bodies by jansson alone, which shares no code with it.
 */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "tests/replay/recordings.h"

#define SINCE_START "{\"v\":1,\"walk\":\"changes\",\"since\":1000}"

enum { CUT_ALL = 16 << 10, CUTS = 256 };

/* What ran; a test that saw nothing is skipped. */
static size_t files_run, pages_run, issues_run;

static struct str view(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

static const json_t *get(const json_t *v, const char *outer, const char *inner)
{
    return json_object_get(json_object_get(v, outer), inner);
}

/* ---- one issue, compared ---- */

static bool is_pull(const json_t *issue)
{
    return json_is_object(json_object_get(issue, "pull_request"));
}

static void same(const char *what, const struct item *it, struct str got,
                 struct str want)
{
    if (!str_eq(got, want)) {
        fail_msg("%.*s: %s is %.*s, not %.*s", STR_FMT(it->key), what, STR_FMT(got),
                 STR_FMT(want));
    }
}

static void same_time(const char *what, const struct item *it, struct wall got,
                      const json_t *issue, const char *name)
{
    const json_t *v = json_object_get(issue, name);
    struct wall want = {0};

    if (json_is_string(v) && !date_parse_iso(view(v), &want)) {
        fail_msg("%.*s: %s is no date: %s", STR_FMT(it->key), name,
                 json_string_value(v));
    }
    if (got.ms != want.ms) {
        fail_msg("%.*s: %s differs", STR_FMT(it->key), what);
    }
}

static void compare_people(const json_t *issue, const struct item *it)
{
    const json_t *login = get(issue, "user", "login");
    const json_t *list = json_object_get(issue, "assignees");
    size_t i, n = 0;
    const json_t *who;

    same("author", it, it->author, json_is_string(login) ? view(login) : STR("ghost"));
    json_array_foreach(list, i, who)
    {
        if (json_is_object(who)) {
            assert_in_range(n, 0, it->n_assignees - 1);
            same("assignee", it, it->assignees[n++],
                 view(json_object_get(who, "login")));
        }
    }
    assert_int_equal(it->n_assignees, n);
    assert_int_equal(
        it->outsider,
        str_eqz(view(json_object_get(issue, "author_association")), "NONE"));
}

static void compare_marks(const json_t *issue, const struct item *it)
{
    const json_t *milestone = get(issue, "milestone", "title");
    size_t i, n = 0;
    const json_t *label;

    json_array_foreach(json_object_get(issue, "labels"), i, label)
    {
        assert_in_range(n, 0, it->n_marks - 1);
        assert_int_equal(it->marks[n].kind, MARK_LABEL);
        same("label", it, it->marks[n++].value,
             json_is_string(label) ? view(label)
                                   : view(json_object_get(label, "name")));
    }
    if (json_is_string(milestone)) {
        assert_in_range(n, 0, it->n_marks - 1);
        assert_int_equal(it->marks[n].kind, MARK_MILESTONE);
        same("milestone", it, it->marks[n++].value, view(milestone));
    }
    for (; n < it->n_marks; n++) {
        assert_true(it->marks[n].kind == MARK_REFERENCE ||
                    it->marks[n].kind == MARK_EXEMPT);
    }
}

static void compare_state(const json_t *issue, const struct item *it)
{
    struct str reason = view(json_object_get(issue, "state_reason"));
    bool closed = str_eqz(view(json_object_get(issue, "state")), "closed");
    bool discarded = str_eqz(reason, "not_planned") || str_eqz(reason, "duplicate");

    same("status", it, it->status, closed ? STR("closed") : STR("open"));
    if (!closed) {
        assert_int_equal(it->outcome, ITEM_OPEN);
        assert_int_equal(it->category,
                         it->n_assignees > 0 ? ITEM_IN_PROGRESS : ITEM_TODO);
        assert_int_equal(it->closed.ms, 0);
        return;
    }
    assert_int_equal(it->category, ITEM_DONE);
    assert_int_equal(it->outcome, discarded ? ITEM_DISCARDED : ITEM_COMPLETED);
    same_time("closed", it, it->closed, issue, "closed_at");
}

static void compare(const json_t *issue, const struct item *it)
{
    char vid[32], number[32];

    snprintf(vid, sizeof vid, "%lld",
             (long long)json_integer_value(json_object_get(issue, "id")));
    snprintf(number, sizeof number, "#%lld",
             (long long)json_integer_value(json_object_get(issue, "number")));
    same("vid", it, it->vid, str_of(vid));
    assert_true(str_has_suffix(it->key, str_of(number)));
    same("title", it, it->title, view(json_object_get(issue, "title")));
    same("url", it, it->url, view(json_object_get(issue, "html_url")));
    same("type", it, it->type, view(get(issue, "type", "name")));
    assert_int_equal(it->children,
                     json_integer_value(get(issue, "sub_issues_summary", "total")));
    same_time("created", it, it->created, issue, "created_at");
    same_time("updated", it, it->updated, issue, "updated_at");
    compare_people(issue, it);
    compare_marks(issue, it);
    compare_state(issue, it);
    issues_run++;
}

static void compare_all(const json_t *list, const struct feed *feed)
{
    size_t i, n = 0;
    const json_t *issue;

    json_array_foreach(list, i, issue)
    {
        if (!is_pull(issue)) {
            assert_in_range(n, 0, feed->n_items - 1);
            compare(issue, &feed->items[n++]);
        }
    }
    assert_int_equal(feed->n_items, n);
    assert_int_equal(feed->skipped, json_array_size(list) - n);
}

/* ---- cut answers ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A page that ends too early: asked for once more, then a clean failure. */
static void check_cut(struct rig *r, struct str body, size_t n)
{
    rig_start(r, SINCE_START);
    for (int i = 0; i < 2; i++) {
        char *copy = malloc(n + 1);

        assert_non_null(copy);
        memcpy(copy, body.p, n);
        rig_ask(r, NULL);
        rig_answer_tag(r, r->req.tag, 200, (struct str){copy, n});
        free(copy);
        if (i == 0) {
            rig_expect_wait(r);
            rig_wait(r);
        }
    }
    rig_expect_failed(r, ERR_PARSE);
    assert_int_equal(r->feed.n_items, 0);
}

static void check_cuts(struct rig *r, struct str body)
{
    uint64_t seed = UINT64_C(88172645463325252) + body.n;

    body = str_trim(body);
    if (body.n <= CUT_ALL) {
        for (size_t n = 0; n < body.n; n++) {
            check_cut(r, body, n);
        }
        return;
    }
    for (int i = 0; i < CUTS; i++) {
        check_cut(r, body, (size_t)(next_random(&seed) % body.n));
    }
}

/* ---- pages ---- */

static bool is_issue(const json_t *v)
{
    return json_is_integer(json_object_get(v, "id")) &&
           json_is_integer(json_object_get(v, "number")) &&
           json_is_string(json_object_get(v, "title")) &&
           json_is_string(json_object_get(v, "labels_url")) &&
           json_is_string(json_object_get(v, "repository_url"));
}

static void check_page(struct str body)
{
    json_t *list = json_loadb(body.p, body.n, 0, NULL);
    struct rig r;

    rig_init(&r, "acme/web");
    rig_start(&r, SINCE_START);
    rig_ask(&r, NULL);
    rig_answer_tag(&r, r.req.tag, 200, body);
    compare_all(list, &r.feed);
    rig_expect(&r, SCOPE_SYNCED);
    check_cuts(&r, body);
    rig_finish(&r);
    json_decref(list);
    pages_run++;
}

/* Every issue found anywhere in a document, as one page. */
static void collect(const json_t *v, json_t *page)
{
    const char *name;
    json_t *part;
    size_t i;

    if (is_issue(v)) {
        json_array_append(page, (json_t *)(uintptr_t)v);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)v, name, part)
    {
        collect(part, page);
    }
    json_array_foreach(v, i, part)
    {
        collect(part, page);
    }
}

static void check_collected(const json_t *root)
{
    json_t *page = json_array();

    collect(root, page);
    if (json_array_size(page) > 0) {
        char *body = json_dumps(page, JSON_COMPACT);

        check_page(str_of(body));
        free(body);
    }
    json_decref(page);
}

static bool is_issue_list(const json_t *body)
{
    size_t i;
    const json_t *v;

    json_array_foreach(body, i, v)
    {
        if (!is_issue(v)) {
            return false;
        }
    }
    return json_array_size(body) > 0;
}

static void check_body(struct str text)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL);

    if (is_issue_list(root)) {
        check_page(text); /* as it was served */
    } else {
        check_collected(root);
    }
    json_decref(root);
}

static void check_file(const char *path, struct str text, void *arg)
{
    json_t *root = json_loadb(text.p, text.n, 0, NULL);
    const json_t *exchange;
    size_t i;

    (void)arg;
    assert_non_null(root);
    if (json_object_get(root, "exchanges") == NULL) {
        check_collected(root);
    }
    json_array_foreach(json_object_get(root, "exchanges"), i, exchange)
    {
        check_body(view(get(exchange, "response", "body")));
    }
    json_decref(root);
    files_run++;
    (void)path;
}

static void recorded_issues(void **state)
{
    (void)state;
    files_run = pages_run = issues_run = 0;
    recordings_each("github", ".json", check_file, NULL);
    print_message("recordings: %zu run, %d skipped (%zu pages, %zu issues)\n",
                  files_run, files_run == 0, pages_run, issues_run);
    if (files_run == 0) {
        skip();
    }
    assert_true(pages_run > 50 && issues_run > 100);
}

/* ---- whole walks over many issues ---- */

enum { PER_PAGE = 100, MAX_LINES = 2000 };

struct lines {
    struct str v[MAX_LINES];
    size_t n;
};

static void page_of_lines(const struct lines *l, size_t from, struct buf *out)
{
    buf_init(out, (size_t)64 << 20);
    for (size_t i = from; i < l->n && i < from + PER_PAGE; i++) {
        buf_addz(out, i == from ? "[" : ",");
        buf_add(out, l->v[i]);
    }
    buf_addc(out, ']');
}

static void check_lines(struct str text, size_t want_items, size_t want_pulls)
{
    struct lines l = {.n = 0};
    struct rig r;
    struct str line;
    size_t items = 0, pulls = 0;

    while (l.n < MAX_LINES && str_split(&text, '\n', &line)) {
        l.v[l.n++] = line;
    }
    rig_init(&r, "rust-lang/rust");
    rig_start(&r, SINCE_START);
    for (size_t from = 0; from < l.n; from += PER_PAGE) {
        char link[128];
        struct buf body;
        json_t *list;

        rig_ask(&r, NULL);
        snprintf(
            link, sizeof link,
            "<https://api.github.com/repositories/1/issues?page=%zu>; rel=\"next\"",
            from / PER_PAGE + 2);
        if (from + PER_PAGE < l.n) {
            rig_header(&r, "Link", link);
        }
        page_of_lines(&l, from, &body);
        rig_answer_tag(&r, r.req.tag, 200, buf_str(&body));
        list = json_loadb(body.p, body.n, 0, NULL);
        compare_all(list, &r.feed);
        items += r.feed.n_items;
        pulls += r.feed.skipped;
        /* Its own page of the walk, so that the cut ones do not end this one. */
        struct rig cut;

        rig_init(&cut, "rust-lang/rust");
        check_cuts(&cut, buf_str(&body));
        rig_finish(&cut);
        json_decref(list);
        buf_finish(&body);
    }
    rig_expect(&r, SCOPE_SYNCED);
    assert_int_equal(rig_next(&r), TRACKER_DONE);
    assert_int_equal(items, want_items);
    assert_int_equal(pulls, want_pulls);
    rig_finish(&r);
    files_run++;
}

static void many_issues(void **state)
{
    static const struct {
        const char *name;
        size_t items, pulls;
    } row[] = {
        {"large/github-500.ndjson", 228, 272},
        {"large/github-bitcoin-gui.ndjson", 341, 0},
    };

    (void)state;
    files_run = issues_run = 0;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct buf path, text;

        recordings_path(&path, row[i].name);
        if (recording_read(buf_cstr(&path), &text)) {
            check_lines(buf_str(&text), row[i].items, row[i].pulls);
        }
        buf_finish(&path);
        buf_finish(&text);
    }
    print_message("recordings: %zu run, %zu skipped (%zu issues)\n", files_run,
                  ARRAY_LEN(row) - files_run, issues_run);
    if (files_run == 0) {
        skip();
    }
}

/* ---- recorded talks ---- */

struct talk {
    json_t *root;
    const json_t *exchanges;
};

/* False: the recording is absent. */
static bool open_talk(struct talk *t, const char *name)
{
    struct buf path, text;

    recordings_path(&path, name);
    bool ok = recording_read(buf_cstr(&path), &text);

    if (ok) {
        t->root = json_loadb(text.p, text.n, 0, NULL);
        t->exchanges = json_object_get(t->root, "exchanges");
        assert_true(json_array_size(t->exchanges) > 0);
    }
    buf_finish(&text);
    buf_finish(&path);
    return ok;
}

static const json_t *exchange_at(const struct talk *t, size_t i)
{
    const json_t *exchange = json_array_get(t->exchanges, i);

    assert_non_null(exchange);
    return exchange;
}

/* The answer to that URL, else the first with that status. */
static const json_t *find_exchange(const struct talk *t, struct str url, int status)
{
    size_t i;
    const json_t *exchange;

    json_array_foreach(t->exchanges, i, exchange)
    {
        if (url.n > 0
                ? str_eq(view(get(exchange, "request", "url")), url)
                : json_integer_value(get(exchange, "response", "status")) == status) {
            return exchange;
        }
    }
    fail_msg("not recorded: %.*s %d", STR_FMT(url), status);
    return NULL;
}

static void answer_recorded(struct rig *r, const json_t *exchange)
{
    const json_t *response = json_object_get(exchange, "response");
    const char *name;
    json_t *value;

    json_object_foreach(json_object_get(response, "headers"), name, value)
    {
        const json_t *text = json_is_array(value) ? json_array_get(value, 0) : value;

        rig_header(r, name, json_string_value(text));
    }
    rig_answer_tag(r, r->req.tag,
                   (int)json_integer_value(json_object_get(response, "status")),
                   view(json_object_get(response, "body")));
}

/* Link headers as api.github.com sends them, with another path than was asked for. */
static void recorded_pages(void **state)
{
    struct talk t;
    struct rig r;
    size_t i, items = 0;
    const json_t *exchange = NULL, *e;

    (void)state;
    if (!open_talk(&t, "github/exchanges/octokit-fixtures/paginate-issues.json")) {
        skip();
    }
    json_array_foreach(t.exchanges, i, e)
    {
        if (exchange == NULL &&
            json_object_get(get(e, "response", "headers"), "Link")) {
            exchange = e;
        }
    }
    assert_non_null(exchange);
    rig_init(&r, "octokit-fixture-org/paginate-issues");
    rig_start(&r, SINCE_START);
    for (int page = 1; page <= 5; page++) {
        rig_ask(&r, NULL);
        if (page > 1) {
            exchange = find_exchange(&t, r.req.http.url, 0);
        }
        answer_recorded(&r, exchange);
        items += r.feed.n_items;
        assert_int_equal(r.feed.rate_limit, 5000);
        assert_true(r.feed.rate_remaining > 0 && r.feed.server_date.ms > 0);
        rig_expect(&r, page < 5 ? SCOPE_CHECKPOINT : SCOPE_SYNCED);
    }
    assert_int_equal(rig_next(&r), TRACKER_DONE);
    assert_int_equal(items, 13);
    rig_finish(&r);
    json_decref(t.root);
}

/* A 301 with its Location, the repository behind it, and its issues. */
static void recorded_rename(void **state)
{
    struct talk t;
    struct rig r;

    (void)state;
    if (!open_talk(&t, "github/exchanges/github3py/Repository_issues_ascending.json")) {
        skip();
    }
    rig_init(&r, "sigmavirus24/betamax");
    rig_start(&r, SINCE_START);
    rig_ask(&r, NULL);
    answer_recorded(&r, find_exchange(&t, STR_NONE, 301));
    rig_ask(&r, "https://api.github.com/repositories/11439734");
    answer_recorded(&r, find_exchange(&t, r.req.http.url, 0));
    assert_true(str_eqz(rig_expect(&r, SCOPE_RENAMED)->to, "betamaxpy/betamax"));
    rig_ask(&r, NULL);
    assert_true(str_find(r.req.http.url, STR("/repos/betamaxpy/betamax/issues?")) > 0);
    answer_recorded(&r, exchange_at(&t, json_array_size(t.exchanges) - 1));
    rig_expect(&r, SCOPE_SYNCED);
    assert_int_equal(r.feed.n_items + r.feed.skipped, 16);
    rig_finish(&r);
    json_decref(t.root);
}

/* Limits as recorded; their dates were rendered for the first second of 2026. */
static void recorded_limits(void **state)
{
    static const struct {
        const char *file;
        int status;
        int64_t wait_s;
    } row[] = {
        {"AbuseLimitHandlerTest.testHandler_Fail", 403, 30},
        {"AbuseLimitHandlerTest.testHandler_Wait", 403, 2},
        {"AbuseLimitHandlerTest.testHandler_Wait_Secondary_Limits", 403, 60},
        {"AbuseLimitHandlerTest.testHandler_Wait_Secondary_Limits_Too_Many_Requests",
         429, 8},
        {"AbuseLimitHandlerTest.testHandler_Wait_Secondary_Limits_Too_Many_Requests_"
         "Date_"
         "Retry_After_Missing_Date_Header",
         429, 8},
        {"RateLimitHandlerTest.testHandler_Fail", 403, 3},
        {"RateLimitHandlerTest.testHandler_Wait", 403, 3},
        {"RateLimitHandlerTest.testHandler_Wait_Missing_Date_Header", 403, 3},
    };
    size_t run = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        char name[256];
        struct talk t;
        struct rig r;

        snprintf(name, sizeof name, "github/exchanges/hub4j/%s.json", row[i].file);
        if (!open_talk(&t, name)) {
            continue;
        }
        rig_init(&r, "acme/web");
        r.now = rig_time("2026-01-01T00:00:00Z");
        rig_start(&r, SINCE_START);
        rig_ask(&r, NULL);
        answer_recorded(&r, find_exchange(&t, STR_NONE, row[i].status));
        if (rig_expect(&r, SCOPE_PAUSED)->until.ms - r.now.ms != row[i].wait_s * 1000) {
            fail_msg("%s: %d s", row[i].file, (int)((r.until.ms - r.now.ms) / 1000));
        }
        rig_expect_wait(&r);
        rig_finish(&r);
        json_decref(t.root);
        run++;
    }
    if (run == 0) {
        skip();
    }
    assert_int_equal(run, ARRAY_LEN(row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_issues), cmocka_unit_test(many_issues),
        cmocka_unit_test(recorded_pages),  cmocka_unit_test(recorded_rename),
        cmocka_unit_test(recorded_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
