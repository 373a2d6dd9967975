#include "store/digest.h"
#include "store/plan_row.h"
#include "store/sql.h"

enum { SHOWN = 3 };

/* What nobody is to be bothered with stays out. */
static bool is_told(const struct plan_row *row)
{
    return !row->hidden && row->f.reason != PLAN_EXEMPT &&
           row->f.reason != PLAN_SILENCED && row->f.reason != PLAN_INHIBITED;
}

static bool goes_to(const struct plan_row *row, struct str channel)
{
    for (size_t i = 0; i < row->n_hits; i++) {
        if (str_eq(row->hits[i].channel, channel))
            return true;
    }
    return false;
}

static struct notice_section *section_of(struct eval *ev, struct digest_drift *d,
                                         const struct rule *rule)
{
    struct notice_section *s;

    for (size_t i = 0; i < d->n_sections; i++) {
        if (str_eqz(d->sections[i].rule, rule->id))
            return &d->sections[i];
    }
    s = arena_grow(ev->a, &d->sections, &d->n_sections, &d->cap, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct notice_section){
        .rule = str_of(rule->id),
        .why = str_of(rule->why),
        .more = arena_printf(ev->a, "alignctl drift --rule %s", rule->id),
        .entries = arena_array(ev->a, SHOWN, sizeof *s->entries),
    };
    return s->entries != NULL ? s : NULL;
}

static struct str subject_title(const struct eval *ev, const struct finding_stored *f,
                                struct str id)
{
    const struct node *n = strategy_find(ev->conf->strategy, id);
    enum node_kind kind;

    return n != NULL && rule_subject_node(f->kind, &kind) ? n->title : STR_NONE;
}

static void add_entry(struct eval *ev, struct notice_section *s,
                      const struct plan_row *row, const struct query *q, bool fresh)
{
    enum { FIRST = FINDING_COLUMN_COUNT + PLAN_COLUMN_COUNT };
    const struct finding_stored *f = &row->f;
    ptrdiff_t blank = str_chr(f->key, ' ');
    struct notice_entry *n = &s->entries[s->n_entries++];

    *n = (struct notice_entry){
        .finding = arena_str(ev->a, str_of(f->f.id)),
        .change = fresh ? STR("new") : STR("reminder"),
        .severity = str_of(severity_name(f->f.severity)),
        .key = query_dup(q, FIRST, ev->a),
        .title = query_dup(q, FIRST + 1, ev->a),
        .url = query_dup(q, FIRST + 2, ev->a),
        .note = arena_str(ev->a, f->note),
        .since = f->f.since,
    };
    if (f->kind != RULE_ITEM) {
        n->key = arena_str(
            ev->a, blank < 0 ? f->key : str_skip(f->key, (size_t)blank + 1));
        n->title = subject_title(ev, f, n->key);
    }
}

static bool add_finding(struct eval *ev, struct str channel, struct wall since,
                        const struct query *q, struct digest_drift *d, struct err *e)
{
    const struct rule *rule;
    struct notice_section *s;
    struct plan_row row;
    bool fresh;

    plan_read(ev, q, &row);
    rule = rule_find(row.f.rule);
    if (rule == NULL || !plan_route(ev, &row, e))
        return rule == NULL;
    if (!is_told(&row) || !goes_to(&row, channel))
        return true;
    if (row.f.baseline) {
        d->baseline++;
        return true;
    }
    s = section_of(ev, d, rule);
    if (s == NULL)
        return err_nomem(e);
    fresh = row.f.f.fired.ms > since.ms;
    d->open++;
    d->fresh += fresh;
    s->total++;
    if (s->n_entries < SHOWN)
        add_entry(ev, s, &row, q, fresh);
    return !arena_failed(ev->a) || err_nomem(e);
}

/* The table's sentences hold one %d, for the number. */
static void set_headline(struct eval *ev, struct notice_section *s)
{
    const struct rule *rule = rule_find(s->rule);
    struct str form = str_of(s->total == 1 ? rule->one : rule->many);
    ptrdiff_t at = str_find(form, STR("%d"));

    s->headline =
        at < 0 ? form
               : arena_printf(ev->a, "%.*s%lld%.*s", STR_FMT(str_first(form, (size_t)at)),
                              (long long)s->total,
                              STR_FMT(str_skip(form, (size_t)at + 2)));
}

bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       struct digest_drift *ret, struct err *e)
{
    static const char sql[] =
        "SELECT " FINDING_COLUMNS PLAN_COLUMNS
        ", coalesce(i.key, ''), coalesce(i.title, ''), coalesce(i.url, '')"
        " FROM finding f LEFT JOIN item i ON i.id = f.item AND f.item > 0"
        " WHERE f.state IN (1, 2) AND f.state = 2"
        " ORDER BY f.severity DESC, f.since, f.n";
    static const char over[] =
        "SELECT count(*) FROM finding WHERE state = 3 AND resolved > ? AND fired > 0"
        " AND baseline = 0";
    struct query q;
    bool row;

    *ret = (struct digest_drift){.open = 0};
    if (!sql_int(ev->db, over, SQL_ARGS(SQL_T(since)), 0, &ret->resolved, e) ||
        !query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        arena_reset(ev->item);
        if (!add_finding(ev, channel, since, &q, ret, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    for (size_t i = 0; i < ret->n_sections; i++)
        set_headline(ev, &ret->sections[i]);
    return !arena_failed(ev->a) || err_nomem(e);
}
