/*
 * Any notice becomes a message that its chat takes: random ones with every script, each
 * chat's own markup, mentions, broken UTF-8 and NUL, through every renderer, held to the
 * vendor's schema where it is at hand, to the rules the vendor's stand-in refuses by, and
 * to what must never be in a message. A failing seed is told; SEED=n runs that one.
 */
#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "tests/support/notices.h"
#include "tests/support/sanitizer.h"
#include "tests/support/vendors/chat.h"
#include "tests/unit/chat_check.h"
#include "tests/unit/slack_check.h"

enum { SEEDS = BY_CHANCE(2000, 500), MEMORY = 64 << 20, WEBHOOK_MAX = 20000, JOURNAL_MAX = 8000 };

/* Every chat that has one, has it first. */
static const struct slack_conf own = {
    .url = {.from = SECRET_FILE, .value = STR_INIT("https://chat.example/x?y=z")},
};
static const struct slack_app_conf app_own = {
    .token = {.from = SECRET_FILE, .value = STR_INIT("xoxb-1")},
    .channel = STR_INIT("C1"),
    .url = STR_INIT("https://chat.example/api"),
};
static const struct webhook_conf hook_own = {.url = STR_INIT("https://hook.example/x")};

static json_t *card_schema, *slack_schema, *webhook_schema;
static size_t with_schema;

static void holds(const json_t *schema, const char *name, const json_t *payload)
{
    struct buf why;

    if (schema == NULL)
        return;
    buf_init(&why, 65536);
    if (!schema_check(schema, payload, &why))
        fail_msg("%s: %s", name, buf_cstr(&why));
    buf_finish(&why);
    with_schema++;
}

static const char *slack_says(const json_t *root, size_t bytes)
{
    const char *answer = chat_check_slack(root);

    assert_true(bytes < 100000);
    (void)check_slack(root);
    holds(slack_schema, "slack-incoming-webhook.schema.json", root);
    return strcmp(answer, "ok") == 0 ? NULL : answer;
}

/* The schema is of what an incoming webhook takes: of the message alone. */
static const char *app_says(const json_t *root, size_t bytes)
{
    json_t *message = json_deep_copy(root);
    const char *wrong;

    (void)json_object_del(message, "channel");
    (void)json_object_del(message, "unfurl_links");
    (void)json_object_del(message, "unfurl_media");
    wrong = slack_says(message, bytes);
    json_decref(message);
    return wrong;
}

static const char *teams_says(const json_t *root, size_t bytes)
{
    check_teams_card(card_schema, root);
    with_schema += card_schema != NULL;
    return chat_check_teams(root, bytes);
}

static const char *discord_says(const json_t *root, size_t bytes)
{
    assert_true(bytes < 100000);
    check_discord(root);
    return chat_check_discord(root);
}

static const char *mattermost_says(const json_t *root, size_t bytes)
{
    assert_true(bytes < 100000);
    check_mattermost(root);
    return chat_check_mattermost(root);
}

static const char *google_says(const json_t *root, size_t bytes)
{
    check_google_chat(root);
    return chat_check_google(root, bytes);
}

static const char *webhook_says(const json_t *root, size_t bytes)
{
    assert_true(bytes < WEBHOOK_MAX);
    holds(webhook_schema, "config/webhook.schema.json", root);
    return NULL;
}

static const struct {
    const char *type;
    const void *own;
    /* NULL, or why the vendor would not take it. */
    const char *(*says)(const json_t *root, size_t bytes);
} rows[] = {
    {"slack", &own, slack_says},           {"teams", &own, teams_says},
    {"discord", &own, discord_says},       {"mattermost", &own, mattermost_says},
    {"google-chat", &own, google_says},    {"webhook", &hook_own, webhook_says},
    {"slack-app", &app_own, app_says},
};

static void post_is_taken(size_t row, const struct notice *n,
                          const struct chat_attempt *at, uint64_t seed)
{
    const struct chat_ops *ops = chat_find(str_of(rows[row].type));
    struct chat_conf conf = {STR("c"), str_of(rows[row].type), rows[row].own};
    struct arena *a = arena_create(MEMORY);
    struct http_request req;
    json_error_t je;
    const char *wrong;
    json_t *root;
    struct err e;

    if (!ops->render(&conf, n, at, a, &req, &e))
        fail_msg("%s: seed %llu: %s", rows[row].type, (unsigned long long)seed, e.msg);
    assert_true(utf8_valid(req.body, NULL));
    root = json_loadb(req.body.p, req.body.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je);
    if (root == NULL)
        fail_msg("%s: seed %llu: %s", rows[row].type, (unsigned long long)seed, je.text);
    wrong = rows[row].says(root, req.body.n);
    if (wrong != NULL)
        fail_msg("%s: seed %llu: %s: %.2000s", rows[row].type, (unsigned long long)seed,
                 wrong, req.body.p);
    json_decref(root);
    arena_destroy(a);
}

static void line_is_text(const struct notice *n)
{
    struct arena *a = arena_create(MEMORY);
    struct str line;
    struct err e;

    assert_true(journal_ops.line(NULL, n, a, &line, &e));
    assert_true(line.n > 0 && line.n <= JOURNAL_MAX && utf8_valid(line, NULL));
    check_visible(line.p);
    arena_destroy(a);
}

static void any_notice_is_taken(void **state)
{
    const char *one = getenv("SEED");
    uint64_t first = one != NULL ? strtoull(one, NULL, 10) : 1;
    uint64_t last = one != NULL ? first : SEEDS;

    (void)state;
    for (uint64_t seed = first; seed <= last; seed++) {
        struct arena *a = arena_create(MEMORY);
        uint64_t rng = seed;
        struct notice n = notice_hostile(a, &rng);
        struct chat_attempt at = {.key = STR("k"), .plain = seed % 5 == 0,
                                  .resent = seed % 3 == 0};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            post_is_taken(i, &n, &at, seed);
        line_is_text(&n);
        arena_destroy(a);
    }
}

/* A chat that is not in `rows` is not held to anything. */
static void every_chat_is_here(void **state)
{
    size_t n = 0;

    (void)state;
    for (size_t i = 0; chats[i] != NULL; i++) {
        /* Letters are no JSON: test_email holds them. */
        bool found = chats[i]->render == NULL || strcmp(chats[i]->name, "email") == 0;

        for (size_t k = 0; k < ARRAY_LEN(rows); k++)
            found = found || strcmp(rows[k].type, chats[i]->name) == 0;
        if (!found)
            fail_msg("chat '%s' is not tried with hostile notices", chats[i]->name);
        n++;
    }
    assert_true(n > ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chat_is_here),
        cmocka_unit_test(any_notice_is_taken),
    };
    const char *shared = getenv("SHARED");
    char path[1024];
    int failed;

    snprintf(path, sizeof path, "%s/data/schemas/slack-incoming-webhook.schema.json",
             shared != NULL ? shared : "../shared");
    slack_schema = json_load_file(path, 0, NULL);
    card_schema = load_card_schema();
    webhook_schema = json_load_file("config/webhook.schema.json", 0, NULL);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("recordings: %zu run, %d skipped\n", with_schema,
                  (slack_schema == NULL) + (card_schema == NULL));
    json_decref(slack_schema);
    json_decref(card_schema);
    json_decref(webhook_schema);
    return failed;
}
