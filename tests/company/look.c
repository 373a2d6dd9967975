#include "tests/company/look.h"

const struct rev *look_rev(const struct thing *t, int64_t at)
{
    const struct rev *r = NULL;

    for (size_t i = 0; i < t->n && t->revs[i].at <= at; i++)
        r = &t->revs[i];
    return r;
}

bool look_in_view(const struct rev *r, int64_t day)
{
    return r != NULL && !r->out && day >= scope_casts[r->scope].from;
}

struct str look_key(const struct rev *r, struct arena *a)
{
    const struct scope_cast *s = &scope_casts[r->scope];

    return arena_printf(a, s->source == COMPANY_JIRA ? "%s-%d" : "%s#%d", s->name,
                        r->number);
}

struct str look_vid(size_t i, const struct rev *r, struct arena *a)
{
    if (scope_casts[r->scope].source == COMPANY_JIRA)
        return arena_printf(a, "%zu", 10000 + i);
    return arena_printf(a, "%zu", 2100000000 + i * 8 + r->moves);
}

struct str look_account(const struct company *c, int person, int scope)
{
    return scope_casts[scope].source == COMPANY_JIRA ? c->people[person].jira
                                                     : c->people[person].github;
}

struct str look_node(const struct company *c, size_t i, int64_t day)
{
    const struct thing *t = &c->things[i];
    const struct rev *r = look_rev(t, look_end(day));

    if (r == NULL || (r->marks & MARKED_EXEMPT) != 0)
        return STR_NONE;
    if (r->scope == REPO_INFRA)
        return saga_name(QUIET_RELEASES, day);
    if ((r->marks & MARKED_LINK) != 0)
        return saga_name(t->saga, day);
    if (t->bug)
        return saga_name(KTLO, day);
    return r->parent < 0 ? STR_NONE : look_node(c, (size_t)r->parent, day);
}
