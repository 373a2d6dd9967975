/* How days and shares are printed, for the commands that answer with them. */
#ifndef CTL_EFFORT_PRINT_H
#define CTL_EFFORT_PRINT_H

#include <jansson.h>

#include "ctl/ctl.h"

/* "35%", "12.5"; nothing where it is not known. */
struct str effort_percent(struct ctl *c, const json_t *o, const char *name);
struct str effort_days(struct ctl *c, const json_t *o, const char *name);
/* "medium: 31% parked" */
struct str effort_trust(struct ctl *c, const json_t *trust);
/* The table of the array "shares", after an empty line. */
void effort_put_shares(struct ctl *c, const json_t *rows);

#endif
