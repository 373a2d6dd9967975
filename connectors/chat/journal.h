/*
 * The journal: a message as lines of the daemon's own log. For trying things
 * out, and the channel when none is configured. It has no network and cannot
 * fail.
 */
#ifndef CHAT_JOURNAL_H
#define CHAT_JOURNAL_H

#include "connectors/connector.h"

extern const struct chat_ops journal_ops;

#endif
