/* Messages of which all is over: what is made of the message, and how often. */
#include "connectors/chat/notice_read.h"
#include "tests/unit/eval_rig.h"

#define CONF                                                                           \
    "strategy: strategy.yaml\nstate: state\nsocket: alignd.sock\ntimezone: UTC\n"      \
    "working_hours: always\n"                                                          \
    "sources:\n  - { name: hub, type: github, repos: [acme/web], interval: 1d,\n"      \
    "      token: { env: RIG_TOKEN } }\n"                                              \
    "channels: [{ name: app, type: journal }]\n"                                       \
    "routes: [{ channel: app, group_wait: 1m, group_interval: 1m, budget: off }]\n"    \
    "rules: { uncovered-initiative: off, unlinked-work: { for: 0s } }\n"

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();

    eval_rig_load(er, CONF, EVAL_RIG_STRATEGY);
    eval_rig_look(er);
    eval_rig_run(er);
    er->r.now.ms += 5 * RIG_MIN;
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static void epic(struct eval_rig *er, int number, bool linked)
{
    struct item *it = eval_rig_epic(er, number);

    it->created.ms = RIG_T0 + 5 * RIG_MIN;
    it->updated = er->r.now;
    if (linked)
        rig_label(&er->r, it, "initiative:onboarding");
}

/* As these epics are now; then all that is due is put into the outbox. */
struct now {
    int number;
    bool linked;
};
static void read_epics(struct eval_rig *er, const struct now *v, size_t n)
{
    struct wall next;

    er->r.now.ms += 3 * RIG_MIN;
    eval_rig_sync(er);
    for (size_t i = 0; i < n; i++)
        epic(er, v[i].number, v[i].linked);
    eval_rig_synced(er);
    eval_rig_run(er);
    er->r.now.ms += 3 * RIG_MIN;
    eval_rig_look(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
}
#define READ(er, ...)                                                                  \
    read_epics(er, (const struct now[]){__VA_ARGS__},                                  \
               sizeof((const struct now[]){__VA_ARGS__}) / sizeof(struct now))

static bool claim(struct eval_rig *er, struct outbox_message *m)
{
    struct wall next;
    bool found;

    RIG_OK(&er->r, db_outbox_claim(er->r.db, STR("app"), er->r.now, er->r.a, m, &found,
                                   &next, &er->r.e));
    return found;
}

static void record(struct eval_rig *er, const struct outbox_message *m,
                   enum chat_verdict v, const char *receipt)
{
    const struct outbox_outcome o = {
        .verdict = v,
        .status = 200,
        .reason = v == CHAT_DELIVERED ? STR_NONE : STR("no"),
        .receipt = receipt != NULL ? str_of(receipt) : STR_NONE,
        .edited = m->edit.n > 0,
        .retry_at = er->r.now,
        .dead = v == CHAT_OTHERWISE && m->reply_to.n == 0,
    };

    RIG_OK(&er->r, db_outbox_record(er->r.db, m->id, &o, er->r.now, &er->r.e));
}

/* "1 2 | 3 (linked by label)": what it tells of, and what it says is over. */
static const char *words(struct eval_rig *er, const struct outbox_message *m)
{
    struct notice n;
    struct str s = STR_NONE;
    struct arena *a = er->r.a;

    RIG_OK(&er->r, notice_read(m->notice, a, &n, &er->r.e));
    for (size_t i = 0; i < n.n_sections; i++) {
        for (size_t k = 0; k < n.sections[i].n_entries; k++)
            s = arena_printf(a, "%.*s%.*s ", STR_FMT(s),
                             STR_FMT(n.sections[i].entries[k].key));
    }
    s = arena_printf(a, "%.*s|", STR_FMT(s));
    for (size_t i = 0; i < n.n_resolved; i++)
        s = arena_printf(a, "%.*s %.*s (%.*s)", STR_FMT(s), STR_FMT(n.resolved[i].key),
                         STR_FMT(n.resolved[i].ended_by));
    assert_int_equal(n.total_resolved, n.n_resolved);
    return arena_strdup(a, s);
}

/* Claims one that is new, or follows up or changes the message with that receipt. */
static void next_is(struct eval_rig *er, struct outbox_message *m, const char *edit,
                    const char *reply_to, const char *said)
{
    assert_true(claim(er, m));
    assert_string_equal(words(er, m), said);
    assert_true(str_eqz(m->edit, edit));
    assert_true(str_eqz(m->reply_to, reply_to));
}

static void nothing_waits(struct eval_rig *er)
{
    struct outbox_message m;

    assert_false(claim(er, &m));
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox WHERE state <> 2"), 0);
}

#define BY_LABEL " (linked to onboarding by label)"

static void the_last_end_changes_the_message(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false}, {2, false});
    next_is(er, &m, "", "", "acme/web#1 acme/web#2 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    /* One is over: a reply. */
    READ(er, {1, true});
    next_is(er, &m, "", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.2");
    nothing_waits(er);
    /* The other, too: the message itself says of all. */
    READ(er, {2, true});
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#1" BY_LABEL " acme/web#2" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    nothing_waits(er);
    assert_int_equal(rig_int(&er->r, "SELECT count(*) FROM outbox WHERE receipt ="
                                     " 'C1 1.1'"),
                     1);
}

static void news_and_ends_in_one_message(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false});
    next_is(er, &m, "", "", "acme/web#1 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true}, {2, false});
    next_is(er, &m, "", "", "acme/web#2 | acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.2");
    /* The first message is marked by itself, once. */
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#1" BY_LABEL);
    assert_true(m.is_mark);
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    nothing_waits(er);
    READ(er, {2, true});
    next_is(er, &m, "C1 1.2", "C1 1.2", "| acme/web#1" BY_LABEL " acme/web#2" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.2");
    nothing_waits(er);
}

static void a_change_that_is_refused(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false});
    next_is(er, &m, "", "", "acme/web#1 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true});
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_OTHERWISE, NULL);
    next_is(er, &m, "", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_OTHERWISE, NULL);
    next_is(er, &m, "", "", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.3");
    nothing_waits(er); /* nor is the change tried once more */
}

static void a_mark_that_is_refused(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false});
    next_is(er, &m, "", "", "acme/web#1 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true}, {2, false});
    assert_true(claim(er, &m));
    record(er, &m, CHAT_DELIVERED, "C1 1.2");
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_OTHERWISE, NULL);
    next_is(er, &m, "", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_OTHERWISE, NULL);
    /* It was told already: it is not told the channel once more. */
    assert_true(claim(er, &m));
    assert_true(m.is_mark && m.edit.n == 0 && m.reply_to.n == 0);
    record(er, &m, CHAT_OTHERWISE, NULL);
    nothing_waits(er);
}

static void what_begins_again(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false}, {2, false});
    next_is(er, &m, "", "", "acme/web#1 acme/web#2 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true});
    next_is(er, &m, "", "C1 1.1", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.2");
    /* Told anew, it has a message of its own; how the first time ended is history. */
    READ(er, {1, false});
    next_is(er, &m, "", "", "acme/web#1 |");
    record(er, &m, CHAT_DELIVERED, "C1 1.3");
    READ(er, {2, true});
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#2" BY_LABEL " acme/web#1 ()");
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true});
    next_is(er, &m, "C1 1.3", "C1 1.3", "| acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, "C1 1.3");
    nothing_waits(er);
}

/* A crash between the answer and its record: it is done twice, which is once. */
static void after_a_crash(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;
    unsigned n;

    READ(er, {1, false});
    assert_true(claim(er, &m));
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    READ(er, {1, true});
    assert_true(claim(er, &m));
    RIG_OK(&er->r, db_outbox_recover(er->r.db, er->r.now, &n, &er->r.e));
    assert_int_equal(n, 1);
    next_is(er, &m, "C1 1.1", "C1 1.1", "| acme/web#1" BY_LABEL);
    assert_true(m.resent);
    record(er, &m, CHAT_DELIVERED, "C1 1.1");
    nothing_waits(er);
}

/* Chats that do not tell how they call a message get all as before. */
static void without_a_receipt(void **state)
{
    struct eval_rig *er = *state;
    struct outbox_message m;

    READ(er, {1, false});
    assert_true(claim(er, &m));
    record(er, &m, CHAT_DELIVERED, NULL);
    READ(er, {1, true}, {2, false});
    next_is(er, &m, "", "", "acme/web#2 | acme/web#1" BY_LABEL);
    record(er, &m, CHAT_DELIVERED, NULL);
    nothing_waits(er);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_last_end_changes_the_message),
        T(news_and_ends_in_one_message),
        T(a_change_that_is_refused),
        T(a_mark_that_is_refused),
        T(what_begins_again),
        T(after_a_crash),
        T(without_a_receipt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
