/* Jira's rate limits: how long is waited, what is told, what is left to others. */
#include "tests/unit/jira_sync_rig.h"

static const struct {
    const char *headers[6];
    int64_t least, most; /* ms until the next request */
} limits[] = {
    {{"Retry-After", "30", "RateLimit-Reason", "jira-burst-based"}, 30000, 31000},
    {{"X-RateLimit-Reset", "2026-11-22T12:01Z"}, 60000, 61000},
    {{"X-RateLimit-Reset", "2026-11-22T13:00:00Z", "RateLimit-Reason",
      "jira-quota-global-based"},
     3600000,
     3601000},
    {{"Retry-After", "5", "X-RateLimit-Reset", "2026-11-22T13:00:00Z"}, 5000, 6000},
    {{NULL}, 1400, 2600},
    {{"RateLimit-Reason", "jira-quota-tenant-based"}, 60000, 60000},
    {{"Retry-After", "0", "X-RateLimit-Interval-Seconds", "1"}, 1400, 2600},
    {{"Retry-After", "soon"}, 1400, 2600},
    {{"Retry-After", "99999999999"}, 3600000, 3601000},
    {{"Retry-After", "99999999999999999999999"}, 3600000, 3601000},
    {{"Retry-After", "Sun, 22 Nov 2026 12:00:40 GMT"}, 40000, 41000},
    {{"Retry-After", "Sun, 22 Nov 2099 12:00:40 GMT"}, 3600000, 3601000},
    {{"X-RateLimit-Reset", "2020-01-01T00:00Z"}, 0, 1000},
};

static void rate_limits_pause_everything(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        struct talk_answer ans = {.status = 429, .body = ""};
        struct talk k;

        for (size_t h = 0; h < 6; h++) {
            ans.headers[h] = limits[i].headers[h];
        }
        begin_at_stage(&k, 1);
        talk_reply(&k, "myself", ans);
        assert_true(str_has_prefix(buf_str(&k.log), STR("paused ")));
        talk_forget(&k);
        if (limits[i].least > 0) {
            talk_step(&k, TRACKER_WAIT);
            assert_in_range(wall_since(k.until, k.now).ms, limits[i].least,
                            limits[i].most);
        }
        talk_ok(&k, "myself", TALK_MYSELF);
        talk_ok(&k, "field", TALK_FIELDS);
        talk_log(&k, "");
        talk_finish(&k);
    }
}

static void endless_rate_limits_end(void **state)
{
    struct talk k;

    (void)state;
    begin_at_stage(&k, 1);
    for (int i = 0; i < 8; i++) {
        talk_reply(&k, "myself", (struct talk_answer){.status = 429, .body = ""});
    }
    talk_forget(&k);
    talk_reply(&k, "myself", (struct talk_answer){.status = 429, .body = ""});
    talk_log(&k, "failed rate-limit: Jira answered 429 to myself\n");
    end(&k);
}

/* Limits are told to the feed; close to one, requests go one by one. */
static void limits_are_noted(void **state)
{
    const struct talk_answer near = {.status = 200,
                                     .body = ISSUES(""),
                                     .headers = {"X-RateLimit-NearLimit", "true",
                                                 "X-RateLimit-Limit", "100",
                                                 "X-RateLimit-Remaining", "19"}};
    const struct talk_answer bucket = {
        .status = 200,
        .body = ISSUES(""),
        .headers = {"X-RateLimit-Limit", "5", "X-RateLimit-Remaining", "4",
                    "X-RateLimit-Interval-Seconds", "2"}};
    struct talk k;
    struct feed f;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", "1 o e 1795300000000 0");
    begin_cloud(
        &k, LIST(PROJECT("PAY", "10") "," PROJECT("WEB", "11") "," PROJECT("X", "12")));
    uint32_t one = talk_ask(&k, "\"PAY\"");
    uint32_t two = talk_ask(&k, "\"WEB\"");

    talk_feed(&k, one, &near, &f);
    assert_int_equal(f.rate_limit, 100);
    assert_int_equal(f.rate_remaining, 19);
    assert_int_equal(f.rate_reset.ms, 0);
    assert_int_equal(f.server_date.ms, TALK_NOW.ms);
    talk_step(&k, TRACKER_IDLE);
    talk_feed(&k, two, &bucket, &f);
    assert_int_equal(f.rate_remaining, 4);
    assert_int_equal(f.rate_reset.ms, TALK_NOW.ms + 2000);
    (void)talk_ask(&k, "\"X\"");
    (void)talk_ask(&k, "\"PAY\"");
    talk_finish(&k);
}

/* What others may use is left to them, while there is more to ask. */
static void the_reserve_is_kept(void **state)
{
    static const struct {
        const char *remaining, *reset;
        int64_t wait;
    } rows[] = {
        {"21", "2026-11-22T12:30:00Z", 0},
        {"20", "2026-11-22T12:30:00Z", 1800000},
        {"0", "2026-11-22T12:00:05Z", 5000},
        {"0", "2026-11-22T11:00:00Z", 0},
        {"0", "no date", 0},
        {"none", "2026-11-22T12:30:00Z", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk_answer ans = {.status = 200, .body = TALK_CLOUD};
        struct talk k;

        talk_init(&k);
        talk_begin(&k);
        ans.headers[0] = "X-RateLimit-Limit";
        ans.headers[1] = "100";
        ans.headers[2] = "X-RateLimit-Remaining";
        ans.headers[3] = rows[i].remaining;
        ans.headers[4] = "X-RateLimit-Reset";
        ans.headers[5] = rows[i].reset;
        talk_reply(&k, "serverInfo", ans);
        talk_log(&k, rows[i].wait > 10000 ? "paused 1800000\n" : "");
        (void)talk_ask(&k, "myself");
        assert_int_equal(wall_since(k.now, TALK_NOW).ms, rows[i].wait);
        talk_finish(&k);
    }
}

static void the_reserve_does_not_hold_up_the_end(void **state)
{
    struct talk k;

    (void)state;
    talk_init(&k);
    talk_known(&k, "PAY", "10", HOUR_AGO);
    begin_cloud(&k, LIST(PROJECT("PAY", "10")));
    talk_forget(&k);
    talk_reply(&k, "search/jql",
               (struct talk_answer){
                   .status = 200,
                   .body = ISSUES(""),
                   .headers = {"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "0",
                               "X-RateLimit-Reset", "2026-11-22T12:30Z"}});
    talk_log(&k, "synced PAY [1 s e 1795345200000 0]\n");
    end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate_limits_pause_everything),
        cmocka_unit_test(endless_rate_limits_end),
        cmocka_unit_test(limits_are_noted),
        cmocka_unit_test(the_reserve_is_kept),
        cmocka_unit_test(the_reserve_does_not_hold_up_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
