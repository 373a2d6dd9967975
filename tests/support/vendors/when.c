#include "tests/support/vendors/when.h"

#include "base/date.h"

#define MOST_UNITS 100000000 /* keeps the product in range for every unit */

static int64_t unit_ms(char c)
{
    switch (c) {
    case 'w':
        return (int64_t)7 * 86400 * 1000;
    case 'd':
        return (int64_t)86400 * 1000;
    case 'h':
        return (int64_t)3600 * 1000;
    case 'm':
        return (int64_t)60 * 1000;
    case 's':
        return 1000;
    default:
        return 0;
    }
}

bool when_parse_relative(struct str text, struct dur *ret)
{
    bool negative = text.n && text.p[0] == '-';
    int64_t sum = 0;

    if (negative || (text.n && text.p[0] == '+')) {
        text = str_skip(text, 1);
    }
    if (!text.n) {
        return false;
    }
    while (text.n) {
        int64_t value = 0;
        size_t digits = 0;

        while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9') {
            value = value * 10 + (text.p[digits++] - '0');
            if (value > MOST_UNITS) {
                return false;
            }
        }
        if (!digits || digits == text.n || !unit_ms(text.p[digits])) {
            return false;
        }
        sum += value * unit_ms(text.p[digits]);
        text = str_trim(str_skip(text, digits + 1));
    }
    *ret = DUR_MS(negative ? -sum : sum);
    return true;
}

bool when_parse(struct str text, struct wall now, struct wall *ret)
{
    struct dur d;
    struct date day;

    if (str_eqz(text, "now")) {
        *ret = now;
        return true;
    }
    if (when_parse_relative(text, &d)) {
        *ret = wall_add(now, d);
        return true;
    }
    if (date_parse(text, &day)) {
        ret->ms = date_to_days(day) * 86400 * 1000;
        return true;
    }
    return date_parse_iso(text, ret);
}
