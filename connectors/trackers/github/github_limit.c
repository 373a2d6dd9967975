#include "connectors/trackers/github/github_limit.h"

#include "base/date.h"

static int64_t read_count(const struct http_response *resp, const char *name)
{
    uint64_t n;
    struct str text = str_trim(http_header_get(resp, name));

    return str_to_u64(text, &n) && n <= INT32_MAX ? (int64_t)n : -1;
}

static struct dur clamp(struct dur d, struct dur low)
{
    if (d.ms < low.ms) {
        return low;
    }
    return d.ms > GITHUB_MAX_WAIT.ms ? GITHUB_MAX_WAIT : d;
}

void github_limit_read(const struct http_response *resp, struct feed *out)
{
    uint64_t reset;
    struct wall date;

    out->rate_limit = read_count(resp, "x-ratelimit-limit");
    out->rate_remaining = read_count(resp, "x-ratelimit-remaining");
    if (str_to_u64(str_trim(http_header_get(resp, "x-ratelimit-reset")), &reset) &&
        reset < (uint64_t)INT64_MAX / 1000) {
        out->rate_reset = (struct wall){(int64_t)reset * 1000};
    }
    if (date_parse_http(str_trim(http_header_get(resp, "date")), &date)) {
        out->server_date = date;
    }
}

/* Our clock may differ from the server's, whose epoch the reset is given in. */
static struct wall server_now(const struct feed *told, struct wall now)
{
    return told->server_date.ms > 0 ? told->server_date : now;
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

bool github_retry_after(const struct http_response *resp, struct wall now,
                        struct dur *ret)
{
    struct str text = str_trim(http_header_get(resp, "retry-after"));
    struct wall date, server;
    uint64_t seconds;

    if (is_number(text)) {
        uint64_t most = (uint64_t)GITHUB_MAX_WAIT.ms / 1000;
        bool fits = str_to_u64(text, &seconds) && seconds < most;

        *ret = DUR_S(fits ? seconds : most);
        return true;
    }
    if (!date_parse_http(text, &date)) {
        return false;
    }
    if (!date_parse_http(str_trim(http_header_get(resp, "date")), &server)) {
        server = now;
    }
    *ret = clamp(wall_since(date, server), DUR_S(0));
    return true;
}

/* GitHub asks for at least a minute, then exponentially more. */
static struct dur back_off(unsigned before)
{
    return clamp(DUR_S((int64_t)60 << (before < 8 ? before : 8)), DUR_S(60));
}

bool github_limit_hit(const struct http_response *resp, struct str message,
                      const struct feed *told, unsigned before, struct wall now,
                      struct dur *ret_wait)
{
    struct dur left = wall_since(told->rate_reset, server_now(told, now));

    if (github_retry_after(resp, now, ret_wait)) {
        /* Told to come back at once, and refused again: trust it less each time. */
        *ret_wait = clamp(*ret_wait, before == 0 ? DUR_S(1) : back_off(before - 1));
        return true;
    }
    if (told->rate_remaining == 0) {
        /* A reset that has passed and yet nothing remains: neither is to be trusted. */
        *ret_wait = left.ms > 0 ? clamp(left, DUR_S(1)) : back_off(before);
        return true;
    }
    *ret_wait = back_off(before);
    return resp->status == 429 || http_header_get(resp, "retry-after").n > 0 ||
           str_find_nocase(message, STR("secondary rate")) >= 0 ||
           str_find_nocase(message, STR("abuse detection")) >= 0;
}

bool github_limit_reserve(const struct feed *told, double reserve, struct wall now,
                          struct dur *ret_wait)
{
    struct dur left = wall_since(told->rate_reset, server_now(told, now));

    if (told->rate_limit <= 0 || told->rate_remaining < 0 || left.ms <= 0) {
        return false;
    }
    *ret_wait = clamp(left, DUR_S(1));
    return (double)told->rate_remaining <= reserve * (double)told->rate_limit;
}
