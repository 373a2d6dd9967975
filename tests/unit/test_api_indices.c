/*
 * GET /v1/indices over a real store: what is noted of messages, when items were linked,
 * when work began, and what stays unknown.
 */
#include "store/understood.h"
#include "tests/unit/api_rig.h"

#define HEAD                                                                           \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "vision: { statement: Clinics schedule without a phone, wont: [hospitals] }\n"     \
    "intents:\n"                                                                       \
    "  - { id: up, title: Win clinics with many sites, owner: ana,\n"                  \
    "      why: They churn a third as often as the others do }\n"                      \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    intent: up\n"                                                                 \
    "    owner: ana\n"                                                                 \
    "    why: They decide once for all their sites and stay for years\n"               \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 }\n"      \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n"     \
    "      status: active }\n"                                                         \
    "  - { id: old-portal, title: The old portal, moves: [nps], status: dropped }\n"
#define TAIL                                                                           \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"

static json_t *indices(struct api_rig *r)
{
    return ask_json(r, "GET", "/v1/indices", "", 200);
}

static json_t *part(json_t *v, const char *index, const char *name)
{
    json_t *p = dig(v, index, name, NULL);

    assert_non_null(p);
    return p;
}

static void deliver_all(struct rig *r)
{
    struct outbox_outcome o = {.verdict = CHAT_DELIVERED, .status = 200};
    struct outbox_message m;
    struct wall next;
    bool found = true;

    while (found) {
        RIG_OK(r, db_outbox_claim(r->db, STR("product"), r->now, r->a, &m, &found,
                                  &next, &r->e));
        if (found)
            RIG_OK(r, db_outbox_record(r->db, m.id, &o, r->now, &r->e));
    }
}

static void pass(struct api_rig *r, int64_t ms)
{
    struct wall next;

    r->er->r.now.ms += ms;
    eval_rig_look(r->er);
    eval_rig_run(r->er);
    r->er->r.now.ms += 2 * RIG_MIN;
    eval_rig_flush(r->er, &next);
    eval_rig_run(r->er);
    rig_page(&r->er->r);
}

static struct item *epic(struct api_rig *r, int n, struct wall made, const char *label)
{
    struct item *it = eval_rig_epic(r->er, n);

    it->created = made;
    it->updated = r->er->r.now;
    if (label != NULL)
        rig_label(&r->er->r, it, label);
    return it;
}

static void synced(struct api_rig *r)
{
    eval_rig_synced(r->er);
    eval_rig_run(r->er);
    rig_page(&r->er->r);
}

static void start(struct api_rig *r)
{
    eval_rig_load(r->er, EVAL_RIG_CONF, HEAD TAIL);
    eval_rig_sync(r->er);
    epic(r, 90, (struct wall){RIG_T0 - 40 * RIG_DAY}, NULL); /* was there before */
    synced(r);
    r->er->r.now.ms += 5 * RIG_MIN;
}

static void nothing_is_known_at_first(void **state)
{
    struct api_rig *r = *state;
    json_t *v, *l, *s;

    start(r);
    v = indices(r);
    l = json_object_get(v, "legibility");
    s = json_object_get(v, "synchronicity");
    assert_true(json_is_null(json_object_get(l, "value")));
    assert_string_equal(text_at(l, "weakest"), "articulation");
    assert_int_equal(json_array_size(json_object_get(l, "unknown")), 2);
    assert_true(json_is_null(json_object_get(part(v, "legibility", "uptake"), "value")));
    assert_true(json_is_null(json_object_get(part(v, "legibility", "repetition"),
                                             "noted_since")));
    assert_true(json_is_null(json_object_get(s, "days")));
    assert_int_equal(json_array_size(json_object_get(s, "unknown")), 4);
    assert_int_equal(int_at(s, "versions"), 2); /* the rig's own came first */
    assert_string_equal(text_at(v, "limit"),
                        "consistency is measured, not understanding");
    json_decref(v);
    refused(r, "GET", "/v1/indices?window=2wd", "", 400, "is no window");
}

/* A message that names the objective shows its intent, once it has arrived. */
static void intents_are_shown_by_messages(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};
    json_t *v, *p;

    start(r);
    eval_rig_sync(r->er);
    epic(r, 1, rig->now, "initiative:old-portal");
    synced(r);
    pass(r, 2 * RIG_DAY);
    assert_int_equal(rig_int(rig, "SELECT count(*) FROM outbox_node"), 1);
    RIG_OK(rig, db_outbox_record(rig->db, rig_int(rig, "SELECT outbox FROM outbox_node"),
                                 &dead, rig->now, &rig->e));
    v = indices(r);
    assert_int_equal(int_at(part(v, "legibility", "repetition"), "lately"), 0);
    json_decref(v);

    RIG_OK(rig, db_outbox_retry(rig->db, 0, rig->now, &rig->e));
    deliver_all(rig);
    assert_int_equal(rig_int(rig, "SELECT count(*) FROM outbox_node"), 0);
    assert_string_equal(rig_text(rig, "SELECT group_concat(node) FROM shown"), "grow");
    v = indices(r);
    p = part(v, "legibility", "repetition");
    assert_int_equal(int_at(p, "lately"), 1);
    assert_int_equal(int_at(p, "of"), 1);
    assert_true(json_number_value(json_object_get(p, "value")) > 0.99);
    p = json_array_get(json_object_get(p, "intents"), 0);
    assert_string_equal(text_at(p, "id"), "up");
    assert_int_equal(int_at(p, "days"), 0);
    json_decref(v);

    rig->now.ms += 31 * RIG_DAY;
    v = indices(r);
    p = part(v, "legibility", "repetition");
    assert_int_equal(int_at(p, "lately"), 0);
    assert_true(json_is_number(json_object_get(p, "value"))); /* known, and nothing */
    json_decref(v);
}

/* Messages that are forgotten take along what they would have shown. */
static void what_never_arrives_is_forgotten(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct outbox_outcome dead = {.verdict = CHAT_REJECTED, .status = 400};
    struct span week = SPAN_MS(7 * RIG_DAY);
    bool back;

    start(r);
    eval_rig_sync(r->er);
    epic(r, 1, rig->now, "initiative:old-portal");
    synced(r);
    pass(r, 2 * RIG_DAY);
    RIG_OK(rig, db_outbox_record(rig->db, rig_int(rig, "SELECT outbox FROM outbox_node"),
                                 &dead, rig->now, &rig->e));
    rig->now.ms += 30 * RIG_DAY;
    RIG_OK(rig, db_upkeep(rig->db, week, week, rig->now, &rig->e));
    assert_int_equal(rig_int(rig, "SELECT count(*) FROM outbox_node"), 0);

    /* The clock was ahead. */
    RIG_OK(rig, sql_script(rig->db,
                           "INSERT INTO shown VALUES ('up', 9e15, 9e15);"
                           "UPDATE source SET last_ok = 9e15",
                           &rig->e));
    RIG_OK(rig, db_clock_set(rig->db, rig->now, &back, &rig->e));
    assert_true(back);
    assert_int_equal(rig_int(rig, "SELECT max(first, last) FROM shown"), rig->now.ms);
}

static void epics_are_linked_or_not(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct actor ana = {1000, STR("ana")};
    struct wall made;
    json_t *v, *p;

    start(r);
    made = (struct wall){rig->now.ms - RIG_HOUR};
    eval_rig_sync(r->er);
    epic(r, 1, made, "initiative:onboarding"); /* at once */
    for (int i = 2; i <= 6; i++)
        epic(r, i, made, NULL);
    epic(r, 7, made, "strategy:none");
    epic(r, 8, made, "idea");
    epic(r, 9, (struct wall){made.ms - 3 * RIG_DAY}, NULL); /* came into view late */
    rig_item(rig, "acme/web", 10)->created = made;          /* no epic */
    synced(r);

    /* 2 the same day, 3 by command. */
    rig->now.ms += 2 * RIG_HOUR;
    eval_rig_sync(r->er);
    epic(r, 2, made, "initiative:onboarding");
    synced(r);
    RIG_OK(rig, db_link_set(rig->db, &r->er->ev, STR("acme/web#3"), STR("onboarding"),
                            &ana, rig->now, &rig->e));
    eval_rig_run(r->er);
    /* 4 after its alert, 5 never, 6 and 7 are closed days later. */
    pass(r, 2 * RIG_DAY);
    assert_true(rig_int(rig, "SELECT count(*) FROM finding WHERE rule = 'unlinked-work'"
                             " AND state = 2 AND baseline = 0") >= 3);
    eval_rig_sync(r->er);
    epic(r, 4, made, "initiative:onboarding");
    rig_close_item(rig, epic(r, 6, made, NULL));
    rig_close_item(rig, epic(r, 7, made, "strategy:none"));
    epic(r, 11, rig->now, NULL); /* its time has just begun */
    synced(r);
    /* What loses its link later was linked in time. */
    rig->now.ms += RIG_HOUR;
    eval_rig_sync(r->er);
    epic(r, 1, made, NULL);
    synced(r);

    v = indices(r);
    p = part(v, "legibility", "uptake");
    assert_string_equal(text_at(p, "grace"), "1wd");
    assert_int_equal(int_at(p, "linked"), 2);
    assert_int_equal(int_at(p, "late"), 1);
    assert_int_equal(int_at(p, "by_command"), 1);
    assert_int_equal(int_at(p, "by_default"), 0);
    assert_int_equal(int_at(p, "unlinked"), 2);
    assert_int_equal(int_at(p, "waiting"), 1);
    assert_int_equal(int_at(p, "of"), 6);
    p = part(v, "synchronicity", "created_to_linked");
    assert_int_equal(int_at(p, "n"), 4);
    assert_int_equal(int_at(p, "of"), 7);
    /* 1 h, 3 h, 3 h and two days more. */
    assert_true(json_number_value(json_object_get(p, "median_days")) > 0.12 &&
                json_number_value(json_object_get(p, "median_days")) < 0.13);
    json_decref(v);
}

static void work_follows_a_version(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct item *it;
    json_t *v, *p;

    start(r);
    rig->now.ms += RIG_DAY;
    eval_rig_load(r->er, EVAL_RIG_CONF,
                  HEAD "  - { id: billing, title: Bill per site, moves: [nps],\n"
                       "      status: active }\n" TAIL);
    eval_rig_run(r->er);
    v = indices(r);
    assert_int_equal(int_at(part(v, "synchronicity", "version_to_work"), "n"), 0);
    json_decref(v);

    rig->now.ms += 3 * RIG_DAY;
    eval_rig_sync(r->er);
    it = epic(r, 1, rig->now, "initiative:billing");
    it->category = ITEM_IN_PROGRESS;
    synced(r);
    /* In other hands: no new work. */
    rig->now.ms += RIG_DAY;
    eval_rig_sync(r->er);
    it = epic(r, 1, (struct wall){rig->now.ms - RIG_DAY}, "initiative:billing");
    it->category = ITEM_IN_PROGRESS;
    it->status = STR("review");
    synced(r);
    v = indices(r);
    p = part(v, "synchronicity", "active_to_work");
    assert_int_equal(int_at(p, "n"), 1); /* the others were active before */
    assert_int_equal(int_at(p, "of"), 1);
    p = part(v, "synchronicity", "version_to_work");
    assert_true(int_at(p, "n") >= 1);
    assert_true(json_number_value(json_object_get(p, "median_days")) > 2.9);
    json_decref(v);
}

static void alerts_are_resolved(void **state)
{
    struct api_rig *r = *state;
    struct rig *rig = &r->er->r;
    struct wall made;
    json_t *v, *p;

    start(r);
    made = rig->now;
    eval_rig_sync(r->er);
    epic(r, 1, made, NULL);
    epic(r, 2, made, NULL);
    synced(r);
    pass(r, 2 * RIG_DAY);
    v = indices(r);
    assert_int_equal(int_at(part(v, "synchronicity", "alert_to_resolution"), "of"), 0);
    json_decref(v); /* nobody was told of it yet */
    deliver_all(rig);
    rig->now.ms += 4 * RIG_DAY;
    eval_rig_sync(r->er);
    rig_close_item(rig, epic(r, 1, made, NULL));
    synced(r);
    v = indices(r);
    p = part(v, "synchronicity", "alert_to_resolution");
    assert_int_equal(int_at(p, "n"), 1);
    assert_int_equal(int_at(p, "of"), 2);
    assert_true(json_number_value(json_object_get(p, "median_days")) >= 4);
    json_decref(v);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(nothing_is_known_at_first),  T(intents_are_shown_by_messages),
        T(what_never_arrives_is_forgotten), T(epics_are_linked_or_not),
        T(work_follows_a_version),     T(alerts_are_resolved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
