#include "base/date.h"

#include <stddef.h>
#include <string.h>

enum {
    YEAR_MIN = 1970,
    YEAR_MAX = 9999,
    DAY_S = 86400,
    DAY_COUNT = 2932897, /* 1970-01-01 to 9999-12-31 */
};

static const char *const WEEKDAYS[] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
};
static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* ---- calendar ---- */

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_length(int year, int month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return lengths[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days from 0001-01-01 to January 1 of `year`, less those to 1970-01-01. */
static int64_t days_before_year(int year)
{
    int64_t y = year - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

bool date_is_valid(struct date d)
{
    return d.year >= YEAR_MIN && d.year <= YEAR_MAX && d.month >= 1 && d.month <= 12 &&
           d.day >= 1 && d.day <= month_length(d.year, d.month);
}

int64_t date_to_days(struct date d)
{
    if (!date_is_valid(d)) {
        return -1;
    }
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    bool after_leap_day = d.month > 2 && is_leap(d.year);

    return days_before_year(d.year) + before[d.month - 1] + after_leap_day + d.day - 1;
}

struct date date_from_days(int64_t days)
{
    struct date d = {YEAR_MIN, 1, 1};

    if (days < 0 || days >= DAY_COUNT) {
        return (struct date){0};
    }
    /* A year of 365.2425 days on average: never more than one too late. */
    d.year += (int)(days * 10000 / 3652425);
    if (days_before_year(d.year + 1) <= days) {
        d.year++;
    }
    if (days_before_year(d.year) > days) {
        d.year--;
    }
    int left = (int)(days - days_before_year(d.year));

    while (left >= month_length(d.year, d.month)) {
        left -= month_length(d.year, d.month);
        d.month++;
    }
    d.day += left;
    return d;
}

int date_weekday(struct date d)
{
    return (int)((date_to_days(d) + 3) % 7); /* the first day was a Thursday */
}

int date_cmp(struct date a, struct date b)
{
    if (a.year != b.year) {
        return a.year < b.year ? -1 : 1;
    }
    if (a.month != b.month) {
        return a.month < b.month ? -1 : 1;
    }
    return (a.day > b.day) - (a.day < b.day);
}

/* ---- reading: each take_ moves `s` past what it accepts ---- */

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    *s = str_skip(*s, 1);
    return true;
}

static bool take_text(struct str *s, struct str text)
{
    if (!str_has_prefix(*s, text)) {
        return false;
    }
    *s = str_skip(*s, text.n);
    return true;
}

/* Exactly `n` digits. */
static bool take_digits(struct str *s, size_t n, int *ret)
{
    int v = 0;

    if (s->n < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        v = v * 10 + (s->p[i] - '0');
    }
    *ret = v;
    *s = str_skip(*s, n);
    return true;
}

static bool take_date(struct str *s, struct date *ret)
{
    return take_digits(s, 4, &ret->year) && take_char(s, '-') &&
           take_digits(s, 2, &ret->month) && take_char(s, '-') &&
           take_digits(s, 2, &ret->day) && date_is_valid(*ret);
}

static bool take_clock(struct str *s, bool seconds, int *ret_s)
{
    int hour;
    int minute;
    int second = 0;

    if (!take_digits(s, 2, &hour) || !take_char(s, ':') ||
        !take_digits(s, 2, &minute)) {
        return false;
    }
    if (seconds && (!take_char(s, ':') || !take_digits(s, 2, &second))) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *ret_s = hour * 3600 + minute * 60 + second;
    return true;
}

static bool take_fraction(struct str *s, int *ret_ms)
{
    int ms = 0;
    size_t n = 0;

    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
        if (n < 3) {
            ms = ms * 10 + (s->p[n] - '0');
        }
        n++;
    }
    if (n == 0 || n > 9) {
        return false;
    }
    for (size_t i = n; i < 3; i++) {
        ms *= 10;
    }
    *ret_ms = ms;
    *s = str_skip(*s, n);
    return true;
}

static bool take_offset(struct str *s, int *ret_s)
{
    int hour;
    int minute;

    if (take_char(s, 'Z')) {
        *ret_s = 0;
        return true;
    }
    bool west = take_char(s, '-');

    if (!west && !take_char(s, '+')) {
        return false;
    }
    if (!take_digits(s, 2, &hour)) {
        return false;
    }
    (void)take_char(s, ':');
    if (!take_digits(s, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *ret_s = (hour * 3600 + minute * 60) * (west ? -1 : 1);
    return true;
}

static bool compose(struct date d, int64_t second, int ms, struct wall *ret)
{
    int64_t s = date_to_days(d) * DAY_S + second;

    if (s < 0 || s >= (int64_t)DAY_COUNT * DAY_S) {
        return false; /* its offset leads out of our years */
    }
    *ret = (struct wall){s * 1000 + ms};
    return true;
}

bool date_parse(struct str s, struct date *ret)
{
    struct date d;

    if (!take_date(&s, &d) || s.n > 0) {
        return false;
    }
    *ret = d;
    return true;
}

/* What is no digit sets *bad, and the result means nothing. */
static unsigned two_digits(const char *p, bool *bad)
{
    unsigned a = (unsigned char)p[0] - (unsigned)'0';
    unsigned b = (unsigned char)p[1] - (unsigned)'0';

    *bad = *bad || a > 9 || b > 9;
    return a * 10 + b;
}

/* "2026-11-06T08:49:37Z", as nearly all are written; false: to be read with care. */
static bool parse_usual(struct str s, struct wall *ret)
{
    const char *p = s.p;
    bool bad = false;

    if (s.n != 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
        p[16] != ':' || p[19] != 'Z') {
        return false;
    }
    unsigned year = two_digits(p, &bad) * 100 + two_digits(p + 2, &bad);
    unsigned month = two_digits(p + 5, &bad);
    unsigned day = two_digits(p + 8, &bad);
    unsigned hour = two_digits(p + 11, &bad);
    unsigned minute = two_digits(p + 14, &bad);
    unsigned second = two_digits(p + 17, &bad);

    if (bad || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    int64_t days = date_to_days((struct date){(int)year, (int)month, (int)day});

    if (days < 0) {
        return false;
    }
    *ret = (struct wall){
        (days * DAY_S + (int64_t)(hour * 3600 + minute * 60 + second)) * 1000};
    return true;
}

bool date_parse_iso(struct str s, struct wall *ret)
{
    struct date d;
    int second;
    int offset;
    int ms = 0;

    if (parse_usual(s, ret)) {
        return true;
    }
    if (!take_date(&s, &d) || !take_char(&s, 'T')) {
        return false;
    }
    bool seconds = s.n > 5 && s.p[5] == ':';

    if (!take_clock(&s, seconds, &second)) {
        return false;
    }
    if (seconds && take_char(&s, '.') && !take_fraction(&s, &ms)) {
        return false;
    }
    if (!take_offset(&s, &offset) || s.n > 0) {
        return false;
    }
    return compose(d, (int64_t)second - offset, ms, ret);
}

/* "Nov" */
static bool take_month(struct str *s, int *ret)
{
    for (int i = 0; i < 12; i++) {
        if (take_text(s, (struct str){MONTHS + (ptrdiff_t)i * 3, 3})) {
            *ret = i + 1;
            return true;
        }
    }
    return false;
}

/* "Sunday", or its first three letters. */
static bool take_weekday(struct str *s, bool whole, int *ret)
{
    for (int i = 0; i < 7; i++) {
        struct str name = str_of(WEEKDAYS[i]);

        if (take_text(s, whole ? name : str_first(name, 3))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* "06 Nov 1994 08:49:37 GMT" */
static bool take_imf(struct str *s, struct date *d, int *second)
{
    return take_digits(s, 2, &d->day) && take_char(s, ' ') &&
           take_month(s, &d->month) && take_char(s, ' ') &&
           take_digits(s, 4, &d->year) && take_char(s, ' ') &&
           take_clock(s, true, second) && take_text(s, STR(" GMT"));
}

/* "06-Nov-94 08:49:37 GMT" */
static bool take_rfc850(struct str *s, struct date *d, int *second)
{
    bool ok = take_digits(s, 2, &d->day) && take_char(s, '-') &&
              take_month(s, &d->month) && take_char(s, '-') &&
              take_digits(s, 2, &d->year) && take_char(s, ' ') &&
              take_clock(s, true, second) && take_text(s, STR(" GMT"));

    if (ok) {
        d->year += d->year < 70 ? 2000 : 1900;
    }
    return ok;
}

/* "Nov  6 08:49:37 1994" */
static bool take_asctime(struct str *s, struct date *d, int *second)
{
    if (!take_month(s, &d->month) || !take_char(s, ' ')) {
        return false;
    }
    size_t digits = take_char(s, ' ') ? 1 : 2;

    return take_digits(s, digits, &d->day) && take_char(s, ' ') &&
           take_clock(s, true, second) && take_char(s, ' ') &&
           take_digits(s, 4, &d->year);
}

bool date_parse_http(struct str s, struct wall *ret)
{
    struct date d = {0};
    int second = 0;
    int weekday;
    bool ok;

    if (take_weekday(&s, true, &weekday)) {
        ok = take_text(&s, STR(", ")) && take_rfc850(&s, &d, &second);
    } else if (!take_weekday(&s, false, &weekday)) {
        ok = false;
    } else if (take_char(&s, ',')) {
        ok = take_char(&s, ' ') && take_imf(&s, &d, &second);
    } else {
        ok = take_char(&s, ' ') && take_asctime(&s, &d, &second);
    }
    return ok && s.n == 0 && date_is_valid(d) && date_weekday(d) == weekday &&
           compose(d, second, 0, ret);
}

/* ---- writing ---- */

/* With leading zeros; by hand, since every answer is full of times. */
static void put_digits(char *to, int n, int v)
{
    while (n > 0) {
        to[--n] = (char)('0' + v % 10);
        v /= 10;
    }
}

enum { DATE_LEN = 10, ISO_LEN = 20 };

static void put_date(char *to, struct date d)
{
    put_digits(to, 4, d.year);
    to[4] = '-';
    put_digits(to + 5, 2, d.month);
    to[7] = '-';
    put_digits(to + 8, 2, d.day);
}

void date_print(struct buf *out, struct date d)
{
    char text[DATE_LEN];

    if (date_is_valid(d)) {
        put_date(text, d);
        buf_add(out, (struct str){text, sizeof text});
    }
}

void date_print_iso(struct buf *out, struct wall t)
{
    int64_t last = (int64_t)DAY_COUNT * DAY_S - 1;
    int64_t s = t.ms < 0 ? 0 : t.ms / 1000;

    if (s > last) {
        s = last;
    }
    int second = (int)(s % DAY_S);
    char text[ISO_LEN] = "YYYY-MM-DDThh:mm:ss";

    put_date(text, date_from_days(s / DAY_S));
    put_digits(text + 11, 2, second / 3600);
    put_digits(text + 14, 2, second / 60 % 60);
    put_digits(text + 17, 2, second % 60);
    text[19] = 'Z';
    buf_add(out, (struct str){text, sizeof text});
}

/* ---- lengths ---- */

bool date_parse_dur(struct str s, struct dur *ret)
{
    uint64_t n;
    int64_t unit;
    int64_t ms;

    if (s.n < 2 || !str_to_u64(str_first(s, s.n - 1), &n) || n > INT64_MAX) {
        return false;
    }
    switch (s.p[s.n - 1]) {
    case 's':
        unit = DUR_S(1).ms;
        break;
    case 'm':
        unit = DUR_MIN(1).ms;
        break;
    case 'h':
        unit = DUR_H(1).ms;
        break;
    case 'd':
        unit = DUR_DAY(1).ms;
        break;
    default:
        return false;
    }
    if (__builtin_mul_overflow((int64_t)n, unit, &ms)) {
        return false;
    }
    *ret = (struct dur){ms};
    return true;
}

void date_print_dur(struct buf *out, struct dur d)
{
    static const struct {
        const char *name;
        uint64_t s;
    } units[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
    uint64_t left = (d.ms < 0 ? 0 - (uint64_t)d.ms : (uint64_t)d.ms) / 1000;
    size_t i = 0;

    while (i + 1 < ARRAY_LEN(units) && left < units[i].s) {
        i++;
    }
    uint64_t n = left / units[i].s;

    buf_printf(out, "%s%llu %s", d.ms < 0 && left > 0 ? "-" : "", (unsigned long long)n,
               units[i].name);
    left %= units[i].s;
    if (i + 1 < ARRAY_LEN(units) && left / units[i + 1].s > 0) {
        buf_printf(out, " %llu %s", (unsigned long long)(left / units[i + 1].s),
                   units[i + 1].name);
    }
}
