#include "tests/support/probe.h"

#include <curl/curl.h>

#define HEADERS_CEILING ((size_t)1 << 20)
#define BODY_CEILING ((size_t)1 << 30)

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct probe_reply *r = arg;

    buf_add(&r->body, (struct str){p, size * n});
    return buf_ok(&r->body) ? size * n : 0;
}

static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    struct probe_reply *r = arg;
    struct str line = {p, size * n};

    /* Informational replies and the last one arrive one after another. */
    if (str_has_prefix(line, STR("HTTP/"))) {
        buf_clear(&r->headers);
    }
    buf_add(&r->headers, line);
    return buf_ok(&r->headers) ? size * n : 0;
}

static bool header_list(const char *const *headers, struct curl_slist **list)
{
    for (; headers && *headers; headers++) {
        struct curl_slist *more = curl_slist_append(*list, *headers);

        if (!more) {
            return false;
        }
        *list = more;
    }
    return true;
}

static void set_options(CURL *c, const struct probe_request *req,
                        struct probe_reply *ret, struct curl_slist *list)
{
    long timeout = req->timeout.ms > 0 ? (long)req->timeout.ms : 30000;

    curl_easy_setopt(c, CURLOPT_URL, req->url);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, ret);
    if (req->unix_socket) {
        curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, req->unix_socket);
    }
    if (req->body.p) {
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, req->body.p);
    }
    if (req->method && str_eqz(STR("HEAD"), req->method)) {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    } else if (req->method) {
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, req->method);
    }
}

bool probe(const struct probe_request *req, struct probe_reply *ret, struct err *e)
{
    struct curl_slist *list = NULL;
    CURL *c = curl_easy_init();
    bool ok = false;
    long status = 0;
    CURLcode code;

    ret->status = 0;
    buf_init(&ret->headers, HEADERS_CEILING);
    buf_init(&ret->body, BODY_CEILING);
    if (!c || !header_list(req->headers, &list)) {
        err_nomem(e);
        goto out;
    }
    set_options(c, req, ret, list);
    code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (int)status;
    if (code != CURLE_OK) {
        err_set(e, ERR_NET, "%s: %s", req->url, curl_easy_strerror(code));
        goto out;
    }
    ok = true;
out:
    curl_slist_free_all(list);
    curl_easy_cleanup(c);
    return ok;
}

bool probe_get(const char *url, struct probe_reply *ret, struct err *e)
{
    return probe(&(struct probe_request){.url = url}, ret, e);
}

bool probe_post_json(const char *url, const char *json, struct probe_reply *ret,
                     struct err *e)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct probe_request req = {.url = url, .headers = headers, .body = str_of(json)};

    return probe(&req, ret, e);
}

struct str probe_header(const struct probe_reply *r, const char *name)
{
    struct str rest = buf_str(&r->headers), line;

    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_chr(line, ':');

        if (colon > 0 && str_eq_nocase(str_first(line, (size_t)colon), str_of(name))) {
            return str_trim(str_skip(line, (size_t)colon + 1));
        }
    }
    return STR_NONE;
}

void probe_finish(struct probe_reply *r)
{
    buf_finish(&r->headers);
    buf_finish(&r->body);
}
