#include "store/history.h"

#include "store/eval.h"
#include "store/sql.h"

/* What the row says of now; a history may have been read a little before or after. */
struct present {
    int64_t id;
    bool in_progress, gone;
    struct wall changed;
};

static bool find(struct db *db, const struct sync *s, struct str vid,
                 struct present *ret, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT id, category, has, changed FROM item WHERE source = ? AND vid = ?";
    struct query q;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(s->source), SQL_S(vid)), e) ||
        !query_next(&q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    *ret = (struct present){
        .id = query_int(&q, 0),
        .in_progress = query_int(&q, 1) == ITEM_IN_PROGRESS,
        .gone = (query_int(&q, 2) & HAS_GONE) != 0,
        .changed = query_wall(&q, 3),
    };
    query_close(&q);
    return true;
}

static bool add(struct db *db, int64_t item, const struct item_span *sp,
                struct wall started, struct wall ended, struct err *e)
{
    static const char sql[] =
        "INSERT INTO span (item, started, ended, status, assignees)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(item), SQL_T(started), SQL_T(ended),
                            SQL_S(sp->status), SQL_S(sp->assignees)),
                   e);
}

static struct wall later_of(struct wall a, struct wall b)
{
    return a.ms > b.ms ? a : b;
}

/* In order and without overlap, whatever the tracker's clock said. */
static bool add_all(struct db *db, const struct present *it,
                    const struct item_history *h, struct wall *ret_end, bool *ret_open,
                    struct err *e)
{
    *ret_end = (struct wall){0};
    *ret_open = false;
    for (size_t i = 0; i < h->n_spans; i++) {
        const struct item_span *sp = &h->spans[i];
        struct wall started = later_of(sp->started, *ret_end);
        struct wall ended = sp->ended;

        if (ended.ms == 0 && i + 1 < h->n_spans)
            ended = h->spans[i + 1].started;
        if (ended.ms == 0 && (!it->in_progress || it->gone))
            ended = later_of(started, it->changed);
        if (started.ms <= 0 || (ended.ms != 0 && ended.ms < started.ms))
            continue;
        if (!add(db, it->id, sp, started, ended, e))
            return false;
        *ret_open = ended.ms == 0;
        *ret_end = later_of(*ret_end, later_of(started, ended));
    }
    return true;
}

/* In progress by the row and not by the history: since it changed, by our own eyes. */
static bool add_present(struct db *db, const struct present *it, struct wall end,
                        struct err *e)
{
    static const char sql[] =
        "INSERT INTO span (item, started, ended, status, assignees)"
        " SELECT id, ?2, 0, status, assignees FROM item WHERE id = ?1"
        " ON CONFLICT DO UPDATE SET ended = 0";

    return sql_run(db, sql, SQL_ARGS(SQL_I(it->id), SQL_T(later_of(it->changed, end))),
                   e);
}

/* ---- what it changes ---- */

struct spans {
    struct known_span {
        struct wall started, ended;
        struct str assignees;
    } *v;
    size_t n;
};

static bool load(struct db *db, int64_t item, struct arena *a, struct spans *ret,
                 struct err *e)
{
    static const char sql[] =
        "SELECT started, ended, assignees FROM span WHERE item = ? ORDER BY started";
    struct query_rows to = QUERY_ROWS(a, ret->v, ret->n);
    struct known_span *s;
    struct query q;

    *ret = (struct spans){0};
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_I(item)), e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL)
        *s = (struct known_span){query_wall(&q, 0), query_wall(&q, 1),
                                 query_dup(&q, 2, a)};
    return to.ok;
}

static void take_back(struct wall *earliest, struct wall at)
{
    if (earliest->ms == 0 || at.ms < earliest->ms)
        *earliest = at;
}

/* Up to the first span that differs, and as far into it as they agree. */
static void compare(const struct spans *x, const struct spans *y, struct wall *earliest)
{
    size_t i = 0;

    while (i < x->n && i < y->n && x->v[i].started.ms == y->v[i].started.ms &&
           x->v[i].ended.ms == y->v[i].ended.ms &&
           str_eq(x->v[i].assignees, y->v[i].assignees))
        i++;
    if (i == x->n && i == y->n)
        return;
    if (i < x->n && i < y->n && x->v[i].started.ms == y->v[i].started.ms &&
        str_eq(x->v[i].assignees, y->v[i].assignees)) {
        int64_t a = x->v[i].ended.ms, b = y->v[i].ended.ms;

        take_back(earliest, (struct wall){a == 0 || (b != 0 && b < a) ? b : a});
        return;
    }
    if (i < x->n)
        take_back(earliest, x->v[i].started);
    if (i < y->n)
        take_back(earliest, y->v[i].started);
}

static bool replace(struct db *db, const struct present *it,
                    const struct item_history *h, struct arena *a,
                    struct wall *earliest, struct err *e)
{
    static const char clear[] = "DELETE FROM span WHERE item = ?";
    struct spans before, after;
    struct wall end;
    bool open;

    if (!load(db, it->id, a, &before, e) ||
        !sql_run(db, clear, SQL_ARGS(SQL_I(it->id)), e) ||
        !add_all(db, it, h, &end, &open, e))
        return false;
    if (!open && it->in_progress && !it->gone && !add_present(db, it, end, e))
        return false;
    if (!load(db, it->id, a, &after, e))
        return false;
    compare(&before, &after, earliest);
    return true;
}

bool histories_apply(struct db *db, const struct sync *s, const struct feed *feed,
                     struct wall *earliest, struct err *e)
{
    for (size_t i = 0; i < feed->n_histories; i++) {
        const struct item_history *h = &feed->histories[i];
        struct present it = {0};
        bool found;

        if (!find(db, s, h->vid, &it, &found, e) ||
            (found && !replace(db, &it, h, feed->a, earliest, e)))
            return false;
    }
    return true;
}
