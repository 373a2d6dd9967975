#include "ctl/term.h"

#include <stdarg.h>

#include "base/date.h"
#include "base/utf8.h"

enum { PROSE = 100, PROSE_PIPED = 80, LABEL = 15, NARROW = 60, MAX_TEXT = 4000 };

size_t term_prose(const struct term *t)
{
    if (t->columns == 0)
        return PROSE_PIPED;
    return t->columns < PROSE ? t->columns : PROSE;
}

void term_begin(const struct term *t, enum term_style s)
{
    static const char *const codes[] = {
        [TERM_PLAIN] = "",        [TERM_BOLD] = "\033[1m",  [TERM_DIM] = "\033[2m",
        [TERM_GOOD] = "\033[32m", [TERM_WARN] = "\033[33m", [TERM_BAD] = "\033[31m",
    };

    if (t->colour)
        buf_addz(t->out, codes[s]);
}

void term_end(const struct term *t, enum term_style s)
{
    if (t->colour && s != TERM_PLAIN)
        buf_addz(t->out, "\033[0m");
}

struct str term_fit(struct str s, size_t columns, bool *ret_whole)
{
    size_t n = 0, width = 0;

    while (n < s.n) {
        uint32_t cp;
        struct str rest = str_skip(s, n);
        size_t step = utf8_next(rest, &cp);
        size_t w = utf8_width(str_first(rest, step));

        if (width + w > columns)
            break;
        width += w;
        n += step;
    }
    *ret_whole = n == s.n;
    return str_first(s, n);
}

/* ---- paragraphs ---- */

static void spaces(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_addc(out, ' ');
}

/* Breaks at blanks only, except a word longer than the line: then where it ends. */
static void put_words(const struct term *t, size_t first, size_t further,
                      struct str text)
{
    size_t columns = term_prose(t), at = first, start = first;
    struct str word;

    while (str_split(&text, ' ', &word)) {
        size_t w = utf8_width(word);

        if (w == 0)
            continue;
        if (at > start && at + 1 + w > columns) {
            buf_addc(t->out, '\n');
            spaces(t->out, further);
            at = start = further;
        } else if (at > start) {
            buf_addc(t->out, ' ');
            at++;
        }
        buf_add(t->out, word);
        at += w;
    }
    buf_addc(t->out, '\n');
}

/* After `first` columns of the line are taken. */
static void put_safe(const struct term *t, size_t first, size_t further,
                     struct str text)
{
    struct buf safe;

    buf_init(&safe, (size_t)1 << 16);
    utf8_print_safe(&safe, text, MAX_TEXT);
    put_words(t, first, further, buf_str(&safe));
    buf_finish(&safe);
}

void term_wrap(const struct term *t, enum term_style s, size_t first, size_t further,
               struct str text)
{
    spaces(t->out, first);
    term_begin(t, s);
    put_safe(t, first, further, text);
    term_end(t, s);
}

void term_line(const struct term *t, enum term_style s, const char *fmt, ...)
{
    struct buf text;
    va_list ap;

    buf_init(&text, (size_t)1 << 20);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    term_wrap(t, s, 0, 0, buf_str(&text));
    buf_finish(&text);
}

void term_field(const struct term *t, const char *label, struct str text)
{
    size_t n = utf8_width(str_of(label));

    if (text.n == 0)
        return;
    term_begin(t, TERM_BOLD);
    buf_addz(t->out, label);
    term_end(t, TERM_BOLD);
    if (term_prose(t) < NARROW) {
        buf_addc(t->out, '\n');
        term_wrap(t, TERM_PLAIN, 2, 2, text);
        return;
    }
    spaces(t->out, n < LABEL ? LABEL - n : 1);
    put_safe(t, n < LABEL ? LABEL : n + 1, LABEL, text);
}

void term_gap(const struct term *t)
{
    struct str s = buf_str(t->out);

    if (s.n > 0 && !str_has_suffix(s, STR("\n\n")))
        buf_addc(t->out, '\n');
}

/* ---- times ---- */

void term_dur(struct buf *out, struct dur d)
{
    int64_t s = d.ms / 1000;

    if (s < 60)
        buf_printf(out, "%lld s", (long long)(s < 0 ? 0 : s));
    else if (s < 3600)
        buf_printf(out, "%lld min", (long long)(s / 60));
    else if (s < 48 * 3600)
        buf_printf(out, "%lld h", (long long)(s / 3600));
    else
        buf_printf(out, "%lld d", (long long)(s / 86400));
}

void term_ago(const struct term *t, struct buf *out, struct wall when)
{
    int64_t ms = wall_since(t->now, when).ms;

    if (when.ms == 0) {
        buf_addz(out, "never");
    } else if (ms >= 60000) {
        term_dur(out, DUR_MS(ms));
        buf_addz(out, " ago");
    } else if (ms > -1000) {
        buf_addz(out, "just now");
    } else {
        buf_addz(out, "in ");
        term_dur(out, DUR_MS(-ms));
    }
}

void term_at(const struct term *t, struct buf *out, struct wall when)
{
    struct local l;

    if (when.ms == 0) {
        buf_addz(out, "never");
        return;
    }
    l = tz_local(t->tz, when);
    date_print(out, l.date);
    buf_printf(out, " %02d:%02d", l.minute / 60, l.minute % 60);
}

void term_when(const struct term *t, struct buf *out, struct wall when)
{
    term_ago(t, out, when);
    if (when.ms == 0)
        return;
    buf_addz(out, " (");
    term_at(t, out, when);
    buf_addc(out, ')');
}
