#include "store/cursor.h"

bool cursor_read(struct str s, int64_t *ret, size_t n, bool *ret_given, struct err *e)
{
    struct str part;

    *ret_given = s.n > 0;
    for (size_t i = 0; *ret_given && i < n; i++) {
        if (!str_split(&s, '.', &part) || !str_to_i64(part, &ret[i]))
            return err_set(e, ERR_USAGE, "not a cursor of this list");
    }
    return s.n == 0 || err_set(e, ERR_USAGE, "not a cursor of this list");
}

struct str cursor_write(struct arena *a, const int64_t *v, size_t n)
{
    struct str s = STR_NONE;

    for (size_t i = 0; i < n; i++)
        s = arena_printf(a, "%.*s%s%lld", STR_FMT(s), i > 0 ? "." : "",
                         (long long)v[i]);
    return s;
}

int64_t page_limit(int64_t asked)
{
    if (asked <= 0)
        return 100;
    return asked > 1000 ? 1000 : asked;
}
