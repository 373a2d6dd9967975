/*
 * The request that carries a chat message: a JSON body to one address, which is a
 * secret, so never redirected. Pure.
 */
#ifndef CHAT_POST_H
#define CHAT_POST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/conf_key.h"
#include "base/err.h"
#include "base/http_msg.h"

/* The key of a channel whose address says where to and lets in: struct `conf`'s `url`. */
#define POST_URL_KEY(conf, about)                                                      \
    {                                                                                  \
        .name = "url", .type = CONF_SECRET, .offset = offsetof(struct conf, url),      \
        .required = true, .live = true, .doc = (about)                                 \
    }

/* `url` is borrowed, the body copied into the arena. False: memory, or the body's limit. */
bool post_json(struct arena *a, struct str url, const struct buf *body,
               struct http_request *ret, struct err *e) MUST_USE;

#endif
