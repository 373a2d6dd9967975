/*
 * The log on standard error. Only app, main and ctl write to it; modules
 * return errors. Any thread: one line is one write(2).
 *
 * Under the journal lines carry "<N>" priority prefixes (sd-daemon(3)); on a
 * terminal a time and a level. Text is made safe (utf8_print_safe) so that a
 * tracker's title cannot forge a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

enum log_level { LOG_ERROR_, LOG_WARN_, LOG_INFO_, LOG_DEBUG_ };

/* Called once before other threads start. */
void log_init(enum log_level level, bool journal);
void log_set_level(enum log_level level);
bool log_level_parse(struct str s, enum log_level *ret) MUST_USE; /* error warn info debug */
void log_at(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

#define log_error(...) log_at(LOG_ERROR_, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN_, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO_, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG_, __VA_ARGS__)

#endif
