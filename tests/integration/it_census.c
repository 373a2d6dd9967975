/*
 * What has vanished and what alignd needs, asked of the real programs: listing on
 * demand, what there is to accept, the doctor, and a pause that nothing cuts short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "tests/integration/company.h"
#include "tests/integration/rig.h"

static void setup(struct rig *r)
{
    rig_init(r);
    rig_vendors(r, (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    rig_write(r, "strategy.yaml", COMPANY_STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "slack", "@URL@/slack/T/B/x");
    rig_write(r, "alignd.yaml", COMPANY_CONFIG(""));
}

/* Runs alignctl; its output has the text. */
static void says(struct rig *r, const char *const *args, int code, const char *text)
{
    struct buf out;

    assert_int_equal(rig_ctl(r, args, &out), code);
    if (strstr(buf_cstr(&out), text) == NULL)
        fail_msg("not said: %s\n%s", text, buf_cstr(&out));
    buf_finish(&out);
}

static void the_doctor_looks_at_everything(void **state)
{
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    says(&r, (const char *[]){"doctor", "--sync", NULL}, 0, "ok reach: last complete");
    says(&r, (const char *[]){"doctor", NULL}, 0, "mode 0660");
    says(&r, (const char *[]){"doctor", NULL}, 0, "MiB free");
    root = rig_get(&r, "/v1/doctor", 200);
    assert_int_equal(json_integer_value(json_object_get(root, "bad")), 0);
    json_decref(root);
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos\",\"count\":-1,\"action\":"
                            "\"status\",\"status\":500}]"));
    says(&r, (const char *[]){"doctor", "--sync", "--fail", NULL}, 1, "bad scope");
    rig_stop(&r, 0);
    says(&r, (const char *[]){"doctor", NULL}, 69, "systemctl");
    rig_finish(&r);
}

static void nothing_to_accept(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    json_decref(rig_post(&r, "/v1/sync?accept=true", "", 400));
    json_decref(rig_post(&r, "/v1/sync?source=nosuch&accept=true", "", 404));
    json_decref(rig_post(&r, "/v1/sync?source=github&accept=true", "", 409));
    json_decref(rig_post(&r, "/v1/sync?list=true", "", 202));
    rig_await(&r, "/v1/audit", "/audit/0/action", "sync");
    rig_await(&r, "/v1/audit", "/audit/0/detail", "--list");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* A sync that is asked for waits for the pause's end, and is not forgotten. */
static void a_pause_is_not_cut_short(void **state)
{
    struct rig r;
    json_t *root, *counts;

    (void)state;
    setup(&r);
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos\",\"count\":1,\"action\":"
                            "\"github-secondary-limit\",\"retry_after\":3}]"));
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/state", "paused");
    root = rig_get(&r, "/v1/status", 200);
    assert_true(json_is_string(rig_at(root, "/sources/0/paused_until")));
    json_decref(root);
    counts = rig_get(&r, "/v1/status", 200);
    json_decref(rig_post(&r, "/v1/sync?source=github", "", 202));
    root = rig_get(&r, "/v1/status", 200);
    assert_string_equal(json_string_value(rig_at(root, "/sources/0/state")), "paused");
    assert_int_equal(
        json_integer_value(rig_at(root, "/sources/0/requests_last_hour")),
        json_integer_value(rig_at(counts, "/sources/0/requests_last_hour")));
    json_decref(root);
    json_decref(counts);
    rig_await_fresh(&r, 0);
    rig_await(&r, "/v1/status", "/sources/0/syncs", "2");
    rig_stop(&r, 0);
    rig_finish(&r);
}

/* A time of the source in the status. */
static struct wall source_time(struct rig *r, const char *pointer)
{
    json_t *root = rig_get(r, "/v1/status", 200);
    const char *text = json_string_value(rig_at(root, pointer));
    struct wall at;

    assert_non_null(text);
    assert_true(date_parse_iso(str_of(text), &at));
    json_decref(root);
    return at;
}

/* Nothing is asked before the pause ends. */
static void assert_waits(struct rig *r)
{
    json_t *root;

    rig_await(r, "/v1/status", "/sources/0/state", "paused");
    assert_true(wall_since(source_time(r, "/sources/0/next_due"),
                           source_time(r, "/sources/0/paused_until")).ms > -1000);
    root = rig_get(r, "/v1/status", 200);
    assert_int_equal(json_integer_value(rig_at(root, "/sources/0/requests_last_hour")), 0);
    json_decref(root);
}

/* What the limit said holds for the next process, too, unless somebody asks. */
static void a_pause_outlasts_the_daemon(void **state)
{
    struct rig r;

    (void)state;
    setup(&r);
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/github/repos\",\"count\":1,\"action\":"
                            "\"github-secondary-limit\",\"retry_after\":600}]"));
    rig_start(&r, NULL);
    rig_await(&r, "/v1/status", "/sources/0/state", "paused");
    rig_kill(&r);
    rig_start(&r, NULL);
    assert_true(rig_log_has(&r, "source github: its rate limit is waited for"));
    assert_waits(&r);
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    assert_waits(&r);
    json_decref(rig_post(&r, "/v1/sync?source=github", "", 202));
    rig_await_fresh(&r, 0);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_doctor_looks_at_everything),
        cmocka_unit_test(nothing_to_accept),
        cmocka_unit_test(a_pause_is_not_cut_short),
        cmocka_unit_test(a_pause_outlasts_the_daemon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
