/*
 * The parsed form of a query, shared by the three parts of the JQL module:
 * jql.c reads the grammar, jql_value.c says what values mean, jql_match.c looks
 * at issues. Not for others.
 */
#ifndef VENDORS_JQL_TREE_H
#define VENDORS_JQL_TREE_H

#include "tests/support/vendors/jql.h"
#include "tests/support/vendors/jql_lex.h"

#define JQL_ORDER_MAX 7 /* fields of ORDER BY */

enum jql_field {
    JQL_F_PROJECT,
    JQL_F_UPDATED,
    JQL_F_CREATED,
    JQL_F_CATEGORY,
    JQL_F_STATUS,
    JQL_F_TYPE,
    JQL_F_LABELS,
    JQL_F_COMPONENT,
    JQL_F_ISSUE,
};

enum jql_op {
    JQL_EQ,
    JQL_NE,
    JQL_LT,
    JQL_GT,
    JQL_LE,
    JQL_GE,
    JQL_IN,
    JQL_NOT_IN,
    JQL_IS,
    JQL_IS_NOT,
    JQL_N_OPS,
};

#define JQL_RANGES (1U << JQL_LT | 1U << JQL_GT | 1U << JQL_LE | 1U << JQL_GE)

struct jql_value {
    struct str text;
    int64_t number; /* a time in ms, an id, a category; -1: a key */
};

struct jql_node {
    enum { JQL_TERM, JQL_AND, JQL_OR, JQL_NOT } kind;
    struct jql_node *left, *right;
    enum jql_field field;
    enum jql_op op;
    struct jql_value *values;
    size_t n_values, cap_values;
};

struct jql_order {
    enum jql_field field;
    bool by_id; /* an issue by its number over all projects, not by its key */
    bool descending;
};

struct jql {
    struct arena *arena;
    struct jql_node *root; /* NULL: everything */
    struct jql_order order[JQL_ORDER_MAX];
    size_t n_order;
};

struct jql_parser {
    struct jql_lex lex;
    const struct jql_site *site;
    struct jql *query;
    unsigned depth;
};

/* What the value means for that field; false with a message. `bare`: unquoted. */
bool jql_value_resolve(struct jql_parser *p, enum jql_field field, struct str name,
                       enum jql_op op, bool bare, struct jql_value *v) MUST_USE;
/* The number at the end of a key; 0 where there is none. */
int64_t jql_key_number(const char *key);

#endif
