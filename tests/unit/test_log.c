#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "base/utf8.h"

/*
 * Standard error is a datagram socket while a test captures it: each write(2)
 * arrives on its own.
 */
struct capture {
    int saved, fd;
    char text[16384];
};

static void capture_begin(struct capture *c)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    c->saved = dup(STDERR_FILENO);
    assert_true(c->saved >= 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    c->fd = ends[0];
}

static void capture_end(struct capture *c)
{
    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
    close(c->fd);
}

/* The next write, or NULL when there was none. */
static const char *capture_next(struct capture *c, int flags)
{
    ssize_t n = recv(c->fd, c->text, sizeof c->text - 1, flags);

    if (n < 0) {
        return NULL;
    }
    c->text[n] = '\0';
    return c->text;
}

static const char *captured(struct capture *c)
{
    return capture_next(c, MSG_DONTWAIT);
}

static void test_journal(void **state UNUSED)
{
    static const struct {
        enum log_level level;
        const char *want;
    } rows[] = {
        {LOG_ERROR_, "<3>text 7\n"},
        {LOG_WARN_, "<4>text 7\n"},
        {LOG_INFO_, "<6>text 7\n"},
        {LOG_DEBUG_, "<7>text 7\n"},
    };
    static struct capture c;

    capture_begin(&c);
    for (size_t threshold = 0; threshold < ARRAY_LEN(rows); threshold++) {
        log_init(rows[threshold].level, true);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            log_at(rows[i].level, "%s %d", "text", 7);
            const char *got = captured(&c);

            if (i > threshold) {
                assert_null(got);
            } else {
                assert_string_equal(got, rows[i].want);
            }
            assert_null(captured(&c));
        }
    }
    log_error("a");
    assert_string_equal(captured(&c), "<3>a\n");
    log_warn("b");
    assert_string_equal(captured(&c), "<4>b\n");
    log_info("c");
    assert_string_equal(captured(&c), "<6>c\n");
    log_debug("d");
    assert_string_equal(captured(&c), "<7>d\n");
    log_set_level(LOG_ERROR_);
    log_warn("b");
    assert_null(captured(&c));
    capture_end(&c);
}

static void test_terminal(void **state UNUSED)
{
    static struct capture c;
    struct wall before = clock_wall(clock_system());
    struct wall t;

    capture_begin(&c);
    log_init(LOG_DEBUG_, false);
    log_warn("hello");
    struct str line = str_of(captured(&c));

    assert_true(date_parse_iso(str_first(line, 20), &t));
    assert_true(t.ms >= before.ms / 1000 * 1000);
    assert_true(t.ms <= clock_wall(clock_system()).ms);
    assert_true(str_eqz(str_skip(line, 20), " warn  hello\n"));
    capture_end(&c);
}

static void test_safe(void **state UNUSED)
{
    static const struct {
        const char *title, *want;
    } rows[] = {
        {"", "<6>\n"},
        {"two\n<3>lines", "<6>two <3>lines\n"},
        {"\x1b[2Jcleared", "<6>[2Jcleared\n"},
        {"\xe2\x80\xaetxt", "<6>txt\n"},
        {"bad\xff", "<6>bad\xef\xbf\xbd\n"},
        {"%s%n", "<6>%s%n\n"},
    };
    static struct capture c;

    capture_begin(&c);
    log_init(LOG_INFO_, true);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        log_info("%s", rows[i].title);
        assert_string_equal(captured(&c), rows[i].want);
        assert_null(captured(&c));
    }
    capture_end(&c);
}

/* Long text, also one that grows when it is made safe: cut, valid, one write. */
static void test_long(void **state UNUSED)
{
    static const char *const units[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80", "\xff"};
    static struct capture c;
    static char text[9000];

    capture_begin(&c);
    log_init(LOG_INFO_, true);
    for (size_t u = 0; u < ARRAY_LEN(units); u++) {
        size_t unit = strlen(units[u]);

        for (size_t lead = 0; lead < 4; lead++) {
            size_t n = lead;
            size_t bad;

            memset(text, 'a', lead);
            while (n + unit < sizeof text) {
                memcpy(text + n, units[u], unit);
                n += unit;
            }
            text[n] = '\0';
            log_info("%s", text);
            struct str line = str_of(captured(&c));

            assert_in_range(line.n, 3000, 4096);
            assert_true(str_has_suffix(line, STR("\xe2\x80\xa6\n")));
            assert_true(utf8_valid(line, &bad));
            if (u != 4) { /* nothing good was replaced */
                assert_int_equal(str_find(line, STR("\xef\xbf\xbd")), -1);
            }
            assert_null(captured(&c));
        }
    }
    capture_end(&c);
}

/* Lengths around each limit: whole up to it, cut from there on, never lost. */
static void test_limits(void **state UNUSED)
{
    static struct capture c;

    capture_begin(&c);
    log_init(LOG_INFO_, true);
    log_info("%*s", 3071, "x");
    assert_string_equal(captured(&c), "<6> x\n");
    log_info("%*s", 3072, "x");
    assert_string_equal(captured(&c), "<6> \xe2\x80\xa6\n");
    for (size_t i = 3900; i < 4200; i++) { /* safe text of i bytes */
        char text[1500];
        size_t n = i / 3 + i % 3;

        memset(text, 'a', n);
        memset(text, '\xff', i / 3);
        text[n] = '\0';
        log_info("%s", text);
        struct str line = str_of(captured(&c));
        bool cut = str_has_suffix(line, STR("\xe2\x80\xa6\n"));

        assert_true(line.n <= 4096);
        assert_int_equal(cut, 3 + i + 1 > 4096);
        if (!cut) {
            assert_int_equal(line.n, 3 + i + 1);
        }
    }
    capture_end(&c);
}

static void test_errno(void **state UNUSED)
{
    static struct capture c;

    capture_begin(&c);
    log_init(LOG_INFO_, true);
    errno = ENOENT;
    log_info("kept");
    assert_int_equal(errno, ENOENT);
    assert_string_equal(captured(&c), "<6>kept\n");
    capture_end(&c);

    /* A closed standard error is no reason to fail. */
    int saved = dup(STDERR_FILENO);

    close(STDERR_FILENO);
    errno = EAGAIN;
    log_info("lost");
    assert_int_equal(errno, EAGAIN);
    dup2(saved, STDERR_FILENO);
    close(saved);
}

static void test_level_names(void **state UNUSED)
{
    static const struct {
        struct str text;
        bool ok;
        enum log_level level;
    } rows[] = {
        {STR_INIT("error"), true, LOG_ERROR_}, {STR_INIT("warn"), true, LOG_WARN_},
        {STR_INIT("info"), true, LOG_INFO_},   {STR_INIT("debug"), true, LOG_DEBUG_},
        {STR_INIT("Error"), false, 0},         {STR_INIT("warning"), false, 0},
        {STR_INIT("inf"), false, 0},           {{NULL, 0}, false, 0},
        {STR_INIT("debug "), false, 0},        {STR_INIT("info\0"), false, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        enum log_level level = LOG_ERROR_;

        assert_int_equal(log_level_parse(rows[i].text, &level), rows[i].ok);
        assert_int_equal(level, rows[i].level);
    }
}

enum { WRITERS = 4, LINES = 2000 };

static void *write_lines(void *arg)
{
    const char *mark = arg;

    for (int i = 0; i < LINES; i++) {
        log_info("%c%0*d", *mark, 20 + i % 50, i);
        log_set_level(i % 2 == 0 ? LOG_INFO_ : LOG_DEBUG_);
    }
    return NULL;
}

/* Lines of four threads arrive whole, and each thread's in order. */
static void test_threads(void **state UNUSED)
{
    static struct capture c;
    static char marks[WRITERS] = {'a', 'b', 'c', 'd'};
    pthread_t threads[WRITERS];
    int next[WRITERS] = {0};

    capture_begin(&c);
    log_init(LOG_INFO_, true);
    for (size_t i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &marks[i]), 0);
    }
    for (int i = 0; i < WRITERS * LINES; i++) {
        char want[128];
        const char *got = capture_next(&c, 0);

        assert_non_null(got);
        assert_in_range(got[3], 'a', 'd');
        int *n = &next[got[3] - 'a'];

        snprintf(want, sizeof want, "<6>%c%0*d\n", got[3], 20 + *n % 50, *n);
        assert_string_equal(got, want);
        (*n)++;
    }
    for (size_t i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_null(captured(&c));
    capture_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal),     cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_safe),        cmocka_unit_test(test_long),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_errno),
        cmocka_unit_test(test_level_names), cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
