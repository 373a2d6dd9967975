/*
 * Which initiative or bucket an unlinked item may belong to: text ranking that cites
 * its evidence and says how sure it is. Pure; any thread; all memory is the arena's,
 * which shows failure (arena_failed). The words are looked up elsewhere (the store's
 * index), between the steps:
 *
 *   words      of title and excerpt: folded, without marks, numbers and repeats. A
 *              word of the title counts 1, of what stands before its colon ("billing:
 *              ...") or in its first brackets 3, of the excerpt alone 1/2. What is
 *              joined ("second-site") is a word of its own, too.
 *   score      BM25 without a length, of every document that has one of the words: of
 *              each linked item, and of each initiative or bucket by what the strategy
 *              says of it. A hit in a document's title counts three times. Words that
 *              too many documents have weigh nothing: a third of them for one of the
 *              title, a tenth for others. Neither do words that most documents with
 *              the same first line of the body have: they are the template's.
 *   rank       The 20 nearest documents vote for their initiatives, each by its score
 *              to the power of 1.5, the strategy's own text twice; those whose titles
 *              differ in digits only count once. What little evidence is worth is held
 *              down by a constant share for "none of them". The words that added most
 *              are told; where those of an English sentence and of two letters are all
 *              there is, nothing is suggested.
 *   sureness   s of the best: (p1 + (p1 - p2)) / 2, p being shares of the votes.
 *
 * Grades are calibrated by what is linked already. Each of a sample of linked items is
 * asked about as if it had no link (suggest_calibrate): high is a best one at least as
 * sure as the least sure above which 9 in 10 were right there, medium 6 in 10. Where
 * fewer than ten support that, nothing is high: a new strategy begins with medium and
 * low. What is not the best is low. So 9 in 10 is measured on the very items it is used
 * beside, and where texts do not tell initiatives apart, nothing grades high.
 *
 * `make bench` hides links of recorded issues and measures it; figures stand in
 * tests/bench/suggest.c.
 */
#ifndef CORE_SUGGEST_H
#define CORE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum {
    SUGGEST_WORDS = 48,      /* of one item; more are not looked at */
    SUGGEST_TERM = 48,       /* bytes of a word; longer ones are none */
    SUGGEST_TITLE = 300,     /* bytes of a title, */
    SUGGEST_EXCERPT = 300,   /* and of an excerpt, that are looked at */
    SUGGEST_HITS = 500,      /* documents with a word; more are too many */
    SUGGEST_NEIGHBOURS = 20, /* that vote */
    SUGGEST_BEST = 3,        /* that are told */
    SUGGEST_EVIDENCE = 4,    /* words told of each, */
    SUGGEST_LIKE = 3,        /* and items */
    SUGGEST_TRIALS = 400,    /* linked items that are asked about for the grades */
};

/* X(enumerator, name); order is meaning. */
#define SUGGEST_GRADES(X)                                                              \
    X(SUGGEST_LOW, "low") X(SUGGEST_MEDIUM, "medium") X(SUGGEST_HIGH, "high")
enum suggest_grade {
#define X(e, name) e,
    SUGGEST_GRADES(X)
#undef X
};
const char *suggest_grade_name(enum suggest_grade g);

/* ---- words ---- */

/* A document that has a word, in its title or in its body. */
struct suggest_hit {
    int64_t doc;
    bool title, body;
};
/* Whether a word can be told as the reason: "the" never, two letters beside others. */
enum suggest_reason { REASON_NONE, REASON_BESIDE, REASON_ALONE };
struct suggest_word {
    struct str text; /* for people: "second-site" */
    struct str term; /* as the index has it: "secondsite" */
    double weight;
    bool of_title;
    enum suggest_reason reason;
    struct suggest_hit *hits; /* by document; filled in by who asks the index */
    size_t n_hits;
};
void suggest_split(struct arena *a, struct str title, struct str excerpt,
                   struct suggest_word **ret, size_t *ret_n);
/* For the index: the terms of a text, a blank between. */
struct str suggest_terms(struct arena *a, struct str text);
/* The same for titles that differ in nothing but digits and punctuation; of a body, of
   its first line, 0 where that has no word. */
int64_t suggest_alike(struct arena *a, struct str title);
int64_t suggest_form(struct arena *a, struct str body);

/* ---- neighbours ---- */

struct suggest_vote {
    struct str node;
    bool may; /* work may be linked to it now */
};
struct suggest_neighbour {
    int64_t doc;
    double score;
    /* filled in between the steps, of one without votes nothing */
    bool is_node;
    int64_t alike;
    struct str key; /* of the item */
    struct suggest_vote *votes;
    size_t n_votes;
};
struct suggest_query {
    struct suggest_word *words;
    size_t n_words;
    int64_t docs; /* in the index */
    int64_t skip; /* a document that is not looked at: the item itself; 0: none */
    const int64_t *form; /* sorted: documents with the form of the item's body */
    size_t n_form;
};
/* A word that more documents have weighs nothing: of it no more hits need be given. */
size_t suggest_most_hits(const struct suggest_query *q, const struct suggest_word *w);
/* The nearest, nearest first; at most SUGGEST_NEIGHBOURS. */
void suggest_score(struct arena *a, const struct suggest_query *q,
                   struct suggest_neighbour **ret, size_t *ret_n);

/* ---- suggestions ---- */

struct suggestion {
    struct str node;
    double share; /* of the votes, 0 to 1 */
    enum suggest_grade grade;
    struct str words[SUGGEST_EVIDENCE]; /* as they follow each other in the item */
    size_t n_words;
    struct str like[SUGGEST_LIKE]; /* keys of the nearest items linked to it */
    size_t n_like;
};
struct suggestions {
    struct suggestion v[SUGGEST_BEST]; /* best first */
    size_t n;                          /* 0: no word is known, or no vote fell */
    double sureness;                   /* of the best; 0 without one */
};
/* All are SUGGEST_LOW so far. */
void suggest_rank(struct arena *a, const struct suggest_query *q,
                  const struct suggest_neighbour *v, size_t n, struct suggestions *ret);

/* How sure a suggestion must be; above 1: none is. */
struct suggest_limits {
    double high, medium;
};
void suggest_apply(const struct suggest_limits *l, struct suggestions *s);

struct suggest_trial {
    double sureness; /* of the best suggestion; 0: there was none */
    bool right;      /* it is a link of the item */
};
/* Sorts `v`. */
struct suggest_limits suggest_calibrate(struct suggest_trial *v, size_t n);

#endif
