#include "app/app_state.h"
#include "app/sdnotify.h"

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
    };

    return sdnotify_listen_fd(&opt.listen_fd, e) &&
           status_run_create(&deps, &opt, &a->status, e) &&
           status_run_writers(a->status, a->live->conf->writers, a->live->conf->n_writers,
                              e);
}
