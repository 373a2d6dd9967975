#include "store/value.h"

#include "base/buf.h"
#include "base/date.h"
#include "store/audit.h"
#include "store/sql.h"
#include "store/subject.h"
#include "store/value_row.h"

/* Its own rules see another value, and so may what a decision assumes. */
static bool touched(struct db *db, struct str kr, struct err *e)
{
    return subject_touch(db, RULE_KR, kr, e) &&
           subjects_touch_kind(db, RULE_DECISION, e) &&
           subjects_touch_kind(db, RULE_COMPETITOR, e);
}

bool value_row_add(struct db *db, const struct checkin *c, enum value_origin origin,
                   const struct actor *by, struct wall now, struct err *e)
{
    static const char sql[] =
        "INSERT INTO kr_value (kr, day, value, confidence, note, at, uid, user, origin)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

    return touched(db, c->kr, e) &&
           sql_run(db, sql,
                   SQL_ARGS(SQL_S(c->kr), SQL_I(date_to_days(c->day)),
                            SQL_R(c->value), SQL_I(c->confidence),
                            SQL_S(c->note), SQL_T(now), SQL_I(by->uid), SQL_S(by->user),
                            SQL_I(origin)),
                   e);
}

bool value_row_remove(struct db *db, int64_t n, struct err *e)
{
    static const char touch[] =
        "UPDATE subject SET next_check = 1 WHERE kind = ? AND id ="
        " (SELECT kr FROM kr_value WHERE n = ?)";
    static const char sql[] = "DELETE FROM kr_value WHERE n = ?";

    return sql_run(db, touch, SQL_ARGS(SQL_I(RULE_KR), SQL_I(n)), e) &&
           subjects_touch_kind(db, RULE_DECISION, e) &&
           subjects_touch_kind(db, RULE_COMPETITOR, e) &&
           sql_run(db, sql, SQL_ARGS(SQL_I(n)), e);
}

static bool same_number(double a, double b)
{
    return !(a < b) && !(a > b);
}

/* ---- the check-ins file ---- */

struct stored {
    int64_t n;
    struct checkin_line line;
};

static bool read_stored(struct db *db, struct arena *a, struct stored **ret,
                        size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT n, kr, day, value, confidence, note, user"
                              " FROM kr_value WHERE origin = 1 ORDER BY kr, day";
    struct query_rows to = QUERY_ROWS(a, *ret, *ret_n);
    struct stored *s;
    struct query q;

    if (!query_open(&q, db, sql, SQL_NONE, e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL) {
        s->n = query_int(&q, 0);
        s->line.said = (struct checkin){.kr = query_dup(&q, 1, a),
                                        .day = date_from_days(query_int(&q, 2)),
                                        .value = query_real(&q, 3),
                                        .confidence = query_int(&q, 4),
                                        .note = query_dup(&q, 5, a)};
        s->line.by = query_dup(&q, 6, a);
    }
    return to.ok;
}

/* By key result and day. */
static int order(const struct checkin_line *a, const struct checkin_line *b)
{
    int by_kr = str_cmp(a->said.kr, b->said.kr);

    return by_kr != 0 ? by_kr : date_cmp(a->said.day, b->said.day);
}

static bool says_the_same(const struct checkin_line *a, const struct checkin_line *b)
{
    return same_number(a->said.value, b->said.value) &&
           a->said.confidence == b->said.confidence &&
           str_eq(a->said.note, b->said.note) && str_eq(a->by, b->by);
}

static bool take_line(struct db *db, const struct checkin_line *c, struct wall now,
                      struct file_changes *sum, struct err *e)
{
    const struct actor by = {-1, c->by};

    sum->added++;
    return value_row_add(db, &c->said, ORIGIN_FILE, &by, now, e);
}

static bool drop_line(struct db *db, const struct stored *s, struct file_changes *sum,
                      struct err *e)
{
    sum->removed++;
    return value_row_remove(db, s->n, e);
}

/* Walks what is stored and what the file says side by side; writes what differs. */
static bool merge(struct db *db, const struct stored *old, size_t n_old,
                  const struct checkin_line *v, size_t n, struct wall now,
                  struct file_changes *sum, struct err *e)
{
    size_t i = 0, k = 0;

    while (i < n_old || k < n) {
        int c = i == n_old ? 1 : k == n ? -1 : order(&old[i].line, &v[k]);

        if (c == 0 && says_the_same(&old[i].line, &v[k])) {
            i++;
            k++;
            continue;
        }
        if (c <= 0 && !drop_line(db, &old[i++], sum, e))
            return false;
        if (c >= 0 && !take_line(db, &v[k++], now, sum, e))
            return false;
    }
    return true;
}

static bool differs(const struct stored *old, size_t n_old,
                    const struct checkin_line *v, size_t n)
{
    bool same = n_old == n;

    for (size_t i = 0; same && i < n; i++)
        same = order(&old[i].line, &v[i]) == 0 && says_the_same(&old[i].line, &v[i]);
    return !same;
}

static bool audit_changes(struct db *db, struct str file,
                          const struct file_changes *sum, struct wall now,
                          struct err *e)
{
    const struct actor by = {-1, STR("alignd")};
    char mem[100];
    struct buf text;

    buf_init_fixed(&text, mem, sizeof mem);
    buf_printf(&text, "%llu taken, %llu gone", (unsigned long long)sum->added,
               (unsigned long long)sum->removed);
    return audit_add(db, &by, STR("check-ins-file"), file, buf_str(&text), now, e);
}

bool db_checkins_set(struct db *db, struct str file, const struct checkin_line *v,
                     size_t n, struct wall now, struct file_changes *ret, struct err *e)
{
    struct arena *a = arena_create((size_t)64 << 20);
    struct stored *old = NULL;
    size_t n_old = 0;
    bool ok;

    *ret = (struct file_changes){0};
    if (a == NULL)
        return err_nomem(e);
    ok = read_stored(db, a, &old, &n_old, e);
    if (ok && differs(old, n_old, v, n))
        ok = sql_begin(db, true, e) &&
             sql_end(db,
                     merge(db, old, n_old, v, n, now, ret, e) &&
                         audit_changes(db, file, ret, now, e),
                     e);
    arena_destroy(a);
    return ok;
}

/* ---- value sources ---- */

/* The source's row of that day, if there is one. */
static bool find_row(struct db *db, const struct value_reading *r, int64_t *ret_n,
                     double *ret_value, struct str *ret_user, struct arena *a,
                     struct err *e)
{
    static const char sql[] = "SELECT n, value, user FROM kr_value WHERE kr = ?"
                              " AND day = ? AND origin = 2";
    struct query q;
    bool row;

    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(r->kr), SQL_I(date_to_days(r->day))),
                    e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return true;
    *ret_n = query_int(&q, 0);
    *ret_value = query_real(&q, 1);
    *ret_user = query_dup(&q, 2, a);
    query_close(&q);
    return !arena_failed(a) || err_nomem(e);
}

static bool keep_value(struct db *db, const struct value_reading *r, struct wall now,
                       struct arena *a, bool *ret_changed, struct err *e)
{
    const struct checkin c = {
        .kr = r->kr, .day = r->day, .value = r->value, .confidence = -1};
    const struct actor by = {-1, r->from};
    struct str user = STR_NONE;
    double value = 0;
    int64_t n;

    if (!find_row(db, r, &n, &value, &user, a, e))
        return false;
    if (n != 0 && same_number(value, r->value) && str_eq(user, r->from))
        return true;
    *ret_changed = true;
    return (n == 0 || value_row_remove(db, n, e)) &&
           value_row_add(db, &c, ORIGIN_SOURCE, &by, now, e);
}

static bool keep_state(struct db *db, const struct value_reading *r, struct wall now,
                       struct err *e)
{
    static const char good[] =
        "INSERT INTO value_state (kr, question, tried, ok, next, failed_since,"
        " failures, error) VALUES (?1, ?2, ?3, ?3, ?4, 0, 0, '')"
        " ON CONFLICT (kr) DO UPDATE SET question = ?2, tried = ?3, ok = ?3, next = ?4,"
        " failed_since = 0, failures = 0, error = ''";
    static const char bad[] =
        "INSERT INTO value_state (kr, question, tried, ok, next, failed_since,"
        " failures, error) VALUES (?1, ?2, ?3, 0, ?4, ?3, 1, ?5)"
        " ON CONFLICT (kr) DO UPDATE SET"
        " failed_since = iif(question = ?2 AND failed_since > 0, failed_since, ?3),"
        " failures = iif(question = ?2, failures, 0) + 1,"
        " ok = iif(question = ?2, ok, 0),"
        " question = ?2, tried = ?3, next = ?4, error = ?5";

    if (r->failure.kind == ERR_NONE)
        return sql_run(
            db, good,
            SQL_ARGS(SQL_S(r->kr), SQL_I(r->question), SQL_T(now), SQL_T(r->next)), e);
    return sql_run(db, bad,
                   SQL_ARGS(SQL_S(r->kr), SQL_I(r->question), SQL_T(now),
                            SQL_T(r->next), SQL_S(str_of(r->failure.msg))),
                   e);
}

bool db_value_record(struct db *db, const struct value_reading *r, struct wall now,
                     bool *ret_changed, struct err *e)
{
    struct arena *a = arena_create((size_t)1 << 20);
    bool ok;

    *ret_changed = false;
    if (a == NULL)
        return err_nomem(e);
    ok = sql_begin(db, false, e) &&
         sql_end(db,
                 (r->failure.kind != ERR_NONE ||
                  keep_value(db, r, now, a, ret_changed, e)) &&
                     keep_state(db, r, now, e),
                 e);
    arena_destroy(a);
    return ok;
}

bool db_values_keep(struct db *db, const struct str *krs, size_t n, struct err *e)
{
    static const char drop[] = "DELETE FROM value_state WHERE kr = ?";
    struct arena *a = arena_create((size_t)16 << 20);
    struct value_state *s = NULL;
    size_t n_states = 0, k = 0;
    bool ok = a != NULL ? db_read_values(db, a, &s, &n_states, e) : err_nomem(e);

    for (size_t i = 0; ok && i < n_states; i++) {
        while (k < n && str_cmp(krs[k], s[i].kr) < 0)
            k++;
        if (k == n || !str_eq(krs[k], s[i].kr))
            ok = sql_run(db, drop, SQL_ARGS(SQL_S(s[i].kr)), e);
    }
    arena_destroy(a);
    return ok;
}

bool db_read_values(struct db *db, struct arena *a, struct value_state **ret,
                    size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT kr, question, tried, ok, next, failed_since,"
                              " failures, error FROM value_state ORDER BY kr";
    struct query_rows to = QUERY_ROWS(a, *ret, *ret_n);
    struct value_state *s;
    struct query q;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_NONE, e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL)
        *s = (struct value_state){
            .kr = query_dup(&q, 0, a),
            .question = (uint64_t)query_int(&q, 1),
            .tried = query_wall(&q, 2),
            .ok = query_wall(&q, 3),
            .next = query_wall(&q, 4),
            .failed_since = query_wall(&q, 5),
            .failures = (unsigned)query_int(&q, 6),
            .error = query_dup(&q, 7, a),
        };
    return to.ok;
}
