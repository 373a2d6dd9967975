#include "base/jsonw.h"
#include "core/compare.h"

static void put_number(struct jsonw *w, const char *key, bool has, double v)
{
    if (has) {
        jsonw_double(w, key, v);
    } else {
        jsonw_null(w, key);
    }
}

static void put_date(struct jsonw *w, const char *key, struct date d)
{
    struct buf b;

    buf_init(&b, 32);
    date_print(&b, d);
    jsonw_str(w, key, buf_str(&b));
    buf_finish(&b);
}

/* ---- each of the two ---- */

static void put_side(struct jsonw *w, const char *key, const struct compare *c,
                     const struct compare_side *s)
{
    bool items = c->has_live && c->items > 0, days = c->days > 0;

    jsonw_object(w, key);
    jsonw_str(w, "name", s->s->name);
    jsonw_opt(w, "currency", s->s->currency);
    jsonw_int(w, "objectives", (int64_t)s->objectives);
    jsonw_int(w, "key_results", (int64_t)s->key_results);
    jsonw_int(w, "uncovered", (int64_t)s->n_uncovered);
    jsonw_int(w, "initiatives", (int64_t)s->initiatives);
    jsonw_int(w, "limits", (int64_t)s->n_limits);
    jsonw_double(w, "monthly_cost", s->monthly);
    jsonw_double(w, "once_cost", s->once);
    put_number(w, "rice", s->rated > 0, s->rice);
    jsonw_int(w, "unrated", (int64_t)s->unrated);
    put_number(w, "mapped", items, (double)s->mapped / (double)(items ? c->items : 1));
    put_number(w, "mapped_days", days, s->mapped_days);
    put_number(w, "mapped_effort", days, s->mapped_days / (days ? c->days : 1));
    jsonw_end_object(w);
}

/* ---- what moves ---- */

static void put_changes(struct jsonw *w, const struct compare *c)
{
    struct buf summary;

    buf_init(&summary, 1000);
    if (c->n_changes > 0) {
        strategy_diff_summary(&summary, c->changes, c->n_changes);
    }
    jsonw_opt(w, "summary", buf_str(&summary));
    buf_finish(&summary);
    jsonw_array(w, "changes");
    for (size_t i = 0; i < c->n_changes; i++) {
        const struct strategy_change *x = &c->changes[i];

        jsonw_object(w, NULL);
        jsonw_strz(w, "change", change_kind_name(x->change));
        jsonw_strz(w, "kind", x->kind);
        jsonw_opt(w, "id", x->id);
        jsonw_str(w, "text", x->text);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_work(struct jsonw *w, const struct compare *c)
{
    if (!c->has_live) {
        jsonw_null(w, "work");
        return;
    }
    jsonw_object(w, "work");
    jsonw_int(w, "items", c->items);
    jsonw_int(w, "orphaned", c->orphaned);
    jsonw_int(w, "adopted", c->adopted);
    jsonw_int(w, "moved", c->moved);
    jsonw_array(w, "examples");
    for (size_t i = 0; i < c->n_orphans; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "key", c->orphans[i].key);
        jsonw_opt(w, "title", c->orphans[i].title);
        jsonw_str(w, "node", c->orphans[i].node);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    put_date(w, "from", c->live.from);
    put_date(w, "to", c->live.to);
    jsonw_double(w, "person_days", c->days);
    jsonw_double(w, "people", c->live.people);
    jsonw_end_object(w);
}

static void put_goals(struct jsonw *w, const struct compare *c)
{
    static const char *const planned[] = {"planned_from", "planned_to"},
                             *const actual[] = {"actual_from", "actual_to"};

    jsonw_array(w, "goals");
    for (size_t i = 0; i < c->n_goals; i++) {
        const struct compare_goal *g = &c->goals[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "id", g->id);
        jsonw_opt(w, "title", g->title);
        for (int k = 0; k < 2; k++) {
            double all = c->side[k].mapped_days;

            put_number(w, planned[k], g->planned[k] >= 0, g->planned[k]);
            put_number(w, actual[k], all > 0, g->days[k] / (all > 0 ? all : 1));
        }
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void put_moves(struct jsonw *w, const struct compare *c)
{
    double people = c->live.people;

    put_number(w, "move", c->move >= 0, c->move);
    put_number(w, "people_to_move", c->move >= 0 && people > 0, c->move * people);
    jsonw_array(w, "moves");
    for (size_t i = 0; i < c->n_moves; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "from", c->moves[i].from);
        jsonw_str(w, "to", c->moves[i].to);
        jsonw_double(w, "share", c->moves[i].share);
        put_number(w, "people", people > 0, c->moves[i].share * people);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

/* ---- what is wrong in either ---- */

static bool same_node(const struct compare *c, struct str of_first,
                      struct str of_second)
{
    const struct node *n =
        of_first.n > 0 ? strategy_find(c->side[1].s, of_first) : NULL;

    return str_eq(n != NULL ? n->id : of_first, of_second);
}

static bool same_limit(const struct compare *c, const struct compare_limit *x,
                       const struct compare_limit *y)
{
    return x->kind == y->kind && same_node(c, x->node, y->node) &&
           same_node(c, x->other, y->other);
}

static void put_limit(struct jsonw *w, const struct compare_limit *l, bool from,
                      bool to)
{
    jsonw_object(w, NULL);
    jsonw_strz(w, "limit", compare_limit_name(l->kind));
    jsonw_opt(w, "node", l->node);
    jsonw_opt(w, "other", l->other);
    put_number(w, "value", l->most > 0, l->value);
    put_number(w, "most", l->most > 0, l->most);
    jsonw_bool(w, "from", from);
    jsonw_bool(w, "to", to);
    jsonw_end_object(w);
}

/* Those of the second, then what only the first breaks. */
static void put_limits(struct jsonw *w, const struct compare *c)
{
    const struct compare_side *a = &c->side[0], *b = &c->side[1];
    size_t k;

    jsonw_array(w, "limits");
    for (size_t i = 0; i < b->n_limits; i++) {
        for (k = 0; k < a->n_limits && !same_limit(c, &a->limits[k], &b->limits[i]);) {
            k++;
        }
        put_limit(w, &b->limits[i], k < a->n_limits, true);
    }
    for (size_t i = 0; i < a->n_limits; i++) {
        for (k = 0; k < b->n_limits && !same_limit(c, &a->limits[i], &b->limits[k]);) {
            k++;
        }
        if (k == b->n_limits) {
            put_limit(w, &a->limits[i], true, false);
        }
    }
    jsonw_end_array(w);
}

static void put_uncovered_one(struct jsonw *w, const struct key_result *kr, bool from,
                              bool to)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "id", kr->node.id);
    jsonw_opt(w, "title", kr->node.title);
    jsonw_bool(w, "from", from);
    jsonw_bool(w, "to", to);
    jsonw_end_object(w);
}

static void put_uncovered(struct jsonw *w, const struct compare *c)
{
    const struct compare_side *a = &c->side[0], *b = &c->side[1];
    size_t k;

    jsonw_array(w, "uncovered");
    for (size_t i = 0; i < b->n_uncovered; i++) {
        struct str id = b->uncovered[i]->node.id;

        for (k = 0;
             k < a->n_uncovered && !same_node(c, a->uncovered[k]->node.id, id);) {
            k++;
        }
        put_uncovered_one(w, b->uncovered[i], k < a->n_uncovered, true);
    }
    for (size_t i = 0; i < a->n_uncovered; i++) {
        struct str id = a->uncovered[i]->node.id;

        for (k = 0;
             k < b->n_uncovered && !same_node(c, id, b->uncovered[k]->node.id);) {
            k++;
        }
        if (k == b->n_uncovered) {
            put_uncovered_one(w, a->uncovered[i], true, false);
        }
    }
    jsonw_end_array(w);
}

void compare_write(struct buf *out, const struct compare *c)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_bool(&w, "same", compare_is_same(c));
    put_side(&w, "from", c, &c->side[0]);
    put_side(&w, "to", c, &c->side[1]);
    put_changes(&w, c);
    put_work(&w, c);
    put_goals(&w, c);
    put_moves(&w, c);
    put_limits(&w, c);
    put_uncovered(&w, c);
    jsonw_end_object(&w);
    buf_addc(out, '\n');
}
