#include "status/doctor.h"

#include "base/date.h"
#include "status/health.h"
#include "status/owners.h"

enum { SHOWN = 5, SKEW_MS = 60000 };
#define GIB (INT64_C(1) << 30)

struct list {
    struct arena *a;
    const struct api_view *v;
    const struct eval_conf *conf;
    struct wall now;
    struct doctor_check *checks;
    size_t n, cap;
};

static void add(struct list *l, enum note_level level, const char *part,
                struct str name, const char *what, struct str text, struct str fix)
{
    struct doctor_check *c = arena_grow(l->a, &l->checks, &l->n, &l->cap, sizeof *c);

    if (c != NULL)
        *c = (struct doctor_check){.level = level,
                                   .part = part,
                                   .name = name,
                                   .what = str_of(what),
                                   .text = text,
                                   .fix = level == NOTE_OK ? STR_NONE : fix};
}

static struct str span(struct arena *a, int64_t ms)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    date_print_dur(&b, DUR_MS(ms));
    return arena_str(a, buf_str(&b));
}

static struct str ago(const struct list *l, struct wall then)
{
    return arena_printf(l->a, "%.*s ago",
                        STR_FMT(span(l->a, wall_since(l->now, then).ms)));
}

/* ---- sources ---- */

static void check_reach(struct list *l, struct str name, const struct source_row *r)
{
    struct str fix = arena_printf(l->a, "alignctl sync %.*s --wait", STR_FMT(name));

    if (r == NULL || r->last_try.ms == 0)
        add(l, NOTE_WARN, "source", name, "reach", STR("no sync has begun yet"), fix);
    else if (r->error.n > 0)
        add(l, NOTE_BAD, "source", name, "reach",
            arena_printf(
                l->a, "%.*s; last complete sync %.*s", STR_FMT(r->error),
                STR_FMT(r->last_ok.ms != 0 ? ago(l, r->last_ok) : STR("never"))),
            fix);
    else if (r->last_ok.ms == 0)
        add(l, NOTE_WARN, "source", name, "reach",
            arena_printf(l->a, "tried %.*s; no sync is complete yet",
                         STR_FMT(ago(l, r->last_try))),
            STR("wait for the first sync: alignctl status"));
    else
        add(l, NOTE_OK, "source", name, "reach",
            arena_printf(l->a, "last complete sync %.*s", STR_FMT(ago(l, r->last_ok))),
            STR_NONE);
}

static struct str scope_fix(const struct list *l, struct str name,
                            const struct scope_row *c)
{
    if (c->lacks > 0)
        return arena_printf(l->a,
                            "alignctl sync %.*s --accept if they are gone; else let "
                            "the token's account see them",
                            STR_FMT(name));
    return STR("let the token's account read it, or take it out of the source's "
               "settings");
}

static void check_scopes(struct list *l, struct str name, const struct source_row *r)
{
    size_t failed = 0;

    for (size_t i = 0; i < r->n_scopes; i++) {
        const struct scope_row *c = &r->scopes[i];

        if (c->error.n == 0)
            continue;
        if (++failed <= SHOWN)
            add(l, NOTE_BAD, "source", name, "scope",
                arena_printf(l->a, "%.*s: %.*s", STR_FMT(c->name), STR_FMT(c->error)),
                scope_fix(l, name, c));
    }
    if (failed > SHOWN)
        add(l, NOTE_BAD, "source", name, "scope",
            arena_printf(l->a, "%zu more fail", failed - SHOWN),
            STR("alignctl status --json shows every scope"));
    if (r->n_scopes == 0 && r->last_ok.ms != 0)
        add(l, NOTE_WARN, "source", name, "scope", STR("it has nothing to read"),
            STR("check the repositories or projects in its settings, and what the "
                "token's account may see"));
    else if (failed == 0 && r->n_scopes > 0)
        add(l, NOTE_OK, "source", name, "scope",
            arena_printf(l->a, "%zu read, %lld items", r->n_scopes,
                         (long long)r->items),
            STR_NONE);
    if (r->fates.hidden > 0)
        add(l, NOTE_WARN, "source", name, "hidden",
            arena_printf(l->a,
                         "%lld items exist and may not be read: they stay as "
                         "they were",
                         (long long)r->fates.hidden),
            STR("let the token's account read them"));
}

static void check_clock(struct list *l, struct str name, const struct source_row *r)
{
    int64_t ms = r->clock_skew_ms < 0 ? -r->clock_skew_ms : r->clock_skew_ms;

    if (r->last_try.ms == 0)
        return;
    if (ms > SKEW_MS)
        add(l, NOTE_WARN, "source", name, "clock",
            arena_printf(l->a, "the tracker's clock is %.*s %s ours",
                         STR_FMT(span(l->a, ms)),
                         r->clock_skew_ms > 0 ? "ahead of" : "behind"),
            STR("set this machine's clock: timedatectl set-ntp true"));
    else
        add(l, NOTE_OK, "source", name, "clock",
            arena_printf(l->a, "%lld s apart", (long long)(ms / 1000)), STR_NONE);
}

static const struct tracker_conf *conf_of(const struct list *l, struct str name)
{
    for (size_t i = 0; i < l->conf->n_sources; i++) {
        if (str_eq(l->conf->sources[i]->name, name))
            return l->conf->sources[i];
    }
    return NULL;
}

/* The requests of an hour, from what was counted since the start. */
static int64_t an_hour(const struct list *l, int64_t requests)
{
    int64_t ms = wall_since(l->now, l->v->started).ms;

    if (ms >= DUR_H(1).ms || ms < DUR_MIN(5).ms)
        return requests;
    return requests * DUR_H(1).ms / ms;
}

static void check_rate(struct list *l, const struct api_source_view *s,
                       const struct source_row *r)
{
    const struct tracker_conf *conf = conf_of(l, s->name);
    int64_t hour = an_hour(l, s->requests), budget, minutes;

    if (r->paused_until.ms > l->now.ms)
        add(l, NOTE_WARN, "source", s->name, "pause",
            arena_printf(l->a, "paused by its rate limit for %.*s",
                         STR_FMT(span(l->a, wall_since(r->paused_until, l->now).ms))),
            STR("wait: it goes on by itself"));
    if (r->rate_limit <= 0 || conf == NULL) {
        add(l, NOTE_OK, "source", s->name, "rate",
            arena_printf(l->a, "%lld requests an hour; the tracker tells no limit",
                         (long long)hour),
            STR_NONE);
        return;
    }
    budget = (int64_t)((double)r->rate_limit * (1 - conf->budget.reserve));
    minutes = budget > 0 ? conf->interval.ms * hour / budget / 60000 + 1 : 60;
    add(l, hour > budget ? NOTE_WARN : NOTE_OK, "source", s->name, "rate",
        arena_printf(l->a,
                     "%lld requests an hour of %lld that may be used (limit %lld)",
                     (long long)hour, (long long)budget, (long long)r->rate_limit),
        arena_printf(l->a, "in alignd.yaml: interval: %lldm", (long long)minutes));
}

static void add_notes(struct list *l, struct str name, const struct source_row *r)
{
    for (size_t i = 0; i < r->n_notes; i++) {
        const struct note_row *n = &r->notes[i];
        size_t before = l->n;

        add(l, n->level, "source", name, "", n->text, n->fix);
        if (l->n > before) {
            l->checks[before].what = n->key;
            l->checks[before].at = n->at;
        }
    }
}

static void check_source(struct list *l, const struct api_source_view *s)
{
    const struct source_row *r = health_source(l->v, s->name);

    check_reach(l, s->name, r);
    if (r == NULL)
        return;
    add_notes(l, s->name, r);
    check_scopes(l, s->name, r);
    check_clock(l, s->name, r);
    check_rate(l, s, r);
}

/* ---- values of key results ---- */

static void check_values(struct list *l)
{
    for (size_t i = 0; i < l->v->row.n_values; i++) {
        const struct value_state *s = &l->v->row.values[i];

        if (s->failed_since.ms != 0)
            add(l, NOTE_BAD, "key-result", s->kr, "value",
                arena_printf(l->a, "%.*s; last value had %.*s", STR_FMT(s->error),
                             STR_FMT(s->ok.ms != 0 ? ago(l, s->ok) : STR("never"))),
                STR("mend what it names, then alignctl sync"));
        else
            add(l, NOTE_OK, "key-result", s->kr, "value",
                arena_printf(l->a, "had %.*s", STR_FMT(ago(l, s->ok))), STR_NONE);
    }
}

/* ---- channels and people ---- */

/* Whose "yes" is not yet a message that somebody can read. */
static const char *accepts_first(struct str type)
{
    if (str_eqz(type, "teams"))
        return "; Workflows accepts before it posts, so look there, too";
    if (str_eqz(type, "email"))
        return "; a mail server accepts before it delivers: what bounces goes to 'from'";
    return "";
}

static void check_channel(struct list *l, const struct api_channel_view *c)
{
    static const struct channel_row nothing;
    const struct channel_row *r = health_channel(l->v, c->name);

    if (r == NULL)
        r = &nothing;
    if (r->dead > 0)
        add(l, NOTE_BAD, "channel", c->name, "delivery",
            arena_printf(l->a, "%lld could not be delivered: %.*s", (long long)r->dead,
                         STR_FMT(r->last_error)),
            STR("mend it, then: alignctl outbox retry all"));
    else if (r->queued > 0 && r->last_error.n > 0)
        add(l, NOTE_WARN, "channel", c->name, "delivery",
            arena_printf(l->a, "%lld wait: %.*s", (long long)r->queued,
                         STR_FMT(r->last_error)),
            STR("alignd keeps trying for 24 h: alignctl outbox"));
    else if (r->delivered == 0)
        add(l, NOTE_OK, "channel", c->name, "delivery",
            arena_printf(l->a,
                         "nothing was sent yet, so it is not tested: alignctl channels "
                         "test %.*s",
                         STR_FMT(c->name)),
            STR_NONE);
    else
        add(l, NOTE_OK, "channel", c->name, "delivery",
            arena_printf(l->a, "tested: last delivery %.*s%s",
                         STR_FMT(ago(l, r->last_delivered)),
                         accepts_first(c->type)),
            STR_NONE);
}

static void check_people(struct list *l)
{
    struct owners o;

    owners_find(l->conf->strategy, l->v->channels, l->v->n_channels, l->a, &o);
    if (!o.asked)
        return;
    if (o.n == 0)
        add(l, NOTE_OK, "people", STR_NONE, "owners", STR("each can be mentioned"),
            STR_NONE);
    else
        add(l, NOTE_WARN, "people", STR_NONE, "owners",
            arena_printf(l->a, "%zu cannot be mentioned, only named: %.*s%s", o.n,
                         STR_FMT(o.text), o.n > OWNERS_SHOWN ? ", ..." : ""),
            arena_printf(l->a, "give each an id of their chat under `people:` in the strategy: %.*s",
                         STR_FMT(o.keys)));
}

/* ---- the daemon's own ---- */

static void check_files(struct list *l)
{
    const struct api_view *v = l->v;
    struct str fix = STR("alignd --check shows every error; then alignctl reload");

    if (v->strategy_error.n > 0)
        add(l, NOTE_BAD, "strategy", STR_NONE, "file",
            arena_printf(l->a, "does not load, the version before stays in force: %.*s",
                         STR_FMT(v->strategy_error)),
            fix);
    else
        add(l, NOTE_OK, "strategy", STR_NONE, "file",
            arena_printf(
                l->a, "'%.*s' is in force since %.*s", STR_FMT(v->strategy_name),
                STR_FMT(v->row.strategy_since.ms != 0 ? ago(l, v->row.strategy_since)
                                                      : STR("the start"))),
            STR_NONE);
    if (v->conf_error.n > 0)
        add(l, NOTE_BAD, "configuration", STR_NONE, "file",
            arena_printf(l->a, "does not load, the one before stays in force: %.*s",
                         STR_FMT(v->conf_error)),
            fix);
    else
        add(l, NOTE_OK, "configuration", STR_NONE, "file",
            arena_printf(l->a, "loaded %.*s", STR_FMT(ago(l, v->reloaded))), STR_NONE);
    add(l, NOTE_OK, "configuration", STR_NONE, "credentials",
        v->credentials.n > 0
            ? arena_printf(l->a, "handed over by systemd in %.*s",
                           STR_FMT(v->credentials))
            : STR("read from files or the environment: systemd hands none over"),
        STR_NONE);
}

static void check_backup(struct list *l)
{
    struct wall at = l->v->row.place.backup_at;

    if (at.ms == 0 && wall_since(l->now, l->v->started).ms < DUR_DAY(1).ms)
        add(l, NOTE_OK, "state", STR_NONE, "backup", STR("the first is made today"),
            STR_NONE);
    else if (at.ms == 0 || wall_since(l->now, at).ms > DUR_DAY(2).ms)
        add(l, NOTE_WARN, "state", STR_NONE, "backup",
            at.ms == 0 ? STR("there is none")
                       : arena_printf(l->a, "the last is of %.*s", STR_FMT(ago(l, at))),
            STR("make room for a copy; journalctl -u alignd tells why it failed"));
    else
        add(l, NOTE_OK, "state", STR_NONE, "backup",
            arena_printf(l->a, "%.*s", STR_FMT(ago(l, at))), STR_NONE);
}

static void check_state(struct list *l)
{
    const struct place_row *p = &l->v->row.place;
    bool tight = p->free >= 0 && (p->free < GIB || p->free < 2 * p->size);

    if (l->v->store_failing)
        add(l, NOTE_BAD, "state", STR_NONE, "database", l->v->store_error,
            STR("check the disk; journalctl -u alignd tells more"));
    add(l, tight ? NOTE_WARN : NOTE_OK, "state", STR_NONE, "directory",
        arena_printf(l->a, "%.*s: %lld MiB, %lld MiB free", STR_FMT(p->dir),
                     (long long)(p->size >> 20), (long long)(p->free >> 20)),
        STR("make room there: it needs twice its size for a backup"));
    check_backup(l);
}

bool doctor_list(const struct api_view *v, const struct eval_conf *conf, bool may_write,
                 struct wall now, struct arena *a, struct doctor_check **ret,
                 size_t *ret_n, struct err *e)
{
    struct list l = {.a = a, .v = v, .conf = conf, .now = now};

    for (size_t i = 0; i < v->n_sources; i++)
        check_source(&l, &v->sources[i]);
    for (size_t i = 0; i < v->n_channels; i++)
        check_channel(&l, &v->channels[i]);
    check_values(&l);
    check_people(&l);
    check_files(&l);
    check_state(&l);
    add(&l, NOTE_OK, "socket", STR_NONE, "path", v->socket, STR_NONE);
    add(&l, may_write ? NOTE_OK : NOTE_WARN, "socket", STR_NONE, "writing",
        may_write ? STR("you may write") : STR("you may ask, not write"),
        STR("sudo adduser $USER alignd-write, then log in again"));
    if (arena_failed(a))
        return err_nomem(e);
    *ret = l.checks;
    *ret_n = l.n;
    return true;
}
