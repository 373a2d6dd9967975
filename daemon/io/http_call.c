#include "io/http_call.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

#include "io/http_mail.h"

enum {
    READ_BUFFER = 64 << 10,
    DEFAULT_TIMEOUT_MS = 60000,
    MAX_TIMEOUT_MS = 3600000,
    HEADER_VALUE_MAX = 16384,
    MAX_REQUEST_BODY = 16 << 20,
};

/* ---- request headers ---- */

/* Framing and negotiation are ours. */
static const char *const reserved[] = {
    "accept-encoding",   "connection", "content-length", "expect", "host", "te",
    "transfer-encoding", "upgrade",
};

static bool is_token(struct str s)
{
    static const char extra[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 5.6.2 */

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!alnum && (c == '\0' || strchr(extra, c) == NULL)) {
            return false;
        }
    }
    return s.n > 0;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool check_header(const struct http_header *h, struct err *e)
{
    if (!is_token(h->name) || h->name.n > 256) {
        return err_set(e, ERR_USAGE, "a header name is not a token");
    }
    if (h->value.n > HEADER_VALUE_MAX || has_control(h->value)) {
        return err_set(e, ERR_USAGE, "header %.*s: control character or too long",
                       STR_FMT(h->name));
    }
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        if (str_eq_nocase(h->name, str_of(reserved[i]))) {
            return err_set(e, ERR_USAGE, "header %s is not the caller's to set",
                           reserved[i]);
        }
    }
    return true;
}

static bool add_line(struct http_call *c, const char *line, struct err *e)
{
    struct curl_slist *longer = curl_slist_append(c->headers, line);

    if (longer == NULL) {
        return err_nomem(e);
    }
    c->headers = longer;
    return true;
}

static bool add_header(struct http_call *c, const struct http_header *h, struct err *e)
{
    struct str value = str_trim(h->value);
    struct buf line;
    bool ok;

    buf_init_secret(&line, 2 * HEADER_VALUE_MAX);
    buf_add(&line, h->name);
    /* "Name:" would take a header of libcurl's away; "Name;" sends an empty one. */
    buf_addz(&line, value.n > 0 ? ": " : ";");
    buf_add(&line, value);
    ok = buf_check(&line, e) && add_line(c, buf_cstr(&line), e);
    buf_finish(&line);
    return ok;
}

static bool add_headers(struct http_call *c, const struct http_request *req,
                        struct err *e)
{
    bool has_type = false;

    for (size_t i = 0; i < req->n_headers; i++) {
        const struct http_header *h = &req->headers[i];

        if (!check_header(h, e) || !add_header(c, h, e)) {
            return false;
        }
        has_type = has_type || str_eq_nocase(h->name, STR("content-type"));
    }
    /* By hand: with the option, libcurl would inflate, and the cap count that. */
    if (!add_line(c, req->gzip ? "Accept-Encoding: gzip" : "Accept-Encoding: identity",
                  e) ||
        !add_line(c, "Expect:", e)) {
        return false;
    }
    return has_type || add_line(c, "Content-Type:", e);
}

static void wipe_headers(struct http_call *c)
{
    for (struct curl_slist *l = c->headers; l != NULL; l = l->next) {
        explicit_bzero(l->data, strlen(l->data));
    }
    curl_slist_free_all(c->headers);
    c->headers = NULL;
}

/* ---- what libcurl calls while it runs; none of its functions in here ---- */

static bool is_loopback(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)sa;

        return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    const struct sockaddr_in6 *in6 = (const void *)sa;

    return sa->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* RFC 3927, RFC 4291 2.5.6; also as an IPv4-mapped IPv6 address. */
static bool is_link_local(const struct sockaddr *sa)
{
    const struct sockaddr_in *in = (const void *)sa;
    const struct sockaddr_in6 *in6 = (const void *)sa;

    if (sa->sa_family == AF_INET) {
        return (ntohl(in->sin_addr.s_addr) >> 16) == 0xA9FE;
    }
    if (sa->sa_family != AF_INET6) {
        return false;
    }
    return IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) &&
            in6->sin6_addr.s6_addr[12] == 0xA9 && in6->sin6_addr.s6_addr[13] == 0xFE);
}

/* The same of an address as text, as of a connection that is used again. */
static bool is_link_local_text(const char *peer)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, peer, &in.sin_addr) == 1) {
        return is_link_local((const struct sockaddr *)&in);
    }
    return inet_pton(AF_INET6, peer, &in6.sin6_addr) == 1 &&
           is_link_local((const struct sockaddr *)&in6);
}

/* Whatever `localhost` resolves to, no packet leaves the machine in the clear. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose,
                                    struct curl_sockaddr *a)
{
    struct http_call *c = arg;

    if (purpose != CURLSOCKTYPE_IPCXN) {
        return CURL_SOCKET_BAD;
    }
    if (c->url.plain && !is_loopback(&a->addr)) {
        c->stop = HTTP_STOP_PEER;
        return CURL_SOCKET_BAD;
    }
    if (c->no_link_local && is_link_local(&a->addr)) {
        c->stop = HTTP_STOP_LINK_LOCAL;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* The connection stands and not a byte of the request was sent on it. */
static int on_ready(void *arg, char *peer, char *own UNUSED, int peer_port UNUSED,
                    int own_port UNUSED)
{
    struct http_call *c = arg;

    if (c->url.plain && !http_host_is_loopback(peer)) {
        c->stop = HTTP_STOP_PEER;
        return CURL_PREREQFUNC_ABORT;
    }
    if (c->no_link_local && is_link_local_text(peer)) {
        c->stop = HTTP_STOP_LINK_LOCAL;
        return CURL_PREREQFUNC_ABORT;
    }
    /*
     * When a kept connection dies without an answer libcurl sends again, a
     * POST too, though the first may have been acted on (RFC 9110 9.2.2).
     */
    if (c->sendings > 0 && c->is_unsafe) {
        c->stop = HTTP_STOP_RESEND;
        return CURL_PREREQFUNC_ABORT;
    }
    c->stop = HTTP_STOP_NONE; /* another address was not the loopback */
    c->sendings++;
    c->maybe_sent = true;
    return CURL_PREREQFUNC_OK;
}

static bool has_body(const struct http_call *c)
{
    return !c->is_head && c->status != 204 && c->status != 304;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;

    n *= size;
    if (n > c->max_body - c->body.n) {
        c->stop = HTTP_STOP_BODY;
        return n + 1;
    }
    buf_add(&c->body, (struct str){p, n});
    if (!buf_ok(&c->body)) {
        c->stop = HTTP_STOP_NOMEM;
        return n + 1;
    }
    return n;
}

static void read_status(struct http_call *c, struct str line)
{
    ptrdiff_t at = str_chr(line, ' ');
    uint64_t status;

    /* libcurl has accepted the line; 0 ends as an answer that is not HTTP. */
    c->status = 0;
    if (at >= 0 && str_to_u64(str_first(str_skip(line, (size_t)at + 1), 3), &status)) {
        c->status = (int)status;
    }
    c->announced = 0;
    c->part = HTTP_PART_HEADERS;
}

static void read_length(struct http_call *c, struct str line)
{
    struct str name = STR("content-length:");

    if (str_eq_nocase(str_first(line, name.n), name) &&
        !str_to_u64(str_trim(str_skip(line, name.n)), &c->announced)) {
        c->announced = UINT64_MAX; /* too large a number; others libcurl refuses */
    }
}

static bool end_headers(struct http_call *c)
{
    /* 101 is final, and unasked for: the verdict refuses it. */
    bool interim = c->status >= 100 && c->status < 200 && c->status != 101;

    c->part = interim ? HTTP_PART_STATUS : HTTP_PART_REST;
    if (interim || !has_body(c) || c->announced == 0) {
        return true;
    }
    if (c->announced > c->max_body) {
        c->stop = HTTP_STOP_BODY;
        return false;
    }
    if (!buf_reserve(&c->body, (size_t)c->announced)) {
        c->stop = HTTP_STOP_NOMEM;
        return false;
    }
    return true;
}

/* One whole line; libcurl keeps the headers, here is what it does not watch. */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;

    n *= size;
    struct str line = str_trim((struct str){p, n});

    c->header_bytes += n;
    if (c->header_bytes > HTTP_MAX_HEADER_BYTES ||
        ++c->header_lines > HTTP_MAX_HEADER_LINES) {
        c->stop = HTTP_STOP_HEADERS;
        return n + 1;
    }
    if (c->is_mail) {
        return n;
    }
    if (c->part == HTTP_PART_STATUS) {
        read_status(c, line);
    } else if (c->part == HTTP_PART_HEADERS && line.n > 0) {
        read_length(c, line);
    } else if (c->part == HTTP_PART_HEADERS && !end_headers(c)) {
        return n + 1;
    }
    return n;
}

/* ---- set-up ---- */

const char *http_call_warning(unsigned version)
{
    if (version == 0x080900) {
        return "libcurl 8.9.0 spins on stuck sockets (#14280): use 8.9.1 or later";
    }
    if (version >= 0x080a00 && version <= 0x080b00) {
        return "libcurl 8.10.0 to 8.11.0 lose events (#14898, #15154): use 8.11.1 or "
               "later";
    }
    if (version == 0x081500) {
        return "libcurl 8.21.0 leaks sockets when TLS ends (#22282): use 8.22 or later";
    }
    return NULL;
}

long http_call_version(unsigned version)
{
    /* Before, HTTP/2 reports aborted bodies as complete and stalls (#10693, #11052). */
    return version < 0x080100 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
}

#define SET(option, value)                                                             \
    (rc = rc != CURLE_OK ? rc : curl_easy_setopt(c->easy, option, value))

static CURLcode set_limits(struct http_call *c)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_NOSIGNAL, 1L);
    /* Otherwise a time-out waits for getaddrinfo, and the loop with it. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_TIMEOUT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)HTTP_LOW_SPEED_S);
    SET(CURLOPT_BUFFERSIZE, (long)READ_BUFFER);
    SET(CURLOPT_PROTOCOLS_STR, c->url.scheme);
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_UNRESTRICTED_AUTH, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_PROXY, ""); /* not NULL, which means the environment's */
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    return rc;
}

static CURLcode set_tls(struct http_call *c, const struct http_options *opt)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (opt->ca_file != NULL) {
        SET(CURLOPT_CAINFO, opt->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    return rc;
}

static CURLcode set_callbacks(struct http_call *c)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PRIVATE, c);
    SET(CURLOPT_ERRORBUFFER, c->why);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, c);
    SET(CURLOPT_PREREQFUNCTION, on_ready);
    SET(CURLOPT_PREREQDATA, c);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, c);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, c);
    return rc;
}

static CURLcode set_request(struct http_call *c, const struct http_options *opt,
                            struct str method)
{
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_HTTP_VERSION,
        http_call_version(curl_version_info(CURLVERSION_NOW)->version_num));
    SET(CURLOPT_USERAGENT, opt->user_agent);
    SET(CURLOPT_HTTPHEADER, c->headers);
    if (c->is_get) {
        SET(CURLOPT_HTTPGET, 1L);
    } else if (c->is_head) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (str_eqz(method, "POST") || c->sent_body.n > 0) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->sent_body.n);
        SET(CURLOPT_POSTFIELDS, buf_cstr(&c->sent_body)); /* borrowed, not copied */
    }
    if (str_eqz(method, "DELETE")) {
        SET(CURLOPT_CUSTOMREQUEST, "DELETE");
    }
    return rc;
}

bool http_call_aim(struct http_call *c, struct err *e)
{
    struct dur used = mono_since(clock_mono(c->clock), c->started);
    long left = (long)(c->timeout.ms - used.ms);
    CURLcode rc = CURLE_OK;

    c->part = HTTP_PART_STATUS;
    c->stop = HTTP_STOP_NONE;
    c->status = 0;
    c->header_bytes = 0;
    c->header_lines = 0;
    c->announced = 0;
    c->sendings = 0;
    c->why[0] = '\0';
    buf_clear(&c->body);
    SET(CURLOPT_URL, c->url.url);
    SET(CURLOPT_TIMEOUT_MS, left > 0 ? left : 1L); /* 0 would be no limit */
    return rc == CURLE_OK || err_nomem(e);
}

static bool take_method(struct http_call *c, struct str method, struct str body,
                        struct err *e)
{
    bool is_post = str_eqz(method, "POST");

    c->is_get = str_eqz(method, "GET");
    c->is_head = str_eqz(method, "HEAD");
    c->is_unsafe = is_post;
    if (!c->is_get && !c->is_head && !is_post && !str_eqz(method, "DELETE")) {
        return err_set(e, ERR_USAGE, "method is not GET, HEAD, POST or DELETE");
    }
    if ((c->is_get || c->is_head) && body.n > 0) {
        return err_set(e, ERR_USAGE, "%.*s with a body", STR_FMT(method));
    }
    buf_init_secret(&c->sent_body, MAX_REQUEST_BODY);
    buf_add(&c->sent_body, body);
    return buf_check(&c->sent_body, e);
}

static void take_limits(struct http_call *c, const struct http_request *req)
{
    c->max_body = req->max_body > 0 ? req->max_body : HTTP_MAX_BODY;
    c->timeout = req->timeout.ms > 0 ? req->timeout : DUR_MS(DEFAULT_TIMEOUT_MS);
    if (c->timeout.ms > MAX_TIMEOUT_MS) {
        c->timeout = DUR_MS(MAX_TIMEOUT_MS);
    }
    c->follow = req->follow;
    c->no_link_local = req->no_link_local;
    c->only_permanent = true;
    buf_init(&c->body, c->max_body);
}

static CURLcode set_resolve(struct http_call *c, const char *rule)
{
    c->resolve = curl_slist_append(NULL, rule);
    return c->resolve != NULL ? curl_easy_setopt(c->easy, CURLOPT_RESOLVE, c->resolve)
                              : CURLE_OUT_OF_MEMORY;
}

static bool set_all(struct http_call *c, const struct http_options *opt,
                    const struct http_request *req, struct err *e)
{
    CURLcode rc;

    c->easy = curl_easy_init();
    if (c->easy == NULL) {
        return err_nomem(e);
    }
    rc = set_limits(c);
    rc = rc != CURLE_OK ? rc : set_tls(c, opt);
    rc = rc != CURLE_OK ? rc : set_callbacks(c);
    if (rc == CURLE_OK) {
        rc = c->is_mail ? http_mail_options(c, req) : set_request(c, opt, req->method);
    }
    if (rc == CURLE_OK && opt->resolve != NULL) {
        rc = set_resolve(c, opt->resolve);
    }
    if (rc == CURLE_OUT_OF_MEMORY) {
        return err_nomem(e);
    }
    if (rc != CURLE_OK) {
        return err_set(e, ERR_USAGE, "libcurl refuses an option: %s",
                       curl_easy_strerror(rc));
    }
    return http_call_aim(c, e);
}

static bool set_up(struct http_call *c, const struct http_options *opt,
                   const struct http_request *req, struct err *e)
{
    c->clock = opt->clock;
    c->started = clock_mono(opt->clock);
    c->is_mail = req->envelope != NULL;
    take_limits(c, req);
    if (c->is_mail) {
        c->is_unsafe = true;
        return http_url_init_mail(&c->url, req->url, e) && http_mail_take(c, req, e) &&
               set_all(c, opt, req, e);
    }
    return http_url_init(&c->url, req->url, e) &&
           take_method(c, req->method, req->body, e) && add_headers(c, req, e) &&
           set_all(c, opt, req, e);
}

struct http_call *http_call_create(const struct http_options *opt,
                                   const struct http_request *req, struct err *e)
{
    struct http_call *c = calloc(1, sizeof *c);

    if (c == NULL) {
        err_nomem(e);
        return NULL;
    }
    if (!set_up(c, opt, req, e)) {
        http_call_destroy(c);
        return NULL;
    }
    return c;
}

void http_call_destroy(struct http_call *c)
{
    if (c == NULL) {
        return;
    }
    curl_easy_cleanup(c->easy);
    curl_slist_free_all(c->resolve);
    wipe_headers(c);
    free(c->mail_from);
    buf_finish(&c->sent_body);
    buf_finish(&c->body);
    http_url_finish(&c->url);
    arena_destroy(c->arena);
    free(c);
}
