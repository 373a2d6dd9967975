#include "core/strategy_diff.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/params.h"
#include "status/shape.h"
#include "status/version.h"

/*
 * Each version of a page is read anew, and the reader's thread has others to answer: a
 * page is short, whatever was asked for. 100 KB of text take about 10 ms.
 */
enum { PAGE_MAX = 25, PAGE_BYTES = 4 << 20, DIFF_CEILING = 64 << 20 };

/* The day on which the second one came into force is when the change was made. */
static bool diff_of(const struct api_env *env, const struct strategy *from,
                    const struct strategy *to, struct wall since, struct arena *a,
                    struct strategy_change **ret, size_t *ret_n, struct err *e)
{
    struct date day = tz_local(env->conf->cal.tz, since).date;

    return strategy_diff(from, to, day, a, ret, ret_n) || err_nomem(e);
}

/* ---- all versions ---- */

/* Walks from the newest to the oldest; `next` is read once for both its neighbours. */
struct walk {
    struct db *db;
    const struct api_env *env;
    struct arena *a;           /* of one diff */
    struct strategy *s, *next; /* of this row and the one before it; NULL: not read */
    struct err err, next_err;  /* why */
    size_t bytes;              /* of what was read */
};

static void read_next(struct walk *k, const struct version_row *row)
{
    k->next = NULL;
    if (!version_read(k->db, k->env, row, &k->next, &k->next_err))
        k->next = NULL;
    else
        k->bytes += k->next->text.n;
}

static bool write_change(struct jsonw *w, struct walk *k, const struct version_row *row,
                         struct err *e)
{
    struct strategy_change *v;
    struct buf summary;
    size_t n;

    arena_reset(k->a);
    if (!diff_of(k->env, k->next, k->s, row->since, k->a, &v, &n, e))
        return false;
    buf_init(&summary, 1000);
    strategy_diff_summary(&summary, v, n);
    jsonw_int(w, "changes", (int64_t)n);
    jsonw_str(w, "summary", buf_str(&summary));
    jsonw_null(w, "problem");
    buf_finish(&summary);
    return true;
}

static bool write_version(struct jsonw *w, struct walk *k,
                          const struct version_row *row,
                          const struct version_row *before, struct err *e)
{
    bool ok = true;

    if (before != NULL)
        read_next(k, before);
    jsonw_object(w, NULL);
    version_members(w, row);
    if (before != NULL && k->s != NULL && k->next != NULL) {
        ok = write_change(w, k, row, e);
    } else {
        jsonw_null(w, "changes");
        jsonw_null(w, "summary");
        if (k->s == NULL)
            jsonw_strz(w, "problem", k->err.msg);
        else
            jsonw_strz(w, "problem", before != NULL ? k->next_err.msg : NULL);
    }
    jsonw_end_object(w);
    strategy_unref(k->s);
    k->s = k->next;
    k->err = k->next_err;
    k->next = NULL;
    return ok;
}

/* As many of them as fit the page; *ret_shown: how many that are. */
static bool write_page(struct jsonw *w, struct walk *k, const struct version_row *v,
                       size_t n, size_t limit, size_t *ret_shown, struct err *e)
{
    size_t i = 0;
    bool ok = true;

    if (n > 0)
        read_next(k, &v[0]);
    k->s = k->next;
    k->err = k->next_err;
    k->next = NULL;
    jsonw_array(w, "versions");
    for (; ok && i < n && i < limit && (i == 0 || k->bytes < PAGE_BYTES); i++)
        ok = write_version(w, k, &v[i], i + 1 < n ? &v[i + 1] : NULL, e);
    jsonw_end_array(w);
    strategy_unref(k->s);
    *ret_shown = i;
    return ok;
}

bool api_versions_list(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct walk k = {.db = db, .env = env};
    struct str cursor = api_query(req, "cursor"), next = STR_NONE;
    int64_t limit, below = 0;
    struct version_row *v;
    size_t n, shown;
    struct jsonw w;
    bool ok;

    if (!params_limit(req, &limit, e) ||
        (cursor.n > 0 && !params_id(cursor, "a version", &below, e)))
        return false;
    limit = limit < PAGE_MAX ? limit : PAGE_MAX;
    if (!db_read_versions(db, limit + 1, below, env->a, &v, &n, e))
        return false;
    k.a = arena_create(DIFF_CEILING);
    if (k.a == NULL)
        return err_nomem(e);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    ok = write_page(&w, &k, v, n, (size_t)limit, &shown, e);
    if (n > shown && shown > 0)
        next = arena_printf(env->a, "%lld", (long long)v[shown - 1].n);
    jsonw_opt(&w, "next", next);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    arena_destroy(k.a);
    return ok;
}

/* ---- two of them ---- */

static void write_version_as(struct jsonw *w, const char *key,
                             const struct version_row *row)
{
    jsonw_object(w, key);
    version_members(w, row);
    jsonw_end_object(w);
}

static void write_diff_change(struct jsonw *w, const struct strategy_change *c)
{
    static const char *const effects[] = {NULL, "easier", "harder"};

    jsonw_object(w, NULL);
    jsonw_strz(w, "change", change_kind_name(c->change));
    jsonw_strz(w, "kind", c->kind);
    jsonw_opt(w, "id", c->id);
    jsonw_opt(w, "field", str_of(c->field));
    jsonw_opt(w, "old", c->old);
    jsonw_opt(w, "new", c->new);
    jsonw_strz(w, "effect", effects[c->effect]);
    jsonw_str(w, "text", c->text);
    jsonw_end_object(w);
}

/* Without `to`, the newest; without `from`, the one before it. */
static bool find_two(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct version_row *from,
                     struct version_row *to, struct err *e)
{
    struct str first = api_query(req, "from"), second = api_query(req, "to");
    bool found = true;

    if (second.n > 0 ? !version_find(db, env, second, to, e)
                     : !version_before(db, env, 0, to, &found, e))
        return false;
    if (!found)
        return err_set(e, ERR_NOT_FOUND, "no version of the strategy is stored yet");
    if (first.n > 0)
        return version_find(db, env, first, from, e);
    if (!version_before(db, env, to->n, from, &found, e))
        return false;
    return found || err_set(e, ERR_NOT_FOUND,
                            "version %08llx is the first of the strategy that is "
                            "stored: there is none before it to compare with",
                            (unsigned long long)(to->version >> 32));
}

static bool write_diff(struct api_reply *reply, const struct version_row *from,
                       const struct version_row *to, const struct strategy_change *v,
                       size_t n)
{
    struct buf summary;
    struct jsonw w;

    buf_init(&summary, 1000);
    strategy_diff_summary(&summary, v, n);
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    write_version_as(&w, "from", from);
    write_version_as(&w, "to", to);
    jsonw_str(&w, "summary", buf_str(&summary));
    jsonw_array(&w, "changes");
    for (size_t i = 0; i < n; i++)
        write_diff_change(&w, &v[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    buf_finish(&summary);
    return true;
}

bool api_versions_diff(struct db *db, const struct api_env *env,
                       const struct api_request *req, struct api_reply *reply,
                       struct err *e)
{
    struct strategy *old = NULL, *new = NULL;
    struct version_row from, to;
    struct strategy_change *v;
    struct arena *a;
    size_t n;
    bool ok;

    if (!find_two(db, env, req, &from, &to, e))
        return false;
    a = arena_create(DIFF_CEILING);
    if (a == NULL)
        return err_nomem(e);
    ok = version_read(db, env, &from, &old, e) && version_read(db, env, &to, &new, e) &&
         diff_of(env, old, new, to.since, a, &v, &n, e) &&
         write_diff(reply, &from, &to, v, n);
    strategy_unref(old);
    strategy_unref(new);
    arena_destroy(a);
    return ok;
}
