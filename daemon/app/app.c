#include "app/app.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app_state.h"
#include "app/dry_run.h"
#include "app/sdnotify.h"
#include "base/log.h"
#include "base/sign.h"
#include "base/tty.h"

enum { CLOCK_LOOK_MS = 20000 };

/* ---- signals, watchdog, clock ---- */

static void sync_all(struct app *a)
{
    for (size_t i = 0; i < a->n_syncs; i++)
        sync_run_tick(a->syncs[i]);
}

static void on_signal(uv_signal_t *h, int signum)
{
    struct app *a = h->data;

    switch (signum) {
    case SIGHUP:
        app_reload(a);
        break;
    case SIGUSR1:
        sync_all(a);
        break;
    default:
        if (a->phase != STOP_NOT) {
            log_warn("second signal: stopping at once");
            _exit(APP_SOFTWARE);
        }
        app_stop(a, APP_OK);
    }
}

/* Alive: the engine moved since the last time, or has nothing to do. */
static void on_watchdog(uv_timer_t *t)
{
    struct app *a = t->data;
    uint64_t beat;

    if (a->store == NULL)
        return;
    beat = store_heartbeat(a->store);
    if (beat != a->heartbeat || store_is_idle(a->store))
        sdnotify_watchdog();
    a->heartbeat = beat;
}

static bool start_signals(struct app *a, struct err *e)
{
    static const int numbers[N_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_init(&a->loop, &a->signals[i]);
        a->signals[i].data = a;
        a->n_signals++;
        if (uv_signal_start(&a->signals[i], on_signal, numbers[i]) != 0)
            return err_set(e, ERR_IO, "cannot watch for signal %d", numbers[i]);
        uv_unref((uv_handle_t *)&a->signals[i]);
    }
    return true;
}

static void on_wall_timer(uv_timer_t *t)
{
    app_look_at_clock(t->data);
    app_install_again(t->data);
}

static void start_timers(struct app *a)
{
    struct dur every = sdnotify_watchdog_interval();

    uv_timer_init(&a->loop, &a->watchdog);
    uv_timer_init(&a->loop, &a->deadline);
    uv_timer_init(&a->loop, &a->wall_timer);
    a->watchdog.data = a;
    a->deadline.data = a;
    a->wall_timer.data = a;
    wall_watch_init(&a->wall, a->clock);
    uv_timer_start(&a->wall_timer, on_wall_timer, CLOCK_LOOK_MS, CLOCK_LOOK_MS);
    uv_unref((uv_handle_t *)&a->wall_timer);
    if (every.ms > 0)
        uv_timer_start(&a->watchdog, on_watchdog, 0, (uint64_t)every.ms);
}

/* ---- start ---- */

static void on_busy(void *arg, const char *what)
{
    (void)arg;
    sdnotify_extend(DUR_S(60));
    sdnotify_status("%s", what);
}

/* Told when the store is open: losing what people have linked is no detail. */
static void note_loss(struct app *a, const struct store_opened *o)
{
    snprintf(a->incident, sizeof(a->incident), "alignd's database was %s%s; %s",
             o->aside[0] != '\0' ? "damaged. It is kept as " : "missing", o->aside,
             o->restored ? "the last backup is in force. Links, exemptions and messages "
                           "since then are missing; trackers are read again."
                         : "there was no backup, so a new one is begun: links and "
                           "exemptions made by command are gone, and what is open now "
                           "counts as having been there before.");
    log_error("%s", a->incident);
}

/* Where the store is, for as long as alignd runs: configurations come and go. */
static bool find_state(struct app *a, struct err *e)
{
    struct str configured = a->live->conf->state_dir;

    if (!a->opt.dry_run) {
        buf_add(&a->state_dir, configured);
        return buf_check(&a->state_dir, e);
    }
    if (configured.n == 0)
        log_info("dry run on an empty state, as at the very first start: no `state` is "
                 "set (STATE_DIRECTORY=/var/lib/alignd takes a copy of the service's)");
    return dry_run_begin(configured, &a->state_dir, e);
}

static void leave_state(struct app *a)
{
    if (a->opt.dry_run)
        dry_run_end(&a->state_dir);
    else
        buf_finish(&a->state_dir);
}

static bool open_store(struct app *a, struct err *e)
{
    const char *dir = buf_cstr(&a->state_dir);
    struct store_options opt = {.dir = dir, .clock = a->clock, .busy = on_busy};
    struct store_opened opened = {0};

    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return err_set(e, ERR_IO, "cannot create the state directory %s: %s", dir,
                       strerror(errno));
    if (!store_open(&a->loop, &opt, &a->store, &opened, e))
        return false;
    if (opened.restored || opened.anew)
        note_loss(a, &opened);
    else if (opened.unclean)
        log_warn("the last stop was not clean; the database was checked and is sound");
    /* From 0: an earlier start got no further than creating the file. */
    if (opened.migrated_from > 0 && opened.migrated_from != opened.migrated_to)
        log_info("the database was migrated from version %u to %u", opened.migrated_from,
                 opened.migrated_to);
    return true;
}

static bool open_alarm(struct app *a, struct err *e)
{
    struct alarm_deps deps = {a->clock, a->http, a, app_hook_live};

    return alarm_create(&deps, &a->alarm, e);
}

static bool open_parts(struct app *a, struct err *e)
{
    struct http_options ho = {
        .clock = a->clock,
        .user_agent = "alignd/" ALIGND_VERSION,
    };
    struct eval_deps ed = {
        &a->loop,           a->clock, a->store, a, app_hook_live, app_hook_eval_begins,
        app_hook_eval_ended};
    struct view_deps vd = {&a->loop, a->clock, a->store, a, app_hook_published};
    struct upkeep_deps ud = {&a->loop, a->clock,      a->store,
                             a,        app_hook_live, app_hook_upkeep_ended};
    struct effort_deps fd = {a->clock, a->store, a, app_hook_live,
                             app_hook_effort_ended};
    struct value_deps kd = {
        .loop = &a->loop,
        .clock = a->clock,
        .store = a->store,
        .arg = a,
        .live = app_hook_live,
        .ended = app_hook_values_ended,
    };
    struct suggest_deps sd = {a->store, a, app_hook_live, app_hook_may_suggest,
                              app_hook_suggest_ended};

    if (!http_create(&a->loop, &ho, &a->http, e))
        return false;
    kd.http = a->http;
    return eval_run_create(&ed, &a->eval, e) &&
           view_run_create(&vd, &a->view, e) &&
           (a->opt.dry_run || upkeep_run_create(&ud, &a->upkeep, e)) &&
           (a->opt.dry_run || effort_run_create(&fd, &a->effort, e)) &&
           value_run_create(&kd, &a->values, e) &&
           (a->opt.dry_run || suggest_run_create(&sd, &a->suggest, e)) &&
           open_alarm(a, e) && start_signals(a, e);
}

static struct live *load_or_complain(const char *path, enum live_use use)
{
    const bool journal = sdnotify_stderr_is_journal();
    struct conf_diag *d = conf_diag_create();
    struct live *l = NULL;
    struct buf text;

    if (d == NULL) {
        log_error("out of memory");
        return NULL;
    }
    buf_init(&text, (size_t)4 << 20);
    conf_diag_fit(d, journal ? 0 : tty_columns(STDERR_FILENO));
    l = live_load(path, use, d);
    conf_diag_print(d, &text);
    /* The journal wants a priority with each line; people see the caret better without. */
    if (journal)
        app_log_said(&text, l != NULL);
    else
        fwrite(buf_cstr(&text), 1, text.n, stderr);
    buf_finish(&text);
    conf_diag_destroy(d);
    return l;
}

static void add_summary(struct buf *out, const char *config, const struct live *l)
{
    const struct strategy *s = l->strategy;

    buf_printf(out,
               "%s: good. Strategy '%.*s': %zu objectives, %zu key results, "
               "%zu initiatives.\n",
               config, STR_FMT(s->name), s->n_objectives, s->n_key_results,
               s->n_initiatives);
    if (l->conf->state_dir.n == 0 || l->conf->socket.n == 0)
        buf_addz(out, "'state' and 'socket' are left to systemd: without it, alignd "
                      "needs both to start.\n");
}

int app_check(const char *config, bool print)
{
    struct live *l = load_or_complain(config, print ? LIVE_SHOWN : LIVE_CHECKED);
    struct buf out;

    if (l == NULL)
        return APP_CONFIG;
    buf_init(&out, (size_t)16 << 20);
    if (print)
        conf_print(l->conf, &out);
    else
        add_summary(&out, config, l);
    fwrite(buf_cstr(&out), 1, out.n, stdout);
    buf_finish(&out);
    live_unref(l);
    return APP_OK;
}

static int exit_code_of(const struct err *e)
{
    if (e->kind == ERR_CONFLICT)
        return APP_LOCKED;
    return e->kind == ERR_CONFIG ? APP_CONFIG : APP_CANNOT_CREATE;
}

static void finish(struct app *a)
{
    int rc;

    uv_run(&a->loop, UV_RUN_DEFAULT);
    rc = uv_loop_close(&a->loop);
    if (rc != 0) {
        log_error("bug: something was left open: %s", uv_strerror(rc));
        a->exit_code = APP_SOFTWARE;
    }
    live_unref(a->live);
    free(a->syncs);
    free(a->outboxes);
    free(a->api_sources);
    free(a->api_channels);
}

static enum live_use use_of(const struct app_options *opt)
{
    if (opt->dry_run)
        return LIVE_TRIED;
    return opt->once ? LIVE_ONCE : LIVE_SERVED;
}

int app_run(const struct app_options *opt)
{
    struct app a = {.opt = *opt, .use = use_of(opt),
                    .clock = opt->clock != NULL ? opt->clock : clock_system()};
    const char *warning = http_curl_warning();
    struct conf_env env;
    struct err e;

    sign_prepare();
    a.live = load_or_complain(opt->config, a.use);
    if (a.live == NULL)
        return APP_CONFIG;
    a.started = a.reloaded = clock_wall(a.clock);
    conf_env_read(&env);
    a.credentials = env.credentials_directory;
    if (warning != NULL)
        log_warn("%s", warning);
    uv_loop_init(&a.loop);
    start_timers(&a);
    buf_init(&a.state_dir, PATH_MAX);
    if (!find_state(&a, &e) || !open_store(&a, &e) || !open_parts(&a, &e) ||
        !app_install(&a, true, &e)) {
        log_error("%s", e.msg);
        app_stop(&a, exit_code_of(&e));
    }
    finish(&a);
    leave_state(&a);
    return a.exit_code;
}
