/*
 * Chat messages: a stored notice as any JSON (an input that begins with '{'),
 * or a notice made of the input's bytes, which is stored and read back. Then
 * every chat renders it: JSON within the vendor's limits, nothing left out in
 * silence. The end of the input is what the chat's server answers.
 */
#include <jansson.h>

#include "connectors/chat/discord.h"
#include "connectors/chat/google_chat.h"
#include "connectors/chat/journal.h"
#include "connectors/chat/mattermost.h"
#include "connectors/chat/notice_read.h"
#include "connectors/chat/slack.h"
#include "connectors/chat/slack_app.h"
#include "connectors/chat/teams.h"
#include "connectors/chat/webhook.h"
#include "core/notice.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/chat_check.h"
#include "tests/unit/slack_check.h"

enum { MAX_WEBHOOK = 20000, MAX_JOURNAL = 8000, MAX_TEXT = 2000 };

static const struct slack_conf slack_own = {
    .url = {.from = SECRET_FILE, .value = STR_INIT("https://hooks.example.com/T/B/x")},
};
static const struct webhook_conf webhook_own = {
    .url = STR_INIT("https://hooks.example.com/y"),
    .secret = {.from = SECRET_FILE,
               .value = STR_INIT("whsec_c2VjcmV0IGtleSBieXRlcw==")},
};
static const struct chat_conf slack = {STR_INIT("c"), STR_INIT("slack"), &slack_own};
static const struct chat_conf webhook = {STR_INIT("c"), STR_INIT("webhook"),
                                         &webhook_own};
static const struct slack_app_conf app_own = {
    .token = {.from = SECRET_FILE, .value = STR_INIT("xoxb-1")},
    .channel = STR_INIT("C1"),
    .url = STR_INIT("https://slack.example.com/api"),
};
static const struct chat_conf app = {STR_INIT("c"), STR_INIT("slack-app"), &app_own};
static const struct chat_conf journal = {STR_INIT("c"), STR_INIT("journal"), NULL};

/* ---- a notice from bytes ---- */

/* A line, as often as its first byte says: long texts from short inputs. */
static struct str make_text(struct fuzz_in *in, struct arena *a)
{
    struct str line = fuzz_until(in, '\n');
    size_t times = line.n > 1 ? (unsigned char)line.p[0] % 40 : 0;
    struct str part = str_skip(line, 1);
    char *p;
    size_t n = 0;

    if (times == 0 || part.n > MAX_TEXT) {
        return arena_str(a, str_first(line, MAX_TEXT));
    }
    p = arena_alloc(a, MAX_TEXT);
    FUZZ_CHECK(p != NULL, "out of memory");
    for (size_t i = 0; i < times && n + part.n <= MAX_TEXT; i++) {
        memcpy(p + n, part.p, part.n);
        n += part.n;
    }
    return (struct str){p, n};
}

static struct notice_entry make_entry(struct fuzz_in *in, struct arena *a)
{
    static const char *const changes[] = {"new", "worse", "reminder", "resolved"};
    static const char *const severities[] = {"info", "warn", "high"};
    unsigned b = fuzz_byte(in);

    return (struct notice_entry){
        .finding = STR("0123456789ab"),
        .change = str_of(changes[b % 4]),
        .severity = str_of(severities[b / 4 % 3]),
        .key = make_text(in, a),
        .title = make_text(in, a),
        .url = make_text(in, a),
        .note = make_text(in, a),
        .fix = make_text(in, a),
        .command = make_text(in, a),
        .objective = make_text(in, a),
        .why = make_text(in, a),
        .ended_by = make_text(in, a),
        .since = {(int64_t)fuzz_number(in, 4) * 1000},
    };
}

static struct notice_entry *make_entries(struct fuzz_in *in, struct arena *a, size_t n)
{
    struct notice_entry *v = arena_array(a, n, sizeof *v);

    FUZZ_CHECK(v != NULL, "out of memory");
    for (size_t i = 0; i < n; i++) {
        /* At the end of the input the last one is repeated. */
        v[i] = in->n > 0 || i == 0 ? make_entry(in, a) : v[i - 1];
    }
    return v;
}

static struct notice make_notice(struct fuzz_in *in, struct arena *a)
{
    unsigned b = fuzz_byte(in);
    struct notice n = {
        .kind = b % 3 == 0   ? NOTICE_DRIFT
                : b % 3 == 1 ? NOTICE_BASELINE
                             : NOTICE_TEST,
        .channel = STR("c"),
        .n_sections = b / 3 % 8,
        .n_resolved = fuzz_byte(in) % (NOTICE_SHOWN + 1),
        .at = {(int64_t)fuzz_number(in, 4) * 1000},
    };

    n.group = make_text(in, a);
    n.text = make_text(in, a);
    n.sections = arena_array(a, n.n_sections, sizeof *n.sections);
    FUZZ_CHECK(n.sections != NULL, "out of memory");
    for (size_t i = 0; i < n.n_sections; i++) {
        struct notice_section *s = &n.sections[i];

        s->n_entries = fuzz_byte(in) % (NOTICE_SHOWN + 1);
        s->total = (int64_t)s->n_entries + fuzz_byte(in) % 3;
        s->rule = make_text(in, a);
        s->headline = make_text(in, a);
        s->why = make_text(in, a);
        s->more = make_text(in, a);
        s->entries = make_entries(in, a, s->n_entries);
    }
    n.resolved = make_entries(in, a, n.n_resolved);
    n.total_resolved = (int64_t)n.n_resolved + fuzz_byte(in) % 3;
    return n;
}

/* What was written is read again, to the second and with repaired UTF-8. */
static struct notice store(const struct notice *n, struct arena *a)
{
    struct buf text, again;
    struct notice back;
    struct err e = {.kind = ERR_NONE};

    buf_init(&text, (size_t)8 << 20);
    buf_init(&again, (size_t)8 << 20);
    notice_write(&text, n);
    FUZZ_CHECK(buf_ok(&text), "not written");
    /* jansson does not take a NUL, and the store has none in its texts. */
    if (!notice_read(buf_str(&text), a, &back, &e)) {
        FUZZ_CHECK(e.kind == ERR_PARSE && strstr(buf_cstr(&text), "\\u0000") != NULL,
                   "%s: %s", e.msg, buf_cstr(&text));
        back = (struct notice){.kind = NOTICE_TEST};
    } else {
        notice_write(&again, &back);
        FUZZ_CHECK(str_eq(buf_str(&text), buf_str(&again)), "%s\n%s", buf_cstr(&text),
                   buf_cstr(&again));
    }
    buf_finish(&text);
    buf_finish(&again);
    return back;
}

/* ---- what the chats make of it ---- */

/* Whether some text says that there is more than is shown. */
static bool says(const json_t *root, const char *words)
{
    char *text = json_dumps(root, JSON_COMPACT);

    FUZZ_CHECK(text != NULL, "out of memory");
    bool found = strstr(text, words) != NULL;

    free(text);
    return found;
}

static size_t lines_that_begin(struct str text, struct str with)
{
    struct str line;
    size_t n = 0;

    while (str_split(&text, '\n', &line)) {
        n += str_has_prefix(line, with);
    }
    return n;
}

static size_t count_bullets(const json_t *root)
{
    const json_t *block;
    size_t i, n = 0;

    json_array_foreach(json_object_get(root, "blocks"), i, block)
    {
        const json_t *text = json_object_get(json_object_get(block, "text"), "text");

        n += lines_that_begin(str_of(json_string_value(text)), STR("\xe2\x80\xa2 "));
    }
    return n;
}

/* Nothing is missing, or the message says that something is. */
static void check_complete(const json_t *root, const struct notice *n)
{
    size_t entries = 0;

    if (says(root, "More than one message holds")) {
        return;
    }
    for (size_t i = 0; i < n->n_sections; i++) {
        entries += n->sections[i].n_entries;
    }
    FUZZ_CHECK(count_bullets(root) == entries, "%zu of %zu entries",
               count_bullets(root), entries);
    FUZZ_CHECK(n->total_resolved == 0 || says(root, "*Resolved* ("),
               "what is resolved is left out");
}

static void check_slack_message(const struct notice *n, const struct chat_attempt *at,
                                struct arena *a)
{
    struct http_request req;
    struct err e = {.kind = ERR_NONE};
    json_error_t why;
    json_t *root;

    FUZZ_CHECK(slack_ops.render(&slack, n, at, a, &req, &e), "%s", e.msg);
    root = json_loadb(req.body.p, req.body.n, JSON_REJECT_DUPLICATES, &why);
    FUZZ_CHECK(root != NULL, "%s in %.*s", why.text, STR_FMT(req.body));
    check_slack(root);
    if (!at->plain) {
        check_complete(root, n);
    }
    json_decref(root);
}

static void check_teams(const json_t *root)
{
    check_teams_card(NULL, root);
}

/* Every chat that posts to a secret address has it first. */
static const struct {
    const struct chat_ops *ops;
    size_t most;
    void (*check)(const json_t *root);
} others[] = {
    {&teams_ops, 28000, check_teams},
    {&discord_ops, 40000, check_discord},
    {&mattermost_ops, 40000, check_mattermost},
    {&google_chat_ops, 32000, check_google_chat},
};

static void check_others(const struct notice *n, const struct chat_attempt *at,
                         struct arena *a)
{
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct http_request req;
        struct err e = {.kind = ERR_NONE};
        json_error_t why;
        json_t *root;

        FUZZ_CHECK(others[i].ops->render(&slack, n, at, a, &req, &e), "%s", e.msg);
        FUZZ_CHECK(req.body.n <= others[i].most, "%s: %zu bytes", others[i].ops->name,
                   req.body.n);
        root = json_loadb(req.body.p, req.body.n, JSON_REJECT_DUPLICATES, &why);
        FUZZ_CHECK(root != NULL, "%s in %.*s", why.text, STR_FMT(req.body));
        others[i].check(root);
        json_decref(root);
    }
}

static bool check_webhook(const struct notice *n, const struct chat_attempt *at,
                          struct arena *a)
{
    struct http_request req;
    struct err e = {.kind = ERR_NONE};
    json_error_t why;
    json_t *root;

    if (!webhook_ops.render(&webhook, n, at, a, &req, &e)) {
        FUZZ_CHECK(e.kind == ERR_LIMIT, "%s", e.msg);
        return false;
    }
    FUZZ_CHECK(req.body.n < MAX_WEBHOOK, "%zu bytes", req.body.n);
    FUZZ_CHECK(req.n_headers == 4, "%zu headers", req.n_headers);
    root = json_loadb(req.body.p, req.body.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL,
                      &why);
    FUZZ_CHECK(root != NULL, "%s in %.*s", why.text, STR_FMT(req.body));
    json_decref(root);
    return true;
}

static void check_journal(const struct notice *n, struct arena *a)
{
    struct err e = {.kind = ERR_NONE};
    struct str line;

    FUZZ_CHECK(journal_ops.line(&journal, n, a, &line, &e), "%s", e.msg);
    FUZZ_CHECK(line.n <= MAX_JOURNAL, "%zu bytes", line.n);
    for (struct str rest = line; rest.n > 0;) {
        uint32_t cp;

        rest = str_skip(rest, utf8_next(rest, &cp));
        FUZZ_CHECK(cp == '\n' || !utf8_hostile(cp), "U+%04X in the journal",
                   (unsigned)cp);
    }
}

/* Whatever a server answers, each chat makes something of it, and no more of its words
   than are known. */
static void check_verdict(struct fuzz_in *in, struct arena *a)
{
    static const int statuses[] = {200, 400, 404, 410, 429, 500, 502, 503,
                                   204, 301, 202, 401, 403, 413, 501};
    int status = statuses[fuzz_byte(in) % ARRAY_LEN(statuses)];
    struct http_header h = {STR("Retry-After"), fuzz_until(in, '\n')};
    struct http_response resp = {
        .status = status, .headers = &h, .n_headers = 1, .body = fuzz_rest(in)};
    const struct wall now = {INT64_C(1795348800000)};

    for (size_t i = 0; chats[i] != NULL; i++) {
        struct dur after = {-1};
        struct err e = {.kind = ERR_NONE};

        if (chats[i]->judge == NULL)
            continue;
        enum chat_verdict v = chats[i]->judge(&slack, &resp, NULL, now, &after, &e);

        FUZZ_CHECK(v <= CHAT_DEAD, "%d", (int)v);
        FUZZ_CHECK(v != CHAT_DELIVERED || status < 300, "%d is no delivery", status);
        FUZZ_CHECK(v == CHAT_DELIVERED || e.kind != ERR_NONE, "no reason for %d",
                   (int)v);
        FUZZ_CHECK(after.ms >= 0 && after.ms <= DUR_H(24).ms, "%lld",
                   (long long)after.ms);
    }
    struct str receipt = slack_app_ops.receipt(&app, &resp, a);

    FUZZ_CHECK(receipt.n == 0 || str_has_prefix(receipt, STR("C1 ")), "%.*s",
               STR_FMT(receipt));
    for (size_t i = 3; i < receipt.n; i++)
        FUZZ_CHECK(strchr("0123456789.", receipt.p[i]) != NULL, "%.*s",
                   STR_FMT(receipt));
}

static void check_all(const struct notice *n, struct arena *a)
{
    for (unsigned i = 0; i < 4; i++) {
        struct chat_attempt at = {.now = {INT64_C(1795348800000)},
                                  .key = STR("00112233445566778899aabbccddeeff"),
                                  .plain = (i & 1) != 0,
                                  .resent = (i & 2) != 0};

        check_slack_message(n, &at, a);
        (void)check_webhook(n, &at, a);
        check_others(n, &at, a);
    }
    check_journal(n, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_create((size_t)256 << 20);
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct fuzz_in in = {(const uint8_t *)copy, size};
    struct err e = {.kind = ERR_NONE};
    struct notice n;

    FUZZ_CHECK(a != NULL, "out of memory");
    if (size > 0 && data[0] == '{') {
        if (notice_read(fuzz_rest(&in), a, &n, &e)) {
            check_all(&n, a);
        } else {
            FUZZ_CHECK(e.kind == ERR_PARSE, "%s", e.msg);
        }
    } else {
        struct notice made = make_notice(&in, a);

        n = store(&made, a);
        check_all(&n, a);
        check_verdict(&in, a);
    }
    arena_destroy(a);
    free(copy);
    return 0;
}
