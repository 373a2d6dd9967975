#include "core/assume_eval.h"

#include <math.h>

const char *assume_state_name(enum assume_state s)
{
    switch (s) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        ASSUME_STATES(X)
#undef X
    }
    return "?";
}

static bool is_ratio(enum assume_function f)
{
    return f == ASSUME_SHARE || f == ASSUME_PACE || f == ASSUME_PROGRESS ||
           f == ASSUME_COVERAGE;
}

/* The number it is held to, in the terms of what was found. */
static double wanted(const struct assume *a, const struct assume_found *f)
{
    return a->percent && !f->in_percent ? a->number / 100 : a->number;
}

/* Tenths and hundredths have no exact form in binary: what differs by less than this
   is the same. */
static double tolerance(double v)
{
    return 1e-9 * fmax(1, fabs(v));
}

static bool holds(enum assume_operator op, double value, double number)
{
    double e = tolerance(number);

    switch (op) {
    case ASSUME_AT_LEAST:
        return value >= number - e;
    case ASSUME_AT_MOST:
        return value <= number + e;
    case ASSUME_IS:
        return fabs(value - number) <= e;
    case ASSUME_IS_NOT:
        return fabs(value - number) > e;
    case ASSUME_OVER:
        return value > number + e;
    case ASSUME_UNDER:
        break;
    }
    return value < number - e;
}

bool assume_eval(const struct assume *a, assume_look_fn look, void *user,
                 struct assume_verdict *ret, struct err *e)
{
    struct assume_found f = {.unknown = "nothing is known of it"};

    if (!look(user, a, &f, e)) {
        return false;
    }
    *ret = (struct assume_verdict){.state = ASSUME_UNKNOWN, .found = f};
    if (f.known && !isfinite(f.value)) {
        ret->found = (struct assume_found){.unknown = "what was found is no number"};
    } else if (f.known && is_ratio(a->function) && !a->percent &&
               fabs(a->number) > 10) {
        /* `share(grow) >= 55` would be false for ever. */
        ret->found.known = false;
        ret->found.unknown = "its number is a share: write 55%";
    } else if (f.known) {
        ret->state =
            holds(a->op, f.value, wanted(a, &f)) ? ASSUME_HOLDS : ASSUME_DOES_NOT_HOLD;
    }
    return true;
}

void assume_print(struct buf *out, const struct assume *a, const struct assume_found *f)
{
    if (!f->known) {
        return;
    }
    if (a->function == ASSUME_VALUE) {
        buf_printf(out, "%.6g%s", f->value, f->in_percent ? "%" : "");
    } else if (is_ratio(a->function) || a->percent) {
        buf_printf(out, "%.3g%%", f->value * 100);
    } else {
        buf_printf(out, "%.6g", f->value);
    }
}
