/*
 * Chats: payloads within the vendors' limits whatever a notice holds, harmless
 * whatever its titles say, and the right verdict for each answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/sign.h"
#include "base/utf8.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/notice_read.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/webhook.h"
#include "connectors/chat/words.h"
#include "tests/support/notices.h"
#include "tests/support/sanitizer.h"
#include "tests/support/schema.h"
#include "tests/unit/slack_check.h"

static const struct slack_conf slack_own = {
    .url = {.from = SECRET_FILE, .value = STR_INIT("https://hooks.example/T/B/x")},
};
static const struct chat_conf slack = {STR_INIT("product"), STR_INIT("slack"), &slack_own};

static json_t *render(const struct chat_ops *ops, const struct chat_conf *conf,
                      const struct notice *n, const struct chat_attempt *at,
                      struct arena *a, struct http_request *req)
{
    json_error_t je;
    struct err e;
    json_t *root;

    assert_true(ops->render(conf, n, at, a, req, &e));
    root = json_loadb(req->body.p, req->body.n, JSON_REJECT_DUPLICATES, &je);
    assert_non_null(root);
    return root;
}

static void slack_says_it_all(void **state)
{
    struct arena *a = arena_create(1 << 20);
    struct notice_entry e = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section s;
    struct notice n = notice_of_one(&s, &e, 1);
    struct chat_attempt at = {.key = STR("k")};
    struct http_request req;
    json_t *root = render(&slack_ops, &slack, &n, &at, a, &req);
    char *text = json_dumps(root, JSON_COMPACT);

    (void)state;
    assert_true(str_eqz(req.url, "https://hooks.example/T/B/x"));
    assert_false(req.follow);
    check_slack(root);
    assert_non_null(strstr(text, "*1 epic without a strategic link in PAY"));
    assert_non_null(strstr(text, "<https://acme.example/browse/PAY-12|PAY-12>"));
    assert_non_null(strstr(text, "Reseller SSO"));
    assert_non_null(strstr(text, "reported by Ben"));
    assert_non_null(strstr(text, "\\n    _or_ `alignctl link PAY-12 onboarding`"));
    assert_non_null(strstr(text, "Multi-site clinics choose us first"));
    assert_non_null(strstr(text, "unlinked-work"));
    free(text);
    json_decref(root);
    arena_destroy(a);
}

/* What was deleted is no success, in either form. */
static void gone_is_not_resolved(void **state)
{
    struct arena *a = arena_create(1 << 20);
    struct notice_entry e[2] = {notice_an_entry("PAY-12", "Reseller SSO"),
                                notice_an_entry("PAY-13", "Other")};
    struct notice n = {.kind = NOTICE_DRIFT,
                       .channel = STR("product"),
                       .resolved = e,
                       .n_resolved = 2,
                       .total_resolved = 2};
    struct chat_attempt at = {.key = STR("k")};

    (void)state;
    e[0].change = STR("resolved");
    e[1].ended_by = STR("deleted in Jira");
    for (int gone = 0; gone < 2; gone++) {
        struct http_request req;
        json_t *root;
        char *text;

        e[1].change = gone ? STR("ended") : STR("resolved");
        root = render(&slack_ops, &slack, &n, &at, a, &req);
        text = json_dumps(root, JSON_COMPACT);
        assert_non_null(strstr(text, "(deleted in Jira)"));
        assert_int_equal(strstr(text, "*Over* (2)") != NULL, gone);
        assert_int_equal(strstr(text, "Over (2): PAY-12") != NULL, gone);
        assert_int_equal(strstr(text, "esolved") == NULL, gone);
        assert_int_equal(strstr(text, "white_check_mark") == NULL, gone);
        free(text);
        json_decref(root);
    }
    arena_destroy(a);
}

static void hostile_titles_are_text(void **state)
{
    static const char *const titles[] = {
        "<!channel> urgent",
        "<@U012AB> and <#C1|x>",
        "a|b>c<d&e",
        "line\nbreak \x1b[31mred\x1b[0m \x07",
        ("\xe2\x80\xae" "txt.exe \xe2\x81\xa6 bidi"),
        "bad \xff\xfe utf-8 \xc3",
        "*bold* _it_ `code` ~s~ ```x```",
        "",
    };
    struct arena *a = arena_create(1 << 22);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        struct notice_entry e = notice_an_entry("PAY-1", titles[i]);
        struct notice_section s;
        struct notice n = notice_of_one(&s, &e, 1);
        struct chat_attempt at = {.key = STR("k")};
        struct http_request req;
        json_t *root;

        e.url = STR("javascript:alert(1)");
        root = render(&slack_ops, &slack, &n, &at, a, &req);
        check_slack(root);
        json_decref(root);
    }
    arena_destroy(a);
}

/* ---- random notices ---- */

static void matches_its_schema(const json_t *schema, const json_t *payload)
{
    struct buf why;

    buf_init(&why, 4096);
    if (!schema_check(schema, payload, &why))
        fail_msg("config/webhook.schema.json: %s", buf_cstr(&why));
    buf_finish(&why);
}

static void any_notice_is_within_limits(void **state)
{
    static const struct webhook_conf hook_own = {.url = STR_INIT("https://h.example/")};
    static const struct chat_conf hook = {STR_INIT("audit"), STR_INIT("webhook"), &hook_own};
    json_t *schema = json_load_file("config/webhook.schema.json", 0, NULL);

    (void)state;
    assert_non_null(schema);
    for (uint64_t seed = 1; seed <= BY_CHANCE(500, 150); seed++) {
        struct arena *a = arena_create(1 << 24);
        uint64_t rng = seed;
        struct notice n = notice_random(a, &rng);
        struct chat_attempt at = {.key = STR("k"), .plain = seed % 5 == 0,
                                  .resent = seed % 3 == 0};
        struct http_request req;
        json_t *root = render(&slack_ops, &slack, &n, &at, a, &req);

        check_slack(root);
        json_decref(root);
        root = render(&webhook_ops, &hook, &n, &at, a, &req);
        assert_true(req.body.n < 20000);
        matches_its_schema(schema, root);
        json_decref(root);
        arena_destroy(a);
    }
    json_decref(schema);
}

static void a_notice_survives_its_stored_form(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= BY_CHANCE(50, 20); seed++) {
        struct arena *a = arena_create(1 << 24);
        uint64_t rng = seed;
        struct notice n = notice_random(a, &rng), back;
        struct buf one, two;
        struct err e;

        buf_init(&one, 1 << 22);
        buf_init(&two, 1 << 22);
        notice_write(&one, &n);
        assert_true(notice_read(buf_str(&one), a, &back, &e));
        notice_write(&two, &back);
        assert_true(str_eq(buf_str(&one), buf_str(&two)));
        for (size_t cut = 0; cut < one.n; cut += 1 + one.n / 97)
            assert_false(notice_read(str_first(buf_str(&one), cut), a, &back, &e));
        buf_finish(&one);
        buf_finish(&two);
        arena_destroy(a);
    }
}

/* ---- verdicts ---- */

static const struct {
    int status;
    const char *body, *retry_after;
    enum chat_verdict slack, webhook;
    int64_t after_ms;
} verdicts[] = {
    {200, "ok", NULL, CHAT_DELIVERED, CHAT_DELIVERED, 0},
    {200, "ok\n", NULL, CHAT_DELIVERED, CHAT_DELIVERED, 0},
    {200, "<html>", NULL, CHAT_UNCERTAIN, CHAT_DELIVERED, 0},
    {204, "", NULL, CHAT_UNCERTAIN, CHAT_DELIVERED, 0},
    {302, "", NULL, CHAT_REJECTED, CHAT_REJECTED, 0},
    {400, "invalid_payload", NULL, CHAT_PLAIN, CHAT_REJECTED, 0},
    {400, "invalid_blocks", NULL, CHAT_PLAIN, CHAT_REJECTED, 0},
    {403, "invalid_token", NULL, CHAT_DEAD, CHAT_REJECTED, 0},
    {404, "channel_not_found", NULL, CHAT_DEAD, CHAT_REJECTED, 0},
    {404, "no_active_hooks", NULL, CHAT_DEAD, CHAT_REJECTED, 0},
    {408, "", NULL, CHAT_RETRY, CHAT_RETRY, 0},
    {410, "channel_is_archived", NULL, CHAT_DEAD, CHAT_DEAD, 0},
    {425, "", NULL, CHAT_RETRY, CHAT_RETRY, 0},
    {429, "rate_limited", "30", CHAT_RETRY, CHAT_RETRY, 30000},
    {429, "no_service", "30", CHAT_RETRY, CHAT_RETRY, 30000},
    {429, "", "-5", CHAT_RETRY, CHAT_RETRY, 0},
    {429, "", "0.5", CHAT_RETRY, CHAT_RETRY, 500},
    {429, "", "99999999999", CHAT_RETRY, CHAT_RETRY, 86400000},
    {429, "", "Tue, 14 Nov 2023 22:14:00 GMT", CHAT_RETRY, CHAT_RETRY, 40000},
    {429, "", "soon", CHAT_RETRY, CHAT_RETRY, 0},
    {500, "rollup_error", NULL, CHAT_RETRY, CHAT_RETRY, 0},
    {501, "", NULL, CHAT_REJECTED, CHAT_REJECTED, 0},
    {502, "", NULL, CHAT_UNCERTAIN, CHAT_UNCERTAIN, 0},
    {503, "", "7", CHAT_RETRY, CHAT_RETRY, 7000},
    {504, "", NULL, CHAT_UNCERTAIN, CHAT_UNCERTAIN, 0},
};

static void each_answer_has_its_verdict(void **state)
{
    const struct wall now = {1700000000000}; /* Tue, 14 Nov 2023 22:13:20 GMT */

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
        struct http_header h = {STR("Retry-After"), str_of(verdicts[i].retry_after)};
        struct http_response r = {.status = verdicts[i].status,
                                  .body = str_of(verdicts[i].body),
                                  .headers = &h,
                                  .n_headers = verdicts[i].retry_after != NULL};
        struct dur after;
        struct err e;

        if (slack_ops.judge(&slack, &r, NULL, now, &after, &e) != verdicts[i].slack)
            fail_msg("slack: row %zu (%d %s)", i, verdicts[i].status, verdicts[i].body);
        if (webhook_ops.judge(&slack, &r, NULL, now, &after, &e) != verdicts[i].webhook)
            fail_msg("webhook: row %zu (%d)", i, verdicts[i].status);
        assert_int_equal(after.ms, verdicts[i].after_ms);
    }
}

/* 200 by an app of Slack's is told apart by words. */
static const struct {
    const char *body;
    enum chat_verdict verdict;
    const char *why; /* NULL: none */
} app_answers[] = {
    {"{\"ok\":true,\"ts\":\"1.2\"}", CHAT_DELIVERED, NULL},
    {"{\"ok\":true}", CHAT_DELIVERED, NULL},
    {"{\"ok\":false,\"error\":\"ratelimited\"}", CHAT_RETRY,
     "answered 200: ratelimited"},
    {"{\"ok\":false,\"error\":\"service_unavailable\"}", CHAT_RETRY,
     "answered 200: service_unavailable"},
    {"{\"ok\":false,\"error\":\"fatal_error\"}", CHAT_UNCERTAIN,
     "answered 200: fatal_error"},
    {"{\"ok\":false,\"error\":\"internal_error\"}", CHAT_UNCERTAIN,
     "answered 200: internal_error"},
    {"{\"ok\":false,\"error\":\"invalid_blocks\"}", CHAT_PLAIN,
     "answered 200: invalid_blocks"},
    {"{\"ok\":false,\"error\":\"msg_too_long\"}", CHAT_PLAIN,
     "answered 200: msg_too_long"},
    {"{\"ok\":false,\"error\":\"not_in_channel\"}", CHAT_DEAD,
     "answered 200: not_in_channel"},
    {"{\"ok\":false,\"error\":\"is_archived\"}", CHAT_DEAD,
     "answered 200: is_archived"},
    {"{\"ok\":false,\"error\":\"missing_scope\"}", CHAT_DEAD,
     "answered 200: missing_scope"},
    {"{\"ok\":false,\"error\":\"account_inactive\"}", CHAT_DEAD,
     "answered 200: account_inactive"},
    {"{\"ok\":false,\"error\":\"a word nobody knows\"}", CHAT_REJECTED,
     "answered 200: not ok"},
    {"{\"ok\":false}", CHAT_REJECTED, "answered 200: not ok"},
    {"{\"ok\":\"no\"}", CHAT_UNCERTAIN, "answered 200 without 'ok'"},
    {"{\"error\":\"not_in_channel\"}", CHAT_UNCERTAIN, "answered 200 without 'ok'"},
    {"{\"ok\":fal", CHAT_UNCERTAIN, "answered 200 without 'ok'"},
    {"ok", CHAT_UNCERTAIN, "answered 200 without 'ok'"},
    {"", CHAT_UNCERTAIN, "answered 200 without 'ok'"},
};

static void an_app_is_answered_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(app_answers); i++) {
        struct http_response r = {.status = 200, .body = str_of(app_answers[i].body)};
        const char *why = app_answers[i].why;
        struct dur after;
        struct err e = {0};

        if (slack_app_ops.judge(&slack, &r, NULL, (struct wall){0}, &after, &e) !=
            app_answers[i].verdict)
            fail_msg("row %zu: %s", i, app_answers[i].body);
        assert_string_equal(e.msg, why != NULL ? why : "");
    }
}

static void silence_is_told_from_refusal(void **state)
{
    struct err sent, never, e;
    struct dur after;

    (void)state;
    err_set(&sent, ERR_NET, "timed out");
    err_set_retry(&never, ERR_NET, "refused");
    assert_int_equal(slack_ops.judge(&slack, NULL, &sent, (struct wall){0}, &after, &e),
                     CHAT_UNCERTAIN);
    assert_string_equal(e.msg, "timed out");
    assert_int_equal(slack_ops.judge(&slack, NULL, &never, (struct wall){0}, &after, &e),
                     CHAT_RETRY);
}

/* ---- signatures ---- */

static struct str header(const struct http_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_headers; i++) {
        if (str_eq_nocase(req->headers[i].name, str_of(name)))
            return req->headers[i].value;
    }
    return STR_NONE;
}

static void webhooks_are_signed(void **state)
{
    struct webhook_conf own = {
        .url = STR("https://h.example/x"),
        .secret = {.from = SECRET_FILE,
                   .value = STR("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n")},
    };
    struct chat_conf conf = {STR("audit"), STR("webhook"), &own};
    struct arena *a = arena_create(1 << 20);
    struct notice_entry entry = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section s;
    struct notice n = notice_of_one(&s, &entry, 1);
    struct chat_attempt at = {.now = {1700000123456}, .key = STR("00ff")};
    struct http_request req;
    json_t *root = render(&webhook_ops, &conf, &n, &at, a, &req);
    struct buf key, text, want;
    uint8_t mac[SIGN_SHA256_LEN];
    struct err e;

    (void)state;
    assert_true(str_eqz(header(&req, "webhook-id"), "00ff"));
    assert_true(str_eqz(header(&req, "webhook-timestamp"), "1700000123"));
    buf_init(&key, 100);
    buf_init(&text, 1 << 16);
    buf_init(&want, 100);
    assert_true(sign_base64_decode(&key, STR("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), &e));
    buf_addz(&text, "00ff.1700000123.");
    buf_add(&text, req.body);
    sign_hmac_sha256(buf_str(&key), buf_str(&text), mac);
    buf_addz(&want, "v1,");
    sign_base64(&want, (struct str){(char *)mac, sizeof(mac)});
    assert_true(str_eq(header(&req, "webhook-signature"), buf_str(&want)));
    assert_string_equal(json_string_value(json_object_get(root, "type")), "alignd.drift");

    /* While keys change, who knows either secret can check. */
    own.old_secret = own.secret;
    own.secret.value = STR("raw bytes of the new one");
    assert_true(webhook_ops.render(&conf, &n, &at, a, &req, &e));
    struct str list = header(&req, "webhook-signature"), newer;

    assert_true(str_split(&list, ' ', &newer));
    assert_true(str_eq(list, buf_str(&want)));
    sign_hmac_sha256(own.secret.value, buf_str(&text), mac);
    buf_clear(&want);
    buf_addz(&want, "v1,");
    sign_base64(&want, (struct str){(char *)mac, sizeof(mac)});
    assert_true(str_eq(newer, buf_str(&want)));

    own.secret.value = STR("whsec_not base64!");
    assert_false(webhook_ops.render(&conf, &n, &at, a, &req, &e));
    assert_null(strstr(e.msg, "not base64!"));

    own.secret.from = SECRET_NONE;
    assert_true(webhook_ops.render(&conf, &n, &at, a, &req, &e));
    assert_int_equal(header(&req, "webhook-signature").n, 0);
    buf_finish(&key);
    buf_finish(&text);
    buf_finish(&want);
    json_decref(root);
    arena_destroy(a);
}

static void the_journal_reads_like_text(void **state)
{
    struct arena *a = arena_create(1 << 20);
    struct notice_entry e = notice_an_entry("PAY-12", "Reseller\nSSO \x1b[2J");
    struct notice_section s;
    struct notice n = notice_of_one(&s, &e, 1);
    struct str line;
    struct err err;

    (void)state;
    assert_true(journal_ops.line(NULL, &n, a, &line, &err));
    assert_string_equal(line.p,
                        "Strategy drift - Payments\n"
                        "1 epic without a strategic link in PAY (oldest 3 d) "
                        "[unlinked-work]\n"
                        "  PAY-12 \"Reseller SSO [2J\" - reported by Ben\n"
                        "    serves: Multi-site clinics choose us first - They decide once "
                        "for all their sites\n"
                        "    fix: label `initiative:onboarding` in Jira\n"
                        "    or:  alignctl link PAY-12 onboarding\n"
                        "  why it matters: Work nobody chose takes the place of work "
                        "somebody did\n");
    arena_destroy(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slack_says_it_all),
        cmocka_unit_test(gone_is_not_resolved),
        cmocka_unit_test(hostile_titles_are_text),
        cmocka_unit_test(any_notice_is_within_limits),
        cmocka_unit_test(a_notice_survives_its_stored_form),
        cmocka_unit_test(each_answer_has_its_verdict),
        cmocka_unit_test(an_app_is_answered_in_words),
        cmocka_unit_test(silence_is_told_from_refusal),
        cmocka_unit_test(webhooks_are_signed),
        cmocka_unit_test(the_journal_reads_like_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
