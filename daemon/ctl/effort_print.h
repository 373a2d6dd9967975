/* How days and shares are printed, for the commands that answer with them. */
#ifndef CTL_EFFORT_PRINT_H
#define CTL_EFFORT_PRINT_H

#include <jansson.h>

#include "ctl/ctl.h"
#include "ctl/table.h"

/* "35%", "12.5"; nothing where it is not known. */
struct str effort_percent(struct ctl *c, const json_t *o, const char *name);
struct str effort_days(struct ctl *c, const json_t *o, const char *name);
/* "medium: 31% parked" */
struct str effort_trust(struct ctl *c, const json_t *trust);
/* A column of a table of days: a member of each row, as what. */
struct effort_column {
    struct table_column column;
    const char *member;
    struct str (*text)(struct ctl *c, const json_t *row, const char *member);
    enum term_style style;
};
struct str effort_text(struct ctl *c, const json_t *o, const char *name);
/* After an empty line, if there is any row and `gap`. */
void effort_put_rows(struct ctl *c, const json_t *rows, const struct effort_column *v,
                     size_t n, bool gap, size_t indent);
/* The table of the array "shares", after an empty line. */
void effort_put_shares(struct ctl *c, const json_t *rows);

#endif
