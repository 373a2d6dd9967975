/*
 * What systemd is told and what it hands over: the one user of libsystemd.
 * Every call is a no-op outside systemd. Any thread; never blocks for long
 * (one datagram).
 */
#ifndef APP_SDNOTIFY_H
#define APP_SDNOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"

void sdnotify_ready(void);
/* systemd 253's notify-reload protocol; 252 ignores the fields. */
void sdnotify_reloading(struct mono now);
void sdnotify_stopping(void);
void sdnotify_status(const char *fmt, ...) PRINTF(1, 2);
void sdnotify_watchdog(void);
/* Asks for so much more time to start (or stop), seen from now. */
void sdnotify_extend(struct dur d);
/* Half the watchdog's limit, or 0 when there is none (sd_watchdog_enabled(3)). */
struct dur sdnotify_watchdog_interval(void);

/*
 * The one listening Unix stream socket of socket activation: *ret_fd, or -1
 * when there is none (sd_listen_fds(3)). More than one, or another kind, is
 * an error.
 */
bool sdnotify_listen_fd(int *ret_fd, struct err *e) MUST_USE;
/* Whether standard error goes to the journal ($JOURNAL_STREAM, systemd.exec(5)). */
bool sdnotify_stderr_is_journal(void);

#endif
