#include "core/lint.h"

#include <stdlib.h>

#include "core/lint_in.h"

/* ---- names ---- */

const char *lint_level_name(enum lint_level l)
{
    static const char *const names[] = {
#define X(e, name) [e] = name,
        LINT_LEVELS(X)
#undef X
    };

    return (size_t)l < ARRAY_LEN(names) ? names[l] : "?";
}

const char *lint_grade_name(enum lint_grade g)
{
    return g == LINT_RED ? "red" : g == LINT_AMBER ? "amber" : "green";
}

const struct lint_check *lint_find(struct str id)
{
    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        if (str_eqz(id, c->id)) {
            return c;
        }
    }
    return NULL;
}

/* ---- asking ---- */

struct run {
    const struct lint_in *in;
    struct lint *l;
    bool failed;
};

static enum lint_answer ask(const struct lint_in *in, const struct lint_check *c,
                            const struct node *n, struct lint_hit *hit)
{
    if (c->ask != NULL) {
        return c->ask(in, n, hit);
    }
    hit->message = arena_printf(in->a, "no %s: %s", c->part, c->why);
    hit->fix = str_of(c->fix);
    return c->has(in);
}

/* `n` NULL: the strategy as a whole, which stands where its first objective does. */
static enum lint_answer find_one(const struct lint_in *in, const struct lint_check *c,
                                 const struct node *n, struct lint_finding *ret)
{
    struct lint_hit hit = {.at = NULL};
    enum lint_answer answer = ask(in, c, n, &hit);

    n = hit.at != NULL ? hit.at : n;
    if (answer == LINT_FOUND) {
        *ret = (struct lint_finding){
            .check = c->id,
            .level = c->level,
            .kind = n != NULL ? node_kind_name(n->kind) : "strategy",
            .node = n != NULL ? n->id : STR_NONE,
            .file = n != NULL ? n->file : in->s->objectives[0].node.file,
            .line = n != NULL ? n->line : 1,
            .message = hit.message,
            .fix = hit.fix,
        };
    }
    return answer;
}

static void ask_one(struct run *r, const struct lint_check *c, const struct node *n)
{
    struct lint_finding f;

    switch (find_one(r->in, c, n, &f)) {
    case LINT_NOT_ASKED:
        return;
    case LINT_PASSED:
        r->l->asked++;
        r->l->passed++;
        return;
    case LINT_FOUND:
        r->failed = r->failed || !lint_add(r->l, r->in->a, &f);
        return;
    }
}

static void ask_node(struct run *r, const struct node *n)
{
    if (lint_over(n, r->in->today)) {
        return;
    }
    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        if ((c->of & STRATEGY_KIND(n->kind)) != 0) {
            ask_one(r, c, n);
        }
    }
}

static void ask_all(struct run *r)
{
    const struct strategy *s = r->in->s;

    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        if (c->of == 0) {
            ask_one(r, c, NULL);
        }
    }
    if (s->vision != NULL) {
        ask_node(r, &s->vision->node);
    }
#define ALL(list)                                                                      \
    for (size_t i = 0; i < s->n_##list; i++) {                                         \
        ask_node(r, &s->list[i].node);                                                 \
    }
    ALL(not_doing)
    ALL(intents)
    ALL(objectives)
    ALL(key_results)
    ALL(initiatives)
    ALL(teams)
#undef ALL
}

/* ---- order ---- */

static size_t check_index(const char *id)
{
    size_t i = 0;

    while (lint_checks[i].id != NULL && strcmp(lint_checks[i].id, id) != 0) {
        i++;
    }
    return i;
}

static int finding_cmp(const void *x, const void *y)
{
    const struct lint_finding *a = x, *b = y;
    int files = str_cmp(a->file, b->file);
    size_t i, k;

    if (files != 0) {
        return files;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    i = check_index(a->check);
    k = check_index(b->check);
    if (i != k) {
        return i < k ? -1 : 1;
    }
    return str_cmp(a->node, b->node) != 0 ? str_cmp(a->node, b->node)
                                          : str_cmp(a->message, b->message);
}

bool lint_add(struct lint *l, struct arena *a, const struct lint_finding *f)
{
    struct lint_finding *slot = arena_grow(a, &l->v, &l->n, &l->cap, sizeof *slot);

    if (slot == NULL) {
        return false;
    }
    *slot = *f;
    l->asked++;
    l->found[f->level]++;
    return true;
}

void lint_sort(struct lint *l)
{
    if (l->n > 1) {
        qsort(l->v, l->n, sizeof *l->v, finding_cmp);
    }
}

/* ---- one by one ---- */

const struct lint_in *lint_prepare(const struct strategy *s, struct date today,
                                   struct arena *a)
{
    struct lint_in *in = arena_alloc(a, sizeof *in);

    if (in == NULL) {
        return NULL;
    }
    *in = (struct lint_in){.s = s, .today = today, .a = a};
    return lint_in_fill(in) ? in : NULL;
}

enum lint_answer lint_ask_check(const struct lint_in *in, const char *check,
                                const struct node *n, struct arena *a,
                                struct lint_finding *ret)
{
    const struct lint_check *c = lint_find(str_of(check));
    struct lint_in mine = *in;

    if (c == NULL || (c->of & STRATEGY_KIND(n->kind)) == 0 || lint_over(n, in->today)) {
        return LINT_NOT_ASKED;
    }
    mine.a = a;
    return find_one(&mine, c, n, ret);
}

struct date lint_next_end(const struct lint_in *in)
{
    return in->next_end;
}

/* ---- all of them ---- */

bool lint_run(const struct strategy *s, struct date today, struct arena *a,
              struct lint *ret)
{
    struct lint_in in = {.s = s, .today = today, .a = a};
    struct run r = {.in = &in, .l = ret};

    *ret = (struct lint){.n = 0};
    if (!lint_in_fill(&in)) {
        return false;
    }
    ret->missing = in.missing;
    ask_all(&r);
    lint_sort(ret);
    return !r.failed && !arena_failed(a);
}

/* ---- the whole of it ---- */

double lint_score(const struct lint *l)
{
    return l->asked == 0 ? 0
                         : ((double)l->passed + 0.5 * (double)l->found[LINT_HINT]) /
                               (double)l->asked;
}

enum lint_grade lint_grade(const struct lint *l)
{
    double score = lint_score(l);

    if (l->missing != 0 || score < 0.45) {
        return LINT_RED;
    }
    return score < 0.75 ? LINT_AMBER : LINT_GREEN;
}
