/*
 * Mail under a running alignd: a test message arrives at a real mail server, a finding
 * about what its readers may not see does not tell what it is, a refused recipient is a
 * dead letter. Needs python3-aiosmtpd, and says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/rig.h"
#include "tests/support/mail.h"

static const char strategy[] =
    "strategy: 1\nname: Acme\n"
    "objectives:\n  - id: grow\n    title: Multi-site clinics choose us first\n"
    "    key_results:\n      - { id: nps, title: Multi-site NPS, baseline: 40, target: 60,\n"
    "          start: 2026-10-01, by: 2027-12-31 }\n"
    "initiatives:\n"
    "  - { id: onboarding, title: Onboard a second site, moves: [nps], status: active }\n"
    "  - { id: sell-firm, title: Sell the firm, status: done, visibility: team }\n";

static void configure(struct rig *r, const struct mail_server *m)
{
    struct buf text;

    buf_init(&text, 8000);
    buf_printf(&text,
               "strategy: strategy.yaml\nstate: @DIR@/state\nsocket: @DIR@/alignd.sock\n"
               "timezone: UTC\nworking_hours: always\n"
               "sources:\n  - { name: gh, type: github, url: @URL@/github,"
               " repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n"
               "rules:\n  retired-link: { for: 0 }\nchannels:\n"
               "  - { name: mail, type: email, to: [lead@acme.example],"
               " from: alignd@acme.example, audience: company,"
               " smtp: { url: 'smtp://127.0.0.1:%u' } }\n"
               "  - { name: nobody, type: email, to: [550@acme.example],"
               " from: alignd@acme.example, audience: company,"
               " smtp: { url: 'smtp://127.0.0.1:%u' } }\n"
               "routes:\n  - { match: { rule: retired-link }, channel: mail,"
               " group_wait: 0, group_interval: 0 }\n  - { channel: nobody }\n",
               m->port, m->port);
    rig_write(r, "token", "t0ken");
    rig_write(r, "strategy.yaml", strategy);
    rig_write(r, "alignd.yaml", buf_cstr(&text));
    buf_finish(&text);
}

struct letters {
    const struct mail_server *m;
    unsigned n;
};

static bool have_come(void *arg)
{
    const struct letters *l = arg;
    struct buf one;

    if (!mail_letter(l->m, l->n, &one))
        return false;
    buf_finish(&one);
    return true;
}

static bool is_dead(void *arg)
{
    json_t *root = rig_get(arg, "/v1/outbox?all=1", 200);
    char *all = json_dumps(root, 0);
    bool is = strstr(all, "answered 550") != NULL && strstr(all, "\"dead\"") != NULL;

    free(all);
    json_decref(root);
    return is;
}

static void mail_tells_its_readers_what_they_may_see(void **state)
{
    static const char epic[] =
        "{\"tracker\":\"github\",\"repo\":\"acme/web\",\"title\":\"A data room\","
        "\"labels\":[\"epic\",\"initiative:sell-firm\"],\"author\":\"ben\"}";
    struct mail_server m;
    struct letters l = {&m, 1};
    struct buf letter;
    json_t *root;
    struct rig r;
    char *all;

    (void)state;
    if (!mail_is_here())
        skip();
    mail_start(&m, (const char *[]){NULL});
    rig_init(&r);
    rig_vendors(&r, (const char *[]){"--data", "config/examples/acme/company.json", NULL});
    configure(&r, &m);
    rig_start(&r, NULL);
    rig_await_fresh(&r, 0);

    assert_int_equal(rig_ctl(&r, (const char *[]){"channels", "test", "mail", NULL}, NULL), 0);
    assert_true(wait_until(have_come, &l, RIG_LIMIT));
    assert_true(mail_letter(&m, 1, &letter));
    assert_non_null(strstr(buf_cstr(&letter), "\r\nSubject: Test message\r\n"));
    assert_non_null(strstr(buf_cstr(&letter), "X-RcptTo: lead@acme.example\r\n"));
    buf_finish(&letter);

    json_decref(rig_control(&r, "/_control/issues", epic));
    rig_sync(&r);
    l.n = 2;
    assert_true(wait_until(have_come, &l, RIG_LIMIT));
    root = rig_get(&r, "/v1/outbox?all=1&bodies=1", 200);
    all = json_dumps(root, 0);
    assert_non_null(strstr(all, "A data room"));
    assert_null(strstr(all, "sell-firm"));
    assert_null(strstr(all, "Sell the firm"));
    free(all);
    json_decref(root);

    assert_int_equal(rig_ctl(&r, (const char *[]){"channels", "test", "nobody", NULL}, NULL),
                     0);
    assert_true(wait_until(is_dead, &r, RIG_LIMIT));
    rig_stop(&r, 0);
    rig_finish(&r);
    mail_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_tells_its_readers_what_they_may_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
