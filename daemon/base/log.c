#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/utf8.h"

/*
 * A pipe takes up to PIPE_BUF (4096) bytes as one (pipe(7)), so no line is
 * longer. All is on the stack: running out of memory can still be told.
 */
enum { LINE_MAX_ = 4096, TEXT_MAX = 3072 };

static const struct {
    const char *name;     /* log_level_parse */
    const char *priority; /* sd-daemon(3) */
    const char *label;    /* on a terminal, padded */
} LEVELS[] = {
    [LOG_ERROR_] = {"error", "<3>", "error "},
    [LOG_WARN_] = {"warn", "<4>", "warn  "},
    [LOG_INFO_] = {"info", "<6>", "info  "},
    [LOG_DEBUG_] = {"debug", "<7>", "debug "},
};

static atomic_int threshold = LOG_INFO_;
static bool under_journal;

void log_init(enum log_level level, bool journal)
{
    under_journal = journal;
    log_set_level(level);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

bool log_level_parse(struct str s, enum log_level *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(LEVELS); i++) {
        if (str_eqz(s, LEVELS[i].name)) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static void add_prefix(struct buf *line, enum log_level level)
{
    if (under_journal) {
        buf_addz(line, LEVELS[level].priority);
        return;
    }
    date_print_iso(line, clock_wall(clock_system()));
    buf_addc(line, ' ');
    buf_addz(line, LEVELS[level].label);
}

static void write_line(struct str line)
{
    ssize_t n;

    do {
        n = write(STDERR_FILENO, line.p, line.n);
    } while (n < 0 && errno == EINTR);
    /* Where standard error is closed or full there is nobody left to tell. */
}

void log_at(enum log_level level, const char *fmt, ...)
{
    char text[TEXT_MAX];
    char mem[3 * TEXT_MAX + 128]; /* each bad byte becomes three */
    struct buf line;
    int saved = errno;
    va_list ap;

    if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed)) {
        return;
    }
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return;
    }
    bool whole = (size_t)n < sizeof text;
    struct str kept = str_of(text);

    if (!whole) {
        kept = utf8_cut(kept, kept.n - 3); /* the last code point may be cut */
    }
    buf_init_fixed(&line, mem, sizeof mem);
    add_prefix(&line, level);
    utf8_print_safe(&line, kept, SIZE_MAX);
    if (!whole || line.n >= LINE_MAX_) {
        buf_truncate(&line, utf8_cut(buf_str(&line), LINE_MAX_ - 4).n);
        buf_addz(&line, "\xe2\x80\xa6");
    }
    buf_addc(&line, '\n');
    write_line(buf_str(&line));
    errno = saved;
}
