/* What the chat sinks take, refuse, keep and print. */
#include <stdlib.h>

#include "base/sign.h"
#include "tests/support/vendors/chat.h"
#include "tests/unit/vendors_rig.h"

/* `$N` in a row stands for a string of N characters, two bytes each. */
static json_t *message(const char *row)
{
    struct buf text;
    json_error_t why;
    json_t *o;

    buf_init(&text, (size_t)4 << 20);
    for (const char *p = row; *p; p++) {
        size_t n = 0;

        if (*p != '$') {
            buf_addc(&text, *p);
            continue;
        }
        while (p[1] >= '0' && p[1] <= '9') {
            n = n * 10 + (size_t)(*++p - '0');
        }
        buf_addc(&text, '"');
        for (; n; n--) {
            buf_addz(&text, "é");
        }
        buf_addc(&text, '"');
    }
    o = json_loadb(buf_cstr(&text), text.n, JSON_DECODE_ANY, &why);
    if (!o) {
        fail_msg("%s: %s", row, why.text);
    }
    buf_finish(&text);
    return o;
}

#define SECTION(text)                                                                  \
    "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":" text "}}"
#define HEADER(text)                                                                   \
    "{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":" text "}}"
#define BLOCKS(b) "{\"text\":\"t\",\"blocks\":[" b "]}"
#define BUTTON(more)                                                                   \
    "{\"type\":\"actions\",\"elements\":[{\"type\":\"button\","                        \
    "\"text\":{\"type\":\"plain_text\",\"text\":\"go\"}" more "}]}"

static void slack_is_strict(void **state)
{
    static const struct {
        const char *message, *answer;
    } rows[] = {
        {"{\"text\":\"hello\"}", "ok"},
        {"{\"text\":\"\"}", "no_text"},
        {"{}", "no_text"},
        {"[]", "invalid_payload"},
        {"\"text\"", "invalid_payload"},
        {"{\"text\":7}", "invalid_payload"},
        {"{\"text\":\"t\",\"attachments\":{}}", "invalid_payload"},
        {"{\"attachments\":[{\"text\":\"x\"}]}", "ok"},
        {"{\"blocks\":[" SECTION("\"x\"") "]}", "ok"},
        {"{\"text\":\"t\",\"blocks\":{}}", "invalid_blocks"},
        {"{\"text\":\"t\",\"blocks\":[{\"type\":\"poem\"}]}", "invalid_blocks"},
        {"{\"text\":\"t\",\"blocks\":[7]}", "invalid_blocks"},
        {BLOCKS(SECTION("$3000")), "ok"},
        {BLOCKS(SECTION("$3001")), "invalid_blocks"},
        {BLOCKS(SECTION("\"\"")), "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\"}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":$2000}"
                "]}"),
         "ok"},
        {BLOCKS("{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":$2001}"
                "]}"),
         "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"fields\":[]}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"text\":{\"type\":\"html\",\"text\":\"x\"}}"),
         "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"text\":\"x\"}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"colour\":1,\"text\":{\"type\":\"mrkdwn\","
                "\"text\":\"x\"}}"),
         "invalid_blocks"},
        {BLOCKS("{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"x\","
                "\"verbatim\":true}}"),
         "ok"},
        {BLOCKS("{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"x\","
                "\"emoji\":true}}"),
         "invalid_blocks"},
        {BLOCKS(HEADER("$150")), "ok"},
        {BLOCKS(HEADER("$151")), "invalid_blocks"},
        {BLOCKS("{\"type\":\"header\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"x\"}}"),
         "invalid_blocks"},
        {BLOCKS("{\"type\":\"divider\"}"), "ok"},
        {BLOCKS("{\"type\":\"divider\",\"text\":\"x\"}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"context\",\"elements\":[]}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"context\",\"elements\":[{\"type\":\"plain_text\","
                "\"text\":\"x\"},{\"type\":\"image\",\"image_url\":\"u\",\"alt_text\":"
                "\"a\"}]}"),
         "ok"},
        {BLOCKS(BUTTON(",\"url\":\"https://x\"")), "ok"},
        {BLOCKS(BUTTON(",\"url\":$3001")), "invalid_blocks"},
        {BLOCKS(BUTTON(",\"style\":\"loud\"")), "invalid_blocks"},
        {BLOCKS(BUTTON(",\"value\":$2001")), "invalid_blocks"},
        {BLOCKS("{\"type\":\"divider\",\"block_id\":$256}"), "invalid_blocks"},
        {BLOCKS("{\"type\":\"divider\",\"block_id\":\"a\"},{\"type\":\"divider\","
                "\"block_id\":\"a\"}"),
         "invalid_blocks"},
        {BLOCKS("{\"type\":\"markdown\",\"text\":$12000}"), "ok"},
        {BLOCKS("{\"type\":\"markdown\",\"text\":$12001}"), "invalid_blocks"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *o = message(rows[i].message);

        if (strcmp(chat_check_slack(o), rows[i].answer) != 0) {
            fail_msg("row %zu: %s, not %s: %.100s", i, chat_check_slack(o),
                     rows[i].answer, rows[i].message);
        }
        json_decref(o);
    }
}

static void lists_have_limits(void **state)
{
    static const struct {
        const char *key, *element;
        size_t most;
        const char *answer;
    } rows[] = {
        {"blocks", "{\"type\":\"divider\"}", 50, "invalid_blocks"},
        {"attachments", "{\"text\":\"x\"}", 100, "too_many_attachments"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *list = json_array(), *one = message(rows[i].element);
        json_t *o = json_pack("{s:s, s:O}", "text", "t", rows[i].key, list);

        for (size_t n = 0; n < rows[i].most; n++) {
            (void)json_array_append(list, one);
        }
        assert_string_equal(chat_check_slack(o), "ok");
        (void)json_array_append(list, one);
        assert_string_equal(chat_check_slack(o), rows[i].answer);
        json_decref(one);
        json_decref(list);
        json_decref(o);
    }
}

static void expect_print(const char *row, size_t width, bool colour,
                         const char *expected)
{
    json_t *o = message(row);
    struct buf out;

    buf_init(&out, (size_t)1 << 20);
    chat_print(&out, o, "message 1", colour, width);
    assert_string_equal(buf_cstr(&out), expected);
    buf_finish(&out);
    json_decref(o);
}

#define RULE40 "========================================\n"
#define HEAD40 "=== message 1 ==========================\n"

static void messages_print_readably(void **state)
{
    (void)state;
    expect_print("{\"text\":\"plain <https://x.example|PAY-1> &lt;b&gt; &amp;amp;\"}",
                 40, false, HEAD40 "plain PAY-1 <b> &amp;\n" RULE40);
    expect_print(BLOCKS(HEADER("\"Two epics\"") "," SECTION(
                     "\"*bold* and 2*3 words that go on until the "
                     "line is full\"") ","
                                       "{\"type\":\"divider\"}"
                                       "," BUTTON("")),
                 40, false,
                 HEAD40 "Two epics\n"
                        "bold and 2*3 words that go on until the\n"
                        "line is full\n"
                        "────────────────────────────────────────\n"
                        "[ go ]\n" RULE40);
    /* Fields one a line; a long word is cut; wide characters count two. */
    expect_print(
        BLOCKS("{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":"
               "\"a\"},{\"type\":\"mrkdwn\",\"text\":\"b\"}]}"),
        40, false, HEAD40 "a\nb\n" RULE40);
    expect_print("{\"text\":\"漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\"}", 40,
                 false,
                 HEAD40 "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字\n漢字\n" RULE40);
    /* Bells, escapes and right-to-left marks never reach the terminal. */
    expect_print("{\"text\":\"a\\u0007b\\u001b[31mc\\u202ed\"}", 40, false,
                 HEAD40 "ab[31mcd\n" RULE40);
    /* A call to everybody is shown as one. */
    expect_print("{\"text\":\"<!channel> look\"}", 40, true,
                 "\033[2m=== message 1 ==========================\033[0m\n"
                 "\033[1;31m@channel\033[0m look\n"
                 "\033[2m========================================\033[0m\n");
    /* What is not Slack's is shown as it is. */
    expect_print("{\"type\":\"x\",\"data\":{}}", 40, false,
                 HEAD40 "{\n  \"type\": \"x\",\n  \"data\": {}\n}\n" RULE40);
}

static void messages_are_kept(void **state)
{
    static const char *const text[] = {"Content-Type: text/plain", NULL};
    static const char *const form[] = {"Content-Type: application/json; charset=utf-8",
                                       NULL};
    struct vr v;
    struct probe_reply r;
    json_t *all;

    (void)state;
    vr_start(&v, NULL, NULL);
    vr_ask(&v, "POST", "/slack/services/T/B/x", form, "{\"text\":\"one <!here>\"}", &r);
    assert_int_equal(r.status, 200);
    assert_string_equal(buf_cstr(&r.body), "ok");
    assert_true(str_has_prefix(probe_header(&r, "Content-Type"), STR("text/plain")));
    probe_finish(&r);
    vr_ask(&v, "POST", "/slack/services/T/B/x", form, "{\"text\":", &r);
    assert_int_equal(r.status, 400);
    assert_string_equal(buf_cstr(&r.body), "invalid_payload");
    probe_finish(&r);
    vr_ask(&v, "POST", "/slack/services/T/B/x", text, "{\"text\":\"x\"}", &r);
    assert_int_equal(r.status, 400);
    probe_finish(&r);
    vr_ask(&v, "POST", "/hook/any/path", form, "{\"type\":\"x\"}", &r);
    assert_int_equal(r.status, 200);
    probe_finish(&r);
    all = vr_json(&v, "/_control/messages", NULL, 200);
    assert_int_equal(json_array_size(all), 2);
    assert_string_equal(vr_text(json_array_get(all, 0), "path"),
                        "/slack/services/T/B/x");
    assert_string_equal(
        vr_text(json_object_get(json_array_get(all, 0), "body"), "text"),
        "one <!here>");
    assert_true(json_is_true(json_object_get(json_array_get(all, 0), "broadcast")));
    assert_true(json_is_false(json_object_get(json_array_get(all, 1), "broadcast")));
    assert_string_equal(vr_text(json_array_get(all, 1), "path"), "/hook/any/path");
    json_decref(all);
    all = vr_json(&v, "/_control/refused", NULL, 200);
    assert_int_equal(json_array_size(all), 2);
    assert_string_equal(vr_text(json_array_get(all, 0), "answer"), "invalid_payload");
    assert_string_equal(vr_text(json_array_get(all, 0), "body"), "{\"text\":");
    json_decref(all);
    vr_ask(&v, "DELETE", "/_control/messages", NULL, NULL, &r);
    probe_finish(&r);
    all = vr_json(&v, "/_control/messages", NULL, 200);
    assert_int_equal(json_array_size(all), 0);
    json_decref(all);
    vr_stop(&v);
}

/* whsec_ and base64 of 24 bytes. */
#define SECRET "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
#define SECRET_BYTES "0123456789abcdef01234567"

static int post_signed(struct vr *v, const char *id, int64_t stamp, const char *key,
                       const char *signed_body, const char *body)
{
    char h[4][256];
    const char *headers[] = {"Content-Type: application/json", h[0], h[1], h[2], NULL};
    uint8_t mac[SIGN_SHA256_LEN];
    struct buf text, signature;
    struct probe_reply r;
    int status;

    buf_init(&text, 4096);
    buf_init(&signature, 256);
    buf_printf(&text, "%s.%lld.%s", id, (long long)stamp, signed_body);
    sign_hmac_sha256(str_of(key), buf_str(&text), mac);
    sign_base64(&signature, (struct str){(const char *)mac, sizeof mac});
    (void)snprintf(h[0], sizeof h[0], "webhook-id: %s", id);
    (void)snprintf(h[1], sizeof h[1], "webhook-timestamp: %lld", (long long)stamp);
    /* Two signatures, as while a key is being changed. */
    (void)snprintf(h[2], sizeof h[2], "webhook-signature: v1,AAAA v1,%s",
                   buf_cstr(&signature));
    vr_ask(v, "POST", "/hook/x", headers, body, &r);
    status = r.status;
    probe_finish(&r);
    buf_finish(&text);
    buf_finish(&signature);
    return status;
}

static void signatures_are_checked(void **state)
{
    static const char *const args[] = {"--hook-secret", SECRET, NULL};
    int64_t now = clock_wall(clock_system()).ms / 1000;
    struct vr v;
    struct probe_reply r;
    json_t *all;

    (void)state;
    vr_start(&v, NULL, args);
    assert_int_equal(post_signed(&v, "msg_1", now, SECRET_BYTES, "{}", "{}"), 200);
    assert_int_equal(post_signed(&v, "msg_1", now, "another", "{}", "{}"), 401);
    assert_int_equal(post_signed(&v, "msg_1", now, SECRET_BYTES, "{}", "{ }"), 401);
    assert_int_equal(post_signed(&v, "msg.1", now, SECRET_BYTES, "{}", "{}"), 401);
    assert_int_equal(post_signed(&v, "msg_1", now - 3600, SECRET_BYTES, "{}", "{}"),
                     401);
    assert_int_equal(post_signed(&v, "msg_1", now + 3600, SECRET_BYTES, "{}", "{}"),
                     401);
    assert_int_equal(post_signed(&v, "msg_1", now, SECRET_BYTES, "no", "no"), 400);
    vr_ask(&v, "POST", "/hook/x", NULL, "{}", &r);
    assert_int_equal(r.status, 401);
    probe_finish(&r);
    all = vr_json(&v, "/_control/messages", NULL, 200);
    assert_int_equal(json_array_size(all), 1);
    assert_string_equal(
        vr_text(json_object_get(json_array_get(all, 0), "headers"), "Webhook-Id"),
        "msg_1");
    json_decref(all);
    vr_stop(&v);
}

static void a_demo_sees_whole_messages(void **state)
{
    static const char *const args[] = {"--print-chat", NULL};
    static const char *const json[] = {"Content-Type: application/json", NULL};
    struct vr v;
    struct probe_reply r;
    struct buf line;
    struct err e = {0};

    (void)state;
    vr_start(&v, NULL, args);
    vr_ask(&v, "POST", "/slack/T/B/x", json, "{\"text\":\"hello demo\"}", &r);
    probe_finish(&r);
    assert_true(spawn_wait_line(v.server, SPAWN_OUT, "=== message 1 to /slack/T/B/x",
                                VR_LIMIT, NULL, &e));
    assert_true(spawn_wait_line(v.server, SPAWN_OUT, "", VR_LIMIT, &line, &e));
    assert_string_equal(buf_cstr(&line), "hello demo");
    buf_finish(&line);
    assert_true(spawn_wait_line(v.server, SPAWN_OUT, "===", VR_LIMIT, NULL, &e));
    vr_stop(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slack_is_strict),
        cmocka_unit_test(lists_have_limits),
        cmocka_unit_test(messages_print_readably),
        cmocka_unit_test(messages_are_kept),
        cmocka_unit_test(signatures_are_checked),
        cmocka_unit_test(a_demo_sees_whole_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
