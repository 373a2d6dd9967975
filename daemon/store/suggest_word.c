#include "store/suggest_word.h"

#include <stdlib.h>

enum { SCRATCH = 1 << 20 };
/* Bits of a place. */
enum { IN_TITLE = 1, IN_BODY = 2 };

struct word {
    struct str term;
    int place;
};
struct words {
    struct word *v; /* by term, each once */
    size_t n, cap;
};

/* ---- words of a document ---- */

static bool split_words(struct arena *a, struct str text, int place, struct words *w)
{
    struct str term;

    while (str_split(&text, ' ', &term)) {
        struct word *to;

        if (term.n == 0)
            continue;
        to = arena_grow(a, &w->v, &w->n, &w->cap, sizeof *to);
        if (to == NULL)
            return false;
        *to = (struct word){term, place};
    }
    return true;
}

static int by_term(const void *x, const void *y)
{
    const struct word *a = x, *b = y;

    return str_cmp(a->term, b->term);
}

static bool take_words(struct arena *a, struct str title, struct str body,
                       struct words *ret, struct err *e)
{
    size_t n = 0;

    *ret = (struct words){0};
    if (!split_words(a, title, IN_TITLE, ret) || !split_words(a, body, IN_BODY, ret))
        return err_nomem(e);
    if (ret->n > 0)
        qsort(ret->v, ret->n, sizeof *ret->v, by_term);
    for (size_t i = 0; i < ret->n; i++) {
        if (n > 0 && str_eq(ret->v[n - 1].term, ret->v[i].term))
            ret->v[n - 1].place |= ret->v[i].place;
        else
            ret->v[n++] = ret->v[i];
    }
    ret->n = n;
    return true;
}

static bool read_words(struct db *db, int64_t doc, struct arena *a, struct words *ret,
                       struct err *e)
{
    static const char sql[] = "SELECT title, body FROM suggest_words WHERE doc = ?";
    struct str title, body;
    struct query q;
    bool row;

    *ret = (struct words){0};
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(doc)), e) || !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    title = query_dup(&q, 0, a);
    body = query_dup(&q, 1, a);
    query_close(&q);
    return !arena_failed(a) ? take_words(a, title, body, ret, e) : err_nomem(e);
}

/* ---- postings ---- */

static bool add(struct db *db, int64_t doc, const struct word *w, struct err *e)
{
    static const char posting[] =
        "INSERT INTO suggest_posting (term, doc, place) VALUES (?, ?, ?)";
    static const char count[] = "INSERT INTO suggest_word (term, docs) VALUES (?, 1) ON"
                                " CONFLICT DO UPDATE SET docs = docs + 1";

    return sql_run(db, posting, SQL_ARGS(SQL_S(w->term), SQL_I(doc), SQL_I(w->place)),
                   e) &&
           sql_run(db, count, SQL_ARGS(SQL_S(w->term)), e);
}

static bool drop(struct db *db, int64_t doc, struct str term, struct err *e)
{
    static const char posting[] =
        "DELETE FROM suggest_posting WHERE term = ? AND doc = ?";
    static const char count[] = "UPDATE suggest_word SET docs = docs - 1 WHERE term = ?";
    static const char none[] = "DELETE FROM suggest_word WHERE term = ? AND docs <= 0";

    return sql_run(db, posting, SQL_ARGS(SQL_S(term), SQL_I(doc)), e) &&
           sql_run(db, count, SQL_ARGS(SQL_S(term)), e) &&
           sql_run(db, none, SQL_ARGS(SQL_S(term)), e);
}

static bool move(struct db *db, int64_t doc, const struct word *w, struct err *e)
{
    static const char sql[] =
        "UPDATE suggest_posting SET place = ?3 WHERE term = ?1 AND doc = ?2";

    return sql_run(db, sql, SQL_ARGS(SQL_S(w->term), SQL_I(doc), SQL_I(w->place)), e);
}

/* Writes what differs. */
static bool change(struct db *db, int64_t doc, const struct words *was,
                   const struct words *is, struct err *e)
{
    size_t i = 0, k = 0;

    while (i < was->n || k < is->n) {
        int order = i == was->n  ? 1
                    : k == is->n ? -1
                                 : str_cmp(was->v[i].term, is->v[k].term);

        if (order < 0 ? !drop(db, doc, was->v[i].term, e)
            : order > 0
                ? !add(db, doc, &is->v[k], e)
                : was->v[i].place != is->v[k].place && !move(db, doc, &is->v[k], e))
            return false;
        i += order <= 0;
        k += order >= 0;
    }
    return true;
}

static bool put(struct db *db, int64_t doc, struct str title, struct str body,
                struct arena *a, struct err *e)
{
    static const char sql[] =
        "INSERT INTO suggest_words (doc, title, body) VALUES (?, ?, ?) ON CONFLICT DO"
        " UPDATE SET title = excluded.title, body = excluded.body";
    struct words was, is;

    return read_words(db, doc, a, &was, e) && take_words(a, title, body, &is, e) &&
           change(db, doc, &was, &is, e) &&
           sql_run(db, sql, SQL_ARGS(SQL_I(doc), SQL_S(title), SQL_S(body)), e);
}

bool suggest_words_put(struct db *db, int64_t doc, struct str title, struct str body,
                       struct err *e)
{
    struct arena *a = arena_create(SCRATCH);
    bool ok = a != NULL ? put(db, doc, title, body, a, e) : err_nomem(e);

    arena_destroy(a);
    return ok;
}

bool suggest_words_remove(struct db *db, int64_t doc, struct err *e)
{
    static const char sql[] = "DELETE FROM suggest_words WHERE doc = ?";
    const struct words none = {0};
    struct arena *a = arena_create(SCRATCH);
    struct words was;
    bool ok = a != NULL || err_nomem(e);

    ok = ok && read_words(db, doc, a, &was, e) && change(db, doc, &was, &none, e) &&
         sql_run(db, sql, SQL_ARGS(SQL_I(doc)), e);
    arena_destroy(a);
    return ok;
}

/* ---- reading ---- */

bool suggest_docs_with(struct db *db, struct str term, int64_t *ret, struct err *e)
{
    static const char sql[] = "SELECT docs FROM suggest_word WHERE term = ?";

    return sql_int(db, sql, SQL_ARGS(SQL_S(term)), 0, ret, e);
}

bool suggest_read_hits(struct db *db, int64_t docs, struct arena *a,
                       struct suggest_word *w, struct err *e)
{
    static const char sql[] =
        "SELECT doc, place FROM suggest_posting WHERE term = ? ORDER BY doc LIMIT ?";
    struct query q;
    bool row;

    w->n_hits = 0;
    w->hits = arena_array(a, (size_t)docs, sizeof *w->hits);
    if (w->hits == NULL)
        return err_nomem(e);
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(w->term), SQL_I(docs)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        int64_t place = query_int(&q, 1);

        w->hits[w->n_hits++] = (struct suggest_hit){
            query_int(&q, 0), (place & IN_TITLE) != 0, (place & IN_BODY) != 0};
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}
