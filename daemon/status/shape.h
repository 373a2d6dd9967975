/*
 * The JSON forms that more than one request answers with: items, findings,
 * nodes of the strategy. Pure; any thread. Failure is the writer's (sticky).
 * Tracker text is only escaped as JSON here: who shows it makes it safe.
 */
#ifndef STATUS_SHAPE_H
#define STATUS_SHAPE_H

#include "base/date.h"
#include "base/jsonw.h"
#include "core/forecast.h"
#include "core/strategy.h"
#include "store/db.h"

void shape_item(struct jsonw *w, const char *key, const struct item_row *it);
/* The members alone, for a caller that adds some of its own. */
void shape_item_members(struct jsonw *w, const struct item_row *it);
void shape_link(struct jsonw *w, const struct strategy *s, const struct link_row *l);
/* linked, unlinked or exempt */
const char *shape_link_state(const struct item_row *it);
void shape_suggestion(struct jsonw *w, const char *key, const struct strategy *s,
                      const struct suggestion *v);
void shape_suggestions(struct jsonw *w, const char *key, const struct strategy *s,
                       const struct suggestions *v);
void shape_finding_members(struct jsonw *w, const struct finding_row *f);

void shape_date(struct jsonw *w, const char *key, struct date d); /* year 0: null */
void shape_strs(struct jsonw *w, const char *key, const struct str_list *l);
void shape_version(struct jsonw *w, const char *key,
                   uint64_t version); /* 16 hex digits */
void shape_tally(struct jsonw *w, const char *key, const struct tally *t);
/* linked / (open - exempt); 0/0 is unknown: null. */
void shape_ratio(struct jsonw *w, const char *key, int64_t linked, int64_t open,
                 int64_t exempt);
/* `due` year 0: never. */
void shape_forecast(struct jsonw *w, const char *key, const struct forecast *f,
                    struct date due);
const char *shape_initiative_status(enum initiative_status s);
const char *shape_visibility(enum visibility v);

#endif
