#include "core/roll.h"

#include <stdarg.h>

#include "core/node_yaml.h"

enum { ID_MAX = 64 };

/* ---- what ends ---- */

static bool ends_in(struct date d, const struct period *p)
{
    return d.year != 0 && date_cmp(d, p->from) >= 0 && date_cmp(d, p->to) <= 0;
}

static bool goes_on(const struct roll *r, const struct key_result *kr)
{
    return kr->by.year != 0 && date_cmp(kr->by, r->period.from) >= 0;
}

static size_t index_of(const struct roll *r, const struct key_result *kr)
{
    return (size_t)(kr - r->s->key_results);
}

static bool is_known(const struct roll *r, const struct key_result *kr)
{
    return r->known != NULL && r->known[index_of(r, kr)].date.year != 0;
}

static bool is_done(const struct roll *r, const struct key_result *kr)
{
    return kr->kind == KR_DONE && is_known(r, kr) &&
           r->known[index_of(r, kr)].value >= 1;
}

/* ---- ids ---- */

/* "nps" and "nps-2026q4" become "nps-2027q1". */
static struct str renewed(const struct roll *r, struct str id)
{
    struct str stem = str_first(id, id.n - period_suffix(id));

    stem = str_first(stem, ID_MAX - 1 - r->name.n);
    return arena_printf(r->a, "%.*s-%.*s", STR_FMT(stem), STR_FMT(r->name));
}

static bool is_taken(const struct roll *r, struct str id)
{
    for (size_t i = 0; i < r->n_names; i++) {
        if (str_eq(r->names[i].id, id)) {
            return true;
        }
    }
    return strategy_find(r->s, id) != NULL;
}

/* The same with a number behind it, where the strategy has such an id. */
static void name(struct roll *r, const struct node *node)
{
    struct str first = renewed(r, node->id), one = first;
    struct roll_name *n =
        arena_grow(r->a, &r->names, &r->n_names, &r->cap_names, sizeof *n);

    if (n == NULL) {
        return;
    }
    n->id = STR_NONE;
    for (int i = 2; is_taken(r, one) && i < 100; i++) {
        one = arena_printf(r->a, "%.*s-%d", STR_FMT(str_first(first, ID_MAX - 3)), i);
    }
    *n = (struct roll_name){node, one};
}

static struct str name_of(const struct roll *r, const struct node *node)
{
    for (size_t i = 0; i < r->n_names; i++) {
        if (r->names[i].node == node) {
            return r->names[i].id;
        }
    }
    return STR_NONE;
}

struct str roll_new_id(const struct roll *r, const struct key_result *kr)
{
    return name_of(r, &kr->node);
}

bool roll_carries_on(const struct roll *r, const struct initiative *in)
{
    return in->status != INITIATIVE_DONE && in->status != INITIATIVE_DROPPED &&
           (in->due.year == 0 || date_cmp(in->due, r->period.from) >= 0);
}

/* ---- comments ---- */

PRINTF(4, 5)
static void comment(const struct roll *r, struct buf *out, size_t indent,
                    const char *fmt, ...)
{
    struct buf b;
    va_list ap;

    (void)r;
    buf_init(&b, 4096);
    va_start(ap, fmt);
    buf_vprintf(&b, fmt, ap);
    va_end(ap);
    node_yaml_comment(out, indent, buf_str(&b));
    buf_finish(&b);
}

static struct str day(const struct roll *r, struct date d)
{
    char mem[16];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, d);
    return arena_str(r->a, buf_str(&b));
}

/* ---- key results ---- */

static void put_way(const struct roll *r, struct buf *out, size_t indent,
                    const struct key_result *kr)
{
    const struct kr_value *v = is_known(r, kr) ? &r->known[index_of(r, kr)] : NULL;

    if (kr->kind != KR_REACH) {
        return;
    }
    if (v != NULL) {
        node_yaml_number(out, indent, "baseline", v->value);
        comment(r, out, indent + 2, "its last value, of %.*s",
                STR_FMT(day(r, v->date)));
    } else {
        comment(r, out, indent + 2,
                "to be filled in: baseline; no value of it is known, it began at %g", kr->baseline);
    }
    comment(r, out, indent + 2, "to be filled in: target, by %.*s; it was %g",
            STR_FMT(day(r, r->period.to)), kr->target);
}

static void put_pace(const struct roll *r, struct buf *out, size_t indent,
                          const struct key_result *kr)
{
    if (kr->pace == PACE_AFTER) {
        comment(r, out, indent + 2, "to be filled in: pace; it was { after: %.*s }",
                STR_FMT(day(r, kr->pace_after)));
    } else if (kr->pace == PACE_MILESTONES) {
        comment(r, out, indent + 2, "to be filled in: pace; it had %zu milestones",
                kr->n_milestones);
    }
}

static void put_key_result(struct roll *r, struct buf *out, size_t indent,
                           const struct key_result *kr)
{
    node_yaml_id(out, indent, name_of(r, &kr->node));
    node_yaml_text(out, indent, "title", kr->node.title);
    put_way(r, out, indent, kr);
    put_pace(r, out, indent, kr);
    node_yaml_date(out, indent, "start", r->period.from);
    node_yaml_date(out, indent, "by", r->period.to);
    node_yaml_measure(out, indent, kr);
    r->key_results++;
}

static bool is_copied(const struct roll *r, const struct key_result *kr,
                      const struct objective *o)
{
    return kr->objective == o && !goes_on(r, kr) && !is_done(r, kr);
}

static void put_key_results(struct roll *r, struct buf *out, size_t indent,
                            const struct objective *o)
{
    bool any = false;

    for (size_t i = 0; i < r->s->n_key_results; i++) {
        const struct key_result *kr = &r->s->key_results[i];

        if (kr->objective == o && goes_on(r, kr)) {
            comment(r, out, indent + 2,
                    "key result %.*s goes on to %.*s: left where it is",
                    STR_FMT(kr->node.id), STR_FMT(day(r, kr->by)));
        } else if (kr->objective == o && is_done(r, kr)) {
            comment(r, out, indent + 2, "key result %.*s is done: left behind",
                    STR_FMT(kr->node.id));
        }
        any = any || is_copied(r, kr, o);
    }
    if (!any) {
        return;
    }
    for (size_t i = 0; i < indent + 2; i++) {
        buf_addc(out, ' ');
    }
    buf_addz(out, "key_results:\n");
    for (size_t i = 0; i < r->s->n_key_results; i++) {
        if (is_copied(r, &r->s->key_results[i], o)) {
            put_key_result(r, out, indent + 4, &r->s->key_results[i]);
        }
    }
}

/* ---- objectives ---- */

/* It has its successor already. */
static bool is_rolled(const struct roll *r, const struct objective *o)
{
    const struct node *n = strategy_find(r->s, renewed(r, o->node.id));

    return n != NULL && n->kind == NODE_OBJECTIVE && n != &o->node;
}

static void put_objective(struct roll *r, struct buf *out, size_t indent,
                          const struct objective *o)
{
    node_yaml_id(out, indent, name_of(r, &o->node));
    node_yaml_text(out, indent, "title", o->node.title);
    node_yaml_objective(out, indent, o);
    node_yaml_date(out, indent, "from", r->period.from);
    node_yaml_date(out, indent, "to", r->period.to);
    put_key_results(r, out, indent, o);
    r->objectives++;
}

/* ---- what is left to decide ---- */

/* Of the first one that has a successor: which, and its id; NULL: none has. */
static const struct key_result *rolled_of(const struct roll *r,
                                          const struct initiative *in)
{
    for (size_t i = 0; i < in->n_moves; i++) {
        if (roll_new_id(r, in->moves[i].kr).n > 0) {
            return in->moves[i].kr;
        }
    }
    return NULL;
}

static void tell_initiative(const struct roll *r, struct buf *out, size_t indent,
                            const struct initiative *in)
{
    const struct key_result *kr = rolled_of(r, in);
    struct str id = in->node.id;

    if (in->status == INITIATIVE_DONE || in->status == INITIATIVE_DROPPED) {
        comment(r, out, indent, "initiative %.*s is %s: left behind", STR_FMT(id),
                in->status == INITIATIVE_DONE ? "done" : "dropped");
    } else if (kr != NULL && !roll_carries_on(r, in)) {
        comment(r, out, indent,
                "to be filled in: initiative %.*s was due on %.*s, so it still moves "
                "%.*s; if it goes on, let it move %.*s",
                STR_FMT(id), STR_FMT(day(r, in->due)), STR_FMT(kr->node.id),
                STR_FMT(roll_new_id(r, kr)));
    } else if (kr != NULL) {
        comment(r, out, indent, "initiative %.*s moves %.*s now, instead of %.*s",
                STR_FMT(id), STR_FMT(roll_new_id(r, kr)), STR_FMT(kr->node.id));
    }
}

static void tell_teams(const struct roll *r, struct buf *out, size_t indent)
{
    for (size_t i = 0; i < r->s->n_teams; i++) {
        const struct team *t = &r->s->teams[i];

        for (size_t k = 0; k < t->n_key_results; k++) {
            struct str id = roll_new_id(r, t->key_results[k]);

            if (id.n > 0) {
                comment(r, out, indent, "team %.*s has %.*s now, instead of %.*s",
                        STR_FMT(t->node.id), STR_FMT(id),
                        STR_FMT(t->key_results[k]->node.id));
            }
        }
    }
}

/* A key result that ends while its objective goes on can stand under that alone. */
static void tell_orphans(const struct roll *r, struct buf *out, size_t indent,
                         const struct period *before)
{
    for (size_t i = 0; i < r->s->n_key_results; i++) {
        const struct key_result *kr = &r->s->key_results[i];

        if (ends_in(kr->by, before) && !ends_in(kr->objective->to, before) &&
            !is_done(r, kr)) {
            comment(
                r, out, indent,
                "to be filled in: key result %.*s ends on %.*s, its objective %.*s goes on: add "
                "%.*s there",
                STR_FMT(kr->node.id), STR_FMT(day(r, kr->by)),
                STR_FMT(kr->objective->node.id), STR_FMT(renewed(r, kr->node.id)));
        }
    }
}

static void tell_rest(const struct roll *r, struct buf *out, size_t indent,
                      const struct period *before)
{
    tell_orphans(r, out, indent, before);
    for (size_t i = 0; i < r->s->n_initiatives; i++) {
        tell_initiative(r, out, indent, &r->s->initiatives[i]);
    }
    tell_teams(r, out, indent);
    for (size_t i = 0; i < r->s->retired.n; i++) {
        comment(r, out, indent, "%.*s is retired", STR_FMT(r->s->retired.v[i]));
    }
}

static void name_all(struct roll *r, const struct period *before)
{
    r->n_names = 0;
    for (size_t i = 0; i < r->s->n_objectives; i++) {
        const struct objective *o = &r->s->objectives[i];

        if (!ends_in(o->to, before) || is_rolled(r, o)) {
            continue;
        }
        name(r, &o->node);
        for (size_t k = 0; k < r->s->n_key_results; k++) {
            if (is_copied(r, &r->s->key_results[k], o)) {
                name(r, &r->s->key_results[k].node);
            }
        }
    }
}

bool roll_write(struct roll *r, size_t indent, struct buf *out, struct err *e)
{
    struct period before = period_before(r->period);

    r->objectives = 0;
    r->key_results = 0;
    name_all(r, &before);
    comment(r, out, indent, "Draft of %.*s, %.*s to %.*s: what ended before it.",
            STR_FMT(r->name), STR_FMT(day(r, r->period.from)),
            STR_FMT(day(r, r->period.to)));
    tell_rest(r, out, indent, &before);
    for (size_t i = 0; i < r->s->n_objectives; i++) {
        const struct objective *o = &r->s->objectives[i];

        if (!ends_in(o->to, &before)) {
            continue;
        }
        if (is_rolled(r, o)) {
            comment(r, out, indent, "objective %.*s has its successor already",
                    STR_FMT(o->node.id));
        } else {
            put_objective(r, out, indent, o);
        }
    }
    return arena_failed(r->a) ? err_nomem(e) : buf_check(out, e);
}

/* ---- where it belongs ---- */

static bool is_item(struct str line)
{
    return str_has_prefix(line, STR("- ")) || str_eqz(str_trim(line), "-");
}

/* The key stands alone: what follows it on its line may be a comment. */
static bool opens_list(struct str line)
{
    struct str rest;

    if (!str_has_prefix(line, STR("objectives:"))) {
        return false;
    }
    rest = str_trim(str_skip(line, 11));
    return rest.n == 0 || rest.p[0] == '#';
}

static size_t blanks(struct str line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == ' ') {
        n++;
    }
    return n;
}

bool roll_place(struct str text, size_t *ret_at, size_t *ret_indent)
{
    bool inside = false, found = false;
    struct str rest = text, line;

    while (str_split(&rest, '\n', &line)) {
        struct str content = str_trim(line);
        size_t n = blanks(line);

        if (!inside) {
            inside = opens_list(line);
            continue;
        }
        if (content.n == 0 || (n == 0 && content.p[0] == '#')) {
            continue;
        }
        if (n == 0 && !is_item(line)) {
            break;
        }
        if (!found && content.p[0] != '#') {
            found = is_item(content);
            *ret_indent = n;
        }
        *ret_at = (size_t)(line.p + line.n - text.p);
    }
    return found;
}
