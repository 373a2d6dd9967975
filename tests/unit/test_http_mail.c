/*
 * Letters by SMTP to a real mail server: what arrives, what each refusal means, that
 * nothing is said to a server that is not believed, and that a server which hangs can be
 * left. Needs python3-aiosmtpd, and says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "connectors/chat/email.h"
#include "io/http.h"
#include "tests/support/mail.h"
#include "tests/support/notices.h"

enum { MEMORY = 32 << 20 };

static struct {
    struct tempdir dir;
    char cert[4200]; /* with its key; names mail.example */
    bool here;
    struct mail_server plain, tls, starttls;
} world;

static void make_certificate(void)
{
    static const char *const argv[] = {
        "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=alignd test",
        "-addext", "subjectAltName=DNS:mail.example", "-keyout", "mail.pem", "-out",
        "cert.pem", NULL};
    struct buf key, cert;
    char path[4200];
    struct spawn *s;
    struct err e;
    int code;

    s = spawn_start(&(struct spawn_options){.argv = argv,
                                            .cwd = tempdir_path(&world.dir),
                                            .log_dir = tempdir_path(&world.dir)},
                    &e);
    assert_non_null(s);
    assert_true(spawn_wait_exit(s, DUR_S(60), &code, &e));
    assert_int_equal(code, 0);
    spawn_destroy(s);
    (void)snprintf(path, sizeof path, "%s/mail.pem", tempdir_path(&world.dir));
    assert_true(tempdir_read(path, &key, &e));
    (void)snprintf(path, sizeof path, "%s/cert.pem", tempdir_path(&world.dir));
    assert_true(tempdir_read(path, &cert, &e));
    buf_add(&key, buf_str(&cert));
    assert_true(tempdir_write(&world.dir, "both.pem", buf_str(&key), &e));
    (void)snprintf(world.cert, sizeof world.cert, "%s/both.pem", tempdir_path(&world.dir));
    buf_finish(&key);
    buf_finish(&cert);
}

static int start(void **state)
{
    struct err e;

    (void)state;
    world.here = mail_is_here();
    if (!world.here)
        return 0;
    assert_true(tempdir_create(&world.dir, &e));
    make_certificate();
    mail_start(&world.plain, (const char *[]){NULL});
    mail_start(&world.tls, (const char *[]){"--cert", world.cert, "--smtps", NULL});
    mail_start(&world.starttls, (const char *[]){"--cert", world.cert, "--starttls",
                                                 "--auth", "bot:pa55 word", NULL});
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (!world.here)
        return 0;
    mail_stop(&world.plain);
    mail_stop(&world.tls);
    mail_stop(&world.starttls);
    tempdir_remove(&world.dir);
    return 0;
}

/* ---- one exchange ---- */

struct outcome {
    const struct chat_conf *conf;
    bool done, closed;
    int status;
    enum chat_verdict verdict;
    struct err why;
};

static void on_done(void *arg, const struct http_response *resp, const struct err *err)
{
    struct outcome *o = arg;
    struct dur after;

    o->done = true;
    o->status = resp != NULL ? resp->status : 0;
    o->verdict =
        email_ops.judge(o->conf, resp, err, (struct wall){0}, &after, &o->why);
}

static void on_closed(void *arg)
{
    struct outcome *o = arg;

    o->closed = true;
}

struct letter_to {
    const char *to, *url, *password; /* NULL: nobody logs in */
    bool trusted;
    bool leave; /* once it is on its way */
};

static void run_loop(struct http *http, uv_loop_t *loop, const struct letter_to *l,
                     struct http_call *call, struct outcome *o)
{
    struct err e;

    if (l->leave) {
        assert_true(spawn_wait_line(world.plain.child, SPAWN_OUT, "hangs", DUR_S(60), NULL,
                                    &e));
        http_cancel(call);
    } else {
        uv_run(loop, UV_RUN_DEFAULT);
    }
    assert_int_equal(o->done, !l->leave);
    http_close(http, on_closed, o);
    uv_run(loop, UV_RUN_DEFAULT);
    assert_true(o->closed);
    assert_int_equal(uv_loop_close(loop), 0);
}

static struct outcome post(const struct letter_to *l, unsigned port)
{
    struct str to[] = {str_of(l->to), STR("b@acme.example")};
    struct arena *a = arena_create(MEMORY);
    struct email_conf own = {
        .to = {to, 2},
        .from = STR("alignd@acme.example"),
        .smtp = {.url = arena_printf(a, "%s:%u", l->url, port),
                 .user = l->password != NULL ? STR("bot") : STR_NONE,
                 .password = {.from = l->password != NULL ? SECRET_FILE : SECRET_NONE,
                              .value = str_of(l->password)}},
    };
    struct chat_conf conf = {STR("c"), STR("email"), &own};
    struct chat_attempt at = {.key = STR("0011aabb")};
    struct notice_entry entry = notice_an_entry("PAY-12", "Na\xc3\xafve\r\nBcc: x@evil.example");
    struct notice_section section;
    struct notice n = notice_of_one(&section, &entry, 1);
    struct http_options opt = {
        .clock = clock_system(),
        .user_agent = "t",
        .ca_file = l->trusted ? world.cert : NULL,
        .resolve = arena_printf(a, "%s:%u:127.0.0.1", strstr(l->url, "//") + 2, port).p,
    };
    struct outcome o = {.conf = &conf};
    struct http_request req;
    struct http_call *call;
    struct http *http;
    uv_loop_t loop;
    struct err e;

    assert_true(email_ops.render(&conf, &n, &at, a, &req, &e));
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(http_create(&loop, &opt, &http, &e));
    if (!http_start(http, &req, on_done, &o, &call, &e))
        fail_msg("%s", e.msg);
    run_loop(http, &loop, l, call, &o);
    arena_destroy(a);
    return o;
}

/* How many letters are kept. */
static unsigned kept(const struct mail_server *m)
{
    struct buf b;
    unsigned n = 0;

    while (mail_letter(m, n + 1, &b)) {
        buf_finish(&b);
        n++;
    }
    return n;
}

static void has(const struct buf *letter, const char *line)
{
    if (strstr(buf_cstr(letter), line) == NULL)
        fail_msg("no '%s' in: %s", line, buf_cstr(letter));
}

/* ---- what is said ---- */

static const struct {
    struct mail_server *server;
    struct letter_to l;
    int status;
    enum chat_verdict verdict;
    const char *why; /* a part of it; NULL: none */
    int kept;
} rows[] = {
    {&world.plain, {"a@acme.example", "smtp://127.0.0.1", NULL, false, false}, 250,
     CHAT_DELIVERED, NULL, 1},
    {&world.tls, {"a@acme.example", "smtps://mail.example", NULL, true, false}, 250,
     CHAT_DELIVERED, NULL, 1},
    {&world.starttls, {"a@acme.example", "smtp://mail.example", "pa55 word", true, false},
     250, CHAT_DELIVERED, NULL, 1},
    /* Nobody's letter is shown to whom is not believed. */
    {&world.plain, {"a@acme.example", "smtp://mail.example", NULL, true, false}, 0,
     CHAT_RETRY, "offers no STARTTLS", 0},
    {&world.tls, {"a@acme.example", "smtps://mail.example", NULL, false, false}, 0,
     CHAT_RETRY, "TLS", 0},
    {&world.tls, {"a@acme.example", "smtps://other.example", NULL, true, false}, 0,
     CHAT_RETRY, "TLS", 0},
    {&world.starttls, {"a@acme.example", "smtp://mail.example", "pa55 word", false, false},
     0, CHAT_RETRY, "TLS", 0},
    {&world.starttls, {"a@acme.example", "smtp://mail.example", "wrong", true, false}, 535,
     CHAT_DEAD, "answered 535", 0},
    {&world.starttls, {"a@acme.example", "smtp://mail.example", NULL, true, false}, 530,
     CHAT_DEAD, "answered 530", 0},
    /* Refused, for now or for good. */
    {&world.plain, {"grey@acme.example", "smtp://127.0.0.1", NULL, false, false}, 451,
     CHAT_RETRY, "answered 451", 0},
    {&world.plain, {"grey@acme.example", "smtp://127.0.0.1", NULL, false, false}, 250,
     CHAT_DELIVERED, NULL, 1},
    {&world.plain, {"550@acme.example", "smtp://127.0.0.1", NULL, false, false}, 550,
     CHAT_DEAD, "answered 550", 0},
    {&world.plain, {"421@acme.example", "smtp://127.0.0.1", NULL, false, false}, 421,
     CHAT_RETRY, "answered 421", 0},
    {&world.plain, {"555@acme.example", "smtp://127.0.0.1", NULL, false, false}, 555,
     CHAT_REJECTED, "answered 555", 0},
    {&world.plain, {"late@acme.example", "smtp://127.0.0.1", NULL, false, false}, 452,
     CHAT_RETRY, "answered 452", 0},
    {&world.plain, {"spam@acme.example", "smtp://127.0.0.1", NULL, false, false}, 554,
     CHAT_PLAIN, "answered 554", 0},
    /* Taken, and nobody heard of it. */
    {&world.plain, {"gone@acme.example", "smtp://127.0.0.1", NULL, false, false}, 0,
     CHAT_UNCERTAIN, "127.0.0.1", 1},
};

static void each_reply_has_its_verdict(void **state)
{
    (void)state;
    if (!world.here)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned before = kept(rows[i].server);
        struct outcome o = post(&rows[i].l, rows[i].server->port);

        if (o.verdict != rows[i].verdict || o.status != rows[i].status)
            fail_msg("row %zu: %d, verdict %d: %s", i, o.status, (int)o.verdict, o.why.msg);
        if (rows[i].why != NULL && strstr(o.why.msg, rows[i].why) == NULL)
            fail_msg("row %zu: '%s' is not in: %s", i, rows[i].why, o.why.msg);
        assert_null(strstr(o.why.msg, "pa55"));
        assert_int_equal(kept(rows[i].server) - before, rows[i].kept);
    }
}

static void what_arrives_is_what_was_written(void **state)
{
    const struct letter_to l = {"a@acme.example", "smtp://mail.example", "pa55 word", true,
                                false};
    struct buf letter;

    (void)state;
    if (!world.here)
        skip();
    assert_int_equal(post(&l, world.starttls.port).verdict, CHAT_DELIVERED);
    assert_true(mail_letter(&world.starttls, kept(&world.starttls), &letter));
    has(&letter, "X-MailFrom: alignd@acme.example\r\n");
    has(&letter, "X-RcptTo: a@acme.example,b@acme.example\r\n");
    has(&letter, "X-Login: bot\r\nX-Tls: yes\r\n");
    has(&letter, "\r\nTo: <a@acme.example>,\r\n <b@acme.example>\r\n");
    has(&letter, "\r\nSubject: Strategy drift - Payments\r\n");
    has(&letter, "\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n");
    has(&letter, "\r\nMessage-ID: <0011aabb@acme.example>\r\n");
    assert_null(strstr(buf_cstr(&letter), "evil"));
    buf_finish(&letter);
}

static void a_server_that_is_not_there_is_tried_again(void **state)
{
    const struct letter_to l = {"a@acme.example", "smtp://127.0.0.1", NULL, false, false};
    struct outcome o;

    (void)state;
    o = post(&l, 1);
    assert_int_equal(o.verdict, CHAT_RETRY);
    assert_non_null(strstr(o.why.msg, "cannot connect"));
}

/* It never answers; whoever sends may go all the same. */
static void a_letter_can_be_left(void **state)
{
    const struct letter_to l = {"hang@acme.example", "smtp://127.0.0.1", NULL, false, true};
    struct mono from = clock_mono(clock_system());

    (void)state;
    if (!world.here)
        skip();
    assert_false(post(&l, world.plain.port).done);
    assert_true(mono_since(clock_mono(clock_system()), from).ms < 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reply_has_its_verdict),
        cmocka_unit_test(what_arrives_is_what_was_written),
        cmocka_unit_test(a_server_that_is_not_there_is_tried_again),
        cmocka_unit_test(a_letter_can_be_left),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
