/*
 * Slack incoming webhook: Block Kit with a text fallback. Limits kept by
 * construction (docs.slack.dev, Block Kit reference; @slack/types 3.2.0): 50
 * blocks, 3,000 characters a section, 150 a header; and under the unwritten
 * total of about 13,200 characters that ends in msg_blocks_too_long.
 * Only & < > are escaped; `<!channel>` in a title stays text.
 */
#ifndef CHAT_SLACK_H
#define CHAT_SLACK_H

#include "base/conf_key.h"
#include "base/jsonw.h"
#include "connectors/connector.h"

struct slack_conf {
    struct secret url;
};

extern const struct chat_ops slack_ops;

/* `text` and, unless plain, `blocks` of a message: members of the object begun in `w`. */
bool slack_write(struct jsonw *w, const struct notice *n, const struct chat_attempt *at,
                 struct arena *a, struct err *e) MUST_USE;

#endif
