#include "tests/support/vendors/jql_tree.h"

int64_t jql_key_number(const char *key)
{
    const char *dash = key ? strrchr(key, '-') : NULL;
    uint64_t n;

    return dash && str_to_u64(str_of(dash + 1), &n) && n < INT64_MAX ? (int64_t)n : 0;
}

static int compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static bool equals(const struct jql_node *t, const struct jql_value *v,
                   const struct jql_issue *i)
{
    switch (t->field) {
    case JQL_F_PROJECT:
        return str_eqz(v->text, i->project);
    case JQL_F_UPDATED:
        return v->number == i->updated.ms;
    case JQL_F_CREATED:
        return v->number == i->created.ms;
    case JQL_F_CATEGORY:
        return v->number == (int64_t)i->category;
    case JQL_F_STATUS:
        return str_eq_nocase(v->text, str_of(i->status));
    case JQL_F_TYPE:
        return str_eq_nocase(v->text, str_of(i->type));
    case JQL_F_LABELS:
        return i->has(i->issue, 'l', v->text);
    case JQL_F_COMPONENT:
        return i->has(i->issue, 'c', v->text);
    case JQL_F_ISSUE:
        return v->number >= 0 ? v->number == i->id
                              : str_eq_nocase(v->text, str_of(i->key));
    default:
        return false;
    }
}

static bool any_equal(const struct jql_node *t, const struct jql_issue *i)
{
    for (size_t k = 0; k < t->n_values; k++) {
        if (equals(t, &t->values[k], i)) {
            return true;
        }
    }
    return false;
}

static int order_of(const struct jql_node *t, const struct jql_issue *i)
{
    const struct jql_value *v = &t->values[0];

    switch (t->field) {
    case JQL_F_UPDATED:
        return compare_int(i->updated.ms, v->number);
    case JQL_F_CREATED:
        return compare_int(i->created.ms, v->number);
    case JQL_F_ISSUE:
        if (v->number >= 0) {
            return compare_int(i->id, v->number);
        }
        return compare_int(jql_key_number(i->key), jql_key_number(v->text.p));
    case JQL_F_PROJECT:
    case JQL_F_CATEGORY:
    case JQL_F_STATUS:
    case JQL_F_TYPE:
    case JQL_F_LABELS:
    case JQL_F_COMPONENT:
    default:
        return 0;
    }
}

static bool list_is_empty(const struct jql_node *t, const struct jql_issue *i)
{
    if (t->field != JQL_F_LABELS && t->field != JQL_F_COMPONENT) {
        return false;
    }
    return i->is_empty(i->issue, t->field == JQL_F_LABELS ? 'l' : 'c');
}

static bool term_matches(const struct jql_node *t, const struct jql_issue *i)
{
    switch (t->op) {
    case JQL_EQ:
    case JQL_IN:
        return any_equal(t, i);
    case JQL_NE:
    case JQL_NOT_IN:
        /* As Jira has it, an issue without any label is in neither set. */
        return !list_is_empty(t, i) && !any_equal(t, i);
    case JQL_LT:
        return order_of(t, i) < 0;
    case JQL_GT:
        return order_of(t, i) > 0;
    case JQL_LE:
        return order_of(t, i) <= 0;
    case JQL_GE:
        return order_of(t, i) >= 0;
    case JQL_IS:
        return list_is_empty(t, i);
    case JQL_IS_NOT:
        return !list_is_empty(t, i);
    case JQL_N_OPS:
    default:
        return false;
    }
}

static bool node_matches(const struct jql_node *n, const struct jql_issue *i)
{
    switch (n->kind) {
    case JQL_AND:
        return node_matches(n->left, i) && node_matches(n->right, i);
    case JQL_OR:
        return node_matches(n->left, i) || node_matches(n->right, i);
    case JQL_NOT:
        return !node_matches(n->left, i);
    case JQL_TERM:
    default:
        return term_matches(n, i);
    }
}

bool jql_matches(const struct jql *q, const struct jql_issue *i)
{
    return !q->root || node_matches(q->root, i);
}

static int compare_by(const struct jql_order *o, const struct jql_issue *a,
                      const struct jql_issue *b)
{
    int c;

    switch (o->field) {
    case JQL_F_UPDATED:
        return compare_int(a->updated.ms, b->updated.ms);
    case JQL_F_CREATED:
        return compare_int(a->created.ms, b->created.ms);
    case JQL_F_PROJECT:
        return strcmp(a->project, b->project);
    case JQL_F_ISSUE:
        c = o->by_id ? compare_int(a->id, b->id) : strcmp(a->project, b->project);
        return c ? c : compare_int(jql_key_number(a->key), jql_key_number(b->key));
    case JQL_F_CATEGORY:
    case JQL_F_STATUS:
    case JQL_F_TYPE:
    case JQL_F_LABELS:
    case JQL_F_COMPONENT:
    default:
        return 0;
    }
}

int jql_compare(const struct jql *q, const struct jql_issue *a,
                const struct jql_issue *b)
{
    for (size_t k = 0; k < q->n_order; k++) {
        int c = compare_by(&q->order[k], a, b);

        if (c) {
            return q->order[k].descending ? -c : c;
        }
    }
    /* Jira promises no order of equals; ours is total, so that pages are too. */
    return compare_int(a->id, b->id);
}
