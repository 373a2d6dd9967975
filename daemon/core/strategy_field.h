/*
 * The fields of a node of the strategy as rows, and how two values of one are told
 * apart in words; strategy_diff.c pairs the nodes. Pure. Memory is the arena's; what
 * fails is the diff as a whole (failed).
 */
#ifndef CORE_STRATEGY_FIELD_H
#define CORE_STRATEGY_FIELD_H

#include "core/strategy_diff.h"

/* A diff while it is made. */
struct diff {
    const struct strategy *from, *to;
    struct date today;
    struct arena *a;
    struct arena *scratch; /* of the two values that are compared just now */
    struct strategy_change *v;
    size_t n, cap;
    bool failed;
    const struct node **now[NODE_RETIRED + 1]; /* what each node of `from` became */
};

/* Whose fields are compared. */
struct diff_subject {
    const char *kind;
    struct str id, name;                  /* "KR nps" */
    const struct key_result *was_kr, *kr; /* NULL: it is none */
    bool closed;                          /* nothing that it holds is told */
};

/* A value as one text or several: to compare, and to show. */
struct field_value {
    struct str_list key, shown;
    size_t cap_key, cap_shown;
};

enum field_type {
    FIELD_TEXT,
    FIELD_PROSE, /* too long to stand in a sentence */
    FIELD_DATE,
    FIELD_PERCENT, /* negative: none */
    FIELD_NUMBER,  /* `has` beside it */
    FIELD_AMOUNT,  /* negative: none */
    FIELD_COUNT,   /* 0: none */
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_SPAN,
    FIELD_TEXTS,
    FIELD_IDS,     /* of nodes, which may have been renamed */
    FIELD_DOCS,    /* with their count beside them */
    FIELD_MATCHES, /* a match_spec's fields */
    FIELD_CALL,
};

struct field {
    const char *name, *words;
    enum field_type type;
    size_t at, has;           /* offsets */
    const char *const *names; /* ENUM */
    void (*call)(struct diff *d, const void *node, bool is_old,
                 struct field_value *ret);
    enum change_kind change;
    bool closed;
    bool whole; /* a list that is told as one value */
};

extern const struct field strategy_fields[], vision_fields[], intent_fields[],
    objective_fields[], key_result_fields[], initiative_fields[], bucket_fields[],
    team_fields[], not_doing_fields[], competitor_fields[], event_fields[],
    decision_fields[]; /* each ends with name NULL */

/* Compares all rows. `old` and `new` are structs of the kind. */
void diff_fields(struct diff *d, const struct diff_subject *s, const struct field *rows,
                 const void *old, const void *new);
/* Room for one more; NULL: failed. */
struct strategy_change *diff_add(struct diff *d, const struct diff_subject *s,
                                 enum change_kind change, const char *field);
/* The id that a node has in the second version, whichever the name is from. */
struct str diff_id(const struct diff *d, struct str id, bool is_old);
/* What a node of the first became; NULL: it is gone. */
const struct node *diff_now(const struct diff *d, const struct node *old);

void field_push(struct diff *d, struct field_value *v, struct str key,
                struct str shown);

/* The texts as a set, the caller's to destroy. NULL: failed. */
struct map *field_set(struct diff *d, const struct str_list *l);

#endif
