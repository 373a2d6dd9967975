/* Status history of GitHub issues: which timelines are asked for, and when. */
#include "tests/replay/github_rig.h"

#include <jansson.h>

#include "base/str.h"

#define API "https://api.github.com"
/* A watermark: 2026-11-22T10:00:00Z. */
#define CHANGES "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000}"
#define TIMELINE "/timeline?per_page=100"

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
    r->own.status_history = true;
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

/* The repository's changes are `n` issues from number `first` on, assigned to ada. */
static void answer_changes(struct rig *r, int first, int n, const char *updated)
{
    struct buf body;

    buf_init(&body, 1 << 20);
    buf_addc(&body, '[');
    for (int i = first; i < first + n; i++) {
        buf_printf(&body,
                   "%s{\"id\":1%03d,\"number\":%d,\"title\":\"t\",\"state\":\"open\","
                   "\"updated_at\":\"%s\",\"assignees\":[{\"login\":\"ada\"}]}",
                   i > first ? "," : "", i, i, updated);
    }
    buf_addc(&body, ']');
    rig_ask(r, NULL);
    rig_answer_tag(r, r->req.tag, 200, buf_str(&body));
    rig_expect(r, SCOPE_SYNCED);
    buf_finish(&body);
}

#define NEW "2026-11-22T11:00:00Z"
static const char assigned[] =
    "[{\"event\":\"assigned\",\"created_at\":\"2026-11-02T09:00:00Z\","
    "\"assignee\":{\"login\":\"ada\"}}]";

static void off_by_default(void **state)
{
    struct rig *r = rig_of(state);

    r->own.status_history = false;
    start(r);
    answer_changes(r, 1, 3, NEW);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_true(str_find(r->feed.memory, STR("\"owed\"")) < 0);
}

static void one_history(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, NEW);
    assert_non_null(strstr(buf_cstr(&r->memory), "7:1007+"));
    rig_ask(r, API "/repositories/42/issues/7" TIMELINE);
    assert_false(r->req.http.follow);
    rig_answer(r, 200, assigned);
    assert_int_equal(r->feed.n_histories, 1);
    const struct item_history *h = &r->feed.histories[0];

    assert_true(str_eqz(h->vid, "1007"));
    assert_int_equal(h->n_spans, 1);
    assert_int_equal(h->spans[0].started.ms, rig_time("2026-11-02T09:00:00Z").ms);
    assert_int_equal(h->spans[0].ended.ms, 0);
    assert_true(str_eqz(h->spans[0].status, "open"));
    assert_true(str_eqz(h->spans[0].assignees, "ada"));
    assert_null(strstr(buf_cstr(&r->memory), "1007"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* What each walk reads again has not changed; who waits for somebody has none. */
static void not_owed(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, "2026-11-22T10:00:00Z");
    assert_int_equal(rig_next(r), TRACKER_DONE);
    start(r);
    rig_ask(r, NULL);
    rig_answer(r, 200,
               "[{\"id\":1,\"number\":1,\"title\":\"t\",\"updated_at\":\"" NEW "\"}]");
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void many_pages(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, NEW);
    rig_ask(r, NULL);
    rig_header(r, "Link",
               "<" API "/repositories/42/issues/7/timeline?page=2>; rel=\"next\"");
    rig_answer(r, 200, "[{\"event\":\"subscribed\"}]");
    assert_int_equal(r->feed.n_histories, 0);
    rig_ask(r, API "/repositories/42/issues/7/timeline?page=2");
    rig_answer(r, 200, assigned);
    assert_int_equal(r->feed.n_histories, 1);
    assert_int_equal(r->feed.histories[0].n_spans, 1);

    /* Never without an end. */
    start(r);
    answer_changes(r, 7, 1, NEW);
    int asked = 0;

    while (rig_next(r) == TRACKER_REQUEST) {
        rig_header(r, "Link",
                   "<" API "/repositories/42/issues/7/timeline?page=2>; rel=\"next\"");
        rig_answer(r, 200, assigned);
        assert_int_equal(r->feed.n_histories, 0);
        asked++;
    }
    assert_int_equal(asked, 10);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void otherwise_than_it_stands(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 7, 1, NEW);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.n_histories, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* What the budget does not allow now is asked for later. */
static void later(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 2, NEW);
    rig_ask(r, NULL);
    rig_header(r, "x-ratelimit-limit", "5000");
    rig_header(r, "x-ratelimit-remaining", "900");
    rig_header(r, "x-ratelimit-reset", "1795349400");
    rig_answer(r, 200, assigned);
    assert_int_equal(r->feed.n_histories, 1);
    assert_null(rig_event(r, SCOPE_PAUSED));
    assert_int_equal(rig_next(r), TRACKER_DONE);

    /* The answer was not remembered yet: asked once more, as a crash would. */
    rig_again(r);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repos/acme/web/issues/1" TIMELINE);
    rig_answer(r, 200, assigned);
    assert_true(str_eqz(r->feed.histories[0].spans[0].assignees, "ada"));
    rig_ask(r, API "/repos/acme/web/issues/2" TIMELINE);
    rig_answer(r, 200, assigned);
    assert_int_equal(r->feed.n_histories, 1);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    assert_null(strstr(buf_cstr(&r->memory), "owed"));
}

static void bounded(void **state)
{
    struct rig *r = rig_of(state);
    int asked = 0;

    start(r);
    answer_changes(r, 1, 300, NEW);
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 200, assigned);
        asked++;
    }
    assert_int_equal(asked, 200);
    assert_int_equal(r->feed.n_notes, 1);
    assert_true(
        str_eqz(r->feed.notes[0].text, "status history: 100 issues wait for it"));
    rig_again(r);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 200, assigned);
        asked++;
    }
    assert_int_equal(asked, 300);
    assert_int_equal(r->feed.notes[0].text.n, 0);
}

static void no_timelines(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 20, NEW);
    for (int i = 0; i < 3; i++) {
        rig_ask(r, NULL);
        rig_answer(r, 404, "{\"message\":\"Not Found\"}");
    }
    assert_int_equal(r->feed.n_notes, 1);
    assert_int_equal(r->feed.notes[0].level, NOTE_WARN);
    assert_true(str_eqz(r->feed.notes[0].key, "history"));
    /* Those that a worker had begun. */
    while (rig_next(r) == TRACKER_REQUEST) {
        rig_answer(r, 404, "{}");
    }
    start(r);
    answer_changes(r, 1, 20, NEW);
    assert_int_equal(rig_next(r), TRACKER_DONE);
    /* It may have been updated. */
    r->now = wall_add(r->now, DUR_DAY(1));
    start(r);
    answer_changes(r, 1, 20, NEW);
    rig_ask(r, NULL);
    assert_true(str_find(r->req.http.url, STR("/timeline")) > 0);
}

static void refused(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 1, NEW);
    rig_ask(r, NULL);
    rig_answer(r, 403, "{\"message\":\"Resource not accessible\"}");
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_true(str_find(r->feed.notes[0].text, STR("Resource not accessible")) > 0);
    assert_non_null(strstr(buf_cstr(&r->memory), "1:1001+"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Deleted meanwhile is not asked for again; a fault of the server's is. */
static void failed(void **state)
{
    struct rig *r = rig_of(state);

    start(r);
    answer_changes(r, 1, 1, NEW);
    rig_ask(r, NULL);
    rig_answer(r, 410, "{}");
    assert_null(strstr(buf_cstr(&r->memory), "owed"));
    assert_int_equal(rig_next(r), TRACKER_DONE);

    start(r);
    answer_changes(r, 1, 1, NEW);
    for (int i = 0; i < 4; i++) {
        if (i > 0) {
            rig_wait(r);
        }
        rig_ask(r, NULL);
        rig_answer(r, 502, "");
    }
    assert_null(rig_event(r, SCOPE_FAILED));
    assert_non_null(strstr(buf_cstr(&r->memory), "1:1001+"));
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

static void damaged_memory(void **state)
{
    struct rig *r = rig_of(state);

    buf_addz(&r->memory,
             "{\"v\":1,\"owed\":{\"acme/web\":\"x 1 1: :1 1:x 7:1007+ 8:1008 +\","
             "\"acme/old\":\"1:1\",\"acme/web2\":7}}");
    start(r);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    rig_ask(r, API "/repositories/42/issues/7" TIMELINE);
    rig_answer(r, 200, assigned);
    rig_ask(r, API "/repositories/42/issues/8" TIMELINE);
    rig_answer(r, 200, assigned);
    /* It was not in progress when it was noted, and has not changed since. */
    assert_int_equal(r->feed.n_histories, 0);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(off_by_default),
        T(one_history),
        T(not_owed),
        T(many_pages),
        T(otherwise_than_it_stands),
        T(later),
        T(bounded),
        T(no_timelines),
        T(refused),
        T(failed),
        T(damaged_memory),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
