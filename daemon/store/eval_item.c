#include "store/effort.h"
#include "store/eval_row.h"
#include "store/eval_suggest.h"
#include "store/fate.h"
#include "store/finding_row.h"
#include "store/hide.h"
#include "store/label.h"
#include "store/sql.h"
#include "store/suggest.h"

/* ---- the row ---- */

struct eval_row *eval_row_read(struct eval *ev, const struct query *q)
{
    struct arena *a = ev->a;
    struct eval_row *r = arena_alloc(a, sizeof *r);

    if (r == NULL)
        return NULL;
    *r = (struct eval_row){
        .id = query_int(q, 0),
        .source = eval_source(ev, query_int(q, 1)),
        .scope = eval_scope(ev, query_int(q, 2)),
        .level = (int)query_int(q, 3),
        .category = (enum item_category)query_int(q, 4),
        .outcome = (enum item_outcome)query_int(q, 5),
        .private_ = query_int(q, 6) != 0,
        .baseline = query_int(q, 7) != 0,
        .changed = query_wall(q, 8),
        .has = (unsigned)query_int(q, 9),
        .counted = (unsigned)query_int(q, 10),
        .counted_scope = query_int(q, 11),
        .counted_changed = query_wall(q, 12),
        .next_check = query_wall(q, 13),
        .vid = query_dup(q, 14, a),
        .key = query_dup(q, 15, a),
        .parent_vid = query_dup(q, 16, a),
        .parent_key = query_dup(q, 17, a),
        .type = query_dup(q, 18, a),
        .team = query_dup(q, 19, a),
        .packed = query_dup(q, 20, a),
        .created = query_wall(q, 21),
        .was_evaluated = query_int(q, 22) != 0,
    };
    r->in_view = r->scope != NULL && r->scope->in_view && !(r->has & HAS_GONE);
    return arena_failed(a) ? NULL : r;
}

static bool unpack(struct eval *ev, struct eval_row *r, struct err *e)
{
    if (!item_unpack_marks(r->packed, ev->item, &r->marks, &r->n_marks))
        return err_nomem(e);
    r->match = (struct match_item){
        .source = r->source->name,
        .scope = r->scope->name,
        .key = r->key,
        .type = r->type,
        .level = r->level,
        .marks = r->marks,
        .n_marks = r->n_marks,
    };
    return true;
}

/* What rules see besides: only of work that is open, or was complained of. */
static bool load_rest(struct eval *ev, struct eval_row *r, struct err *e)
{
    static const char sql[] =
        "SELECT outsider, updated, closed, first_seen, status, author_name, title,"
        " excerpt, assignees FROM item WHERE id = ?";
    struct arena *a = ev->item;
    struct query q;
    bool row;

    if (r->outcome != ITEM_OPEN && !(r->has & HAS_FINDING))
        return true;
    r->is_asked = true;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(r->id)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    r->outsider = query_int(&q, 0) != 0;
    r->updated = query_wall(&q, 1);
    r->closed = query_wall(&q, 2);
    r->first_seen = query_wall(&q, 3);
    r->status = query_dup(&q, 4, a);
    r->author_name = query_dup(&q, 5, a);
    r->title = query_dup(&q, 6, a);
    r->excerpt = query_dup(&q, 7, a);
    r->assignees = query_dup(&q, 8, a);
    query_close(&q);
    r->match.title = r->title;
    r->match.excerpt = r->excerpt;
    return !arena_failed(a) || err_nomem(e);
}

/* The setting changed after the row was stored: its texts go now. */
static bool keep_private(struct eval *ev, struct eval_row *r, struct err *e)
{
    static const char sql[] =
        "UPDATE item SET private = 1, title = '', url = '', author = '',"
        " author_name = '', excerpt = '' WHERE id = ?";
    const struct eval_source *s = r->source;

    if (r->private_ || s->conf == NULL ||
        !(globs_match(&s->private_projects, r->scope->name, ev->item) ||
          globs_match_marks(&s->private_labels, MARK_LABEL, r->marks, r->n_marks,
                            ev->item)))
        return true;
    r->private_ = true;
    r->title = r->excerpt = r->author_name = STR_NONE;
    r->match.title = r->match.excerpt = STR_NONE;
    return sql_run(ev->db, sql, SQL_ARGS(SQL_I(r->id)), e) &&
           hide_item(ev->db, r->id, ev->item, e);
}

bool eval_hide(struct eval *ev, struct eval_row *r, struct err *e)
{
    if (r->source == NULL || r->scope == NULL || r->private_)
        return true;
    arena_reset(ev->item);
    return unpack(ev, r, e) && keep_private(ev, r, e);
}

/* ---- what it is ---- */

/* A row of its own for each rule, so that one rule's end is not all rules'. */
struct exemption {
    struct str rule, user;
    struct wall until;
};

/* Those that are over are gone, so that nobody takes them for a state; the audit log
   keeps them. */
static bool load_exemptions(struct eval *ev, const struct eval_row *r,
                            struct exemption **ret, size_t *ret_n, struct err *e)
{
    static const char over[] =
        "DELETE FROM exemption WHERE item = ? AND until > 0 AND until <= ?";
    static const char sql[] = "SELECT rule, user, until FROM exemption WHERE item = ?";
    struct exemption *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!sql_run(ev->db, over, SQL_ARGS(SQL_I(r->id), SQL_T(ev->now)), e) ||
        !query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(r->id)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct exemption *x = arena_grow(ev->item, &v, &n, &cap, sizeof *x);

        if (x == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        x->rule = query_dup(&q, 0, ev->item);
        x->user = query_dup(&q, 1, ev->item);
        x->until = query_wall(&q, 2);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return true;
}

/* A reason in the body is the item's own word: of a private one it is not repeated. */
static struct str own_exemption(struct eval *ev, const struct eval_row *r)
{
    static const struct str label = STR_INIT("label strategy:none"),
                            line = STR_INIT("line Strategy: none");
    struct str why = r->links.exempt_reason;

    if (str_eq(why, label) || str_eq(why, line))
        return why;
    return r->private_
               ? line
               : arena_printf(ev->item, "%.*s (%.*s)", STR_FMT(line), STR_FMT(why));
}

static void find_exemption(struct eval *ev, struct eval_row *r,
                           const struct exemption *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].rule.n == 0) {
            r->exempt = true;
            r->exempt_by = v[i].user;
            r->exempt_until = v[i].until;
        }
    }
    if (r->links.exempt) {
        r->exempt = true;
        r->exempt_by = own_exemption(ev, r);
        r->exempt_until = (struct wall){0};
    }
}

static bool has_initiative_label(const struct eval_row *r)
{
    const struct str prefix = STR("initiative:");

    for (size_t i = 0; i < r->n_marks; i++) {
        if (r->marks[i].kind == MARK_LABEL && r->marks[i].value.n > prefix.n &&
            str_eq_nocase(str_first(r->marks[i].value, prefix.n), prefix))
            return true;
    }
    return false;
}

static unsigned bits_of(struct eval *ev, const struct eval_row *r)
{
    bool open = r->outcome == ITEM_OPEN;
    bool linked = r->links.strongest != 0;
    unsigned bits = has_initiative_label(r) ? COUNTED_LABELLED : 0;

    bits |= r->idea ? COUNTED_IDEA : 0;
    if (!r->in_view)
        return bits;
    if (open)
        bits |= COUNTED_OPEN;
    else if (linked)
        bits |= r->outcome == ITEM_COMPLETED ? COUNTED_COMPLETED : COUNTED_DISCARDED;
    if (open && r->category == ITEM_IN_PROGRESS)
        bits |= COUNTED_IN_PROGRESS;
    if (r->level < ITEM_LEVEL_EPIC || !(open || linked))
        return bits;
    bits |= COUNTED_LEVEL;
    if (!open || r->idea)
        return bits;
    bits |= COUNTED_EPIC;
    if (r->exempt)
        bits |= COUNTED_EXEMPT;
    else if (linked)
        bits |= COUNTED_LINKED;
    else if (r->baseline && ev->conf->baseline)
        bits |= COUNTED_BASELINE;
    if ((bits & COUNTED_LINKED) && r->links.strongest == LINK_SCOPE)
        bits |= COUNTED_BY_SCOPE;
    return bits;
}

static struct str *effective_nodes(struct eval *ev, const struct eval_link *v, size_t n,
                                   size_t *ret_n)
{
    struct str *nodes = arena_array(ev->item, n + 1, sizeof *nodes);

    *ret_n = 0;
    for (size_t i = 0; nodes != NULL && i < n; i++) {
        if (v[i].effective)
            nodes[(*ret_n)++] = v[i].node;
    }
    return nodes;
}

static bool is_same_set(const struct str *x, size_t n, const struct str *y, size_t m)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < m && !str_eq(x[i], y[k]))
            k++;
        if (k == m)
            return false;
    }
    return n == m;
}

/* Days before today keep what they were counted for. */
static bool keep_past(struct eval *ev, const struct eval_row *r,
                      const struct counted *before, const struct counted *after,
                      struct err *e)
{
    struct buf nodes;
    bool ok;

    if (!r->was_evaluated ||
        (str_eq(before->team, after->team) &&
         is_same_set(before->nodes, before->n_nodes, after->nodes, after->n_nodes)))
        return true;
    buf_init(&nodes, 1 << 20);
    for (size_t i = 0; i < before->n_nodes; i++) {
        if (i > 0)
            buf_addc(&nodes, ',');
        buf_add(&nodes, before->nodes[i]);
    }
    ok = buf_check(&nodes, e) && effort_links_were(ev->db, r->id, before->team,
                                                   buf_str(&nodes), ev->now, e);
    buf_finish(&nodes);
    return ok;
}

/* Who is linked says what such work is like. */
static bool note_suggestion(struct eval *ev, const struct eval_row *r,
                            const struct counted *before, const struct counted *after,
                            struct err *e)
{
    bool was = (before->bits & COUNTED_LEVEL) != 0 && before->n_nodes > 0;
    bool is = (after->bits & COUNTED_LEVEL) != 0 && after->n_nodes > 0;

    return (!was && !is) || suggest_note(ev->db, r->id, e);
}

static bool recount(struct eval *ev, struct eval_row *r, unsigned bits, struct err *e)
{
    struct counted before = {
        .bits = r->counted,
        .scope = eval_scope(ev, r->counted_scope),
        .changed = r->counted_changed,
        .team = r->team,
    };
    struct counted after = {
        .bits = bits, .scope = r->scope, .changed = r->changed, .team = r->team_now};

    before.nodes = effective_nodes(ev, r->before, r->n_before, &before.n_nodes);
    after.nodes = effective_nodes(ev, r->now, r->n_now, &after.n_nodes);
    if (before.nodes == NULL || after.nodes == NULL)
        return err_nomem(e);
    return keep_past(ev, r, &before, &after, e) &&
           note_suggestion(ev, r, &before, &after, e) &&
           eval_count(ev, &before, &after, e);
}

/* ---- rules ---- */

struct item_rules {
    struct eval_row *row;
    const struct exemption *exemptions;
    size_t n_exemptions;
    struct rule_item view;
    struct finding_subject subject;
    struct finding_stored *stored;
    size_t n_stored;
    bool links_changed;
    struct wall next;
    bool any; /* a finding exists afterwards */
};

static void look_again(struct eval *ev, struct item_rules *w, struct wall at)
{
    if (at.ms == 0)
        return;
    /* A time that has passed already would be found due forever. */
    if (at.ms <= ev->now.ms)
        at = wall_add(ev->now, DUR_MIN(1));
    if (w->next.ms == 0 || at.ms < w->next.ms)
        w->next = at;
}

static void view_of(struct item_rules *w)
{
    struct eval_row *r = w->row;

    w->view = (struct rule_item){
        .source = r->source->name,
        .scope = r->scope->name,
        .key = r->key,
        .type = r->type,
        .status = r->status,
        .title = r->title,
        .level = r->level,
        .category = r->category,
        .outcome = r->outcome,
        .author_name = r->author_name,
        .outsider = r->outsider,
        .idea = r->idea,
        .private_ = r->private_,
        .created = r->created,
        .updated = r->updated,
        .closed = r->closed,
        .first_seen = r->first_seen,
        .marks = r->marks,
        .n_marks = r->n_marks,
        .links = r->links,
        .exempt = r->exempt,
        .has_parent = r->parent_vid.n > 0 || r->parent_key.n > 0,
        .not_doing = r->not_doing,
        .not_doing_by_mark = r->not_doing_by_mark,
        .has_label_initiative =
            r->scope->counts.labelled + r->scope->change.labelled > 0,
    };
    for (size_t i = 0; i < r->assignees.n; i++)
        w->view.n_assignees += i == 0 || r->assignees.p[i] == ',';
}

static const struct exemption *exempted_from(const struct item_rules *w,
                                             struct str rule)
{
    for (size_t i = 0; i < w->n_exemptions; i++) {
        if (str_eq(w->exemptions[i].rule, rule))
            return &w->exemptions[i];
    }
    return NULL;
}

static const struct finding_stored *stored_of(const struct item_rules *w,
                                              const char *rule)
{
    for (size_t i = 0; i < w->n_stored; i++) {
        if (str_eqz(w->stored[i].rule, rule))
            return &w->stored[i];
    }
    return NULL;
}

static struct str linked_by(struct eval *ev, const struct eval_row *r)
{
    for (size_t i = 0; i < r->n_now; i++) {
        if (r->now[i].effective)
            return arena_printf(ev->item, "linked to %.*s by %s",
                                STR_FMT(r->now[i].node),
                                link_method_name(r->now[i].method));
    }
    return STR("unlinked");
}

/* For people: who or what ended it. */
static struct str why_ended(struct eval *ev, const struct item_rules *w)
{
    const struct eval_row *r = w->row;

    if (r->outcome == ITEM_COMPLETED)
        return STR("closed");
    if (r->outcome == ITEM_DISCARDED)
        return STR("closed, not done");
    if (w->links_changed && ev->relinking != RELINK_NONE)
        return STR("strategy changed");
    if (w->links_changed)
        return linked_by(ev, r);
    return ev->relinking != RELINK_NONE ? STR("strategy changed")
                                        : STR("changed in the tracker");
}

/* Why the rule is not even asked; the empty view: it is. */
static struct str not_asked(struct eval *ev, struct item_rules *w,
                            const struct rule *rule)
{
    const struct rule_conf *conf = &ev->conf->rules[rule_index(rule)];
    const struct exemption *x = exempted_from(w, str_of(rule->id));

    if (!w->row->in_view)
        return w->row->fate.text.n > 0 ? w->row->fate.text : STR("no longer in view");
    if (conf->off)
        return STR("rule switched off");
    if (w->row->exempt)
        return arena_printf(ev->item, "exempted by %.*s", STR_FMT(w->row->exempt_by));
    if (x != NULL) {
        look_again(ev, w, x->until);
        return arena_printf(ev->item, "exempted by %.*s", STR_FMT(x->user));
    }
    if (rule_exempts(conf, &w->view, ev->item))
        return STR("exempted by the rule's settings");
    return STR_NONE;
}

static bool ask_rule(struct eval *ev, struct item_rules *w, const struct rule *rule,
                     struct err *e)
{
    const struct rule_conf *conf = &ev->conf->rules[rule_index(rule)];
    const struct rule_input in = {
        .strategy = ev->conf->strategy,
        .cal = &ev->conf->cal,
        .conf = conf,
        .now = ev->now,
        .item = &w->view,
    };
    const struct finding_stored *old = stored_of(w, rule->id);
    struct rule_hit hit;
    struct str why = not_asked(ev, w, rule);
    struct wall next = {0};
    bool holds = false, exists;

    if (why.n == 0) {
        if (!eval_suggest(ev, w->row, rule, old, &w->view, e))
            return false;
        rule_hit_init(&hit, rule, conf);
        holds = rule->eval(&in, ev->item, &hit, &next);
        look_again(ev, w, next);
    }
    if (!holds && old == NULL)
        return !arena_failed(ev->item) || err_nomem(e);
    if (!holds && why.n == 0)
        why = why_ended(ev, w);
    if (w->subject.key.n == 0)
        w->subject.key =
            arena_printf(ev->item, "item %.*s %.*s", STR_FMT(w->row->source->name),
                         STR_FMT(w->row->vid));
    if (arena_failed(ev->item))
        return err_nomem(e);
    if (!finding_apply(ev, rule, &w->subject, old, holds ? &hit : NULL, why, &next,
                       &exists, e))
        return false;
    look_again(ev, w, next);
    w->any = w->any || exists;
    return true;
}

/* Findings of rules that this version does not have. */
static bool end_orphans(struct eval *ev, struct item_rules *w, struct err *e)
{
    for (size_t i = 0; i < w->n_stored; i++) {
        const struct rule *rule = rule_find(w->stored[i].rule);

        if (rule != NULL && rule->subject == RULE_ITEM)
            continue;
        w->any = true;
        if (!finding_end(ev, &w->stored[i], STR("the rule is gone"), e))
            return false;
    }
    return true;
}

static bool run_rules(struct eval *ev, struct item_rules *w, struct err *e)
{
    struct eval_row *r = w->row;

    w->subject = (struct finding_subject){
        .kind = RULE_ITEM,
        .item = r->id,
        .scope = r->scope->id,
        .source = r->source->id,
        .team = r->team_now,
        .baseline = r->baseline && ev->conf->baseline,
    };
    if ((r->has & HAS_FINDING) &&
        !findings_of(ev, &w->subject, &w->stored, &w->n_stored, e))
        return false;
    view_of(w);
    for (size_t i = 0; i < rules_count; i++) {
        if (rules[i]->subject == RULE_ITEM && !ask_rule(ev, w, rules[i], e))
            return false;
    }
    return end_orphans(ev, w, e);
}

/* ---- all together ---- */

void eval_item_rows(struct eval *ev)
{
#define INSERT                                                                         \
    "INSERT INTO evaluated (item, has, counted, counted_scope, counted_changed,"       \
    " next_check, team, created) VALUES "
#define ROW "(?, ?, ?, ?, ?, ?, ?, ?)"
#define AGAIN                                                                          \
    " ON CONFLICT (item) DO UPDATE SET has = excluded.has, counted = excluded.counted," \
    " counted_scope = excluded.counted_scope,"                                         \
    " counted_changed = excluded.counted_changed, next_check = excluded.next_check,"   \
    " team = excluded.team, created = excluded.created"
    static const char one[] = INSERT ROW AGAIN;
    static const char many[] = INSERT SQL_16(ROW) AGAIN;
#undef INSERT
#undef ROW
#undef AGAIN

    ev->evaluated_rows =
        (struct sql_rows){.db = ev->db, .one = one, .many = many, .n_columns = 8};
}

static bool save_row(struct eval *ev, const struct eval_row *r,
                     const struct item_rules *w, unsigned bits, struct err *e)
{
    unsigned has = (r->n_now > 0 ? HAS_LINK : 0) | (w->any ? HAS_FINDING : 0);
    /* Where and when matters only for what is counted. */
    int64_t scope = bits != 0 ? r->scope->id : 0;
    struct wall changed = bits != 0 ? r->changed : (struct wall){0};
    /* Time does not change what is hidden. */
    struct wall next = r->has & HAS_HIDDEN ? (struct wall){0} : w->next;

    if (has == (r->has & (HAS_LINK | HAS_FINDING)) && bits == r->counted &&
        scope == r->counted_scope && changed.ms == r->counted_changed.ms &&
        next.ms == r->next_check.ms && str_eq(r->team, r->team_now))
        return true;
    return sql_rows_add(&ev->evaluated_rows,
                        SQL_ARGS(SQL_I(r->id), SQL_I(has), SQL_I(bits), SQL_I(scope),
                                 SQL_T(changed), SQL_T(next), SQL_S(r->team_now),
                                 SQL_T(r->created)),
                        e);
}

static bool save_baseline(struct eval *ev, const struct eval_row *r, struct err *e)
{
    static const char sql[] = "UPDATE item SET baseline = ? WHERE id = ?";

    return sql_run(ev->db, sql, SQL_ARGS(SQL_I(r->baseline), SQL_I(r->id)), e);
}

/* Nobody asks again whose closed work was: that would rewrite every old row. Of what is
   done already when it is first seen it is asked once. */
static void find_team(struct eval *ev, struct eval_row *r)
{
    bool is_new = !r->was_evaluated && r->outcome == ITEM_COMPLETED &&
                  r->links.strongest != 0;

    if (!r->is_asked && !is_new) {
        r->team_now = r->team;
        return;
    }
    const struct team *t = match_team(ev->conf->matcher, &r->match, ev->item);

    r->team_now = t != NULL ? t->node.id : STR_NONE;
}

/* By words only what nothing links: what they are about is known of the rest. */
static void find_not_doing(struct eval *ev, struct eval_row *r)
{
    struct match_item it = r->match;

    if (!r->is_asked || r->outcome != ITEM_OPEN ||
        ev->conf->strategy->n_not_doing == 0)
        return;
    if (r->links.strongest != 0)
        it.title = it.excerpt = STR_NONE;
    r->not_doing =
        match_not_doing(ev->conf->matcher, &it, ev->item, &r->not_doing_by_mark);
}

static bool is_idea(struct eval *ev, const struct eval_row *r)
{
    return globs_match(&r->source->idea_statuses, r->status, ev->item) ||
           globs_match_marks(&r->source->idea_labels, MARK_LABEL, r->marks, r->n_marks,
                             ev->item);
}

static bool had_link(const struct eval_row *r)
{
    for (size_t i = 0; i < r->n_before; i++) {
        if (r->before[i].effective)
            return true;
    }
    return false;
}

/* Nothing of it is looked at; links are kept for its return, and count no more. */
static bool evaluate_gone(struct eval *ev, struct eval_row *r, struct err *e)
{
    struct item_rules w = {.row = r};
    unsigned bits;

    if (!eval_keep_links(ev, r, e) || !fate_read(ev->db, r->id, ev->item, &r->fate, e))
        return false;
    find_team(ev, r);
    bits = r->fate.kind == FATE_MOVED ? 0 : bits_of(ev, r);
    if (!recount(ev, r, bits, e) || (r->is_asked && !run_rules(ev, &w, e)))
        return false;
    if (r->fate.kind == FATE_MOVED)
        return eval_write_rows(ev, e) && moved_forget(ev->db, r->id, e);
    return save_row(ev, r, &w, bits, e);
}

static bool evaluate(struct eval *ev, struct eval_row *r, struct err *e)
{
    struct item_rules w = {.row = r};
    struct exemption *exemptions = NULL;
    bool stored_baseline = r->baseline;
    unsigned bits;

    arena_reset(ev->item);
    if (!unpack(ev, r, e) || !load_rest(ev, r, e) || !keep_private(ev, r, e))
        return false;
    if (r->has & HAS_GONE)
        return evaluate_gone(ev, r, e);
    if (!eval_links(ev, r, e))
        return false;
    if ((r->has & HAS_EXEMPTION) &&
        !load_exemptions(ev, r, &exemptions, &w.n_exemptions, e))
        return false;
    w.exemptions = exemptions;
    find_exemption(ev, r, exemptions, w.n_exemptions);
    r->idea = r->outcome == ITEM_OPEN && is_idea(ev, r);
    find_team(ev, r);
    find_not_doing(ev, r);
    if (!eval_save_links(ev, r, &w.links_changed, e))
        return false;
    if (had_link(r) && r->links.strongest == 0)
        r->baseline = false; /* what loses its link is no old sin */
    bits = bits_of(ev, r);
    if (r->exempt)
        look_again(ev, &w, r->exempt_until);
    if (arena_failed(ev->item))
        return err_nomem(e);
    if (!recount(ev, r, bits, e) || (r->is_asked && !run_rules(ev, &w, e)))
        return false;
    return save_row(ev, r, &w, bits, e) && (!w.any || label_replan(ev, r->id, e)) &&
           (r->baseline == stored_baseline || save_baseline(ev, r, e));
}

static bool is_being_evaluated(const struct eval *ev, int64_t id)
{
    for (unsigned i = 0; i < ev->depth; i++) {
        if (ev->ancestors[i] == id)
            return true;
    }
    return false;
}

static bool parent_first(struct eval *ev, const struct eval_row *r, struct err *e)
{
    struct eval_row *parent;
    int64_t id = 0;

    if (r->parent_vid.n == 0 && r->parent_key.n == 0)
        return true;
    if (!eval_parent(ev, r, &id, e))
        return false;
    if (id == 0 || is_being_evaluated(ev, id) || ev->depth == ARRAY_LEN(ev->ancestors))
        return true;
    return eval_take(ev, id, &parent, e) &&
           (parent == NULL || eval_item(ev, parent, e));
}

bool eval_item(struct eval *ev, struct eval_row *r, struct err *e)
{
    /* Of a source or scope that is not stored: no page writes such a row. */
    if (r->source == NULL || r->scope == NULL)
        return true;
    ev->ancestors[ev->depth++] = r->id;
    if (!parent_first(ev, r, e))
        return false;
    ev->depth--;
    ev->result->items++;
    return evaluate(ev, r, e);
}
