#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

enum { LONGEST_RUN = 400 };

/* The first working day from `day` on; *ret_holiday: a holiday is among those before. */
static int64_t back_to_work(const struct calendar *cal, int64_t day, bool *ret_holiday)
{
    int64_t end = day + LONGEST_RUN;

    *ret_holiday = false;
    for (; day < end; day++) {
        struct date d = date_from_days(day);

        if (calendar_is_working_day(cal, d)) {
            break;
        }
        *ret_holiday = *ret_holiday || (cal->days >> date_weekday(d) & 1) != 0;
    }
    return day;
}

/*
 * Holidays, and weekends that touch them, do not count, and nothing becomes overdue on
 * them or on the first day after: nobody was there to be asked.
 */
static int64_t overdue_after(const struct calendar *cal, int64_t last, int64_t wait)
{
    int64_t day = last + 1;
    bool holiday;

    for (int64_t n = 0; n < wait; n++, day++) {
        int64_t back = back_to_work(cal, day, &holiday);

        day = holiday ? back : day;
    }
    last = back_to_work(cal, day, &holiday);
    return holiday ? last + 1 : day;
}

/* One that was never told is overdue as if it had been told at its start, or when it was
   first heard of where that is later: nobody was asked before. */
static struct date overdue_at(const struct rule_input *in)
{
    const struct rule_kr *k = in->kr;
    struct date from = k->report.has_value ? k->report.last.date : k->report.start;

    if (!k->report.has_value && from.year != 0 && k->first_load.year != 0 &&
        date_cmp(k->first_load, from) > 0) {
        from = k->first_load;
    }

    if (from.year == 0) {
        return from;
    }
    return date_from_days(overdue_after(in->cal, date_to_days(from),
                                        kr_check_in_days(k->kr) + KR_GRACE_DAYS));
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct date due)
{
    const struct rule_kr *k = in->kr;
    struct str id = k->kr->node.id;
    struct wording_facts f;

    if (k->report.has_value) {
        hit->note = arena_printf(
            a, "last value %.*s of %.*s; the next is overdue since %.*s",
            STR_FMT(wording_value(a, k->kr, k->report.last.value)),
            STR_FMT(wording_date(a, k->report.last.date)), STR_FMT(wording_date(a, due)));
    } else {
        hit->note = arena_printf(a, "no value yet; the first is overdue since %.*s",
                                 STR_FMT(wording_date(a, due)));
    }
    hit->fix = STR("tell its value: a line in the check-ins file, a value source, or");
    hit->command = arena_printf(a, "alignctl checkin %.*s VALUE", STR_FMT(id));
    hit->node = id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", id);
    wording_kr_facts(&f, k);
    wording_span(&f.w, "check_in", k->kr->check_in);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct kr_pace_report *r = &in->kr->report;
    struct date due = overdue_at(in);

    *ret_next = (struct wall){0};
    if (r->state != KR_STALE && r->state != KR_UNKNOWN && r->state != KR_ON_PACE &&
        r->state != KR_OFF_PACE && r->state != KR_BROKEN && r->state != KR_WAITING) {
        return false;
    }
    /* It is asked for its last value by another rule. */
    if (due.year == 0 || (r->by.year != 0 && date_cmp(wording_today(in), r->by) > 0)) {
        return false;
    }
    if (date_cmp(wording_today(in), due) < 0) {
        *ret_next = wording_midnight(in, due);
        return false;
    }
    if (r->by.year != 0) {
        *ret_next = wording_midnight(in, date_from_days(date_to_days(r->by) + 1));
    }
    say(in, a, hit, due);
    return true;
}

const struct rule rule_kr_stale = {
    .id = "kr-stale",
    .title = "a key result without a fresh value",
    .what = "A key result whose last value is older than it is to be asked for.",
    .why = "An old number says nothing about today, and is never taken for good news.",
    .formula = "it runs, and today is past its last value (where none was told, its "
               "start, or when alignd first read of it if that is later) by more than "
               "`check_in` and 3 days; holidays, and weekends that touch them, do not "
               "count",
    .fix = "Tell its value, or let a value source tell it.",
    .one = "1 key result without a fresh value",
    .many = "%d key results without a fresh value",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .whatever_scope = true,
    .eval = eval,
};
