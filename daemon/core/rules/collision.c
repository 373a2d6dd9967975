#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct collision_conf {
    int64_t items;
};

static const struct conf_key params[] = {
    {.name = "items",
     .type = CONF_INT,
     .offset = offsetof(struct collision_conf, items),
     .dflt = "3",
     .min = 1,
     .max = 1000,
     .live = true,
     .doc = "Items of each team and objective in a place from which on they are told."},
    {0},
};

enum { NAMED = 3 };

/* Another team there, for another objective, with enough; NULL: none. */
static const struct rule_place *other_of(const struct rule_places *p, size_t first,
                                         int64_t least)
{
    for (size_t i = first + 1; i < p->n && str_eq(p->v[i].place, p->v[first].place);
         i++) {
        if (p->v[i].items >= least && !str_eq(p->v[i].team, p->v[first].team) &&
            !str_eq(p->v[i].objective, p->v[first].objective)) {
            return &p->v[i];
        }
    }
    return NULL;
}

static struct str add_place(struct arena *a, struct str text, const struct rule_place *x,
                            const struct rule_place *y)
{
    return arena_printf(a, "%.*s%s%.*s (%.*s: %lld items for %.*s, %.*s: %lld for %.*s)",
                        STR_FMT(text), text.n > 0 ? "; " : "",
                        STR_FMT(wording_short(x->place)), STR_FMT(x->team),
                        (long long)x->items, STR_FMT(x->objective), STR_FMT(y->team),
                        (long long)y->items, STR_FMT(y->objective));
}

static void add_facts(struct wording_facts *f, const struct rule_place *v)
{
    jsonw_object(&f->w, NULL);
    jsonw_str(&f->w, "place", wording_short(v->place));
    jsonw_str(&f->w, "team", v->team);
    jsonw_str(&f->w, "objective", v->objective);
    jsonw_int(&f->w, "items", v->items);
    jsonw_end_object(&f->w);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct collision_conf *conf = in->conf->own;
    const struct rule_places *p = in->places;
    struct str text = STR_NONE;
    struct wording_facts f;
    size_t n = 0;

    *ret_next = (struct wall){0};
    wording_facts_begin(&f);
    jsonw_array(&f.w, "places");
    for (size_t i = 0; i < p->n; i++) {
        const struct rule_place *other =
            p->v[i].items >= conf->items ? other_of(p, i, conf->items) : NULL;

        if (other == NULL) {
            continue;
        }
        if (n++ < NAMED) {
            text = add_place(a, text, &p->v[i], other);
            add_facts(&f, &p->v[i]);
            add_facts(&f, other);
        }
        while (i + 1 < p->n && str_eq(p->v[i + 1].place, p->v[i].place)) {
            i++;
        }
    }
    jsonw_end_array(&f.w);
    jsonw_int(&f.w, "count", (int64_t)n);
    hit->facts = wording_facts_end(&f, a);
    if (n == 0) {
        return false;
    }
    hit->note =
        arena_printf(a, "in %d days%s: %.*s%s", RULE_SPREAD_DAYS,
                     n == 1 ? "" : arena_printf(a, ", %zu places", n).p, STR_FMT(text),
                     n > NAMED ? "; ..." : "");
    hit->fix = STR("let the teams agree on who goes first there, and on what the other "
                   "one must not break");
    return true;
}

const struct rule rule_collision = {
    .id = "collision",
    .title = "teams that work at one place for different ends",
    .what = "Two teams work in one component or repository for different objectives.",
    .why = "Where two aims meet in one place, one of them waits or breaks the other.",
    .formula =
        "within 14 days two teams have at least `items` items each in one component of "
        "a project (or in a repository that one team alone owns), for different "
        "objectives",
    .fix = "Let the teams agree on who goes first.",
    .one = "Teams that work at one place for different ends",
    .many = "%d cases of teams that work at one place for different ends",
    .subject = RULE_STRATEGY,
    .severity = SEV_INFO,
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct collision_conf),
    .eval = eval,
};
