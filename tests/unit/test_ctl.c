/*
 * alignctl as its user meets it: command lines run against a scripted daemon
 * on a Unix socket, output held to golden text at three widths, exit codes and
 * messages to a table. The daemon's answers are files of tests/golden/ctl, which
 * test_api holds to config/openapi.json. ALIGND_GOLDEN=write writes golden text
 * anew; look at the difference before committing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/date.h"
#include "base/utf8.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/remote.h"
#include "tests/support/tempdir.h"

#define GOLDEN "tests/golden/ctl/"

/* ---- the scripted daemon ---- */

struct answer {
    const char *request; /* "GET /v1/status"; the first row that fits is used */
    int status;
    const char *file; /* of GOLDEN; or, with a '{' first, the body itself */
    unsigned times;   /* 0: as often as asked */
};

struct fake {
    struct tempdir dir;
    struct buf socket;
    int fd, stop[2];
    pthread_t thread;
    const struct answer *answers;
    size_t n_answers;
    unsigned used[64];
    struct buf log; /* what was asked, one line each; read after fake_stop only */
};

static void read_request(int fd, struct buf *in)
{
    char chunk[4096];
    size_t want = 0;

    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        ptrdiff_t end, len;

        if (n <= 0)
            return;
        buf_add(in, (struct str){chunk, (size_t)n});
        end = str_find(buf_str(in), STR("\r\n\r\n"));
        if (end < 0)
            continue;
        len = str_find_nocase(buf_str(in), STR("\r\ncontent-length:"));
        want = (size_t)end + 4;
        if (len >= 0)
            want += strtoul(buf_cstr(in) + len + 17, NULL, 10);
        if (in->n >= want)
            return;
    }
}

static const struct answer *choose(struct fake *f, struct str request)
{
    for (size_t i = 0; i < f->n_answers; i++) {
        const struct answer *a = &f->answers[i];

        if (!str_eqz(request, a->request) || (a->times > 0 && f->used[i] >= a->times))
            continue;
        f->used[i]++;
        return a;
    }
    return NULL;
}

static void serve_one(struct fake *f, int fd)
{
    struct buf in, out, body;
    struct str line, request, rest;
    const struct answer *a;
    struct err e;
    ptrdiff_t at;

    buf_init(&in, (size_t)1 << 20);
    buf_init(&out, (size_t)1 << 20);
    buf_init(&body, (size_t)1 << 20);
    read_request(fd, &in);
    rest = buf_str(&in);
    if (str_split(&rest, '\r', &line)) {
        at = str_find(line, STR(" HTTP/1.1"));
        request = at > 0 ? str_first(line, (size_t)at) : line;
        at = str_find(buf_str(&in), STR("\r\n\r\n"));
        buf_printf(&f->log, "%.*s %.*s\n", STR_FMT(request),
                   STR_FMT(str_skip(buf_str(&in), (size_t)at + 4)));
        a = choose(f, request);
        if (a == NULL) {
            buf_addz(&body, "{\"detail\":\"the script has no such request\"}");
        } else if (a->file[0] == '{' || a->file[0] == '<') {
            buf_addz(&body, a->file);
        } else {
            char path[300];

            buf_finish(&body);
            snprintf(path, sizeof(path), GOLDEN "%s.json", a->file);
            if (!tempdir_read(path, &body, &e))
                buf_printf(&f->log, "no file %s\n", path);
        }
        buf_printf(&out,
                   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                   a != NULL ? a->status : 599, body.n);
        buf_add(&out, buf_str(&body));
        for (size_t n = 0; n < out.n;) {
            ssize_t w = send(fd, out.p + n, out.n - n, MSG_NOSIGNAL);

            if (w <= 0)
                break;
            n += (size_t)w;
        }
    }
    buf_finish(&in);
    buf_finish(&out);
    buf_finish(&body);
}

static void *serve(void *arg)
{
    struct fake *f = arg;

    for (;;) {
        struct pollfd p[2] = {{f->fd, POLLIN, 0}, {f->stop[0], POLLIN, 0}};
        int fd;

        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return NULL;
        }
        if (p[1].revents != 0)
            return NULL;
        fd = accept(f->fd, NULL, NULL);
        if (fd < 0)
            continue;
        serve_one(f, fd);
        close(fd);
    }
}

static void fake_start(struct fake *f, const struct answer *answers, size_t n)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct err e;

    *f = (struct fake){.answers = answers, .n_answers = n};
    assert_true(n <= ARRAY_LEN(f->used));
    assert_true(tempdir_create(&f->dir, &e));
    assert_true(tempdir_join(&f->dir, "s", &f->socket, &e));
    buf_init(&f->log, (size_t)1 << 20);
    f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->fd >= 0);
    assert_true(f->socket.n < sizeof(sa.sun_path));
    memcpy(sa.sun_path, buf_cstr(&f->socket), f->socket.n);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(f->fd, 8), 0);
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static void fake_stop(struct fake *f)
{
    assert_int_equal(write(f->stop[1], "x", 1), 1);
    pthread_join(f->thread, NULL);
    close(f->fd);
    close(f->stop[0]);
    close(f->stop[1]);
    buf_finish(&f->socket);
    tempdir_remove(&f->dir);
}

static void fake_end(struct fake *f)
{
    buf_finish(&f->log);
}

/* ---- running alignctl ---- */

struct run {
    struct buf out, err;
    int code;
};

static struct wall now(void)
{
    struct wall t;

    assert_true(date_parse_iso(STR("2026-11-22T12:57:00Z"), &t));
    return t;
}

static char *exec_argv[8];
static int exec_recorded(char *const *argv)
{
    size_t i = 0;

    for (; argv[i] != NULL && i < 7; i++)
        exec_argv[i] = strdup(argv[i]);
    exec_argv[i] = NULL;
    return ENOENT;
}

static void exec_forget(void)
{
    for (size_t i = 0; i < 8; i++) {
        free(exec_argv[i]);
        exec_argv[i] = NULL;
    }
}

/* `args` NULL-terminated, without the program's name. */
static struct run run_on(const char *socket, size_t columns, bool colour,
                         const char *const *args)
{
    struct ctl_env env = {socket, columns, colour, now(), tz_utc(), exec_recorded};
    struct run r;
    char *argv[24];
    char name[] = "alignctl";
    int argc = 1;

    argv[0] = name;
    for (; args[argc - 1] != NULL; argc++)
        argv[argc] = strdup(args[argc - 1]);
    argv[argc] = NULL;
    buf_init(&r.out, (size_t)1 << 24);
    buf_init(&r.err, (size_t)1 << 20);
    r.code = ctl_run(&env, argc, argv, &r.out, &r.err);
    while (argc > 1)
        free(argv[--argc]);
    return r;
}

static void run_finish(struct run *r)
{
    buf_finish(&r->out);
    buf_finish(&r->err);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- golden text ---- */

static void hold_to_golden(const char *name, size_t columns, const struct buf *got)
{
    char path[300];
    struct buf want;
    struct err e;

    snprintf(path, sizeof(path), GOLDEN "%s.%zu.txt", name, columns);
    if (getenv("ALIGND_GOLDEN") != NULL) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fwrite(buf_cstr(got), 1, got->n, f);
        fclose(f);
    }
    if (!tempdir_read(path, &want, &e))
        fail_msg("%s: %s", path, e.msg);
    if (!str_eq(buf_str(&want), buf_str(got)))
        fail_msg("%s differs; got:\n%s", path, buf_cstr(got));
    buf_finish(&want);
}

/* No line is wider than the terminal, nothing hostile gets through. */
static void hold_to_terminal(const char *name, size_t columns, const struct buf *got)
{
    struct str rest = buf_str(got), line;

    assert_true(utf8_valid(rest, &(size_t){0}));
    while (str_split(&rest, '\n', &line)) {
        struct str left = line;

        if (utf8_width(line) > columns)
            fail_msg("%s at %zu: %zu columns: %.*s", name, columns, utf8_width(line),
                     STR_FMT(line));
        while (left.n > 0) {
            uint32_t cp;

            left = str_skip(left, utf8_next(left, &cp));
            assert_false(utf8_hostile(cp));
        }
    }
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
        hold_to_terminal(rows[row].name, columns, &r.out);
        hold_to_golden(rows[row].name, columns, &r.out);
        run_finish(&r);
    }
    for (size_t i = 0; i < ARRAY_LEN(f); i++) {
        fake_stop(&f[i]);
        fake_end(&f[i]);
    }
}

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

        if (r.code != rows[i].code)
            fail_msg("row %zu: exit %d, not %d: %s", i, r.code, rows[i].code,
                     buf_cstr(&r.err));
        if (rows[i].message == NULL)
            assert_int_equal(r.err.n, 0);
        else if (strstr(buf_cstr(&r.err), rows[i].message) == NULL)
            fail_msg("row %zu: \"%s\" is not in: %s", i, rows[i].message,
                     buf_cstr(&r.err));
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

/* ---- waiting ---- */

#define CONF(generation, error)                                                        \
    "{\"configuration\":{\"generation\":" generation ",\"error\":" error               \
    "},\"strategy\":{\"name\":\"Second\"}}"

static void test_reload(void **state UNUSED)
{
    static const struct {
        int code;
        const char *out, *err;
        struct answer answers[4];
    } rows[] = {
        {0,
         "strategy 'Second' is in force",
         "",
         {{"GET /v1/status", 200, CONF("1", "null"), 2},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("2", "null"), 0}}},
        {78,
         "",
         "a.yaml:3:1: error",
         {{"GET /v1/status", 200, CONF("1", "null"), 2},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("1", "\"a.yaml:3:1: error\""), 0}}},
        /* mended: the error of the reload before is not taken for this one's */
        {0,
         "strategy 'Second' is in force",
         "",
         {{"GET /v1/status", 200, CONF("1", "\"old\""), 4},
          {"POST /v1/reload", 202, "accepted", 0},
          {"GET /v1/status", 200, CONF("2", "null"), 0}}},
        {3,
         "",
         "may not",
         {{"GET /v1/status", 200, CONF("1", "null"), 0},
          {"POST /v1/reload", 403, "{\"detail\":\"may not\"}", 0}}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fake f;
        struct run r;
        size_t n = 0;

        while (n < ARRAY_LEN(rows[i].answers) && rows[i].answers[n].request != NULL)
            n++;
        fake_start(&f, rows[i].answers, n);
        r = run_on(buf_cstr(&f.socket), 80, false, ARGS("reload"));
        assert_int_equal(r.code, rows[i].code);
        assert_non_null(strstr(buf_cstr(&r.out), rows[i].out));
        assert_non_null(strstr(buf_cstr(&r.err), rows[i].err));
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
}

#define SYNCS(evaluating, running, a, b)                                               \
    "{\"evaluating\":" evaluating                                                      \
    ",\"sources\":[{\"name\":\"jira\",\"running\":" running ",\"syncs\":" a            \
    "},{\"name\":\"github\",\"running\":false,\"syncs\":" b "}]}"

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
        hold_to_terminal("compare-alone", widths[i], &r.out);
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

static void test_sync_waits(void **state UNUSED)
{
    static const struct answer one[] = {
        {"GET /v1/status", 200, SYNCS("false", "false", "4", "9"), 1},
        {"POST /v1/sync?source=jira", 202, "accepted", 0},
        {"GET /v1/status", 200, SYNCS("false", "true", "4", "9"), 1},
        {"GET /v1/status", 200, SYNCS("true", "false", "5", "9"), 1},
        {"GET /v1/status", 200, /* of value sources, another one's matter */
         SYNCS("false,\"reading_values\":true", "false", "5", "9"), 0},
    };
    static const struct answer all[] = {
        {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
        {"POST /v1/sync", 202, "accepted", 0},
        {"GET /v1/status", 200, SYNCS("false", "false", "5", "4"), 1},
        {"GET /v1/status", 200, SYNCS("false,\"reading_values\":true", "false", "5", "5"),
         1},
        {"GET /v1/status", 200, SYNCS("false", "false", "5", "5"), 0},
    };
    struct fake f;
    struct run r;

    fake_start(&f, one, ARRAY_LEN(one));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "jira", "--wait"));
    assert_int_equal(r.code, 0);
    assert_string_equal(buf_cstr(&r.out), "Synced jira.\n");
    run_finish(&r);
    fake_stop(&f);
    assert_int_equal(f.used[2] + f.used[3], 2);
    assert_true(f.used[4] > 0);
    fake_end(&f);

    fake_start(&f, all, ARRAY_LEN(all));
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "--wait"));
    assert_int_equal(r.code, 0);
    run_finish(&r);
    fake_stop(&f);
    assert_int_equal(f.used[2] + f.used[3], 2);
    assert_true(f.used[4] > 0);
    fake_end(&f);
}

static void test_sync_tells_failures(void **state UNUSED)
{
#define FAILED                                                                         \
    "{\"evaluating\":false,\"problems\":[{\"part\":\"channel\",\"name\":\"product\","  \
    "\"text\":\"dead\"},{\"part\":\"source\",\"name\":\"github\","                     \
    "\"text\":\"stale: cannot connect\"},{\"part\":\"key-result\",\"name\":\"nps\","   \
    "\"text\":\"its value cannot be had\"}],\"sources\":["                             \
    "{\"name\":\"jira\",\"running\":false,\"syncs\":5},"                               \
    "{\"name\":\"github\",\"running\":false,\"syncs\":5}]}"
    static const struct {
        const char *source, *out, *err;
        int code;
    } rows[] = {
        {NULL, "",
         "alignctl: source github: stale: cannot connect\n"
         "alignctl: key-result nps: its value cannot be had\n",
         1},
        {"github", "", "alignctl: source github: stale: cannot connect\n", 1},
        {"jira", "Synced jira.\n", "", 0}, /* another one's trouble is not its own */
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static const struct answer answers[] = {
            {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
            {"POST /v1/sync", 202, "accepted", 0},
            {"POST /v1/sync?source=jira", 202, "accepted", 0},
            {"POST /v1/sync?source=github", 202, "accepted", 0},
            {"GET /v1/status", 200, FAILED, 0},
        };
        struct fake f;
        struct run r;

        fake_start(&f, answers, ARRAY_LEN(answers));
        r = run_on(buf_cstr(&f.socket), 80, false,
                   ARGS("sync", "--wait", rows[i].source));
        assert_int_equal(r.code, rows[i].code);
        assert_string_equal(buf_cstr(&r.out), rows[i].out);
        assert_string_equal(buf_cstr(&r.err), rows[i].err);
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
#undef FAILED
}

/* What the store did not keep has not come; a source may go while it is waited for. */
static void test_sync_tells_what_else_went_wrong(void **state UNUSED)
{
    static const struct {
        const char *after, *err;
    } rows[] = {
        {"{\"evaluating\":false,\"problems\":[{\"part\":\"store\",\"name\":null,"
         "\"text\":\"it is full\"}],\"sources\":[{\"name\":\"jira\","
         "\"running\":false,\"syncs\":5}]}",
         "alignctl: store: it is full\n"},
        {"{\"evaluating\":false,\"sources\":[]}",
         "alignctl: source jira is not configured any more\n"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct answer answers[] = {
            {"GET /v1/status", 200, SYNCS("false", "false", "4", "4"), 1},
            {"POST /v1/sync?source=jira", 202, "accepted", 0},
            {"GET /v1/status", 200, rows[i].after, 0},
        };
        struct fake f;
        struct run r;

        fake_start(&f, answers, ARRAY_LEN(answers));
        r = run_on(buf_cstr(&f.socket), 80, false, ARGS("sync", "--wait", "jira"));
        assert_int_equal(r.code, 1);
        assert_string_equal(buf_cstr(&r.out), "");
        assert_string_equal(buf_cstr(&r.err), rows[i].err);
        run_finish(&r);
        fake_stop(&f);
        fake_end(&f);
    }
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

/* With the daemon, its last value is the baseline; without it, that is said. */
static void test_roll(void **state UNUSED)
{
    struct fake f;
    struct run r;

    fake_start(&f, well, ARRAY_LEN(well));
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2027Q2", "config/strategy.yaml"));
    assert_int_equal(r.code, 0);
    assert_int_equal(r.err.n, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "\n# Bets on how to get there."));
    assert_non_null(strstr(buf_cstr(&r.out), "  - id: right-first-time-2027q2\n"));
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q2", "config/strategy.yaml", "--json"));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.err), "baselines are left open"));
    assert_non_null(strstr(buf_cstr(&r.out), "\"key_results\":2,"));
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2031", "config/strategy.yaml"));
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_cstr(&r.err), "nothing to draft"));
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false, ARGS("strategy", "roll", "2027Q9"));
    assert_int_equal(r.code, 2);
    run_finish(&r);
    r = run_on(buf_cstr(&f.socket), 80, false,
               ARGS("strategy", "roll", "2027Q2", "no/such/file"));
    assert_int_equal(r.code, 78);
    run_finish(&r);
    fake_stop(&f);
    fake_end(&f);
}

static const char want_patch[] =
    "--- /dev/null\n+++ b/2027q1-draft.yaml\n@@ -0,0 +1,14 @@\n+objectives:\n"
    "+  # Draft of 2027q1, 2027-01-01 to 2027-03-31: what ended before it.\n"
    "+  # initiative i moves k-2027q1 now, instead of k\n"
    "+  # team t has k-2027q1 now, instead of k\n"
    "+  - id: o-2027q1\n+    title: O\n+    from: 2027-01-01\n+    to: 2027-03-31\n"
    "+    key_results:\n+      - id: k-2027q1\n+        title: K\n"
    "+        start: 2027-01-01\n+        by: 2027-03-31\n+        kind: done\n"
    "--- a/20-bets.yaml\n+++ b/20-bets.yaml\n@@ -2,5 +2,5 @@\n"
    " # 2\n # 3\n # 4\n"
    "-initiatives: [{ id: i, title: I, moves: [k] }] # k\n"
    "-teams: [{ id: t, title: T, key_results: [k] }]\n"
    "\\ No newline at end of file\n"
    "+initiatives: [{ id: i, title: I, moves: [k-2027q1] }] # k\n"
    "+teams: [{ id: t, title: T, key_results: [k-2027q1] }]\n"
    "\\ No newline at end of file\n";

static void take_files(const struct buf *out, struct tempdir *dir)
{
    json_t *root = json_loadb(out->p, out->n, 0, NULL), *file;
    struct err e;
    size_t i;

    assert_int_equal(json_array_size(json_object_get(root, "files")), 2);
    json_array_foreach(json_object_get(root, "files"), i, file)
    {
        const char *text = json_string_value(json_object_get(file, "text"));

        assert_true(tempdir_write(dir,
                                  json_string_value(json_object_get(file, "name")),
                                  str_of(text), &e));
    }
    json_decref(root);
}

/* Of a directory, a patch: one more file, and what the others name. */
static void test_roll_directory(void **state UNUSED)
{
    struct tempdir dir;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_write(&dir, "10-goals.yaml",
                              STR("strategy: 1\nname: A\nobjectives:\n  - id: o\n"
                                  "    title: O\n    to: 2026-12-31\n    key_results:\n"
                                  "      - { id: k, title: K, kind: done }\n"),
                              &e));
    assert_true(tempdir_write(&dir, "20-bets.yaml",
                              STR("# 1\n# 2\n# 3\n# 4\n"
                                  "initiatives: [{ id: i, title: I, moves: [k] }] # k\n"
                                  "teams: [{ id: t, title: T, key_results: [k] }]"),
                              &e));
    assert_true(tempdir_write(&dir, "2027q1.yaml", STR("# taken\n"), &e));
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir)));
    if (r.code != 0)
        fail_msg("%d %s", r.code, buf_cstr(&r.err));
    assert_string_equal(buf_cstr(&r.out), want_patch);
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir), "--json"));
    assert_int_equal(r.code, 0);
    take_files(&r.out, &dir);
    run_finish(&r);
    /* It loads, and what is done is not done again. */
    r = run_on("no/such/socket", 80, false, ARGS("lint", tempdir_path(&dir)));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "2027q1-draft.yaml"));
    run_finish(&r);
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", tempdir_path(&dir)));
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(buf_cstr(&r.err), "nothing to draft"));
    run_finish(&r);
    tempdir_remove(&dir);
}

static void test_roll_brackets(void **state UNUSED)
{
    struct tempdir dir;
    struct buf path;
    struct run r;
    struct err e;

    assert_true(tempdir_create(&dir, &e));
    assert_true(tempdir_write(&dir, "s.yaml",
                              STR("strategy: 1\nname: A\nobjectives: [{ id: o, title: O, "
                                  "to: 2026-12-31 }]\ninitiatives: [{ id: i, title: I }]\n"),
                              &e));
    assert_true(tempdir_join(&dir, "s.yaml", &path, &e));
    r = run_on("no/such/socket", 80, false,
               ARGS("strategy", "roll", "2027Q1", buf_cstr(&path)));
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(buf_cstr(&r.out), "to: 2026-12-31 },\n  # Draft of 2027q1"));
    assert_non_null(strstr(buf_cstr(&r.out), "  { id: o-2027q1,\n"));
    assert_true(str_has_suffix(buf_str(&r.out),
                               STR("  },\n  ]\ninitiatives: [{ id: i, title: I }]\n")));
    run_finish(&r);
    buf_finish(&path);
    tempdir_remove(&dir);
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
        cmocka_unit_test(test_doctor_alone),
        cmocka_unit_test(test_compare_alone),
        cmocka_unit_test(test_compare_sends),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_writes_send),
        cmocka_unit_test(test_pages_are_joined),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_sync_waits),
        cmocka_unit_test(test_sync_tells_failures),
        cmocka_unit_test(test_sync_tells_what_else_went_wrong),
        cmocka_unit_test(test_json_quiet_colour),
        cmocka_unit_test(test_rules_need_no_daemon),
        cmocka_unit_test(test_remote),
        cmocka_unit_test(test_roll),
        cmocka_unit_test(test_roll_directory),
        cmocka_unit_test(test_roll_brackets),
        cmocka_unit_test(test_strange_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
