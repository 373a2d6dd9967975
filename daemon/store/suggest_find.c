#include "store/db.h"
#include "store/suggest.h"
#include "store/suggest_word.h"

/* Postings that one look-up reads at most; the title's words come first. */
enum { SCRATCH = 8 << 20, MAX_POSTINGS = 8000 };
#define MILLION 1e6

bool suggest_may(const struct strategy *s, struct str node)
{
    const struct node *n = strategy_find(s, node);
    const struct initiative *in;

    if (n == NULL || !str_eq(n->id, node))
        return false;
    if (n->kind == NODE_BUCKET)
        return true;
    in = n->kind == NODE_INITIATIVE ? strategy_initiative(s, node) : NULL;
    return in != NULL &&
           (in->status == INITIATIVE_ACTIVE || in->status == INITIATIVE_PROPOSED);
}

/* ---- the query ---- */

static bool read_texts(struct db *db, int64_t item, struct arena *a, struct str *title,
                       struct str *excerpt, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT title, excerpt FROM item WHERE id = ? AND private = 0";
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    *title = arena_str(a, str_first(query_str(&q, 0), SUGGEST_TITLE));
    *excerpt = arena_str(a, str_first(query_str(&q, 1), SUGGEST_EXCERPT));
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

/* Of words that say something: some documents have them, and not too many. */
static bool read_hits(struct db *db, struct arena *a, struct suggest_query *ret,
                      struct err *e)
{
    size_t budget = MAX_POSTINGS;

    for (size_t i = 0; i < ret->n_words; i++) {
        struct suggest_word *w = &ret->words[i];
        int64_t docs;

        if (!suggest_docs_with(db, w->term, &docs, e))
            return false;
        if (docs <= 0 || (size_t)docs > suggest_most_hits(ret, w) ||
            (size_t)docs > budget)
            continue;
        budget -= (size_t)docs;
        if (!suggest_read_hits(db, docs, a, w, e))
            return false;
    }
    return true;
}

static bool read_form(struct db *db, struct arena *a, struct str excerpt,
                      struct suggest_query *ret, struct err *e)
{
    static const char sql[] = "SELECT id FROM suggest_doc WHERE form = ?1 AND"
                              " form <> 0 ORDER BY id LIMIT ?2";
    int64_t form = suggest_form(a, excerpt), *v = NULL, *one;
    size_t cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(form), SQL_I(SUGGEST_HITS)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        one = arena_grow(a, &v, &ret->n_form, &cap, sizeof *v);
        if (one == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        *one = query_int(&q, 0);
        if (!query_next(&q, &row, e))
            return false;
    }
    ret->form = v;
    return true;
}

static bool ask_for(struct db *db, struct str title, struct str excerpt,
                    struct arena *a, struct suggest_query *ret, struct err *e)
{
    if (!meta_get(db, "suggest_docs", 0, &ret->docs, e))
        return false;
    if (ret->docs == 0)
        return true;
    suggest_split(a, title, excerpt, &ret->words, &ret->n_words);
    return read_hits(db, a, ret, e) && read_form(db, a, excerpt, ret, e) &&
           (!arena_failed(a) || err_nomem(e));
}

static bool read_query(struct db *db, int64_t item, struct arena *a,
                       struct suggest_query *ret, struct err *e)
{
    struct str title = STR_NONE, excerpt = STR_NONE;
    bool found;

    *ret = (struct suggest_query){.skip = item};
    return read_texts(db, item, a, &title, &excerpt, &found, e) &&
           (!found || ask_for(db, title, excerpt, a, ret, e));
}

/* ---- who votes ---- */

static bool add_vote(struct arena *a, const struct strategy *s, struct str node,
                     struct suggest_neighbour *n, size_t *cap, struct err *e)
{
    struct suggest_vote *v = arena_grow(a, &n->votes, &n->n_votes, cap, sizeof *v);

    if (v == NULL)
        return err_nomem(e);
    v->node = arena_str(a, node);
    v->may = suggest_may(s, node);
    return !arena_failed(a) || err_nomem(e);
}

/* A link can be found by several methods. */
static bool has_vote(const struct suggest_neighbour *n, struct str node)
{
    for (size_t i = 0; i < n->n_votes; i++) {
        if (str_eq(n->votes[i].node, node))
            return true;
    }
    return false;
}

/* Rows, one for each link; one of a node, which votes for itself, and of an item that
   has no link any more. */
static bool take_votes(struct query *q, const struct strategy *s, struct arena *a,
                       struct suggest_neighbour *n, struct err *e)
{
    size_t cap = 0;
    bool row = true;

    while (row) {
        struct str node = query_str(q, 3);

        if (node.n > 0 && !has_vote(n, node) && !add_vote(a, s, node, n, &cap, e)) {
            query_close(q);
            return false;
        }
        if (!query_next(q, &row, e))
            return false;
    }
    return true;
}

static bool read_neighbour(struct db *db, const struct strategy *s, struct arena *a,
                           struct suggest_neighbour *n, struct err *e)
{
    static const char sql[] =
        "SELECT d.node <> '', d.alike, i.key, coalesce(l.node, d.node) FROM suggest_doc"
        " d LEFT JOIN item i ON i.id = d.id LEFT JOIN link l ON l.item = d.id AND"
        " l.effective = 1 WHERE d.id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(n->doc)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    n->is_node = query_int(&q, 0) != 0;
    n->alike = query_int(&q, 1);
    n->key = query_dup(&q, 2, a);
    return take_votes(&q, s, a, n, e);
}

static bool rank(struct db *db, const struct strategy *s, struct arena *a,
                 const struct suggest_query *q, struct suggestions *ret, struct err *e)
{
    struct suggest_neighbour *v = NULL;
    size_t n = 0;

    suggest_score(a, q, &v, &n);
    for (size_t i = 0; i < n; i++) {
        if (!read_neighbour(db, s, a, &v[i], e))
            return false;
    }
    suggest_rank(a, q, v, n, ret);
    return !arena_failed(a) || err_nomem(e);
}

static bool grade(struct db *db, struct suggestions *s, struct err *e)
{
    int64_t high, medium;
    struct suggest_limits l;

    if (!meta_get(db, "suggest_high", 2000000, &high, e) ||
        !meta_get(db, "suggest_medium", 500000, &medium, e))
        return false;
    l.high = (double)high / MILLION;
    l.medium = (double)medium / MILLION;
    suggest_apply(&l, s);
    return true;
}

/* ---- all together ---- */

static void keep(struct arena *a, struct suggestions *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct suggestion *v = &s->v[i];

        v->node = arena_str(a, v->node);
        for (size_t k = 0; k < v->n_words; k++)
            v->words[k] = arena_str(a, v->words[k]);
        for (size_t k = 0; k < v->n_like; k++)
            v->like[k] = arena_str(a, v->like[k]);
    }
}

bool suggest_find(struct db *db, const struct strategy *s, int64_t item,
                  struct arena *a, struct suggestions *ret, struct err *e)
{
    struct arena *scratch = arena_create(SCRATCH);
    struct suggest_query q;
    bool ok;

    *ret = (struct suggestions){0};
    if (scratch == NULL)
        return err_nomem(e);
    ok = read_query(db, item, scratch, &q, e) && rank(db, s, scratch, &q, ret, e) &&
         grade(db, ret, e);
    if (ok)
        keep(a, ret);
    arena_destroy(scratch);
    return ok && (!arena_failed(a) || err_nomem(e));
}

static bool find_text(struct db *db, const struct strategy *s, struct str text,
                      struct arena *a, struct suggestions *ret, struct err *e)
{
    struct arena *scratch = arena_create(SCRATCH);
    struct suggest_query q = {.skip = 0};
    bool ok;

    *ret = (struct suggestions){0};
    if (scratch == NULL)
        return err_nomem(e);
    ok = ask_for(db, str_first(text, SUGGEST_TITLE), STR_NONE, scratch, &q, e) &&
         rank(db, s, scratch, &q, ret, e) && grade(db, ret, e);
    if (ok)
        keep(a, ret);
    arena_destroy(scratch);
    return ok && (!arena_failed(a) || err_nomem(e));
}

bool db_read_suggestions_of(struct db *db, const struct strategy *s, struct str text,
                            struct arena *a, struct suggestions *ret, struct err *e)
{
    bool ok;

    if (!sql_begin_read(db, e))
        return false;
    ok = find_text(db, s, text, a, ret, e);
    sql_end_read(db);
    return ok;
}

bool db_read_suggestions(struct db *db, const struct strategy *s, int64_t item,
                         struct arena *a, struct suggestions *ret, struct err *e)
{
    bool ok;

    if (!sql_begin_read(db, e))
        return false;
    ok = suggest_find(db, s, item, a, ret, e);
    sql_end_read(db);
    return ok;
}
