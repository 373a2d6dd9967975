#include "core/forecast.h"

#include <math.h>
#include <string.h>

enum { WEEK = 7 };

const char *forecast_state_name(enum forecast_state s)
{
    static const char *const names[] = {
#define X(e, name) [e] = name,
        FORECAST_STATES(X)
#undef X
    };

    return (size_t)s < ARRAY_LEN(names) ? names[s] : "?";
}

/* ---- what was ---- */

/* Closed on each working day that was looked at. */
struct sample {
    unsigned v[FORECAST_DAYS];
    uint32_t n;
};

static void look_back(const struct forecast_in *in, const struct calendar *cal,
                      struct sample *s, struct forecast *r)
{
    int64_t first = date_to_days(in->today) - FORECAST_DAYS;
    int last_week = -1;
    unsigned off = 0;

    for (int i = 0; i < FORECAST_DAYS; i++) {
        struct date day = date_from_days(first + i);
        int week = (FORECAST_DAYS - 1 - i) / WEEK;

        if (in->from.year > 0 && date_cmp(day, in->from) < 0) {
            continue;
        }
        r->closed += in->closed[i];
        if (in->closed[i] > 0 && week != last_week) {
            r->weeks++;
            last_week = week;
        }
        off += in->closed[i];
        if (calendar_is_working_day(cal, day)) {
            s->v[s->n++] = off;
            off = 0;
        }
    }
    if (s->n > 0) {
        s->v[s->n - 1] += off;
    }
    r->days = s->n;
}

/* ---- what may be ---- */

/* SplitMix64: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number
   Generators", 2014. */
static uint64_t next_lot(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Below n, from 32 bits: no further from equal than 1 in 70 million. */
static uint32_t below(uint32_t n, uint32_t bits)
{
    return (uint32_t)(((uint64_t)bits * n) >> 32);
}

/* Working days until nothing is open, FORECAST_FARTHEST + 1 when that is farther. One
   draw gives two lots. */
static unsigned run(const struct sample *s, int64_t open, uint64_t *state)
{
    unsigned days = 0;

    while (open > 0 && days <= FORECAST_FARTHEST) {
        uint64_t lot = next_lot(state);

        open -= s->v[below(s->n, (uint32_t)(lot >> 32))];
        days++;
        if (open > 0) {
            open -= s->v[below(s->n, (uint32_t)lot)];
            days++;
        }
    }
    return days <= FORECAST_FARTHEST ? days : FORECAST_FARTHEST + 1;
}

/* The first day by which so many of all runs were done. */
static unsigned percentile(const unsigned *ends, unsigned percent)
{
    unsigned done = 0, day = 0;

    while (day <= FORECAST_FARTHEST &&
           (done += ends[day]) * 100 < percent * FORECAST_RUNS) {
        day++;
    }
    return day;
}

static struct date working_day(const struct calendar *cal, struct date today, unsigned n)
{
    struct date d = today;

    for (unsigned seen = calendar_is_working_day(cal, d); seen < n && d.year > 0;) {
        d = date_from_days(date_to_days(d) + 1);
        seen += d.year > 0 && calendar_is_working_day(cal, d);
    }
    return d;
}

static enum forecast_state draw(const struct sample *s, const struct calendar *cal,
                                const struct forecast_in *in, struct forecast *r)
{
    unsigned ends[FORECAST_FARTHEST + 2];
    uint64_t state = 0;

    /* Nobody needs lots to tell that it is too far on the average. */
    if (in->open > (int64_t)r->closed * FORECAST_FARTHEST / s->n) {
        return FORECAST_TOO_FAR;
    }
    memset(ends, 0, sizeof ends);
    for (int i = 0; i < FORECAST_RUNS; i++) {
        ends[run(s, in->open, &state)]++;
    }
    r->p50_days = percentile(ends, 50);
    r->p85_days = percentile(ends, 85);
    if (r->p85_days > FORECAST_FARTHEST) {
        return FORECAST_TOO_FAR;
    }
    r->p50 = working_day(cal, in->today, r->p50_days);
    r->p85 = working_day(cal, in->today, r->p85_days);
    return FORECAST_KNOWN;
}

void forecast_make(const struct forecast_in *in, const struct calendar *cal,
                   struct forecast *ret)
{
    struct sample s = {.n = 0};

    *ret = (struct forecast){.open = in->open};
    look_back(in, cal, &s, ret);
    if (in->open <= 0) {
        ret->state = FORECAST_NOTHING_OPEN;
    } else if (ret->closed < FORECAST_CLOSED || s.n == 0) {
        ret->state = FORECAST_FEW_CLOSED;
    } else if (ret->weeks < FORECAST_WEEKS) {
        ret->state = FORECAST_FEW_WEEKS;
    } else {
        ret->state = draw(&s, cal, in, ret);
    }
    if (ret->state != FORECAST_KNOWN) {
        ret->p50_days = ret->p85_days = 0;
    }
}

static double working_days_until(const struct calendar *cal, struct date today,
                                 struct date due)
{
    double n = 0;

    for (int64_t day = date_to_days(today);
         day <= date_to_days(due) && n <= FORECAST_FARTHEST; day++) {
        n += calendar_is_working_day(cal, date_from_days(day));
    }
    return n;
}

bool forecast_is_surely_done(const struct forecast_in *in, const struct calendar *cal,
                             struct date due)
{
    double n = working_days_until(cal, in->today, due), mean = 0, squares = 0;
    struct forecast unused = {.open = 0};
    struct sample s = {.n = 0};

    look_back(in, cal, &s, &unused);
    for (uint32_t i = 0; i < s.n; i++) {
        mean += (double)s.v[i] / s.n;
    }
    for (uint32_t i = 0; i < s.n; i++) {
        squares += (s.v[i] - mean) * (s.v[i] - mean) / s.n;
    }
    return n * mean - 3 * sqrt(n * squares) >= (double)in->open;
}

bool forecast_is_late(const struct forecast *f, struct date due)
{
    return f->state == FORECAST_KNOWN && due.year > 0 && date_cmp(f->p85, due) > 0;
}
