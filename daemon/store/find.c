#include "store/find.h"

#include "core/finding.h"
#include "store/eval.h"
#include "store/sql.h"

/* Of rows with one key that which is in view comes first. */
static bool in_source(struct db *db, struct str source, struct str key, int64_t *ret_id,
                      struct err *e)
{
    static const char sql[] = "SELECT i.id FROM item i JOIN source s ON s.id = i.source"
                              " WHERE i.key = ? COLLATE NOCASE AND s.name = ? ORDER BY "
                              "i.has & 16, i.id LIMIT 1";
    static const char former[] =
        "SELECT i.id FROM former_key k JOIN item i ON i.id = k.item"
        " JOIN source s ON s.id = i.source WHERE k.key = lower(?) AND s.name = ?"
        " ORDER BY i.has & 16, i.id DESC LIMIT 1";
    const struct sql_value v[] = {SQL_S(key), SQL_S(source)};

    _Static_assert(HAS_GONE == 16, "stands in the statements");
    return sql_int(db, sql, v, 2, 0, ret_id, e) &&
           (*ret_id != 0 || sql_int(db, former, v, 2, 0, ret_id, e));
}

/* A key that items had before they moved; nobody has it now. */
static bool by_former_key(struct db *db, struct str key, int64_t *ret_id, struct err *e)
{
    static const char sql[] =
        "SELECT i.id FROM former_key k JOIN item i ON i.id = k.item"
        " JOIN source s ON s.id = i.source WHERE k.key = lower(?)"
        " ORDER BY s.active DESC, i.has & 16, i.id DESC LIMIT 1";

    return sql_int(db, sql, SQL_ARGS(SQL_S(key)), 0, ret_id, e);
}

/* "acme/web" of acme/web#4, "PAY" of PAY-12; the empty view: it is no key. */
static struct str scope_of_key(struct str key)
{
    size_t n = key.n;

    while (n > 0 && key.p[n - 1] >= '0' && key.p[n - 1] <= '9')
        n--;
    if (n == key.n || n < 2 || (key.p[n - 1] != '#' && key.p[n - 1] != '-'))
        return STR_NONE;
    return str_first(key, n - 1);
}

/* Says what the person can do: the item may be new, or nobody reads where it is. */
static bool no_item(struct db *db, struct str name, struct err *e)
{
    static const char sql[] =
        "SELECT c.name, s.name FROM scope c JOIN source s ON s.id = c.source"
        " WHERE s.active AND lower(c.name) = lower(?) ORDER BY c.id LIMIT 1";
    struct str shown = str_first(name, 80);
    ptrdiff_t colon = str_chr(name, ':');
    struct str key = colon > 0 ? str_skip(name, (size_t)colon + 1) : name;
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(scope_of_key(key))), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND,
                       "no item %.*s: alignctl coverage lists the projects and "
                       "repositories that are read",
                       STR_FMT(shown));
    err_set(e, ERR_NOT_FOUND,
            "no item %.*s is known of %.*s: if it is new, alignctl sync %.*s reads it",
            STR_FMT(shown), STR_FMT(str_first(query_str(&q, 0), 60)),
            STR_FMT(str_first(query_str(&q, 1), 40)));
    query_close(&q);
    return false;
}

bool find_item(struct db *db, struct str name, int64_t *ret_id, struct err *e)
{
    static const char sql[] = "SELECT i.id, s.name FROM item i JOIN source s ON s.id = "
                              "i.source WHERE i.key = ?1 COLLATE NOCASE"
                              " AND (i.has & 16 = 0 OR NOT EXISTS (SELECT 1 FROM item"
                              " o WHERE o.key = ?1 COLLATE NOCASE AND o.has & 16 = 0))"
                              " ORDER BY s.active DESC, i.id LIMIT 2";
    ptrdiff_t colon = str_chr(name, ':');
    struct query q;
    bool row;

    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(name)), e) || !query_next(&q, &row, e))
        return false;
    if (row) {
        *ret_id = query_int(&q, 0);
        if (!query_next(&q, &row, e))
            return false;
        if (row) {
            err_set(e, ERR_CONFLICT,
                    "more than one source has an item %.*s: write %.*s:%.*s or another "
                    "source",
                    STR_FMT(str_first(name, 60)), STR_FMT(query_str(&q, 1)),
                    STR_FMT(str_first(name, 60)));
            query_close(&q);
        }
        return !row;
    }
    *ret_id = 0;
    if (colon > 0 && !in_source(db, str_first(name, (size_t)colon),
                                str_skip(name, (size_t)colon + 1), ret_id, e))
        return false;
    if (*ret_id == 0 && !by_former_key(db, name, ret_id, e))
        return false;
    return *ret_id != 0 || no_item(db, name, e);
}

bool find_parent(struct db *db, int64_t item, int64_t *ret_id, struct err *e)
{
    /* As evaluation looks for it: eval_link.c. */
    static const char sql[] =
        "SELECT coalesce((SELECT p.id FROM item p WHERE p.source = c.source AND"
        " p.vid = c.parent_vid AND c.parent_vid <> ''),"
        " (SELECT p.id FROM item p WHERE p.key = c.parent_key COLLATE NOCASE AND"
        " p.source = c.source AND c.parent_key <> '' ORDER BY p.has & 16, p.id LIMIT "
        "1),"
        " (SELECT p.id FROM former_key k JOIN item p ON p.id = k.item WHERE"
        " k.key = lower(c.parent_key) AND p.source = c.source AND c.parent_key <> ''"
        " ORDER BY p.has & 16, p.id DESC LIMIT 1),"
        " (SELECT p.id FROM item p WHERE p.key = c.parent_key COLLATE NOCASE AND"
        " c.parent_key <> '' ORDER BY p.has & 16, p.id LIMIT 1),"
        " (SELECT p.id FROM former_key k JOIN item p ON p.id = k.item WHERE"
        " k.key = lower(c.parent_key) AND c.parent_key <> '' ORDER BY p.has & 16,"
        " p.id DESC LIMIT 1), 0) FROM item c WHERE c.id = ?";

    return sql_int(db, sql, SQL_ARGS(SQL_I(item)), 0, ret_id, e);
}

bool find_finding(struct db *db, struct str prefix, int64_t *ret_n, struct err *e)
{
    /* Ids are hex digits, all before 'g'. */
    static const char sql[] =
        "SELECT n FROM finding WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id LIMIT 2";
    struct query q;
    bool row;

    if (prefix.n == 0 || prefix.n > FINDING_ID_LEN)
        return err_set(e, ERR_NOT_FOUND, "no finding %.*s",
                       STR_FMT(str_first(prefix, 40)));
    if (!query_open(&q, db, sql, SQL_ARGS(SQL_S(prefix)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (!row)
        return err_set(e, ERR_NOT_FOUND, "no finding %.*s", STR_FMT(prefix));
    *ret_n = query_int(&q, 0);
    if (!query_next(&q, &row, e))
        return false;
    query_close(&q);
    return !row || err_set(e, ERR_NOT_FOUND, "more than one finding begins with %.*s",
                           STR_FMT(prefix));
}
