#include "status/health.h"

#include <stdarg.h>

#include "base/date.h"

struct list {
    struct arena *a;
    struct health_problem *v;
    size_t n, cap;
};

static void add(struct list *l, bool unhealthy, const char *part, struct str name,
                struct str text, struct str fix)
{
    struct health_problem *p = arena_grow(l->a, &l->v, &l->n, &l->cap, sizeof(*p));

    if (p != NULL)
        *p = (struct health_problem){unhealthy, part, name, text, fix};
}

/* "3 h", for texts. */
static struct str ago(struct arena *a, struct wall now, struct wall then)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof(mem));
    date_print_dur(&b, wall_since(now, then));
    return arena_str(a, buf_str(&b));
}

const struct source_row *health_source(const struct api_view *v, struct str name)
{
    for (size_t i = 0; i < v->row.n_sources; i++) {
        if (str_eq(v->row.sources[i].name, name))
            return &v->row.sources[i];
    }
    return NULL;
}

const struct channel_row *health_channel(const struct api_view *v, struct str name)
{
    for (size_t i = 0; i < v->row.n_channels; i++) {
        if (str_eq(v->row.channels[i].name, name))
            return &v->row.channels[i];
    }
    return NULL;
}

/* ---- sources ---- */

/* The error of the source, else of the first scope that has one. */
static struct str source_error(struct arena *a, const struct source_row *r)
{
    for (size_t i = 0; r->error.n == 0 && i < r->n_scopes; i++) {
        const struct scope_row *c = &r->scopes[i];

        if (c->error.n > 0)
            return arena_printf(a, "%.*s: %.*s", STR_FMT(c->name), STR_FMT(c->error));
    }
    return r->error;
}

static void add_scopes(struct list *l, const struct source_row *r)
{
    size_t n = 0;
    const struct scope_row *first = NULL;

    for (size_t i = 0; i < r->n_scopes; i++) {
        if (!str_eqz(r->scopes[i].state, "failed"))
            continue;
        n++;
        if (first == NULL)
            first = &r->scopes[i];
    }
    if (first != NULL)
        add(l, false, "source", r->name,
            arena_printf(l->a, "%zu of %zu scopes fail: %.*s: %.*s", n, r->n_scopes,
                         STR_FMT(first->name), STR_FMT(first->error)),
            STR("alignctl status --json shows every scope"));
}

static struct str try_again(struct arena *a, const struct api_source_view *s)
{
    return arena_printf(a, "alignctl sync %.*s tries again now", STR_FMT(s->name));
}

static void add_source(struct list *l, const struct api_source_view *s,
                       const struct source_row *r, struct wall now)
{
    struct str error = r != NULL ? source_error(l->a, r) : STR_NONE;

    if (r != NULL && r->last_ok.ms == 0 && str_eqz(r->state, "paused")) {
        add(l, true, "source", s->name,
            arena_printf(l->a,
                         "paused by its rate limit for %.*s, before the first sync "
                         "was complete",
                         STR_FMT(ago(l->a, r->paused_until, now))),
            STR("wait: it goes on by itself"));
    } else if (r == NULL || r->last_ok.ms == 0) {
        if (error.n > 0)
            add(l, true, "source", s->name,
                arena_printf(l->a, "has never synced: %.*s", STR_FMT(error)),
                try_again(l->a, s));
        else
            add(l, true, "source", s->name, STR("the first sync is not complete"),
                STR("wait: results show for each scope as it completes"));
    } else if (str_eqz(r->state, "paused")) {
        add(l, true, "source", s->name,
            arena_printf(l->a,
                         "paused by its rate limit for %.*s; last synced %.*s ago",
                         STR_FMT(ago(l->a, r->paused_until, now)),
                         STR_FMT(ago(l->a, now, r->last_ok))),
            STR("wait, or raise its interval"));
    } else if (str_eqz(r->state, "stale")) {
        add(l, true, "source", s->name,
            arena_printf(l->a, "stale: last synced %.*s ago%s%.*s",
                         STR_FMT(ago(l->a, now, r->last_ok)), error.n > 0 ? ": " : "",
                         STR_FMT(error)),
            try_again(l->a, s));
    } else {
        add_scopes(l, r);
    }
}

/* ---- channels ---- */

static void add_channel(struct list *l, const struct channel_row *r)
{
    if (r->dead > 0)
        add(l, false, "channel", r->name,
            arena_printf(l->a, "%lld message%s could not be delivered%s%.*s",
                         (long long)r->dead, r->dead == 1 ? "" : "s",
                         r->last_error.n > 0 ? ": " : "", STR_FMT(r->last_error)),
            STR("alignctl outbox lists them; alignctl outbox retry ID sends again"));
    else if (r->queued > 0 && r->last_error.n > 0)
        add(l, false, "channel", r->name,
            arena_printf(l->a, "%lld message%s not delivered yet: %.*s",
                         (long long)r->queued, r->queued == 1 ? "" : "s",
                         STR_FMT(r->last_error)),
            STR("alignd keeps trying for 24 h"));
}

/* ---- all ---- */

static void add_files(struct list *l, const struct api_view *v)
{
    if (v->conf_error.n > 0)
        add(l, false, "configuration", STR_NONE,
            arena_printf(l->a, "does not load, the one before stays in force: %.*s",
                         STR_FMT(v->conf_error)),
            STR("alignd --check shows every error; then alignctl reload"));
    if (v->strategy_error.n > 0)
        add(l, false, "strategy", STR_NONE,
            arena_printf(l->a, "does not load, the version before stays in force: %.*s",
                         STR_FMT(v->strategy_error)),
            STR("alignd --check shows every error; then alignctl reload"));
}

enum { VALUES_SHOWN = 5 };

static void add_values(struct list *l, const struct api_view *v, struct wall now)
{
    size_t n = 0;

    for (size_t i = 0; i < v->row.n_values; i++) {
        const struct value_state *s = &v->row.values[i];

        if (s->failed_since.ms == 0 || ++n > VALUES_SHOWN)
            continue;
        add(l, false, "key-result", s->kr,
            arena_printf(l->a, "its value cannot be had for %.*s: %.*s",
                         STR_FMT(ago(l->a, now, s->failed_since)), STR_FMT(s->error)),
            STR("the last value stays until it is stale; alignctl sync asks at once"));
    }
    if (n > VALUES_SHOWN)
        add(l, false, "key-result", STR_NONE,
            arena_printf(l->a, "values of %zu more cannot be had", n - VALUES_SHOWN),
            STR("alignctl doctor shows all of them"));
}

static void add_check_ins(struct list *l, const struct api_view *v)
{
    if (v->check_ins_error.n > 0)
        add(l, false, "strategy", STR_NONE,
            arena_printf(l->a, "check-ins are left out: %.*s",
                         STR_FMT(v->check_ins_error)),
            STR("alignctl lint shows every line that is not taken; it is read again "
                "when it changes"));
}

bool health_list(const struct api_view *view, struct wall now, struct arena *a,
                 struct health_problem **ret, size_t *ret_n, struct err *e)
{
    struct list l = {.a = a};

    if (view == NULL) {
        add(&l, true, "store", STR_NONE, STR("nothing has been read from it yet"),
            STR("wait: alignd is starting"));
    } else {
        if (view->store_failing)
            add(&l, true, "store", STR_NONE, view->store_error,
                STR("check the disk of the state directory; journalctl -u alignd tells "
                    "more"));
        for (size_t i = 0; i < view->n_sources; i++)
            add_source(&l, &view->sources[i],
                       health_source(view, view->sources[i].name), now);
        for (size_t i = 0; i < view->n_channels; i++) {
            const struct channel_row *r = health_channel(view, view->channels[i].name);

            if (r != NULL)
                add_channel(&l, r);
        }
        add_files(&l, view);
        add_check_ins(&l, view);
        add_values(&l, view, now);
    }
    if (arena_failed(a))
        return err_nomem(e);
    *ret = l.v;
    *ret_n = l.n;
    return true;
}

void health_write(struct jsonw *w, const char *key, const struct health_problem *p,
                  size_t n)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w, NULL);
        jsonw_bool(w, "unhealthy", p[i].unhealthy);
        jsonw_strz(w, "part", p[i].part);
        jsonw_opt(w, "name", p[i].name);
        jsonw_str(w, "text", p[i].text);
        jsonw_opt(w, "fix", p[i].fix);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}
