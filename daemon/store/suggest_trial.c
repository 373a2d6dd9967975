#include "store/suggest.h"

enum { STEP_TRIALS = 20, SCRATCH = 4 << 20 };
#define MILLION 1e6

/* Evenly over all of them, in the order in which they came. */
bool suggest_trials_begin(struct db *db, struct err *e)
{
    static const char clear[] = "DELETE FROM suggest_trial";
    static const char count[] = "SELECT count(*) FROM suggest_doc WHERE id > 0";
    static const char choose[] =
        "INSERT INTO suggest_trial (item, tried, sureness, right) SELECT id, 0, 0, 0"
        " FROM (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM suggest_doc"
        " WHERE id > 0) WHERE nth % ? = 0";
    int64_t n;

    return sql_run(db, clear, SQL_NONE, e) && sql_int(db, count, SQL_NONE, 0, &n, e) &&
           sql_run(
               db, choose,
               SQL_ARGS(SQL_I((n + SUGGEST_TRIALS - 1) / SUGGEST_TRIALS + (n == 0))),
               e);
}

/* Links to what nothing can be linked to any more are no example. */
static bool read_answer(struct db *db, const struct strategy *s, int64_t item,
                        const struct suggestions *told, bool *ret_counts,
                        bool *ret_right, struct err *e)
{
    static const char sql[] = "SELECT node FROM link WHERE item = ? AND effective = 1";
    struct query q;
    bool row;

    *ret_counts = *ret_right = false;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct str node = query_str(&q, 0);

        *ret_counts = *ret_counts || suggest_may(s, node);
        *ret_right = *ret_right || (told->n > 0 && str_eq(told->v[0].node, node));
        if (!query_next(&q, &row, e))
            return false;
    }
    return true;
}

static bool try_item(struct db *db, const struct strategy *s, int64_t item,
                     struct arena *a, struct err *e)
{
    static const char drop[] = "DELETE FROM suggest_trial WHERE item = ?";
    static const char set[] = "UPDATE suggest_trial SET tried = 1, sureness = ?2,"
                              " right = ?3 WHERE item = ?1";
    struct suggestions told;
    bool counts, right;

    arena_reset(a);
    if (!suggest_find(db, s, item, a, &told, e) ||
        !read_answer(db, s, item, &told, &counts, &right, e))
        return false;
    if (!counts)
        return sql_run(db, drop, SQL_ARGS(SQL_I(item)), e);
    return sql_run(
        db, set,
        SQL_ARGS(SQL_I(item), SQL_I((int64_t)(told.sureness * MILLION)), SQL_I(right)),
        e);
}

static bool set_grades(struct db *db, struct err *e)
{
    static const char sql[] = "SELECT sureness, right FROM suggest_trial";
    struct suggest_trial v[SUGGEST_TRIALS];
    struct suggest_limits l;
    struct query q;
    size_t n = 0;
    bool row;

    if (!query_open(&q, db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    while (row && n < ARRAY_LEN(v)) {
        v[n++] = (struct suggest_trial){(double)query_int(&q, 0) / MILLION,
                                        query_int(&q, 1) != 0};
        if (!query_next(&q, &row, e))
            return false;
    }
    query_close(&q);
    l = suggest_calibrate(v, n);
    return meta_set(db, "suggest_high", (int64_t)(l.high * MILLION), e) &&
           meta_set(db, "suggest_medium", (int64_t)(l.medium * MILLION), e);
}

bool suggest_trials_run(struct db *db, const struct strategy *s, bool *ret_over,
                        struct err *e)
{
    static const char next[] =
        "SELECT item FROM suggest_trial WHERE tried = 0 ORDER BY item LIMIT 1";
    struct arena *a = arena_create(SCRATCH);
    int64_t item = 1;
    bool ok = a != NULL || err_nomem(e);

    for (int i = 0; ok && item != 0 && i < STEP_TRIALS; i++) {
        ok = sql_int(db, next, SQL_NONE, 0, &item, e) &&
             (item == 0 || try_item(db, s, item, a, e));
        sql_beat(db);
    }
    arena_destroy(a);
    *ret_over = item == 0;
    return ok && (item != 0 || set_grades(db, e));
}
