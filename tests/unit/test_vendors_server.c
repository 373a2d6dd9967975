/* Faults by script, control requests, counters, and that nobody holds up others. */
#include <stdlib.h>

#include "tests/support/wait.h"
#include "tests/unit/vendors_rig.h"

static const char *const token[] = {VR_TOKEN, VR_AGENT, NULL};
static const char *const plain[] = {"--synthetic-github", "200", "--repo", "acme/big",
                                    NULL};

#define LIST "/github/repos/acme/big/issues?state=all&per_page=100"

static void set_fault(struct vr *v, const char *fault)
{
    char text[1024];

    (void)snprintf(text, sizeof text, "[%s]", fault);
    vr_control(v, "/_control/faults", text);
}

static void faults_answer_for_the_vendor(void **state)
{
    static const struct {
        const char *fault;
        int status;
        const char *header, *value, *body;
    } rows[] = {
        {"{\"action\":\"status\",\"status\":503,\"headers\":{\"Retry-After\":\"7\"},"
         "\"body\":{\"message\":\"down\"}}",
         503, "Retry-After", "7", "{\"message\":\"down\"}"},
        {"{\"action\":\"status\",\"status\":200,\"body\":\"[1,\"}", 200,
         "Content-Length", "3", "[1,"},
        {"{\"action\":\"status\",\"status\":401}", 401, "Content-Length", "0", ""},
        {"{\"action\":\"html\"}", 200, "Content-Type", "text/html; charset=utf-8",
         "<!DOCTYPE html>"},
        {"{\"action\":\"html\",\"status\":502}", 502, "Content-Type",
         "text/html; charset=utf-8", "<html>"},
        {"{\"action\":\"redirect\",\"to\":\"http://other.example/\",\"status\":307}",
         307, "Location", "http://other.example/", ""},
        {"{\"action\":\"github-primary-limit\",\"reset_in\":9}", 403,
         "X-RateLimit-Remaining", "0", "API rate limit exceeded"},
        {"{\"action\":\"github-secondary-limit\",\"status\":429,\"retry_after\":3}",
         429, "Retry-After", "3", "secondary rate limit"},
        {"{\"action\":\"jira-limit\",\"reason\":\"jira-quota-tenant-based\"}", 429,
         "RateLimit-Reason", "jira-quota-tenant-based", "Rate limit exceeded"},
        {"{\"action\":\"slack-limit\",\"retry_after\":2}", 429, "Retry-After", "2",
         "rate_limited"},
        {"{\"action\":\"content-type\",\"type\":\"text/plain\"}", 200, "Content-Type",
         "text/plain", "[{\"url\":"},
        {"{\"action\":\"truncate\",\"bytes\":10}", 200, "Content-Length", "10",
         "[{\"url\":"},
    };
    struct vr v;

    (void)state;
    vr_start(&v, NULL, plain);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct probe_reply r;

        set_fault(&v, rows[i].fault);
        vr_ask(&v, NULL, LIST, token, NULL, &r);
        if (r.status != rows[i].status ||
            !str_eqz(probe_header(&r, rows[i].header), rows[i].value) ||
            !strstr(buf_cstr(&r.body), rows[i].body)) {
            fail_msg("row %zu: %d %s %.100s", i, r.status, buf_cstr(&r.headers),
                     buf_cstr(&r.body));
        }
        probe_finish(&r);
        /* Once, and then the vendor again. */
        vr_ask(&v, NULL, LIST, token, NULL, &r);
        assert_int_equal(r.status, 200);
        probe_finish(&r);
    }
    vr_stop(&v);
}

static void faults_break_the_wire(void **state)
{
    static const struct {
        const char *fault;
        size_t least, most; /* of the body that arrives */
    } rows[] = {
        {"{\"action\":\"close\",\"bytes\":1000}", 1000, 1000},
        {"{\"action\":\"close\",\"bytes\":0}", 0, 0},
        {"{\"action\":\"announce\",\"bytes\":100000000}", 100000, 2000000},
        {"{\"action\":\"refuse\"}", 0, 0},
    };
    struct vr v;

    (void)state;
    vr_start(&v, NULL, plain);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct probe_reply r;
        struct err e;

        set_fault(&v, rows[i].fault);
        if (vr_try(&v, NULL, LIST, token, NULL, &r, &e)) {
            fail_msg("row %zu: a whole answer", i);
        }
        assert_in_range(r.body.n, rows[i].least, rows[i].most);
        probe_finish(&r);
        json_decref(vr_json(&v, LIST, token, 200));
    }
    vr_stop(&v);
}

static void gzip_faults_are_gzip(void **state)
{
    struct vr v;
    struct probe_reply r;

    (void)state;
    vr_start(&v, NULL, plain);
    set_fault(&v, "{\"action\":\"gzip-bomb\",\"bytes\":50000000,\"count\":2}");
    for (size_t i = 0; i < 2; i++) {
        vr_ask(&v, NULL, LIST, token, NULL, &r);
        assert_true(str_eqz(probe_header(&r, "Content-Encoding"), "gzip"));
        assert_in_range(r.body.n, 1000, 1000000);
        probe_finish(&r);
    }
    set_fault(&v, "{\"action\":\"gzip-truncated\"}");
    vr_ask(&v, NULL, LIST, token, NULL, &r);
    assert_true(str_eqz(probe_header(&r, "Content-Encoding"), "gzip"));
    assert_true(r.body.n > 18 && (unsigned char)r.body.p[0] == 0x1f);
    probe_finish(&r);
    vr_stop(&v);
}

static void faults_choose_their_requests(void **state)
{
    struct vr v;
    struct probe_reply r;
    json_t *list;
    int seen[5];

    (void)state;
    vr_start(&v, NULL, plain);
    vr_control(
        &v, "/_control/faults",
        "[{\"path\":\"/jira\",\"action\":\"status\",\"status\":500},"
        "{\"method\":\"POST\",\"action\":\"status\",\"status\":501},"
        "{\"path\":\"/github/repos\",\"skip\":1,\"count\":2,\"action\":\"status\","
        "\"status\":502}]");
    for (size_t i = 0; i < 5; i++) {
        vr_ask(&v, NULL, LIST, token, NULL, &r);
        seen[i] = r.status;
        probe_finish(&r);
    }
    assert_int_equal(seen[0], 200);
    assert_int_equal(seen[1], 502);
    assert_int_equal(seen[2], 502);
    assert_int_equal(seen[3], 200);
    assert_int_equal(seen[4], 200);
    list = vr_json(&v, "/_control/faults", NULL, 200);
    assert_int_equal(vr_int(json_array_get(list, 2), "used"), 2);
    assert_int_equal(vr_int(json_array_get(list, 2), "left"), 0);
    assert_int_equal(vr_int(json_array_get(list, 0), "left"), 1);
    json_decref(list);
    /* For ever; and a new list takes the place of the old one. */
    set_fault(&v, "{\"count\":-1,\"action\":\"status\",\"status\":500}");
    for (size_t i = 0; i < 5; i++) {
        vr_ask(&v, NULL, LIST, token, NULL, &r);
        assert_int_equal(r.status, 500);
        probe_finish(&r);
    }
    vr_control(&v, "/_control/faults", "[]");
    json_decref(vr_json(&v, LIST, token, 200));
    /* A wrong list changes nothing. */
    set_fault(&v, "{\"action\":\"html\"}");
    json_decref(vr_post(&v, "/_control/faults", NULL,
                        "[{\"action\":\"hang\"},{\"action\":\"explode\"}]", 400));
    json_decref(vr_post(&v, "/_control/faults", NULL, "{}", 400));
    vr_ask(&v, NULL, LIST, token, NULL, &r);
    assert_true(str_has_prefix(buf_str(&r.body), STR("<!DOCTYPE")));
    probe_finish(&r);
    vr_stop(&v);
}

/* A second program that asks, so that this one can ask meanwhile. */
static struct spawn *ask_beside(struct vr *v, const char *name)
{
    const char *argv[8] = {NULL, "--post", NULL, "{}", NULL};
    char url[256];
    struct buf program;
    struct err e = {0};
    struct spawn *s;

    assert_true(spawn_program("vendors", &program, &e));
    (void)snprintf(url, sizeof url, "%s/hook/slow", v->url);
    argv[0] = buf_cstr(&program);
    argv[2] = url;
    s = spawn_start(&(struct spawn_options){.argv = argv,
                                            .log_dir = tempdir_path(&v->dir),
                                            .name = name},
                    &e);
    assert_non_null(s);
    buf_finish(&program);
    return s;
}

struct asked {
    struct vr *v;
    json_int_t open;
};

static bool is_open(void *arg)
{
    struct asked *a = arg;
    json_t *c = vr_json(a->v, "/_control/counters", NULL, 200);
    bool ok = vr_int(c, "open") >= a->open;

    json_decref(c);
    return ok;
}

static void slow_answers_hold_up_nobody(void **state)
{
    static const char *const faults[] = {
        "{\"path\":\"/hook\",\"action\":\"hang\"}",
        "{\"path\":\"/hook\",\"action\":\"drip\",\"bytes\":1,\"ms\":600000}",
        "{\"path\":\"/hook\",\"action\":\"delay\",\"ms\":600000}",
    };
    struct spawn *beside[ARRAY_LEN(faults)];
    struct vr v;
    struct asked asked = {.v = &v};

    (void)state;
    vr_start(&v, NULL, plain);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        char name[16];

        set_fault(&v, faults[i]);
        (void)snprintf(name, sizeof name, "beside%zu", i);
        beside[i] = ask_beside(&v, name);
        asked.open = (json_int_t)i + 1;
        assert_true(wait_until(is_open, &asked, VR_LIMIT));
        json_decref(vr_json(&v, LIST, token, 200));
    }
    /* All three still wait, and the server stops all the same. */
    vr_stop(&v);
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        struct err e = {0};
        int code = -1;

        assert_true(spawn_wait_exit(beside[i], VR_LIMIT, &code, &e));
        assert_int_equal(code, 1);
        spawn_destroy(beside[i]);
    }
}

static void drips_and_delays_end(void **state)
{
    struct vr v;
    struct mono start;
    struct probe_reply r;

    (void)state;
    vr_start(&v, NULL, plain);
    set_fault(&v, "{\"path\":\"/github/versions\",\"action\":\"drip\",\"bytes\":5,"
                  "\"ms\":10}");
    start = clock_mono(clock_system());
    json_decref(vr_json(&v, "/github/versions", token, 200));
    /* 27 bytes are six portions: five pauses. */
    assert_true(mono_since(clock_mono(clock_system()), start).ms >= 50);
    vr_control(&v, "/_control/latency", "{\"ms\":60,\"path\":\"/github\"}");
    start = clock_mono(clock_system());
    json_decref(vr_json(&v, "/github/versions", token, 200));
    assert_true(mono_since(clock_mono(clock_system()), start).ms >= 60);
    start = clock_mono(clock_system());
    vr_ask(&v, "POST", "/hook/x", NULL, "{}", &r);
    assert_true(mono_since(clock_mono(clock_system()), start).ms < 60);
    probe_finish(&r);
    vr_control(&v, "/_control/latency", "{\"ms\":0}");
    vr_stop(&v);
}

static void everything_is_counted(void **state)
{
    static const char *const conditional[] = {VR_TOKEN, VR_AGENT, "If-None-Match: *",
                                              NULL};
    struct vr v;
    struct probe_reply r;
    json_t *all, *list;
    const json_t *one;

    (void)state;
    vr_start(&v, NULL, plain);
    json_decref(vr_json(&v, LIST, token, 200));
    vr_ask(&v, NULL, LIST, conditional, NULL, &r);
    assert_int_equal(r.status, 304);
    probe_finish(&r);
    all = vr_json(&v, "/_control/counters", NULL, 200);
    list = json_object_get(json_object_get(all, "classes"), "github.list");
    assert_int_equal(vr_int(list, "requests"), 2);
    assert_int_equal(vr_int(list, "conditional"), 1);
    assert_int_equal(vr_int(list, "not_modified"), 1);
    assert_in_range(vr_int(list, "bytes"), 400000, 800000);
    assert_int_equal(vr_int(json_object_get(list, "status"), "200"), 1);
    assert_int_equal(vr_int(json_object_get(list, "status"), "304"), 1);
    json_decref(all);
    all = vr_json(&v, "/_control/requests", NULL, 200);
    assert_int_equal(json_array_size(all), 2);
    one = json_array_get(all, 1);
    assert_string_equal(vr_text(one, "target"), LIST);
    assert_string_equal(vr_text(one, "method"), "GET");
    assert_int_equal(vr_int(one, "status"), 304);
    assert_string_equal(vr_text(json_object_get(one, "headers"), "User-Agent"),
                        "vendors-test");
    json_decref(all);
    vr_ask(&v, "DELETE", "/_control/counters", NULL, NULL, &r);
    assert_int_equal(r.status, 200);
    probe_finish(&r);
    all = vr_json(&v, "/_control/counters", NULL, 200);
    assert_null(json_object_get(json_object_get(all, "classes"), "github.list"));
    json_decref(all);
    vr_stop(&v);
}

static void compression_is_switched(void **state)
{
    static const char *const packed[] = {VR_TOKEN, VR_AGENT, "Accept-Encoding: gzip",
                                         NULL};
    static const struct {
        const char *set;
        bool gzip;
    } rows[] = {{"on", true}, {"off", false}, {"on\n", true}};
    struct vr v;
    struct probe_reply r;

    (void)state;
    vr_start(&v, NULL, plain);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        vr_control(&v, "/_control/gzip", rows[i].set);
        vr_ask(&v, NULL, "/github/repos/acme/big", packed, NULL, &r);
        assert_int_equal(str_eqz(probe_header(&r, "Content-Encoding"), "gzip"),
                         rows[i].gzip);
        probe_finish(&r);
    }
    json_decref(vr_post(&v, "/_control/gzip", NULL, "perhaps", 400));
    json_decref(vr_post(&v, "/_control/nothing", NULL, "{}", 404));
    json_decref(vr_post(&v, "/_control/issues", NULL, "{", 400));
    vr_stop(&v);
}

static void bad_starts_say_why(void **state)
{
    static const struct {
        const char *args[6];
        int code;
        const char *says;
    } rows[] = {
        {{"--nonsense"}, 64, "unrecognized option"},
        {{"--port", "70000"}, 64, "no number up to 65535"},
        {{"--synthetic-github", "5"}, 64, "need --repo"},
        {{"--post", "http://127.0.0.1:1/"}, 64, "--help"},
        {{"--post", "http://127.0.0.1:1/", "{}"}, 1, "connect"},
        {{"--data", "/nonexistent.json"}, 1, "/nonexistent.json"},
        {{"--ndjson-github", "/nonexistent", "--repo", "a/b"}, 1, "cannot be read"},
        {{"--synthetic-github", "5", "--repo", "ab"}, 1, "not owner/name"},
        {{"--time-zone", "Mars/Base"}, 1, "no time zone 'Mars/Base'"},
        {{"--hook-secret", "whsec_!!"}, 1, "hook secret"},
    };
    struct tempdir dir;
    struct err e = {0};

    (void)state;
    assert_true(tempdir_create(&dir, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *argv[8] = {NULL};
        struct buf program, log;
        struct spawn *s;
        int code = -1;

        assert_true(spawn_program("vendors", &program, &e));
        argv[0] = buf_cstr(&program);
        memcpy(argv + 1, rows[i].args, sizeof rows[i].args);
        s = spawn_start(
            &(struct spawn_options){.argv = argv, .log_dir = tempdir_path(&dir)}, &e);
        assert_non_null(s);
        assert_true(spawn_wait_exit(s, VR_LIMIT, &code, &e));
        assert_true(spawn_output(s, SPAWN_ERR, &log, &e));
        if (code != rows[i].code || !strstr(buf_cstr(&log), rows[i].says)) {
            fail_msg("row %zu: %d %s", i, code, buf_cstr(&log));
        }
        spawn_destroy(s);
        buf_finish(&log);
        buf_finish(&program);
    }
    tempdir_remove(&dir);
}

static void bad_companies_say_where(void **state)
{
    static const struct {
        const char *company, *says;
    } rows[] = {
        {"{", "company.json:1"},
        {"{\"github\":{\"repos\":[{\"name\":\"ab\"}]}}", "not owner/name"},
        {"{\"github\":{\"repos\":[{\"name\":\"a/b\",\"colour\":1}]}}",
         "unknown member 'colour'"},
        {"{\"github\":{\"repos\":[{\"name\":\"a/b\",\"issues\":[{\"number\":1,"
         "\"state\":\"ajar\"}]}]}}",
         "a/b: #1: state 'ajar'"},
        {"{\"github\":{\"repos\":[{\"name\":\"a/b\",\"issues\":[{\"number\":1},"
         "{\"number\":1}]}]}}",
         "#1 is there twice"},
        {"{\"github\":{\"repos\":[{\"name\":\"a/b\",\"issues\":[{\"number\":1,"
         "\"updated\":\"soon\"}]}]}}",
         "updated 'soon' is no time"},
        {"{\"jira\":{\"projects\":[{\"key\":\"P\",\"issues\":[{\"key\":\"Q-1\"}]}]}}",
         "'Q-1' is no key of a project"},
        {"{\"jira\":{\"projects\":[{\"key\":\"P\",\"issues\":[{\"key\":\"P-1\","
         "\"status\":\"Odd\"}]}]}}",
         "P-1: no status 'Odd'"},
        {"{\"jira\":{\"statuses\":{\"Odd\":\"middling\"}}}", "status 'Odd'"},
        {"{\"people\":[{\"name\":\"x\"}]}", "people[0] has no id"},
    };
    struct tempdir dir;
    struct err e = {0};

    (void)state;
    assert_true(tempdir_create(&dir, &e));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *argv[4] = {NULL, "--data", NULL, NULL};
        struct buf program, path, log;
        struct spawn *s;
        int code = -1;

        assert_true(spawn_program("vendors", &program, &e));
        assert_true(tempdir_write(&dir, "company.json", str_of(rows[i].company), &e));
        assert_true(tempdir_join(&dir, "company.json", &path, &e));
        argv[0] = buf_cstr(&program);
        argv[2] = buf_cstr(&path);
        s = spawn_start(
            &(struct spawn_options){.argv = argv, .log_dir = tempdir_path(&dir)}, &e);
        assert_non_null(s);
        assert_true(spawn_wait_exit(s, VR_LIMIT, &code, &e));
        assert_true(spawn_output(s, SPAWN_ERR, &log, &e));
        if (code != 1 || !strstr(buf_cstr(&log), rows[i].says)) {
            fail_msg("row %zu: %d %s", i, code, buf_cstr(&log));
        }
        spawn_destroy(s);
        buf_finish(&log);
        buf_finish(&path);
        buf_finish(&program);
    }
    tempdir_remove(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_answer_for_the_vendor),
        cmocka_unit_test(faults_break_the_wire),
        cmocka_unit_test(gzip_faults_are_gzip),
        cmocka_unit_test(faults_choose_their_requests),
        cmocka_unit_test(slow_answers_hold_up_nobody),
        cmocka_unit_test(drips_and_delays_end),
        cmocka_unit_test(everything_is_counted),
        cmocka_unit_test(compression_is_switched),
        cmocka_unit_test(bad_starts_say_why),
        cmocka_unit_test(bad_companies_say_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
