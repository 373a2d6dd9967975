/* Calendar files: any bytes as iCalendar; what is taken are valid dates in range. */
#include "config/ics.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_create((size_t)64 << 20);
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct err e = {.kind = ERR_NONE};
    struct ics_dates dates;

    FUZZ_CHECK(a != NULL, "out of memory");
    if (!ics_read((struct str){copy, size}, a, &dates, &e)) {
        FUZZ_CHECK(e.kind == ERR_CONFIG || e.kind == ERR_LIMIT, "%s", e.msg);
    } else {
        FUZZ_CHECK(dates.n <= ICS_MAX_DATES, "%zu dates", dates.n);
        for (size_t i = 0; i < dates.n; i++) {
            FUZZ_CHECK(date_is_valid(dates.v[i]), "%d-%d-%d", dates.v[i].year,
                       dates.v[i].month, dates.v[i].day);
        }
    }
    free(copy);
    arena_destroy(a);
    return 0;
}
