/* The answer of /v1/compare and /v1/whatif for people. */
#ifndef CTL_COMPARE_PRINT_H
#define CTL_COMPARE_PRINT_H

#include <jansson.h>

#include "ctl/ctl.h"

/* `before` and `after`: what the columns of the two are called. */
void compare_print(struct ctl *c, const json_t *root, const char *before,
                   const char *after);

#endif
