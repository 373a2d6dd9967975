/*
 * The composition root: wires every module, owns every lifetime. app_run
 * returns when the daemon has stopped, with its exit code (sysexits.h).
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>

#include "base/clock.h"

struct app_options {
    const char *config; /* path of alignd.yaml */
    bool once;          /* one cycle of every source, deliver what is due, exit */
    bool dry_run;       /* on a copy of the state; messages go to standard output */
    const struct clock *clock; /* borrowed; NULL: the system's */
};

enum {
    APP_OK = 0,
    APP_FAILED = 1, /* --once: a source failed */
    APP_USAGE = 64,
    APP_SOFTWARE = 70,
    APP_CANNOT_CREATE = 73,
    APP_LOCKED = 75,
    APP_CONFIG = 78,
};

int app_run(const struct app_options *opt);
/* `alignd --check` and `--print-config`. */
int app_check(const char *config, bool print);

#endif
