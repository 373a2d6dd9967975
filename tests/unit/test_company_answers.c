/*
 * What alignd answers about the example company at the end of its eighteen months, held
 * to tests/golden/company: made with ALIGND_GOLDEN=write, then looked at once beside what
 * the company planted (tests/company/company.h). The days behind them are held to its
 * truth by test_company_effort. What was seen:
 *
 *   split         easy-orders has 28% of 17% planned and safe-plates 11% of 21%: the
 *                 drift that was planted from 2 November on. 13 points from plan.
 *   split-past    At the end of March steady-noon has 35% of 13%, little-waste 13% of 21%:
 *                 the one planted from 23 February on. 24 points.
 *   teams         Kitchen, which works for easy-orders instead of its own, is the one far
 *                 from plan; no day of `schools`, which has no tracker, is known.
 *   spread-past   At the end of June app works on too much at once, as planted; nobody
 *                 does in December.
 *   key-results   order-letters off pace and paid-share stale, as planted; diet-coverage
 *                 has no day in `needle`: what moved it is done.
 *   coverage      SUP, which was added in February, is there in both; PAY-918, ORD-1327
 *                 and mealbell/diets#882 are among the six that are not linked.
 *   retro         The first quarter of 2026 by the strategy of its end: nine points from
 *                 plan, since that drift had five weeks of it.
 *   decisions     share(safe-plates) >= 22% is false, which is the drift of the autumn.
 *   idea-*        The canteen is among what is not done; signing off a sick child is found
 *                 to be for sick-child, by two words too few to be sure of it; no word of
 *                 the zeppelins is known.
 *   indices       All nodes say what they should; no message of December names an intent,
 *                 51 of 57 new epics were linked unasked; no version came in the last 90 days.
 *   initiatives   In December 2025 week-planner is still called menu-planner.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "status/api.h"
#include "tests/company/replay.h"
#include "tests/unit/api_rig.h"

enum { SEED = 1, DIGITS = 6 };

static const struct {
    const char *name, *path, *query, *value;
    const char *body; /* NULL: a GET */
} answers[] = {
    {"split", "/v1/split", NULL, NULL},
    {"split-past", "/v1/split", "at", "2026-03-31"},
    {"teams", "/v1/teams", NULL, NULL},
    {"spread", "/v1/spread", NULL, NULL},
    {"spread-past", "/v1/spread", "at", "2026-06-30"},
    {"needle", "/v1/needle", NULL, NULL},
    {"cost", "/v1/cost", NULL, NULL},
    {"indices", "/v1/indices", NULL, NULL},
    {"coverage", "/v1/coverage", NULL, NULL},
    {"coverage-past", "/v1/coverage", "at", "2026-03-31"},
    {"initiatives", "/v1/initiatives", NULL, NULL},
    {"initiatives-past", "/v1/initiatives", "at", "2025-12-31"},
    {"key-results", "/v1/key-results", NULL, NULL},
    {"key-results-past", "/v1/key-results", "at", "2026-06-30"},
    {"decisions", "/v1/decisions", NULL, NULL},
    {"unlinked", "/v1/unlinked", NULL, NULL},
    {"gaps", "/v1/gaps", NULL, NULL},
    {"retro", "/v1/retro", "period", "2026Q1"},
    {"versions", "/v1/strategy/versions", NULL, NULL},
    {"idea-no", "/v1/test", NULL, NULL, "{\"idea\": \"A company canteen in the tower\"}"},
    {"idea-known", "/v1/test", NULL, NULL,
     "{\"idea\": \"Parents sign a sick child off before the kitchen cooks\", \"reach\": \"40\","
     " \"impact\": \"2\", \"confidence\": \"80%\", \"effort\": \"10d\"}"},
    {"idea-new", "/v1/test", NULL, NULL, "{\"idea\": \"Zeppelins over Hamburg\"}"},
};

struct played {
    struct company *c;
    struct company_store *s;
    struct arena *a;
    struct api_rig described; /* its description of answers alone */
    struct err e;
};

/* Chat takes every message. */
static bool deliver(struct company_store *s, const char *channel, struct err *e)
{
    const struct outbox_outcome o = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_message m;
    struct wall next;
    bool found = true;

    while (found) {
        if (!db_outbox_claim(s->db, str_of(channel), s->now, s->a, &m, &found, &next, e) ||
            (found && !db_outbox_record(s->db, m.id, &o, s->now, e)))
            return false;
    }
    return true;
}

static bool each_day(void *ctx, struct company_store *s, int64_t day, struct err *e)
{
    bool more = true;

    (void)ctx;
    (void)day;
    if (!deliver(s, "product", e) || !deliver(s, "ops", e))
        return false;
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
    p->a = arena_create((size_t)256 << 20);
    p->c = company_create(SEED, &p->e);
    assert_non_null(p->c);
    p->s = company_store_open(p->c, &p->e);
    assert_non_null(p->s);
    if (!company_replay(p->s, COMPANY_FIRST, COMPANY_LAST, each_day, NULL, &p->e))
        fail_msg("%s", p->e.msg);
    while (more) {
        if (!db_suggest_step(p->s->db, p->s->ev.strategy, &more, &p->e))
            fail_msg("%s", p->e.msg);
    }
    p->described.openapi = load(OPENAPI);
    *state = p;
    return 0;
}

static int stop(void **state)
{
    struct played *p = *state;

    json_decref(p->described.openapi);
    company_store_close(p->s);
    company_destroy(p->c);
    arena_destroy(p->a);
    free(p);
    return 0;
}

static void ask_one(struct played *p, size_t i, struct buf *ret,
                    const char **ret_schema)
{
    struct str_pair pair = {STR_NONE, STR_NONE};
    struct str_pair_list query = {&pair, answers[i].query != NULL};
    struct api_request req = {.method = answers[i].body != NULL ? STR("POST")
                                                                : STR("GET"),
                              .body = str_of(answers[i].body != NULL ? answers[i].body
                                                                     : ""),
                              .path = str_of(answers[i].path),
                              .a = p->a,
                              .query = &query};
    struct api_env env = {.conf = &p->s->ev,
                          .now = p->s->now,
                          .a = p->a,
                          .parse = p->s->ev.parse};
    struct api_reply reply = {.status = 200};
    const struct api_route *route;
    int status;

    if (answers[i].query != NULL)
        pair = (struct str_pair){str_of(answers[i].query), str_of(answers[i].value)};
    route = api_find(&req, &status);
    assert_non_null(route);
    buf_init(&reply.body, (size_t)1 << 24);
    if (!route->run(p->s->db, &env, &req, &reply, &p->e))
        fail_msg("%s: %s", answers[i].name, p->e.msg);
    p->described.type = "application/json";
    *ret_schema = answer_schema(&p->described, route, 200);
    *ret = reply.body;
}

/* As people can compare it: indented, numbers to six digits. */
static char *form(struct played *p, const char *schema, const struct buf *body)
{
    json_error_t at;
    json_t *v = json_loadb(body->p, body->n, 0, &at);
    char *text;

    if (v == NULL)
        fail_msg("%s", at.text);
    hold_to_schema(&p->described, schema, v, schema);
    text = json_dumps(v, JSON_INDENT(1) | JSON_REAL_PRECISION(DIGITS));
    assert_non_null(text);
    json_decref(v);
    return text;
}

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, (size_t)1 << 20);

    assert_non_null(text);
    if (f == NULL)
        fail_msg("%s is missing: run with ALIGND_GOLDEN=write", path);
    assert_true(fread(text, 1, ((size_t)1 << 20) - 1, f) > 0);
    fclose(f);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_true(fprintf(f, "%s\n", text) > 0);
    assert_int_equal(fclose(f), 0);
}

static void answers_are_golden(void **state)
{
    struct played *p = *state;

    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        char path[200], *now, *then;
        const char *schema;
        struct buf body;

        snprintf(path, sizeof path, "tests/golden/company/%s.json", answers[i].name);
        arena_reset(p->a);
        ask_one(p, i, &body, &schema);
        now = form(p, schema, &body);
        if (getenv("ALIGND_GOLDEN") != NULL)
            write_file(path, now);
        then = read_file(path);
        if (strncmp(then, now, strlen(now)) != 0)
            fail_msg("%s is not what it was: %s", path, now);
        free(then);
        free(now);
        buf_finish(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_are_golden)};

    return cmocka_run_group_tests(tests, play, stop);
}
