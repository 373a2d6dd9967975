/*
 * Half a year of the example company, and the last two months of it replayed: what the
 * replay says would have been told is held to what was. The company is looked at once a
 * day and the replay looks when things happen, so they need not agree to the day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/map.h"
#include "store/replay.h"
#include "store/sql.h"
#include "tests/company/replay.h"

enum { LAST = COMPANY_FIRST + 183, DAYS = 90 };

/* ---- the daemon's day ---- */

static bool deliver(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    (void)ctx;
    return company_store_tell(s, day, e);
}

/* ---- what was told: "rule subject", each once ---- */

struct told {
    struct map *v;
    struct arena *a;
    size_t n, messages, digests;
};

static void told_init(struct told *t)
{
    *t = (struct told){.v = map_create(), .a = arena_create(64 << 20)};
    assert_non_null(t->v);
    assert_non_null(t->a);
}

static void told_finish(struct told *t)
{
    map_destroy(t->v);
    arena_destroy(t->a);
}

static void add_subject(struct told *t, const json_t *section, const json_t *entry)
{
    struct str key;

    if (strcmp(json_string_value(json_object_get(entry, "change")), "new") != 0)
        return;
    key = arena_printf(t->a, "%s %s", json_string_value(json_object_get(section, "rule")),
                       json_string_value(json_object_get(entry, "key")));
    if (map_get(t->v, key) != NULL)
        return;
    assert_true(map_set(t->v, key, t));
    t->n++;
}

static void add_notice(struct told *t, struct str notice)
{
    json_t *v = json_loadb(notice.p, notice.n, 0, NULL), *s, *entry;
    bool digest;
    size_t i, k;

    assert_non_null(v);
    digest = strcmp(json_string_value(json_object_get(v, "kind")), "digest") == 0;
    t->digests += digest;
    t->messages += !digest;
    json_array_foreach(json_object_get(v, "sections"), i, s)
    {
        json_array_foreach(json_object_get(s, "entries"), k, entry)
        {
            if (!digest)
                add_subject(t, s, entry);
        }
    }
    json_decref(v);
}

static bool take(void *arg, const struct replay_post *p, struct err *e)
{
    (void)e;
    add_notice(arg, p->notice);
    return true;
}

static void read_told(struct company_store *s, struct wall since, struct told *t)
{
    static const char sql[] = "SELECT notice FROM outbox WHERE created >= ? ORDER BY id";
    struct query q;
    struct err e;
    bool row;

    assert_true(query_open(&q, s->db, sql, SQL_ARGS(SQL_T(since)), &e));
    assert_true(query_next(&q, &row, &e));
    while (row) {
        add_notice(t, query_str(&q, 0));
        assert_true(query_next(&q, &row, &e));
    }
}

/* How many of `a` are in `b`; SHOW=1 prints the others. */
static size_t common(const struct told *a, const struct told *b)
{
    size_t n = 0;

    for (size_t i = 0; i < map_count(a->v); i++) {
        struct str key;
        void *value;

        map_at(a->v, i, &key, &value);
        if (map_get(b->v, key) != NULL)
            n++;
        else if (getenv("SHOW") != NULL)
            printf("    %.*s\n", STR_FMT(key));
    }
    return n;
}

static void replay_agrees_with_what_was(void **state)
{
    struct company *c;
    struct company_store *s;
    struct replay_result res;
    struct told was, is;
    struct wall since;
    struct err e;
    clock_t began;
    size_t n;

    (void)state;
    c = company_create(6, &e);
    assert_non_null(c);
    s = company_store_open(c, &e);
    assert_non_null(s);
    s->conf_of = company_mail_conf;
    if (!company_replay(s, COMPANY_FIRST, LAST, deliver, NULL, &e))
        fail_msg("%s", e.msg);
    since = (struct wall){(LAST - DAYS) * COMPANY_DAY_MS};
    told_init(&was);
    told_init(&is);
    read_told(s, since, &was);
    began = clock();
    {
        const struct replay what = {
            .conf = &s->ev, .since = since, .now = s->now, .post = take, .arg = &is};

        if (!db_replay(s->db, &what, &res, &e))
            fail_msg("%s", e.msg);
    }
    n = common(&was, &is);
    printf("told %zu in %zu messages and %zu digests; replayed %zu in %zu and %zu; %zu in "
           "both; %lld steps, %.1f s\n",
           was.n, was.messages, was.digests, is.n, is.messages, is.digests, n,
           (long long)res.steps, (double)(clock() - began) / CLOCKS_PER_SEC);
    assert_int_equal(common(&is, &was), n);
    assert_int_equal(res.ended.ms, s->now.ms);
    assert_int_equal(is.digests, was.digests);
    assert_true(was.n > 5 && n * 10 >= was.n * 8 && n * 10 >= is.n * 8);
    assert_in_range(is.messages, was.messages * 8 / 10, was.messages * 12 / 10);
    told_finish(&is);
    told_finish(&was);
    company_store_close(s);
    company_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replay_agrees_with_what_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
