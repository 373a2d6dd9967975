#include "connectors/chat/email.h"

#include "connectors/chat/html.h"
#include "connectors/chat/layout.h"
#include "connectors/chat/letter.h"
#include "connectors/chat/verdict.h"
#include "connectors/chat/words.h"

enum {
    EMAIL_TEXT = 100000,
    EMAIL_SUBJECT = 150,
    EMAIL_RECIPIENTS = 50,
    EMAIL_URL = 300,
};

#define SMTP(member) offsetof(struct email_smtp, member)

static const struct conf_key smtp_keys[] = {
    {.name = "url",
     .type = CONF_STR,
     .offset = SMTP(url),
     .required = true,
     .max = EMAIL_URL,
     .live = true,
     .doc = "smtps://HOST, or smtp://HOST:587 with STARTTLS; without TLS to loopback only."},
    {.name = "user",
     .type = CONF_STR,
     .offset = SMTP(user),
     .max = 254,
     .live = true,
     .doc = "Who logs in; nobody does without."},
    {.name = "password",
     .type = CONF_SECRET,
     .offset = SMTP(password),
     .live = true,
     .doc = "The password of `user`, by reference."},
    {0},
};

/* In the order of enum visibility. */
static const char *const audiences[] = {"team", "company", "board", NULL};

static const struct conf_key email_keys[] = {
    {.name = "to",
     .type = CONF_STRS,
     .offset = offsetof(struct email_conf, to),
     .required = true,
     .live = true,
     .doc = "Who gets it: addresses."},
    {.name = "from",
     .type = CONF_STR,
     .offset = offsetof(struct email_conf, from),
     .required = true,
     .max = 254,
     .live = true,
     .doc = "The sender's address; what cannot be delivered returns there."},
    {.name = "smtp",
     .type = CONF_SUB,
     .offset = offsetof(struct email_conf, smtp),
     .required = true,
     .sub = smtp_keys,
     .doc = "The mail server."},
    {.name = "audience",
     .type = CONF_ENUM,
     .offset = offsetof(struct email_conf, audience),
     .required = true,
     .choices = audiences,
     .live = true,
     .doc = "Who reads it: what of the strategy these may not see is left out."},
    {0},
};

/* ---- settings ---- */

static bool is_port(struct str s)
{
    uint64_t port;

    return s.n <= 5 && str_to_u64(s, &port) && port >= 1 && port <= 65535;
}

/* A name, an address or an IPv6 address in brackets, and perhaps a port. */
static bool is_server(struct str s)
{
    ptrdiff_t close = s.n > 0 && s.p[0] == '[' ? str_chr(s, ']') : 0, colon;

    if (close < 0)
        return false;
    colon = str_chr(str_skip(s, (size_t)close), ':');
    if (colon >= 0 && !is_port(str_skip(s, (size_t)(close + colon) + 1)))
        return false;
    s = colon >= 0 ? str_first(s, (size_t)(close + colon)) : s;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z');

        if (!alnum && c != '-' && c != '.' &&
            (close == 0 || (c != ':' && !(c == '[' && i == 0) && !(c == ']' && i + 1 == s.n))))
            return false;
    }
    return s.n > 0;
}

static bool is_smtp_url(struct str url)
{
    static const struct str schemes[] = {STR_INIT("smtps://"), STR_INIT("smtp://")};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_has_prefix(url, schemes[i]))
            return is_server(str_skip(url, schemes[i].n));
    }
    return false;
}

static void email_check(const struct chat_conf *conf, tracker_report_fn *report, void *arg)
{
    const struct email_conf *own = conf->own;

    if (own->to.n == 0 || own->to.n > EMAIL_RECIPIENTS)
        report(arg, "to", "must be 1 to 50 addresses");
    for (size_t i = 0; i < own->to.n; i++) {
        if (!letter_is_address(own->to.v[i])) {
            report(arg, "to", "must be addresses: name@example.com");
            break;
        }
    }
    if (!letter_is_address(own->from))
        report(arg, "from", "must be an address: name@example.com");
    if (!is_smtp_url(own->smtp.url))
        report(arg, "smtp.url", "must be smtps://HOST or smtp://HOST, perhaps with a port");
    if ((own->smtp.user.n > 0) != (own->smtp.password.from != SECRET_NONE))
        report(arg, "smtp", "needs both 'user' and 'password', or neither");
}

static int email_audience(const struct chat_conf *conf)
{
    const struct email_conf *own = conf->own;

    return own->audience;
}

/* ---- message ---- */

static void put_code(struct buf *out, struct str safe)
{
    buf_addz(out, "<code>");
    html_escape(out, safe);
    buf_addz(out, "</code>");
}

static const struct markup html = {
    .escape = html_escape,
    .link = html_link,
    .code = put_code,
    .fixed = html_escape,
    .fence = {"<pre>", "</pre>"},
    .fixed_line = "\n",
    .bold = {"<b>", "</b>"},
    .italic = {"<i>", "</i>"},
    .line = "<br>\n",
    .indent = "&emsp;",
    .high = "<b>high</b> ",
    .mended = "",
    .over = "",
};

static bool write_html(struct buf *out, const struct notice *n, struct str subject,
                       struct arena *a, struct err *e)
{
    static const struct layout_limits most = {
        .part = 30000, .total = 200000, .parts = 300, .url = 2000};
    struct layout l = {0};

    if (!layout_build(a, &html, &most, n, &l, e))
        return false;
    buf_addz(out, "<!DOCTYPE html>\n<html><body>\n<h3>");
    html_escape(out, subject);
    buf_addz(out, "</h3>\n");
    for (size_t i = 0; i < l.n; i++) {
        buf_addz(out, "<div style=\"margin:0 0 1em\">");
        buf_add(out, l.v[i].text);
        buf_addz(out, "</div>\n");
    }
    buf_addz(out, "</body></html>\n");
    return buf_check(out, e);
}

/* All of the letter, from what the notice says. */
static bool write_letter(struct buf *out, const struct email_conf *own,
                         const struct notice *n, const struct chat_attempt *at,
                         struct arena *a, struct err *e)
{
    struct buf subject, text, page;
    bool ok;

    buf_init(&subject, 4096);
    buf_init(&text, (size_t)1 << 20);
    buf_init(&page, (size_t)1 << 20);
    layout_subject(&subject, n, at->resent, EMAIL_SUBJECT);
    words_plain(&text, n, at->resent, EMAIL_TEXT);
    ok = buf_check(&subject, e) && buf_check(&text, e) &&
         (at->plain || write_html(&page, n, buf_str(&subject), a, e));
    if (ok)
        letter_write(out, &(struct letter){.from = own->from,
                                           .to = own->to.v,
                                           .n_to = own->to.n,
                                           .subject = buf_str(&subject),
                                           .id = at->key,
                                           .at = n->at,
                                           .text = buf_str(&text),
                                           .html = buf_str(&page)});
    buf_finish(&subject);
    buf_finish(&text);
    buf_finish(&page);
    return ok && buf_check(out, e);
}

static bool email_render(const struct chat_conf *conf, const struct notice *n,
                         const struct chat_attempt *at, struct arena *a,
                         struct http_request *ret_req, struct err *e)
{
    const struct email_conf *own = conf->own;
    struct http_envelope *to = arena_array(a, 1, sizeof(*to));
    struct buf body;
    bool ok;

    if (to == NULL)
        return err_nomem(e);
    buf_init(&body, (size_t)4 << 20);
    ok = write_letter(&body, own, n, at, a, e);
    *to = (struct http_envelope){.from = own->from,
                                 .to = own->to.v,
                                 .n_to = own->to.n,
                                 .user = own->smtp.user,
                                 .password = str_trim(own->smtp.password.value)};
    if (ok)
        *ret_req = (struct http_request){
            .envelope = to,
            .url = own->smtp.url,
            .body = arena_str(a, buf_str(&body)),
            .timeout = DUR_S(120),
        };
    buf_finish(&body);
    return ok && (!arena_failed(a) || err_nomem(e));
}

/* ---- answers ---- */

/* RFC 5321 4.2.3, RFC 4954 6. What is refused for what it holds is tried as text. */
static const struct verdict_row email_rows[] = {
    {530, NULL, CHAT_DEAD}, /* one must log in */
    {534, NULL, CHAT_DEAD},
    {535, NULL, CHAT_DEAD}, /* the password is wrong */
    {538, NULL, CHAT_DEAD},
    {521, NULL, CHAT_DEAD}, /* takes no mail */
    {550, NULL, CHAT_DEAD}, /* no such mailbox, or not from here */
    {551, NULL, CHAT_DEAD},
    {553, NULL, CHAT_DEAD},
    {556, NULL, CHAT_DEAD},
    {552, NULL, CHAT_PLAIN},
    {554, NULL, CHAT_PLAIN},
};

static enum chat_verdict email_judge(const struct chat_conf *conf,
                                     const struct http_response *resp,
                                     const struct err *failure, struct wall now,
                                     struct dur *ret_after, struct err *e)
{
    (void)conf;
    if (resp == NULL || (resp->status >= 200 && resp->status < 300))
        return verdict_of_http(resp, failure, now, ret_after, e);
    *ret_after = DUR_MS(0);
    err_set(e, ERR_REMOTE, "answered %d", resp->status);
    return verdict_by_rows(email_rows, ARRAY_LEN(email_rows), resp->status, STR_NONE,
                           resp->status < 500 ? CHAT_RETRY : CHAT_REJECTED, e);
}

const struct chat_ops email_ops = {
    .name = "email",
    .keys = email_keys,
    .conf_size = sizeof(struct email_conf),
    .check = email_check,
    .audience = email_audience,
    .render = email_render,
    .judge = email_judge,
};
