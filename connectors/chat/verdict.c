#include "connectors/chat/verdict.h"

#include <jansson.h>
#include <stdio.h>

#include "base/date.h"
#include "base/utf8.h"

struct dur verdict_retry_after(const struct http_response *resp, struct wall now)
{
    const int64_t max = DUR_H(24).ms;
    struct str s = str_trim(http_header_get(resp, "retry-after"));
    struct wall at;
    double seconds;

    if (str_to_double(s, &seconds)) {
        if (!(seconds > 0))
            return DUR_MS(0);
        if (seconds >= (double)max / 1000)
            return DUR_MS(max);
        return DUR_MS((int64_t)(seconds * 1000 + 0.999));
    }
    if (date_parse_http(s, &at) && at.ms > now.ms) {
        int64_t ms = wall_since(at, now).ms;

        return DUR_MS(ms > max ? max : ms);
    }
    return DUR_MS(0);
}

static enum chat_verdict from_failure(const struct err *failure, struct err *e)
{
    *e = *failure;
    return failure->retry == ERR_TRY_AGAIN ? CHAT_RETRY : CHAT_UNCERTAIN;
}

enum chat_verdict verdict_of_http(const struct http_response *resp,
                                  const struct err *failure, struct wall now,
                                  struct dur *ret_after, struct err *e)
{
    *ret_after = DUR_MS(0);
    if (resp == NULL)
        return from_failure(failure, e);
    if (resp->status >= 200 && resp->status < 300)
        return CHAT_DELIVERED;
    *ret_after = verdict_retry_after(resp, now);
    err_set(e, ERR_REMOTE, "answered %d", resp->status);
    switch (resp->status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 503:
        return CHAT_RETRY;
    case 502:
    case 504:
        return CHAT_UNCERTAIN;
    case 410:
        return CHAT_DEAD;
    default:
        return CHAT_REJECTED;
    }
}

enum chat_verdict verdict_by_rows(const struct verdict_row *rows, size_t n, int status,
                                  struct str word, enum chat_verdict otherwise,
                                  struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        const struct verdict_row *r = &rows[i];

        if (r->status != 0 && r->status != status)
            continue;
        if (r->word != NULL && !str_eqz(word, r->word))
            continue;
        err_set(e, ERR_REMOTE, "answered %d%s%s", status, r->word != NULL ? ": " : "",
                r->word != NULL ? r->word : "");
        return r->verdict;
    }
    return otherwise;
}

struct str verdict_member(struct str body, const char *const *path, char *out,
                          size_t size)
{
    json_error_t why;
    json_t *root = json_loadb(body.p != NULL ? body.p : "", body.n, JSON_ALLOW_NUL, &why);
    const json_t *v = root;
    struct str s = STR_NONE;

    for (; *path != NULL; path++)
        v = json_object_get(v, *path);
    out[0] = '\0';
    if (json_is_string(v)) {
        s = utf8_cut((struct str){json_string_value(v), json_string_length(v)},
                     size - 1);
        memcpy(out, s.p, s.n);
        out[s.n] = '\0';
    } else if (json_is_boolean(v)) {
        s.n = (size_t)snprintf(out, size, "%s", json_is_true(v) ? "true" : "false");
    } else if (json_is_number(v)) {
        s.n = (size_t)snprintf(out, size, "%.17g", json_number_value(v));
    }
    json_decref(root);
    return (struct str){out, s.n < size ? s.n : 0};
}
