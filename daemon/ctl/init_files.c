#include "ctl/init_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_free(struct str path, struct err *e)
{
    struct stat st;

    if (lstat(path.p, &st) != 0)
        return true;
    return err_set(e, ERR_CONFLICT,
                   "%.*s is there already, and init never overwrites: --dir takes another "
                   "directory",
                   STR_FMT(path));
}

bool init_files_free(struct init_files *ret, struct str dir, struct arena *a,
                     struct err *e)
{
    const char *slash = dir.n > 0 && !str_has_suffix(dir, STR("/")) ? "/" : "";

    ret->alignd = arena_printf(a, "%.*s%salignd.yaml", STR_FMT(dir), slash);
    ret->strategy = arena_printf(a, "%.*s%sstrategy.yaml", STR_FMT(dir), slash);
    if (arena_failed(a))
        return err_nomem(e);
    return is_free(ret->alignd, e) && is_free(ret->strategy, e);
}

static bool write_all(int fd, struct str text)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text = str_skip(text, (size_t)n);
    }
    return true;
}

static bool write_new(struct str path, struct str text, struct err *e)
{
    int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok;

    if (fd < 0)
        return err_set(e, errno == EEXIST ? ERR_CONFLICT : ERR_IO, "%.*s: %s",
                       STR_FMT(path), strerror(errno));
    ok = write_all(fd, text) || err_set(e, ERR_IO, "%.*s: %s", STR_FMT(path),
                                        strerror(errno));
    if (close(fd) != 0 && ok)
        ok = err_set(e, ERR_IO, "%.*s: %s", STR_FMT(path), strerror(errno));
    if (!ok)
        (void)unlink(path.p);
    return ok;
}

bool init_files_write(const struct init_files *f, struct str alignd, struct str strategy,
                      struct err *e)
{
    if (!write_new(f->strategy, strategy, e))
        return false;
    if (write_new(f->alignd, alignd, e))
        return true;
    (void)unlink(f->strategy.p);
    return false;
}
