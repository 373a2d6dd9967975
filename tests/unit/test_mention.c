/* Whom a chat can mention, and how each does: by ids that can be none of everybody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/teams.h"
#include "core/mention.h"
#include "tests/support/notices.h"

static void ids_are_of_their_chat(void **state UNUSED)
{
    static const struct {
        enum mention_chat chat;
        const char *id;
        bool fits;
    } rows[] = {
        {MENTION_slack, "U012AB", true},
        {MENTION_slack, "W012AB", true},
        {MENTION_slack, "C012AB", false},
        {MENTION_slack, "u012ab", false},
        {MENTION_slack, "U1><!channel", false},
        {MENTION_slack, "", false},
        {MENTION_teams, "ana@acme.example", true},
        {MENTION_teams, "87d349ed-44d7-43e1-9a83-5f2406dee5bd", true},
        {MENTION_teams, "ana\"x", false},
        {MENTION_discord, "80351110224678912", true},
        {MENTION_discord, "&1", false},
        {MENTION_discord, "everyone", false},
        {MENTION_google_chat, "1234567890", true},
        {MENTION_google_chat, "all", false},
        {MENTION_mattermost, "ana.silva", true},
        {MENTION_mattermost, "all", false},
        {MENTION_mattermost, "channel", false},
        {MENTION_mattermost, "here", false},
        {MENTION_mattermost, "Ana", false},
        {MENTION_mattermost, "ana @all", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (mention_fits(rows[i].chat, str_of(rows[i].id)) != rows[i].fits)
            fail_msg("%s: %s", mention_key(rows[i].chat), rows[i].id);
    }
}

static void what_does_not_fit_is_left_out(void **state UNUSED)
{
    const struct person p = {.id = STR("ana"),
                             .slack = STR("U012AB"),
                             .discord = STR("<@everyone>"),
                             .mattermost = STR("all"),
                             .google_chat = STR("12")};
    struct mention m = mention_of_person(&p);

    assert_true(str_eqz(m.name, "ana")); /* for want of a name */
    assert_true(str_eqz(m.slack, "U012AB") && str_eqz(m.google_chat, "12"));
    assert_int_equal(m.discord.n + m.mattermost.n + m.teams.n, 0);
}

/* One person known to all chats, and one known to none. */
static const char *rendered(const struct chat_ops *ops, const void *own, bool plain,
                            struct arena *a)
{
    struct mention who[] = {{.name = STR("Ana Silva"),
                             .slack = STR("U012AB"),
                             .teams = STR("ana@acme.example"),
                             .discord = STR("80351110224678912"),
                             .mattermost = STR("ana.silva"),
                             .google_chat = STR("1234567890")},
                            {.name = STR("Ben Okoro")}};
    struct notice_entry e = notice_an_entry("PAY-12", "SSO");
    struct chat_conf conf = {STR("c"), str_of(ops->name), own};
    struct chat_attempt at = {.key = STR("k"), .plain = plain};
    struct http_request req;
    struct notice_section s;
    struct notice n;
    struct str line;
    struct err err;

    e.people = who;
    e.n_people = 2;
    n = notice_of_one(&s, &e, 1);
    if (ops->line != NULL) {
        assert_true(ops->line(&conf, &n, a, &line, &err));
        return line.p;
    }
    if (!ops->render(&conf, &n, &at, a, &req, &err))
        fail_msg("%s: %s", ops->name, err.msg);
    return arena_strdup(a, req.body);
}

static void each_chat_has_its_own_way(void **state UNUSED)
{
    static const struct slack_conf own = {
        .url = {.from = SECRET_FILE, .value = STR_INIT("https://chat.example/x?y=z")},
    };
    static const struct {
        const struct chat_ops *ops;
        const char *want[2];
    } rows[] = {
        {&slack_ops, {"\"For <@U012AB>, Ben Okoro\"", "\"section\""}},
        {&discord_ops,
         {"**\\u000aFor <@80351110224678912>, Ben Okoro\"",
          "\"allowed_mentions\":{\"parse\":[],\"users\":[\"80351110224678912\"]}"}},
        {&mattermost_ops, {"**\\u000aFor @ana.silva, Ben Okoro\"", "\"attachments\""}},
        {&google_chat_ops, {"\"text\":\"For <users/1234567890>, Ben Okoro\"", "cardsV2"}},
        {&teams_ops,
         {"\"For <at>Ana Silva</at>, Ben Okoro\"",
          "\"entities\":[{\"type\":\"mention\",\"text\":\"<at>Ana Silva</at>\","
          "\"mentioned\":{\"id\":\"ana@acme.example\",\"name\":\"Ana Silva\"}}]"}},
        {&journal_ops, {"For Ana Silva, Ben Okoro\n", "PAY-12"}},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(1 << 22);
        const char *text = rendered(rows[i].ops, &own, false, a);

        for (size_t k = 0; k < 2; k++) {
            if (strstr(text, rows[i].want[k]) == NULL)
                fail_msg("%s: %s is not in: %s", rows[i].ops->name, rows[i].want[k], text);
        }
        /* Sent again as plain text it names them, and rings nobody. */
        text = rendered(rows[i].ops, &own, true, a);
        assert_non_null(strstr(text, "Ana Silva"));
        assert_null(strstr(text, "<@"));
        assert_null(strstr(text, "80351110224678912"));
        assert_null(strstr(text, "@ana.silva"));
        assert_null(strstr(text, "<users/"));
        assert_null(strstr(text, "<at>"));
        arena_destroy(a);
    }
}

static void types_of_channels(void **state UNUSED)
{
    enum mention_chat c;

    assert_true(mention_chat_of(STR("slack-app"), &c) && c == MENTION_slack);
    assert_true(mention_chat_of(STR("google-chat"), &c) && c == MENTION_google_chat);
    assert_false(mention_chat_of(STR("email"), &c));
    assert_false(mention_chat_of(STR("journal"), &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_of_their_chat),
        cmocka_unit_test(what_does_not_fit_is_left_out),
        cmocka_unit_test(each_chat_has_its_own_way),
        cmocka_unit_test(types_of_channels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
