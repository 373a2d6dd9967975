/*
 * What was closed on the work of an initiative, hour by hour of the last weeks, kept up by
 * evaluation as every aggregate; and the forecast (core/forecast.h) that is made of it.
 */
#ifndef STORE_CLOSED_H
#define STORE_CLOSED_H

#include "core/forecast.h"
#include "store/eval.h"

/* Rows are kept as long; FORECAST_DAYS of them are read. */
enum { CLOSED_KEEP_DAYS = 70 };

/* An item's part before and after; engine thread, in the call's transaction. */
bool eval_count_closed(struct eval *ev, const struct counted *before,
                       const struct counted *after, struct err *e) MUST_USE;
bool eval_save_closed(struct eval *ev, struct err *e) MUST_USE;

/* What the forecast is made of. A row for each hour in which something was closed is
   read, and nothing of items; days before its `start` say nothing. Reader or engine
   thread. */
bool db_read_forecast_in(struct db *db, const struct eval_conf *conf,
                         const struct initiative *in, struct wall now,
                         struct forecast_in *ret, struct err *e) MUST_USE;
/* When what is open on the initiative now may be done. */
bool db_read_forecast(struct db *db, const struct eval_conf *conf,
                      const struct initiative *in, struct wall now,
                      struct forecast *ret, struct err *e) MUST_USE;

#endif
