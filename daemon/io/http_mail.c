#include "io/http_mail.h"

#include <stdlib.h>
#include <strings.h>

#include "io/http_verdict.h"

enum { ADDRESS_MAX = 254, RECIPIENTS_MAX = 100 };

#define SET(option, value)                                                             \
    (rc = rc != CURLE_OK ? rc : curl_easy_setopt(c->easy, option, value))

/* What stands between < and > on a line of the protocol. */
static bool is_address(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == '<' || s.p[i] == '>') {
            return false;
        }
    }
    return s.n > 0 && s.n <= ADDRESS_MAX;
}

static bool in_brackets(struct str address, struct buf *out, struct err *e)
{
    if (!is_address(address)) {
        return err_set(e, ERR_USAGE, "not an address of mail");
    }
    buf_clear(out);
    buf_printf(out, "<%.*s>", STR_FMT(address));
    return buf_check(out, e);
}

static bool add_recipient(struct http_call *c, const char *address, struct err *e)
{
    struct curl_slist *longer = curl_slist_append(c->headers, address);

    if (longer == NULL) {
        return err_nomem(e);
    }
    c->headers = longer;
    return true;
}

bool http_mail_take(struct http_call *c, const struct http_request *req, struct err *e)
{
    const struct http_envelope *to = req->envelope;
    struct buf one;
    bool ok;

    if (to->n_to == 0 || to->n_to > RECIPIENTS_MAX) {
        return err_set(e, ERR_USAGE, "a letter goes to 1 to %d addresses",
                       RECIPIENTS_MAX);
    }
    buf_init(&one, 2 * ADDRESS_MAX);
    ok = in_brackets(to->from, &one, e);
    c->mail_from = ok ? strdup(buf_cstr(&one)) : NULL;
    ok = ok && (c->mail_from != NULL || err_nomem(e));
    for (size_t i = 0; ok && i < to->n_to; i++) {
        ok = in_brackets(to->to[i], &one, e) && add_recipient(c, buf_cstr(&one), e);
    }
    buf_finish(&one);
    buf_init_secret(&c->sent_body, HTTP_MAX_BODY);
    buf_add(&c->sent_body, req->body);
    return ok && buf_check(&c->sent_body, e);
}

/* ---- what libcurl calls, on the thread that sends ---- */

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
    struct http_call *c = arg;
    struct str rest = str_skip(buf_str(&c->sent_body), c->mail_sent);

    n = n * size < rest.n ? n * size : rest.n;
    memcpy(p, rest.p, n);
    c->mail_sent += n;
    return n;
}

/* Once a second, and whenever something moves. */
static int on_progress(void *arg, curl_off_t a UNUSED, curl_off_t b UNUSED,
                       curl_off_t d UNUSED, curl_off_t f UNUSED)
{
    struct http_call *c = arg;

    return atomic_load(&c->mail_unwanted) ? 1 : 0;
}

/* ---- set-up ---- */

static CURLcode set_secret(struct http_call *c, CURLoption option, struct str value)
{
    struct buf z;
    CURLcode rc;

    buf_init_secret(&z, 65536);
    buf_add(&z, value);
    rc = buf_ok(&z) ? curl_easy_setopt(c->easy, option, buf_cstr(&z))
                    : CURLE_OUT_OF_MEMORY;
    buf_finish(&z);
    return rc;
}

CURLcode http_mail_options(struct http_call *c, const struct http_request *req)
{
    const struct http_envelope *to = req->envelope;
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)c->sent_body.n);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, c);
    SET(CURLOPT_MAIL_FROM, c->mail_from);
    SET(CURLOPT_MAIL_RCPT, c->headers);
    /* `plain` is the loopback's: no packet leaves the machine. */
    SET(CURLOPT_USE_SSL, c->url.plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    /* Said good-bye by the thread that sends: it waits for the answer to that, too. */
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_LOW_SPEED_LIMIT, 0L); /* greylists and filters are slow: `timeout` */
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, c);
    if (rc == CURLE_OK && to->user.n > 0) {
        rc = set_secret(c, CURLOPT_USERNAME, to->user);
        rc = rc != CURLE_OK ? rc : set_secret(c, CURLOPT_PASSWORD, to->password);
    }
    return rc;
}

/* ---- the verdict ---- */

/* The server's "no" is its answer; any other failure is the connection's. */
static bool was_refused(const struct http_call *c, CURLcode code)
{
    return (code == CURLE_LOGIN_DENIED || code == CURLE_SEND_ERROR ||
            code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_REMOTE_ACCESS_DENIED) &&
           c->status >= 400 && c->status <= 599;
}

static bool fail(struct http_call *c, CURLcode code, struct err *e)
{
    if (code == CURLE_USE_SSL_FAILED) {
        return err_set(e, ERR_NET, "%s: the server offers no STARTTLS, which is needed",
                       c->url.label);
    }
    if (code == CURLE_LOGIN_DENIED) {
        return err_set(e, ERR_NET, "%s: no way to log in that both sides know",
                       c->url.label);
    }
    if (code == CURLE_WEIRD_SERVER_REPLY) {
        return err_set(e, ERR_REMOTE, "%s: the answer is not SMTP", c->url.label);
    }
    return http_verdict_failed(c, code, e);
}

void http_mail_verdict(struct http_call *c, CURLcode code)
{
    long status = 0;
    struct err e;

    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    c->status = (int)status;
    if (code == CURLE_OK || was_refused(c, code)) {
        c->resp = (struct http_response){
            .status = code == CURLE_OK ? 250 : c->status,
            .url = str_of(c->url.url),
            .took = mono_since(clock_mono(c->clock), c->started),
        };
        return;
    }
    (void)fail(c, code, &e);
    http_verdict_lost(c, &e);
}
