/*
 * A draft of the next period: periods as people write them, what ends and what goes
 * on, ids, where the lines belong in a file, and that what is written loads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "config/config.h"
#include "config/roll_text.h"
#include "core/lint.h"
#include "core/roll.h"

/* ---- periods ---- */

static void expect_period(const char *text, const char *want)
{
    struct period p, before;
    struct buf b;

    if (!period_parse(str_of(text), &p)) {
        if (want != NULL)
            fail_msg("%s is refused", text);
        return;
    }
    if (want == NULL)
        fail_msg("%s is taken", text);
    before = period_before(p);
    buf_init(&b, 200);
    date_print(&b, before.from);
    buf_addc(&b, ' ');
    date_print(&b, before.to);
    buf_addc(&b, ' ');
    date_print(&b, p.from);
    buf_addc(&b, ' ');
    date_print(&b, p.to);
    assert_string_equal(buf_cstr(&b), want);
    buf_finish(&b);
}

static void test_periods(void **state UNUSED)
{
    expect_period("2027Q1", "2026-10-01 2026-12-31 2027-01-01 2027-03-31");
    expect_period("2028q2", "2028-01-01 2028-03-31 2028-04-01 2028-06-30");
    expect_period("2027Q4", "2027-07-01 2027-09-30 2027-10-01 2027-12-31");
    expect_period("2027H1", "2026-07-01 2026-12-31 2027-01-01 2027-06-30");
    expect_period("2027h2", "2027-01-01 2027-06-30 2027-07-01 2027-12-31");
    expect_period("2027", "2026-01-01 2026-12-31 2027-01-01 2027-12-31");
    expect_period("1971", "1970-01-01 1970-12-31 1971-01-01 1971-12-31");
    expect_period("9998Q4", "9998-07-01 9998-09-30 9998-10-01 9998-12-31");
    expect_period("", NULL);
    expect_period("2027Q0", NULL);
    expect_period("2027Q5", NULL);
    expect_period("2027H3", NULL);
    expect_period("2027Q", NULL);
    expect_period("2027Q1 ", NULL);
    expect_period("2027X1", NULL);
    expect_period("202", NULL);
    expect_period("1970", NULL);
    expect_period("9999", NULL);
    expect_period("-027", NULL);
    assert_int_equal(period_suffix(STR("nps-2026q4")), 7);
    assert_int_equal(period_suffix(STR("nps-2026")), 5);
    assert_int_equal(period_suffix(STR("nps-2026q5")), 0);
    assert_int_equal(period_suffix(STR("nps-26")), 0);
    assert_int_equal(period_suffix(STR("2026")), 0);
    assert_int_equal(period_suffix(STR("-2026")), 0);
}

/* ---- the draft ---- */

#define HEAD                                                                           \
    "strategy: 1\n"                                                                    \
    "name: Acme # kept\n"                                                              \
    "intents: [{ id: upmarket, title: Win }]\n"

#define OBJECTIVES                                                                     \
    "objectives: # those of the year\n"                                                \
    "  - id: grow-2026q4\n"                                                            \
    "    title: 'Grow: fast'\n"                                                        \
    "    intent: upmarket\n"                                                           \
    "    why: They stay\n"                                                             \
    "    owner: ana\n"                                                                 \
    "    share: 100%\n"                                                                \
    "    visibility: team\n"                                                           \
    "    docs: [{ title: Memo, url: 'https://wiki.example.com/a' }]\n"                 \
    "    from: 2026-10-01\n"                                                           \
    "    to: 2026-12-31\n"                                                             \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2026-12-31,\n"       \
    "          unit: points, pace: late, lag: 36h, check_in: 10wd,\n"                  \
    "          value: { from: metrics, query: 'avg(nps{a=\"b\"})' } }\n"               \
    "      - { id: up, title: Uptime, kind: keep, at_least: 99.9, unit: '%',\n"        \
    "          value: { csv: up.csv, row: a, column: b } }\n"                          \
    "      - { id: sso, title: SSO is there, kind: done }\n"                           \
    "      - { id: soc, title: Audited, kind: done }\n"                                \
    "      - { id: sev, title: Sev1, baseline: 9, target: 2, by: 2026-12-31,\n"        \
    "          pace: { milestones: { 2026-11-01: 5 } },\n"                             \
    "          value: { items: { labels: [sev1], fields: { Area: [pay] } },\n"         \
    "                   count: open } }\n"                                             \
    "      - { id: long, title: Long, baseline: 1, target: 2, by: 2027-06-30 }\n"      \
    "  - { id: forever, title: Goes on,\n"                                             \
    "      key_results: [{ id: part, title: Part, baseline: 1, target: 2,\n"           \
    "                      by: 2026-12-31 }] }\n"                                      \
    "  - { id: past, title: Long over, to: 2026-09-30 }\n"                             \
    "  # the end of it\n"

#define REST                                                                           \
    "\n"                                                                               \
    "# What we do.\n"                                                                  \
    "initiatives:\n"                                                                   \
    "  - { id: on, title: On, moves: [nps] }\n"                                        \
    "  - { id: off, title: Off, moves: [nps], status: done }\n"                        \
    "teams: [{ id: web, title: Web, key_results: [nps, long] }]\n"                     \
    "retired: [old]\n"

static const char want_draft[] =
    "  # Draft of 2027q1, 2027-01-01 to 2027-03-31: what ended before it.\n"
    "  # "
    "to be filled in: key result part ends on 2026-12-31, its objective forever goes on: add "
    "part-2027q1 there\n"
    "  # "
    "initiative on moves nps-2027q1 now, instead of nps\n"
    "  # initiative off is done: left behind\n"
    "  # "
    "team web has nps-2027q1 now, instead of nps\n"
    "  # old is retired\n"
    "  - id: grow-2027q1\n"
    "    title: \"Grow: fast\"\n"
    "    intent: upmarket\n"
    "    why: They stay\n"
    "    owner: ana\n"
    "    visibility: team\n"
    "    docs:\n"
    "      - { title: Memo, url: \"https://wiki.example.com/a\" }\n"
    "    share: 100%\n"
    "    from: 2027-01-01\n"
    "    to: 2027-03-31\n"
    "    # key result soc is done: left behind\n"
    "    # key result long goes on to 2027-06-30: left where it is\n"
    "    key_results:\n"
    "      - id: nps-2027q1\n"
    "        title: NPS\n"
    "        baseline: 47.5\n"
    "        # its last value, of 2026-12-20\n"
    "        # "
    "to be filled in: target, by 2027-03-31; it was 60\n"
    "        start: 2027-01-01\n"
    "        by: 2027-03-31\n"
    "        unit: points\n"
    "        pace: late\n"
    "        lag: 36h\n"
    "        check_in: 10wd\n"
    "        value: { from: metrics, query: \"avg(nps{a=\\\"b\\\"})\" }\n"
    "      - id: up-2027q1\n"
    "        title: Uptime\n"
    "        start: 2027-01-01\n"
    "        by: 2027-03-31\n"
    "        kind: keep\n"
    "        at_least: 99.9\n"
    "        unit: \"%\"\n"
    "        value: { csv: up.csv, row: a, column: b }\n"
    "      - id: sso-2027q1\n"
    "        title: SSO is there\n"
    "        start: 2027-01-01\n"
    "        by: 2027-03-31\n"
    "        kind: done\n"
    "      - id: sev-2027q1\n"
    "        title: Sev1\n"
    "        # "
    "to be filled in: baseline; no value of it is known, it began at 9\n"
    "        # "
    "to be filled in: target, by 2027-03-31; it was 2\n"
    "        # "
    "to be filled in: pace; it had 1 milestones\n"
    "        start: 2027-01-01\n"
    "        by: 2027-03-31\n"
    "        value: { items: { labels: [sev1], fields: { Area: [pay] } }, count: open "
    "}\n";

static struct strategy *loaded(struct str text)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("s.yaml", text, d);

    if (s == NULL)
        fail_msg("%.*s\n%s", STR_FMT(text), conf_diag_first(d).p);
    conf_diag_destroy(d);
    return s;
}

static struct roll roll_of(const struct strategy *s, struct arena *a, const char *name)
{
    struct roll r = {.s = s, .name = str_of(name), .a = a};

    assert_true(period_parse(str_of(name), &r.period));
    return r;
}

/* Lint names what was left open, and nothing of the old one. */
static void expect_lint(const struct strategy *s, struct arena *a)
{
    size_t n = 0;
    struct lint l;

    assert_true(lint_run(s, (struct date){2027, 1, 2}, a, &l));
    for (size_t i = 0; i < l.n; i++) {
        if (str_eqz(str_of(l.v[i].check), "kr-unmeasurable") &&
            str_has_suffix(l.v[i].node, STR("-2027q1")))
            n++;
    }
    assert_int_equal(n, 2); /* nps and sev */
}

static void test_draft(void **state UNUSED)
{
    struct arena *a = arena_create((size_t)4 << 20);
    struct str text = STR(HEAD OBJECTIVES REST);
    struct strategy *s = loaded(text), *next;
    struct kr_value known[7] = {
        {{2026, 12, 20}, 47.5}, {{0}, 0}, {{0}, 0}, {{2026, 12, 1}, 1}};
    struct roll r = roll_of(s, a, "2027q1");
    size_t at, indent;
    struct buf b;
    struct err e;

    r.known = known;
    buf_init(&b, 1 << 20);
    assert_true(roll_write(&r, 2, &b, &e));
    if (strcmp(buf_cstr(&b), want_draft) != 0)
        fail_msg("%s", buf_cstr(&b));
    assert_int_equal(r.objectives, 1);
    assert_int_equal(r.key_results, 4);

    assert_true(roll_place(text, &at, &indent));
    assert_int_equal(indent, 2);
    assert_true(str_has_prefix(str_skip(text, at), STR("\n" REST)));
    buf_clear(&b);
    buf_add(&b, str_first(text, at + 1));
    buf_addz(&b, want_draft);
    buf_add(&b, str_skip(text, at + 1));
    next = loaded(buf_str(&b));
    assert_int_equal(next->n_objectives, 4);
    assert_true(str_eqz(next->objectives[3].node.id, "grow-2027q1"));
    assert_true(next->objectives[3].node.visibility == VIS_TEAM);
    assert_int_equal(next->n_key_results, 11);
    assert_true(next->key_results[7].baseline > 47.4);
    assert_false(next->key_results[7].has_target);
    assert_true(
        str_eq(next->key_results[7].value_query, s->key_results[0].value_query));
    assert_int_equal(next->key_results[7].lag.ms, s->key_results[0].lag.ms);
    assert_int_equal(next->key_results[7].check_in.wd, 10);
    assert_int_equal(next->key_results[10].value_items.n_fields, 1);
    expect_lint(next, a);

    /* Once more: it has been done. */
    r = roll_of(next, a, "2027q1");
    buf_clear(&b);
    assert_true(roll_write(&r, 2, &b, &e));
    assert_int_equal(r.objectives, 0);
    assert_non_null(strstr(buf_cstr(&b), "grow-2026q4 has its successor already"));
    strategy_unref(next);
    strategy_unref(s);
    buf_finish(&b);
    arena_destroy(a);
}

/* Ids stay within 64 characters and apart from those there are. */
static void test_ids(void **state UNUSED)
{
    static const char text[] =
        "strategy: 1\nname: A\nobjectives:\n"
        "- { id: a123456789012345678901234567890123456789012345678901234567890123, "
        "title: T, to: 2026-12-31, key_results: [{ id: kr, title: K }] }\n"
        "- { id: kr-2027q1, title: In its place }\n"
        "initiatives: [{ id: i, title: I }]\n";
    struct arena *a = arena_create((size_t)4 << 20);
    struct strategy *s = loaded(str_of(text));
    struct roll r = roll_of(s, a, "2027q1");
    size_t at, indent;
    struct buf b;
    struct err e;

    buf_init(&b, 1 << 20);
    assert_true(roll_place(str_of(text), &at, &indent));
    assert_int_equal(indent, 0);
    buf_add(&b, str_first(str_of(text), at + 1));
    assert_true(roll_write(&r, indent, &b, &e));
    buf_add(&b, str_skip(str_of(text), at + 1));
    strategy_unref(s);
    s = loaded(buf_str(&b));
    assert_int_equal(s->n_objectives, 3);
    assert_int_equal(s->objectives[2].node.id.n, 64);
    assert_true(str_eqz(s->key_results[1].node.id, "kr-2027q1-2"));
    strategy_unref(s);
    buf_finish(&b);
    arena_destroy(a);
}

static void test_place(void **state UNUSED)
{
    static const struct {
        const char *text;
        const char *rest; /* NULL: there is no place */
        size_t indent;
    } rows[] = {
        {"objectives:\n- id: a\n  title: b\nx: 1\n", "\nx: 1\n", 0},
        {"objectives:\n    - id: a\n\n# c\nx: 1\n", "\n\n# c\nx: 1\n", 4},
        {"x: 1\nobjectives:\n  # c\n  - id: a", "", 2},
        {"objectives:\n  - id: a\n...\n", "\n...\n", 2},
        {"objectives:\r\n  - id: a\r\nx: 1\r\n", "\nx: 1\r\n", 2},
        {"objectives:\n  -\n    id: a\n", "\n", 2},
        {"objectives: [{ id: a }]\n", NULL, 0},
        {"objectives:\n  [{ id: a }]\n", NULL, 0},
        {"objectives:\n", NULL, 0},
        {"x: 1\n", NULL, 0},
        {"", NULL, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t at = 0, indent = 9;
        bool found = roll_place(str_of(rows[i].text), &at, &indent);

        if (found != (rows[i].rest != NULL))
            fail_msg("%s: %d", rows[i].text, found);
        if (!found)
            continue;
        assert_string_equal(rows[i].text + at, rows[i].rest);
        assert_int_equal(indent, rows[i].indent);
    }
}

/* ---- the file with the draft in it ---- */

static bool rolled(const char *text, struct buf *out, struct conf_diag *d)
{
    struct arena *a = arena_create((size_t)16 << 20);
    struct strategy *s = loaded(str_of(text));
    struct roll r = roll_of(s, a, "2027q1");
    bool ok = roll_text(&r, &s->files[0], d, out);

    strategy_unref(s);
    arena_destroy(a);
    return ok;
}

#define SMALL                                                                          \
    "strategy: 1\nname: A\nobjectives:\n"                                              \
    "  - id: o\n    title: O\n    to: 2026-12-31\n    key_results:\n"                  \
    "      - { id: nps, title: N, baseline: 1, target: 2, by: 2026-12-31 }\n"          \
    "      - { id: nps-2026q4, title: M, baseline: 1, target: 2, by: 2026-12-31 }\n"   \
    "      - { id: long, title: L, baseline: 1, target: 2, by: 2027-06-30 }\n"

/* What goes on names the new ids however it names them; the rest keeps its bytes. */
static void test_rewrites(void **state UNUSED)
{
    static const char before[] =
        SMALL
        "initiatives: # \"nps\" here is a comment\n"
        "  - { id: flow, title: nps, moves: [\"nps\", long], due: 2027-01-01 }\n"
        "  - id: block\n    title: B\n    moves:\n    - 'nps-2026q4'   # why\n"
        "    - nps\n    weights:\n      nps-2026q4: 60%\n      \"nps\": 40%\n"
        "  - { id: done, title: D, moves: [nps], status: done }\n"
        "  - { id: dropped, title: D, moves: [nps], status: dropped }\n"
        "  - { id: due, title: D, moves: [nps], due: 2026-12-31 }\n"
        "  - { id: other, title: D, moves: [long] }\n"
        "teams:\n- id: web\n  title: W\n  key_results: [long,nps]\n"
        "- { id: one, title: W, key_results: [nps-2026q4] }";
    static const char after[] =
        "initiatives: # \"nps\" here is a comment\n"
        "  - { id: flow, title: nps, moves: [nps-2027q1, long], due: 2027-01-01 }\n"
        "  - id: block\n    title: B\n    moves:\n    - nps-2027q1-2   # why\n"
        "    - nps-2027q1\n    weights:\n      nps-2027q1-2: 60%\n"
        "      nps-2027q1: 40%\n"
        "  - { id: done, title: D, moves: [nps], status: done }\n"
        "  - { id: dropped, title: D, moves: [nps], status: dropped }\n"
        "  - { id: due, title: D, moves: [nps], due: 2026-12-31 }\n"
        "  - { id: other, title: D, moves: [long] }\n"
        "teams:\n- id: web\n  title: W\n  key_results: [long,nps-2027q1]\n"
        "- { id: one, title: W, key_results: [nps-2027q1-2] }";
    struct conf_diag *d = conf_diag_create();
    struct buf out;
    struct strategy *s;

    buf_init(&out, 1 << 20);
    assert_true(rolled(before, &out, d));
    assert_true(str_has_prefix(buf_str(&out), STR(SMALL "  # Draft of 2027q1")));
    if (!str_has_suffix(buf_str(&out), str_of(after)))
        fail_msg("%s", buf_cstr(&out));
    assert_non_null(strstr(buf_cstr(&out), "# initiative flow moves nps-2027q1 now"));
    assert_non_null(strstr(buf_cstr(&out), "initiative due was due on 2026-12-31, so it"));
    assert_non_null(strstr(buf_cstr(&out), "# team web has nps-2027q1 now"));
    s = loaded(buf_str(&out));
    assert_int_equal(s->n_objectives, 2);
    strategy_unref(s);
    buf_finish(&out);
    conf_diag_destroy(d);
}

/* The last lines of a file that does not end its last one. */
static void test_at_the_end(void **state UNUSED)
{
    static const char text[] = "strategy: 1\nname: A\n"
                               "initiatives: [{ id: i, title: I, moves: [k] }]\n"
                               "objectives:\n- id: o\n  title: O\n  to: 2026-12-31\n"
                               "  key_results: [{ id: k, title: K }]";
    struct conf_diag *d = conf_diag_create();
    struct buf out;
    struct strategy *s;

    buf_init(&out, 1 << 20);
    assert_true(rolled(text, &out, d));
    s = loaded(buf_str(&out));
    assert_int_equal(s->n_objectives, 2);
    assert_true(str_eqz(s->initiatives[0].moves[0].kr->node.id, "k-2027q1"));
    strategy_unref(s);
    buf_finish(&out);
    conf_diag_destroy(d);
}

/* ---- objectives in brackets ---- */

/* Behind the last one, whatever stands there; all else keeps its bytes. */
static void test_brackets(void **state UNUSED)
{
    static const struct {
        const char *list; /* ' @' stands where the draft is to be */
        const char *after;
    } rows[] = {
        {"[{ id: o, title: O, to: 2026-12-31 }@]", "[{ id: o, title: O, to: 2026-12-31 },"},
        {"[{ id: o, title: O, to: 2026-12-31 },@]", "[{ id: o, title: O, to: 2026-12-31 },"},
        {"[\n  { id: o, title: O, to: 2026-12-31 } # last ]\n@  ]",
         "[\n  { id: o, title: O, to: 2026-12-31 }, # last ]\n"},
        {"[\n  { id: o, title: \"It's ] \\\" #\", to: 2026-12-31,\n"
         "    why: rock 'n roll, owner: 'a''b]' },\n  # }\n@  ]",
         "to: 2026-12-31,\n    why: rock 'n roll, owner: 'a''b]' },\n  # }\n"},
        {"\n  [{ id: o, title: O#1, to: 2026-12-31, key_results: [{id: k, title: K}, "
         "{id: l, title: L}]}@]",
         "{id: l, title: L}]},"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct conf_diag *d = conf_diag_create();
        char text[1000], *at;
        struct strategy *s;
        struct buf out;

        snprintf(text, sizeof text,
                 "strategy: 1\nname: A\nobjectives: %s # here\n"
                 "initiatives: [{ id: i, title: I }]\n",
                 rows[i].list);
        at = strchr(text, '@');
        memmove(at, at + 1, strlen(at));
        buf_init(&out, 1 << 20);
        if (!rolled(text, &out, d))
            fail_msg("%s\n%s", text, conf_diag_first(d).p);
        assert_true(str_has_suffix(buf_str(&out), str_of(at)));
        assert_non_null(strstr(buf_cstr(&out), rows[i].after));
        assert_non_null(strstr(buf_cstr(&out), "\n  # Draft of 2027q1"));
        s = loaded(buf_str(&out));
        assert_int_equal(s->n_objectives, 2);
        assert_true(str_eqz(s->objectives[1].node.id, "o-2027q1"));
        strategy_unref(s);
        buf_finish(&out);
        conf_diag_destroy(d);
    }
}

/* What has no place for them is told where it stands. */
static void test_no_place(void **state UNUSED)
{
    static const char text[] = "strategy: 1\nname: A\ninitiatives: [{ id: i, title: I }]\n"
                               "\"objectives\":\n- { id: o, title: O, to: 2026-12-31 }\n";
    struct conf_diag *d = conf_diag_create();
    struct buf out, said;

    buf_init(&out, 1 << 20);
    buf_init(&said, 1 << 20);
    assert_false(rolled(text, &out, d));
    conf_diag_print(d, &said);
    assert_non_null(strstr(buf_cstr(&said), "s.yaml:5:1: error: the next objectives go"));
    assert_int_equal(out.n, 0);
    buf_finish(&out);
    buf_finish(&said);
    conf_diag_destroy(d);
}

/* ---- one strategy written in many ways ---- */

struct writing {
    struct buf *out;
    uint64_t said, laid_out; /* what it says is the same in both ways */
    bool flow;
};

static bool toss(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*random >> 62) == 0;
}

static bool coin(struct writing *w)
{
    return toss(&w->said);
}

/* A blank, or where brackets allow it a line with a comment. */
static void gap(struct writing *w)
{
    buf_addz(w->out, w->flow && toss(&w->laid_out) ? " # it's \"] }\n      " : " ");
}

static void write_key_results(struct writing *w, unsigned shape)
{
    unsigned n = 1 + shape % 3;

    buf_addz(w->out, "key_results: [");
    for (unsigned i = 0; i < n; i++) {
        buf_printf(w->out, "%s{ id: k%u%u, title: 'K''s [%u]',", i > 0 ? ", " : "", shape,
                   i, i);
        gap(w);
        buf_printf(w->out, "baseline: %u, target: 9, by: %s, unit: \"a\\\" ]\" }", i,
                   coin(w) ? "2027-06-30" : "2026-12-31");
    }
    buf_addz(w->out, "]");
}

static void write_objectives(struct writing *w)
{
    unsigned n = 1U + coin(w) + coin(w);

    buf_addz(w->out, w->flow ? "objectives: [" : "objectives:\n");
    for (unsigned i = 0; i < n; i++) {
        if (!w->flow)
            buf_addz(w->out, "  - ");
        buf_printf(w->out, "{ id: o%u, title: \"O: %u\",", i, i);
        gap(w);
        buf_printf(w->out, "to: %s, why: \"a, 'b'\", ",
                   i > 0 && coin(w) ? "2027-12-31" : "2026-12-31");
        write_key_results(w, i);
        buf_addz(w->out, " }");
        if (w->flow && (i + 1 < n || toss(&w->laid_out)))
            buf_addc(w->out, ',');
        gap(w);
        if (!w->flow)
            buf_addc(w->out, '\n');
    }
    buf_addz(w->out, w->flow ? toss(&w->laid_out) ? "\n  ]\n" : "]\n" : "");
}

static void write_strategy(uint64_t seed, bool flow, struct buf *out)
{
    struct writing w = {out, seed, seed + 7, flow};

    buf_addz(out, "strategy: 1\nname: A\n");
    write_objectives(&w);
    buf_printf(out, "initiatives: [{ id: i, title: I, moves: [k00] }]%s\n",
               coin(&w) ? " # k00" : "");
    buf_addz(out, "teams:\n- { id: t, title: T, key_results: [\"k00\"] }\n");
}

/* Without its comments: those alone may differ. */
static void nodes_of(const struct strategy *s, struct buf *out)
{
    for (size_t i = 0; i < s->n_objectives; i++)
        buf_printf(out, "%.*s|%.*s|%.*s|%d-%d\n", STR_FMT(s->objectives[i].node.id),
                   STR_FMT(s->objectives[i].node.title),
                   STR_FMT(s->objectives[i].node.why), s->objectives[i].to.year,
                   s->objectives[i].to.month);
    for (size_t i = 0; i < s->n_key_results; i++) {
        const struct key_result *k = &s->key_results[i];

        buf_printf(out, "%.*s|%.*s|%.*s|%g|%d|%.*s|%d-%d\n", STR_FMT(k->node.id),
                   STR_FMT(k->objective->node.id), STR_FMT(k->node.title), k->baseline,
                   k->has_target, STR_FMT(k->unit), k->by.year, k->by.month);
    }
    buf_printf(out, "%.*s %.*s\n", STR_FMT(s->initiatives[0].moves[0].kr->node.id),
               STR_FMT(s->teams[0].key_results[0]->node.id));
}

/* The lines that people wrote are those of the draft, in their order. */
static void expect_kept(const char *before, const char *after)
{
    struct str rest = str_of(after), want = str_of(before), line;

    while (str_split(&want, '\n', &line)) {
        struct str words = str_trim(line);
        struct str mine;
        bool found = false;

        /* Where the draft comes in, or an id is another one now. */
        if (words.n < 20 || str_find(words, STR("k00")) >= 0 ||
            str_has_suffix(words, STR("]")) || str_has_suffix(words, STR("}")))
            continue;
        while (!found && str_split(&rest, '\n', &mine))
            found = str_eq(mine, line);
        if (!found)
            fail_msg("lost: %.*s\n%s", STR_FMT(line), after);
    }
}

/* Rolled in brackets, it says what it says rolled line by line. */
static void test_ways_of_writing(void **state UNUSED)
{
    size_t with_comment = 0;

    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct buf said[2];

        for (int flow = 0; flow < 2; flow++) {
            struct conf_diag *d = conf_diag_create();
            struct buf text, out;
            struct strategy *s;

            buf_init(&text, 1 << 20);
            buf_init(&out, 1 << 20);
            buf_init(&said[flow], 1 << 20);
            write_strategy(seed, flow == 1, &text);
            if (!rolled(buf_cstr(&text), &out, d))
                fail_msg("%s\n%s", buf_cstr(&text), conf_diag_first(d).p);
            s = loaded(buf_str(&out));
            nodes_of(s, &said[flow]);
            expect_kept(buf_cstr(&text), buf_cstr(&out));
            with_comment += flow && strstr(buf_cstr(&text), "it's") != NULL;
            strategy_unref(s);
            buf_finish(&text);
            buf_finish(&out);
            conf_diag_destroy(d);
        }
        if (strcmp(buf_cstr(&said[0]), buf_cstr(&said[1])) != 0)
            fail_msg("seed %d:\n%s\n%s", (int)seed, buf_cstr(&said[0]),
                     buf_cstr(&said[1]));
        buf_finish(&said[0]);
        buf_finish(&said[1]);
    }
    assert_true(with_comment > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rewrites),
        cmocka_unit_test(test_at_the_end),
        cmocka_unit_test(test_brackets),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_ways_of_writing),
        cmocka_unit_test(test_periods),
        cmocka_unit_test(test_draft),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
