/*
 * The mail-bag: eighteen months of the example company under alignd's own settings, with
 * a channel for each team. How many messages came, how many of them were worth it. Seeds
 * 1 to 5 are for tuning (MAIL_SEEDS="1 2"), 6 to 10 for the gate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/sql.h"
#include "tests/company/replay.h"

enum { CHANNELS = 16, WEEKS = 80, LEAST_ACTED = 50, MOST_A_WEEK = 5 };

struct box {
    struct str channel;
    unsigned per_week[WEEKS]; /* but those with something of severity high */
    unsigned messages, high, digests, baseline;
};

struct bag {
    struct company *c;
    struct company_store *s;
    struct arena *a;
    struct box v[CHANNELS];
    size_t n;
    unsigned told, acted, by_itself; /* findings: told new; of them resolved, within a day */
};

static bool split(struct company_store *s, struct err *e)
{
    bool more = true;

    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    return true;
}

/* What is due before the next sync is sent when it is due. */
static bool deliver(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    struct wall now = s->now, next = {0};
    struct wall sync = {(day + 1) * COMPANY_DAY_MS + COMPANY_SYNC_HOUR * INT64_C(3600000)};
    unsigned frozen;

    (void)ctx;
    if (!split(s, e))
        return false;
    do {
        if (!db_flush(s->db, &s->ev, now, &frozen, &next, e))
            return false;
        now = next;
    } while (next.ms != 0 && next.ms < sync.ms);
    return true;
}

/* ---- what came ---- */

static int64_t week_of(int64_t day)
{
    return (day - (COMPANY_FIRST - date_weekday(date_from_days(COMPANY_FIRST)))) / 7;
}

static struct box *box_of(struct bag *b, struct str channel)
{
    for (size_t i = 0; i < b->n; i++) {
        if (str_eq(b->v[i].channel, channel))
            return &b->v[i];
    }
    assert_true(b->n < CHANNELS);
    b->v[b->n].channel = arena_str(b->a, channel);
    return &b->v[b->n++];
}

static void count_messages(struct bag *b)
{
    static const char sql[] =
        "SELECT channel, created, json_extract(notice, '$.kind'), EXISTS (SELECT 1 FROM"
        " json_each(notice, '$.sections') WHERE json_extract(value,"
        " '$.entries[0].severity') = 'high') FROM outbox ORDER BY id";
    struct query q;
    struct err e;
    bool row;

    assert_true(query_open(&q, b->s->db, sql, SQL_NONE, &e));
    assert_true(query_next(&q, &row, &e));
    while (row) {
        struct box *box = box_of(b, query_str(&q, 0));
        int64_t week = week_of(query_int(&q, 1) / COMPANY_DAY_MS);
        struct str kind = query_str(&q, 2);
        bool digest = str_eqz(kind, "digest"), high = query_int(&q, 3) != 0 && !digest;

        assert_true(week >= 0 && week < WEEKS);
        box->per_week[week] += !high;
        box->messages++;
        box->high += high;
        box->digests += digest;
        box->baseline += str_eqz(kind, "baseline");
        assert_true(query_next(&q, &row, &e));
    }
}

static unsigned number(struct bag *b, const char *sql)
{
    struct err e;
    int64_t n;

    assert_true(sql_int(b->s->db, sql, SQL_NONE, 0, &n, &e));
    return (unsigned)n;
}

static void count_findings(struct bag *b)
{
    b->told = number(b, "SELECT count(*) FROM finding_event WHERE what = 'told' AND"
                        " detail LIKE 'new to %'");
    b->acted = number(b, "SELECT count(DISTINCT t.n) FROM finding_event t JOIN"
                         " finding_event r ON r.finding = t.finding AND r.n > t.n AND"
                         " r.what = 'resolved' WHERE t.what = 'told' AND t.detail LIKE"
                         " 'new to %' AND r.at - t.at >= 86400000");
    b->by_itself = number(b, "SELECT count(DISTINCT t.n) FROM finding_event t JOIN"
                             " finding_event r ON r.finding = t.finding AND r.n > t.n"
                             " AND r.what = 'resolved' WHERE t.what = 'told' AND"
                             " t.detail LIKE 'new to %' AND r.at - t.at < 86400000");
}

/* ---- what is said of it ---- */

/* A quarter begins, a project is added, a query narrowed: more may be to tell. */
static bool is_normal(int64_t week)
{
    static const int64_t turns[] = {
        COMPANY_FIRST,           COMPANY_DAY(2025, 10, 1), COMPANY_DAY(2026, 1, 1),
        COMPANY_DAY(2026, 4, 1), COMPANY_DAY(2026, 7, 1),  COMPANY_DAY(2026, 10, 1),
        COMPANY_PROJECT_ADDED,   COMPANY_QUERY_NARROWED,
    };

    for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
        int64_t turn = week_of(turns[i]);

        if (week == turn || week == turn + 1)
            return false;
    }
    return true;
}

static unsigned most_in_a_week(const struct box *b)
{
    unsigned most = 0;

    for (int64_t w = 0; w < WEEKS; w++) {
        if (is_normal(w) && b->per_week[w] > most)
            most = b->per_week[w];
    }
    return most;
}

static void report(const struct bag *b, unsigned long seed)
{
    print_message("seed %lu: %u findings told, %u resolved afterwards, %u within a day\n",
                  seed, b->told, b->acted + b->by_itself, b->by_itself);
    for (size_t i = 0; i < b->n; i++) {
        const struct box *x = &b->v[i];

        print_message("  %-14.*s %3u messages (%u digests, %u high, %u of what was"
                      " there), %.1f a week, at most %u that are not high in a normal"
                      " one\n",
                      STR_FMT(x->channel), x->messages, x->digests, x->high, x->baseline,
                      x->messages / 78.0, most_in_a_week(x));
    }
}

static void judge(const struct bag *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (str_has_prefix(b->v[i].channel, STR("team-")) &&
            most_in_a_week(&b->v[i]) > MOST_A_WEEK)
            fail_msg("%.*s got %u messages in a week", STR_FMT(b->v[i].channel),
                     most_in_a_week(&b->v[i]));
    }
}

static void play(unsigned long seed)
{
    struct bag b = {.a = arena_create(1 << 20)};
    struct err e;

    assert_non_null(b.a);
    b.c = company_create(seed, &e);
    assert_non_null(b.c);
    b.s = company_store_open(b.c, &e);
    assert_non_null(b.s);
    b.s->conf_of = company_mail_conf;
    if (!company_replay(b.s, COMPANY_FIRST, COMPANY_LAST, deliver, NULL, &e))
        fail_msg("%s", e.msg);
    count_messages(&b);
    count_findings(&b);
    report(&b, seed);
    judge(&b);
    company_store_close(b.s);
    company_destroy(b.c);
    arena_destroy(b.a);
}

static void teams_are_not_swamped(void **state)
{
    const char *given = getenv("MAIL_SEEDS");
    struct str rest = str_of(given != NULL ? given : "6"), one;

    (void)state;
    while (str_split(&rest, ' ', &one)) {
        uint64_t seed;

        assert_true(str_to_u64(one, &seed));
        play((unsigned long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_are_not_swamped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
