#include "status/server_problem.h"

#include <sys/socket.h>

#include "base/jsonw.h"

enum { DROP_MOST = 1 << 20 };

void server_problem_body(struct buf *out, int status, const char *title,
                         const char *detail)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_strz(&w, "type", "about:blank"); /* RFC 9457 4.2.1 */
    jsonw_strz(&w, "title", title);
    jsonw_int(&w, "status", status);
    jsonw_strz(&w, "detail", detail);
    jsonw_end_object(&w);
    buf_addc(out, '\n');
}

static void drop_unread(int fd)
{
    char chunk[4096];
    size_t dropped = 0;
    ssize_t n = 1;

    while (n > 0 && dropped < DROP_MOST) {
        n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
        dropped += n > 0 ? (size_t)n : 0;
    }
}

void server_problem_send(int fd, const struct server_problem *p)
{
    struct buf head, body;

    buf_init(&head, 4096);
    buf_init(&body, 2048);
    server_problem_body(&body, p->status, p->title, p->detail);
    buf_printf(&head,
               "HTTP/1.1 %d %s\r\n"
               "Content-Type: " SERVER_PROBLEM_TYPE "\r\n"
               "X-Content-Type-Options: nosniff\r\n"
               "Content-Length: %zu\r\n"
               "Connection: close\r\n\r\n",
               p->status, p->title, body.n);
    buf_add(&head, buf_str(&body));
    drop_unread(fd);
    if (buf_ok(&head) && buf_ok(&body)) {
        (void)send(fd, head.p, head.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    buf_finish(&head);
    buf_finish(&body);
}
