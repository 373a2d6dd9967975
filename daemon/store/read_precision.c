#include <math.h>

#include "store/firing.h"
#include "store/sql.h"

/* Of one that was told: nothing was done about it in time; and whether that is known. */
#define IGNORED "(iif(g.acted > 0, g.acted, ?3) - g.told >= 1209600000)"
#define JUDGED "(g.told > 0 AND (g.acted > 0 OR g.told <= ?3 - 1209600000))"
_Static_assert(PRECISION_IGNORED_DAYS == 14, "the number stands in the statements");

static struct wall window_from(struct wall now)
{
    return wall_add(now, DUR_DAY(-PRECISION_WINDOW_DAYS));
}

static bool read_counts(struct db *db, const struct rule *r, struct wall now,
                        struct precision *ret, struct err *e)
{
    static const char sql[] =
        "SELECT count(*), total(g.how & 1 <> 0), total(g.how & 2 <> 0),"
        " total(g.how & 4 <> 0), total(g.how & 8 <> 0), total(g.how & 16 <> 0),"
        " total(" JUDGED "), total(" JUDGED " AND " IGNORED ")"
        " FROM firing g WHERE g.rule = ?1 AND g.fired >= ?2";
    struct query q;
    bool row;

    if (!query_open(&q, db, sql,
                    SQL_ARGS(SQL_S(str_of(r->id)), SQL_T(window_from(now)), SQL_T(now)),
                    e) ||
        !query_next(&q, &row, e))
        return false;
    if (row)
        *ret = (struct precision){
            .fired = query_int(&q, 0),
            .linked = query_int(&q, 1),
            .other = query_int(&q, 2),
            .exempted = query_int(&q, 3),
            .silenced = query_int(&q, 4),
            .acked = query_int(&q, 5),
            .judged = query_int(&q, 6),
            .ignored = query_int(&q, 7),
        };
    query_close(&q);
    return true;
}

/* ---- what a parameter would have spared ---- */

static struct str path_of(struct arena *a, const char *member)
{
    return member != NULL ? arena_printf(a, "$.%s", member) : STR("$");
}

/* Of a finding the facts of its last episode are kept: those of earlier ones tell
   nothing. */
static bool read_samples(struct db *db, const struct rule *r,
                         const struct rule_measure *m, struct wall now, struct arena *a,
                         struct precision_sample **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT " IGNORED ", json_extract(f.facts, ?4), json_extract(f.facts, ?5),"
        " json_type(f.facts, ?6) FROM firing g JOIN finding f ON f.n = g.finding AND"
        " f.episode = g.episode WHERE g.rule = ?1 AND g.fired >= ?2 AND " JUDGED
        " AND json_valid(f.facts) ORDER BY g.fired DESC LIMIT ?7";
    const struct sql_value args[] = {
        SQL_S(str_of(r->id)),          SQL_T(window_from(now)),
        SQL_T(now),                    SQL_S(path_of(a, m->fact)),
        SQL_S(path_of(a, m->over)),    SQL_S(path_of(a, m->unless)),
        SQL_I(PRECISION_SAMPLES),
    };
    struct precision_sample *v =
        arena_array(a, PRECISION_SAMPLES, sizeof *v);
    struct query q;
    size_t n = 0;
    bool row;

    if (v == NULL || arena_failed(a))
        return err_nomem(e);
    if (!query_open(&q, db, sql, args, ARRAY_LEN(args), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        double over = m->over != NULL ? query_real(&q, 2) : 1;
        bool asked = m->unless == NULL || sqlite3_column_type(q.st, 3) == SQLITE_NULL;

        if (asked && sqlite3_column_type(q.st, 1) != SQLITE_NULL && fabs(over) > 1e-9)
            v[n++] = (struct precision_sample){
                .ignored = query_int(&q, 0) != 0,
                .measure = query_real(&q, 1) / over * m->times + m->plus,
            };
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return true;
}

static const struct conf_key *key_of(const struct rule *r, const char *param)
{
    const struct conf_key *k = r->params;

    while (k != NULL && k->name != NULL && !str_eqz(str_of(k->name), param))
        k++;
    return k;
}

static bool find_change(struct db *db, const struct rule *r, const struct rule_conf *c,
                        struct wall now, struct arena *a, struct precision_change *ret,
                        struct err *e)
{
    *ret = (struct precision_change){.param = NULL};
    for (const struct rule_measure *m = r->measures; m != NULL && m->param != NULL; m++) {
        const struct conf_key *key = key_of(r, m->param);
        const char *at = (const char *)c->own + key->offset;
        struct precision_sample *v = NULL;
        struct precision_change one;
        size_t n = 0;

        if (!read_samples(db, r, m, now, a, &v, &n, e))
            return false;
        if (precision_spare(key, m, *(const int64_t *)(const void *)at, v, n, &one) &&
            one.spared - one.lost > ret->spared - ret->lost)
            *ret = one;
    }
    return true;
}

bool db_read_precision(struct db *db, const struct eval_conf *conf, struct wall now,
                       struct arena *a, struct precision_row **ret, size_t *ret_n,
                       struct err *e)
{
    struct precision_row *v = arena_array(a, rules_count, sizeof *v);

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < rules_count; i++) {
        v[i] = (struct precision_row){.rule = rules[i]};
        if (!read_counts(db, rules[i], now, &v[i].counts, e))
            return false;
        v[i].is_noise = precision_is_noise(&v[i].counts);
        if (v[i].is_noise &&
            !find_change(db, rules[i], &conf->rules[i], now, a, &v[i].change, e))
            return false;
    }
    *ret = v;
    *ret_n = rules_count;
    return true;
}
