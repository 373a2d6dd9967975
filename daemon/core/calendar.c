#include "core/calendar.h"

enum { DAY_MINUTES = 24 * 60, ALL_DAYS = 0x7f, MAX_WD = 10000 };
static const int64_t max_span_ms = INT64_C(36500) * 86400 * 1000;

/* 9999-12-01: behind it there are no dates to count with. */
static const int64_t last_ms = INT64_C(253399622400000);

static bool is_always(const struct calendar *c)
{
    return c->always || c->days == 0;
}

static const struct tz *zone(const struct calendar *c)
{
    return c->tz != NULL ? c->tz : tz_utc();
}

/* ---- working hours ---- */

static const char *const day_names[] = {"mon", "tue", "wed", "thu",
                                        "fri", "sat", "sun"};

static bool read_day(struct str s, unsigned *ret)
{
    for (unsigned i = 0; i < ARRAY_LEN(day_names); i++) {
        if (str_eq_nocase(s, str_of(day_names[i]))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* "Mon", "Mon-Fri"; a range may pass Sunday. */
static bool read_days(struct str s, uint8_t *days)
{
    struct str rest = s;
    struct str name;
    unsigned from;
    unsigned to;

    if (!str_split(&rest, '-', &name) || !read_day(str_trim(name), &from)) {
        return false;
    }
    to = from;
    if (name.n < s.n && !read_day(str_trim(rest), &to)) {
        return false;
    }
    for (unsigned d = from;; d = (d + 1) % 7) {
        *days = (uint8_t)(*days | 1U << d);
        if (d == to) {
            return true;
        }
    }
}

/* H:MM or HH:MM, up to 24:00. */
static bool read_minute(struct str s, int *ret)
{
    uint64_t h;
    uint64_t m;
    ptrdiff_t colon = str_chr(s, ':');

    if (colon < 1 || colon > 2 || s.n != (size_t)colon + 3 ||
        !str_to_u64(str_first(s, (size_t)colon), &h) ||
        !str_to_u64(str_skip(s, (size_t)colon + 1), &m) || m > 59 ||
        h * 60 + m > DAY_MINUTES) {
        return false;
    }
    *ret = (int)(h * 60 + m);
    return true;
}

static bool read_hours(struct str s, int *ret_open, int *ret_close)
{
    ptrdiff_t dash = str_chr(s, '-');

    return dash > 0 && read_minute(str_trim(str_first(s, (size_t)dash)), ret_open) &&
           read_minute(str_trim(str_skip(s, (size_t)dash + 1)), ret_close);
}

bool calendar_parse_hours(struct str s, struct calendar *ret, struct err *e)
{
    struct str text = str_trim(s);
    struct str part;
    uint8_t days = 0;
    size_t at = 0;
    int open;
    int close;

    if (str_eq_nocase(text, STR("always"))) {
        ret->always = true;
        ret->days = ALL_DAYS;
        ret->open = 0;
        ret->close = DAY_MINUTES;
        return true;
    }
    /* The days end where the first digit stands. */
    while (at < text.n && (text.p[at] < '0' || text.p[at] > '9')) {
        at++;
    }
    struct str names = str_trim(str_first(text, at));

    while (str_split(&names, ',', &part)) {
        if (!read_days(str_trim(part), &days)) {
            return err_set(e, ERR_CONFIG,
                           "'%.*s' is no day: Mon Tue Wed Thu Fri Sat Sun",
                           STR_FMT(str_trim(part)));
        }
    }
    if (days == 0 || !read_hours(str_skip(text, at), &open, &close)) {
        return err_set(
            e, ERR_CONFIG,
            "'%.*s' is no working week like 'Mon-Fri 09:00-17:30', or 'always'",
            STR_FMT(text));
    }
    if (open >= close) {
        return err_set(e, ERR_CONFIG, "the working day ends before it begins");
    }
    ret->always = false;
    ret->days = days;
    ret->open = open;
    ret->close = close;
    return true;
}

void calendar_print_hours(struct buf *out, const struct calendar *c)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const char *comma = "";

    if (is_always(c)) {
        buf_addz(out, "always");
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t last = i;

        if ((c->days >> i & 1U) == 0) {
            continue;
        }
        while (last + 1 < ARRAY_LEN(names) && (c->days >> (last + 1) & 1U) != 0) {
            last++;
        }
        buf_printf(out, "%s%s", comma, names[i]);
        if (last > i) {
            buf_printf(out, "%s%s", last > i + 1 ? "-" : ",", names[last]);
        }
        comma = ",";
        i = last;
    }
    buf_printf(out, " %02d:%02d-%02d:%02d", c->open / 60, c->open % 60, c->close / 60,
               c->close % 60);
}

/* ---- days ---- */

/* Index of the first holiday at or after `d`. */
static size_t holiday_from(const struct calendar *c, struct date d)
{
    size_t low = 0;
    size_t high = c->n_holidays;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (date_cmp(c->holidays[mid], d) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static bool is_weekday(const struct calendar *c, struct date d)
{
    return (c->days >> (unsigned)date_weekday(d) & 1U) != 0;
}

bool calendar_is_working_day(const struct calendar *c, struct date d)
{
    if (is_always(c)) {
        return true;
    }
    if (!date_is_valid(d) || !is_weekday(c, d)) {
        return false;
    }
    size_t i = holiday_from(c, d);

    return i == c->n_holidays || date_cmp(c->holidays[i], d) != 0;
}

static struct date next_day(struct date d)
{
    return date_from_days(date_to_days(d) + 1);
}

/*
 * The first working day at or after `d`; year 0 when the calendar has none
 * before the year 10000.
 */
static struct date working_day_from(const struct calendar *c, struct date d)
{
    while (date_is_valid(d) && !calendar_is_working_day(c, d)) {
        d = next_day(d);
    }
    return d;
}

/* Local time with what is below a minute, which no date arithmetic touches. */
struct moment {
    struct date date;
    int minute;
    int64_t ms;
};

/* `t`, or the first minute of the next working day when `t` is on a day off. */
static struct moment start_of(const struct calendar *c, struct wall t)
{
    struct local l = tz_local(zone(c), t);
    struct moment m = {l.date, l.minute, (int64_t)l.second * 1000 + t.ms % 1000};

    if (!calendar_is_working_day(c, m.date)) {
        m = (struct moment){.date = working_day_from(c, m.date)};
    }
    return m;
}

static struct wall wall_of(const struct calendar *c, struct moment m)
{
    if (!date_is_valid(m.date)) {
        return (struct wall){INT64_MAX};
    }
    return wall_add(tz_wall(zone(c), m.date, m.minute), DUR_MS(m.ms));
}

struct wall calendar_add(const struct calendar *c, struct wall t, struct span s)
{
    if (s.wd <= 0) {
        return wall_add(t, DUR_MS(s.ms));
    }
    if (t.ms > last_ms) {
        return (struct wall){INT64_MAX};
    }
    struct moment m = start_of(c, t);

    for (int64_t i = 0; i < s.wd && date_is_valid(m.date); i++) {
        m.date = working_day_from(c, next_day(m.date));
    }
    return wall_of(c, m);
}

/* Working days in (a, b]. */
static int64_t working_days_in(const struct calendar *c, struct date a, struct date b)
{
    int64_t days = date_to_days(b) - date_to_days(a);

    if (days <= 0) {
        return 0;
    }
    if (is_always(c)) {
        return days;
    }
    int64_t n = days / 7 * __builtin_popcount(c->days);
    struct date d = date_from_days(date_to_days(a) + days / 7 * 7);

    while (date_cmp(d, b) < 0) {
        d = next_day(d);
        n += is_weekday(c, d);
    }
    for (size_t i = holiday_from(c, next_day(a)); i < c->n_holidays; i++) {
        if (date_cmp(c->holidays[i], b) > 0) {
            break;
        }
        n -= is_weekday(c, c->holidays[i]);
    }
    return n;
}

int64_t calendar_days_between(const struct calendar *c, struct wall a, struct wall b)
{
    if (b.ms <= a.ms) {
        return 0;
    }
    struct moment from = start_of(c, a);
    struct date last = tz_local(zone(c), b).date;

    if (!date_is_valid(from.date)) {
        return 0;
    }
    int64_t n = working_days_in(c, from.date, last);

    /* The last of them may not be over; its end is where adding n days leads. */
    if (n > 0 && calendar_is_working_day(c, last)) {
        from.date = last;
        n -= wall_of(c, from).ms > b.ms;
    }
    return n;
}

/* ---- hours ---- */

static bool is_open_at(const struct calendar *c, struct local l)
{
    return calendar_is_working_day(c, l.date) && l.minute >= c->open &&
           l.minute < c->close;
}

bool calendar_is_open(const struct calendar *c, struct wall t)
{
    return is_always(c) || is_open_at(c, tz_local(zone(c), t));
}

/* The first open minute at or after `t` on its local day, on which the clock changes.
 */
static bool open_on_odd_day(const struct calendar *c, struct wall t, struct date d,
                            struct wall *ret)
{
    struct wall minute = {t.ms / 60000 * 60000};
    struct local l = tz_local(zone(c), minute);

    while (date_cmp(l.date, d) <= 0) {
        if (minute.ms >= t.ms && date_cmp(l.date, d) == 0 && is_open_at(c, l)) {
            *ret = minute;
            return true;
        }
        minute.ms += 60000;
        l = tz_local(zone(c), minute);
    }
    return false;
}

struct wall calendar_next_open(const struct calendar *c, struct wall t)
{
    struct local l = tz_local(zone(c), t);

    if (is_always(c) || is_open_at(c, l)) {
        return t;
    }
    if (t.ms > last_ms) {
        return (struct wall){INT64_MAX};
    }
    for (struct date d = working_day_from(c, l.date); date_is_valid(d);
         d = working_day_from(c, next_day(d))) {
        struct wall midnight = tz_wall(zone(c), d, 0);
        struct wall end = tz_wall(zone(c), next_day(d), 0);
        struct wall open = tz_wall(zone(c), d, c->open);
        struct wall from = midnight.ms > t.ms ? midnight : t;

        if (end.ms - midnight.ms != DUR_DAY(1).ms) {
            if (open_on_odd_day(c, from, d, &open)) {
                return open;
            }
        } else if (open.ms >= t.ms) {
            return open;
        }
    }
    return (struct wall){INT64_MAX};
}

struct wall calendar_next_at(const struct calendar *c, struct wall t, int minute)
{
    struct date d = tz_local(zone(c), t).date;

    for (d = working_day_from(c, d); date_is_valid(d);
         d = working_day_from(c, next_day(d))) {
        struct wall at = tz_wall(zone(c), d, minute);

        if (at.ms > t.ms) {
            return at;
        }
    }
    return (struct wall){INT64_MAX};
}

/* ---- spans ---- */

bool span_parse(struct str s, struct span *ret)
{
    uint64_t wd;
    struct dur d;

    if (str_eqz(s, "0")) {
        *ret = (struct span){0};
        return true;
    }
    if (str_has_suffix(s, STR("wd"))) {
        if (!str_to_u64(str_first(s, s.n - 2), &wd) || wd > MAX_WD) {
            return false;
        }
        *ret = (struct span){.wd = (int64_t)wd};
        return true;
    }
    if (!date_parse_dur(s, &d) || d.ms < 0 || d.ms > max_span_ms) {
        return false;
    }
    *ret = (struct span){.ms = d.ms};
    return true;
}

void span_print(struct buf *out, struct span s)
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}};

    if (s.wd > 0) {
        buf_printf(out, "%lldwd", (long long)s.wd);
        return;
    }
    if (s.ms <= 0) {
        buf_addc(out, '0');
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        /* "24h", not "1d": a day of the clock is easily taken for a working day. */
        if (s.ms % units[i].ms == 0 && (i > 0 || s.ms > units[i].ms)) {
            buf_printf(out, "%lld%s", (long long)(s.ms / units[i].ms), units[i].unit);
            return;
        }
    }
    buf_printf(out, "%llds", (long long)(s.ms / 1000));
}
