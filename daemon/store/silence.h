/* Silences while findings are planned; what people do with them is in db.h. Engine
   thread. */
#ifndef STORE_SILENCE_H
#define STORE_SILENCE_H

#include "core/silence.h"
#include "store/eval.h"

/* Loads those in force into ev->silences, once a call. */
bool eval_silences(struct eval *ev, struct err *e) MUST_USE;
/* The one that covers a finding with these labels now; NULL: none. */
bool eval_silence(struct eval *ev, const struct route_labels *labels,
                  const struct silence **ret, struct err *e) MUST_USE;
/* After planning: ends those whose time has come or that covered nothing for a week. */
bool eval_end_silences(struct eval *ev, struct err *e) MUST_USE;

#endif
