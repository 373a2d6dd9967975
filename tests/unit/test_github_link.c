/* Links, queries and names in GitHub's URLs. */
#include "connectors/trackers/github/github_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void origins(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } row[] = {
        {"https://api.github.com", "https://api.github.com/x?y=1", true},
        {"https://api.github.com", "HTTPS://API.GitHub.com:443", true},
        {"http://127.0.0.1:8080/api", "http://127.0.0.1:8080", true},
        {"http://127.0.0.1", "http://127.0.0.1:80/", true},
        {"http://[::1]:8080", "http://[::1]:8080/x", true},
        {"https://api.github.com", "http://api.github.com:443", false},
        {"https://api.github.com", "https://api.github.com:444", false},
        {"https://api.github.com", "https://github.com", false},
        {"https://api.github.com", "https://api.github.com.evil.example", false},
        {"http://[::1]:8080", "http://[::2]:8080", false},
    };
    struct github_url a, b;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        assert_true(github_url_parse(str_of(row[i].a), &a));
        assert_true(github_url_parse(str_of(row[i].b), &b));
        assert_int_equal(github_url_same_origin(&a, &b), row[i].same);
    }
}

static void not_urls(void **state)
{
    static const char *const row[] = {
        "",
        "https://",
        "https:///x",
        "ftp://x",
        "//x/y",
        "/x",
        "https://u@x/",
        "https://u:p@x/",
        "https://x:/",
        "https://x:0/",
        "https://x:65536/",
        "https://x:8a/",
        "https://[::1/",
        "https://[::1]8/",
        "https://x/a b",
        "https://x/#f",
        "https://x/\\y",
        "https://x/\r\nHost: y",
        "https://x\xc3\xa4/",
    };
    struct github_url url;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        if (github_url_parse(str_of(row[i]), &url)) {
            fail_msg("taken: %s", row[i]);
        }
    }
}

static void links(void **state)
{
    static const struct {
        const char *link;
        enum github_next next;
        const char *path;
    } row[] = {
        {"", GITHUB_NEXT_NONE, ""},
        {" , ,", GITHUB_NEXT_NONE, ""},
        {"<https://h/a>; rel=\"last\"", GITHUB_NEXT_NONE, ""},
        {"<https://h/a>", GITHUB_NEXT_NONE, ""},
        {"<https://h/a>; rel=next", GITHUB_NEXT_PAGE, "/a"},
        {"<https://h/a>; REL=\"NEXT\"", GITHUB_NEXT_PAGE, "/a"},
        {"<https://h/a>;rel=\"prev next\"", GITHUB_NEXT_PAGE, "/a"},
        {"<https://h/a>; rel=\"nextish\"", GITHUB_NEXT_NONE, ""},
        {"<https://h/a>; rel=\"last\"; rel=\"next\"", GITHUB_NEXT_NONE, ""},
        {"<https://h/a>; title=\"x, <y>; \\\" rel=z\"; rel=\"next\"", GITHUB_NEXT_PAGE,
         "/a"},
        {"<https://h/a>; ; rel=next;", GITHUB_NEXT_PAGE, "/a"},
        {"<https://h/a> ; rel = \"next\" , <https://h/b>; rel=last", GITHUB_NEXT_PAGE,
         "/a"},
        {"<https://h/last>; rel=\"last\", "
         "<https://h/n?after=Y3Vyc29yOnYy&per_page=100>;"
         " rel=\"next\"",
         GITHUB_NEXT_PAGE, "/n?after=Y3Vyc29yOnYy&per_page=100"},
        {"</a?page=2>; rel=next", GITHUB_NEXT_PAGE, "/a?page=2"},
        {"<https://other/a>; rel=\"last\"", GITHUB_NEXT_NONE, ""},
        {"<https://other/a>; rel=\"next\"", GITHUB_NEXT_FOREIGN, ""},
        {"<//h/a>; rel=next", GITHUB_NEXT_FOREIGN, ""},
        {"<https://h?x>; rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"<a?page=2>; rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"</a b>; rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"<>; rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"<https://h/a>; rel=\"next", GITHUB_NEXT_MALFORMED, ""},
        {"<https://h/a>; rel=", GITHUB_NEXT_MALFORMED, ""},
        {"<https://h/a> rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"<https://h/a", GITHUB_NEXT_MALFORMED, ""},
        {"https://h/a; rel=next", GITHUB_NEXT_MALFORMED, ""},
        {"<https://h/a>; rel=\"x\\", GITHUB_NEXT_MALFORMED, ""},
    };
    struct github_url base;

    (void)state;
    assert_true(github_url_parse(STR("https://h/api"), &base));
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct http_header headers[] = {
            {STR("Linked"), STR("<https://h/no>; rel=next")},
            {STR("LINK"), str_of(row[i].link)}};
        struct http_response resp = {.headers = headers, .n_headers = 2};
        struct str path = STR_NONE;

        if (github_link_next(&resp, &base, &path) != row[i].next ||
            !str_eqz(path, row[i].path)) {
            fail_msg("%s: %.*s", row[i].link, STR_FMT(path));
        }
    }
    /* One header for each link is as good. */
    struct http_header two[] = {{STR("link"), STR("<https://h/a>; rel=last")},
                                {STR("link"), STR("<https://h/b>; rel=next")}};
    struct http_response resp = {.headers = two, .n_headers = 2};
    struct str path;

    assert_int_equal(github_link_next(&resp, &base, &path), GITHUB_NEXT_PAGE);
    assert_true(str_eqz(path, "/b"));
}

static void long_links(void **state)
{
    struct github_url base;
    struct buf link;

    (void)state;
    assert_true(github_url_parse(STR("https://h"), &base));
    for (size_t n = GITHUB_MAX_PATH; n <= GITHUB_MAX_PATH + 1; n++) {
        struct http_header header = {STR("Link"), STR_NONE};
        struct http_response resp = {.headers = &header, .n_headers = 1};
        struct str path;

        buf_init(&link, 1 << 16);
        buf_addz(&link, "<https://h/");
        for (size_t i = 1; i < n; i++) {
            buf_addc(&link, 'a');
        }
        buf_addz(&link, ">; rel=next");
        header.value = buf_str(&link);
        assert_int_equal(github_link_next(&resp, &base, &path),
                         n > GITHUB_MAX_PATH ? GITHUB_NEXT_MALFORMED
                                             : GITHUB_NEXT_PAGE);
        buf_finish(&link);
    }
}

static void smaller_pages(void **state)
{
    static const struct {
        const char *path, *half; /* NULL: stays */
    } row[] = {
        {"/x?per_page=100&page=1", "/x?per_page=50&page=1"},
        {"/x?per_page=100&page=7", "/x?per_page=50&page=13"},
        {"/x?page=13&per_page=50&state=all", "/x?page=25&per_page=25&state=all"},
        {"/x?after=abc&per_page=100", "/x?after=abc&per_page=50"},
        {"/x?state=all&per_page=100", "/x?state=all&per_page=50"},
        {"/x?per_page=25", NULL},
        {"/x?per_page=30", "/x?per_page=15"},
        {"/x?per_page=99", NULL},
        {"/x?per_page=1000", NULL},
        {"/x?per_page=x", NULL},
        {"/x?per_page=100&page=0", NULL},
        {"/x?per_page=100&page=x", NULL},
        {"/x?per_page=100&page=99999999999", NULL},
        {"/x?page=3", NULL},
        {"/x?my_per_page=100", NULL},
        {"/x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct buf out;

        buf_init(&out, 1000);
        bool halved = github_halve_page(&out, str_of(row[i].path));

        assert_int_equal(halved, row[i].half != NULL);
        assert_string_equal(buf_cstr(&out), halved ? row[i].half : "");
        buf_finish(&out);
    }
}

static void names_in_paths(void **state)
{
    static const struct {
        const char *path, *id, *name;
        bool ok;
    } row[] = {
        {"/repositories/42/issues?page=2", "42", "", true},
        {"/repositories/42", "42", "", true},
        {"/api/v3/repositories/42/issues", "42", "", true},
        {"/repos/acme/web/issues?state=all", "", "acme/web", true},
        {"/api/v3/repos/acme/web", "", "acme/web", true},
        {"/repositories/x/issues", "", "", false},
        {"/repositories/", "", "", false},
        {"/repos/acme", "", "", false},
        {"/repos/acme/..", "", "", false},
        {"/search?q=/repos/acme/web", "", "", false},
        {"/", "", "", false},
        {"", "", "", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str id, name;

        if (github_path_repo(str_of(row[i].path), &id, &name) != row[i].ok) {
            fail_msg("%s", row[i].path);
        }
        if (row[i].ok) {
            assert_true(str_eqz(id, row[i].id) && str_eqz(name, row[i].name));
        }
    }
}

static void issues_in_urls(void **state)
{
    static const struct {
        const char *url, *repo, *number; /* NULL: none */
    } row[] = {
        {"https://api.github.com/repos/acme/web/issues/7", "acme/web", "7"},
        {"https://github.com/acme/web/issues/7", "acme/web", "7"},
        {"https://github.com/acme/web/pull/7", "acme/web", "7"},
        {"https://ghe.acme.com/api/v3/repos/a-b/c.d_e/issues/70", "a-b/c.d_e", "70"},
        {"https://github.com/acme/web/issues/", NULL, NULL},
        {"https://github.com/acme/web/issues/0", NULL, NULL},
        {"https://github.com/acme/web/issues/x", NULL, NULL},
        {"https://github.com/acme/web/issues/7/", NULL, NULL},
        {"https://github.com/acme/web/issues/7?x", NULL, NULL},
        {"https://github.com/acme/web/discussions/7", NULL, NULL},
        {"web/issues/7", NULL, NULL},
        {"/issues/7", NULL, NULL},
        {"issues/7", NULL, NULL},
        {"7", NULL, NULL},
        {"", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str repo, number;

        if (github_issue_url(str_of(row[i].url), &repo, &number) !=
            (row[i].repo != NULL)) {
            fail_msg("%s", row[i].url);
        }
        if (row[i].repo != NULL) {
            assert_true(str_eqz(repo, row[i].repo) && str_eqz(number, row[i].number));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(origins),        cmocka_unit_test(not_urls),
        cmocka_unit_test(links),          cmocka_unit_test(long_links),
        cmocka_unit_test(smaller_pages),  cmocka_unit_test(names_in_paths),
        cmocka_unit_test(issues_in_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
