/* `alignctl rules --precision`. One thread. */
#ifndef CTL_PRECISION_PRINT_H
#define CTL_PRECISION_PRINT_H

#include "ctl/ctl.h"

/* Asks and prints; the exit code. */
int precision_print(struct ctl *c);

#endif
