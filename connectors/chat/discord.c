#include "connectors/chat/discord.h"

#include "base/jsonw.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/markdown.h"
#include "connectors/chat/post.h"
#include "connectors/chat/verdict.h"
#include "connectors/chat/words.h"

enum {
    DISCORD_EMBED = 4096,
    DISCORD_TOTAL = 5600, /* 6,000, less what joins the parts */
    DISCORD_TITLE = 200,
    DISCORD_PLAIN = 950, /* of 2,000: each may need a backslash */
    DISCORD_RED = 0xd73a49,
};

static const struct conf_key discord_keys[] = {
    POST_URL_KEY(discord_conf, "The webhook's URL, by reference: it is a secret."),
    {0},
};

/* ---- markup ---- */

static void escape(struct buf *out, struct str safe)
{
    markdown_escape(out, safe, "\\`*_[]()<>#~|@:+-");
}

static void put_link(struct buf *out, struct str url, struct str label)
{
    markdown_link(out, url, label, escape);
}

static bool put_mention(struct buf *out, const struct mention *p)
{
    if (!mention_fits(MENTION_discord, p->discord))
        return false;
    buf_printf(out, "<@%.*s>", STR_FMT(p->discord));
    return true;
}

static const struct markup markup = {
    .mention = put_mention,
    .people_apart = true, /* an embed rings nobody */
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
    .high = "\xf0\x9f\x94\xb4 ",
    .mended = "\xe2\x9c\x85 ",
    .over = "\xe2\x9e\x96 ",
};

/* ---- message ---- */

static void add_embed(struct jsonw *w, const struct buf *text, bool high)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "description", buf_str(text));
    if (high)
        jsonw_int(w, "color", DISCORD_RED);
    jsonw_end_object(w);
}

/* Two neighbours have more than one may hold, so all have place in three. */
static void write_embeds(struct jsonw *w, const struct layout *l)
{
    struct buf text;
    bool high = false;

    buf_init(&text, DISCORD_EMBED);
    jsonw_array(w, "embeds");
    for (size_t i = 0; i < l->n; i++) {
        if (text.n > 0 && text.n + 1 + l->v[i].text.n > DISCORD_EMBED) {
            add_embed(w, &text, high);
            buf_clear(&text);
            high = false;
        }
        buf_addz(&text, text.n > 0 ? "\n" : "");
        buf_add(&text, l->v[i].text);
        high = high || l->v[i].high;
    }
    if (text.n > 0)
        add_embed(w, &text, high);
    jsonw_end_array(w);
    if (!buf_ok(&text))
        buf_fail(w->out);
    buf_finish(&text);
}

static void write_content(struct jsonw *w, const struct notice *n,
                          const struct chat_attempt *at)
{
    struct buf text, subject;

    buf_init(&text, 2000);
    buf_init(&subject, 2000);
    if (at->plain) {
        layout_plain(&text, &markup, n, at->resent, DISCORD_PLAIN);
    } else {
        layout_subject(&subject, n, at->resent, DISCORD_TITLE);
        buf_addz(&text, "**");
        escape(&text, buf_str(&subject));
        buf_addz(&text, "**\n");
        layout_people(&text, &markup, n);
    }
    if (!buf_ok(&text))
        buf_fail(w->out);
    jsonw_str(w, "content", str_trim(buf_str(&text)));
    buf_finish(&text);
    buf_finish(&subject);
}

/* Whom we mention, and nobody whom a text names. */
static void write_allowed(struct jsonw *w, const struct notice *n,
                          const struct chat_attempt *at)
{
    const struct mention *who[WORDS_PEOPLE];
    size_t more, count = at->plain ? 0 : notice_people(n, who, WORDS_PEOPLE, &more);

    jsonw_object(w, "allowed_mentions");
    jsonw_array(w, "parse");
    jsonw_end_array(w);
    jsonw_array(w, "users");
    for (size_t i = 0; i < count; i++) {
        if (mention_fits(MENTION_discord, who[i]->discord))
            jsonw_str(w, NULL, who[i]->discord);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_message(struct jsonw *w, const struct notice *n,
                          const struct chat_attempt *at, const struct layout *l)
{
    jsonw_object(w, NULL);
    write_content(w, n, at);
    if (l->n > 0)
        write_embeds(w, l);
    write_allowed(w, n, at);
    jsonw_end_object(w);
}

/* The answer is to be the message itself. */
static struct str waiting_url(struct str url, struct arena *a)
{
    return arena_printf(a, "%.*s%cwait=true", STR_FMT(url),
                        str_chr(url, '?') >= 0 ? '&' : '?');
}

static bool discord_render(const struct chat_conf *conf, const struct notice *n,
                           const struct chat_attempt *at, struct arena *a,
                           struct http_request *ret_req, struct err *e)
{
    static const struct layout_limits most = {
        .part = 3500, .total = DISCORD_TOTAL, .parts = 100, .url = 500};
    const struct discord_conf *own = conf->own;
    struct layout l = {0};
    struct buf body;
    struct jsonw w;
    bool ok;

    if (!at->plain && !layout_build(a, &markup, &most, n, &l, e))
        return false;
    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    write_message(&w, n, at, &l);
    ok = post_json(a, waiting_url(own->url.value, a), &body, ret_req, e);
    buf_finish(&body);
    return ok;
}

/* ---- answers ---- */

/* 401, 403, 404: going on would get the whole address banned (Discord's rate limits). */
static const struct verdict_row discord_rows[] = {
    {400, NULL, CHAT_PLAIN},
    {401, NULL, CHAT_DEAD},
    {403, NULL, CHAT_DEAD},
    {404, NULL, CHAT_DEAD},
    {413, NULL, CHAT_PLAIN},
};

/* The body tells fractions of a second, which the header may round. */
static struct dur told_wait(const struct http_response *resp, struct dur header)
{
    static const char *const path[] = {"retry_after", NULL};
    const int64_t max = DUR_H(24).ms;
    char text[64];
    double seconds;

    if (resp->status != 429 ||
        !str_to_double(verdict_member(resp->body, path, text, sizeof text), &seconds) ||
        !(seconds * 1000 > (double)header.ms))
        return header;
    return DUR_MS(seconds >= (double)max / 1000 ? max : (int64_t)(seconds * 1000 + 0.999));
}

static enum chat_verdict discord_judge(const struct chat_conf *conf,
                                       const struct http_response *resp,
                                       const struct err *failure, struct wall now,
                                       struct dur *ret_after, struct err *e)
{
    static const char *const path[] = {"id", NULL};
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    char id[32];

    (void)conf;
    if (resp == NULL)
        return v;
    if (v == CHAT_DELIVERED) {
        if (resp->status == 204 ||
            verdict_member(resp->body, path, id, sizeof id).n > 0)
            return v;
        err_set(e, ERR_REMOTE, "answered %d without the message", resp->status);
        return CHAT_UNCERTAIN;
    }
    *ret_after = told_wait(resp, *ret_after);
    return verdict_by_rows(discord_rows, ARRAY_LEN(discord_rows), resp->status, STR_NONE,
                           v, e);
}

const struct chat_ops discord_ops = {
    .name = "discord",
    .keys = discord_keys,
    .conf_size = sizeof(struct discord_conf),
    .render = discord_render,
    .judge = discord_judge,
};
