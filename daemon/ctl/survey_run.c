#include "ctl/survey_run.h"

#include <uv.h>

#include "base/clock.h"
#include "io/http.h"
#include "io/inflate.h"

struct run {
    const struct survey_ops *ops;
    struct surveyor *surveyor;
    struct inflater *inflater;
    bool answered, ok, closed;
    struct err *e;
};

static void answered(void *arg, const struct http_response *resp, const struct err *err)
{
    struct run *r = arg;
    struct http_response plain;
    struct buf body;

    r->answered = true;
    r->ok = false;
    if (err != NULL) {
        *r->e = *err;
        return;
    }
    plain = *resp;
    buf_init(&body, HTTP_MAX_INFLATED + 1);
    r->ok = inflater_run(r->inflater, resp->encoding, resp->body, HTTP_MAX_INFLATED,
                         &body, &plain.body, r->e) &&
            r->ops->feed(r->surveyor, &plain, clock_wall(clock_system()), r->e);
    buf_finish(&body);
}

static bool ask(struct run *r, uv_loop_t *loop, struct http *http,
                const struct http_request *req)
{
    struct http_call *call;

    r->answered = false;
    if (!http_start(http, req, answered, r, &call, r->e))
        return false;
    while (!r->answered && uv_run(loop, UV_RUN_ONCE) != 0) {
    }
    return r->answered ? r->ok : err_set(r->e, ERR_NET, "the request was lost");
}

static void closed(void *arg)
{
    struct run *r = arg;

    r->closed = true;
}

static bool ask_all(struct run *r, uv_loop_t *loop)
{
    const struct http_options opt = {.clock = clock_system(),
                                     .user_agent = "alignctl/" ALIGND_VERSION};
    struct http_request req;
    struct http *http;
    bool ok = true;

    if (!http_create(loop, &opt, &http, r->e))
        return false;
    while (ok && r->ops->next(r->surveyor, &req))
        ok = ask(r, loop, http, &req);
    http_close(http, closed, r);
    while (!r->closed && uv_run(loop, UV_RUN_ONCE) != 0) {
    }
    return ok;
}

bool survey_run(const struct survey_ops *ops, const struct survey_start *start,
                struct survey *out, struct err *e)
{
    struct run r = {.ops = ops, .e = e};
    uv_loop_t loop;
    bool ok;

    if (!ops->create(start, out, &r.surveyor, e))
        return false;
    r.inflater = inflater_create();
    ok = r.inflater != NULL && uv_loop_init(&loop) == 0;
    if (ok) {
        ok = ask_all(&r, &loop);
        uv_run(&loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&loop);
    } else {
        err_nomem(e);
    }
    inflater_destroy(r.inflater);
    ops->destroy(r.surveyor);
    return ok;
}
