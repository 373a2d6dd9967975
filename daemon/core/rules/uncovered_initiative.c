#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct uncovered_initiative_conf {
    struct span after;
};

static const struct conf_key params[] = {
    {.name = "after",
     .type = CONF_SPAN,
     .offset = offsetof(struct uncovered_initiative_conf, after),
     .dflt = "10wd",
     .live = true,
     .doc = "How long after its start an initiative may be without work."},
    {0},
};

static void sooner(struct wall *next, struct wall t, struct wall now)
{
    if (t.ms > now.ms && (next->ms == 0 || t.ms < next->ms)) {
        *next = t;
    }
}

static struct wall midnight(const struct calendar *cal, struct date d)
{
    return tz_wall(cal->tz != NULL ? cal->tz : tz_utc(), d, 0);
}

/*
 * Only while its period runs: that of some objective it moves. One that moves
 * nothing has no period but its own dates.
 */
static bool is_running(const struct rule_input *in, struct wall *next)
{
    const struct initiative *it = in->initiative;
    const struct tz *tz = in->cal->tz != NULL ? in->cal->tz : tz_utc();
    struct date today = tz_local(tz, in->now).date;
    bool any = it->n_moves == 0;

    for (size_t i = 0; i < it->n_moves; i++) {
        const struct objective *o = it->moves[i].kr->objective;

        any = any || objective_is_running(o, today);
        if (o->from.year != 0) {
            sooner(next, midnight(in->cal, o->from), in->now);
        }
        if (o->to.year != 0) {
            struct date after = date_from_days(date_to_days(o->to) + 1);

            sooner(next, midnight(in->cal, after), in->now);
        }
    }
    return any;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                struct span after)
{
    const struct initiative *it = in->initiative;
    char mem[16];
    struct buf start;
    struct wording_facts facts;

    buf_init_fixed(&start, mem, sizeof mem);
    date_print(&start, it->start);
    hit->note =
        arena_printf(a, "active%s%.*s, and no item open or done is linked to it",
                     start.n > 0 ? " since " : "", STR_FMT(buf_str(&start)));
    hit->fix = arena_printf(
        a,
        "label its work `initiative:%.*s` (or a line `Initiative: %.*s`), or "
        "change its status in the strategy file",
        STR_FMT(it->node.id), STR_FMT(it->node.id));
    hit->command = arena_printf(a, "alignctl link ITEM %.*s", STR_FMT(it->node.id));
    hit->node = it->node.id;
    wording_facts_begin(&facts);
    jsonw_str(&facts.w, "initiative", it->node.id);
    jsonw_str(&facts.w, "start", buf_str(&start));
    wording_span(&facts.w, "after", after);
    jsonw_int(&facts.w, "open", in->tally->open);
    jsonw_int(&facts.w, "completed", in->tally->completed);
    jsonw_int(&facts.w, "discarded", in->tally->discarded);
    hit->facts = wording_facts_end(&facts, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct uncovered_initiative_conf *conf = in->conf->own;
    const struct initiative *it = in->initiative;

    *ret_next = (struct wall){0};
    if (it->status != INITIATIVE_ACTIVE) {
        return false;
    }
    if (!is_running(in, ret_next) || in->tally->open > 0 || in->tally->completed > 0) {
        return false;
    }
    if (it->start.year != 0) {
        struct wall due =
            calendar_add(in->cal, midnight(in->cal, it->start), conf->after);

        sooner(ret_next, due, in->now);
        if (in->now.ms < due.ms) {
            return false;
        }
    } else {
        /* No start is given: it counts from when it was first seen without work. */
        hit->for_ = conf->after;
    }
    say(in, a, hit, conf->after);
    return true;
}

const struct rule rule_uncovered_initiative = {
    .id = "uncovered-initiative",
    .title = "an initiative without work",
    .what = "An active initiative to which nothing open or done is linked.",
    .why = "A strategy that nobody works on is a wish.",
    .formula =
        "status active, some objective it moves runs today, open = 0 and completed = 0 "
        "items effectively linked, `after` past its start (no start given: `after` "
        "past the first time it was seen so); judged only while every source is well "
        "and repositories or projects that fail hold at most 5% of its items (where it "
        "has none, of all)",
    .fix = "Link its work, plan its first step, or change its status in the strategy "
           "file.",
    .one = "1 initiative without work",
    .many = "%d initiatives without work",
    .subject = RULE_INITIATIVE,
    .severity = SEV_WARN,
    .params = params,
    .params_size = sizeof(struct uncovered_initiative_conf),
    .eval = eval,
};
