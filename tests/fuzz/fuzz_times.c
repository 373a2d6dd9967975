/*
 * Text that says when or how long: dates, HTTP dates, durations, spans, working
 * hours, Retry-After and rate limits; and the calendar's answers to any hours,
 * holidays, zone and times. The first line is the text, the rest are numbers.
 */
#include <time.h>

#include "base/date.h"
#include "config/zone.h"
#include "connectors/chat/verdict.h"
#include "connectors/trackers/github/github_limit.h"
#include "connectors/trackers/jira/jira_reply.h"
#include "core/calendar.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_HOLIDAYS = 8 };
static const int64_t last_ms = INT64_C(253402300799999); /* 9999-12-31 */

static const char *const zone_names[] = {
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Santiago",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Antarctica/Troll",
};
static const struct tz *zones[ARRAY_LEN(zone_names)];

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    struct arena *a = arena_create((size_t)8 << 20);
    static struct arena *kept; /* reachable, so no leak */

    FUZZ_CHECK(a != NULL, "out of memory");
    kept = a;
    for (size_t i = 0; i < ARRAY_LEN(zone_names); i++) {
        struct err e;

        if (!zone_load(str_of(zone_names[i]), "/usr/share/zoneinfo", kept, &zones[i],
                       &e)) {
            FUZZ_CHECK(zones[i] != NULL || i > 0, "%s: %s", zone_names[i], e.msg);
            zones[i] = tz_utc();
        }
    }
    return 0;
}

/* ---- dates ---- */

static void check_date(struct str s)
{
    struct date d;
    struct buf again;

    buf_init(&again, 100);
    if (date_parse(s, &d)) {
        date_print(&again, d);
        FUZZ_CHECK(str_eq(buf_str(&again), s), "%.*s prints as %s", STR_FMT(s),
                   buf_cstr(&again));
        FUZZ_CHECK(date_cmp(date_from_days(date_to_days(d)), d) == 0, "%.*s",
                   STR_FMT(s));
    }
    buf_finish(&again);
}

static void check_iso(struct str s)
{
    struct wall t, second;
    struct buf again;

    if (!date_parse_iso(s, &t)) {
        return;
    }
    FUZZ_CHECK(t.ms >= 0 && t.ms <= last_ms, "%.*s is %lld", STR_FMT(s),
               (long long)t.ms);
    buf_init(&again, 100);
    date_print_iso(&again, t);
    FUZZ_CHECK(date_parse_iso(buf_str(&again), &second), "%s", buf_cstr(&again));
    FUZZ_CHECK(second.ms == t.ms / 1000 * 1000, "%.*s prints as %s", STR_FMT(s),
               buf_cstr(&again));
    buf_finish(&again);
}

/* libc agrees about the time, in the form every server sends. */
static void check_http(struct str s)
{
    struct wall t, second;
    struct tm tm;
    time_t seconds;
    char text[64];

    if (!date_parse_http(s, &t)) {
        return;
    }
    FUZZ_CHECK(t.ms >= 0 && t.ms <= last_ms, "%.*s is %lld", STR_FMT(s),
               (long long)t.ms);
    seconds = (time_t)(t.ms / 1000);
    FUZZ_CHECK(gmtime_r(&seconds, &tm) != NULL, "%lld", (long long)t.ms);
    size_t n = strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);

    FUZZ_CHECK(date_parse_http((struct str){text, n}, &second) && second.ms == t.ms,
               "%.*s is not %s", STR_FMT(s), text);
}

/* ---- lengths ---- */

static void check_lengths(struct str s)
{
    struct span sp, sp_again;
    struct buf again;
    struct dur d;

    buf_init(&again, 200);
    if (date_parse_dur(s, &d)) {
        FUZZ_CHECK(d.ms >= 0, "%.*s", STR_FMT(s));
        date_print_dur(&again, d);
    }
    buf_clear(&again);
    if (span_parse(s, &sp)) {
        FUZZ_CHECK(sp.ms >= 0 && sp.wd >= 0 && (sp.ms == 0 || sp.wd == 0), "%.*s",
                   STR_FMT(s));
        span_print(&again, sp);
        FUZZ_CHECK(span_parse(buf_str(&again), &sp_again) && sp.ms == sp_again.ms &&
                       sp.wd == sp_again.wd,
                   "%.*s prints as %s", STR_FMT(s), buf_cstr(&again));
    }
    buf_finish(&again);
}

/* ---- headers ---- */

static const char *const header_names[] = {"Retry-After",
                                           "Date",
                                           "X-RateLimit-Reset",
                                           "X-RateLimit-Limit",
                                           "X-RateLimit-Remaining",
                                           "RateLimit-Reason",
                                           "X-RateLimit-Interval-Seconds"};

static bool in_range(int64_t ms, int64_t most)
{
    return ms >= 0 && ms <= most;
}

static void check_github(const struct http_response *r, struct wall now)
{
    const int64_t hour = GITHUB_MAX_WAIT.ms;
    struct feed f = {.rate_limit = -1, .rate_remaining = -1};
    struct dur wait;

    github_limit_read(r, &f);
    if (github_retry_after(r, now, &wait)) {
        FUZZ_CHECK(in_range(wait.ms, hour), "%lld", (long long)wait.ms);
    }
    if (github_limit_hit(r, STR_NONE, &f, 3, now, &wait)) {
        FUZZ_CHECK(wait.ms >= 1000 && wait.ms <= hour, "%lld", (long long)wait.ms);
    }
    if (github_limit_reserve(&f, 0.2, now, &wait)) {
        FUZZ_CHECK(wait.ms >= 1000 && wait.ms <= hour, "%lld", (long long)wait.ms);
    }
}

static void check_jira(const struct http_response *r, struct wall now)
{
    struct feed f = {.rate_limit = -1};
    struct jira_reply reply;
    bool near;

    jira_note_headers(r, now, &f, &near);
    jira_judge(r, NULL, "a search", now, &reply);
    FUZZ_CHECK(reply.until.ms == 0 || in_range(reply.until.ms - now.ms, 86400000),
               "%lld", (long long)(reply.until.ms - now.ms));
    FUZZ_CHECK(f.rate_reset.ms == 0 || in_range(f.rate_reset.ms - now.ms, 86400000),
               "%lld", (long long)(f.rate_reset.ms - now.ms));
}

/* Each line is the value of one header, in the order of the names. */
static void check_headers(struct str lines, struct wall now)
{
    static const int statuses[] = {429, 503, 403, 200};
    struct http_header headers[ARRAY_LEN(header_names)];
    struct http_response r = {.headers = headers, .n_headers = 0};
    struct str line;

    while (r.n_headers < ARRAY_LEN(headers) && str_split(&lines, '\n', &line)) {
        headers[r.n_headers] =
            (struct http_header){str_of(header_names[r.n_headers]), line};
        r.n_headers++;
    }
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        r.status = statuses[i];
        check_github(&r, now);
        check_jira(&r, now);
    }
    FUZZ_CHECK(in_range(verdict_retry_after(&r, now).ms, 86400000), "Retry-After");
}

/* ---- the calendar ---- */

static int compare_dates(const void *a, const void *b)
{
    return date_cmp(*(const struct date *)a, *(const struct date *)b);
}

/* Sorted and without repeats, as core/strategy.h has them. */
static size_t read_holidays(struct fuzz_in *in, struct date *ret)
{
    size_t n = fuzz_byte(in) % (MAX_HOLIDAYS + 1), kept = 0;

    for (size_t i = 0; i < n; i++) {
        ret[i] = date_from_days((int64_t)(fuzz_number(in, 2) % 22000));
    }
    qsort(ret, n, sizeof *ret, compare_dates);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || date_cmp(ret[kept - 1], ret[i]) != 0) {
            ret[kept++] = ret[i];
        }
    }
    return kept;
}

static void check_wd(const struct calendar *c, struct wall t, int64_t wd)
{
    struct wall end = calendar_add(c, t, SPAN_WD(wd));
    struct wall more = calendar_add(c, t, SPAN_WD(wd + 1));

    FUZZ_CHECK(end.ms >= t.ms && more.ms >= end.ms, "%lld + %lldwd is %lld, +1 %lld",
               (long long)t.ms, (long long)wd, (long long)end.ms, (long long)more.ms);
    if (wd > 0 && end.ms != INT64_MAX) {
        FUZZ_CHECK(calendar_days_between(c, t, end) == wd,
                   "%lld + %lldwd is %lld, between them are %lld", (long long)t.ms,
                   (long long)wd, (long long)end.ms,
                   (long long)calendar_days_between(c, t, end));
    }
}

static void check_open(const struct calendar *c, struct wall t, int minute)
{
    struct wall open = calendar_next_open(c, t);
    struct wall at = calendar_next_at(c, t, minute);

    FUZZ_CHECK(open.ms >= t.ms, "%lld opens at %lld", (long long)t.ms,
               (long long)open.ms);
    FUZZ_CHECK(open.ms == INT64_MAX || calendar_is_open(c, open), "not open at %lld",
               (long long)open.ms);
    FUZZ_CHECK((open.ms == t.ms) == calendar_is_open(c, t), "open at %lld",
               (long long)t.ms);
    FUZZ_CHECK(at.ms > t.ms, "%lld is at %lld", (long long)t.ms, (long long)at.ms);
}

static void check_zone(const struct tz *tz, struct wall t)
{
    struct local l = tz_local(tz, t), back;
    struct wall first = tz_wall(tz, l.date, l.minute);

    back = tz_local(tz, first);
    FUZZ_CHECK(first.ms <= t.ms && date_cmp(back.date, l.date) == 0 &&
                   back.minute == l.minute,
               "%lld is %d:%d, which is first at %lld", (long long)t.ms, l.minute / 60,
               l.minute % 60, (long long)first.ms);
}

static void check_calendar(struct str hours, struct fuzz_in *in)
{
    struct date holidays[MAX_HOLIDAYS];
    struct calendar c = {.open = 540, .close = 1020, .days = 0x1f};
    struct err e = {.kind = ERR_NONE};

    if (!calendar_parse_hours(hours, &c, &e)) {
        FUZZ_CHECK(e.kind == ERR_CONFIG && e.msg[0] != '\0', "%.*s", STR_FMT(hours));
        c = (struct calendar){.open = 540, .close = 1020, .days = 0x1f};
    }
    FUZZ_CHECK(c.days != 0 && c.open >= 0 && c.open < c.close && c.close <= 1440,
               "%.*s", STR_FMT(hours));
    c.tz = zones[fuzz_byte(in) % ARRAY_LEN(zones)];
    c.n_holidays = read_holidays(in, holidays);
    c.holidays = holidays;
    /* From the third day on, so that local time is in range, to the year 2149. */
    struct wall t = {(int64_t)(fuzz_number(in, 5) % 5680000000000 + 3 * 86400) * 1};
    struct wall end = {t.ms + (int64_t)(fuzz_number(in, 4))};

    t.ms += 3 * INT64_C(86400000);
    check_zone(c.tz, t);
    check_wd(&c, t, (int64_t)(fuzz_number(in, 2) % 1000));
    check_open(&c, t, (int)(fuzz_number(in, 2) % 1440));
    FUZZ_CHECK(calendar_days_between(&c, t, end) >= 0, "negative days");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    struct wall now = {INT64_C(1795348800000)};
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct fuzz_in of_copy = {(const uint8_t *)copy, size};
    struct str line = fuzz_until(&of_copy, '\n');
    double number;

    check_date(line);
    check_iso(line);
    check_http(line);
    check_lengths(line);
    (void)str_to_double(line, &number);
    check_headers((struct str){copy, size}, now);
    (void)fuzz_until(&in, '\n');
    check_calendar(line, &in);
    free(copy);
    return 0;
}
