#include "connectors/chat/mattermost.h"

#include "base/jsonw.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/markdown.h"
#include "connectors/chat/post.h"
#include "connectors/chat/verdict.h"

enum {
    MATTERMOST_ATTACHMENTS = 7600, /* of 7,900 characters of JSON */
    MATTERMOST_TEXT = 6500,        /* bytes of its texts, to begin with */
    MATTERMOST_PLAIN = 2000,       /* of 16,383: a sign may become four bytes */
    MATTERMOST_TITLE = 200,
    MATTERMOST_FALLBACK = 80,
};

static const struct conf_key mattermost_keys[] = {
    POST_URL_KEY(mattermost_conf,
                 "The incoming webhook's URL, by reference: it is a secret."),
    {0},
};

/* ---- markup ---- */

/*
 * Its Markdown knows no backslash before @ and <: a character that nobody sees (ZWNJ)
 * keeps what follows from being a mention or a link.
 */
static void escape(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == '@' || safe.p[i] == '<') {
            buf_addc(out, safe.p[i]);
            buf_addz(out, "\xe2\x80\x8c");
        } else {
            markdown_escape(out, (struct str){safe.p + i, 1}, "\\`*_[]()#~|>!+-");
        }
    }
}

static void put_link(struct buf *out, struct str url, struct str label)
{
    markdown_link(out, url, label, escape);
}

static bool put_mention(struct buf *out, const struct mention *p)
{
    if (!mention_fits(MENTION_mattermost, p->mattermost))
        return false;
    buf_printf(out, "@%.*s", STR_FMT(p->mattermost));
    return true;
}

static const struct markup markup = {
    .mention = put_mention,
    .people_apart = true, /* an attachment rings nobody */
    .escape = escape,
    .link = put_link,
    .code = markdown_code,
    .fixed = markdown_fixed,
    .fence = {"```\n", "```"},
    .fixed_line = "\n",
    .bold = {"**", "**"},
    .italic = {"_", "_"},
    .line = "\n",
    .indent = "\xe2\x80\x83", /* em space */
    .high = ":red_circle: ",
    .mended = ":white_check_mark: ",
    .over = ":heavy_minus_sign: ",
};

/* ---- message ---- */

static void add_attachment(struct jsonw *w, const struct buf *text, struct str fallback,
                           bool high)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "fallback", fallback);
    jsonw_str(w, "text", buf_str(text));
    if (high)
        jsonw_strz(w, "color", "#d73a49");
    jsonw_end_object(w);
}

/* Returns how many bytes the list has. */
static size_t write_attachments(struct jsonw *w, const struct notice *n,
                                const struct layout *l)
{
    struct buf text, fallback;
    size_t start;

    buf_init(&text, (size_t)1 << 16);
    buf_init(&fallback, 1024);
    layout_subject(&fallback, n, false, MATTERMOST_FALLBACK);
    jsonw_array(w, "attachments");
    start = w->out->n;
    for (size_t i = 0; i < l->n;) {
        bool high = l->v[i].high;

        buf_clear(&text);
        i = layout_join(&text, &markup, l, i);
        add_attachment(w, &text, buf_str(&fallback), high);
    }
    jsonw_end_array(w);
    buf_finish(&text);
    buf_finish(&fallback);
    return w->out->n - start;
}

static void write_text(struct jsonw *w, const struct notice *n,
                       const struct chat_attempt *at)
{
    struct buf text, subject;

    buf_init(&text, (size_t)1 << 16);
    buf_init(&subject, 2000);
    if (at->plain) {
        layout_plain(&text, &markup, n, at->resent, MATTERMOST_PLAIN);
    } else {
        layout_subject(&subject, n, at->resent, MATTERMOST_TITLE);
        buf_addz(&text, "**");
        escape(&text, buf_str(&subject));
        buf_addz(&text, "**\n");
        layout_people(&text, &markup, n);
    }
    jsonw_str(w, "text", str_trim(buf_str(&text)));
    buf_finish(&text);
    buf_finish(&subject);
}

/* *ret_list: bytes of the attachments. */
static bool write_message(struct buf *body, const struct notice *n,
                          const struct chat_attempt *at, size_t total, size_t *ret_list,
                          struct arena *a, struct err *e)
{
    const struct layout_limits most = {
        .part = 3500, .total = total, .parts = 100, .url = 1000};
    struct layout l = {0};
    struct jsonw w;

    if (!at->plain && !layout_build(a, &markup, &most, n, &l, e))
        return false;
    buf_clear(body);
    jsonw_init(&w, body);
    jsonw_object(&w, NULL);
    write_text(&w, n, at);
    *ret_list = l.n > 0 ? write_attachments(&w, n, &l) : 0;
    jsonw_end_object(&w);
    return buf_check(body, e);
}

static bool mattermost_render(const struct chat_conf *conf, const struct notice *n,
                              const struct chat_attempt *at, struct arena *a,
                              struct http_request *ret_req, struct err *e)
{
    const struct mattermost_conf *own = conf->own;
    size_t total = MATTERMOST_TEXT, list = 0;
    struct buf body;
    bool ok;

    buf_init(&body, (size_t)1 << 20);
    while ((ok = write_message(&body, n, at, total, &list, a, e)) &&
           list > MATTERMOST_ATTACHMENTS)
        total = total * 3 / 4;
    ok = ok && post_json(a, own->url.value, &body, ret_req, e);
    buf_finish(&body);
    return ok;
}

/* ---- answers ---- */

/* Ids of its errors, in `id` (server/channels/app/webhook.go). */
static const struct verdict_row mattermost_rows[] = {
    {0, "web.incoming_webhook.invalid.app_error", CHAT_DEAD}, /* no such hook */
    {0, "web.incoming_webhook.disabled.app_error", CHAT_DEAD},
    {0, "web.incoming_webhook.channel.app_error", CHAT_DEAD},
    {0, "web.incoming_webhook.channel_locked.app_error", CHAT_DEAD},
    {0, "web.incoming_webhook.permissions.app_error", CHAT_DEAD},
    {0, "web.incoming_webhook.user.app_error", CHAT_DEAD},
    {400, NULL, CHAT_PLAIN},
    {401, NULL, CHAT_DEAD},
    {403, NULL, CHAT_DEAD},
    {404, NULL, CHAT_DEAD},
    {413, NULL, CHAT_PLAIN},
};

static enum chat_verdict mattermost_judge(const struct chat_conf *conf,
                                          const struct http_response *resp,
                                          const struct err *failure, struct wall now,
                                          struct dur *ret_after, struct err *e)
{
    static const char *const path[] = {"id", NULL};
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    char word[80];

    (void)conf;
    if (resp == NULL || (v == CHAT_DELIVERED && str_eqz(str_trim(resp->body), "ok")))
        return v;
    if (v == CHAT_DELIVERED) {
        err_set(e, ERR_REMOTE, "answered %d without 'ok'", resp->status);
        return CHAT_UNCERTAIN;
    }
    return verdict_by_rows(mattermost_rows, ARRAY_LEN(mattermost_rows), resp->status,
                           verdict_member(resp->body, path, word, sizeof word), v, e);
}

const struct chat_ops mattermost_ops = {
    .name = "mattermost",
    .keys = mattermost_keys,
    .conf_size = sizeof(struct mattermost_conf),
    .render = mattermost_render,
    .judge = mattermost_judge,
};
