#include "store/flush_row.h"

#include "core/textkey.h"

/* Of one entry: a reporter and those it is assigned to, or an owner. */
enum { PEOPLE = 5 };

static const struct person *by_account(const struct strategy *s, struct str type,
                                       struct str account, struct arena *a)
{
    for (size_t i = 0; i < s->n_people; i++) {
        struct str own = str_eqz(type, "jira") ? s->people[i].jira : s->people[i].github;

        if (own.n > 0 && text_key_eq(a, own, account))
            return &s->people[i];
    }
    return NULL;
}

static void add(struct notice_entry *n, const struct mention *m)
{
    for (size_t i = 0; i < n->n_people; i++) {
        if (str_eq(n->people[i].name, m->name))
            return;
    }
    if (n->n_people < PEOPLE && m->name.n > 0)
        n->people[n->n_people++] = *m;
}

/* Who has no entry in `people` is no more than an account, and the note names them. */
static void add_account(struct eval *ev, const struct flush_member *m, struct str account,
                        struct notice_entry *n)
{
    const struct eval_source *s = eval_source(ev, m->row.f.source);
    const struct person *p;
    struct mention who;

    if (s == NULL || account.n == 0)
        return;
    p = by_account(ev->conf->strategy, s->type, account, ev->item);
    if (p == NULL)
        return;
    who = mention_of_person(p);
    add(n, &who);
}

static void add_owner(struct eval *ev, const struct flush_member *m,
                      struct notice_entry *n)
{
    const struct node *node = m->row.node;
    const struct objective *o = plan_objective(node);
    struct mention who;

    if (node == NULL)
        return;
    who = mention_of_owner(ev->conf->strategy,
                           node->owner.n == 0 && o != NULL ? o->node.owner : node->owner);
    add(n, &who);
}

bool flush_people(struct eval *ev, const struct flush_member *m, struct notice_entry *n)
{
    struct str rest = m->assignees, one;

    if (!flush_is_news(m))
        return true;
    n->people = arena_array(ev->item, PEOPLE, sizeof(*n->people));
    if (n->people == NULL)
        return false;
    if (m->row.f.kind != RULE_ITEM) {
        add_owner(ev, m, n);
    } else if (str_eqz(m->row.f.rule, "unlinked-work") && !m->is_private) {
        add_account(ev, m, m->author, n);
        while (str_split(&rest, ',', &one))
            add_account(ev, m, one, n);
    }
    return !arena_failed(ev->item);
}
