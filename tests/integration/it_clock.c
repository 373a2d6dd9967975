/*
 * The wall clock is set under a running alignd: a day forward, an hour back, and
 * right again. Trackers and chat keep the right time. Nothing fires or resolves by
 * it, nothing waits for a time that was wrong, and nothing is told twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "tests/integration/company.h"
#include "tests/integration/shift.h"

static const int64_t hour = 3600000, day = 24 * INT64_C(3600000);

struct shifted {
    struct rig r;
    struct shift clock;
};

static void setup(struct shifted *s)
{
    rig_init(&s->r);
    shift_init(&s->clock, &s->r);
    rig_vendors(&s->r,
                (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(&s->r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(&s->r, "token", "t0ken");
    rig_write(&s->r, "slack", "@URL@/slack/T/B/x");
    rig_write(&s->r, "alignd.yaml", COMPANY_CONFIG(""));
}

static void teardown(struct shifted *s)
{
    shift_finish(&s->clock);
    rig_finish(&s->r);
}

static void start_and_settle(struct shifted *s)
{
    rig_start(&s->r, NULL);
    rig_await_fresh(&s->r, 0);
    rig_await_messages(&s->r, 1); /* the baseline summary */
    rig_await(&s->r, "/v1/outbox?all=1", "/outbox/0/state", "delivered");
}

/* Sets alignd's clock, waits until it has noticed and has looked at everything. It
   notices before it judges anything, as after a reload, else within twenty seconds. */
static void set_clock(struct shifted *s, int64_t ahead, bool reload)
{
    bool forward = ahead > *s->clock.ms;

    *s->clock.ms = ahead;
    if (reload)
        json_decref(rig_post(&s->r, "/v1/reload", NULL, 202));
    rig_log_line(&s->r,
                 forward ? "the clock was set forward" : "the clock was set back");
    rig_await(&s->r, "/v1/status", "/sources/0/running", "false");
    rig_await(&s->r, "/v1/status", "/evaluating", "false");
}

static int64_t number(struct shifted *s, const char *path, const char *pointer)
{
    json_t *root = rig_get(&s->r, path, 200);
    int64_t n = json_integer_value(rig_at(root, pointer));

    json_decref(root);
    return n;
}

static int64_t stale_findings(struct shifted *s)
{
    return number(s, "/v1/findings?rule=source-stale&all=1", "/total");
}

/* In ms from now by alignd's clock. */
static int64_t next_sync_in(struct shifted *s)
{
    json_t *root = rig_get(&s->r, "/v1/status", 200);
    const char *text = json_string_value(rig_at(root, "/sources/0/next_due"));
    struct wall at;

    assert_non_null(text);
    assert_true(date_parse_iso(str_of(text), &at));
    json_decref(root);
    return wall_since(at, clock_wall(clock_system())).ms - *s->clock.ms;
}

/* In how many messages the text stands. */
static size_t told(struct shifted *s, const char *text)
{
    json_t *all = rig_messages(&s->r), *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
    {
        char *dump = json_dumps(one, 0);

        n += dump != NULL && strstr(dump, text) != NULL;
        free(dump);
    }
    json_decref(all);
    return n;
}

/* `how`: a fault's members; empty: not at all. */
static void server_fails(struct shifted *s, const char *path, const char *how)
{
    char faults[300];

    snprintf(faults, sizeof(faults),
             "[{\"path\":\"%s\",\"count\":-1,\"action\":"
             "\"status\",%s}]",
             path, how);
    json_decref(rig_control(&s->r, "/_control/faults", how[0] != '\0' ? faults : "[]"));
}

static void chat_fails(struct shifted *s, const char *how)
{
    server_fails(s, "/slack", how);
}

static void a_day_forward_and_back_is_no_news(void **state)
{
    struct shifted s;
    int64_t syncs;

    (void)state;
    setup(&s);
    start_and_settle(&s);
    syncs = number(&s, "/v1/status", "/sources/0/syncs");
    set_clock(&s, day, true);
    assert_int_equal(number(&s, "/v1/status", "/sources/0/syncs"), syncs + 1);
    assert_int_equal(rig_message_count(&s.r), 1);
    assert_in_range(next_sync_in(&s), 1, 2 * hour);

    rig_new_epic(&s.r, "acme/web", "While the clock is ahead");
    rig_sync(&s.r);
    rig_await_messages(&s.r, 2);
    assert_int_equal(told(&s, "While the clock is ahead"), 1);

    set_clock(&s, 0, true);
    assert_in_range(next_sync_in(&s), 1, 2 * hour);
    rig_new_epic(&s.r, "acme/web", "When it is right again");
    rig_sync(&s.r);
    rig_await_messages(&s.r, 3);
    assert_int_equal(told(&s, "When it is right again"), 1);
    rig_sync(&s.r);
    assert_int_equal(rig_message_count(&s.r), 3);
    assert_int_equal(stale_findings(&s), 0);
    rig_stop(&s.r, 0);
    teardown(&s);
}

static void an_hour_back_holds_up_nothing(void **state)
{
    struct shifted s;
    int64_t syncs;

    (void)state;
    setup(&s);
    start_and_settle(&s);
    syncs = number(&s, "/v1/status", "/sources/0/syncs");
    set_clock(&s, -hour, true);
    assert_int_equal(number(&s, "/v1/status", "/sources/0/syncs"), syncs + 1);
    assert_in_range(next_sync_in(&s), 1, 2 * hour);
    rig_new_epic(&s.r, "acme/web", "After an hour back");
    rig_sync(&s.r);
    rig_await_messages(&s.r, 2);
    assert_int_equal(told(&s, "After an hour back"), 1);
    rig_sync(&s.r);
    assert_int_equal(rig_message_count(&s.r), 2);
    assert_int_equal(stale_findings(&s), 0);
    rig_stop(&s.r, 0);
    teardown(&s);
}

static void a_pause_does_not_last_until_the_clock_is_where_it_was(void **state)
{
    struct shifted s;

    (void)state;
    setup(&s);
    start_and_settle(&s);
    for (int64_t ahead = -day; ahead <= 0; ahead += day) {
        server_fails(&s, "/github", "\"status\":429,\"headers\":{\"Retry-After\":\"600\"}");
        json_decref(rig_post(&s.r, "/v1/sync", NULL, 202));
        rig_await(&s.r, "/v1/status", "/sources/0/state", "paused");
        assert_in_range(next_sync_in(&s), 1, 11 * hour / 60);
        server_fails(&s, "/github", "");
        set_clock(&s, ahead, true);
        rig_await_fresh(&s.r, 0);
        assert_in_range(next_sync_in(&s), 1, 2 * hour);
    }
    assert_int_equal(rig_message_count(&s.r), 1);
    rig_stop(&s.r, 0);
    teardown(&s);
}

static void a_message_neither_waits_nor_dies(void **state)
{
    struct shifted s;

    (void)state;
    setup(&s);
    start_and_settle(&s);
    chat_fails(&s, "\"status\":500");
    rig_new_epic(&s.r, "acme/web", "Written before");
    rig_sync(&s.r);
    rig_log_line(&s.r, "not delivered, will be tried again");
    set_clock(&s, 2 * day, true); /* older than what is given up */
    chat_fails(&s, "\"status\":429,\"headers\":{\"Retry-After\":\"600\"}");
    rig_log_line(&s.r, "answered 429");
    assert_false(rig_log_has(&s.r, "given up"));
    chat_fails(&s, "");
    set_clock(&s, 0, false); /* its next attempt was due in two days */
    rig_await_messages(&s.r, 2);
    assert_int_equal(told(&s, "Written before"), 1);
    rig_stop(&s.r, 0);
    teardown(&s);
}

static void a_day_off_is_no_staleness(void **state)
{
    struct shifted s;

    (void)state;
    setup(&s);
    start_and_settle(&s);
    rig_stop(&s.r, 0);
    *s.clock.ms = day;
    rig_start(&s.r, NULL);
    rig_await(&s.r, "/v1/status", "/sources/0/syncs", "1");
    rig_await(&s.r, "/v1/status", "/evaluating", "false");
    rig_stop(&s.r, 0);
    *s.clock.ms = 0;
    rig_start(&s.r, NULL);
    assert_true(rig_log_has(&s.r, "the clock was set back"));
    rig_await(&s.r, "/v1/status", "/sources/0/syncs", "1");
    rig_new_epic(&s.r, "acme/web", "After two restarts");
    rig_sync(&s.r);
    rig_await_messages(&s.r, 2);
    assert_int_equal(told(&s, "After two restarts"), 1);
    assert_int_equal(stale_findings(&s), 0);
    rig_stop(&s.r, 0);
    teardown(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_forward_and_back_is_no_news),
        cmocka_unit_test(an_hour_back_holds_up_nothing),
        cmocka_unit_test(a_pause_does_not_last_until_the_clock_is_where_it_was),
        cmocka_unit_test(a_message_neither_waits_nor_dies),
        cmocka_unit_test(a_day_off_is_no_staleness),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
