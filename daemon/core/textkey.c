#include "core/textkey.h"

#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"

/* NFKC_Casefold of UAX #44: default ignorable code points (ZWSP, soft hyphen,
   variation selectors) vanish, since nobody sees them. */
static const utf8proc_option_t fold_options =
    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                        UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);

static bool is_ascii(struct str s)
{
    uint64_t high = 0;
    size_t i = 0;

    for (; i + sizeof high <= s.n; i += sizeof high) {
        uint64_t v;

        memcpy(&v, s.p + i, sizeof v);
        high |= v;
    }
    for (; i < s.n; i++) {
        high |= (unsigned char)s.p[i];
    }
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

static bool is_blank(uint32_t cp)
{
    if (cp < 0x80) {
        return cp == ' ' || (cp >= '\t' && cp <= '\r');
    }
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return cp == 0x85 || c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL ||
           c == UTF8PROC_CATEGORY_ZP;
}

/* Appends with runs of blanks as one space; *gap: a blank came last. */
static void add_words(struct buf *out, struct str s, bool *gap)
{
    while (s.n > 0) {
        uint32_t cp;
        size_t n = utf8_next(s, &cp);

        if (is_blank(cp)) {
            *gap = true;
        } else {
            if (*gap && out->n > 0) {
                buf_addc(out, ' ');
            }
            *gap = false;
            buf_add(out, str_first(s, n));
        }
        s = str_skip(s, n);
    }
}

/* At most `cap` bytes into `out`, of which s.n are always enough. False: more. */
static bool fold_ascii(char *out, size_t cap, struct str s, struct str *ret)
{
    bool gap = false;
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            gap = n > 0;
            continue;
        }
        if (n + gap >= cap) {
            return false;
        }
        if (gap) {
            out[n++] = ' ';
        }
        gap = false;
        out[n++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    *ret = (struct str){out, n};
    return true;
}

/* The valid bytes at the start, or one bad byte (*ret_valid false). */
static struct str next_run(struct str s, bool *ret_valid)
{
    size_t bad;

    if (utf8_valid(s, &bad)) {
        bad = s.n;
    }
    *ret_valid = bad > 0;
    return str_first(s, bad > 0 ? bad : 1);
}

static size_t decomposed_length(struct str run)
{
    utf8proc_ssize_t n =
        utf8proc_decompose((const utf8proc_uint8_t *)run.p, (utf8proc_ssize_t)run.n,
                           NULL, 0, fold_options);

    return n > 0 ? (size_t)n : 0;
}

/*
 * `cps` has room for `cap` code points and one more (utf8proc_reencode wants a
 * byte beyond). False: a run does not fit.
 */
static bool fold(struct buf *out, struct str s, utf8proc_int32_t *cps, size_t cap)
{
    bool gap = false;

    while (s.n > 0) {
        bool valid;
        struct str run = next_run(s, &valid);

        s = str_skip(s, run.n);
        if (!valid) {
            add_words(out, run, &gap);
            continue;
        }
        utf8proc_ssize_t n =
            utf8proc_decompose((const utf8proc_uint8_t *)run.p, (utf8proc_ssize_t)run.n,
                               cps, (utf8proc_ssize_t)cap, fold_options);

        if (n < 0 || (size_t)n > cap) {
            return false;
        }
        n = utf8proc_reencode(cps, n, fold_options);
        add_words(out, (struct str){(const char *)cps, n > 0 ? (size_t)n : 0}, &gap);
    }
    return buf_ok(out);
}

static struct str key_any(struct arena *a, struct str s)
{
    size_t longest = 0;
    size_t size = 1;

    for (struct str rest = s; rest.n > 0;) {
        bool valid;
        struct str run = next_run(rest, &valid);
        size_t n = valid ? decomposed_length(run) : 1;

        longest = n > longest ? n : longest;
        size += n * 4 + 1; /* a code point is at most 4 bytes; and a space */
        rest = str_skip(rest, run.n);
    }
    utf8proc_int32_t *cps = arena_array(a, longest + 1, sizeof *cps);
    char *mem = arena_alloc(a, size);
    struct buf out;

    if (cps == NULL || mem == NULL) {
        return STR_NONE;
    }
    buf_init_fixed(&out, mem, size);
    return fold(&out, s, cps, longest) ? buf_str(&out) : STR_NONE;
}

struct str text_key(struct arena *a, struct str s)
{
    if (!is_ascii(s)) {
        return key_any(a, s);
    }
    char *mem = arena_alloc(a, s.n + 1);
    struct str key = STR_NONE;

    return mem != NULL && fold_ascii(mem, s.n, s, &key) ? key : STR_NONE;
}

/* Apart, for few need so much of the stack. */
static bool key_id_any(char mem[TEXT_KEY_ID], struct str s, struct str *ret)
{
    utf8proc_int32_t cps[TEXT_KEY_ID + 1];
    struct buf out;

    buf_init_fixed(&out, mem, TEXT_KEY_ID);
    if (!fold(&out, s, cps, TEXT_KEY_ID)) {
        return false;
    }
    *ret = buf_str(&out);
    return true;
}

bool text_key_id(char mem[TEXT_KEY_ID], struct str s, struct str *ret)
{
    return is_ascii(s) ? fold_ascii(mem, TEXT_KEY_ID - 1, s, ret)
                       : key_id_any(mem, s, ret);
}

bool text_key_eq(struct arena *a, struct str x, struct str y)
{
    struct str kx = text_key(a, x);
    struct str ky = text_key(a, y);

    return !arena_failed(a) && str_eq(kx, ky);
}

/* The bytes of `s` that `part` (no '*') covers at its start; -1: it does not. */
static ptrdiff_t part_at_start(struct str part, struct str s)
{
    size_t at = 0;

    for (size_t i = 0; i < part.n; i++) {
        if (at == s.n) {
            return -1;
        }
        if (part.p[i] == '?') {
            uint32_t cp;

            at += utf8_next(str_skip(s, at), &cp);
        } else if (part.p[i] == s.p[at]) {
            at++;
        } else {
            return -1;
        }
    }
    return (ptrdiff_t)at;
}

/* Takes `s` up to the end of the first place where `part` stands. */
static bool part_skip(struct str part, struct str *s)
{
    if (str_chr(part, '?') < 0) {
        const char *p = s->n > 0 ? memmem(s->p, s->n, part.p, part.n) : NULL;

        if (p == NULL) {
            return false;
        }
        *s = str_skip(*s, (size_t)(p - s->p) + part.n);
        return true;
    }
    for (struct str at = *s; at.n > 0;) {
        ptrdiff_t n = part_at_start(part, at);
        uint32_t cp;

        if (n >= 0) {
            *s = str_skip(at, (size_t)n);
            return true;
        }
        at = str_skip(at, utf8_next(at, &cp));
    }
    return false;
}

/* Bytes of the last code point; a bad byte is one. s.n > 0. */
static size_t last_cp(struct str s, uint32_t *ret_cp)
{
    struct str last = str_skip(s, s.n - 1);

    for (size_t n = 2; n <= 4 && n <= s.n && (unsigned char)last.p[0] >= 0x80; n++) {
        if (utf8_next(str_skip(s, s.n - n), ret_cp) == n) {
            return n;
        }
    }
    return utf8_next(last, ret_cp);
}

/* Whether `part` (no '*') covers the end of `s`. */
static bool part_at_end(struct str part, struct str s)
{
    size_t from = s.n;

    for (size_t i = part.n; i > 0; i--) {
        if (from == 0) {
            return false;
        }
        from--;
        if (part.p[i - 1] != '?') {
            if (part.p[i - 1] != s.p[from]) {
                return false;
            }
            continue;
        }
        uint32_t cp;

        from -= last_cp(str_first(s, from + 1), &cp) - 1;
    }
    return true;
}

bool text_glob(struct str pattern, struct str s)
{
    ptrdiff_t star = str_chr(pattern, '*');

    if (star < 0) {
        return part_at_start(pattern, s) == (ptrdiff_t)s.n;
    }
    struct str part = str_first(pattern, (size_t)star);
    ptrdiff_t n = part_at_start(part, s);

    if (n < 0) {
        return false;
    }
    s = str_skip(s, (size_t)n);
    pattern = str_skip(pattern, (size_t)star + 1);
    /* Every part between two stars may take the first place it finds. */
    while ((star = str_chr(pattern, '*')) >= 0) {
        part = str_first(pattern, (size_t)star);
        if (part.n > 0 && !part_skip(part, &s)) {
            return false;
        }
        pattern = str_skip(pattern, (size_t)star + 1);
    }
    return part_at_end(pattern, s);
}

static bool is_word(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO;
}

static bool word_starts(struct str s)
{
    uint32_t cp;

    if (s.n == 0) {
        return false;
    }
    (void)utf8_next(s, &cp);
    return is_word(cp);
}

static bool word_ends(struct str s)
{
    uint32_t cp;

    if (s.n == 0) {
        return false;
    }
    (void)last_cp(s, &cp);
    return is_word(cp);
}

bool text_has_phrase(struct str s, struct str phrase)
{
    struct str rest = s;

    if (phrase.n == 0) {
        return false;
    }
    while (rest.n >= phrase.n) {
        const char *p = memmem(rest.p, rest.n, phrase.p, phrase.n);

        if (p == NULL) {
            return false;
        }
        struct str before = {s.p, (size_t)(p - s.p)};
        struct str after = str_skip(s, before.n + phrase.n);

        if (!word_ends(before) && !word_starts(after)) {
            return true;
        }
        rest = str_skip(s, before.n + 1);
    }
    return false;
}

unsigned text_distance(struct str a, struct str b, unsigned limit)
{
    unsigned row[TEXT_DISTANCE_MAX + 1];

    while (a.n > 0 && b.n > 0 && a.p[0] == b.p[0]) {
        a = str_skip(a, 1);
        b = str_skip(b, 1);
    }
    while (a.n > 0 && b.n > 0 && a.p[a.n - 1] == b.p[b.n - 1]) {
        a = str_first(a, a.n - 1);
        b = str_first(b, b.n - 1);
    }
    size_t longer = a.n > b.n ? a.n : b.n;
    size_t shorter = a.n > b.n ? b.n : a.n;

    if (longer > TEXT_DISTANCE_MAX || longer - shorter > limit) {
        return limit + 1;
    }
    for (size_t j = 0; j <= b.n; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 0; i < a.n; i++) {
        unsigned diagonal = row[0];
        unsigned least = row[0] = (unsigned)i + 1;

        for (size_t j = 0; j < b.n; j++) {
            unsigned best = diagonal + (a.p[i] != b.p[j]);

            diagonal = row[j + 1];
            if (diagonal + 1 < best) {
                best = diagonal + 1;
            }
            if (row[j] + 1 < best) {
                best = row[j] + 1;
            }
            row[j + 1] = best;
            least = best < least ? best : least;
        }
        if (least > limit) {
            return limit + 1;
        }
    }
    return row[b.n] <= limit ? row[b.n] : limit + 1;
}
