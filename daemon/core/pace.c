#include "core/pace.h"

#include <math.h>

const char *kr_state_name(enum kr_state s)
{
    switch (s) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        KR_STATES(X)
#undef X
    }
    return "?";
}

/* ---- days ---- */

static int64_t days_between(struct date from, struct date to)
{
    return date_to_days(to) - date_to_days(from);
}

/* Of a period, at a day; 0 before it, 1 behind it. */
static double part_of(struct date from, struct date to, struct date at)
{
    int64_t all = days_between(from, to), gone = days_between(from, at);

    if (gone <= 0) {
        return 0;
    }
    return gone >= all ? 1 : (double)gone / (double)all;
}

/* A working week is seven days long; rounded up. */
static int64_t whole_days(struct span s)
{
    const int64_t day = DUR_DAY(1).ms;
    int64_t ms = s.wd > 0 ? s.wd * 7 * day / 5 : s.ms;

    return (ms + day - 1) / day;
}

int64_t kr_check_in_days(const struct key_result *kr)
{
    return whole_days(kr->check_in);
}

static struct date later(struct date a, struct date b)
{
    return a.year == 0 || (b.year != 0 && date_cmp(b, a) > 0) ? b : a;
}

static struct date start_of(const struct key_result *kr, struct date first_load)
{
    if (kr->start.year != 0) {
        return kr->start;
    }
    return later(kr->objective != NULL ? kr->objective->from : (struct date){0},
                 first_load);
}

/* ---- the values that count ---- */

struct series {
    const struct kr_value *v;
    size_t n;
};

/* Of values by date, those from `start` (year 0: all) to `today`. */
static struct series in_period(const struct kr_value *v, size_t n, struct date start,
                               struct date today)
{
    size_t from = 0;

    while (n > 0 && date_cmp(v[n - 1].date, today) > 0) {
        n--;
    }
    while (from < n && start.year != 0 && date_cmp(v[from].date, start) < 0) {
        from++;
    }
    return (struct series){v + from, n - from};
}

static bool is_last_of_day(const struct series *s, size_t i)
{
    return i + 1 == s->n || date_cmp(s->v[i].date, s->v[i + 1].date) != 0;
}

/* ---- where it should be ---- */

static double value_between(struct kr_milestone a, struct kr_milestone b,
                            struct date at)
{
    return a.value + (b.value - a.value) * part_of(a.date, b.date, at);
}

/* Straight lines from the baseline over the milestones to the target. */
static double on_milestones(const struct key_result *kr, struct date start,
                            struct date at)
{
    struct kr_milestone from = {start, kr->baseline};

    for (size_t i = 0; i < kr->n_milestones; i++) {
        if (date_cmp(at, kr->milestones[i].date) < 0) {
            return value_between(from, kr->milestones[i], at);
        }
        from = kr->milestones[i];
    }
    return value_between(from, (struct kr_milestone){kr->by, kr->target}, at);
}

static double curve(const struct key_result *kr, struct date start, struct date at)
{
    double t = part_of(start, kr->by, at);

    switch (kr->pace) {
    case PACE_LINEAR:
        break;
    case PACE_LATE:
        return t <= 0.5 ? 0 : 2 * (t - 0.5);
    case PACE_AFTER:
        return part_of(later(start, kr->pace_after), kr->by, at);
    case PACE_MILESTONES:
        return (on_milestones(kr, start, at) - kr->baseline) /
               (kr->target - kr->baseline);
    }
    return t;
}

/* ---- where it is ---- */

bool kr_is_kept(const struct key_result *kr, double value)
{
    return (!kr->has_at_least || value >= kr->at_least) &&
           (!kr->has_at_most || value <= kr->at_most);
}

static double share_kept(const struct key_result *kr, const struct series *s)
{
    size_t days = 0, kept = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (is_last_of_day(s, i)) {
            days++;
            kept += kr_is_kept(kr, s->v[i].value);
        }
    }
    return (double)kept / (double)days;
}

static bool is_measurable(const struct key_result *kr)
{
    switch (kr->kind) {
    case KR_REACH:
        /* The same twice is refused where the file is read. */
        return kr->has_baseline && kr->has_target &&
               (kr->target < kr->baseline || kr->target > kr->baseline);
    case KR_KEEP:
        return kr->has_at_least || kr->has_at_most;
    case KR_DONE:
        return true;
    }
    return false;
}

static void judge_progress(const struct key_result *kr, const struct series *s,
                           struct kr_pace_report *r)
{
    if (!r->has_value || r->state == KR_UNMEASURED) {
        return;
    }
    r->has_progress = true;
    switch (kr->kind) {
    case KR_REACH:
        r->progress = (r->last.value - kr->baseline) / (kr->target - kr->baseline);
        break;
    case KR_KEEP:
        r->progress = share_kept(kr, s);
        break;
    case KR_DONE:
        r->progress = r->last.value >= 1 ? 1 : 0;
        break;
    }
    if (kr->kind != KR_REACH || r->start.year == 0 || r->by.year == 0) {
        return;
    }
    r->has_expected = true;
    r->expected = curve(kr, r->start, r->last.date);
    r->expected_value = kr->baseline + r->expected * (kr->target - kr->baseline);
    r->pace = r->progress - r->expected;
}

/* ---- where it will be ---- */

struct line {
    double n, x, y; /* values, their mean day and mean */
    double xx;      /* squares of the days' distances from the mean */
    double slope;
    double rest; /* squares of the values' distances from the line */
};

static double day_of(const struct series *s, size_t i)
{
    return (double)days_between(s->v[0].date, s->v[i].date);
}

/* Least squares; three passes, since sums of squares cancel out what they are for. */
static struct line fit(const struct series *s)
{
    struct line l = {0};
    double xy = 0;

    for (size_t i = 0; i < s->n; i++) {
        if (is_last_of_day(s, i)) {
            l.n++;
            l.x += (day_of(s, i) - l.x) / l.n;
            l.y += (s->v[i].value - l.y) / l.n;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        if (is_last_of_day(s, i)) {
            l.xx += (day_of(s, i) - l.x) * (day_of(s, i) - l.x);
            xy += (day_of(s, i) - l.x) * (s->v[i].value - l.y);
        }
    }
    l.slope = xy / l.xx;
    for (size_t i = 0; i < s->n; i++) {
        if (is_last_of_day(s, i)) {
            double off = s->v[i].value - l.y - l.slope * (day_of(s, i) - l.x);

            l.rest += off * off;
        }
    }
    return l;
}

/* With the standard error of one further value on that day. */
static void forecast(const struct series *s, struct kr_pace_report *r)
{
    struct line l = fit(s);
    double x = (double)days_between(s->v[0].date, r->by) - l.x;
    double value = l.y + l.slope * x;
    double error = sqrt(l.rest / (l.n - 2) * (1 + 1 / l.n + x * x / l.xx));

    /* Of values near the end of what a double holds nothing is foretold. */
    r->has_forecast = isfinite(value) && isfinite(error);
    r->forecast_low = value - error;
    r->forecast_high = value + error;
}

static bool can_forecast(const struct key_result *kr, const struct series *s,
                         const struct kr_pace_report *r)
{
    size_t days = 0;

    for (size_t i = 0; i < s->n; i++) {
        days += is_last_of_day(s, i);
    }
    return kr->kind == KR_REACH && r->by.year != 0 && r->state != KR_UNMEASURED &&
           days >= KR_FORECAST_VALUES &&
           days_between(s->v[0].date, r->last.date) >= KR_FORECAST_DAYS &&
           date_cmp(r->last.date, r->by) < 0;
}

/* ---- all together ---- */

static enum kr_state end_of(const struct key_result *kr, const struct kr_pace_report *r)
{
    /* What was the case long before says nothing about the end. */
    int64_t overdue = kr_check_in_days(kr) + KR_GRACE_DAYS;

    if (!r->has_progress || days_between(r->last.date, r->by) > overdue) {
        return KR_UNKNOWN;
    }
    return r->progress >= 1 ? KR_ACHIEVED : KR_MISSED;
}

static enum kr_state state_of(const struct key_result *kr, struct date today,
                              const struct kr_pace_report *r)
{
    if (!is_measurable(kr)) {
        return KR_UNMEASURED;
    }
    if (r->start.year != 0 && date_cmp(today, r->start) < 0) {
        return KR_WAITING;
    }
    if (r->by.year != 0 && date_cmp(today, r->by) > 0) {
        return end_of(kr, r);
    }
    if (!r->has_progress) {
        return KR_UNKNOWN;
    }
    if (r->stale_at.year != 0 && date_cmp(today, r->stale_at) >= 0) {
        return KR_STALE;
    }
    if (kr->kind == KR_KEEP && !kr_is_kept(kr, r->last.value)) {
        return KR_BROKEN;
    }
    return r->has_expected && r->pace <= KR_OFF_PACE_AT ? KR_OFF_PACE : KR_ON_PACE;
}

void kr_judge(const struct key_result *kr, const struct kr_value *v, size_t n,
              struct date first_load, struct date today, struct kr_pace_report *ret)
{
    struct date start = start_of(kr, first_load);
    struct series s = in_period(v, n, start, today);

    *ret = (struct kr_pace_report){.start = start, .by = kr->by};
    ret->state = is_measurable(kr) ? KR_UNKNOWN : KR_UNMEASURED;
    if (start.year != 0 && kr->by.year != 0) {
        ret->elapsed = part_of(start, kr->by, today);
    }
    if (s.n > 0) {
        ret->has_value = true;
        ret->last = s.v[s.n - 1];
        ret->stale_at = date_from_days(date_to_days(ret->last.date) +
                                       kr_check_in_days(kr) + KR_GRACE_DAYS + 1);
    }
    judge_progress(kr, &s, ret);
    if (ret->has_value && can_forecast(kr, &s, ret)) {
        forecast(&s, ret);
    }
    ret->state = state_of(kr, today, ret);
}
