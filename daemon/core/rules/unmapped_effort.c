#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct unmapped_effort_conf {
    int64_t warn, high;
};

static const struct conf_key params[] = {
    {.name = "warn",
     .type = CONF_INT,
     .offset = offsetof(struct unmapped_effort_conf, warn),
     .dflt = "20",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of a team's days: more than these unmapped are told."},
    {.name = "high",
     .type = CONF_INT,
     .offset = offsetof(struct unmapped_effort_conf, high),
     .dflt = "35",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Percent of a team's days: more than these unmapped are high."},
    {0},
};

/* That much is unmapped is what it is about, so that does not count against it. */
static enum trust trust_in(const struct effort_sum *s)
{
    struct trust_basis b = s->basis;
    char mem[100];
    struct buf why;

    b.mapped = 1;
    buf_init_fixed(&why, mem, sizeof mem);
    return trust_of(&b, &why);
}

static void say(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                double unmapped)
{
    const struct effort_sum *s = &in->effort->all;
    struct str id = in->node->id;
    struct wording_facts f;

    hit->note = arena_printf(
        a, "%.0f%% of its days went to work that no initiative or bucket has: %.0f of "
           "%.0f person-days in %d days",
        100 * unmapped, s->days - s->mapped, s->days, RULE_SHARE_DAYS);
    hit->fix = STR("link the epics behind it, or name a bucket for work that has no "
                   "initiative");
    hit->command = arena_printf(a, "alignctl unlinked --team %.*s", STR_FMT(id));
    wording_facts_begin(&f);
    jsonw_str(&f.w, "team", id);
    wording_effort_facts(&f, s, 0);
    hit->facts = wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct unmapped_effort_conf *conf = in->conf->own;
    const struct effort_sum *s = &in->effort->all;
    double unmapped = s->days > 0 ? 1 - s->mapped / s->days : 0;

    *ret_next = (struct wall){0};
    if (trust_in(s) == TRUST_LOW || 100 * unmapped <= (double)conf->warn + 1e-9) {
        return false;
    }
    if (100 * unmapped > (double)conf->high + 1e-9) {
        hit->severity = severity_up(hit->severity);
    }
    say(in, a, hit, unmapped);
    return true;
}

static const struct rule_measure measures[] = {
    {.param = "warn", .fact = "unmapped", .times = 100, .holds = RULE_ABOVE},
    {0},
};

const struct rule rule_unmapped_effort = {
    .id = "unmapped-effort",
    .title = "a team's days without a purpose named",
    .what = "Too much of a team's days goes to work that is linked to nothing.",
    .why = "Nobody can say what it is for, and no share of the rest tells the truth.",
    .formula = "unmapped days / all days of the team over 28 days > `warn`, above "
               "`high` it is high; trust at least medium, but for what is unmapped",
    .fix = "Link the work, or name a bucket for it.",
    .one = "1 team whose days have no purpose named",
    .many = "%d teams whose days have no purpose named",
    .subject = RULE_TEAM,
    .severity = SEV_WARN,
    .keep_for = {.wd = 5},
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct unmapped_effort_conf),
    .measures = measures,
    .eval = eval,
};
