#include "core/rules/initiative.h"
#include "core/rules/rules.h"

struct oversized_conf {
    int64_t days, share;
};

#define AT(member) offsetof(struct oversized_conf, member)
static const struct conf_key params[] = {
    {.name = "days",
     .type = CONF_INT,
     .offset = AT(days),
     .dflt = "30",
     .min = 1,
     .max = 100000,
     .live = true,
     .doc = "More person-days than this on an open item without children are told."},
    {.name = "share",
     .type = CONF_INT,
     .offset = AT(share),
     .dflt = "50",
     .min = 1,
     .max = 99,
     .live = true,
     .doc = "More percent than this of the open children's days on one of them are "
            "told."},
    {0},
};

/* Of fewer children one holds most by nature; of fewer days nothing can be said. */
enum { CHILDREN = 4, LEAST_DAYS = 10 };

static bool is_largest(const struct rule_initiative *w, const struct oversized_conf *c)
{
    return w->children >= CHILDREN && w->largest.days >= LEAST_DAYS &&
           100 * w->largest.days > (double)c->share * w->children_days + 1e-6;
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                bool largest)
{
    const struct rule_initiative *w = in->work;
    const struct rule_spent *one = largest ? &w->largest : &w->single;
    struct str key = wording_short(one->key);
    struct wording_facts f;

    hit->note =
        largest
            ? arena_printf(a,
                           "%.*s holds %.1f of the %.1f person-days spent on its %zu "
                           "open children in work",
                           STR_FMT(key), one->days, w->children_days, w->children)
            : arena_printf(a, "%.*s holds %.1f person-days and has no children",
                           STR_FMT(key), one->days);
    hit->fix = arena_printf(a, "cut %.*s into parts that can be finished one by one",
                            STR_FMT(key));
    hit->node = in->initiative->node.id;
    wording_facts_begin(&f);
    initiative_facts(&f, in);
    jsonw_str(&f.w, "item", key);
    jsonw_double(&f.w, "person_days", one->days);
    if (largest) {
        jsonw_int(&f.w, "children", (int64_t)w->children);
        jsonw_double(&f.w, "of", w->children_days);
    }
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct oversized_conf *conf = in->conf->own;
    bool largest;

    *ret_next = (struct wall){0};
    if (!initiative_runs(in, ret_next)) {
        return false;
    }
    largest = is_largest(in->work, conf);
    if (!largest && in->work->single.days <= (double)conf->days + 1e-6) {
        return false;
    }
    say(in, a, hit, largest);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "days", .fact = "person_days", .unless = "of",
     .times = 1, .holds = RULE_ABOVE},
    {.param = "share", .fact = "person_days", .over = "of",
     .times = 100, .holds = RULE_ABOVE},
    {0},
};

const struct rule rule_oversized_initiative = {
    .id = "oversized-initiative",
    .title = "an initiative that hangs on one large item",
    .what = "Most of the days that an active initiative took went into one open item.",
    .why = "What cannot be finished in parts cannot be stopped, shared or foretold.",
    .formula =
        "status active, some objective it moves runs today, and either it has 4 open "
        "children or more that were worked on (items linked to it by themselves) and one "
        "of them with all below it took at least 10 person-days and over `share` percent "
        "of all of theirs, or an open item without children took over `days` person-days",
    .fix = "Cut it into parts that can be finished one by one.",
    .one = "1 initiative that hangs on one large item",
    .many = "%d initiatives that hang on one large item",
    .subject = RULE_INITIATIVE,
    .severity = SEV_INFO,
    .for_ = {.wd = 5},
    .keep_for = {.wd = 1},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct oversized_conf),
    .measures = measures,
    .eval = eval,
};
