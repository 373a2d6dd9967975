#include "store/digest.h"
#include "store/plan_row.h"
#include "store/sql.h"

enum { SHOWN = 3, WAITS = 200 };

struct reading {
    struct eval *ev;
    struct str channel; /* empty: what people own */
    struct wall since;
    bool aside; /* what waits for its owner has no entry */
    struct digest_drift *d;
    const struct wall *own_since; /* as strategy->people, as is */
    struct digest_drift *own;
    size_t shown; /* entries of a rule, with their fixes where they are somebody's own */
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
                                         const struct rule *rule, size_t shown)
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
        .entries = arena_array(ev->a, shown, sizeof *s->entries),
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

enum { SUBJECT_FIRST = FINDING_COLUMN_COUNT + PLAN_COLUMN_COUNT };

/* What the finding is of: key and title, and for items where it is. */
static void name_subject(struct eval *ev, const struct plan_row *row,
                         const struct query *q, struct notice_entry *n)
{
    const struct finding_stored *f = &row->f;
    ptrdiff_t blank = str_chr(f->key, ' ');

    n->key = query_dup(q, SUBJECT_FIRST, ev->a);
    n->title = query_dup(q, SUBJECT_FIRST + 1, ev->a);
    n->url = query_dup(q, SUBJECT_FIRST + 2, ev->a);
    if (f->kind != RULE_ITEM) {
        n->key = arena_str(
            ev->a, blank < 0 ? f->key : str_skip(f->key, (size_t)blank + 1));
        n->title = subject_title(ev, f, n->key);
    }
}

static void add_entry(struct reading *r, struct notice_section *s,
                      const struct plan_row *row, const struct query *q, bool fresh)
{
    const struct finding_stored *f = &row->f;
    struct notice_entry *n = &s->entries[s->n_entries++];
    struct arena *a = r->ev->a;

    *n = (struct notice_entry){
        .finding = arena_str(a, str_of(f->f.id)),
        .change = fresh ? STR("new") : STR("reminder"),
        .severity = str_of(severity_name(f->f.severity)),
        .note = arena_str(a, f->note),
        .since = f->f.since,
    };
    if (r->own != NULL) {
        n->fix = arena_str(a, f->fix);
        n->command = arena_str(a, f->command);
    }
    name_subject(r->ev, row, q, n);
}

/* NULL: out of memory. */
static struct digest_change *change_of(struct reading *r, const struct rule *rule)
{
    struct digest_drift *d = r->d;
    struct digest_change *c;

    for (size_t i = 0; i < d->n_changes; i++) {
        if (d->changes[i].rule == rule)
            return &d->changes[i];
    }
    c = arena_grow(r->ev->a, &d->changes, &d->n_changes, &d->cap_changes, sizeof *c);
    if (c != NULL)
        *c = (struct digest_change){.rule = rule};
    return c;
}

/* Nobody answered: from here on it is its owner's. NULL: it is not, or is nobody's. */
static const struct person *waits_for(struct reading *r, const struct plan_row *row)
{
    struct str owner = plan_owner(row);
    bool waits = false;

    for (size_t i = 0; i < row->n_hits; i++) {
        waits = waits || ((r->own != NULL || str_eq(row->hits[i].channel, r->channel)) &&
                          row->told[i].episode == row->f.f.episode &&
                          row->told[i].reminders >= PLAN_REMINDERS);
    }
    return waits && owner.n > 0 ? strategy_person(r->ev->conf->strategy, owner) : NULL;
}

static bool add_wait(struct reading *r, const struct plan_row *row,
                     const struct query *q, const struct person *owner)
{
    struct digest_drift *d = r->d;
    struct notice_entry n = {.key = STR_NONE};
    struct digest_wait *w;

    if (d->n_waits >= WAITS)
        return true;
    w = arena_grow(r->ev->a, &d->waits, &d->n_waits, &d->cap_waits, sizeof *w);
    if (w == NULL)
        return false;
    name_subject(r->ev, row, q, &n);
    *w = (struct digest_wait){owner, n.key, n.title, arena_str(r->ev->a, row->f.note),
                              row->f.f.since};
    return true;
}

static bool add_open(struct reading *r, const struct plan_row *row,
                     const struct rule *rule, const struct query *q)
{
    struct notice_section *s = section_of(r->ev, r->d, rule, r->shown);
    struct digest_change *c = change_of(r, rule);
    bool fresh = row->f.f.fired.ms > r->since.ms;
    const struct person *owner = waits_for(r, row);

    if (s == NULL || c == NULL || (owner != NULL && !add_wait(r, row, q, owner)))
        return false;
    r->d->open++;
    r->d->fresh += fresh;
    c->fresh += fresh;
    s->total++;
    if (s->n_entries < r->shown && (owner == NULL || !r->aside))
        add_entry(r, s, row, q, fresh);
    return true;
}

static bool add_over(struct reading *r, const struct plan_row *row,
                     const struct rule *rule)
{
    struct digest_change *c;

    if (row->f.f.resolved.ms <= r->since.ms || r->since.ms == 0)
        return true;
    c = change_of(r, rule);
    if (c == NULL)
        return false;
    r->d->fresh += row->f.f.fired.ms > r->since.ms;
    r->d->resolved++;
    c->resolved++;
    return true;
}

/* Whose it is, where it is to be told by owner; false: nobody's of them. */
static bool is_wanted(struct reading *r, const struct plan_row *row)
{
    const struct strategy *s = r->ev->conf->strategy;
    struct str owner = plan_owner(row);
    const struct person *p;

    if (r->own == NULL)
        return goes_to(row, r->channel);
    p = row->n_hits > 0 && owner.n > 0 ? strategy_person(s, owner) : NULL;
    if (p == NULL)
        return false;
    r->d = &r->own[p - s->people];
    r->since = r->own_since[p - s->people];
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
    if (!is_wanted(r, &row))
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
    const struct digest_change *c = change_of(r, rule);
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

static bool read_open(struct reading *r, struct err *e)
{
    static const char sql[] = FINDINGS " WHERE f.state IN (1, 2) AND f.state = 2"
                                       " ORDER BY f.severity DESC, f.since, f.n";

    return read_findings(r, sql, SQL_NONE, e);
}

static bool read_over(struct reading *r, struct wall since, struct err *e)
{
    static const char sql[] = FINDINGS
        " WHERE f.state = 3 AND f.resolved > ? AND f.fired > 0 AND f.baseline = 0";

    return since.ms == 0 || read_findings(r, sql, SQL_ARGS(SQL_T(since)), e);
}

static bool set_headlines(struct reading *r, struct digest_drift *d, struct err *e)
{
    r->d = d;
    for (size_t i = 0; i < d->n_sections; i++)
        set_headline(r, &d->sections[i]);
    return !arena_failed(r->ev->a) || err_nomem(e);
}

bool digest_drift_read(struct eval *ev, struct str channel, struct wall since,
                       bool aside, struct digest_drift *ret, struct err *e)
{
    struct reading r = {.ev = ev,
                        .channel = channel,
                        .since = since,
                        .aside = aside,
                        .d = ret,
                        .shown = SHOWN};

    *ret = (struct digest_drift){.open = 0};
    return read_open(&r, e) && read_over(&r, since, e) && set_headlines(&r, ret, e);
}

bool digest_drift_own(struct eval *ev, const struct wall *since,
                      struct digest_drift *ret, struct err *e)
{
    struct reading r = {
        .ev = ev, .own_since = since, .own = ret, .shown = NOTICE_SHOWN};
    struct wall first = {0};
    size_t n = ev->conf->strategy->n_people;

    for (size_t i = 0; i < n; i++) {
        ret[i] = (struct digest_drift){.open = 0};
        if (since[i].ms > 0 && (first.ms == 0 || since[i].ms < first.ms))
            first = since[i];
    }
    if (!read_open(&r, e) || !read_over(&r, first, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!set_headlines(&r, &ret[i], e))
            return false;
    }
    return true;
}
