#include "connectors/chat/verdict.h"

#include "base/date.h"

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
