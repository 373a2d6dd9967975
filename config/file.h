/*
 * Reads one small regular file whole. Never blocks on a pipe or device; the
 * size is bounded before memory is taken. Any thread, not the loop.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

struct file_owner {
    mode_t mode;
    uid_t uid;
    struct wall changed; /* when it was written last */
};

/*
 * Initialises `ret` in any case (buf_finish or buf_wipe it) and fills it with
 * at most `max` bytes, in one allocation, so that a wipe leaves no copy. The
 * error says why without the path: "is a directory". *ret_owner may be NULL.
 */
bool file_read(const char *path, size_t max, struct buf *ret,
               struct file_owner *ret_owner, struct err *e) MUST_USE;

/*
 * The same for a file that the authors of a directory name: it must lie in
 * that directory, also when it is a symbolic link. The strategy may come from
 * a repository that many can write to, and errors quote what they read.
 */
bool file_read_beside(const char *path, size_t max, struct buf *ret,
                      struct file_owner *ret_owner, struct err *e) MUST_USE;

#endif
