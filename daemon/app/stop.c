#include <unistd.h>

#include "app/app_state.h"
#include "app/sdnotify.h"
#include "base/log.h"

/* The unit and interface.md promise five seconds. */
enum { STOP_DEADLINE_MS = 4500 };

static void next_phase(struct app *a);

static const char *phase_name(enum stop_phase p)
{
    static const char *const names[] = {
#define X(e, name) name,
        STOP_PHASES(X)
#undef X
    };
    return names[p];
}

static void on_deadline(uv_timer_t *t)
{
    struct app *a = t->data;

    log_error("stopping takes too long, waiting for %s: giving up", phase_name(a->phase));
    _exit(APP_SOFTWARE);
}

static void one_closed(void *arg)
{
    struct app *a = arg;

    if (--a->pending == 0)
        next_phase(a);
}

static void store_closed(void *arg)
{
    struct app *a = arg;

    a->store = NULL;
    one_closed(a);
}

static void stop_runs(struct app *a)
{
    for (size_t i = 0; i < a->n_syncs; i++)
        sync_run_close(a->syncs[i], one_closed, a);
    for (size_t i = 0; i < a->n_outboxes; i++)
        outbox_run_close(a->outboxes[i], one_closed, a);
    eval_run_close(a->eval, one_closed, a);
    view_run_close(a->view, one_closed, a);
}

static void stop_handles(struct app *a)
{
    uv_timer_stop(&a->deadline);
    uv_close((uv_handle_t *)&a->watchdog, NULL);
    uv_close((uv_handle_t *)&a->deadline, NULL);
    for (size_t i = 0; i < N_SIGNALS; i++)
        uv_close((uv_handle_t *)&a->signals[i], NULL);
}

/* `pending` counts before anything is closed: a close may call back at once. */
static void next_phase(struct app *a)
{
    a->phase++;
    switch (a->phase) {
    case STOP_NOT:
        break;
    case STOP_STATUS:
        a->pending = 1;
        if (a->status != NULL)
            status_run_close(a->status, one_closed, a);
        else
            one_closed(a);
        break;
    case STOP_RUNS:
        a->pending = (unsigned)(a->n_syncs + a->n_outboxes) + 2;
        stop_runs(a);
        break;
    case STOP_HTTP:
        a->pending = 1;
        http_close(a->http, one_closed, a);
        break;
    case STOP_STORE:
        a->pending = 1;
        store_close(a->store, store_closed, a);
        break;
    case STOP_HANDLES:
        stop_handles(a);
        break;
    }
}

void app_stop(struct app *a, int exit_code)
{
    if (a->phase != STOP_NOT)
        return;
    a->exit_code = exit_code;
    log_info("stopping");
    sdnotify_stopping();
    uv_timer_start(&a->deadline, on_deadline, STOP_DEADLINE_MS, 0);
    next_phase(a);
}

