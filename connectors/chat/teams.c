#include "connectors/chat/teams.h"

#include "base/jsonw.h"
#include "base/utf8.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/markdown.h"
#include "connectors/chat/post.h"
#include "connectors/chat/verdict.h"
#include "connectors/chat/words.h"

enum {
    TEAMS_BODY = 28000, /* bytes of the whole request */
    TEAMS_TEXT = 14000, /* of its texts, to begin with */
    TEAMS_PLAIN = 3500,
    TEAMS_TITLE = 200,
};

static const struct conf_key teams_keys[] = {
    POST_URL_KEY(teams_conf,
                 "The workflow's URL, by reference: its signature makes it a secret."),
    {0},
};

/* ---- markup ---- */

/* Markdown of a TextBlock; `{` too, as {{DATE(...)}} is a function there. */
static void escape(struct buf *out, struct str safe)
{
    markdown_escape(out, safe, "\\`*_[]{<>#~|&+-");
}

static void put_link(struct buf *out, struct str url, struct str label)
{
    markdown_link(out, url, label, escape);
}

/* Functions are run before Markdown is read, so code does not stop them: U+200C does. */
static void put_code(struct buf *out, struct str safe)
{
    struct buf broken;

    buf_init(&broken, 4 * safe.n + 16);
    for (size_t i = 0; i < safe.n; i++) {
        buf_addc(&broken, safe.p[i]);
        buf_addz(&broken, safe.p[i] == '{' ? "\xe2\x80\x8c" : "");
    }
    markdown_code(out, buf_str(&broken));
    buf_finish(&broken);
}

/* Blanks that are not run together, or columns would move. */
static void put_fixed(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] == ' ')
            buf_addz(out, "\xc2\xa0");
        else
            escape(out, (struct str){safe.p + i, 1});
    }
}

/* What stands between <at> and </at> is compared with the entity's text: no escapes. */
static void put_at(struct buf *out, const struct mention *p)
{
    struct buf safe;
    size_t start;

    buf_init(&safe, 4 * WORDS_NAME + 16);
    utf8_print_safe(&safe, p->name, WORDS_NAME);
    buf_addz(out, "<at>");
    start = out->n;
    for (size_t i = 0; i < safe.n; i++) {
        unsigned char c = (unsigned char)safe.p[i];

        if (c >= 0x80 || c == ' ' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
            (c >= 'a' && c <= 'z'))
            buf_addc(out, (char)c);
    }
    if (out->n == start)
        buf_addz(out, "owner");
    buf_addz(out, "</at>");
    buf_finish(&safe);
}

static bool put_mention(struct buf *out, const struct mention *p)
{
    if (!mention_fits(MENTION_teams, p->teams))
        return false;
    put_at(out, p);
    return true;
}

static const struct markup markup = {
    .mention = put_mention,
    .escape = escape,
    .link = put_link,
    .code = put_code,
    .fixed = put_fixed,
    .fence = {"", ""},
    .fixed_line = "\n\n",
    .fixed_apart = true,
    .bold = {"**", "**"},
    .italic = {"_", "_"},
    .line = "\n\n",
    .indent = "\xe2\x80\x83", /* em space */
    .high = "\xf0\x9f\x94\xb4 ",
    .mended = "\xe2\x9c\x85 ",
    .over = "\xe2\x9e\x96 ",
};

/* ---- card ---- */

static void begin_block(struct jsonw *w, struct str text)
{
    jsonw_object(w, NULL);
    jsonw_strz(w, "type", "TextBlock");
    jsonw_str(w, "text", text);
    jsonw_bool(w, "wrap", true);
}

static void add_title(struct jsonw *w, const struct notice *n, bool resent)
{
    struct buf subject, title;

    buf_init(&subject, 4096);
    buf_init(&title, 4096);
    layout_subject(&subject, n, resent, TEAMS_TITLE);
    escape(&title, buf_str(&subject));
    begin_block(w, buf_str(&title));
    jsonw_strz(w, "weight", "Bolder");
    jsonw_strz(w, "size", "Medium");
    jsonw_end_object(w);
    buf_finish(&subject);
    buf_finish(&title);
}

static void add_parts(struct jsonw *w, const struct layout *l)
{
    for (size_t i = 0; i < l->n; i++) {
        enum part_kind k = l->v[i].kind;

        begin_block(w, l->v[i].text);
        if (k == PART_ABOUT || k == PART_MISSING)
            jsonw_bool(w, "isSubtle", true);
        if (k == PART_FIXED)
            jsonw_strz(w, "fontType", "Monospace");
        jsonw_end_object(w);
    }
}

static void begin_card(struct jsonw *w)
{
    jsonw_object(w, NULL);
    jsonw_strz(w, "type", "message");
    jsonw_array(w, "attachments");
    jsonw_object(w, NULL);
    jsonw_strz(w, "contentType", "application/vnd.microsoft.card.adaptive");
    jsonw_null(w, "contentUrl");
    jsonw_object(w, "content");
    jsonw_strz(w, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    jsonw_strz(w, "type", "AdaptiveCard");
    jsonw_strz(w, "version", "1.2"); /* all that Workflows is known to render */
}

static void add_entity(struct jsonw *w, const struct mention *p)
{
    struct buf at;

    buf_init(&at, 4 * WORDS_NAME + 16);
    put_at(&at, p);
    jsonw_object(w, NULL);
    jsonw_strz(w, "type", "mention");
    jsonw_str(w, "text", buf_str(&at));
    jsonw_object(w, "mentioned");
    jsonw_str(w, "id", p->teams);
    jsonw_str(w, "name", str_first(str_skip(buf_str(&at), 4), at.n - 9));
    jsonw_end_object(w);
    jsonw_end_object(w);
    if (!buf_ok(&at))
        buf_fail(w->out);
    buf_finish(&at);
}

/* One for each mention that the card has. */
static void add_entities(struct jsonw *w, const struct notice *n, const struct layout *l)
{
    const struct mention *who[WORDS_PEOPLE];
    size_t more, count = notice_people(n, who, WORDS_PEOPLE, &more);
    bool any = false;

    for (size_t i = 0; i < l->n; i++)
        any = any || l->v[i].kind == PART_PEOPLE;
    if (!any)
        return;
    jsonw_array(w, "entities");
    for (size_t i = 0; i < count; i++) {
        if (mention_fits(MENTION_teams, who[i]->teams))
            add_entity(w, who[i]);
    }
    jsonw_end_array(w);
}

static void end_card(struct jsonw *w, const struct notice *n, const struct layout *l)
{
    jsonw_object(w, "msteams");
    jsonw_strz(w, "width", "Full");
    add_entities(w, n, l);
    jsonw_end_object(w);
    jsonw_end_object(w);
    jsonw_end_object(w);
    jsonw_end_array(w);
    jsonw_end_object(w);
}

static void write_plain(struct jsonw *w, const struct notice *n, bool resent)
{
    struct buf text;

    buf_init(&text, TEAMS_BODY);
    layout_plain(&text, &markup, n, resent, TEAMS_PLAIN);
    if (!buf_ok(&text))
        buf_fail(w->out);
    begin_block(w, buf_str(&text));
    jsonw_end_object(w);
    buf_finish(&text);
}

static bool write_card(struct buf *body, const struct notice *n,
                       const struct chat_attempt *at, size_t total, struct arena *a,
                       struct err *e)
{
    const struct layout_limits most = {
        .part = 4000, .total = total, .parts = 100, .url = 2000};
    struct layout l = {0};
    struct jsonw w;

    if (!at->plain && !layout_build(a, &markup, &most, n, &l, e))
        return false;
    buf_clear(body);
    jsonw_init(&w, body);
    begin_card(&w);
    jsonw_array(&w, "body");
    if (at->plain) {
        write_plain(&w, n, at->resent);
    } else {
        add_title(&w, n, at->resent);
        add_parts(&w, &l);
    }
    jsonw_end_array(&w);
    end_card(&w, n, &l);
    return buf_check(body, e);
}

static bool teams_render(const struct chat_conf *conf, const struct notice *n,
                         const struct chat_attempt *at, struct arena *a,
                         struct http_request *ret_req, struct err *e)
{
    const struct teams_conf *own = conf->own;
    size_t total = TEAMS_TEXT;
    struct buf body;
    bool ok;

    buf_init(&body, (size_t)1 << 20);
    while ((ok = write_card(&body, n, at, total, a, e)) && body.n > TEAMS_BODY)
        total = total * 3 / 4;
    ok = ok && post_json(a, own->url.value, &body, ret_req, e);
    buf_finish(&body);
    return ok;
}

/* ---- answers ---- */

/* Error codes of the service behind Workflows, in `error.code`. */
static const struct verdict_row teams_rows[] = {
    {400, "WorkflowTriggerIsNotEnabled", CHAT_DEAD}, /* the flow is switched off */
    {400, NULL, CHAT_PLAIN},
    {401, NULL, CHAT_DEAD},
    {403, NULL, CHAT_DEAD},
    {404, NULL, CHAT_DEAD},
    {413, NULL, CHAT_PLAIN},
};

static enum chat_verdict teams_judge(const struct chat_conf *conf,
                                     const struct http_response *resp,
                                     const struct err *failure, struct wall now,
                                     struct dur *ret_after, struct err *e)
{
    static const char *const path[] = {"error", "code", NULL};
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    char word[64];

    (void)conf;
    if (resp == NULL || v == CHAT_DELIVERED)
        return v;
    return verdict_by_rows(teams_rows, ARRAY_LEN(teams_rows), resp->status,
                           verdict_member(resp->body, path, word, sizeof word), v, e);
}

const struct chat_ops teams_ops = {
    .name = "teams",
    .keys = teams_keys,
    .conf_size = sizeof(struct teams_conf),
    .render = teams_render,
    .judge = teams_judge,
};
