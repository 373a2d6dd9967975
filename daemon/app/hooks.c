#include <stdio.h>
#include <string.h>

#include "app/app_state.h"
#include "app/sdnotify.h"
#include "base/log.h"

/*
 * While the daemon stops its parts come down in an order of their own: a hook may
 * then name one that is gone, and has nothing left to do.
 */

struct live *app_hook_live(void *arg)
{
    return ((struct app *)arg)->live;
}

/* Who has waited for --once is told that it is over, and what came of it. */
static void tell_once(const struct app *a)
{
    size_t posted = 0;

    for (size_t i = 0; i < a->n_outboxes; i++)
        posted += outbox_run_delivered(a->outboxes[i]);
    log_info("%zu of %zu sources synced; %zu message%s %s", a->n_ended - a->n_failed,
             a->n_ended, posted, posted == 1 ? "" : "s",
             a->opt.dry_run ? "would be posted" : "posted");
}

/* --once is over when every source has ended and nothing is left to do. */
static void check_once(struct app *a)
{
    if (!a->opt.once || !a->ready || a->phase != STOP_NOT || a->n_ended < a->n_syncs ||
        !eval_run_is_idle(a->eval) || !value_run_is_idle(a->values) ||
        (a->upkeep != NULL && !upkeep_run_is_done(a->upkeep)) ||
        (a->effort != NULL && !effort_run_is_idle(a->effort)) ||
        (a->suggest != NULL && !suggest_run_is_idle(a->suggest)))
        return;
    for (size_t i = 0; i < a->n_outboxes; i++) {
        if (!outbox_run_is_idle(a->outboxes[i]))
            return;
    }
    tell_once(a);
    app_stop(a, a->n_failed > 0 ? APP_FAILED : APP_OK);
}

/* When the first round is over: a start has better things to do. */
static void begin_upkeep(struct app *a)
{
    if (a->upkeep == NULL || a->kept_up || !a->ready || a->n_ended < a->n_syncs ||
        !eval_run_is_idle(a->eval))
        return;
    a->kept_up = true;
    upkeep_run_begin(a->upkeep);
    value_run_look(a->values, false); /* items can be counted now */
}

/* Likewise. */
static void begin_effort(struct app *a)
{
    if (a->effort == NULL || !a->effort_due || !a->ready || a->n_ended < a->n_syncs ||
        !eval_run_is_idle(a->eval))
        return;
    a->effort_due = false;
    effort_run_request(a->effort);
}

void app_hook_effort_ended(void *arg, const struct err *failure)
{
    struct app *a = arg;

    if (failure != NULL)
        log_error("splitting people's days: %s", failure->msg);
    else if (a->phase == STOP_NOT)
        eval_run_request(a->eval); /* rules look at the days anew */
    app_hook_state(a);
}

void app_hook_upkeep_ended(void *arg, const struct err *failure)
{
    if (failure != NULL)
        log_error("upkeep of the database: %s", failure->msg);
    app_hook_state(arg);
}

void app_hook_values_ended(void *arg, bool news)
{
    struct app *a = arg;

    if (a->phase == STOP_NOT && news)
        eval_run_request(a->eval);
    a->settle = view_run_next(a->view);
    app_hook_state(a);
}

bool app_hook_may_suggest(void *arg)
{
    const struct app *a = arg;

    for (size_t i = 0; i < a->n_syncs; i++) {
        if (sync_run_is_running(a->syncs[i]))
            return false;
    }
    return a->phase == STOP_NOT && a->installing == 0 && eval_run_is_idle(a->eval);
}

/* Whatever it had to give way to ends in an evaluation, which finds what is left. */
void app_hook_suggest_ended(void *arg, const struct err *failure)
{
    if (failure != NULL)
        log_error("suggestions: %s", failure->msg);
    app_hook_state(arg);
}

void app_hook_state(void *arg)
{
    struct app *a = arg;

    if (a->phase != STOP_NOT)
        return;
    app_watch_store(a);
    if (a->phase != STOP_NOT)
        return;
    begin_upkeep(a);
    begin_effort(a);
    /* The end of an evaluation is shown at once. */
    if (eval_run_is_idle(a->eval))
        view_run_touch(a->view);
    else
        view_run_touch_later(a->view);
    check_once(a);
}

void app_hook_stored(void *arg)
{
    struct app *a = arg;

    if (a->phase == STOP_NOT)
        eval_run_request(a->eval);
}

bool app_hook_follow(void *arg, struct server_request *http, int64_t after,
                     int64_t last, struct err *e)
{
    struct app *a = arg;

    return events_run_follow(a->events, http, after, last, e);
}

void app_hook_sent(void *arg, struct str channel, int64_t message,
                   const struct outbox_outcome *o)
{
    struct app *a = arg;

    if (a->events != NULL)
        events_run_sent(a->events, channel, message, o);
}

void app_hook_sync_ended(void *arg, const struct sync_run *run, const struct err *failure)
{
    struct app *a = arg;
    struct str name = sync_run_name(run);

    if (a->phase != STOP_NOT)
        return;
    if (a->events != NULL)
        events_run_synced(a->events, name, failure);
    if (failure == NULL)
        log_debug("source %.*s: synced", STR_FMT(name));
    else if (failure->kind != ERR_CANCELED)
        a->n_failed++;
    a->n_ended++;
    a->settle = view_run_next(a->view);
    /* Also when nothing was stored: staleness and its end are findings, too. */
    eval_run_request(a->eval);
}

/* Not under a clock of which the store has not heard. */
void app_hook_eval_begins(void *arg)
{
    app_look_at_clock(arg);
}

void app_hook_eval_ended(void *arg, const struct eval_result *res,
                            const struct err *failure)
{
    struct app *a = arg;

    if (a->phase != STOP_NOT)
        return;
    a->settle = view_run_next(a->view);
    if (failure != NULL) {
        if (a->eval_error.kind == ERR_NONE)
            log_error("evaluation: %s", failure->msg);
        a->eval_error = *failure;
    } else {
        if (a->eval_error.kind != ERR_NONE)
            log_info("evaluation works again");
        err_clear(&a->eval_error);
        a->effort_due = res->effort_due;
        if (a->events != NULL)
            events_run_look(a->events);
        if (res->fired + res->resolved > 0)
            log_info("%llu finding%s fired, %llu resolved", (unsigned long long)res->fired,
                     res->fired == 1 ? "" : "s", (unsigned long long)res->resolved);
        /* Messages it froze, and those a person asked to be tried again. */
        for (size_t i = 0; res->outbox && i < a->n_outboxes; i++)
            outbox_run_kick(a->outboxes[i]);
        if (a->suggest != NULL && res->suggest)
            suggest_run_kick(a->suggest);
    }
    app_hook_state(a);
}

void app_hook_published(void *arg)
{
    struct app *a = arg;
    struct wall at;
    const struct status_row *row = view_run_row(a->view, &at);
    char text[sizeof(a->told_status)];
    int64_t firing = 0;
    size_t fresh = 0;

    if (a->phase != STOP_NOT)
        return;
    if (!a->ready && a->installed)
        app_become_ready(a);

    for (size_t i = 0; row != NULL && i < row->n_rules; i++)
        firing += row->rules[i].firing;
    for (size_t i = 0; row != NULL && i < row->n_sources; i++)
        fresh += str_eqz(row->sources[i].state, "fresh");
    snprintf(text, sizeof(text), "%zu of %zu sources fresh, %lld findings firing", fresh,
             a->n_syncs, (long long)firing);
    if (strcmp(text, a->told_status) != 0) {
        memcpy(a->told_status, text, sizeof(text));
        sdnotify_status("%s", text);
    }
    check_once(a);
}

const struct api_view *app_hook_view(void *arg)
{
    struct app *a = arg;
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
            .syncs = sync_run_count(a->syncs[i]),
            .requests = sync_run_requests(a->syncs[i]),
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
    a->api.strategy_path = a->live->conf->strategy_path;
    a->api.conf_error = str_of(a->conf_error);
    a->api.strategy_error = str_of(a->strategy_error);
    a->api.check_ins_error = value_run_file_error(a->values);
    a->api.socket = str_of(a->socket);
    a->api.credentials = str_of(a->credentials != NULL ? a->credentials : "");
    a->api.store_error = str_of(app_store_error(a)->msg);
    a->api.store_failing = app_store_error(a)->kind != ERR_NONE;
    /* Until all of it can be seen, too: who waits for it reads the rest next. */
    a->api.evaluating = a->installing > 0 || !eval_run_is_idle(a->eval) ||
                        !view_run_has_shown(a->view, a->settle);
    a->api.reading_values = !value_run_is_idle(a->values);
    return &a->api;
}

/* ---- actions asked for over the socket ---- */

/* A scope of the source (empty: of any) whose last listing nobody believes. */
static bool some_doubted(const struct app *a, struct str source)
{
    struct wall at;
    const struct status_row *row = view_run_row(a->view, &at);

    for (size_t i = 0; row != NULL && i < row->n_sources; i++) {
        const struct source_row *s = &row->sources[i];

        for (size_t k = 0; str_eq(s->name, source) && k < s->n_scopes; k++) {
            if (s->scopes[k].lacks > 0)
                return true;
        }
    }
    return false;
}

bool app_hook_may(void *arg, enum api_action action, const struct api_request *req,
                  struct err *e)
{
    const struct app *a = arg;
    struct str source = api_query(req, "source");
    bool found = source.n == 0;

    if (action != API_SYNC)
        return true;
    for (size_t i = 0; i < a->n_syncs; i++)
        found = found || str_eq(sync_run_name(a->syncs[i]), source);
    if (!found)
        return err_set(e, ERR_NOT_FOUND, "no source named '%.*s'", STR_FMT(source));
    if (!api_flag(req, "accept"))
        return true;
    if (source.n == 0)
        return err_set(e, ERR_USAGE, "name the source of which it is accepted");
    if (!some_doubted(a, source))
        return err_set(e, ERR_CONFLICT,
                       "nothing to accept: no listing of %.*s lacks half of what was "
                       "there",
                       STR_FMT(source));
    return true;
}

bool app_hook_act(void *arg, enum api_action action, const struct api_request *req,
                  struct err *e UNUSED)
{
    struct app *a = arg;
    struct str source = api_query(req, "source");

    if (action == API_RELOAD) {
        app_reload(a);
        return true;
    }
    if (source.n == 0)
        value_run_look(a->values, true);
    for (size_t i = 0; i < a->n_syncs; i++) {
        if (source.n == 0 || str_eq(sync_run_name(a->syncs[i]), source))
            sync_run_tick(a->syncs[i]);
    }
    return true;
}
