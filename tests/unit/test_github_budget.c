/* How often GitHub is asked: repositories that are quiet, and the requests an hour. */
#include "tests/unit/github_setup_rig.h"

#define QUIET                                                                          \
    "{\"v\":1,\"walk\":\"changes\",\"since\":1795341600000,\"active\":1790000000000}"

static void quiet_repositories(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    r->conf.interval = SPAN_MS(120000);
    rig_repo(r, "acme/web");
    know(w, "acme/web", "1", QUIET);
    begin(w);
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    rig_header(r, "ETag", "\"one\"");
    answer(w, 200, "[]");
    expect_done(w);

    /* Not in the next syncs, but before the look is an hour old. */
    r->now.ms += 52 * 60000;
    begin(w);
    expect_done(w);
    r->now.ms += 60000;
    begin(w);
    rig_ask(r, API "/repos/acme/web" CHANGES_QUERY);
    answer(w, 304, "");
    assert_true(rig_expect(r, SCOPE_SYNCED)->cursor.n > 0);
    begin(w);
    expect_done(w);

    /* Where somebody asks, or a listing is due, or the clock was set back. */
    r->all = true;
    begin(w);
    rig_ask(r, NULL);
    r->all = false;
    r->now.ms -= 3600000;
    begin(w);
    rig_ask(r, NULL);
    r->now.ms += 3600000;

    /* Something moves: from now on it is asked each time. */
    r->now.ms += 54 * 60000;
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200,
           "[{\"id\":5,\"number\":1,\"title\":\"t\",\"state\":\"open\","
           "\"updated_at\":\"2026-11-22T11:00:00Z\"}]");
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    begin(w);
    rig_ask(r, NULL);

    /* An interval that is as long makes no difference. */
    w->n = 0;
    know(w, "acme/web", "1", QUIET);
    r->conf.interval = SPAN_MS(3600000);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    begin(w);
    rig_ask(r, NULL);
}

/* A repository in which nothing ever was is quiet once it was read. */
static void empty_repository(void **state)
{
    struct world *w = *state;
    struct rig *r = &w->r;

    r->conf.interval = SPAN_MS(120000);
    rig_repo(r, "acme/web");
    begin(w);
    for (int i = 0; i < 2; i++) { /* open, closed */
        rig_ask(r, NULL);
        answer(w, 200, "[]");
    }
    expect_done(w);
    begin(w);
    rig_ask(r, NULL);
    answer(w, 200, "[]");
    expect_done(w);
    begin(w);
    expect_done(w);
}

enum { REPOS = 300, ACTIVE = 10 };

/* 300 repositories of which ten are busy, every two minutes, for six hours. */
static void hourly_budget(void **state)
{
    static char list[REPOS * 80];
    struct world *w = *state;
    struct rig *r = &w->r;
    unsigned hour_requests = 0, hour_cost = 0, hour = 0, in_list = 0;
    struct wall start;

    use_org(w);
    r->conf.interval = SPAN_MS(120000);
    r->conf.history = SPAN_MS(INT64_C(180) * 86400000);
    start = r->now;
    while (hour < 6) {
        size_t n = 0;

        begin(w);
        while (rig_next(r) == TRACKER_REQUEST) {
            struct str url = r->req.http.url;
            bool listing = str_has_prefix(url, STR(API "/orgs/"));
            int number = 0;

            hour_requests++;
            rig_header(r, "ETag", "\"same\"");
            if (listing) {
                uint64_t page = 1;
                ptrdiff_t at = str_find(url, STR("&page="));

                if (at >= 0) {
                    assert_true(str_to_u64(str_skip(url, (size_t)at + 6), &page));
                }
                n = (size_t)snprintf(list, sizeof list, "[");
                for (int i = (int)(page - 1) * 100; i < (int)page * 100; i++) {
                    n += (size_t)snprintf(list + n, sizeof list - n,
                                          "%s{\"id\":%d,\"full_name\":\"acme/r%d\"}",
                                          i % 100 > 0 ? "," : "", i + 1, i);
                }
                snprintf(list + n, sizeof list - n, "]");
                if (page < 3) {
                    static char link[200];

                    snprintf(link, sizeof link, "<%s&page=%d>; rel=\"next\"", ORG_URL,
                             (int)page + 1);
                    rig_header(r, "Link", link);
                }
                in_list++;
                hour_cost++;
                rig_answer(r, 200, list);
            } else if (rig_request_header(r, "If-None-Match").n > 0) {
                rig_answer(r, 304, "");
            } else {
                char body[200] = "[]", when[40];
                struct buf b;

                assert_int_equal(sscanf(url.p, API "/repos/acme/r%d/", &number), 1);
                buf_init_fixed(&b, when, sizeof when);
                date_print_iso(&b, wall_add(r->now, DUR_S(-60)));
                if (number < ACTIVE) {
                    snprintf(body, sizeof body,
                             "[{\"id\":%d,\"number\":1,\"title\":\"t\",\"state\":"
                             "\"open\",\"updated_at\":\"%s\"}]",
                             number + 1, when);
                }
                hour_cost++;
                rig_answer(r, 200, body);
            }
            apply(w);
        }
        r->now.ms += 120000;
        if (wall_since(r->now, start).ms >= (int64_t)(hour + 1) * 3600000) {
            print_message("hour %u: %u requests, %u of the budget\n", hour + 1,
                          hour_requests, hour_cost);
            if (hour > 0) { /* the first one reads everything */
                assert_true(hour_requests <= ACTIVE * 30 + 2 * REPOS + 6);
                assert_true(hour_cost <= ACTIVE * 30 + 6);
            } else {
                assert_true(hour_cost < 4000); /* of 5000, less the reserve */
            }
            hour_requests = hour_cost = 0;
            hour++;
        }
    }
    assert_int_equal(in_list, 6 * 3); /* three pages an hour */
    /* A sync in which nothing is due asks nothing but the busy ones. */
    for (size_t i = 0; i < w->n; i++) {
        assert_false(w->known[i].failed || w->known[i].left);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(quiet_repositories),
        CASE(empty_repository),
        CASE(hourly_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
