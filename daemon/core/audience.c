#include "core/audience.h"

#include <stdlib.h>

#include "base/utf8.h"

/* ---- who sees what ---- */

/* What the node hangs under; NULL: nothing, or what all may see. */
static const struct node *parent_of(const struct node *n)
{
    const void *p = n;

    if (n->kind == NODE_INITIATIVE) {
        const struct initiative *in = p;

        return in->n_moves > 0 ? &in->moves[0].kr->node : NULL;
    }
    if (n->kind == NODE_KR) {
        const struct key_result *kr = p;

        return kr->objective != NULL ? &kr->objective->node : NULL;
    }
    if (n->kind == NODE_OBJECTIVE) {
        const struct objective *ob = p;

        return ob->intent != NULL ? &ob->intent->node : NULL;
    }
    return NULL;
}

bool audience_sees(const struct audience *au, const struct node *n)
{
    for (; n != NULL; n = parent_of(n)) {
        if (n->visibility < au->who) {
            return false;
        }
    }
    return true;
}

/* ---- what must not be said ---- */

enum { TEXT_MAX = 4000 }; /* code points of one text */

/* As it will be shown: what does not print must not keep a word from being found. */
static struct str shown(struct arena *a, struct str text)
{
    struct str ret;
    struct buf b;

    buf_init(&b, (size_t)1 << 20);
    utf8_print_safe(&b, text, TEXT_MAX);
    ret = arena_str(a, buf_str(&b));
    buf_finish(&b);
    return str_trim(ret);
}

static void keep_word(struct audience *au, struct str word)
{
    word = shown(au->a, word);
    if (word.n > 0) {
        au->words[au->n_words++] = word;
    }
}

static void keep(struct audience *au, const struct node *n)
{
    if (audience_sees(au, n)) {
        return;
    }
    if (n->why.n > 0) {
        au->whys[au->n_whys++] = n->why;
    }
    keep_word(au, n->id);
    keep_word(au, n->title);
    for (size_t i = 0; i < n->was.n; i++) {
        keep_word(au, n->was.v[i]);
    }
}

static int longest_first(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : str_cmp(*x, *y);
}

#define LISTS(X)                                                                       \
    X(intents)                                                                         \
    X(objectives)                                                                      \
    X(key_results) X(initiatives) X(buckets) X(teams) X(not_doing) X(competitors)      \
        X(events) X(decisions)

static size_t count_words(const struct strategy *s)
{
    size_t n = 0;

#define COUNT(list)                                                                    \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        n += 2 + s->list[i].node.was.n;                                                \
    }
    LISTS(COUNT)
#undef COUNT
    return n;
}

bool audience_init(struct audience *ret, const struct strategy *s, enum visibility who,
                   struct arena *a, struct err *e)
{
    *ret = (struct audience){.who = who, .a = a};
    ret->words = arena_array(a, count_words(s) + 1, sizeof *ret->words);
    ret->whys = arena_array(a, count_words(s) + 1, sizeof *ret->whys);
    if (ret->words == NULL || ret->whys == NULL) {
        return err_nomem(e);
    }
#define KEEP(list)                                                                     \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        keep(ret, &s->list[i].node);                                                   \
    }
    LISTS(KEEP)
#undef KEEP
    if (arena_failed(a)) {
        return err_nomem(e);
    }
    qsort(ret->words, ret->n_words, sizeof *ret->words, longest_first);
    return true;
}

static bool is_inside_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || ((unsigned char)c & 0x80) != 0;
}

/* Where the word stands as a word of its own, from `from` on; -1: nowhere. */
static ptrdiff_t find_word(struct str text, size_t from, struct str word)
{
    while (from < text.n) {
        ptrdiff_t at = str_find_nocase(str_skip(text, from), word);
        size_t begin = from + (size_t)at, end = begin + word.n;

        if (at < 0) {
            return -1;
        }
        if (!(begin > 0 && is_inside_word(text.p[begin - 1]) &&
              is_inside_word(word.p[0])) &&
            !(end < text.n && is_inside_word(text.p[end]) &&
              is_inside_word(word.p[word.n - 1]))) {
            return (ptrdiff_t)begin;
        }
        from = begin + 1;
    }
    return -1;
}

struct str audience_text(const struct audience *au, struct str text)
{
    static const struct str gap = STR_INIT("[...]");

    text = shown(au->a, text);
    for (size_t i = 0; i < au->n_words; i++) {
        ptrdiff_t at = find_word(text, 0, au->words[i]);

        while (at >= 0) {
            struct str rest = str_skip(text, (size_t)at + au->words[i].n);

            text = arena_printf(au->a, "%.*s%.*s%.*s",
                                STR_FMT(str_first(text, (size_t)at)), STR_FMT(gap),
                                STR_FMT(rest));
            at = find_word(text, (size_t)at + gap.n, au->words[i]);
        }
    }
    return text;
}

bool audience_hides(const struct audience *au, struct str text)
{
    text = shown(au->a, text);
    for (size_t i = 0; i < au->n_words; i++) {
        if (find_word(text, 0, au->words[i]) >= 0) {
            return true;
        }
    }
    return false;
}

bool audience_hides_why(const struct audience *au, struct str why)
{
    for (size_t i = 0; i < au->n_whys; i++) {
        if (str_eq(au->whys[i], why)) {
            return true;
        }
    }
    return false;
}
