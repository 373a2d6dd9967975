#include "core/when.h"

#include "base/date.h"

enum { MOST_DAYS = 400, NTH_MAX = 20, EVERY_DAY = 0x7f };

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* "9:00" to "23:59" */
static bool parse_minute(struct str s, int *ret)
{
    struct str hour;
    uint64_t h, m;

    if (!str_split(&s, ':', &hour) || s.n != 2 || hour.n == 0 || hour.n > 2 ||
        !str_to_u64(hour, &h) || !str_to_u64(s, &m) || h > 23 || m > 59) {
        return false;
    }
    *ret = (int)(h * 60 + m);
    return true;
}

static bool parse_days(struct str s, uint8_t *ret)
{
    struct calendar days = {0};
    struct err e;
    char mem[100];
    struct buf b;

    if (str_eqz(s, "daily")) {
        *ret = EVERY_DAY;
        return true;
    }
    /* The words of working hours, with any hours. */
    buf_init_fixed(&b, mem, sizeof mem);
    buf_printf(&b, "%.*s 0:00-24:00", STR_FMT(str_first(s, 80)));
    if (!buf_ok(&b) || !calendar_parse_hours(buf_str(&b), &days, &e) || days.always) {
        return false;
    }
    *ret = days.days;
    return days.days != 0;
}

/* "1st", "2nd", "3rd", "4th" to "20th", "last" */
static bool parse_nth(struct str s, int *ret)
{
    struct str digits = str_first(s, s.n > 2 ? s.n - 2 : 0);
    uint64_t n;

    if (str_eqz(s, "last")) {
        *ret = -1;
        return true;
    }
    if (!str_to_u64(digits, &n) || n == 0 || n > NTH_MAX) {
        return false;
    }
    *ret = (int)n;
    return str_eqz(str_skip(s, digits.n), n == 1   ? "st"
                                          : n == 2 ? "nd"
                                          : n == 3 ? "rd"
                                                   : "th");
}

bool when_parse(struct str s, struct when *ret, struct err *e)
{
    struct str rest = str_trim(s), words[4];
    struct when w = {0};
    size_t n = 0;
    bool ok;

    while (n < ARRAY_LEN(words) && str_split(&rest, ' ', &words[n])) {
        n++;
    }
    ok = rest.n == 0 && (n == 2 || n == 4) && parse_minute(words[n - 1], &w.minute);
    if (ok && n == 2) {
        ok = parse_days(words[0], &w.days);
    } else if (ok) {
        ok = parse_nth(words[0], &w.nth) && str_eqz(words[1], "working") &&
             str_eqz(words[2], "day");
    }
    if (!ok) {
        return err_set(e, ERR_PARSE,
                       "'%.*s' is no time such as \"Mon 09:00\", \"daily 09:00\" or "
                       "\"1st working day 08:00\"",
                       STR_FMT(str_first(s, 60)));
    }
    *ret = w;
    return true;
}

void when_print(struct buf *out, const struct when *w)
{
    static const char *const ends[] = {"th", "st", "nd", "rd"};
    bool any = false;

    if (w->nth < 0) {
        buf_addz(out, "last working day");
    } else if (w->nth > 0) {
        buf_printf(out, "%d%s working day", w->nth, ends[w->nth < 4 ? w->nth : 0]);
    } else if (w->days == EVERY_DAY) {
        buf_addz(out, "daily");
    } else {
        for (size_t i = 0; i < ARRAY_LEN(day_names); i++) {
            if ((w->days >> i & 1U) != 0) {
                buf_printf(out, "%s%s", any ? "," : "", day_names[i]);
                any = true;
            }
        }
    }
    buf_printf(out, " %02d:%02d", w->minute / 60, w->minute % 60);
}

/* Of the month, counted from its first or, negative, from its last day. */
static bool is_nth(const struct calendar *cal, struct date d, int nth)
{
    int64_t day = date_to_days(d);
    int step = nth > 0 ? -1 : 1, n = 1;

    if (!calendar_is_working_day(cal, d)) {
        return false;
    }
    for (struct date at = date_from_days(day + step); at.month == d.month;
         at = date_from_days(day + step)) {
        n += calendar_is_working_day(cal, at);
        day += step;
    }
    return n == (nth > 0 ? nth : -nth);
}

static bool is_day(const struct when *w, const struct calendar *cal, struct date d)
{
    if (w->nth != 0) {
        return is_nth(cal, d, w->nth);
    }
    return (w->days >> date_weekday(d) & 1U) != 0;
}

struct wall when_next(const struct when *w, const struct calendar *cal, struct wall t)
{
    const struct tz *tz = cal->tz != NULL ? cal->tz : tz_utc();
    int64_t first = date_to_days(tz_local(tz, t).date);

    for (int64_t day = first; day < first + MOST_DAYS; day++) {
        struct date d = date_from_days(day);
        struct wall at;

        if (d.year == 0 || !is_day(w, cal, d)) {
            continue;
        }
        at = tz_wall(tz, d, w->minute);
        if (at.ms > t.ms) {
            return at;
        }
    }
    return (struct wall){INT64_MAX};
}
