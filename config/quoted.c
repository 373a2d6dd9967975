#include "config/quoted.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

/* Skips blanks and line ends; counts the line ends. */
static size_t skip_breaks(struct str s, size_t *at)
{
    size_t breaks = 0;

    while (*at < s.n && (is_blank(s.p[*at]) || is_break(s.p[*at]))) {
        if (s.p[*at] == '\n' ||
            (s.p[*at] == '\r' && (*at + 1 == s.n || s.p[*at + 1] != '\n'))) {
            breaks++;
        }
        ++*at;
    }
    return breaks;
}

struct str quoted_single(struct arena *a, struct str inside)
{
    char *out = arena_alloc(a, inside.n + 1); /* it only shrinks */
    size_t n = 0, at = 0;

    if (out == NULL) {
        return STR_NONE;
    }
    while (at < inside.n) {
        char c = inside.p[at];

        if (!is_break(c)) {
            out[n++] = c;
            at += c == '\'' ? 2 : 1;
            continue;
        }
        /* Folding: one line end is a space, of several the first one vanishes. */
        while (n > 0 && is_blank(out[n - 1])) {
            n--;
        }
        size_t breaks = skip_breaks(inside, &at);

        if (breaks == 1) {
            out[n++] = ' ';
        }
        for (size_t i = 1; i < breaks; i++) {
            out[n++] = '\n';
        }
    }
    return (struct str){out, n};
}
