#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app_state.h"
#include "app/sdnotify.h"
#include "base/log.h"

/* ---- syncs and outboxes follow the configuration ---- */

/* What is left of the pause that this source's limit demanded last. No tracker pauses
   for longer than an hour: what says so was written by another clock. */
static struct dur pause_left(const struct app *a, struct str name)
{
    const struct dur longest = DUR_H(1);
    struct dur left = DUR_MS(0);
    struct wall at;
    const struct status_row *row = view_run_row(a->view, &at);

    for (size_t i = 0; row != NULL && i < row->n_sources; i++) {
        if (str_eq(row->sources[i].name, name))
            left = wall_since(row->sources[i].paused_until, clock_wall(a->clock));
    }
    if (left.ms <= 0)
        return DUR_MS(0);
    left = left.ms < longest.ms ? left : longest;
    if (!a->opt.once)
        log_info("source %.*s: its rate limit is waited for, %lld s from now; alignctl "
                 "sync asks at once",
                 STR_FMT(name), (long long)(left.ms + 999) / 1000);
    return left;
}

static bool add_sync(struct app *a, struct str name, struct err *e)
{
    struct sync_deps deps = {
        .loop = &a->loop,
        .clock = a->clock,
        .http = a->http,
        .store = a->store,
        .hooks = {a, app_hook_live, app_hook_stored, app_hook_sync_ended,
                  app_hook_state},
        .once = a->opt.once,
    };
    struct sync_run **v =
        realloc(a->syncs, (a->n_syncs + 1) * sizeof(struct sync_run *));
    struct api_source_view *w;

    if (v == NULL)
        return err_nomem(e);
    a->syncs = v;
    w = realloc(a->api_sources, (a->n_syncs + 1) * sizeof(*w));
    if (w == NULL)
        return err_nomem(e);
    a->api_sources = w;
    if (!sync_run_create(&deps, name, pause_left(a, name), &a->syncs[a->n_syncs], e))
        return false;
    a->n_syncs++;
    return true;
}

static bool add_outbox(struct app *a, struct str channel, struct err *e)
{
    struct outbox_deps deps = {
        .loop = &a->loop,
        .clock = a->clock,
        .http = a->http,
        .store = a->store,
        .dry_run = a->opt.dry_run,
        .arg = a,
        .live = app_hook_live,
        .state = app_hook_state,
        .sent = app_hook_sent,
        .news = app_hook_stored,
    };
    struct outbox_run **v =
        realloc(a->outboxes, (a->n_outboxes + 1) * sizeof(struct outbox_run *));
    struct api_channel_view *w;

    if (v == NULL)
        return err_nomem(e);
    a->outboxes = v;
    w = realloc(a->api_channels, (a->n_outboxes + 1) * sizeof(*w));
    if (w == NULL)
        return err_nomem(e);
    a->api_channels = w;
    if (!outbox_run_create(&deps, channel, &a->outboxes[a->n_outboxes], e))
        return false;
    a->n_outboxes++;
    return true;
}

static void ignore_closed(void *arg)
{
    (void)arg;
}

/* Removes runs whose source is gone, adds runs for new ones. */
static bool follow_sources(struct app *a, struct err *e)
{
    const struct conf *c = a->live->conf;

    for (size_t i = 0; i < a->n_syncs;) {
        if (live_source(a->live, sync_run_name(a->syncs[i])) != NULL) {
            i++;
            continue;
        }
        sync_run_close(a->syncs[i], ignore_closed, a);
        a->syncs[i] = a->syncs[--a->n_syncs];
    }
    for (size_t i = 0; i < c->n_sources; i++) {
        struct str name = c->sources[i].tracker.name;
        bool have = false;

        for (size_t j = 0; j < a->n_syncs && !have; j++)
            have = str_eq(sync_run_name(a->syncs[j]), name);
        if (!have && !add_sync(a, name, e))
            return false;
    }
    return true;
}

static bool follow_channels(struct app *a, struct err *e)
{
    const struct conf *c = a->live->conf;

    for (size_t i = 0; i < c->n_channels; i++) {
        struct str name = c->channels[i].chat.name;
        bool have = false;

        for (size_t j = 0; j < a->n_outboxes && !have; j++)
            have = str_eq(outbox_run_channel(a->outboxes[j]), name);
        if (!have && !add_outbox(a, name, e))
            return false;
    }
    return true;
}

/* ---- taking a generation into force ---- */

struct install {
    struct app *app;
    struct live *live; /* one reference */
    struct wall now;
    bool first, new_strategy, new_conf, clock_back;
    unsigned recovered;
    struct str incident; /* the app's */
};

static bool install_on_engine(struct db *db, void *arg, struct err *e)
{
    struct install *in = arg;

    if (in->first && (!db_clock_set(db, in->now, &in->clock_back, e) ||
                      !db_outbox_recover(db, in->now, &in->recovered, e)))
        return false;
    if (in->first && in->incident.n > 0 &&
        !db_tell_operations(db, &in->live->eval, in->incident, in->now, e))
        return false;
    return db_strategy_set(db, in->live->strategy, in->now, &in->new_strategy, e) &&
           db_conf_set(db, in->live->conf->hash, in->now, &in->new_conf, e);
}

static void strategy_changed(void *arg)
{
    app_reload_strategy(arg);
}

static bool watch_strategy(struct app *a, struct err *e)
{
    if (!file_watch_create(&a->loop, strategy_changed, a, &a->watch, e))
        return false;
    file_watch_set(a->watch, a->live->conf->strategy_path.p);
    return true;
}

void app_become_ready(struct app *a)
{
    const bool serves = !a->opt.once && !a->opt.dry_run;
    struct err e;

    a->ready = true;
    if (serves && !app_open_status(a, &e)) {
        log_error("%s", e.msg);
        app_stop(a, e.kind == ERR_CONFLICT ? APP_LOCKED : APP_CANNOT_CREATE);
        return;
    }
    sdnotify_ready();
    if (serves && !watch_strategy(a, &e))
        log_warn("%s", e.msg);
    if (!follow_channels(a, &e) || !follow_sources(a, &e)) {
        log_error("%s", e.msg);
        app_stop(a, APP_SOFTWARE);
        return;
    }
    log_info("alignd %s ready: %zu source%s, %zu channel%s, strategy '%.*s'",
             ALIGND_VERSION, a->n_syncs, a->n_syncs == 1 ? "" : "s", a->n_outboxes,
             a->n_outboxes == 1 ? "" : "s", STR_FMT(a->live->strategy->name));
    value_run_look(a->values, false);
    for (size_t i = 0; i < a->n_outboxes; i++)
        outbox_run_kick(a->outboxes[i]);
    for (size_t i = 0; i < a->n_syncs && a->opt.once; i++)
        sync_run_tick(a->syncs[i]);
}

static void install_done(void *arg, bool ok, const struct err *err)
{
    struct install *in = arg;
    struct app *a = in->app;

    a->installing--;
    if (!ok) {
        if (!a->uninstalled)
            log_error("state: %s", err->msg);
        a->uninstalled = true;
        if (in->first)
            app_stop(a, APP_CANNOT_CREATE);
    } else if (a->phase == STOP_NOT) {
        if (in->clock_back)
            log_warn(
                "the database holds times that are to come: the clock was set back");
        if (in->recovered > 0)
            log_warn(
                "%u messages were being sent when alignd last stopped: sent again, "
                "marked resent",
                in->recovered);
        if (in->new_strategy && !in->first)
            log_info("strategy '%.*s' in force", STR_FMT(in->live->strategy->name));
        a->installed = true;
        a->uninstalled = false;
        eval_run_request(a->eval);
        view_run_touch(a->view);
    }
    live_unref(in->live);
    free(in);
}

bool app_install(struct app *a, bool first, struct err *e)
{
    struct install *in = calloc(1, sizeof(*in));

    if (in == NULL)
        return err_nomem(e);
    in->app = a;
    in->first = first;
    in->incident = str_of(a->incident);
    in->live = live_ref(a->live);
    in->now = clock_wall(a->clock);
    if (store_submit(a->store, install_on_engine, install_done, in, e)) {
        a->installing++;
        return true;
    }
    live_unref(in->live);
    free(in);
    return false;
}

/* ---- reload: read and check on the reader's thread, swap on the loop ---- */

struct reload {
    struct app *app;
    struct live *base; /* one reference: only the strategy is read; NULL: all */
    bool same;         /* and it is the one in force */
    struct live *live; /* NULL: it does not load */
    struct buf text;
    char first[512];
};

static bool reload_on_reader(struct db *db, void *arg, struct err *e)
{
    struct reload *rl = arg;
    struct conf_diag *d = conf_diag_create();

    (void)db;
    if (d == NULL)
        return err_nomem(e);
    rl->live = rl->base != NULL ? live_with_strategy(rl->base, d)
                                : live_load(rl->app->opt.config, rl->app->use, d);
    rl->same = rl->base != NULL && rl->live != NULL &&
               rl->live->strategy->version == rl->base->strategy->version;
    conf_diag_print(d, &rl->text);
    snprintf(rl->first, sizeof(rl->first), "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return true;
}

/* What cannot change while running keeps its old value, and says so. */
static void refuse_fixed(const struct app *a, const struct live *next)
{
    const struct conf *old = a->live->conf, *new = next->conf;

    if (a->opt.dry_run)
        return; /* it uses neither */
    if (!str_eq(old->state_dir, new->state_dir))
        log_warn("reload: a new `state` needs a restart; still %.*s",
                 STR_FMT(old->state_dir));
    if (!str_eq(old->socket, new->socket))
        log_warn("reload: a new `socket` needs a restart; still %.*s",
                 STR_FMT(old->socket));
}

static void swap_in(struct app *a, struct live *next)
{
    struct err e;

    refuse_fixed(a, next);
    live_unref(a->live);
    a->live = next;
    a->reloaded = clock_wall(a->clock);
    a->conf_error[0] = a->strategy_error[0] = '\0';
    if (!follow_channels(a, &e) || !follow_sources(a, &e) || !app_install(a, false, &e))
        log_error("reload: %s", e.msg);
    if (a->status != NULL &&
        !status_run_writers(a->status, next->conf->writers, next->conf->n_writers, &e))
        log_error("reload: %s", e.msg);
    if (a->watch != NULL)
        file_watch_set(a->watch, next->conf->strategy_path.p);
    log_info("reloaded %s", a->opt.config);
}

static void swap_strategy_in(struct app *a, struct live *next)
{
    struct err e;

    a->strategy_error[0] = '\0';
    live_unref(a->live);
    a->live = next;
    if (!app_install(a, false, &e))
        log_error("reload: %s", e.msg);
}

/* ---- whether the strategy's file loads, for the rule that tells of it ---- */

struct broken {
    struct app *app;
    struct wall now;
    char error[512];
};

static bool broken_on_engine(struct db *db, void *arg, struct err *e)
{
    struct broken *b = arg;

    return db_strategy_broken(db, str_of(b->error), b->now, e);
}

static void broken_done(void *arg, bool ok, const struct err *err)
{
    struct broken *b = arg;
    struct app *a = b->app;

    if (!ok && !a->broken_untold)
        log_error("state: %s", err->msg);
    if (ok && a->phase == STOP_NOT)
        eval_run_request(a->eval);
    a->broken_untold = !ok;
    free(b);
}

/* Empty: it does. */
static void tell_broken(struct app *a, const char *error)
{
    struct broken *b = calloc(1, sizeof(*b));
    struct err e;

    if (b == NULL) {
        log_error("reload: out of memory");
        return;
    }
    b->app = a;
    b->now = clock_wall(a->clock);
    snprintf(b->error, sizeof(b->error), "%s", error);
    if (store_submit(a->store, broken_on_engine, broken_done, b, &e))
        return;
    log_error("reload: %s", e.msg);
    free(b);
}

/* A full disk has kept the store from it. */
void app_install_again(struct app *a)
{
    struct err e;

    if (a->phase != STOP_NOT || !a->ready)
        return;
    if (a->uninstalled && a->installing == 0 && !app_install(a, false, &e))
        log_error("reload: %s", e.msg);
    if (a->broken_untold)
        tell_broken(a, a->strategy_error);
}

static void take_in(struct app *a, struct reload *rl)
{
    if (rl->same) {
        if (a->strategy_error[0] != '\0')
            tell_broken(a, "");
        a->strategy_error[0] = '\0'; /* what was broken is as it was before */
        return;
    }
    if (rl->base == NULL)
        swap_in(a, rl->live);
    else
        swap_strategy_in(a, rl->live);
    rl->live = NULL;
}

static void refuse(struct app *a, const struct reload *rl, const char *why)
{
    if (rl->base == NULL) {
        snprintf(a->conf_error, sizeof(a->conf_error), "%s", why);
        log_error("reload refused: the configuration in force stays");
        a->look_again = true; /* it may be the strategy that does not load */
    } else {
        snprintf(a->strategy_error, sizeof(a->strategy_error), "%s", why);
        log_error("the strategy has changed and does not load: the one in force stays");
        tell_broken(a, why);
    }
}

void app_log_said(const struct buf *text, bool good)
{
    struct str rest = buf_str(text), line;

    while (str_split(&rest, '\n', &line)) {
        if (line.n > 0)
            log_at(good ? LOG_WARN_ : LOG_ERROR_, "%.*s", STR_FMT(line));
    }
}

static void reload_free(struct reload *rl)
{
    live_unref(rl->live);
    live_unref(rl->base);
    buf_finish(&rl->text);
    free(rl);
}

/* The strategy is broken as it was when it was looked at last. */
static bool is_said(const struct app *a, const struct reload *rl)
{
    return rl->base != NULL && rl->live == NULL && rl->first[0] != '\0' &&
           strcmp(a->strategy_error, rl->first) == 0;
}

static void reload_done(void *arg, bool ok, const struct err *err)
{
    struct reload *rl = arg;
    struct app *a = rl->app;
    bool said;

    a->reloading = false;
    if (a->phase != STOP_NOT) {
        reload_free(rl);
        return;
    }
    said = ok && (rl->same || is_said(a, rl));
    if (!said)
        app_log_said(&rl->text, rl->live != NULL);
    if (ok && rl->live != NULL)
        take_in(a, rl);
    else if (!said)
        refuse(a, rl, ok ? rl->first : err->msg);
    reload_free(rl);
    sdnotify_ready();
    view_run_touch(a->view);
    value_run_look(a->values, false);
    if (a->reload_again)
        app_reload(a);
    else if (a->look_again)
        app_reload_strategy(a);
}

static void begin(struct app *a, struct live *base)
{
    struct reload *rl = calloc(1, sizeof(*rl));
    struct err e;

    if (rl == NULL) {
        log_error("reload: out of memory");
        return;
    }
    rl->app = a;
    if (base != NULL)
        rl->base = live_ref(base);
    buf_init(&rl->text, (size_t)1 << 20);
    sdnotify_reloading(clock_mono(a->clock));
    if (store_read(a->store, reload_on_reader, reload_done, rl, &e)) {
        a->reloading = true;
        return;
    }
    log_error("reload: %s", e.msg);
    sdnotify_ready();
    reload_free(rl);
}

void app_reload(struct app *a)
{
    a->reload_again = a->reloading;
    if (!a->reloading)
        begin(a, NULL);
}

void app_reload_strategy(struct app *a)
{
    a->look_again = a->reloading;
    if (!a->reloading && a->phase == STOP_NOT && a->store != NULL)
        begin(a, a->live);
}
