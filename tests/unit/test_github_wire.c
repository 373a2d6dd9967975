/*
 * Pages of issues as GitHub may send them, and what is read out of them. Each
 * tests/data/github/NAME.json is a handmade page; NAME.items says what it
 * holds, in the words of print_item below.
 */
#include "connectors/trackers/github/github_wire.h"

#include "base/date.h"
#include "connectors/trackers/github/github_text.h"
#include "tests/replay/github_rig.h"
#include "tests/replay/recordings.h"

enum { PAGES = 13 };

static const struct github_conf own = {.dependencies = true};
static const struct tracker_conf plain = {.own = &own};

struct page {
    struct arena *a;
    struct feed feed;
    struct github_page page;
    bool ok;
    struct err e;
};

static void read_page(struct page *p, const struct tracker_conf *conf, struct str body)
{
    struct github_wire wire;

    p->a = arena_create((size_t)64 << 20);
    feed_init(&p->feed, p->a);
    assert_true(github_wire_compile(p->a, &wire, &p->e));
    p->ok = github_wire_issues(&wire, conf, STR("acme/web"),
                               rig_time("2026-11-22T12:00:00Z"), body, &p->feed,
                               &p->page, &p->e);
}

static void drop_page(struct page *p)
{
    arena_destroy(p->a);
}

/* ---- what an item is, in words ---- */

static void print_text(struct buf *out, const char *name, struct str value)
{
    if (value.n == 0) {
        return;
    }
    buf_printf(out, "  %s ", name);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];

        if (c < ' ' || c == 0x7f || c == '\\') {
            buf_printf(out, "\\x%02x", c);
        } else {
            buf_addc(out, (char)c);
        }
    }
    buf_addc(out, '\n');
}

static void print_time(struct buf *out, const char *name, struct wall t)
{
    if (t.ms != 0) {
        buf_printf(out, "  %s ", name);
        date_print_iso(out, t);
        if (t.ms % 1000 != 0) {
            buf_printf(out, " %d ms", (int)(t.ms % 1000));
        }
        buf_addc(out, '\n');
    }
}

static void print_item(struct buf *out, const struct item *it)
{
    static const char *const categories[] = {"todo", "in progress", "done"};
    static const char *const outcomes[] = {"open", "completed", "discarded"};

    buf_printf(out, "%.*s %.*s %.*s: %s, %s, level %d%s\n", STR_FMT(it->key),
               STR_FMT(it->vid), STR_FMT(it->status), categories[it->category],
               outcomes[it->outcome], it->level, it->outsider ? ", outsider" : "");
    print_text(out, "title", it->title);
    print_text(out, "type", it->type);
    print_text(out, "url", it->url);
    print_text(out, "author", it->author);
    if (!str_eq(it->author, it->author_name)) {
        print_text(out, "called", it->author_name);
    }
    for (size_t i = 0; i < it->n_assignees; i++) {
        print_text(out, "assignee", it->assignees[i]);
    }
    print_text(out, "parent", it->parent_key);
    if (it->children != 0) {
        buf_printf(out, "  children %d\n", (int)it->children);
    }
    print_time(out, "created", it->created);
    print_time(out, "updated", it->updated);
    print_time(out, "closed", it->closed);
    for (size_t i = 0; i < it->n_marks; i++) {
        char name[64];

        snprintf(name, sizeof name, "mark %c %.*s%s", (char)it->marks[i].kind,
                 STR_FMT(it->marks[i].name), it->marks[i].name.n > 0 ? " =" : "");
        print_text(out, name, it->marks[i].value);
    }
    print_text(out, "excerpt", it->excerpt);
}

static void check_page(const char *path, struct str body, void *arg)
{
    struct page p;
    struct buf got, want, name;

    (void)arg;
    read_page(&p, &plain, body);
    if (!p.ok) {
        fail_msg("%s: %s", path, p.e.msg);
    }
    buf_init(&got, 1 << 20);
    buf_printf(&got, "%zu issues, %d skipped\n", p.feed.n_items, (int)p.feed.skipped);
    for (size_t i = 0; i < p.feed.n_items; i++) {
        print_item(&got, &p.feed.items[i]);
        assert_true(str_eqz(p.feed.items[i].scope, "acme/web"));
        assert_false(p.feed.items[i].restricted);
        assert_int_equal(p.feed.items[i].parent_vid.n, 0);
    }
    buf_init(&name, 4096);
    buf_printf(&name, "%.*sitems", (int)strlen(path) - 4, path);
    if (!recording_read(buf_cstr(&name), &want) ||
        !str_eq(buf_str(&got), buf_str(&want))) {
        fail_msg("%s does not say\n%s", buf_cstr(&name), buf_cstr(&got));
    }
    buf_finish(&got);
    buf_finish(&want);
    buf_finish(&name);
    drop_page(&p);
}

static void handmade_pages(void **state)
{
    (void)state;
    assert_int_equal(recordings_below("tests/data/github", ".json", check_page, NULL),
                     PAGES);
}

/* Whatever a page is cut to, nothing of it is read. */
static void check_prefixes(const char *path, struct str body, void *arg)
{
    (void)arg;
    body = str_trim(body);
    for (size_t n = 0; n < body.n; n++) {
        char *copy = malloc(n + 1);
        struct page p;

        assert_non_null(copy);
        memcpy(copy, body.p, n);
        read_page(&p, &plain, (struct str){copy, n});
        if (p.ok || p.e.kind != ERR_PARSE || p.feed.n_items != 0) {
            fail_msg("%s: %zu bytes of it are a page", path, n);
        }
        drop_page(&p);
        free(copy);
    }
}

static void cut_pages(void **state)
{
    (void)state;
    recordings_below("tests/data/github", ".json", check_prefixes, NULL);
}

/* ---- epics ---- */

static void epics(void **state)
{
    struct str types[] = {STR("Feature"), STR("Theme")};
    struct str labels[] = {STR("kind/epic")};
    static const struct {
        const char *issue; /* the rest of it */
        int level[5];      /* default; types; labels; ten children; none */
    } row[] = {
        {"\"type\":{\"name\":\"Epic\"}", {1, 0, 1, 1, 0}},
        {"\"type\":{\"name\":\"feature\"}", {0, 1, 0, 0, 0}},
        {"\"labels\":[\"EPIC\"]", {1, 1, 0, 1, 0}},
        {"\"labels\":[\"kind/epic\"]", {0, 0, 1, 0, 0}},
        {"\"sub_issues_summary\":{\"total\":3}", {1, 1, 1, 0, 0}},
        {"\"sub_issues_summary\":{\"total\":10}", {1, 1, 1, 1, 0}},
        {"\"sub_issues_summary\":{\"total\":10},\"type\":{\"name\":\"Bug\"}", {0}},
        {"\"x\":0", {0}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct tracker_conf conf[5] = {plain, plain, plain, plain, plain};
        struct buf body;

        conf[1].epics.types = (struct str_list){types, 2};
        conf[2].epics.labels = (struct str_list){labels, 1};
        conf[3].epics.min_children = 10;
        conf[4].epics.none = true;
        buf_init(&body, 4096);
        buf_printf(&body, "[{\"id\":1,\"number\":1,\"title\":\"t\",\"body\":\"b\",%s}]",
                   row[i].issue);
        for (size_t j = 0; j < ARRAY_LEN(conf); j++) {
            struct page p;

            read_page(&p, &conf[j], buf_str(&body));
            assert_true(p.ok);
            if (p.feed.items[0].level != row[i].level[j]) {
                fail_msg("%s under %zu: level %d", row[i].issue, j,
                         p.feed.items[0].level);
            }
            /* Only epics are quoted. */
            assert_int_equal(p.feed.items[0].excerpt.n, row[i].level[j]);
            drop_page(&p);
        }
        buf_finish(&body);
    }
}

/* ---- sizes ---- */

static void add_times(struct buf *out, const char *what, int n)
{
    for (int i = 0; i < n; i++) {
        buf_addz(out, what);
    }
}

static void long_texts(void **state)
{
    struct buf body;
    struct page p;

    (void)state;
    buf_init(&body, 1 << 22);
    buf_addz(&body, "[{\"id\":1,\"number\":1,\"labels\":[\"epic\",\"");
    add_times(&body, "\xc3\xa4", 300);
    buf_addz(&body, "\"],\"title\":\"x");
    add_times(&body, "\xc3\xa4", 1000);
    buf_addz(&body, "\",\"body\":\"");
    add_times(&body, "\xe2\x82\xac", 100000);
    buf_addz(&body, "\",\"html_url\":\"https://github.com/");
    add_times(&body, "a", 3000);
    buf_addz(&body, "\"}]");
    read_page(&p, &plain, buf_str(&body));
    assert_true(p.ok);
    const struct item *it = &p.feed.items[0];

    assert_int_equal(it->title.n, ITEM_MAX_TITLE - 1);
    assert_int_equal(it->marks[1].value.n, ITEM_MAX_VALUE - 1);
    assert_int_equal(it->excerpt.n, ITEM_EXCERPT - 1);
    assert_int_equal(it->url.n, 0);
    drop_page(&p);
    buf_finish(&body);
}

static void many_marks(void **state)
{
    struct buf body;
    struct page p;

    (void)state;
    buf_init(&body, 1 << 22);
    buf_addz(&body, "[{\"id\":1,\"number\":1,\"title\":\"t\",\"labels\":[\"first\"");
    for (int i = 1; i < 600; i++) {
        buf_printf(&body, ",\"l%d\"", i);
    }
    buf_addz(&body, "],\"milestone\":{\"title\":\"m\"},\"body\":\"Initiative: pay\"}]");
    read_page(&p, &plain, buf_str(&body));
    assert_true(p.ok);
    assert_int_equal(p.feed.items[0].n_marks, ITEM_MAX_MARKS + 1);
    assert_true(str_eqz(p.feed.items[0].marks[ITEM_MAX_MARKS - 1].value, "l499"));
    assert_int_equal(p.feed.items[0].marks[ITEM_MAX_MARKS].kind, MARK_REFERENCE);
    drop_page(&p);
    buf_finish(&body);
}

static void times_of_a_page(void **state)
{
    static const struct {
        const char *issues, *newest, *moved;
        bool closed_since;
    } row[] = {
        {"", NULL, NULL, false},
        {"{%}", NULL, NULL, false},
        {"{%,\"updated_at\":\"2026-11-22T11:59:59Z\"}", "2026-11-22T11:59:59Z", NULL,
         false},
        {"{%,\"updated_at\":\"2026-11-22T12:30:00Z\"},"
         "{%,\"updated_at\":\"2026-11-22T12:00:00Z\"},"
         "{%,\"updated_at\":\"2026-11-22T11:00:00Z\"}",
         "2026-11-22T12:30:00Z", "2026-11-22T12:00:00Z", false},
        {"{%,\"closed_at\":\"2026-11-22T12:00:00Z\"}", NULL, NULL, true},
        {"{%,\"pull_request\":{},\"closed_at\":\"2026-11-22T12:00:00Z\"}", NULL, NULL,
         true},
        {"{%,\"closed_at\":\"2026-11-22T11:59:59Z\"}", NULL, NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str rest = str_of(row[i].issues), part;
        struct wall none = {0};
        struct wall newest = row[i].newest ? rig_time(row[i].newest) : none;
        struct wall moved = row[i].moved ? rig_time(row[i].moved) : none;
        struct buf body;
        struct page p;

        buf_init(&body, 4096);
        buf_addc(&body, '[');
        while (str_split(&rest, '%', &part)) {
            buf_add(&body, part);
            if (rest.n > 0) {
                buf_addz(&body, "\"id\":1,\"number\":1,\"title\":\"t\"");
            }
        }
        buf_addc(&body, ']');
        read_page(&p, &plain, buf_str(&body));
        assert_true(p.ok);
        assert_int_equal(p.page.newest.ms, newest.ms);
        assert_int_equal(p.page.moved.ms, moved.ms);
        assert_int_equal(p.page.closed_since, row[i].closed_since);
        drop_page(&p);
        buf_finish(&body);
    }
}

/* ---- plain text ---- */

static void plain_text(void **state)
{
    static const struct {
        const char *markdown, *text;
        size_t max;
    } row[] = {
        {"", "", 100},
        {"words", "words", 100},
        {"# Head\n\n\n\ntext", "Head\n\ntext", 100},
        {"#5 is no heading", "#5 is no heading", 100},
        {"> > quoted", "quoted", 100},
        {"a **b** _c_ d_e `f` ~~g~~", "a b c d_e f g", 100},
        {"* bullet\n- bullet\n2 * 3", "* bullet\n- bullet\n2 * 3", 100},
        {"[text](https://x/y) and [not] (this)", "text and [not] (this)", 100},
        {"![alt](x.png) [![in](a)](b)", "alt in", 100},
        {"<b>bold</b> 1 < 2 <https://x>", "bold 1 < 2 <https://x>", 100},
        {"<details><summary>More</summary>text<br>end</details>", "More text end", 100},
        {"<!-- a\nb --> c", "c", 100},
        {"a <!-- open", "a", 100},
        {"```c\nint x;\n```\nend", "int x;\nend", 100},
        {"\\*kept\\* \\n", "*kept* \\n", 100},
        {"a\r\nb\tc  \r\n", "a\nb c", 100},
        {"0123456789", "01234", 5},
        {"\xe2\x82\xac\xe2\x82\xac", "\xe2\x82\xac", 5},
        {"\xe2\x82\xac\xe2\x82\xac", "\xe2\x82\xac\xe2\x82\xac", 6},
        {"[a](b", "a](b", 100},
    };
    struct arena *a = arena_create(1 << 20);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str got;

        assert_true(github_plain_text(a, str_of(row[i].markdown), row[i].max, &got));
        if (!str_eqz(got, row[i].text)) {
            fail_msg("%s: %.*s", row[i].markdown, STR_FMT(got));
        }
    }
    arena_destroy(a);
}

/* ---- small replies ---- */

static void repositories(void **state)
{
    static const struct {
        const char *body, *id, *name;
    } row[] = {
        {"{\"id\":42,\"full_name\":\"acme/web\",\"owner\":{\"id\":1}}", "42",
         "acme/web"},
        {"{\"id\":42}", NULL, NULL},
        {"{\"id\":\"42\",\"full_name\":\"acme/web\"}", NULL, NULL},
        {"{\"id\":42,\"full_name\":\"acme\"}", NULL, NULL},
        {"{\"id\":42,\"full_name\":\"acme/web/x\"}", NULL, NULL},
        {"[]", NULL, NULL},
        {"", NULL, NULL},
    };
    struct arena *a = arena_create(1 << 20);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str id, name;
        struct err e = {0};
        bool ok = github_wire_repo(a, str_of(row[i].body), &id, &name, &e);

        assert_int_equal(ok, row[i].id != NULL);
        assert_int_equal(e.kind, ok ? ERR_NONE : ERR_PARSE);
        assert_true(!ok || (str_eqz(id, row[i].id) && str_eqz(name, row[i].name)));
    }
    arena_destroy(a);
}

static void messages(void **state)
{
    static const struct {
        const char *body, *message;
    } row[] = {
        {"{\"message\":\"Not Found\"}", "Not Found"},
        {"{\"message\":\" a\\n\\tb \"}", "a b"},
        {"{\"message\":7}", ""},
        {"{\"message\":\"Bad header: Bearer \\u0073ecret, refused\"}", ""},
        {"<html>", ""},
        {"", ""},
    };
    struct arena *a = arena_create(1 << 20);
    struct buf body;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        assert_true(str_eqz(github_wire_message(a, str_of(row[i].body), STR("secret")),
                            row[i].message));
    }
    buf_init(&body, 1 << 20);
    buf_addz(&body, "{\"message\":\"");
    add_times(&body, "\xf0\x9f\x98\x80", 1000);
    buf_addz(&body, "\"}");
    assert_in_range(github_wire_message(a, buf_str(&body), STR_NONE).n, 400, 500);
    buf_finish(&body);
    arena_destroy(a);
}

/* ---- one issue ---- */

static const char moved_issue[] =
    "{\"id\":7001,\"number\":12,\"title\":\"t\",\"state\":\"open\","
    "\"html_url\":\"https://github.com/Acme/Pay/issues/12\","
    "\"updated_at\":\"2026-11-22T11:00:00Z\"}";

struct one {
    struct arena *a;
    struct feed feed;
    struct github_one one;
    bool ok;
    struct err e;
};

static void read_one(struct one *o, const struct tracker_conf *conf, const char *body)
{
    struct github_wire wire;

    *o = (struct one){.a = arena_create((size_t)64 << 20)};
    feed_init(&o->feed, o->a);
    assert_true(github_wire_compile(o->a, &wire, &o->e));
    o->ok = github_wire_issue(&wire, conf, STR("acme/web"), str_of(body), &o->feed,
                              &o->one, &o->e);
}

static void one_issue(void **state)
{
    static const struct {
        const char *body, *id, *repo, *scope, *key;
        bool pull;
    } row[] = {
        {moved_issue, "7001", "Acme/Pay", "Acme/Pay", "Acme/Pay#12", false},
        {"{\"id\":1,\"number\":2,\"title\":\"t\"}", "1", "", "acme/web", "acme/web#2",
         false},
        {"{\"id\":1,\"number\":2,\"title\":\"t\","
         "\"html_url\":\"https://github.com/Acme/Web/issues/2\"}",
         "1", "Acme/Web", "acme/web", "Acme/Web#2", false},
        {"{\"id\":1,\"number\":2,\"title\":\"t\",\"pull_request\":{}}", "1", "", "", "",
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct one o;

        read_one(&o, &plain, row[i].body);
        assert_true(o.ok);
        assert_true(str_eqz(o.one.id, row[i].id));
        assert_true(str_eqz(o.one.repo, row[i].repo));
        assert_int_equal(o.one.pull, row[i].pull);
        assert_int_equal(o.feed.n_items, row[i].pull ? 0 : 1);
        if (!row[i].pull) {
            assert_true(str_eqz(o.feed.items[0].scope, row[i].scope));
            assert_true(str_eqz(o.feed.items[0].key, row[i].key));
        }
        arena_destroy(o.a);
    }
}

static void not_one_issue(void **state)
{
    static const char *const bodies[] = {
        "",
        "null",
        "[]",
        "{}",
        "[{\"id\":1,\"number\":2,\"title\":\"t\"}]",
        "\"x\"",
        /* clang-format off */
        "{\"id\":1,\"number\":2,\"title\":\"t\"},{\"id\":1,\"number\":2,\"title\":\"u\"}",
        /* clang-format on */
        "{\"id\":1,\"number\":2,\"title\":\"t\"}],[",
        "{\"id\":1,\"number\":2,\"title\":\"t\"},",
        "{\"message\":\"Not Found\"}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct one o;

        read_one(&o, &plain, bodies[i]);
        if (o.ok || o.e.kind != ERR_PARSE || o.feed.n_items != 0) {
            fail_msg("an issue: %s", bodies[i]);
        }
        arena_destroy(o.a);
    }
    for (size_t n = 0; n < sizeof moved_issue - 1; n++) {
        char *cut = strndup(moved_issue, n);
        struct one o;

        read_one(&o, &plain, cut);
        assert_false(o.ok);
        arena_destroy(o.a);
        free(cut);
    }
}

/* ---- in progress ---- */

static void in_progress(void **state)
{
    struct str words[] = {STR("Doing"), STR("wip")};
    struct str_pair named[] = {{STR("status"), STR("Stage")}};
    static const struct {
        const char *issue; /* the rest of it */
        const char *status[2];
        bool in_progress[2]; /* as it is; with fields.status */
    } row[] = {
        {"\"assignees\":[{\"login\":\"ada\"}]", {"open", "open"}, {true, true}},
        {"\"labels\":[\"WIP\"]", {"open", "open"}, {true, true}},
        {"\"labels\":[\"wip2\"]", {"open", "open"}, {false, false}},
        {"\"issue_field_values\":[{\"issue_field_name\":\"status\",\"value\":\"doing\"}"
         "]",
         {"doing", "open"},
         {true, false}},
        {"\"issue_field_values\":[{\"issue_field_name\":\"STAGE\",\"value\":\"Idea\"},"
         "{\"issue_field_name\":\"Status\",\"value\":\"Doing\"}]",
         {"Doing", "Idea"},
         {true, false}},
        {"\"state\":\"closed\",\"labels\":[\"wip\"]", {"closed", "closed"}, {false}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct tracker_conf conf[2] = {plain, plain};
        struct buf body;

        buf_init(&body, 4096);
        buf_printf(&body, "[{\"id\":1,\"number\":1,\"title\":\"t\",%s}]", row[i].issue);
        conf[1].fields = (struct str_pair_list){named, 1};
        for (size_t j = 0; j < ARRAY_LEN(conf); j++) {
            struct page p;

            conf[j].in_progress = (struct str_list){words, 2};
            read_page(&p, &conf[j], buf_str(&body));
            assert_true(p.ok);
            const struct item *it = &p.feed.items[0];

            if (!str_eqz(it->status, row[i].status[j]) ||
                (it->category == ITEM_IN_PROGRESS) != row[i].in_progress[j]) {
                fail_msg("%s under %zu: %.*s", row[i].issue, j, STR_FMT(it->status));
            }
            drop_page(&p);
        }
        buf_finish(&body);
    }
}

/* What a project says of an issue is on the item as if it had come with it. */
static void from_a_project(void **state)
{
    struct str words[] = {STR("Doing")};
    struct tracker_conf conf = {.in_progress = {words, 1}, .own = &own};
    struct mark marks[] = {{MARK_FIELD, STR("Initiative"), STR("pay-later")}};
    struct github_extra extra = {STR("Doing"), marks, 1};
    struct map *extras = map_create();
    struct arena *a = arena_create(1 << 20);
    struct github_wire wire;
    struct github_page page;
    struct feed feed;
    struct err e;

    (void)state;
    feed_init(&feed, a);
    assert_true(github_wire_compile(a, &wire, &e));
    assert_true(map_set(extras, STR("acme/web#2"), &extra));
    wire.extras = extras;
    assert_true(github_wire_issues(&wire, &conf, STR("acme/web"),
                                   rig_time("2026-11-22T12:00:00Z"),
                                   STR("[{\"id\":1,\"number\":1,\"title\":\"t\"},"
                                       "{\"id\":2,\"number\":2,\"title\":\"t\"}]"),
                                   &feed, &page, &e));
    assert_int_equal(feed.items[0].n_marks, 0);
    assert_int_equal(feed.items[0].category, ITEM_TODO);
    assert_int_equal(feed.items[1].n_marks, 1);
    assert_true(str_eqz(feed.items[1].marks[0].name, "Initiative"));
    assert_true(str_eqz(feed.items[1].marks[0].value, "pay-later"));
    assert_true(str_eqz(feed.items[1].status, "Doing"));
    assert_int_equal(feed.items[1].category, ITEM_IN_PROGRESS);
    map_destroy(extras);
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handmade_pages), cmocka_unit_test(cut_pages),
        cmocka_unit_test(epics),          cmocka_unit_test(long_texts),
        cmocka_unit_test(many_marks),     cmocka_unit_test(times_of_a_page),
        cmocka_unit_test(plain_text),     cmocka_unit_test(repositories),
        cmocka_unit_test(messages),       cmocka_unit_test(one_issue),
        cmocka_unit_test(not_one_issue),  cmocka_unit_test(in_progress),
        cmocka_unit_test(from_a_project),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
