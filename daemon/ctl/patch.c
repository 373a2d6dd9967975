#include "ctl/patch.h"

enum { CONTEXT = 3 };

/* A text's lines, counted; the last may lack its end. */
static size_t count(struct str text)
{
    size_t n = 0;

    for (ptrdiff_t at; text.n > 0; n++) {
        at = str_chr(text, '\n');
        text = str_skip(text, at < 0 ? text.n : (size_t)at + 1);
    }
    return n;
}

/* The line with its end, taken from the front. */
static struct str take(struct str *text)
{
    ptrdiff_t at = str_chr(*text, '\n');
    struct str line = str_first(*text, at < 0 ? text->n : (size_t)at + 1);

    *text = str_skip(*text, line.n);
    return line;
}

static size_t same_at_front(struct str x, struct str y)
{
    size_t n = 0;

    while (x.n > 0 && y.n > 0 && str_eq(take(&x), take(&y))) {
        n++;
    }
    return n;
}

/* Where the last line begins. */
static size_t last_line(struct str text)
{
    size_t at = text.n - 1;

    while (at > 0 && text.p[at - 1] != '\n') {
        at--;
    }
    return at;
}

static size_t same_at_end(struct str x, struct str y, size_t most)
{
    size_t n = 0;

    while (n < most && x.n > 0 && y.n > 0) {
        size_t i = last_line(x), k = last_line(y);

        if (!str_eq(str_skip(x, i), str_skip(y, k))) {
            break;
        }
        x = str_first(x, i);
        y = str_first(y, k);
        n++;
    }
    return n;
}

static void put_lines(struct buf *out, char mark, struct str *text, size_t n)
{
    while (n-- > 0) {
        struct str line = take(text);

        buf_printf(out, "%c%.*s%s", mark, STR_FMT(line),
                   str_has_suffix(line, STR("\n")) ? ""
                                                   : "\n\\ No newline at end of file\n");
    }
}

static void put_range(struct buf *out, char mark, size_t from, size_t n)
{
    buf_printf(out, " %c%zu,%zu", mark, n == 0 ? from : from + 1, n);
}

static void put_hunk(struct buf *out, struct str before, struct str after)
{
    size_t n = count(before), m = count(after);
    size_t front = same_at_front(before, after);
    size_t end = same_at_end(before, after, (n < m ? n : m) - front);
    size_t lead = front < CONTEXT ? front : CONTEXT, tail = end < CONTEXT ? end : CONTEXT;
    size_t from = front - lead;

    buf_addz(out, "@@");
    put_range(out, '-', from, lead + n - front - end + tail);
    put_range(out, '+', from, lead + m - front - end + tail);
    buf_addz(out, " @@\n");
    for (size_t i = 0; i < front; i++) {
        struct str line = take(&before);

        if (i >= from) {
            put_lines(out, ' ', &line, 1);
        }
        (void)take(&after);
    }
    put_lines(out, '-', &before, n - front - end);
    put_lines(out, '+', &after, m - front - end);
    put_lines(out, ' ', &after, tail);
}

void patch_write(struct buf *out, struct str name, struct str before, struct str after)
{
    if (str_eq(before, after)) {
        return;
    }
    if (before.p == NULL) {
        buf_addz(out, "--- /dev/null\n");
    } else {
        buf_printf(out, "--- a/%.*s\n", STR_FMT(name));
    }
    buf_printf(out, "+++ b/%.*s\n", STR_FMT(name));
    put_hunk(out, before, after);
}
