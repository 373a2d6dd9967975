#include "store/suggest_word.h"

#include <stdlib.h>

enum { SCRATCH = 1 << 20 };

struct words {
    struct str *v;
    size_t n, cap;
};

static bool take_words(struct arena *a, struct str text, struct words *w)
{
    struct str word, *to;

    while (str_split(&text, ' ', &word)) {
        if (word.n == 0)
            continue;
        to = arena_grow(a, &w->v, &w->n, &w->cap, sizeof *to);
        if (to == NULL)
            return false;
        *to = word;
    }
    return true;
}

static bool read_words(struct db *db, int64_t doc, struct arena *a, struct words *w,
                       struct err *e)
{
    static const char sql[] = "SELECT title, body FROM suggest_text WHERE rowid = ?";
    struct query q;
    bool row, ok;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(doc)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    ok = take_words(a, query_dup(&q, 0, a), w) && take_words(a, query_dup(&q, 1, a), w);
    query_close(&q);
    return (ok && !arena_failed(a)) || err_nomem(e);
}

static bool add(struct db *db, struct str term, int by, struct err *e)
{
    static const char sql[] =
        "INSERT INTO suggest_word (term, docs) VALUES (?, ?) ON CONFLICT DO UPDATE SET"
        " docs = docs + excluded.docs";
    static const char drop[] = "DELETE FROM suggest_word WHERE term = ? AND docs <= 0";

    return sql_run(db, sql, SQL_ARGS(SQL_S(term), SQL_I(by)), e) &&
           (by > 0 || sql_run(db, drop, SQL_ARGS(SQL_S(term)), e));
}

static int by_text(const void *x, const void *y)
{
    const struct str *a = x, *b = y;

    return str_cmp(*a, *b);
}

static bool count_each(struct db *db, struct words *w, int by, struct err *e)
{
    if (w->n > 0)
        qsort(w->v, w->n, sizeof *w->v, by_text);
    for (size_t i = 0; i < w->n; i++) {
        if ((i == 0 || !str_eq(w->v[i], w->v[i - 1])) && !add(db, w->v[i], by, e))
            return false;
    }
    return true;
}

bool suggest_count_words(struct db *db, int64_t doc, int by, struct err *e)
{
    struct arena *a = arena_create(SCRATCH);
    struct words w = {0};
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = read_words(db, doc, a, &w, e) && count_each(db, &w, by, e);
    arena_destroy(a);
    return ok;
}

bool suggest_docs_with(struct db *db, struct str term, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT docs FROM suggest_word WHERE term = ?";

    return sql_int(db, sql, SQL_ARGS(SQL_S(term)), 0, ret, e);
}
