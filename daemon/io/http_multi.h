/*
 * libcurl's multi interface on a libuv loop: one poll handle for each socket,
 * one timer, messages reaped after every action. Knows easy handles only.
 *
 * Loop thread. The owner embeds the struct, adds easy handles and gets each
 * back by `finished`, already removed. No event runs inside http_multi_add or
 * http_multi_remove. See curl_multi_socket_action(3); uv_poll(3).
 */
#ifndef IO_HTTP_MULTI_H
#define IO_HTTP_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "base/attr.h"
#include "base/err.h"

struct http_multi_events {
    /* May add the handle again. */
    void (*finished)(void *arg, CURL *easy, CURLcode code);
    /*
     * libcurl's state is undefined after an error: the owner removes every
     * handle and then calls http_multi_rebuild.
     */
    void (*broken)(void *arg);
    void (*settled)(void *arg); /* after all of a turn: anything may be called */
    void (*closed)(void *arg);
};

struct http_multi {
    uv_loop_t *loop; /* borrowed */
    CURLM *curl;     /* owned; NULL while there is none to call back into */
    uv_timer_t timer, wake;
    unsigned handles; /* not yet closed */
    bool sick;        /* libcurl failed in a call of the owner's */
    TAILQ_HEAD(, http_socket) sockets;
    const struct http_multi_events *events; /* borrowed */
    void *arg;
};

bool http_multi_init(struct http_multi *m, uv_loop_t *loop,
                     const struct http_multi_events *events, void *arg,
                     struct err *e) MUST_USE;
/* Every easy handle was removed. `closed` when the last handle is gone. */
void http_multi_close(struct http_multi *m);

/* False: the handle was not taken; `broken` follows in a turn of its own. */
bool http_multi_add(struct http_multi *m, CURL *easy, struct err *e) MUST_USE;
void http_multi_remove(struct http_multi *m, CURL *easy);
void http_multi_rebuild(struct http_multi *m);

#endif
