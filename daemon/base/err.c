#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

/*
 * Messages are composed in a scratch that is longer by one code point than
 * what is kept, so that the cut sees whole code points. It also allows an
 * argument to point into the message that is being replaced.
 */
enum { MSG_MAX = sizeof(((struct err *)0)->msg) - 1, SCRATCH = MSG_MAX + 5 };

static void keep(struct err *e, const char *scratch)
{
    struct str kept = utf8_cut(str_of(scratch), MSG_MAX);

    memcpy(e->msg, kept.p, kept.n);
    e->msg[kept.n] = '\0';
}

bool err_set_at(struct err *e, enum err_kind kind, enum err_retry retry,
                const char *src, int line, const char *fmt, ...)
{
    char scratch[SCRATCH] = "";
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(scratch, sizeof scratch, fmt, ap) < 0) {
        scratch[0] = '\0';
    }
    va_end(ap);
    *e = (struct err){.kind = kind, .retry = retry, .src = src, .src_line = line};
    keep(e, scratch);
    return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
    char scratch[SCRATCH] = "";
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(scratch, sizeof scratch, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return false; /* what the origin said is still worth more than nothing */
    }
    if ((size_t)n < sizeof scratch && e->msg[0] != '\0') {
        (void)snprintf(scratch + n, sizeof scratch - (size_t)n, "%s%s",
                       n > 0 ? ": " : "", e->msg);
    }
    keep(e, scratch);
    return false;
}

bool err_after(struct err *e, struct dur after)
{
    e->retry = ERR_TRY_AFTER;
    e->after = after;
    return false;
}

void err_clear(struct err *e)
{
    *e = (struct err){.kind = ERR_NONE};
}

const char *err_kind_name(enum err_kind kind)
{
    static const char *const names[] = {
#define X(e, name) [e] = (name),
        ERR_KINDS(X)
#undef X
    };

    return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}
