/*
 * alignctl where something is wrong: exit codes and messages to a table, no daemon,
 * no permission.
 */
#include "tests/unit/ctl_rig.h"

/* ---- exit codes and messages ---- */

static const struct answer refusing[] = {
    {"GET /v1/status", 403, "{\"detail\":\"uid 7 may not\"}", 0},
    {"GET /v1/items/nope/why", 404, "{\"detail\":\"no item 'nope'\"}", 0},
    {"GET /v1/items/a%2Fb%20c%234/why", 404, "{\"detail\":\"decoded well\"}", 0},
    {"GET /v1/coverage", 500, "{\"detail\":\"the disk is full\"}", 0},
    {"GET /v1/initiatives", 200, "<html>", 0},
    {"GET /v1/audit?limit=100", 500, "<html>", 0},
    {"POST /v1/sync?source=jria", 404, "{\"detail\":\"no source named 'jria'\"}", 0},
    {"GET /v1/findings?limit=100", 200, "findings-none", 0},
    {"GET /v1/findings?team=web&limit=100", 200, "findings-none", 0},
    {"GET /healthz", 200, "healthz-well", 0},
    {"GET /v1/strategy?at=2020-01-01", 404, "{\"detail\":\"the first was later\"}", 0},
    {"GET /v1/findings?state=firing&limit=1", 200, "findings", 0},
    {"GET /v1/findings?state=firing&limit=1&team=web", 200, "findings-none", 0},
};

#define ROUTES "--config=" GOLDEN "routes.yaml"

static void test_exit_codes(void **state UNUSED)
{
    static const struct {
        int code;
        const char *message; /* in the error output; NULL: there is none */
        const char *args[8];
    } rows[] = {
        {2, "usage: alignctl", {NULL}},
        {2, "did you mean 'status'", {"statsu"}},
        {2, "an argument is empty", {"why", ""}},
        {2, "no command 'x'", {"x"}},
        {2, "no command 'x'", {"help", "x"}},
        {2, "did you mean --json", {"status", "--jsn"}},
        {2, "no option --color", {"status", "--color"}},
        {2, "no option -x", {"status", "-x"}},
        {2, "takes no --rule", {"status", "--rule", "r"}},
        {2, "'lgo' is not known here", {"strategy", "lgo"}},
        {2, "strategy diff [FROM [TO]]", {"strategy", "log", "x"}},
        {2, "strategy diff [FROM [TO]]", {"strategy", "diff", "--at", "2026-10-01"}},
        {3, "the first was later", {"strategy", "show", "--at", "2020-01-01"}},
        {2, "--rule needs a value", {"drift", "--rule"}},
        {2, "--rule is empty", {"drift", "--rule="}},
        {2, "takes no value", {"drift", "--all=1"}},
        {2, "something is missing: alignctl why ITEM", {"why"}},
        {2, "is too much", {"why", "a", "b"}},
        {2, "is too much", {"why", "a", "b", "c", "d", "e", "f"}},
        {2, "alignctl drift show ID", {"drift", "PAY-12"}},
        {2, "which one", {"drift", "show"}},
        {2, "which one", {"outbox", "retry"}},
        {2, "alignctl outbox", {"outbox", "again", "1"}},
        {2, "alignctl channels test", {"channels", "list", "ops"}},
        {2, "channels test NAME", {"channels", "test"}},
        {2, "say what it stands at", {"checkin", "nps"}},
        {2, "leave the number out", {"checkin", "nps", "4", "--undo"}},
        {2, "say why", {"exempt", "PAY-12"}},
        {2, "say what", {"silence", "--for", "3d"}},
        {2, "say why", {"silence", "owner=ana", "--for", "3d"}},
        {2, "for how long", {"silence", "owner=ana", "--reason", "x"}},
        {2, "stands alone", {"silence", "owner=ana", "--end", "3"}},
        {2, "for how long", {"snooze", "a3f"}},
        {2, "something is missing: alignctl compare FILE", {"compare"}},
        {2, "say what would change", {"whatif"}},
        {2, "say what would change", {"whatif", "--reach", "4"}},
        {78, "a.yaml: error: No such file", {"compare", "/nowhere/a.yaml"}},
        {2, "--at is for all of them", {"initiatives", "x", "--at=2026-10-01"}},
        {2, "--limit is a number", {"drift", "--limit", "0"}},
        {2, "--limit is a number", {"unlinked", "--limit=many"}},
        {2, "no rule 'nope'", {"rules", "nope"}},
        {2, "say since when", {"replay"}},
        {78, "no/such.yaml", {"replay", "--since", "2026-10-01", "--config", "no/such.yaml"}},
        {2, "is of all rules", {"rules", "no-epics", "--precision"}},
        {2, "is not known here", {"routes", "tset"}},
        {2, "takes a finding's labels", {"routes", "--team", "web"}},
        {2, "say what it would be", {"routes", "test"}},
        {2, "another name of --scope", {"routes", "test", "--scope=a", "--project=a"}},
        {2, "there are web, payments", {"routes", "test", "--team=x", ROUTES}},
        {2, "did you mean 'unlinked-work'", {"routes", "test", "--rule=unlinkd-work", ROUTES}},
        {2, "there are info, warn, high", {"routes", "test", "--severity=urgent", ROUTES}},
        {2, "no source 'x': there are hub", {"routes", "test", "--source=x", ROUTES}},
        {2, "no initiative 'x'", {"routes", "test", "--initiative=x", ROUTES}},
        {2, "no objective 'x'", {"routes", "test", "--objective=x", ROUTES}},
        {2, "no intent 'x': there is none", {"routes", "test", "--intent=x", ROUTES}},
        {78, "/nowhere/a.yaml: error: there is no such file", {"routes", "--config=/nowhere/a.yaml"}},
        {2, "begins with '-'", {"status", "--host", "-oProxyCommand=x"}},
        {2, "blank or control", {"status", "--host", "a b"}},
        {3, "uid 7 may not", {"status"}},
        {3, "no item 'nope'", {"why", "nope"}},
        {3, "decoded well", {"why", "a/b c#4"}},
        {3, "the disk is full", {"coverage"}},
        {3, "no source named", {"sync", "jria"}},
        {3, "answered 500 and did not say why", {"audit"}},
        {70, "is not alignd", {"initiatives"}},
        {1, NULL, {"drift", "--fail"}},
        {0, NULL, {"drift"}},
        {0, NULL, {"drift", "--fail", "--team", "web"}},
        {0, NULL, {"--version"}},
        {0, NULL, {"-h"}},
        {0, NULL, {"help", "why"}},
        {0, NULL, {"rules"}},
    };
    struct fake f;

    fake_start(&f, refusing, ARRAY_LEN(refusing));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct run r = run_on(buf_cstr(&f.socket), 80, false, rows[i].args);

        run_expect(&r, i, rows[i].code, rows[i].message);
        if (r.code != 0 && r.code != 1)
            assert_int_equal(r.out.n, 0);
        run_finish(&r);
    }
    fake_stop(&f);
    fake_end(&f);
}

static void expect_failure(const char *socket, int code, const char *message)
{
    struct run r = run_on(socket, 80, false, ARGS("status"));

    if (r.code != code || strstr(buf_cstr(&r.err), message) == NULL)
        fail_msg("exit %d, not %d with \"%s\": %s", r.code, code, message,
                 buf_cstr(&r.err));
    run_finish(&r);
}

static void test_unreachable(void **state UNUSED)
{
    static const struct answer none[] = {{"GET /", 200, "{}", 0}};
    char longer[200];
    struct tempdir dir;
    struct buf path;
    struct fake f;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_join(&dir, "absent", &path, &e));
    expect_failure(buf_cstr(&path), 69, "systemctl start alignd");
    expect_failure(buf_cstr(&path), 69, "No such file");
    buf_finish(&path);
    memset(longer, 'x', sizeof(longer));
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    expect_failure(longer, 2, "longer than 107 bytes");

    fake_start(&f, none, ARRAY_LEN(none));
    assert_int_equal(tempdir_join(&dir, "dead", &path, &e), true);
    assert_int_equal(link(buf_cstr(&f.socket), buf_cstr(&path)), 0);
    fake_stop(&f);
    fake_end(&f);
    expect_failure(buf_cstr(&path), 69, "Connection refused"); /* a stale socket file */
    buf_finish(&path);
    tempdir_remove(&dir);
}

static void test_no_permission(void **state UNUSED)
{
    static const struct answer any[] = {{"GET /v1/status", 200, "status-well", 0}};
    bool root = geteuid() == 0;
    struct fake f;

    fake_start(&f, any, ARRAY_LEN(any));
    assert_int_equal(chmod(tempdir_path(&f.dir), 0755), 0);
    if (root) /* the superuser may do anything: be nobody for a while */
        assert_int_equal(chown(buf_cstr(&f.socket), 0, 4), 0); /* adm, on Debian */
    assert_int_equal(chmod(buf_cstr(&f.socket), 0), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    expect_failure(buf_cstr(&f.socket), 77,
                   root ? "sudo adduser $USER adm" : "adduser");
    if (root) {
        assert_int_equal(seteuid(0), 0);
        /* Nobody is told to join the superuser's group. */
        assert_int_equal(chown(buf_cstr(&f.socket), 0, 0), 0);
        assert_int_equal(seteuid(65534), 0);
        expect_failure(buf_cstr(&f.socket), 77, "the user who runs alignd");
        assert_int_equal(seteuid(0), 0);
    }
    fake_stop(&f);
    fake_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_no_permission),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
