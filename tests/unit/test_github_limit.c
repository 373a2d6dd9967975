/* GitHub's rate limits: how long is waited, what is left to others, what is told. */
#include "tests/unit/github_issues_rig.h"

static void limits(void **state)
{
    static const struct {
        int status;
        const char *body;
        const char *headers[6];
        int64_t wait_s;
    } row[] = {
        {403, "", {"Retry-After", "30"}, 30},
        {429, "", {"Retry-After", "30"}, 30},
        {429, "", {"Retry-After", "0"}, 1},
        {429, "", {"Retry-After", "-5"}, 60},
        {429, "", {"Retry-After", "soon"}, 60},
        {429, "", {"Retry-After", "99999999999999999999"}, 3600},
        {429, "", {"Retry-After", "86400"}, 3600},
        {429, "", {"Retry-After", "Sun, 22 Nov 2026 12:00:08 GMT"}, 8},
        {429,
         "",
         {"Retry-After", "Sun, 22 Nov 2026 12:00:08 GMT", "Date",
          "Sun, 22 Nov 2026 11:59:58 GMT"},
         10},
        {429, "", {"Retry-After", "Sun, 22 Nov 2020 12:00:08 GMT"}, 1},
        {429, "", {NULL}, 60},
        {403,
         "{\"message\":\"You have exceeded a secondary rate limit.\"}",
         {NULL},
         60},
        {403,
         "{\"message\":\"You have triggered an abuse detection mechanism\"}",
         {NULL},
         60},
        {403,
         "{\"message\":\"API rate limit exceeded\"}",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795349700"},
         900},
        /* The server's clock is five minutes ahead of ours. */
        {403,
         "",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1795349700", "Date",
          "Sun, 22 Nov 2026 12:05:00 GMT"},
         600},
        {403, "", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "1"}, 60},
        {403, "", {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "x"}, 60},
        {403, "", {"X-RateLimit-Remaining", "0"}, 60},
        {403,
         "",
         {"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9999999999"},
         3600},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        r->now = rig_time("2026-11-22T12:00:00Z");
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        for (size_t j = 0; j < 6 && row[i].headers[j] != NULL; j += 2) {
            rig_header(r, row[i].headers[j], row[i].headers[j + 1]);
        }
        rig_answer(r, row[i].status, row[i].body);
        const struct scope_event *ev = rig_expect(r, SCOPE_PAUSED);

        assert_int_equal(ev->scope.n, 0);
        assert_int_equal(ev->until.ms - r->now.ms, row[i].wait_s * 1000);
        rig_expect_wait(r);
        assert_int_equal(r->until.ms, ev->until.ms);
        rig_wait(r);
        rig_ask(r, SINCE);
        rig_answer(r, 200, "[]");
        rig_expect(r, SCOPE_SYNCED);
    }
}

static void limits_in_a_row(void **state)
{
    static const int64_t waits[] = {60, 120, 240, 480, 960, 1920};
    struct rig *r = rig_of(state);

    rig_repo(r, "acme/pay");
    rig_start(r, CHANGES);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        rig_ask(r, NULL);
        rig_answer(r, 429, "");
        assert_int_equal(rig_expect(r, SCOPE_PAUSED)->until.ms - r->now.ms,
                         waits[i] * 1000);
        rig_wait(r);
    }
    rig_ask(r, NULL);
    rig_answer(r, 429, "");
    const struct scope_event *ev = rig_expect_failed(r, ERR_RATE);

    assert_int_equal(ev->scope.n, 0);
    assert_int_equal(ev->err.retry, ERR_TRY_AFTER);
    assert_int_equal(rig_next(r), TRACKER_DONE);
}

/* Both were out when the limit was met: it is one. */
static void limit_met_by_two(void **state)
{
    struct rig *r = rig_of(state);
    uint32_t first, second;

    rig_repo(r, "acme/pay");
    r->conf.budget.in_flight = 2;
    rig_start(r, CHANGES);
    for (int i = 0; i < 5; i++) {
        first = rig_ask(r, NULL);
        second = rig_ask(r, NULL);
        rig_header(r, "Retry-After", "90");
        rig_answer_tag(r, first, 429, STR_NONE);
        rig_expect(r, SCOPE_PAUSED);
        assert_int_equal(rig_next(r), TRACKER_IDLE);
        rig_header(r, "Retry-After", "90");
        rig_answer_tag(r, second, 429, STR_NONE);
        assert_null(rig_event(r, SCOPE_FAILED));
        rig_wait(r);
    }
}

static void reserve(void **state)
{
    static const struct {
        const char *limit, *remaining, *reset;
        int64_t wait_s; /* 0: none */
    } row[] = {
        {"5000", "1001", "1795349700", 0}, {"5000", "1000", "1795349700", 900},
        {"5000", "0", "1795349700", 900},  {"5000", "1000", "1795348800", 0},
        {"5000", "1000", "x", 0},          {"0", "0", "1795349700", 0},
        {"5000", "-1", "1795349700", 0},   {"5000", "3", "9999999999", 3600},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        rig_start(r, NULL);
        rig_ask(r, OPEN_URL);
        rig_header(r, "X-RateLimit-Limit", row[i].limit);
        rig_header(r, "X-RateLimit-Remaining", row[i].remaining);
        rig_header(r, "X-RateLimit-Reset", row[i].reset);
        rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
        assert_int_equal(r->feed.n_items, 1);
        rig_expect(r, SCOPE_CHECKPOINT);
        if (row[i].wait_s == 0) {
            assert_null(rig_event(r, SCOPE_PAUSED));
            rig_ask(r, NULL);
            continue;
        }
        assert_int_equal(rig_expect(r, SCOPE_PAUSED)->until.ms - r->now.ms,
                         row[i].wait_s * 1000);
        rig_wait(r);
        rig_ask(r, NULL);
        /* Nothing more to ask: nothing to wait for. */
        rig_header(r, "X-RateLimit-Limit", "5000");
        rig_header(r, "X-RateLimit-Remaining", "3");
        rig_header(r, "X-RateLimit-Reset", "1795400000");
        rig_answer(r, 200, "[]");
        assert_null(rig_event(r, SCOPE_PAUSED));
        assert_int_equal(rig_next(r), TRACKER_DONE);
        r->now = rig_time("2026-11-22T12:00:00Z");
    }
}

static void limits_are_told(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_header(r, "x-ratelimit-limit", "5000");
    rig_header(r, "x-ratelimit-remaining", "4999");
    rig_header(r, "x-ratelimit-reset", "1795349700");
    rig_header(r, "date", DATE);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.rate_limit, 5000);
    assert_int_equal(r->feed.rate_remaining, 4999);
    assert_int_equal(r->feed.rate_reset.ms, INT64_C(1795349700000));
    assert_int_equal(r->feed.server_date.ms, r->now.ms);
    rig_start(r, CHANGES);
    rig_ask(r, NULL);
    rig_answer(r, 200, "[]");
    assert_int_equal(r->feed.rate_limit, -1);
    assert_int_equal(r->feed.rate_remaining, -1);
    assert_int_equal(r->feed.rate_reset.ms, 0);
    assert_int_equal(r->feed.server_date.ms, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(limits),
        CASE(limits_in_a_row),
        CASE(limit_met_by_two),
        CASE(reserve),
        CASE(limits_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
