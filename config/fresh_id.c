#include "config/fresh_id.h"

enum { MAX_ID = 48 };

static size_t squeeze(struct str title, char *id)
{
    size_t n = 0;

    for (size_t i = 0; i < title.n && n < MAX_ID; i++) {
        char ch = title.p[i];

        ch = (char)(ch >= 'A' && ch <= 'Z' ? ch | 0x20 : ch);
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))
            id[n++] = ch;
        else if (n > 0 && id[n - 1] != '-')
            id[n++] = '-';
    }
    while (n > 0 && id[n - 1] == '-')
        n--;
    return n;
}

struct str fresh_id(struct map *taken, struct arena *a, struct str title,
                    struct str otherwise)
{
    char id[MAX_ID];
    size_t n = squeeze(title, id);
    struct str base, made;
    void *old;

    n = n > 0 ? n : squeeze(otherwise, id);
    base = n > 0 ? arena_str(a, (struct str){id, n}) : STR("node");
    made = base;
    for (unsigned k = 2; map_get(taken, made) != NULL; k++)
        made = arena_printf(a, "%.*s-%u", STR_FMT(base), k);
    return map_add(taken, made, taken, &old) ? made : STR_NONE;
}
