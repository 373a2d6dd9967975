#include "core/suggest.h"

#include <math.h>
#include <stdlib.h>

/* BM25's saturation, and how much a hit in the title counts. */
#define K1 1.2
#define IN_TITLE 3.0
#define IN_BODY 1.0
/* Above which share of the documents a word weighs nothing; a few may have it anyway.
 */
enum { COMMON_TITLE = 3, COMMON_BODY = 10, NEVER_COMMON = 3 };
/* From how many documents on a first line of the body is a template's. */
enum { FORM_FROM = 5 };
#define NODE_VOTE 2.0
/* What "none of them" gets: so many votes of a document with one unique word. */
#define NONE_VOTE 2.0
/* From how many trials on a limit is one. */
enum { CALIBRATED_FROM = 10 };
#define HIGH_RIGHT 0.9
#define MEDIUM_RIGHT 0.6
/* Before there is anything to calibrate with. */
#define MEDIUM_UNTRIED 0.5

const char *suggest_grade_name(enum suggest_grade g)
{
    switch (g) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        SUGGEST_GRADES(X)
#undef X
    }
    return "?";
}

/* ---- what a word weighs ---- */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Most documents with the form have it: it is the form's. */
static bool is_of_form(const struct suggest_query *q, const struct suggest_word *w)
{
    size_t n = 0;

    if (w->of_title || q->n_form < FORM_FROM) {
        return false;
    }
    for (size_t i = 0; i < w->n_hits; i++) {
        n += bsearch(&w->hits[i].doc, q->form, q->n_form, sizeof *q->form, by_number) !=
             NULL;
    }
    return 2 * n > q->n_form;
}

static bool has_doc(const struct suggest_word *w, int64_t doc)
{
    for (size_t i = 0; i < w->n_hits; i++) {
        if (w->hits[i].doc == doc) {
            return true;
        }
    }
    return false;
}

size_t suggest_most_hits(const struct suggest_query *q, const struct suggest_word *w)
{
    int64_t most = q->docs / (w->of_title ? COMMON_TITLE : COMMON_BODY);

    if (most < NEVER_COMMON) {
        return NEVER_COMMON;
    }
    return most < SUGGEST_HITS ? (size_t)most : SUGGEST_HITS;
}

static double weight_of(const struct suggest_query *q, const struct suggest_word *w)
{
    bool skips = q->skip != 0;
    int64_t docs = q->docs - skips;
    int64_t df = (int64_t)w->n_hits - (skips && has_doc(w, q->skip));

    if (df <= 0 || w->n_hits > suggest_most_hits(q, w) || is_of_form(q, w)) {
        return 0;
    }
    return w->weight * log(1 + ((double)(docs - df) + 0.5) / ((double)df + 0.5));
}

static double hit_score(double weight, const struct suggest_hit *h)
{
    double tf = (h->title ? IN_TITLE : 0) + (h->body ? IN_BODY : 0);

    return weight * tf * (K1 + 1) / (tf + K1);
}

/* ---- scores ---- */

struct score {
    int64_t doc;
    double sum;
};
/* Documents by number, open addressing; sum 0 is a free place. */
struct scores {
    struct score *v;
    size_t mask;
};

static void add_score(struct scores *s, int64_t doc, double by)
{
    size_t at = ((uint64_t)doc * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & s->mask;

    while (s->v[at].sum > 0 && s->v[at].doc != doc) {
        at = (at + 1) & s->mask;
    }
    s->v[at].doc = doc;
    s->v[at].sum += by;
}

static bool is_nearer(const struct score *a, const struct suggest_neighbour *b)
{
    return a->sum > b->score || (a->sum == b->score && a->doc > b->doc);
}

static void keep_nearest(const struct scores *s, struct suggest_neighbour *best,
                         size_t *ret_n)
{
    for (size_t i = 0; i <= s->mask; i++) {
        size_t at = *ret_n;

        if (!(s->v[i].sum > 0)) {
            continue;
        }
        while (at > 0 && is_nearer(&s->v[i], &best[at - 1])) {
            if (at < SUGGEST_NEIGHBOURS) {
                best[at] = best[at - 1];
            }
            at--;
        }
        if (at < SUGGEST_NEIGHBOURS) {
            best[at] = (struct suggest_neighbour){.doc = s->v[i].doc,
                                                  .score = s->v[i].sum};
            *ret_n += *ret_n < SUGGEST_NEIGHBOURS;
        }
    }
}

void suggest_score(struct arena *a, const struct suggest_query *q,
                   struct suggest_neighbour **ret, size_t *ret_n)
{
    struct suggest_neighbour *best = arena_array(a, SUGGEST_NEIGHBOURS, sizeof *best);
    size_t hits = 0, size = 64;

    *ret_n = 0;
    for (size_t i = 0; i < q->n_words; i++) {
        hits += q->words[i].n_hits;
    }
    while (size < 2 * hits) {
        size *= 2;
    }
    struct scores s = {arena_array(a, size, sizeof *s.v), size - 1};

    if (best == NULL || s.v == NULL) {
        return;
    }
    for (size_t i = 0; i < q->n_words; i++) {
        const struct suggest_word *w = &q->words[i];
        double weight = weight_of(q, w);

        for (size_t k = 0; weight > 0 && k < w->n_hits; k++) {
            if (w->hits[k].doc != q->skip) {
                add_score(&s, w->hits[k].doc, hit_score(weight, &w->hits[k]));
            }
        }
    }
    keep_nearest(&s, best, ret_n);
    *ret = best;
}

/* ---- votes ---- */

static double power(double score)
{
    return score * sqrt(score);
}

struct count {
    struct str node;
    bool may;
    double votes;
};

/* A nearer one with such a title has voted for it. */
static bool has_voted(const struct suggest_neighbour *v, size_t i, struct str node)
{
    for (size_t k = 0; k < i; k++) {
        if (v[k].is_node || v[i].is_node || v[k].alike != v[i].alike) {
            continue;
        }
        for (size_t j = 0; j < v[k].n_votes; j++) {
            if (str_eq(v[k].votes[j].node, node)) {
                return true;
            }
        }
    }
    return false;
}

static struct count *count_of(struct arena *a, struct count **v, size_t *n, size_t *cap,
                              const struct suggest_vote *vote)
{
    for (size_t i = 0; i < *n; i++) {
        if (str_eq((*v)[i].node, vote->node)) {
            return &(*v)[i];
        }
    }
    struct count *c = arena_grow(a, v, n, cap, sizeof *c);

    if (c != NULL) {
        *c = (struct count){.node = vote->node, .may = vote->may};
    }
    return c;
}

/* *ret_total: all votes that fell. */
static struct count *count_votes(struct arena *a, const struct suggest_neighbour *v,
                                 size_t n, size_t *ret_n, double *ret_total)
{
    struct count *counts = NULL;
    size_t cap = 0;

    for (size_t i = 0; i < n; i++) {
        double each = power(v[i].score) * (v[i].is_node ? NODE_VOTE : 1);

        for (size_t k = 0; k < v[i].n_votes; k++) {
            struct count *c = NULL;

            if (!has_voted(v, i, v[i].votes[k].node)) {
                c = count_of(a, &counts, ret_n, &cap, &v[i].votes[k]);
            }
            if (c != NULL) {
                c->votes += each / sqrt((double)v[i].n_votes);
                *ret_total += each / sqrt((double)v[i].n_votes);
            }
        }
    }
    return counts;
}

static int by_votes(const void *a, const void *b)
{
    const struct count *x = a, *y = b;

    if (x->votes != y->votes) {
        return x->votes < y->votes ? 1 : -1;
    }
    return str_cmp(x->node, y->node);
}

/* ---- evidence ---- */

static bool votes_for(const struct suggest_neighbour *v, struct str node)
{
    for (size_t i = 0; i < v->n_votes; i++) {
        if (str_eq(v->votes[i].node, node)) {
            return true;
        }
    }
    return false;
}

static int by_doc(const void *a, const void *b)
{
    const struct suggest_hit *x = a, *y = b;

    return (x->doc > y->doc) - (x->doc < y->doc);
}

/* Documents that vote for a node. */
struct voters {
    int64_t v[SUGGEST_NEIGHBOURS];
    size_t n;
};

static struct voters voters_of(const struct suggest_neighbour *v, size_t n,
                               struct str node)
{
    struct voters found = {.n = 0};

    for (size_t i = 0; i < n && found.n < SUGGEST_NEIGHBOURS; i++) {
        if (votes_for(&v[i], node)) {
            found.v[found.n++] = v[i].doc;
        }
    }
    return found;
}

/* What a word of this weight has added to them. */
static double worth(const struct suggest_word *w, double weight,
                    const struct voters *voters)
{
    double sum = 0;

    for (size_t i = 0; weight > 0 && i < voters->n; i++) {
        struct suggest_hit key = {.doc = voters->v[i]}, *hit;

        hit = bsearch(&key, w->hits, w->n_hits, sizeof key, by_doc);
        sum += hit != NULL ? hit_score(weight, hit) : 0;
    }
    return sum;
}

/* "second" says nothing beside "second-site". */
static bool is_part_of(struct str part, struct str of)
{
    return part.n < of.n && str_find(of, part) >= 0;
}

static bool is_told(const struct suggest_query *q, const size_t *at, size_t n,
                    const struct suggest_word *w)
{
    for (size_t i = 0; i < n; i++) {
        const struct suggest_word *told = &q->words[at[i]];

        if (told == w || is_part_of(w->text, told->text) ||
            is_part_of(told->text, w->text)) {
            return true;
        }
    }
    return false;
}

static int by_place(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* False: there is no reason among them. `weights`: of all words. */
static bool tell_words(struct arena *a, const struct suggest_query *q,
                       const double *weights, const struct voters *voters,
                       struct suggestion *ret)
{
    double *worths = arena_array(a, q->n_words + 1, sizeof *worths);
    size_t at[SUGGEST_EVIDENCE], told = 0;
    bool reason = false;

    for (size_t i = 0; worths != NULL && i < q->n_words; i++) {
        if (q->words[i].reason != REASON_NONE) {
            worths[i] = worth(&q->words[i], weights[i], voters);
        }
    }
    while (worths != NULL && told < SUGGEST_EVIDENCE) {
        size_t best = q->n_words;

        for (size_t i = 0; i < q->n_words; i++) {
            if (worths[i] > 0 && (best == q->n_words || worths[i] > worths[best]) &&
                !is_told(q, at, told, &q->words[i])) {
                best = i;
            }
        }
        if (best == q->n_words) {
            break;
        }
        at[told++] = best;
        reason = reason || q->words[best].reason == REASON_ALONE;
    }
    qsort(at, told, sizeof *at, by_place);
    for (size_t i = 0; i < told; i++) {
        ret->words[i] = q->words[at[i]].text;
    }
    ret->n_words = told;
    return reason;
}

static void tell_items(const struct suggest_neighbour *v, size_t n,
                       struct suggestion *ret)
{
    for (size_t i = 0; i < n && ret->n_like < SUGGEST_LIKE; i++) {
        if (!v[i].is_node && v[i].key.n > 0 && votes_for(&v[i], ret->node)) {
            ret->like[ret->n_like++] = v[i].key;
        }
    }
}

static const double *weigh(struct arena *a, const struct suggest_query *q)
{
    double *weights = arena_array(a, q->n_words + 1, sizeof *weights);

    for (size_t i = 0; weights != NULL && i < q->n_words; i++) {
        weights[i] = weight_of(q, &q->words[i]);
    }
    return weights;
}

void suggest_rank(struct arena *a, const struct suggest_query *q,
                  const struct suggest_neighbour *v, size_t n, struct suggestions *ret)
{
    size_t n_counts = 0;
    double total = NONE_VOTE * power(log(1 + (double)q->docs)), other = 0;
    struct count *counts = count_votes(a, v, n, &n_counts, &total);
    const double *weights = weigh(a, q);

    *ret = (struct suggestions){0};
    if (n_counts == 0 || weights == NULL) {
        return;
    }
    qsort(counts, n_counts, sizeof *counts, by_votes);
    for (size_t i = 0; i < n_counts && ret->n < SUGGEST_BEST; i++) {
        struct suggestion s = {.node = counts[i].node, .share = counts[i].votes / total};
        struct voters voters = voters_of(v, n, s.node);
        bool told = counts[i].may && tell_words(a, q, weights, &voters, &s);

        /* The strongest besides the best, which it may be stronger than. */
        if (other == 0 && (ret->n > 0 || !told)) {
            other = s.share;
        }
        if (told) {
            tell_items(v, n, &s);
            ret->v[ret->n++] = s;
        }
    }
    if (ret->n > 0) {
        ret->sureness = ret->v[0].share - other / 2;
    }
}

/* ---- grades ---- */

void suggest_apply(const struct suggest_limits *l, struct suggestions *s)
{
    if (s->n == 0) {
        return;
    }
    if (s->sureness >= l->high) {
        s->v[0].grade = SUGGEST_HIGH;
    } else if (s->sureness >= l->medium) {
        s->v[0].grade = SUGGEST_MEDIUM;
    }
}

static int by_sureness(const void *a, const void *b)
{
    const struct suggest_trial *x = a, *y = b;

    return (x->sureness < y->sureness) - (x->sureness > y->sureness);
}

/* The least sureness above which so many were right, one more being taken for wrong:
   the limit was chosen by the same trials. */
static double limit_for(const struct suggest_trial *v, size_t n, double share)
{
    double limit = 2;
    size_t right = 0;

    for (size_t i = 0; i < n && v[i].sureness > 0; i++) {
        right += v[i].right;
        if (i + 1 < n && !(v[i + 1].sureness < v[i].sureness)) {
            continue;
        }
        if (i + 1 >= CALIBRATED_FROM && (double)right - 1 >= share * (double)(i + 1)) {
            limit = v[i].sureness;
        }
    }
    return limit;
}

struct suggest_limits suggest_calibrate(struct suggest_trial *v, size_t n)
{
    struct suggest_limits l = {2, MEDIUM_UNTRIED};

    if (n > 0) {
        qsort(v, n, sizeof *v, by_sureness);
    }
    if (n < CALIBRATED_FROM) {
        return l;
    }
    l.high = limit_for(v, n, HIGH_RIGHT);
    l.medium = limit_for(v, n, MEDIUM_RIGHT);
    return l;
}
