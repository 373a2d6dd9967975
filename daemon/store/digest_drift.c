#include "store/digest.h"
#include "store/plan_row.h"
#include "store/sql.h"

enum { SHOWN = 3 };

/* What is said of a rule's findings besides those that are open. */
struct rule_change {
    const char *rule;
    int64_t fresh, resolved;
};

struct reading {
    struct eval *ev;
    struct str channel;
    struct wall since;
    struct digest_drift *d;
    struct rule_change *v;
    size_t n, cap;
};

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

/* NULL: out of memory. */
static struct rule_change *change_of(struct reading *r, const struct rule *rule)
{
    struct rule_change *c;

    for (size_t i = 0; i < r->n; i++) {
        if (r->v[i].rule == rule->id)
            return &r->v[i];
    }
    c = arena_grow(r->ev->a, &r->v, &r->n, &r->cap, sizeof *c);
    if (c != NULL)
        *c = (struct rule_change){.rule = rule->id};
    return c;
}

static bool add_open(struct reading *r, const struct plan_row *row,
                     const struct rule *rule, const struct query *q)
{
    struct notice_section *s = section_of(r->ev, r->d, rule);
    struct rule_change *c = change_of(r, rule);
    bool fresh = row->f.f.fired.ms > r->since.ms;

    if (s == NULL || c == NULL)
        return false;
    r->d->open++;
    r->d->fresh += fresh;
    c->fresh += fresh;
    s->total++;
    if (s->n_entries < SHOWN)
        add_entry(r->ev, s, row, q, fresh);
    return true;
}

static bool add_over(struct reading *r, const struct plan_row *row,
                     const struct rule *rule)
{
    struct rule_change *c = change_of(r, rule);

    if (c == NULL)
        return false;
    r->d->fresh += row->f.f.fired.ms > r->since.ms;
    r->d->resolved++;
    c->resolved++;
    return true;
}

static bool add_finding(struct reading *r, const struct query *q, struct err *e)
{
    struct eval *ev = r->ev;
    const struct rule *rule;
    struct plan_row row;
    bool ok = true;

    plan_read(ev, q, &row);
    rule = rule_find(row.f.rule);
    if (rule == NULL || !plan_route(ev, &row, e))
        return rule == NULL;
    if (!goes_to(&row, r->channel))
        return true;
    r->d->silenced += row.f.f.state == FINDING_FIRING && row.f.reason == PLAN_SILENCED;
    if (!is_told(&row))
        return true;
    if (row.f.f.state == FINDING_RESOLVED)
        ok = add_over(r, &row, rule);
    else if (row.f.baseline)
        r->d->baseline++;
    else
        ok = add_open(r, &row, rule, q);
    return (ok && !arena_failed(ev->a)) || err_nomem(e);
}

/* The table's sentences hold one %d, for the number. */
static void set_headline(struct reading *r, struct notice_section *s)
{
    const struct rule *rule = rule_find(s->rule);
    const struct rule_change *c = change_of(r, rule);
    struct str form = str_of(s->total == 1 ? rule->one : rule->many), gone = STR_NONE;
    struct arena *a = r->ev->a;
    ptrdiff_t at = str_find(form, STR("%d"));

    s->headline =
        at < 0 ? form
               : arena_printf(a, "%.*s%lld%.*s", STR_FMT(str_first(form, (size_t)at)),
                              (long long)s->total,
                              STR_FMT(str_skip(form, (size_t)at + 2)));
    if (c == NULL || (c->fresh == 0 && c->resolved == 0))
        return;
    if (c->resolved > 0)
        gone = arena_printf(a, "%s%lld resolved", c->fresh > 0 ? ", " : "",
                            (long long)c->resolved);
    s->headline =
        arena_printf(a, "%.*s (%.*s%.*s)", STR_FMT(s->headline),
                     STR_FMT(c->fresh > 0
                                 ? arena_printf(a, "%lld new", (long long)c->fresh)
                                 : STR_NONE),
                     STR_FMT(gone));
}

static bool read_findings(struct reading *r, const char *sql, const struct sql_value *args,
                          size_t n_args, struct err *e)
{
    struct query q;
    bool row;

    if (!query_open(&q, r->ev->db, sql, args, n_args, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        arena_reset(r->ev->item);
        if (!add_finding(r, &q, e)) {
            query_close(&q);
            return false;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

#define FINDINGS                                                                       \
    "SELECT " FINDING_COLUMNS PLAN_COLUMNS                                             \
    ", coalesce(i.key, ''), coalesce(i.title, ''), coalesce(i.url, '')"                \
    " FROM finding f LEFT JOIN item i ON i.id = f.item AND f.item > 0"

bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       struct digest_drift *ret, struct err *e)
{
    static const char open[] = FINDINGS " WHERE f.state IN (1, 2) AND f.state = 2"
                                        " ORDER BY f.severity DESC, f.since, f.n";
    static const char over[] = FINDINGS
        " WHERE f.state = 3 AND f.resolved > ? AND f.fired > 0 AND f.baseline = 0";
    struct reading r = {.ev = ev, .channel = channel, .since = since, .d = ret};

    *ret = (struct digest_drift){.open = 0};
    if (!read_findings(&r, open, SQL_NONE, e) ||
        (since.ms > 0 && !read_findings(&r, over, SQL_ARGS(SQL_T(since)), e)))
        return false;
    for (size_t i = 0; i < ret->n_sections; i++)
        set_headline(&r, &ret->sections[i]);
    return !arena_failed(ev->a) || err_nomem(e);
}
