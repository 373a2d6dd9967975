#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/http_url.h"

struct url_row {
    const char *text;
    const char *url;   /* NULL: refused */
    const char *label; /* or a part of the message */
};

static const struct url_row urls[] = {
    {"https://example.com", "https://example.com/", "example.com"},
    {"https://example.com:443/a?b=c", "https://example.com:443/a?b=c", "example.com"},
    {"https://example.com:8443/", "https://example.com:8443/", "example.com:8443"},
    {"http://127.0.0.1:80/x", "http://127.0.0.1:80/x", "127.0.0.1"},
    {"http://127.255.255.254/", "http://127.255.255.254/", "127.255.255.254"},
    {"http://localhost:1/", "http://localhost:1/", "localhost:1"},
    {"http://[::1]:8080/", "http://[::1]:8080/", "[::1]:8080"},
    /* the short forms are what they say to the connecting side, too */
    {"http://127.1/", "http://127.0.0.1/", "127.0.0.1"},
    {"http://2130706433/", "http://127.0.0.1/", "127.0.0.1"},
    {"http://example.com/secret", NULL, "example.com: plain http"},
    {"http://128.0.0.1/", NULL, "plain http"},
    {"http://127.0.0.1.example.com/", NULL, "plain http"},
    {"http://localhost.example.com/", NULL, "plain http"},
    {"http://[::2]/", NULL, "plain http"},
    {"http://0.0.0.0/", NULL, "plain http"},
    {"http://[::ffff:127.0.0.1]/", NULL, "plain http"},
    {"https://user:secret@example.com/", NULL, "not a URL"},
    {"https://[fe80::1%25eth0]/", NULL, "zone"},
    {"ftp://example.com/", NULL, "neither"},
    {"file:///etc/passwd", NULL, ""},
    {"example.com/", NULL, "not a URL"},
    {"/secret", NULL, "not a URL"},
    {"https://", NULL, "not a URL"},
    {"https://exa mple.com/", NULL, "not a URL"},
    {"https://example.com/a\r\nX: secret", NULL, "not a URL"},
    {"https://exa%7fmple.com/", NULL, "control character"},
    {"https://exa%20mple.com/", NULL, "not a URL"},
    {"", NULL, "not a URL"},
};

static void test_parse(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        const struct url_row *row = &urls[i];
        struct http_url u = {.url = NULL};
        struct err e = {.kind = ERR_NONE};
        bool ok = http_url_init(&u, str_of(row->text), &e);

        if (ok != (row->url != NULL)) {
            fail_msg("%s: %s", row->text, ok ? u.url : e.msg);
        }
        if (ok) {
            assert_string_equal(u.url, row->url);
            assert_string_equal(u.label, row->label);
            http_url_finish(&u);
        } else {
            assert_int_equal(e.kind, ERR_USAGE);
            assert_non_null(strstr(e.msg, row->label));
            assert_null(strstr(e.msg, "secret"));
        }
    }
}

static void test_nul(void **state UNUSED)
{
    struct http_url u;
    struct err e;

    assert_false(http_url_init(&u, STR("https://example.com\0.evil.example/"), &e));
}

struct redirect_row {
    const char *from, *location;
    const char *to; /* NULL: refused */
};

static const struct redirect_row redirects[] = {
    {"https://a.example/x/y?q=1", "/z", "https://a.example/z"},
    {"https://a.example/x/y?q=1", "z?w=2", "https://a.example/x/z?w=2"},
    {"https://a.example/x/y", "../z", "https://a.example/z"},
    {"https://a.example/x", "https://a.example/z", "https://a.example/z"},
    {"https://a.example/x", "https://A.EXAMPLE/z", "https://A.EXAMPLE/z"},
    {"https://a.example/x", "https://a.example:443/z", "https://a.example:443/z"},
    {"https://a.example/x", "//a.example/z", "https://a.example/z"},
    {"https://a.example/x", "/a b", "https://a.example/a%20b"},
    {"https://a.example:8443/x", "/z", "https://a.example:8443/z"},
    {"https://a.example/x", "https://b.example/secret", NULL},
    {"https://a.example/x", "https://a.example:444/secret", NULL},
    {"https://a.example/x", "http://a.example/secret", NULL},
    {"https://a.example/x", "//b.example/secret", NULL},
    {"https://a.example/x", "https://a.example.b.example/secret", NULL},
    {"https://a.example/x", "https://u:secret@a.example/", NULL},
    {"https://a.example/x", "https://a.example@b.example/secret", NULL},
    {"https://a.example/x", "https:\\\\b.example\\secret", NULL},
    {"https://a.example/x", "", NULL},
    {"https://a.example/x", "file:///secret", NULL},
    {"http://127.0.0.1:80/x", "http://127.0.0.2/secret", NULL},
    {"http://127.0.0.1:80/x", "https://127.0.0.1:80/secret", NULL},
};

static void test_redirect(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(redirects); i++) {
        const struct redirect_row *row = &redirects[i];
        struct http_url from;
        struct http_url to = {.url = NULL};
        struct err e = {.kind = ERR_NONE};

        assert_true(http_url_init(&from, str_of(row->from), &e));
        bool ok = http_url_redirect(&from, str_of(row->location), &to, &e);

        if (ok != (row->to != NULL)) {
            fail_msg("%s: %s", row->location, ok ? to.url : e.msg);
        }
        if (ok) {
            assert_string_equal(to.url, row->to);
        } else {
            assert_int_equal(e.kind, ERR_REMOTE);
            assert_null(strstr(e.msg, "secret"));
            assert_non_null(strstr(e.msg, from.host));
        }
        http_url_finish(&from);
        http_url_finish(&to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_redirect),
    };

    return cmocka_run_group_tests_name("http_url", tests, NULL, NULL);
}
