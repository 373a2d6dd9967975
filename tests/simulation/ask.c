#include "tests/simulation/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/record.h"
#include "tests/simulation/turns.h"

enum { MAX_TURNS = 10000, MAX_ANSWER = 64 << 20 };

int __real_uv_run(uv_loop_t *loop, uv_run_mode mode);

static int connect_to(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) != 0)
        record_fail("%s: %s", path, strerror(errno));
    return fd;
}

static void send_all(int fd, const struct buf *b)
{
    for (size_t done = 0; done < b->n;) {
        ssize_t n = write(fd, b->p + done, b->n - done);

        if (n < 0)
            record_fail("the status socket: %s", strerror(errno));
        done += (size_t)n;
    }
}

static bool receive(uv_loop_t *loop, int fd, struct buf *in)
{
    char block[65536];

    for (int i = 0; i < MAX_TURNS; i++) {
        ssize_t n = recv(fd, block, sizeof(block), MSG_DONTWAIT);

        if (n == 0)
            return true;
        if (disk_is_dead())
            return false;
        if (n > 0)
            buf_add(in, (struct str){block, (size_t)n});
        (void)__real_uv_run(loop, UV_RUN_NOWAIT);
        if (!turns_take(loop))
            (void)clockwork_fire();
    }
    record_fail("the status socket gives no answer");
}

json_t *ask(uv_loop_t *loop, const char *socket, const char *path, const char *body,
            int *ret_status)
{
    int fd = connect_to(socket);
    const char *head_end;
    struct buf out, in;
    json_error_t why;
    json_t *root = NULL;

    buf_init(&out, 1 << 16);
    buf_init(&in, MAX_ANSWER);
    buf_printf(&out,
               "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
               body != NULL ? "POST" : "GET", path, body != NULL ? strlen(body) : 0,
               body != NULL ? body : "");
    send_all(fd, &out);
    *ret_status = 0;
    if (receive(loop, fd, &in)) {
        head_end = strstr(buf_cstr(&in), "\r\n\r\n");
        if (head_end == NULL || sscanf(in.p, "HTTP/1.1 %d", ret_status) != 1)
            record_fail("%s: %.600s", path, buf_cstr(&in));
        root = json_loads(head_end + 4, JSON_DECODE_ANY, &why);
        if (root == NULL)
            record_fail("%s: %s in %.300s", path, why.text, head_end + 4);
    }
    close(fd);
    buf_finish(&out);
    buf_finish(&in);
    return root;
}
