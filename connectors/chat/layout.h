/*
 * A notice laid out as a list of short texts in a chat's own markup, within its
 * limits: what every rich message is made of, whatever a chat calls it. Tracker
 * text is made safe here (utf8_print_safe) and then escaped by the markup; what does
 * not fit is left out whole, and the last part says so. Pure; parts live in the arena.
 */
#ifndef CHAT_LAYOUT_H
#define CHAT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/notice.h"

/* How a chat writes what a message is made of. */
struct markup {
    void (*escape)(struct buf *out, struct str safe);
    /* `url` is plain http(s), `label` is safe; both are still to be escaped. */
    void (*link)(struct buf *out, struct str url, struct str label);
    void (*code)(struct buf *out, struct str safe); /* with its marks */
    /* A line of a table or of bars, within `fence`, ended by `fixed_line`. */
    void (*fixed)(struct buf *out, struct str safe);
    const char *fence[2], *fixed_line;
    bool fixed_apart; /* letters of equal width are a part's, not a mark's: PART_FIXED */
    const char *bold[2], *italic[2];                /* before and behind */
    const char *line;                               /* ends a line within a part */
    const char *indent;                             /* begins a line below an entry */
    const char *high, *mended, *over;               /* marks: worst, resolved, only over */
    /* Mentions a person; false, and nothing written: the chat has no id of theirs. NULL:
       people are only named. */
    bool (*mention)(struct buf *out, const struct mention *p);
    bool people_apart; /* the chat hears mentions elsewhere only: no PART_PEOPLE */
};

/* All counts are of bytes, which are never fewer than characters. */
struct layout_limits {
    size_t part;    /* of one part */
    size_t total;   /* of all parts; at least LAYOUT_NOTE more than nothing */
    unsigned parts; /* at least 2 */
    size_t url;     /* a longer one is left out, its label stays */
};
#define LAYOUT_NOTE 200 /* bytes kept free for the line that something is missing */

/* X(enumerator, what it holds) */
#define PART_KINDS(X)                                                                  \
    X(PART_TEXT, "a sentence")                                                         \
    X(PART_FINDINGS, "a headline and findings, or more of these")                      \
    X(PART_ABOUT, "why the rule matters, how to list the rest")                        \
    X(PART_PEOPLE, "whom it is for")                                                   \
    X(PART_BLOCK, "a part of a digest")                                                \
    X(PART_FIXED, "the lines of one, of equal letters")                                \
    X(PART_RESOLVED, "what is over")                                                   \
    X(PART_MISSING, "that this is not all")
enum part_kind {
#define X(e, what) e,
    PART_KINDS(X)
#undef X
};

struct layout_part {
    enum part_kind kind;
    struct str text;
    bool high; /* PART_FINDINGS: one of them is of severity high */
};

struct layout {
    struct layout_part *v;
    size_t n, cap;
    size_t total; /* bytes of all texts */
};

bool layout_build(struct arena *a, const struct markup *m,
                  const struct layout_limits *most, const struct notice *n,
                  struct layout *ret, struct err *e) MUST_USE;

/* "Strategy drift - Payments (resent)", safe and not escaped, at most `max` characters. */
void layout_subject(struct buf *out, const struct notice *n, bool resent, size_t max);
/* All of it in lines of escaped text, of at most `max` bytes before they are escaped. */
void layout_plain(struct buf *out, const struct markup *m, const struct notice *n,
                  bool resent, size_t max);
/* "For <@U1>, Ben Okoro and 2 more", at most WORDS_PEOPLE; nothing where it is for nobody. */
void layout_people(struct buf *out, const struct markup *m, const struct notice *n);
/* Part `i` and the PART_ABOUT that follow it; returns where the next one begins. */
size_t layout_join(struct buf *out, const struct markup *m, const struct layout *l,
                   size_t i);
/* Appends tracker text: made safe, then escaped. */
void layout_text(struct buf *out, const struct markup *m, struct str s, size_t max_cp);
/* A URL with everything percent-encoded that is no plain ASCII or stands in `also`. */
void layout_url(struct buf *out, struct str url, const char *also);

#endif
