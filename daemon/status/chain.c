#include "status/chain.h"

#include "base/date.h"
#include "status/shape.h"

/* The node above, or NULL with *gap saying what is missing (or NULL: nothing). */
static const struct node *above(const struct strategy *s, const struct node *n,
                                const char **gap)
{
    const struct initiative *in;
    const struct objective *ob;

    switch (n->kind) {
    case NODE_INITIATIVE:
        in = (const struct initiative *)(const void *)n;
        if (in->n_moves > 0)
            return &in->moves[0].kr->node;
        *gap = "the initiative moves no key result";
        return NULL;
    case NODE_KR:
        return &((const struct key_result *)(const void *)n)->objective->node;
    case NODE_OBJECTIVE:
        ob = (const struct objective *)(const void *)n;
        if (ob->intent != NULL)
            return &ob->intent->node;
        *gap = "the objective names no intent";
        return NULL;
    case NODE_INTENT:
        if (s->vision != NULL)
            return &s->vision->node;
        *gap = "the strategy has no vision";
        return NULL;
    case NODE_RETIRED:
        *gap = "the id was retired";
        return NULL;
    case NODE_TEAM:
    case NODE_NOT_DOING:
    case NODE_COMPETITOR:
    case NODE_EVENT:
    case NODE_DECISION:
        *gap = "work cannot be linked to a node of this kind";
        return NULL;
    case NODE_VISION:
    case NODE_BUCKET:
        break;
    }
    return NULL;
}

struct chain chain_from(const struct strategy *s, const struct node *start)
{
    struct chain c = {.n = 0};

    while (start != NULL && c.n < CHAIN_MAX) {
        c.v[c.n++] = start;
        start = above(s, start, &c.gap);
    }
    return c;
}

const struct node *chain_objective(const struct chain *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->v[i]->kind == NODE_OBJECTIVE)
            return c->v[i];
    }
    return NULL;
}

struct str chain_title(const struct node *n)
{
    if (n->kind == NODE_VISION && n->title.n == 0)
        return ((const struct vision *)(const void *)n)->statement;
    return n->title;
}

struct str chain_why(const struct node *n)
{
    if (n->kind == NODE_INITIATIVE && n->why.n == 0)
        return ((const struct initiative *)(const void *)n)->problem;
    return n->why;
}

void chain_measure(struct buf *out, const struct key_result *kr)
{
    size_t start = out->n;

    if (kr->kind == KR_REACH && kr->has_baseline && kr->has_target)
        buf_printf(out, "%g to %g", kr->baseline, kr->target);
    else if (kr->kind == KR_REACH && kr->has_target)
        buf_printf(out, "to %g", kr->target);
    else if (kr->kind == KR_KEEP && kr->has_at_least)
        buf_printf(out, "at least %g", kr->at_least);
    else if (kr->kind == KR_KEEP && kr->has_at_most)
        buf_printf(out, "at most %g", kr->at_most);
    else if (kr->kind == KR_DONE)
        buf_addz(out, "done");
    if (out->n > start && kr->unit.n > 0 && kr->kind != KR_DONE)
        buf_printf(out, "%s%.*s", str_eqz(kr->unit, "%") ? "" : " ", STR_FMT(kr->unit));
    if (kr->by.year > 0) {
        buf_addz(out, out->n > start ? " by " : "by ");
        date_print(out, kr->by);
    }
}

static void write_docs(struct jsonw *w, const struct doc_link *docs, size_t n)
{
    jsonw_array(w, "docs");
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w, NULL);
        jsonw_opt(w, "title", docs[i].title);
        jsonw_str(w, "url", docs[i].url);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void chain_node_members(struct jsonw *w, const struct node *n)
{
    jsonw_strz(w, "kind", node_kind_name(n->kind));
    jsonw_str(w, "id", n->id);
    jsonw_opt(w, "title", chain_title(n));
    jsonw_opt(w, "why", chain_why(n));
    jsonw_opt(w, "owner", n->owner);
    jsonw_opt(w, "file", n->file);
    if (n->line > 0)
        jsonw_int(w, "line", n->line);
    else
        jsonw_null(w, "line");
    write_docs(w, n->docs, n->n_docs);
}

/* Only an initiative has a state that tells whether work on it serves anything. */
static void write_state(struct jsonw *w, const struct node *n)
{
    if (n->kind == NODE_INITIATIVE)
        jsonw_strz(w, "status",
                   shape_initiative_status(
                       ((const struct initiative *)(const void *)n)->status));
    else
        jsonw_null(w, "status");
}

void chain_write(struct jsonw *w, const char *key, const struct chain *c)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < c->n; i++) {
        struct buf measure;

        buf_init(&measure, 1000);
        if (c->v[i]->kind == NODE_KR)
            chain_measure(&measure, (const struct key_result *)(const void *)c->v[i]);
        jsonw_object(w, NULL);
        chain_node_members(w, c->v[i]);
        write_state(w, c->v[i]);
        jsonw_opt(w, "measure", buf_str(&measure));
        jsonw_end_object(w);
        buf_finish(&measure);
    }
    jsonw_end_array(w);
}
