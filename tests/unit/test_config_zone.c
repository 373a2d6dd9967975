/* Time zones by their names: those there are, and no file elsewhere. */
#include "config/zone.h"
#include "tests/unit/config_alignd_rig.h"

static void zones(void **state UNUSED)
{
    static const struct {
        const char *name;
        bool ok;
    } rows[] = {
        {"UTC", true},
        {"Europe/Berlin", true},
        {"America/Argentina/Buenos_Aires", true},
        {"Etc/GMT+5", true},
        {"", false},
        {"/etc/passwd", false},
        {"/usr/share/zoneinfo/Europe/Berlin", false},
        {"../zoneinfo/Europe/Berlin", false},
        {"Europe/../Europe/Berlin", false},
        {"Europe//Berlin", false},
        {"Europe/Berlin/", false},
        {"Europe", false},
        {"Europe/Berlin\n", false},
        {"zone1970.tab", false},
        {"leapseconds", false},
        {"Nowhere/Atlantis", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(4 << 20);
        const struct tz *tz = NULL;
        struct err e = {0};

        if (zone_load(str_of(rows[i].name), "/usr/share/zoneinfo", a, &tz, &e) !=
            rows[i].ok) {
            fail_msg("%s: %s", rows[i].name, e.msg);
        }
        if (rows[i].ok) {
            assert_str(tz_name(tz), rows[i].name);
        } else {
            assert_true(e.msg[0] != '\0');
        }
        arena_destroy(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
