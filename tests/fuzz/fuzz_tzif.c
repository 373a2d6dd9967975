/*
 * Time zone files: any bytes as TZif. What is taken answers for every time,
 * in range, and finds the way back from each local time to one no later.
 */
#include "core/tz.h"
#include "tests/fuzz/fuzz.h"

static const int64_t last_s = INT64_C(253402300799) - 86400;

/* Around the interesting years, and at both ends. */
static const int64_t times[] = {
    0,          1,           86399,       86400,        200000,       15638400,
    631152000,  951782400,   1000000000,  1111885200,   1130634000,   1603587600,
    1616893200, 1795348800,  2147483647,  2147483648,   4102444800,   4294967296,
    7258118400, 16725225600, 64060588800, 253370764800, 253402214399, 253402300799,
};

static void check_time(const struct tz *tz, int64_t second)
{
    struct local l = tz_local(tz, (struct wall){second * 1000});
    struct wall w;

    FUZZ_CHECK(date_is_valid(l.date) && l.minute >= 0 && l.minute < 1440 &&
                   l.second >= 0 && l.second < 60,
               "%lld is %d-%d-%d %d:%d", (long long)second, l.date.year, l.date.month,
               l.date.day, l.minute, l.second);
    w = tz_wall(tz, l.date, l.minute);
    FUZZ_CHECK(w.ms >= 0 && w.ms <= last_s * 1000, "%lld", (long long)w.ms);
    /* At the ends local time is taken for the nearest in range. */
    if (second > 3 * 86400 && second < last_s - 3 * 86400) {
        FUZZ_CHECK(w.ms <= second * 1000, "%lld is first at %lld", (long long)second,
                   (long long)w.ms / 1000);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_create((size_t)16 << 20);
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    const struct tz *tz;
    struct err e = {.kind = ERR_NONE};

    FUZZ_CHECK(a != NULL, "out of memory");
    if (!tz_parse((struct str){copy, size}, STR("Here/There"), a, &tz, &e)) {
        FUZZ_CHECK(e.kind == ERR_PARSE, "%s", e.msg);
    } else {
        free(copy); /* the bytes are not kept */
        copy = NULL;
        FUZZ_CHECK(str_eqz(tz_name(tz), "Here/There"), "name");
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
            check_time(tz, times[i]);
        }
        for (size_t i = 0; i + 4 <= size && i < 400; i += 4) {
            struct fuzz_in in = {data + i, 4};

            check_time(tz, (int64_t)fuzz_number(&in, 4));
        }
    }
    free(copy);
    arena_destroy(a);
    return 0;
}
