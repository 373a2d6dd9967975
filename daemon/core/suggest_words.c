#include <stdlib.h>
#include <utf8proc.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "core/suggest.h"

/* What stands before the first colon is what an item is about, if it is short. */
enum { HEAD_BYTES = 40, FOLDED = 32, LINE_BYTES = 200 };

#define WEIGHT_HEAD 3.0
#define WEIGHT_TITLE 1.0
#define WEIGHT_BODY 0.5

/* ---- characters ---- */

/* One character as people compare it: lower case, without marks. 0: nothing is left. */
static size_t fold(uint32_t cp, utf8proc_int32_t out[FOLDED])
{
    static const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    int bound = 0;

    if (cp < 0x80) {
        out[0] = (utf8proc_int32_t)(cp >= 'A' && cp <= 'Z' ? cp - 'A' + 'a' : cp);
        return 1;
    }
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)cp, out, FOLDED, options, &bound);

    return n > 0 && n <= FOLDED ? (size_t)n : 0;
}

enum kind { KIND_OTHER, KIND_LETTER, KIND_DIGIT, KIND_IDEOGRAPH, KIND_JOINER };

/* Written without blanks: pairs of them are words. */
static bool is_ideograph(uint32_t cp)
{
    return (cp >= 0x3040 && cp <= 0x30ff) || (cp >= 0x3400 && cp <= 0x9fff) ||
           (cp >= 0x20000 && cp <= 0x3ffff);
}

static enum kind kind_of(uint32_t cp)
{
    if (cp < 0x80) {
        if (cp >= '0' && cp <= '9') {
            return KIND_DIGIT;
        }
        if (cp >= 'a' && cp <= 'z') {
            return KIND_LETTER;
        }
        return cp == '-' || cp == '_' || cp == '.' || cp == '/' || cp == ':'
                   ? KIND_JOINER
                   : KIND_OTHER;
    }
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    if (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) {
        return is_ideograph(cp) ? KIND_IDEOGRAPH : KIND_LETTER;
    }
    return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO ? KIND_DIGIT
                                                                  : KIND_OTHER;
}

/* ---- words ---- */

/* A word under way, and what it is joined to: "second", in "second-site". */
struct word {
    char mem[SUGGEST_TERM + 8];
    size_t n;       /* more than SUGGEST_TERM: too long */
    size_t letters; /* of it */
    size_t cps;
};

struct splitter {
    struct word part, joined, shown; /* shown: joined, with what joins */
    size_t parts;                    /* of joined */
    uint32_t joiner;                 /* that came last; 0: none did */
    char ideograph[4];               /* before this character; n 0: none */
    size_t ideograph_n;
    void (*word)(void *arg, struct str text, struct str term);
    void *arg;
};

static void word_add(struct word *w, uint32_t cp, enum kind k)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, bytes);

    if (w->n > SUGGEST_TERM) {
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        w->mem[w->n++] = (char)bytes[i];
    }
    w->letters += k == KIND_LETTER || k == KIND_IDEOGRAPH;
    w->cps++;
}

/* Numbers and single letters say nothing, and what is longest is no word of people. */
static bool is_word(const struct word *w)
{
    return w->letters > 0 && w->cps > 1 && w->n <= SUGGEST_TERM;
}

static void end_part(struct splitter *s)
{
    struct str part = {s->part.mem, s->part.n};

    if (s->part.n == 0) {
        return;
    }
    s->parts++;
    if (is_word(&s->part)) {
        s->word(s->arg, part, part);
    }
    s->part = (struct word){0};
}

static void end_word(struct splitter *s)
{
    end_part(s);
    if (s->parts > 1 && is_word(&s->joined) && s->shown.n <= SUGGEST_TERM) {
        s->word(s->arg, (struct str){s->shown.mem, s->shown.n},
                (struct str){s->joined.mem, s->joined.n});
    }
    s->joined = s->shown = (struct word){0};
    s->parts = 0;
    s->joiner = 0;
    s->ideograph_n = 0;
}

static void take_ideograph(struct splitter *s, uint32_t cp)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, bytes);
    char pair[8];
    size_t before = s->ideograph_n;

    memcpy(pair, s->ideograph, before);
    end_word(s);
    memcpy(pair + before, bytes, (size_t)n);
    if (before > 0) {
        struct str word = {pair, before + (size_t)n};

        s->word(s->arg, word, word);
    }
    memcpy(s->ideograph, bytes, (size_t)n);
    s->ideograph_n = (size_t)n;
}

static void take_part(struct splitter *s, uint32_t cp, enum kind k)
{
    if (s->ideograph_n > 0) {
        end_word(s);
    }
    if (s->joiner != 0 && s->joined.n > 0) {
        end_part(s);
        word_add(&s->shown, s->joiner, KIND_OTHER);
    }
    s->joiner = 0;
    word_add(&s->part, cp, k);
    word_add(&s->joined, cp, k);
    word_add(&s->shown, cp, k);
}

static void take(struct splitter *s, uint32_t cp)
{
    enum kind k = kind_of(cp);

    switch (k) {
    case KIND_LETTER:
    case KIND_DIGIT:
        take_part(s, cp, k);
        return;
    case KIND_IDEOGRAPH:
        take_ideograph(s, cp);
        return;
    case KIND_JOINER:
        if (s->part.n > 0 && s->joiner == 0) {
            s->joiner = cp;
            return;
        }
        break;
    case KIND_OTHER:
        break;
    }
    end_word(s);
}

static void split(struct str text, void (*word)(void *, struct str, struct str),
                  void *arg)
{
    struct splitter s = {.word = word, .arg = arg};

    while (text.n > 0) {
        utf8proc_int32_t folded[FOLDED];
        uint32_t cp;
        size_t bytes = utf8_next(text, &cp);
        size_t n = fold(cp, folded);

        for (size_t i = 0; i < n; i++) {
            take(&s, (uint32_t)folded[i]);
        }
        text = str_skip(text, bytes);
    }
    end_word(&s);
}

/* ---- of an item ---- */

/* In few texts they are as rare as others, and yet are no reason. In order. */
static const char *const stop_words[] = {
    "about", "all",   "also",  "an",    "and",   "any",   "are",     "as",     "at",
    "be",    "been",  "but",   "by",    "can",   "could", "do",      "does",   "for",
    "from",  "had",   "has",   "have",  "how",   "if",    "in",      "into",   "is",
    "its",   "must",  "not",   "of",    "on",    "or",    "our",     "shall",  "should",
    "so",    "some",  "such",  "than",  "that",  "the",   "their",   "them",   "then",
    "there", "these", "they",  "this",  "those", "to",    "was",     "we",     "were",
    "what",  "when",  "where", "which", "while", "who",   "will",    "with",   "would",
    "you",   "your"};

static int by_text(const void *key, const void *element)
{
    const struct str *term = key;
    const char *const *word = element;

    return str_cmp(*term, str_of(*word));
}

static bool is_stop_word(struct str term)
{
    return bsearch(&term, stop_words, ARRAY_LEN(stop_words), sizeof stop_words[0],
                   by_text) != NULL;
}

/* Two letters mean too many things; a pair of ideographs is a word. */
static bool is_short(struct str term)
{
    uint32_t cp;
    size_t n = utf8_next(term, &cp);

    return !is_ideograph(cp) && n + utf8_next(str_skip(term, n), &cp) == term.n;
}

static enum suggest_reason reason_of(struct str term)
{
    return is_stop_word(term) ? REASON_NONE
           : is_short(term)   ? REASON_BESIDE
                              : REASON_ALONE;
}

struct gather {
    struct arena *a;
    struct suggest_word *v;
    size_t n;
    double weight;
    bool of_title;
};

static void gather_word(void *arg, struct str text, struct str term)
{
    struct gather *g = arg;

    for (size_t i = 0; i < g->n; i++) {
        if (str_eq(g->v[i].term, term)) {
            return;
        }
    }
    if (g->n == SUGGEST_WORDS) {
        return;
    }
    g->v[g->n++] = (struct suggest_word){
        .text = arena_str(g->a, text),
        .term = arena_str(g->a, term),
        .weight = g->weight,
        .of_title = g->of_title,
        .reason = reason_of(term),
    };
}

/* "billing: ...", "[billing] ..."; empty: nothing stands in front. */
static struct str head_of(struct str title)
{
    struct str t = str_trim(title);
    bool brackets = t.n > 0 && t.p[0] == '[';
    ptrdiff_t end = str_chr(str_first(t, HEAD_BYTES), brackets ? ']' : ':');

    return end > 0 ? str_first(t, (size_t)end) : STR_NONE;
}

void suggest_split(struct arena *a, struct str title, struct str excerpt,
                   struct suggest_word **ret, size_t *ret_n)
{
    struct gather g = {.a = a, .weight = WEIGHT_HEAD, .of_title = true};

    *ret_n = 0;
    title = utf8_cut(title, SUGGEST_TITLE);
    g.v = arena_array(a, SUGGEST_WORDS, sizeof *g.v);
    if (g.v == NULL) {
        return;
    }
    split(head_of(title), gather_word, &g);
    g.weight = WEIGHT_TITLE;
    split(title, gather_word, &g);
    g.weight = WEIGHT_BODY;
    g.of_title = false;
    split(utf8_cut(excerpt, SUGGEST_EXCERPT), gather_word, &g);
    *ret = g.v;
    *ret_n = g.n;
}

/* ---- for the index ---- */

static void print_term(void *arg, struct str text UNUSED, struct str term)
{
    struct buf *out = arg;

    if (out->n > 0) {
        buf_addc(out, ' ');
    }
    buf_add(out, term);
}

struct str suggest_terms(struct arena *a, struct str text)
{
    struct buf out;
    struct str terms = STR_NONE;

    buf_init(&out, 8 * text.n + 64);
    split(text, print_term, &out);
    if (buf_ok(&out)) {
        terms = arena_str(a, buf_str(&out));
    } else {
        (void)arena_alloc(a, SIZE_MAX); /* the caller looks at the arena alone */
    }
    buf_finish(&out);
    return terms;
}

/* Terms without their digits. */
static void print_letters(void *arg, struct str text UNUSED, struct str term)
{
    struct buf *out = arg;

    buf_addc(out, ' ');
    for (size_t i = 0; i < term.n; i++) {
        if (term.p[i] < '0' || term.p[i] > '9') {
            buf_addc(out, term.p[i]);
        }
    }
}

static int64_t letters_hash(struct arena *a, struct str text)
{
    struct buf out;
    int64_t hash = 0;

    buf_init(&out, 8 * text.n + 64);
    split(text, print_letters, &out);
    if (!buf_ok(&out)) {
        (void)arena_alloc(a, SIZE_MAX);
    } else if (out.n > 0) {
        hash = (int64_t)(hash64(out.p, out.n, 1) >> 1);
    }
    buf_finish(&out);
    return hash;
}

int64_t suggest_alike(struct arena *a, struct str title)
{
    return letters_hash(a, utf8_cut(title, SUGGEST_TITLE));
}

int64_t suggest_form(struct arena *a, struct str body)
{
    struct str line = STR_NONE;

    while (line.n == 0 && str_split(&body, '\n', &line)) {
        line = str_trim(line);
    }
    return letters_hash(a, utf8_cut(line, LINE_BYTES));
}
