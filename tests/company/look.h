/* Private to tests/company: an item at a time, from its revisions. */
#ifndef TESTS_COMPANY_LOOK_H
#define TESTS_COMPANY_LOOK_H

#include "tests/company/inside.h"

/* The end of the day, as the day's sync sees it. */
static inline int64_t look_end(int64_t day)
{
    return day * COMPANY_DAY_MS + COMPANY_SYNC_HOUR * INT64_C(3600000);
}

/* What it was at the time; NULL: not created. */
const struct rev *look_rev(const struct thing *t, int64_t at);
/* Whether the sources tell of it at the end of the day. */
bool look_in_view(const struct rev *r, int64_t day);
struct str look_key(const struct rev *r, struct arena *a);
struct str look_vid(size_t i, const struct rev *r, struct arena *a);
struct str look_account(const struct company *c, int person, int scope);
/* By the links of the tracker. */
struct str look_node(const struct company *c, size_t i, int64_t day);

#endif
