#include "connectors/values/prometheus.h"

#include "connectors/values/value_http.h"

/* A URL of 8 KiB is what servers take at least. */
enum { MAX_URL = 8 * 1024, SHOWN = 120 };

static void check(const struct value_conf *conf, tracker_report_fn *report, void *arg)
{
    const struct value_http_conf *own = conf->own;

    value_http_check(own, report, arg);
    if (str_chr(own->url, '?') >= 0 || str_chr(own->url, '#') >= 0)
        report(arg, "url", "'url' is where /api/v1/query begins: without ? and #");
}

/* RFC 3986, 2.3: what may stand for itself. */
static void put_percent(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~')
            buf_addc(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static bool request(const struct value_conf *conf, const struct value_question *q,
                    struct arena *a, struct http_request *ret_req, struct err *e)
{
    const struct value_http_conf *own = conf->own;
    struct str base = own->url;
    struct buf url;
    bool ok;

    if (q->query.n == 0)
        return err_set(e, ERR_CONFIG,
                       "is of type prometheus: the key result needs a 'query'");
    while (str_has_suffix(base, STR("/")))
        base.n--;
    buf_init(&url, MAX_URL);
    buf_add(&url, base);
    buf_addz(&url, "/api/v1/query?query=");
    put_percent(&url, q->query);
    ok = buf_ok(&url)
             ? value_http_request(own, arena_str(a, buf_str(&url)), a, ret_req, e)
             : err_set(e, ERR_CONFIG, "the query is too long for an address");
    buf_finish(&url);
    return ok;
}

/* Its own words about a bad query; not where they repeat what is secret. */
static bool fail_as_told(const struct value_conf *conf, const json_t *root,
                         struct err *e)
{
    const struct value_http_conf *own = conf->own;
    const char *why = json_string_value(json_object_get(root, "error"));
    struct str text = str_first(str_of(why), SHOWN), token = own->token.value;

    if (text.n == 0 || (token.n > 0 && str_find(str_of(why), token) >= 0))
        return err_set(e, ERR_REMOTE, "says that the query failed");
    return err_set(e, ERR_REMOTE, "says: %.*s", STR_FMT(text));
}

/* [time, "number"]: numbers are text, since JSON has no NaN and no Inf. */
static bool read_sample(const json_t *pair, double *ret, struct err *e)
{
    static const char *const odd[] = {"NaN", "+Inf", "-Inf", "Inf"};
    const char *text = json_string_value(json_array_get(pair, 1));

    if (json_array_size(pair) != 2 || text == NULL)
        return err_set(e, ERR_PARSE, "the sample is no pair of a time and a number");
    if (str_to_double(str_of(text), ret))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        if (str_eqz(str_of(text), odd[i]))
            return err_set(e, ERR_PARSE, "the value is %s, which is no finite number",
                           odd[i]);
    }
    /* Its text is anything, and may be what is secret. */
    return err_set(e, ERR_PARSE, "the value is no finite number");
}

static bool read_vector(const json_t *result, double *ret, struct err *e)
{
    size_t n = json_array_size(result);

    if (n == 0)
        return err_set(e, ERR_PARSE, "the query finds nothing: an empty vector");
    if (n > 1)
        return err_set(e, ERR_PARSE,
                       "the query finds %zu series, not one: wrap it in sum() or avg()",
                       n);
    return read_sample(json_object_get(json_array_get(result, 0), "value"), ret, e);
}

/* https://prometheus.io/docs/prometheus/latest/querying/api/, "Instant queries" */
static bool read_data(const json_t *data, double *ret, struct err *e)
{
    const json_t *result = json_object_get(data, "result");
    struct str type = str_of(json_string_value(json_object_get(data, "resultType")));

    if (str_eqz(type, "scalar") && json_is_array(result))
        return read_sample(result, ret, e);
    if (str_eqz(type, "vector") && json_is_array(result))
        return read_vector(result, ret, e);
    if (str_eqz(type, "matrix") || str_eqz(type, "string"))
        return err_set(e, ERR_PARSE,
                       "the query gives a %.*s, not a scalar or a vector of one sample",
                       STR_FMT(type));
    return err_set(e, ERR_PARSE, "the answer is none of Prometheus' query API");
}

static bool judge(const struct value_conf *conf, const struct value_question *q,
                  const struct http_response *resp, double *ret, struct err *e)
{
    /* 400, 422 and 503 come with a JSON body that says why. */
    bool told = resp->status == 400 || resp->status == 422 || resp->status == 503;
    struct str status;
    json_t *root;
    bool ok;

    (void)q;
    if (resp->status != 200 && !told)
        return value_http_status(resp, e);
    if (!value_http_json(resp, &root, e))
        return told ? value_http_status(resp, e) : false;
    status = str_of(json_string_value(json_object_get(root, "status")));
    if (str_eqz(status, "error"))
        ok = fail_as_told(conf, root, e);
    else if (resp->status != 200)
        ok = value_http_status(resp, e);
    else if (str_eqz(status, "success"))
        ok = read_data(json_object_get(root, "data"), ret, e);
    else
        ok = err_set(e, ERR_PARSE, "the answer is none of Prometheus' query API");
    json_decref(root);
    return ok;
}

const struct value_ops prometheus_ops = {
    .name = "prometheus",
    .keys = value_http_keys,
    .conf_size = sizeof(struct value_http_conf),
    .check = check,
    .request = request,
    .judge = judge,
};
