#include "core/lint_text.h"

#include "base/attr.h"
#include "base/utf8.h"
#include "core/textkey.h"

/* ---- words ---- */

static bool is_blank(uint32_t cp)
{
    return cp <= ' ' || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

static bool is_ascii_letter(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z');
}

static bool is_ascii_digit(uint32_t cp)
{
    return cp >= '0' && cp <= '9';
}

/* Beyond ASCII what is no punctuation or symbol of the common blocks is a letter. */
static bool is_letter(uint32_t cp)
{
    if (cp < 0x80) {
        return is_ascii_letter(cp) || is_ascii_digit(cp);
    }
    return cp >= 0xC0 && cp != 0xD7 && cp != 0xF7 && !(cp >= 0x2000 && cp <= 0x2BFF) &&
           !(cp >= 0x3000 && cp <= 0x303F) && !(cp >= 0xFE10 && cp <= 0xFE6F) &&
           !(cp >= 0xFF00 && cp <= 0xFF0F) && !(cp >= 0xE000 && cp <= 0xF8FF) &&
           cp != 0xFEFF && cp != 0xFFFD;
}

/* Thai, Lao, Myanmar, Khmer, kana, Han: words are not kept apart by blanks. */
static bool is_dense(uint32_t cp)
{
    return (cp >= 0x0E00 && cp <= 0x0EFF) || (cp >= 0x1000 && cp <= 0x109F) ||
           (cp >= 0x1780 && cp <= 0x17FF) || (cp >= 0x3041 && cp <= 0x30FF) ||
           (cp >= 0x3400 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x20000 && cp <= 0x3FFFF);
}

size_t text_words(struct str s)
{
    size_t n = 0, dense = 0;
    bool inside = false;

    while (s.n > 0) {
        uint32_t cp;

        s = str_skip(s, utf8_next(s, &cp));
        if (is_blank(cp)) {
            inside = false;
        } else if (is_dense(cp)) {
            dense++;
        } else if (is_letter(cp) && !inside) {
            inside = true;
            n++;
        }
    }
    return n + (dense + 1) / 2;
}

/* The next word of a comparison key without what stands around it: "(2m)," is 2m. */
static bool next_word(struct str *rest, struct str *ret)
{
    struct str word;

    while (str_split(rest, ' ', &word)) {
        while (word.n > 0 && strchr("\"'([{<*-+~.,;:!?/", word.p[0]) != NULL) {
            word = str_skip(word, 1);
        }
        while (word.n > 0 && strchr("\"')]}>*-+~.,;:!?/", word.p[word.n - 1]) != NULL) {
            word.n--;
        }
        if (word.n > 0) {
            *ret = word;
            return true;
        }
    }
    return false;
}

static bool is_one_of(struct str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eqz(word, list[i])) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(word, list) is_one_of((word), (list), ARRAY_LEN(list))

/* ---- verbs of making ---- */

struct str text_output_verb(struct arena *a, struct str s)
{
    /* Not design, write or complete: those begin as many names as sentences. */
    static const char *const verbs[] = {
        "build",   "create",    "deliver",   "deploy",  "develop", "implement",
        "install", "integrate", "introduce", "launch",  "migrate", "publish",
        "rebuild", "redesign",  "refactor",  "release", "rewrite", "ship",
    };
    static const char *const pairs[][2] = {{"roll", "out"}, {"set", "up"}};
    struct str rest = text_key(a, s), first, second;

    if (!next_word(&rest, &first)) {
        return STR_NONE;
    }
    if (IS_ONE_OF(first, verbs)) {
        return first;
    }
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if (str_eqz(first, pairs[i][0]) && next_word(&rest, &second) &&
            str_eqz(second, pairs[i][1])) {
            return (struct str){first.p, (size_t)(second.p + second.n - first.p)};
        }
    }
    return STR_NONE;
}

/* ---- money ---- */

static const char *const money_codes[] = {
    "eur", "usd", "gbp", "chf", "jpy", "sek", "nok", "dkk",
    "pln", "czk", "aud", "inr", "cny", "brl", "krw", "nzd",
};
static const char *const money_words[] = {
    "revenue", "revenues", "arr",  "mrr",   "turnover", "profit",
    "profits", "ebitda",   "euro", "euros", "dollar",   "dollars",
};

static bool is_currency_sign(uint32_t cp)
{
    return cp == '$' || (cp >= 0xA2 && cp <= 0xA5) || (cp >= 0x20A0 && cp <= 0x20CF);
}

static bool has_currency_sign(struct str s)
{
    while (s.n > 0) {
        uint32_t cp;

        s = str_skip(s, utf8_next(s, &cp));
        if (is_currency_sign(cp)) {
            return true;
        }
    }
    return false;
}

/* "eur", also with an amount written to it: "2meur" is not worth the guess. */
static bool is_money_word(struct str word)
{
    while (word.n > 0 && is_ascii_digit((unsigned char)word.p[0])) {
        word = str_skip(word, 1);
    }
    return IS_ONE_OF(word, money_codes) || IS_ONE_OF(word, money_words);
}

bool text_is_money(struct arena *a, struct str s, struct str currency)
{
    struct str rest = text_key(a, s), word;

    if (has_currency_sign(rest)) {
        return true;
    }
    while (next_word(&rest, &word)) {
        if (is_money_word(word)) {
            return true;
        }
    }
    /* A code may be an English word (ALL, TRY): as it is written, then. */
    while (currency.n > 0 && str_split(&s, ' ', &word)) {
        if (str_eq(str_trim(word), currency)) {
            return true;
        }
    }
    return false;
}

/* ---- numbers ---- */

enum number_word { OTHER, NUMBER, YEAR, FILLER };

/* Digits with their signs and a unit written to them: "1.5m", "20%", "€2k". */
static bool is_number(struct str word)
{
    static const char *const units[] = {"",  "k",  "m",  "mn", "mio",
                                        "b", "bn", "pp", "pt"};
    bool digits = false;

    while (word.n > 0) {
        uint32_t cp;
        size_t n = utf8_next(word, &cp);

        if (is_ascii_digit(cp)) {
            digits = true;
        } else if (cp == '/' || is_ascii_letter(cp) ||
                   (cp >= 0x80 && is_letter(cp) && !is_currency_sign(cp))) {
            break;
        }
        word = str_skip(word, n);
    }
    return digits && (IS_ONE_OF(word, units) || IS_ONE_OF(word, money_codes));
}

static bool is_year(struct str word)
{
    bool digits = word.n >= 4;

    for (size_t i = 0; i < 4 && digits; i++) {
        digits = is_ascii_digit((unsigned char)word.p[i]);
    }
    if (!digits ||
        (!str_has_prefix(word, STR("19")) && !str_has_prefix(word, STR("20")))) {
        return false;
    }
    return word.n == 4 || (word.n == 6 && word.p[4] == 'q');
}

static enum number_word kind_of(struct str word)
{
    static const char *const fillers[] = {
        "a",        "above",   "achieve", "an",      "and",     "at",       "below",
        "by",       "end",     "from",    "get",     "grow",    "hit",      "in",
        "increase", "least",   "less",    "more",    "most",    "of",       "over",
        "per",      "percent", "q1",      "q2",      "q3",      "q4",       "quarter",
        "raise",    "reach",   "reduce",  "than",    "the",     "to",       "under",
        "until",    "up",      "year",    "million", "billion", "thousand",
    };

    if (is_year(word)) {
        return YEAR;
    }
    if (is_number(word)) {
        return NUMBER;
    }
    return IS_ONE_OF(word, fillers) || is_money_word(word) ? FILLER : OTHER;
}

bool text_is_only_number(struct arena *a, struct str s)
{
    struct str rest = text_key(a, s), word;
    size_t numbers = 0, years = 0, others = 0;

    while (next_word(&rest, &word)) {
        enum number_word k = kind_of(word);

        numbers += k == NUMBER;
        years += k == YEAR;
        others += k == OTHER;
    }
    return (numbers > 0 && others <= 1) || (years > 0 && others == 0);
}
