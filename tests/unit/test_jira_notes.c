/* What the Jira tracker tells whoever runs it: notes, hints, places in JQL. */
#include "tests/unit/jira_talk.h"

#define PAY "{\"isLast\":true,\"values\":[{\"key\":\"PAY\",\"id\":\"10\"}]}"
#define GATEWAY "https://api.atlassian.com/ex/jira/1-2"

static void begin(struct talk *k)
{
    talk_init(k);
    k->telling = true;
    talk_known(k, "PAY", "10", "1 s e 1795345200000 0");
}

static void what_was_found_out_is_told(void **state)
{
    struct str_pair fields[] = {{STR("Bet!"), STR("bet")}, {STR("points"), STR("auto")}};
    struct talk k;

    (void)state;
    begin(&k);
    k.conf.fields = (struct str_pair_list){fields, ARRAY_LEN(fields)};
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", "{\"accountId\":\"5b1\",\"displayName\":\"Bot\"}");
    talk_ok(&k, "field", "[{\"id\":\"customfield_1\",\"name\":\"Bet\"}]");
    talk_ok(&k, "project/search", PAY);
    talk_log(&k, "seen PAY #10\n"
                 "note account ok: Bot (5b1)\n"
                 "note token ok: API token of bot@acme.com\n"
                 "note deployment ok: Jira Cloud\n"
                 "note site ok: https://acme.atlassian.net\n"
                 "note dates ok: JQL takes milliseconds\n"
                 "note fields.bet- ok: customfield_1 'Bet' (of no type)\n"
                 "note fields.points warn: none found; give the name or the id of the "
                 "field: fields: { points: NAME }\n"
                 "note jql ok: \n");
    /* Once: a quiet sync tells nothing. */
    talk_again(&k, 5);
    talk_ok(&k, "search/jql", "{\"issues\":[]}");
    assert_true(str_find(buf_str(&k.log), STR("note")) < 0);
    talk_finish(&k);
}

static void the_kind_of_token_is_told(void **state)
{
    static const struct {
        const char *url, *user;
        bool token, cloud;
        const char *want;
    } rows[] = {
        {GATEWAY, "bot@acme.com", true, true,
         "note account ok: 5b1\nnote token ok: scoped API token of bot@acme.com, through "
         "the gateway\nnote deployment ok: Jira Cloud\n"
         "note site ok: https://acme.atlassian.net\n"},
        {GATEWAY, "", true, true,
         "note account ok: 5b1\nnote token ok: Bearer token\nnote deployment ok: Jira "
         "Cloud\nnote site ok: https://acme.atlassian.net\n"},
        {"https://jira.acme.com", "", true, false,
         "note account ok: 5b1\nnote token ok: personal access token\n"
         "note deployment ok: Jira Data Center 10.3.2\nnote site ok: "
         "https://jira.acme.com\n"},
        {"https://jira.acme.com", "bot", true, false,
         "note account ok: 5b1\nnote token ok: password or token of bot\n"},
        {"https://jira.acme.com", "", false, false,
         "note account ok: anonymous: what the public sees\nnote token ok: none\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        begin(&k);
        k.conf.url = str_of(rows[i].url);
        k.own.user = str_of(rows[i].user);
        k.own.token.from = rows[i].token ? SECRET_FILE : SECRET_NONE;
        talk_begin(&k);
        talk_ok(&k, "serverInfo",
                rows[i].cloud ? TALK_CLOUD
                              : "{\"deploymentType\":\"Server\",\"version\":\"10.3.2\"}");
        if (rows[i].token) {
            talk_ok(&k, "myself", "{\"accountId\":\"5b1\"}");
        }
        talk_ok(&k, "field", TALK_FIELDS);
        talk_ok(&k, "project", rows[i].cloud ? PAY : "[{\"key\":\"PAY\",\"id\":\"10\"}]");
        if (str_find(buf_str(&k.log), str_of(rows[i].want)) < 0) {
            fail_msg("row %zu: %s", i, buf_cstr(&k.log));
        }
        talk_finish(&k);
    }
}

/* A wrong host gives misleading answers, so the right one is named. */
static void refusals_name_the_fix(void **state)
{
    static const struct {
        const char *url;
        int deployment, status;
        const char *want;
    } rows[] = {
        {GATEWAY, JIRA_AUTO, 401,
         "note account bad: Jira answered 401 to serverInfo; check user, token, its scopes "
         "(read:jira-work, read:jira-user) and the cloud id, told at "
         "https://SITE/_edge/tenant_info\n"},
        {GATEWAY, JIRA_AUTO, 404,
         "failed not-found: Jira answered 404 to serverInfo; the gateway knows no such "
         "site: its cloud id is told at https://SITE/_edge/tenant_info\n"},
        {"https://acme.atlassian.net", JIRA_AUTO, 401,
         "note account bad: Jira answered 401 to serverInfo; check user and token; a "
         "scoped token needs url https://api.atlassian.com/ex/jira/CLOUD-ID, told at "
         "https://acme.atlassian.net/_edge/tenant_info\n"},
        {"https://jira.acme.com", JIRA_DATACENTER, 401,
         "note account bad: Jira answered 401 to myself; check user and token\n"},
        {"https://jira.acme.com", JIRA_CLOUD, 401,
         "a scoped token needs url https://api.atlassian.com/ex/jira/CLOUD-ID, told at "
         "https://SITE/_edge/tenant_info\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk k;

        begin(&k);
        k.conf.url = str_of(rows[i].url);
        k.own.deployment = rows[i].deployment;
        talk_begin(&k);
        talk_reply(&k, "", (struct talk_answer){.status = rows[i].status, .body = ""});
        if (str_find(buf_str(&k.log), str_of(rows[i].want)) < 0) {
            fail_msg("row %zu: %s", i, buf_cstr(&k.log));
        }
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

static void a_field_that_cannot_be_told_is_noted(void **state)
{
    struct str_pair fields[] = {{STR("initiative"), STR("bet")}};
    struct talk k;

    (void)state;
    begin(&k);
    k.conf.fields = (struct str_pair_list){fields, 1};
    talk_begin(&k);
    talk_ok(&k, "serverInfo", TALK_CLOUD);
    talk_ok(&k, "myself", TALK_MYSELF);
    talk_ok(&k, "field",
            "[{\"id\":\"customfield_1\",\"name\":\"Bet\",\"schema\":{\"type\":\"string\"}},"
            "{\"id\":\"customfield_2\",\"name\":\"Bet\",\"schema\":{\"type\":\"option\"}}]");
    talk_log(&k,
             "failed config: fields.initiative: 'bet' is the name of 2 fields in Jira, "
             "give an id: customfield_1 (string), customfield_2 (option)\n"
             "note fields.initiative bad: fields.initiative: 'bet' is the name of 2 "
             "fields in Jira, give an id: customfield_1 (string), customfield_2 (option); "
             "give the id of one field\n");
    talk_finish(&k);
}

/* ---- JQL ---- */

#define WORDS                                                                          \
    "Error in the JQL Query: Expecting operator but got 'foo'. The valid operators are " \
    "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."

static const struct {
    const char *jql, *place, *want;
} places[] = {
    /* The expression stands in parentheses: what Jira counts is one too many. */
    {"labels foo = a", " (line 1, character 9)",
     " at line 1, character 8, 'foo = a': " WORDS},
    {"\xc3\xa4\xc3\xb6 foo = a", " (line 1, character 5)",
     " at line 1, character 4, 'foo = a': " WORDS},
    {"labels = a\nOR foo = a", " (line 2, character 4)",
     " at line 2, character 4, 'foo = a': " WORDS},
    {"labels foo (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)", " (line 1, character 9)",
     " at line 1, character 8, 'foo (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...': " WORDS},
    /* Behind the expression is what alignd adds: no place of the operator's. */
    {"labels =", " (line 1, character 10)", ": " WORDS},
    {"labels =", " (line 7, character 1)", ": " WORDS},
    {"labels =", " (line 1, character 1)", ": " WORDS},
    {"labels =", " (line 1, character x)", ": " WORDS " (line 1, character x)"},
    {"labels =", " (line 1)", ": " WORDS " (line 1)"},
    {"labels =", "", ": " WORDS},
};

static void a_refused_expression_is_shown_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct talk k;
        struct buf body, want;

        talk_init(&k);
        buf_init(&body, 4096);
        buf_init(&want, 4096);
        buf_printf(&body, "{\"errorMessages\":[\"%s%s\"]}", WORDS, places[i].place);
        buf_printf(&want, "note jql bad: Jira refused 'jql'%s; correct 'jql' of this "
                          "source\n",
                   places[i].want);
        k.telling = true;
        k.own.jql = str_of(places[i].jql);
        k.own.deployment = JIRA_CLOUD;
        talk_begin(&k);
        talk_ok(&k, "myself", TALK_MYSELF);
        talk_ok(&k, "field", TALK_FIELDS);
        talk_ok(&k, "4102444800000", TALK_NONE);
        talk_reply(&k, "86400000",
                   (struct talk_answer){.status = 400, .body = buf_cstr(&body)});
        talk_forget(&k);
        talk_reply(&k, "!= Done",
                   (struct talk_answer){.status = 400, .body = buf_cstr(&body)});
        if (str_find(buf_str(&k.log), buf_str(&want)) < 0 ||
            str_find(buf_str(&k.log), STR("failed jql config: Jira refused 'jql'")) < 0) {
            fail_msg("row %zu: wanted %s\ntold   %s", i, buf_cstr(&want), buf_cstr(&k.log));
        }
        talk_finish(&k);
        buf_finish(&body);
        buf_finish(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_found_out_is_told),
        cmocka_unit_test(the_kind_of_token_is_told),
        cmocka_unit_test(refusals_name_the_fix),
        cmocka_unit_test(a_field_that_cannot_be_told_is_noted),
        cmocka_unit_test(a_refused_expression_is_shown_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
