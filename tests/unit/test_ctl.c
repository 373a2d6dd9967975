/*
 * alignctl as its user meets it: command lines run against a scripted daemon
 * (ctl_rig.h), output held to golden text at three widths. test_api holds the
 * daemon's answers to config/openapi.json. ALIGND_GOLDEN=write writes golden text
 * anew; look at the difference before committing it.
 */
#include "tests/unit/ctl_rig.h"

/* ---- golden text ---- */

static void hold_to_golden(const char *name, size_t columns, const struct buf *got)
{
    char path[300];

    snprintf(path, sizeof(path), GOLDEN "%s.%zu.txt", name, columns);
    hold_to_file(path, got);
}

static const struct answer well[] = {
    {"GET /v1/status", 200, "status-well", 0},
    {"GET /healthz", 200, "healthz-well", 0},
    {"GET /v1/doctor", 200, "doctor-well", 0},
    {"GET /v1/findings?limit=4", 200, "findings", 0},
    {"GET /v1/findings?rule=late-initiative&limit=100", 200, "findings-none", 0},
    {"GET /v1/findings/9f31", 200, "finding", 0},
    {"GET /v1/findings/1212", 200, "finding-baseline", 0},
    {"GET /v1/findings/77aa", 200, "finding-over", 0},
    {"GET /v1/findings/55cc", 200, "finding-channels", 0},
    {"GET /v1/findings/66dd", 200, "finding-sending", 0},
    {"GET /v1/items/PAY-412/why", 200, "why-linked", 0},
    {"GET /v1/items/PAY-7/why", 200, "why-gap", 0},
    {"GET /v1/items/PAY-411/why", 200, "why-gone", 0},
    {"GET /v1/items/PAY-13/why", 200, "why-unlinked", 0},
    {"GET /v1/items/PAY-14/why", 200, "why-exempt", 0},
    {"GET /v1/items/PAY-15/why", 200, "why-suggested", 0},
    {"GET /v1/items/PAY-15/suggestions", 200, "suggest-high", 0},
    {"GET /v1/items/PAY-14/suggestions", 200, "suggest-medium", 0},
    {"GET /v1/items/PAY-16/suggestions", 200, "suggest-unsure", 0},
    {"GET /v1/items/PAY-17/suggestions", 200, "suggest-none", 0},
    {"GET /v1/items/SEC-9/suggestions", 200, "suggest-private", 0},
    {"GET /v1/initiatives/onboarding", 200, "initiative", 0},
    {"GET /v1/initiatives/exports", 200, "initiative-unknown", 0},
    {"GET /v1/unlinked?limit=100", 200, "unlinked", 0},
    {"GET /v1/unlinked?at=2026-10-01&limit=100", 200, "unlinked-past", 0},
    {"GET /v1/gaps?at=2026-10-01&limit=100", 200, "gaps-past", 0},
    {"GET /v1/gaps?limit=100", 200, "gaps", 0},
    {"GET /v1/coverage", 200, "coverage", 0},
    {"GET /v1/initiatives", 200, "initiatives", 0},
    {"GET /v1/key-results", 200, "krs", 0},
    {"GET /v1/key-results/nps", 200, "kr", 0},
    {"GET /v1/split", 200, "split", 0},
    {"GET /v1/split?window=7d&at=2026-11-20&team=web", 200, "split-none", 0},
    {"GET /v1/teams", 200, "teams", 0},
    {"GET /v1/spread", 200, "spread", 0},
    {"GET /v1/needle", 200, "needle", 0},
    {"GET /v1/indices", 200, "indices", 0},
    {"GET /v1/indices?window=30d", 200, "indices-unknown", 0},
    {"GET /v1/retro?period=2026Q4", 200, "retro", 0},
    {"POST /v1/test", 200, "idea", 0},
    {"GET /v1/cost", 200, "cost", 0},
    {"GET /v1/cost?node=onboarding", 200, "cost-unpriced", 0},
    {"GET /v1/strategy", 200, "strategy-show-now", 0},
    {"GET /v1/strategy?at=2026-10-10", 200, "strategy-show-past", 0},
    {"GET /v1/strategy/versions?limit=100", 200, "strategy-log", 0},
    {"GET /v1/strategy/diff", 200, "strategy-diff-none", 0},
    {"GET /v1/strategy/diff?from=2026-10-10&to=2b3e", 200, "strategy-diff", 0},
    {"GET /v1/decisions", 200, "decisions", 0},
    {"GET /v1/decisions?due=true", 200, "decisions-due", 0},
    {"POST /v1/events", 200, "event", 0},
    {"GET /v1/competitors/rival", 200, "rival", 0},
    {"POST /v1/compare", 200, "compare", 0},
    {"POST /v1/replay", 200, "replay", 0},
    {"POST /v1/whatif", 200, "compare-drop", 0},
    {"GET /v1/routes", 200, "routes", 0},
    {"GET /v1/routes/test?rule=unlinked-work&scope=PAY&team=payments&label=security,%20x",
     200, "routes-test", 0},
    {"GET /v1/routes/test?rule=team-without-kr&severity=info", 200, "routes-test-quiet", 0},
    {"GET /v1/routes/test?rule=source-stale", 200, "routes-test-operations", 0},
    {"GET /v1/audit?limit=100", 200, "audit", 0},
    {"GET /v1/silences?limit=1000", 200, "silences", 0},
    {"GET /v1/rules/precision", 200, "precision", 0},
    {"GET /v1/outbox?limit=100", 200, "outbox", 0},
};

static const struct answer ill[] = {
    {"GET /v1/status", 200, "status-bad", 0},
    {"GET /healthz", 503, "healthz-bad", 0},
    {"GET /v1/doctor", 200, "doctor-bad", 0},
    {"GET /v1/findings?limit=100", 200, "findings-none", 0},
    {"GET /v1/coverage", 200, "coverage-none", 0},
    {"GET /v1/outbox?limit=100", 200, "outbox-none", 0},
    {"GET /v1/key-results", 200, "krs-none", 0},
    {"POST /v1/check-ins", 200, "kr", 0},
    {"DELETE /v1/check-ins/nps?at=2026-11-20", 200, "kr", 0},
    {"GET /v1/strategy/versions?limit=100", 200, "strategy-log-none", 0},
    {"GET /v1/decisions?due=true", 200, "decisions-none", 0},
    {"POST /v1/events", 200, "event-none", 0},
    {"POST /v1/compare", 200, "compare-same", 0},
    {"POST /v1/replay", 200, "replay-none", 0},
    {"POST /v1/test", 200, "idea-no", 0},
    {"POST /v1/links", 200, "linked", 0},
    {"POST /v1/exemptions", 200, "exempted", 0},
    {"DELETE /v1/links/PAY-12", 200, "removed", 0},
    {"DELETE /v1/exemptions/PAY-12", 200, "removed", 0},
    {"GET /v1/silences?limit=1000", 200, "silences-none", 0},
    {"GET /v1/rules/precision", 200, "precision-none", 0},
    {"POST /v1/silences", 200, "silenced", 0},
    {"DELETE /v1/silences/3", 200, "silence-ended", 0},
    {"POST /v1/findings/a3f/ack", 200, "quieted", 0},
    {"POST /v1/findings/a3f/snooze", 200, "quieted-until", 0},
    {"POST /v1/outbox/31/retry", 202, "retried", 0},
    {"POST /v1/channels/ops/test", 202, "channel-tested", 0},
    {"POST /v1/sync?source=jira", 202, "accepted", 0},
};

static const struct answer calm[] = {
    {"GET /v1/status", 200, "status-calm", 0},
};

static void test_golden(void **state UNUSED)
{
    static const struct {
        const char *name;
        enum { WELL, ILL, CALM } script;
        int code;
        const char *args[8];
    } rows[] = {
        {"status-well", WELL, 0, {"status"}},
        {"status-calm", CALM, 0, {"status"}},
        {"status-bad", ILL, 0, {"status"}},
        {"healthz-well", WELL, 0, {"healthz"}},
        {"healthz-bad", ILL, 1, {"healthz"}},
        {"doctor-well", WELL, 0, {"doctor", "--fail"}},
        {"doctor-bad", ILL, 1, {"doctor", "--fail"}},
        {"drift", WELL, 0, {"drift", "--limit", "4"}},
        {"drift-none-stale", ILL, 0, {"drift"}},
        {"drift-none", WELL, 0, {"drift", "--rule", "late-initiative"}},
        {"drift-show", WELL, 0, {"drift", "show", "9f31"}},
        {"drift-show-baseline", WELL, 0, {"drift", "show", "1212"}},
        {"drift-show-over", WELL, 0, {"drift", "show", "77aa"}},
        {"drift-show-channels", WELL, 0, {"drift", "show", "55cc"}},
        {"drift-show-sending", WELL, 0, {"drift", "show", "66dd"}},
        {"why-linked", WELL, 0, {"why", "PAY-412"}},
        {"why-gone", WELL, 0, {"why", "PAY-411"}},
        {"why-gap", WELL, 0, {"why", "PAY-7"}},
        {"why-unlinked", WELL, 0, {"why", "PAY-13"}},
        {"why-exempt", WELL, 0, {"why", "PAY-14"}},
        {"why-suggested", WELL, 0, {"why", "PAY-15"}},
        {"suggest-high", WELL, 0, {"suggest", "PAY-15"}},
        {"suggest-medium", WELL, 0, {"suggest", "PAY-14"}},
        {"suggest-unsure", WELL, 0, {"suggest", "PAY-16"}},
        {"suggest-none", WELL, 0, {"suggest", "PAY-17"}},
        {"suggest-private", WELL, 0, {"suggest", "SEC-9"}},
        {"suggest", WELL, 0, {"suggest"}},
        {"initiative", WELL, 0, {"initiatives", "onboarding"}},
        {"initiative-unknown", WELL, 0, {"initiatives", "exports"}},
        {"unlinked", WELL, 0, {"unlinked"}},
        {"unlinked-past", WELL, 0, {"unlinked", "--at", "2026-10-01"}},
        {"gaps-past", WELL, 0, {"gaps", "--at", "2026-10-01"}},
        {"gaps", WELL, 0, {"gaps"}},
        {"coverage", WELL, 0, {"coverage"}},
        {"coverage-none", ILL, 0, {"coverage"}},
        {"initiatives", WELL, 0, {"initiatives"}},
        {"krs", WELL, 0, {"krs"}},
        {"krs-none", ILL, 0, {"krs"}},
        {"krs-one", WELL, 0, {"krs", "nps"}},
        {"split", WELL, 0, {"split"}},
        {"split-none",
         WELL,
         0,
         {"split", "--window", "7d", "--at", "2026-11-20", "--team", "web"}},
        {"teams", WELL, 0, {"teams"}},
        {"spread", WELL, 0, {"spread"}},
        {"needle", WELL, 0, {"needle"}},
        {"indices", WELL, 0, {"indices"}},
        {"indices-unknown", WELL, 0, {"indices", "--window", "30d"}},
        {"retro", WELL, 0, {"retro", "2026Q4"}},
        {"idea", WELL, 0, {"test", "A wizard for the second site"}},
        {"idea-no", ILL, 0, {"test", "Install on-prem"}},
        {"cost", WELL, 0, {"cost"}},
        {"cost-unpriced", WELL, 0, {"cost", "onboarding"}},
        {"checkin", ILL, 0, {"checkin", "nps", "46", "--confidence", "60%"}},
        {"checkin-undo", ILL, 0, {"checkin", "nps", "--undo", "--at", "2026-11-20"}},
        {"strategy-show-now", WELL, 0, {"strategy"}},
        {"strategy-show-past", WELL, 0, {"strategy", "show", "--at", "2026-10-10"}},
        {"strategy-log", WELL, 0, {"strategy", "log"}},
        {"strategy-log-none", ILL, 0, {"strategy", "log"}},
        {"strategy-diff", WELL, 0, {"strategy", "diff", "2026-10-10", "2b3e"}},
        {"strategy-diff-none", WELL, 0, {"strategy", "diff"}},
        {"decisions", WELL, 0, {"decisions"}},
        {"decisions-due", WELL, 0, {"decisions", "due"}},
        {"decisions-none", ILL, 0, {"decisions", "due"}},
        {"view", WELL, 0, {"view", "--as", "rival"}},
        {"event", WELL, 0, {"event", "add", "Rival cut its price", "--affects", "upmarket"}},
        {"event-none", ILL, 0, {"event", "add", "Rival cut its price"}},
        {"compare", WELL, 0, {"compare", GOLDEN "compare-second.yaml"}},
        {"compare-same",
         ILL,
         0,
         {"compare", GOLDEN "compare-first.yaml", GOLDEN "compare-first.yaml"}},
        {"compare-drop", WELL, 0, {"whatif", "--drop", "onboarding"}},
        {"routes", WELL, 0, {"routes"}},
        {"routes-test",
         WELL,
         0,
         {"routes", "test", "--rule=unlinked-work", "--project=PAY", "--team=payments",
          "--label=security", "--label= x"}},
        {"routes-test-quiet",
         WELL,
         0,
         {"routes", "test", "--rule=team-without-kr", "--severity=info"}},
        {"routes-test-operations", WELL, 0, {"routes", "test", "--rule", "source-stale"}},
        {"routes-file", WELL, 0, {"routes", "--config", GOLDEN "routes.yaml"}},
        {"routes-plain", WELL, 0, {"routes", "--config", GOLDEN "routes-plain.yaml"}},
        {"routes-file-test",
         WELL,
         0,
         {"routes", "test", "--rule=unlinked-work", "--initiative=onboarding",
          "--config=" GOLDEN "routes.yaml"}},
        {"audit", WELL, 0, {"audit"}},
        {"outbox", WELL, 0, {"outbox"}},
        {"outbox-none", ILL, 0, {"outbox"}},
        {"retry", ILL, 0, {"outbox", "retry", "31"}},
        {"channel-test", ILL, 0, {"channels", "test", "ops"}},
        {"link", ILL, 0, {"link", "PAY-12", "onboarding"}},
        {"unlink", ILL, 0, {"unlink", "PAY-12"}},
        {"exempt", ILL, 0, {"exempt", "PAY-14", "--reason", "facility work"}},
        {"unexempt", ILL, 0, {"unexempt", "PAY-12"}},
        {"replay", WELL, 0, {"replay", "--since", "2026-10-01"}},
        {"replay-none", ILL, 0, {"replay", "--since", "2026-10-01"}},
        {"precision", WELL, 0, {"rules", "--precision"}},
        {"precision-none", ILL, 0, {"rules", "--precision"}},
        {"silences", WELL, 0, {"silences"}},
        {"silences-none", ILL, 0, {"silences"}},
        {"silence", ILL, 0, {"silence", "--team", "payments", "--for", "3d", "--reason",
                             "moving offices"}},
        {"silence-end", ILL, 0, {"silence", "--end", "3"}},
        {"ack", ILL, 0, {"ack", "a3f"}},
        {"snooze", ILL, 0, {"snooze", "a3f", "--for", "3d"}},
        {"sync", ILL, 0, {"sync", "jira"}},
        {"help", WELL, 0, {"help"}},
        {"help-drift", WELL, 0, {"drift", "--help"}},
    };
    static const size_t widths[] = {40, 80, 160};
    struct fake f[3];

    fake_start(&f[WELL], well, ARRAY_LEN(well));
    fake_start(&f[ILL], ill, ARRAY_LEN(ill));
    fake_start(&f[CALM], calm, ARRAY_LEN(calm));
    for (size_t i = 0; i < ARRAY_LEN(rows) * ARRAY_LEN(widths); i++) {
        size_t row = i / ARRAY_LEN(widths), columns = widths[i % ARRAY_LEN(widths)];
        struct run r = run_on(buf_cstr(&f[rows[row].script].socket), columns, false,
                              rows[row].args);

        if (r.code != rows[row].code || r.err.n > 0)
            fail_msg("%s: exit %d, %s", rows[row].name, r.code, buf_cstr(&r.err));
        hold_to_terminal(rows[row].name, columns, false, &r.out);
        hold_to_golden(rows[row].name, columns, &r.out);
        run_finish(&r);
    }
    for (size_t i = 0; i < ARRAY_LEN(f); i++) {
        fake_stop(&f[i]);
        fake_end(&f[i]);
    }
}

/* ---- what is sent ---- */

static void test_writes_send(void **state UNUSED)
{
    static const struct {
        const char *log;
        const char *args[10];
    } rows[] = {
        {"POST /v1/links {\"item\":\"PAY-12\",\"initiative\":\"onboarding\"}\n",
         {"link", "PAY-12", "onboarding"}},
        {"POST /v1/exemptions {\"item\":\"a/b#1\",\"rule\":\"not-doing\",\"reason\":"
         "\"say \\\"no\\\"\",\"until\":\"2026-12-31\"}\n",
         {"exempt", "a/b#1", "--reason", "say \"no\"", "--until=2026-12-31", "--rule",
          "not-doing"}},
        {"DELETE /v1/links/a%2Fb%231 \n", {"unlink", "a/b#1"}},
        {"POST /v1/silences {\"match\":\"rule=no-epics team=web owner=ana\",\"reason\":"
         "\"x\",\"for\":\"3d\"}\n",
         {"silence", "owner=ana", "--team=web", "--rule=no-epics", "--for=3d",
          "--reason=x"}},
        {"DELETE /v1/exemptions/-12 \n", {"unexempt", "--", "-12"}},
        {"POST /v1/check-ins {\"key_result\":\"nps\",\"value\":\"-5.5\",\"at\":null,"
         "\"confidence\":null,\"note\":\"down\"}\n",
         {"checkin", "nps", "-5.5", "--note", "down"}},
        {"DELETE /v1/check-ins/nps?at=2026-11-20 \n",
         {"checkin", "nps", "--undo", "--at", "2026-11-20"}},
        {"POST /v1/events {\"what\":\"It \\\"rains\\\"\",\"affects\":\"a,b\",\"at\":"
         "\"2026-11-20\",\"review_by\":\"2026-12-01\"}\n",
         {"event", "add", "It \"rains\"", "--affects=a,b", "--at=2026-11-20",
          "--review-by=2026-12-01"}},
        {"GET /v1/decisions?due=true \n", {"decisions", "due"}},
        {"GET /v1/export?audience=board&format=csv \n",
         {"export", "--audience=board", "--format", "csv"}},
        {"POST /v1/whatif {\"move\":\"a=b,c=d\",\"drop\":\"e,f\",\"share\":\"g=40%\"}\n",
         {"whatif", "--move", "a=b", "--drop=e", "--move=c=d", "--drop", "f",
          "--share=g=40%"}},
        {"POST /v1/whatif {\"add\":\"A \\\"new\\\" one\",\"moves\":\"nps\",\"reach\":"
         "\"4\",\"effort\":\"3d\"}\n",
         {"whatif", "--add", "A \"new\" one", "--moves=nps", "--reach=4",
          "--effort=3d"}},
        {"POST /v1/sync \n", {"sync"}},
        {"POST /v1/sync?list=true \n", {"sync", "--list"}},
        {"POST /v1/sync?source=hub&accept=true \n", {"sync", "hub", "--accept"}},
        {"POST /v1/sync?source=a%26b%3Dc \n", {"sync", "a&b=c"}},
        {"POST /v1/outbox/all/retry \n", {"outbox", "retry", "all"}},
        {"POST /v1/channels/a%2Fb/test \n", {"channels", "test", "a/b"}},
        {"GET /v1/outbox?limit=7&all=1 \n", {"outbox", "--all", "--limit", "7"}},
        {"GET /v1/unlinked?team=web&scope=acme%2Fweb&limit=100 \n",
         {"--team", "web", "unlinked", "--scope", "acme/web"}},
        {"GET "
         "/v1/findings?all=1&rule=not-doing&team=a%2Bb&scope=S&severity=high&limit=9 "
         "\n",
         {"drift", "--all", "--rule=not-doing", "--team=a+b", "--scope=S",
          "--severity=high", "--limit=9"}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static const struct answer none[] = {{"", 200, "{}", 0}};
        struct fake f;
        struct run r;

        fake_start(&f, none, 1);
        r = run_on(buf_cstr(&f.socket), 80, false, rows[i].args);
        assert_int_equal(r.code, 3); /* the script answers none of these */
        fake_stop(&f);
        assert_string_equal(buf_cstr(&f.log), rows[i].log);
        run_finish(&r);
        fake_end(&f);
    }
}

static void test_pages_are_joined(void **state UNUSED)
{
    static const struct answer pages[] = {
        {"GET /v1/unlinked?limit=3", 200,
         "{\"total\":4,\"items\":[{\"key\":\"A-1\"},{\"key\":\"A-2\"}],\"next\":\"c "
         "2\"}",
         0},
        {"GET /v1/unlinked?limit=1&cursor=c%202", 200,
         "{\"total\":4,\"items\":[{\"key\":\"A-3\"}],\"next\":\"c3\"}", 0},
        {"GET /healthz", 200, "healthz-well", 0},
    };
    struct fake f;
    struct run r;

    fake_start(&f, pages, ARRAY_LEN(pages));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("unlinked", "--limit", "3"));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "A-1"));
    assert_non_null(strstr(buf_cstr(&r.out), "A-3"));
    assert_non_null(strstr(buf_cstr(&r.out), "3 of 4 shown: --limit 4"));
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
}

/* ---- more than one source of answers ---- */

/* Where alignd does not run, its files are looked at, and how to start it is said. */
static void test_doctor_alone(void **state UNUSED)
{
    static const char conf[] = "strategy: strategy.yaml\nstate: state\n"
                               "socket: alignd.sock\nsources:\n"
                               "  - { name: hub, type: github, repos: [acme/web] }\n";
    static const char strategy[] =
        "strategy: 1\nname: Acme\nobjectives: [{ id: grow, title: Grow }]\n"
        "initiatives: [{ id: sites, title: More sites }]\n";
    struct tempdir dir;
    struct buf socket, file;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_join(&dir, "none.sock", &socket, &e));
    assert_true(tempdir_join(&dir, "alignd.yaml", &file, &e));
    assert_true(tempdir_write(&dir, "alignd.yaml", str_of(conf), &e));
    assert_true(tempdir_write(&dir, "strategy.yaml", str_of(strategy), &e));
    r = run_on(buf_cstr(&socket), 200, false,
               ARGS("doctor", "--config", buf_cstr(&file)));
    assert_int_equal(r.code, 69);
    assert_non_null(strstr(buf_cstr(&r.out), "strategy 'Acme' load: 1 sources"));
    assert_non_null(strstr(buf_cstr(&r.out), "systemctl start alignd.socket alignd"));
    assert_non_null(strstr(buf_cstr(&r.err), "does not answer"));
    run_finish(&r);
    assert_true(tempdir_write(&dir, "strategy.yaml", STR("strategy: 2\n"), &e));
    r = run_on(buf_cstr(&socket), 200, false,
               ARGS("doctor", "--config", buf_cstr(&file), "--fail"));
    assert_int_equal(r.code, 69);
    assert_non_null(strstr(buf_cstr(&r.out), "strategy.yaml:1:"));
    run_finish(&r);
    buf_finish(&socket);
    buf_finish(&file);
    tempdir_remove(&dir);
}

/* Two files say enough to be compared where alignd does not run, one does not. */
static void test_compare_alone(void **state UNUSED)
{
    static const size_t widths[] = {40, 80, 160};
    const char *first = GOLDEN "compare-first.yaml",
               *second = GOLDEN "compare-second.yaml";
    struct run r;

    for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
        r = run_on("/nowhere", widths[i], false, ARGS("compare", first, second));
        assert_int_equal(r.code, 0);
        assert_int_equal(r.err.n, 0);
        hold_to_terminal("compare-alone", widths[i], false, &r.out);
        hold_to_golden("compare-alone", widths[i], &r.out);
        run_finish(&r);
    }
    r = run_on("/nowhere", 80, false, ARGS("compare", second, second));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "No difference: both mean the same.\n"));
    run_finish(&r);
    r = run_on("/nowhere", 80, false, ARGS("compare", first, second, "--json"));
    assert_non_null(strstr(buf_cstr(&r.out), "{\"same\":false,\"from\":{\"name\":"));
    assert_non_null(strstr(buf_cstr(&r.out), "\"work\":null"));
    run_finish(&r);
    r = run_on("/nowhere", 80, false, ARGS("compare", first));
    assert_int_equal(r.code, 69);
    assert_int_equal(r.out.n, 0);
    run_finish(&r);
    /* What does not load is shown with its place, and nothing is asked. */
    r = run_on("/nowhere", 80, false, ARGS("compare", first, GOLDEN "compare.json"));
    assert_int_equal(r.code, 78);
    assert_non_null(strstr(buf_cstr(&r.err), "compare.json:"));
    run_finish(&r);
}

/* The files go as text: both, or one beside what is in force. */
static void test_compare_sends(void **state UNUSED)
{
    static const struct answer answers[] = {{"POST /v1/compare", 200, "compare", 0}};
    const char *first = GOLDEN "compare-first.yaml",
               *second = GOLDEN "compare-second.yaml";
    struct fake f;
    struct run r;

    fake_start(&f, answers, ARRAY_LEN(answers));
    r = run_on(buf_cstr(&f.socket), 0, false, ARGS("compare", second));
    assert_non_null(strstr(buf_cstr(&r.out), "NOW"));
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 0, false, ARGS("compare", first, second));
    assert_non_null(strstr(buf_cstr(&r.out), "SECOND"));
    run_finish(&r);
    fake_stop(&f);
    assert_non_null(strstr(buf_cstr(&f.log), "{\"to\":[\"strategy: 1\\u000aname: Second"));
    assert_non_null(strstr(buf_cstr(&f.log), "\"from\":[\"strategy: 1\\u000aname: First"));
    assert_int_equal(f.used[0], 2);
    fake_end(&f);
}

/* ---- what every command shares ---- */

static void test_json_quiet_colour(void **state UNUSED)
{
    struct buf file;
    struct fake f;
    struct run r;
    struct err e;

    fake_start(&f, well, ARRAY_LEN(well));
    r = run_on(buf_cstr(&f.socket), 40, true, ARGS("coverage", "--json"));
    assert_true(tempdir_read(GOLDEN "coverage.json", &file, &e));
    assert_string_equal(buf_cstr(&r.out), buf_cstr(&file)); /* as it came, whole */
    buf_finish(&file);
    run_finish(&r);

    r = run_on(buf_cstr(&f.socket), 40, false, ARGS("-q", "coverage"));
    assert_int_equal(r.code, 0);
    assert_int_equal(r.out.n + r.err.n, 0);
    run_finish(&r);

    r = run_on("/nowhere", 40, false, ARGS("--socket", buf_cstr(&f.socket), "status"));
    assert_int_equal(r.code, 0); /* --socket goes before $ALIGND_SOCKET */
    assert_null(strchr(buf_cstr(&r.out), '\033'));
    run_finish(&r);

    r = run_on(buf_cstr(&f.socket), 40, true, ARGS("status"));
    assert_non_null(strstr(buf_cstr(&r.out), "\033[33malignd is well"));
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
}

static void test_rules_need_no_daemon(void **state UNUSED)
{
    struct run r = run_on("/nowhere", 0, false, ARGS("rules", "unlinked-work"));

    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "unlinked-work: "));
    assert_non_null(strstr(buf_cstr(&r.out), "defaults"));
    run_finish(&r);
    r = run_on("/nowhere", 0, false, ARGS("rules", "--json"));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "{\"rules\":[{\"id\":\""));
    run_finish(&r);
}

static void test_remote(void **state UNUSED)
{
    struct run r = run_on("/nowhere", 80, false,
                          ARGS("--host", "ana@h.example", "exempt", "PAY-1", "--reason",
                               "it's; $(x) `y`", "--", "--host", "z"));

    assert_int_equal(r.code, 69); /* the recorded exec says that there is no ssh */
    assert_non_null(strstr(buf_cstr(&r.err), "cannot start ssh"));
    assert_string_equal(exec_argv[0], "ssh");
    assert_string_equal(exec_argv[1], "--");
    assert_string_equal(exec_argv[2], "ana@h.example");
    assert_string_equal(
        exec_argv[3], "alignctl 'exempt' 'PAY-1' '--reason' 'it'\\''s; $(x) `y`' '--' "
                      "'--host' 'z'");
    assert_null(exec_argv[4]);
    exec_forget();
    run_finish(&r);
}

/* Hostile answers: nothing but an error or empty fields may come of them. */
static void test_strange_answers(void **state UNUSED)
{
    static const char *const bodies[] = {
        "{}",
        "{\"sources\":7,\"rules\":[1,null,{}],\"problems\":[[]],\"coverage\":[]}",
        "{\"findings\":[null,{\"state\":[]},{\"reason\":\"x\"}],\"total\":\"many\"}",
        "{\"items\":[{},{\"title\":{}}],\"total\":-1,\"next\":5}",
        "{\"paths\":[{\"chain\":[{}]}],\"state\":\"linked\",\"links\":[3]}",
        "{\"scopes\":[{}],\"total\":{\"ratio\":\"x\"},\"audit\":[{}],\"outbox\":[{}]}",
        "{\"initiatives\":[{}],\"buckets\":[[]]}",
    };
    static const char *const commands_[] = {"status", "drift",    "unlinked",
                                            "gaps",   "coverage", "initiatives",
                                            "audit",  "outbox",   "healthz"};

    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        const struct answer all[] = {
            {"GET /v1/status", 200, bodies[i], 0},
            {"GET /v1/findings?limit=100", 200, bodies[i], 0},
            {"GET /v1/findings/1", 200, bodies[i], 0},
            {"GET /v1/items/1/why", 200, bodies[i], 0},
            {"GET /v1/unlinked?limit=100", 200, bodies[i], 0},
            {"GET /v1/gaps?limit=100", 200, bodies[i], 0},
            {"GET /v1/coverage", 200, bodies[i], 0},
            {"GET /v1/initiatives", 200, bodies[i], 0},
            {"GET /v1/audit?limit=100", 200, bodies[i], 0},
            {"GET /v1/outbox?limit=100", 200, bodies[i], 0},
            {"GET /healthz", 200, bodies[i], 0},
        };
        struct fake f;
        struct run r;

        fake_start(&f, all, ARRAY_LEN(all));
        for (size_t j = 0; j < ARRAY_LEN(commands_); j++) {
            r = run_on(buf_cstr(&f.socket), 40, false, ARGS(commands_[j]));
            assert_int_equal(r.code, 0);
            run_finish(&r);
        }
        r = run_on(buf_cstr(&f.socket), 40, false, ARGS("drift", "show", "1"));
        assert_int_equal(r.code, 0);
        run_finish(&r);
        r = run_on(buf_cstr(&f.socket), 40, false, ARGS("why", "1"));
        assert_int_equal(r.code, 0);
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_writes_send),
        cmocka_unit_test(test_pages_are_joined),
        cmocka_unit_test(test_doctor_alone),
        cmocka_unit_test(test_compare_alone),
        cmocka_unit_test(test_compare_sends),
        cmocka_unit_test(test_json_quiet_colour),
        cmocka_unit_test(test_rules_need_no_daemon),
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_strange_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
