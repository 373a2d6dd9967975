/*
 * Names and how they are compared: references in a body, marks as they are
 * stored, comparison keys, globs, phrases, distances. The input is two texts
 * with 0x1e between them. Globs, phrases and distances are held to plain
 * versions of the same.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "core/item.h"
#include "core/textkey.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_PLAIN = 48 }; /* code points that the plain versions take */

/* ---- references and marks ---- */

static bool is_inside(struct str part, struct str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static size_t check_references(struct str body, struct mark *marks)
{
    size_t n = item_read_references(body, marks);

    FUZZ_CHECK(n <= ITEM_MAX_REFERENCES, "%zu references", n);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(marks[i].kind == MARK_REFERENCE || marks[i].kind == MARK_EXEMPT,
                   "kind %d", (int)marks[i].kind);
        FUZZ_CHECK(is_inside(marks[i].value, body), "mark %zu is not of the body", i);
        FUZZ_CHECK(marks[i].value.n <= ITEM_MAX_VALUE, "mark %zu is too long", i);
        FUZZ_CHECK(marks[i].kind == MARK_EXEMPT || marks[i].value.n > 0, "mark %zu", i);
    }
    return n;
}

/* As the stored form keeps it. */
static bool same_on_one_line(struct str stored, struct str s)
{
    if (stored.n != s.n) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        bool is_break =
            s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t' || s.p[i] == 0;

        if (stored.p[i] != (is_break ? ' ' : s.p[i])) {
            return false;
        }
    }
    return true;
}

static void check_packing(const struct mark *marks, size_t n, struct arena *a)
{
    struct mark *back;
    size_t n_back;
    struct buf packed;

    buf_init(&packed, (size_t)4 << 20);
    item_pack_marks(&packed, marks, n);
    FUZZ_CHECK(item_unpack_marks(buf_str(&packed), a, &back, &n_back), "out of memory");
    FUZZ_CHECK(n == n_back, "%zu marks became %zu", n, n_back);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(marks[i].kind == back[i].kind &&
                       same_on_one_line(back[i].name, marks[i].name) &&
                       same_on_one_line(back[i].value, marks[i].value),
                   "mark %zu", i);
    }
    buf_finish(&packed);
}

/* Rows of a later version or a damaged file. */
static void check_unpacking(struct str packed, struct arena *a)
{
    struct mark *marks;
    size_t n;

    FUZZ_CHECK(item_unpack_marks(packed, a, &marks, &n), "out of memory");
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(is_inside(marks[i].name, packed) &&
                       is_inside(marks[i].value, packed),
                   "mark %zu is not of the row", i);
    }
    check_packing(marks, n, a);
}

/* ---- keys ---- */

static struct str check_key(struct str s, struct arena *a)
{
    struct str key = text_key(a, s), again = text_key(a, key), of_id;
    char mem[TEXT_KEY_ID];
    size_t at;

    FUZZ_CHECK(!arena_failed(a), "out of memory");
    if (utf8_valid(s, &at)) {
        FUZZ_CHECK(utf8_valid(key, &at), "not UTF-8 at %zu", at);
        FUZZ_CHECK(str_eq(key, again), "the key of '%.*s' has another key: '%.*s'",
                   STR_FMT(key), STR_FMT(again));
    }
    if (text_key_id(mem, s, &of_id)) {
        FUZZ_CHECK(str_eq(of_id, key), "'%.*s' is not '%.*s'", STR_FMT(of_id),
                   STR_FMT(key));
    }
    return key;
}

/* ---- plain versions ---- */

static size_t code_points(struct str s, uint32_t *ret)
{
    size_t n = 0;

    while (s.n > 0 && n < MAX_PLAIN) {
        s = str_skip(s, utf8_next(s, &ret[n]));
        n++;
    }
    return s.n > 0 ? MAX_PLAIN + 1 : n;
}

/* Row by row: whether the first i of the pattern cover the first j of s. */
static bool plain_glob(const uint32_t *p, size_t n_p, const uint32_t *s, size_t n_s)
{
    bool row[MAX_PLAIN + 1] = {true};

    for (size_t i = 0; i < n_p; i++) {
        bool before = row[0];

        row[0] = row[0] && p[i] == '*';
        for (size_t j = 1; j <= n_s; j++) {
            bool was = row[j];

            if (p[i] == '*') {
                row[j] = row[j] || row[j - 1];
            } else {
                row[j] = before && (p[i] == '?' || p[i] == s[j - 1]);
            }
            before = was;
        }
    }
    return row[n_s];
}

static void check_glob(struct str pattern, struct str s)
{
    uint32_t p[MAX_PLAIN], t[MAX_PLAIN];
    size_t n_p = code_points(pattern, p), n_t = code_points(s, t), at;
    bool got = text_glob(pattern, s);

    if (n_p <= MAX_PLAIN && n_t <= MAX_PLAIN && utf8_valid(pattern, &at) &&
        utf8_valid(s, &at)) {
        FUZZ_CHECK(got == plain_glob(p, n_p, t, n_t), "'%.*s' on '%.*s' is %d",
                   STR_FMT(pattern), STR_FMT(s), got);
    }
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool plain_phrase(struct str s, struct str phrase)
{
    for (size_t i = 0; phrase.n > 0 && i + phrase.n <= s.n; i++) {
        bool starts = i == 0 || !is_word_byte(s.p[i - 1]);
        bool ends = i + phrase.n == s.n || !is_word_byte(s.p[i + phrase.n]);

        if (starts && ends && memcmp(s.p + i, phrase.p, phrase.n) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static void check_phrase(struct str s, struct str phrase)
{
    bool got = text_has_phrase(s, phrase);

    if (is_ascii(s) && is_ascii(phrase)) {
        FUZZ_CHECK(got == plain_phrase(s, phrase), "'%.*s' in '%.*s' is %d",
                   STR_FMT(phrase), STR_FMT(s), got);
    }
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static unsigned plain_distance(struct str a, struct str b)
{
    unsigned d[MAX_PLAIN + 1][MAX_PLAIN + 1];

    for (unsigned i = 0; i <= a.n; i++) {
        for (unsigned j = 0; j <= b.n; j++) {
            d[i][j] = i == 0   ? j
                      : j == 0 ? i
                               : least(d[i - 1][j] + 1, d[i][j - 1] + 1,
                                       d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]));
        }
    }
    return d[a.n][b.n];
}

static void check_distance(struct str a, struct str b)
{
    static const unsigned bounds[] = {0, 1, 2, 5, 60, 1000};

    if (a.n > MAX_PLAIN || b.n > MAX_PLAIN) {
        (void)text_distance(a, b, 300);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        unsigned want = plain_distance(a, b), got = text_distance(a, b, bounds[i]);

        FUZZ_CHECK(got == (want > bounds[i] ? bounds[i] + 1 : want),
                   "'%.*s' to '%.*s' is %u, not %u, up to %u", STR_FMT(a), STR_FMT(b),
                   got, want, bounds[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_create((size_t)64 << 20);
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct fuzz_in in = {(const uint8_t *)copy, size};
    struct str first = fuzz_until(&in, 0x1e), second = fuzz_rest(&in);
    struct mark marks[ITEM_MAX_REFERENCES];

    FUZZ_CHECK(a != NULL, "out of memory");
    check_packing(marks, check_references(first, marks), a);
    check_unpacking(second, a);
    struct mark odd[] = {{MARK_FIELD, first, second}, {MARK_LABEL, STR_NONE, first}};

    check_packing(odd, ARRAY_LEN(odd), a);
    struct str x = check_key(first, a), y = check_key(second, a);

    check_glob(first, second);
    check_glob(x, y);
    check_phrase(x, y);
    check_phrase(second, first);
    check_distance(x, y);
    FUZZ_CHECK(text_key_eq(a, first, second) == str_eq(x, y), "equal keys");
    free(copy);
    arena_destroy(a);
    return 0;
}
