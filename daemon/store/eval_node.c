#include "core/retry.h"
#include "store/eval.h"
#include "store/finding_row.h"
#include "store/sql.h"
#include "store/sync.h"

/* One subject that is no item, with all its rules. */
struct node_rules {
    struct finding_subject subject;
    struct rule_input in; /* conf is set for each rule */
    bool exists;          /* false: the subject is gone */
    bool frozen;          /* only rules that run whatever the scope */
    struct str gone;      /* why it ended, then */
    struct finding_stored *stored;
    size_t n_stored;
    struct wall next;
};

static void look_again(struct eval *ev, struct node_rules *w, struct wall at)
{
    if (at.ms == 0)
        return;
    if (at.ms <= ev->now.ms)
        at = wall_add(ev->now, DUR_MIN(1));
    if (w->next.ms == 0 || at.ms < w->next.ms)
        w->next = at;
}

static const struct finding_stored *stored_of(const struct node_rules *w,
                                              const char *rule)
{
    for (size_t i = 0; i < w->n_stored; i++) {
        if (str_eqz(w->stored[i].rule, rule))
            return &w->stored[i];
    }
    return NULL;
}

static bool ask_rule(struct eval *ev, struct node_rules *w, const struct rule *rule,
                     struct err *e)
{
    const struct rule_conf *conf = &ev->conf->rules[rule_index(rule)];
    const struct finding_stored *old = stored_of(w, rule->id);
    struct rule_hit hit;
    struct str why = conf->off ? STR("rule switched off") : STR("no longer so");
    struct wall next = {0};
    bool holds = false, exists;

    if (w->exists && !conf->off && !rule_is_judged(rule, w->frozen))
        return true;
    if (!w->exists) {
        why = w->gone;
    } else if (!conf->off) {
        w->in.conf = conf;
        rule_hit_init(&hit, rule, conf);
        holds = rule->eval(&w->in, ev->item, &hit, &next);
        look_again(ev, w, next);
    }
    if (arena_failed(ev->item))
        return err_nomem(e);
    if (!finding_apply(ev, rule, &w->subject, old, holds ? &hit : NULL, why, &next,
                       &exists, e))
        return false;
    look_again(ev, w, next);
    return true;
}

static bool run_rules(struct eval *ev, struct node_rules *w, struct err *e)
{
    w->in.strategy = ev->conf->strategy;
    w->in.cal = &ev->conf->cal;
    w->in.now = ev->now;
    if (!findings_of(ev, &w->subject, &w->stored, &w->n_stored, e))
        return false;
    for (size_t i = 0; i < rules_count; i++) {
        if (rule_asks(rules[i], w->subject.kind) && !ask_rule(ev, w, rules[i], e))
            return false;
    }
    for (size_t i = 0; i < w->n_stored; i++) {
        if (rule_find(w->stored[i].rule) == NULL &&
            !finding_end(ev, &w->stored[i], STR("the rule is gone"), e))
            return false;
    }
    return true;
}

/* ---- initiatives ---- */

struct due_node {
    struct str node;
    struct tally tally;
};

static bool load_due(struct eval *ev, struct due_node **ret, size_t *ret_n,
                     struct err *e)
{
    static const char sql[] = "SELECT node, open, in_progress, completed, discarded, "
                              "epics, last_change FROM tally"
                              " WHERE next_check > 0 AND next_check <= ?";
    struct due_node *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_T(ev->now)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct due_node *d = arena_grow(ev->a, &v, &n, &cap, sizeof *d);

        if (d == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *d = (struct due_node){
            .node = query_dup(&q, 0, ev->a),
            .tally = {.open = query_int(&q, 1),
                      .in_progress = query_int(&q, 2),
                      .completed = query_int(&q, 3),
                      .discarded = query_int(&q, 4),
                      .epics = query_int(&q, 5),
                      .last_change = query_wall(&q, 6)},
        };
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->a) || err_nomem(e);
}

/* Whoever owns the key result it moves; else the first that must work in it. */
static struct str team_of(const struct strategy *s, const struct initiative *i)
{
    for (size_t t = 0; i->n_moves > 0 && t < s->n_teams; t++) {
        for (size_t k = 0; k < s->teams[t].n_key_results; k++) {
            if (s->teams[t].key_results[k] == i->moves[0].kr)
                return s->teams[t].node.id;
        }
    }
    return i->n_needs > 0 ? i->needs[0]->node.id : STR_NONE;
}

static bool eval_node(struct eval *ev, const struct due_node *d, struct err *e)
{
    static const char sql[] = "UPDATE tally SET next_check = ?2 WHERE node = ?1";
    const struct initiative *i = strategy_initiative(ev->conf->strategy, d->node);
    struct node_rules w = {
        .in = {.initiative = i, .tally = &d->tally},
        /* A former id leads to the initiative it became; that has a row itself. */
        .exists = i != NULL && str_eq(i->node.id, d->node),
        .gone = STR("removed from the strategy"),
    };

    w.subject = (struct finding_subject){
        .kind = RULE_INITIATIVE,
        .key = arena_printf(ev->item, "initiative %.*s", STR_FMT(d->node)),
        .team = w.exists ? team_of(ev->conf->strategy, i) : STR_NONE,
    };
    return run_rules(ev, &w, e) &&
           sql_run(ev->db, sql, SQL_ARGS(SQL_S(d->node), SQL_T(w.next)), e);
}

bool eval_nodes(struct eval *ev, struct err *e)
{
    struct due_node *v = NULL;
    size_t n = 0;

    if (!eval_all_known(ev))
        return true;
    if (!load_due(ev, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool fresh;

        arena_reset(ev->item);
        /* Where it may not be judged it stays due. */
        if (!eval_is_fresh_for(ev, v[i].node, &fresh, e) ||
            (fresh && !eval_node(ev, &v[i], e)))
            return false;
    }
    return true;
}

/* ---- sources ---- */

static bool is_failed(const struct eval_scope *c, const struct eval_source *s)
{
    return c->source == s && c->in_view && c->err_kind != ERR_NONE;
}

/* In fresh scopes. */
static void count_source(const struct eval *ev, const struct eval_source *s,
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
    count_source(ev, s, &ret->open, &ret->open_epics);
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
        struct node_rules w = {
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
    struct node_rules w = {.gone = STR("no longer configured")};

    arena_reset(ev->item);
    w.subject = source_subject(ev, s);
    return run_rules(ev, &w, e);
}

/* ---- teams ---- */

static struct rule_team_part *part_of(struct eval *ev, struct rule_team *t,
                                      const struct eval_source *s)
{
    struct rule_team_part *p;

    for (size_t i = 0; i < t->n_parts; i++) {
        if (str_eq(t->parts[i].source, s->name))
            return &t->parts[i];
    }
    p = &t->parts[t->n_parts++];
    p->source = s->name;
    p->no_epics = s->conf->epics.none;
    count_source(ev, s, &p->source_open, &p->source_open_epics);
    return p;
}

static bool team_view(struct eval *ev, const struct team *team, struct rule_team *ret,
                      struct err *e)
{
    struct eval_share *v = NULL;
    size_t n = 0;

    *ret = (struct rule_team){.id = team->node.id, .title = team->node.title};
    if (!eval_shares(ev, team->node.id, &v, &n, e))
        return false;
    ret->parts = arena_array(ev->item, ev->n_sources + 1, sizeof *ret->parts);
    if (ret->parts == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        struct rule_team_part *p;

        if (v[i].scope == NULL || !v[i].scope->in_view)
            continue;
        p = part_of(ev, ret, v[i].scope->source);
        p->open += v[i].items;
        p->open_epics += v[i].epics;
    }
    return true;
}

static struct finding_subject team_subject(struct eval *ev, struct str id)
{
    return (struct finding_subject){
        .kind = RULE_TEAM,
        .key = arena_printf(ev->item, "team %.*s", STR_FMT(id)),
        .team = id,
    };
}

static bool eval_team(struct eval *ev, const struct team *team, struct err *e)
{
    struct rule_team view;
    struct node_rules w = {.in = {.team = &view}, .exists = true};
    bool fresh;

    arena_reset(ev->item);
    w.subject = team_subject(ev, team->node.id);
    if (!eval_is_fresh_for(ev, team->node.id, &fresh, e) ||
        !team_view(ev, team, &view, e))
        return false;
    w.frozen = !fresh;
    if (!run_rules(ev, &w, e))
        return false;
    eval_wake(ev, w.next);
    return true;
}

static bool is_team(const struct eval *ev, struct str id)
{
    const struct node *n = strategy_find(ev->conf->strategy, id);

    return n != NULL && n->kind == NODE_TEAM && str_eq(n->id, id);
}

/* Ids of teams with findings that are not over, into ev->a. */
static bool complained_of(struct eval *ev, struct str **ret, size_t *ret_n,
                          struct err *e)
{
    static const char sql[] =
        "SELECT substr(subject, 6) FROM finding WHERE item = 0 AND"
        " subject > 'team ' AND subject < 'team!' AND state IN (1, 2)";
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct str *id = arena_grow(ev->a, ret, ret_n, &cap, sizeof *id);

        if (id == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *id = query_dup(&q, 0, ev->a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(ev->a) || err_nomem(e);
}

bool eval_teams(struct eval *ev, struct err *e)
{
    const struct strategy *s = ev->conf->strategy;
    struct str *ids = NULL;
    size_t n = 0;

    for (size_t i = 0; i < s->n_teams; i++) {
        if (!eval_team(ev, &s->teams[i], e))
            return false;
    }
    if (!complained_of(ev, &ids, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct node_rules w = {.gone = STR("removed from the strategy")};

        arena_reset(ev->item);
        w.subject = team_subject(ev, ids[i]);
        if (!is_team(ev, ids[i]) && !run_rules(ev, &w, e))
            return false;
    }
    return true;
}
