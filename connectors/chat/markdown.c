#include "connectors/chat/markdown.h"

#include <string.h>

#include "connectors/chat/layout.h"

void markdown_escape(struct buf *out, struct str safe, const char *signs)
{
    for (size_t i = 0; i < safe.n; i++) {
        if (safe.p[i] != '\0' && strchr(signs, safe.p[i]) != NULL)
            buf_addc(out, '\\');
        buf_addc(out, safe.p[i]);
    }
}

void markdown_link(struct buf *out, struct str url, struct str label,
                   void (*escape)(struct buf *out, struct str safe))
{
    buf_addc(out, '[');
    escape(out, label);
    buf_addz(out, "](");
    layout_url(out, url, "(){}<>[]\\\"'`*_|~@");
    buf_addc(out, ')');
}

void markdown_fixed(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++)
        buf_addc(out, safe.p[i] == '`' ? '\'' : safe.p[i]);
}

void markdown_code(struct buf *out, struct str safe)
{
    if (safe.n == 0)
        return;
    buf_addc(out, '`');
    markdown_fixed(out, safe);
    buf_addc(out, '`');
}
