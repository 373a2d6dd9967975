#include "app/sdnotify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

void sdnotify_ready(void)
{
    sd_notify(0, "READY=1");
}

void sdnotify_reloading(struct mono now)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now.ms * 1000);
}

void sdnotify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

void sdnotify_status(const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    sd_notifyf(0, "STATUS=%s", text);
}

void sdnotify_watchdog(void)
{
    sd_notify(0, "WATCHDOG=1");
}

void sdnotify_extend(struct dur d)
{
    sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRId64, d.ms * 1000);
}

struct dur sdnotify_watchdog_interval(void)
{
    uint64_t usec = 0;

    if (sd_watchdog_enabled(0, &usec) <= 0)
        return DUR_MS(0);
    return DUR_MS((int64_t)(usec / 2000));
}

bool sdnotify_listen_fd(int *ret_fd, struct err *e)
{
    int n = sd_listen_fds(1);

    *ret_fd = -1;
    if (n <= 0)
        return true;
    if (n > 1)
        return err_set(e, ERR_CONFIG, "systemd passed %d sockets, one is expected", n);
    if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0)
        return err_set(e, ERR_CONFIG,
                       "systemd passed a socket that is not a listening Unix stream");
    *ret_fd = SD_LISTEN_FDS_START;
    return true;
}

bool sdnotify_stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t dev, ino;
    struct stat st;

    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0)
        return false;
    if (sscanf(stream, "%ju:%ju", &dev, &ino) != 2)
        return false;
    return (uintmax_t)st.st_dev == dev && (uintmax_t)st.st_ino == ino;
}
