#include "core/rules/initiative.h"
#include "core/rules/rules.h"

#include <stdlib.h>

struct busy_conf {
    int64_t share, done, advance;
};

#define AT(member) offsetof(struct busy_conf, member)
static const struct conf_key params[] = {
    {.name = "share",
     .type = CONF_INT,
     .offset = AT(share),
     .dflt = "10",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of the mapped days of 28 days from which on it is busy."},
    {.name = "done",
     .type = CONF_INT,
     .offset = AT(done),
     .dflt = "10",
     .min = 1,
     .max = 100000,
     .live = true,
     .doc = "Items done in 28 days, a fifth more than usual, from which on it is busy, "
            "too."},
    {.name = "advance",
     .type = CONF_INT,
     .offset = AT(advance),
     .dflt = "25",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of what the pace expected below which a key result has not moved."},
    {0},
};

enum { WINDOW_DAYS = 28, WEEKS_OF_WINDOW = 4 };

/* ---- busy ---- */

struct busy {
    double share; /* of the mapped days; negative: nothing is known of them */
    int64_t done; /* in the window */
    double usual; /* a week: the median of eight */
};

static int by_number(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

static struct busy busy_of(const struct rule_input *in)
{
    const struct effort_sum *s = &in->effort->all;
    struct busy b = {.share = s->mapped > 0 ? 0 : -1};
    int64_t weeks[RULE_DONE_WEEKS];

    for (size_t i = 0; i < s->n_nodes; i++) {
        if (str_eq(s->nodes[i].node, in->initiative->node.id)) {
            b.share = s->nodes[i].days / s->mapped;
        }
    }
    for (size_t i = 0; i < RULE_DONE_WEEKS; i++) {
        weeks[i] = in->work->done[i];
        b.done += i < WEEKS_OF_WINDOW ? weeks[i] : 0;
    }
    qsort(weeks, RULE_DONE_WEEKS, sizeof weeks[0], by_number);
    b.usual =
        (double)(weeks[RULE_DONE_WEEKS / 2 - 1] + weeks[RULE_DONE_WEEKS / 2]) / 2;
    return b;
}

static bool is_busy(const struct busy *b, const struct busy_conf *c)
{
    return 100 * b->share >= (double)c->share - 1e-6 ||
           (b->done >= c->done &&
            (double)b->done / WEEKS_OF_WINDOW >= 1.2 * b->usual - 1e-6);
}

/* ---- flat ---- */

struct advance {
    struct kr_value from, to;
    double got, expected; /* of the way from baseline to target */
};

static int64_t whole_days(struct span s)
{
    return s.wd > 0 ? (s.wd * 7 + 4) / 5 : (s.ms + DUR_DAY(1).ms - 1) / DUR_DAY(1).ms;
}

static double progress(const struct key_result *kr, double value)
{
    return (value - kr->baseline) / (kr->target - kr->baseline);
}

/*
 * Over max(28 days, 2 check-ins) up to today, from the last value before (none: from the
 * baseline, which is that of its start); false: nothing
 * can be concluded. What is stale or unknown is never called flat, nor what has run for
 * a shorter time, nor what is where its pace expects it or ahead of that.
 */
static bool advance_of(const struct rule_kr *k, struct date today, struct advance *ret)
{
    int64_t check = 2 * whole_days(k->kr->check_in), now = date_to_days(today);
    int64_t first = now - (check > WINDOW_DAYS ? check : WINDOW_DAYS);
    struct kr_pace_report then = {.has_expected = true}; /* nothing, at its start */
    bool told = false;
    size_t fresh = 0;

    if ((k->report.state != KR_ON_PACE && k->report.state != KR_OFF_PACE) ||
        k->kr->kind != KR_REACH || !k->report.has_expected || k->report.pace > -1e-9 ||
        date_to_days(k->report.start) > first) {
        return false;
    }
    ret->from = (struct kr_value){k->report.start, k->kr->baseline};
    for (size_t i = 0; i < k->n; i++) {
        int64_t day = date_to_days(k->v[i].date);

        if (day < date_to_days(k->report.start) || day > now) {
            continue;
        }
        fresh += day > first &&
                 (i + 1 == k->n || date_cmp(k->v[i].date, k->v[i + 1].date) != 0);
        if (day <= first) {
            ret->from = k->v[i];
            told = true;
        }
    }
    ret->to = k->report.last;
    if (fresh < 2) {
        return false;
    }
    if (told) {
        kr_judge(k->kr, k->v, k->n, k->first_load, ret->from.date, &then);
    }
    ret->got = k->report.progress - progress(k->kr, ret->from.value);
    ret->expected = k->report.expected - then.expected;
    return then.has_expected && ret->expected > 1e-9;
}

/* *ret: of the first of them. */
static bool are_flat(const struct rule_input *in, const struct busy_conf *c,
                     struct advance *ret)
{
    const struct initiative *it = in->initiative;
    struct date today = wording_today(in);

    for (size_t i = 0; i < it->n_moves; i++) {
        struct advance one;

        if (!advance_of(&in->work->moves[i], today, &one) ||
            100 * one.got >= (double)c->advance * one.expected - 1e-6) {
            return false;
        }
        if (i == 0) {
            *ret = one;
        }
    }
    return it->n_moves > 0;
}

/* Work takes `lag` to show; nobody knows since when where no start is given. */
static bool is_past_lag(const struct rule_input *in, struct wall *ret_next)
{
    const struct initiative *it = in->initiative;
    bool past = true;

    for (size_t i = 0; past && i < it->n_moves; i++) {
        struct span lag = it->moves[i].kr->lag;
        struct wall due;

        if (it->start.year == 0) {
            past = lag.wd == 0 && lag.ms == 0;
            continue;
        }
        due = calendar_add(in->cal, wording_midnight(in, it->start), lag);
        initiative_sooner(ret_next, due, in->now);
        past = in->now.ms >= due.ms;
    }
    return past;
}

/* ---- */

static struct str busy_text(const struct busy *b, const struct busy_conf *c,
                            struct arena *a)
{
    return 100 * b->share >= (double)c->share - 1e-6
               ? arena_printf(a, "took %.0f%% of the mapped days of %d days",
                              100 * b->share, WINDOW_DAYS)
               : arena_printf(a, "closed %lld items in %d days (usual: %.0f)",
                              (long long)b->done, WINDOW_DAYS,
                              WEEKS_OF_WINDOW * b->usual);
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                const struct busy *b, const struct advance *ad)
{
    const struct effort_sum *s = &in->effort->all;
    const struct key_result *kr = in->initiative->moves[0].kr;
    struct str trust = s->weakest.n > 0
                           ? arena_printf(a, "%s: %.*s", trust_name(s->trust),
                                          STR_FMT(s->weakest))
                           : str_of(trust_name(s->trust));
    struct wording_facts f;

    hit->note = arena_printf(
        a,
        "%.*s (trust %.*s); no movement of `%.*s`: %.*s on %.*s, %.*s on %.*s, %.0f%% of "
        "the way where its pace expected %.0f%%%s",
        STR_FMT(busy_text(b, in->conf->own, a)), STR_FMT(trust), STR_FMT(kr->node.id),
        STR_FMT(wording_value(a, kr, ad->from.value)),
        STR_FMT(wording_date(a, ad->from.date)),
        STR_FMT(wording_value(a, kr, ad->to.value)),
        STR_FMT(wording_date(a, ad->to.date)), 100 * ad->got, 100 * ad->expected,
        in->initiative->n_moves > 1 ? ", nor of what else it moves" : "");
    hit->fix = STR("ask whether this work can move that number, and by when it would "
                   "show; else change the work, or what it is to move");
    hit->command = STR("alignctl needle");
    hit->node = in->initiative->node.id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_double(&f.w, "share", b->share);
    jsonw_int(&f.w, "done", b->done);
    jsonw_double(&f.w, "usual", WEEKS_OF_WINDOW * b->usual);
    jsonw_strz(&f.w, "trust", trust_name(s->trust));
    jsonw_str(&f.w, "key_result", kr->node.id);
    jsonw_double(&f.w, "from", ad->from.value);
    jsonw_double(&f.w, "to", ad->to.value);
    jsonw_double(&f.w, "advanced", ad->got);
    jsonw_double(&f.w, "expected", ad->expected);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct busy_conf *conf = in->conf->own;
    struct advance ad = {.got = 0};
    struct busy b;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next) || !is_past_lag(in, ret_next)) {
        return false;
    }
    b = busy_of(in);
    if (!is_busy(&b, conf) || !are_flat(in, conf, &ad)) {
        return false;
    }
    say(in, a, hit, &b, &ad);
    return true;
}

const struct rule rule_busy_but_flat = {
    .id = "busy-but-flat",
    .title = "much work and no movement of its key results",
    .what = "An active initiative takes many days, and the key results it is to move "
            "have not moved.",
    .why = "Work that moves nothing is a bet that is being lost, or one not yet due: "
           "somebody ought to say which.",
    .formula =
        "status active, some objective it moves runs today, active for longer than "
        "`lag` of what it moves; over 28 days `share` percent of the mapped days, or "
        "`done` items done and 1.2 times the median of eight weeks; and over max(28 "
        "days, 2 check-ins), with 2 values in it, every key result it moves advanced "
        "less than `advance` percent of what its pace expected. Never where one is "
        "stale, unknown, on or ahead of its pace, began within that time or has none. It says what is beside "
        "what, not what causes what.",
    .fix = "Ask whether this work can move that number, and by when it would show.",
    .one = "1 initiative with much work and no movement of its key results",
    .many = "%d initiatives with much work and no movement of their key results",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .keep_for = {.wd = 1},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct busy_conf),
    .eval = eval,
};
