/*
 * The daemon's whole state, for the files of app alone: app.c starts it,
 * generation.c takes configurations into force, view.c shows it, stop.c takes
 * it down. Loop thread.
 */
#ifndef APP_APP_STATE_H
#define APP_APP_STATE_H

#include <stdbool.h>
#include <uv.h>

#include "app/alarm.h"
#include "app/app.h"
#include "app/effort_run.h"
#include "app/eval_run.h"
#include "app/events_run.h"
#include "app/file_watch.h"
#include "app/live.h"
#include "app/outbox_run.h"
#include "app/status_run.h"
#include "app/suggest_run.h"
#include "app/sync_run.h"
#include "app/upkeep_run.h"
#include "app/value_run.h"
#include "app/view_run.h"
#include "app/wall_watch.h"
#include "io/http.h"
#include "status/api.h"
#include "store/store.h"

/*
 * Stopping is a walk through these phases, each begun when everything of the
 * one before has closed. X(enumerator, what is waited for)
 */
#define STOP_PHASES(X)                                   \
    X(STOP_NOT, "running")                               \
    X(STOP_STATUS, "requests on the socket")             \
    X(STOP_RUNS, "syncs, evaluation and deliveries")     \
    X(STOP_HTTP, "connections")                          \
    X(STOP_STORE, "the database")                        \
    X(STOP_HANDLES, "timers and signals")

enum stop_phase {
#define X(e, name) e,
    STOP_PHASES(X)
#undef X
};

enum { N_SIGNALS = 4 };

struct app {
    struct app_options opt;
    enum live_use use;     /* what `opt` makes of a configuration */
    struct buf state_dir;  /* where the store is: not the configured one in a dry run */
    uv_loop_t loop;
    const struct clock *clock;
    const char *credentials; /* systemd's directory of them; NULL: none */
    char socket[400];        /* what the status socket is, for people */
    struct wall started, reloaded;
    struct live *live; /* one reference: the generation in force */
    struct store *store;
    struct http *http;
    struct status_run *status; /* NULL with --once and --dry-run */
    struct events_run *events; /* likewise */
    struct eval_run *eval;
    struct view_run *view;
    struct upkeep_run *upkeep; /* NULL with --dry-run */
    struct effort_run *effort; /* likewise */
    struct value_run *values;
    struct suggest_run *suggest; /* likewise */
    struct alarm *alarm;
    struct file_watch *watch; /* of the strategy; NULL with --once and --dry-run */
    struct sync_run **syncs; /* owned array */
    struct outbox_run **outboxes;
    size_t n_syncs, n_outboxes;
    size_t n_ended, n_failed; /* syncs since the start; the latter are for --once */
    uv_signal_t signals[N_SIGNALS];
    size_t n_signals; /* of them open */
    uv_timer_t watchdog, deadline, wall_timer;
    struct wall_watch wall;
    uint64_t heartbeat;
    uint64_t settle; /* the read of the view that shows what has ended so far */
    unsigned installing; /* generations on their way into the store */
    bool installed, ready, reloading, reload_again, kept_up;
    bool effort_due; /* evaluation found days to be split */
    bool look_again; /* at the strategy alone */
    /* What the store did not take, to be tried again: the generation in force, that the
       strategy does not load, that the clock was set. */
    bool uninstalled, broken_untold, clock_untold;
    bool clock_back; /* back, of what is untold */
    char conf_error[512], strategy_error[512];
    struct err eval_error;   /* of the last evaluation */
    struct wall stuck_since; /* the store cannot write, and that was told; 0: it can */
    bool full;               /* because the disk is */
    char incident[512];      /* what opening the database has found, to be told once */
    char told_status[100];   /* to systemd */
    enum stop_phase phase;
    unsigned pending; /* things of this phase not closed yet */
    int exit_code;
    struct api_view api;
    struct api_source_view *api_sources;
    struct api_channel_view *api_channels;
};

/* ---- serve.c ---- */

/* Serves the status socket. A question that came before waits in the socket's queue. */
bool app_open_status(struct app *a, struct err *e) MUST_USE;

/* ---- stop.c ---- */

/* Begins to stop; app_run returns `exit_code`. A second call changes nothing. */
void app_stop(struct app *a, int exit_code);

/* ---- generation.c ---- */

/* Takes a->live into force; `first` also makes the daemon ready. */
bool app_install(struct app *a, bool first, struct err *e) MUST_USE;
/* The first generation is in force and there is a view to show: READY=1, syncs start. */
void app_become_ready(struct app *a);
/* Once more, where the store has not taken it; now and then. */
void app_install_again(struct app *a);
/* Reads the configuration anew and swaps it in when it is good. */
void app_reload(struct app *a);
/* Likewise the strategy alone, since its files have changed; one that is as it was is
   no reload. */
void app_reload_strategy(struct app *a);
/* What was said about a configuration, line by line into the log. */
void app_log_said(const struct buf *text, bool good);

/* ---- disk.c: when the store fails ---- */

/* The first failure there is; kind ERR_NONE: the store is well. */
const struct err *app_store_error(const struct app *a);
/* Tells when it cannot write any more and when it can again; a damaged one ends the
   daemon, so that the next start sets it aside. */
void app_watch_store(struct app *a);

/* ---- wall.c: when the clock is set ---- */

/* Looks whether it was: then the store is told, and every source is synced. */
void app_look_at_clock(struct app *a);

/* ---- hooks.c: what the machines call back ---- */

struct live *app_hook_live(void *arg);
void app_hook_state(void *arg);  /* something changed */
void app_hook_stored(void *arg); /* something worth evaluating was stored */
void app_hook_sync_ended(void *arg, const struct sync_run *run, const struct err *failure);
void app_hook_eval_begins(void *arg);
void app_hook_eval_ended(void *arg, const struct eval_result *r, const struct err *failure);
void app_hook_published(void *arg);
bool app_hook_follow(void *arg, struct server_request *http, int64_t after,
                     int64_t last, struct err *e) MUST_USE;
void app_hook_sent(void *arg, struct str channel, int64_t message,
                   const struct outbox_outcome *o);
void app_hook_upkeep_ended(void *arg, const struct err *failure);
void app_hook_effort_ended(void *arg, const struct err *failure);
void app_hook_values_ended(void *arg, bool news);
bool app_hook_may_suggest(void *arg); /* nothing else is to be done */
void app_hook_suggest_ended(void *arg, const struct err *failure);
const struct api_view *app_hook_view(void *arg);
bool app_hook_may(void *arg, enum api_action action, const struct api_request *req,
                  struct err *e);
bool app_hook_act(void *arg, enum api_action action, const struct api_request *req,
                  struct err *e);

#endif
