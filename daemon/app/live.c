#include "app/live.h"

#include <stdlib.h>

/* Days off are the strategy's; routes with hours of their own observe them, too. */
static void give_holidays(struct route *routes, size_t n, const struct calendar *cal)
{
    for (size_t i = 0; i < n; i++) {
        routes[i].hours.holidays = cal->holidays;
        routes[i].hours.n_holidays = cal->n_holidays;
        give_holidays(routes[i].children, routes[i].n_children, cal);
    }
}

static bool derive(struct live *l, struct err *e)
{
    const struct conf *c = l->conf;

    if (!matcher_create(l->strategy, &l->matcher, e))
        return false;
    l->trackers = calloc(c->n_sources + 1, sizeof(*l->trackers));
    if (l->trackers == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < c->n_sources; i++)
        l->trackers[i] = &c->sources[i].tracker;
    l->eval = (struct eval_conf){
        .strategy = l->strategy,
        .matcher = l->matcher,
        .cal = conf_calendar(c, l->strategy),
        .rules = c->rules,
        .sources = l->trackers,
        .n_sources = c->n_sources,
        .routes = c->routes,
        .n_routes = c->n_routes,
        .operations_channel = c->operations_channel,
        .baseline = c->baseline,
    };
    give_holidays(c->routes, c->n_routes, &l->eval.cal);
    return true;
}

static bool load_secrets(struct conf *c, enum live_use use, const struct conf_env *env,
                         struct conf_diag *d)
{
    if (use == LIVE_SHOWN)
        return true;
    return use == LIVE_CHECKED ? conf_check_secrets(c, env, d)
                               : conf_load_secrets(c, env, d);
}

struct live *live_load(const char *path, enum live_use use, struct conf_diag *d)
{
    struct live *l = calloc(1, sizeof(*l));
    struct conf_env env;
    bool ok = false;
    struct err e;

    if (l == NULL) {
        conf_diag_fail(d, "out of memory");
        return NULL;
    }
    l->refs = 1;
    conf_env_read(&env);
    env.needs_state = use >= LIVE_ONCE;
    env.needs_socket = use >= LIVE_SERVED;
    l->conf = conf_load(path, &env, d);
    if (l->conf != NULL) {
        ok = load_secrets(l->conf, use, &env, d);
        l->strategy = conf_strategy(l->conf, d); /* for its errors, too */
    }
    if (!ok || l->strategy == NULL || conf_diag_errors(d) > 0)
        goto fail;
    if (!derive(l, &e)) {
        conf_diag_fail(d, e.msg);
        goto fail;
    }
    return l;
fail:
    live_unref(l);
    return NULL;
}

struct live *live_ref(struct live *l)
{
    __atomic_add_fetch(&l->refs, 1, __ATOMIC_RELAXED);
    return l;
}

void live_unref(struct live *l)
{
    if (l == NULL || __atomic_sub_fetch(&l->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    matcher_destroy(l->matcher);
    free(l->trackers);
    strategy_unref(l->strategy);
    conf_destroy(l->conf);
    free(l);
}

const struct conf_source *live_source(const struct live *l, struct str name)
{
    for (size_t i = 0; i < l->conf->n_sources; i++) {
        if (str_eq(l->conf->sources[i].tracker.name, name))
            return &l->conf->sources[i];
    }
    return NULL;
}

const struct conf_channel *live_channel(const struct live *l, struct str name)
{
    for (size_t i = 0; i < l->conf->n_channels; i++) {
        if (str_eq(l->conf->channels[i].chat.name, name))
            return &l->conf->channels[i];
    }
    return NULL;
}
