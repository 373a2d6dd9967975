#include "connectors/trackers/github/github_call.h"

#include "base/sign.h"

enum { MAX_AUTH = 64 << 10, MAX_BODY = 64 << 10 };

bool github_client_init(struct github_client *c, struct str base, struct str token,
                        struct err *e)
{
    *c = (struct github_client){.base = base};
    buf_init_secret(&c->auth, MAX_AUTH);
    buf_init_secret(&c->jwt, MAX_AUTH);
    if (!github_url_parse(base, &c->base_url) || str_chr(c->base_url.path, '?') >= 0 ||
        str_has_suffix(c->base_url.path, STR("/"))) {
        return err_set(e, ERR_CONFIG, "not the URL of an API: %.*s", STR_FMT(base));
    }
    return github_client_set_token(c, str_trim(token)) || buf_check(&c->auth, e);
}

bool github_client_set_token(struct github_client *c, struct str token)
{
    static const char scheme[] = "Bearer ";

    buf_clear(&c->auth);
    if (token.n > 0) {
        buf_addz(&c->auth, scheme);
        buf_add(&c->auth, token);
    }
    c->token = str_skip(buf_str(&c->auth), sizeof scheme - 1);
    c->token_no++;
    return buf_ok(&c->auth);
}

void github_client_finish(struct github_client *c)
{
    buf_wipe(&c->auth);
    buf_wipe(&c->jwt);
}

void github_call_init(struct github_call *call, struct github_scope *scope)
{
    *call = (struct github_call){.scope = scope};
    buf_init(&call->url, GITHUB_MAX_URL);
    buf_init(&call->body, MAX_BODY);
}

void github_call_finish(struct github_call *call)
{
    buf_finish(&call->url);
    buf_finish(&call->body);
}

void github_call_begin(const struct github_client *c, struct github_call *call,
                       const char *path)
{
    buf_clear(&call->url);
    buf_clear(&call->body);
    call->etag = STR_NONE;
    buf_add(&call->url, c->base);
    if (path != NULL) {
        buf_addz(&call->url, path);
    }
}

void github_call_begin_at(const struct github_client *c, struct github_call *call,
                          struct str path)
{
    buf_clear(&call->url);
    buf_clear(&call->body);
    call->etag = STR_NONE;
    buf_add(&call->url, str_first(c->base, c->base.n - c->base_url.path.n));
    buf_add(&call->url, path);
}

bool github_call_ok(const struct github_call *call)
{
    return buf_ok(&call->url) && buf_ok(&call->body);
}

bool github_call_is_app(const struct github_call *call)
{
    return call->kind == GITHUB_CALL_INSTALLATION || call->kind == GITHUB_CALL_TOKEN;
}

static const struct buf *auth_of(const struct github_client *c,
                                 const struct github_call *call)
{
    return github_call_is_app(call) ? &c->jwt : &c->auth;
}

struct str github_call_secret(const struct github_client *c,
                              const struct github_call *call)
{
    struct str auth = buf_str(auth_of(c, call));

    return str_skip(auth, (size_t)(str_chr(auth, ' ') + 1));
}

static void add_header(struct github_call *call, size_t *n, const char *name,
                       struct str value)
{
    call->headers[(*n)++] = (struct http_header){str_of(name), value};
}

void github_call_send(struct github_client *c, struct github_call *call,
                      struct tracker_request *ret)
{
    bool post = call->body.n > 0;
    struct str auth = buf_str(auth_of(c, call));
    size_t n = 0;

    call->version = call->kind == GITHUB_CALL_VERSIONS ? STR_NONE : c->version;
    call->token_no = c->token_no;
    add_header(call, &n, "Accept", STR("application/vnd.github+json"));
    if (call->version.n > 0) {
        add_header(call, &n, "X-GitHub-Api-Version", call->version);
    }
    if (auth.n > 0) {
        add_header(call, &n, "Authorization", auth);
    }
    if (call->etag.n > 0) {
        add_header(call, &n, "If-None-Match", call->etag);
    }
    if (post) {
        add_header(call, &n, "Content-Type", STR("application/json"));
    }
    *ret = (struct tracker_request){
        .http = {.method = post ? STR("POST") : STR("GET"),
                 .url = buf_str(&call->url),
                 .body = buf_str(&call->body),
                 .headers = call->headers,
                 .n_headers = n,
                 .timeout = DUR_S(30), /* GitHub gives up after 10 s */
                 .follow = !post && !call->stay,
                 .gzip = true},
        .tag = ++c->last_tag,
    };
    call->tag = c->last_tag;
    call->out = true;
    call->next_out = c->out;
    c->out = call;
    c->n_out++;
}

struct github_call *github_call_take(struct github_client *c, uint32_t tag)
{
    for (struct github_call **at = &c->out; *at != NULL; at = &(*at)->next_out) {
        struct github_call *call = *at;

        if (call->tag == tag) {
            *at = call->next_out;
            call->out = false;
            c->n_out--;
            return call;
        }
    }
    return NULL;
}

/*
 * ETags belong to a URL and a token: with another token GitHub answers the
 * same page with another one. The token itself is kept nowhere.
 */
void github_etag_key(const struct github_client *c, struct str url, struct buf *out)
{
    uint8_t mac[SIGN_SHA256_LEN];
    struct buf data;

    buf_init(&data, GITHUB_MAX_URL + 64);
    buf_addz(&data, "alignd github etag 1\n");
    buf_add(&data, url);
    sign_hmac_sha256(c->token, buf_str(&data), mac);
    sign_hex(out, (struct str){(const char *)mac, GITHUB_ETAG_KEY / 2});
    if (!buf_ok(&data)) {
        buf_fail(out);
    }
    buf_finish(&data);
}
