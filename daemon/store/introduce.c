#include "store/eval.h"
#include "store/outbox.h"
#include "store/sql.h"

enum { MAX_ROUTES = 8, SCOPES_NAMED = 10 };

/* What one channel is told of the scopes that came into view together. */
struct summary {
    struct str channel;
    struct str first; /* scope */
    struct str text;  /* each scope with its numbers */
    size_t n;
    int64_t unlinked, all;
};

struct introducing {
    struct eval *ev;
    struct summary *v;
    size_t n, cap;
};

static struct summary *summary_of(struct introducing *w, struct str channel)
{
    struct summary *s;

    for (size_t i = 0; i < w->n; i++) {
        if (str_eq(w->v[i].channel, channel))
            return &w->v[i];
    }
    s = arena_grow(w->ev->a, &w->v, &w->n, &w->cap, sizeof *s);
    if (s != NULL)
        s->channel = channel;
    return s;
}

static bool add_line(struct introducing *w, struct str channel,
                     const struct eval_scope *c, int64_t unlinked, int64_t all,
                     struct err *e)
{
    struct summary *s = summary_of(w, channel);

    if (s == NULL)
        return err_nomem(e);
    if (s->n == 0)
        s->first = c->name;
    if (s->n < SCOPES_NAMED)
        s->text = arena_printf(w->ev->a, "%.*s%s%.*s %lld of %lld", STR_FMT(s->text),
                               s->n > 0 ? ", " : "", STR_FMT(c->name),
                               (long long)unlinked, (long long)all);
    s->n++;
    s->unlinked += unlinked;
    s->all += all;
    return !arena_failed(w->ev->a) || err_nomem(e);
}

static bool route_scope(struct introducing *w, const struct eval_scope *c,
                        const struct rule *rule, int64_t unlinked, int64_t all,
                        struct err *e)
{
    struct eval *ev = w->ev;
    const struct match_item any = {.source = c->source->name, .scope = c->name};
    const struct team *team = match_team(ev->conf->matcher, &any, ev->a);
    const struct route_labels labels = {
        .rule = str_of(rule->id),
        .severity = str_of(severity_name(rule->severity)),
        .source = c->source->name,
        .scope = c->name,
        .team = team != NULL ? team->node.id : STR_NONE,
    };
    struct route_hit hits[MAX_ROUTES];
    size_t n = route_find(ev->conf->routes, ev->conf->n_routes, &labels, &ev->conf->cal,
                          ev->a, hits, MAX_ROUTES);

    for (size_t i = 0; i < n; i++) {
        if (!add_line(w, hits[i].channel, c, unlinked, all, e))
            return false;
    }
    return !arena_failed(ev->a) || err_nomem(e);
}

static bool introduce_scope(struct introducing *w, struct eval_scope *c, struct err *e)
{
    static const char sql[] = "UPDATE scope SET introduced = 1 WHERE id = ?";
    struct eval *ev = w->ev;
    const struct rule *rule = rule_find(STR("unlinked-work"));
    int64_t all = c->counts.epics - c->counts.exempt, unlinked = all - c->counts.linked;

    c->introduced = true;
    if (!sql_run(ev->db, sql, SQL_ARGS(SQL_I(c->id)), e))
        return false;
    if (rule == NULL || !ev->conf->baseline || ev->conf->rules[rule_index(rule)].off ||
        unlinked <= 0)
        return true;
    return route_scope(w, c, rule, unlinked, all, e);
}

/* "PAY: 6 of 11 open epics have ...", or "9 of 20 open epics have ... (PAY 6 of 11,
 * ...)" */
static struct str sentence(struct arena *a, const struct summary *s)
{
    bool one = s->n == 1;
    struct str more = s->n > SCOPES_NAMED
                          ? arena_printf(a, " and %zu more places", s->n - SCOPES_NAMED)
                          : STR_NONE;

    return arena_printf(
        a, "%.*s%s%lld of %lld open %s no strategic link%s%.*s%.*s%s",
        STR_FMT(one ? s->first : STR_NONE), one ? ": " : "", (long long)s->unlinked,
        (long long)s->all, s->all == 1 ? "epic has" : "epics have", one ? "" : " (",
        STR_FMT(one ? STR_NONE : s->text), STR_FMT(more), one ? "" : ")");
}

static bool send(struct eval *ev, const struct summary *s, struct err *e)
{
    struct str text = sentence(ev->a, s);
    struct notice n = {
        .kind = NOTICE_BASELINE,
        .channel = s->channel,
        .at = ev->now,
    };
    int64_t id;

    n.text =
        arena_printf(ev->a,
                     "%.*s; see `alignctl gaps`. What was there before is told one "
                     "by one only when its work begins or its link is lost.",
                     STR_FMT(text));
    return (!arena_failed(ev->a) || err_nomem(e)) &&
           outbox_add(ev->db, ev->conf, &n, ev->now, &id, e);
}

/* Runs, or is to come: a source without a row has not begun. */
static bool any_first_sync(const struct eval *ev)
{
    size_t begun = 0;

    for (size_t i = 0; i < ev->n_sources; i++) {
        const struct eval_source *s = &ev->sources[i];

        if (s->conf != NULL && s->syncing && s->last_ok.ms == 0)
            return true;
        begun += s->conf != NULL;
    }
    return begun < ev->conf->n_sources;
}

/* Those of one sync together, however long it takes; on day one those of all sources. */
bool eval_introduce(struct eval *ev, struct err *e)
{
    struct introducing w = {.ev = ev};

    if (any_first_sync(ev))
        return true;

    for (size_t i = 0; i < ev->n_scopes; i++) {
        struct eval_scope *c = &ev->scopes[i];

        if (!c->introduced && c->in_view && c->fresh && !c->source->syncing &&
            !introduce_scope(&w, c, e))
            return false;
    }
    for (size_t i = 0; i < w.n; i++) {
        if (!send(ev, &w.v[i], e))
            return false;
    }
    return true;
}

bool db_tell_operations(struct db *db, const struct eval_conf *conf, struct str text,
                        struct wall now, struct err *e)
{
    struct notice n = {
        .kind = NOTICE_OPERATIONS,
        .channel =
            route_operations(conf->routes, conf->n_routes, conf->operations_channel),
        .at = now,
        .text = text,
    };
    int64_t id;

    if (n.channel.n == 0)
        return true;
    return sql_begin(db, true, e) && sql_end(db, outbox_add(db, conf, &n, now, &id, e), e);
}
