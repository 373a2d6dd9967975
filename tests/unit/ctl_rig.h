/*
 * alignctl against a scripted daemon on a Unix socket, whose answers are files of
 * tests/golden/ctl. Static functions. Run from the top of the tree.
 */
#ifndef TESTS_UNIT_CTL_RIG_H
#define TESTS_UNIT_CTL_RIG_H

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/remote.h"
#include "tests/unit/ctl_run.h"

#define GOLDEN "tests/golden/ctl/"

/* ---- the scripted daemon ---- */

struct answer {
    const char *request; /* "GET /v1/status"; the first row that fits is used */
    int status;
    const char *file; /* of GOLDEN; or, with a '{' first, the body itself */
    unsigned times;   /* 0: as often as asked */
};

struct fake {
    struct tempdir dir;
    struct buf socket;
    int fd, stop[2];
    pthread_t thread;
    const struct answer *answers;
    size_t n_answers;
    unsigned used[64];
    struct buf log; /* what was asked, one line each; read after fake_stop only */
};

static inline void read_request(int fd, struct buf *in)
{
    char chunk[4096];
    size_t want = 0;

    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
        ptrdiff_t end, len;

        if (n <= 0)
            return;
        buf_add(in, (struct str){chunk, (size_t)n});
        end = str_find(buf_str(in), STR("\r\n\r\n"));
        if (end < 0)
            continue;
        len = str_find_nocase(buf_str(in), STR("\r\ncontent-length:"));
        want = (size_t)end + 4;
        if (len >= 0)
            want += strtoul(buf_cstr(in) + len + 17, NULL, 10);
        if (in->n >= want)
            return;
    }
}

static const struct answer *choose(struct fake *f, struct str request)
{
    for (size_t i = 0; i < f->n_answers; i++) {
        const struct answer *a = &f->answers[i];

        if (!str_eqz(request, a->request) || (a->times > 0 && f->used[i] >= a->times))
            continue;
        f->used[i]++;
        return a;
    }
    return NULL;
}

static inline void serve_one(struct fake *f, int fd)
{
    struct buf in, out, body;
    struct str line, request, rest;
    const struct answer *a;
    struct err e;
    ptrdiff_t at;

    buf_init(&in, (size_t)1 << 20);
    buf_init(&out, (size_t)1 << 20);
    buf_init(&body, (size_t)1 << 20);
    read_request(fd, &in);
    rest = buf_str(&in);
    if (str_split(&rest, '\r', &line)) {
        at = str_find(line, STR(" HTTP/1.1"));
        request = at > 0 ? str_first(line, (size_t)at) : line;
        at = str_find(buf_str(&in), STR("\r\n\r\n"));
        buf_printf(&f->log, "%.*s %.*s\n", STR_FMT(request),
                   STR_FMT(str_skip(buf_str(&in), (size_t)at + 4)));
        a = choose(f, request);
        if (a == NULL) {
            buf_addz(&body, "{\"detail\":\"the script has no such request\"}");
        } else if (a->file[0] == '{' || a->file[0] == '<') {
            buf_addz(&body, a->file);
        } else {
            char path[300];

            buf_finish(&body);
            snprintf(path, sizeof(path), GOLDEN "%s.json", a->file);
            if (!tempdir_read(path, &body, &e))
                buf_printf(&f->log, "no file %s\n", path);
        }
        buf_printf(&out,
                   "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                   a != NULL ? a->status : 599, body.n);
        buf_add(&out, buf_str(&body));
        for (size_t n = 0; n < out.n;) {
            ssize_t w = send(fd, out.p + n, out.n - n, MSG_NOSIGNAL);

            if (w <= 0)
                break;
            n += (size_t)w;
        }
    }
    buf_finish(&in);
    buf_finish(&out);
    buf_finish(&body);
}

static inline void *serve(void *arg)
{
    struct fake *f = arg;

    for (;;) {
        struct pollfd p[2] = {{f->fd, POLLIN, 0}, {f->stop[0], POLLIN, 0}};
        int fd;

        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return NULL;
        }
        if (p[1].revents != 0)
            return NULL;
        fd = accept(f->fd, NULL, NULL);
        if (fd < 0)
            continue;
        serve_one(f, fd);
        close(fd);
    }
}

static inline void fake_start(struct fake *f, const struct answer *answers, size_t n)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct err e;

    *f = (struct fake){.answers = answers, .n_answers = n};
    assert_true(n <= ARRAY_LEN(f->used));
    assert_true(tempdir_create(&f->dir, &e));
    assert_true(tempdir_join(&f->dir, "s", &f->socket, &e));
    buf_init(&f->log, (size_t)1 << 20);
    f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(f->fd >= 0);
    assert_true(f->socket.n < sizeof(sa.sun_path));
    memcpy(sa.sun_path, buf_cstr(&f->socket), f->socket.n);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(f->fd, 8), 0);
    assert_int_equal(pipe(f->stop), 0);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
}

static inline void fake_stop(struct fake *f)
{
    assert_int_equal(write(f->stop[1], "x", 1), 1);
    pthread_join(f->thread, NULL);
    close(f->fd);
    close(f->stop[0]);
    close(f->stop[1]);
    buf_finish(&f->socket);
    tempdir_remove(&f->dir);
}

static inline void fake_end(struct fake *f)
{
    buf_finish(&f->log);
}

#endif
