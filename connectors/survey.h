/*
 * A first look at a tracker: what a first draft of the two files can be made of before
 * anything is configured (alignctl init). Asked once, page by page, nothing is asked
 * twice: a failure ends it, in words that say what to do. Pure; one thread; results live
 * in the survey's arena. What the tracker says is hostile text, cut to bounds and not
 * made safe: whoever writes it quotes it.
 */
#ifndef CONNECTORS_SURVEY_H
#define CONNECTORS_SURVEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/http_msg.h"
#include "base/str.h"

enum {
    SURVEY_MAX_INITIATIVES = 500,
    SURVEY_MAX_PEOPLE = 200,
    SURVEY_MAX_PLACES = 100,
    SURVEY_MAX_TEXT = 250, /* bytes kept of a title or a name */
};

struct survey_initiative {
    struct str key;   /* of the issue; empty: it is a milestone */
    struct str title; /* a milestone's is what its issues are matched by */
    struct str owner; /* id of a person; empty: nobody's */
    bool cut;         /* the title goes on */
};
struct survey_person {
    struct str id, name; /* login or account id; the name may be empty */
};
struct survey_place {
    struct str name, title; /* owner/repository or project key */
    bool busy;              /* open work of it was seen */
};

struct survey {
    struct arena *a; /* borrowed */
    struct survey_initiative *initiatives;
    size_t n_initiatives, cap_initiatives;
    struct survey_person *people;
    size_t n_people, cap_people;
    struct survey_place *places;
    size_t n_places, cap_places;
    struct str field, field_name; /* the one that names an initiative; empty: none */
    /* What was found, and what was guessed, one sentence each. */
    struct str *found, *guessed;
    size_t n_found, cap_found, n_guessed, cap_guessed;
};

/* Each appends and copies; beyond the bounds it is dropped. Out of memory: the arena's. */
void survey_add_initiative(struct survey *s, struct str key, struct str title,
                           struct str owner);
void survey_add_person(struct survey *s, struct str id, struct str name);
void survey_add_place(struct survey *s, struct str name, struct str title);
void survey_mark_busy(struct survey *s, struct str name);
void survey_found(struct survey *s, const char *fmt, ...) PRINTF(2, 3);
void survey_guessed(struct survey *s, const char *fmt, ...) PRINTF(2, 3);

/* Borrowed until destroy. */
struct survey_start {
    struct str url;   /* base, without a trailing slash; empty: the tracker's own */
    struct str scope; /* GitHub: owner/repository */
    struct str user, token; /* may be empty */
};

struct surveyor;

struct survey_ops {
    /* ERR_CONFIG: what was given cannot be asked. Fills `out` until destroy. */
    bool (*create)(const struct survey_start *start, struct survey *out,
                   struct surveyor **ret, struct err *e) MUST_USE;
    /* False: there is nothing left to ask. Views live until the answer was fed. */
    bool (*next)(struct surveyor *s, struct http_request *ret) MUST_USE;
    /* The body is inflated already. False: it ends here, `e` says why. */
    bool (*feed)(struct surveyor *s, const struct http_response *resp, struct wall now,
                 struct err *e) MUST_USE;
    void (*destroy)(struct surveyor *s); /* NULL is fine */
};

#endif
