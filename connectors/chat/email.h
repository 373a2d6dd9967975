/*
 * Mail: a text and an HTML part to a few addresses, by a mail server of one's own. For
 * digests above all, which leave the company's chat this way: an audience is obligatory.
 */
#ifndef CHAT_EMAIL_H
#define CHAT_EMAIL_H

#include "base/conf_key.h"
#include "connectors/connector.h"

struct email_smtp {
    struct str url, user;
    struct secret password;
};

struct email_conf {
    struct str_list to;
    struct str from;
    struct email_smtp smtp;
    int audience; /* enum visibility */
};

extern const struct chat_ops email_ops;

#endif
