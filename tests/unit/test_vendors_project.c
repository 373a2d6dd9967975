/* Timelines and projects of GitHub as the vendor server plays them. */
#include <stdlib.h>

#include "tests/unit/vendors_rig.h"

static const char *const token[] = {VR_TOKEN, VR_AGENT, NULL};

static const char company[] =
    "{\"people\":[{\"id\":\"ana\",\"github\":\"anasilva\"}],\"github\":{\"repos\":["
    "{\"name\":\"acme/web\",\"id\":77,\"issues\":["
    "{\"number\":1,\"title\":\"told\",\"events\":["
    "{\"event\":\"assigned\",\"at\":\"2026-11-02T09:00:00Z\",\"who\":\"ana\"},"
    "{\"event\":\"labeled\",\"at\":\"2026-11-03T09:00:00Z\",\"label\":\"wip\"},"
    "{\"event\":\"closed\",\"at\":\"2026-11-04T09:00:00Z\"}]},"
    "{\"number\":2,\"title\":\"implied\",\"assignees\":[\"ana\"],\"state\":\"closed\","
    "\"created\":\"2026-11-01T09:00:00Z\",\"closed\":\"2026-11-05T09:00:00Z\"},"
    "{\"number\":3,\"title\":\"gone\",\"deleted\":true}]}],"
    "\"projects\":[{\"name\":\"acme/"
    "7\",\"fields\":{\"Status\":\"single_select\",\"Points\":"
    "\"number\",\"Note\":\"text\"},\"items\":["
    "{\"issue\":\"acme/"
    "web#1\",\"values\":{\"Status\":\"Doing\",\"Points\":5,\"Note\":\"n\"}},"
    "{\"issue\":\"acme/web#2\"},{\"issue\":\"acme/web#3\",\"archived\":true}]},"
    "{\"name\":\"ada/1\",\"user\":true,\"fields\":{},\"items\":[]}]}}";

static const json_t *at(const json_t *list, size_t i)
{
    const json_t *o = json_array_get(list, i);

    assert_non_null(o);
    return o;
}

static void timelines(void **state)
{
    struct vr v;
    struct probe_reply r;
    json_t *list;
    char *next;

    (void)state;
    vr_start(&v, company, NULL);
    list = vr_json(&v, "/github/repositories/77/issues/1/timeline", token, 200);
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(vr_text(at(list, 0), "event"), "assigned");
    assert_string_equal(vr_text(at(list, 0), "created_at"), "2026-11-02T09:00:00Z");
    assert_string_equal(vr_text(json_object_get(at(list, 0), "assignee"), "login"),
                        "anasilva");
    assert_string_equal(vr_text(json_object_get(at(list, 1), "label"), "name"), "wip");
    assert_null(json_object_get(at(list, 2), "label"));
    json_decref(list);

    list = vr_json(&v, "/github/repos/acme/web/issues/2/timeline", token, 200);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(vr_text(at(list, 1), "event"), "closed");
    assert_string_equal(vr_text(at(list, 1), "created_at"), "2026-11-05T09:00:00Z");
    json_decref(list);
    json_decref(vr_json(&v, "/github/repos/acme/web/issues/3/timeline", token, 404));

    vr_ask(&v, NULL, "/github/repos/acme/web/issues/1/timeline?per_page=2", token, NULL,
           &r);
    next = vr_link(&r, "next");
    probe_finish(&r);
    assert_non_null(next);
    list = vr_json(&v, next, token, 200);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(vr_text(at(list, 0), "event"), "closed");
    json_decref(list);
    free(next);
    vr_stop(&v);
}

#define ITEMS "/github/orgs/acme/projectsV2/7/items"

static const json_t *value_of(const json_t *item, size_t i)
{
    return json_object_get(at(json_object_get(item, "fields"), i), "value");
}

static void projects(void **state)
{
    struct vr v;
    json_t *list;

    (void)state;
    vr_start(&v, company, NULL);
    list = vr_json(&v, "/github/orgs/acme/projectsV2/7/fields", token, 200);
    assert_int_equal(json_array_size(list), 3);
    assert_int_equal(vr_int(at(list, 1), "id"), 101);
    assert_string_equal(vr_text(at(list, 1), "name"), "Points");
    json_decref(list);

    list = vr_json(&v, ITEMS "?fields=100,101", token, 200);
    assert_int_equal(json_array_size(list), 3);
    const json_t *item = at(list, 0);

    assert_string_equal(vr_text(item, "content_type"), "Issue");
    assert_int_equal(vr_int(json_object_get(item, "content"), "number"), 1);
    assert_int_equal(json_array_size(json_object_get(item, "fields")), 2);
    assert_string_equal(vr_text(json_object_get(value_of(item, 0), "name"), "raw"),
                        "Doing");
    assert_int_equal(json_integer_value(value_of(item, 1)), 5);
    assert_true(json_is_null(value_of(at(list, 1), 0)));
    assert_true(json_is_null(json_object_get(at(list, 2), "content")));
    assert_true(json_is_string(json_object_get(at(list, 2), "archived_at")));
    json_decref(list);
    json_decref(vr_json(&v, "/github/users/acme/projectsV2/7/fields", token, 404));
    json_decref(vr_json(&v, "/github/orgs/ada/projectsV2/1/fields", token, 404));
    json_decref(vr_json(&v, "/github/users/ada/projectsV2/1/items", token, 200));
    json_decref(vr_json(&v, "/github/orgs/acme/projectsV2/8/items", token, 404));
    vr_stop(&v);
}

static void pages_of_a_project(void **state)
{
    struct vr v;
    struct probe_reply r;
    char *next, known[200];
    const char *const with_etag[] = {VR_TOKEN, VR_AGENT, known, NULL};
    json_t *list;

    (void)state;
    vr_start(&v, company, NULL);
    vr_ask(&v, NULL, ITEMS "?fields=100&per_page=2", token, NULL, &r);
    next = vr_link(&r, "next");
    (void)snprintf(known, sizeof known, "If-None-Match: %.*s",
                   STR_FMT(probe_header(&r, "ETag")));
    probe_finish(&r);
    assert_non_null(next);
    list = vr_json(&v, next, token, 200);
    assert_int_equal(json_array_size(list), 1);
    json_decref(list);
    free(next);

    vr_ask(&v, NULL, ITEMS "?fields=100&per_page=2", with_etag, NULL, &r);
    assert_int_equal(r.status, 304);
    probe_finish(&r);
    vr_control(&v, "/_control/project",
               "{\"project\":\"acme/7\",\"issue\":\"acme/"
               "web#1\",\"values\":{\"Status\":\"Done\"}}");
    vr_ask(&v, NULL, ITEMS "?fields=100&per_page=2", with_etag, NULL, &r);
    assert_int_equal(r.status, 200);
    list = vr_parse(&r);
    assert_string_equal(
        vr_text(json_object_get(value_of(at(list, 0), 0), "name"), "raw"), "Done");
    json_decref(list);
    probe_finish(&r);
    vr_control(&v, "/_control/project",
               "{\"project\":\"acme/7\",\"issue\":\"acme/web#1\",\"remove\":true}");
    list = vr_json(&v, ITEMS, token, 200);
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    json_decref(
        vr_post(&v, "/_control/project", NULL, "{\"project\":\"acme/9\"}", 400));
    vr_stop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timelines),
        cmocka_unit_test(projects),
        cmocka_unit_test(pages_of_a_project),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
