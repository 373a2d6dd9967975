#include "ctl/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/field.h"

enum { CONNECT_MS = 5000, TOTAL_MS = 60000, URL_MAX = 16000 };

void client_reply_finish(struct client_reply *r)
{
    buf_finish(&r->body);
    json_decref(r->json);
    r->json = NULL;
}

void client_encode(struct buf *out, struct str text)
{
    static const char keep[] = "-._~:@!$'()*,;";

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || (c != '\0' && strchr(keep, c) != NULL))
            buf_addc(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

/* ---- why there was no answer ---- */

static int no_permission(const char *path, struct err *e)
{
    const char *group = "alignd";
    struct group *gr = NULL;
    struct stat st;
    bool found = stat(path, &st) == 0;

    if (found)
        gr = getgrgid(st.st_gid);
    if (gr != NULL)
        group = gr->gr_name;
    /* Nobody should join the administrators' group to read a socket. */
    if (found && st.st_gid == 0) {
        err_set(e, ERR_FORBIDDEN,
                "no permission on %s: it is for the user who runs alignd; with a group "
                "'alignd' on this machine it would be for that group",
                path);
        return CTL_NO_PERMISSION;
    }
    err_set(
        e, ERR_FORBIDDEN,
        "no permission on %s: it is for group '%s': sudo adduser $USER %s, then log in "
        "again",
        path, group, group);
    return CTL_NO_PERMISSION;
}

/* libcurl says only that it could not connect: asks the socket why. */
static int explain(const char *path, struct err *e)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd, saved = 0;

    memcpy(sa.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0)
        saved = errno;
    if (fd >= 0)
        close(fd);
    if (saved == EACCES || saved == EPERM)
        return no_permission(path, e);
    err_set(
        e, ERR_NET,
        "alignd does not answer on %s%s%s: start it with sudo systemctl start alignd; "
        "journalctl -u alignd says why it is down",
        path, saved != 0 ? ": " : "", saved != 0 ? strerror(saved) : "");
    return CTL_UNREACHABLE;
}

/* ---- one exchange ---- */

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct buf *b = arg;

    buf_add(b, (struct str){p, size * n});
    return buf_ok(b) ? size * n : 0;
}

static bool set_up(CURL *h, const char *socket, const char *method, const char *url,
                   struct str body, struct curl_slist *headers, struct buf *out)
{
    CURLcode rc = CURLE_OK;

#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(h, option, value)
    SET(CURLOPT_UNIX_SOCKET_PATH, socket);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "http");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
    SET(CURLOPT_USERAGENT, "alignctl/" ALIGND_VERSION);
    SET(CURLOPT_CUSTOMREQUEST, method);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, out);
    if (body.n > 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
        SET(CURLOPT_COPYPOSTFIELDS, body.p);
    } else if (strcmp(method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
        SET(CURLOPT_POST, 1L);
    }
#undef SET
    return rc == CURLE_OK;
}

static int judge(CURL *h, CURLcode rc, const char *socket, struct client_reply *r,
                 struct err *e)
{
    long status = 0;

    if (rc == CURLE_COULDNT_CONNECT)
        return explain(socket, e);
    if (rc == CURLE_OPERATION_TIMEDOUT) {
        err_set(e, ERR_NET,
                "alignd has not answered on %s in time: it is stopped or very "
                "busy; journalctl -u alignd tells",
                socket);
        return CTL_UNREACHABLE;
    }
    if (rc == CURLE_OUT_OF_MEMORY || r->body.nomem) {
        err_nomem(e);
        return CTL_SOFTWARE;
    }
    if (rc != CURLE_OK) {
        err_set(e, ERR_NET,
                "alignd broke off on %s: %s; journalctl -u alignd tells more", socket,
                curl_easy_strerror(rc));
        return CTL_UNREACHABLE;
    }
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    r->status = (int)status;
    return CTL_OK;
}

/* What the daemon said about its refusal. */
static int refused(const struct client_reply *r, struct err *e)
{
    struct str detail = field_str(r->json, "detail");

    if (detail.n > 0)
        err_set(e, ERR_REMOTE, "%.*s", STR_FMT(detail));
    else
        err_set(e, ERR_REMOTE, "the daemon answered %d and did not say why", r->status);
    return CTL_REFUSED;
}

static int exchange(CURL *h, const char *socket, int also, struct client_reply *r,
                    struct err *e)
{
    int code = judge(h, curl_easy_perform(h), socket, r, e);
    json_error_t at;

    if (code != CTL_OK)
        return code;
    r->json = json_loadb(buf_cstr(&r->body), r->body.n, JSON_REJECT_DUPLICATES, &at);
    if (r->status != also && (r->status < 200 || r->status > 299))
        return refused(r, e);
    if (r->json == NULL) {
        err_set(e, ERR_REMOTE, "what answers on %s is not alignd: no JSON", socket);
        return CTL_SOFTWARE;
    }
    return CTL_OK;
}

static int check_path(const char *path, struct err *e)
{
    size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (strlen(path) <= max)
        return CTL_OK;
    err_set(e, ERR_USAGE, "the socket's path is longer than %zu bytes: %s", max, path);
    return CTL_USAGE;
}

static int check_url(const struct buf *url, struct err *e)
{
    if (buf_check(url, e))
        return CTL_OK;
    if (url->nomem)
        return CTL_SOFTWARE;
    err_set(e, ERR_USAGE, "too long to send: alignd takes %d bytes", URL_MAX);
    return CTL_USAGE;
}

int client_ask(const char *socket, const char *method, const char *path,
               struct str body, int also, struct client_reply *ret, struct err *e)
{
    struct client_reply r = {.status = 0};
    struct curl_slist *headers = NULL;
    int code = check_path(socket, e);
    struct buf url;
    CURL *h;

    if (code != CTL_OK)
        return code;
    h = curl_easy_init();
    buf_init(&r.body, (size_t)64 << 20);
    buf_init(&url, URL_MAX);
    buf_printf(&url, "http://localhost%s", path);
    code = check_url(&url, e);
    headers = curl_slist_append(NULL, body.n > 0 ? "Content-Type: application/json"
                                                 : "Accept: application/json");
    if (code == CTL_OK) {
        code = CTL_SOFTWARE;
        err_nomem(e);
        if (h != NULL && headers != NULL &&
            set_up(h, socket, method, buf_cstr(&url), body, headers, &r.body))
            code = exchange(h, socket, also, &r, e);
    }
    curl_easy_cleanup(h);
    curl_slist_free_all(headers);
    buf_finish(&url);
    if (code == CTL_OK)
        *ret = r;
    else
        client_reply_finish(&r);
    return code;
}

/* ---- an answer that goes on ---- */

struct following {
    CURL *h;
    struct client_reply reply; /* a refusal, or the line that is not whole */
    bool (*line)(void *arg, struct str line);
    void *arg;
    bool enough;
};

static size_t on_stream(char *p, size_t size, size_t n, void *arg)
{
    struct following *f = arg;
    struct buf *b = &f->reply.body;
    struct str rest;
    long status = 0;

    buf_add(b, (struct str){p, size * n});
    if (!buf_ok(b))
        return 0;
    curl_easy_getinfo(f->h, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200)
        return size * n;
    rest = buf_str(b);
    for (ptrdiff_t at = str_chr(rest, '\n'); at >= 0; at = str_chr(rest, '\n')) {
        if (!f->line(f->arg, str_first(rest, (size_t)at))) {
            f->enough = true;
            return 0;
        }
        rest = str_skip(rest, (size_t)at + 1);
    }
    memmove(b->p, rest.p, rest.n);
    buf_truncate(b, rest.n);
    return size * n;
}

static int follow(struct following *f, const char *socket, struct err *e)
{
    CURLcode rc = curl_easy_perform(f->h);
    json_error_t at;
    int code;

    if (f->enough)
        return CTL_OK;
    code = judge(f->h, rc, socket, &f->reply, e);
    if (code != CTL_OK || f->reply.status == 200)
        return code;
    f->reply.json =
        json_loadb(buf_cstr(&f->reply.body), f->reply.body.n, JSON_REJECT_DUPLICATES, &at);
    return refused(&f->reply, e);
}

int client_follow(const char *socket, const char *path,
                  bool (*line)(void *arg, struct str line), void *arg, struct err *e)
{
    struct following f = {.line = line, .arg = arg};
    struct curl_slist *headers = NULL;
    int code = check_path(socket, e);
    struct buf url;

    if (code != CTL_OK)
        return code;
    code = CTL_SOFTWARE;
    f.h = curl_easy_init();
    buf_init(&f.reply.body, (size_t)1 << 20);
    buf_init(&url, 16384);
    buf_printf(&url, "http://localhost%s", path);
    headers = curl_slist_append(NULL, "Accept: text/event-stream");
    err_nomem(e);
    if (f.h != NULL && headers != NULL && buf_check(&url, e) &&
        set_up(f.h, socket, "GET", buf_cstr(&url), STR_NONE, headers, &f.reply.body) &&
        curl_easy_setopt(f.h, CURLOPT_TIMEOUT_MS, 0L) == CURLE_OK &&
        curl_easy_setopt(f.h, CURLOPT_WRITEFUNCTION, on_stream) == CURLE_OK &&
        curl_easy_setopt(f.h, CURLOPT_WRITEDATA, &f) == CURLE_OK)
        code = follow(&f, socket, e);
    curl_easy_cleanup(f.h);
    curl_slist_free_all(headers);
    buf_finish(&url);
    client_reply_finish(&f.reply);
    return code;
}
