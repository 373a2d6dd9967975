/* Owners that a chat cannot mention, as doctor and status count them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "status/owners.h"

static const char text[] =
    "strategy: 1\n"
    "name: Acme\n"
    "objectives:\n"
    "  - id: grow\n"
    "    title: Clinics choose us first\n"
    "    owner: ana\n"
    "    key_results:\n"
    "      - { id: nps, title: NPS, owner: ben, baseline: 40, target: 60, by: 2027-06-30 }\n"
    "initiatives:\n"
    "  - { id: onboarding, title: Onboard a site, moves: [nps], owner: ben }\n"
    "  - { id: billing, title: Bill per site, moves: [nps], owner: Eve Outside }\n"
    "people:\n"
    "  - { id: ana, name: Ana Silva, slack: U012AB, teams: ana@acme.example }\n"
    "  - { id: ben, name: Ben Okoro, slack: \"#general\", teams: ben@acme.example }\n";

static void they_are_counted_once(void **state UNUSED)
{
    static const struct {
        const char *types[3];
        bool asked;
        size_t n;
        const char *text, *keys;
    } rows[] = {
        {{"journal", "email", "webhook"}, false, 0, "", ""},
        {{"journal", "slack", "slack-app"}, true, 2, "ben, Eve Outside", "`slack:`"},
        {{"teams", "journal", "journal"}, true, 1, "Eve Outside", "`teams:`"},
        {{"teams", "slack", "journal"}, true, 2, "ben, Eve Outside", "`slack:`, `teams:`"},
        {{"discord", "journal", "journal"}, true, 3, "ben, Eve Outside, ana", "`discord:`"},
    };
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("strategy.yaml", str_of(text), d);
    struct arena *a = arena_create(1 << 20);

    assert_non_null(s);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_channel_view v[3] = {{STR("a"), str_of(rows[i].types[0]), false},
                                        {STR("b"), str_of(rows[i].types[1]), false},
                                        {STR("c"), str_of(rows[i].types[2]), false}};
        struct owners o;

        owners_find(s, v, 3, a, &o);
        assert_int_equal(o.asked, rows[i].asked);
        assert_int_equal(o.n, rows[i].n);
        assert_true(str_eqz(o.text, rows[i].text));
        assert_true(str_eqz(o.keys, rows[i].keys));
    }
    arena_destroy(a);
    strategy_unref(s);
    conf_diag_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_counted_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
