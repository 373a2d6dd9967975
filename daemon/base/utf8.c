#include "base/utf8.h"

enum { REPLACEMENT = 0xfffd };
static const char ELLIPSIS[] = "\xe2\x80\xa6";

/*
 * The length that a first byte announces (RFC 3629 section 4), or 0, and the
 * range of the second byte, which is what excludes overlong forms, surrogates
 * and all above U+10FFFF.
 */
static size_t announced(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *low = first == 0xe0 ? 0xa0 : 0x80;
        *high = first == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *low = first == 0xf0 ? 0x90 : 0x80;
        *high = first == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return 0;
}

/* Length of the well-formed sequence at the front of `s`, or 0. */
static size_t sequence(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    unsigned char low;
    unsigned char high;

    if (p[0] < 0x80) {
        return 1;
    }
    size_t n = announced(p[0], &low, &high);

    if (n == 0 || s.n < n || p[1] < low || p[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

bool utf8_valid(struct str s, size_t *ret_at)
{
    struct str rest = s;

    while (rest.n > 0) {
        size_t n = sequence(rest);

        if (n == 0) {
            *ret_at = s.n - rest.n;
            return false;
        }
        rest = str_skip(rest, n);
    }
    return true;
}

size_t utf8_next(struct str s, uint32_t *ret_cp)
{
    size_t n = sequence(s);
    unsigned char first = (unsigned char)s.p[0];

    if (n == 0) {
        *ret_cp = REPLACEMENT;
        return 1;
    }
    uint32_t cp = n == 1 ? first : first & (0x7fU >> n);

    for (size_t i = 1; i < n; i++) {
        cp = cp << 6 | ((unsigned char)s.p[i] & 0x3fU);
    }
    *ret_cp = cp;
    return n;
}

struct str utf8_cut(struct str s, size_t max)
{
    if (s.n <= max) {
        return s;
    }
    for (size_t back = 1; back <= 3 && back <= max; back++) {
        if (sequence(str_skip(s, max - back)) > back) {
            return str_first(s, max - back);
        }
    }
    return str_first(s, max);
}

size_t utf8_count(struct str s)
{
    size_t count = 0;
    uint32_t cp;

    while (s.n > 0) {
        s = str_skip(s, utf8_next(s, &cp));
        count++;
    }
    return count;
}

struct range {
    uint32_t from, to;
};

static bool in_ranges(uint32_t cp, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cp >= ranges[i].from && cp <= ranges[i].to) {
            return true;
        }
    }
    return false;
}

bool utf8_hostile(uint32_t cp)
{
    /* Sorted. 200C and 200D (ZWNJ, ZWJ) shape text and emoji: they stay. */
    static const struct range hostile[] = {
        {0x0000, 0x001f},   /* C0 */
        {0x007f, 0x009f},   /* DEL, C1 */
        {0x00ad, 0x00ad},   /* soft hyphen: seen only where a line breaks */
        {0x034f, 0x034f},   /* combining grapheme joiner */
        {0x061c, 0x061c},   /* Arabic letter mark */
        {0x180e, 0x180e},   /* Mongolian vowel separator */
        {0x200b, 0x200b},   /* zero width space */
        {0x200e, 0x200f},   /* left-to-right, right-to-left mark */
        {0x2028, 0x202e},   /* separators, embeddings and overrides */
        {0x2060, 0x206f},   /* word joiner, invisible operators, isolates */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* interlinear annotation */
        {0xe0000, 0xe007f}, /* tags: a copy of ASCII that nobody sees */
    };

    if (cp >= 0x20 && cp < 0x7f) {
        return false;
    }
    return in_ranges(cp, hostile, ARRAY_LEN(hostile));
}

/* What separates words; a line end becomes a space before it counts as hostile. */
static bool is_blank(uint32_t cp)
{
    static const struct range blank[] = {
        {0x0009, 0x000d}, {0x0020, 0x0020}, {0x0085, 0x0085}, {0x00a0, 0x00a0},
        {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
        {0x205f, 0x205f}, {0x3000, 0x3000},
    };

    if (cp > 0x20 && cp < 0x7f) {
        return false;
    }
    return in_ranges(cp, blank, ARRAY_LEN(blank));
}

static void print(struct buf *out, struct str s, size_t max_cp, bool all_blanks)
{
    bool after_blank = false;
    size_t count = 0;
    uint32_t cp;

    while (s.n > 0 && buf_ok(out)) {
        s = str_skip(s, utf8_next(s, &cp));
        bool blank = is_blank(cp);

        if (blank ? after_blank : utf8_hostile(cp)) {
            continue;
        }
        if (count == max_cp) {
            buf_addz(out, ELLIPSIS);
            return;
        }
        after_blank = blank && !all_blanks;
        buf_add_utf8(out, blank ? ' ' : cp);
        count++;
    }
}

void utf8_print_safe(struct buf *out, struct str s, size_t max_cp)
{
    print(out, s, max_cp, false);
}

void utf8_print_fixed(struct buf *out, struct str s, size_t max_cp)
{
    print(out, s, max_cp, true);
}
