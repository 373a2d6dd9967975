#include "connectors/chat/journal.h"

#include "connectors/chat/words.h"

enum { JOURNAL_MAX = 8000 };

static const struct conf_key journal_keys[] = {{0}};

static bool journal_line(const struct chat_conf *conf, const struct notice *n,
                         struct arena *a, struct str *ret, struct err *e)
{
    struct buf text;
    bool ok;

    (void)conf;
    buf_init(&text, (size_t)1 << 18);
    words_plain(&text, n, false, JOURNAL_MAX);
    ok = buf_check(&text, e);
    if (ok) {
        *ret = arena_str(a, buf_str(&text));
        if (arena_failed(a))
            ok = err_nomem(e);
    }
    buf_finish(&text);
    return ok;
}

const struct chat_ops journal_ops = {
    .name = "journal",
    .keys = journal_keys,
    .line = journal_line,
};
