/*
 * What items wait for, from the trackers to the finding: alignd asks GitHub's
 * dependencies and reads Jira's links, and after five working days tells whose open item
 * waits for whose, and of no other link. When what is waited for is done, that is over.
 */
#include "tests/integration/shift.h"

static const int64_t ten_days = 10 * 24 * INT64_C(3600000);

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives: [{ id: grow, title: Multi-site clinics choose us first }]\n"          \
    "initiatives: [{ id: onboarding, title: Onboard a second site in a day }]\n"       \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, match: { repos: [acme/web], projects: [WEB] } }\n"     \
    "  - { id: pay, title: Pay, match: { repos: [acme/pay], projects: [PAY] } }\n"

#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github, interval: 1h,\n"             \
    "      repos: [acme/web, acme/pay], token: { file: @DIR@/token } }\n"              \
    "  - { name: jira, type: jira, url: @URL@/jira, user: bot@acme.example,\n"         \
    "      interval: 1h, token: { file: @DIR@/token },\n"                              \
    "      projects: { include: [PAY, WEB] } }\n"                                      \
    "channels: [{ name: product, type: journal }]\n"

/* An issue's beginning, and one of Jira. */
#define GH(number, more) "{\"number\":" number ",\"title\":\"t\"" more "}"
#define JIRA(key, status, more)                                                        \
    "{\"key\":\"" key "\",\"summary\":\"s\",\"status\":\"" status "\"" more "}"
#define WAITS(list) ",\"blocked_by\":[" list "]"
#define CLOSED ",\"state\":\"closed\""

/* Three wait for the other team: one in GitHub, one in Jira, and one whose link stands
   in the other issue. Nothing else does. */
static const char company[] =
    "{\"github\":{\"repos\":[{\"name\":\"acme/web\",\"issues\":["
    /* the one that waits */
    GH("1", WAITS("\"acme/pay#1\"")) ","
    /* for what is done; what is done itself; for its own team's */
    GH("2", WAITS("\"acme/pay#2\"")) ","
    GH("3", CLOSED WAITS("\"acme/pay#1\"")) ","
    GH("4", WAITS("5")) "," GH("5", "") "]},"
    "{\"name\":\"acme/pay\",\"issues\":[" GH("1", "") "," GH("2", CLOSED) "]}]},"
    "\"jira\":{\"projects\":[{\"key\":\"WEB\",\"name\":\"Web\",\"id\":10001,\"issues\":["
    JIRA("WEB-1", "To Do", WAITS("\"PAY-1\"")) ","
    JIRA("WEB-2", "To Do", WAITS("\"PAY-2\"")) ","
    JIRA("WEB-3", "Done", WAITS("\"PAY-1\"")) ","
    JIRA("WEB-4", "In Progress", ",\"links\":[{\"type\":\"Blocks\",\"to\":\"PAY-3\"}]") ","
    JIRA("WEB-5", "To Do", ",\"links\":[{\"type\":\"Relates\",\"to\":\"PAY-1\"}]") "]},"
    "{\"key\":\"PAY\",\"name\":\"Pay\",\"id\":10002,\"issues\":["
    JIRA("PAY-1", "To Do", "") "," JIRA("PAY-2", "Done", "") ","
    JIRA("PAY-3", "To Do", "") "]}]}}";

static const char *const waits[] = {"acme/web#1 (web) for acme/pay#1 (pay)",
                                    "WEB-1 (web) for PAY-1 (pay)",
                                    "PAY-3 (pay) for WEB-4 (web)"};

static void setup(struct rig *r, struct shift *s)
{
    rig_init(r);
    shift_init(s, r);
    rig_company(r, company, NULL);
    rig_write(r, "strategy.yaml", STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "alignd.yaml", CONFIG);
}

static void start(struct rig *r)
{
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await_fresh(r, 1);
    rig_await(r, "/v1/status", "/evaluating", "false");
}

static json_int_t asked(struct rig *r)
{
    json_t *counters = rig_control(r, "/_control/counters", NULL);
    json_int_t n = json_integer_value(
        rig_at(counters, "/classes/github.blocked_by/requests"));

    json_decref(counters);
    return n;
}

struct telling {
    struct rig *r;
    const char *text;
    bool is_told;
};

/* In the note of the one finding there is. */
static bool is_so(void *arg)
{
    const struct telling *t = arg;
    json_t *root = rig_get(t->r, "/v1/findings?rule=collision", 200);
    const char *note = json_string_value(rig_at(root, "/findings/0/note"));
    bool so = note != NULL && (strstr(note, t->text) != NULL) == t->is_told;

    json_decref(root);
    return so;
}

static void await_told(struct rig *r, const char *text, bool is_told)
{
    struct telling t = {r, text, is_told};

    if (!wait_until(is_so, &t, RIG_LIMIT))
        fail_msg("%s%s", text, is_told ? " is not told" : " is told still");
}

static void close_issue(struct rig *r, const char *which)
{
    json_decref(rig_control(r, "/_control/issues", which));
    rig_sync(r);
}

static void who_waits_is_told(void **state)
{
    struct shift s;
    struct rig r;

    (void)state;
    setup(&r, &s);
    start(&r);
    rig_await(&r, "/v1/findings?rule=collision", "/total", "0");
    assert_int_equal(asked(&r), 2); /* those that wait for something open */
    rig_stop(&r, 0);

    *s.ms = ten_days;
    start(&r);
    rig_await(&r, "/v1/findings?rule=collision&state=firing", "/total", "1");
    await_told(&r, "3 items wait: ", true);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++)
        await_told(&r, waits[i], true);

    close_issue(&r, "{\"repo\":\"acme/pay\",\"number\":1,\"state\":\"closed\"}");
    await_told(&r, waits[0], false);
    await_told(&r, waits[1], true);
    close_issue(&r, "{\"key\":\"PAY-1\",\"status\":\"Done\"}");
    await_told(&r, "1 item waits: PAY-3", true);
    close_issue(&r, "{\"key\":\"WEB-4\",\"status\":\"Done\"}");
    rig_await(&r, "/v1/findings?rule=collision&state=firing", "/total", "0");
    rig_stop(&r, 0);
    shift_finish(&s);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
