#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>

#include "app/app_state.h"
#include "app/sdnotify.h"

/* At start only: names of groups may come over the network. */
static void describe_socket(struct app *a, const char *path)
{
    const struct group *g;
    struct stat st;

    if (stat(path, &st) != 0)
        return;
    g = getgrgid(st.st_gid);
    snprintf(a->socket, sizeof(a->socket), "%s, mode %04o, group %s", path,
             (unsigned)st.st_mode & 07777U, g != NULL ? g->gr_name : "without a name");
}

bool app_open_status(struct app *a, struct err *e)
{
    struct server_options opt = {
        .listen_fd = -1,
        .path = a->live->conf->socket.p,
        .group = "alignd",
    };
    struct status_deps deps = {
        .loop = &a->loop,
        .clock = a->clock,
        .store = a->store,
        .arg = a,
        .live = app_hook_live,
        .view = app_hook_view,
        .may = app_hook_may,
        .act = app_hook_act,
        .written = app_hook_stored,
        .follow = app_hook_follow,
    };

    if (!events_run_create(&a->loop, a->clock, a->store, &a->events, e) ||
        !sdnotify_listen_fd(&opt.listen_fd, e) ||
        !status_run_create(&deps, &opt, &a->status, e))
        return false;
    describe_socket(a, opt.path);
    return status_run_writers(a->status, a->live->conf->writers,
                              a->live->conf->n_writers, e);
}
