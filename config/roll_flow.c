#include "config/roll_flow.h"

#include <stdbool.h>

enum { DEEPEST = 8 };

/* What is open: mappings that began as items, and lists behind their keys. */
struct flow {
    struct buf *out;
    struct {
        size_t column;
        char end;
    } open[DEEPEST];
    size_t n;
};

static void spaces(struct buf *out, size_t n)
{
    while (n-- > 0) {
        buf_addc(out, ' ');
    }
}

static void push(struct flow *f, size_t column, char end)
{
    if (f->n == DEEPEST) {
        buf_fail(f->out); /* what is drafted is four deep */
        return;
    }
    f->open[f->n].column = column;
    f->open[f->n++].end = end;
}

/* A line at the column ends all that began there or further in. */
static void close_from(struct flow *f, size_t column)
{
    while (f->n > 0 && f->open[f->n - 1].column >= column) {
        f->n--;
        spaces(f->out, f->open[f->n].column);
        buf_printf(f->out, "%c,\n", f->open[f->n].end);
    }
}

/* "- id: x" or, whole, "- { title: y }". */
static void put_item(struct flow *f, size_t column, struct str item)
{
    bool whole = str_has_prefix(item, STR("{"));

    spaces(f->out, column);
    buf_printf(f->out, "%s%.*s,\n", whole ? "" : "{ ", STR_FMT(item));
    if (!whole) {
        push(f, column, '}');
    }
}

/* "key: value", or "key:" of a list. */
static void put_member(struct flow *f, size_t column, struct str member)
{
    bool list = str_has_suffix(member, STR(":"));

    spaces(f->out, column);
    buf_printf(f->out, "%.*s%s\n", STR_FMT(member), list ? " [" : ",");
    if (list) {
        push(f, column, ']');
    }
}

void roll_flow(struct str draft, struct buf *out)
{
    struct flow f = {.out = out};
    struct str line;

    while (str_split(&draft, '\n', &line)) {
        struct str content = str_trim(line);
        size_t column = (size_t)(content.p - line.p);

        if (content.n == 0) {
            continue;
        }
        if (content.p[0] == '#') {
            buf_printf(out, "%.*s\n", STR_FMT(line));
            continue;
        }
        close_from(&f, column);
        if (str_has_prefix(content, STR("- "))) {
            put_item(&f, column, str_skip(content, 2));
        } else {
            put_member(&f, column, content);
        }
    }
    close_from(&f, 0);
}
