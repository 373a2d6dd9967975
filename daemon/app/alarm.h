/*
 * A word to the operations channel that cannot wait for the store, since the
 * store is what fails: rendered and posted at once, a single time, remembered
 * nowhere. Everything else goes through the outbox. Loop thread.
 */
#ifndef APP_ALARM_H
#define APP_ALARM_H

#include "app/live.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "io/http.h"

struct alarm;

struct alarm_deps {
    const struct clock *clock;
    struct http *http;
    void *arg;
    struct live *(*live)(void *arg); /* borrowed */
};

bool alarm_create(const struct alarm_deps *deps, struct alarm **ret,
                  struct err *e) MUST_USE;
/* Does nothing while one is on its way. What comes of it is in the log. */
void alarm_send(struct alarm *al, struct str text);
void alarm_destroy(struct alarm *al); /* NULL is fine; before http_close */

#endif
