/*
 * The client against a TLS server of our own on a thread, with certificates
 * made here: whom it believes, and what it says of the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include "base/buf.h"
#include "io/http.h"

/* ---- certificates ---- */

struct identity {
    EVP_PKEY *key;
    X509 *cert;
    char file[64]; /* the certificate, as an authority */
};

static void add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_non_null(ext);
    assert_int_equal(X509_add_ext(cert, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

static void identity_init(struct identity *id, const char *names, long valid_s)
{
    X509_NAME *name;
    FILE *f;
    int fd;

    id->key = EVP_EC_gen("P-256");
    id->cert = X509_new();
    assert_non_null(id->key);
    assert_non_null(id->cert);
    X509_set_version(id->cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(id->cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(id->cert), -7200);
    X509_gmtime_adj(X509_getm_notAfter(id->cert), valid_s);
    X509_set_pubkey(id->cert, id->key);
    name = X509_get_subject_name(id->cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"alignd test", -1, -1, 0);
    X509_set_issuer_name(id->cert, name);
    add_extension(id->cert, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(id->cert, NID_subject_alt_name, names);
    assert_true(X509_sign(id->cert, id->key, EVP_sha256()) > 0);
    (void)snprintf(id->file, sizeof id->file, "/tmp/test_http_tls.XXXXXX");
    fd = mkstemp(id->file);
    assert_true(fd >= 0);
    f = fdopen(fd, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, id->cert), 1);
    assert_int_equal(fclose(f), 0);
}

static void identity_finish(struct identity *id)
{
    unlink(id->file);
    X509_free(id->cert);
    EVP_PKEY_free(id->key);
}

/* ---- the server ---- */

enum manner {
    SERVE,
    CUT,     /* half of the announced body, and no close_notify */
    HANG_UP, /* after the client's first bytes */
    PLAIN,   /* answers without TLS */
};

struct tls_server {
    pthread_t thread;
    const struct identity *id;
    enum manner manner;
    int version; /* the only one spoken; 0: any */
    int fd, port;
    char request[2048];
};

static SSL_CTX *context_create(const struct tls_server *s)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL || SSL_CTX_use_certificate(ctx, s->id->cert) != 1 ||
        SSL_CTX_use_PrivateKey(ctx, s->id->key) != 1) {
        abort();
    }
    if (s->version != 0) {
        SSL_CTX_set_security_level(ctx, 0); /* or TLS 1.1 is not even offered */
        SSL_CTX_set_min_proto_version(ctx, s->version);
        SSL_CTX_set_max_proto_version(ctx, s->version);
    }
    return ctx;
}

static void answer(struct tls_server *s, SSL *ssl)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok";
    int n = SSL_read(ssl, s->request, sizeof s->request - 1);

    if (n <= 0) {
        return;
    }
    if (s->manner == CUT) {
        SSL_write(ssl, half, sizeof half - 1);
    } else {
        SSL_write(ssl, whole, sizeof whole - 1);
        SSL_shutdown(ssl);
    }
}

static void talk(struct tls_server *s, int fd)
{
    static const char plain[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    SSL_CTX *ctx;
    SSL *ssl;
    char c;

    if (s->manner == HANG_UP || s->manner == PLAIN) {
        if (recv(fd, &c, 1, 0) == 1 && s->manner == PLAIN) {
            (void)send(fd, plain, sizeof plain - 1, MSG_NOSIGNAL);
        }
        return;
    }
    ctx = context_create(s);
    ssl = SSL_new(ctx);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        abort();
    }
    if (SSL_accept(ssl) == 1) {
        answer(s, ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* One connection. */
static void *server_thread(void *arg)
{
    struct tls_server *s = arg;
    int fd = accept(s->fd, NULL, NULL);

    if (fd >= 0) {
        talk(s, fd);
        close(fd);
    }
    return NULL;
}

static void server_start(struct tls_server *s)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t n = sizeof addr;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (const struct sockaddr *)&addr, n), 0);
    assert_int_equal(listen(s->fd, 5), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&addr, &n), 0);
    s->port = ntohs(addr.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, server_thread, s), 0);
}

static void server_stop(struct tls_server *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    close(s->fd);
}

/* ---- the cases ---- */

struct identities {
    struct identity good, other_name, expired;
};

static int make_identities(void **state)
{
    struct identities *ids = calloc(1, sizeof *ids);

    assert_non_null(ids);
    identity_init(&ids->good, "DNS:localhost,IP:127.0.0.1", 7200);
    identity_init(&ids->other_name, "DNS:elsewhere.example", 7200);
    identity_init(&ids->expired, "DNS:localhost,IP:127.0.0.1", -3600);
    *state = ids;
    return 0;
}

static int free_identities(void **state)
{
    struct identities *ids = *state;

    identity_finish(&ids->good);
    identity_finish(&ids->other_name);
    identity_finish(&ids->expired);
    free(ids);
    return 0;
}

enum who { GOOD, OTHER_NAME, EXPIRED };

struct tls_row {
    const char *host;
    enum who who;
    enum manner manner;
    int version;
    bool trusted;      /* by ca_file */
    const char *fault; /* NULL: an answer comes; else a part of the message */
    enum err_retry retry;
};

static const struct tls_row rows[] = {
    {"127.0.0.1", GOOD, SERVE, 0, true, NULL, ERR_GIVE_UP},
    {"localhost", GOOD, SERVE, 0, true, NULL, ERR_GIVE_UP},
    {"127.0.0.1", GOOD, SERVE, TLS1_2_VERSION, true, NULL, ERR_GIVE_UP},
    {"127.0.0.1", GOOD, SERVE, TLS1_3_VERSION, true, NULL, ERR_GIVE_UP},
    /* nobody's request is shown to whom is not believed */
    {"127.0.0.1", GOOD, SERVE, 0, false, "self-signed", ERR_TRY_AGAIN},
    {"127.0.0.1", OTHER_NAME, SERVE, 0, true, "127.0.0.1", ERR_TRY_AGAIN},
    {"localhost", OTHER_NAME, SERVE, 0, true, "localhost", ERR_TRY_AGAIN},
    {"127.0.0.1", EXPIRED, SERVE, 0, true, "expired", ERR_TRY_AGAIN},
    {"127.0.0.1", GOOD, SERVE, TLS1_1_VERSION, true, "TLS", ERR_TRY_AGAIN},
    {"127.0.0.1", GOOD, SERVE, TLS1_VERSION, true, "TLS", ERR_TRY_AGAIN},
    {"127.0.0.1", GOOD, HANG_UP, 0, true, "TLS", ERR_TRY_AGAIN},
    {"127.0.0.1", GOOD, PLAIN, 0, true, "TLS", ERR_TRY_AGAIN},
    {"127.0.0.1", GOOD, CUT, 0, true, "cut short", ERR_GIVE_UP},
};

struct outcome {
    bool done, ok, closed;
    struct err err;
    char body[16];
};

static void on_done(void *arg, const struct http_response *resp, const struct err *err)
{
    struct outcome *o = arg;

    o->done = true;
    o->ok = resp != NULL;
    if (resp != NULL) {
        (void)snprintf(o->body, sizeof o->body, "%.*s", STR_FMT(resp->body));
    } else {
        o->err = *err;
    }
}

static void on_closed(void *arg)
{
    struct outcome *o = arg;

    o->closed = true;
}

static void exchange(const char *host, int port, const char *ca_file, struct outcome *o)
{
    struct http_header auth = {STR("Authorization"), STR("Bearer secret")};
    struct http_options opt = {
        .clock = clock_system(), .user_agent = "t", .ca_file = ca_file};
    struct http_request req = {
        .method = STR("POST"),
        .body = STR("secret"),
        .headers = &auth,
        .n_headers = 1,
        .timeout = DUR_S(30),
    };
    char url[64];
    struct http *http;
    uv_loop_t loop;
    struct err e;

    *o = (struct outcome){.done = false};
    req.url = (struct str){
        url, (size_t)snprintf(url, sizeof url, "https://%s:%d/secret", host, port)};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_true(http_create(&loop, &opt, &http, &e));
    assert_true(http_start(http, &req, on_done, o, NULL, &e));
    uv_run(&loop, UV_RUN_DEFAULT); /* ends with the call: nothing else is on it */
    assert_true(o->done);
    http_close(http, on_closed, o);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(o->closed);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void check_row(const struct tls_row *row, const struct outcome *o,
                      const struct tls_server *s)
{
    if (row->fault == NULL) {
        if (!o->ok) {
            fail_msg("%s: %s", row->host, o->err.msg);
        }
        assert_string_equal(o->body, "ok");
        assert_non_null(strstr(s->request, "Bearer secret"));
        return;
    }
    assert_false(o->ok);
    if (strstr(o->err.msg, row->fault) == NULL) {
        fail_msg("%s is not in: %s", row->fault, o->err.msg);
    }
    assert_int_equal(o->err.kind, ERR_NET);
    assert_int_equal(o->err.retry, row->retry);
    assert_non_null(strstr(o->err.msg, row->host));
    assert_null(strstr(o->err.msg, "secret"));
    if (row->retry == ERR_TRY_AGAIN) {
        assert_string_equal(s->request, "");
    }
}

static void test_tls(void **state)
{
    struct identities *ids = *state;
    const struct identity *all[] = {&ids->good, &ids->other_name, &ids->expired};

    alarm(60); /* a hang is a failure */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct tls_row *row = &rows[i];
        struct tls_server s = {
            .id = all[row->who], .manner = row->manner, .version = row->version};
        struct outcome o;

        server_start(&s);
        exchange(row->host, s.port, row->trusted ? s.id->file : NULL, &o);
        server_stop(&s);
        check_row(row, &o, &s);
    }
}

static void test_missing_ca_file(void **state UNUSED)
{
    struct outcome o;

    exchange("127.0.0.1", 1, "/nonexistent/ca.pem", &o);
    assert_false(o.ok);
    assert_int_equal(o.err.kind, ERR_NET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_missing_ca_file),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("http_tls", tests, make_identities,
                                       free_identities);
}
