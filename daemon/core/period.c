#include "core/period.h"

enum { YEAR_DIGITS = 4 };

static struct date next_day(struct date d, int days)
{
    return date_from_days(date_to_days(d) + days);
}

static struct period from_month(int year, int month, int months)
{
    int end = month + months; /* at most 13 */
    struct date after = {year + (end > 12), end > 12 ? end - 12 : end, 1};

    return (struct period){{year, month, 1}, next_day(after, -1), months};
}

/* "q1" to "q4", "h1", "h2", or nothing. */
static bool parse_part(struct str part, int *ret_month, int *ret_months)
{
    char letter = part.n == 2 ? (char)(part.p[0] | 0x20) : '\0';
    int n = part.n == 2 ? part.p[1] - '0' : 1;

    *ret_months = part.n == 0 ? 12 : letter == 'q' ? 3 : letter == 'h' ? 6 : 0;
    if (*ret_months == 0 || n < 1 || n > 12 / *ret_months) {
        return false;
    }
    *ret_month = 1 + (n - 1) * *ret_months;
    return true;
}

bool period_parse(struct str text, struct period *ret)
{
    int month, months;
    uint64_t year;

    if (text.n < YEAR_DIGITS || !str_to_u64(str_first(text, YEAR_DIGITS), &year) ||
        year < 1971 || year > 9998 ||
        !parse_part(str_skip(text, YEAR_DIGITS), &month, &months)) {
        return false;
    }
    *ret = from_month((int)year, month, months);
    return true;
}

struct period period_before(struct period p)
{
    int month = p.from.month - p.months;

    return from_month(p.from.year - (month < 1), month < 1 ? month + 12 : month,
                      p.months);
}

size_t period_suffix(struct str id)
{
    for (size_t n = YEAR_DIGITS + 1; n <= YEAR_DIGITS + 3 && n < id.n; n += 2) {
        struct str end = str_skip(id, id.n - n);
        struct period p;

        if (end.p[0] == '-' && period_parse(str_skip(end, 1), &p)) {
            return n;
        }
    }
    return 0;
}
