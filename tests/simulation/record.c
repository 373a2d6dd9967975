#include "tests/simulation/record.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/log.h"
#include "tests/simulation/clockwork.h"
#include "tests/simulation/disk.h"

enum { KEPT = 80, LINE = 1500 };

static struct {
    char lines[KEPT][LINE];
    uint64_t n, hash, events;
    bool verbose, expected;
    const char *dir;
    char unexpected[LINE]; /* an error of the daemon's */
    pthread_mutex_t lock;  /* of all of it */
} rec = {.lock = PTHREAD_MUTEX_INITIALIZER};

void record_init(bool verbose, const char *dir)
{
    rec.n = rec.events = 0;
    rec.hash = 0;
    rec.verbose = verbose;
    rec.dir = dir;
    rec.expected = false;
    rec.unexpected[0] = '\0';
}

/* With the lock. */
static void keep(const char *text)
{
    char *line = rec.lines[rec.n++ % KEPT];
    struct buf b;

    buf_init_fixed(&b, line, LINE);
    date_print_iso(&b, clockwork_truth());
    buf_addc(&b, ' ');
    buf_add(&b, str_first(str_of(text), LINE - 40));
    if (rec.verbose) {
        (void)puts(line);
        (void)fflush(stdout);
    }
}

static void name_dir(char *text)
{
    size_t n = strlen(rec.dir);

    for (char *at = strstr(text, rec.dir); at != NULL; at = strstr(text, rec.dir)) {
        memcpy(at, "DIR", 3);
        memmove(at + 3, at + n, strlen(at + n) + 1);
    }
}

void record(const char *fmt, ...)
{
    char text[LINE];
    int64_t now = clockwork_truth().ms;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    name_dir(text);
    pthread_mutex_lock(&rec.lock);
    rec.events++;
    rec.hash = hash64(&now, sizeof(now), rec.hash);
    rec.hash = hash64(text, strlen(text), rec.hash);
    keep(text);
    pthread_mutex_unlock(&rec.lock);
}

void record_bytes(const void *p, size_t n)
{
    rec.hash = hash64(p, n, rec.hash);
}

uint64_t record_hash(void)
{
    return rec.hash;
}

uint64_t record_count(void)
{
    return rec.events;
}

void record_expect_errors(bool expected)
{
    pthread_mutex_lock(&rec.lock);
    rec.expected = expected;
    pthread_mutex_unlock(&rec.lock);
}

void record_fail(const char *fmt, ...)
{
    va_list ap;

    pthread_mutex_lock(&rec.lock);
    if (!rec.verbose) {
        for (uint64_t i = rec.n > KEPT ? rec.n - KEPT : 0; i < rec.n; i++)
            (void)printf("    %s\n", rec.lines[i % KEPT]);
    }
    (void)printf("BROKEN: ");
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)printf("\n");
    (void)fflush(stdout);
    _exit(1);
}

void record_check_log(void)
{
    if (rec.unexpected[0] != '\0')
        record_fail("the daemon logs an error: %s", rec.unexpected);
}

/* ---- in place of the daemon's, by the linker ---- */

void __wrap_log_at(enum log_level level, const char *fmt, ...) PRINTF(2, 3);

void __wrap_log_at(enum log_level level, const char *fmt, ...)
{
    char text[LINE], line[LINE];
    va_list ap;

    if (level == LOG_DEBUG_)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    (void)snprintf(line, sizeof(line), "  %s %.1400s",
                   level == LOG_ERROR_ ? "ERROR" : level == LOG_WARN_ ? "warn" : "info",
                   text);
    pthread_mutex_lock(&rec.lock);
    keep(line);
    if (level == LOG_ERROR_ && !rec.expected && !disk_is_dead() &&
        strstr(text, " given up: ") == NULL &&
        strstr(text, " refuses for good: ") == NULL && rec.unexpected[0] == '\0')
        (void)snprintf(rec.unexpected, sizeof(rec.unexpected), "%s", text);
    pthread_mutex_unlock(&rec.lock);
}
