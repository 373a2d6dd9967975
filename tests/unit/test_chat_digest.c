/*
 * A digest in every chat: its tables keep their columns, in letters of equal width where
 * the chat has them, and nothing in them ends the fence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attr.h"
#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "core/notice.h"
#include "tests/support/schema.h"

static const struct slack_conf own = {
    .url = {.from = SECRET_FILE, .value = STR_INIT("https://chat.example/x")},
};
static const struct slack_app_conf app_own = {
    .token = {.from = SECRET_FILE, .value = STR_INIT("xoxb-1")},
    .channel = STR_INIT("C1"),
    .url = STR_INIT("https://chat.example/api"),
};
static const struct webhook_conf hook_own = {.url = STR_INIT("https://hook.example/x")};

static struct notice_block blocks[] = {
    {STR_INIT("Where the days went"), STR_INIT("Grow     ===|..  35%\nRun ``` <!here>  ==\n"),
     true},
    {STR_INIT("Coverage"), STR_INIT("5 of   9 epics\nnone: x_y"), false},
    {STR_INIT("Nothing"), STR_INIT(""), true},
};
static const struct notice digest = {
    .kind = NOTICE_DIGEST,
    .channel = STR_INIT("product"),
    .at = {1700000000000},
    .text = STR_INIT("all quiet: 2 of 2 sources fresh"),
    .blocks = blocks,
    .n_blocks = ARRAY_LEN(blocks),
};

#define NB "\xc2\xa0"

static const struct {
    const char *type;
    const void *own;
    const char *table, *lines; /* as strings of the JSON hold them */
} rows[] = {
    {"slack", &own,
     "*Where the days went*\n```Grow     ===|..  35%\nRun ''' &lt;!here&gt;  ==\n```",
     "*Coverage*\n5 of 9 epics\nnone: x_y"},
    {"slack-app", &app_own,
     "*Where the days went*\n```Grow     ===|..  35%\nRun ''' &lt;!here&gt;  ==\n```",
     "*Coverage*\n5 of 9 epics\nnone: x_y"},
    {"discord", &own,
     "**Where the days went**\n```\nGrow     ===|..  35%\nRun ''' <!here>  ==\n```",
     "**Coverage**\n5 of 9 epics\nnone\\: x\\_y"},
    {"mattermost", &own,
     "**Where the days went**\n```\nGrow     ===|..  35%\nRun ''' <!here>  ==\n```",
     "**Coverage**\n5 of 9 epics\nnone: x\\_y"},
    {"teams", &own,
     "Grow" NB NB NB NB NB "===\\|.." NB NB "35%\n\nRun" NB "\\`\\`\\`" NB "\\<!here\\>" NB
     NB "==",
     "**Coverage**\n\n5 of 9 epics\n\nnone: x\\_y"},
    {"google-chat", &own,
     "<b>Where the days went</b>\nGrow" NB NB NB NB NB "===|.." NB NB "35%\nRun" NB "```" NB
     "&lt;!here&gt;" NB NB "==",
     "<b>Coverage</b>\n5 of 9 epics\nnone: x_y"},
    {"webhook", &hook_own, "Grow     ===|..  35%\nRun ``` <!here>  ==\n",
     "5 of   9 epics\nnone: x_y"},
};

/* The string that begins with, or holds, `part`; of what it is a member. */
static const json_t *holder(const json_t *v, const char *part)
{
    const json_t *one, *found;
    const char *key;
    size_t i;

    json_array_foreach(v, i, one)
    {
        found = holder(one, part);
        if (found != NULL)
            return found;
    }
    json_object_foreach((json_t *)(uintptr_t)v, key, one)
    {
        if (json_is_string(one) && strstr(json_string_value(one), part) != NULL)
            return v;
        found = holder(one, part);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static json_t *message(size_t row, struct arena *a)
{
    const struct chat_ops *ops = chat_find(str_of(rows[row].type));
    struct chat_conf conf = {STR("c"), str_of(rows[row].type), rows[row].own};
    struct chat_attempt at = {.key = STR("k")};
    struct http_request req;
    json_error_t je;
    struct err e;
    json_t *root;

    assert_non_null(ops);
    assert_true(ops->render(&conf, &digest, &at, a, &req, &e));
    root = json_loadb(req.body.p, req.body.n, 0, &je);
    assert_non_null(root);
    return root;
}

static void tables_keep_their_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 22);
        json_t *root = message(i, a);
        char *text = json_dumps(root, 0);

        if (holder(root, rows[i].table) == NULL || holder(root, rows[i].lines) == NULL)
            fail_msg("%s: %s", rows[i].type, text);
        assert_null(holder(root, "``````"));
        free(text);
        json_decref(root);
        arena_destroy(a);
    }
}

static void a_card_says_which_letters(void **state)
{
    struct arena *a = arena_create(1 << 22);
    json_t *root = message(4, a);

    (void)state;
    assert_string_equal(rows[4].type, "teams");
    assert_string_equal(
        json_string_value(json_object_get(holder(root, "35%"), "fontType")), "Monospace");
    assert_null(json_object_get(holder(root, "5 of 9 epics"), "fontType"));
    json_decref(root);
    arena_destroy(a);
}

static void a_webhook_has_an_event_of_its_own(void **state)
{
    struct arena *a = arena_create(1 << 22);
    json_t *schema = json_load_file("config/webhook.schema.json", 0, NULL);
    json_t *root = message(6, a), *data = json_object_get(root, "data");
    struct buf why;

    (void)state;
    buf_init(&why, 4096);
    assert_string_equal(json_string_value(json_object_get(root, "type")), "alignd.digest");
    assert_int_equal(json_array_size(json_object_get(data, "blocks")), ARRAY_LEN(blocks));
    assert_true(json_is_true(json_object_get(holder(root, "Where the days"), "fixed")));
    assert_true(json_is_false(json_object_get(holder(root, "Coverage"), "fixed")));
    assert_non_null(schema);
    if (!schema_check(schema, root, &why))
        fail_msg("%s", buf_cstr(&why));
    buf_finish(&why);
    json_decref(schema);
    json_decref(root);
    arena_destroy(a);
}

static void the_journal_keeps_columns(void **state)
{
    struct arena *a = arena_create(1 << 22);
    struct str line;
    struct err e;

    (void)state;
    assert_true(journal_ops.line(NULL, &digest, a, &line, &e));
    assert_string_equal(line.p, "Strategy digest\nall quiet: 2 of 2 sources fresh\n"
                                "Where the days went\n  Grow     ===|..  35%\n"
                                "  Run ``` <!here>  ==\nCoverage\n  5 of 9 epics\n"
                                "  none: x_y\nNothing\n");
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_keep_their_columns),
        cmocka_unit_test(a_card_says_which_letters),
        cmocka_unit_test(a_webhook_has_an_event_of_its_own),
        cmocka_unit_test(the_journal_keeps_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
