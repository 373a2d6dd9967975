/* Words of items: some are an initiative's own, most are anybody's. */
#include "tests/company/inside.h"

static const char *const verbs[] = {
    "Show",     "Add",      "Rework", "Test",     "Simplify", "Store",   "Check",
    "Speed up", "Document", "Redraw", "Validate", "Sort",     "Measure", "Rename",
};
static const char *const details[] = {
    "first version",
    "empty state",
    "error message",
    "old browsers",
    "rights",
    "edge cases",
    "copy review",
    "trial with two schools",
    "slow on Mondays",
    "keyboard use",
    "numbers do not add up",
    "follow-up",
};
static const char *const readers[] = {
    "schools with two kitchens",
    "small towns",
    "large schools",
    "new staff",
    "the support desk",
    "evening users",
    "the pilot",
    "parents of two children",
};
static const char *const places[] = {
    "tablets",   "the web page",   "a slow line",    "the start page",
    "printouts", "the daily mail", "the big screen", "older phones",
};

#define PICK(c, list) (list)[random_below(&(c)->random, (int)ARRAY_LEN(list))]

static const char *word(struct company *c, enum saga about)
{
    if (about == KTLO)
        return upkeep_words[random_below(&c->random, (int)n_upkeep_words)];
    if (about == NO_SAGA)
        return chore_words[random_below(&c->random, (int)n_chore_words)];
    return saga_casts[about].words[random_below(&c->random, WORDS)];
}

static struct str upper_first(struct company *c, const char *s)
{
    char *copy = arena_strdup(c->a, str_of(s));

    if (copy == NULL)
        return STR_NONE;
    if (copy[0] >= 'a' && copy[0] <= 'z')
        copy[0] = (char)(copy[0] - 'a' + 'A');
    return str_of(copy);
}

static struct str bug_title(struct company *c)
{
    const char *w = word(c, KTLO);
    int alarm = random_below(&c->random, 38 * 9);

    switch (random_below(&c->random, 4)) {
    case 0:
        return arena_printf(c->a, "Wrong %s on %s", w, PICK(c, places));
    case 1:
        return arena_printf(c->a, "Crash in the %s", w);
    case 2:
        return arena_printf(c->a, "The %s fails for %s", w, PICK(c, readers));
    default:
        /* An alarm writes dozens of these. */
        return arena_printf(c->a, "Disk almost full on node n-%d (%d%%)",
                            11 + alarm / 9, 90 + alarm % 9);
    }
}

struct str text_title(struct company *c, enum saga about, bool bug)
{
    const char *w = word(c, about), *verb = PICK(c, verbs);

    if (bug)
        return bug_title(c);
    switch (random_below(&c->random, 5)) {
    case 0:
        return arena_printf(c->a, "%s the %s", verb, w);
    case 1:
        return arena_printf(c->a, "%.*s: %s", STR_FMT(upper_first(c, w)),
                            PICK(c, details));
    case 2:
        return arena_printf(c->a, "%s the %s for %s", verb, w, PICK(c, readers));
    case 3:
        return arena_printf(c->a, "%.*s on %s", STR_FMT(upper_first(c, w)),
                            PICK(c, places));
    default:
        return arena_printf(c->a, "%s %s and %s", verb, w, word(c, about));
    }
}

struct str text_epic_title(struct company *c, enum saga about)
{
    const char *w = word(c, about);

    if (random_is(&c->random, 50))
        return arena_printf(c->a, "%.*s for %s", STR_FMT(upper_first(c, w)),
                            PICK(c, readers));
    return arena_printf(c->a, "%.*s, %s", STR_FMT(upper_first(c, w)), PICK(c, details));
}

/* Some words of the problem, as people repeat what they have heard. */
static struct str some_of_problem(struct company *c, enum saga about)
{
    const struct strategy *s =
        c->versions[about == PAPER_FORMS ? 0 : VERSIONS - 1].strategy;
    struct str p = strategy_initiative(s, str_of(saga_casts[about].id))->problem;
    size_t from = (size_t)random_below(&c->random, (int)(p.n / 2)), n = 0;

    while (from > 0 && p.p[from - 1] != ' ')
        from--;
    while (from + n < p.n && (n < 30 || p.p[from + n] != ' '))
        n++;
    return (struct str){p.p + from, n};
}

struct str text_excerpt(struct company *c, enum saga about)
{
    struct str heard = about < KTLO && about != NO_SAGA && random_is(&c->random, 60)
                           ? some_of_problem(c, about)
                           : STR("we were asked for it more than once");
    const char *one = word(c, about), *two = word(c, about), *three = word(c, about);
    const char *who = PICK(c, readers), *where = PICK(c, places);

    return arena_printf(c->a,
                        "Why: %.*s. We look at the %s and the %s first; %s try it. "
                        "Done when the %s works on %s and the notes are written.",
                        STR_FMT(heard), one, two, who, three, where);
}
