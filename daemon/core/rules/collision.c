#include "core/rule_view.h"
#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct collision_conf {
    int64_t items;
    struct span blocked;
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
    {.name = "blocked",
     .type = CONF_SPAN,
     .offset = offsetof(struct collision_conf, blocked),
     .dflt = "5wd",
     .live = true,
     .doc = "How long an item may wait for another team's before that is told."},
    {0},
};

enum { NAMED = 3 };

/* ---- places ---- */

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

/* How many there are; the first are named. */
static size_t add_places(const struct rule_places *p, int64_t least, struct arena *a,
                         struct wording_facts *f, struct str *ret_text)
{
    size_t n = 0;

    jsonw_array(&f->w, "places");
    for (size_t i = 0; i < p->n; i++) {
        const struct rule_place *other =
            p->v[i].items >= least ? other_of(p, i, least) : NULL;

        if (other == NULL) {
            continue;
        }
        if (n++ < NAMED) {
            *ret_text = add_place(a, *ret_text, &p->v[i], other);
            add_facts(f, &p->v[i]);
            add_facts(f, other);
        }
        while (i + 1 < p->n && str_eq(p->v[i + 1].place, p->v[i].place)) {
            i++;
        }
    }
    jsonw_end_array(&f->w);
    jsonw_int(&f->w, "count", (int64_t)n);
    return n;
}

/* ---- what waits ---- */

static struct str add_wait(const struct rule_input *in, struct arena *a, struct str text,
                           const struct rule_blocked *b)
{
    struct str since = wording_day(a, wording_date_at(in, b->since), wording_today(in));

    return arena_printf(a, "%.*s%s%.*s (%.*s) for %.*s (%.*s) since %.*s", STR_FMT(text),
                        text.n > 0 ? "; " : "", STR_FMT(wording_short(b->item)),
                        STR_FMT(b->team), STR_FMT(wording_short(b->blocker)),
                        STR_FMT(b->blocking), STR_FMT(since));
}

static void add_wait_facts(const struct rule_input *in, struct wording_facts *f,
                           const struct rule_blocked *b)
{
    jsonw_object(&f->w, NULL);
    jsonw_str(&f->w, "item", wording_short(b->item));
    jsonw_str(&f->w, "team", b->team);
    jsonw_str(&f->w, "blocker", wording_short(b->blocker));
    jsonw_str(&f->w, "blocking_team", b->blocking);
    jsonw_time(&f->w, "since", b->since);
    jsonw_int(&f->w, "working_days", calendar_days_between(in->cal, b->since, in->now));
    jsonw_end_object(&f->w);
}

/* The next to be told is the first that is not: they are in order of time. */
static size_t add_waits(const struct rule_input *in, struct span least, struct arena *a,
                        struct wording_facts *f, struct str *ret_text,
                        struct wall *ret_next)
{
    const struct rule_places *p = in->places;
    size_t n = 0;

    jsonw_array(&f->w, "blocked");
    for (size_t i = 0; i < p->n_blocked; i++) {
        struct wall over = wall_add(calendar_add(in->cal, p->blocked[i].since, least),
                                    DUR_MS(1));

        if (over.ms > in->now.ms) {
            *ret_next = over;
            break;
        }
        if (n++ < NAMED) {
            *ret_text = add_wait(in, a, *ret_text, &p->blocked[i]);
            add_wait_facts(in, f, &p->blocked[i]);
        }
    }
    jsonw_end_array(&f->w);
    jsonw_int(&f->w, "blocked_count", (int64_t)n);
    return n;
}

/* ---- both ---- */

static struct str note_of(struct arena *a, struct str places, size_t n_places,
                          struct str waits, size_t n_waits)
{
    struct str first = STR_NONE, second = STR_NONE;

    if (n_places > 0) {
        first = arena_printf(
            a, "in %d days%s: %.*s%s", RULE_SPREAD_DAYS,
            n_places == 1 ? "" : arena_printf(a, ", %zu places", n_places).p,
            STR_FMT(places), n_places > NAMED ? "; ..." : "");
    }
    if (n_waits > 0) {
        second = arena_printf(a, "%zu %s: %.*s%s", n_waits,
                              n_waits == 1 ? "item waits" : "items wait", STR_FMT(waits),
                              n_waits > NAMED ? "; ..." : "");
    }
    return arena_printf(a, "%.*s%s%.*s", STR_FMT(first),
                        n_places > 0 && n_waits > 0 ? "; " : "", STR_FMT(second));
}

static struct str fix_of(size_t n_places, size_t n_waits)
{
    if (n_places == 0) {
        return STR("let the teams agree on when what is waited for is done, or take the "
                   "link away in the tracker if it no longer holds");
    }
    if (n_waits == 0) {
        return STR("let the teams agree on who goes first there, and on what the other "
                   "one must not break");
    }
    return STR("let the teams agree on who goes first there, and on when what is waited "
               "for is done");
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    const struct collision_conf *conf = in->conf->own;
    struct str places = STR_NONE, waits = STR_NONE;
    struct wording_facts f;
    size_t n_places, n_waits;

    *ret_next = (struct wall){0};
    wording_facts_begin(&f);
    n_places = add_places(in->places, conf->items, a, &f, &places);
    n_waits = add_waits(in, conf->blocked, a, &f, &waits, ret_next);
    hit->facts = wording_facts_end(&f, a);
    if (n_places == 0 && n_waits == 0) {
        return false;
    }
    hit->note = note_of(a, places, n_places, waits, n_waits);
    hit->fix = fix_of(n_places, n_waits);
    return true;
}

const struct rule rule_collision = {
    .id = "collision",
    .title = "teams that are in each other's way",
    .what = "Two teams work in one component or repository for different objectives, or "
            "one waits long for an item of the other.",
    .why = "Where two aims meet in one place, one of them waits or breaks the other.",
    .formula =
        "within 14 days two teams have at least `items` items each in one component of "
        "a project (or in a repository that one team alone owns), for different "
        "objectives; or an open item waits longer than `blocked` for an open item of "
        "another team, by the tracker's own links (Jira: `is blocked by`; GitHub: "
        "dependencies), from when that was seen first or what is waited for was opened "
        "again",
    .fix = "Let the teams agree on who goes first.",
    .one = "Teams that are in each other's way",
    .many = "%d cases of teams that are in each other's way",
    .subject = RULE_STRATEGY,
    .severity = SEV_INFO,
    .needs_effort = true,
    .params = params,
    .params_size = sizeof(struct collision_conf),
    .eval = eval,
};
