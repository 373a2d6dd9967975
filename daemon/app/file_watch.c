#include "app/file_watch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"

enum { QUIET_MS = 1000, LONGEST_MS = 5000, MOST_DIRS = 3 };

struct file_watch {
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_fs_event_t events[MOST_DIRS];
    unsigned open; /* handles, the timer included */
    unsigned n_events;
    uint64_t first; /* of this burst, in the loop's time; 0: nothing has come */
    bool told;      /* that it cannot be watched */
    bool closing, again;
    bool due; /* to be told when the watches are made anew */
    char *path;
    void (*changed)(void *arg);
    void *arg;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void arm(struct file_watch *w);

/* Only once it is watched again: what changes after the caller has looked is news. */
static void tell(struct file_watch *w)
{
    bool due = w->due;

    w->due = false;
    if (due)
        w->changed(w->arg);
}

static void on_closed(uv_handle_t *h)
{
    struct file_watch *w = h->data;

    w->open--;
    if (w->closing && w->open == 0) {
        void (*closed)(void *) = w->closed;
        void *arg = w->closed_arg;

        free(w->path);
        free(w);
        closed(arg);
    } else if (!w->closing && w->again && w->open == 1) {
        w->again = false;
        arm(w);
        tell(w);
    }
}

/* Handles are closed and made anew: a directory that was replaced has the same name. */
static void disarm(struct file_watch *w)
{
    for (unsigned i = 0; i < w->n_events; i++)
        uv_close((uv_handle_t *)&w->events[i], on_closed);
    w->n_events = 0;
}

static void rearm(struct file_watch *w)
{
    w->again = true;
    if (w->n_events > 0)
        disarm(w);
    else if (w->open == 1) {
        w->again = false;
        arm(w);
        tell(w);
    }
}

static void on_timer(uv_timer_t *t)
{
    struct file_watch *w = t->data;

    w->first = 0;
    w->due = true;
    rearm(w);
}

static void on_event(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct file_watch *w = h->data;
    uint64_t now = uv_now(w->loop), due = QUIET_MS;

    (void)name;
    (void)events;
    (void)status;
    if (w->closing)
        return;
    if (w->first == 0)
        w->first = now;
    if (now + due > w->first + LONGEST_MS)
        due = w->first + LONGEST_MS > now ? w->first + LONGEST_MS - now : 0;
    uv_timer_start(&w->timer, on_timer, due, 0);
}

static void watch_dir(struct file_watch *w, const char *dir)
{
    uv_fs_event_t *h = &w->events[w->n_events];
    int rc;

    if (uv_fs_event_init(w->loop, h) != 0)
        return;
    h->data = w;
    w->n_events++;
    w->open++;
    uv_unref((uv_handle_t *)h);
    rc = uv_fs_event_start(h, on_event, dir, 0);
    if (rc != 0 && !w->told) {
        w->told = true;
        log_warn(
            "%s cannot be watched for changes of the strategy: %s; alignctl reload "
            "reads it",
            dir, uv_strerror(rc));
    }
}

/* The directory a path is in: up to its last slash. */
static void dir_of(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);

    if (n == 0)
        memcpy(out, ".", 2);
    else if (n < PATH_MAX) {
        memcpy(out, path, n);
        out[n] = '\0';
    }
}

static void arm(struct file_watch *w)
{
    char named[PATH_MAX] = "", real[PATH_MAX], led[PATH_MAX] = "";
    struct stat st;

    if (w->path == NULL)
        return;
    dir_of(w->path, named);
    watch_dir(w, named);
    if (realpath(w->path, real) != NULL) {
        char other[PATH_MAX];

        dir_of(real, led);
        if (realpath(named, other) != NULL && strcmp(other, led) != 0)
            watch_dir(w, led);
    }
    if (stat(w->path, &st) == 0 && S_ISDIR(st.st_mode))
        watch_dir(w, w->path);
}

bool file_watch_create(uv_loop_t *loop, void (*changed)(void *arg), void *arg,
                       struct file_watch **ret, struct err *e)
{
    struct file_watch *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return err_nomem(e);
    w->loop = loop;
    w->changed = changed;
    w->arg = arg;
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    uv_unref((uv_handle_t *)&w->timer);
    w->open = 1;
    *ret = w;
    return true;
}

void file_watch_set(struct file_watch *w, const char *path)
{
    if (w->path != NULL && strcmp(w->path, path) == 0)
        return;
    free(w->path);
    w->path = strdup(path);
    rearm(w);
}

void file_watch_close(struct file_watch *w, void (*closed)(void *arg), void *arg)
{
    w->closing = true;
    w->closed = closed;
    w->closed_arg = arg;
    disarm(w);
    uv_close((uv_handle_t *)&w->timer, on_closed);
}
