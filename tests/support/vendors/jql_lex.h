/*
 * Splits JQL into tokens, with positions for Jira's messages. Pure; one thread
 * at a time; texts live in the arena given or in the query.
 */
#ifndef VENDORS_JQL_LEX_H
#define VENDORS_JQL_LEX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

enum jql_token_kind {
    JQL_END,
    JQL_WORD,   /* bare: a keyword, a field or a value */
    JQL_QUOTED, /* text without its quotes, escapes resolved */
    JQL_OPEN,
    JQL_CLOSE,
    JQL_COMMA,
    JQL_OPERATOR, /* = != < > <= >= ~ !~ */
};

struct jql_token {
    enum jql_token_kind kind;
    struct str text;
    size_t at; /* characters before it */
};

struct jql_lex {
    struct str all;
    size_t next;
    struct jql_token token; /* the current one */
    struct arena *arena;    /* borrowed */
    struct buf *why;        /* borrowed; Jira's message after a failure */
};

/* Both move to a token; false with a message in `why`. */
bool jql_lex_start(struct jql_lex *l, struct str all, struct arena *arena,
                   struct buf *why) MUST_USE;
bool jql_lex_next(struct jql_lex *l) MUST_USE;

/* The current token is this bare word, ASCII case ignored. */
bool jql_lex_is(const struct jql_lex *l, const char *word);
/* " (line 1, character 7)" of the current token, as Jira ends its messages. */
void jql_lex_where(struct jql_lex *l);

#endif
