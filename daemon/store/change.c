#include "store/change.h"

#include "base/utf8.h"
#include "core/strategy_diff.h"
#include "core/tz.h"
#include "store/finding_row.h"
#include "store/sql.h"
#include "store/subject.h"

enum {
    FILES_MEMORY = 64 << 20, /* 4 MiB of files, and a calendar */
    DIFF_MEMORY = 128 << 20,
    WORDS_KEPT = 8,  /* changes of which the words are kept, */
    WORD_BYTES = 200, /* each cut to so much */
};

bool change_parse(struct db *db, const struct eval_conf *conf, int64_t n,
                  struct strategy **ret, struct err *e)
{
    struct arena *a = arena_create(FILES_MEMORY);
    struct strategy_file *files;
    size_t n_files;
    bool ok;

    *ret = NULL;
    if (a == NULL)
        return err_nomem(e);
    ok = db_read_version_files(db, n, a, &files, &n_files, e);
    for (size_t i = 0; ok && i < n_files; i++) {
        if (files[i].name.n == 0)
            files[i].name = STR("strategy.yaml");
    }
    if (ok && !conf->parse(files, n_files, ret, e)) {
        *ret = NULL;
        ok = e->kind != ERR_NOMEM;
    }
    arena_destroy(a);
    return ok;
}

bool change_load(struct eval *ev, struct err *e)
{
    static const char sql[] =
        "SELECT n, version FROM strategy ORDER BY n DESC LIMIT 1";
    int64_t seen;
    struct query q;
    bool row;

    if (!meta_get(ev->db, "version_seen", 0, &seen, e) ||
        !query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    ev->version_before = seen;
    ev->version = seen;
    /* A newer one may have come in since this evaluation took its own: the next. */
    if (row && (uint64_t)query_int(&q, 1) == ev->conf->strategy->version)
        ev->version = query_int(&q, 0);
    query_close(&q);
    ev->caused_by = seen != 0 && ev->version != seen ? ev->version : 0;
    return true;
}

/* ---- what it changed ---- */

static struct date today(const struct eval *ev)
{
    const struct calendar *cal = &ev->conf->cal;

    return tz_local(cal->tz != NULL ? cal->tz : tz_utc(), ev->now).date;
}

/* What was told of an earlier change is over: this one is told by itself. */
static bool end_told(struct eval *ev, const char *rule, struct finding_subject subject,
                     struct err *e)
{
    struct finding_stored *v;
    size_t n;

    if (!findings_of(ev, &subject, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (str_eqz(v[i].rule, rule) &&
            !finding_end(ev, &v[i], STR("changed again"), e))
            return false;
    }
    return true;
}

static void add_line(struct buf *words, struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        buf_add(words, text.p[i] == '\n' ? STR(" ") : (struct str){text.p + i, 1});
    buf_addz(words, "\n");
}

static bool keep_change(struct eval *ev, const struct strategy_change *v, size_t n,
                        struct err *e)
{
    static const char drop[] = "DELETE FROM strategy_change";
    static const char add[] = "INSERT INTO strategy_change (n, at, changes, summary,"
                              " words) VALUES (?, ?, ?, ?, ?)";
    struct finding_subject whole = {.kind = RULE_STRATEGY, .key = STR("strategy")};
    struct buf summary, words;
    bool ok;

    if (!sql_run(ev->db, drop, SQL_NONE, e))
        return false;
    if (n == 0)
        return true;
    buf_init(&summary, 1000);
    buf_init(&words, (size_t)WORDS_KEPT * (WORD_BYTES + 1));
    strategy_diff_summary(&summary, v, n);
    for (size_t i = 0; i < n && i < WORDS_KEPT; i++) {
        add_line(&words, utf8_cut(v[i].text, WORD_BYTES));
    }
    ok = buf_check(&summary, e) && buf_check(&words, e) &&
         sql_run(ev->db, add,
                 SQL_ARGS(SQL_I(ev->version), SQL_T(ev->now), SQL_I(n),
                          SQL_S(buf_str(&summary)), SQL_S(buf_str(&words))),
                 e);
    buf_finish(&words);
    buf_finish(&summary);
    return ok && end_told(ev, "strategy-changed", whole, e);
}

/* ---- key results that were retargeted ---- */

static const struct key_result *kr_of(const struct strategy *s, struct str id)
{
    const struct node *n = strategy_find(s, id);

    return n != NULL && n->kind == NODE_KR ? (const struct key_result *)(const void *)n
                                           : NULL;
}

/* As it was called, or is. */
static const struct key_result *kr_before(const struct strategy *from,
                                          const struct key_result *now)
{
    const struct key_result *was = kr_of(from, now->node.id);

    for (size_t i = 0; was == NULL && i < now->node.was.n; i++)
        was = kr_of(from, now->node.was.v[i]);
    return was;
}

static struct date start_of(const struct key_result *kr)
{
    return kr->start.year != 0 ? kr->start : kr->objective->from;
}

/* Per mille of the period that it had; negative: it did not run, or has another now. */
static int64_t elapsed(const struct key_result *was, const struct key_result *now,
                       struct date first_load, struct date day)
{
    struct date start = start_of(was).year != 0 ? start_of(was) : first_load;
    int64_t begin, all, gone;

    if (start.year == 0 || was->by.year == 0 ||
        date_cmp(start_of(was), start_of(now)) != 0)
        return -1;
    begin = date_to_days(start);
    all = date_to_days(was->by) - begin;
    gone = date_to_days(day) - begin;
    return all <= 0 || gone > all ? -1 : gone * 1000 / all;
}

static bool first_load(struct eval *ev, struct str kr, struct date *ret, struct err *e)
{
    static const char sql[] = "SELECT first_load FROM kr_known WHERE id = ?";
    const struct calendar *cal = &ev->conf->cal;
    struct wall at;

    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_S(kr)), 0, &at.ms, e))
        return false;
    *ret = at.ms > 0 ? tz_local(cal->tz != NULL ? cal->tz : tz_utc(), at).date
                     : (struct date){0};
    return true;
}

static bool keep_retarget(struct eval *ev, const struct strategy *from, struct str id,
                          struct str words, struct err *e)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO retarget (kr, at, elapsed, words) VALUES (?, ?, ?, ?)";
    const struct key_result *now = kr_of(ev->conf->strategy, id);
    const struct key_result *was = now != NULL ? kr_before(from, now) : NULL;
    struct finding_subject subject = {
        .kind = RULE_KR, .key = arena_printf(ev->item, "key-result %.*s", STR_FMT(id))};
    struct date first;
    int64_t part;

    if (was == NULL)
        return true;
    if (!first_load(ev, id, &first, e))
        return false;
    part = elapsed(was, now, first, today(ev));
    if (part < 0)
        return true;
    return sql_run(ev->db, sql,
                   SQL_ARGS(SQL_S(id), SQL_T(ev->now), SQL_I(part), SQL_S(words)), e) &&
           end_told(ev, "kr-retargeted", subject, e);
}

/* Changes of one key result stand together. */
static bool keep_retargets(struct eval *ev, const struct strategy *from,
                           const struct strategy_change *v, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        struct str words = STR_NONE, id = v[i].id;
        size_t k = i;

        if (v[i].change != CHANGE_RETARGETED)
            continue;
        arena_reset(ev->item);
        for (; k < n && str_eq(v[k].id, id); k++) {
            if (v[k].change == CHANGE_RETARGETED)
                words = arena_printf(ev->item, "%.*s%s%.*s", STR_FMT(words),
                                     words.n > 0 ? "; " : "",
                                     STR_FMT(utf8_cut(v[k].text, WORD_BYTES)));
        }
        if (!keep_retarget(ev, from, id, words, e))
            return false;
        i = k - 1;
    }
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool keep_diff(struct eval *ev, const struct strategy *from, struct err *e)
{
    struct arena *a = arena_create(DIFF_MEMORY);
    struct strategy_change *v;
    size_t n;
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = strategy_diff(from, ev->conf->strategy, today(ev), a, &v, &n) || err_nomem(e);
    arena_reset(ev->item);
    ok = ok && keep_change(ev, v, n, e) && keep_retargets(ev, from, v, n, e);
    arena_destroy(a);
    return ok;
}

bool change_take(struct eval *ev, struct err *e)
{
    struct strategy *from = NULL;
    bool ok;

    if (ev->version == ev->version_before)
        return true;
    ok = ev->caused_by == 0 || ev->conf->parse == NULL ||
         change_parse(ev->db, ev->conf, ev->version_before, &from, e);
    ok = ok && (from == NULL || keep_diff(ev, from, e)) &&
         meta_set(ev->db, "version_seen", ev->version, e);
    strategy_unref(from);
    return ok;
}

/* ---- for rules ---- */

static bool view_words(struct eval *ev, struct str text, struct rule_version *ret,
                       struct err *e)
{
    ret->words = arena_array(ev->a, WORDS_KEPT, sizeof *ret->words);
    if (ret->words == NULL)
        return err_nomem(e);
    while (ret->n_words < WORDS_KEPT &&
           str_split(&text, '\n', &ret->words[ret->n_words])) {
        if (ret->words[ret->n_words].n > 0)
            ret->n_words++;
    }
    return true;
}

static bool view_broken(struct eval *ev, struct rule_version *ret, struct err *e)
{
    static const char sql[] = "SELECT at, error FROM strategy_broken";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->broken_since = query_wall(&q, 0);
        ret->broken = query_dup(&q, 1, ev->a);
    }
    query_close(&q);
    return true;
}

bool change_view(struct eval *ev, struct rule_version *ret, struct err *e)
{
    static const char sql[] =
        "SELECT at, changes, summary, words FROM strategy_change";
    struct str words = STR_NONE;
    struct query q;
    bool row;

    *ret = (struct rule_version){.words = NULL};
    if (!query_open(&q, ev->db, sql, SQL_NONE, e) || !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->changed = query_wall(&q, 0);
        ret->n_changes = (size_t)query_int(&q, 1);
        ret->summary = query_dup(&q, 2, ev->a);
        words = query_dup(&q, 3, ev->a);
    }
    query_close(&q);
    return view_words(ev, words, ret, e) && view_broken(ev, ret, e) &&
           (!arena_failed(ev->a) || err_nomem(e));
}

bool change_retarget(struct eval *ev, struct str kr, struct rule_retarget *ret,
                     struct err *e)
{
    static const char sql[] = "SELECT at, elapsed, words FROM retarget WHERE kr = ?";
    struct query q;
    bool row;

    *ret = (struct rule_retarget){.elapsed = 0};
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_S(kr)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->at = query_wall(&q, 0);
        ret->elapsed = (double)query_int(&q, 1) / 1000;
        ret->words = query_dup(&q, 2, ev->a);
    }
    query_close(&q);
    return !arena_failed(ev->a) || err_nomem(e);
}

/* ---- a file that does not load ---- */

static bool set_broken(struct db *db, struct str error, struct wall now, struct err *e)
{
    static const char drop[] = "DELETE FROM strategy_broken";
    static const char since[] = "SELECT coalesce(max(at), ?) FROM strategy_broken";
    static const char add[] = "INSERT INTO strategy_broken (at, error) VALUES (?, ?)";
    struct str text = utf8_cut(error, 500);
    struct wall at;

    return sql_int(db, since, SQL_ARGS(SQL_T(now)), 0, &at.ms, e) &&
           sql_run(db, drop, SQL_NONE, e) &&
           (error.n == 0 || sql_run(db, add, SQL_ARGS(SQL_T(at), SQL_S(text)), e)) &&
           subject_touch(db, RULE_STRATEGY, STR("strategy"), e);
}

bool db_strategy_broken(struct db *db, struct str error, struct wall now, struct err *e)
{
    static const char any[] = "SELECT count(*) FROM strategy_broken";
    int64_t n;

    if (!sql_int(db, any, SQL_NONE, 0, &n, e))
        return false;
    if (n == 0 && error.n == 0)
        return true;
    return sql_begin(db, true, e) && sql_end(db, set_broken(db, error, now, e), e);
}
