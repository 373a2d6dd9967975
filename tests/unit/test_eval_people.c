/* Whom messages are for: reporter and assignees of what is unlinked, owners of nodes. */
#include "tests/unit/eval_rig.h"

#define STRATEGY                                                                       \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    owner: ana\n"                                                                 \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 }\n"      \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n"     \
    "      status: active, owner: Eve Outside }\n"                                     \
    "  - { id: billing, title: Bill per site, moves: [nps], status: active }\n"        \
    "people:\n"                                                                        \
    "  - { id: ana, name: Ana Silva, slack: U012AB, github: AnaSilva }\n"              \
    "  - { id: ben, name: Ben Okoro, slack: \"<!channel>\", github: benokoro }\n"      \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"
#define CONF                                                                           \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\nfirst_wait: 0\n"                                           \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN }, private: { labels: [secret] } }\n"               \
    "channels:\n  - { name: product, type: journal }\n"                                \
    "routes:\n  - { channel: product, group_wait: 1m, group_interval: 1m, budget: off }\n" \
    "rules: { unlinked-work: { for: 0s } }\n"

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    er->asked = "unlinked-work uncovered-initiative";
    eval_rig_load(er, CONF, STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static void flush(struct eval_rig *er)
{
    struct wall next;

    er->r.now.ms += RIG_MIN;
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 2 * RIG_MIN;
    eval_rig_flush(er, &next);
    eval_rig_run(er);
}

static void epic(struct eval_rig *er, const char *author, const char *assignee,
                 const char *label)
{
    struct item *it;

    er->r.now.ms += RIG_MIN;
    eval_rig_sync(er);
    it = eval_rig_epic(er, 1);
    it->created.ms = RIG_T0 + RIG_MIN;
    it->updated = er->r.now;
    it->author = str_of(author);
    it->assignees = arena_array(er->r.a, 1, sizeof(*it->assignees));
    assert_non_null(it->assignees);
    it->assignees[0] = str_of(assignee);
    it->n_assignees = 1;
    if (label != NULL)
        rig_label(&er->r, it, label);
    eval_rig_synced(er);
    eval_rig_run(er);
}

/* "key: Ana Silva U012AB, Ben Okoro" of each entry of the last message. */
static const char *people(struct eval_rig *er)
{
    return rig_text(
        &er->r,
        "SELECT group_concat(json_extract(e.value, '$.key') || ': ' || coalesce((SELECT"
        " group_concat(json_extract(p.value, '$.name') || coalesce(' ' ||"
        " json_extract(p.value, '$.slack'), ''), ', ') FROM json_each(e.value,"
        " '$.people') p), '-'), '; ') FROM (SELECT notice FROM outbox ORDER BY id DESC"
        " LIMIT 1) o, json_each((SELECT json_group_array(json(t.value)) FROM"
        " json_tree(o.notice) t WHERE t.type = 'object' AND json_extract(t.value,"
        " '$.finding') IS NOT NULL)) e");
}

static void reporter_and_assignee(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "anasilva", "BenOkoro", NULL);
    flush(er);
    /* An id that is none of Slack's is not passed on. */
    assert_string_equal(people(er), "acme/web#1: Ana Silva U012AB, Ben Okoro");
    epic(er, "anasilva", "BenOkoro", "initiative:billing");
    flush(er);
    assert_string_equal(people(er), "acme/web#1: -"); /* it is over */
}

static void the_same_person_once(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "anasilva", "anasilva", NULL);
    flush(er);
    assert_string_equal(people(er), "acme/web#1: Ana Silva U012AB");
}

/* An account is text of the tracker, and nobody's but for the strategy's people. */
static void strangers_are_not_mentioned(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "<@U012AB>", "U012AB", NULL);
    flush(er);
    assert_string_equal(people(er), "acme/web#1: -");
}

static void what_is_private_is_nobodys(void **state)
{
    struct eval_rig *er = *state;

    epic(er, "anasilva", "benokoro", "secret");
    flush(er);
    assert_string_equal(people(er), "acme/web#1: -");
}

static void owners_of_nodes(void **state)
{
    struct eval_rig *er = *state;

    er->r.now.ms += 20 * RIG_DAY;
    eval_rig_look(er);
    eval_rig_run(er);
    flush(er);
    assert_string_equal(people(er), "billing: Ana Silva U012AB; onboarding: Eve Outside");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reporter_and_assignee),      TEST(the_same_person_once),
        TEST(strangers_are_not_mentioned), TEST(what_is_private_is_nobodys),
        TEST(owners_of_nodes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
