#include "connectors/chat/post.h"

bool post_json(struct arena *a, struct str url, const struct buf *body,
               struct http_request *ret, struct err *e)
{
    static const struct http_header headers[] = {
        {STR_INIT("Content-Type"), STR_INIT("application/json; charset=utf-8")},
    };

    if (!buf_check(body, e))
        return false;
    *ret = (struct http_request){
        .method = STR("POST"),
        .url = url,
        .body = arena_str(a, buf_str(body)),
        .headers = headers,
        .n_headers = ARRAY_LEN(headers),
        .max_body = (size_t)64 << 10,
        .timeout = DUR_S(20),
    };
    return !arena_failed(a) || err_nomem(e);
}
