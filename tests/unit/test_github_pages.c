/*
 * Pages of GitHub's issues: links to the next one that lead elsewhere or nowhere,
 * loops, repetitions, and lists that are too long.
 */
#include "tests/unit/github_issues_rig.h"

static void foreign_pages(void **state)
{
    static const char *const links[] = {
        "<https://evil.example/repositories/1/issues?page=2>; rel=\"next\"",
        "<http://api.github.com/repositories/1/issues?page=2>; rel=\"next\"",
        "<https://api.github.com:8443/x>; rel=\"next\"",
        "<https://api.github.com.evil.example/x>; rel=next",
        "<//evil.example/x>; rel=\"next\"",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_failed(r, ERR_REMOTE);
        assert_int_equal(r->feed.n_items, 0);
        assert_int_equal(rig_next(r), TRACKER_DONE);
    }
}

static void unreadable_links(void **state)
{
    static const char *const links[] = {
        "<https://user@api.github.com/x>; rel=\"next\"",
        "https://api.github.com/x; rel=\"next\"",
        "<https://api.github.com/x; rel=\"next\"",
        "<https://api.github.com/a b>; rel=\"next\"",
        "<https://api.github.com>; rel=\"next\"",
        "<https://api.github.com/x>; rel=\"next",
        "<?page=2>; rel=\"next\"",
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        rig_start(r, CHANGES);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_wait(r);
        rig_wait(r);
        rig_ask(r, SINCE);
        rig_header(r, "Link", links[i]);
        rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
        rig_expect_failed(r, ERR_PARSE);
    }
}

static void page_loops(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    link_next(r, "/x?page=3");
    rig_answer(r, 200, one_issue("2", "2026-11-22T11:00:01Z"));
    rig_ask(r, "https://api.github.com/x?page=3");
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("3", "2026-11-22T11:00:02Z"));
    rig_expect_failed(r, ERR_REMOTE);
    /* Itself. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, &SINCE[strlen("https://api.github.com")]);
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect_failed(r, ERR_REMOTE);
    assert_int_equal(r->feed.n_items, 0);
}

/* The same issues under ever new addresses. */
static void repeated_pages(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    link_next(r, "/x?page=3");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect_failed(r, ERR_REMOTE);
    assert_int_equal(r->feed.n_items, 0);
    /* As the last one it is just the end. */
    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    link_next(r, "/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, "https://api.github.com/x?page=2");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_expect(r, SCOPE_SYNCED);
}

static void empty_pages(void **state)
{
    struct rig *r = rig_of(state);

    rig_start(r, CHANGES);
    for (int i = 0; i < 2; i++) {
        rig_ask(r, SINCE);
        link_next(r, "/x?page=2");
        rig_answer(r, 200, "[]");
        if (i == 0) {
            rig_expect_wait(r);
            rig_wait(r);
        }
    }
    rig_expect_failed(r, ERR_REMOTE);
}

static void endless_pages(void **state)
{
    struct rig *r = rig_of(state);
    int asked = 0;

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    do {
        char path[64], number[16];

        snprintf(path, sizeof path, "/x?page=%d", asked);
        snprintf(number, sizeof number, "%d", asked + 1);
        link_next(r, path);
        rig_answer(r, 200, one_issue(number, "2026-11-22T11:00:00Z"));
        asked++;
    } while (asked < 20000 && rig_next(r) == TRACKER_REQUEST);
    assert_int_equal(asked, 10001);
    rig_expect_failed(r, ERR_LIMIT);
}

/* A walk must not begin in the future, whichever clock is wrong. */
static void a_date_of_a_time_to_come(void **state)
{
    static const struct {
        const char *date, *since;
    } rows[] = {
        {"Fri, 21 Nov 2036 12:00:00 GMT", "2026-11-22T11:58:00Z"},
        {"Sun, 22 Nov 2026 13:00:00 GMT", "2026-11-22T12:58:00Z"},
        {"Thu, 19 Nov 2026 12:00:00 GMT", "2026-11-19T11:58:00Z"},
        {"yesterday", "2026-11-22T11:58:00Z"},
    };
    struct rig *r = rig_of(state);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char url[300];

        r->conf.history = SPAN_MS(0);
        rig_start(r, NULL);
        rig_ask(r, OPEN_URL);
        rig_header(r, "Date", rows[i].date);
        rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
        rig_expect(r, SCOPE_SYNCED);
        rig_again(r);
        snprintf(url, sizeof url, "%s%s", CHANGES_URL, rows[i].since);
        rig_ask(r, url);
    }
}

static void too_deep(void **state)
{
    struct rig *r = rig_of(state);
    static const char body[] =
        "{\"message\":\"Pagination with the page parameter is not "
        "supported for large datasets\"}";

    /* Sorted by creation there is no date to go on from: once more by change. */
    rig_start(r, NULL);
    rig_ask(r, OPEN_URL);
    rig_header(r, "Date", DATE);
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:00:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_expect(r, SCOPE_CHECKPOINT);
    rig_again(r);
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=open&sort=updated"
               "&direction=asc&per_page=100");
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:02:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_again(r);
    rig_ask(r, "https://api.github.com/repos/acme/web/issues?state=open&sort=updated"
               "&direction=asc&per_page=100&since=2026-01-01T00:00:00Z");
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-01-01T00:02:00Z"));
    rig_ask(r, NULL);
    /* No further than before: that would be a loop. */
    rig_answer(r, 422, body);
    rig_expect_failed(r, ERR_REMOTE);

    rig_start(r, CHANGES);
    rig_ask(r, SINCE);
    rig_header(r, "Date", DATE);
    link_next(r, "/x?page=101");
    rig_answer(r, 200, one_issue("1", "2026-11-22T11:00:00Z"));
    rig_ask(r, NULL);
    rig_answer(r, 422, body);
    rig_expect(r, SCOPE_CHECKPOINT);
    rig_ask(r, CHANGES_URL "2026-11-22T10:58:00Z");
    /* On a first page it is a fault. */
    rig_answer(r, 422, "{\"message\":\"Validation Failed\"}");
    assert_non_null(
        strstr(rig_expect_failed(r, ERR_REMOTE)->err.msg, "Validation Failed"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(foreign_pages),
        CASE(unreadable_links),
        CASE(page_loops),
        CASE(repeated_pages),
        CASE(empty_pages),
        CASE(endless_pages),
        CASE(a_date_of_a_time_to_come),
        CASE(too_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
