#include "store/globs.h"

#include "core/textkey.h"

struct globs globs_fold(const struct str_list *l, struct arena *a)
{
    struct globs g = {.v = arena_array(a, l->n + 1, sizeof(struct str)), .n = l->n};

    for (size_t i = 0; g.v != NULL && i < l->n; i++)
        g.v[i] = text_key(a, l->v[i]);
    return g;
}

bool globs_match(const struct globs *g, struct str s, struct arena *a)
{
    struct str key;

    if (g->n == 0)
        return false;
    key = text_key(a, s);
    for (size_t i = 0; i < g->n; i++) {
        if (text_glob(g->v[i], key))
            return true;
    }
    return false;
}

bool globs_match_marks(const struct globs *g, enum mark_kind kind,
                       const struct mark *marks, size_t n, struct arena *a)
{
    for (size_t i = 0; g->n > 0 && i < n; i++) {
        if (marks[i].kind == kind && globs_match(g, marks[i].value, a))
            return true;
    }
    return false;
}
