#include "store/effort.h"
#include "store/sql.h"

bool effort_stale(struct db *db, struct wall at, struct err *e)
{
    int64_t done;

    return meta_get(db, "effort", 0, &done, e) &&
           (at.ms >= done || meta_set(db, "effort", at.ms > 0 ? at.ms : 0, e));
}

bool effort_parent_was(struct db *db, int64_t item, struct str vid, struct str key,
                       struct wall now, struct err *e)
{
    static const char sql[] = "INSERT INTO past_parent (item, at, vid, key)"
                              " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    return sql_run(db, sql, SQL_ARGS(SQL_I(item), SQL_T(now), SQL_S(vid), SQL_S(key)),
                   e);
}

bool effort_links_were(struct db *db, int64_t item, struct str team, struct str nodes,
                       struct wall now, struct err *e)
{
    static const char sql[] = "INSERT INTO past_link (item, at, team, nodes)"
                              " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    return sql_run(db, sql,
                   SQL_ARGS(SQL_I(item), SQL_T(now), SQL_S(team), SQL_S(nodes)), e);
}

bool effort_join(struct db *db, int64_t keep, int64_t drop, struct wall now,
                 struct err *e)
{
    static const char parent[] =
        "INSERT INTO past_parent (item, at, vid, key) SELECT k.id, ?3, k.parent_vid,"
        " k.parent_key FROM item k JOIN item d ON d.id = ?2 WHERE k.id = ?1 AND"
        " (k.parent_vid <> d.parent_vid OR k.parent_key <> d.parent_key)"
        " ON CONFLICT DO NOTHING";
    static const char *const rest[] = {
        "UPDATE OR REPLACE touch SET item = ?1 WHERE item = ?2",
        "DELETE FROM past_link WHERE item = ?2",
        "DELETE FROM past_parent WHERE item = ?2",
        "INSERT INTO item_days (item, days) SELECT ?1, days FROM item_days WHERE item ="
        " ?2 ON CONFLICT DO UPDATE SET days = days + excluded.days",
        "DELETE FROM item_days WHERE item = ?2",
        "INSERT INTO day_item (day, item, days) SELECT day, ?1, days FROM day_item WHERE"
        " item = ?2 ON CONFLICT DO UPDATE SET days = days + excluded.days",
        "DELETE FROM day_item WHERE item = ?2",
    };
    static const char first[] = "SELECT coalesce(min(started), ?3) FROM span"
                                " WHERE item IN (?1, ?2)";
    const struct sql_value v[] = {SQL_I(keep), SQL_I(drop), SQL_T(now)};
    struct wall from;

    if (!sql_run(db, parent, v, 3, e) || !sql_int(db, first, v, 3, now.ms, &from.ms, e))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
        if (!sql_run(db, rest[i], v, 2, e))
            return false;
    }
    return effort_stale(db, from, e);
}
