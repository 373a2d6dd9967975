#include "store/firing.h"

#include "store/sql.h"

bool firing_begin(struct db *db, const struct finding_stored *f, struct wall now,
                  struct err *e)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO firing (finding, episode, rule, fired, told, acted,"
        " ended, how) VALUES (?, ?, ?, ?, 0, 0, 0, 0)";

    return sql_run(
        db, sql,
        SQL_ARGS(SQL_I(f->n), SQL_I(f->f.episode), SQL_S(f->rule), SQL_T(now)), e);
}

/* The words that evaluation ends findings with. */
static unsigned how_ended(struct str ended_by)
{
    if (str_has_prefix(ended_by, STR("linked to ")))
        return FIRING_LINKED;
    return str_has_prefix(ended_by, STR("exempted by ")) ? FIRING_EXEMPTED
                                                         : FIRING_OTHER;
}

bool firing_end(struct db *db, const struct finding_stored *f, struct wall now,
                struct err *e)
{
    static const char sql[] =
        "UPDATE firing SET ended = ?3, how = how | ?4, acted = CASE acted WHEN 0 THEN ?3"
        " ELSE acted END WHERE finding = ?1 AND episode = ?2 AND ended = 0";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(f->n), SQL_I(f->f.episode), SQL_T(now),
                            SQL_I(how_ended(f->ended_by))),
                   e);
}

/* What has left the baseline fires, for all that anybody knows, when it is told. */
bool firing_told(struct db *db, const struct finding_stored *f, struct wall now,
                 struct err *e)
{
    static const char sql[] =
        "INSERT INTO firing (finding, episode, rule, fired, told, acted, ended, how)"
        " VALUES (?1, ?2, ?3, ?4, ?4, 0, 0, 0) ON CONFLICT DO UPDATE SET told = ?4"
        " WHERE told = 0";

    if (f->f.state != FINDING_FIRING)
        return true;
    return sql_run(
        db, sql,
        SQL_ARGS(SQL_I(f->n), SQL_I(f->f.episode), SQL_S(f->rule), SQL_T(now)), e);
}

bool firing_acted(struct db *db, int64_t finding, unsigned how, struct wall now,
                  struct err *e)
{
    static const char sql[] =
        "UPDATE firing SET how = how | ?2, acted = CASE acted WHEN 0 THEN ?3 ELSE acted"
        " END WHERE finding = ?1 AND ended = 0";

    return sql_run(db, sql, SQL_ARGS(SQL_I(finding), SQL_I(how), SQL_T(now)), e);
}
