#include "store/eval_suggest.h"

#include "store/suggest.h"

/* Of one call: what fires at once beyond that is told without. */
enum { MAX_LOOK_UPS = 100 };

/* In chat everyone reads it. */
static bool may_be_told(const struct strategy *s, struct str node)
{
    const struct node *n = suggest_may(s, node) ? strategy_find(s, node) : NULL;

    return n != NULL && n->visibility != VIS_BOARD;
}

/* What was told stands until the finding is over. */
static bool told_before(struct eval *ev, const struct finding_stored *old,
                        struct rule_item *view, struct err *e)
{
    static const char sql[] =
        "SELECT coalesce(json_extract(?1, '$.suggested.node'), ''),"
        " coalesce(json_extract(?1, '$.suggested.words'), '') WHERE json_valid(?1)";
    struct query q;
    bool row;

    if (old->facts.n == 0)
        return true;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_S(old->facts)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    if (may_be_told(ev->conf->strategy, query_str(&q, 0))) {
        view->suggested.node = query_dup(&q, 0, ev->item);
        view->suggested.words = query_dup(&q, 1, ev->item);
    }
    query_close(&q);
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool look_up(struct eval *ev, int64_t item, struct rule_item *view,
                    struct err *e)
{
    struct suggestions s;
    struct str words = STR_NONE;

    if (ev->n_look_ups == MAX_LOOK_UPS)
        return true;
    ev->n_look_ups++;
    if (!eval_write_rows(ev, e) ||
        !suggest_find(ev->db, ev->conf->strategy, item, ev->item, &s, e))
        return false;
    if (s.n == 0 || s.v[0].grade != SUGGEST_HIGH ||
        !may_be_told(ev->conf->strategy, s.v[0].node))
        return true;
    for (size_t i = 0; i < s.v[0].n_words; i++)
        words = arena_printf(ev->item, "%.*s%s%.*s", STR_FMT(words), i > 0 ? " " : "",
                             STR_FMT(s.v[0].words[i]));
    view->suggested.node = s.v[0].node;
    view->suggested.words = words;
    return !arena_failed(ev->item) || err_nomem(e);
}

/* Whether it fires now, if it holds. */
static bool is_due(const struct eval *ev, const struct rule_conf *conf,
                   const struct finding_stored *old)
{
    struct wall since =
        old != NULL && old->f.state == FINDING_PENDING ? old->f.since : ev->now;

    return calendar_add(&ev->conf->cal, since, conf->for_).ms <= ev->now.ms;
}

bool eval_suggest(struct eval *ev, const struct eval_row *r, const struct rule *rule,
                  const struct finding_stored *old, struct rule_item *view,
                  struct err *e)
{
    const struct rule_conf *conf = &ev->conf->rules[rule_index(rule)];

    if (!rule->suggests || r->private_ || r->links.strongest != 0 ||
        r->level < ITEM_LEVEL_EPIC || !rule_item_counts(view) || view->idea)
        return true;
    if (old != NULL && old->f.state == FINDING_FIRING)
        return told_before(ev, old, view, e);
    if ((r->baseline && ev->conf->baseline) || !is_due(ev, conf, old))
        return true;
    return look_up(ev, r->id, view, e);
}
