#include "io/http_call.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    CONNECT_TIMEOUT_MS = 10000,
    LOW_SPEED_S = 30, /* without a byte */
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
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
    SET(CURLOPT_BUFFERSIZE, (long)READ_BUFFER);
    SET(CURLOPT_PROTOCOLS_STR, c->url.plain ? "http" : "https");
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

/* Points the handle at the present hop, with what is left of the time. */
static bool aim(struct http_call *c, struct err *e)
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
    c->follow = req->follow && c->is_get;
    c->only_permanent = true;
    buf_init(&c->body, c->max_body);
}

static bool set_all(struct http_call *c, const struct http_options *opt,
                    struct str method, struct err *e)
{
    CURLcode rc;

    c->easy = curl_easy_init();
    if (c->easy == NULL) {
        return err_nomem(e);
    }
    rc = set_limits(c);
    rc = rc != CURLE_OK ? rc : set_tls(c, opt);
    rc = rc != CURLE_OK ? rc : set_callbacks(c);
    rc = rc != CURLE_OK ? rc : set_request(c, opt, method);
    if (rc == CURLE_OUT_OF_MEMORY) {
        return err_nomem(e);
    }
    if (rc != CURLE_OK) {
        return err_set(e, ERR_USAGE, "libcurl refuses an option: %s",
                       curl_easy_strerror(rc));
    }
    return aim(c, e);
}

static bool set_up(struct http_call *c, const struct http_options *opt,
                   const struct http_request *req, struct err *e)
{
    c->clock = opt->clock;
    c->started = clock_mono(opt->clock);
    if (!http_url_init(&c->url, req->url, e) ||
        !take_method(c, req->method, req->body, e)) {
        return false;
    }
    take_limits(c, req);
    return add_headers(c, req, e) && set_all(c, opt, req->method, e);
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
    wipe_headers(c);
    buf_finish(&c->sent_body);
    buf_finish(&c->body);
    http_url_finish(&c->url);
    arena_destroy(c->arena);
    free(c);
}

/* ---- verdict ---- */

/* `errno` of the last socket call, as a word; "" when there is none. */
static const char *os_reason(struct http_call *c)
{
    long number = 0;
    const char *words = NULL;

    if (curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &number) == CURLE_OK &&
        number > 0) {
        words = strerrordesc_np((int)number);
    }
    return words != NULL ? words : "";
}

static bool fail_stopped(struct http_call *c, struct err *e)
{
    switch (c->stop) {
    case HTTP_STOP_BODY:
        return err_set(e, ERR_LIMIT, "%s: the answer is longer than %zu bytes",
                       c->url.label, c->max_body);
    case HTTP_STOP_HEADERS:
        return err_set(e, ERR_LIMIT, "%s: too many headers", c->url.label);
    case HTTP_STOP_PEER:
        return err_set(e, ERR_NET, "%s: plain http to a peer that is not the loopback",
                       c->url.label);
    case HTTP_STOP_RESEND:
        return err_set(e, ERR_NET, "%s: connection lost before an answer",
                       c->url.label);
    case HTTP_STOP_NOMEM:
    case HTTP_STOP_NONE:
        break;
    }
    return err_nomem(e);
}

static bool fail_timed_out(struct http_call *c, struct err *e)
{
    struct dur used = mono_since(clock_mono(c->clock), c->started);
    const char *label = c->url.label;

    /* libcurl and our clock may differ by a little. */
    if (used.ms + 50 >= c->timeout.ms) {
        return err_set(e, ERR_NET, "%s: no %s within %lld ms", label,
                       c->sendings > 0 ? "whole answer" : "connection",
                       (long long)c->timeout.ms);
    }
    if (c->sendings > 0) {
        return err_set(e, ERR_NET, "%s: nothing arrived for %d s", label, LOW_SPEED_S);
    }
    return err_set(e, ERR_NET, "%s: no connection within %d s", label,
                   CONNECT_TIMEOUT_MS / 1000);
}

static bool fail_with(struct http_call *c, struct err *e, const char *what,
                      const char *detail)
{
    return err_set(e, ERR_NET, "%s: %s%s%s", c->url.label, what, *detail ? ": " : "",
                   detail);
}

static bool fail_transport(struct http_call *c, CURLcode code, struct err *e)
{
    const char *label = c->url.label;

    if (code == CURLE_COULDNT_RESOLVE_HOST) {
        return fail_with(c, e, "the name does not resolve", "");
    }
    if (code == CURLE_COULDNT_CONNECT) {
        return fail_with(c, e, "cannot connect", os_reason(c));
    }
    /* The buffer says which check failed; it holds no part of the request here. */
    if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
        code == CURLE_SSL_CACERT_BADFILE) {
        return fail_with(c, e, "TLS", *c->why ? c->why : curl_easy_strerror(code));
    }
    if (code == CURLE_PARTIAL_FILE) {
        return fail_with(c, e, "the answer was cut short", "");
    }
    if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
        code == CURLE_SEND_ERROR) {
        return fail_with(c, e, "connection lost", os_reason(c));
    }
    if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL) {
        return err_set(e, ERR_REMOTE, "%s: the answer is not HTTP", label);
    }
    if (code == CURLE_OUT_OF_MEMORY && c->sendings > 0 && c->part != HTTP_PART_REST) {
        /* libcurl before 8.6 says so of a line above 100 KB, too. */
        return err_set(e, ERR_LIMIT, "%s: a header is too long, or out of memory",
                       label);
    }
    if (code == CURLE_OUT_OF_MEMORY) {
        return err_nomem(e);
    }
    return fail_with(c, e, curl_easy_strerror(code), "");
}

void http_call_fail(struct http_call *c, const struct err *why)
{
    c->err = *why;
    c->err.retry = c->maybe_sent ? ERR_GIVE_UP : ERR_TRY_AGAIN;
}

static bool fail(struct http_call *c, CURLcode code, struct err *e)
{
    if (c->stop != HTTP_STOP_NONE) {
        return fail_stopped(c, e);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return fail_timed_out(c, e);
    }
    return fail_transport(c, code, e);
}

/* Several fields are one list (RFC 9110 5.3); a list no inflater takes. */
static struct str join_encoding(struct http_call *c)
{
    struct str all = STR("");

    for (size_t i = 0; i < c->resp.n_headers; i++) {
        const struct http_header *h = &c->resp.headers[i];

        if (!str_eq_nocase(h->name, STR("content-encoding"))) {
            continue;
        }
        all = arena_printf(c->arena, "%.*s%s%.*s", STR_FMT(all), all.n > 0 ? ", " : "",
                           STR_FMT(h->value));
    }
    char *lower = arena_strdup(c->arena, all);

    for (size_t i = 0; lower != NULL && i < all.n; i++) {
        if (lower[i] >= 'A' && lower[i] <= 'Z') {
            lower[i] = (char)(lower[i] - 'A' + 'a');
        }
    }
    all = str_of(lower);
    if (str_eqz(all, "identity")) {
        return STR("");
    }
    return str_eqz(all, "x-gzip") ? STR("gzip") : all; /* RFC 9110 8.4.1.3 */
}

static bool collect_headers(struct http_call *c)
{
    struct http_header *v = NULL;
    size_t n = 0;
    size_t cap = 0;
    struct curl_header *h = NULL;

    /* Of the last answer: no 1xx, no trailers, folded lines joined. */
    while ((h = curl_easy_nextheader(c->easy, CURLH_HEADER, -1, h)) != NULL) {
        struct http_header *one = arena_grow(c->arena, &v, &n, &cap, sizeof *v);

        if (one == NULL) {
            return false;
        }
        one->name = arena_str(c->arena, str_of(h->name));
        one->value = arena_str(c->arena, str_trim(str_of(h->value)));
    }
    c->resp.headers = v;
    c->resp.n_headers = n;
    return !arena_failed(c->arena);
}

static bool respond(struct http_call *c, struct err *e)
{
    struct mono now = clock_mono(c->clock);

    arena_destroy(c->arena);
    c->arena = arena_create(8 * HTTP_MAX_HEADER_BYTES);
    c->resp = (struct http_response){
        .status = c->status,
        .body = buf_str(&c->body),
        .url = str_of(c->url.url),
        .moved = c->hops > 0 && c->only_permanent,
        .took = mono_since(now, c->started),
    };
    if (c->arena == NULL || !collect_headers(c)) {
        return err_nomem(e);
    }
    /* An answer without a body (HEAD, 304) names the encoding it would have. */
    c->resp.encoding = c->body.n > 0 ? join_encoding(c) : STR("");
    return !arena_failed(c->arena) || err_nomem(e);
}

static bool is_redirect(const struct http_call *c)
{
    return c->follow && (c->status == 301 || c->status == 302 || c->status == 307 ||
                         c->status == 308);
}

static bool redirect(struct http_call *c, struct err *e)
{
    struct http_url to;

    if (c->hops == HTTP_MAX_HOPS) {
        return err_set(e, ERR_REMOTE, "%s: more than %d redirects", c->url.label,
                       HTTP_MAX_HOPS);
    }
    if (!http_url_redirect(&c->url, http_header_get(&c->resp, "location"), &to, e)) {
        return false;
    }
    http_url_finish(&c->url);
    c->url = to;
    c->hops++;
    c->only_permanent = c->only_permanent && (c->status == 301 || c->status == 308);
    return aim(c, e);
}

bool http_call_end(struct http_call *c, CURLcode code)
{
    struct err e;
    bool ok;

    if (code != CURLE_OK) {
        ok = fail(c, code, &e);
    } else if (c->part != HTTP_PART_REST) {
        ok = fail_with(c, &e, "the answer was cut short", ""); /* within its headers */
    } else if (c->status < 200) {
        ok = err_set(&e, ERR_REMOTE, "%s: the answer is not HTTP (status %d)",
                     c->url.label, c->status);
    } else {
        ok = respond(c, &e);
    }
    if (ok && is_redirect(c)) {
        ok = redirect(c, &e);
        if (ok) {
            return true;
        }
    }
    if (!ok) {
        http_call_fail(c, &e);
    }
    return false;
}
