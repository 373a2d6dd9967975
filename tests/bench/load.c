#include "tests/bench/load.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/bench/measure.h"

enum { REPLY_MAX = 64 << 10 };

struct connection {
    int fd;
    size_t n;
    char reply[REPLY_MAX + 1];
};

struct load {
    char request[256];
    size_t n_request;
    struct connection c[LOAD_MAX_CONNECTIONS];
};

static struct load *load_create(const char *target)
{
    struct load *l = calloc(1, sizeof(*l));

    assert_non_null(l);
    l->n_request =
        (size_t)snprintf(l->request, sizeof(l->request),
                         "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
    return l;
}

static void open_connection(struct connection *c, const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    assert_true(strlen(path) < sizeof(addr.sun_path));
    memcpy(addr.sun_path, path, strlen(path) + 1);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(c->fd >= 0);
    if (connect(c->fd, (const struct sockaddr *)&addr, sizeof(addr)) != 0)
        fail_msg("%s: %s", path, strerror(errno));
}

static void ask(const struct load *l, struct connection *c)
{
    c->n = 0;
    if (send(c->fd, l->request, l->n_request, MSG_NOSIGNAL) != (ssize_t)l->n_request)
        fail_msg("a request cannot be sent: %s", strerror(errno));
}

/* Takes what has come. Whether the reply is whole now, which must be a good one. */
static bool take(struct connection *c)
{
    ssize_t got = recv(c->fd, c->reply + c->n, REPLY_MAX - c->n, 0);
    const char *end, *length;

    if (got <= 0)
        fail_msg("the server hung up: %s", got < 0 ? strerror(errno) : "at its end");
    c->n += (size_t)got;
    c->reply[c->n] = '\0';
    end = strstr(c->reply, "\r\n\r\n");
    if (end == NULL)
        return false;
    assert_int_equal(strncmp(c->reply, "HTTP/1.1 200", 12), 0);
    length = strcasestr(c->reply, "\r\nContent-Length:");
    assert_true(length != NULL && length < end);
    return c->n >= (size_t)(end + 4 - c->reply) + strtoul(length + 17, NULL, 10);
}

double load_run(const char *socket_path, const char *target, unsigned connections,
                double seconds)
{
    struct epoll_event events[LOAD_MAX_CONNECTIONS];
    struct load *l = load_create(target);
    int ep = epoll_create1(EPOLL_CLOEXEC), n;
    int64_t start, end;
    size_t done = 0;

    assert_in_range(connections, 1, LOAD_MAX_CONNECTIONS);
    for (unsigned i = 0; i < connections; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &l->c[i]};

        open_connection(&l->c[i], socket_path);
        assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, l->c[i].fd, &e), 0);
        ask(l, &l->c[i]);
    }
    start = measure_us();
    do {
        n = epoll_wait(ep, events, LOAD_MAX_CONNECTIONS, 10000);
        if (n <= 0)
            fail_msg("the server does not answer");
        for (int i = 0; i < n; i++) {
            if (!take(events[i].data.ptr))
                continue;
            done++;
            ask(l, events[i].data.ptr);
        }
        end = measure_us();
    } while (end - start < (int64_t)(seconds * 1e6));
    for (unsigned i = 0; i < connections; i++)
        close(l->c[i].fd);
    close(ep);
    free(l);
    return (double)done / ((double)(end - start) / 1e6);
}

void load_once(const char *socket_path, const char *target, struct buf *ret)
{
    struct load *l = load_create(target);

    open_connection(&l->c[0], socket_path);
    ask(l, &l->c[0]);
    while (!take(&l->c[0]))
        ;
    buf_init(ret, REPLY_MAX + 1);
    buf_add(ret, (struct str){l->c[0].reply, l->c[0].n});
    assert_true(buf_ok(ret));
    close(l->c[0].fd);
    free(l);
}
