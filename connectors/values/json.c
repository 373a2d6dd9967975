#include "connectors/values/json.h"

#include <math.h>

#include "connectors/values/value_http.h"
#include "connectors/wire/pointer.h"

static void check(const struct value_conf *conf, tracker_report_fn *report, void *arg)
{
    value_http_check(conf->own, report, arg);
}

static bool request(const struct value_conf *conf, const struct value_question *q,
                    struct arena *a, struct http_request *ret_req, struct err *e)
{
    const struct value_http_conf *own = conf->own;

    if (q->query.n > 0)
        return err_set(e, ERR_CONFIG,
                       "is of type json: the key result needs a 'pointer', no 'query'");
    return value_http_request(own, own->url, a, ret_req, e);
}

static bool judge(const struct value_conf *conf, const struct value_question *q,
                  const struct http_response *resp, double *ret, struct err *e)
{
    const json_t *v;
    json_t *root;
    bool ok = false;

    (void)conf;
    if (resp->status != 200)
        return value_http_status(resp, e);
    if (!value_http_json(resp, &root, e))
        return false;
    v = pointer_find(root, q->pointer, e);
    if (v != NULL && !json_is_real(v))
        err_set(e, ERR_PARSE, "what the pointer leads to is no number");
    else if (v != NULL && !isfinite(json_real_value(v)))
        err_set(e, ERR_PARSE, "the number is not finite");
    else
        ok = v != NULL;
    if (ok)
        *ret = json_real_value(v);
    json_decref(root);
    return ok;
}

const struct value_ops json_ops = {
    .name = "json",
    .keys = value_http_keys,
    .conf_size = sizeof(struct value_http_conf),
    .check = check,
    .request = request,
    .judge = judge,
};
