/* What GitHub issues wait for: who is asked, and what the answer means. */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/str.h"

#define API "https://api.github.com"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define BLOCKED "/dependencies/blocked_by?per_page=100"
#define NEW "2026-11-22T11:00:00Z"
#define OLD "2026-11-22T10:00:00Z"

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
    r->own.dependencies = true;
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

/* The repository's changes are `n` open issues from number `first` on. */
static void answer_changes(struct rig *r, int first, int n, const char *updated,
                           const char *more)
{
    struct buf body;

    buf_init(&body, 1 << 20);
    buf_addc(&body, '[');
    for (int i = first; i < first + n; i++) {
        buf_printf(&body,
                   "%s{\"id\":1%03d,\"number\":%d,\"title\":\"t\","
                   "\"updated_at\":\"%s\",%s}",
                   i > first ? "," : "", i, i, updated, more);
    }
    buf_addc(&body, ']');
    rig_ask(r, NULL);
    rig_answer_tag(r, r->req.tag, 200, buf_str(&body));
    rig_expect(r, SCOPE_SYNCED);
    buf_finish(&body);
}

#define WAITS                                                                          \
    "\"state\":\"open\",\"issue_dependencies_summary\":{\"blocked_by\":1,"                \
    "\"blocking\":2,\"total_blocked_by\":3,\"total_blocking\":4}"
#define ISSUE(repo, n, state)                                                          \
    "{\"id\":7,\"number\":" n ",\"html_url\":\"https://github.com/" repo "/issues/" n       \
    "\",\"state\":\"" state "\"}"

static const char *keys_of(struct rig *r, size_t i)
{
    static char text[4000];
    const struct item_blockers *b = &r->feed.blockers[i];
    size_t n = 0;

    text[0] = '\0';
    assert_true(i < r->feed.n_blockers);
    for (size_t k = 0; k < b->n; k++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", k > 0 ? " " : "",
                              STR_FMT(b->keys[k]));
    }
    return text;
}

/* Nothing says that it waits: as many requests as ever. */
static void none_is_asked_for_nothing(void **state)
{
    static const char *const more[] = {
        "\"state\":\"open\"",
        "\"state\":\"open\",\"issue_dependencies_summary\":{\"blocked_by\":0}",
        "\"state\":\"open\",\"issue_dependencies_summary\":{\"blocked_by\":-4}",
        "\"state\":\"open\",\"issue_dependencies_summary\":{\"blocked_by\":\"1\"}",
        "\"state\":\"open\",\"issue_dependencies_summary\":{\"blocking\":3}",
        "\"state\":\"open\",\"issue_dependencies_summary\":null",
        "\"state\":\"closed\",\"issue_dependencies_summary\":{\"blocked_by\":1}",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(more); i++) {
        start(r);
        answer_changes(r, 1, 3, NEW, more[i]);
        assert_int_equal(r->feed.items[0].blocked_by, 0);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
    /* Read again, as each walk of changes does; or not to be asked for. */
    start(r);
    answer_changes(r, 1, 3, OLD, WAITS);
    assert_int_equal(r->feed.items[0].blocked_by, 1);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    r->own.dependencies = false;
    start(r);
    answer_changes(r, 1, 3, NEW, WAITS);
    assert_int_equal(r->feed.items[0].blocked_by, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_null(strstr(buf_cstr(&r->memory), "blocked"));
}

static void one_waits(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, NEW, WAITS);
    assert_non_null(strstr(buf_cstr(&r->memory), "\"blocked\":{\"acme/web\":\"7:1007\"}"));
    rig_ask(r, API "/repositories/42/issues/7" BLOCKED);
    assert_false(r->req.http.follow);
    rig_answer(r, 200,
               "[" ISSUE("acme/web", "4", "open") "," ISSUE("acme/pay", "9", "closed") ","
               ISSUE("Other\\/repo", "12", "open") "]");
    assert_int_equal(r->feed.n_blockers, 1);
    assert_true(str_eqz(r->feed.blockers[0].vid, "1007"));
    assert_string_equal(keys_of(r, 0), "acme/web#4 Other/repo#12");
    assert_null(strstr(buf_cstr(&r->memory), "1007"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* What is no issue is passed over; there are never many. */
static void odd_answers(void **state)
{
    struct rig *r = rig_of(state);
    struct buf many;

    start(r);
    answer_changes(r, 1, 2, NEW, WAITS);
    rig_ask(r, API "/repositories/42/issues/1" BLOCKED);
    rig_answer(r, 200,
               "[null,7,{},{\"id\":1},{\"html_url\":7},{\"html_url\":\"https://github.com/a/b/discussions/3\"},"
               "{\"html_url\":\"https://github.com/../b/issues/3\"},"
               "{\"html_url\":\"\\u0000\",\"state\":[]}]");
    assert_string_equal(keys_of(r, 0), "");
    rig_ask(r, API "/repositories/42/issues/2" BLOCKED);
    buf_init(&many, 1 << 20);
    for (int i = 1; i <= 100; i++) {
        buf_printf(&many, "%c{\"id\":1,\"html_url\":\"https://github.com/a/b/issues/%d\"}",
                   i == 1 ? '[' : ',', i);
    }
    buf_addc(&many, ']');
    rig_answer(r, 200, buf_cstr(&many));
    buf_finish(&many);
    assert_int_equal(r->feed.blockers[0].n, ITEM_MAX_BLOCKERS);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Not JSON, then not JSON again: the next sync asks. */
static void malformed(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, NEW, WAITS);
    rig_ask(r, NULL);
    rig_answer(r, 200, "{\"html");
    assert_int_equal(r->feed.n_blockers, 0);
    rig_wait(r);
    rig_ask(r, API "/repositories/42/issues/7" BLOCKED);
    rig_answer(r, 200, "[1,{\"html_url\":\"https://github.com/a/b/issues/1\"}]");
    assert_int_equal(r->feed.n_blockers, 0);
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_non_null(strstr(buf_cstr(&r->memory), "7:1007"));
    rig_again(r);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repos/acme/web/issues/7" BLOCKED);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.n_blockers, 1);
    assert_int_equal(r->feed.blockers[0].n, 0);
    assert_null(strstr(buf_cstr(&r->memory), "1007"));
}

static void bounded(void **state)
{
    struct rig *r = rig_of(state);
    int asked = 0;

    start(r);
    answer_changes(r, 1, 300, NEW, WAITS);
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 200, "[]");
        asked++;
    }
    assert_int_equal(asked, 200);
    assert_true(str_eqz(r->feed.notes[0].text, "dependencies: 100 issues wait for it"));
    rig_again(r);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 200, "[]");
        asked++;
    }
    assert_int_equal(asked, 300);
    assert_int_equal(r->feed.notes[0].text.n, 0);
}

/* A host without the route is not asked for a day. */
static void no_such_route(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 20, NEW, WAITS);
    for (int i = 0; i < 3; i++) {
        rig_ask(r, NULL);
        rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    }
    assert_true(str_eqz(r->feed.notes[0].key, "dependencies"));
    assert_int_equal(r->feed.notes[0].level, NOTE_WARN);
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 404, "{}");
    }
    start(r);
    answer_changes(r, 1, 20, NEW, WAITS);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    r->now = wall_add(r->now, DUR_DAY(1));
    start(r);
    answer_changes(r, 1, 1, NEW, WAITS);
    rig_ask(r, API "/repositories/42/issues/1" BLOCKED);
}

/* It is not worth a wait for the rate limit. */
static void later(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 2, NEW, WAITS);
    rig_ask(r, NULL);
    rig_header(r, "x-ratelimit-limit", "5000");
    rig_header(r, "x-ratelimit-remaining", "900");
    rig_header(r, "x-ratelimit-reset", "1795349400");
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.n_blockers, 1);
    assert_null(rig_event(r, SCOPE_PAUSED));
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_non_null(strstr(buf_cstr(&r->memory), "2:1002"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(none_is_asked_for_nothing), T(one_waits), T(odd_answers), T(malformed),
        T(bounded), T(no_such_route), T(later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
