/*
 * Letters: any notice gives one that mail servers take and readers understand. Headers are
 * ours alone, whatever titles hold, and lines as short as RFC 5322 and MIME want them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sign.h"
#include "base/utf8.h"
#include "connectors/chat/email.h"
#include "connectors/chat/letter.h"
#include "tests/support/notices.h"
#include "tests/unit/chat_check.h"

enum { SEEDS = 1000, MEMORY = 64 << 20, LETTER_MAX = 600000 };

static struct str to[] = {STR_INIT("a@acme.example"), STR_INIT("b.c+d@acme.example")};
static const struct email_conf own = {
    .to = {to, 2},
    .from = STR_INIT("alignd@acme.example"),
    .smtp = {.url = STR_INIT("smtp://127.0.0.1:25")},
};
static const struct chat_conf conf = {STR_INIT("c"), STR_INIT("email"), &own};

/* ---- reading one ---- */

/* The next line without its CR LF: short, ASCII, nothing in it but text. */
static struct str next_line(struct str *rest)
{
    ptrdiff_t end = str_find(*rest, STR("\r\n"));
    struct str line;

    assert_true(end >= 0 && end <= 76 + (ptrdiff_t)strlen("Subject: "));
    line = str_first(*rest, (size_t)end);
    *rest = str_skip(*rest, (size_t)end + 2);
    for (size_t i = 0; i < line.n; i++)
        assert_true(line.p[i] >= ' ' && line.p[i] < 0x7f);
    return line;
}

static void is_line(struct str *rest, const char *want)
{
    struct str line = next_line(rest);

    if (!str_eqz(line, want))
        fail_msg("'%.*s' is not '%s'", STR_FMT(line), want);
}

/* Decodes the subject, which may be folded into encoded words. */
static void read_subject(struct str *rest, struct buf *out)
{
    struct str line = next_line(rest);
    struct err e;

    assert_true(str_has_prefix(line, STR("Subject: ")));
    line = str_skip(line, 9);
    if (!str_has_prefix(line, STR("=?"))) {
        buf_add(out, line);
        return;
    }
    for (;;) {
        size_t before = out->n;

        assert_true(str_has_prefix(line, STR("=?UTF-8?B?")) && line.n <= 75);
        line = str_skip(line, 10);
        assert_true(str_eqz(str_skip(line, line.n - 2), "?="));
        assert_true(sign_base64_decode(out, str_first(line, line.n - 2), &e));
        assert_true(utf8_valid(str_skip(buf_str(out), before), NULL));
        if (rest->p[0] != ' ')
            return;
        line = str_skip(next_line(rest), 1);
    }
}

static void read_body(struct str *rest, const char *type, struct buf *out)
{
    struct buf all;
    struct err e;

    buf_init(&all, LETTER_MAX);
    is_line(rest, type);
    is_line(rest, "Content-Transfer-Encoding: base64");
    is_line(rest, "");
    while (rest->n > 0 && rest->p[0] != '-')
        buf_add(&all, next_line(rest));
    assert_true(sign_base64_decode(out, buf_str(&all), &e));
    assert_true(utf8_valid(buf_str(out), NULL));
    check_visible(buf_cstr(out));
    buf_finish(&all);
}

/* Nothing but the tags we write, each with nothing in it but ours. */
static void check_page(const char *page)
{
    static const char *const tags[] = {
        "<!DOCTYPE html>", "<html>", "</html>", "<body>", "</body>", "<h3>", "</h3>",
        "<div style=\"margin:0 0 1em\">", "</div>", "<b>", "</b>", "<i>", "</i>", "<br>",
        "<code>", "</code>", "<pre>", "</pre>", "</a>"};

    for (const char *p = strchr(page, '<'); p != NULL; p = strchr(p + 1, '<')) {
        bool known = strncmp(p, "<a href=\"http", 13) == 0;

        if (known) {
            p += 9 + strcspn(p + 9, "\"");
            assert_true(p[0] == '"' && p[1] == '>');
        }
        for (size_t i = 0; i < ARRAY_LEN(tags); i++)
            known = known || strncmp(p, tags[i], strlen(tags[i])) == 0;
        if (!known)
            fail_msg("a tag of somebody else's: %.200s", p);
    }
}

struct read_letter {
    struct buf subject, text, page;
};

static void read_letter(struct str rest, bool plain, struct read_letter *ret)
{
    buf_init(&ret->subject, 4096);
    buf_init(&ret->text, LETTER_MAX);
    buf_init(&ret->page, LETTER_MAX);
    assert_true(rest.n < LETTER_MAX);
    is_line(&rest, "From: alignd <alignd@acme.example>");
    is_line(&rest, "To: <a@acme.example>,");
    is_line(&rest, " <b.c+d@acme.example>");
    read_subject(&rest, &ret->subject);
    is_line(&rest, "Date: Tue, 14 Nov 2023 22:13:20 +0000");
    is_line(&rest, "Message-ID: <00ff@acme.example>");
    is_line(&rest, "Auto-Submitted: auto-generated");
    is_line(&rest, "MIME-Version: 1.0");
    if (plain) {
        read_body(&rest, "Content-Type: text/plain; charset=utf-8", &ret->text);
    } else {
        is_line(&rest, "Content-Type: multipart/alternative; boundary=\"=_part\"");
        is_line(&rest, "");
        is_line(&rest, "--=_part");
        read_body(&rest, "Content-Type: text/plain; charset=utf-8", &ret->text);
        is_line(&rest, "--=_part");
        read_body(&rest, "Content-Type: text/html; charset=utf-8", &ret->page);
        is_line(&rest, "--=_part--");
        check_page(buf_cstr(&ret->page));
    }
    assert_int_equal(rest.n, 0);
}

static void letter_finish(struct read_letter *l)
{
    buf_finish(&l->subject);
    buf_finish(&l->text);
    buf_finish(&l->page);
}

static struct str written(const struct notice *n, bool plain, bool resent, struct arena *a)
{
    struct chat_attempt at = {.key = STR("00ff"), .plain = plain, .resent = resent};
    struct http_request req;
    struct err e;

    if (!email_ops.render(&conf, n, &at, a, &req, &e))
        fail_msg("%s", e.msg);
    assert_true(req.envelope != NULL && str_eq(req.envelope->from, own.from));
    return req.body;
}

/* ---- tests ---- */

static void any_notice_is_a_letter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct arena *a = arena_create(MEMORY);
        uint64_t rng = seed;
        struct notice n = notice_hostile(a, &rng);
        struct read_letter l;

        read_letter(written(&n, seed % 5 == 0, seed % 3 == 0, a), seed % 5 == 0, &l);
        assert_true(l.subject.n > 0 && utf8_count(buf_str(&l.subject)) <= 150);
        check_visible(buf_cstr(&l.subject));
        assert_null(strchr(buf_cstr(&l.subject), '\n'));
        letter_finish(&l);
        arena_destroy(a);
    }
}

static void both_parts_say_it(void **state)
{
    struct notice_block block = {STR("Days"), STR("Grow     ==|  35%"), true};
    struct notice_entry e = notice_an_entry("PAY-12", "Caf\xc3\xa9 <b>\r\nBcc: x@evil.example");
    struct arena *a = arena_create(MEMORY);
    struct notice_section s;
    struct notice n = notice_of_one(&s, &e, 1);
    struct read_letter l;

    (void)state;
    n.group = STR("Zahlungen \xe2\x82\xac");
    n.blocks = &block;
    n.n_blocks = 1;
    read_letter(written(&n, false, true, a), false, &l);
    assert_string_equal(buf_cstr(&l.subject),
                        "Strategy drift - Zahlungen \xe2\x82\xac (resent)");
    assert_non_null(strstr(buf_cstr(&l.text), "PAY-12 \"Caf\xc3\xa9 <b> Bcc: x@evil.example\""));
    assert_non_null(strstr(buf_cstr(&l.text), "  Grow     ==|  35%\n"));
    assert_non_null(strstr(buf_cstr(&l.page), "Caf\xc3\xa9 &lt;b&gt; Bcc"));
    assert_non_null(strstr(buf_cstr(&l.page), "<pre>Grow     ==|  35%\n</pre>"));
    assert_non_null(strstr(buf_cstr(&l.page),
                           "<a href=\"https://acme.example/browse/PAY-12\">PAY-12</a>"));
    letter_finish(&l);
    arena_destroy(a);
}

static void what_is_an_address(void **state)
{
    static const char *const good[] = {"a@b", "a.b+c@d-e.example", "o'hara@x.y"};
    static const char *const bad[] = {
        "",       "a",        "@b",      "a@",          "a@b@c",  "a b@c",     "a@b c",
        "a@b,c@d", "<a@b>",   ".a@b",    "a.@b",        "a..b@c", "a@b..c",    "a@-b\n",
        "a@b\r\nRCPT", "\"a\"@b", "a@[1.2.3.4]", "\xc3\xa9@b", "a@\xc3\xa9", "a(b)@c"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(letter_is_address(str_of(good[i])));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (letter_is_address(str_of(bad[i])))
            fail_msg("an address: '%s'", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_notice_is_a_letter),
        cmocka_unit_test(both_parts_say_it),
        cmocka_unit_test(what_is_an_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
