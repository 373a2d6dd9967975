/*
 * ?at=DATE on reads: the end of a day that is over, with the strategy that was in force
 * then. Reader thread.
 */
#ifndef STATUS_PAST_H
#define STATUS_PAST_H

#include "base/jsonw.h"
#include "status/api.h"

struct past {
    bool is_past;             /* a day was asked for */
    struct date day;          /* that day; yesterday where none was */
    const struct strategy *s; /* of then; without a day the one of now */
    struct strategy *owned;   /* one reference; NULL: it is the one of now */
};

/* ERR_USAGE: no date, or a day that is not over. ERR_NOT_FOUND: before the first
   strategy that is stored. past_close it, also after a failure. */
bool past_open(struct past *ret, struct db *db, const struct api_env *env,
               const struct api_request *req, struct err *e) MUST_USE;
/* Of a day that is over. */
bool past_open_day(struct past *ret, struct db *db, const struct api_env *env,
                   struct date day, struct err *e) MUST_USE;
void past_close(struct past *p);

/* The members "at" and "caveat": the day, and what of it is not known; nulls: it is of now.
   For lists of items that were not linked. */
void past_write_items(struct jsonw *w, const struct past *p);

/* The day before today, where the calendar is. */
struct date past_yesterday(const struct api_env *env);
/* The last moment of a day. */
struct wall past_end_of(const struct api_env *env, struct date day);

#endif
