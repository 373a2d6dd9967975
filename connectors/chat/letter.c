#include "connectors/chat/letter.h"

#include <string.h>

#include "base/date.h"
#include "base/sign.h"
#include "base/utf8.h"

enum {
    ADDRESS_MAX = 254,
    LOCAL_MAX = 64,
    WORD = 45,    /* bytes of an encoded word, which has at most 75 letters */
    LINE = 57,    /* bytes of a line of 76 letters */
    SUBJECT = 60, /* a longer one is folded */
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_dotted(struct str s, const char *also)
{
    for (size_t i = 0; i < s.n; i++) {
        bool dot = s.p[i] == '.';

        if (dot && (i == 0 || i + 1 == s.n || s.p[i - 1] == '.'))
            return false;
        if (!dot && !is_alnum(s.p[i]) && (s.p[i] == '\0' || strchr(also, s.p[i]) == NULL))
            return false;
    }
    return s.n > 0;
}

bool letter_is_address(struct str s)
{
    ptrdiff_t at = str_chr(s, '@');

    return at > 0 && at <= LOCAL_MAX && s.n <= ADDRESS_MAX &&
           is_dotted(str_first(s, (size_t)at), "!#$%&'*+-/=?^_`{|}~") &&
           is_dotted(str_skip(s, (size_t)at + 1), "-");
}

/* ---- headers ---- */

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < ' ' || s.p[i] >= 0x7f)
            return false;
    }
    return s.n <= SUBJECT && str_find(s, STR("=?")) < 0;
}

/* RFC 2047: words of whole characters, each on a line of its own. */
static void add_subject(struct buf *out, struct str s)
{
    buf_addz(out, "Subject: ");
    if (is_plain(s)) {
        buf_add(out, s);
        buf_addz(out, "\r\n");
        return;
    }
    while (s.n > 0) {
        struct str word = utf8_cut(s, WORD);

        buf_addz(out, "=?UTF-8?B?");
        sign_base64(out, word);
        s = str_skip(s, word.n);
        buf_addz(out, s.n > 0 ? "?=\r\n " : "?=\r\n");
    }
}

static void add_date(struct buf *out, struct wall at)
{
    static const char days[] = "MonTueWedThuFriSatSun";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t s = at.ms / 1000, day = s / 86400;
    struct date d = date_from_days(day);
    int64_t second = s % 86400;

    buf_printf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
               days + 3 * date_weekday(d), d.day, months + 3 * (d.month - 1), d.year,
               (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

static void add_headers(struct buf *out, const struct letter *l)
{
    struct str domain = str_skip(l->from, (size_t)str_chr(l->from, '@') + 1);

    buf_printf(out, "From: alignd <%.*s>\r\n", STR_FMT(l->from));
    for (size_t i = 0; i < l->n_to; i++)
        buf_printf(out, "%s<%.*s>%s\r\n", i == 0 ? "To: " : " ", STR_FMT(l->to[i]),
                   i + 1 < l->n_to ? "," : "");
    add_subject(out, l->subject);
    add_date(out, l->at);
    buf_printf(out, "Message-ID: <%.*s@%.*s>\r\n", STR_FMT(l->id), STR_FMT(domain));
    buf_addz(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* ---- bodies ---- */

static void add_body(struct buf *out, const char *type, struct str body)
{
    buf_printf(out,
               "Content-Type: text/%s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: base64\r\n\r\n",
               type);
    while (body.n > 0) {
        sign_base64(out, str_first(body, LINE));
        buf_addz(out, "\r\n");
        body = str_skip(body, LINE);
    }
}

void letter_write(struct buf *out, const struct letter *l)
{
    static const char mark[] = "=_part"; /* no base64 has an underscore */

    add_headers(out, l);
    if (l->html.n == 0) {
        add_body(out, "plain", l->text);
        return;
    }
    buf_printf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", mark);
    buf_printf(out, "--%s\r\n", mark);
    add_body(out, "plain", l->text);
    buf_printf(out, "--%s\r\n", mark);
    add_body(out, "html", l->html);
    buf_printf(out, "--%s--\r\n", mark);
}
