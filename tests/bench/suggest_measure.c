#include "tests/bench/suggest.h"

#include <time.h>

#include "base/hash.h"
#include "base/jsonw.h"
#include "base/utf8.h"
#include "tests/unit/eval_rig.h"

enum { PER_PAGE = 100, FIFTH = 5 };

static bool is_hidden(size_t i, unsigned seed)
{
    uint64_t key[2] = {i, seed};

    return hash64(key, sizeof key, 7) % FIFTH == 0;
}

/* A double-quoted scalar of YAML takes what JSON does. */
static void quoted(struct buf *out, const char *key, struct str text)
{
    buf_printf(out, ", %s: \"", key);
    jsonw_escape(out, utf8_cut(text, 900));
    buf_addc(out, '"');
}

static void strategy_of(const struct suggest_set *set, struct buf *out)
{
    buf_init(out, (size_t)1 << 20);
    buf_addz(out,
             "strategy: 1\nname: Measured\nobjectives:\n  - { id: objective-of-all, "
             "title: Grow }\ninitiatives:\n");
    for (size_t i = 0; i < set->n_nodes; i++) {
        const struct suggest_node *n = &set->nodes[i];

        buf_printf(out, "  - { id: %.*s, status: active", STR_FMT(n->id));
        quoted(out, "title", n->title);
        if (n->problem.n > 0)
            quoted(out, "problem", n->problem);
        buf_addz(out, " }\n");
    }
    assert_true(buf_ok(out));
}

static void add_case(struct eval_rig *er, const struct suggest_set *set, size_t i,
                     bool hidden)
{
    const struct suggest_case *c = &set->cases[i];
    struct item *it = eval_rig_epic(er, (int)i + 1);

    it->title = arena_str(er->r.a, c->title);
    it->excerpt = arena_str(er->r.a, utf8_cut(c->excerpt, 4000));
    for (size_t k = 0; !hidden && k < c->n_nodes; k++)
        rig_label(
            &er->r, it,
            arena_strdup(er->r.a, arena_printf(er->r.a, "initiative:%.*s",
                                               STR_FMT(set->nodes[c->nodes[k]].id))));
}

static void fill(struct eval_rig *er, const struct suggest_set *set, unsigned seed)
{
    bool more = true;

    eval_rig_sync(er);
    for (size_t i = 0; i < set->n_cases; i++) {
        if (i % PER_PAGE == PER_PAGE - 1) {
            rig_apply(&er->r);
            rig_page(&er->r);
        }
        add_case(er, set, i, is_hidden(i, seed));
    }
    eval_rig_synced(er);
    eval_rig_run(er);
    while (more)
        RIG_OK(&er->r, db_suggest_step(er->r.db, er->strategy, &more, &er->r.e));
}

static bool is_right(const struct suggest_set *set, size_t i, struct str node)
{
    const struct suggest_case *c = &set->cases[i];

    for (size_t k = 0; k < c->n_nodes; k++) {
        if (str_eq(set->nodes[c->nodes[k]].id, node))
            return true;
    }
    return false;
}

static void judge(const struct suggest_set *set, size_t i, const struct suggestions *s,
                  struct suggest_score *ret)
{
    bool first = s->n > 0 && is_right(set, i, s->v[0].node), any = false;
    bool high = s->n > 0 && s->v[0].grade == SUGGEST_HIGH;

    for (size_t k = 0; k < s->n; k++)
        any = any || is_right(set, i, s->v[k].node);
    ret->hidden++;
    ret->first += first;
    ret->third += any;
    ret->high += high;
    ret->high_right += high && first;
}

/* Of hidden cases in their order; 0: it is not hidden. */
static int64_t *rows_of_hidden(struct rig *r, const struct suggest_set *set,
                               unsigned seed)
{
    int64_t *ids = calloc(set->n_cases + 1, sizeof *ids);

    assert_non_null(ids);
    for (size_t i = 0; i < set->n_cases; i++) {
        char sql[100];

        snprintf(sql, sizeof sql, "SELECT id FROM item WHERE key = 'acme/web#%zu'",
                 i + 1);
        ids[i] = is_hidden(i, seed) ? rig_int(r, sql) : 0;
    }
    return ids;
}

void suggest_measure(const struct suggest_set *set, unsigned seed,
                     struct suggest_score *ret)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    int64_t *ids;
    struct buf text;
    clock_t start;
    size_t before = ret->hidden;

    strategy_of(set, &text);
    eval_rig_load(er, EVAL_RIG_CONF, buf_cstr(&text));
    buf_finish(&text);
    fill(er, set, seed);
    ids = rows_of_hidden(r, set, seed);
    start = clock();
    for (size_t i = 0; i < set->n_cases; i++) {
        struct suggestions s;

        if (ids[i] == 0)
            continue;
        arena_reset(r->a);
        RIG_OK(r, db_read_suggestions(r->db, er->strategy, ids[i], r->a, &s, &r->e));
        judge(set, i, &s, ret);
    }
    if (ret->hidden > before)
        ret->ms = (double)(clock() - start) * 1000 / CLOCKS_PER_SEC /
                  (double)(ret->hidden - before);
    free(ids);
    eval_rig_destroy(er);
}

static double percent(size_t part, size_t of)
{
    return of > 0 ? 100.0 * (double)part / (double)of : 0;
}

void suggest_print(struct str name, size_t nodes, const struct suggest_score *s)
{
    print_message(
        "  %-26.*s %3zu initiatives, %4zu hidden: best right %3.0f%%, of three "
        "%3.0f%%; high %3.0f%%, of which right %3.0f%%; %.2f ms each\n",
        STR_FMT(name), nodes, s->hidden, percent(s->first, s->hidden),
        percent(s->third, s->hidden), percent(s->high, s->hidden),
        percent(s->high_right, s->high), s->ms);
}
