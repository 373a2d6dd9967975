/*
 * Ten months of the example company twice: once as it is, once with a restart in the
 * middle of a cycle, an upgrade of the schema, a reload with another parameter, another
 * title of an initiative and then another id of it. Nothing is told twice, and what is
 * told is the same but for what each of them explains.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "config/config.h"
#include "config/diag.h"
#include "store/schema.h"
#include "store/sql.h"
#include "tests/company/replay.h"

enum {
    SEED = 6,
    /* All of version 2 of the company's strategy, and what led to it. */
    LAST = COMPANY_DAY(2026, 4, 26),
    RESTART = COMPANY_DAY(2026, 1, 28),
    UPGRADE = COMPANY_DAY(2026, 2, 11),
    RELOAD = COMPANY_DAY(2026, 2, 25),
    RETITLE = COMPANY_DAY(2026, 4, 8),
    RENAME = COMPANY_DAY(2026, 4, 20),
    TEXT_MAX = 1 << 20,
    TOLD_MAX = 4000,
};
/* It is told to be late a week before, and to be worse a week after. */
#define OLD_ID "direct-debit"
#define NEW_ID "paying-unseen"
#define CHANGED_RULE "unlinked-work"

/* What one message said of one finding. */
struct told {
    int64_t day;
    char text[200]; /* channel, kind, rule and subject, under the old id */
    bool matched;
};

struct run {
    struct company *c;
    struct company_store *s;
    struct company_version retitled, renamed;
    bool disturbed;
    unsigned restarts, upgrades;
    struct told *told;
    size_t n;
    unsigned digests;
};

/* ---- what disturbs ---- */

static void replace(struct buf *out, struct str in, const char *from, const char *to)
{
    const char *p = memmem(in.p, in.n, from, strlen(from));

    assert_non_null(p);
    buf_add(out, (struct str){in.p, (size_t)(p - in.p)});
    buf_addz(out, to);
    buf_add(out, str_skip(in, (size_t)(p - in.p) + strlen(from)));
}

static void edit(struct company_version *v, const struct company_version *base,
                 const char *from, const char *to)
{
    struct conf_diag *d = conf_diag_create();
    struct buf text;
    size_t n;

    buf_init(&text, TEXT_MAX);
    replace(&text, base->text, from, to);
    v->strategy = strategy_load_text("strategy.yaml", buf_str(&text), d);
    assert_non_null(v->strategy);
    v->text.p = buf_take(&text, &n);
    v->text.n = n;
    conf_diag_destroy(d);
}

static const struct company_version *version_of(void *ctx, int64_t day)
{
    struct run *r = ctx;

    if (!r->disturbed || day < RETITLE)
        return company_version_at(r->c, day);
    return day < RENAME ? &r->retitled : &r->renamed;
}

static const char *conf_with_parameter(int64_t day)
{
    static char text[1 << 16];

    if (day < RELOAD)
        return company_mail_conf(day);
    if (text[0] == '\0')
        (void)snprintf(text, sizeof(text), "%srules:\n  " CHANGED_RULE ": { for: 4wd }\n",
                       company_mail_conf(day));
    return text;
}

/* What a schema drops comes back, with its rows. */
static const char *const dropped[][2] = {
    {"DROP INDEX item_key;", "CREATE INDEX item_key ON item (lower(key));"},
};

static const char *put_back(const char *line)
{
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++) {
        if (strcmp(dropped[i][0], line) == 0)
            return dropped[i][1];
    }
    return NULL;
}

/* What undoes a line of a schema; nothing for one that only goes on with another, nor
   for rows, which go with their table. */
static void undo(struct str line, bool indices, struct buf *out)
{
    char a[100], b[100], text[300];

    (void)snprintf(text, sizeof(text), "%.*s", STR_FMT(str_first(line, 280)));
    if (sscanf(text, "CREATE INDEX %99s", a) == 1 ||
        sscanf(text, "CREATE UNIQUE INDEX %99s", a) == 1) {
        if (indices)
            buf_printf(out, "DROP INDEX %s;", a);
    } else if (sscanf(text, "CREATE TABLE %99s", a) == 1) {
        if (!indices)
            buf_printf(out, "DROP TABLE %s;", a);
    } else if (sscanf(text, "ALTER TABLE %99s ADD COLUMN %99s", a, b) == 2) {
        if (!indices)
            buf_printf(out, "ALTER TABLE %s DROP COLUMN %s;", a, b);
    } else if (put_back(text) != NULL) {
        if (indices)
            buf_addz(out, put_back(text));
    } else if (strchr(" )-", text[0]) == NULL && sscanf(text, "INSERT INTO %99s", a) != 1 &&
               !str_has_prefix(line, STR("DELETE FROM meta"))) {
        fail_msg("the last schema does what is not undone here: %s", text);
    }
}

/* The file as the version before the last one would have left it: without the tables,
   indices and columns that the last schema adds. From its end on, as one undoes. */
static bool as_before(const char *path, struct err *e)
{
    struct str rest = str_of(schema_sql[schema_count - 1]), lines[200];
    struct buf sql;
    size_t n = 0;
    sqlite3 *h;

    (void)e;
    buf_init(&sql, 1 << 16);
    while (n < ARRAY_LEN(lines) && str_split(&rest, '\n', &lines[n]))
        n += lines[n].n > 0;
    assert_int_equal(rest.n, 0);
    for (int indices = 1; indices >= 0; indices--) {
        for (size_t i = n; i-- > 0;)
            undo(lines[i], indices != 0, &sql);
    }
    assert_true(sql.n > 0);
    buf_printf(&sql, "PRAGMA user_version = %u;", schema_count - 1);
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    if (sqlite3_exec(h, buf_cstr(&sql), NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", buf_cstr(&sql), sqlite3_errmsg(h));
    sqlite3_close(h);
    buf_finish(&sql);
    return true;
}

static bool midway(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    struct run *r = ctx;

    if (!r->disturbed)
        return true;
    if (day == RESTART) {
        r->restarts++;
        return company_store_reopen(s, true, NULL, e);
    }
    if (day == UPGRADE) {
        r->upgrades++;
        return company_store_reopen(s, false, as_before, e);
    }
    return true;
}

/* ---- what is told ---- */

static bool deliver(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    (void)ctx;
    return company_store_tell(s, day, e);
}

static int64_t number(struct run *r, const char *sql)
{
    struct err e;
    int64_t n;

    if (!sql_int(r->s->db, sql, SQL_NONE, 0, &n, &e))
        fail_msg("%s", e.msg);
    return n;
}

static void read_told(struct run *r)
{
    static const char sql[] =
        "SELECT o.created, o.channel || ' ' || m.kind || ' ' || f.rule || ' ' ||"
        " replace(f.subject, '" NEW_ID "', '" OLD_ID "') FROM outbox o JOIN outbox_member"
        " m ON m.outbox = o.id JOIN finding f ON f.n = m.finding ORDER BY o.id, 2";
    struct query q;
    struct err e;
    bool row;

    r->told = calloc(TOLD_MAX, sizeof(*r->told));
    assert_non_null(r->told);
    assert_true(query_open(&q, r->s->db, sql, SQL_NONE, &e));
    assert_true(query_next(&q, &row, &e));
    while (row) {
        struct told *t = &r->told[r->n++];

        assert_true(r->n < TOLD_MAX);
        t->day = query_int(&q, 0) / COMPANY_DAY_MS;
        (void)snprintf(t->text, sizeof(t->text), "%.*s", STR_FMT(query_str(&q, 1)));
        assert_true(query_next(&q, &row, &e));
    }
    r->digests = (unsigned)number(
        r, "SELECT count(*) FROM outbox WHERE json_extract(notice, '$.kind') = 'digest'");
}

static void nothing_came_twice(struct run *r)
{
    /* That it is there and that it is over: once in an episode. Reminders and what gets worse may come again. */
    static const char sql[] =
        "SELECT count(*) FROM (SELECT 1 FROM outbox o JOIN outbox_member m ON m.outbox ="
        " o.id WHERE m.kind IN (14, 16) GROUP BY o.channel, m.finding, m.episode, m.kind"
        " HAVING count(*) > 1)";

    _Static_assert(PLAN_RESOLVED == 14 && PLAN_NEW == 16, "stand in the statement");
    assert_int_equal(number(r, sql), 0);
    assert_int_equal(number(r, "SELECT count(*) - count(DISTINCT key) FROM outbox"), 0);
}

static void play(struct run *r, bool disturbed)
{
    const struct company_version *v = company_version_at(r->c, RETITLE);
    struct err e;

    assert_ptr_equal(v, company_version_at(r->c, LAST));
    r->disturbed = disturbed;
    edit(&r->retitled, v, "title: Pay without thinking of it",
         "title: It is paid and nobody noticed");
    edit(&r->renamed, &r->retitled, "  - id: " OLD_ID "\n",
         "  - id: " NEW_ID "\n    was: [" OLD_ID "]\n");
    r->s = company_store_open(r->c, &e);
    assert_non_null(r->s);
    r->s->conf_of = disturbed ? conf_with_parameter : company_mail_conf;
    r->s->version_of = version_of;
    r->s->midway = midway;
    r->s->ctx = r;
    if (!company_replay(r->s, COMPANY_FIRST, LAST, deliver, r, &e))
        fail_msg("%s", e.msg);
    read_told(r);
    nothing_came_twice(r);
}

/* ---- the two beside each other ---- */

static bool is_explained(const struct told *t)
{
    return t->day >= RELOAD && strstr(t->text, " " CHANGED_RULE " ") != NULL;
}

static unsigned unmatched(const struct run *r, const char *whose)
{
    unsigned n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct told *t = &r->told[i];

        if (t->matched || is_explained(t))
            continue;
        print_message("%s: day %lld (%lld before the end): %s\n", whose,
                      (long long)(t->day - COMPANY_FIRST), (long long)(LAST - t->day),
                      t->text);
        n++;
    }
    return n;
}

static unsigned told_after_rename(const struct run *r)
{
    unsigned n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->told[i].day >= RENAME && strstr(r->told[i].text, OLD_ID) != NULL;
    return n;
}

static void match(struct run *a, struct run *b)
{
    for (size_t i = 0; i < a->n; i++) {
        for (size_t k = 0; k < b->n; k++) {
            if (b->told[k].matched || b->told[k].day != a->told[i].day ||
                strcmp(b->told[k].text, a->told[i].text) != 0)
                continue;
            a->told[i].matched = b->told[k].matched = true;
            break;
        }
    }
}

static void version_free(struct company_version *v)
{
    strategy_unref((struct strategy *)(uintptr_t)v->strategy);
    free((char *)(uintptr_t)v->text.p);
}

static void finish(struct run *r)
{
    company_store_close(r->s);
    free(r->told);
    version_free(&r->retitled);
    version_free(&r->renamed);
}

static void nothing_is_told_twice_whatever_comes_between(void **state)
{
    struct run plain = {0}, disturbed = {0};
    struct err e;

    (void)state;
    plain.c = disturbed.c = company_create(SEED, &e);
    assert_non_null(plain.c);
    play(&plain, false);
    play(&disturbed, true);
    assert_int_equal(disturbed.restarts + disturbed.upgrades, 2);
    assert_int_equal(number(&disturbed, "SELECT count(*) FROM finding WHERE subject LIKE "
                                        "'%" OLD_ID "%' AND state IN (1, 2)"),
                     0);
    match(&plain, &disturbed);
    assert_true(told_after_rename(&disturbed) > 0);
    print_message("%zu and %zu findings told, %u and %u digests\n", plain.n, disturbed.n,
                  plain.digests, disturbed.digests);
    assert_int_equal(unmatched(&plain, "only undisturbed") +
                         unmatched(&disturbed, "only disturbed"),
                     0);
    assert_int_equal(plain.digests, disturbed.digests);
    finish(&plain);
    finish(&disturbed);
    company_destroy(plain.c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_twice_whatever_comes_between),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
