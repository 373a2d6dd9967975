/* How the server begins and ends: its socket's file, a second instance, stopping. */
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/server_rig.h"

/* ---- the socket's file ---- */

static void leave_stale_socket(const struct world *w, bool keep_listening, int *ret_fd)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    memcpy(addr.sun_path, w->path, strlen(w->path));
    assert_int_equal(bind(fd, (const struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(fd, 5), 0);
    if (keep_listening) {
        *ret_fd = fd;
    } else {
        close(fd);
    }
}

static void expect_served(struct world *w)
{
    struct client c = {.target = "/echo"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
}

static void test_stale_file_is_replaced(void **state)
{
    struct world *w = *state;
    struct stat st;

    leave_stale_socket(w, false, NULL);
    assert_int_equal(access(w->path, F_OK), 0);
    serve_default(w);
    assert_int_equal(stat(w->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    expect_served(w);
}

static void expect_refused(struct world *w, const char *path, enum err_kind kind)
{
    struct server_options opt = {.listen_fd = -1, .path = path};
    struct server *second = NULL;
    struct err e;

    assert_false(server_create(&w->loop, &opt, on_request, w, &second, &e));
    assert_int_equal(e.kind, kind);
    assert_null(second);
}

static void test_second_instance_is_refused(void **state)
{
    struct world *w = *state;

    expect_refused(w, w->path, ERR_CONFLICT);
    expect_served(w);
    unlink(w->path); /* the lock decides, not the file */
    expect_refused(w, w->path, ERR_CONFLICT);
    stop_server(w);
    serve_default(w);
    expect_served(w);
}

static void test_foreign_server_is_left_alone(void **state)
{
    struct world *w = *state;
    int fd = -1;

    leave_stale_socket(w, true, &fd);
    expect_refused(w, w->path, ERR_CONFLICT);
    assert_int_equal(access(w->path, F_OK), 0);
    close(fd);
    serve_default(w);
    expect_served(w);
}

static void test_file_that_is_no_socket(void **state)
{
    struct world *w = *state;
    int fd = open(w->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    close(fd);
    expect_refused(w, w->path, ERR_CONFLICT);
    assert_int_equal(access(w->path, F_OK), 0);
}

static void test_bad_paths(void **state)
{
    struct world *w = *state;
    char path[200];

    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    expect_refused(w, path, ERR_CONFIG);
    expect_refused(w, "", ERR_CONFIG);
    expect_refused(w, "/nonexistent/dir/s", ERR_IO);
}

static void test_file_replaced_meanwhile_stays(void **state)
{
    struct world *w = *state;
    int fd = -1;

    unlink(w->path);
    leave_stale_socket(w, true, &fd);
    stop_server(w);
    assert_int_equal(access(w->path, F_OK), 0);
    close(fd);
}

static void test_inherited(void **state)
{
    struct world *w = *state;
    struct server_options opt = {.path = NULL};
    struct err e;

    leave_stale_socket(w, true, &opt.listen_fd);
    assert_true(serve(w, &opt, &e));
    expect_served(w);
    stop_server(w);
    assert_int_equal(access(w->path, F_OK), 0); /* the service manager's */
    assert_int_equal(access(w->lock, F_OK), -1);
}

/* ---- stopping ---- */

static void test_stop_idle(void **state)
{
    struct world *w = *state;

    stop_server(w);
    assert_int_equal(dial(w), -1);
}

static void test_stop_while_suspended(void **state)
{
    enum { N = 8 };
    struct world *w = *state;
    struct client c[N];

    for (size_t i = 0; i < N; i++) {
        c[i] = (struct client){.target = "/later"};
        client_start(&c[i], w, fetch);
    }
    wait_for_waiting(w, N);
    w->n_waiting = 0;
    stop_server(w);
    for (size_t i = 0; i < N; i++) {
        client_wait(&c[i]);
        assert_int_equal(c[i].code, CURLE_OK);
        assert_int_equal(c[i].status, 503);
        assert_string_equal(c[i].type, "application/problem+json");
        client_finish(&c[i]);
    }
}

static void test_stop_with_clients_in_every_state(void **state)
{
    static const char *const sent[] = {
        "",
        "GET /lat",
        "POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345",
        "GET /later HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", /* and does not read it */
        "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    struct world *w = *state;
    int fds[ARRAY_LEN(sent)];

    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        fds[i] = dial(w);
        assert_true(fds[i] >= 0);
        assert_int_equal(send(fds[i], sent[i], strlen(sent[i]), MSG_NOSIGNAL),
                         strlen(sent[i]));
    }
    w->stop_each = true;
    while (w->n_handled < 3) {
        uv_run(&w->loop, UV_RUN_DEFAULT);
    }
    stop_server(w);
    for (size_t i = 0; i < ARRAY_LEN(sent); i++) {
        close(fds[i]);
    }
}

static void test_stop_by_a_handler(void **state)
{
    struct world *w = *state;
    struct client c = {.target = "/stop"};

    client_run(&c, w, fetch);
    assert_int_equal(c.status, 200);
    client_finish(&c);
    stop_server(w);
}

#define SERVED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define EMPTY(f) cmocka_unit_test_setup_teardown(f, setup_empty, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EMPTY(test_stale_file_is_replaced),
        SERVED(test_second_instance_is_refused),
        EMPTY(test_foreign_server_is_left_alone),
        EMPTY(test_file_that_is_no_socket),
        EMPTY(test_bad_paths),
        SERVED(test_file_replaced_meanwhile_stays),
        EMPTY(test_inherited),
        SERVED(test_stop_idle),
        SERVED(test_stop_while_suspended),
        SERVED(test_stop_with_clients_in_every_state),
        SERVED(test_stop_by_a_handler),
    };

    curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests_name("server_life", tests, NULL, NULL);
}
