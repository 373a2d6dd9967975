#include "connectors/chat/slack.h"

#include "base/jsonw.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/post.h"
#include "connectors/chat/verdict.h"
#include "connectors/chat/words.h"

enum {
    SLACK_BLOCKS = 50,
    SLACK_SECTION = 3000, /* characters; we count bytes, which are more */
    SLACK_HEADER = 150,
    SLACK_TOTAL = 12000,
    SLACK_TEXT = 3000,
};

static const struct conf_key slack_keys[] = {
    POST_URL_KEY(slack_conf,
                 "The incoming webhook's URL, by reference: it is a secret."),
    {0},
};

/* ---- markup ---- */

static void escape(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&':
            buf_addz(out, "&amp;");
            break;
        case '<':
            buf_addz(out, "&lt;");
            break;
        case '>':
            buf_addz(out, "&gt;");
            break;
        default:
            buf_addc(out, s.p[i]);
        }
    }
}

/* `<url|label>`: what would end either is no part of it. */
static void put_link(struct buf *out, struct str url, struct str label)
{
    struct buf plain;

    buf_init(&plain, 3 * url.n + 16);
    layout_url(&plain, url, "|<>");
    buf_addc(out, '<');
    escape(out, buf_str(&plain));
    buf_addc(out, '|');
    size_t start = out->n;
    escape(out, label);
    for (size_t i = start; buf_ok(out) && i < out->n; i++) {
        if (out->p[i] == '|') /* would end the label's link */
            out->p[i] = '/';
    }
    buf_addc(out, '>');
    buf_finish(&plain);
}

static void put_fixed(struct buf *out, struct str safe)
{
    size_t start = out->n;

    escape(out, safe);
    for (size_t i = start; buf_ok(out) && i < out->n; i++) {
        if (out->p[i] == '`') /* would end the code */
            out->p[i] = '\'';
    }
}

static void put_code(struct buf *out, struct str safe)
{
    buf_addc(out, '`');
    put_fixed(out, safe);
    buf_addc(out, '`');
}

static bool put_mention(struct buf *out, const struct mention *p)
{
    if (!mention_fits(MENTION_slack, p->slack))
        return false;
    buf_printf(out, "<@%.*s>", STR_FMT(p->slack));
    return true;
}

static const struct markup mrkdwn = {
    .mention = put_mention,
    .escape = escape,
    .link = put_link,
    .code = put_code,
    .fixed = put_fixed,
    .fence = {"```", "```"},
    .fixed_line = "\n",
    .bold = {"*", "*"},
    .italic = {"_", "_"},
    .line = "\n",
    .indent = "    ",
    .high = ":red_circle: ",
    .mended = ":white_check_mark: ",
    .over = ":heavy_minus_sign: ",
};

/* ---- blocks ---- */

static void add_mrkdwn(struct jsonw *w, const char *key, struct str text)
{
    jsonw_object(w, key);
    jsonw_strz(w, "type", "mrkdwn");
    jsonw_str(w, "text", text);
    jsonw_bool(w, "verbatim", true);
    jsonw_end_object(w);
}

static void add_part(struct jsonw *w, const struct layout_part *p)
{
    bool aside = p->kind == PART_ABOUT || p->kind == PART_MISSING;

    jsonw_object(w, NULL);
    jsonw_strz(w, "type", aside ? "context" : "section");
    if (aside) {
        jsonw_array(w, "elements");
        add_mrkdwn(w, NULL, p->text);
        jsonw_end_array(w);
    } else {
        add_mrkdwn(w, "text", p->text);
    }
    jsonw_end_object(w);
}

static void add_header(struct jsonw *w, const struct notice *n, bool resent)
{
    struct buf cut;

    buf_init(&cut, 1024);
    layout_subject(&cut, n, resent, SLACK_HEADER);
    for (size_t i = 0; i < cut.n; i++) { /* plain_text has no escapes to rely on */
        if (cut.p[i] == '<' || cut.p[i] == '>')
            cut.p[i] = ' ';
    }
    jsonw_object(w, NULL);
    jsonw_strz(w, "type", "header");
    jsonw_object(w, "text");
    jsonw_strz(w, "type", "plain_text");
    jsonw_str(w, "text", buf_str(&cut));
    jsonw_bool(w, "emoji", false);
    jsonw_end_object(w);
    jsonw_end_object(w);
    buf_finish(&cut);
}

static void write_blocks(struct jsonw *w, const struct notice *n, bool resent,
                         const struct layout *l)
{
    jsonw_array(w, "blocks");
    add_header(w, n, resent);
    for (size_t i = 0; i < l->n; i++)
        add_part(w, &l->v[i]);
    jsonw_end_array(w);
}

bool slack_write(struct jsonw *w, const struct notice *n, const struct chat_attempt *at,
                 struct arena *a, struct err *e)
{
    static const struct layout_limits most = {
        .part = SLACK_SECTION,
        .total = SLACK_TOTAL - 4 * SLACK_HEADER,
        .parts = SLACK_BLOCKS - 1,
        .url = 2000,
    };
    struct layout l = {0};
    struct buf text, escaped;
    bool ok;

    buf_init(&text, (size_t)1 << 18);
    buf_init(&escaped, (size_t)1 << 18);
    words_plain(&text, n, at->resent, SLACK_TEXT);
    escape(&escaped, buf_str(&text));
    jsonw_str(w, "text", buf_str(&escaped));
    ok = buf_check(&text, e) && buf_check(&escaped, e) &&
         (at->plain || layout_build(a, &mrkdwn, &most, n, &l, e));
    if (ok && !at->plain)
        write_blocks(w, n, at->resent, &l);
    buf_finish(&text);
    buf_finish(&escaped);
    return ok;
}

/* ---- ops ---- */

static bool slack_render(const struct chat_conf *conf, const struct notice *n,
                         const struct chat_attempt *at, struct arena *a,
                         struct http_request *ret_req, struct err *e)
{
    const struct slack_conf *own = conf->own;
    struct buf body;
    struct jsonw w;
    bool ok;

    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    ok = slack_write(&w, n, at, a, e);
    jsonw_end_object(&w);
    ok = ok && post_json(a, own->url.value, &body, ret_req, e);
    buf_finish(&body);
    return ok;
}

/* Words Slack answers with, in plain text (docs.slack.dev, incoming webhooks). */
static const struct verdict_row slack_rows[] = {
    {429, NULL, CHAT_RETRY},
    {0, "invalid_payload", CHAT_PLAIN},
    {0, "invalid_blocks", CHAT_PLAIN},
    {0, "msg_blocks_too_long", CHAT_PLAIN},
    {0, "no_text", CHAT_PLAIN},
    {0, "too_many_attachments", CHAT_PLAIN},
    {0, "no_service", CHAT_DEAD},
    {0, "no_service_id", CHAT_DEAD},
    {0, "no_team", CHAT_DEAD},
    {0, "no_active_hooks", CHAT_DEAD},
    {0, "team_disabled", CHAT_DEAD},
    {0, "invalid_token", CHAT_DEAD},
    {0, "channel_not_found", CHAT_DEAD},
    {0, "channel_is_archived", CHAT_DEAD},
    {0, "action_prohibited", CHAT_DEAD},
    {0, "posting_to_general_channel_denied", CHAT_DEAD},
    {0, "user_not_found", CHAT_DEAD},
    {0, "rollup_error", CHAT_RETRY},
};

static enum chat_verdict slack_judge(const struct chat_conf *conf,
                                     const struct http_response *resp,
                                     const struct err *failure, struct wall now,
                                     struct dur *ret_after, struct err *e)
{
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    struct str body;

    (void)conf;
    if (resp == NULL)
        return v;
    body = str_trim(resp->body);
    if (v == CHAT_DELIVERED && str_eqz(body, "ok"))
        return v;
    if (v == CHAT_DELIVERED) {
        /* 200 with anything but `ok` is Slack's way to say no, or a proxy's page. */
        err_set(e, ERR_REMOTE, "answered 200 without 'ok'");
        v = CHAT_UNCERTAIN;
    }
    return verdict_by_rows(slack_rows, ARRAY_LEN(slack_rows), resp->status, body, v, e);
}

const struct chat_ops slack_ops = {
    .name = "slack",
    .keys = slack_keys,
    .conf_size = sizeof(struct slack_conf),
    .render = slack_render,
    .judge = slack_judge,
};
