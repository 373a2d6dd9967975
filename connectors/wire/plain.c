#include "connectors/wire/plain.h"

#include "base/utf8.h"

void plain_init(struct plain *p, struct buf *out, size_t max)
{
    size_t room = out->ceiling - out->n;

    *p = (struct plain){.out = out, .end = out->n + (max < room ? max : room)};
}

static void append(struct plain *p, struct str s)
{
    if (p->full) {
        return;
    }
    size_t room = p->end - p->out->n;

    if (s.n > room) {
        s = utf8_cut(s, room);
        p->full = true;
    }
    buf_add(p->out, s);
}

/* What starts like a fence inside a fence would end it. */
static struct str defuse(struct plain *p, struct str line)
{
    struct str t = str_trim(line);

    if (!p->fenced ||
        (!str_has_prefix(t, STR("```")) && !str_has_prefix(t, STR("~~~")))) {
        return line;
    }
    append(p, STR("'''"));
    return str_skip(t, 3);
}

static void add_to_line(struct plain *p, struct str s)
{
    if (s.n == 0) {
        return;
    }
    if (!p->open) {
        for (unsigned i = 0; i < p->quotes; i++) {
            append(p, STR("> "));
        }
        s = defuse(p, s);
        p->open = true;
    }
    p->bare = false;
    append(p, s);
}

void plain_text(struct plain *p, struct str s)
{
    for (;;) {
        ptrdiff_t at = str_chr(s, '\n');
        struct str line = at < 0 ? s : str_first(s, (size_t)at);

        if (at >= 0 && line.n > 0 && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        add_to_line(p, line);
        if (at < 0) {
            return;
        }
        plain_newline(p);
        s = str_skip(s, (size_t)at + 1);
    }
}

void plain_textz(struct plain *p, const char *z)
{
    plain_text(p, str_of(z));
}

void plain_newline(struct plain *p)
{
    append(p, p->flat > 0 ? STR(" ") : STR("\n"));
    p->open = p->flat > 0 && p->open;
    p->bare = p->open; /* one blank is enough */
}

void plain_break(struct plain *p)
{
    if (p->open && !p->bare) {
        plain_newline(p);
    }
}

void plain_bullet(struct plain *p, const char *bullet)
{
    plain_end_item(p);
    plain_textz(p, bullet);
    p->bare = true;
}

void plain_end_item(struct plain *p)
{
    if (p->open) {
        plain_newline(p);
    }
}

void plain_fence(struct plain *p, bool on)
{
    plain_end_item(p);
    p->fenced = false;
    if (p->flat == 0) {
        plain_text(p, STR("```\n"));
        p->fenced = on;
    }
}
