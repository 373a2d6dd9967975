/*
 * A small server of numbers for value sources: one thread on loopback that answers each
 * request with what it is told to. Any thread may change that.
 */
#ifndef TESTS_INTEGRATION_NUMBERS_H
#define TESTS_INTEGRATION_NUMBERS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct numbers {
    int fd, stop[2];
    unsigned port;
    pthread_t thread;
    pthread_mutex_t lock;
    const char *head, *body; /* constants; body NULL: no answer at all */
    size_t pad;              /* blanks in front of the body */
    unsigned requests;
    char last[2048]; /* the last request's head */
};

/* All of the head; false: the peer is gone. */
static inline bool numbers_read(int fd, char *mem, size_t size)
{
    size_t n = 0;

    while (n + 1 < size) {
        ssize_t got = read(fd, mem + n, size - 1 - n);

        if (got <= 0)
            return false;
        n += (size_t)got;
        mem[n] = '\0';
        if (strstr(mem, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static inline bool numbers_write(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

        if (put <= 0)
            return false;
        p += put;
        n -= (size_t)put;
    }
    return true;
}

/* Until the peer gives up, or the server stops. */
static inline void numbers_wait(struct numbers *s, int fd)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
                            {.fd = s->stop[0], .events = POLLIN}};

    poll(fds, 2, -1);
}

static inline void numbers_answer(struct numbers *s, int fd)
{
    char mem[sizeof s->last], head[400];
    const char *extra, *body;
    size_t pad;

    if (!numbers_read(fd, mem, sizeof mem))
        return;
    pthread_mutex_lock(&s->lock);
    memcpy(s->last, mem, sizeof mem);
    s->requests++;
    extra = s->head;
    body = s->body;
    pad = s->pad;
    pthread_mutex_unlock(&s->lock);
    if (body == NULL) {
        numbers_wait(s, fd);
        return;
    }
    snprintf(head, sizeof head,
             "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", extra,
             pad + strlen(body));
    if (!numbers_write(fd, head, strlen(head)))
        return;
    memset(mem, ' ', sizeof mem);
    for (size_t n; pad > 0; pad -= n) {
        n = pad < sizeof mem ? pad : sizeof mem;
        if (!numbers_write(fd, mem, n))
            return;
    }
    numbers_write(fd, body, strlen(body));
}

static inline void *numbers_serve(void *arg)
{
    struct numbers *s = arg;
    struct pollfd fds[2] = {{.fd = s->fd, .events = POLLIN},
                            {.fd = s->stop[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && fds[1].revents == 0) {
        int fd = accept(s->fd, NULL, NULL);

        if (fd < 0)
            continue;
        numbers_answer(s, fd);
        close(fd);
    }
    return NULL;
}

static inline void numbers_start(struct numbers *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;

    *s = (struct numbers){.head = "200 OK", .body = "{}"};
    pthread_mutex_init(&s->lock, NULL);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(listen(s->fd, 16), 0);
    assert_int_equal(pipe(s->stop), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, numbers_serve, s), 0);
}

static inline void numbers_say(struct numbers *s, const char *head, const char *body,
                               size_t pad)
{
    pthread_mutex_lock(&s->lock);
    s->head = head;
    s->body = body;
    s->pad = pad;
    pthread_mutex_unlock(&s->lock);
}

static inline bool numbers_was_asked(struct numbers *s, const char *needle)
{
    bool found;

    pthread_mutex_lock(&s->lock);
    found = strstr(s->last, needle) != NULL;
    pthread_mutex_unlock(&s->lock);
    return found;
}

static inline unsigned numbers_requests(struct numbers *s)
{
    unsigned n;

    pthread_mutex_lock(&s->lock);
    n = s->requests;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static inline void numbers_stop(struct numbers *s)
{
    assert_int_equal(write(s->stop[1], "x", 1), 1);
    pthread_join(s->thread, NULL);
    close(s->fd);
    close(s->stop[0]);
    close(s->stop[1]);
    pthread_mutex_destroy(&s->lock);
}

#endif
