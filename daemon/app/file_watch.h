/*
 * Notices that a file, or a directory of files, was changed: written, replaced by a
 * rename, or by a git checkout that replaced its directory. Directories are watched,
 * since that is where all of these show: the one that holds the name, the one that a
 * symbolic link leads to, and the path itself where it is a directory. Changes come in
 * bursts, so it waits until nothing has come for a second, but for five at most.
 * Whether anything differs is for the caller to find out. Loop thread.
 */
#ifndef APP_FILE_WATCH_H
#define APP_FILE_WATCH_H

#include <uv.h>

#include "base/attr.h"
#include "base/err.h"

struct file_watch;

/* `changed` is called on the loop. */
bool file_watch_create(uv_loop_t *loop, void (*changed)(void *arg), void *arg,
                       struct file_watch **ret, struct err *e) MUST_USE;
/* Watches this path from now on. One that cannot be watched, as there are no more of the
   kernel's watches, is said once in the log and not watched. */
void file_watch_set(struct file_watch *w, const char *path);
void file_watch_close(struct file_watch *w, void (*closed)(void *arg), void *arg);

#endif
