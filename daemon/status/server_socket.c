#include "status/server_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static bool fail(struct err *e, const char *what, const char *path)
{
    const char *why = strerrordesc_np(errno);

    return err_set(e, ERR_IO, "%s: %s: %s", path, what, why != NULL ? why : "failed");
}

static bool set_address(struct sockaddr_un *addr, const char *path, struct err *e)
{
    size_t n = strlen(path);

    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (n == 0 || n >= sizeof addr->sun_path) {
        return err_set(e, ERR_CONFIG, "%s: a socket's path has 1 to %zu bytes", path,
                       sizeof addr->sun_path - 1);
    }
    memcpy(addr->sun_path, path, n);
    return true;
}

static bool take_lock(struct server_socket *s, struct err *e)
{
    char *lock;

    if (asprintf(&lock, "%s.lock", s->path) < 0) {
        return err_nomem(e);
    }
    s->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0) {
        fail(e, "cannot open", lock);
        free(lock);
        return false;
    }
    free(lock);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    if (errno == EWOULDBLOCK) {
        return err_set(e, ERR_CONFLICT, "%s: another instance serves here", s->path);
    }
    return fail(e, "cannot lock", s->path);
}

/* A program that takes no lock may be listening, too. */
static bool is_served(const struct sockaddr_un *addr)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool served = false;

    if (fd >= 0) {
        int rc = connect(fd, (const struct sockaddr *)addr, sizeof *addr);

        served = rc == 0 || errno == EAGAIN; /* its backlog is full */
        close(fd);
    }
    return served;
}

static bool remove_stale(const struct sockaddr_un *addr, const char *path,
                         struct err *e)
{
    struct stat st;

    if (lstat(path, &st) != 0) {
        return errno == ENOENT || fail(e, "cannot look at it", path);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return err_set(e, ERR_CONFLICT, "%s: is there and is not a socket", path);
    }
    if (is_served(addr)) {
        return err_set(e, ERR_CONFLICT, "%s: another program serves here", path);
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        return fail(e, "cannot replace the stale socket", path);
    }
    return true;
}

/*
 * Before listen(2), so nobody connects under the mode that bind(2) gave; not
 * by umask, which other threads' files would get, too.
 */
static bool set_access(const char *path, const char *group, struct err *e)
{
    struct group entry;
    struct group *found = NULL;
    char text[16384];

    if (group != NULL && getgrnam_r(group, &entry, text, sizeof text, &found) == 0 &&
        found != NULL && chown(path, (uid_t)-1, entry.gr_gid) != 0 && errno != EPERM) {
        return fail(e, "cannot set the group", path);
    }
    return chmod(path, 0660) == 0 || fail(e, "cannot set the mode", path);
}

static bool open_at(struct server_socket *s, const char *group, struct err *e)
{
    struct sockaddr_un addr;
    struct stat st;

    if (!set_address(&addr, s->path, e) || !take_lock(s, e) ||
        !remove_stale(&addr, s->path, e)) {
        return false;
    }
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return fail(e, "no socket", s->path);
    }
    if (bind(s->fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
        return fail(e, "cannot bind", s->path);
    }
    if (lstat(s->path, &st) != 0) {
        return fail(e, "cannot look at it", s->path);
    }
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    return set_access(s->path, group, e) &&
           (listen(s->fd, BACKLOG) == 0 || fail(e, "cannot listen", s->path));
}

bool server_socket_bind(struct server_socket *s, const char *path, const char *group,
                        struct err *e)
{
    *s = (struct server_socket){.fd = -1, .lock_fd = -1, .path = strdup(path)};
    if (s->path == NULL) {
        return err_nomem(e);
    }
    if (!open_at(s, group, e)) {
        server_socket_close(s);
        return false;
    }
    return true;
}

bool server_socket_inherit(struct server_socket *s, int fd, struct err *e)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
        return fail(e, "cannot be used", "the inherited socket");
    }
    *s = (struct server_socket){.fd = fd, .lock_fd = -1};
    return true;
}

static void remove_own(const struct server_socket *s)
{
    struct stat st;

    if (s->ino != 0 && lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
        st.st_ino == s->ino) {
        (void)unlink(s->path);
    }
}

void server_socket_close(struct server_socket *s)
{
    if (s->path != NULL) {
        remove_own(s);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    /* The lock's file stays: removing it would let two instances lock two files. */
    if (s->lock_fd >= 0) {
        close(s->lock_fd);
    }
    free(s->path);
    *s = (struct server_socket){.fd = -1, .lock_fd = -1};
}
