#include "connectors/chat/html.h"

#include "connectors/chat/layout.h"

void html_escape(struct buf *out, struct str safe)
{
    for (size_t i = 0; i < safe.n; i++) {
        switch (safe.p[i]) {
        case '&':
            buf_addz(out, "&amp;");
            break;
        case '<':
            buf_addz(out, "&lt;");
            break;
        case '>':
            buf_addz(out, "&gt;");
            break;
        case '"':
            buf_addz(out, "&quot;");
            break;
        default:
            buf_addc(out, safe.p[i]);
        }
    }
}

void html_link(struct buf *out, struct str url, struct str label)
{
    struct buf plain;

    buf_init(&plain, 3 * url.n + 16);
    layout_url(&plain, url, "<>\"'`");
    buf_addz(out, "<a href=\"");
    html_escape(out, buf_str(&plain));
    buf_addz(out, "\">");
    html_escape(out, label);
    buf_addz(out, "</a>");
    buf_finish(&plain);
}
