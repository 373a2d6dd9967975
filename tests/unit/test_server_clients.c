/*
 * Clients of the server that are slow or broken, that occupy it or flood it: they are
 * told so or thrown out, and others are served meanwhile.
 */
#include <poll.h>

#include "base/clock.h"
#include "status/server_head.h"
#include "tests/unit/server_rig.h"

static void dribble(struct client *c)
{
    static const char bytes[] =
        "POST /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Length: 5\r\n\r\nhello";

    c->fd = dial(c->w);
    for (size_t i = 0; i < sizeof bytes - 1; i++) {
        if (send(c->fd, bytes + i, 1, MSG_NOSIGNAL) != 1) {
            break;
        }
    }
    read_all(c);
    close(c->fd);
}

static void test_byte_by_byte(void **state)
{
    struct world *w = *state;
    struct client c = {.target = ""};

    client_run(&c, w, dribble);
    assert_non_null(strstr(text_of(&c), "POST /slow /slow 5 hello"));
    assert_non_null(strstr(text_of(&c), "nosniff"));
    client_finish(&c);
}

static void sip(struct client *c)
{
    static const char head[] =
        "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char some[333];
    ssize_t n;

    c->fd = dial(c->w);
    if (send(c->fd, head, sizeof head - 1, MSG_NOSIGNAL) > 0) {
        while ((n = recv(c->fd, some, sizeof some, 0)) > 0) {
            c->text_n += (size_t)n;
        }
    }
    close(c->fd);
}

static void test_slow_reader(void **state)
{
    struct world *w = *state;
    struct client slow = {.target = ""};
    struct client other = {.target = "/echo", .times = 50};

    client_start(&slow, w, sip);
    client_run(&other, w, fetch);
    assert_int_equal(other.status, 200);
    client_wait(&slow);
    assert_true(slow.text_n > 5 << 20);
    client_finish(&other);
}

static void say_nothing(struct client *c)
{
    c->fd = dial(c->w);
    read_all(c); /* until the server has enough */
    close(c->fd);
}

static void test_idle_client_is_dropped(void **state)
{
    struct world *w = *state;
    struct server_options opt = {.listen_fd = -1, .path = w->path, .idle_s = 1};
    struct client c = {.target = ""};
    struct err e;

    assert_true(serve(w, &opt, &e));
    client_run(&c, w, say_nothing);
    client_finish(&c);
}

struct garbage_row {
    const char *bytes;
    bool is_whole; /* enough for the server to end it; else the client just goes */
    int status;    /* of a problem; 0: libmicrohttpd's own to answer */
};

static const struct garbage_row garbage[] = {
    {"GET\r\n\r\n", true, 400},
    {"GET / HTTP/9.9\r\n\r\n", true, 505},
    {"GET / HTTP/1.1\r\n\r\n", true, 400}, /* no Host */
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", true, 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
     true, 413},
    {"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", true, 400},
    {"\x16\x03\x01\x02", true, 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", true, 0},
    {"", false, 0},
    {"\r\n\r\n\r\n", false, 0},
    {"GET / HT", false, 0},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort", false, 0},
};

static void send_garbage(struct client *c)
{
    c->fd = dial(c->w);
    (void)send(c->fd, c->body, c->body_n, MSG_NOSIGNAL);
    if (c->times > 0) {
        read_all(c);
    }
    close(c->fd);
}

static void expect_problem(const struct client *c, int status)
{
    char line[32], member[32];

    (void)snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    (void)snprintf(member, sizeof member, "\"status\":%d", status);
    if (strncmp(text_of(c), line, strlen(line)) != 0 ||
        strstr(text_of(c), "\r\nContent-Type: application/problem+json\r\n") == NULL ||
        strstr(text_of(c), member) == NULL) {
        fail_msg("not a %d: %s", status, text_of(c));
    }
}

static void test_garbage(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
        const struct garbage_row *row = &garbage[i];
        struct client c = {
            .body = row->bytes, .body_n = strlen(row->bytes), .times = row->is_whole};

        client_run(&c, w, send_garbage);
        if (strstr(text_of(&c), " 200 ") != NULL) {
            fail_msg("row %zu: %s", i, text_of(&c));
        }
        if (row->status != 0) {
            expect_problem(&c, row->status);
        }
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, 0);
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
}

static void send_half(struct client *c)
{
    c->fd = dial(c->w);
    (void)send(c->fd, c->body, c->body_n, MSG_NOSIGNAL);
    (void)shutdown(c->fd, SHUT_WR);
    read_all(c);
    close(c->fd);
}

static void test_head_that_is_cut_off(void **state)
{
    struct world *w = *state;
    struct client c = {.body = "GET / HTTP/1.1\r\nHo", .body_n = 18};

    client_run(&c, w, send_half);
    expect_problem(&c, 400);
    client_finish(&c);
}

/* A byte now and then, never idle for long, until it is told something. */
static void drip(struct client *c)
{
    struct pollfd p = {.events = POLLIN};

    c->fd = p.fd = dial(c->w);
    for (size_t i = 0; i < c->body_n; i++) {
        if (send(c->fd, c->body + i, 1, MSG_NOSIGNAL) != 1 || poll(&p, 1, 50) != 0) {
            break;
        }
    }
    read_all(c);
    close(c->fd);
}

static void test_who_drips_is_told_to_stop(void **state)
{
    static const char *const requests[] = {
        "GET /a-path-long-enough-for-more-than-a-second HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nbody body body body",
    };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .receive_s = 1, .idle_s = 30};
    const struct clock *clock = clock_system();
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct client c = {.body = requests[i], .body_n = strlen(requests[i])};
        struct mono start = clock_mono(clock);

        client_run(&c, w, drip);
        expect_problem(&c, 408);
        assert_in_range(mono_since(clock_mono(clock), start).ms, 900, 10000);
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, 0);
}

/* Sends, and neither reads nor goes away until the test ends. */
static int occupy(const struct world *w, const char *request)
{
    int fd = dial(w);

    assert_true(fd >= 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

static void expect_answer_within_a_second(struct world *w)
{
    const struct clock *clock = clock_system();
    struct mono start = clock_mono(clock);
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.code, CURLE_OK);
    assert_int_equal(c.status, 200);
    assert_true(mono_since(clock_mono(clock), start).ms < 1000);
    client_finish(&c);
}

static void test_nobody_starves_others(void **state)
{
    static const char *const requests[] = {
        "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", /* and does not read it */
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nbo",
        "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n", /* and keeps the connection */
        "GET /ec",
        "",
    };
    enum { EACH = 5 }; /* who asks honestly is the sixth that waits */
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3, .max_waiting = 6};
    int fds[ARRAY_LEN(requests)][EACH];
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        for (size_t k = 0; k < EACH; k++) {
            fds[i][k] = occupy(w, requests[i]);
        }
        for (int k = 0; k < 3; k++) {
            expect_answer_within_a_second(w);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        for (size_t k = 0; k < EACH; k++) {
            close(fds[i][k]);
        }
    }
}

/* Those that are being worked on do not make way: who comes then is told so. */
static void test_too_many_are_refused(void **state)
{
    static const char request[] =
        "GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    enum { ROOM = 3 + 2 };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3, .max_waiting = 2};
    struct client c[ROOM] = {0};
    struct client late = {.target = "/echo"};
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < ROOM; i++) {
        c[i].fd = occupy(w, request);
    }
    wait_for_waiting(w, 3);
    client_run(&late, w, fetch);
    assert_int_equal(late.status, 503);
    assert_string_equal(late.type, "application/problem+json");
    client_finish(&late);
    answer_waiting(w);
    wait_for_waiting(w, 2);
    answer_waiting(w);
    for (size_t i = 0; i < ROOM; i++) {
        client_run(&c[i], w, read_all);
        assert_non_null(strstr(text_of(&c[i]), " 200 "));
        close(c[i].fd);
        client_finish(&c[i]);
    }
}

static void test_header_flood(void **state)
{
    struct world *w = *state;
    size_t n = 1 << 20;
    char *head = malloc(n);
    struct client c = {.body = head, .body_n = n, .times = 1};

    assert_non_null(head);
    memset(head, 'h', n);
    memcpy(head, "GET / HTTP/1.1\r\nX: ", 19);
    client_run(&c, w, send_garbage);
    expect_problem(&c, 431);
    assert_int_equal(w->n_handled, 0);
    client_finish(&c);
    free(head);
}

struct head_shape {
    size_t params, lines, cookies, cookie_n;
};

static void add_times(struct buf *b, const char *z, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_addz(b, z);
    }
}

static void write_head(struct buf *b, const struct head_shape *s, size_t filler)
{
    buf_clear(b);
    buf_addz(b, "GET /echo?");
    add_times(b, "a=&", s->params);
    buf_addz(b, "a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nFiller: ");
    add_times(b, "x", filler);
    add_times(b, "\r\nX:", s->lines);
    buf_addz(b, "\r\nCookie: ");
    add_times(b, "c=;", s->cookies);
    add_times(b, "c", s->cookie_n);
    buf_addz(b, "\r\n\r\n");
    assert_true(buf_ok(b));
}

static bool is_sound(struct buf *b, const struct head_shape *s, size_t filler)
{
    struct server_problem why;

    write_head(b, s, filler);
    return b->n <= SERVER_HEAD_MAX && server_head_judge(buf_str(b), &why) == SERVER_HEAD_SOUND;
}

/* The most filler a sound head of this shape can have. */
static void write_largest_head(struct buf *b, const struct head_shape *s)
{
    size_t sound = 0, unsound = SERVER_HEAD_MAX;

    while (unsound - sound > 1) {
        size_t middle = sound + (unsound - sound) / 2;

        if (is_sound(b, s, middle)) {
            sound = middle;
        } else {
            unsound = middle;
        }
    }
    assert_true(is_sound(b, s, sound));
}

/* Whatever the largest head is made of, libmicrohttpd's memory holds it. */
static void test_largest_heads(void **state)
{
    static const struct head_shape rows[] = {
        {0, 0, 0, 0},   {94, 0, 0, 0},  {0, 94, 0, 0},    {0, 0, 94, 0},
        {47, 47, 0, 0}, {0, 0, 94, 70}, {0, 0, 0, 10500}, {0, 0, 50, 5000},
    };
    struct world *w = *state;
    struct buf b;

    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct client c = {.times = 1};

        write_largest_head(&b, &rows[i]);
        c.body = buf_cstr(&b);
        c.body_n = b.n;
        client_run(&c, w, send_garbage);
        if (strncmp(text_of(&c), "HTTP/1.1 200 OK\r\n", 17) != 0) {
            fail_msg("row %zu, %zu bytes: %s", i, b.n, text_of(&c));
        }
        client_finish(&c);
    }
    assert_int_equal(w->n_handled, ARRAY_LEN(rows));
    buf_finish(&b);
}

static void test_more_clients_than_connections(void **state)
{
    enum { N = 12 };
    struct world *w = *state;
    struct server_options opt = {
        .listen_fd = -1, .path = w->path, .max_connections = 3};
    struct client c[N];
    struct err e;

    assert_true(serve(w, &opt, &e));
    for (size_t i = 0; i < N; i++) {
        c[i] = (struct client){.target = "/echo", .times = 5};
        client_start(&c[i], w, fetch);
    }
    for (size_t i = 0; i < N; i++) {
        client_wait(&c[i]);
        assert_int_equal(c[i].code, CURLE_OK);
        assert_int_equal(c[i].status, 200);
        client_finish(&c[i]);
    }
    assert_int_equal(w->n_handled, N * 5);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define EMPTY(f) cmocka_unit_test_setup_teardown(f, setup_empty, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_byte_by_byte),
        SERVED(test_slow_reader),
        EMPTY(test_idle_client_is_dropped),
        SERVED(test_garbage),
        SERVED(test_head_that_is_cut_off),
        EMPTY(test_who_drips_is_told_to_stop),
        EMPTY(test_nobody_starves_others),
        EMPTY(test_too_many_are_refused),
        SERVED(test_header_flood),
        SERVED(test_largest_heads),
        EMPTY(test_more_clients_than_connections),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests_name("server_clients", tests, NULL, NULL);
}
