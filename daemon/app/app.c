#include "app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "app/eval_run.h"
#include "app/live.h"
#include "app/outbox_run.h"
#include "app/sdnotify.h"
#include "app/status_run.h"
#include "app/sync_run.h"
#include "app/view_run.h"
#include "base/log.h"
#include "io/http.h"
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

enum {
    STOP_DEADLINE_MS = 4500, /* the unit and interface.md promise five seconds */
    N_SIGNALS = 4,
};

struct app {
    struct app_options opt;
    uv_loop_t loop;
    const struct clock *clock;
    struct wall started, reloaded;
    struct live *live; /* one reference: the generation in force */
    struct store *store;
    struct http *http;
    struct status_run *status; /* NULL with --once */
    struct eval_run *eval;
    struct view_run *view;
    struct sync_run **syncs; /* owned array */
    struct outbox_run **outboxes;
    size_t n_syncs, n_outboxes, n_ended;
    uv_signal_t signals[N_SIGNALS];
    uv_timer_t watchdog, deadline;
    uint64_t heartbeat;
    bool ready, reloading, reload_again;
    bool failed; /* a source failed, for --once */
    char conf_error[512], store_error[256];
    enum stop_phase phase;
    unsigned pending; /* things of this phase not closed yet */
    int exit_code;
    struct api_view api;
    struct api_source_view *api_sources;
    struct api_channel_view *api_channels;
};

static void stop(struct app *a, int exit_code);
static void next_phase(struct app *a);

/* ---- hooks ---- */

static struct live *hook_live(void *arg)
{
    return ((struct app *)arg)->live;
}

/* --once is over when every source has ended and nothing is left to do. */
static void check_once(struct app *a)
{
    if (!a->opt.once || !a->ready || a->phase != STOP_NOT || a->n_ended < a->n_syncs ||
        !eval_run_is_idle(a->eval))
        return;
    for (size_t i = 0; i < a->n_outboxes; i++) {
        if (!outbox_run_is_idle(a->outboxes[i]))
            return;
    }
    stop(a, a->failed ? APP_FAILED : APP_OK);
}

static void hook_state(void *arg)
{
    struct app *a = arg;

    view_run_touch(a->view);
    check_once(a);
}

static void hook_stored(void *arg)
{
    eval_run_request(((struct app *)arg)->eval);
}

static void hook_sync_ended(void *arg, const struct sync_run *run, const struct err *failure)
{
    struct app *a = arg;
    struct str name = sync_run_name(run);

    if (failure == NULL) {
        log_debug("source %.*s: synced", STR_FMT(name));
    } else if (failure->kind != ERR_CANCELED) {
        log_warn("source %.*s: %s", STR_FMT(name), failure->msg);
        a->failed = true;
    }
    a->n_ended++;
    /* Also when nothing was stored: staleness and its end are findings, too. */
    eval_run_request(a->eval);
}

static void hook_frozen(void *arg, unsigned n)
{
    struct app *a = arg;

    log_debug("%u new messages", n);
    for (size_t i = 0; i < a->n_outboxes; i++)
        outbox_run_kick(a->outboxes[i]);
}

static void hook_eval_ended(void *arg, const struct eval_result *res,
                            const struct err *failure)
{
    struct app *a = arg;

    if (failure != NULL) {
        if (a->store_error[0] == '\0')
            log_error("evaluation: %s", failure->msg);
        snprintf(a->store_error, sizeof(a->store_error), "%s", failure->msg);
    } else {
        if (a->store_error[0] != '\0')
            log_info("evaluation works again");
        a->store_error[0] = '\0';
        if (res->fired + res->resolved > 0)
            log_info("%llu findings fired, %llu resolved", (unsigned long long)res->fired,
                     (unsigned long long)res->resolved);
    }
    hook_state(a);
}

static void hook_published(void *arg)
{
    struct app *a = arg;
    struct wall at;
    const struct status_row *row = view_run_row(a->view, &at);
    int64_t firing = 0;
    size_t fresh = 0;

    for (size_t i = 0; row != NULL && i < row->n_rules; i++)
        firing += row->rules[i].firing;
    for (size_t i = 0; row != NULL && i < row->n_sources; i++)
        fresh += str_eqz(row->sources[i].state, "fresh");
    sdnotify_status("%zu of %zu sources fresh, %lld findings firing", fresh, a->n_syncs,
                    (long long)firing);
    check_once(a);
}

static const struct api_view *hook_view(void *arg)
{
    struct app *a = arg;
    const struct conf *c = a->live->conf;
    const struct status_row *row = view_run_row(a->view, &a->api.row_at);

    if (row == NULL)
        return NULL;
    a->api.row = *row;
    a->api.version = STR(ALIGND_VERSION);
    a->api.started = a->started;
    a->api.reloaded = a->reloaded;
    a->api.n_sources = a->n_syncs;
    for (size_t i = 0; i < a->n_syncs; i++) {
        a->api_sources[i] = (struct api_source_view){
            .name = sync_run_name(a->syncs[i]),
            .running = sync_run_is_running(a->syncs[i]),
            .next_due = sync_run_next_due(a->syncs[i]),
        };
    }
    a->api.sources = a->api_sources;
    a->api.n_channels = 0;
    for (size_t i = 0; i < a->n_outboxes; i++) {
        const struct conf_channel *ch =
            live_channel(a->live, outbox_run_channel(a->outboxes[i]));

        if (ch == NULL)
            continue;
        a->api_channels[a->api.n_channels++] = (struct api_channel_view){
            .name = ch->chat.name,
            .type = ch->chat.type,
            .posting = outbox_run_is_posting(a->outboxes[i]),
        };
    }
    a->api.channels = a->api_channels;
    a->api.strategy_name = a->live->strategy->name;
    a->api.conf_error = str_of(a->conf_error);
    a->api.strategy_error = STR_NONE;
    a->api.store_failing = a->store_error[0] != '\0';
    a->api.store_error = str_of(a->store_error);
    a->api.evaluating = !eval_run_is_idle(a->eval);
    (void)c;
    return &a->api;
}

/* ---- syncs and outboxes follow the configuration ---- */

static bool add_sync(struct app *a, struct str name, struct err *e)
{
    struct sync_deps deps = {
        .loop = &a->loop,
        .clock = a->clock,
        .http = a->http,
        .store = a->store,
        .hooks = {a, hook_live, hook_stored, hook_sync_ended, hook_state},
        .once = a->opt.once,
    };
    struct sync_run **v = realloc(a->syncs, (a->n_syncs + 1) * sizeof(struct sync_run *));
    struct api_source_view *w;

    if (v == NULL)
        return err_nomem(e);
    a->syncs = v;
    w = realloc(a->api_sources, (a->n_syncs + 1) * sizeof(*w));
    if (w == NULL)
        return err_nomem(e);
    a->api_sources = w;
    if (!sync_run_create(&deps, name, &a->syncs[a->n_syncs], e))
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
        .live = hook_live,
        .state = hook_state,
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
    bool first, new_strategy, new_conf;
    unsigned recovered;
};

static bool install_on_engine(struct db *db, void *arg, struct err *e)
{
    struct install *in = arg;

    if (in->first && !db_outbox_recover(db, in->now, &in->recovered, e))
        return false;
    return db_strategy_set(db, in->live->strategy, in->now, &in->new_strategy, e) &&
           db_conf_set(db, in->live->conf->hash, in->now, &in->new_conf, e);
}

static void become_ready(struct app *a)
{
    struct err e;

    a->ready = true;
    sdnotify_ready();
    if (!follow_channels(a, &e) || !follow_sources(a, &e)) {
        log_error("%s", e.msg);
        stop(a, APP_SOFTWARE);
        return;
    }
    log_info("alignd %s ready: %zu sources, %zu channels, strategy '%.*s'", ALIGND_VERSION,
             a->n_syncs, a->n_outboxes, STR_FMT(a->live->strategy->name));
    for (size_t i = 0; i < a->n_outboxes; i++)
        outbox_run_kick(a->outboxes[i]);
    for (size_t i = 0; i < a->n_syncs && a->opt.once; i++)
        sync_run_tick(a->syncs[i]);
}

static void install_done(void *arg, bool ok, const struct err *err)
{
    struct install *in = arg;
    struct app *a = in->app;

    if (!ok) {
        log_error("state: %s", err->msg);
        if (in->first)
            stop(a, APP_CANNOT_CREATE);
    } else {
        if (in->recovered > 0)
            log_warn("%u messages were being sent when alignd last stopped: sent again, "
                     "marked resent",
                     in->recovered);
        if (in->new_strategy && !in->first)
            log_info("strategy '%.*s' in force", STR_FMT(in->live->strategy->name));
        if (in->first)
            become_ready(a);
        eval_run_request(a->eval);
        view_run_touch(a->view);
    }
    live_unref(in->live);
    free(in);
}

static bool install(struct app *a, bool first, struct err *e)
{
    struct install *in = calloc(1, sizeof(*in));

    if (in == NULL)
        return err_nomem(e);
    in->app = a;
    in->first = first;
    in->live = live_ref(a->live);
    in->now = clock_wall(a->clock);
    if (store_submit(a->store, install_on_engine, install_done, in, e))
        return true;
    live_unref(in->live);
    free(in);
    return false;
}

/* ---- reload: read and check on the reader's thread, swap on the loop ---- */

struct reload {
    struct app *app;
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
    rl->live = live_load(rl->app->opt.config, false, d);
    conf_diag_print(d, &rl->text);
    snprintf(rl->first, sizeof(rl->first), "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return true;
}

/* What cannot change while running keeps its old value, and says so. */
static void refuse_fixed(const struct app *a, const struct live *next)
{
    const struct conf *old = a->live->conf, *new = next->conf;

    if (!str_eq(old->state_dir, new->state_dir))
        log_warn("reload: a new `state` needs a restart; still %.*s",
                 STR_FMT(old->state_dir));
    if (!str_eq(old->socket, new->socket))
        log_warn("reload: a new `socket` needs a restart; still %.*s", STR_FMT(old->socket));
}

static void swap_in(struct app *a, struct live *next)
{
    struct err e;

    refuse_fixed(a, next);
    live_unref(a->live);
    a->live = next;
    a->reloaded = clock_wall(a->clock);
    a->conf_error[0] = '\0';
    if (!follow_channels(a, &e) || !follow_sources(a, &e) || !install(a, false, &e))
        log_error("reload: %s", e.msg);
    if (a->status != NULL &&
        !status_run_writers(a->status, next->conf->writers, next->conf->n_writers, &e))
        log_error("reload: %s", e.msg);
    log_info("reloaded %s", a->opt.config);
}

static void log_text(struct str text)
{
    struct str line;

    while (str_split(&text, '\n', &line)) {
        if (line.n > 0)
            log_error("%.*s", STR_FMT(line));
    }
}

static void reload_start(struct app *a);

static void reload_done(void *arg, bool ok, const struct err *err)
{
    struct reload *rl = arg;
    struct app *a = rl->app;

    a->reloading = false;
    if (ok && rl->live != NULL && a->phase == STOP_NOT) {
        swap_in(a, rl->live);
        rl->live = NULL;
    } else if (a->phase == STOP_NOT) {
        log_text(buf_str(&rl->text));
        snprintf(a->conf_error, sizeof(a->conf_error), "%s", ok ? rl->first : err->msg);
        log_error("reload refused: the configuration in force stays");
    }
    sdnotify_ready();
    live_unref(rl->live);
    buf_finish(&rl->text);
    free(rl);
    view_run_touch(a->view);
    if (a->reload_again && a->phase == STOP_NOT)
        reload_start(a);
}

static void reload_start(struct app *a)
{
    struct reload *rl;
    struct err e;

    a->reload_again = a->reloading;
    if (a->reloading)
        return;
    rl = calloc(1, sizeof(*rl));
    if (rl == NULL) {
        log_error("reload: out of memory");
        return;
    }
    rl->app = a;
    buf_init(&rl->text, (size_t)1 << 20);
    sdnotify_reloading(clock_mono(a->clock));
    if (store_read(a->store, reload_on_reader, reload_done, rl, &e)) {
        a->reloading = true;
        return;
    }
    log_error("reload: %s", e.msg);
    sdnotify_ready();
    buf_finish(&rl->text);
    free(rl);
}

/* ---- actions asked for over the socket ---- */

static bool hook_act(void *arg, enum api_action action, const struct api_request *req,
                     struct err *e)
{
    struct app *a = arg;
    struct str source = api_query(req, "source");
    bool found = false;

    if (action == API_RELOAD) {
        reload_start(a);
        return true;
    }
    for (size_t i = 0; i < a->n_syncs; i++) {
        if (source.n == 0 || str_eq(sync_run_name(a->syncs[i]), source)) {
            sync_run_tick(a->syncs[i]);
            found = true;
        }
    }
    if (!found && source.n > 0)
        return err_set(e, ERR_NOT_FOUND, "no source named '%.*s'", STR_FMT(source));
    return true;
}

/* ---- signals, watchdog ---- */

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
        reload_start(a);
        break;
    case SIGUSR1:
        sync_all(a);
        break;
    default:
        if (a->phase != STOP_NOT) {
            log_warn("second signal: stopping at once");
            _exit(APP_SOFTWARE);
        }
        stop(a, APP_OK);
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
        if (uv_signal_start(&a->signals[i], on_signal, numbers[i]) != 0)
            return err_set(e, ERR_IO, "cannot watch for signal %d", numbers[i]);
        uv_unref((uv_handle_t *)&a->signals[i]);
    }
    return true;
}

static void start_watchdog(struct app *a)
{
    struct dur every = sdnotify_watchdog_interval();

    uv_timer_init(&a->loop, &a->watchdog);
    uv_timer_init(&a->loop, &a->deadline);
    a->watchdog.data = a;
    a->deadline.data = a;
    if (every.ms > 0)
        uv_timer_start(&a->watchdog, on_watchdog, 0, (uint64_t)every.ms);
}

/* ---- stop ---- */

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

static void stop(struct app *a, int exit_code)
{
    if (a->phase != STOP_NOT)
        return;
    a->exit_code = exit_code;
    log_info("stopping");
    sdnotify_stopping();
    uv_timer_start(&a->deadline, on_deadline, STOP_DEADLINE_MS, 0);
    next_phase(a);
}

/* ---- start ---- */

static void on_busy(void *arg, const char *what)
{
    (void)arg;
    sdnotify_extend(DUR_S(60));
    sdnotify_status("%s", what);
}

static bool open_store(struct app *a, const char *dir, struct err *e)
{
    struct store_options opt = {.dir = dir, .clock = a->clock, .busy = on_busy};
    struct store_opened opened = {0};

    if (!store_open(&a->loop, &opt, &a->store, &opened, e))
        return false;
    if (opened.restored)
        log_error("the database was corrupt: it is kept as %s, the last backup is in force",
                  opened.aside);
    else if (opened.unclean)
        log_warn("the last stop was not clean; the database was checked and is sound");
    if (opened.migrated_from != opened.migrated_to && !opened.created)
        log_info("the database was migrated from version %u to %u", opened.migrated_from,
                 opened.migrated_to);
    return true;
}

static bool open_status(struct app *a, struct err *e)
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
        .live = hook_live,
        .view = hook_view,
        .act = hook_act,
        .written = hook_stored,
    };

    return sdnotify_listen_fd(&opt.listen_fd, e) &&
           status_run_create(&deps, &opt, &a->status, e) &&
           status_run_writers(a->status, a->live->conf->writers, a->live->conf->n_writers,
                              e);
}

static bool open_parts(struct app *a, struct err *e)
{
    struct http_options ho = {
        .clock = a->clock,
        .user_agent = "alignd/" ALIGND_VERSION,
    };
    struct eval_deps ed = {&a->loop, a->clock, a->store, a, hook_live, hook_frozen,
                           hook_eval_ended};
    struct view_deps vd = {&a->loop, a->clock, a->store, a, hook_published};

    return http_create(&a->loop, &ho, &a->http, e) && eval_run_create(&ed, &a->eval, e) &&
           view_run_create(&vd, &a->view, e) && (a->opt.once || open_status(a, e)) &&
           start_signals(a, e);
}

static struct live *load_or_complain(const char *path, bool check_only)
{
    struct conf_diag *d = conf_diag_create();
    struct live *l = NULL;
    struct buf text;

    if (d == NULL) {
        log_error("out of memory");
        return NULL;
    }
    buf_init(&text, (size_t)4 << 20);
    l = live_load(path, check_only, d);
    conf_diag_print(d, &text);
    if (text.n > 0)
        fwrite(text.p, 1, text.n, stderr);
    buf_finish(&text);
    conf_diag_destroy(d);
    return l;
}

int app_check(const char *config, bool print)
{
    struct live *l = load_or_complain(config, true);
    struct buf out;

    if (l == NULL)
        return APP_CONFIG;
    buf_init(&out, (size_t)16 << 20);
    if (print)
        conf_print(l->conf, &out);
    else
        buf_printf(&out,
                   "%s: good. Strategy '%.*s': %zu objectives, %zu key results, "
                   "%zu initiatives.\n",
                   config, STR_FMT(l->strategy->name), l->strategy->n_objectives,
                   l->strategy->n_key_results, l->strategy->n_initiatives);
    fwrite(buf_cstr(&out), 1, out.n, stdout);
    buf_finish(&out);
    live_unref(l);
    return APP_OK;
}

/* What opening left behind when a later part could not be opened. */
static int give_up(const struct err *e)
{
    log_error("%s", e->msg);
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

int app_run(const struct app_options *opt)
{
    struct app a = {.opt = *opt, .clock = clock_system()};
    const char *warning = http_curl_warning();
    struct err e;

    a.live = load_or_complain(opt->config, false);
    if (a.live == NULL)
        return APP_CONFIG;
    a.started = a.reloaded = clock_wall(a.clock);
    if (warning != NULL)
        log_warn("%s", warning);
    uv_loop_init(&a.loop);
    start_watchdog(&a);
    if (!open_store(&a, a.live->conf->state_dir.p, &e) || !open_parts(&a, &e) ||
        !install(&a, true, &e)) {
        int code = give_up(&e);

        live_unref(a.live);
        return code;
    }
    uv_run(&a.loop, UV_RUN_DEFAULT);
    finish(&a);
    return a.exit_code;
}
