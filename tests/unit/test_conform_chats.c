/*
 * One suite for every row of `chats[]`: what is posted is the same each time,
 * goes to the configured address only, is harmless whatever a notice says, and
 * each answer has the verdict of alerts.md. A chat without an entry in
 * `fixtures` fails here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/utf8.h"
#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "connectors/connector.h"
#include "tests/support/notices.h"
#include "tests/support/sanitizer.h"
#include "tests/support/schema.h"
#include "tests/unit/chat_check.h"

#define SECRET "C0nf0rmS3cretPathT0ken"
#define NOW ((struct wall){INT64_C(1700000123456)}) /* 2023-11-14T22:15:23Z */

enum { MEMORY = 16 << 20, MOST_NOTICES = BY_CHANCE(100, 30) };

/* Where a chat differs from verdict_of(), by status; an answer that says nothing. */
struct own_verdict {
    int status; /* 0: the end */
    enum chat_verdict verdict;
};

/* One kind of channel: what its row may and must do. */
struct fixture {
    const char *type; /* the row of `chats[]` */
    const void *own;
    const char *url;              /* where it posts; NULL: it has no network */
    const char *key_header;       /* takes the idempotency key; NULL: cannot */
    const char *time_header;      /* takes the time of the attempt */
    const char *signature_header; /* depends on time and key */
    size_t most;                  /* bytes of a payload */
    const char *good;             /* body of an answer that accepts */
    bool reads_bodies;            /* an answer's body decides, too: words[] */
    void (*check)(const json_t *payload);
    bool bearer;                        /* a token stands in its Authorization */
    const struct own_verdict *verdicts; /* NULL: none of its own */
};

/* ---- payloads ---- */

static void is_plain_text(const char *s)
{
    struct str rest = str_of(s);
    uint32_t cp;

    while (rest.n > 0) {
        rest = str_skip(rest, utf8_next(rest, &cp));
        if (cp != '\n' && utf8_hostile(cp)) {
            fail_msg("U+%04X in: %s", (unsigned)cp, s);
        }
    }
}

/*
 * Within < and > stands a link to a page, nothing else; & begins one of three
 * words. docs.slack.dev/messaging/formatting-message-text
 */
static void is_safe_mrkdwn(const char *s)
{
    is_plain_text(s);
    for (const char *p = s; *p != '\0'; p++) {
        bool word = strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 ||
                    strncmp(p, "&gt;", 4) == 0;

        if (*p == '&' && !word) {
            fail_msg("a bare & in: %s", s);
        }
        if (strncmp(p, "<@" NOTICE_SLACK, 2 + strlen(NOTICE_SLACK)) == 0) {
            p += 3 + strlen(NOTICE_SLACK); /* whom the notice names */
            assert_true(*p == '>');
        } else if (*p == '<') {
            size_t n = strcspn(p + 1, "<>\n");

            if (strncmp(p, "<http://", 8) != 0 && strncmp(p, "<https://", 9) != 0) {
                fail_msg("no link: %s", p);
            }
            if (p[1 + n] != '>' || memchr(p, '|', n) == NULL) {
                fail_msg("a link without an end: %s", p);
            }
            p += 1 + n;
        } else if (*p == '>') {
            fail_msg("a bare > in: %s", s);
        }
    }
}

static const char *text_of(const json_t *o)
{
    const char *s = json_string_value(json_object_get(o, "text"));

    assert_non_null(s);
    assert_true(s[0] != '\0');
    return s;
}

static void check_slack_text(const json_t *o)
{
    const char *type = json_string_value(json_object_get(o, "type"));

    if (strcmp(type, "mrkdwn") == 0) {
        is_safe_mrkdwn(text_of(o));
        assert_true(json_is_true(json_object_get(o, "verbatim")));
    } else {
        assert_string_equal(type, "plain_text");
        is_plain_text(text_of(o));
    }
}

/* The schema made from Slack's own types, where it is; how often it was asked. */
static json_t *slack_schema;
static size_t slack_checks;

static void load_slack_schema(void)
{
    const char *shared = getenv("SHARED");
    char path[1024];

    snprintf(path, sizeof(path), "%s/data/schemas/slack-incoming-webhook.schema.json",
             shared != NULL ? shared : "../shared");
    slack_schema = json_load_file(path, 0, NULL);
}

static void matches_slacks_types(const json_t *payload)
{
    struct buf why;

    if (slack_schema == NULL) {
        return;
    }
    buf_init(&why, 65536);
    if (!schema_check(slack_schema, payload, &why)) {
        fail_msg("slack-incoming-webhook.schema.json: %s", buf_cstr(&why));
    }
    buf_finish(&why);
    slack_checks++;
}

static void check_slack(const json_t *payload)
{
    const json_t *block, *element;
    size_t i, j;

    matches_slacks_types(payload);
    /* Notifications and screen readers use the text, not the blocks. */
    is_safe_mrkdwn(text_of(payload));
    json_array_foreach(json_object_get(payload, "blocks"), i, block)
    {
        const json_t *text = json_object_get(block, "text");

        if (text != NULL) {
            check_slack_text(text);
        }
        json_array_foreach(json_object_get(block, "elements"), j, element)
        {
            check_slack_text(element);
        }
    }
}

/* The same message, told where it goes. */
static void check_slack_app(const json_t *payload)
{
    json_t *message = json_deep_copy(payload);

    assert_string_equal(json_string_value(json_object_get(message, "channel")),
                        "C0123456789");
    assert_true(json_is_false(json_object_get(message, "unfurl_links")));
    (void)json_object_del(message, "channel");
    (void)json_object_del(message, "unfurl_links");
    (void)json_object_del(message, "unfurl_media");
    check_slack(message);
    json_decref(message);
}

static json_t *webhook_schema;

static void check_webhook(const json_t *payload)
{
    struct buf why;

    if (webhook_schema == NULL) {
        webhook_schema = json_load_file("config/webhook.schema.json", 0, NULL);
        assert_non_null(webhook_schema);
    }
    buf_init(&why, 4096);
    if (!schema_check(webhook_schema, payload, &why)) {
        fail_msg("config/webhook.schema.json: %s", buf_cstr(&why));
    }
    buf_finish(&why);
}

static json_t *card_schema;

static void check_teams(const json_t *payload)
{
    check_teams_card(card_schema, payload);
}

/* ---- one entry for each row ---- */

/* A payload that is refused is tried once as plain text; who is not let in, or is not
   there, will not be by asking again. */
static const struct own_verdict closed_or_plain[] = {
    {400, CHAT_PLAIN}, {401, CHAT_DEAD}, {403, CHAT_DEAD},
    {404, CHAT_DEAD},  {413, CHAT_PLAIN}, {0},
};

static const struct slack_conf slack_own = {
    .url = {.from = SECRET_FILE,
            .value = STR_INIT("https://hooks.slack.example/services/" SECRET)},
};
static const struct slack_app_conf slack_app_own = {
    .token = {.from = SECRET_FILE, .value = STR_INIT("xoxb-" SECRET)},
    .channel = STR_INIT("C0123456789"),
    .url = STR_INIT("https://slack.example/api"),
};
static const struct teams_conf teams_own = {
    .url = {.from = SECRET_FILE,
            .value = STR_INIT("https://x.logic.azure.example/workflows/1?sig=" SECRET)},
};
static const struct discord_conf discord_own = {
    .url = {.from = SECRET_FILE,
            .value = STR_INIT("https://discord.example/api/webhooks/1/" SECRET)},
};
static const struct mattermost_conf mattermost_own = {
    .url = {.from = SECRET_FILE, .value = STR_INIT("https://mm.example/hooks/" SECRET)},
};
static const struct google_chat_conf google_chat_own = {
    .url = {.from = SECRET_FILE,
            .value = STR_INIT("https://chat.example/v1/spaces/S/messages?key=k&token="
                              SECRET)},
};
static const struct webhook_conf webhook_own = {
    .url = STR_INIT("https://audit.example/hook?channel=7"),
    .secret = {.from = SECRET_FILE, .value = STR_INIT(SECRET "\n")},
};
static const struct webhook_conf unsigned_own = {
    .url = STR_INIT("https://audit.example/hook?channel=7"),
};

static const struct fixture fixtures[] = {
    {
        .type = "slack",
        .own = &slack_own,
        .url = "https://hooks.slack.example/services/" SECRET,
        .most = 40000,
        .good = "ok",
        .reads_bodies = true,
        .check = check_slack,
    },
    {
        .type = "slack-app",
        .own = &slack_app_own,
        .url = "https://slack.example/api/chat.postMessage",
        .most = 40000,
        .good = "{\"ok\":true,\"ts\":\"1700000000.000100\"}",
        .reads_bodies = true,
        .check = check_slack_app,
        .bearer = true,
    },
    {
        .type = "teams",
        .own = &teams_own,
        .url = "https://x.logic.azure.example/workflows/1?sig=" SECRET,
        .most = 28000,
        .good = "",
        .check = check_teams,
        .verdicts = closed_or_plain,
    },
    {
        .type = "discord",
        .own = &discord_own,
        .url = "https://discord.example/api/webhooks/1/" SECRET "?wait=true",
        .most = 40000,
        .good = "{\"id\":\"1102938475610293847\"}",
        .reads_bodies = true,
        .check = check_discord,
        .verdicts = closed_or_plain,
    },
    {
        .type = "mattermost",
        .own = &mattermost_own,
        .url = "https://mm.example/hooks/" SECRET,
        .most = 40000,
        .good = "ok",
        .reads_bodies = true,
        .check = check_mattermost,
        .verdicts = closed_or_plain,
    },
    {
        .type = "google-chat",
        .own = &google_chat_own,
        .url = "https://chat.example/v1/spaces/S/messages?key=k&token=" SECRET,
        .most = 32000,
        .good = "{\"name\":\"spaces/S/messages/M\"}",
        .reads_bodies = true,
        .check = check_google_chat,
        .verdicts = closed_or_plain,
    },
    {
        .type = "webhook",
        .own = &webhook_own,
        .url = "https://audit.example/hook?channel=7",
        .key_header = "webhook-id",
        .time_header = "webhook-timestamp",
        .signature_header = "webhook-signature",
        .most = 20000,
        .good = "",
        .check = check_webhook,
    },
    {
        .type = "webhook",
        .own = &unsigned_own,
        .url = "https://audit.example/hook?channel=7",
        .key_header = "webhook-id",
        .time_header = "webhook-timestamp",
        .most = 20000,
        .good = "",
        .check = check_webhook,
    },
    {.type = "journal", .most = 8000},
};

static struct chat_conf conf_of(const struct fixture *fx)
{
    return (struct chat_conf){STR("channel"), str_of(fx->type), fx->own};
}

static const struct chat_ops *ops_of(const struct fixture *fx)
{
    const struct chat_ops *ops = chat_find(str_of(fx->type));

    assert_non_null(ops);
    return ops;
}

static void every_chat_has_an_entry(void **state)
{
    (void)state;
    for (size_t i = 0; chats[i] != NULL; i++) {
        /* Letters are no requests: test_email and test_http_mail hold them. */
        size_t n = strcmp(chats[i]->name, "email") == 0;

        for (size_t k = 0; k < ARRAY_LEN(fixtures); k++) {
            if (strcmp(fixtures[k].type, chats[i]->name) == 0) {
                bool posts = fixtures[k].url != NULL;

                assert_int_equal(chats[i]->render != NULL, posts);
                assert_int_equal(chats[i]->judge != NULL, posts);
                assert_int_equal(chats[i]->line != NULL, !posts);
                n++;
            }
        }
        if (n == 0) {
            fail_msg("chat '%s' has no entry in this suite", chats[i]->name);
        }
        assert_non_null(chats[i]->keys);
        assert_ptr_equal(chat_find(str_of(chats[i]->name)), chats[i]);
    }
}

/* ---- rendering ---- */

/* A rendered request, or the line of a channel without a network. */
struct shot {
    struct arena *a;
    struct http_request req;
    struct str line;
};

static struct shot take(const struct fixture *fx, const struct notice *n,
                        const struct chat_attempt *at)
{
    const struct chat_ops *ops = ops_of(fx);
    struct chat_conf conf = conf_of(fx);
    struct shot s = {.a = arena_create(MEMORY)};
    struct err e;
    bool ok;

    assert_non_null(s.a);
    if (fx->url != NULL) {
        ok = ops->render(&conf, n, at, s.a, &s.req, &e);
    } else {
        ok = ops->line(&conf, n, s.a, &s.line, &e);
    }
    if (!ok) {
        fail_msg("%s: %s", fx->type, e.msg);
    }
    return s;
}

static struct str header_of(const struct http_request *req, const char *name)
{
    const struct http_response as = {.headers = req->headers,
                                     .n_headers = req->n_headers};

    return name != NULL ? http_header_get(&as, name) : STR_NONE;
}

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i] != NULL && str_eq_nocase(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* All but the headers named. */
static bool is_same(const struct shot *a, const struct shot *b, const char *const *but,
                    size_t n_but)
{
    bool same = str_eq(a->line, b->line) && str_eq(a->req.method, b->req.method) &&
                str_eq(a->req.url, b->req.url) && str_eq(a->req.body, b->req.body) &&
                a->req.n_headers == b->req.n_headers &&
                a->req.max_body == b->req.max_body &&
                a->req.timeout.ms == b->req.timeout.ms &&
                a->req.follow == b->req.follow && a->req.gzip == b->req.gzip;

    for (size_t i = 0; same && i < a->req.n_headers; i++) {
        const struct http_header *h = &a->req.headers[i];

        same = str_eq(h->name, b->req.headers[i].name) &&
               (is_one_of(h->name, but, n_but) ||
                str_eq(h->value, b->req.headers[i].value));
    }
    return same;
}

static void is_clean_header(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        assert_true((unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f);
    }
}

static void check_request(const struct fixture *fx, const struct http_request *req)
{
    json_error_t je;
    json_t *payload;

    assert_true(str_eqz(req->method, "POST"));
    assert_true(str_eqz(req->url, fx->url));
    /* The address is a secret and the message is for it alone. */
    assert_false(req->follow);
    assert_true(req->max_body > 0 && req->max_body <= (1 << 20));
    assert_true(req->timeout.ms > 0 && req->timeout.ms <= 60000);
    assert_true(req->body.n > 0 && req->body.n <= fx->most);
    assert_true(str_find(req->body, STR(SECRET)) < 0);
    for (size_t i = 0; i < req->n_headers; i++) {
        is_clean_header(req->headers[i].name);
        is_clean_header(req->headers[i].value);
        assert_true(str_find(req->headers[i].value, STR(SECRET)) < 0 ||
                    (fx->bearer && str_eqz(req->headers[i].name, "Authorization")));
    }
    assert_true(
        str_has_prefix(header_of(req, "Content-Type"), STR("application/json")));
    payload = json_loadb(req->body.p, req->body.n, JSON_REJECT_DUPLICATES, &je);
    if (payload == NULL) {
        fail_msg("%s: %s: %.*s", fx->type, je.text, STR_FMT(req->body));
    }
    fx->check(payload);
    json_decref(payload);
}

static void check_line(const struct fixture *fx, struct str line)
{
    char *z = strndup(line.p, line.n);

    assert_non_null(z);
    assert_true(line.n > 0 && line.n <= fx->most);
    assert_int_equal(strlen(z), line.n);
    assert_true(utf8_valid(line, NULL));
    is_plain_text(z);
    free(z);
}

static void check_shot(const struct fixture *fx, const struct shot *s)
{
    if (fx->url != NULL) {
        check_request(fx, &s->req);
    } else {
        check_line(fx, s->line);
    }
}

static void the_same_notice_is_the_same_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (uint64_t seed = 1; seed <= MOST_NOTICES; seed++) {
            struct arena *a = arena_create(MEMORY);
            uint64_t rng = seed;
            struct notice n = notice_random(a, &rng);
            struct chat_attempt at = {.now = NOW,
                                      .key = STR("7f00"),
                                      .plain = seed % 5 == 0,
                                      .resent = seed % 3 == 0};
            struct shot one = take(&fixtures[i], &n, &at);
            struct shot two = take(&fixtures[i], &n, &at);

            check_shot(&fixtures[i], &one);
            assert_true(is_same(&one, &two, NULL, 0));
            arena_destroy(one.a);
            arena_destroy(two.a);
            arena_destroy(a);
        }
    }
}

/* Later, under another key, or once more: who gets it can tell by the headers. */
static void key_and_time_mean_what_they_say(void **state)
{
    struct notice_entry e = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &e, 1);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        const struct fixture *fx = &fixtures[i];
        const char *const by_time[] = {fx->time_header, fx->signature_header};
        const char *const by_key[] = {fx->key_header, fx->signature_header};
        struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};
        struct shot first = take(fx, &n, &at);

        at.now = wall_add(NOW, DUR_H(2));
        struct shot later = take(fx, &n, &at);

        at.now = NOW;
        at.key = STR("bbbb");
        struct shot other = take(fx, &n, &at);

        assert_true(is_same(&first, &later, by_time, ARRAY_LEN(by_time)));
        assert_true(is_same(&first, &other, by_key, ARRAY_LEN(by_key)));
        if (fx->key_header != NULL) {
            assert_true(str_eqz(header_of(&first.req, fx->key_header), "aaaa"));
            assert_true(str_eqz(header_of(&later.req, fx->key_header), "aaaa"));
            assert_true(str_eqz(header_of(&other.req, fx->key_header), "bbbb"));
        }
        if (fx->time_header != NULL) {
            assert_true(str_eqz(header_of(&first.req, fx->time_header), "1700000123"));
            assert_true(str_eqz(header_of(&later.req, fx->time_header), "1700007323"));
        }
        if (fx->signature_header != NULL) {
            struct str sig = header_of(&first.req, fx->signature_header);

            assert_true(sig.n > 0);
            assert_false(str_eq(sig, header_of(&later.req, fx->signature_header)));
            assert_false(str_eq(sig, header_of(&other.req, fx->signature_header)));
        }
        arena_destroy(first.a);
        arena_destroy(later.a);
        arena_destroy(other.a);
    }
}

/* A second sending says so: the first may have arrived. */
static void a_second_sending_is_marked(void **state)
{
    struct notice_entry e = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &e, 1);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};

        if (fixtures[i].url == NULL) {
            continue; /* a line is never sent again */
        }
        for (int plain = 0; plain < 2; plain++) {
            at.plain = plain == 1;
            at.resent = false;
            struct shot first = take(&fixtures[i], &n, &at);

            at.resent = true;
            struct shot second = take(&fixtures[i], &n, &at);

            assert_false(str_eq(first.req.body, second.req.body));
            assert_true(str_find(second.req.body, STR("resent")) >= 0);
            arena_destroy(first.a);
            arena_destroy(second.a);
        }
    }
}

/* A refused payload is tried again as less: never as more, never as nothing. */
static void plain_is_less(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (uint64_t seed = 1; seed <= MOST_NOTICES / 2 && fixtures[i].url != NULL; seed++) {
            struct arena *a = arena_create(MEMORY);
            uint64_t rng = seed;
            struct notice n = notice_random(a, &rng);
            struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};
            struct shot rich = take(&fixtures[i], &n, &at);

            at.plain = true;
            struct shot plain = take(&fixtures[i], &n, &at);

            check_shot(&fixtures[i], &plain);
            if (plain.req.body.n > rich.req.body.n) {
                fail_msg("%s: seed %llu: %zu bytes instead of %zu", fixtures[i].type,
                         (unsigned long long)seed, plain.req.body.n, rich.req.body.n);
            }
            arena_destroy(rich.a);
            arena_destroy(plain.a);
            arena_destroy(a);
        }
    }
}

/* Twice as many rules as there are, each text of it as long as may be. */
static struct notice crowded_notice(struct arena *a, const char *piece)
{
    struct notice n = {.kind = NOTICE_DRIFT, .at = NOW, .n_sections = 12};
    struct buf text;

    buf_init(&text, 20000);
    while (piece[0] != '\0' && text.n < 10000) {
        buf_addz(&text, piece);
    }
    struct str s = arena_str(a, buf_str(&text));

    buf_finish(&text);
    n.channel = n.group = n.text = s;
    n.sections = arena_array(a, n.n_sections, sizeof *n.sections);
    n.resolved = arena_array(a, NOTICE_SHOWN, sizeof *n.resolved);
    n.n_resolved = NOTICE_SHOWN;
    n.total_resolved = INT64_MAX;
    for (size_t i = 0; i < NOTICE_SHOWN; i++) {
        n.resolved[i] =
            (struct notice_entry){s, s, s, s, s, s, s, s, s, s, s, s, {INT64_MAX}};
    }
    for (size_t i = 0; i < n.n_sections; i++) {
        n.sections[i] = (struct notice_section){.rule = s,
                                                .headline = s,
                                                .why = s,
                                                .more = s,
                                                .entries = n.resolved,
                                                .n_entries = NOTICE_SHOWN,
                                                .total = INT64_MAX};
    }
    return n;
}

/* Nothing in it, or far too much of it: still a message. */
static void extremes_are_survived(void **state)
{
    static const char *const pieces[] = {
        "",
        "<!channel>",
        "\xff\xfe",
        "&",
        "\n",
        "\xe2\x80\xae",
        "https://x/y|<z>&",
        "`",
        "\xf0\x9f\x98\x80",
        "\"",
        "\x01",
        "a ",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};

        for (int kind = NOTICE_DRIFT; kind <= NOTICE_TEST; kind++) {
            struct notice n = {.kind = (enum notice_kind)kind, .at = NOW};
            struct shot s = take(&fixtures[i], &n, &at);

            check_shot(&fixtures[i], &s);
            arena_destroy(s.a);
        }
        for (size_t k = 0; k < 2 * ARRAY_LEN(pieces); k++) {
            struct arena *a = arena_create(MEMORY);
            struct notice n = crowded_notice(a, pieces[k / 2]);

            at.plain = k % 2 == 1;
            struct shot s = take(&fixtures[i], &n, &at);

            check_shot(&fixtures[i], &s);
            arena_destroy(s.a);
            arena_destroy(a);
        }
    }
}

static void too_little_memory_is_an_error(void **state)
{
    struct notice_entry entry = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &entry, 1);
    struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        const struct chat_ops *ops = ops_of(&fixtures[i]);
        struct chat_conf conf = conf_of(&fixtures[i]);
        bool ok = false;

        for (size_t ceiling = 16; !ok; ceiling += 64) {
            struct arena *a = arena_create(ceiling);
            struct http_request req;
            struct str line;
            struct err e = {0};

            assert_true(ceiling < 1 << 20);
            ok = fixtures[i].url != NULL ? ops->render(&conf, &n, &at, a, &req, &e)
                                         : ops->line(&conf, &n, a, &line, &e);
            if (!ok) {
                assert_int_equal(e.kind, ERR_NOMEM);
            }
            arena_destroy(a);
        }
    }
}

/* ---- verdicts ---- */

/* alerts.md, Delivery; an answer whose body says nothing. */
static enum chat_verdict verdict_of(int status)
{
    switch (status) {
    case 408:
    case 425:
    case 429:
    case 500:
    case 503:
        return CHAT_RETRY;
    case 502:
    case 504:
        return CHAT_UNCERTAIN;
    case 410:
        return CHAT_DEAD;
    default:
        /* Redirects, too: the message is for the configured address alone. */
        return status >= 200 && status < 300 ? CHAT_DELIVERED : CHAT_REJECTED;
    }
}

static enum chat_verdict verdict_for(const struct fixture *fx, int status)
{
    for (const struct own_verdict *v = fx->verdicts; v != NULL && v->status != 0; v++) {
        if (v->status == status) {
            return v->verdict;
        }
    }
    return verdict_of(status);
}

static enum chat_verdict judge(const struct fixture *fx,
                               const struct http_response *resp,
                               const struct err *failure, struct dur *ret_after,
                               struct err *e)
{
    struct chat_conf conf = conf_of(fx);

    *e = (struct err){0};
    *ret_after = DUR_MS(-1);
    enum chat_verdict v = ops_of(fx)->judge(&conf, resp, failure, NOW, ret_after, e);

    assert_in_range(v, CHAT_DELIVERED, CHAT_DEAD);
    assert_true(ret_after->ms >= 0 && ret_after->ms <= DUR_H(24).ms);
    if (v != CHAT_DELIVERED) {
        assert_true(e->kind != ERR_NONE && e->msg[0] != '\0');
        is_plain_text(e->msg);
    }
    assert_null(strstr(e->msg, SECRET));
    return v;
}

static void each_status_has_its_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (int status = 200; status < 600 && fixtures[i].url != NULL; status++) {
            struct http_response resp = {.status = status,
                                         .url = str_of(fixtures[i].url)};
            struct dur after;
            struct err e;

            if (status < 300) {
                resp.body = str_of(fixtures[i].good);
            }
            enum chat_verdict v = judge(&fixtures[i], &resp, NULL, &after, &e);

            if (v != verdict_for(&fixtures[i], status)) {
                fail_msg("%s: %d becomes %d", fixtures[i].type, status, (int)v);
            }
        }
    }
}

static void silence_is_told_from_refusal(void **state)
{
    static const enum err_kind kinds[] = {ERR_NET, ERR_REMOTE, ERR_LIMIT, ERR_PARSE};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (size_t k = 0; k < ARRAY_LEN(kinds) && fixtures[i].url != NULL; k++) {
            struct err sent, unsent, e;
            struct dur after;

            err_set(&sent, kinds[k], "no whole answer within 20000 ms");
            err_set_retry(&unsent, kinds[k], "cannot connect");
            assert_int_equal(judge(&fixtures[i], NULL, &sent, &after, &e),
                             CHAT_UNCERTAIN);
            assert_string_equal(e.msg, sent.msg);
            assert_int_equal(after.ms, 0);
            assert_int_equal(judge(&fixtures[i], NULL, &unsent, &after, &e),
                             CHAT_RETRY);
        }
    }
}

static const struct {
    const char *text;
    int64_t ms;
} waits[] = {
    {"0", 0},
    {"1", 1000},
    {"0.25", 250},
    {" 30 ", 30000},
    {"86400", 86400000},
    {"86401", 86400000},
    {"99999999999999999999999999", 86400000},
    {"1e300", 86400000},
    {"-1", 0},
    {"-99999999999999999999", 0},
    {"nan", 0},
    {"inf", 0},
    {"0x10", 0},
    {"soon", 0},
    {"", 0},
    {"30, 60", 0},
    {"Tue, 14 Nov 2023 22:16:00 GMT", 36544},
    {"Tue, 14 Nov 2023 22:15:00 GMT", 0},
    {"Thu, 14 Nov 2069 22:15:00 GMT", 86400000},
    {"Tue, 14 Nov 2023 22:16:00", 0},
};

static void waits_are_within_a_day(void **state)
{
    static const int statuses[] = {429, 503, 500, 408};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (size_t k = 0; k < ARRAY_LEN(waits) && fixtures[i].url != NULL; k++) {
            for (size_t s = 0; s < ARRAY_LEN(statuses); s++) {
                struct http_header h = {STR("retry-after"), str_of(waits[k].text)};
                struct http_response resp = {
                    .status = statuses[s], .headers = &h, .n_headers = 1};
                struct dur after;
                struct err e;

                assert_int_equal(judge(&fixtures[i], &resp, NULL, &after, &e),
                                 CHAT_RETRY);
                if (after.ms != waits[k].ms) {
                    fail_msg("%s: '%s' becomes %lld ms", fixtures[i].type,
                             waits[k].text, (long long)after.ms);
                }
            }
        }
    }
}

/* Whatever stands in a body: the verdict is that of the status, or of a known word. */
static void bodies_say_nothing_they_should_not(void **state)
{
    static const char *const bodies[] = {
        "",
        "ok but",
        "OK",
        "{\"ok\":\"yes\"}",
        "<html>" SECRET "</html>",
        "POST https://hooks.slack.example/services/" SECRET " failed",
        "\x1b[31mred\xff\xfe",
        ("invalid_payload " SECRET),
        "%s%n%s",
    };
    static char large[64 << 10];

    (void)state;
    memset(large, 'x', sizeof large);
    for (size_t i = 0; i < ARRAY_LEN(fixtures); i++) {
        for (int status = 200; status < 600 && fixtures[i].url != NULL; status++) {
            for (size_t b = 0; b <= ARRAY_LEN(bodies); b++) {
                struct str body = b < ARRAY_LEN(bodies)
                                      ? str_of(bodies[b])
                                      : (struct str){large, sizeof large};
                struct http_response resp = {.status = status, .body = body};
                struct dur after;
                struct err e;
                enum chat_verdict v = judge(&fixtures[i], &resp, NULL, &after, &e);
                bool accepted = v == CHAT_DELIVERED;

                /* No other answer than 2xx is ever taken for a delivery. */
                assert_true(!accepted || (status >= 200 && status < 300));
                assert_true(!accepted || !fixtures[i].reads_bodies || status == 204);
                if (status >= 300) {
                    assert_int_equal(v, verdict_for(&fixtures[i], status));
                }
            }
        }
    }
}

/* A credential with anything in it: rendered or refused, and told nowhere. */
static void odd_secrets_are_told_nowhere(void **state)
{
    static const char *const secrets[] = {
        "",
        SECRET,
        SECRET "\r\nX-Evil: 1",
        "https://hooks.slack.example/" SECRET "\n",
        "http://10.0.0.1/" SECRET,
        "whsec_" SECRET "!",
        "whsec_",
        "whsec_====" SECRET,
        "\xff\xfe" SECRET,
    };
    struct notice_entry entry = notice_an_entry("PAY-12", "Reseller SSO");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &entry, 1);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        const struct slack_conf slack = {
            .url = {.from = SECRET_FILE, .value = str_of(secrets[i])}};
        const struct webhook_conf hook = {
            .url = STR("https://audit.example/hook"),
            .secret = {.from = SECRET_FILE, .value = str_of(secrets[i])}};
        const struct teams_conf teams = {.url = slack.url};
        const struct discord_conf discord = {.url = slack.url};
        const struct mattermost_conf mattermost = {.url = slack.url};
        const struct google_chat_conf google_chat = {.url = slack.url};
        const struct chat_conf confs[] = {
            {STR("channel"), STR("slack"), &slack},
            {STR("channel"), STR("webhook"), &hook},
            {STR("channel"), STR("teams"), &teams},
            {STR("channel"), STR("discord"), &discord},
            {STR("channel"), STR("mattermost"), &mattermost},
            {STR("channel"), STR("google-chat"), &google_chat},
        };

        for (size_t c = 0; c < ARRAY_LEN(confs); c++) {
            struct chat_attempt at = {.now = NOW, .key = STR("aaaa")};
            struct arena *a = arena_create(MEMORY);
            struct http_request req = {0};
            struct err e = {0};

            if (!chat_find(confs[c].type)->render(&confs[c], &n, &at, a, &req, &e)) {
                assert_true(e.msg[0] != '\0');
            }
            assert_null(strstr(e.msg, SECRET));
            assert_true(str_find(req.body, STR(SECRET)) < 0);
            for (size_t h = 0; h < req.n_headers; h++) {
                is_clean_header(req.headers[h].value);
                assert_true(str_find(req.headers[h].value, STR(SECRET)) < 0);
            }
            arena_destroy(a);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_chat_has_an_entry),
        cmocka_unit_test(the_same_notice_is_the_same_message),
        cmocka_unit_test(key_and_time_mean_what_they_say),
        cmocka_unit_test(a_second_sending_is_marked),
        cmocka_unit_test(plain_is_less),
        cmocka_unit_test(extremes_are_survived),
        cmocka_unit_test(too_little_memory_is_an_error),
        cmocka_unit_test(each_status_has_its_verdict),
        cmocka_unit_test(silence_is_told_from_refusal),
        cmocka_unit_test(waits_are_within_a_day),
        cmocka_unit_test(bodies_say_nothing_they_should_not),
        cmocka_unit_test(odd_secrets_are_told_nowhere),
    };
    int failed;

    load_slack_schema();
    card_schema = load_card_schema();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    print_message("recordings: %zu run, %d skipped\n", slack_checks,
                  slack_schema == NULL);
    json_decref(slack_schema);
    json_decref(webhook_schema);
    json_decref(card_schema);
    return failed;
}
