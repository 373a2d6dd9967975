#include "base/hash.h"
#include "core/item.h"
#include "store/db.h"
#include "store/eval.h"
#include "store/suggest.h"
#include "store/suggest_word.h"

enum { STEP_ITEMS = 100, SCRATCH = 4 << 20, NODE_BYTES = 1000 };
/* The grades are found anew after so many changes, or a tenth of all documents. */
enum { CHANGES = 10, CHANGES_OF = 10 };

bool suggest_note(struct db *db, int64_t item, struct err *e)
{
    static const char sql[] =
        "INSERT INTO suggest_todo (item) VALUES (?) ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_I(item)), e);
}

/* ---- documents ---- */

static bool count(struct db *db, const char *key, int64_t by, struct err *e)
{
    int64_t n;

    return meta_get(db, key, 0, &n, e) && meta_set(db, key, n + by, e);
}

static bool remove_doc(struct db *db, int64_t id, struct err *e)
{
    static const char doc[] = "DELETE FROM suggest_doc WHERE id = ?";

    if (!sql_run(db, doc, SQL_ARGS(SQL_I(id)), e))
        return false;
    if (sql_changes(db) == 0)
        return true;
    return suggest_words_remove(db, id, e) && count(db, "suggest_docs", -1, e) &&
           count(db, "suggest_changed", 1, e);
}

bool suggest_forget(struct db *db, int64_t item, struct err *e)
{
    static const char known[] = "SELECT count(*) FROM suggest_doc WHERE id = ?";
    static const char trial[] = "DELETE FROM suggest_trial WHERE item = ?";
    int64_t n;

    if (!sql_int(db, known, SQL_ARGS(SQL_I(item)), 0, &n, e))
        return false;
    return n == 0 ||
           (remove_doc(db, item, e) && sql_run(db, trial, SQL_ARGS(SQL_I(item)), e));
}

struct doc {
    int64_t id;
    struct str node;        /* empty: of an item */
    struct str title, body; /* terms */
    int64_t alike, form;
};

static int64_t print_of(const struct doc *d)
{
    uint64_t h = hash64(d->title.p, d->title.n, 1);

    h = hash64(d->body.p, d->body.n, h);
    h = hash64(&d->alike, sizeof d->alike, h);
    return (int64_t)(hash64(&d->form, sizeof d->form, h) >> 1);
}

static bool put_doc(struct db *db, const struct doc *d, struct err *e)
{
    static const char known[] = "SELECT print FROM suggest_doc WHERE id = ?";
    static const char doc[] =
        "INSERT INTO suggest_doc (id, node, print, alike, form) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET print = excluded.print, alike ="
        " excluded.alike, form = excluded.form";
    int64_t print = print_of(d), stored;

    if (!sql_int(db, known, SQL_ARGS(SQL_I(d->id)), -1, &stored, e))
        return false;
    if (stored == print)
        return true;
    return sql_run(db, doc,
                   SQL_ARGS(SQL_I(d->id), SQL_S(d->node), SQL_I(print), SQL_I(d->alike),
                            SQL_I(d->form)),
                   e) &&
           suggest_words_put(db, d->id, d->title, d->body, e) &&
           count(db, "suggest_docs", stored < 0, e) &&
           count(db, "suggest_changed", 1, e);
}

/* ---- of items ---- */

static bool read_item(struct db *db, int64_t item, struct arena *a, struct doc *ret,
                      bool *ret_wanted, struct err *e)
{
    static const char sql[] =
        "SELECT i.title, i.excerpt FROM item i WHERE i.id = ?1 AND i.level >= ?2"
        " AND i.private = 0 AND i.has & ?3 = 0 AND EXISTS (SELECT 1 FROM link l WHERE"
        " l.item = ?1 AND l.effective = 1)";
    struct str title, excerpt;
    struct query q;

    if (!query_open(&q, db, sql,
                    SQL_ARGS(SQL_I(item), SQL_I(ITEM_LEVEL_EPIC), SQL_I(HAS_GONE)),
                    e) ||
        !query_next(&q, ret_wanted, e))
        return false;
    if (!*ret_wanted)
        return true;
    title = str_first(query_str(&q, 0), SUGGEST_TITLE);
    excerpt = str_first(query_str(&q, 1), SUGGEST_EXCERPT);
    *ret = (struct doc){
        .id = item,
        .title = suggest_terms(a, title),
        .body = suggest_terms(a, excerpt),
        .alike = suggest_alike(a, title),
        .form = suggest_form(a, excerpt),
    };
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

static bool update_item(struct db *db, int64_t item, struct arena *a, struct err *e)
{
    struct doc d;
    bool wanted;

    arena_reset(a);
    if (!read_item(db, item, a, &d, &wanted, e))
        return false;
    return wanted ? put_doc(db, &d, e) : remove_doc(db, item, e);
}

static bool update_items(struct db *db, struct arena *a, struct err *e)
{
    static const char next[] = "SELECT item FROM suggest_todo ORDER BY item LIMIT 1";
    static const char done[] = "DELETE FROM suggest_todo WHERE item = ?";
    int64_t item;

    for (int i = 0; i < STEP_ITEMS; i++) {
        if (!sql_int(db, next, SQL_NONE, 0, &item, e))
            return false;
        if (item == 0)
            return true;
        if (!update_item(db, item, a, e) ||
            !sql_run(db, done, SQL_ARGS(SQL_I(item)), e))
            return false;
        sql_beat(db);
    }
    return true;
}

/* ---- of the strategy ---- */

static bool find_node(struct db *db, struct str node, int64_t *ret, struct err *e)
{
    static const char known[] =
        "SELECT id FROM suggest_doc WHERE node = ? AND node <> ''";
    static const char least[] = "SELECT min(id) FROM suggest_doc";

    if (!sql_int(db, known, SQL_ARGS(SQL_S(node)), 0, ret, e))
        return false;
    if (*ret != 0)
        return true;
    if (!sql_int(db, least, SQL_NONE, 0, ret, e))
        return false;
    *ret = (*ret < 0 ? *ret : 0) - 1;
    return true;
}

static bool put_node(struct db *db, const struct node *n, struct str problem,
                     struct arena *a, struct err *e)
{
    struct doc d = {.node = n->id};
    struct str title, body;

    arena_reset(a);
    title = arena_printf(a, "%.*s %.*s", STR_FMT(str_first(n->title, SUGGEST_TITLE)),
                         STR_FMT(n->id));
    body = arena_printf(a, "%.*s %.*s", STR_FMT(str_first(problem, NODE_BYTES)),
                        STR_FMT(str_first(n->why, NODE_BYTES)));
    d.title = suggest_terms(a, title);
    d.body = suggest_terms(a, body);
    if (arena_failed(a))
        return err_nomem(e);
    return find_node(db, n->id, &d.id, e) && put_doc(db, &d, e);
}

/* One that the strategy does not have any more, or as something else. */
static bool next_orphan(struct db *db, const struct strategy *s, int64_t *ret,
                        struct err *e)
{
    static const char sql[] = "SELECT id, node FROM suggest_doc WHERE node <> ''";
    struct query q;
    bool row;

    *ret = 0;
    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct str id = query_str(&q, 1);
        const struct node *n = strategy_find(s, id);

        if (n == NULL || (n->kind != NODE_INITIATIVE && n->kind != NODE_BUCKET) ||
            !str_eq(n->id, id)) {
            *ret = query_int(&q, 0);
            query_close(&q);
            return true;
        }
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

static bool update_nodes(struct db *db, const struct strategy *s, struct arena *a,
                         struct err *e)
{
    int64_t orphan;

    do {
        if (!next_orphan(db, s, &orphan, e) ||
            (orphan != 0 && !remove_doc(db, orphan, e)))
            return false;
    } while (orphan != 0);
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (!put_node(db, &s->initiatives[i].node, s->initiatives[i].problem, a, e))
            return false;
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        if (!put_node(db, &s->buckets[i].node, STR_NONE, a, e))
            return false;
    }
    /* What may be suggested may have changed without a word. */
    return meta_set(db, "suggest_strategy", (int64_t)s->version, e) &&
           count(db, "suggest_changed", CHANGES, e);
}

/* ---- what is to be done ---- */

enum work { WORK_NONE, WORK_NODES, WORK_ITEMS, WORK_TRY, WORK_TRIALS };

static bool next_work(struct db *db, const struct strategy *s, enum work *ret,
                      struct err *e)
{
    static const char todo[] = "SELECT 1 FROM suggest_todo LIMIT 1";
    int64_t version, waits, trying, changed, docs;

    if (!meta_get(db, "suggest_strategy", 0, &version, e) ||
        !sql_int(db, todo, SQL_NONE, 0, &waits, e) ||
        !meta_get(db, "suggest_trying", 0, &trying, e) ||
        !meta_get(db, "suggest_changed", 0, &changed, e) ||
        !meta_get(db, "suggest_docs", 0, &docs, e))
        return false;
    if (version != (int64_t)s->version)
        *ret = WORK_NODES;
    else if (waits != 0)
        *ret = WORK_ITEMS;
    else if (trying != 0)
        *ret = WORK_TRIALS;
    else if (changed >= CHANGES && changed * CHANGES_OF >= docs)
        *ret = WORK_TRY;
    else
        *ret = WORK_NONE;
    return true;
}

static bool begin_trials(struct db *db, struct err *e)
{
    return suggest_trials_begin(db, e) && meta_set(db, "suggest_changed", 0, e) &&
           meta_set(db, "suggest_trying", 1, e);
}

static bool run_trials(struct db *db, const struct strategy *s, struct err *e)
{
    bool over;

    return suggest_trials_run(db, s, &over, e) &&
           (!over || meta_set(db, "suggest_trying", 0, e));
}

static bool work(struct db *db, const struct strategy *s, enum work what, struct err *e)
{
    struct arena *a = arena_create(SCRATCH);
    bool ok = true;

    if (a == NULL)
        return err_nomem(e);
    switch (what) {
    case WORK_NONE:
        break;
    case WORK_NODES:
        ok = update_nodes(db, s, a, e);
        break;
    case WORK_ITEMS:
        ok = update_items(db, a, e);
        break;
    case WORK_TRY:
        ok = begin_trials(db, e);
        break;
    case WORK_TRIALS:
        ok = run_trials(db, s, e);
        break;
    }
    arena_destroy(a);
    return ok;
}

bool suggest_has_work(struct db *db, const struct strategy *s, bool *ret, struct err *e)
{
    enum work what;

    if (!next_work(db, s, &what, e))
        return false;
    *ret = what != WORK_NONE;
    return true;
}

bool db_suggest_step(struct db *db, const struct strategy *s, bool *ret_more,
                     struct err *e)
{
    enum work what;

    *ret_more = false;
    if (!next_work(db, s, &what, e))
        return false;
    if (what == WORK_NONE)
        return true;
    return sql_begin(db, false, e) && sql_end(db, work(db, s, what, e), e) &&
           suggest_has_work(db, s, ret_more, e);
}
