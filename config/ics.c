#include "config/ics.h"

enum { DAYS_MAX = 366 }; /* of one event */

struct event {
    struct date start, end; /* end: the day after; year 0: not given */
    struct date until;
    uint64_t count, interval; /* of years; 0: not given */
    bool yearly, timed, cancelled;
    struct date except[64];
    size_t n_except;
};

struct scan {
    struct str rest; /* of the file */
    struct arena *a;
    size_t line;  /* of what `next_line` gave last */
    size_t lines; /* read so far */
    struct ics_dates *ret;
    struct err *e;
};

static bool wrong(struct scan *s, const char *why)
{
    return err_set(s->e, ERR_CONFIG, "line %zu: %s", s->line, why);
}

/* ---- lines ---- */

static struct str raw_line(struct scan *s)
{
    struct str line = STR_NONE;

    (void)str_split(&s->rest, '\n', &line);
    s->lines++;
    if (str_has_suffix(line, STR("\r"))) {
        line.n--;
    }
    return line;
}

/* RFC 5545, 3.1: a line goes on where the next one begins with a blank. */
static bool next_line(struct scan *s, struct str *ret)
{
    struct buf whole;

    if (s->rest.n == 0) {
        return false;
    }
    *ret = raw_line(s);
    s->line = s->lines;
    if (s->rest.n == 0 || (s->rest.p[0] != ' ' && s->rest.p[0] != '\t')) {
        return true;
    }
    buf_init(&whole, ICS_MAX_BYTES);
    buf_add(&whole, *ret);
    while (s->rest.n > 0 && (s->rest.p[0] == ' ' || s->rest.p[0] == '\t')) {
        buf_add(&whole, str_skip(raw_line(s), 1));
    }
    *ret = arena_str(s->a, buf_str(&whole));
    buf_finish(&whole);
    return true;
}

/* NAME;PARAM=VALUE:CONTENT; a quoted parameter may hold a colon. */
static void split_line(struct str line, struct str *ret_name, struct str *ret_params,
                       struct str *ret_value)
{
    bool quoted = false;
    size_t name = line.n, colon = line.n;

    for (size_t i = 0; i < line.n; i++) {
        quoted = line.p[i] == '"' ? !quoted : quoted;
        if (!quoted && name == line.n && (line.p[i] == ';' || line.p[i] == ':')) {
            name = i;
        }
        if (!quoted && line.p[i] == ':') {
            colon = i;
            break;
        }
    }
    *ret_name = str_first(line, name < colon ? name : colon);
    *ret_params = str_skip(str_first(line, colon), ret_name->n);
    *ret_value = str_skip(line, colon + 1);
}

/* 20261225; with a time of day behind it when `timed` is not NULL. */
static bool parse_date(struct str s, struct date *ret, bool *timed)
{
    struct str digits = str_first(s, 8);
    uint64_t v;

    if (digits.n != 8 || !str_to_u64(digits, &v) ||
        (s.n > 8 && (timed == NULL || s.p[8] != 'T'))) {
        return false;
    }
    if (timed != NULL) {
        *timed = s.n > 8;
    }
    *ret = (struct date){(int)(v / 10000), (int)(v / 100 % 100), (int)(v % 100)};
    return date_is_valid(*ret);
}

/* ---- properties ---- */

static bool read_rule_part(struct scan *s, struct event *ev, struct str name,
                           struct str value)
{
    bool timed;

    if (str_eq_nocase(name, STR("FREQ"))) {
        ev->yearly = str_eq_nocase(value, STR("YEARLY"));
        return ev->yearly || wrong(s, "only yearly events may repeat");
    }
    if (str_eq_nocase(name, STR("INTERVAL"))) {
        return (str_to_u64(value, &ev->interval) && ev->interval > 0) ||
               wrong(s, "INTERVAL is not a number");
    }
    if (str_eq_nocase(name, STR("COUNT"))) {
        return (str_to_u64(value, &ev->count) && ev->count > 0) ||
               wrong(s, "COUNT is not a number");
    }
    if (str_eq_nocase(name, STR("UNTIL"))) {
        return parse_date(value, &ev->until, &timed) || wrong(s, "UNTIL is not a date");
    }
    if (str_eq_nocase(name, STR("WKST"))) {
        return true; /* says nothing about years */
    }
    return wrong(s, "an event repeats in a way that is not supported");
}

static bool read_rule(struct scan *s, struct event *ev, struct str value)
{
    struct str part;

    while (str_split(&value, ';', &part)) {
        ptrdiff_t eq = str_chr(part, '=');

        if (eq < 0) {
            return wrong(s, "RRULE is malformed");
        }
        if (!read_rule_part(s, ev, str_first(part, (size_t)eq),
                            str_skip(part, (size_t)eq + 1))) {
            return false;
        }
    }
    return true;
}

static bool read_exceptions(struct scan *s, struct event *ev, struct str value)
{
    struct str part;
    bool timed;

    while (str_split(&value, ',', &part)) {
        if (ev->n_except == ARRAY_LEN(ev->except)) {
            return wrong(s, "an event has more than 64 exceptions");
        }
        if (!parse_date(part, &ev->except[ev->n_except++], &timed)) {
            return wrong(s, "EXDATE is not a list of dates");
        }
    }
    return true;
}

static bool read_property(struct scan *s, struct event *ev, struct str name,
                          struct str value)
{
    bool timed = false;

    if (str_eq_nocase(name, STR("DTSTART"))) {
        if (!parse_date(value, &ev->start, &timed)) {
            return wrong(s, "DTSTART is not a date");
        }
        ev->timed = timed;
        return true;
    }
    if (str_eq_nocase(name, STR("DTEND"))) {
        return parse_date(value, &ev->end, &timed) || wrong(s, "DTEND is not a date");
    }
    if (str_eq_nocase(name, STR("RRULE"))) {
        return ev->yearly ? wrong(s, "an event has two RRULEs")
                          : read_rule(s, ev, value);
    }
    if (str_eq_nocase(name, STR("EXDATE"))) {
        return read_exceptions(s, ev, value);
    }
    if (str_eq_nocase(name, STR("STATUS"))) {
        ev->cancelled = str_eq_nocase(value, STR("CANCELLED"));
        return true;
    }
    if (str_eq_nocase(name, STR("RDATE")) ||
        str_eq_nocase(name, STR("RECURRENCE-ID"))) {
        return wrong(s, "RDATE and RECURRENCE-ID are not supported");
    }
    if (str_eq_nocase(name, STR("DURATION")) && !str_eq_nocase(value, STR("P1D"))) {
        return wrong(s, "DURATION is not supported: write DTEND");
    }
    return true;
}

/* ---- events to dates ---- */

static bool add_day(struct scan *s, const struct event *ev, struct date first,
                    int64_t day)
{
    struct date d = date_from_days(day);

    /* An exception names the first day of an occurrence. */
    for (size_t i = 0; i < ev->n_except; i++) {
        if (date_cmp(ev->except[i], first) == 0) {
            return true;
        }
    }
    if (s->ret->n == ICS_MAX_DATES) {
        return err_set(s->e, ERR_LIMIT, "more than %d days off", ICS_MAX_DATES);
    }
    struct date *slot =
        arena_grow(s->a, &s->ret->v, &s->ret->n, &s->ret->cap, sizeof d);

    if (slot == NULL) {
        return err_nomem(s->e);
    }
    *slot = d;
    return true;
}

static bool add_occurrence(struct scan *s, const struct event *ev, struct date first,
                           int64_t days)
{
    int64_t from = date_to_days(first);

    for (int64_t i = 0; i < days; i++) {
        if (!add_day(s, ev, first, from + i)) {
            return false;
        }
    }
    return true;
}

static bool add_event(struct scan *s, const struct event *ev)
{
    int64_t days =
        ev->end.year == 0 ? 1 : date_to_days(ev->end) - date_to_days(ev->start);
    uint64_t step = ev->interval == 0 ? 1 : ev->interval, seen = 0;

    if (ev->start.year == 0) {
        return wrong(s, "an event has no DTSTART");
    }
    if (ev->timed || ev->cancelled) {
        return true;
    }
    if (days < 1 || days > DAYS_MAX) {
        return wrong(s, "an event ends before it begins, or lasts more than a year");
    }
    if (!ev->yearly) {
        return add_occurrence(s, ev, ev->start, days);
    }
    for (uint64_t year = (uint64_t)ev->start.year; year <= ICS_LAST_YEAR;
         year += step) {
        struct date first = ev->start;

        first.year = (int)year;
        if (!date_is_valid(first)) {
            continue; /* 29 February: RFC 5545, 3.3.10, skips the other years */
        }
        if ((ev->until.year != 0 && date_cmp(first, ev->until) > 0) ||
            (ev->count != 0 && seen == ev->count)) {
            return true;
        }
        seen++;
        if (!add_occurrence(s, ev, first, days)) {
            return false;
        }
        if (step > ICS_LAST_YEAR) {
            return true;
        }
    }
    return true;
}

/* ---- the file ---- */

/* The properties of an event up to its end; those of alarms inside are not its own. */
static bool read_event(struct scan *s)
{
    struct event ev = {0};
    struct str line, name, params, value;
    size_t inner = 0;

    while (next_line(s, &line)) {
        split_line(line, &name, &params, &value);
        if (str_eq_nocase(name, STR("BEGIN"))) {
            inner++;
        } else if (str_eq_nocase(name, STR("END")) && inner > 0) {
            inner--;
        } else if (str_eq_nocase(name, STR("END"))) {
            return add_event(s, &ev);
        } else if (inner == 0 && !read_property(s, &ev, name, value)) {
            return false;
        }
    }
    return wrong(s, "an event has no end");
}

bool ics_read(struct str text, struct arena *a, struct ics_dates *ret, struct err *e)
{
    struct scan s = {.rest = text, .a = a, .ret = ret, .e = e};
    struct str line, name, params, value;

    *ret = (struct ics_dates){0};
    if (str_has_prefix(s.rest, STR("\xEF\xBB\xBF"))) {
        s.rest = str_skip(s.rest, 3);
    }
    if (!next_line(&s, &line) ||
        !str_eq_nocase(str_trim(line), STR("BEGIN:VCALENDAR"))) {
        return err_set(e, ERR_CONFIG,
                       "is not a calendar: it does not begin with VCALENDAR");
    }
    while (next_line(&s, &line)) {
        split_line(line, &name, &params, &value);
        if (str_eq_nocase(name, STR("BEGIN")) && str_eq_nocase(value, STR("VEVENT")) &&
            !read_event(&s)) {
            return false;
        }
    }
    return !arena_failed(a) || err_nomem(e);
}
