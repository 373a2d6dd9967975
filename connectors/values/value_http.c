#include "connectors/values/value_http.h"

#include "base/sign.h"

enum { MAX_AUTH = 64 * 1024, MAX_ANSWER = 1024 * 1024 };

#define HTTP_CONF(member) offsetof(struct value_http_conf, member)

const struct conf_key value_http_keys[] = {
    {.name = "url",
     .type = CONF_URL,
     .offset = HTTP_CONF(url),
     .required = true,
     .live = true,
     .doc = "Its address; https, or http to loopback."},
    {.name = "user",
     .type = CONF_STR,
     .offset = HTTP_CONF(user),
     .max = 256,
     .live = true,
     .doc = "With it the token is a password; without, a bearer token."},
    {.name = "token",
     .type = CONF_SECRET,
     .offset = HTTP_CONF(token),
     .live = true,
     .doc = "What it asks for, if anything: {credential: NAME}."},
    {0},
};

void value_http_check(const struct value_http_conf *own, tracker_report_fn *report,
                      void *arg)
{
    if (own->user.n > 0 && own->token.from == SECRET_NONE)
        report(arg, "user", "'user' needs a 'token'");
}

static bool has_control(struct str s)
{
    bool found = false;

    for (size_t i = 0; i < s.n; i++)
        found = found || (unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F;
    return found;
}

static bool put_credentials(struct buf *out, const struct value_http_conf *own,
                            struct err *e)
{
    struct str token = own->token.value;
    struct buf plain;
    bool ok;

    if (token.n == 0 || has_control(token) || has_control(own->user))
        return err_set(e, ERR_CONFIG,
                       "user or token is empty or holds a control character");
    if (own->user.n == 0) {
        buf_addz(out, "Bearer ");
        buf_add(out, token);
        return buf_check(out, e);
    }
    buf_init_secret(&plain, MAX_AUTH / 2);
    buf_add(&plain, own->user);
    buf_addc(&plain, ':');
    buf_add(&plain, token);
    buf_addz(out, "Basic ");
    sign_base64(out, buf_str(&plain));
    ok = buf_check(&plain, e) && buf_check(out, e);
    buf_wipe(&plain);
    return ok;
}

static bool add_authorization(const struct value_http_conf *own, struct arena *a,
                              struct http_header *h, size_t *n, struct err *e)
{
    struct buf auth;
    bool ok;

    if (own->token.from == SECRET_NONE)
        return true;
    buf_init_secret(&auth, MAX_AUTH);
    ok = put_credentials(&auth, own, e);
    if (ok)
        h[(*n)++] =
            (struct http_header){STR("Authorization"), arena_str(a, buf_str(&auth))};
    buf_wipe(&auth);
    return ok;
}

bool value_http_request(const struct value_http_conf *own, struct str url,
                        struct arena *a, struct http_request *ret, struct err *e)
{
    struct http_header *h = arena_array(a, 2, sizeof *h);
    size_t n = 0;

    if (h == NULL)
        return err_nomem(e);
    h[n++] = (struct http_header){STR("Accept"), STR("application/json")};
    if (!add_authorization(own, a, h, &n, e))
        return false;
    *ret = (struct http_request){
        .method = STR("GET"),
        .url = url,
        .headers = h,
        .n_headers = n,
        .max_body = MAX_ANSWER,
        .timeout = DUR_S(10),
        .no_link_local = true,
    };
    return !arena_failed(a) || err_nomem(e);
}

bool value_http_status(const struct http_response *resp, struct err *e)
{
    int s = resp->status;

    if (s >= 300 && s < 400)
        return err_set(e, ERR_CONFIG,
                       "answers with a redirect (%d), which is not followed", s);
    if (s == 401)
        return err_set(e, ERR_AUTH, "refuses the token (401)");
    if (s == 403)
        return err_set(e, ERR_FORBIDDEN, "does not let the token read this (403)");
    if (s == 404)
        return err_set(e, ERR_NOT_FOUND, "has no such address (404)");
    if (s == 429)
        return err_set(e, ERR_RATE, "has been asked too often (429)");
    return err_set(e, ERR_REMOTE, "answers with status %d", s);
}

bool value_http_json(const struct http_response *resp, json_t **ret, struct err *e)
{
    json_error_t at;

    if (resp->encoding.n > 0)
        return err_set(e, ERR_PARSE,
                       "the answer is compressed, which was not asked for");
    if (str_trim(resp->body).n == 0)
        return err_set(e, ERR_PARSE, "the answer is empty");
    *ret = json_loadb(
        resp->body.p, resp->body.n,
        JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, &at);
    if (*ret == NULL && json_error_code(&at) == json_error_out_of_memory)
        return err_nomem(e);
    if (*ret == NULL && str_has_prefix(str_trim(resp->body), STR("<")))
        return err_set(e, ERR_PARSE, "the answer is a web page, not JSON");
    if (*ret == NULL)
        return err_set(e, ERR_PARSE, "the answer is not JSON (line %d, column %d)",
                       at.line, at.column);
    return true;
}
