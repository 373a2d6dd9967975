#include "core/rules/kr_words.h"
#include "core/rules/rules.h"

static struct date end_of(const struct key_result *kr)
{
    return kr->by.year != 0 ? kr->by : kr->objective->to;
}

/* What is lost with it: the days that are left, weighed by the effort that is planned. */
static double stake_of(const struct key_result *kr, struct date today)
{
    struct date end = end_of(kr);
    int64_t days = end.year != 0 ? date_to_days(end) - date_to_days(today) : 0;

    return kr->objective->share > 0 ? (double)days * kr->objective->share : 0;
}

static bool runs(const struct key_result *kr, struct date start, struct date today)
{
    return objective_is_running(kr->objective, today) &&
           (start.year == 0 || date_cmp(start, today) <= 0) &&
           (kr->by.year == 0 || date_cmp(today, kr->by) <= 0);
}

static bool is_moved(const struct strategy *s, const struct key_result *kr)
{
    for (size_t i = 0; i < s->n_initiatives; i++) {
        const struct initiative *it = &s->initiatives[i];

        for (size_t k = 0; it->status == INITIATIVE_ACTIVE && k < it->n_moves; k++) {
            if (it->moves[k].kr == kr) {
                return true;
            }
        }
    }
    return false;
}

/* Which key results some active initiative moves, by their place; NULL: no memory. */
static bool *all_moved(const struct strategy *s, struct arena *a)
{
    bool *moved = arena_array(a, s->n_key_results + 1, sizeof *moved);

    for (size_t i = 0; moved != NULL && i < s->n_initiatives; i++) {
        const struct initiative *it = &s->initiatives[i];

        for (size_t k = 0; it->status == INITIATIVE_ACTIVE && k < it->n_moves; k++) {
            moved[it->moves[k].kr - s->key_results] = true;
        }
    }
    return moved;
}

/* Its place among those that nothing moves, and how many they are. */
static size_t place_of(const struct rule_input *in, struct arena *a, size_t *ret_of)
{
    const struct strategy *s = in->strategy;
    const bool *moved = all_moved(s, a);
    struct date today = wording_today(in);
    double mine = stake_of(in->kr->kr, today);
    size_t place = 1;

    *ret_of = 1;
    for (size_t i = 0; moved != NULL && i < s->n_key_results; i++) {
        const struct key_result *kr = &s->key_results[i];
        double other = stake_of(kr, today);

        if (kr == in->kr->kr || moved[i] || !runs(kr, kr->start, today)) {
            continue;
        }
        ++*ret_of;
        /* Of equals the first of the file. */
        place += other > mine || (other >= mine && kr < in->kr->kr);
    }
    return place;
}

/* "; it runs until 31 Dec; 60% of effort is planned for its objective; ..." */
static struct str stake_words(const struct rule_input *in, struct arena *a, size_t place,
                              size_t of)
{
    const struct key_result *kr = in->kr->kr;
    struct date end = end_of(kr);
    struct str text = STR_NONE;

    if (end.year != 0) {
        text = arena_printf(a, "; it runs until %.*s",
                            STR_FMT(wording_day(a, end, wording_today(in))));
    }
    if (kr->objective->share > 0) {
        text = arena_printf(a, "%.*s; %.0f%% of effort is planned for its objective",
                            STR_FMT(text), 100 * kr->objective->share);
    }
    if (of > 1) {
        text = arena_printf(a, "%.*s; number %zu of %zu such by days left x share",
                            STR_FMT(text), place, of);
    }
    return text;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct key_result *kr = in->kr->kr;
    struct wording_facts f;
    size_t of, place = place_of(in, a, &of);

    hit->note = arena_printf(a, "no active initiative moves it%.*s",
                             STR_FMT(stake_words(in, a, place, of)));
    hit->fix = arena_printf(a,
                            "begin an initiative with `moves: [%.*s]`, add it to the "
                            "moves of one that does, or take it out of the strategy",
                            STR_FMT(kr->node.id));
    hit->command =
        arena_printf(a, "alignctl krs %.*s", STR_FMT(wording_shell(a, kr->node.id)));
    hit->node = kr->node.id;
    wording_facts_begin(&f);
    jsonw_str(&f.w, "key_result", kr->node.id);
    jsonw_str(&f.w, "objective", kr->objective->node.id);
    if (kr->objective->share >= 0) {
        jsonw_double(&f.w, "share", kr->objective->share);
    }
    if (end_of(kr).year != 0) {
        jsonw_str(&f.w, "until", wording_date(a, end_of(kr)));
    }
    jsonw_int(&f.w, "place", (int64_t)place);
    jsonw_int(&f.w, "of", (int64_t)of);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct rule_kr *k = in->kr;
    const struct objective *o = k->kr->objective;
    struct date today = wording_today(in);

    *ret_next = (struct wall){0};
    if (is_moved(in->strategy, k->kr)) {
        return false;
    }
    if (!runs(k->kr, k->report.start, today)) {
        kr_look_at(in, o->from, ret_next);
        kr_look_at(in, k->report.start, ret_next);
        return false;
    }
    /* With the day its period may end, and its place among others change. */
    kr_look_at(in, date_from_days(date_to_days(today) + 1), ret_next);
    say(in, a, hit);
    return true;
}

const struct rule rule_uncovered_kr = {
    .id = "uncovered-kr",
    .title = "a key result that nothing moves",
    .what = "A running key result with no active initiative that is to move it.",
    .why = "What nobody works on comes true by chance.",
    .formula = "its objective and its own period run today, and no initiative with status "
               "active has it in `moves`; ranked by days left x planned share",
    .fix = "Begin something that moves it, or take it out.",
    .one = "1 key result that nothing moves",
    .many = "%d key results that nothing moves",
    .subject = RULE_KR,
    .severity = SEV_WARN,
    .for_ = {.wd = 5},
    .whatever_scope = true,
    .eval = eval,
};
