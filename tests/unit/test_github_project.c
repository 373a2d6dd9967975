/* Fields and items of GitHub projects, and what they say of an issue. */
#include "connectors/trackers/github/github_project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"

static const char field_list[] =
    "[{\"id\":1,\"name\":\"Title\",\"data_type\":\"title\"},"
    "{\"id\":2,\"name\":\"status\",\"data_type\":\"single_select\",\"options\":[]},"
    "{\"id\":3,\"name\":\"Story Points\",\"data_type\":\"number\"},"
    "{\"id\":4,\"name\":\"Team\",\"data_type\":\"text\"},"
    "{\"id\":5,\"name\":\"strategic Initiative\",\"data_type\":\"single_select\"},"
    "{\"id\":\"6\",\"name\":\"Team\"},{\"name\":\"Team\"},{\"id\":7,\"name\":null}]";

struct rig {
    struct arena *a;
    struct github_project_wire wire;
    struct github_project_fields fields;
    struct err e;
};

static void begin(struct rig *r)
{
    *r = (struct rig){.a = arena_create(64 << 20)};
    assert_true(github_project_compile(r->a, &r->wire, &r->e));
}

static bool read_fields(struct rig *r, const struct tracker_conf *conf,
                        const char *body)
{
    return github_project_read_fields(&r->wire, conf, str_of(body), r->a, &r->fields,
                                      &r->e);
}

static struct str_pair all_pairs[] = {
    {STR_INIT("points"), STR_INIT("auto")},
    {STR_INIT("team"), STR_INIT("auto")},
    {STR_INIT("initiative"), STR_INIT("Strategic initiative")},
};
static const struct tracker_conf all_fields = {.fields = {all_pairs, 3}};

static void names(void **state)
{
    static const struct {
        const char *name, *owner, *number;
    } row[] = {
        {"acme/7", "acme", "7"}, {"a-b/123", "a-b", "123"}, {"acme", NULL, NULL},
        {"acme/", NULL, NULL},   {"/7", NULL, NULL},        {"acme/0", NULL, NULL},
        {"acme/x", NULL, NULL},  {"a b/7", NULL, NULL},     {"a/b/7", NULL, NULL},
        {"../7", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str owner, number;
        bool ok = github_project_name(str_of(row[i].name), &owner, &number);

        if (ok != (row[i].owner != NULL)) {
            fail_msg("%s", row[i].name);
        }
        assert_true(!ok ||
                    (str_eqz(owner, row[i].owner) && str_eqz(number, row[i].number)));
    }
}

static void wanted_fields(void **state)
{
    struct str_pair stage[] = {{STR("status"), STR("Team")}};
    const struct tracker_conf none = {.url = STR_NONE}, other = {.fields = {stage, 1}};
    struct rig r;

    (void)state;
    begin(&r);
    assert_true(read_fields(&r, &all_fields, field_list));
    assert_int_equal(r.fields.n, 4);
    assert_true(str_eqz(r.fields.v[0].id, "2") && r.fields.v[0].is_status);
    assert_true(str_eqz(r.fields.v[1].name, "Story Points"));
    assert_true(str_eqz(r.fields.v[2].id, "4") && !r.fields.v[2].is_status);
    assert_true(str_eqz(r.fields.v[3].name, "strategic Initiative"));
    r.fields.n = 0;
    assert_true(read_fields(&r, &none, field_list));
    assert_int_equal(r.fields.n, 1);
    r.fields.n = 0;
    assert_true(read_fields(&r, &other, field_list));
    assert_int_equal(r.fields.n, 1);
    assert_true(str_eqz(r.fields.v[0].name, "Team") && r.fields.v[0].is_status);
    arena_destroy(r.a);
}

static void not_fields(void **state)
{
    static const char *const bodies[] = {"", "{}", "null", "[1]",
                                         "[{\"message\":\"x\"}]"};
    struct rig r;

    (void)state;
    begin(&r);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_false(read_fields(&r, &all_fields, bodies[i]));
        assert_int_equal(r.e.kind, ERR_PARSE);
    }
    for (size_t n = 0; n < sizeof field_list - 1; n++) {
        char *cut = strndup(field_list, n);

        assert_false(read_fields(&r, &all_fields, cut));
        assert_int_equal(r.fields.n, 0);
        free(cut);
    }
    arena_destroy(r.a);
}

/* ---- items ---- */

#define ISSUE(number, more)                                                            \
    "{\"id\":1,\"content_type\":\"Issue\",\"archived_at\":null,\"content\":{"          \
    "\"html_url\":\"https://github.com/acme/web/issues/" number                        \
    "\",\"state\":\"open\"},"                                                          \
    "\"fields\":[" more "]}"
#define SELECT                                                                         \
    "{\"id\":2,\"value\":{\"id\":\"x\",\"name\":{\"raw\":\"In "                        \
    "Progress\",\"html\":\"\"}}}"

static void check_items(const char *body, const char *want)
{
    struct rig r;
    struct buf out;

    begin(&r);
    assert_true(read_fields(&r, &all_fields, field_list));
    buf_init(&out, 1 << 20);
    if (!github_project_read_items(&r.wire, &r.fields, str_of(body), &out, &r.e)) {
        fail_msg("%s: %s", body, r.e.msg);
    }
    assert_string_equal(buf_cstr(&out), want);
    buf_finish(&out);
    arena_destroy(r.a);
}

static void items(void **state)
{
    (void)state;
    check_items("[]", "");
    check_items(
        "[" ISSUE("4", "{\"id\":4,\"value\":\"a\\u0000b\"},{\"id\":3,\"value\":1e999},"
                       "{\"id\":2,\"value\":{\"name\":1,\"name\":2}},{\"id\":5}") "]",
        "acme/web#4\t\t\ta b\t\n");
    check_items("[" ISSUE("4",
                          SELECT ",{\"id\":3,\"value\":5},{\"id\":4,\"value\":\"Pay\"},"
                                 "{\"id\":9,\"value\":\"other\"}") "]",
                "acme/web#4\tIn Progress\t5\tPay\t\n");
    check_items("[" ISSUE("4", "") "," ISSUE("5", "{\"id\":3,\"value\":null}") "]",
                "acme/web#4\t\t\t\t\nacme/web#5\t\t\t\t\n");
    /* A text may have rich text, a name may be bare, an iteration has a title. */
    check_items("[" ISSUE("4",
                          "{\"id\":4,\"value\":{\"raw\":\"a\\tb\\nc\",\"html\":\"\"}},"
                          "{\"id\":5,\"value\":{\"title\":{\"raw\":\"S 1\"}}},"
                          "{\"id\":2,\"value\":{\"name\":\"Doing\"}},"
                          "{\"id\":3,\"value\":[1]}") "]",
                "acme/web#4\tDoing\t\ta b c\tS 1\n");
    check_items(
        "[{\"content_type\":\"Issue\",\"content\":{\"state\":\"closed\","
        "\"html_url\":\"https://github.com/acme/web/issues/6\"},\"archived_at\":null}]",
        "-acme/web#6\t\t\t\t\n");
}

static void no_issues_of_ours(void **state)
{
    (void)state;
    check_items("[{\"content_type\":\"PullRequest\",\"content\":{\"html_url\":"
                "\"https://github.com/acme/web/pull/6\"}},"
                "{\"content_type\":\"DraftIssue\",\"content\":{\"title\":\"x\"}},"
                "{\"content_type\":\"Issue\",\"content\":null},"
                "{\"content_type\":\"Issue\",\"content\":{\"html_url\":7}},"
                "{\"content_type\":\"Issue\",\"archived_at\":\"2026-01-01T00:00:00Z\","
                "\"content\":{\"html_url\":\"https://github.com/acme/web/issues/6\"}},"
                "{\"content_type\":7},7]",
                "");
}

static void not_items(void **state)
{
    static const char *const bodies[] = {"", "{}", "null", "[1]",
                                         "[{\"message\":\"x\"}]"};
    static const char whole[] = "[" ISSUE("4", SELECT) "]";
    struct rig r;
    struct buf out;

    (void)state;
    begin(&r);
    buf_init(&out, 1 << 20);
    assert_true(read_fields(&r, &all_fields, field_list));
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        assert_false(github_project_read_items(&r.wire, &r.fields, str_of(bodies[i]),
                                               &out, &r.e));
        assert_int_equal(r.e.kind, ERR_PARSE);
    }
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct str cut = {whole, n};

        assert_false(github_project_read_items(&r.wire, &r.fields, cut, &out, &r.e));
    }
    buf_finish(&out);
    arena_destroy(r.a);
}

/* ---- lines ---- */

static void lines(void **state)
{
    struct str rest = STR("acme/web#4\tDoing\t5\n\n-acme/web#6\n\tx\n-\nacme/web#7\t");
    struct github_project_row row;

    (void)state;
    assert_true(github_project_next_row(&rest, &row));
    assert_true(str_eqz(row.key, "acme/web#4") && !row.closed);
    assert_true(str_eqz(row.values, "Doing\t5"));
    assert_true(github_project_next_row(&rest, &row));
    assert_true(str_eqz(row.key, "acme/web#6") && row.closed);
    assert_int_equal(row.values.n, 0);
    assert_true(github_project_next_row(&rest, &row));
    assert_true(str_eqz(row.key, "acme/web#7"));
    assert_false(github_project_next_row(&rest, &row));
}

/* The first project that has a status decides; marks add up. */
static void extras(void **state)
{
    struct github_extra x = {.n_marks = 0};
    struct rig r;

    (void)state;
    begin(&r);
    assert_true(read_fields(&r, &all_fields, field_list));
    assert_true(github_project_extra(&r.fields, STR("\t5\t \tpay"), r.a, &x));
    assert_int_equal(x.status.n, 0);
    assert_int_equal(x.n_marks, 2);
    assert_true(github_project_extra(&r.fields, STR("Doing\t\tWeb"), r.a, &x));
    assert_true(github_project_extra(&r.fields, STR("Done"), r.a, &x));
    assert_true(str_eqz(x.status, "Doing"));
    assert_int_equal(x.n_marks, 3);
    assert_true(str_eqz(x.marks[0].name, "Story Points") &&
                str_eqz(x.marks[0].value, "5"));
    assert_true(str_eqz(x.marks[1].name, "strategic Initiative"));
    assert_true(str_eqz(x.marks[2].value, "Web") && x.marks[2].kind == MARK_FIELD);
    arena_destroy(r.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(wanted_fields),
        cmocka_unit_test(not_fields),
        cmocka_unit_test(items),
        cmocka_unit_test(no_issues_of_ours),
        cmocka_unit_test(not_items),
        cmocka_unit_test(lines),
        cmocka_unit_test(extras),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
