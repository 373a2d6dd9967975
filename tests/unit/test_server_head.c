/*
 * The judge of request heads: what is sound, what is refused by which status, and
 * that nothing is judged before it is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "status/server_head.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n"

struct row {
    const char *head;
    int status; /* 0: sound; -1: more is to come */
};

static const struct row rows[] = {
    {GET "\r\n", 0},
    {"GET / HTTP/1.1\nHost: x\n\n", 0},
    {"\r\n\r\n" GET "\r\n", 0},
    {"GET / HTTP/1.0\r\n\r\n", 0},
    {"GET / HTTP/1.2\r\nHost:\r\n\r\n", 0},
    {"BREW http://x/?a=%20 HTTP/1.1\r\nhost:x\r\nX-Y: \t caf\xc3\xa9 \r\n\r\n", 0},
    {GET "Content-Length: 18446744073709551615\r\n\r\n", 0},
    {GET "Transfer-Encoding: CHUNKED\r\n\r\nzz\r\n", 0},
    {GET "\r\nGET nonsense", 0}, /* what follows is not its affair */

    {"", -1},
    {"\r\n\r\n", -1},
    {"GET / HT", -1},
    {"GET / HTTP/1.1\r", -1},
    {GET, -1},

    {"GET\r\n", 400},
    {"GET /\r\n", 400},
    {"GET  / HTTP/1.1\r\n", 400},
    {"GET / x HTTP/1.1\r\n", 400},
    {"GET /\tx HTTP/1.1\r\n", 400},
    {" GET / HTTP/1.1\r\n", 400},
    {"G\"T / HTTP/1.1\r\n", 400},
    {"GET / HTTP/1.1 \r\n", 400},
    {"GET / HTTP/11\r\n", 400},
    {"GET / http/1.1\r\n", 400},
    {"GET / HTTP/0.9\r\n", 505},
    {"GET / HTTP/2.0\r\n", 505},
    {"\x16\x03\x01\x02", 400}, /* TLS */
    {"GET / HTTP/1.1\rHost: x\r\n", 400},
    {GET "X: a\rb\r\n", 400},
    {GET "X: a\x7f\r\n", 400},
    {GET "no colon\r\n", 400},
    {GET ": no name\r\n", 400},
    {GET "X : blank\r\n", 400},
    {GET " folded\r\n", 400},
    {GET "Content-Length:\r\n", 400},
    {GET "Content-Length: -1\r\n", 400},
    {GET "Content-Length: 1 2\r\n", 400},
    {GET "Content-Length:2 \r\n", 400}, /* libmicrohttpd would say so */
    {GET "Content-Length: 18446744073709551616\r\n", 413},
    {GET "Transfer-Encoding: gzip, chunked\r\n", 501},
    {GET "Transfer-Encoding: chunked\t\r\n", 501},
    {"GET / HTTP/1.1\r\nX: y\r\n\r\n", 400},
    {GET "Host: y\r\n\r\n", 400},
    {GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
    {GET "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
};

static int judge(struct str head)
{
    struct server_problem p = {0};

    switch (server_head_judge(head, &p)) {
    case SERVER_HEAD_PART:
        return -1;
    case SERVER_HEAD_SOUND:
        return 0;
    case SERVER_HEAD_BAD:
        assert_true(p.title[0] != '\0' && p.detail[0] != '\0');
        return p.status;
    }
    return -2;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int status = judge(str_of(rows[i].head));

        if (status != rows[i].status) {
            fail_msg("row %zu, %s: %d", i, rows[i].head, status);
        }
    }
}

/* Each part of a sound head waits for the rest, whatever comes behind it. */
static void test_every_part_waits(void **state)
{
    static const struct str head =
        STR_INIT("POST /v1/links HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n");

    (void)state;
    for (size_t n = 0; n < head.n; n++) {
        assert_int_equal(judge(str_first(head, n)), -1);
    }
    assert_int_equal(judge(head), 0);
}

static void test_bounds(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    buf_addz(&b, GET "X: ");
    while (b.n < SERVER_HEAD_MAX - 4) {
        buf_addc(&b, 'x');
    }
    buf_addz(&b, "\r\n\r\n");
    assert_int_equal(judge(buf_str(&b)), 0); /* just fits */
    buf_truncate(&b, SERVER_HEAD_MAX - 4);
    buf_addz(&b, "xxx");
    assert_int_equal(judge(buf_str(&b)), -1);
    buf_addc(&b, 'x');
    assert_int_equal(judge(buf_str(&b)), 431);

    buf_clear(&b);
    buf_addz(&b, GET);
    for (int i = 1; i < SERVER_HEAD_LINES; i++) {
        buf_addz(&b, "X: y\r\n");
    }
    assert_int_equal(judge(buf_str(&b)), -1);
    buf_addz(&b, "X: y\r\n");
    assert_int_equal(judge(buf_str(&b)), 431);
    buf_finish(&b);
}

/* Header lines, parameters and cookies are counted together; Host is one of them. */
static void test_records(void **state)
{
    static const struct {
        const char *before, *each, *after;
    } parts[] = {
        {"GET /?a", "&", " HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n", "X:\r\n", "X:\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\ncookie: a", ";", "\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\nCookie: \"", ",", "\"\r\n\r\n"},
    };
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        /* Host, one more, and the line that cookies stand in */
        size_t room = SERVER_HEAD_LINES - (i < 2 ? 2 : 3);

        for (size_t n = room; n <= room + 1; n++) {
            buf_clear(&b);
            buf_addz(&b, parts[i].before);
            for (size_t k = 0; k < n; k++) {
                buf_addz(&b, parts[i].each);
            }
            buf_addz(&b, parts[i].after);
            assert_int_equal(judge(buf_str(&b)), n == room ? 0 : 431);
        }
    }
    buf_finish(&b);
}

/* Cookies are there twice in libmicrohttpd's memory. */
static void test_cookies(void **state)
{
    struct buf b;
    int last = 0;
    size_t n = 0;

    (void)state;
    buf_init(&b, 1 << 20);
    for (; last == 0; n++) {
        buf_clear(&b);
        buf_addz(&b, GET "Cookie: ");
        for (size_t i = 0; i < n; i++) {
            buf_addc(&b, 'c');
        }
        buf_addz(&b, "\r\n\r\n");
        last = judge(buf_str(&b));
    }
    assert_int_equal(last, 431);
    assert_in_range(n, SERVER_HEAD_MEMORY / 2 - 2048, SERVER_HEAD_MEMORY / 2);
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_every_part_waits),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_cookies),
    };

    return cmocka_run_group_tests_name("server_head", tests, NULL, NULL);
}
