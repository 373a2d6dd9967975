#include "tests/support/vendors/jql_lex.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters, digits, bytes of UTF-8 and what keys, dates and names are made of. */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

void jql_lex_where(struct jql_lex *l)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < l->token.at && i < l->all.n; i++) {
        column++;
        if (l->all.p[i] == '\n') {
            line++;
            column = 1;
        }
    }
    buf_printf(l->why, " (line %zu, character %zu)", line, column);
}

static bool quoted(struct jql_lex *l, char quote)
{
    struct buf text;
    bool closed = false;

    buf_init(&text, (size_t)64 << 10);
    while (l->next < l->all.n && !closed) {
        char c = l->all.p[l->next++];

        if (c == quote) {
            closed = true;
        } else if (c == '\\' && l->next < l->all.n) {
            buf_addc(&text, l->all.p[l->next++]);
        } else {
            buf_addc(&text, c);
        }
    }
    if (!closed) {
        buf_printf(l->why,
                   "Error in the JQL Query: The quoted string '%s' has not been "
                   "completed.",
                   buf_cstr(&text));
        jql_lex_where(l);
    }
    l->token.kind = JQL_QUOTED;
    l->token.text = arena_str(l->arena, buf_str(&text));
    buf_finish(&text);
    return closed;
}

static void operator_at(struct jql_lex *l, size_t n)
{
    l->token.kind = JQL_OPERATOR;
    l->token.text = str_first(str_skip(l->all, l->next), n);
    l->next += n;
}

static void single(struct jql_lex *l, enum jql_token_kind kind)
{
    l->token.kind = kind;
    l->token.text = str_first(str_skip(l->all, l->next), 1);
    l->next++;
}

static bool reserved(struct jql_lex *l, char c)
{
    buf_printf(l->why,
               "Error in the JQL Query: The character '%c' is a reserved JQL "
               "character. You must enclose it in a string or use the escape "
               "'\\u%04x' instead.",
               c, (unsigned char)c);
    jql_lex_where(l);
    return false;
}

bool jql_lex_next(struct jql_lex *l)
{
    char c, after;

    while (l->next < l->all.n && is_blank(l->all.p[l->next])) {
        l->next++;
    }
    l->token.at = l->next;
    l->token.kind = JQL_END;
    l->token.text = STR_NONE;
    if (l->next == l->all.n) {
        return true;
    }
    c = l->all.p[l->next];
    after = l->next + 1 < l->all.n ? l->all.p[l->next + 1] : '\0';
    switch (c) {
    case '(':
        single(l, JQL_OPEN);
        return true;
    case ')':
        single(l, JQL_CLOSE);
        return true;
    case ',':
        single(l, JQL_COMMA);
        return true;
    case '"':
    case '\'':
        l->next++;
        return quoted(l, c);
    case '=':
    case '~':
        operator_at(l, 1);
        return true;
    case '<':
    case '>':
        operator_at(l, after == '=' ? 2 : 1);
        return true;
    case '!':
        if (after == '=' || after == '~') {
            operator_at(l, 2);
            return true;
        }
        return reserved(l, c);
    default:
        break;
    }
    if (!is_word(c)) {
        return reserved(l, c);
    }
    l->token.kind = JQL_WORD;
    while (l->next < l->all.n && is_word(l->all.p[l->next])) {
        l->next++;
    }
    l->token.text = str_first(str_skip(l->all, l->token.at), l->next - l->token.at);
    return true;
}

bool jql_lex_start(struct jql_lex *l, struct str all, struct arena *arena,
                   struct buf *why)
{
    *l = (struct jql_lex){.all = all, .arena = arena, .why = why};
    return jql_lex_next(l);
}

bool jql_lex_is(const struct jql_lex *l, const char *word)
{
    return l->token.kind == JQL_WORD && str_eq_nocase(l->token.text, str_of(word));
}
