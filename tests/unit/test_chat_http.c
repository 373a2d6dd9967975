/*
 * Chats over HTTP against servers that take what their vendors take and answer in the
 * vendors' words: what is rendered is accepted, and each refusal has its verdict.
 */
#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "tests/support/notices.h"
#include "tests/unit/slack_check.h"
#include "tests/unit/vendors_rig.h"

enum { MEMORY = 32 << 20 };

/* Every channel with an address has it first, as a secret. */
struct address {
    struct secret url;
};

static struct vr v;

static int start(void **state)
{
    (void)state;
    vr_start(&v, NULL, NULL);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    vr_stop(&v);
    return 0;
}

/* What the header lines hold, as io would hand them over. */
static size_t read_headers(const struct probe_reply *r, struct http_header *h, size_t max)
{
    struct str rest = buf_str(&r->headers), line;
    size_t n = 0;

    while (n < max && str_split(&rest, '\n', &line)) {
        ptrdiff_t colon = str_chr(line, ':');

        if (colon > 0)
            h[n++] = (struct http_header){str_first(line, (size_t)colon),
                                          str_trim(str_skip(line, (size_t)colon + 1))};
    }
    return n;
}

struct answer {
    enum chat_verdict verdict;
    int status;
    struct dur after;
    struct err why;
};

/* Posts `body` as the chat would, or what it renders where `body` is NULL. */
static struct answer post(const char *type, const char *path, const struct notice *n,
                          bool plain, const char *body)
{
    const struct chat_ops *ops = chat_find(str_of(type));
    struct chat_attempt at = {.now = clock_wall(clock_system()), .key = STR("k1"),
                              .plain = plain};
    struct arena *a = arena_create(MEMORY);
    struct address own = {.url = {.from = SECRET_FILE,
                                  .value = arena_printf(a, "%s%s", v.url, path)}};
    struct chat_conf conf = {STR("c"), str_of(type), &own};
    const char *headers[] = {"Content-Type: application/json; charset=utf-8", NULL};
    struct http_header h[40];
    struct http_request req;
    struct probe_reply r;
    struct answer ret = {0};
    struct err e;

    assert_non_null(ops);
    if (!ops->render(&conf, n, &at, a, &req, &e))
        fail_msg("%s: %s", type, e.msg);
    vr_ask(&v, "POST", arena_printf(a, "%.*s", STR_FMT(req.url)).p, headers,
           body != NULL ? body : arena_printf(a, "%.*s", STR_FMT(req.body)).p, &r);
    struct http_response resp = {.status = r.status, .body = buf_str(&r.body), .headers = h};

    resp.n_headers = read_headers(&r, h, ARRAY_LEN(h));
    ret.status = r.status;
    ret.verdict = ops->judge(&conf, &resp, NULL, at.now, &ret.after, &ret.why);
    if (ret.verdict != CHAT_DELIVERED)
        assert_true(ret.why.msg[0] != '\0');
    assert_null(strstr(ret.why.msg, v.url));
    probe_finish(&r);
    arena_destroy(a);
    return ret;
}

/* ---- an app of Slack's ---- */

/* One message by a bot; *ret_receipt lives in `a`. */
static struct answer post_notice(struct arena *a, const char *token, const char *channel,
                                 const struct notice *n, const struct chat_attempt *at,
                                 struct str *ret_receipt)
{
    const struct slack_app_conf own = {
        .token = {.from = SECRET_FILE, .value = str_of(token)},
        .channel = str_of(channel),
        .url = arena_printf(a, "%s/slack-api", v.url)};
    const struct chat_conf conf = {STR("c"), STR("slack-app"), &own};
    const char *headers[3] = {NULL};
    struct http_request req;
    struct probe_reply r;
    struct answer ret = {0};
    struct err e;

    if (!slack_app_ops.render(&conf, n, at, a, &req, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < req.n_headers; i++)
        headers[i] = arena_printf(a, "%.*s: %.*s", STR_FMT(req.headers[i].name),
                                  STR_FMT(req.headers[i].value)).p;
    vr_ask(&v, "POST", arena_printf(a, "%.*s", STR_FMT(req.url)).p, headers,
           arena_printf(a, "%.*s", STR_FMT(req.body)).p, &r);
    struct http_response resp = {.status = r.status,
                                 .body = arena_str(a, buf_str(&r.body))};

    ret.status = r.status;
    ret.verdict = slack_app_ops.judge(&conf, &resp, NULL, at->now, &ret.after, &ret.why);
    *ret_receipt = slack_app_ops.receipt(&conf, &resp, a);
    probe_finish(&r);
    return ret;
}

static struct answer post_as_app(struct arena *a, const char *token, const char *channel,
                                 const struct chat_attempt *at, struct str *ret_receipt)
{
    struct notice_entry entry = notice_an_entry("PAY-12", "Reseller <!channel> SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &entry, 1);

    return post_notice(a, token, channel, &n, at, ret_receipt);
}

/* The newest that was accepted: its body, and the path in `path`. The caller frees. */
static json_t *newest(char path[80])
{
    json_t *all = vr_json(&v, "/_control/messages", NULL, 200);
    json_t *one = json_array_get(all, json_array_size(all) - 1);
    json_t *body = json_incref(json_object_get(one, "body"));

    snprintf(path, 80, "%s", vr_text(one, "path"));
    json_decref(all);
    return body;
}

static void what_is_over_changes_the_message(void **state)
{
    struct arena *a = arena_create(MEMORY);
    struct notice_entry mended = notice_an_entry("PAY-12", "");
    struct notice n = {.kind = NOTICE_DRIFT, .resolved = &mended, .n_resolved = 1,
                       .total_resolved = 1};
    struct chat_attempt at = {.key = STR("k")};
    struct str first, next;
    char path[80];
    json_t *body;

    (void)state;
    mended.ended_by = STR("linked by <!here>");
    assert_int_equal(post_as_app(a, "xoxb-1", "C1", &at, &first).verdict, CHAT_DELIVERED);
    at.edit = at.reply_to = first;
    at.resent = true; /* twice is once: it does not say so */
    assert_int_equal(post_notice(a, "xoxb-1", "C1", &n, &at, &next).verdict,
                     CHAT_DELIVERED);
    assert_true(str_eq(first, next));
    body = newest(path);
    assert_string_equal(path, "/slack-api/chat.update");
    assert_true(str_eqz(str_skip(first, 3), vr_text(body, "ts")));
    assert_true(check_slack(body) > 0);
    assert_non_null(strstr(vr_text(body, "text"), "Resolved (1): PAY-12 (linked by &lt;"));
    assert_null(strstr(vr_text(body, "text"), "resent"));
    json_decref(body);

    /* As plain text it has no blocks, so those it had are taken away. */
    at.plain = true;
    assert_int_equal(post_notice(a, "xoxb-1", "C1", &n, &at, &next).verdict,
                     CHAT_DELIVERED);
    body = newest(path);
    assert_int_equal(json_array_size(json_object_get(body, "blocks")), 0);
    assert_true(json_is_array(json_object_get(body, "blocks")));
    json_decref(body);
    arena_destroy(a);
}

static void a_change_that_is_refused(void **state)
{
    static const struct {
        const char *token, *edit, *why;
    } rows[] = {
        {"xoxb-locked", NULL, "answered 200: edit_window_closed"},
        {"xoxb-1", "C1 1600000000.000001", "answered 200: message_not_found"},
    };
    struct arena *a = arena_create(MEMORY);
    struct chat_attempt at = {.key = STR("k")};
    struct str first, next;

    (void)state;
    assert_int_equal(post_as_app(a, "xoxb-1", "C1", &at, &first).verdict, CHAT_DELIVERED);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct answer r;

        at.edit = rows[i].edit != NULL ? str_of(rows[i].edit) : first;
        r = post_as_app(a, rows[i].token, "C1", &at, &next);
        assert_int_equal(r.verdict, CHAT_OTHERWISE);
        assert_string_equal(r.why.msg, rows[i].why);
    }
    arena_destroy(a);
}

static void one_person(void **state)
{
    const struct notice n = {.kind = NOTICE_DIGEST, .to = STR("U12"),
                             .group = STR("Ana Silva"), .text = STR("1 open")};
    struct notice nobody = n;
    struct arena *a = arena_create(MEMORY);
    struct chat_attempt at = {.key = STR("k")};
    struct str receipt;
    char path[80];
    json_t *body;

    (void)state;
    assert_int_equal(post_notice(a, "xoxb-1", "C1", &n, &at, &receipt).verdict,
                     CHAT_DELIVERED);
    body = newest(path);
    assert_string_equal(vr_text(body, "channel"), "U12");
    assert_true(check_slack(body) > 0);
    json_decref(body);
    nobody.to = STR("U999");
    assert_int_equal(post_notice(a, "xoxb-1", "C1", &nobody, &at, &receipt).verdict,
                     CHAT_DEAD);
    arena_destroy(a);
}

static void what_follows_replies_in_the_thread(void **state)
{
    struct arena *a = arena_create(MEMORY);
    struct chat_attempt at = {.key = STR("k")};
    struct str first, next;
    json_t *all, *body;
    size_t n;

    (void)state;
    assert_int_equal(post_as_app(a, "xoxb-1", "C1", &at, &first).verdict, CHAT_DELIVERED);
    assert_true(str_has_prefix(first, STR("C1 1700000000.")));
    at.reply_to = first;
    assert_int_equal(post_as_app(a, "xoxb-1", "C1", &at, &next).verdict, CHAT_DELIVERED);
    assert_false(str_eq(first, next));
    all = vr_json(&v, "/_control/messages", NULL, 200);
    n = json_array_size(all);
    body = json_object_get(json_array_get(all, n - 1), "body");
    assert_true(str_eqz(str_skip(first, 3), vr_text(body, "thread_ts")));
    assert_null(json_object_get(json_object_get(json_array_get(all, n - 2), "body"),
                                "thread_ts"));
    json_decref(all);

    /* The channel has become another: its messages are not of that thread. */
    assert_int_equal(post_as_app(a, "xoxb-1", "C12", &at, &next).verdict, CHAT_DELIVERED);
    /* A thread that is gone is not insisted on. */
    at.reply_to = STR("C1 1600000000.000001");
    struct answer r = post_as_app(a, "xoxb-1", "C1", &at, &next);

    assert_int_equal(r.verdict, CHAT_OTHERWISE);
    assert_string_equal(r.why.msg, "answered 200: thread_not_found");
    at.reply_to = STR_NONE;
    assert_int_equal(post_as_app(a, "xoxb-1", "C1", &at, &next).verdict, CHAT_DELIVERED);
    arena_destroy(a);
}

static void not_ok_is_a_failure(void **state)
{
    static const struct {
        const char *token, *channel, *why;
    } rows[] = {
        {"xoxb-revoked", "C1", "answered 200: token_revoked"},
        {"xoxp-user", "C1", "answered 200: invalid_auth"},
        {"xoxb-1", "C2", "answered 200: channel_not_found"},
    };
    struct chat_attempt at = {.key = STR("k")};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct arena *a = arena_create(MEMORY);
        struct str receipt;
        struct answer r = post_as_app(a, rows[i].token, rows[i].channel, &at, &receipt);

        assert_int_equal(r.status, 200);
        assert_int_equal(r.verdict, CHAT_DEAD);
        assert_string_equal(r.why.msg, rows[i].why);
        assert_int_equal(receipt.n, 0);
        arena_destroy(a);
    }
}

/* ---- accepted ---- */

static const struct {
    const char *type, *path;
    int status;
} good[] = {
    {"slack", "/slack/services/T/B/x", 200},
    {"teams", "/teams/workflows/1/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s",
     202},
    {"discord", "/discord/api/webhooks/1/t0ken", 200},
    {"discord", "/discord/api/webhooks/1/t0ken?thread_id=7", 200},
    {"mattermost", "/mattermost/hooks/k3y", 200},
    {"google-chat", "/google-chat/v1/spaces/S/messages?key=k&token=t", 200},
};

static void vendors_take_what_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        for (uint64_t seed = 1; seed <= 60; seed++) {
            struct arena *a = arena_create(MEMORY);
            uint64_t rng = seed;
            struct notice n = notice_random(a, &rng);
            struct answer r = post(good[i].type, good[i].path, &n, seed % 4 == 0, NULL);

            if (r.verdict != CHAT_DELIVERED || r.status != good[i].status)
                fail_msg("%s: seed %llu: %d, %s", good[i].type, (unsigned long long)seed,
                         r.status, r.why.msg);
            arena_destroy(a);
        }
    }
}

/* ---- refused ---- */

static const struct {
    const char *type, *path, *body; /* NULL: a good one */
    int status;
    enum chat_verdict verdict;
    int64_t after;
    const char *why;
} bad[] = {
    {"teams", "/teams/workflows/1", NULL, 401, CHAT_DEAD, 0, "answered 401"},
    {"teams", "/teams/workflows/gone?sig=s", NULL, 404, CHAT_DEAD, 0, "answered 404"},
    {"teams", "/teams/workflows/off?sig=s", NULL, 400, CHAT_DEAD, 0,
     "answered 400: WorkflowTriggerIsNotEnabled"},
    {"teams", "/teams/workflows/1?sig=s", "{\"text\":\"x\"}", 400, CHAT_PLAIN, 0,
     "answered 400"},
    {"teams", "/teams/workflows/1?sig=s", "{", 400, CHAT_PLAIN, 0, "answered 400"},
    {"discord", "/discord/api/webhooks/1/unknown", NULL, 404, CHAT_DEAD, 0,
     "answered 404"},
    {"discord", "/discord/api/webhooks/1/wrong", NULL, 401, CHAT_DEAD, 0,
     "answered 401"},
    {"discord", "/discord/api/webhooks/1/busy", NULL, 429, CHAT_RETRY, 1250,
     "answered 429"},
    {"discord", "/discord/api/webhooks/1/t0ken", "{}", 400, CHAT_PLAIN, 0,
     "answered 400"},
    {"discord", "/discord/api/webhooks/1/t0ken", "{\"content\":\"x\",\"blocks\":[]}", 400,
     CHAT_PLAIN, 0, "answered 400"},
    {"mattermost", "/mattermost/hooks/gone", NULL, 400, CHAT_DEAD, 0,
     "answered 400: web.incoming_webhook.invalid.app_error"},
    {"mattermost", "/mattermost/hooks/disabled", NULL, 501, CHAT_DEAD, 0,
     "answered 501: web.incoming_webhook.disabled.app_error"},
    {"mattermost", "/mattermost/hooks/locked", NULL, 403, CHAT_DEAD, 0,
     "answered 403: web.incoming_webhook.channel_locked.app_error"},
    {"mattermost", "/mattermost/hooks/lost", NULL, 404, CHAT_DEAD, 0,
     "answered 404: web.incoming_webhook.channel.app_error"},
    {"mattermost", "/mattermost/hooks/k3y", "{\"text\":\"\"}", 400, CHAT_PLAIN, 0,
     "answered 400"},
    {"mattermost", "/mattermost/hooks/k3y", "{\"attachments\":[{\"text\":\"x\"}]}", 400,
     CHAT_PLAIN, 0, "answered 400"},
    {"google-chat", "/google-chat/v1/spaces/S/messages?key=bad&token=t", NULL, 400,
     CHAT_DEAD, 0, "answered 400: the key of its URL is not valid"},
    {"google-chat", "/google-chat/v1/spaces/S/messages", NULL, 403, CHAT_DEAD, 0,
     "answered 403"},
    {"google-chat", "/google-chat/v1/spaces/S/messages?key=k&token=wrong", NULL, 401,
     CHAT_DEAD, 0, "answered 401"},
    {"google-chat", "/google-chat/v1/spaces/gone/messages?key=k&token=t", NULL, 404,
     CHAT_DEAD, 0, "answered 404"},
    {"google-chat", "/google-chat/v1/spaces/S/messages?key=k&token=t", "{\"cards\":[]}",
     400, CHAT_PLAIN, 0, "answered 400"},
    {"slack", "/slack/services/T/B/x", "{\"blocks\":7}", 400, CHAT_PLAIN, 0,
     "answered 400: invalid_blocks"},
};

static void each_refusal_has_its_verdict(void **state)
{
    struct notice_entry e = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &e, 1);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct answer r = post(bad[i].type, bad[i].path, &n, false, bad[i].body);

        if (r.status != bad[i].status || r.verdict != bad[i].verdict ||
            r.after.ms != bad[i].after || strcmp(r.why.msg, bad[i].why) != 0)
            fail_msg("row %zu: %d, verdict %d after %lld ms: %s", i, r.status,
                     (int)r.verdict, (long long)r.after.ms, r.why.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendors_take_what_is_sent),
        cmocka_unit_test(each_refusal_has_its_verdict),
        cmocka_unit_test(what_follows_replies_in_the_thread),
        cmocka_unit_test(what_is_over_changes_the_message),
        cmocka_unit_test(a_change_that_is_refused),
        cmocka_unit_test(one_person),
        cmocka_unit_test(not_ok_is_a_failure),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
