/* Jira's answers as items: handmade pages with every quirk that was met. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>

#include "base/attr.h"
#include "base/date.h"
#include "connectors/trackers/jira/jira.h"
#include "connectors/trackers/jira/jira_fields.h"
#include "connectors/trackers/jira/jira_wire.h"
#include "tests/replay/recordings.h"

struct world {
    struct arena *a;
    struct jira_conf own;
    struct tracker_conf conf;
    struct jira_fields fields;
    struct jira_reader reader;
    struct feed feed;
    struct buf text; /* of the last file */
};

static void world_init(struct world *w)
{
    *w = (struct world){.a = arena_create(64 << 20)};
    assert_non_null(w->a);
    w->conf.own = &w->own;
    buf_init(&w->text, 0);
    feed_init(&w->feed, w->a);
}

static void world_finish(struct world *w)
{
    buf_finish(&w->text);
    arena_destroy(w->a);
}

static struct str load(struct world *w, const char *name)
{
    char path[200];

    buf_finish(&w->text);
    (void)snprintf(path, sizeof path, "tests/data/jira/%s", name);
    if (!recording_read(path, &w->text)) {
        fail_msg("%s is missing", path);
    }
    return buf_str(&w->text);
}

static bool find_fields(struct world *w, const char *file, struct err *e)
{
    return jira_fields_find(&w->conf, load(w, file), w->a, &w->fields, e);
}

static void must(bool ok, const struct err *e)
{
    if (!ok) {
        fail_msg("%s", e->msg);
    }
}

static void read_page(struct world *w, const char *file, struct jira_page *ret)
{
    struct err e;

    must(jira_reader_init(&w->reader, &w->conf, &w->fields, STR("https://acme.com"),
                          w->a, &e),
         &e);
    must(jira_read_page(load(w, file), &w->reader, &w->feed, ret, &e), &e);
}

/* ---- an item as lines ---- */

static void add_time(struct buf *b, const char *name, struct wall t)
{
    if (t.ms != 0) {
        buf_printf(b, " %s ", name);
        date_print_iso(b, t);
    }
}

static void print_item(struct buf *b, const struct item *it)
{
    static const char *const categories[] = {"todo", "doing", "done"};
    static const char *const outcomes[] = {"open", "completed", "discarded"};

    buf_printf(b, "%.*s #%.*s in %.*s level %d %s/%s [%.*s|%.*s]%s\n", STR_FMT(it->key),
               STR_FMT(it->vid), STR_FMT(it->scope), it->level,
               categories[it->category], outcomes[it->outcome], STR_FMT(it->type),
               STR_FMT(it->status), it->restricted ? " restricted" : "");
    buf_printf(b, "  %.*s <%.*s>\n ", STR_FMT(it->title), STR_FMT(it->url));
    add_time(b, "created", it->created);
    add_time(b, "updated", it->updated);
    add_time(b, "closed", it->closed);
    buf_printf(b, "\n  by %.*s (%.*s)", STR_FMT(it->author), STR_FMT(it->author_name));
    for (size_t i = 0; i < it->n_assignees; i++) {
        buf_printf(b, " for %.*s", STR_FMT(it->assignees[i]));
    }
    buf_printf(b, " parent #%.*s %.*s\n", STR_FMT(it->parent_vid),
               STR_FMT(it->parent_key));
    for (size_t i = 0; i < it->n_blockers; i++) {
        buf_printf(b, "  waits for %.*s\n", STR_FMT(it->blockers[i]));
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        buf_printf(b, "  %c %.*s=%.*s\n", (char)it->marks[i].kind,
                   STR_FMT(it->marks[i].name), STR_FMT(it->marks[i].value));
    }
    if (it->excerpt.n > 0) {
        buf_printf(b, "  \"%.*s\"\n", STR_FMT(it->excerpt));
    }
}

static void assert_items(struct world *w, const char *file)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < w->feed.n_items; i++) {
        print_item(&b, &w->feed.items[i]);
    }
    struct str want = load(w, file);

    if (!str_eq(buf_str(&b), want)) {
        fail_msg("%s differs; it is now:\n%s", file, buf_cstr(&b));
    }
    buf_finish(&b);
}

static void set_fields(struct world *w, struct str_pair *pairs, size_t n)
{
    w->conf.fields.v = pairs;
    w->conf.fields.n = n;
}

/* ---- pages ---- */

static void a_page_of_cloud(void **state)
{
    struct str_pair fields[] = {
        {STR("initiative"), STR("strategic initiative")},
        {STR("bet"), STR("Bet")},
        {STR("themes"), STR("customfield_10071")},
        {STR("sponsor"), STR("Sponsor")},
        {STR("why"), STR("Why")},
        {STR("groups"), STR("Groups")},
        {STR("tags"), STR("Tags")},
        {STR("strategy"), STR("Strategy issue")},
        {STR("goal"), STR("Goal")},
        {STR("team"), STR("auto")},
        {STR("points"), STR("auto")},
        {STR("sprint"), STR("auto")},
    };
    struct str links[] = {STR("implements")}, waits[] = {STR("kommt nach")};
    struct jira_page page;
    struct world w;
    struct err e;

    (void)state;
    world_init(&w);
    set_fields(&w, fields, ARRAY_LEN(fields));
    w.conf.link_types = (struct str_list){links, 1};
    w.own.blocked_by = (struct str_list){waits, 1};
    must(find_fields(&w, "cloud-fields.json", &e), &e);
    read_page(&w, "cloud-page.json", &page);
    assert_items(&w, "cloud-page.txt");
    assert_true(str_eqz(page.next, "CAEaAggD"));
    assert_int_equal(page.returned, 7);
    assert_int_equal(page.total, -1);
    assert_int_equal(w.feed.skipped, 1); /* PAY-17: no fields */
    world_finish(&w);
}

static void a_page_of_data_center(void **state)
{
    struct str_pair fields[] = {{STR("team"), STR("auto")},
                                {STR("points"), STR("auto")},
                                {STR("sprint"), STR("auto")}};
    struct str review[] = {STR("review")};
    struct jira_page page;
    struct world w;
    struct err e;

    (void)state;
    world_init(&w);
    set_fields(&w, fields, ARRAY_LEN(fields));
    w.conf.in_progress = (struct str_list){review, 1};
    must(find_fields(&w, "dc-fields.json", &e), &e);
    read_page(&w, "dc-page.json", &page);
    assert_items(&w, "dc-page.txt");
    assert_int_equal(page.next.n, 0);
    assert_int_equal(page.start, 100);
    assert_int_equal(page.total, 103);
    /* The least of the last dates: a late one may not tell how far it got. */
    assert_int_equal(page.reached.ms, INT64_C(1477088449000));
    world_finish(&w);
}

/* ---- levels and outcomes by configuration ---- */

static int level_of(const char *type, const char *label,
                    const struct tracker_conf *conf)
{
    struct jira_fields none = {0};
    struct jira_reader reader;
    struct jira_page page;
    struct feed f;
    struct err e;
    struct arena *a = arena_create(1 << 20);
    struct buf b;

    buf_init(&b, 4096);
    buf_printf(&b,
               "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"status\":{},"
               "\"issuetype\":%s,"
               "\"labels\":[\"%s\"]}}]}",
               type, label);
    feed_init(&f, a);
    must(jira_reader_init(&reader, conf, &none, STR("https://x"), a, &e), &e);
    must(jira_read_page(buf_str(&b), &reader, &f, &page, &e), &e);
    int level = f.items[0].level;

    buf_finish(&b);
    arena_destroy(a);
    return level;
}

#define LEVEL(name, n) "{\"name\":\"" name "\",\"hierarchyLevel\":" n "}"

static void levels_follow_the_configuration(void **state)
{
    struct str feature = STR("Feature"), big = STR("Big");
    struct jira_conf own = {{0}};
    struct tracker_conf plain = {.own = &own};
    struct tracker_conf types = {.own = &own, .epics = {.types = {&feature, 1}}};
    struct tracker_conf labels = {.own = &own, .epics = {.labels = {&big, 1}}};
    struct tracker_conf none = {.own = &own, .epics = {.none = true}};
    const struct {
        const char *type, *label;
        int plain, types, labels, none;
    } rows[] = {
        {LEVEL("Epic", "1"), "x", 1, 0, 1, 0},
        {LEVEL("Epic", "2"), "x", 2, 0, 2, 0},
        {LEVEL("Epic", "0"), "x", 0, 0, 0, 0}, /* named so, but it is none */
        {LEVEL("feature", "0"), "big", 0, 1, 1, 0},
        {LEVEL("Feature", "4"), "x", 4, 4, 4, 0},
        {LEVEL("Feature", "-1"), "big", -1, -1, -1, -1},
        {LEVEL("Epic", "99999999999"), "x", 10, 0, 10, 0},
        {LEVEL("Epic", "\"2\""), "x", 2, 0, 2, 0},
        {"{\"name\":\"Epic\"}", "x", 1, 0, 1, 0},
        {"{\"name\":\"Task\",\"subtask\":true}", "big", -1, -1, -1, -1},
        {"{\"name\":\"Task\"}", "x", 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(level_of(rows[i].type, rows[i].label, &plain), rows[i].plain);
        assert_int_equal(level_of(rows[i].type, rows[i].label, &types), rows[i].types);
        assert_int_equal(level_of(rows[i].type, rows[i].label, &labels),
                         rows[i].labels);
        assert_int_equal(level_of(rows[i].type, rows[i].label, &none), rows[i].none);
    }
}

static enum item_outcome outcome_of(const char *category, const char *resolution)
{
    struct str paused = STR("Paused");
    struct jira_conf own = {.discarded = {&paused, 1}};
    struct tracker_conf conf = {.own = &own};
    struct jira_fields none = {0};
    struct jira_reader reader;
    struct jira_page page;
    struct feed f;
    struct err e;
    struct arena *a = arena_create(1 << 20);
    struct buf b;

    buf_init(&b, 4096);
    buf_printf(&b,
               "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"status\":{"
               "\"statusCategory\":{\"key\":\"%s\"}},\"resolution\":%s}}]}",
               category, resolution);
    feed_init(&f, a);
    must(jira_reader_init(&reader, &conf, &none, STR("https://x"), a, &e), &e);
    must(jira_read_page(buf_str(&b), &reader, &f, &page, &e), &e);
    enum item_outcome outcome = f.items[0].outcome;

    buf_finish(&b);
    arena_destroy(a);
    return outcome;
}

static void outcomes_follow_resolutions(void **state)
{
    static const struct {
        const char *category, *resolution;
        enum item_outcome want;
    } rows[] = {
        {"done", "{\"name\":\"Fixed\"}", ITEM_COMPLETED},
        {"done", "{\"name\":\"Done\"}", ITEM_COMPLETED},
        {"done", "null", ITEM_COMPLETED},
        {"done", "{\"name\":\"won't fix\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"Won\\u2019t Fix\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"Duplicate\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"Cannot Reproduce\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"Declined\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"paused\"}", ITEM_DISCARDED},
        {"done", "{\"name\":\"Duplicated effort\"}", ITEM_COMPLETED},
        {"indeterminate", "{\"name\":\"Won't Do\"}", ITEM_OPEN},
        {"new", "null", ITEM_OPEN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(outcome_of(rows[i].category, rows[i].resolution),
                         rows[i].want);
    }
}

/* ---- fields ---- */

static void fields_that_cannot_be_told_are_located(void **state)
{
    static const struct {
        const char *key, *value, *want;
    } rows[] = {
        {"initiative", "Source",
         "fields.initiative: 'Source' is the name of 2 fields in Jira, give an id: "
         "customfield_10051 (string), customfield_10052 (string)"},
        {"initiative", "Strategic initative",
         "fields.initiative: no field 'Strategic initative' is visible in Jira, did "
         "you mean "
         "'Strategic Initiative' (customfield_10050)?"},
        {"initiative", "Completely else",
         "fields.initiative: no field 'Completely else' is visible in Jira"},
        {"x", "Description",
         "fields.x: the description is read for 'Initiative:' lines, its text is no "
         "field "
         "value"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str_pair pair = {str_of(rows[i].key), str_of(rows[i].value)};
        struct world w;
        struct err e;

        world_init(&w);
        set_fields(&w, &pair, 1);
        assert_false(find_fields(&w, "cloud-fields.json", &e));
        assert_int_equal(e.kind, ERR_CONFIG);
        assert_string_equal(e.msg, rows[i].want);
        world_finish(&w);
    }
}

/* Values of custom fields as REST shows each type, one issue each. */
static void every_custom_type_is_read(void **state)
{
    static const struct {
        const char *value, *want; /* marks, joined by | */
    } rows[] = {
        {"null", ""},
        {"\"text\"", "text"},
        {"\"\"", ""},
        {"8", "8"},
        {"3.5", "3.5"},
        {"true", ""},
        {"{\"self\":\"x\",\"value\":\"Bet A\",\"id\":\"1\"}", "Bet A"},
        {"[{\"value\":\"A\"},{\"value\":\"B\"}]", "A|B"},
        {"{\"value\":\"EU\",\"child\":{\"value\":\"DE\"}}", "EU|DE"},
        {"{\"accountId\":\"5b\",\"displayName\":\"Ana\"}", "Ana"},
        {"{\"name\":\"ana\",\"key\":\"ana\",\"displayName\":\"Ana S\"}", "Ana S"},
        {"[{\"displayName\":\"Ana\"},{\"displayName\":\"Ben\"}]", "Ana|Ben"},
        {"{\"name\":\"devs\",\"groupId\":\"g-1\"}", "devs"},
        {"[{\"name\":\"devs\"},{\"name\":\"ops\"}]", "devs|ops"},
        {"[\"red\",\"blue\"]", "red|blue"},
        {"{\"id\":\"1\",\"name\":\"Core\",\"title\":\"Core\",\"isShared\":true}",
         "Core"},
        {"[{\"id\":7,\"name\":\"Sprint 12\",\"state\":\"active\"}]", "Sprint 12"},
        {"[\"com.atlassian.greenhopper.service.sprint.Sprint@1[id=7,state=ACTIVE,"
         "name=A, b,startDate=<null>]\"]",
         "A, b"},
        {"{\"id\":\"1\",\"key\":\"OKR-3\"}", "OKR-3"},
        {"[\"Goal A (OKR-7)\"]", "Goal A (OKR-7)"},
        {"[{\"workspaceId\":\"w\",\"label\":\"Laptop\"}]", "Laptop"},
        {"{\"value\":5}", "5"},
        {"{\"type\":\"doc\",\"version\":1,\"content\":[{\"type\":\"paragraph\","
         "\"content\":[{\"type\":\"text\",\"text\":\"Why\"}]}]}",
         "Why"},
        {"[[[[[[\"deep\"]]]]]]", ""},
    };
    struct jira_mark_field mark = {STR("customfield_1"), STR("Bet")};
    struct jira_fields fields = {.marks = &mark, .n_marks = 1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct jira_page page;
        struct world w;
        struct buf b, got;
        struct err e;

        world_init(&w);
        buf_init(&b, 4096);
        buf_init(&got, 4096);
        buf_printf(&b,
                   "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{"
                   "\"status\":{},\"customfield_1\":%s}}]}",
                   rows[i].value);
        must(jira_reader_init(&w.reader, &w.conf, &fields, STR("https://x"), w.a, &e),
             &e);
        must(jira_read_page(buf_str(&b), &w.reader, &w.feed, &page, &e), &e);
        for (size_t m = 0; m < w.feed.items[0].n_marks; m++) {
            assert_true(str_eqz(w.feed.items[0].marks[m].name, "Bet"));
            buf_printf(&got, "%s%.*s", m > 0 ? "|" : "",
                       STR_FMT(w.feed.items[0].marks[m].value));
        }
        if (strcmp(buf_cstr(&got), rows[i].want) != 0) {
            fail_msg("%s is read as '%s'", rows[i].value, buf_cstr(&got));
        }
        buf_finish(&b);
        buf_finish(&got);
        world_finish(&w);
    }
}

/* Which fields were taken, and for `auto` which might have been meant, too. */
static void choices_are_told(void **state)
{
    struct str_pair pairs[] = {{STR("points"), STR("auto")},
                               {STR("team"), STR("auto")},
                               {STR("initiative"), STR("Bet")}};
    static const char list[] =
        "[{\"id\":\"customfield_1\",\"name\":\"Story point estimate\",\"schema\":{"
        "\"custom\":\"com.pyxis.greenhopper.jira:jsw-story-points\"}},"
        "{\"id\":\"customfield_2\",\"name\":\"Story Points\",\"schema\":{\"custom\":"
        "\"com.atlassian.jira.plugin.system.customfieldtypes:float\"}},"
        "{\"id\":\"customfield_3\",\"name\":\"QA Points\",\"schema\":{\"custom\":"
        "\"com.atlassian.jira.plugin.system.customfieldtypes:float\"}},"
        "{\"id\":\"customfield_4\",\"name\":\"Dev team\",\"schema\":{\"custom\":"
        "\"com.atlassian.jira.plugin.system.customfieldtypes:select\"}},"
        "{\"id\":\"customfield_5\",\"name\":\"bet\"}]";
    static const struct {
        bool found;
        const char *text;
    } want[] = {
        {true, "customfield_1 'Story point estimate' (jsw-story-points), customfield_2 "
               "'Story Points' (float); not taken: customfield_3 'QA Points' (float)"},
        {false, "none found; not taken: customfield_4 'Dev team' (select)"},
        {true, "customfield_5 'bet' (of no type)"},
    };
    struct world w;
    struct err e;

    (void)state;
    world_init(&w);
    set_fields(&w, pairs, ARRAY_LEN(pairs));
    must(jira_fields_find(&w.conf, str_of(list), w.a, &w.fields, &e), &e);
    assert_int_equal(w.fields.n_choices, ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_int_equal(w.fields.choices[i].found, want[i].found);
        assert_string_equal(w.fields.choices[i].text.p, want[i].text);
    }
    world_finish(&w);
}

static void automatic_fields_may_be_missing(void **state)
{
    struct str_pair pairs[] = {{STR("points"), STR("auto")},
                               {STR("team"), STR("auto")}};
    struct world w;
    struct err e;

    (void)state;
    world_init(&w);
    set_fields(&w, pairs, 2);
    must(jira_fields_find(&w.conf, STR("[{\"id\":\"summary\"}]"), w.a, &w.fields, &e),
         &e);
    assert_int_equal(w.fields.n_marks, 0);
    world_finish(&w);
}

static void too_many_fields_are_an_error(void **state)
{
    struct str_pair pair = {STR("initiative"), STR("Goal")};
    struct world w;
    struct buf b;
    struct err e;

    (void)state;
    world_init(&w);
    set_fields(&w, &pair, 1);
    buf_init(&b, 1 << 20);
    buf_addc(&b, '[');
    for (int i = 0; i < 41; i++) {
        buf_printf(&b, "%s{\"id\":\"customfield_%d\",\"name\":\"Goal\",\"scope\":{}}",
                   i > 0 ? "," : "", i);
    }
    buf_addc(&b, ']');
    assert_false(jira_fields_find(&w.conf, buf_str(&b), w.a, &w.fields, &e));
    assert_int_equal(e.kind, ERR_CONFIG);
    buf_finish(&b);
    world_finish(&w);
}

/* ---- hostile pages ---- */

/* At most so many marks, and labels are the last to go. */
static void marks_are_bounded(void **state)
{
    struct jira_page page;
    struct world w;
    struct buf b;
    struct err e;

    (void)state;
    world_init(&w);
    buf_init(&b, 4 << 20);
    buf_addz(&b, "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"status\":{},"
                 "\"components\":[");
    for (int i = 0; i < 600; i++) {
        buf_printf(&b, "%s{\"name\":\"c%d\"}", i > 0 ? "," : "", i);
    }
    buf_addz(&b, "],\"labels\":[");
    for (int i = 0; i < 499; i++) {
        buf_printf(&b, "%s\"%0300d\"", i > 0 ? "," : "", i);
    }
    buf_addz(&b, "]}}]}");
    must(jira_reader_init(&w.reader, &w.conf, &w.fields, STR(""), w.a, &e), &e);
    must(jira_read_page(buf_str(&b), &w.reader, &w.feed, &page, &e), &e);
    assert_int_equal(w.feed.items[0].n_marks, ITEM_MAX_MARKS);
    assert_int_equal(w.feed.items[0].marks[498].kind, MARK_LABEL);
    assert_int_equal(w.feed.items[0].marks[498].value.n, ITEM_MAX_VALUE);
    assert_int_equal(w.feed.items[0].marks[499].kind, MARK_COMPONENT);
    assert_int_equal(w.feed.items[0].url.n, 0);
    buf_finish(&b);
    world_finish(&w);
}

static void depth_is_an_error_not_a_crash(void **state)
{
    struct jira_page page;
    struct world w;
    struct buf b;
    struct err e;

    (void)state;
    for (int depth = 10; depth <= 100000; depth *= 100) {
        world_init(&w);
        buf_init(&b, 4 << 20);
        buf_addz(&b,
                 "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"status\":{},"
                 "\"description\":");
        for (int i = 0; i < depth; i++) {
            buf_addz(&b, "{\"content\":[");
        }
        for (int i = 0; i < depth; i++) {
            buf_addz(&b, "]}");
        }
        buf_addz(&b, "}}]}");
        must(jira_reader_init(&w.reader, &w.conf, &w.fields, STR(""), w.a, &e), &e);
        bool ok = jira_read_page(buf_str(&b), &w.reader, &w.feed, &page, &e);

        assert_int_equal(ok, depth == 10);
        assert_true(ok || e.kind == ERR_LIMIT);
        buf_finish(&b);
        world_finish(&w);
    }
}

/* Every handmade page, cut at every byte: an error, and nothing is taken. */
static void every_prefix_is_an_error(void **state)
{
    static const char *const pages[] = {"cloud-page.json", "dc-page.json"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        struct world w;
        struct err e;

        world_init(&w);
        struct arena *a = arena_create(64 << 20);
        struct str whole = str_trim(load(&w, pages[i]));

        must(jira_reader_init(&w.reader, &w.conf, &w.fields, STR("https://x"), w.a, &e),
             &e);
        for (size_t n = 0; n < whole.n; n++) {
            struct jira_page page;
            struct feed f;

            arena_reset(a);
            feed_init(&f, a);
            assert_false(jira_read_page(str_first(whole, n), &w.reader, &f, &page, &e));
            assert_int_equal(e.kind, ERR_PARSE);
            assert_int_equal(f.n_items, 0);
        }
        arena_destroy(a);
        world_finish(&w);
    }
}

/* Out of memory at every allocation of the arena is an error of that kind. */
static void a_small_arena_is_out_of_memory(void **state)
{
    struct world w;
    struct err e;
    bool ok = false;

    (void)state;
    world_init(&w);
    struct str body = load(&w, "cloud-page.json");

    must(jira_reader_init(&w.reader, &w.conf, &w.fields, STR("https://x"), w.a, &e),
         &e);
    for (size_t ceiling = 16; !ok; ceiling += 16) {
        struct arena *a = arena_create(ceiling);
        struct jira_page page;
        struct feed f;

        feed_init(&f, a);
        ok = jira_read_page(body, &w.reader, &f, &page, &e);
        assert_true(ok || e.kind == ERR_NOMEM);
        arena_destroy(a);
        assert_true(ceiling < 1 << 20);
    }
    world_finish(&w);
}

/* ---- descriptions that need not be read ---- */

static size_t references_in(const char *description)
{
    struct jira_page page;
    struct world w;
    struct buf b;
    struct err e;

    world_init(&w);
    buf_init(&b, 1 << 20);
    buf_printf(&b,
               "{\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":{\"status\":{},"
               "\"description\":%s}}]}",
               description);
    must(jira_reader_init(&w.reader, &w.conf, &w.fields, STR(""), w.a, &e), &e);
    must(jira_read_page(buf_str(&b), &w.reader, &w.feed, &page, &e), &e);
    size_t n = w.feed.items[0].n_marks;

    buf_finish(&b);
    world_finish(&w);
    return n;
}

static void references_are_found_in_any_case(void **state)
{
    static const struct {
        const char *description;
        size_t n;
    } rows[] = {
        {"\"Initiative: a\"", 1},
        {"\"iNITIATIVE: a\"", 1},
        {"\"STRATEGY: a, b\"", 2},
        {"\"x\\nstrategy: a\\ninitiatIVe: b\"", 2},
        {"\"vvvvvvvviiiinitiativ: e gggstrateg: y\"", 0},
        {"\"v\"", 0},
        {"\"initiativ\"", 0},
        {"\"\"", 0},
        {"null", 0},
        {"{\"content\":[{\"type\":\"text\",\"text\":\"Initiative: a\"}]}", 1},
        {"{\"content\":[{\"type\":\"text\",\"text\":\"nothing\"}]}", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(references_in(rows[i].description), rows[i].n);
    }
}

/* ---- out of memory in the JSON library ---- */

static size_t allocations_left;

static void *failing_malloc(size_t n)
{
    if (allocations_left == 0) {
        return NULL;
    }
    allocations_left--;
    return malloc(n);
}

static uint64_t hash_of(const struct feed *f, struct str key)
{
    for (size_t i = 0; i < f->n_items; i++) {
        if (str_eq(f->items[i].key, key)) {
            return item_hash(&f->items[i]);
        }
    }
    return 0;
}

/* No item is ever taken with a part missing; jansson may call it a syntax error. */
static void json_out_of_memory_costs_whole_items(void **state)
{
    struct jira_page page;
    struct world w;
    struct err e;
    size_t taken = 0;

    (void)state;
    world_init(&w);
    read_page(&w, "cloud-page.json", &page);
    for (size_t k = 0; taken < w.feed.n_items; k++) {
        struct arena *a = arena_create(1 << 20);
        struct feed f;

        feed_init(&f, a);
        allocations_left = k;
        json_set_alloc_funcs(failing_malloc, free);
        bool ok = jira_read_page(buf_str(&w.text), &w.reader, &f, &page, &e);

        json_set_alloc_funcs(malloc, free);
        assert_true(ok || e.kind == ERR_NOMEM || e.kind == ERR_PARSE);
        taken = ok ? f.n_items : 0;
        for (size_t i = 0; i < taken; i++) {
            assert_true(item_hash(&f.items[i]) == hash_of(&w.feed, f.items[i].key));
        }
        arena_destroy(a);
        assert_true(k < 100000);
    }
    world_finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_cloud),
        cmocka_unit_test(a_page_of_data_center),
        cmocka_unit_test(levels_follow_the_configuration),
        cmocka_unit_test(outcomes_follow_resolutions),
        cmocka_unit_test(fields_that_cannot_be_told_are_located),
        cmocka_unit_test(every_custom_type_is_read),
        cmocka_unit_test(choices_are_told),
        cmocka_unit_test(automatic_fields_may_be_missing),
        cmocka_unit_test(too_many_fields_are_an_error),
        cmocka_unit_test(marks_are_bounded),
        cmocka_unit_test(depth_is_an_error_not_a_crash),
        cmocka_unit_test(every_prefix_is_an_error),
        cmocka_unit_test(a_small_arena_is_out_of_memory),
        cmocka_unit_test(references_are_found_in_any_case),
        cmocka_unit_test(json_out_of_memory_costs_whole_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
