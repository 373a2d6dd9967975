#include "config/roll_text.h"

#include <stdlib.h>

#include "config/diag.h"
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

static bool no_place(const struct yaml_node *root, struct conf_diag *d)
{
    const struct yaml_node *v = yaml_get(root, "objectives");

    diag_error(d, v != NULL ? v->at : root->at,
               STR("write each objective on lines of its own that begin with '- '"),
               "the next objectives go behind these, and these are no such list");
    return false;
}

static bool insert_draft(struct edits *x, struct str text, size_t at, size_t indent,
                         struct err *e)
{
    struct buf draft;
    bool ok;

    buf_init(&draft, YAML_MAX_BYTES);
    if (at == text.n)
        buf_addc(&draft, '\n');
    ok = roll_write(x->r, indent, &draft, e);
    add(x, at == text.n ? at : at + 1, at == text.n ? at : at + 1,
        arena_str(x->r->a, buf_str(&draft)));
    buf_finish(&draft);
    return ok && (!arena_failed(x->r->a) || err_nomem(e));
}

bool roll_text(struct roll *r, const struct strategy_file *file, struct conf_diag *d,
               struct buf *out)
{
    size_t nodes = YAML_MAX_NODES, at, indent;
    struct edits x = {.r = r};
    const struct yaml_node *root = yaml_read(r->a, file->name, file->text, &nodes, d);
    struct str text;
    struct err e;

    if (root == NULL)
        return false;
    text = root->at.file->text;
    if (!roll_place(text, &at, &indent))
        return no_place(root, d);
    r->rewrites = true;
    if (!insert_draft(&x, text, at, indent, &e)) {
        conf_diag_fail(d, e.msg);
        return false;
    }
    rename_all(&x, root);
    write_edits(&x, text, out);
    if (buf_check(out, &e) && !arena_failed(r->a))
        return true;
    conf_diag_fail(d, "out of memory");
    return false;
}
