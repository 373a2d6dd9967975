/*
 * What is watched: status, doctor, health and metrics, also without a view.
 */
#include "status/health.h"
#include "status/metrics.h"
#include "tests/unit/api_rig.h"

static void test_status(void **state)
{
    struct api_rig *r = *state;
    json_t *v;

    v = ask_json(r, "GET", "/v1/status", "", 200); /* before anything was synced */
    assert_int_equal(json_array_size(json_object_get(v, "problems")), 1);
    json_decref(v);
    fill(r->er);
    v = ask_json(r, "GET", "/v1/status", "", 200);
    assert_int_equal(json_array_size(json_object_get(v, "problems")), 0);
    assert_int_equal(int_at(json_array_get(json_object_get(v, "sources"), 0), "syncs"),
                     3);
    assert_int_equal(int_at(json_object_get(v, "coverage"), "linked"), 2);
    json_decref(v);
    v = ask_json(r, "GET", "/healthz", "", 200);
    assert_true(json_is_true(json_object_get(v, "healthy")));
    json_decref(v);
}

/* The text of a check; NULL: there is none. */
static const char *check_of(json_t *v, const char *part, const char *what,
                            const char *level)
{
    json_t *c;
    size_t i;

    json_array_foreach(json_object_get(v, "checks"), i, c)
    {
        if (strcmp(text_at(c, "part"), part) != 0 ||
            strcmp(text_at(c, "what"), what) != 0)
            continue;
        if (strcmp(text_at(c, "level"), level) != 0)
            fail_msg("%s %s is %s: %s", part, what, text_at(c, "level"),
                     text_at(c, "text"));
        assert_int_equal(strcmp(level, "ok") == 0,
                         json_is_null(json_object_get(c, "fix")));
        return text_at(c, "text");
    }
    return NULL;
}

static void test_doctor(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    const char *text;
    json_t *v;

    v = ask_json(r, "GET", "/v1/doctor", "", 200); /* before anything was synced */
    assert_non_null(check_of(v, "source", "reach", "warn"));
    json_decref(v);

    fill(r->er);
    rig_begin(rig);
    rig_page(rig);
    assert_true(feed_add_note(&rig->feed, "account", NOTE_OK, STR("as bot"), STR_NONE));
    assert_true(feed_add_note(&rig->feed, "fields.points", NOTE_BAD,
                              STR("two fields are called Points"),
                              STR("fields: { points: customfield_1 }")));
    rig->feed.server_date.ms = rig->now.ms + 90000;
    rig->feed.rate_limit = 100;
    rig->feed.rate_remaining = 50;
    rig_apply(rig);
    rig_end(rig);
    r->source.requests = 120;
    v = ask_json(r, "GET", "/v1/doctor", "", 200);
    assert_non_null(check_of(v, "source", "reach", "ok"));
    assert_string_equal(check_of(v, "source", "account", "ok"), "as bot");
    assert_string_equal(check_of(v, "source", "fields.points", "bad"),
                        "two fields are called Points");
    assert_string_equal(check_of(v, "source", "clock", "warn"),
                        "the tracker's clock is 1 min 30 s ahead of ours");
    text = check_of(v, "source", "rate", "warn");
    assert_non_null(strstr(text, "an hour of 80 that may be used (limit 100)"));
    assert_non_null(strstr(check_of(v, "channel", "delivery", "ok"), "not tested"));
    assert_null(check_of(v, "people", "owners", "warn")); /* journals mention nobody */
    assert_non_null(check_of(v, "strategy", "file", "ok"));
    assert_non_null(strstr(check_of(v, "state", "directory", "ok"), " MiB free"));
    assert_string_equal(check_of(v, "state", "backup", "warn"), "there is none");
    assert_non_null(check_of(v, "socket", "writing", "ok"));
    json_decref(v);

    /* A channel that mentions people, and a note that is over. */
    r->channels[0].type = STR("slack");
    rig_begin(rig);
    rig_page(rig);
    assert_true(
        feed_add_note(&rig->feed, "fields.points", NOTE_OK, STR_NONE, STR_NONE));
    rig_apply(rig);
    rig_end(rig);
    v = ask_json(r, "GET", "/v1/doctor", "", 200);
    assert_null(check_of(v, "source", "fields.points", "bad"));
    assert_non_null(check_of(v, "people", "owners", "ok")); /* nobody owns anything */
    json_decref(v);
}

static void test_health(void **state)
{
    static struct scope_row broken = {.name = STR_INIT("acme/b"),
                                      .state = STR_INIT("failed"),
                                      .error = STR_INIT("404")};
    static const struct {
        const char *text; /* of the only problem; NULL: there is none */
        bool unhealthy;
        struct source_row source;
        struct channel_row channel;
        struct str conf_error, strategy_error, store_error;
    } rows[] = {
        {NULL,
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .channel = {.queued = 1}},
        {"the first sync is not complete", true, {.state = STR_INIT("syncing")}},
        {"has never synced: 401",
         true,
         {.state = STR_INIT("stale"), .error = STR_INIT("401")}},
        {"stale: last synced 1 h ago: 500",
         true,
         {.state = STR_INIT("stale"),
          .last_ok = {RIG_T0 - RIG_HOUR},
          .error = STR_INIT("500")}},
        {"paused by its rate limit for 1 min; last synced 1 h ago",
         true,
         {.state = STR_INIT("paused"),
          .last_ok = {RIG_T0 - RIG_HOUR},
          .paused_until = {RIG_T0 + RIG_MIN}}},
        {"paused by its rate limit for 1 min, before the first",
         true,
         {.state = STR_INIT("paused"), .paused_until = {RIG_T0 + RIG_MIN}}},
        {"1 of 1 scopes fail: acme/b: 404",
         false,
         {.state = STR_INIT("fresh"),
          .last_ok = {1},
          .scopes = &broken,
          .n_scopes = 1}},
        {"2 messages could not be delivered: no_service",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         {.dead = 2, .last_error = STR_INIT("no_service")}},
        {"1 message not delivered yet: 503",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         {.queued = 1, .last_error = STR_INIT("503")}},
        {"does not load, the one before stays in force: bad",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .conf_error = STR_INIT("bad")},
        {"does not load, the version before stays in force: bad",
         false,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .strategy_error = STR_INIT("bad")},
        {"disk full",
         true,
         {.state = STR_INIT("fresh"), .last_ok = {1}},
         .store_error = STR_INIT("disk full")},
    };
    struct api_rig *r = *state;
    struct wall now = {RIG_T0};
    struct health_problem *p;
    struct err e;
    size_t n;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct source_row source = rows[i].source;
        struct channel_row channel = rows[i].channel;
        struct api_view v = {
            .row = {.sources = &source,
                    .n_sources = 1,
                    .channels = &channel,
                    .n_channels = 1},
            .sources = &r->source,
            .n_sources = 1,
            .channels = r->channels,
            .n_channels = 1,
            .conf_error = rows[i].conf_error,
            .strategy_error = rows[i].strategy_error,
            .store_error = rows[i].store_error,
            .store_failing = rows[i].store_error.n > 0,
        };

        source.name = r->source.name;
        channel.name = r->channels[0].name;
        assert_true(health_list(&v, now, r->a, &p, &n, &e));
        assert_int_equal(n, rows[i].text != NULL);
        if (n == 0)
            continue;
        if (!str_has_prefix(p[0].text, str_of(rows[i].text)))
            fail_msg("row %zu: %.*s", i, STR_FMT(p[0].text));
        assert_int_equal(p[0].unhealthy, rows[i].unhealthy);
        assert_true(p[0].fix.n > 0);
    }
    assert_true(health_list(NULL, now, r->a, &p, &n, &e));
    assert_int_equal(n, 1);
    assert_true(p[0].unhealthy);
}

/* Before the first look at the store nothing may claim to be well. */
static void test_no_view(void **state)
{
    static const struct {
        const char *path;
        int status;
        const char *text;
    } rows[] = {
        {"/v1/status", 503, "starting"},
        {"/healthz", 503, "\"healthy\":false"},
        {"/metrics", 200, "alignd_up 0\n# EOF\n"},
    };
    struct api_rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct api_request req = {
            .method = STR("GET"), .path = str_of(rows[i].path), .a = r->a};
        struct api_env env = {NULL, &r->er->ev, {RIG_T0}, r->a};
        struct api_reply reply = {.status = 200, .content_type = "application/json"};
        const struct api_route *row = api_find(&req, &reply.status);
        struct err e;

        reply.status = 200;
        buf_init(&reply.body, 1 << 20);
        assert_true(row->run(NULL, &env, &req, &reply, &e));
        assert_int_equal(reply.status, rows[i].status);
        assert_non_null(strstr(buf_cstr(&reply.body), rows[i].text));
        buf_finish(&reply.body);
    }
}

/* ---- metrics ---- */

/* Lines of one family stand together, samples only of families declared. */
static void check_exposition(const char *text)
{
    struct str rest = str_of(text), line, family = STR_NONE;
    char seen[16384] = "";
    bool ended = false;

    while (str_split(&rest, '\n', &line)) {
        assert_false(ended);
        if (str_eqz(line, "# EOF")) {
            ended = true;
        } else if (str_has_prefix(line, STR("# TYPE "))) {
            struct str words = str_skip(line, 7), name;
            char mark[200];

            assert_true(str_split(&words, ' ', &name));
            assert_true(str_has_prefix(name, STR("alignd_")));
            snprintf(mark, sizeof(mark), " %.*s ", STR_FMT(name));
            if (strstr(seen, mark) != NULL)
                fail_msg("family %s twice", mark);
            strncat(seen, mark, sizeof(seen) - strlen(seen) - 1);
            family = name;
            assert_true(str_eqz(words, "gauge") || str_eqz(words, "counter") ||
                        str_eqz(words, "info") || str_eqz(words, "stateset"));
        } else if (str_has_prefix(line, STR("# UNIT "))) {
            assert_true(str_has_prefix(str_skip(line, 7), family));
        } else if (str_has_prefix(line, STR("# HELP "))) {
            assert_true(str_has_prefix(str_skip(line, 7), family));
        } else {
            double value;
            size_t at = line.n;

            assert_true(str_has_prefix(line, family));
            while (at > 0 && line.p[at - 1] != ' ')
                at--;
            assert_true(str_to_double(str_skip(line, at), &value));
        }
    }
    assert_true(ended);
}

static void test_metrics(void **state)
{
    struct api_rig *r = *state;
    struct str odd = STR("a\"b\\c\nd");

    fill(r->er);
    ask(r, "GET", "/metrics", "");
    assert_int_equal(r->status, 200);
    assert_string_equal(r->type, METRICS_TYPE);
    check_exposition(buf_cstr(&r->body));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_up 1\n"));
    assert_non_null(
        strstr(buf_cstr(&r->body), "alignd_build_info{version=\"1.2.3\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_source_state{source=\"hub\","
                                               "alignd_source_state=\"fresh\"} 1\n"));
    assert_non_null(
        strstr(buf_cstr(&r->body), "alignd_source_syncs_total{source=\"hub\"} 3"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_findings{rule=\"unlinked-work\","
                                               "state=\"firing\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_findings{rule=\"unlinked-work\","
                                               "state=\"baseline\"} 1\n"));
    assert_non_null(strstr(buf_cstr(&r->body), "alignd_coverage_ratio 0.4"));
    for (size_t i = 0; i < rules_count; i++)
        assert_non_null(strstr(buf_cstr(&r->body), rules[i]->id));

    /* A name that would break the format; no text of items is ever a label. */
    r->source.name = odd;
    read_view(r);
    buf_clear(&r->body);
    metrics_write(&r->body, &r->view);
    check_exposition(buf_cstr(&r->body));
    assert_non_null(strstr(buf_cstr(&r->body),
                           "alignd_source_running{source=\"a\\\"b\\\\c\\nd\"} 0\n"));
    assert_null(strstr(buf_cstr(&r->body), "Issue"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status),
        TEST(test_doctor),
        TEST(test_health),
        TEST(test_no_view),
        TEST(test_metrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
