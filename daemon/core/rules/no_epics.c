#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct no_epics_conf {
    int64_t open;
};

static const struct conf_key params[] = {
    {.name = "open",
     .type = CONF_INT,
     .offset = offsetof(struct no_epics_conf, open),
     .dflt = "50",
     .min = 1,
     .max = 1000000,
     .live = true,
     .doc = "More open items than this without one epic-level item are told."},
    {0},
};

enum { SOURCES_NAMED = 3 };

static struct str note_of(int64_t open, struct arena *a)
{
    return arena_printf(a, "%lld open items, none of them epic-level", (long long)open);
}

static bool of_source(const struct rule_input *in, struct arena *a,
                      struct rule_hit *hit)
{
    const struct no_epics_conf *conf = in->conf->own;
    const struct rule_source *s = in->source;
    struct wording_facts facts;

    /* Before a whole walk nobody can say what is not there. */
    if (s->last_ok.ms == 0 || s->syncing_first || s->no_epics) {
        return false;
    }
    if (s->open <= conf->open || s->open_epics > 0) {
        return false;
    }
    hit->note = note_of(s->open, a);
    hit->fix =
        arena_printf(a,
                     "say what an epic is in source \"%.*s\" of alignd.yaml: `epics: "
                     "{types: [...], labels: [...]}`, or `epics: none`",
                     STR_FMT(s->name));
    wording_facts_begin(&facts);
    jsonw_str(&facts.w, "source", s->name);
    jsonw_int(&facts.w, "open", s->open);
    jsonw_int(&facts.w, "open_epics", s->open_epics);
    jsonw_int(&facts.w, "threshold", conf->open);
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

/* Where nobody is to have epics, or nobody has: that source is told of itself. */
static bool says_nothing(const struct rule_team_part *p,
                         const struct no_epics_conf *conf)
{
    return p->open == 0 || p->no_epics ||
           (p->source_open > conf->open && p->source_open_epics == 0);
}

static struct str sources_of(const struct rule_team *t,
                             const struct no_epics_conf *conf, struct arena *a)
{
    struct str names = STR_NONE;
    size_t n = 0;

    for (size_t i = 0; i < t->n_parts; i++) {
        if (says_nothing(&t->parts[i], conf)) {
            continue;
        }
        if (n == SOURCES_NAMED) {
            return arena_printf(a, "%.*s, ...", STR_FMT(names));
        }
        names = arena_printf(a, "%.*s%s\"%.*s\"", STR_FMT(names), n > 0 ? ", " : "",
                             STR_FMT(t->parts[i].source));
        n++;
    }
    return names;
}

static bool of_team(const struct rule_input *in, struct arena *a, struct rule_hit *hit)
{
    const struct no_epics_conf *conf = in->conf->own;
    const struct rule_team *t = in->team;
    struct wording_facts facts;
    int64_t open = 0, epics = 0;

    for (size_t i = 0; i < t->n_parts; i++) {
        if (!says_nothing(&t->parts[i], conf)) {
            open += t->parts[i].open;
            epics += t->parts[i].open_epics;
        }
    }
    if (open <= conf->open || epics > 0) {
        return false;
    }
    struct str sources = sources_of(t, conf, a);

    hit->note = note_of(open, a);
    hit->fix = arena_printf(a,
                            "plan its work in epics, or say what an epic is where that "
                            "work is, in source %.*s of alignd.yaml: `epics: {types: "
                            "[...], labels: [...]}`",
                            STR_FMT(sources));
    wording_facts_begin(&facts);
    jsonw_str(&facts.w, "team", t->id);
    jsonw_int(&facts.w, "open", open);
    jsonw_int(&facts.w, "open_epics", epics);
    jsonw_int(&facts.w, "threshold", conf->open);
    hit->facts = wording_facts_end(&facts, a);
    return true;
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    *ret_next = (struct wall){0};
    return in->team != NULL ? of_team(in, a, hit) : of_source(in, a, hit);
}

static const struct rule_measure measures[] = {
    {.param = "open", .fact = "open", .times = 1, .holds = RULE_ABOVE},
    {0},
};

const struct rule rule_no_epics = {
    .id = "no-epics",
    .title = "a source or team without epics",
    .what = "A source, or a team, with many open items has no epic-level one.",
    .why = "Only epic-level items are asked for a link: without them nothing is ever "
           "found.",
    .formula =
        "open items > `open` and open epic-level items = 0. Of a source: in fresh "
        "scopes, a whole walk has completed, and `epics: none` is not configured. Of a "
        "team: over all its sources but those with `epics: none` and those this rule "
        "tells of themselves; judged only while every source is well and repositories "
        "or projects that fail hold at most 5% of its items",
    .fix = "Name the types or labels of epics in the source's `epics:`, or say `epics: "
           "none`; or plan the team's work in epics.",
    .one = "1 source or team without epics",
    .many = "%d sources or teams without epics",
    .subject = RULE_SOURCE,
    .also = RULE_ALSO(RULE_TEAM),
    .severity = SEV_WARN,
    .for_ = {.wd = 5},
    .params = params,
    .params_size = sizeof(struct no_epics_conf),
    .measures = measures,
    .eval = eval,
};
