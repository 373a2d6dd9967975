#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/notice.h"

/* The stored form is read back by versions to come: byte for byte. */
static void test_stored_form(void **state UNUSED)
{
    struct notice_entry entries[] = {
        {
            .finding = STR("0123456789ab"),
            .change = STR("new"),
            .severity = STR("high"),
            .key = STR("PAY-12"),
            .title = STR("\"Reseller\" SSO\n"),
            .url = STR("https://x/browse/PAY-12"),
            .note = STR("reported by Ben"),
            .fix = STR("label it `initiative:ID`"),
            .command = STR("alignctl link PAY-12 INITIATIVE"),
            .objective = STR("Grow"),
            .why = STR("They decide once"),
            .since = {INT64_C(1795352220999)},
        },
        {.key = STR("PAY-13")},
    };
    struct notice_entry resolved[] = {
        {.change = STR("resolved"), .ended_by = STR("linked by label")}};
    struct notice_section sections[] = {
        {.rule = STR("unlinked-work"),
         .headline = STR("2 epics"),
         .why = STR("w"),
         .more = STR("alignctl drift"),
         .entries = entries,
         .n_entries = 2,
         .total = 40},
        {.rule = STR("no-epics")},
    };
    const struct notice n = {.kind = NOTICE_DRIFT,
                             .channel = STR("product"),
                             .group = STR("Payments"),
                             .at = {INT64_C(1795352220000)},
                             .sections = sections,
                             .n_sections = 2,
                             .resolved = resolved,
                             .n_resolved = 1,
                             .total_resolved = 3};
    static const char want[] =
        "{\"v\":1,\"kind\":\"drift\",\"channel\":\"product\",\"group\":\"Payments\","
        "\"at\":\"2026-11-22T12:57:00Z\",\"text\":\"\",\"sections\":["
        "{\"rule\":\"unlinked-work\",\"headline\":\"2 epics\",\"why\":\"w\","
        "\"more\":\"alignctl drift\",\"total\":40,\"entries\":["
        "{\"finding\":\"0123456789ab\",\"change\":\"new\",\"severity\":\"high\","
        "\"key\":\"PAY-12\",\"title\":\"\\\"Reseller\\\" SSO\\u000a\","
        "\"url\":\"https://x/browse/PAY-12\",\"note\":\"reported by Ben\","
        "\"fix\":\"label it `initiative:ID`\","
        "\"command\":\"alignctl link PAY-12 INITIATIVE\",\"objective\":\"Grow\","
        "\"why\":\"They decide "
        "once\",\"ended_by\":\"\",\"since\":\"2026-11-22T12:57:00Z\"},"
        "{\"finding\":\"\",\"change\":\"\",\"severity\":\"\",\"key\":\"PAY-13\","
        "\"title\":\"\","
        "\"url\":\"\",\"note\":\"\",\"fix\":\"\",\"command\":\"\",\"objective\":\"\","
        "\"why\":\"\","
        "\"ended_by\":\"\",\"since\":\"\"}]},"
        "{\"rule\":\"no-epics\",\"headline\":\"\",\"why\":\"\",\"more\":\"\",\"total\":"
        "0,"
        "\"entries\":[]}],"
        "\"blocks\":[],\"resolved\":[{\"finding\":\"\",\"change\":\"resolved\",\"severity\":\"\","
        "\"key\":\"\","
        "\"title\":\"\",\"url\":\"\",\"note\":\"\",\"fix\":\"\",\"command\":\"\","
        "\"objective\":\"\",\"why\":\"\",\"ended_by\":\"linked by "
        "label\",\"since\":\"\"}],"
        "\"total_resolved\":3}";
    struct buf b;

    buf_init(&b, 1 << 16);
    notice_write(&b, &n);
    assert_string_equal(buf_cstr(&b), want);
    buf_finish(&b);

    buf_init(&b, 100);
    notice_write(&b, &n);
    assert_false(buf_ok(&b));
    buf_finish(&b);
}

static void test_kinds(void **state UNUSED)
{
    const struct notice n = {.kind = NOTICE_TEST, .text = STR("hello")};
    const struct notice to = {.kind = NOTICE_DIGEST, .to = STR("U1")};
    struct buf b;

    buf_init(&b, 1 << 16);
    notice_write(&b, &n);
    assert_string_equal(
        buf_cstr(&b),
        "{\"v\":1,\"kind\":\"test\",\"channel\":\"\",\"group\":\"\",\"at\":\"\","
        "\"text\":\"hello\",\"sections\":[],\"blocks\":[],\"resolved\":[],"
        "\"total_resolved\":0}");
    buf_finish(&b);
    buf_init(&b, 1 << 16);
    notice_write(&b, &to);
    assert_true(str_has_suffix(buf_str(&b), STR(",\"total_resolved\":0,\"to\":\"U1\"}")));
    buf_finish(&b);
    assert_string_equal(notice_kind_name(NOTICE_BASELINE), "baseline");
    assert_string_equal(notice_kind_name((enum notice_kind)9), "?");
}

static void test_people(void **state UNUSED)
{
    struct mention ana[] = {{.name = STR("Ana"), .slack = STR("U1")},
                            {.name = STR("Ben"), .google_chat = STR("7")}};
    struct mention cid[] = {{.name = STR("Ana")}, {.name = STR_NONE}, {.name = STR("Cid")}};
    struct notice_entry entries[] = {{.people = ana, .n_people = 2}, {.n_people = 0}};
    struct notice_entry others[] = {{.people = cid, .n_people = 3}};
    struct notice_entry over[] = {{.people = ana, .n_people = 2}};
    struct notice_section sections[] = {{.entries = entries, .n_entries = 2},
                                        {.entries = others, .n_entries = 1}};
    struct notice n = {.sections = sections, .n_sections = 2};
    const struct mention *who[5];
    size_t more;
    struct buf b;

    assert_int_equal(notice_people(&n, who, 5, &more), 3);
    assert_int_equal(more, 0);
    assert_true(str_eqz(who[0]->slack, "U1") && str_eqz(who[2]->name, "Cid"));
    assert_int_equal(notice_people(&n, who, 2, &more), 2);
    assert_int_equal(more, 1);
    n.n_sections = 0;
    n.resolved = over; /* what is over is for nobody */
    n.n_resolved = 1;
    assert_int_equal(notice_people(&n, who, 5, &more), 0);
    n.n_sections = 1;
    buf_init(&b, 10000);
    notice_write(&b, &n);
    assert_non_null(strstr(buf_cstr(&b), "\"people\":[{\"name\":\"Ana\",\"slack\":\"U1\"},"
                                         "{\"name\":\"Ben\",\"google_chat\":\"7\"}]}"));
    buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_stored_form),
        cmocka_unit_test(test_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
