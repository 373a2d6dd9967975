#include "tests/support/vendors/jql.h"

#include <stdlib.h>

#include "tests/support/vendors/jql_tree.h"

#define QUERY_ARENA ((size_t)8 << 20)
#define DEPTH_MAX 32

#define SETS                                                                           \
    (1U << JQL_EQ | 1U << JQL_NE | 1U << JQL_IN | 1U << JQL_NOT_IN | 1U << JQL_IS |    \
     1U << JQL_IS_NOT)

static const char *const op_names[JQL_N_OPS] = {
    "=", "!=", "<", ">", "<=", ">=", "in", "not in", "is", "is not"};

static const struct field_row {
    const char *names[4];
    enum jql_field field;
    unsigned ops;
    bool sortable;
} fields[] = {
    {{"project"}, JQL_F_PROJECT, SETS, true},
    {{"updated", "updatedDate"}, JQL_F_UPDATED, SETS | JQL_RANGES, true},
    {{"created", "createdDate"}, JQL_F_CREATED, SETS | JQL_RANGES, true},
    {{"statusCategory"}, JQL_F_CATEGORY, SETS, false},
    {{"status"}, JQL_F_STATUS, SETS, false},
    {{"issuetype", "type"}, JQL_F_TYPE, SETS, false},
    {{"labels"}, JQL_F_LABELS, SETS, false},
    {{"component"}, JQL_F_COMPONENT, SETS, false},
    {{"key", "id", "issue", "issuekey"}, JQL_F_ISSUE, SETS | JQL_RANGES, true},
};

/* ---- messages ---- */

static bool refuse_token(struct jql_parser *p, const char *expected)
{
    struct jql_lex *l = &p->lex;

    buf_printf(l->why, "Error in the JQL Query: Expecting %s", expected);
    if (l->token.kind == JQL_END) {
        buf_addz(l->why, " at the end of the query.");
    } else {
        buf_printf(l->why, " but got '%.*s'.", STR_FMT(l->token.text));
        jql_lex_where(l);
    }
    return false;
}

/* Words of SQL and of JQL itself that no bare value may be. */
static bool is_reserved(struct str word)
{
    static const char *const reserved[] = {
        "and",    "or",    "not",    "in",      "is",     "order",  "by",    "empty",
        "null",   "cf",    "was",    "after",   "before", "from",   "to",    "on",
        "during", "limit", "next",   "asc",     "desc",   "select", "where", "update",
        "delete", "like",  "group",  "by",      "having", "union",  "join",  "user",
        "date",   "time",  "public", "private", "access", "audit",  "index", "option",
    };

    for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
        if (str_eq_nocase(word, str_of(reserved[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- terms ---- */

static const struct field_row *find_field(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        for (size_t k = 0; k < ARRAY_LEN(fields[i].names) && fields[i].names[k]; k++) {
            if (str_eq_nocase(name, str_of(fields[i].names[k]))) {
                return &fields[i];
            }
        }
    }
    return NULL;
}

static bool parse_operator(struct jql_parser *p, enum jql_op *ret)
{
    struct jql_lex *l = &p->lex;

    if (l->token.kind == JQL_OPERATOR) {
        for (unsigned i = JQL_EQ; i <= JQL_GE; i++) {
            if (str_eqz(l->token.text, op_names[i])) {
                *ret = (enum jql_op)i;
                return jql_lex_next(l);
            }
        }
        /* ~ and !~: known to JQL, and to no field we have. */
        *ret = JQL_N_OPS;
        return true;
    }
    if (jql_lex_is(l, "in")) {
        *ret = JQL_IN;
        return jql_lex_next(l);
    }
    if (jql_lex_is(l, "not")) {
        *ret = JQL_NOT_IN;
        return jql_lex_next(l) &&
               (jql_lex_is(l, "in") ? jql_lex_next(l) : refuse_token(p, "'IN'"));
    }
    if (jql_lex_is(l, "is")) {
        *ret = JQL_IS;
        if (!jql_lex_next(l)) {
            return false;
        }
        if (jql_lex_is(l, "not")) {
            *ret = JQL_IS_NOT;
            return jql_lex_next(l);
        }
        return true;
    }
    return refuse_token(p, "operator, one of '=', '!=', '<', '>', '<=', '>=', '~', "
                           "'!~', 'IN', 'NOT IN', 'IS' and 'IS NOT',");
}

static bool parse_value(struct jql_parser *p, struct jql_node *t,
                        const struct field_row *row, struct str field)
{
    struct jql_lex *l = &p->lex;
    bool bare = l->token.kind == JQL_WORD;
    struct jql_value *v;

    if (!bare && l->token.kind != JQL_QUOTED) {
        return refuse_token(p, "either a value, list or function");
    }
    if (bare && is_reserved(l->token.text)) {
        buf_printf(l->why,
                   "Error in the JQL Query: '%.*s' is a reserved JQL word. You must "
                   "surround it in quotation marks to use it as a field name or value.",
                   STR_FMT(l->token.text));
        jql_lex_where(l);
        return false;
    }
    v = arena_grow(p->query->arena, &t->values, &t->n_values, &t->cap_values,
                   sizeof *v);
    if (!v) {
        return false;
    }
    v->text = l->token.text;
    if (!jql_lex_next(l)) {
        return false;
    }
    if (bare && l->token.kind == JQL_OPEN) {
        buf_printf(l->why, "Unable to find JQL function '%.*s()'.", STR_FMT(v->text));
        return false;
    }
    return jql_value_resolve(p, row->field, field, t->op, bare, v);
}

static bool parse_list(struct jql_parser *p, struct jql_node *t,
                       const struct field_row *row, struct str field)
{
    struct jql_lex *l = &p->lex;

    if (l->token.kind != JQL_OPEN) {
        return refuse_token(p, "'('");
    }
    do {
        if (!jql_lex_next(l) || !parse_value(p, t, row, field)) {
            return false;
        }
    } while (l->token.kind == JQL_COMMA);
    if (l->token.kind != JQL_CLOSE) {
        return refuse_token(p, "',' or ')'");
    }
    return jql_lex_next(l);
}

static bool parse_operand(struct jql_parser *p, struct jql_node *t,
                          const struct field_row *row, struct str field)
{
    if (t->op == JQL_IN || t->op == JQL_NOT_IN) {
        return parse_list(p, t, row, field);
    }
    if (t->op == JQL_IS || t->op == JQL_IS_NOT) {
        if (!jql_lex_is(&p->lex, "empty") && !jql_lex_is(&p->lex, "null")) {
            return refuse_token(p, "'EMPTY' or 'NULL'");
        }
        return jql_lex_next(&p->lex);
    }
    return parse_value(p, t, row, field);
}

static bool parse_term(struct jql_parser *p, struct jql_node **ret)
{
    struct jql_lex *l = &p->lex;
    struct str name = l->token.text;
    const struct field_row *row = NULL;
    struct jql_node *t = arena_alloc(p->query->arena, sizeof *t);

    if (l->token.kind != JQL_WORD && l->token.kind != JQL_QUOTED) {
        return refuse_token(p, "a field name");
    }
    row = find_field(name);
    if (!t || !row) {
        if (t) {
            buf_printf(l->why,
                       "Field '%.*s' does not exist or you do not have permission to "
                       "view it.",
                       STR_FMT(name));
        }
        return false;
    }
    t->kind = JQL_TERM;
    t->field = row->field;
    if (!jql_lex_next(l) || !parse_operator(p, &t->op)) {
        return false;
    }
    if (t->op == JQL_N_OPS || !(row->ops & 1U << t->op)) {
        struct str op = t->op == JQL_N_OPS ? l->token.text : str_of(op_names[t->op]);

        buf_printf(l->why, "The operator '%.*s' is not supported by the '%.*s' field.",
                   STR_FMT(op), STR_FMT(name));
        return false;
    }
    *ret = t;
    return parse_operand(p, t, row, name);
}

/* ---- the tree ---- */

static bool parse_or(struct jql_parser *p, struct jql_node **ret);

typedef bool parse_fn(struct jql_parser *p, struct jql_node **ret);

static bool nested(struct jql_parser *p, parse_fn *parse, struct jql_node **ret)
{
    bool ok;

    if (p->depth >= DEPTH_MAX) {
        return refuse_token(p, "fewer levels");
    }
    p->depth++;
    ok = parse(p, ret);
    p->depth--;
    return ok;
}

static bool parse_primary(struct jql_parser *p, struct jql_node **ret)
{
    struct jql_lex *l = &p->lex;

    if (jql_lex_is(l, "not")) {
        struct jql_node *n = arena_alloc(p->query->arena, sizeof *n);

        if (!n || !jql_lex_next(l)) {
            return false;
        }
        n->kind = JQL_NOT;
        *ret = n;
        return nested(p, parse_primary, &n->left);
    }
    if (l->token.kind == JQL_OPEN) {
        if (!jql_lex_next(l) || !nested(p, parse_or, ret)) {
            return false;
        }
        if (l->token.kind != JQL_CLOSE) {
            return refuse_token(p, "')'");
        }
        return jql_lex_next(l);
    }
    return parse_term(p, ret);
}

static bool parse_chain(struct jql_parser *p, struct jql_node **ret, bool is_and)
{
    const char *word = is_and ? "and" : "or";

    if (is_and ? !parse_primary(p, ret) : !parse_chain(p, ret, true)) {
        return false;
    }
    while (jql_lex_is(&p->lex, word)) {
        struct jql_node *n = arena_alloc(p->query->arena, sizeof *n);

        if (!n || !jql_lex_next(&p->lex)) {
            return false;
        }
        n->kind = is_and ? JQL_AND : JQL_OR;
        n->left = *ret;
        *ret = n;
        if (is_and ? !parse_primary(p, &n->right) : !parse_chain(p, &n->right, true)) {
            return false;
        }
    }
    return true;
}

static bool parse_or(struct jql_parser *p, struct jql_node **ret)
{
    return parse_chain(p, ret, false);
}

static bool parse_order(struct jql_parser *p)
{
    struct jql_lex *l = &p->lex;
    struct jql *q = p->query;

    if (!jql_lex_next(l)) {
        return false;
    }
    if (!jql_lex_is(l, "by")) {
        return refuse_token(p, "'BY'");
    }
    do {
        const struct field_row *row;

        if (!jql_lex_next(l)) {
            return false;
        }
        row = l->token.kind == JQL_END ? NULL : find_field(l->token.text);
        if (!row || !row->sortable) {
            buf_printf(l->why, "Not able to sort using field '%.*s'.",
                       STR_FMT(l->token.text));
            return false;
        }
        if (q->n_order == JQL_ORDER_MAX) {
            return refuse_token(p, "at most seven fields to sort by");
        }
        /* Without a direction Jira puts the latest first. */
        q->order[q->n_order] = (struct jql_order){
            .field = row->field,
            .by_id = str_eq_nocase(l->token.text, STR("id")),
            .descending = row->field == JQL_F_UPDATED || row->field == JQL_F_CREATED,
        };
        if (!jql_lex_next(l)) {
            return false;
        }
        if (jql_lex_is(l, "asc") || jql_lex_is(l, "desc")) {
            q->order[q->n_order].descending = jql_lex_is(l, "desc");
            if (!jql_lex_next(l)) {
                return false;
            }
        }
        q->n_order++;
    } while (l->token.kind == JQL_COMMA);
    return true;
}

static bool parse_query(struct jql_parser *p, struct str text, struct buf *why)
{
    struct jql_lex *l = &p->lex;

    if (!jql_lex_start(l, text, p->query->arena, why)) {
        return false;
    }
    if (l->token.kind != JQL_END && !jql_lex_is(l, "order") &&
        !parse_or(p, &p->query->root)) {
        return false;
    }
    if (jql_lex_is(l, "order") && !parse_order(p)) {
        return false;
    }
    if (l->token.kind != JQL_END) {
        return refuse_token(p, p->query->n_order ? "','" : "either 'OR' or 'AND'");
    }
    return true;
}

struct jql *jql_parse(struct str text, const struct jql_site *site, struct buf *why)
{
    struct jql *q = calloc(1, sizeof *q);
    struct jql_parser p = {.site = site, .query = q};

    if (!q) {
        return NULL;
    }
    q->arena = arena_create(QUERY_ARENA);
    if (!q->arena || !parse_query(&p, text, why) || arena_failed(q->arena)) {
        jql_destroy(q);
        return NULL;
    }
    return q;
}

void jql_destroy(struct jql *q)
{
    if (q) {
        arena_destroy(q->arena);
        free(q);
    }
}

bool jql_is_bounded(const struct jql *q)
{
    return q->root != NULL;
}
