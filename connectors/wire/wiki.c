#include "connectors/wire/wiki.h"

#include "connectors/wire/plain.h"

/* How far a closing mark is looked for, and how deep marks nest. */
enum { REACH = 1000, MAX_NESTING = 8 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* ---- inline marks: each reader returns the bytes it took, 0 for "not one" ---- */

static void add_inline(struct plain *p, struct str s, unsigned depth);

/* \* is a star, \\ a line break. */
static size_t read_escape(struct plain *p, struct str s)
{
    if (s.n < 2 || s.p[0] != '\\') {
        return 0;
    }
    if (s.p[1] == '\\') {
        plain_newline(p);
        return 2;
    }
    if (is_word(s.p[1]) || is_blank(s.p[1])) {
        return 0;
    }
    plain_text(p, str_first(str_skip(s, 1), 1));
    return 2;
}

static bool is_address(struct str s)
{
    return str_find(s, STR("://")) >= 0 || str_has_prefix(s, STR("mailto:"));
}

/* [text|address], [address], [~user], [^attachment], [#anchor] */
static size_t read_link(struct plain *p, struct str s, unsigned depth)
{
    ptrdiff_t end = str_chr(str_first(s, REACH), ']');

    if (s.p[0] != '[' || end < 2) {
        return 0;
    }
    struct str inside = {s.p + 1, (size_t)end - 1};
    struct str rest = inside;
    struct str text;

    (void)str_split(&rest, '|', &text);
    if (text.n < inside.n && text.n > 0) {
        add_inline(p, text, depth + 1);
    } else if (str_has_prefix(inside, STR("~accountid:"))) {
        plain_text(p, STR("@"));
        plain_text(p, str_skip(inside, 11));
    } else if (inside.p[0] == '~') {
        plain_text(p, STR("@"));
        plain_text(p, str_skip(inside, 1));
    } else if (inside.p[0] == '^' || inside.p[0] == '#') {
        plain_text(p, str_skip(inside, 1));
    } else if (is_address(inside)) {
        plain_text(p, inside);
    } else {
        return 0;
    }
    return (size_t)end + 1;
}

/* !picture.png! and !picture.png|width=300! say nothing to a reader of text. */
static size_t read_image(struct str s)
{
    if (s.p[0] != '!' || s.n < 3 || is_blank(s.p[1])) {
        return 0;
    }
    struct str tail = str_first(str_skip(s, 1), 255);
    ptrdiff_t end = str_chr(tail, '!');
    ptrdiff_t dot = str_chr(tail, '.');

    return end > 0 && dot > 0 && dot < end ? (size_t)end + 2 : 0;
}

static size_t read_monospaced(struct plain *p, struct str s)
{
    if (!str_has_prefix(s, STR("{{"))) {
        return 0;
    }
    ptrdiff_t end = str_find(str_first(s, REACH), STR("}}"));

    if (end < 3) {
        return 0;
    }
    plain_text(p, str_first(str_skip(s, 2), (size_t)end - 2));
    return (size_t)end + 2;
}

/* Macros that only dress what they enclose. */
static size_t read_macro(struct plain *p, struct str s)
{
    static const char *const dress[] = {"color",   "panel",  "info",    "note",  "tip",
                                        "warning", "anchor", "section", "column"};
    ptrdiff_t end = str_chr(str_first(s, REACH), '}');

    if (s.p[0] != '{' || end < 2) {
        return 0;
    }
    struct str arguments = {s.p + 1, (size_t)end - 1};
    struct str name;

    (void)str_split(&arguments, ':', &name);
    for (size_t i = 0; i < ARRAY_LEN(dress); i++) {
        if (!str_eq_nocase(name, str_of(dress[i]))) {
            continue;
        }
        struct str part;

        while (str_split(&arguments, '|', &part)) {
            if (str_has_prefix(part, STR("title="))) {
                plain_text(p, str_skip(part, 6));
                plain_newline(p);
            }
        }
        return (size_t)end + 1;
    }
    return 0;
}

/*
 * *strong* _emphasis_ +inserted+ ^super^ ~sub~: both marks stand at the edge of
 * a word, outside it. Dashes (-deleted-) are left alone: most are dashes.
 */
static size_t read_emphasis(struct plain *p, struct str s, char before, unsigned depth)
{
    char mark = s.p[0];

    if (str_chr(STR("*_+^~"), mark) < 0 || is_word(before) || s.n < 3 ||
        is_blank(s.p[1]) || s.p[1] == mark || depth >= MAX_NESTING) {
        return 0;
    }
    size_t reach = s.n < REACH ? s.n : REACH;

    for (size_t i = 2; i < reach; i++) {
        bool edge = i + 1 == s.n || !is_word(s.p[i + 1]);

        if (s.p[i] == mark && edge && !is_blank(s.p[i - 1])) {
            add_inline(p, (struct str){s.p + 1, i - 1}, depth + 1);
            return i + 1;
        }
    }
    return 0;
}

static size_t read_mark(struct plain *p, struct str s, char before, unsigned depth)
{
    size_t n = read_escape(p, s);

    n = n > 0 ? n : read_link(p, s, depth);
    n = n > 0 ? n : read_image(s);
    n = n > 0 ? n : read_monospaced(p, s);
    n = n > 0 ? n : read_macro(p, s);
    return n > 0 ? n : read_emphasis(p, s, before, depth);
}

/* `s` is within one line. */
static void add_inline(struct plain *p, struct str s, unsigned depth)
{
    char before = ' ';

    while (s.n > 0 && !p->full) {
        bool special = str_chr(STR("\\[!{*_+^~"), s.p[0]) >= 0;
        size_t n = special && depth <= MAX_NESTING ? read_mark(p, s, before, depth) : 0;

        if (n == 0) {
            n = 1;
            while (n < s.n && str_chr(STR("\\[!{*_+^~"), s.p[n]) < 0) {
                n++;
            }
            plain_text(p, str_first(s, n));
        }
        before = s.p[n - 1];
        s = str_skip(s, n);
    }
}

/* ---- lines ---- */

/* Up to the next '|' that is not inside a link. */
static struct str take_cell(struct str *rest)
{
    size_t n = 0;

    while (n < rest->n && rest->p[n] != '|') {
        ptrdiff_t end =
            rest->p[n] == '[' ? str_chr(str_first(str_skip(*rest, n), REACH), ']') : -1;

        n += end > 0 ? (size_t)end + 1 : 1;
    }
    struct str cell = str_first(*rest, n);

    *rest = str_skip(*rest, n + 1);
    return str_trim(cell);
}

/* |cell|cell| and ||heading||heading|| as "cell | cell". */
static void add_row(struct plain *p, struct str line)
{
    bool first = true;

    while (line.n > 0) {
        struct str cell = take_cell(&line);

        if (cell.n == 0) {
            continue;
        }
        if (!first) {
            plain_text(p, STR(" | "));
        }
        first = false;
        add_inline(p, cell, 0);
    }
    plain_newline(p);
}

/* "* ", "## ", "- ": how many bytes the bullet takes, 0 for none. */
static size_t bullet_len(struct str line)
{
    size_t n = 0;

    while (n < line.n && str_chr(STR("*#-"), line.p[n]) >= 0) {
        n++;
    }
    return n > 0 && n < 8 && n < line.n && line.p[n] == ' ' ? n + 1 : 0;
}

static void add_line(struct plain *p, struct str line)
{
    struct str t = str_trim(line);
    size_t bullet = bullet_len(t);

    if (t.n > 0 && t.p[0] == '|') {
        add_row(p, t);
        return;
    }
    if (t.n > 4 && t.p[0] == 'h' && t.p[1] >= '1' && t.p[1] <= '6' &&
        str_has_prefix(str_skip(t, 2), STR(". "))) {
        t = str_skip(t, 4);
    } else if (str_has_prefix(t, STR("bq. "))) {
        plain_break(p);
        p->quotes++;
        add_inline(p, str_skip(t, 4), 0);
        plain_newline(p);
        p->quotes--;
        return;
    } else if (bullet > 0) {
        plain_bullet(p, "- ");
        t = str_skip(t, bullet);
    }
    add_inline(p, t, 0);
    plain_newline(p);
}

/* ---- blocks ---- */

enum block { BLOCK_CODE, BLOCK_NOFORMAT, BLOCK_QUOTE, BLOCKS };

static const struct {
    struct str open, close;
} blocks[BLOCKS] = {
    [BLOCK_CODE] = {{"{code", 5}, {"{code}", 6}},
    [BLOCK_NOFORMAT] = {{"{noformat", 9}, {"{noformat}", 10}},
    [BLOCK_QUOTE] = {{"{quote", 6}, {"{quote}", 7}},
};

struct wiki {
    struct plain *p;       /* borrowed */
    struct str rest;       /* the markup not read yet */
    bool quoting;          /* between {quote} and {quote} */
    bool unclosed[BLOCKS]; /* looked for, and not in the rest: not looked for again */
};

/* {code}, {code:java}, {noformat}, {quote}: the length of the tag, 0 for none. */
static size_t block_tag(struct str s, enum block *ret)
{
    for (enum block b = 0; b < BLOCKS; b++) {
        if (!str_has_prefix(s, blocks[b].open) || s.n == blocks[b].open.n) {
            continue;
        }
        char after = s.p[blocks[b].open.n];
        ptrdiff_t end = str_chr(str_first(s, REACH), '}');

        if (end > 0 && (after == '}' || after == ':')) {
            *ret = b;
            return (size_t)end + 1;
        }
    }
    return 0;
}

/* Where in `body` the closing tag stands; -1: nowhere. */
static ptrdiff_t find_close(struct wiki *w, enum block b, struct str body)
{
    if (w->unclosed[b]) {
        return -1;
    }
    ptrdiff_t at = str_find(body, blocks[b].close);

    w->unclosed[b] = at < 0;
    return at;
}

/* What stands behind a tag is a line of its own only when it says something. */
static struct str skip_line_end(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != '\n' && is_blank(s.p[n])) {
        n++;
    }
    return n < s.n && s.p[n] == '\n' ? str_skip(s, n + 1) : s;
}

static bool closes_quote(const struct wiki *w, enum block b)
{
    return b == BLOCK_QUOTE && w->quoting;
}

/* `body` follows the opening tag, its end is `close` bytes on. */
static void add_block(struct wiki *w, enum block b, struct str body, size_t close)
{
    if (b == BLOCK_QUOTE) {
        plain_break(w->p);
        w->p->quotes += w->quoting ? -1U : 1U;
        w->quoting = !w->quoting;
        w->rest = skip_line_end(body);
        return;
    }
    plain_fence(w->p, true);
    plain_text(w->p, skip_line_end(str_first(body, close)));
    plain_fence(w->p, false);
    w->rest = skip_line_end(str_skip(body, close + blocks[b].close.n));
}

/* Reads up to the next block or the end of the line. */
static void read_line(struct wiki *w)
{
    struct str s = w->rest;
    size_t n = 0;

    while (n < s.n && s.p[n] != '\n') {
        enum block b = BLOCKS;
        size_t tag = s.p[n] == '{' ? block_tag(str_skip(s, n), &b) : 0;

        if (s.p[n] == '\\' && n + 1 < s.n && s.p[n + 1] != '\n') {
            n += 2;
            continue;
        }
        if (tag == 0) {
            n++;
            continue;
        }
        struct str body = str_skip(s, n + tag);
        ptrdiff_t close = closes_quote(w, b) ? 0 : find_close(w, b, body);

        if (close < 0) {
            n += tag; /* an opening tag without an end is text */
            continue;
        }
        if (str_trim(str_first(s, n)).n > 0) {
            add_line(w->p, str_first(s, n));
        }
        add_block(w, b, body, (size_t)close);
        return;
    }
    add_line(w->p, str_first(s, n));
    w->rest = str_skip(s, n + 1);
}

void wiki_to_text(struct str markup, size_t max, struct buf *out)
{
    struct plain p;
    struct wiki w = {.p = &p, .rest = markup};

    plain_init(&p, out, max);
    while (w.rest.n > 0 && !p.full) {
        read_line(&w);
    }
}
