/*
 * People's days under a running alignd: what is in progress when it is read first has
 * been since it was edited last, and each day since is split; a restart splits nothing
 * anew, and a link of today changes nothing before.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/rig.h"

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - { id: grow, title: Grow, share: 60%, key_results: [{ id: nps, title: NPS }] " \
    "}\n"                                                                              \
    "  - { id: keep, title: Keep, share: 40%, key_results: [{ id: churn, title: C }] " \
    "}\n"                                                                              \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a site, moves: [nps] }\n"                    \
    "  - { id: billing, title: Bill per site, moves: [churn] }\n"                      \
    "teams: [{ id: web, title: Web, people: 3, cost_per_person_day: 500,\n"            \
    "          match: { repos: [acme/web] } }]\n"                                      \
    "people: [{ id: ana, name: Ana, github: anasilva }]\n"

#define CONFIG                                                                         \
    "strategy: strategy.yaml\n"                                                        \
    "state: @DIR@/state\n"                                                             \
    "socket: @DIR@/alignd.sock\n"                                                      \
    "hours: always\n"                                                                  \
    "sources:\n"                                                                       \
    "  - { name: github, type: github, url: @URL@/github,\n"                           \
    "      repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n"          \
    "channels: [{ name: product, type: journal }]\n"

#define ISSUE(number, who, label)                                                      \
    "{\"number\": " number ", \"title\": \"Issue " number "\", \"author\": \"ana\","   \
    " \"assignees\": [" who "], \"labels\": [" label "], \"created\": \"-30d\","       \
    " \"updated\": \"-5d\"}"
#define COMPANY                                                                        \
    "{\"people\": [{\"id\": \"ana\", \"name\": \"Ana\", \"github\": \"anasilva\"},"    \
    " {\"id\": \"ben\", \"name\": \"Ben\", \"github\": \"benokoro\"}],"                \
    " \"github\": {\"repos\": [{\"name\": \"acme/web\", \"id\": 1, \"issues\": ["      \
    ISSUE("1", "\"ana\"", "\"initiative:onboarding\"") ", "                            \
    ISSUE("2", "\"ana\"", "\"initiative:billing\"") ", "                               \
    ISSUE("3", "\"ben\"", "\"initiative:billing\"") ", "                               \
    ISSUE("4", "\"ben\"", "") ", " ISSUE("5", "", "\"initiative:onboarding\"")         \
    "]}]}}"

static void assert_near(const json_t *root, const char *pointer, double want)
{
    double got = json_number_value(rig_at(root, pointer));

    if (!(fabs(got - want) < 1e-6))
        fail_msg("%s: %g, not %g", pointer, got, want);
}

/* Two people over five days: half of Ana's for the one, all the others' for the rest. */
static void assert_split(struct rig *r)
{
    json_t *v = rig_get(r, "/v1/split?window=5d", 200);

    assert_near(v, "/person_days", 10);
    assert_near(v, "/unmapped_days", 2.5);
    assert_near(v, "/shares/0/actual", 1.0 / 3);
    assert_near(v, "/shares/1/actual", 2.0 / 3);
    assert_near(v, "/distance", 0.6 - 1.0 / 3);
    assert_near(v, "/people", 2);
    assert_near(v, "/trust/matched", 0.5);
    json_decref(v);
}

static void days_are_split(void **state)
{
    struct rig r;
    json_t *v;

    (void)state;
    rig_init(&r);
    rig_company(&r, COMPANY, NULL);
    rig_write(&r, "strategy.yaml", STRATEGY);
    rig_write(&r, "token", "t0ken");
    rig_write(&r, "alignd.yaml", CONFIG);
    rig_start(&r, NULL);
    rig_await(&r, "/v1/split?window=5d", "/trust/working_days", "5");
    assert_split(&r);

    v = rig_get(&r, "/v1/cost?window=5d&node=keep", 200);
    /* One team of fewer than four people: the company's rate is the only one. */
    assert_near(v, "/person_days", 5);
    assert_near(v, "/total", 2500);
    json_decref(v);
    v = rig_get(&r, "/v1/teams?window=5d", 200);
    assert_near(v, "/teams/0/spread", 7.5 * 7.5 / (2.5 * 2.5 + 25));
    assert_near(v, "/teams/0/objectives", 2);
    json_decref(v);
    v = rig_get(&r, "/v1/split?at=2020-01-01", 404);
    json_decref(v);
    v = rig_get(&r, "/v1/split?window=5", 400);
    json_decref(v);

    json_decref(rig_post(&r, "/v1/links", "{\"item\": \"acme/web#4\", \"initiative\":"
                                          " \"onboarding\"}", 200));
    rig_await(&r, "/v1/status", "/evaluating", "false");
    assert_split(&r);
    rig_stop(&r, 0);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);
    assert_split(&r);
    rig_stop(&r, 0);
    rig_finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
