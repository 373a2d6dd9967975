#include "store/flush_row.h"

#include "store/plan_version.h"

enum { SCOPES_NAMED = 3 };

const char *flush_change(enum plan_reason kind)
{
    return plan_reason_name(kind);
}

static struct notice_entry entry_of(struct flush_member *m)
{
    const struct finding_stored *f = &m->row.f;
    const struct objective *o = plan_objective(m->row.node);
    struct notice_entry n = {
        .finding = str_of(f->f.id),
        .change = str_of(flush_change(m->kind)),
        .severity = str_of(severity_name(f->f.severity)),
        .key = m->key,
        .title = m->title,
        .url = m->url,
        .note = f->note,
        .fix = f->fix,
        .command = f->command,
        .since = f->f.since,
    };

    m->is_shown = true;
    if (m->kind == PLAN_RESOLVED)
        n.ended_by = f->ended_by;
    if (m->kind == PLAN_RESOLVED && m->row.gone)
        n.change = STR("ended");
    if (o != NULL) {
        n.objective = o->node.title;
        n.why = o->node.why;
    } else if (m->row.node != NULL) {
        n.why = m->row.node->why;
    }
    return n;
}

bool flush_is_news(const struct flush_member *m)
{
    return !m->row.stale && m->kind != PLAN_RESOLVED;
}

static struct str short_age(struct arena *a, struct dur d)
{
    if (d.ms >= DUR_DAY(1).ms)
        return arena_printf(a, "%lld d", (long long)(d.ms / DUR_DAY(1).ms));
    if (d.ms >= DUR_H(1).ms)
        return arena_printf(a, "%lld h", (long long)(d.ms / DUR_H(1).ms));
    if (d.ms < DUR_MIN(1).ms)
        return STR_NONE; /* news has no age */
    return arena_printf(a, "%lld min", (long long)(d.ms / DUR_MIN(1).ms));
}

/* "PAY, WEB" or "PAY, WEB, OPS and 4 more"; the empty view without scopes. */
static struct str scopes_of(struct arena *a, const struct flush_batch *b, const char *rule)
{
    struct str named[SCOPES_NAMED], out = STR_NONE;
    struct map *seen = map_create();
    size_t n = 0;

    for (size_t i = 0; seen != NULL && i < b->n; i++) {
        const struct flush_member *m = &b->v[i];
        void *old = NULL;

        if (!flush_is_news(m) || !str_eqz(m->row.f.rule, rule) || m->scope.n == 0 ||
            !map_add(seen, m->scope, seen, &old) || old != NULL)
            continue;
        if (n < SCOPES_NAMED)
            named[n] = m->scope;
        n++;
    }
    map_destroy(seen);
    for (size_t i = 0; i < n && i < SCOPES_NAMED; i++)
        out = arena_printf(a, "%.*s%s%.*s", STR_FMT(out), i > 0 ? ", " : "",
                           STR_FMT(named[i]));
    if (n > SCOPES_NAMED)
        out = arena_printf(a, "%.*s and %zu more", STR_FMT(out), n - SCOPES_NAMED);
    return out;
}

/* The table's sentences hold one %d, for the number. */
static struct str counted_sentence(struct arena *a, const char *form, int64_t n)
{
    struct str s = str_of(form);
    ptrdiff_t at = str_find(s, STR("%d"));

    if (at < 0)
        return s;
    return arena_printf(a, "%.*s%lld%.*s", STR_FMT(str_first(s, (size_t)at)),
                        (long long)n, STR_FMT(str_skip(s, (size_t)at + 2)));
}

static struct str headline(struct eval *ev, const struct flush_batch *b,
                           const struct rule *rule, int64_t n, struct wall oldest)
{
    struct arena *a = ev->item;
    struct str what = counted_sentence(a, n == 1 ? rule->one : rule->many, n);
    struct str where = scopes_of(a, b, rule->id);
    struct str age = short_age(a, wall_since(ev->now, oldest));

    if (age.n == 0)
        return arena_printf(a, "%.*s%s%.*s", STR_FMT(what), where.n > 0 ? " in " : "",
                            STR_FMT(where));
    return arena_printf(a, "%.*s%s%.*s (%s%.*s)", STR_FMT(what),
                        where.n > 0 ? " in " : "", STR_FMT(where),
                        n > 1 ? "oldest " : "", STR_FMT(age));
}

static bool fill_section(struct eval *ev, const struct flush_batch *b,
                         const struct rule *rule, struct notice_section *s)
{
    struct wall oldest = ev->now;

    s->entries = arena_array(ev->item, NOTICE_SHOWN, sizeof *s->entries);
    for (size_t i = 0; s->entries != NULL && i < b->n; i++) {
        struct flush_member *m = &b->v[i];

        if (!flush_is_news(m) || !str_eqz(m->row.f.rule, rule->id))
            continue;
        if (s->n_entries < NOTICE_SHOWN) {
            s->entries[s->n_entries] = entry_of(m);
            if (!flush_people(ev, m, &s->entries[s->n_entries++]))
                return false;
        }
        if (m->row.f.f.since.ms < oldest.ms)
            oldest = m->row.f.f.since;
        s->total++;
    }
    s->rule = str_of(rule->id);
    s->why = str_of(rule->why);
    s->more = arena_printf(ev->item, "alignctl drift --rule %s", rule->id);
    s->headline = headline(ev, b, rule, s->total, oldest);
    return !arena_failed(ev->item);
}

static bool has_section(const struct notice *n, struct str rule)
{
    for (size_t i = 0; i < n->n_sections; i++) {
        if (str_eq(n->sections[i].rule, rule))
            return true;
    }
    return false;
}

/* Members come worst first, so sections do, too. */
bool flush_sections(struct eval *ev, const struct flush_batch *b, struct notice *n)
{
    size_t cap = 0;

    for (size_t i = 0; i < b->n; i++) {
        const struct rule *rule = rule_find(b->v[i].row.f.rule);
        struct notice_section *s;

        if (!flush_is_news(&b->v[i]) || rule == NULL || has_section(n, b->v[i].row.f.rule))
            continue;
        s = arena_grow(ev->item, &n->sections, &n->n_sections, &cap, sizeof *s);
        if (s == NULL || !fill_section(ev, b, rule, s))
            return false;
    }
    return true;
}

bool flush_resolved(struct eval *ev, const struct flush_batch *b, struct notice *n)
{
    n->resolved = arena_array(ev->item, NOTICE_SHOWN, sizeof *n->resolved);
    for (size_t i = 0; n->resolved != NULL && i < b->n; i++) {
        if (b->v[i].row.stale || b->v[i].kind != PLAN_RESOLVED)
            continue;
        if (n->n_resolved < NOTICE_SHOWN)
            n->resolved[n->n_resolved++] = entry_of(&b->v[i]);
        n->total_resolved++;
    }
    return n->resolved != NULL;
}

/* "team=payments" is "Payments"; what has no team is everybody's. */
struct str flush_group_title(struct eval *ev, struct str name)
{
    const struct node *n;
    int64_t version;

    if (plan_version_group(name, &version))
        return STR("the strategy changed");
    if (name.n == 0 || str_eqz(name, "all") || str_eqz(name, "team="))
        return STR("all teams");
    if (!str_has_prefix(name, STR("team=")) || str_chr(name, ',') >= 0)
        return name;
    n = strategy_find(ev->conf->strategy, str_skip(name, 5));
    return n != NULL && n->title.n > 0 ? n->title : str_skip(name, 5);
}
