#include "connectors/chat/slack.h"

#include "base/jsonw.h"
#include "base/utf8.h"
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
    {.name = "url",
     .type = CONF_SECRET,
     .offset = offsetof(struct slack_conf, url),
     .required = true,
     .live = true,
     .doc = "The incoming webhook's URL, by reference: it is a secret."},
    {0},
};

/* ---- text ---- */

static void escape_into(struct buf *out, struct str s)
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

void slack_escape(struct buf *out, struct str s, size_t max_cp)
{
    struct buf safe;

    buf_init(&safe, max_cp * 4 + 16);
    utf8_print_safe(&safe, s, max_cp);
    if (buf_ok(&safe))
        escape_into(out, buf_str(&safe));
    else
        out->failed = true;
    buf_finish(&safe);
}

void slack_link(struct buf *out, struct str url, struct str label)
{
    bool plain = str_has_prefix(url, STR("https://")) ||
                 str_has_prefix(url, STR("http://"));

    if (!plain || url.n > 2000) {
        slack_escape(out, label, 120);
        return;
    }
    buf_addc(out, '<');
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];

        if (c == '&')
            buf_addz(out, "&amp;");
        else if (c <= ' ' || c >= 0x7f || c == '|' || c == '<' || c == '>')
            buf_printf(out, "%%%02X", c);
        else
            buf_addc(out, (char)c);
    }
    buf_addc(out, '|');
    size_t start = out->n;
    slack_escape(out, label, 120);
    for (size_t i = start; buf_ok(out) && i < out->n; i++) {
        if (out->p[i] == '|') /* would end the label's link */
            out->p[i] = '/';
    }
    buf_addc(out, '>');
}

/* ---- blocks ---- */

struct blocks {
    struct jsonw w;
    unsigned n;
    size_t total; /* characters of text so far, counted in bytes */
    bool full;    /* something was left out */
};

static bool has_room(struct blocks *b, size_t bytes)
{
    /* One block and 200 bytes stay free for the line that says so. */
    if (b->n + 1 >= SLACK_BLOCKS || b->total + bytes > SLACK_TOTAL - 200)
        b->full = true;
    return !b->full;
}

static void add_mrkdwn(struct jsonw *w, const char *key, struct str text)
{
    jsonw_object(w, key);
    jsonw_strz(w, "type", "mrkdwn");
    jsonw_str(w, "text", text);
    jsonw_bool(w, "verbatim", true);
    jsonw_end_object(w);
}

static void add_section(struct blocks *b, struct str text)
{
    if (text.n == 0 || text.n > SLACK_SECTION || !has_room(b, text.n))
        return;
    b->n++;
    b->total += text.n;
    jsonw_object(&b->w, NULL);
    jsonw_strz(&b->w, "type", "section");
    add_mrkdwn(&b->w, "text", text);
    jsonw_end_object(&b->w);
}

static void put_context(struct blocks *b, struct str text)
{
    b->n++;
    b->total += text.n;
    jsonw_object(&b->w, NULL);
    jsonw_strz(&b->w, "type", "context");
    jsonw_array(&b->w, "elements");
    add_mrkdwn(&b->w, NULL, text);
    jsonw_end_array(&b->w);
    jsonw_end_object(&b->w);
}

static void add_context(struct blocks *b, struct str text)
{
    if (text.n > 0 && text.n <= SLACK_SECTION && has_room(b, text.n))
        put_context(b, text);
}

static void add_header(struct blocks *b, const struct notice *n, bool resent)
{
    struct buf t, cut;

    buf_init(&t, 1024);
    buf_init(&cut, 1024);
    words_subject(&t, n);
    if (resent)
        buf_addz(&t, " (resent)");
    utf8_print_safe(&cut, buf_str(&t), SLACK_HEADER - 1);
    for (size_t i = 0; i < cut.n; i++) { /* plain_text has no escapes to rely on */
        if (cut.p[i] == '<' || cut.p[i] == '>')
            cut.p[i] = ' ';
    }
    b->n++;
    b->total += cut.n;
    jsonw_object(&b->w, NULL);
    jsonw_strz(&b->w, "type", "header");
    jsonw_object(&b->w, "text");
    jsonw_strz(&b->w, "type", "plain_text");
    jsonw_str(&b->w, "text", buf_str(&cut));
    jsonw_bool(&b->w, "emoji", false);
    jsonw_end_object(&b->w);
    jsonw_end_object(&b->w);
    buf_finish(&t);
    buf_finish(&cut);
}

static const char *severity_mark(struct str severity)
{
    return str_eqz(severity, "high") ? ":red_circle: " : "";
}

static void entry_text(struct buf *out, const struct notice_entry *e)
{
    struct buf rest;

    buf_addz(out, "\xe2\x80\xa2 "); /* bullet */
    buf_addz(out, severity_mark(e->severity));
    slack_link(out, e->url, e->key);
    buf_init(&rest, 8192);
    words_entry(&rest, e);
    escape_into(out, buf_str(&rest));
    buf_finish(&rest);
    if (e->objective.n > 0) {
        buf_addz(out, "\n    _serves_ ");
        slack_escape(out, e->objective, 120);
        if (e->why.n > 0) {
            buf_addz(out, ": ");
            slack_escape(out, e->why, 200);
        }
    }
    if (e->fix.n > 0) {
        buf_addz(out, "\n    _fix_ ");
        slack_escape(out, e->fix, 240);
    }
    if (e->command.n > 0) {
        buf_addz(out, e->fix.n > 0 ? "\n    _or_ `" : "\n    _fix_ `");
        slack_escape(out, e->command, 240);
        buf_addc(out, '`');
    }
    buf_addc(out, '\n');
}

/* Entries fill sections of at most 3,000 bytes; one that is longer alone is left out. */
static void add_entries(struct blocks *b, const struct notice_section *s)
{
    struct buf text, one;

    buf_init(&text, 4 * SLACK_SECTION);
    buf_init(&one, 4 * SLACK_SECTION);
    buf_addc(&text, '*');
    slack_escape(&text, s->headline, 300);
    buf_addz(&text, "*\n");
    for (size_t i = 0; i < s->n_entries; i++) {
        buf_clear(&one);
        entry_text(&one, &s->entries[i]);
        if (!buf_ok(&one) || one.n > SLACK_SECTION) {
            b->full = true;
            continue;
        }
        if (text.n + one.n > SLACK_SECTION) {
            add_section(b, buf_str(&text));
            buf_clear(&text);
        }
        buf_add(&text, buf_str(&one));
    }
    add_section(b, buf_str(&text));
    buf_finish(&text);
    buf_finish(&one);
}

static void add_notice_section(struct blocks *b, const struct notice_section *s)
{
    struct buf t;

    add_entries(b, s);
    buf_init(&t, 4096);
    if (s->total > (int64_t)s->n_entries) {
        buf_printf(&t, "%lld more: `", (long long)(s->total - (int64_t)s->n_entries));
        slack_escape(&t, s->more, 200);
        buf_addz(&t, "`  ");
    }
    slack_escape(&t, s->why, 300);
    buf_addz(&t, "  (rule `");
    slack_escape(&t, s->rule, 64);
    buf_addz(&t, "`)");
    add_context(b, buf_str(&t));
    buf_finish(&t);
}

static void add_resolved(struct blocks *b, const struct notice *n)
{
    struct buf t;

    if (n->total_resolved == 0)
        return;
    buf_init(&t, 4 * SLACK_SECTION);
    buf_printf(&t, "%s* (%lld): ",
               words_all_mended(n) ? ":white_check_mark: *Resolved"
                                   : ":heavy_minus_sign: *Over",
               (long long)n->total_resolved);
    for (size_t i = 0; i < n->n_resolved; i++) {
        const struct notice_entry *e = &n->resolved[i];

        if (t.n > SLACK_SECTION - 700)
            break;
        buf_addz(&t, i ? ", " : "");
        slack_link(&t, str_first(e->url, 300), e->key);
        if (e->ended_by.n > 0) {
            buf_addz(&t, " (");
            slack_escape(&t, e->ended_by, 80);
            buf_addc(&t, ')');
        }
    }
    if (n->total_resolved > (int64_t)n->n_resolved)
        buf_printf(&t, " and %lld more",
                   (long long)(n->total_resolved - (int64_t)n->n_resolved));
    add_section(b, buf_str(&t));
    buf_finish(&t);
}

static void add_text(struct blocks *b, struct str text)
{
    struct buf t;

    if (text.n == 0)
        return;
    buf_init(&t, 4 * SLACK_SECTION);
    slack_escape(&t, text, SLACK_SECTION / 5); /* an escape is at most 5 bytes */
    add_section(b, buf_str(&t));
    buf_finish(&t);
}

/* Lines of equal letters stand in a code block, which must not end early. */
static void add_block(struct blocks *b, const struct notice_block *v)
{
    struct str rest = v->text, line;
    struct buf t;

    buf_init(&t, 4 * SLACK_SECTION);
    buf_addc(&t, '*');
    slack_escape(&t, v->title, 120);
    buf_addz(&t, v->fixed ? "*\n```" : "*\n");
    while (str_split(&rest, '\n', &line) && t.n < SLACK_SECTION - 1000) {
        slack_escape(&t, line, 180);
        buf_addc(&t, '\n');
    }
    if (v->fixed)
        buf_addz(&t, "```");
    add_section(b, buf_str(&t));
    buf_finish(&t);
}

static void write_blocks(struct jsonw *w, const struct notice *n, bool resent)
{
    struct blocks b = {.w = *w};

    jsonw_array(&b.w, "blocks");
    add_header(&b, n, resent);
    add_text(&b, n->text);
    for (size_t i = 0; i < n->n_sections && !b.full; i++)
        add_notice_section(&b, &n->sections[i]);
    for (size_t i = 0; i < n->n_blocks && !b.full; i++)
        add_block(&b, &n->blocks[i]);
    add_resolved(&b, n);
    if (b.full)
        put_context(&b, STR("More than one message holds: `alignctl drift` lists it all."));
    jsonw_end_array(&b.w);
    *w = b.w;
}

/* ---- ops ---- */

static bool slack_render(const struct chat_conf *conf, const struct notice *n,
                         const struct chat_attempt *at, struct arena *a,
                         struct http_request *ret_req, struct err *e)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/json; charset=utf-8", 31}},
    };
    const struct slack_conf *own = conf->own;
    struct buf body, text, escaped;
    struct jsonw w;
    bool ok;

    buf_init(&body, (size_t)1 << 20);
    buf_init(&text, (size_t)1 << 18);
    buf_init(&escaped, (size_t)1 << 18);
    words_plain(&text, n, at->resent, SLACK_TEXT);
    escape_into(&escaped, buf_str(&text));
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "text", buf_str(&escaped));
    if (!at->plain)
        write_blocks(&w, n, at->resent);
    jsonw_end_object(&w);
    ok = buf_check(&text, e) && buf_check(&escaped, e) && buf_check(&body, e);
    if (ok) {
        *ret_req = (struct http_request){
            .method = STR("POST"),
            .url = own->url.value,
            .body = arena_str(a, buf_str(&body)),
            .headers = headers,
            .n_headers = ARRAY_LEN(headers),
            .max_body = (size_t)64 << 10,
            .timeout = DUR_S(20),
        };
        if (arena_failed(a))
            ok = err_nomem(e);
    }
    buf_finish(&body);
    buf_finish(&text);
    buf_finish(&escaped);
    return ok;
}

/* Words Slack answers with, in plain text (docs.slack.dev, incoming webhooks). */
static const struct {
    const char *word;
    enum chat_verdict verdict;
} slack_words[] = {
    {"invalid_payload", CHAT_PLAIN},
    {"invalid_blocks", CHAT_PLAIN},
    {"msg_blocks_too_long", CHAT_PLAIN},
    {"no_text", CHAT_PLAIN},
    {"too_many_attachments", CHAT_PLAIN},
    {"no_service", CHAT_DEAD},
    {"no_service_id", CHAT_DEAD},
    {"no_team", CHAT_DEAD},
    {"no_active_hooks", CHAT_DEAD},
    {"team_disabled", CHAT_DEAD},
    {"invalid_token", CHAT_DEAD},
    {"channel_not_found", CHAT_DEAD},
    {"channel_is_archived", CHAT_DEAD},
    {"action_prohibited", CHAT_DEAD},
    {"posting_to_general_channel_denied", CHAT_DEAD},
    {"user_not_found", CHAT_DEAD},
    {"rollup_error", CHAT_RETRY},
};

static enum chat_verdict slack_judge(const struct chat_conf *conf,
                                     const struct http_response *resp,
                                     const struct err *failure, struct wall now,
                                     struct dur *ret_after, struct err *e)
{
    enum chat_verdict v = verdict_of_http(resp, failure, now, ret_after, e);
    struct str body;

    (void)conf;
    if (resp == NULL || resp->status == 429)
        return v;
    body = str_trim(resp->body);
    if (v == CHAT_DELIVERED && str_eqz(body, "ok"))
        return v;
    for (size_t i = 0; i < ARRAY_LEN(slack_words); i++) {
        if (str_eqz(body, slack_words[i].word)) {
            err_set(e, ERR_REMOTE, "answered %d: %s", resp->status, slack_words[i].word);
            return slack_words[i].verdict;
        }
    }
    if (v == CHAT_DELIVERED) {
        /* 200 with anything but `ok` is Slack's way to say no, or a proxy's page. */
        err_set(e, ERR_REMOTE, "answered 200 without 'ok'");
        return CHAT_UNCERTAIN;
    }
    return v;
}

const struct chat_ops slack_ops = {
    .name = "slack",
    .keys = slack_keys,
    .conf_size = sizeof(struct slack_conf),
    .render = slack_render,
    .judge = slack_judge,
};
