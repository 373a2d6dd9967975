/* Timelines of GitHub issues, and the spans of being in progress they tell. */
#include "connectors/trackers/github/github_timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/date.h"

struct told {
    struct arena *a;
    struct github_timeline t;
    const struct project *p;
    struct item_span *spans;
    size_t n;
    bool agrees;
};

static void begin(struct told *t)
{
    struct err e;

    *t = (struct told){.a = arena_create(16 << 20)};
    t->t.a = t->a;
    assert_true(github_timeline_compile(t->a, &t->p, &e));
}

static bool read_page(struct told *t, const char *body, struct err *e)
{
    return github_timeline_read(t->p, str_of(body), &t->t, e);
}

/* The events, each "KIND WHAT DAY", day of November 2026; in order. */
static void read_events(struct told *t, const char *const *events)
{
    struct buf body;
    struct err e;

    buf_init(&body, 1 << 16);
    buf_addc(&body, '[');
    for (size_t i = 0; events[i] != NULL; i++) {
        char kind[40], what[40];
        int day;

        assert_int_equal(sscanf(events[i], "%39s %39s %d", kind, what, &day), 3);
        buf_printf(&body,
                   "%s{\"event\":\"%s\",\"created_at\":\"2026-11-%02dT09:00:00Z\"",
                   i > 0 ? "," : "", kind, day);
        if (strstr(kind, "assigned") != NULL) {
            buf_printf(&body,
                       ",\"assignee\":{\"login\":\"%s\"},\"actor\":{\"login\":\"x\"}",
                       what);
        } else if (strstr(kind, "label") != NULL) {
            buf_printf(&body, ",\"label\":{\"name\":\"%s\",\"color\":\"fff\"}", what);
        }
        buf_addc(&body, '}');
    }
    buf_addc(&body, ']');
    if (!read_page(t, buf_cstr(&body), &e)) {
        fail_msg("%s", e.msg);
    }
    buf_finish(&body);
}

static void check(const char *const *events, bool in_progress, const char *want)
{
    struct str words[] = {STR("doing")};
    const struct tracker_conf conf = {.in_progress = {words, 1}};
    const struct github_standing now = {in_progress, STR("Doing"), STR("now,here")};
    struct told t;
    struct buf got;

    begin(&t);
    read_events(&t, events);
    assert_true(github_timeline_spans(&t.t, &conf, &now, &t.spans, &t.n, &t.agrees));
    buf_init(&got, 4096);
    for (size_t i = 0; i < t.n; i++) {
        const struct item_span *s = &t.spans[i];
        struct buf day;

        buf_init(&day, 100);
        date_print_iso(&day, s->started);
        buf_printf(&got, "%.2s-", buf_cstr(&day) + 8);
        buf_clear(&day);
        date_print_iso(&day, s->ended);
        buf_printf(&got, "%.2s %.*s %.*s; ", s->ended.ms > 0 ? buf_cstr(&day) + 8 : "",
                   STR_FMT(s->status), STR_FMT(s->assignees));
        buf_finish(&day);
    }
    buf_addz(&got, t.agrees ? "" : "disagrees");
    assert_string_equal(buf_cstr(&got), want);
    buf_finish(&got);
    arena_destroy(t.a);
}

#define EVENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void spans(void **state)
{
    (void)state;
    check(EVENTS("assigned ada 2", "closed - 5"), false, "02-05 open ada; ");
    check(EVENTS("assigned ada 2"), true, "02- Doing now,here; ");
    check(EVENTS("assigned ada 2", "unassigned ada 3"), false, "02-03 open ada; ");
    check(EVENTS("assigned ada 2", "closed - 5", "reopened - 7", "unassigned Ada 8"),
          false, "02-05 open ada; 07-08 open ada; ");
    /* Another assignee is another span. */
    check(EVENTS("assigned ada 2", "assigned ben 3", "unassigned ada 4", "closed - 5"),
          false, "02-03 open ada; 03-04 open ada,ben; 04-05 open ben; ");
    check(EVENTS("labeled doing 2", "labeled other 3", "unlabeled doing 4"), false,
          "02-04 open ; ");
    check(EVENTS("labeled Doing 2", "assigned ada 3", "unlabeled doing 4"), true,
          "02-03 open ; 03- Doing now,here; ");
    check(EVENTS("labeled other 2", "closed - 3"), false, "");
    check(EVENTS("subscribed - 2", "mentioned - 2"), false, "");
}

static void moments(void **state)
{
    (void)state;
    /* Created with two assignees. */
    check(EVENTS("assigned ada 2", "assigned ben 2", "closed - 4"), false,
          "02-04 open ada,ben; ");
    check(EVENTS("assigned ada 2", "unassigned ada 2"), false, "");
    check(EVENTS("assigned ada 2", "assigned ada 3", "closed - 4", "closed - 5"), false,
          "02-04 open ada; ");
    /* Out of order. */
    check(EVENTS("closed - 5", "assigned ada 2"), false, "02-05 open ada; ");
    /* The account is deleted. */
    check(EVENTS("assigned - 2", "closed - 5"), false, "02-05 open -; ");
}

static void disagreement(void **state)
{
    (void)state;
    check(EVENTS("assigned ada 2"), false, "02- Doing now,here; disagrees");
    check(EVENTS("assigned ada 2", "closed - 4"), true, "02-04 open ada; disagrees");
    check(EVENTS("subscribed - 2"), true, "disagrees");
}

static void odd_events(void **state)
{
    static const char body[] =
        "[{\"event\":\"committed\",\"sha\":\"x\"},{\"event\":7},{},null,"
        "{\"event\":\"assigned\"},{\"event\":\"assigned\",\"created_at\":7,"
        "\"assignee\":{}},"
        "{\"event\":\"assigned\",\"created_at\":\"2026-11-02T09:00:00Z\",\"assignee\":"
        "null},"
        "{\"event\":\"closed\",\"created_at\":\"2026-11-03T09:00:00Z\",\"state_"
        "reason\":null}]";
    struct told t;
    struct err e;

    (void)state;
    begin(&t);
    assert_true(read_page(&t, body, &e));
    assert_int_equal(t.t.n, 2);
    assert_int_equal(t.t.v[0].kind, GITHUB_EVENT_ASSIGNED);
    assert_int_equal(t.t.v[0].what.n, 0);
    for (size_t n = 0; n < sizeof body - 1; n++) {
        char *cut = strndup(body, n);

        assert_false(read_page(&t, cut, &e));
        assert_int_equal(e.kind, ERR_PARSE);
        free(cut);
    }
    assert_int_equal(t.t.n, 2);
    assert_true(read_page(&t, "[]", &e));
    arena_destroy(t.a);
}

static void not_events(void **state)
{
    static const char *const bodies[] = {
        "", "null", "{}", "[{}]", "[1]", "[{\"id\":1,\"number\":1,\"title\":\"t\"}]"};
    struct told t;
    struct err e;

    (void)state;
    begin(&t);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        if (read_page(&t, bodies[i], &e) || e.kind != ERR_PARSE || t.t.n != 0) {
            fail_msg("events: %s", bodies[i]);
        }
    }
    arena_destroy(t.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans),        cmocka_unit_test(moments),
        cmocka_unit_test(disagreement), cmocka_unit_test(odd_events),
        cmocka_unit_test(not_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
