#include "connectors/trackers/github/github_text.h"

#include "base/attr.h"
#include "base/utf8.h"

struct writer {
    char *p;
    size_t n, cap;
};

static void put(struct writer *w, char c)
{
    if (w->n < w->cap) {
        w->p[w->n++] = c;
    }
}

static bool ends_line(const struct writer *w)
{
    return w->n == 0 || w->p[w->n - 1] == '\n';
}

/* A line's end; at most one empty line in a row, none at the start. */
static void put_newline(struct writer *w)
{
    while (w->n > 0 && w->p[w->n - 1] == ' ') {
        w->n--;
    }
    if (w->n > 0 && !(w->n > 1 && w->p[w->n - 1] == '\n' && w->p[w->n - 2] == '\n')) {
        put(w, '\n');
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* The marks of a heading or a quote at the start of a line. */
static struct str skip_line_marks(struct str s)
{
    for (;;) {
        struct str before = s;
        size_t hashes = 0;

        while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '>')) {
            s = str_skip(s, 1);
        }
        while (hashes < s.n && s.p[hashes] == '#') {
            hashes++;
        }
        if (hashes > 0 && hashes <= 6 && hashes < s.n && s.p[hashes] == ' ') {
            s = str_skip(s, hashes + 1);
        }
        if (s.n == before.n) {
            return s;
        }
    }
}

static bool is_fence(struct str s)
{
    return str_has_prefix(s, STR("```")) || str_has_prefix(s, STR("~~~"));
}

static struct str skip_line(struct str s)
{
    ptrdiff_t end = str_chr(s, '\n');

    return end < 0 ? STR_NONE : str_skip(s, (size_t)end + 1);
}

/* A comment or a tag at the start of `s`; 0: neither. */
static size_t html_length(struct str s)
{
    ptrdiff_t end;

    if (str_has_prefix(s, STR("<!--"))) {
        end = str_find(s, STR("-->"));
        return end < 0 ? s.n : (size_t)end + 3;
    }
    if (s.n < 3 || !(is_word(s.p[1]) || s.p[1] == '/')) {
        return 0;
    }
    end = str_chr(str_first(s, 300), '>');
    /* <https://...> is a link, its address is text. */
    if (end < 0 || str_find(str_first(s, (size_t)end), STR("://")) >= 0) {
        return 0;
    }
    return (size_t)end + 1;
}

/* Tags within a line leave no gap; others part what stands before and after. */
static bool is_inline_tag(struct str tag)
{
    static const char *const names[] = {"b",   "i",    "em",  "strong", "code", "a",
                                        "u",   "s",    "del", "ins",    "kbd",  "sub",
                                        "sup", "span", "tt",  "mark"};
    size_t n = 0;

    tag = str_skip(tag, tag.n > 1 && tag.p[1] == '/' ? 2 : 1);
    while (n < tag.n && is_word(tag.p[n])) {
        n++;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eq_nocase(str_first(tag, n), str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* "(target)" after a link's text; 0: it is none. */
static size_t target_length(struct str s)
{
    ptrdiff_t end = s.n > 0 && s.p[0] == '(' ? str_chr(str_first(s, 2000), ')') : -1;

    return end < 0 ? 0 : (size_t)end + 1;
}

static bool is_markup(struct str s, char before)
{
    char after = s.n > 1 ? s.p[1] : ' ';

    switch (s.p[0]) {
    case '*':
        /* A bullet and a sum keep theirs. */
        return after != ' ' || before != ' ';
    case '`':
    case '\r':
        return true;
    case '_':
        return !is_word(before) || !is_word(after);
    case '!':
        return after == '[';
    default:
        return false;
    }
}

/* Writes what `s` starts with; returns how much of it was read. */
static size_t put_inline(struct writer *w, struct str s, unsigned *brackets)
{
    char before = ends_line(w) ? ' ' : w->p[w->n - 1];
    size_t html = s.p[0] == '<' ? html_length(s) : 0;

    if (html > 0) {
        if (before != ' ' && !is_inline_tag(str_first(s, html))) {
            put(w, ' ');
        }
        return html;
    }
    if (str_has_prefix(s, STR("~~"))) {
        return 2;
    }
    if (s.p[0] == '\\' && s.n > 1 && !is_word(s.p[1]) && s.p[1] > ' ') {
        put(w, s.p[1]);
        return 2;
    }
    if (s.p[0] == '[' && str_find(str_first(s, 1000), STR("](")) > 0) {
        ++*brackets;
        return 1;
    }
    if (s.p[0] == ']' && *brackets > 0) {
        size_t target = target_length(str_skip(s, 1));

        if (target > 0) {
            --*brackets;
            return 1 + target;
        }
    }
    if (!is_markup(s, before)) {
        put(w, s.p[0] == '\t' ? ' ' : s.p[0]);
    }
    return 1;
}

bool github_plain_text(struct arena *a, struct str markdown, size_t max,
                       struct str *ret)
{
    struct writer w = {.cap = markdown.n < max + 4 ? markdown.n : max + 4};
    struct str s = markdown;
    unsigned brackets = 0;

    *ret = STR_NONE;
    w.p = arena_alloc(a, w.cap + 1);
    if (w.p == NULL) {
        return false;
    }
    while (s.n > 0 && w.n < w.cap) {
        if (ends_line(&w)) {
            s = skip_line_marks(s);
        }
        if (ends_line(&w) && is_fence(s)) {
            s = skip_line(s);
        } else if (s.n > 0 && s.p[0] == '\n') {
            put_newline(&w);
            s = str_skip(s, 1);
            brackets = 0;
        } else if (s.n > 0) {
            s = str_skip(s, put_inline(&w, s, &brackets));
        }
    }
    *ret = str_trim(utf8_cut((struct str){w.p, w.n}, max));
    return true;
}
