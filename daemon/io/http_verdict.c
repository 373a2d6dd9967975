#include "io/http_verdict.h"

#include <string.h>

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
    case HTTP_STOP_LINK_LOCAL:
        return err_set(e, ERR_NET, "%s: its address is link-local, which is refused",
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
        return err_set(e, ERR_NET, "%s: nothing arrived for %d s", label,
                       HTTP_LOW_SPEED_S);
    }
    return err_set(e, ERR_NET, "%s: no connection within %d s", label,
                   HTTP_CONNECT_TIMEOUT_MS / 1000);
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

void http_verdict_lost(struct http_call *c, const struct err *why)
{
    c->err = *why;
    c->err.retry = c->maybe_sent ? ERR_GIVE_UP : ERR_TRY_AGAIN;
}

bool http_verdict_failed(struct http_call *c, CURLcode code, struct err *e)
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
    return c->follow && c->is_get && (c->status == 301 || c->status == 302 || c->status == 307 ||
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
    return http_call_aim(c, e);
}

bool http_verdict(struct http_call *c, CURLcode code)
{
    struct err e;
    bool ok;

    if (code != CURLE_OK) {
        ok = http_verdict_failed(c, code, &e);
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
        http_verdict_lost(c, &e);
    }
    return false;
}
