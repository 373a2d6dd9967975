#include "tests/bench/notify.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

void notify_open(struct notify *n, struct rig *r)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/notify", tempdir_path(&r->dir));
    *n = (struct notify){.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    assert_true(n->fd >= 0);
    assert_int_equal(bind(n->fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
    snprintf(n->env, sizeof(n->env), "NOTIFY_SOCKET=%s", addr.sun_path);
    n->vars[0] = n->env;
    r->env = n->vars;
}

static bool has_line(char *text, const char *line)
{
    char *rest = text;

    for (char *l = strsep(&rest, "\n"); l != NULL; l = strsep(&rest, "\n")) {
        if (strcmp(l, line) == 0)
            return true;
    }
    return false;
}

void notify_await(struct notify *n, const char *line)
{
    struct pollfd p = {.fd = n->fd, .events = POLLIN};
    char text[4096];
    ssize_t got;

    do {
        if (poll(&p, 1, (int)RIG_LIMIT.ms) != 1)
            fail_msg("alignd does not tell %s", line);
        got = recv(n->fd, text, sizeof(text) - 1, 0);
        assert_true(got >= 0);
        text[got] = '\0';
    } while (!has_line(text, line));
}

void notify_drop(struct notify *n)
{
    char text[4096];

    while (recv(n->fd, text, sizeof(text), MSG_DONTWAIT) >= 0)
        ;
}

void notify_close(struct notify *n)
{
    close(n->fd);
}
