/*
 * Where requests may go: a URL, then Locations it redirects to, one on each
 * line. What is taken is https or the loopback, is taken again as it is
 * printed, and never leaves its origin. The readers of URLs in config and of
 * GitHub's Link header agree with libcurl about what they take.
 */
#include "config/url.h"
#include "connectors/trackers/github/github_link.h"
#include "io/http_url.h"
#include "tests/fuzz/fuzz.h"

static void check_taken(const struct http_url *u)
{
    struct http_url again;
    struct err e = {.kind = ERR_NONE};

    FUZZ_CHECK(strcmp(u->scheme, "https") == 0 ||
                   (strcmp(u->scheme, "http") == 0 && u->plain &&
                    http_host_is_loopback(u->host)),
               "%s", u->url);
    FUZZ_CHECK(u->host[0] != '\0' && u->port[0] != '\0' && u->label != NULL, "%s",
               u->url);
    FUZZ_CHECK(http_url_init(&again, str_of(u->url), &e), "%s: %s", u->url, e.msg);
    FUZZ_CHECK(strcmp(again.host, u->host) == 0 && strcmp(again.port, u->port) == 0 &&
                   strcmp(again.scheme, u->scheme) == 0,
               "%s: %s becomes %s", u->url, u->host, again.host);
    http_url_finish(&again);
}

static void check_redirects(const struct http_url *from, struct str lines)
{
    struct str line;

    while (str_split(&lines, '\n', &line)) {
        struct http_url to;
        struct err e = {.kind = ERR_NONE};

        if (!http_url_redirect(from, line, &to, &e)) {
            FUZZ_CHECK(e.kind == ERR_REMOTE, "%s", e.msg);
            continue;
        }
        check_taken(&to);
        FUZZ_CHECK(strcmp(from->scheme, to.scheme) == 0 &&
                       strcasecmp(from->host, to.host) == 0 &&
                       strcmp(from->port, to.port) == 0,
                   "from %s to %s", from->url, to.url);
        http_url_finish(&to);
    }
}

/* What the configuration takes, io takes, too. */
static void check_config(struct str url)
{
    const char *wrong, *hint;
    struct http_url u;
    struct err e = {.kind = ERR_NONE};

    (void)url_is_link(url);
    if (url_check(url, &wrong, &hint)) {
        FUZZ_CHECK(http_url_init(&u, url, &e), "%.*s: %s", STR_FMT(url), e.msg);
        http_url_finish(&u);
    }
}

/* A page at our origin is one for libcurl, too. */
static void check_link(struct str value)
{
    static const char base_url[] = "https://ghe.example.com:8443/api/v3";
    struct http_header h = {STR("Link"), value};
    struct http_response r = {.headers = &h, .n_headers = 1};
    struct github_url base;
    struct str path, id, name;
    struct http_url u;
    struct err e = {.kind = ERR_NONE};
    struct buf url, half;

    FUZZ_CHECK(github_url_parse(str_of(base_url), &base), "base");
    if (github_link_next(&r, &base, &path) != GITHUB_NEXT_PAGE) {
        return;
    }
    buf_init(&url, 8192);
    buf_init(&half, 8192);
    buf_add(&url, STR("https://ghe.example.com:8443"));
    buf_add(&url, path);
    FUZZ_CHECK(http_url_init(&u, buf_str(&url), &e), "%s: %s", buf_cstr(&url), e.msg);
    FUZZ_CHECK(strcmp(u.host, "ghe.example.com") == 0 && strcmp(u.port, "8443") == 0,
               "%s", u.url);
    http_url_finish(&u);
    (void)github_path_repo(path, &id, &name);
    if (github_halve_page(&half, path)) {
        FUZZ_CHECK(buf_ok(&half) && half.n > 0 && half.p[0] == '/', "%.*s",
                   STR_FMT(path));
    }
    buf_finish(&url);
    buf_finish(&half);
}

/* GitHub's own reader of URLs sees the host that libcurl would connect to. */
static void check_github(struct str url)
{
    struct github_url gu;
    struct http_url u;
    struct err e;
    struct str repo, number;

    (void)github_issue_url(url, &repo, &number);
    if (!github_url_parse(url, &gu)) {
        return;
    }
    if (str_eqz(gu.host, "ghe.example.com") && http_url_init(&u, url, &e)) {
        FUZZ_CHECK(strcmp(u.host, "ghe.example.com") == 0, "%.*s is %s", STR_FMT(url),
                   u.host);
        http_url_finish(&u);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct fuzz_in in = {(const uint8_t *)copy, size};
    struct str url = fuzz_until(&in, '\n'), lines = fuzz_rest(&in);
    struct http_url u;
    struct err e = {.kind = ERR_NONE};

    check_config(url);
    check_github(url);
    check_link(url);
    if (http_url_init(&u, url, &e)) {
        check_taken(&u);
        check_redirects(&u, lines);
        http_url_finish(&u);
    } else {
        FUZZ_CHECK(e.kind == ERR_USAGE, "%s", e.msg);
    }
    free(copy);
    return 0;
}
