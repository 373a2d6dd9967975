#include "store/finding_row.h"

#include <string.h>

#include "store/firing.h"

void finding_read(const struct query *q, struct arena *a, struct finding_stored *ret)
{
    struct str id = query_str(q, 1);

    *ret = (struct finding_stored){
        .n = query_int(q, 0),
        .rule = query_dup(q, 2, a),
        .kind = (enum rule_subject)query_int(q, 3),
        .key = query_dup(q, 4, a),
        .item = query_int(q, 5),
        .scope = query_int(q, 6),
        .source = query_int(q, 7),
        .f.state = (enum finding_state)query_int(q, 8),
        .f.severity = (enum severity)query_int(q, 9),
        .f.since = query_wall(q, 10),
        .f.fired = query_wall(q, 11),
        .f.resolved = query_wall(q, 12),
        .f.clear_since = query_wall(q, 13),
        .f.episode = query_int(q, 14),
        .baseline = query_int(q, 15) != 0,
        .ended_by = query_dup(q, 16, a),
        .team = query_dup(q, 17, a),
        .node = query_dup(q, 18, a),
        .note = query_dup(q, 19, a),
        .fix = query_dup(q, 20, a),
        .command = query_dup(q, 21, a),
        .facts = query_dup(q, 22, a),
        .acked_by = query_dup(q, 23, a),
        .snoozed_until = query_wall(q, 24),
        .reason = (enum plan_reason)query_int(q, 25),
        .reason_detail = query_dup(q, 26, a),
        .version = query_int(q, 27),
    };
    if (id.n == FINDING_ID_LEN)
        memcpy(ret->f.id, id.p, FINDING_ID_LEN);
}

bool findings_of(struct eval *ev, const struct finding_subject *s,
                 struct finding_stored **ret, size_t *ret_n, struct err *e)
{
    static const char by_item[] =
        "SELECT " FINDING_COLUMNS " FROM finding f WHERE f.item = ? AND f.item > 0";
    static const char by_key[] =
        "SELECT " FINDING_COLUMNS " FROM finding f WHERE f.item = 0 AND f.kind = ?"
        " AND f.subject = ?";
    struct finding_stored *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row, ok;

    if (s->item != 0)
        ok = query_open(&q, ev->db, by_item, SQL_ARGS(SQL_I(s->item)), e);
    else
        ok = query_open(&q, ev->db, by_key, SQL_ARGS(SQL_I(s->kind), SQL_S(s->key)), e);
    if (!ok || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct finding_stored *f = arena_grow(ev->item, &v, &n, &cap, sizeof *f);

        if (f == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        finding_read(&q, ev->item, f);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->item) || err_nomem(e);
}

bool finding_event(struct db *db, int64_t finding, struct wall at, const char *what,
                   struct str detail, struct err *e)
{
    static const char sql[] =
        "INSERT INTO finding_event (finding, at, what, detail) VALUES (?, ?, ?, ?)";

    return sql_run(
        db, sql,
        SQL_ARGS(SQL_I(finding), SQL_T(at), SQL_S(str_of(what)), SQL_S(detail)), e);
}

static bool insert_row(struct eval *ev, const struct finding_stored *r, int64_t *ret_n,
                       struct err *e)
{
    static const char sql[] = "INSERT INTO finding (id, rule, kind, subject, item, "
                              "scope, source, state, severity,"
                              " since, fired, resolved, clear_since, episode, "
                              "baseline, ended_by, team, node, note,"
                              " fix, command, facts, version) VALUES (?, ?, ?, ?, ?, ?, "
                              "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                              " ?, ?, ?, ?, ?)";

    if (!sql_run(ev->db, sql,
                 SQL_ARGS(SQL_S(str_of(r->f.id)), SQL_S(r->rule), SQL_I(r->kind),
                          SQL_S(r->key), SQL_I(r->item), SQL_I(r->scope),
                          SQL_I(r->source), SQL_I(r->f.state), SQL_I(r->f.severity),
                          SQL_T(r->f.since), SQL_T(r->f.fired), SQL_T(r->f.resolved),
                          SQL_T(r->f.clear_since), SQL_I(r->f.episode),
                          SQL_I(r->baseline), SQL_S(r->ended_by), SQL_S(r->team),
                          SQL_S(r->node), SQL_S(r->note), SQL_S(r->fix),
                          SQL_S(r->command), SQL_S(r->facts), SQL_I(r->version)),
                 e))
        return false;
    *ret_n = sql_last_id(ev->db);
    return true;
}

static bool update_row(struct eval *ev, const struct finding_stored *r, bool replan,
                       struct err *e)
{
    static const char sql[] =
        "UPDATE finding SET scope = ?2, state = ?3, severity = ?4, since = ?5, fired = "
        "?6,"
        " resolved = ?7, clear_since = ?8, episode = ?9, baseline = ?10, ended_by = "
        "?11,"
        " team = ?12, node = ?13, note = ?14, fix = ?15, command = ?16, facts = ?17,"
        " acked_by = ?18, snoozed_until = ?19, version = ?21,"
        " plan_next = CASE WHEN ?20 THEN 1 ELSE plan_next END WHERE n = ?1";

    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_I(r->n), SQL_I(r->scope), SQL_I(r->f.state),
                            SQL_I(r->f.severity), SQL_T(r->f.since), SQL_T(r->f.fired),
                            SQL_T(r->f.resolved), SQL_T(r->f.clear_since),
                            SQL_I(r->f.episode), SQL_I(r->baseline), SQL_S(r->ended_by),
                            SQL_S(r->team), SQL_S(r->node), SQL_S(r->note),
                            SQL_S(r->fix), SQL_S(r->command), SQL_S(r->facts),
                            SQL_S(r->acked_by), SQL_T(r->snoozed_until), SQL_I(replan),
                            SQL_I(r->version)),
                   e);
}

static bool delete_row(struct eval *ev, int64_t n, struct err *e)
{
    static const char row[] = "DELETE FROM finding WHERE n = ?";
    static const char events[] = "DELETE FROM finding_event WHERE finding = ?";

    return sql_run(ev->db, events, SQL_ARGS(SQL_I(n)), e) &&
           sql_run(ev->db, row, SQL_ARGS(SQL_I(n)), e);
}

static bool is_same_life(const struct finding *a, const struct finding *b)
{
    return a->state == b->state && a->severity == b->severity &&
           a->since.ms == b->since.ms && a->fired.ms == b->fired.ms &&
           a->resolved.ms == b->resolved.ms && a->clear_since.ms == b->clear_since.ms &&
           a->episode == b->episode;
}

static bool is_same_place(const struct finding_stored *a,
                          const struct finding_stored *b)
{
    return a->scope == b->scope && a->baseline == b->baseline &&
           str_eq(a->team, b->team) && str_eq(a->node, b->node);
}

static bool is_same_text(const struct finding_stored *a, const struct finding_stored *b)
{
    return str_eq(a->ended_by, b->ended_by) && str_eq(a->note, b->note) &&
           str_eq(a->fix, b->fix) && str_eq(a->command, b->command) &&
           str_eq(a->facts, b->facts);
}

static bool tell_change(struct eval *ev, const struct finding_stored *r,
                        enum finding_change change, struct err *e)
{
    struct eval_result *res = ev->result;
    struct str severity = str_of(severity_name(r->f.severity));

    switch (change) {
    case FINDING_STARTED:
        res->started++;
        return true;
    case FINDING_FIRED:
        res->fired++;
        return (r->baseline || firing_begin(ev->db, r, ev->now, e)) &&
               finding_event(ev->db, r->n, ev->now, "fired", severity, e);
    case FINDING_WORSE:
        return finding_event(ev->db, r->n, ev->now, "worse", severity, e);
    case FINDING_BETTER:
        return finding_event(ev->db, r->n, ev->now, "better", severity, e);
    case FINDING_CLEARED:
        res->resolved++;
        return firing_end(ev->db, r, ev->now, e) &&
               finding_event(ev->db, r->n, ev->now, "resolved", r->ended_by, e);
    case FINDING_SAME:
    case FINDING_WITHDRAWN:
        break;
    }
    return true;
}

/* An unlinked epic explains its children, an unknown link the item's missing one, work
   that was decided against both, a team's own plan its key results (store/eval_plan.c):
   those are planned anew with it. */
static bool replan_explained(struct eval *ev, const struct finding_stored *r,
                             struct err *e)
{
    static const char self[] = "UPDATE finding SET plan_next = 1 WHERE item = ? AND "
                               "item > 0 AND state IN (1, 2)";
    /* By the children, not by the findings, of which there may be thousands. */
    static const char children[] =
        "UPDATE finding SET plan_next = 1 WHERE +state IN (1, 2) AND n IN"
        " (SELECT f.n FROM item p CROSS JOIN item c ON c.source = p.source AND"
        " c.parent_vid = p.vid AND c.parent_vid <> '' CROSS JOIN finding f ON"
        " f.item = c.id AND f.item > 0 WHERE p.id = ?1"
        " UNION ALL SELECT f.n FROM item p CROSS JOIN item c ON c.parent_key = p.key"
        " AND c.parent_key <> '' CROSS JOIN finding f ON f.item = c.id AND f.item > 0"
        " WHERE p.id = ?1)";

    static const char node[] = "UPDATE finding SET plan_next = 1 WHERE item = 0 AND"
                               " kind = ? AND subject = ? AND state IN (1, 2)";

    if (r->item == 0)
        return !str_eqz(r->rule, "pillar-drift") ||
               sql_run(ev->db, node, SQL_ARGS(SQL_I(r->kind), SQL_S(r->key)), e);
    bool decided = str_eqz(r->rule, "not-doing");
    bool ended = str_eqz(r->rule, "retired-link");

    return (!(decided || ended || str_eqz(r->rule, "unknown-link")) ||
            sql_run(ev->db, self, SQL_ARGS(SQL_I(r->item)), e)) &&
           (!(decided || str_eqz(r->rule, "unlinked-work")) ||
            sql_run(ev->db, children, SQL_ARGS(SQL_I(r->item)), e));
}

static bool save(struct eval *ev, const struct finding_stored *old,
                 struct finding_stored *r, enum finding_change change, struct err *e)
{
    bool is_over = r->f.state == FINDING_NONE ||
                   (r->f.state == FINDING_RESOLVED && r->f.episode == 0);

    if (old == NULL) {
        if (!insert_row(ev, r, &r->n, e))
            return false;
    } else if (is_over && r->f.episode == 0) {
        return delete_row(ev, r->n, e);
    } else {
        bool replan = !is_same_life(&old->f, &r->f) || !is_same_place(old, r);

        if (!replan && is_same_text(old, r))
            return true;
        if (!update_row(ev, r, replan, e))
            return false;
    }
    if (change == FINDING_SAME)
        return true;
    return tell_change(ev, r, change, e) && replan_explained(ev, r, e);
}

/* Ids outlast a transfer: what has the vid now may find the id of before taken. */
static bool new_id(struct eval *ev, const struct finding_subject *s,
                   struct finding_stored *r, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM finding WHERE id = ?";
    int64_t taken;

    r->key = s->key;
    finding_id(r->f.id, r->rule, r->key);
    if (s->item == 0)
        return true;
    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_S(str_of(r->f.id))), 0, &taken, e))
        return false;
    if (taken == 0)
        return true;
    r->key = arena_printf(ev->item, "%.*s (%lld)", STR_FMT(s->key), (long long)s->item);
    finding_id(r->f.id, r->rule, r->key);
    return !arena_failed(ev->item) || err_nomem(e);
}

/* What the rule says, and longer where it comes and goes. */
static bool keep_for(struct eval *ev, const struct finding_stored *f,
                     const struct rule_conf *conf, struct span *ret, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM finding_event WHERE finding = ? AND"
                              " what = 'fired' AND at > ?";
    struct wall from = wall_add(ev->now, DUR_MS(-FINDING_FLAP_WINDOW.ms));
    int64_t fired;

    *ret = conf->keep_for;
    if (f->f.episode < FINDING_FLAPS)
        return true;
    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_I(f->n), SQL_T(from)), 0, &fired, e))
        return false;
    *ret = finding_keep_for(conf, fired);
    return true;
}

/* It was there before it came into view, and now its link was lost. */
static bool is_news_at_last(const struct finding_stored *old,
                            const struct finding_stored *r)
{
    return old != NULL && old->baseline && !r->baseline;
}

bool finding_apply(struct eval *ev, const struct rule *rule,
                   const struct finding_subject *s, const struct finding_stored *old,
                   const struct rule_hit *hit, struct str why, struct wall *ret_next,
                   bool *ret_exists, struct err *e)
{
    struct rule_conf conf = ev->conf->rules[rule_index(rule)];
    struct finding_stored r = {0};
    enum finding_change change;

    *ret_next = (struct wall){0};
    *ret_exists = old != NULL;
    if (old == NULL && hit == NULL)
        return true;
    if (old != NULL) {
        r = *old;
    } else {
        r.rule = str_of(rule->id);
        if (!new_id(ev, s, &r, e))
            return false;
    }
    r.kind = s->kind;
    r.item = s->item;
    r.scope = s->scope;
    r.source = s->source;
    r.team = s->team;
    r.baseline = s->baseline;
    if (hit != NULL) {
        r.node = hit->node;
        r.note = hit->note;
        r.fix = hit->fix;
        r.command = hit->command;
        r.facts = hit->facts;
        r.ended_by = STR_NONE;
    } else if (r.f.state == FINDING_FIRING && r.f.clear_since.ms == 0) {
        r.ended_by = why;
    }
    if (hit == NULL && r.f.state == FINDING_FIRING &&
        !keep_for(ev, &r, &conf, &conf.keep_for, e))
        return false;
    change = finding_step(&r.f, hit, &conf, &ev->conf->cal, ev->now, ret_next);
    if (change == FINDING_CLEARED || change == FINDING_WITHDRAWN) {
        r.acked_by = STR_NONE;
        r.snoozed_until = (struct wall){0};
    }
    if (change == FINDING_STARTED ||
        (change == FINDING_FIRED && (old == NULL || old->f.state != FINDING_PENDING)) ||
        (ev->caused_by != 0 && is_news_at_last(old, &r)))
        r.version = ev->caused_by;
    if (!save(ev, old, &r, change, e))
        return false;
    *ret_exists = r.f.state != FINDING_NONE || r.f.episode > 0;
    return true;
}

bool finding_end(struct eval *ev, const struct finding_stored *old, struct str why,
                 struct err *e)
{
    struct finding_stored r = *old;
    enum finding_change change;

    if (r.f.state != FINDING_FIRING && r.f.state != FINDING_PENDING)
        return true;
    change = r.f.state == FINDING_FIRING ? FINDING_CLEARED : FINDING_WITHDRAWN;
    r.f.state = r.f.episode > 0 ? FINDING_RESOLVED : FINDING_NONE;
    r.f.resolved = ev->now;
    r.f.clear_since = (struct wall){0};
    r.ended_by = why;
    r.acked_by = STR_NONE;
    r.snoozed_until = (struct wall){0};
    return save(ev, old, &r, change, e);
}
