#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/health.h"
#include "status/owners.h"
#include "status/shape.h"

static void write_fates(struct jsonw *w, const struct fate_counts *f)
{
    jsonw_object(w, "vanished");
    jsonw_int(w, "deleted", f->deleted);
    jsonw_int(w, "gone", f->gone);
    jsonw_int(w, "outside", f->outside);
    jsonw_int(w, "moved", f->moved);
    jsonw_end_object(w);
    jsonw_int(w, "hidden", f->hidden);
}

static void write_scopes(struct jsonw *w, const struct source_row *r)
{
    jsonw_array(w, "scopes");
    for (size_t i = 0; r != NULL && i < r->n_scopes; i++) {
        const struct scope_row *s = &r->scopes[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "name", s->name);
        jsonw_str(w, "state", s->state);
        jsonw_time(w, "synced_at", s->synced_at);
        jsonw_time(w, "failed_since", s->failed_since);
        jsonw_opt(w, "error", s->error);
        jsonw_int(w, "items", s->items);
        jsonw_int(w, "open", s->open);
        jsonw_time(w, "listed_at", s->listed_at);
        jsonw_int(w, "missing", s->lacks);
        write_fates(w, &s->fates);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

/* A negative limit was not told. */
static void write_told(struct jsonw *w, const char *key, int64_t v)
{
    if (v >= 0)
        jsonw_int(w, key, v);
    else
        jsonw_null(w, key);
}

static void write_source(struct jsonw *w, const struct api_source_view *s,
                         const struct source_row *r)
{
    static const struct source_row unknown = {
        .state = STR_INIT("new"), .rate_limit = -1, .rate_remaining = -1};
    const struct source_row *k = r != NULL ? r : &unknown;

    jsonw_object(w, NULL);
    jsonw_str(w, "name", s->name);
    jsonw_opt(w, "type", k->type);
    jsonw_str(w, "state", k->state);
    jsonw_bool(w, "running", s->running);
    jsonw_time(w, "last_ok", k->last_ok);
    jsonw_time(w, "last_try", k->last_try);
    jsonw_int(w, "syncs", s->syncs);
    jsonw_time(w, "next_due", s->next_due);
    jsonw_time(w, "paused_until", k->paused_until);
    jsonw_opt(w, "error", k->error);
    jsonw_int(w, "items", k->items);
    jsonw_int(w, "open", k->open);
    write_told(w, "rate_limit", k->rate_limit);
    write_told(w, "rate_remaining", k->rate_remaining);
    jsonw_time(w, "rate_reset", k->rate_reset);
    jsonw_int(w, "clock_skew_ms", k->clock_skew_ms);
    jsonw_int(w, "requests_last_hour", s->requests);
    jsonw_time(w, "listed_at", k->listed_at);
    write_fates(w, &k->fates);
    write_scopes(w, r);
    jsonw_end_object(w);
}

static void write_channel(struct jsonw *w, const struct api_channel_view *c,
                          const struct channel_row *r)
{
    static const struct channel_row unknown;
    const struct channel_row *k = r != NULL ? r : &unknown;
    const char *state = "ok";

    if (k->dead > 0)
        state = "undelivered";
    else if (k->queued > 0 && k->last_error.n > 0)
        state = "retrying";
    jsonw_object(w, NULL);
    jsonw_str(w, "name", c->name);
    jsonw_str(w, "type", c->type);
    jsonw_strz(w, "state", state);
    jsonw_bool(w, "posting", c->posting);
    jsonw_int(w, "queued", k->queued);
    jsonw_int(w, "dead", k->dead);
    jsonw_int(w, "delivered", k->delivered);
    jsonw_time(w, "last_delivered", k->last_delivered);
    jsonw_opt(w, "error", k->last_error);
    jsonw_end_object(w);
}

static void write_parts(struct jsonw *w, const struct api_view *v)
{
    jsonw_array(w, "sources");
    for (size_t i = 0; i < v->n_sources; i++)
        write_source(w, &v->sources[i], health_source(v, v->sources[i].name));
    jsonw_end_array(w);
    jsonw_array(w, "channels");
    for (size_t i = 0; i < v->n_channels; i++)
        write_channel(w, &v->channels[i], health_channel(v, v->channels[i].name));
    jsonw_end_array(w);
    jsonw_array(w, "rules");
    for (size_t i = 0; i < v->row.n_rules; i++) {
        const struct rule_count_row *r = &v->row.rules[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "rule", r->rule);
        jsonw_int(w, "pending", r->pending);
        jsonw_int(w, "firing", r->firing);
        jsonw_int(w, "baseline", r->baseline);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_files(struct jsonw *w, const struct api_view *v, const struct owners *o)
{
    jsonw_object(w, "strategy");
    jsonw_str(w, "name", v->strategy_name);
    jsonw_str(w, "path", v->strategy_path);
    shape_version(w, "version", v->row.strategy_version);
    jsonw_time(w, "since", v->row.strategy_since);
    jsonw_opt(w, "error", v->strategy_error);
    jsonw_end_object(w);
    jsonw_object(w, "configuration");
    jsonw_time(w, "reloaded", v->reloaded);
    jsonw_int(w, "generation", v->reloaded.ms);
    jsonw_opt(w, "error", v->conf_error);
    jsonw_end_object(w);
    jsonw_object(w, "store");
    jsonw_bool(w, "ok", !v->store_failing);
    jsonw_opt(w, "error", v->store_error);
    jsonw_end_object(w);
    jsonw_object(w, "owners");
    jsonw_bool(w, "mentioned", o->asked);
    jsonw_int(w, "unreachable", (int64_t)o->n);
    jsonw_end_object(w);
    jsonw_object(w, "coverage");
    jsonw_int(w, "open", v->row.epics_open);
    jsonw_int(w, "linked", v->row.epics_linked);
    jsonw_int(w, "exempt", v->row.epics_exempt);
    shape_ratio(w, "ratio", v->row.epics_linked, v->row.epics_open,
                v->row.epics_exempt);
    jsonw_end_object(w);
}

bool api_status_get(struct db *db UNUSED, const struct api_env *env,
                    const struct api_request *req UNUSED, struct api_reply *reply,
                    struct err *e)
{
    const struct api_view *v = env->view;
    struct health_problem *problems;
    size_t n_problems;
    struct owners owners;
    struct jsonw w;

    if (v == NULL) {
        err_set(e, ERR_STORE,
                "alignd is starting: nothing has been read yet, ask again");
        api_problem(reply, 503, e);
        return true;
    }
    if (!health_list(v, env->now, env->a, &problems, &n_problems, e))
        return false;
    owners_find(env->conf->strategy, v->channels, v->n_channels, env->a, &owners);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "version", v->version);
    jsonw_time(&w, "now", env->now);
    jsonw_time(&w, "started", v->started);
    jsonw_int(&w, "uptime_s", wall_since(env->now, v->started).ms / 1000);
    jsonw_time(&w, "read_at", v->row_at);
    jsonw_bool(&w, "evaluating", v->evaluating);
    jsonw_bool(&w, "reading_values", v->reading_values);
    jsonw_int(&w, "waiting", v->row.dirty);
    health_write(&w, "problems", problems, n_problems);
    write_files(&w, v, &owners);
    write_parts(&w, v);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}

bool api_status_healthz(struct db *db UNUSED, const struct api_env *env,
                        const struct api_request *req UNUSED, struct api_reply *reply,
                        struct err *e)
{
    struct health_problem *p;
    size_t n, n_bad = 0;
    struct jsonw w;

    if (!health_list(env->view, env->now, env->a, &p, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i].unhealthy)
            p[n_bad++] = p[i];
    }
    reply->status = n_bad == 0 ? 200 : 503;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "healthy", n_bad == 0);
    health_write(&w, "problems", p, n_bad);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
