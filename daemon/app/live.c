#include "app/live.h"

#include <stdint.h>
#include <stdlib.h>

/* A configuration is at most 1 MiB of text. */
enum { ROUTES_CEILING = 64 << 20 };

static bool derive(struct live *l, struct err *e)
{
    const struct conf *c = l->conf;
    const struct calendar cal = conf_calendar(c, l->strategy);
    const struct route *routes;
    struct str *names;
    int *readers;

    if (!matcher_create(l->strategy, &l->matcher, e))
        return false;
    l->a = arena_create(ROUTES_CEILING);
    /* Days off are the strategy's, and another generation may have the same routes. */
    routes = l->a != NULL ? route_with_days_off(c->routes, c->n_routes, &cal, l->a) : NULL;
    names = routes != NULL ? arena_array(l->a, c->n_channels, sizeof(*names)) : NULL;
    readers = names != NULL ? arena_array(l->a, c->n_channels, sizeof(*readers)) : NULL;
    if (readers == NULL || arena_failed(l->a))
        return err_nomem(e);
    for (size_t i = 0; i < c->n_channels; i++)
        names[i] = c->channels[i].chat.name;
    for (size_t i = 0; i < c->n_channels; i++) {
        const struct conf_channel *ch = &c->channels[i];

        readers[i] = ch->ops->audience != NULL ? ch->ops->audience(&ch->chat) : -1;
    }
    l->trackers = calloc(c->n_sources + 1, sizeof(*l->trackers));
    if (l->trackers == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < c->n_sources; i++)
        l->trackers[i] = &c->sources[i].tracker;
    l->eval = (struct eval_conf){
        .strategy = l->strategy,
        .matcher = l->matcher,
        .cal = cal,
        .rules = c->rules,
        .sources = l->trackers,
        .n_sources = c->n_sources,
        .routes = routes,
        .n_routes = c->n_routes,
        .digests = c->digests,
        .n_digests = c->n_digests,
        .channels = names,
        .n_channels = c->n_channels,
        .audiences = readers,
        .operations_channel = c->operations_channel,
        .baseline = c->baseline,
        .first_wait = c->first_wait,
        .idle_after = c->idle_after,
        .keep = c->retention.spans,
        .parse = live_parse_stored,
    };
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

struct live *live_with_strategy(struct live *l, struct conf_diag *d)
{
    struct live *next = calloc(1, sizeof(*next));
    struct err e;

    if (next == NULL) {
        conf_diag_fail(d, "out of memory");
        return NULL;
    }
    next->refs = 1;
    next->owner = live_ref(l->owner != NULL ? l->owner : l);
    next->conf = l->conf;
    next->strategy = conf_strategy(l->conf, d);
    if (next->strategy != NULL && conf_diag_errors(d) == 0 && derive(next, &e))
        return next;
    if (conf_diag_errors(d) == 0)
        conf_diag_fail(d, e.msg);
    live_unref(next);
    return NULL;
}

static bool try_text(struct live *l, const struct eval_conf *now, struct str text,
                     struct conf_diag *d, struct err *e)
{
    struct conf_env env;

    conf_env_read(&env);
    l->conf = conf_load_text("config", text, &env, d);
    if (l->conf == NULL)
        return err_set(e, ERR_USAGE, "%.*s", STR_FMT(conf_diag_first(d)));
    /* Taking a reference changes nothing an observer could see. */
    l->strategy = strategy_ref((struct strategy *)(uintptr_t)now->strategy);
    if (!derive(l, e))
        return false;
    l->eval.sources = now->sources;
    l->eval.n_sources = now->n_sources;
    return true;
}

bool live_try(const struct eval_conf *now, struct str text, struct live **ret,
              struct err *e)
{
    struct live *l = calloc(1, sizeof(*l));
    struct conf_diag *d = conf_diag_create();
    bool ok = l != NULL && d != NULL;

    if (l != NULL)
        l->refs = 1;
    ok = ok ? try_text(l, now, text, d, e) : err_nomem(e);
    conf_diag_destroy(d);
    if (ok)
        *ret = l;
    else
        live_unref(l);
    return ok;
}

bool live_parse_stored(const struct strategy_file *files, size_t n,
                       struct strategy **ret, struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    if (d == NULL)
        return err_nomem(e);
    *ret = strategy_load_files(files, n, d);
    if (*ret == NULL)
        err_set(e, ERR_PARSE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return *ret != NULL;
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
    arena_destroy(l->a);
    free(l->trackers);
    strategy_unref(l->strategy);
    if (l->owner != NULL)
        live_unref(l->owner);
    else
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
