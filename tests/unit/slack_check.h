/*
 * What Slack would refuse in a payload (docs.slack.dev, Block Kit): too many
 * blocks, texts that are empty or too long; and what it must never hold, live
 * mentions and hostile characters. Fails the running test.
 */
#ifndef TESTS_UNIT_SLACK_CHECK_H
#define TESTS_UNIT_SLACK_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/utf8.h"
#include "tests/support/notices.h"

static inline void check_text(const json_t *text, size_t max)
{
    const char *s = json_string_value(json_object_get(text, "text"));

    assert_non_null(s);
    assert_true(strlen(s) >= 1);
    assert_true(utf8_count(str_of(s)) <= max);
    assert_null(strstr(s, "<!"));
    for (const char *p = strstr(s, "<@"); p != NULL; p = strstr(p + 1, "<@")) {
        assert_true(strncmp(p + 2, NOTICE_SLACK, strlen(NOTICE_SLACK)) == 0 &&
                    p[3 + strlen(NOTICE_SLACK)] == '>'); /* nobody else's */
    }
    assert_null(strstr(s, "<#"));
    for (size_t at = 0, n = strlen(s); at < n;) {
        uint32_t cp;

        at += utf8_next((struct str){s + at, n - at}, &cp);
        assert_true(cp == '\n' || !utf8_hostile(cp));
    }
}

/* How many blocks there are. */
static inline size_t check_slack(const json_t *root)
{
    const json_t *blocks = json_object_get(root, "blocks"), *b, *el;
    size_t i, j, total = 0;

    check_text(root, 40000);
    if (blocks == NULL)
        return 0;
    assert_in_range(json_array_size(blocks), 1, 50);
    json_array_foreach(blocks, i, b)
    {
        const char *type = json_string_value(json_object_get(b, "type"));

        if (strcmp(type, "header") == 0) {
            check_text(json_object_get(b, "text"), 150);
        } else if (strcmp(type, "section") == 0) {
            check_text(json_object_get(b, "text"), 3000);
            total += strlen(
                json_string_value(json_object_get(json_object_get(b, "text"), "text")));
        } else {
            assert_string_equal(type, "context");
            assert_in_range(json_array_size(json_object_get(b, "elements")), 1, 10);
            json_array_foreach(json_object_get(b, "elements"), j, el)
                check_text(el, 3000);
        }
    }
    assert_true(total <= 13000);
    return json_array_size(blocks);
}

#endif
