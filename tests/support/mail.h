/*
 * A mail server on loopback (tests/support/mail_server.py) and the letters it took. Waits
 * by spawn's limits; failures fail the running test. One thread.
 */
#ifndef TESTS_SUPPORT_MAIL_H
#define TESTS_SUPPORT_MAIL_H

#include <stdbool.h>

#include "base/buf.h"
#include "tests/support/spawn.h"
#include "tests/support/tempdir.h"

struct mail_server {
    struct tempdir dir;
    struct spawn *child;
    unsigned port;
};

/* Whether Debian's python3-aiosmtpd is here; says what to do where it is not. */
bool mail_is_here(void);
/* `args` beside the directory, NULL-terminated. */
void mail_start(struct mail_server *m, const char *const *args);
void mail_stop(struct mail_server *m);
/* Letter `i`, from 1; false: there is none. *ret is initialised here. */
bool mail_letter(const struct mail_server *m, unsigned i, struct buf *ret);

#endif
