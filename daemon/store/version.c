#include "base/buf.h"
#include "store/db.h"
#include "store/relink.h"
#include "store/sql.h"
#include "store/subject.h"

static bool add_node(struct db *db, struct str id, struct err *e)
{
    static const char sql[] =
        "INSERT INTO tally (node) VALUES (?) ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_S(id)), e);
}

/*
 * A former id: what was found of it is found of the one it became. A name that had
 * findings of its own already keeps those.
 */
static bool rename_findings(struct db *db, enum rule_subject kind, struct str from,
                            struct str to, struct err *e)
{
    static const char sql[] =
        "UPDATE OR IGNORE finding SET id = ?2, subject = ?3 WHERE id = ?1";
    char old_id[FINDING_ID_LEN + 1], new_id[FINDING_ID_LEN + 1];
    struct buf before, after;
    bool ok = true;

    buf_init(&before, 1024);
    buf_init(&after, 1024);
    buf_printf(&before, "%s %.*s", rule_subject_name(kind), STR_FMT(from));
    buf_printf(&after, "%s %.*s", rule_subject_name(kind), STR_FMT(to));
    ok = buf_check(&before, e) && buf_check(&after, e);
    for (size_t i = 0; ok && i < rules_count; i++) {
        if (!rule_asks(rules[i], kind))
            continue;
        finding_id(old_id, str_of(rules[i]->id), buf_str(&before));
        finding_id(new_id, str_of(rules[i]->id), buf_str(&after));
        ok = sql_run(db, sql,
                     SQL_ARGS(SQL_S(str_of(old_id)), SQL_S(str_of(new_id)),
                              SQL_S(buf_str(&after))),
                     e);
    }
    buf_finish(&before);
    buf_finish(&after);
    return ok;
}

static bool take_former_ids(struct db *db, enum rule_subject kind, const struct node *n,
                            struct err *e)
{
    static const char assumed[] =
        "UPDATE OR REPLACE assumption SET decision = ?2 WHERE decision = ?1";

    for (size_t i = 0; i < n->was.n; i++) {
        if (!rename_findings(db, kind, n->was.v[i], n->id, e) ||
            (kind == RULE_DECISION &&
             !sql_run(db, assumed, SQL_ARGS(SQL_S(n->was.v[i]), SQL_S(n->id)), e)))
            return false;
    }
    return true;
}

#define TAKE_FORMER(db, kind, list, n, e)                                              \
    for (size_t i = 0; i < (n); i++) {                                                 \
        if (!take_former_ids(db, kind, &(list)[i].node, e))                            \
            return false;                                                              \
    }

static bool take_all_former_ids(struct db *db, const struct strategy *s, struct err *e)
{
    TAKE_FORMER(db, RULE_INITIATIVE, s->initiatives, s->n_initiatives, e)
    TAKE_FORMER(db, RULE_TEAM, s->teams, s->n_teams, e)
    TAKE_FORMER(db, RULE_KR, s->key_results, s->n_key_results, e)
    TAKE_FORMER(db, RULE_OBJECTIVE, s->objectives, s->n_objectives, e)
    TAKE_FORMER(db, RULE_INTENT, s->intents, s->n_intents, e)
    TAKE_FORMER(db, RULE_COMPETITOR, s->competitors, s->n_competitors, e)
    TAKE_FORMER(db, RULE_EVENT, s->events, s->n_events, e)
    TAKE_FORMER(db, RULE_DECISION, s->decisions, s->n_decisions, e)
    return true;
}

/* A key result's values, under the name it has now; when it was first known. */
static bool take_key_result(struct db *db, const struct node *n, struct wall now,
                            struct err *e)
{
    static const char values[] = "UPDATE kr_value SET kr = ?2 WHERE kr = ?1";
    static const char asked[] =
        "UPDATE OR REPLACE value_state SET kr = ?2 WHERE kr = ?1";
    static const char retargeted[] =
        "UPDATE OR REPLACE retarget SET kr = ?2 WHERE kr = ?1";
    static const char known[] =
        "INSERT INTO kr_known (id, first_load) VALUES (?1, coalesce((SELECT first_load"
        " FROM kr_known WHERE id = ?2), ?3)) ON CONFLICT DO NOTHING";

    for (size_t i = 0; i < n->was.n; i++) {
        struct str old = n->was.v[i];

        if (!sql_run(db, values, SQL_ARGS(SQL_S(old), SQL_S(n->id)), e) ||
            !sql_run(db, asked, SQL_ARGS(SQL_S(old), SQL_S(n->id)), e) ||
            !sql_run(db, retargeted, SQL_ARGS(SQL_S(old), SQL_S(n->id)), e) ||
            !sql_run(db, known, SQL_ARGS(SQL_S(n->id), SQL_S(old), SQL_T(now)), e))
            return false;
    }
    return sql_run(db, known, SQL_ARGS(SQL_S(n->id), SQL_S(n->id), SQL_T(now)), e);
}

static bool add_files(struct db *db, int64_t n, const struct strategy *s, struct err *e)
{
    static const char sql[] =
        "INSERT INTO strategy_file (strategy, place, name, beside,"
        " text) VALUES (?, ?, ?, ?, ?)";

    for (size_t i = 0; i < s->n_files; i++) {
        const struct strategy_file *f = &s->files[i];

        if (!sql_run(db, sql,
                     SQL_ARGS(SQL_I(n), SQL_I(i), SQL_S(f->name), SQL_I(f->beside),
                              SQL_S(f->text)),
                     e))
            return false;
    }
    return true;
}

/* Of the version in force an earlier alignd may have kept the bare text. */
static bool complete_files(struct db *db, const struct strategy *s, struct err *e)
{
    static const char bare[] = "SELECT strategy FROM strategy_file WHERE name = '' AND"
                               " strategy = (SELECT max(n) FROM strategy)";
    static const char drop[] = "DELETE FROM strategy_file WHERE strategy = ?";
    int64_t n;

    if (!sql_int(db, bare, SQL_NONE, 0, &n, e))
        return false;
    if (n == 0)
        return true;
    return sql_begin(db, true, e) &&
           sql_end(db,
                   sql_run(db, drop, SQL_ARGS(SQL_I(n)), e) && add_files(db, n, s, e),
                   e);
}

static bool take_strategy(struct db *db, const struct strategy *s, struct wall now,
                          struct err *e)
{
    static const char sql[] = "INSERT INTO strategy (version, at) VALUES (?, ?)";

    if (!sql_run(db, sql, SQL_ARGS(SQL_I(s->version), SQL_T(now)), e) ||
        !add_files(db, sql_last_id(db), s, e) ||
        !meta_set(db, "strategy", (int64_t)s->version, e))
        return false;
    for (size_t i = 0; i < s->n_initiatives; i++) {
        if (!add_node(db, s->initiatives[i].node.id, e))
            return false;
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        if (!add_node(db, s->buckets[i].node.id, e))
            return false;
    }
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (!take_key_result(db, &s->key_results[i].node, now, e))
            return false;
    }
    return take_all_former_ids(db, s, e) && relink_strategy(db, s, e);
}

/* An earlier alignd may have kept the version without them. */
static bool take_subjects(struct db *db, const struct strategy *s, struct err *e)
{
    return sql_begin(db, false, e) &&
           sql_end(db,
                   subjects_take(db, s, e) &&
                       meta_set(db, "subjects", (int64_t)s->version, e),
                   e);
}

/* Whether the stored number differs; the first time it does. */
static bool differs(struct db *db, const char *key, uint64_t value, bool *ret,
                    struct err *e)
{
    static const char sql[] = "SELECT count(*) FROM meta WHERE key = ? AND value = ?";
    int64_t n;

    if (!sql_int(db, sql, SQL_ARGS(SQL_S(str_of(key)), SQL_I(value)), 0, &n, e))
        return false;
    *ret = n == 0;
    return true;
}

bool db_strategy_set(struct db *db, const struct strategy *s, struct wall now,
                     bool *ret_new, struct err *e)
{
    bool is_new, is_unasked;

    if (!differs(db, "strategy", s->version, &is_new, e))
        return false;
    if (is_new &&
        (!sql_begin(db, true, e) || !sql_end(db, take_strategy(db, s, now, e), e)))
        return false;
    *ret_new = is_new;
    return (is_new || complete_files(db, s, e)) &&
           db_strategy_broken(db, STR_NONE, now, e) &&
           differs(db, "subjects", s->version, &is_unasked, e) &&
           (!is_unasked || take_subjects(db, s, e));
}

bool db_conf_set(struct db *db, uint64_t conf_hash, struct wall now, bool *ret_new,
                 struct err *e)
{
    bool is_new;

    (void)now;
    if (!differs(db, "conf", conf_hash, &is_new, e))
        return false;
    if (is_new &&
        (!sql_begin(db, true, e) ||
         !sql_end(db, meta_set(db, "conf", (int64_t)conf_hash, e) && relink_all(db, e),
                  e)))
        return false;
    *ret_new = is_new;
    return true;
}
