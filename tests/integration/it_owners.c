/*
 * Digests to owners: each gets their own section as a direct message, once, whatever
 * happens to alignd in between; whom the chat does not know is named by the doctor.
 */
#include "tests/integration/shift.h"

#include "base/date.h"

static const int64_t minute = 60000, day = 24 * INT64_C(3600000);

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Multi-site clinics choose us first\n"                                  \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: Multi-site NPS, baseline: 40, target: 60,\n"            \
    "          start: 2025-01-01, by: 2037-12-31, unit: points, owner: ana,\n"         \
    "          check_in: 3650d }\n"                                                    \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n"      \
    "      status: active, start: 2025-01-06, owner: ana }\n"                          \
    "  - { id: billing, title: One bill for all sites, moves: [nps],\n"                 \
    "      status: active, start: 2025-01-06, owner: ben }\n"                          \
    "  - { id: portal, title: A portal for the group, moves: [nps],\n"                  \
    "      status: active, start: 2025-01-06, owner: cy }\n"                           \
    "decisions:\n"                                                                     \
    "  - { id: D-1, date: 2025-10-01, chose: Defer SSO, owner: ben,\n"                  \
    "      review_by: 2026-01-01 }\n"                                                  \
    "people:\n"                                                                        \
    "  - { id: ana, name: Ana Silva, slack: U1ANA }\n"                                 \
    "  - { id: ben, name: Ben Okoro, slack: U1BEN }\n"                                 \
    "  - { id: cy, name: Cy Young }\n"                                                 \
    "  - { id: eve, name: Eve Roth, slack: U1EVE }\n"

#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "timezone: UTC\n"                                                                  \
    "hours: always\n"                                                                  \
    "baseline: off\n"                                                                  \
    "first_wait: 0\n"                                                                  \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github,\n"                           \
    "      repos: [acme/web], token: { file: @DIR@/token }, interval: 12h }\n"         \
    "channels:\n"                                                                      \
    "  - { name: product, type: slack-app, channel: C1, url: '@URL@/slack-api',\n"      \
    "      token: { file: @DIR@/app } }\n"                                             \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"      \
    "digests:\n"                                                                       \
    "  - { channel: product, to: owners, when: \"daily 09:00\" }\n"                    \
    "rules:\n"                                                                         \
    "  uncovered-initiative: { for: 0s, after: 1d }\n"                                 \
    "  unlinked-work: { for: 0s }\n"

static const char company[] =
    "{\"github\":{\"repos\":[{\"name\":\"acme/web\",\"id\":1,\"issues\":["
    "{\"number\":1,\"title\":\"A story\",\"created\":\"-9d\",\"updated\":\"-8d\"}]}]}}";

/* Ten minutes before the digest, tomorrow: the clock is set forward only. */
static int64_t before_nine(void)
{
    int64_t now = clock_wall(clock_system()).ms;

    return (now / day + 1) * day + (9 * 60 - 10) * minute - now;
}

static void setup(struct rig *r, struct shift *s)
{
    rig_init(r);
    shift_init(s, r);
    *s->ms = before_nine();
    rig_company(r, company, NULL);
    rig_write(r, "strategy.yaml", STRATEGY);
    rig_write(r, "token", "t0ken");
    rig_write(r, "app", "xoxb-app");
    rig_write(r, "alignd.yaml", CONFIG);
}

/* ---- what came ---- */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

struct looking {
    struct rig *r;
    const char *to, *text; /* text NULL: any */
    size_t n;
};

/* Messages to that channel or person that say so. */
static size_t count(const struct looking *l)
{
    json_t *all = rig_messages(l->r), *one;
    size_t i, n = 0;

    json_array_foreach(all, i, one)
    {
        const json_t *body = json_object_get(one, "body");
        char *said = json_dumps(body, 0);

        n += strcmp(text_of(body, "channel"), l->to) == 0 &&
             strncmp(text_of(one, "answer"), "17", 2) == 0 && /* taken: its `ts` */
             (l->text == NULL || (said != NULL && strstr(said, l->text) != NULL));
        free(said);
    }
    json_decref(all);
    return n;
}

static bool are_there(void *arg)
{
    const struct looking *l = arg;

    return count(l) >= l->n;
}

static void expect(struct rig *r, const char *to, const char *text, size_t n)
{
    struct looking l = {r, to, text, n};
    size_t got = count(&l);

    if (got != n)
        fail_msg("%zu messages to %s with '%s', not %zu", got, to,
                 text != NULL ? text : "", n);
}

static void await(struct rig *r, const char *to, const char *text, size_t n)
{
    struct looking l = {r, to, text, n};

    if (!wait_until(are_there, &l, RIG_LIMIT))
        fail_msg("%zu messages to %s with '%s' do not come", n, to,
                 text != NULL ? text : "");
    expect(r, to, text, n);
}

/* All that was due when this is told was sent before it. */
static void let_all_pass(struct rig *r, const char *title)
{
    char body[300];

    snprintf(body, sizeof body,
             "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"labels\":[\"epic\"],"
             "\"title\":\"%s\",\"author\":\"ben\"}",
             title);
    json_decref(rig_control(r, "/_control/issues", body));
    rig_sync(r);
    await(r, "C1", title, 1);
}

static void start(struct rig *r)
{
    rig_start(r, NULL);
    rig_await_fresh(r, 0);
    rig_await(r, "/v1/status", "/evaluating", "false");
}

static void set_clock(struct rig *r, struct shift *s, int64_t forward)
{
    *s->ms += forward;
    json_decref(rig_post(r, "/v1/reload", NULL, 202));
}

/* ---- tests ---- */

static void each_owner_has_their_own(void **state)
{
    /* An initiative each, and Ben's decision. */
    static const struct {
        const char *to, *first, *second;
    } people[] = {{"U1ANA", "1 open, 1 new", "1 open, 0 new"},
                  {"U1BEN", "2 open, 2 new", "2 open, 0 new"}};
    struct shift s;
    struct rig r;

    (void)state;
    setup(&r, &s);
    start(&r);
    await(&r, "C1", "portal", 1);
    let_all_pass(&r, "Before nine");
    expect(&r, "U1ANA", NULL, 0);

    set_clock(&r, &s, 11 * minute);
    await(&r, "U1ANA", NULL, 1);
    await(&r, "U1BEN", NULL, 1);
    expect(&r, "U1ANA", "onboarding", 1);
    expect(&r, "U1ANA", "Multi-site NPS", 0); /* by its id, with where it stands */
    expect(&r, "U1ANA", "nps", 1);
    expect(&r, "U1ANA", "billing", 0);
    expect(&r, "U1ANA", "portal", 0);
    expect(&r, "U1ANA", "D-1", 0);
    expect(&r, "U1BEN", "billing", 1);
    expect(&r, "U1BEN", "D-1", 1);
    expect(&r, "U1BEN", "onboarding", 0);
    let_all_pass(&r, "After nine");
    expect(&r, "U1EVE", NULL, 0); /* owns nothing */

    /* Neither a restart nor a kill sends it once more, nor the other's. */
    rig_stop(&r, 0);
    start(&r);
    let_all_pass(&r, "After a restart");
    rig_kill(&r);
    start(&r);
    let_all_pass(&r, "After a kill");
    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        expect(&r, people[i].to, NULL, 1);

    /* The next day's is another. */
    set_clock(&r, &s, day);
    for (size_t i = 0; i < ARRAY_LEN(people); i++) {
        await(&r, people[i].to, NULL, 2);
        expect(&r, people[i].to, people[i].first, 1);
        expect(&r, people[i].to, people[i].second, 1);
    }
    rig_stop(&r, 0);
    shift_finish(&s);
    rig_finish(&r);
}

/* The chat is down at nine, and alignd is killed before it is back. */
static void a_kill_before_it_is_sent(void **state)
{
    struct shift s;
    struct rig r;

    (void)state;
    setup(&r, &s);
    start(&r);
    let_all_pass(&r, "Before nine");
    json_decref(rig_control(&r, "/_control/faults",
                            "[{\"path\":\"/slack-api\",\"count\":-1,\"action\":"
                            "\"status\",\"status\":500}]"));
    set_clock(&r, &s, 11 * minute);
    rig_log_line(&r, "not delivered, will be tried again");
    rig_kill(&r);
    json_decref(rig_control(&r, "/_control/faults", "[]"));
    *s.ms += 30 * minute; /* its next attempt is due */
    start(&r);
    await(&r, "U1ANA", NULL, 1);
    await(&r, "U1BEN", NULL, 1);
    let_all_pass(&r, "After nine");
    expect(&r, "U1ANA", NULL, 1);
    expect(&r, "U1BEN", NULL, 1);
    rig_stop(&r, 0);
    shift_finish(&s);
    rig_finish(&r);
}

/* Told in the channel as ever, and named as one whom the chat does not know. */
static void one_without_an_identity(void **state)
{
    struct shift s;
    struct buf out;
    struct rig r;
    json_t *root;

    (void)state;
    setup(&r, &s);
    start(&r);
    await(&r, "C1", "portal", 1);
    set_clock(&r, &s, 11 * minute);
    await(&r, "U1BEN", NULL, 1);
    let_all_pass(&r, "After nine");
    root = rig_messages(&r);
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *body = json_object_get(json_array_get(root, i), "body");
        const char *to = text_of(body, "channel");

        if (strcmp(to, "C1") != 0 && strcmp(to, "U1ANA") != 0 &&
            strcmp(to, "U1BEN") != 0)
            fail_msg("a message to '%s'", to);
    }
    json_decref(root);
    rig_await(&r, "/v1/status", "/owners/unreachable", "1");
    assert_int_equal(rig_ctl(&r, (const char *[]){"doctor", NULL}, &out), 0);
    assert_non_null(strstr(buf_cstr(&out), "1 cannot be mentioned, only named: cy"));
    buf_finish(&out);
    rig_stop(&r, 0);
    shift_finish(&s);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_owner_has_their_own),
        cmocka_unit_test(a_kill_before_it_is_sent),
        cmocka_unit_test(one_without_an_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
