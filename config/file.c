#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool from_errno(struct err *e, int error)
{
    enum err_kind kind = error == ENOENT   ? ERR_NOT_FOUND
                         : error == EACCES ? ERR_FORBIDDEN
                                           : ERR_IO;
    char text[100];

    return err_set(e, kind, "%s", strerror_r(error, text, sizeof text));
}

static bool check_kind(const struct stat *st, size_t max, struct err *e)
{
    if (S_ISDIR(st->st_mode)) {
        return err_set(e, ERR_CONFIG, "is a directory");
    }
    if (!S_ISREG(st->st_mode)) {
        return err_set(e, ERR_CONFIG, "is not a regular file");
    }
    if ((uint64_t)st->st_size > max) {
        return err_set(e, ERR_LIMIT, "is larger than %zu bytes", max);
    }
    return true;
}

enum { STEP = 4096 };

static bool read_all(int fd, size_t max, struct buf *out, struct err *e)
{
    for (;;) {
        if (!buf_reserve(out, STEP)) {
            return buf_check(out, e);
        }
        ssize_t n = read(fd, out->p + out->n, STEP);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return from_errno(e, errno);
        }
        if (n == 0) {
            return true;
        }
        out->n += (size_t)n;
        out->p[out->n] = '\0';
        /* It may have grown since it was measured. */
        if (out->n > max) {
            return err_set(e, ERR_LIMIT, "is larger than %zu bytes", max);
        }
    }
}

static bool read_path(const char *path, int flags, size_t max, struct buf *ret,
                      struct file_owner *ret_owner, struct err *e)
{
    struct stat st;
    bool ok;

    buf_init(ret, max + 2 * (size_t)STEP);

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);

    if (fd < 0) {
        return from_errno(e, errno);
    }
    if (fstat(fd, &st) != 0) {
        ok = from_errno(e, errno);
    } else {
        ok = check_kind(&st, max, e) &&
             (buf_reserve(ret, (size_t)st.st_size + 2 * (size_t)STEP - 1) ||
              buf_check(ret, e)) &&
             read_all(fd, max, ret, e);
    }
    (void)close(fd);
    if (ok && ret_owner != NULL) {
        *ret_owner = (struct file_owner){
            st.st_mode,
            st.st_uid,
            {(int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000},
        };
    }
    return ok;
}

bool file_read(const char *path, size_t max, struct buf *ret,
               struct file_owner *ret_owner, struct err *e)
{
    return read_path(path, 0, max, ret, ret_owner, e);
}

/* Where `path` leads to, when that is in its own directory or below; owned. */
static char *resolve_beside(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL   ? strdup(".")
                : slash == path ? strdup("/")
                                : strndup(path, (size_t)(slash - path));
    char *real_dir = dir == NULL ? NULL : realpath(dir, NULL);
    char *real = real_dir == NULL ? NULL : realpath(path, NULL);
    size_t n = real_dir == NULL ? 0 : strlen(real_dir);

    if (real == NULL) {
        (void)(dir == NULL ? err_nomem(e) : from_errno(e, errno));
    } else if (n > 1 && (strncmp(real, real_dir, n) != 0 || real[n] != '/')) {
        (void)err_set(e, ERR_CONFIG, "leads out of its directory");
        free(real);
        real = NULL;
    }
    free(real_dir);
    free(dir);
    return real;
}

bool file_read_beside(const char *path, size_t max, struct buf *ret,
                      struct file_owner *ret_owner, struct err *e)
{
    char *real = resolve_beside(path, e);
    bool ok;

    if (real == NULL) {
        buf_init(ret, 1);
        return false;
    }
    ok = read_path(real, O_NOFOLLOW, max, ret, ret_owner, e);
    free(real);
    return ok;
}
