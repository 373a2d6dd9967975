/*
 * `alignctl test IDEA` on the example company, which knows what its words are about:
 * ideas that fit an initiative (titles that another company of the same kind has
 * written, so new ones), ideas on what is not done, and ideas that have nothing to do
 * with it: chores, upkeep, and sentences of quite other businesses. IDEA_SEEDS="1 2"
 * names the seeds.
 *
 * The limit of status/api_test.c was chosen on seeds 1 and 2 (of 233 answers YES 218 were
 * right, of 240 ideas that fit 218 got it; without a limit half of 487). Seed 6: of 107
 * answers YES 101 were right, and 19 of 120 ideas that fit are left UNSURE; all ten that
 * are not done are NO, and no other is.
 */
#include "tests/unit/api_rig.h"

#include <stdlib.h>

#include "status/api.h"
#include "tests/company/replay.h"

enum { MOST = 120, OTHER_COMPANY = 1000 };

enum truth { FITS, NOT_DONE, UNRELATED, TRUTHS };
static const char *const truth_names[] = {"fits an initiative", "is not done",
                                          "has nothing to do with it"};
enum said { YES, YES_WRONG, NO, UNSURE, SAID };

struct played {
    struct company *c, *other;
    struct company_store *s;
    struct arena *a;
    struct err e;
    size_t said[TRUTHS][SAID];
};

static uint64_t seed;
static size_t total[TRUTHS][SAID];

/* ---- ideas ---- */

static const char *const not_done[] = {
    "A company canteen in the tower",
    "Company canteen orders through the same app",
    "Lunch for the company canteen of a bank",
    "A wine list for evening events",
    "Wine list on the start page",
    "Central kitchen for small towns",
    "One central kitchen instead of forty",
    "Cook and chill for schools without a kitchen",
    "Trial of cook and chill with two schools",
    "Deliver from a central kitchen by night",
};

static const char *const unrelated[] = {
    "Zeppelins over Hamburg",
    "Sell bicycles to commuters",
    "A podcast on medieval castles",
    "Mine bitcoin with idle laptops",
    "Open a branch in Lisbon",
    "Rent out the roof for solar panels",
    "Translate novels by machine",
    "A dating service for dentists",
    "Insure drones against rain",
    "Lease electric vans to florists",
    "Print wedding invitations",
    "A museum of broken umbrellas",
    "Train chess players online",
    "Breed alpacas in the Alps",
    "Restore old radios",
    "Weather balloons for sailors",
    "Sponsor a handball league",
    "Write tax returns for freelancers",
    "Buy a printing press",
    "Guided tours through sewers",
    "An encyclopaedia of moss",
    "Repair violins by post",
    "Tunnels for hedgehogs",
    "Auction vintage stamps",
    "Predict earthquakes from satellites",
};

static bool is_open(const struct company_store *s, struct str node)
{
    const struct initiative *in = strategy_initiative(s->ev.strategy, node);

    return in != NULL &&
           (in->status == INITIATIVE_ACTIVE || in->status == INITIATIVE_PROPOSED);
}

/* ---- answers ---- */

static enum said judge(const json_t *answer, enum truth truth, struct str about)
{
    const char *verdict = json_string_value(json_object_get(answer, "verdict"));
    const json_t *best = json_array_get(json_object_get(answer, "fits"), 0);
    const char *node = json_string_value(json_object_get(best, "node"));

    if (strcmp(verdict, "no") == 0)
        return NO;
    if (strcmp(verdict, "yes") != 0)
        return UNSURE;
    return truth == FITS && node != NULL && str_eqz(about, node) ? YES : YES_WRONG;
}

static void put(struct played *p, struct str idea, enum truth truth, struct str about)
{
    json_t *body = json_pack("{s:s%}", "idea", idea.p, idea.n), *answer;
    char *text = json_dumps(body, 0);
    struct str_pair_list none = {NULL, 0};
    struct api_request req = {.method = STR("POST"),
                              .body = str_of(text),
                              .path = STR("/v1/test"),
                              .a = p->a,
                              .query = &none};
    struct api_env env = {.conf = &p->s->ev,
                          .now = p->s->now,
                          .a = p->a,
                          .parse = p->s->ev.parse};
    struct api_reply reply = {.status = 200};
    int status;
    const struct api_route *route = api_find(&req, &status);

    assert_non_null(route);
    buf_init(&reply.body, 1 << 20);
    if (!route->run(p->s->db, &env, &req, &reply, &p->e))
        fail_msg("%s: %s", text, p->e.msg);
    answer = json_loadb(reply.body.p, reply.body.n, 0, NULL);
    assert_non_null(answer);
    p->said[truth][judge(answer, truth, about)]++;
    json_decref(answer);
    json_decref(body);
    free(text);
    buf_finish(&reply.body);
    arena_reset(p->a);
}

/* Titles of the other company's epics: what it was about is known. */
static void ask_titles(struct played *p, enum truth truth)
{
    size_t n = company_n_items(p->other), asked = 0;
    struct arena *a = arena_create((size_t)16 << 20);

    for (size_t i = 0; i < n && asked < MOST; i++) {
        struct company_item it = company_item_at(p->other, i, COMPANY_LAST, a);
        bool of_nothing = it.about.n == 0 && !is_open(p->s, it.node);

        /* Spread over the whole history. */
        if (it.title.n == 0 || (i * 7919) % n >= n / 8)
            continue;
        if (truth == FITS ? is_open(p->s, it.about) : of_nothing) {
            put(p, it.title, truth, it.about);
            asked++;
        }
    }
    assert_true(asked > 30);
    arena_destroy(a);
}

static bool each_day(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    bool more = true;

    (void)ctx;
    (void)day;
    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    return true;
}

static int play(void **state)
{
    struct played *p = calloc(1, sizeof *p);
    bool more = true;

    assert_non_null(p);
    p->a = arena_create((size_t)64 << 20);
    p->c = company_create(seed, &p->e);
    p->other = company_create(seed + OTHER_COMPANY, &p->e);
    assert_true(p->c != NULL && p->other != NULL);
    p->s = company_store_open(p->c, &p->e);
    assert_non_null(p->s);
    if (!company_replay(p->s, COMPANY_FIRST, COMPANY_LAST, each_day, NULL, &p->e))
        fail_msg("%s", p->e.msg);
    while (more) {
        if (!db_suggest_step(p->s->db, p->s->ev.strategy, &more, &p->e))
            fail_msg("%s", p->e.msg);
    }
    *state = p;
    return 0;
}

static int stop(void **state)
{
    struct played *p = *state;

    company_store_close(p->s);
    company_destroy(p->c);
    company_destroy(p->other);
    arena_destroy(p->a);
    free(p);
    return 0;
}

static void show(size_t said[TRUTHS][SAID], const char *of)
{
    for (int t = 0; t < TRUTHS; t++)
        print_message("%s: %s: %zu yes and right, %zu yes and wrong, %zu no, %zu unsure\n",
                      of, truth_names[t], said[t][YES], said[t][YES_WRONG], said[t][NO],
                      said[t][UNSURE]);
}

/* Nine in ten are right, and it dares to say so. */
static void expect(size_t said[TRUTHS][SAID])
{
    size_t right = said[FITS][YES], wrong = 0, all = 0;

    for (int t = 0; t < TRUTHS; t++)
        wrong += said[t][YES_WRONG];
    for (int k = 0; k < SAID; k++)
        all += said[FITS][k];
    assert_true(right * 10 >= (right + wrong) * 9);
    assert_true(right * 10 >= all * 8);
    assert_int_equal(said[NOT_DONE][NO], ARRAY_LEN(not_done));
    assert_int_equal(said[FITS][NO] + said[UNRELATED][NO], 0);
}

static void ideas_are_judged(void **state)
{
    struct played *p = *state;
    char name[40];

    ask_titles(p, FITS);
    ask_titles(p, UNRELATED);
    for (size_t i = 0; i < ARRAY_LEN(unrelated); i++)
        put(p, str_of(unrelated[i]), UNRELATED, STR_NONE);
    for (size_t i = 0; i < ARRAY_LEN(not_done); i++)
        put(p, str_of(not_done[i]), NOT_DONE, STR_NONE);
    snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
    show(p->said, name);
    for (int t = 0; t < TRUTHS; t++) {
        for (int k = 0; k < SAID; k++)
            total[t][k] += p->said[t][k];
    }
    expect(p->said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ideas_are_judged)};
    const char *given = getenv("IDEA_SEEDS");
    struct str rest = str_of(given != NULL ? given : "6"), one;
    int failed = 0;

    while (str_split(&rest, ' ', &one)) {
        if (!str_to_u64(one, &seed))
            return 1;
        failed += cmocka_run_group_tests(tests, play, stop);
    }
    show(total, "all");
    return failed;
}
