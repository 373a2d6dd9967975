#include "core/digest.h"

#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/utf8.h"
#include "core/lint.h"

enum { BAR = 10, NAME = 16, REVIEW_DAYS = 14, LINES = 30 };

const char *digest_part_name(enum digest_part p)
{
    switch (p) {
#define X(e, name, doc)                                                                \
    case e:                                                                            \
        return name;
        DIGEST_PARTS(X)
#undef X
    case DIGEST_PART_COUNT:
        break;
    }
    return "?";
}

/* The next line, if there is room. */
static struct str add_line(struct arena *a, struct str text, struct str line)
{
    return arena_printf(a, "%.*s%s%.*s", STR_FMT(text), text.n > 0 ? "\n" : "",
                        STR_FMT(line));
}

/* Of a fixed width; ids are ASCII. */
static struct str cell(struct arena *a, struct str s, int width)
{
    return arena_printf(a, "%-*.*s", width, (int)(s.n < (size_t)width ? s.n : (size_t)width),
                        s.n > 0 ? s.p : "");
}

static bool sees(const struct audience *au, const struct node *n)
{
    return au == NULL || audience_sees(au, n);
}

/* ---- the split ---- */

/* '=' up to what is, '|' where the plan is. */
static struct str bar(struct arena *a, double planned, double actual)
{
    char cells[BAR + 2] = {0};
    long plan = lround(planned * BAR), is = lround(actual * BAR);

    for (long i = 0; i <= BAR; i++) {
        cells[i] = i < is ? '=' : '.';
    }
    if (plan >= 0 && plan <= BAR) {
        cells[plan] = '|';
    }
    return arena_printf(a, "%s", cells);
}

struct str digest_split(const struct effort_sum *sum,
                        size_t working_days, struct arena *a)
{
    struct str text = STR_NONE;

    if (!sum->has_plan || sum->distance < 0) {
        return text;
    }
    for (size_t i = 0; i < sum->n_shares && i < LINES; i++) {
        const struct effort_share *v = &sum->shares[i];
        double actual = sum->mapped > 0 ? v->days / sum->mapped : 0;
        struct str name = v->id.n > 0 ? v->id : STR("other");

        text = add_line(a, text,
                        arena_printf(a, "%.*s %.*s %3.0f%% of %.0f%%",
                                     STR_FMT(cell(a, name, NAME)),
                                     STR_FMT(bar(a, v->planned, actual)), 100 * actual,
                                     100 * v->planned));
    }
    return add_line(a, text,
                    arena_printf(a, "D %.0f, %zu days, trust %s, %.0f%% unmapped",
                                 100 * sum->distance, working_days,
                                 trust_name(sum->trust),
                                 sum->days > 0 ? 100 * (1 - sum->mapped / sum->days)
                                               : 0));
}

/* ---- key results ---- */

static bool is_shown(const struct rule_kr *k)
{
    return k->report.state != KR_WAITING && k->report.state != KR_ACHIEVED &&
           k->report.state != KR_MISSED;
}

/* Worst first: what is not known cannot be sorted by how bad it is. */
static double badness(const struct rule_kr *k)
{
    bool has_pace = k->report.has_progress && k->report.has_expected;

    if (k->report.state == KR_BROKEN) {
        return -100;
    }
    return has_pace ? k->report.pace : 0;
}

static int by_badness(const void *x, const void *y)
{
    const struct rule_kr *a = *(const struct rule_kr *const *)x;
    const struct rule_kr *b = *(const struct rule_kr *const *)y;
    double d = badness(a) - badness(b);

    if (d < 0 || d > 0) {
        return d < 0 ? -1 : 1;
    }
    return str_cmp(a->kr->node.id, b->kr->node.id);
}

static struct str pace_line(const struct rule_kr *k, struct arena *a)
{
    const struct kr_pace_report *r = &k->report;
    struct str name = cell(a, k->kr->node.id, NAME);
    struct str value = STR("no value"), pace = STR_NONE;

    if (r->has_value) {
        value = arena_printf(a, "%.4g", r->last.value);
        if (k->kr->kind == KR_REACH && k->kr->has_target) {
            value = arena_printf(a, "%.*s of %.4g", STR_FMT(value), k->kr->target);
        }
    }
    if (r->has_progress && r->has_expected) {
        pace = arena_printf(a, " %+.0f", 100 * r->pace);
    }
    return arena_printf(a, "%.*s %.*s %s%.*s", STR_FMT(name),
                        STR_FMT(cell(a, value, BAR + 3)), kr_state_name(r->state),
                        STR_FMT(pace));
}

struct str digest_pace(const struct rule_kr *v, size_t n, const struct audience *au,
                       struct arena *a)
{
    const struct rule_kr **rows = arena_array(a, n + 1, sizeof(const struct rule_kr *));
    struct str text = STR_NONE;
    size_t shown = 0;

    if (rows == NULL) {
        return text;
    }
    for (size_t i = 0; i < n; i++) {
        if (is_shown(&v[i]) && sees(au, &v[i].kr->node)) {
            rows[shown++] = &v[i];
        }
    }
    qsort(rows, shown, sizeof *rows, by_badness);
    for (size_t i = 0; i < shown && i < LINES; i++) {
        text = add_line(a, text, pace_line(rows[i], a));
    }
    if (shown > LINES) {
        text = add_line(a, text,
                        arena_printf(a, "%zu more: alignctl krs", shown - LINES));
    }
    return text;
}

bool digest_pace_is_quiet(const struct rule_kr *v, size_t n, const struct audience *au)
{
    for (size_t i = 0; i < n; i++) {
        enum kr_state state = v[i].report.state;

        if (sees(au, &v[i].kr->node) &&
            (state == KR_OFF_PACE || state == KR_BROKEN || state == KR_STALE)) {
            return false;
        }
    }
    return true;
}

/* ---- the strategy's minute ---- */

static bool takes_turns(const struct intent *in, struct date today,
                        const struct audience *au)
{
    return sees(au, &in->node) && !lint_over(&in->node, today);
}

const struct intent *digest_intent(const struct strategy *s, int64_t turn,
                                   struct date today, const struct audience *au)
{
    uint64_t n = 0, left;

    for (size_t i = 0; i < s->n_intents; i++) {
        n += takes_turns(&s->intents[i], today, au);
    }
    left = n > 0 ? (uint64_t)turn % n : 0;
    for (size_t i = 0; i < s->n_intents; i++) {
        if (takes_turns(&s->intents[i], today, au) && left-- == 0) {
            return &s->intents[i];
        }
    }
    return NULL;
}

struct str digest_minute(const struct strategy *s, const struct intent *in,
                         const struct audience *au, struct arena *a)
{
    struct str text, served = STR_NONE;

    for (size_t i = 0; i < s->n_objectives; i++) {
        if (s->objectives[i].intent == in && sees(au, &s->objectives[i].node)) {
            served = arena_printf(a, "%.*s%s%.*s", STR_FMT(served),
                                  served.n > 0 ? "; " : "",
                                  STR_FMT(utf8_cut(s->objectives[i].node.title, 120)));
        }
    }
    text = arena_printf(a, "%.*s", STR_FMT(utf8_cut(in->node.title, 200)));
    if (in->node.why.n > 0) {
        text = add_line(a, text,
                        arena_printf(a, "Why: %.*s",
                                     STR_FMT(utf8_cut(in->node.why, 400))));
    }
    if (served.n > 0) {
        text = add_line(a, text, arena_printf(a, "We serve it by: %.*s",
                                              STR_FMT(utf8_cut(served, 600))));
    }
    return text;
}

/* ---- decisions ---- */

static struct str review_line(struct arena *a, struct str what, struct str title,
                              struct date by, struct date today)
{
    int64_t left = date_to_days(by) - date_to_days(today);
    char mem[20];
    struct buf b;

    if (by.year == 0 || left > REVIEW_DAYS) {
        return STR_NONE;
    }
    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, by);
    return arena_printf(a, "%.*s: %.*s (review %s %.*s)", STR_FMT(what),
                        STR_FMT(utf8_cut(title, 120)), left < 0 ? "was due" : "due",
                        STR_FMT(buf_str(&b)));
}

static bool is_asked(const struct strategy *s, const struct node *n,
                     const struct person *owner, const struct audience *au)
{
    return sees(au, n) && (owner == NULL || (n->owner.n > 0 &&
                                             strategy_person(s, n->owner) == owner));
}

struct str digest_decisions(const struct strategy *s, struct date today,
                            const struct person *owner, const struct audience *au,
                            struct arena *a)
{
    struct str text = STR_NONE, line = STR_NONE;
    size_t n = 0;

    if (owner == NULL) { /* the strategy is everybody's */
        line = review_line(a, STR("strategy"), s->name, s->review_by, today);
    }
    text = line.n > 0 ? add_line(a, text, line) : text;
    for (size_t i = 0; i < s->n_decisions && n < LINES; i++) {
        const struct decision *d = &s->decisions[i];

        if (!is_asked(s, &d->node, owner, au)) {
            continue;
        }
        line = review_line(a, d->node.id, d->chose, d->review_by, today);
        text = line.n > 0 ? add_line(a, text, line) : text;
        n += line.n > 0;
    }
    for (size_t i = 0; i < s->n_events && n < LINES; i++) {
        const struct event *v = &s->events[i];

        if (!is_asked(s, &v->node, owner, au)) {
            continue;
        }
        line = review_line(a, v->node.id, v->node.title, v->review_by, today);
        text = line.n > 0 ? add_line(a, text, line) : text;
        n += line.n > 0;
    }
    return text;
}
