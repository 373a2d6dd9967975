#include "connectors/chat/google_chat.h"

#include "base/jsonw.h"
#include "connectors/chat/html.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/post.h"
#include "connectors/chat/verdict.h"

enum {
    GOOGLE_BODY = 32000,
    GOOGLE_TEXT = 16000, /* bytes of its texts, to begin with */
    GOOGLE_PLAIN = 4000,
    GOOGLE_TITLE = 200,
};

static const struct conf_key google_chat_keys[] = {
    POST_URL_KEY(google_chat_conf,
                 "The webhook's URL, by reference: key and token stand in it."),
    {0},
};

/* ---- markup ---- */

static void put_code(struct buf *out, struct str safe)
{
    buf_addz(out, "<i>");
    html_escape(out, safe);
    buf_addz(out, "</i>");
}

/* A card has no letters of equal width. Blanks that are not run together, or columns would move. */
static void put_fixed(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == ' ')
            buf_addz(out, "\xc2\xa0");
        else
            html_escape(out, (struct str){safe.p + i, 1});
    }
}

static const struct markup html = {
    .escape = html_escape,
    .link = html_link,
    .code = put_code,
    .fixed = put_fixed,
    .fence = {"", ""},
    .fixed_line = "\n",
    .bold = {"<b>", "</b>"},
    .italic = {"<i>", "</i>"},
    .line = "\n",
    .indent = "\xe2\x80\x83", /* em space */
    .high = "\xf0\x9f\x94\xb4 ",
    .mended = "\xe2\x9c\x85 ",
    .over = "\xe2\x9e\x96 ",
    .people_apart = true, /* a card rings nobody */
};

/* `text` has no escapes: <users/all> would ring everybody, so it has no brackets. */
static void plain_escape(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == '<')
            buf_addz(out, "\xe2\x80\xb9");
        else if (safe.p[i] == '>')
            buf_addz(out, "\xe2\x80\xba");
        else
            buf_addc(out, safe.p[i]);
    }
}

static bool put_mention(struct buf *out, const struct mention *p)
{
    if (!mention_fits(MENTION_google_chat, p->google_chat))
        return false;
    buf_printf(out, "<users/%.*s>", STR_FMT(p->google_chat));
    return true;
}

static const struct markup plain_text = {
    .escape = plain_escape, .line = "\n", .mention = put_mention};

/* ---- card ---- */

static void add_section(struct jsonw *w, struct str text)
{
    jsonw_object(w, NULL);
    jsonw_array(w, "widgets");
    jsonw_object(w, NULL);
    jsonw_object(w, "textParagraph");
    jsonw_str(w, "text", text);
    jsonw_end_object(w);
    jsonw_end_object(w);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_sections(struct jsonw *w, const struct layout *l)
{
    struct buf text;

    buf_init(&text, (size_t)1 << 16);
    jsonw_array(w, "sections");
    for (size_t i = 0; i < l->n;) {
        buf_clear(&text);
        i = layout_join(&text, &html, l, i);
        add_section(w, buf_str(&text));
    }
    if (l->n == 0) /* a card has at least one */
        add_section(w, STR("alignd"));
    jsonw_end_array(w);
    buf_finish(&text);
}

static void write_card(struct jsonw *w, struct str subject, const struct layout *l)
{
    jsonw_array(w, "cardsV2");
    jsonw_object(w, NULL);
    jsonw_strz(w, "cardId", "alignd");
    jsonw_object(w, "card");
    jsonw_object(w, "header");
    jsonw_str(w, "title", subject);
    jsonw_end_object(w);
    write_sections(w, l);
    jsonw_end_object(w);
    jsonw_end_object(w);
    jsonw_end_array(w);
}

static void write_rich(struct jsonw *w, const struct notice *n, bool resent,
                       const struct layout *l)
{
    struct buf subject, plain, people;

    buf_init(&subject, 2000);
    buf_init(&plain, 4000);
    buf_init(&people, 4000);
    layout_subject(&subject, n, resent, GOOGLE_TITLE);
    plain_escape(&plain, buf_str(&subject));
    layout_people(&people, &plain_text, n);
    if (people.n > 0)
        jsonw_str(w, "text", buf_str(&people));
    jsonw_str(w, "fallbackText", buf_str(&plain));
    write_card(w, buf_str(&plain), l);
    buf_finish(&people);
    buf_finish(&subject);
    buf_finish(&plain);
}

static bool write_message(struct buf *body, const struct notice *n,
                          const struct chat_attempt *at, size_t total, struct arena *a,
                          struct err *e)
{
    const struct layout_limits most = {
        .part = 4000, .total = total, .parts = 80, .url = 2000};
    struct layout l = {0};
    struct buf text;
    struct jsonw w;

    if (!at->plain && !layout_build(a, &html, &most, n, &l, e))
        return false;
    buf_clear(body);
    buf_init(&text, (size_t)1 << 16);
    jsonw_init(&w, body);
    jsonw_object(&w, NULL);
    if (at->plain) {
        layout_plain(&text, &plain_text, n, at->resent, GOOGLE_PLAIN);
        jsonw_str(&w, "text", buf_str(&text));
    } else {
        write_rich(&w, n, at->resent, &l);
    }
    jsonw_end_object(&w);
    buf_finish(&text);
    return buf_check(body, e);
}

static bool google_chat_render(const struct chat_conf *conf, const struct notice *n,
                               const struct chat_attempt *at, struct arena *a,
                               struct http_request *ret_req, struct err *e)
{
    const struct google_chat_conf *own = conf->own;
    size_t total = GOOGLE_TEXT;
    struct buf body;
    bool ok;

    buf_init(&body, (size_t)1 << 20);
    while ((ok = write_message(&body, n, at, total, a, e)) && body.n > GOOGLE_BODY)
        total = total * 3 / 4;
    ok = ok && post_json(a, own->url.value, &body, ret_req, e);
    buf_finish(&body);
    return ok;
}

/* ---- answers ---- */

/* `error.status` (google.rpc.Code); an API key that is not valid comes as a 400, too. */
static const struct verdict_row google_chat_rows[] = {
    {400, NULL, CHAT_PLAIN},
    {401, NULL, CHAT_DEAD},
    {403, NULL, CHAT_DEAD},
    {404, NULL, CHAT_DEAD}, /* the space is gone, or the webhook */
    {413, NULL, CHAT_PLAIN},
};

static enum chat_verdict google_chat_judge(const struct chat_conf *conf,
                                           const struct http_response *resp,
                                           const struct err *failure, struct wall now,
                                           struct dur *ret_after, struct err *e)
{
    static const char *const name[] = {"name", NULL};
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    char text[200];

    (void)conf;
    if (resp == NULL)
        return v;
    if (v == CHAT_DELIVERED) {
        if (verdict_member(resp->body, name, text, sizeof text).n > 0)
            return v;
        err_set(e, ERR_REMOTE, "answered %d without the message", resp->status);
        return CHAT_UNCERTAIN;
    }
    if (resp->status == 400 && str_find(resp->body, STR("API key not valid")) >= 0) {
        err_set(e, ERR_REMOTE, "answered 400: the key of its URL is not valid");
        return CHAT_DEAD;
    }
    return verdict_by_rows(google_chat_rows, ARRAY_LEN(google_chat_rows), resp->status,
                           STR_NONE, v, e);
}

const struct chat_ops google_chat_ops = {
    .name = "google-chat",
    .keys = google_chat_keys,
    .conf_size = sizeof(struct google_chat_conf),
    .render = google_chat_render,
    .judge = google_chat_judge,
};
