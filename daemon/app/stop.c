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
    if (a->eval != NULL)
        eval_run_close(a->eval, one_closed, a);
    if (a->view != NULL)
        view_run_close(a->view, one_closed, a);
    if (a->upkeep != NULL)
        upkeep_run_close(a->upkeep, one_closed, a);
    if (a->effort != NULL)
        effort_run_close(a->effort, one_closed, a);
    if (a->values != NULL)
        value_run_close(a->values, one_closed, a);
    if (a->suggest != NULL)
        suggest_run_close(a->suggest, one_closed, a);
    if (a->watch != NULL)
        file_watch_close(a->watch, one_closed, a);
    alarm_destroy(a->alarm);
    a->alarm = NULL;
}

static void stop_handles(struct app *a)
{
    uv_timer_stop(&a->deadline);
    uv_close((uv_handle_t *)&a->watchdog, NULL);
    uv_close((uv_handle_t *)&a->deadline, NULL);
    uv_close((uv_handle_t *)&a->wall_timer, NULL);
    for (size_t i = 0; i < a->n_signals; i++)
        uv_close((uv_handle_t *)&a->signals[i], NULL);
}

/* What was never opened counts as closed. The phase itself holds one of `pending`, so
   that a part that closes at once does not end it early. */
static void next_phase(struct app *a)
{
    a->phase++;
    a->pending = 1;
    switch (a->phase) {
    case STOP_NOT:
        break;
    case STOP_STATUS:
        if (a->store != NULL)
            store_hurry(a->store);
        a->pending += a->status != NULL;
        a->pending += a->events != NULL;
        if (a->events != NULL)
            events_run_close(a->events, one_closed, a);
        a->events = NULL;
        if (a->status != NULL)
            status_run_close(a->status, one_closed, a);
        break;
    case STOP_RUNS:
        a->pending += (unsigned)(a->n_syncs + a->n_outboxes);
        a->pending += a->eval != NULL;
        a->pending += a->view != NULL;
        a->pending += a->upkeep != NULL;
        a->pending += a->effort != NULL;
        a->pending += a->values != NULL;
        a->pending += a->suggest != NULL;
        a->pending += a->watch != NULL;
        stop_runs(a);
        break;
    case STOP_HTTP:
        a->pending += a->http != NULL;
        if (a->http != NULL)
            http_close(a->http, one_closed, a);
        break;
    case STOP_STORE:
        a->pending += a->store != NULL;
        if (a->store != NULL)
            store_close(a->store, store_closed, a);
        break;
    case STOP_HANDLES:
        stop_handles(a);
        return;
    }
    one_closed(a);
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

