/*
 * What requests about people's days share: the window that was asked for, the strategy
 * that was in force at its end, the days in between. Reader thread; memory is the
 * request's.
 */
#ifndef STATUS_EFFORT_VIEW_H
#define STATUS_EFFORT_VIEW_H

#include "base/jsonw.h"
#include "core/effort_sum.h"
#include "status/api.h"
#include "status/past.h"
#include "store/effort_window.h"

struct effort_view {
    const struct api_env *env;
    const struct strategy *s; /* in force at the end of the window */
    struct past past;
    int64_t asked; /* days; those there are may be fewer */
    struct effort_window win;
};

/*
 * ?window= (28d; in days) up to the end of ?at=, yesterday without it, with the strategy
 * of then. `by_plan`: it begins no earlier than the plan of the shares that it ends
 * with. ERR_USAGE, ERR_NOT_FOUND. effort_view_close it, also after a failure.
 */
bool effort_view_open(struct effort_view *ret, struct db *db, const struct api_env *env,
                      const struct api_request *req, int64_t days, bool by_plan,
                      struct err *e) MUST_USE;
/* The same from day to day, both over. */
bool effort_view_open_days(struct effort_view *ret, struct db *db,
                           const struct api_env *env, struct date from, struct date to,
                           struct err *e) MUST_USE;
void effort_view_close(struct effort_view *v);

/* `team` empty: of all. */
bool effort_view_sum(const struct effort_view *v, struct str team,
                     struct effort_sum *ret, struct err *e) MUST_USE;

/* A request that is answered from days: by its own window, and how. */
struct effort_question {
    int64_t days;
    bool by_plan;
    /* Writes the members of the answer. */
    bool (*answer)(struct jsonw *w, const struct effort_view *v,
                   const struct api_request *req, struct err *e);
};
bool effort_view_answer(struct db *db, const struct api_env *env,
                        const struct api_request *req, const struct effort_question *q,
                        struct api_reply *reply, struct err *e) MUST_USE;

/* The members "window" and "trust". */
void effort_view_write_window(struct jsonw *w, const struct effort_view *v);
void effort_view_write_trust(struct jsonw *w, const struct effort_sum *s);
/* What any sum of days is told with: person_days, unmapped_days, unmapped, people,
   distance, trust. */
void effort_view_write_sum(struct jsonw *w, const struct effort_sum *s);
/* The array "shares". */
void effort_view_write_shares(struct jsonw *w, const struct effort_view *v,
                              const struct effort_sum *s);
/* A number, or null where there is none to tell. */
void effort_view_number(struct jsonw *w, const char *key, bool has, double v);
/* id, title and kind of what days count for; nulls where it is no node of then. */
void effort_view_write_node(struct jsonw *w, const struct effort_view *v,
                            struct str id);

#endif
