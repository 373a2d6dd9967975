#include "core/people.h"

#include <stdlib.h>

#include "core/textkey.h"

enum { MEMORY = 64 << 20 };

struct people {
    struct arena *a;
    struct map *github, *jira; /* account's key -> struct person */
    struct map *bots;
};

static struct map *accounts_of(const struct people *p, struct str type)
{
    if (str_eqz(type, "github")) {
        return p->github;
    }
    return str_eqz(type, "jira") ? p->jira : NULL;
}

/* The first in the file keeps an account that two claim. */
static bool add(struct people *p, struct map *m, struct str account, void *value)
{
    void *old;

    return account.n == 0 || map_add(m, text_key(p->a, account), value, &old);
}

static bool add_all(struct people *p, const struct strategy *s)
{
    for (size_t i = 0; i < s->n_people; i++) {
        struct person *one = &s->people[i];

        if (!add(p, p->github, one->github, one) || !add(p, p->jira, one->jira, one)) {
            return false;
        }
    }
    for (size_t i = 0; i < s->bots.n; i++) {
        if (!add(p, p->bots, s->bots.v[i], p)) {
            return false;
        }
    }
    return !arena_failed(p->a);
}

bool people_create(const struct strategy *s, struct people **ret, struct err *e)
{
    struct people *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return err_nomem(e);
    }
    p->a = arena_create(MEMORY);
    p->github = map_create();
    p->jira = map_create();
    p->bots = map_create();
    if (p->a == NULL || p->github == NULL || p->jira == NULL || p->bots == NULL ||
        !add_all(p, s)) {
        people_destroy(p);
        return err_nomem(e);
    }
    *ret = p;
    return true;
}

void people_destroy(struct people *p)
{
    if (p == NULL) {
        return;
    }
    map_destroy(p->bots);
    map_destroy(p->jira);
    map_destroy(p->github);
    arena_destroy(p->a);
    free(p);
}

bool people_is_bot(const struct people *p, struct str account, struct arena *a)
{
    return map_count(p->bots) > 0 && map_get(p->bots, text_key(a, account)) != NULL;
}

struct str people_key(const struct people *p, struct str type, struct str source,
                      struct str account, struct arena *a)
{
    const struct map *m = accounts_of(p, type);
    struct str key = text_key(a, account);
    const struct person *one = m != NULL ? map_get(m, key) : NULL;

    if (one != NULL) {
        return one->id;
    }
    return arena_printf(a, "%.*s:%.*s", STR_FMT(source), STR_FMT(key));
}

/* "2026-12-21/2027-01-04"; the file's reader has refused all else. */
bool person_is_away(const struct person *p, struct date d)
{
    for (size_t i = 0; i < p->away.n; i++) {
        struct str rest = p->away.v[i], first;
        struct date from, to;

        if (str_split(&rest, '/', &first) && date_parse(first, &from) &&
            date_parse(rest, &to) && date_cmp(from, d) <= 0 && date_cmp(d, to) <= 0) {
            return true;
        }
    }
    return false;
}

struct str person_slack(const struct person *p)
{
    enum { LONGEST = 24 };
    struct str s = p->slack;

    if (s.n < 2 || s.n > LONGEST || (s.p[0] != 'U' && s.p[0] != 'W')) {
        return STR_NONE;
    }
    for (size_t i = 1; i < s.n; i++) {
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9')) {
            return STR_NONE;
        }
    }
    return s;
}
