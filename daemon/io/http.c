#include "io/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "io/http_call.h"
#include "io/http_mail.h"
#include "io/http_multi.h"
#include "io/http_verdict.h"

TAILQ_HEAD(calls, http_call);

struct http {
    struct http_options opt; /* what it points at is borrowed */
    struct http_multi multi;
    uv_loop_t *loop;               /* borrowed */
    struct calls active, finished; /* owned calls */
    struct calls letters;          /* likewise; a thread has them */
    bool closing, multi_gone;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void finish(struct http *h, struct http_call *call)
{
    call->state = HTTP_CALL_FINISHED;
    TAILQ_INSERT_TAIL(&h->finished, call, link);
}

static void on_finished(void *arg, CURL *easy, CURLcode code)
{
    struct http *h = arg;
    struct http_call *call = NULL;
    struct err e;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
    TAILQ_REMOVE(&h->active, call, link);
    if (http_verdict(call, code)) {
        if (http_multi_add(&h->multi, easy, &e)) {
            TAILQ_INSERT_TAIL(&h->active, call, link);
            return;
        }
        http_verdict_lost(call, &e);
    }
    finish(h, call);
}

static void on_broken(void *arg)
{
    struct http *h = arg;
    struct http_call *call;
    struct err e;

    err_set(&e, ERR_NET, "libcurl failed and was started again");
    while ((call = TAILQ_FIRST(&h->active)) != NULL) {
        TAILQ_REMOVE(&h->active, call, link);
        http_multi_remove(&h->multi, call->easy);
        http_verdict_lost(call, &e);
        finish(h, call);
    }
    http_multi_rebuild(&h->multi);
}

/* `done` may start, cancel and close: nothing is kept over it but the call itself. */
static void on_settled(void *arg)
{
    struct http *h = arg;
    struct http_call *call;

    while ((call = TAILQ_FIRST(&h->finished)) != NULL) {
        bool ok = call->err.kind == ERR_NONE;

        TAILQ_REMOVE(&h->finished, call, link);
        call->state = HTTP_CALL_REPORTING;
        call->done(call->arg, ok ? &call->resp : NULL, ok ? NULL : &call->err);
        http_call_destroy(call);
    }
}

static void end_closing(struct http *h)
{
    void (*closed)(void *) = h->closed;
    void *closed_arg = h->closed_arg;

    if (!h->multi_gone || !TAILQ_EMPTY(&h->letters)) {
        return;
    }
    free(h);
    if (closed != NULL) {
        closed(closed_arg);
    }
}

static void on_closed(void *arg)
{
    struct http *h = arg;

    h->multi_gone = true;
    end_closing(h);
}

/* ---- letters ---- */

static void send_letter(uv_work_t *work)
{
    struct http_call *call = work->data;

    call->mail_code = curl_easy_perform(call->easy);
}

static void on_letter(uv_work_t *work, int status)
{
    struct http_call *call = work->data;
    struct http *h = call->http;
    bool ok;

    TAILQ_REMOVE(&h->letters, call, link);
    call->state = HTTP_CALL_REPORTING;
    if (!atomic_load(&call->mail_unwanted)) {
        http_mail_verdict(call, status == 0 ? call->mail_code : CURLE_ABORTED_BY_CALLBACK);
        ok = call->err.kind == ERR_NONE;
        call->done(call->arg, ok ? &call->resp : NULL, ok ? NULL : &call->err);
    }
    http_call_destroy(call);
    if (h->closing) {
        end_closing(h);
    }
}

static bool start_letter(struct http *h, struct http_call *call, struct err *e)
{
    int rc;

    call->mail_work.data = call;
    rc = uv_queue_work(h->loop, &call->mail_work, send_letter, on_letter);
    if (rc != 0) {
        return err_set_retry(e, ERR_NET, "no thread: %s", uv_strerror(rc));
    }
    TAILQ_INSERT_TAIL(&h->letters, call, link);
    return true;
}

/* Its thread still has it: on_letter frees it. */
static void cancel_letter(struct http_call *call)
{
    atomic_store(&call->mail_unwanted, true);
    (void)uv_cancel((uv_req_t *)&call->mail_work);
}

static const struct http_multi_events events = {
    .finished = on_finished,
    .broken = on_broken,
    .settled = on_settled,
    .closed = on_closed,
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
    /* OpenSSL writes without MSG_NOSIGNAL, and NOSIGNAL leaves it to us. */
    (void)signal(SIGPIPE, SIG_IGN);
}

bool http_create(uv_loop_t *loop, const struct http_options *opt, struct http **ret,
                 struct err *e)
{
    struct http *h;

    (void)pthread_once(&global_once, global_init);
    if (global_result != CURLE_OK) {
        return err_set(e, ERR_IO, "libcurl does not start: %s",
                       curl_easy_strerror(global_result));
    }
    if (curl_version_info(CURLVERSION_NOW)->version_num < 0x075700) {
        return err_set(e, ERR_IO, "libcurl %s is older than 7.87",
                       curl_version_info(CURLVERSION_NOW)->version);
    }
    h = calloc(1, sizeof *h);
    if (h == NULL) {
        return err_nomem(e);
    }
    h->opt = *opt;
    TAILQ_INIT(&h->active);
    TAILQ_INIT(&h->finished);
    TAILQ_INIT(&h->letters);
    h->loop = loop;
    if (!http_multi_init(&h->multi, loop, &events, h, e)) {
        free(h);
        return false;
    }
    *ret = h;
    return true;
}

void http_close(struct http *h, void (*closed)(void *arg), void *arg)
{
    struct http_call *call;

    assert(!h->closing);
    h->closing = true;
    h->closed = closed;
    h->closed_arg = arg;
    while ((call = TAILQ_FIRST(&h->active)) != NULL ||
           (call = TAILQ_FIRST(&h->finished)) != NULL) {
        http_cancel(call);
    }
    TAILQ_FOREACH(call, &h->letters, link)
    {
        cancel_letter(call);
    }
    http_multi_close(&h->multi);
}

bool http_start(struct http *h, const struct http_request *req, http_done_fn *done,
                void *arg, struct http_call **ret_call, struct err *e)
{
    struct http_call *call;

    if (h->closing) {
        return err_set(e, ERR_CANCELED, "the HTTP client is closing");
    }
    call = http_call_create(&h->opt, req, e);
    if (call == NULL) {
        return false;
    }
    call->http = h;
    call->done = done;
    call->arg = arg;
    if (!(call->is_mail ? start_letter(h, call, e)
                        : http_multi_add(&h->multi, call->easy, e))) {
        http_call_destroy(call);
        return false;
    }
    if (!call->is_mail) {
        TAILQ_INSERT_TAIL(&h->active, call, link);
    }
    if (ret_call != NULL) {
        *ret_call = call;
    }
    return true;
}

void http_cancel(struct http_call *call)
{
    struct http *h;

    if (call == NULL || call->state == HTTP_CALL_REPORTING) {
        return; /* its owner frees it when `done` is back */
    }
    if (call->is_mail) {
        cancel_letter(call);
        return;
    }
    h = call->http;
    if (call->state == HTTP_CALL_ACTIVE) {
        TAILQ_REMOVE(&h->active, call, link);
        http_multi_remove(&h->multi, call->easy);
    } else {
        TAILQ_REMOVE(&h->finished, call, link);
    }
    http_call_destroy(call);
}

const char *http_curl_warning(void)
{
    return http_call_warning(curl_version_info(CURLVERSION_NOW)->version_num);
}
