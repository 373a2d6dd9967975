/*
 * The form of a strategy: every check on a strategy without a fault, which one
 * edit makes it fire on, leave quiet or stand at its boundary; the score; and that
 * no text, of any script or none, is more than a text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "core/lint.h"
#include "core/lint_text.h"

/* clang-format off */
static const char whole[] =
    "strategy: 1\n"
    "name: Acme\n"
    "review_by: 2027-03-31\n"
    "currency: TRY\n"
    "vision:\n"
    "  statement: Every clinic plans its day without a phone call\n"
    "  customers: Clinics\n"
    "  differentiator: Reads the billing rules\n"
    "  will: [booking]\n"
    "  wont: [hospitals]\n"
    "  horizon: 2031\n"
    "not_doing:\n"
    "  - { id: no-fax, title: Fax, why: one two three four five six seven eight }\n"
    "intents:\n"
    "  - { id: up, title: Win groups, owner: ana, until: 2027-06-30,\n"
    "      why: one two three four five six seven eight }\n"
    "objectives:\n"
    "  - id: choose\n"
    "    title: Groups choose us first\n"
    "    intent: up\n"
    "    why: one two three four five six seven eight\n"
    "    owner: ana\n"
    "    share: 60%\n"
    "    from: 2026-10-01\n"
    "    to: 2026-12-31\n"
    "    key_results:\n"
    "      - { id: nps, title: NPS, baseline: 40, target: 60, unit: points, owner: ana,\n"
    "          by: 2026-12-31 }\n"
    "  - id: stay\n"
    "    title: Single sites stay\n"
    "    intent: up\n"
    "    why: one two three four five six seven eight\n"
    "    owner: ben\n"
    "    share: 40%\n"
    "    from: 2026-10-01\n"
    "    to: 2026-12-31\n"
    "    key_results:\n"
    "      - { id: churn, title: Churn, baseline: 9, target: 5, unit: percent, owner: ben,\n"
    "          by: 2026-12-31 }\n"
    "initiatives:\n"
    "  - { id: day, title: A second site in a day, moves: [nps], owner: ben,\n"
    "      problem: one two three four five six seven eight,\n"
    "      rice: { reach: 1, impact: 1, confidence: 50%, effort: 5d } }\n"
    "  - { id: calls, title: Fewer calls, moves: [churn], owner: ana,\n"
    "      problem: one two three four five six seven eight,\n"
    "      rice: { reach: 2, impact: 1, confidence: 50%, effort: 5d } }\n"
    "buckets:\n"
    "  - { id: ktlo, title: Keep it running, share: 15% }\n"
    "teams:\n"
    "  - { id: web, title: Web, key_results: [nps, churn] }\n"
    "people:\n"
    "  - { id: ana, name: Ana }\n"
    "  - { id: ben, name: Ben }\n"
    "competitors:\n"
    "  - { id: rival, title: Rival }\n"
    "decisions:\n"
    "  - { id: D-1, date: 2026-09-01, chose: This, because: Why, assumes: [share(choose) >= 50%] }\n";
/* clang-format on */

static const struct date today = {2026, 11, 22};

/* ---- reading ---- */

/* The text with the first `from` as `to`; *text is replaced. NULL: no edit. */
static void edit(struct buf *text, const char *from, const char *to)
{
    ptrdiff_t at;
    struct buf b;

    if (from == NULL)
        return;
    at = str_find(buf_str(text), str_of(from));
    if (at < 0)
        fail_msg("the strategy has no '%s'", from);
    buf_init(&b, (size_t)1 << 22);
    buf_add(&b, str_first(buf_str(text), (size_t)at));
    buf_addz(&b, to);
    buf_add(&b, str_skip(buf_str(text), (size_t)at + strlen(from)));
    buf_finish(text);
    *text = b;
}

struct linted {
    struct arena *a;
    struct strategy *s;
    struct lint l;
};

static struct linted lint_text(struct str text, struct date day)
{
    struct conf_diag *d = conf_diag_create();
    struct linted r = {.a = arena_create((size_t)256 << 20)};
    struct buf why;

    r.s = strategy_load_text("s.yaml", text, d);
    if (r.s == NULL) {
        buf_init(&why, 1 << 20);
        conf_diag_print(d, &why);
        fail_msg("%s", buf_cstr(&why));
    }
    conf_diag_destroy(d);
    assert_true(lint_run(r.s, day, r.a, &r.l));
    return r;
}

static void linted_end(struct linted *r)
{
    strategy_unref(r->s);
    arena_destroy(r->a);
}

static struct linted lint_edited(const char *const (*edits)[2], size_t n,
                                 struct date day)
{
    struct linted r;
    struct buf text;

    buf_init(&text, (size_t)1 << 22);
    buf_addz(&text, whole);
    for (size_t i = 0; i < n; i++)
        edit(&text, edits[i][0], edits[i][1]);
    r = lint_text(buf_str(&text), day);
    buf_finish(&text);
    return r;
}

static void dump(const struct lint *l, const char *what)
{
    for (size_t i = 0; i < l->n; i++)
        print_message("%s: %u %.*s: %.*s [%s]\n", what, l->v[i].line,
                      STR_FMT(l->v[i].node), STR_FMT(l->v[i].message), l->v[i].check);
}

/* ---- each check ---- */

static void test_nothing_to_find(void **state UNUSED)
{
    struct linted r = lint_edited(NULL, 0, today);

    dump(&r.l, "whole");
    assert_int_equal(r.l.n, 0);
    assert_true(r.l.asked > 40);
    assert_int_equal(r.l.passed, r.l.asked);
    assert_true(lint_score(&r.l) > 0.9999);
    assert_int_equal(lint_grade(&r.l), LINT_GREEN);
    linted_end(&r);
}

#define SIX "one two three four five six"
#define EXTRA(id, from, to)                                                            \
    "  - { id: " id ", title: Others like it, intent: up, owner: ana, share: 0%, "     \
    "from: " from ", to: " to ", why: " SIX " seven eight,\n"                          \
    "      key_results: [{ id: kr-" id ", title: KR " id ", baseline: 1, target: 3, "  \
    "unit: x, by: " to " }] }\n"
#define TEAM_OF_ALL(more) "key_results: [nps, churn, " more "]"

struct row {
    const char *check;
    size_t n;         /* findings of this check; of others there are none, unless */
    const char *node; /* of the first; NULL: the strategy itself, or none */
    const char *edits[6][2];
    bool others; /* the edit brings other findings */
};

/* clang-format off */
static const struct row rows[] = {
    {"no-vision", 1, NULL, {{"vision:\n", "context:\n"}, {"  will: [booking]\n", ""}, {"  wont: [hospitals]\n", ""}, {"  horizon: 2031\n", ""}}, false},
    {"no-not-doing", 1, NULL, {{"not_doing:\n  - { id: no-fax, title: Fax, why: " SIX " seven eight }\n", ""}}, false},
    {"no-shares", 1, NULL, {{"    share: 60%\n", ""}, {"    share: 40%\n", ""}, {"assumes: [share(choose) >= 50%]", "assumes: [pace(nps) >= 0]"}}, false},
    {"no-buckets", 1, NULL, {{"buckets:\n  - { id: ktlo, title: Keep it running, share: 15% }\n", ""}}, false},
    {"no-teams", 1, NULL, {{"teams:\n  - { id: web, title: Web, key_results: [nps, churn] }\n", ""}}, false},
    {"no-people", 1, NULL, {{"people:\n  - { id: ana, name: Ana }\n  - { id: ben, name: Ben }\n", ""}}, false},
    {"no-decisions", 1, NULL, {{"decisions:\n", "decisions: []\n#"}, {"  - { id: D-1", "#"}}, false},
    {"no-assumptions", 1, NULL, {{", assumes: [share(choose) >= 50%]", ""}}, false},
    {"no-ranks", 1, NULL, {{",\n      rice: { reach: 1, impact: 1, confidence: 50%, effort: 5d }", ""}, {",\n      rice: { reach: 2, impact: 1, confidence: 50%, effort: 5d }", ""}}, false},
    {"no-competitors", 1, NULL, {{"competitors:\n  - { id: rival, title: Rival }\n", ""}}, false},
    {"no-review", 1, NULL, {{"review_by: 2027-03-31\n", ""}}, false},
    {"no-intents", 1, NULL, {{"intents:\n  - { id: up, title: Win groups, owner: ana, until: 2027-06-30,\n      why: " SIX " seven eight }\n", ""}, {"    intent: up\n", ""}, {"    intent: up\n", ""}}, false},

    /* objectives have shares: at 100% nothing is left; without, only beyond it */
    {"shares-sum", 1, "ktlo", {{"share: 15%", "share: 100%"}}, false},
    {"shares-sum", 0, NULL, {{"share: 15%", "share: 99.9%"}}, false},
    {"shares-sum", 0, NULL, {{"share: 15%", "share: 100%"}, {"    share: 60%\n", ""}, {"    share: 40%\n", ""}}, true},
    {"shares-sum", 1, "ktlo", {{"share: 15% }", "share: 100% }\n  - { id: b, title: B, share: 1% }"}, {"    share: 60%\n", ""}, {"    share: 40%\n", ""}}, true},
    {"share-missing", 1, "stay", {{"share: 60%", "share: 100%"}, {"    share: 40%\n", ""}}, false},
    {"share-missing", 0, NULL, {{"share: 60%", "share: 100%"}, {"share: 40%", "share: 0%"}}, false},

    {"objectives-over", 1, NULL, {{"to: 2026-12-31", "to: 2026-11-21"}, {"to: 2026-12-31", "to: 2026-11-21"}}, true},
    {"objectives-over", 0, NULL, {{"to: 2026-12-31", "to: 2026-11-22"}, {"to: 2026-12-31", "to: 2026-11-21"}}, true},

    {"vague-vision", 1, "vision", {{"  customers: Clinics\n", ""}}, false},
    {"vague-vision", 1, "vision", {{"  differentiator: Reads the billing rules\n", ""}}, false},
    {"vague-vision", 1, "vision", {{"  will: [booking]\n", ""}}, false},
    {"vague-vision", 1, "vision", {{"  wont: [hospitals]\n", ""}}, false},
    {"vague-vision", 1, "vision", {{"  horizon: 2031\n", ""}}, false},
    {"vague-vision", 1, "vision", {{"Every clinic plans its day without a phone call", SIX " seven"}}, false},
    {"vague-vision", 0, NULL, {{"Every clinic plans its day without a phone call", SIX " seven eight"}}, false},

    {"missing-middle", 1, "up", {{"    intent: up\n", ""}, {"    intent: up\n", ""}}, false},
    {"missing-middle", 0, NULL, {{"    intent: up\n", ""}}, false},
    {"missing-middle", 1, "calls", {{", moves: [churn]", ""}}, false},
    {"missing-middle", 0, NULL, {{", moves: [churn]", ", status: done"}}, false},
    {"missing-middle", 0, NULL, {{", moves: [churn]", ", status: dropped"}}, false},
    {"missing-middle", 1, "calls", {{", moves: [churn]", ", status: proposed"}}, false},
    {"missing-middle", 1, "later", {{"initiatives:\n", EXTRA("later", "2027-01-01", "2027-03-31") "initiatives:\n"}, {",\n      key_results: [{ id: kr-later, title: KR later, baseline: 1, target: 3, unit: x, by: 2027-03-31 }]", ""}}, false},

    {"kr-unmeasurable", 1, "nps", {{", baseline: 40", ""}}, false},
    {"kr-unmeasurable", 1, "nps", {{", target: 60", ""}}, false},
    {"kr-unmeasurable", 1, "nps", {{", unit: points", ""}}, false},
    {"kr-unmeasurable", 1, "nps", {{",\n          by: 2026-12-31", ""}}, false},
    {"kr-unmeasurable", 0, NULL, {{", unit: points, owner: ana", ", unit: points"}}, false},
    {"kr-unmeasurable", 1, "nps", {{", unit: points, owner: ana", ", unit: points"}, {"    owner: ana\n", ""}}, true},
    {"kr-unmeasurable", 0, NULL, {{"baseline: 40, target: 60", "kind: keep, at_least: 40"}, {",\n          by: 2026-12-31", ""}}, false},
    {"kr-unmeasurable", 1, "nps", {{"baseline: 40, target: 60, unit: points", "kind: keep, at_least: 40"}}, false},
    {"kr-unmeasurable", 0, NULL, {{"baseline: 40, target: 60, unit: points", "kind: done"}}, false},
    {"kr-unmeasurable", 1, "nps", {{"baseline: 40, target: 60, unit: points", "kind: done"}, {",\n          by: 2026-12-31", ""}}, false},

    /* one metric: by title, by query, by cell; not the same number, not at one time */
    {"contested-metric", 1, "churn", {{"title: Churn, baseline: 9, target: 5", "title: nps, baseline: 9, target: 15"}}, false},
    {"contested-metric", 0, NULL, {{"title: Churn, baseline: 9, target: 5", "title: nps, baseline: 9, target: 15"}, {"    owner: ben\n", "    owner: ana\n"}}, false},
    {"contested-metric", 1, "churn", {{"title: Churn", "title: NPS"}, {"    owner: ben\n", "    owner: ana\n"}}, false},
    {"contested-metric", 1, "churn", {{"title: NPS", "title: NPS, value: {from: m, query: q}"}, {"title: Churn", "title: Churn, value: {from: m, query: q}"}}, false},
    {"contested-metric", 0, NULL, {{"title: NPS", "title: NPS, value: {from: m, query: q}"}, {"title: Churn", "title: Churn, value: {from: m, query: p}"}}, false},
    {"contested-metric", 1, "churn", {{"title: NPS", "title: NPS, value: {csv: a.csv, row: r, column: c}"}, {"title: Churn", "title: Churn, value: {csv: a.csv, row: r, column: c}"}}, false},
    {"contested-metric", 0, NULL, {{"title: NPS", "title: NPS, value: {csv: a.csv, row: r, column: c}"}, {"title: Churn", "title: Churn, value: {csv: a.csv, row: r, column: d}"}}, false},
    {"contested-metric", 0, NULL, {{"title: Churn", "title: NPS"}, {"from: 2026-10-01\n    to: 2026-12-31", "from: 2026-10-01\n    to: 2026-12-30"}, {"from: 2026-10-01\n    to: 2026-12-31", "from: 2026-12-31\n    to: 2027-03-31"}, {"    share: 60%\n", ""}, {"    share: 40%\n", ""}}, true},
    {"contested-metric", 1, "churn", {{"title: Churn", "title: NPS"}, {"    to: 2026-12-31\n", "    to: 2026-12-31 \n"}, {"from: 2026-10-01\n    to: 2026-12-31\n", "from: 2026-12-31\n    to: 2027-03-31\n"}, {"    share: 60%\n", ""}, {"    share: 40%\n", ""}}, true},
    {"contested-metric", 0, NULL, {{"by: 2026-12-31 }\n", "by: 2026-12-31 }\n      - { id: floor, title: NPS, kind: keep, at_most: 90, unit: points }\n"}, {"[nps, churn]", "[nps, churn, floor]"}}, false},
    {"contested-metric", 1, "churn", {{"title: Churn, baseline: 9, target: 5", "title: NPS, kind: keep, at_most: 5"}, {"    owner: ben\n", "    owner: ana\n"}}, false},

    {"team-without-kr", 1, "ops", {{"teams:\n", "teams:\n  - { id: ops, title: Ops }\n"}}, false},
    {"team-without-kr", 0, NULL, {{"teams:\n", "teams:\n  - { id: ops, title: Ops, key_results: [nps] }\n"}}, false},
    {"kr-without-team", 1, "churn", {{"[nps, churn]", "[nps]"}}, false},

    {"output-verb", 1, "choose", {{"Groups choose us first", "Ship the group console"}}, false},
    {"output-verb", 1, "choose", {{"Groups choose us first", "\"  Roll  OUT: the console\""}}, false},
    {"output-verb", 0, NULL, {{"Groups choose us first", "Shipments arrive on the day"}}, false},
    {"output-verb", 0, NULL, {{"Groups choose us first", "Roll call takes a minute"}}, false},
    {"output-verb", 0, NULL, {{"Single sites stay", "We ship what sites asked for"}}, false},

    {"only-a-number", 1, "choose", {{"Groups choose us first", "\"10,000 clinics\""}}, false},
    {"only-a-number", 0, NULL, {{"Groups choose us first", "\"10,000 clinics choose us\""}}, false},

    {"currency-target", 1, "choose", {{"unit: points", "unit: EUR"}}, false},
    {"currency-target", 1, "choose", {{"title: NPS", "title: Revenue of groups"}}, false},
    {"currency-target", 1, "choose", {{"title: NPS", "title: Spent in TRY"}}, false},
    {"currency-target", 0, NULL, {{"title: NPS", "title: Visits until they try"}}, false},
    {"currency-target", 0, NULL, {{"by: 2026-12-31 }\n", "by: 2026-12-31 }\n      - { id: arr, title: ARR, baseline: 1, target: 2, unit: EUR, by: 2026-12-31 }\n"}, {"[nps, churn]", "[nps, churn, arr]"}}, false},
    {"currency-target", 0, NULL, {{"Groups choose us first", "Groups choose us for 2 million euros"}}, false},

    {"kr-deliverable", 1, "nps", {{"title: NPS, baseline: 40, target: 60", "title: Launch the survey, baseline: 0, target: 1"}}, false},
    {"kr-deliverable", 0, NULL, {{"title: NPS, baseline: 40, target: 60", "title: Launch the survey, baseline: 0, target: 2"}}, false},
    {"kr-deliverable", 1, "nps", {{"title: NPS, baseline: 40, target: 60, unit: points", "title: Launch the survey, kind: done"}}, false},
    {"kr-deliverable", 0, NULL, {{"title: NPS, baseline: 40, target: 60, unit: points", "title: The survey is read, kind: done"}}, false},
    {"kr-deliverable", 1, "nps", {{"title: NPS, baseline: 40, target: 60", "title: Launch the survey"}}, true},
    {"kr-deliverable", 0, NULL, {{"title: NPS, baseline: 40, target: 60", "title: Answers of the survey"}}, true},

    {"owner-missing", 1, "up", {{"title: Win groups, owner: ana", "title: Win groups"}}, false},
    {"owner-missing", 1, "choose", {{"    owner: ana\n", ""}}, false},
    {"owner-missing", 1, "day", {{"moves: [nps], owner: ben", "moves: [nps]"}}, false},
    {"owner-missing", 0, NULL, {{"moves: [nps], owner: ben", "moves: [nps], status: done"}}, false},

    {"why-missing", 1, "no-fax", {{", why: " SIX " seven eight }", " }"}}, false},
    {"why-missing", 1, "up", {{",\n      why: " SIX " seven eight }", " }"}}, false},
    {"why-missing", 1, "choose", {{"    why: " SIX " seven eight\n", "    why: " SIX " seven\n"}}, false},
    {"why-missing", 1, "day", {{"      problem: " SIX " seven eight,\n", ""}}, false},
    {"why-missing", 0, NULL, {{"      problem: " SIX " seven eight,\n", "      why: " SIX " seven eight,\n"}}, false},

    {"rank-missing", 1, "calls", {{",\n      rice: { reach: 2, impact: 1, confidence: 50%, effort: 5d }", ""}}, false},
    {"rank-missing", 0, NULL, {{",\n      rice: { reach: 2, impact: 1, confidence: 50%, effort: 5d }", ",\n      status: done"}}, false},

    {"initiatives-over", 1, NULL, {{"title: A second site in a day", "title: A, status: done"}, {"title: Fewer calls", "title: F, status: dropped"}}, false},
    {"initiatives-over", 0, NULL, {{"title: A second site in a day", "title: A, status: done"}}, false},
    /* what is over is no part */
    {"no-intents", 1, NULL, {{"until: 2027-06-30", "until: 2026-11-21"}}, false},
    {"no-intents", 0, NULL, {{"until: 2027-06-30", "until: 2026-11-22"}}, false},
    {"no-ranks", 0, NULL, {{",\n      rice: { reach: 1, impact: 1, confidence: 50%, effort: 5d }", ""}, {",\n      rice: { reach: 2, impact: 1, confidence: 50%, effort: 5d }", ",\n      status: done"}}, false},
    {"no-shares", 1, NULL, {{"    share: 40%\n    from: 2026-10-01\n    to: 2026-12-31\n", "    from: 2026-10-01\n    to: 2026-12-31\n"}, {"    share: 60%\n    from: 2026-10-01\n    to: 2026-12-31\n", "    share: 100%\n    from: 2026-07-01\n    to: 2026-09-30\n"}}, true},
    {"no-assumptions", 0, NULL, {{"decisions:\n", "decisions: []\n#"}, {"  - { id: D-1", "#"}}, true},

    {"many-objectives", 0, NULL, {{"initiatives:\n", EXTRA("x1", "2026-10-01", "2026-12-31") EXTRA("x2", "2026-10-01", "2026-12-31") EXTRA("x3", "2026-10-01", "2026-12-31") "initiatives:\n"}, {"[nps, churn]", "[nps, churn, kr-x1, kr-x2, kr-x3]"}}, false},
    {"many-objectives", 1, "x4", {{"initiatives:\n", EXTRA("x1", "2026-10-01", "2026-12-31") EXTRA("x2", "2026-10-01", "2026-12-31") EXTRA("x3", "2026-10-01", "2026-12-31") EXTRA("x4", "2026-12-31", "2027-03-31") "initiatives:\n"}, {"[nps, churn]", "[nps, churn, kr-x1, kr-x2, kr-x3, kr-x4]"}}, true},
    {"many-objectives", 0, NULL, {{"initiatives:\n", EXTRA("x1", "2026-10-01", "2026-12-31") EXTRA("x2", "2026-10-01", "2026-12-31") EXTRA("x3", "2026-10-01", "2026-12-31") EXTRA("x4", "2027-01-01", "2027-03-31") "initiatives:\n"}, {"[nps, churn]", "[nps, churn, kr-x1, kr-x2, kr-x3, kr-x4]"}}, false},
};
/* clang-format on */

static void check_row(const struct row *row, size_t index)
{
    size_t n_edits = 0, n = 0;
    const struct lint_finding *first = NULL;
    struct linted r;

    while (n_edits < ARRAY_LEN(row->edits) && row->edits[n_edits][0] != NULL)
        n_edits++;
    r = lint_edited(row->edits, n_edits, today);
    for (size_t i = 0; i < r.l.n; i++) {
        if (strcmp(r.l.v[i].check, row->check) == 0) {
            first = n++ == 0 ? &r.l.v[i] : first;
        } else if (!row->others) {
            dump(&r.l, row->check);
            fail_msg("row %zu (%s) finds %s, too", index, row->check, r.l.v[i].check);
        }
    }
    if (n != row->n) {
        dump(&r.l, row->check);
        fail_msg("row %zu (%s): %zu findings, not %zu", index, row->check, n, row->n);
    }
    if (first != NULL) {
        const struct lint_check *c = lint_find(str_of(row->check));

        assert_non_null(c);
        assert_int_equal(first->level, c->level);
        assert_true(first->message.n > 0 && first->fix.n > 0);
        assert_true(str_eqz(first->file, "s.yaml"));
        if (!str_eq(first->node, str_of(row->node)))
            fail_msg("row %zu (%s): at '%.*s'", index, row->check,
                     STR_FMT(first->node));
        if (row->node == NULL)
            assert_int_equal(first->line, 1);
        else
            assert_int_equal(first->line, strategy_find(r.s, first->node)->line);
    }
    linted_end(&r);
}

static void test_checks(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_row(&rows[i], i);
}

/* Every check has a row that fires. */
static void test_every_check_fires(void **state UNUSED)
{
    for (const struct lint_check *c = lint_checks; c->id != NULL; c++) {
        size_t n = 0;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            n += strcmp(rows[i].check, c->id) == 0 && rows[i].n > 0;
        if (n == 0)
            fail_msg("%s never fires here", c->id);
        assert_true((c->ask != NULL) != (c->has != NULL));
        assert_true(strlen(c->what) > 10 && strlen(c->why) > 10);
        assert_ptr_equal(lint_find(str_of(c->id)), c);
    }
    assert_null(lint_find(STR("nope")));
}

/* ---- the score ---- */

static void test_score(void **state UNUSED)
{
    struct lint l = {.asked = 20, .passed = 8, .found = {[LINT_HINT] = 2}};

    assert_true(lint_score(&l) > 0.4499 && lint_score(&l) < 0.4501);
    assert_int_equal(lint_grade(&l), LINT_AMBER);
    l.passed = 7;
    l.found[LINT_HINT] = 3; /* 42.5% */
    assert_int_equal(lint_grade(&l), LINT_RED);
    l = (struct lint){.asked = 100, .passed = 44, .found = {[LINT_HINT] = 1}};
    assert_int_equal(lint_grade(&l), LINT_RED); /* 44.5% */
    l = (struct lint){.asked = 20, .passed = 15};
    assert_int_equal(lint_grade(&l), LINT_GREEN);
    l.asked = 21;
    assert_int_equal(lint_grade(&l), LINT_AMBER);
    l.asked = 15;
    l.missing = STRATEGY_KIND(NODE_INTENT);
    assert_int_equal(lint_grade(&l), LINT_RED);
    l = (struct lint){.n = 0};
    assert_int_equal(lint_grade(&l), LINT_RED);
}

/* What is found counts half or nothing, and all that was asked is accounted for. */
static void test_counts(void **state UNUSED)
{
    static const char *const edits[][2] = {{"  customers: Clinics\n", ""},
                                           {", baseline: 40", ""},
                                           {"share: 15%", "share: 100%"}};
    struct linted all = lint_edited(NULL, 0, today);
    struct linted r = lint_edited(edits, ARRAY_LEN(edits), today);
    double want;

    assert_int_equal(r.l.asked, all.l.asked);
    assert_int_equal(r.l.passed, r.l.asked - 3);
    for (int i = 0; i < LINT_LEVEL_COUNT; i++)
        assert_int_equal(r.l.found[i], 1);
    want = ((double)r.l.asked - 2.5) / (double)r.l.asked;
    assert_true(lint_score(&r.l) > want - 1e-9 && lint_score(&r.l) < want + 1e-9);
    assert_int_equal(r.l.missing, 0);
    linted_end(&all);
    linted_end(&r);
}

static void test_missing_levels(void **state UNUSED)
{
    static const char minimal[] = "strategy: 1\nname: A\n"
                                  "objectives: [{id: o, title: Grow, to: 2026-12-31}]\n"
                                  "initiatives: [{id: i, title: I, status: done}]\n";
    static const struct date later = {2027, 1, 1};
    struct linted r = lint_text(str_of(minimal), today);

    assert_int_equal(r.l.missing, STRATEGY_KIND(NODE_INTENT) | STRATEGY_KIND(NODE_KR) |
                                      STRATEGY_KIND(NODE_INITIATIVE));
    assert_int_equal(lint_grade(&r.l), LINT_RED);
    linted_end(&r);
    r = lint_text(str_of(minimal), later);
    assert_true((r.l.missing & STRATEGY_KIND(NODE_OBJECTIVE)) != 0);
    linted_end(&r);
}

/* Findings stand in the order of the file, of one line in that of the table. */
static void test_order(void **state UNUSED)
{
    static const char *const edits[][2] = {
        {"review_by: 2027-03-31\n", ""},
        {"competitors:\n  - { id: rival, title: Rival }\n", ""}};
    struct linted r = lint_edited(edits, ARRAY_LEN(edits), today);
    struct lint_finding late = {
        .check = "load", .level = LINT_WARNING, .file = STR("a.yaml"), .line = 99};

    assert_int_equal(r.l.n, 2);
    assert_string_equal(r.l.v[0].check, "no-competitors");
    assert_string_equal(r.l.v[1].check, "no-review");
    assert_true(lint_add(&r.l, r.a, &late));
    lint_sort(&r.l);
    assert_int_equal(r.l.v[0].line, 99);
    assert_int_equal(r.l.asked, r.l.passed + 3);
    linted_end(&r);
}

/* ---- texts ---- */

static void test_words(void **state UNUSED)
{
    static const struct {
        size_t n;
        const char *text;
    } texts[] = {
        {0, ""},
        {0, " \t -- ... \xe2\x80\x94 ! "},
        {1, "don't"},
        {1, "24/7"},
        {3, "one \xe2\x80\x94 two, three."},
        {4, "\xd0\xbc\xd1\x8b \xd0\xbd\xd0\xb5 \xd0\xb6\xd0\xb4\xd1\x91\xd0\xbc "
            "\xd0\xb2\xd0\xb0\xd1\x81"},                  /* Russian */
        {1, "\xe6\x82\xa3\xe8\x80\x85\xe3\x80\x82"},      /* two Han and a full stop */
        {3, "\xed\x95\x9c\xea\xb5\xad \xec\x96\xb4 abc"}, /* Hangul has blanks */
        {2, "\xc2\xa0x\xe3\x80\x80y"},                    /* no-break and wide blank */
        {1, "\xff\xfe\x80 a"},
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        size_t n = text_words(str_of(texts[i].text));

        if (n != texts[i].n)
            fail_msg("text %zu has %zu words, not %zu", i, n, texts[i].n);
    }
}

static void test_numbers_and_money(void **state UNUSED)
{
    static const struct {
        bool number, money;
        const char *text;
    } texts[] = {
        {true, false, "10,000 users"},
        {true, false, "+20%"},
        {true, false, "Grow by 20% in 2027"},
        {true, false, "NPS 60"},
        {true, false, "2027"},
        {true, true,
         "\xe2\x82\xac"
         "2m"},
        {true, true, "Reach $1.5M ARR by Q4 2027"},
        {true, true, "Revenue of 3 million EUR"},
        {false, true, "Grow revenue"},
        {false, false, "2027 readiness"},
        {false, false, "24/7 support"},
        {false, false, "3D printing"},
        {false, false, "Clinics book within 5 minutes"},
        {false, false, "B2B customers come first"},
        {false, false, ""},
        {false, false, "..."},
        {false, false,
         "\xe6\x82\xa3\xe8\x80\x85\xe3\x81\xaf\xe5\xbe\x85\xe3\x81\x9f\xe3\x81\xaa\xe3"
         "\x81\x84 2 \xd1\x80\xd0\xb0\xd0\xb7\xd0\xb0"},
        {false, true, "Pay 5 \xef\xbc\x84 to the clinics"}, /* full-width dollar */
        {false, false, "Eurovision"},
        {false, false, "\xff\x80 \xc3"},
    };
    struct arena *a = arena_create(1 << 20);

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str s = str_of(texts[i].text);

        if (text_is_only_number(a, s) != texts[i].number)
            fail_msg("'%s' as a number", texts[i].text);
        if (text_is_money(a, s, STR_NONE) != texts[i].money)
            fail_msg("'%s' as money", texts[i].text);
    }
    assert_true(text_is_money(a, STR("Spend in CAD"), STR("CAD")));
    assert_false(text_is_money(a, STR("Spend in cad"), STR("CAD")));
    arena_destroy(a);
}

static void test_output_verbs(void **state UNUSED)
{
    static const struct {
        const char *verb, *text;
    } texts[] = {
        {"build", "BUILD it"},
        {"roll out", "Roll out to all"},
        {"set up",
         "\xe2\x80\x8bSet \xc2\xa0up things"}, /* what nobody sees is no letter */
        {"launch", "\xef\xbd\x8c\xef\xbd\x81\xef\xbd\x95\xef\xbd\x8e\xef\xbd\x83\xef"
                   "\xbd\x88 x"}, /* full-width */
        {"ship", "\"Ship\" it"},
        {"", "Builders love it"},
        {"", "Roll"},
        {"", "Set"},
        {"", ""},
        {"",
         "\xd0\x97\xd0\xb0\xd0\xbf\xd1\x83\xd1\x81\xd1\x82\xd0\xb8\xd1\x82\xd1\x8c"},
    };
    struct arena *a = arena_create(1 << 20);

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str verb = text_output_verb(a, str_of(texts[i].text));

        if (!str_eqz(verb, texts[i].verb))
            fail_msg("'%s': '%.*s'", texts[i].text, STR_FMT(verb));
    }
    arena_destroy(a);
}

/* ---- size ---- */

/* Thousands that show one number: neither slow nor out of memory. */
static void test_many_of_one_metric(void **state UNUSED)
{
    struct linted r;
    struct buf text;

    buf_init(&text, (size_t)1 << 20);
    buf_addz(&text, "strategy: 1\nname: A\ninitiatives: [{id: i, title: I}]\n"
                    "objectives:\n");
    for (int i = 0; i < 4000; i++)
        buf_printf(
            &text,
            "- {id: o%d, title: O, owner: p%d, key_results: [{id: k%d, title: T}]}\n",
            i, i, i);
    r = lint_text(buf_str(&text), today);
    assert_true(r.l.found[LINT_WARNING] >= 8000);
    linted_end(&r);
    buf_finish(&text);
}

/* Where memory ends, it says so, wherever that is. */
static void test_no_memory(void **state UNUSED)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = strategy_load_text("s.yaml", str_of(whole), d);
    size_t ceiling = 64;
    bool ok = false;

    assert_non_null(s);
    for (; !ok && ceiling < ((size_t)4 << 20); ceiling += 512) {
        struct arena *a = arena_create(ceiling);
        struct lint l;

        ok = lint_run(s, today, a, &l);
        if (ok)
            assert_int_equal(l.n, 0);
        arena_destroy(a);
    }
    assert_true(ok && ceiling > 1000);
    strategy_unref(s);
    conf_diag_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_find),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_every_check_fires),
        cmocka_unit_test(test_score),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_missing_levels),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_numbers_and_money),
        cmocka_unit_test(test_output_verbs),
        cmocka_unit_test(test_many_of_one_metric),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
