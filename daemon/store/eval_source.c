#include "core/retry.h"
#include "store/eval_rules.h"
#include "store/sync.h"

static bool is_failed(const struct eval_scope *c, const struct eval_source *s)
{
    return c->source == s && c->in_view && c->err_kind != ERR_NONE;
}

void eval_count_source(const struct eval *ev, const struct eval_source *s,
                         int64_t *ret_open, int64_t *ret_epics)
{
    *ret_open = *ret_epics = 0;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        const struct eval_scope *c = &ev->scopes[i];

        if (c->source == s && c->in_view && c->fresh) {
            *ret_open += c->counts.in_view;
            *ret_epics += c->counts.epics;
        }
    }
}

static bool source_view(struct eval *ev, const struct eval_source *s,
                        struct rule_source *ret, struct err *e)
{
    size_t failed = 0;

    *ret = (struct rule_source){
        .name = s->name,
        .type = s->type,
        .interval = s->conf->interval,
        .first_try = s->first_try,
        .last_ok = s->last_ok,
        .syncing_first = s->last_ok.ms == 0 && s->err_kind == ERR_NONE,
        .paused = s->paused_until.ms > ev->now.ms,
        .auth_failed = s->err_kind == ERR_AUTH || s->err_kind == ERR_FORBIDDEN,
        .error = s->error,
        .kind = s->err_kind,
        .no_epics = s->conf->epics.none,
    };
    eval_count_source(ev, s, &ret->open, &ret->open_epics);
    for (size_t i = 0; i < ev->n_scopes; i++)
        failed += is_failed(&ev->scopes[i], s);
    ret->failed = arena_array(ev->item, failed + 1, sizeof *ret->failed);
    if (ret->failed == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < ev->n_scopes; i++) {
        const struct eval_scope *c = &ev->scopes[i];

        if (c->source != s || !c->in_view)
            continue;
        ret->n_scopes++;
        if (is_failed(c, s)) {
            ret->failed[ret->n_failed].scope = c->name;
            ret->failed[ret->n_failed].error = c->error;
            ret->failed[ret->n_failed].kind = c->err_kind;
            ret->failed[ret->n_failed].since =
                c->synced_at.ms != 0 ? c->synced_at : c->first_seen;
            ret->n_failed++;
        }
    }
    return true;
}

static struct finding_subject source_subject(struct eval *ev,
                                             const struct eval_source *s)
{
    return (struct finding_subject){
        .kind = RULE_SOURCE,
        .key = arena_printf(ev->item, "source %.*s", STR_FMT(s->name)),
        .source = s->id,
    };
}

/*
 * It was not looked at because nobody was there to look, or seems so because the clock
 * was set: whether it is late shows when it has had the time of a fresh one. What no
 * waiting mends is late now.
 */
static bool is_excused(struct eval *ev, const struct eval_source *s)
{
    struct wall awake = ev->db->awake;
    struct wall until = wall_add(awake, sync_patience(s->conf));

    if (awake.ms == 0 || s->last_ok.ms >= awake.ms || ev->now.ms > until.ms ||
        retry_is_lasting(s->err_kind))
        return false;
    for (size_t i = 0; i < ev->n_scopes; i++) {
        if (is_failed(&ev->scopes[i], s) && retry_is_lasting(ev->scopes[i].err_kind))
            return false;
    }
    eval_wake(ev, wall_add(until, DUR_MS(1)));
    return true;
}

bool eval_sources(struct eval *ev, struct err *e)
{
    for (size_t i = 0; i < ev->n_sources; i++) {
        const struct eval_source *s = &ev->sources[i];
        struct rule_source view;
        struct subject_rules w = {
            .in = {.source = &view},
            .exists = true,
            .frozen = !s->fresh,
        };

        if (s->conf == NULL || is_excused(ev, s))
            continue;
        arena_reset(ev->item);
        w.subject = source_subject(ev, s);
        if (!source_view(ev, s, &view, e) || !run_rules(ev, &w, e))
            return false;
        eval_wake(ev, w.next);
    }
    return true;
}

bool eval_source_gone(struct eval *ev, const struct eval_source *s, struct err *e)
{
    struct subject_rules w = {.gone = STR("no longer configured")};

    arena_reset(ev->item);
    w.subject = source_subject(ev, s);
    return run_rules(ev, &w, e);
}
