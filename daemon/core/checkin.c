#include "core/checkin.h"

#include <math.h>

/* Bytes of what was written that a message repeats. */
enum { SHOWN = 64 };

const struct key_result *checkin_find(const struct strategy *s, struct str id,
                                      struct err *e)
{
    const struct node *n = strategy_find(s, id);
    const struct node *near;

    if (n != NULL && n->kind == NODE_KR)
        return (const struct key_result *)(const void *)n;
    near = strategy_nearest_of(s, id, STRATEGY_KIND(NODE_KR));
    if (n != NULL)
        err_set(e, ERR_NOT_FOUND, "'%.*s' is no key result but of kind %s",
                STR_FMT(str_first(id, SHOWN)), node_kind_name(n->kind));
    else if (near != NULL)
        err_set(e, ERR_NOT_FOUND, "no key result '%.*s': did you mean '%.*s'?",
                STR_FMT(str_first(id, SHOWN)), STR_FMT(near->id));
    else
        err_set(e, ERR_NOT_FOUND, "no key result '%.*s': alignctl krs lists them",
                STR_FMT(str_first(id, SHOWN)));
    return NULL;
}

bool checkin_value(const struct key_result *kr, double v, struct err *e)
{
    if (!isfinite(v))
        return err_set(e, ERR_USAGE, "%g is no number that can be compared", v);
    if (kr->kind == KR_DONE && fabs(v) > 0 && fabs(v - 1) > 0)
        return err_set(e, ERR_USAGE, "%.*s is done or not: its value is 1 or 0",
                       STR_FMT(kr->node.id));
    return true;
}

bool checkin_parse_value(const struct key_result *kr, struct str text, double *ret,
                         struct err *e)
{
    if (!str_to_double(text, ret))
        return err_set(e, ERR_USAGE, "'%.*s' is no number: write 47 or 47.5",
                       STR_FMT(str_first(text, SHOWN)));
    return checkin_value(kr, *ret, e);
}

bool checkin_parse_day(struct str text, struct date today, struct date *ret,
                       struct err *e)
{
    *ret = today;
    if (text.n == 0)
        return true;
    if (!date_parse(text, ret))
        return err_set(e, ERR_USAGE, "'%.*s' is no date: write 2026-12-31",
                       STR_FMT(str_first(text, SHOWN)));
    if (date_cmp(*ret, today) > 0)
        return err_set(e, ERR_USAGE,
                       "%.*s is yet to come: a value is of a day that was",
                       STR_FMT(text));
    return true;
}

bool checkin_parse_confidence(struct str text, int64_t *ret, struct err *e)
{
    struct str digits =
        str_has_suffix(text, STR("%")) ? str_first(text, text.n - 1) : text;
    uint64_t n;

    *ret = -1;
    if (text.n == 0)
        return true;
    if (!str_to_u64(digits, &n) || n > 100)
        return err_set(e, ERR_USAGE, "confidence '%.*s' is no percentage from 0 to 100",
                       STR_FMT(str_first(text, SHOWN)));
    *ret = (int64_t)n;
    return true;
}
