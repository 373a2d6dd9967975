#include "config/roll_text.h"

#include <stdlib.h>

#include "config/diag.h"
#include "config/roll_flow.h"
#include "config/yaml.h"

/* A stretch of the old text and what stands in its place. */
struct edit {
    size_t from, to;
    struct str text;
};
struct edits {
    struct roll *r;
    struct edit *v;
    size_t n, cap;
    bool failed; /* out of memory */
};

static void add(struct edits *x, size_t from, size_t to, struct str text)
{
    struct edit *e = arena_grow(x->r->a, &x->v, &x->n, &x->cap, sizeof *e);

    if (e != NULL)
        *e = (struct edit){from, to, text};
}

/* ---- references ---- */

static struct str successor(const struct roll *r, struct str id)
{
    for (size_t i = 0; i < r->s->n_key_results; i++) {
        if (str_eq(r->s->key_results[i].node.id, id))
            return roll_new_id(r, &r->s->key_results[i]);
    }
    return STR_NONE;
}

static void rename_scalar(struct edits *x, const struct yaml_node *n)
{
    struct str id = n != NULL && n->kind == YAML_SCALAR ? successor(x->r, n->text)
                                                        : STR_NONE;

    if (id.n > 0)
        add(x, n->at.from, n->at.to, id);
}

/* One name, a list of names, or names as the keys of a mapping. */
static void rename_names(struct edits *x, const struct yaml_node *n)
{
    if (n == NULL)
        return;
    rename_scalar(x, n);
    for (const struct yaml_node *e = n->first; e != NULL; e = e->next)
        rename_scalar(x, n->kind == YAML_MAP ? e->key : e);
}

static bool carries_on(const struct roll *r, const struct yaml_node *item)
{
    const struct yaml_node *id = yaml_get(item, "id");
    const struct initiative *in =
        id != NULL && id->kind == YAML_SCALAR ? strategy_initiative(r->s, id->text) : NULL;

    return in != NULL && roll_carries_on(r, in);
}

static void rename_all(struct edits *x, const struct yaml_node *root)
{
    const struct yaml_node *initiatives = yaml_get(root, "initiatives");
    const struct yaml_node *teams = yaml_get(root, "teams");
    const struct yaml_node *e;

    for (e = initiatives != NULL ? initiatives->first : NULL; e != NULL; e = e->next) {
        if (carries_on(x->r, e)) {
            rename_names(x, yaml_get(e, "moves"));
            rename_names(x, yaml_get(e, "weights"));
        }
    }
    for (e = teams != NULL ? teams->first : NULL; e != NULL; e = e->next)
        rename_names(x, yaml_get(e, "key_results"));
}

/* ---- the text ---- */

static int by_place(const void *a, const void *b)
{
    const struct edit *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

static void write_edits(struct edits *x, struct str text, struct buf *out)
{
    size_t at = 0;

    if (x->n > 0)
        qsort(x->v, x->n, sizeof *x->v, by_place);
    for (size_t i = 0; i < x->n; i++) {
        buf_add(out, str_first(str_skip(text, at), x->v[i].from - at));
        buf_add(out, x->v[i].text);
        at = x->v[i].to;
    }
    buf_add(out, at < text.n ? str_skip(text, at) : STR_NONE);
}

/* ---- where the draft goes ---- */

static bool no_place(const struct yaml_node *root, struct conf_diag *d)
{
    const struct yaml_node *v = yaml_get(root, "objectives");

    diag_error(d, v != NULL ? v->at : root->at,
               STR("write each objective on lines of its own that begin with '- '"),
               "the next objectives go behind these, and these are no such list");
    return false;
}

/* The objectives in brackets; NULL: they are lines, or there are none. */
static const struct yaml_node *in_brackets(const struct yaml_node *root, struct str text)
{
    const struct yaml_node *v = yaml_get(root, "objectives");

    return v != NULL && v->kind == YAML_SEQ && v->first != NULL &&
                   text.p[v->at.from] == '['
               ? v
               : NULL;
}

/* Where a list in brackets ends, and whether its last item has a comma behind it. */
struct ending {
    size_t last, bracket;
    bool comma;
};

/* Behind what is quoted from `at` on. */
static size_t skip_quoted(struct str text, size_t at)
{
    char quote = text.p[at++];

    while (at < text.n && text.p[at] != quote)
        at += quote == '"' && text.p[at] == '\\' ? 2 : 1;
    return at + 1;
}

static size_t skip_comment(struct str text, size_t at)
{
    while (at < text.n && text.p[at] != '\n')
        at++;
    return at;
}

/* A quote that follows a mark opens, one within a word does not. */
static bool opens_quote(char c, char before)
{
    return (c == '"' || c == '\'') && str_chr(STR("[{,:'"), before) >= 0;
}

/*
 * From the bracket that opens the list, in a text that was read as YAML: there are only
 * brackets that match. False: there is no end, which is our own mistake.
 */
static bool find_ending(size_t at, struct str text, struct ending *ret)
{
    size_t depth = 0;
    char before = '[';

    *ret = (struct ending){.last = at};
    while (at < text.n) {
        char c = text.p[at];
        size_t next = at + 1;

        if (c == '#' && str_chr(STR(" \t\n"), text.p[at - 1]) >= 0) {
            at = skip_comment(text, at);
            continue;
        }
        if (str_chr(STR(" \t\r\n"), c) >= 0) {
            at++;
            continue;
        }
        if (opens_quote(c, before))
            next = skip_quoted(text, at);
        depth += c == '[' || c == '{';
        if ((c == ']' || c == '}') && --depth == 0) {
            ret->bracket = at;
            ret->comma = before == ',';
            return true;
        }
        if (c != ',')
            ret->last = next;
        before = c;
        at = next;
    }
    return false;
}

static size_t line_start(struct str text, size_t at)
{
    while (at > 0 && text.p[at - 1] != '\n')
        at--;
    return at;
}

enum { FLOW_INDENT = 2 };

/* Behind the last item, on lines of their own, before the bracket. */
static void insert_flow(struct edits *x, struct str text, const struct ending *at,
                        struct str draft)
{
    size_t line = line_start(text, at->bracket);
    bool alone = str_trim(str_first(str_skip(text, line), at->bracket - line)).n == 0;
    size_t to = alone ? line : at->bracket;
    struct buf b;

    buf_init(&b, YAML_MAX_BYTES);
    if (!alone)
        buf_addc(&b, '\n');
    roll_flow(draft, &b);
    if (!alone)
        buf_addz(&b, "  ");
    if (!at->comma)
        add(x, at->last, at->last, STR(","));
    add(x, to, to, arena_str(x->r->a, buf_str(&b)));
    if (!buf_ok(&b))
        x->failed = true;
    buf_finish(&b);
}

static void insert_block(struct edits *x, struct str text, size_t at, struct str draft)
{
    size_t to = at == text.n ? at : at + 1;

    add(x, to, to,
        arena_printf(x->r->a, "%s%.*s", at == text.n ? "\n" : "", STR_FMT(draft)));
}

static bool insert_draft(struct edits *x, const struct yaml_node *root, struct str text,
                         struct conf_diag *d)
{
    const struct yaml_node *list = in_brackets(root, text);
    size_t at = 0, indent = FLOW_INDENT;
    struct ending ending = {0};
    struct buf draft;
    struct err e;

    if (list != NULL ? !find_ending(list->at.from, text, &ending) : !roll_place(text, &at, &indent))
        return no_place(root, d);
    buf_init(&draft, YAML_MAX_BYTES);
    if (!roll_write(x->r, indent, &draft, &e)) {
        buf_finish(&draft);
        conf_diag_fail(d, e.msg);
        return false;
    }
    if (list != NULL)
        insert_flow(x, text, &ending, buf_str(&draft));
    else
        insert_block(x, text, at, buf_str(&draft));
    buf_finish(&draft);
    return true;
}

static bool edit(struct roll *r, const struct strategy_file *file, bool draft,
                 struct conf_diag *d, struct buf *out)
{
    size_t nodes = YAML_MAX_NODES;
    struct edits x = {.r = r};
    const struct yaml_node *root = yaml_read(r->a, file->name, file->text, &nodes, d);
    struct str text;

    if (root == NULL)
        return false;
    text = root->at.file->text;
    if (draft && !insert_draft(&x, root, text, d))
        return false;
    rename_all(&x, root);
    write_edits(&x, text, out);
    if (buf_ok(out) && !arena_failed(r->a) && !x.failed)
        return true;
    conf_diag_fail(d, "out of memory");
    return false;
}

bool roll_text(struct roll *r, const struct strategy_file *file, struct conf_diag *d,
               struct buf *out)
{
    return edit(r, file, true, d, out);
}

bool roll_rest(struct roll *r, const struct strategy_file *file, struct conf_diag *d,
               struct buf *out)
{
    return edit(r, file, false, d, out);
}
