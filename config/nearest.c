#include "config/nearest.h"

#include "core/textkey.h"

/* One distance costs the product of both lengths. */
enum { WORD_MAX = 64, TRIES_MAX = 500 };

/* Two letters wrong, or a third of a long word. */
static unsigned limit_for(struct str word)
{
    unsigned third = (unsigned)(word.n / 3);

    return third > 2 ? third : 2;
}

struct nearest nearest_to(struct str word, bool wanted)
{
    return (struct nearest){
        .word = word,
        .distance = limit_for(word) + 1,
        .tries = wanted ? TRIES_MAX : 0,
    };
}

void nearest_try(struct nearest *n, struct str candidate)
{
    if (n->tries == 0 || n->word.n > WORD_MAX || candidate.n > WORD_MAX) {
        return;
    }
    n->tries--;

    unsigned d = text_distance(n->word, candidate, n->distance - 1);

    /* A word of two letters is near to every other one. */
    if (d < n->distance && d < candidate.n && d < n->word.n) {
        n->best = candidate;
        n->distance = d;
    }
}

struct str nearest_hint(const struct nearest *n, struct arena *a)
{
    return n->best.n == 0 ? STR_NONE
                          : arena_printf(a, "did you mean '%.*s'?", STR_FMT(n->best));
}
