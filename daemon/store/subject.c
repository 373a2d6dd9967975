#include "store/subject.h"

static bool add(struct db *db, enum rule_subject kind, struct str id, struct err *e)
{
    static const char sql[] =
        "INSERT INTO subject (kind, id, next_check) VALUES (?, ?, 1)"
        " ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_I(kind), SQL_S(id)), e);
}

#define ADD_LIST(db, kind, list, n, e)                                                 \
    for (size_t i = 0; i < (n); i++) {                                                 \
        if (!add(db, kind, (list)[i].node.id, e))                                      \
            return false;                                                              \
    }

bool subjects_take(struct db *db, const struct strategy *s, struct err *e)
{
    if (!add(db, RULE_STRATEGY, STR("strategy"), e))
        return false;
    ADD_LIST(db, RULE_INTENT, s->intents, s->n_intents, e)
    ADD_LIST(db, RULE_OBJECTIVE, s->objectives, s->n_objectives, e)
    ADD_LIST(db, RULE_KR, s->key_results, s->n_key_results, e)
    ADD_LIST(db, RULE_TEAM, s->teams, s->n_teams, e)
    ADD_LIST(db, RULE_COMPETITOR, s->competitors, s->n_competitors, e)
    ADD_LIST(db, RULE_EVENT, s->events, s->n_events, e)
    ADD_LIST(db, RULE_DECISION, s->decisions, s->n_decisions, e)
    return subjects_touch_all(db, e);
}

bool subject_touch(struct db *db, enum rule_subject kind, struct str id, struct err *e)
{
    static const char sql[] =
        "UPDATE subject SET next_check = 1 WHERE kind = ? AND id = ?";

    return sql_run(db, sql, SQL_ARGS(SQL_I(kind), SQL_S(id)), e);
}

bool subjects_touch_kind(struct db *db, enum rule_subject kind, struct err *e)
{
    static const char sql[] =
        "UPDATE subject SET next_check = 1 WHERE kind = ? AND next_check <> 1";

    return sql_run(db, sql, SQL_ARGS(SQL_I(kind)), e);
}

bool subjects_touch_all(struct db *db, struct err *e)
{
    static const char nodes[] = "UPDATE tally SET next_check = 1 WHERE next_check <> 1";
    static const char others[] =
        "UPDATE subject SET next_check = 1 WHERE next_check <> 1";

    return sql_run(db, nodes, SQL_NONE, e) && sql_run(db, others, SQL_NONE, e);
}

bool subjects_due(struct db *db, struct wall now, struct arena *a,
                  struct due_subject **ret, size_t *ret_n, struct err *e)
{
    static const char sql[] = "SELECT kind, id FROM subject WHERE next_check > 0 AND"
                              " next_check <= ?";
    size_t cap = 0;
    struct query q;
    bool row;

    *ret = NULL;
    *ret_n = 0;
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_T(now)), e) || !query_next(&q, &row, e))
        return false;
    while (row) {
        struct due_subject *d = arena_grow(a, ret, ret_n, &cap, sizeof *d);

        if (d == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        d->kind = (enum rule_subject)query_int(&q, 0);
        d->id = query_dup(&q, 1, a);
        if (!query_next(&q, &row, e))
            return false;
    }
    return !arena_failed(a) || err_nomem(e);
}

bool subject_is_due(struct db *db, enum rule_subject kind, struct str id,
                    struct wall now, bool *ret, struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM subject WHERE kind = ? AND id = ?"
                              " AND next_check > 0 AND next_check <= ?";
    int64_t n;

    if (!sql_int(db, sql, SQL_ARGS(SQL_I(kind), SQL_S(id), SQL_T(now)), 0, &n, e))
        return false;
    *ret = n > 0;
    return true;
}

bool subject_asked(struct db *db, enum rule_subject kind, struct str id,
                   struct wall next, struct err *e)
{
    static const char sql[] = "UPDATE subject SET next_check = ?3 WHERE kind = ?1 AND"
                              " id = ?2 AND next_check <> ?3";

    return sql_run(db, sql, SQL_ARGS(SQL_I(kind), SQL_S(id), SQL_T(next)), e);
}

bool subject_drop(struct db *db, enum rule_subject kind, struct str id, struct err *e)
{
    static const char sql[] = "DELETE FROM subject WHERE kind = ? AND id = ?";

    return sql_run(db, sql, SQL_ARGS(SQL_I(kind), SQL_S(id)), e);
}
