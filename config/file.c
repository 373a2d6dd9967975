#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
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

bool file_read(const char *path, size_t max, struct buf *ret,
               struct file_owner *ret_owner, struct err *e)
{
    struct stat st;
    bool ok;

    buf_init(ret, max + 2 * (size_t)STEP);

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

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
        *ret_owner = (struct file_owner){st.st_mode, st.st_uid};
    }
    return ok;
}
