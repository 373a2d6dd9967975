#include "tests/support/tempdir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CEILING 4096
#define FILE_CEILING ((size_t)256 << 20)

bool tempdir_create(struct tempdir *t, struct err *e)
{
    const char *base = getenv("TMPDIR");

    buf_init(&t->path, PATH_CEILING);
    buf_printf(&t->path, "%s/alignd-test-XXXXXX", base && *base ? base : "/tmp");
    if (!buf_check(&t->path, e)) {
        return false;
    }
    if (!mkdtemp(t->path.p)) {
        int why = errno;

        buf_finish(&t->path);
        return err_set(e, ERR_IO, "mkdtemp: %s", strerror(why));
    }
    return true;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    (void)remove(path);
    return 0;
}

void tempdir_remove(struct tempdir *t)
{
    if (t->path.n) {
        (void)nftw(buf_cstr(&t->path), remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    buf_finish(&t->path);
}

const char *tempdir_path(const struct tempdir *t)
{
    return buf_cstr(&t->path);
}

bool tempdir_join(const struct tempdir *t, const char *name, struct buf *out,
                  struct err *e)
{
    buf_init(out, PATH_CEILING);
    buf_printf(out, "%s/%s", buf_cstr(&t->path), name);
    return buf_check(out, e);
}

static bool write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            text = str_skip(text, (size_t)n);
        }
    }
    return true;
}

bool tempdir_write(const struct tempdir *t, const char *name, struct str text,
                   struct err *e)
{
    struct buf path;
    bool ok = false;
    int fd = -1;

    if (!tempdir_join(t, name, &path, e)) {
        goto out;
    }
    fd = open(buf_cstr(&path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || !write_all(fd, text)) {
        err_set(e, ERR_IO, "%s: %s", name, strerror(errno));
        goto out;
    }
    ok = true;
out:
    if (fd >= 0 && close(fd) && ok) {
        ok = err_set(e, ERR_IO, "%s: %s", name, strerror(errno));
    }
    buf_finish(&path);
    return ok;
}

bool tempdir_read(const char *path, struct buf *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = false;
    ssize_t n;

    buf_init(out, FILE_CEILING);
    if (fd < 0) {
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    }
    for (;;) {
        char chunk[16384];

        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        buf_add(out, (struct str){chunk, (size_t)n});
    }
    if (n < 0) {
        err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    } else {
        ok = buf_check(out, e);
    }
    (void)close(fd);
    return ok;
}
