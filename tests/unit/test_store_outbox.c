#include "store/outbox.h"
#include "tests/unit/store_rig.h"

static int setup(void **state)
{
    struct rig *r = malloc(sizeof *r);

    assert_non_null(r);
    rig_init(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig_finish(*state);
    free(*state);
    return 0;
}

static const struct eval_conf all; /* no audience anywhere */

static int64_t put(struct rig *r, const char *channel, const char *text)
{
    struct notice n = {.kind = NOTICE_TEST,
                       .channel = str_of(channel),
                       .at = r->now,
                       .text = str_of(text)};
    int64_t id = 0;

    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, outbox_add(r->db, &all, &n, r->now, &id, &r->e), &r->e));
    return id;
}

static bool claim(struct rig *r, const char *channel, struct outbox_message *m,
                  struct wall *ret_next)
{
    bool found;

    RIG_OK(r, db_outbox_claim(r->db, str_of(channel), r->now, r->a, m, &found, ret_next,
                              &r->e));
    return found;
}

static void record(struct rig *r, int64_t id, enum chat_verdict v, int64_t wait,
                   bool dead)
{
    struct outbox_outcome o = {.verdict = v,
                               .status = v == CHAT_DELIVERED ? 200 : 503,
                               .reason = v == CHAT_DELIVERED ? STR_NONE
                                                             : STR("503 from chat"),
                               .retry_at = {r->now.ms + wait},
                               .dead = dead};

    RIG_OK(r, db_outbox_record(r->db, id, &o, r->now, &r->e));
}

static void order_per_channel_is_kept(void **state)
{
    struct rig *r = *state;
    struct outbox_message m;
    struct wall next;
    int64_t a = put(r, "ops", "a"), b = put(r, "ops", "b"), c = put(r, "product", "c");

    assert_false(claim(r, "nobody", &m, &next));
    assert_int_equal(next.ms, 0);
    assert_true(claim(r, "ops", &m, &next));
    assert_int_equal(m.id, a);
    assert_int_equal(m.attempts, 1);
    assert_int_equal(m.key.n, 32);
    assert_int_equal(str_chr(m.key, '.'), -1);
    assert_non_null(strstr(arena_strdup(r->a, m.notice), "\"text\":\"a\""));
    assert_int_equal(next.ms, r->now.ms); /* b is due, after a */
    /* While a is out, nothing of the channel is; another channel does not wait. */
    assert_false(claim(r, "ops", &m, &next));
    assert_true(claim(r, "product", &m, &next));
    assert_int_equal(m.id, c);
    assert_int_equal(next.ms, 0);

    /* a must wait: b does not overtake it. */
    record(r, a, CHAT_RETRY, RIG_MIN, false);
    assert_false(claim(r, "ops", &m, &next));
    assert_int_equal(next.ms, r->now.ms + RIG_MIN);
    r->now.ms += RIG_MIN;
    assert_true(claim(r, "ops", &m, &next));
    assert_int_equal(m.id, a);
    assert_int_equal(m.attempts, 2);
    assert_false(m.resent || m.plain);
    record(r, a, CHAT_DELIVERED, 0, false);
    assert_true(claim(r, "ops", &m, &next));
    assert_int_equal(m.id, b);
}

static bool waits(struct rig *r)
{
    bool some;

    RIG_OK(r, db_outbox_waits(r->db, &some, &r->e));
    return some;
}

static void what_is_not_over_waits(void **state)
{
    struct rig *r = *state;
    struct outbox_message m;
    struct wall next;
    int64_t a;

    assert_false(waits(r));
    a = put(r, "ops", "a");
    assert_true(waits(r));
    assert_true(claim(r, "ops", &m, &next));
    assert_true(waits(r));
    record(r, a, CHAT_RETRY, RIG_MIN, false);
    assert_true(waits(r)); /* though not now */
    r->now.ms += RIG_MIN;
    assert_true(claim(r, "ops", &m, &next));
    record(r, a, CHAT_REJECTED, 0, true);
    assert_false(waits(r));
    RIG_OK(r, db_outbox_retry(r->db, a, r->now, &r->e));
    assert_true(waits(r));
    assert_true(claim(r, "ops", &m, &next));
    record(r, a, CHAT_DELIVERED, 0, false);
    assert_false(waits(r));
}

static void what_is_known_of_an_attempt_is_kept(void **state)
{
    struct rig *r = *state;
    struct outbox_message m;
    struct wall next;
    int64_t a = put(r, "ops", "a");

    claim(r, "ops", &m, &next);
    record(r, a, CHAT_UNCERTAIN, 0, false);
    assert_true(claim(r, "ops", &m, &next));
    assert_true(m.resent);
    record(r, a, CHAT_PLAIN, 0, false);
    assert_true(claim(r, "ops", &m, &next));
    assert_true(m.resent && m.plain);
    record(r, a, CHAT_RETRY, 0, true);
    assert_false(claim(r, "ops", &m, &next));
    assert_string_equal(rig_text(r, "SELECT state || error || status FROM outbox"),
                        "3503 from chat503");

    /* The operator tries again: its age counts from then. */
    r->now.ms += 2 * RIG_DAY;
    RIG_OK(r, db_outbox_retry(r->db, a, r->now, &r->e));
    assert_true(claim(r, "ops", &m, &next));
    assert_int_equal(m.attempts, 1);
    assert_int_equal(m.created.ms, r->now.ms);
    assert_false(m.plain);
    assert_true(m.resent); /* an attempt may have been accepted, whenever */
    assert_false(db_outbox_retry(r->db, a, r->now, &r->e));
    assert_int_equal(r->e.kind, ERR_NOT_FOUND);
    record(r, a, CHAT_REJECTED, 0, false);
    RIG_OK(r, db_outbox_retry(r->db, 0, r->now, &r->e));
    assert_true(claim(r, "ops", &m, &next));
}

static void attempts_cut_short_are_sent_again(void **state)
{
    struct rig *r = *state;
    struct outbox_message m;
    struct store_opened opened;
    struct wall next;
    struct str key;
    unsigned n;

    put(r, "ops", "a");
    put(r, "ops", "b");
    claim(r, "ops", &m, &next);
    key = m.key;
    db_close(r->db);
    rig_open(r, &opened);
    RIG_OK(r, db_outbox_recover(r->db, r->now, &n, &r->e));
    assert_int_equal(n, 1);
    assert_true(claim(r, "ops", &m, &next));
    assert_true(m.resent);
    assert_int_equal(m.attempts, 2);
    assert_true(str_eq(m.key, key)); /* receivers that take a key know it again */
    record(r, m.id, CHAT_DELIVERED, 0, false);
    RIG_OK(r, db_outbox_recover(r->db, r->now, &n, &r->e));
    assert_int_equal(n, 0);
    assert_true(claim(r, "ops", &m, &next));
    assert_false(m.resent);
}

static void channels_are_counted(void **state)
{
    struct rig *r = *state;
    struct outbox_message m;
    struct outbox_row *rows;
    struct status_row st;
    struct wall next;
    size_t n;

    put(r, "ops", "a");
    put(r, "ops", "b");
    put(r, "ops", "c");
    claim(r, "ops", &m, &next);
    record(r, m.id, CHAT_DELIVERED, 0, false);
    claim(r, "ops", &m, &next);
    record(r, m.id, CHAT_DEAD, 0, false);
    claim(r, "ops", &m, &next);
    record(r, m.id, CHAT_RETRY, RIG_HOUR, false);
    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_int_equal(st.n_channels, 1);
    assert_int_equal(st.channels[0].delivered, 1);
    assert_int_equal(st.channels[0].dead, 1);
    assert_int_equal(st.channels[0].queued, 1);
    assert_int_equal(st.channels[0].last_delivered.ms, r->now.ms);
    assert_true(str_eqz(st.channels[0].last_error, "503 from chat"));

    RIG_OK(r, db_read_outbox(r->db, false, 0, r->a, &rows, &n, &r->e));
    assert_int_equal(n, 2);
    assert_true(str_eqz(rows[0].state, "queued"));
    assert_true(str_eqz(rows[1].state, "dead"));
    RIG_OK(r, db_read_outbox(r->db, true, 2, r->a, &rows, &n, &r->e));
    assert_int_equal(n, 2);
    RIG_OK(r, db_read_outbox(r->db, true, 9, r->a, &rows, &n, &r->e));
    assert_true(str_eqz(rows[2].state, "delivered"));

    /* What was delivered is forgotten some day, the count is not. */
    r->now.ms += 100 * RIG_DAY;
    RIG_OK(r, db_upkeep(r->db, SPAN_MS(RIG_DAY), SPAN_MS(RIG_DAY), r->now, &r->e));
    RIG_OK(r, db_read_outbox(r->db, true, 9, r->a, &rows, &n, &r->e));
    assert_int_equal(n, 1);
    RIG_OK(r, db_read_status(r->db, r->a, &st, &r->e));
    assert_int_equal(st.channels[0].delivered, 1);
}

/* A finding that a message tells, as evaluation leaves it. */
static void tell(struct rig *r, int64_t message, int64_t finding, int64_t episode)
{
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_run(r->db,
                      "INSERT INTO outbox_member (outbox, finding, episode, kind) VALUES"
                      " (?, ?, ?, 0)",
                      SQL_ARGS(SQL_I(message), SQL_I(finding), SQL_I(episode)), &r->e));
    RIG_OK(r,
           sql_end(r->db,
                   sql_run(r->db,
                           "INSERT INTO told (finding, channel, episode, kind, severity,"
                           " at, reminders, outbox, delivered) VALUES (?, 'ops', ?, 0, 1,"
                           " 1, 0, ?, 0) ON CONFLICT DO UPDATE SET outbox ="
                           " excluded.outbox",
                           SQL_ARGS(SQL_I(finding), SQL_I(episode), SQL_I(message)),
                           &r->e),
                   &r->e));
}

static struct str deliver(struct rig *r, int64_t message, const char *receipt)
{
    struct outbox_outcome o = {
        .verdict = CHAT_DELIVERED, .status = 200, .receipt = str_of(receipt)};
    struct outbox_message m;
    struct wall next;

    assert_true(claim(r, "ops", &m, &next));
    assert_int_equal(m.id, message);
    RIG_OK(r, db_outbox_record(r->db, m.id, &o, r->now, &r->e));
    return m.reply_to;
}

static void what_follows_up_one_message_replies_to_it(void **state)
{
    struct rig *r = *state;
    int64_t first = put(r, "ops", "1 and 2"), other = put(r, "ops", "3"), m;

    tell(r, first, 1, 1);
    tell(r, first, 2, 1);
    tell(r, other, 3, 1);
    assert_int_equal(deliver(r, first, "C1 1.1").n, 0);
    assert_int_equal(deliver(r, other, "C1 1.2").n, 0);

    /* About findings of the first message: its thread, which stays the first's. */
    m = put(r, "ops", "1 again");
    tell(r, m, 1, 1);
    assert_true(str_eqz(deliver(r, m, "C1 1.3"), "C1 1.1"));
    m = put(r, "ops", "1 and 2 are over");
    tell(r, m, 1, 1);
    tell(r, m, 2, 1);
    assert_true(str_eqz(deliver(r, m, "C1 1.4"), "C1 1.1"));

    /* Of two messages, or with a new one among them: a message of its own. */
    m = put(r, "ops", "1 and 3");
    tell(r, m, 1, 1);
    tell(r, m, 3, 1);
    assert_int_equal(deliver(r, m, "C1 1.5").n, 0);
    m = put(r, "ops", "1 and a new one");
    tell(r, m, 1, 1);
    tell(r, m, 4, 1);
    assert_int_equal(deliver(r, m, "C1 1.6").n, 0);
    m = put(r, "ops", "4 again");
    tell(r, m, 4, 1);
    assert_true(str_eqz(deliver(r, m, ""), "C1 1.6"));

    /* A later episode is another matter, and a message without findings has no thread. */
    m = put(r, "ops", "1, later");
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db,
                      sql_run(r->db,
                              "INSERT INTO outbox_member (outbox, finding, episode, kind)"
                              " VALUES (?, 1, 2, 0)",
                              SQL_ARGS(SQL_I(m)), &r->e),
                      &r->e));
    assert_int_equal(deliver(r, m, "C1 1.8").n, 0);
    m = put(r, "ops", "a test");
    assert_int_equal(deliver(r, m, "C1 1.9").n, 0);
}

/* What was frozen before its readers were known stays; what comes after does not tell. */
static void readers_get_what_they_may_see(void **state)
{
    static struct intent hidden = {.node = {.kind = NODE_INTENT,
                                            .id = STR_INIT("sell-firm"),
                                            .title = STR_INIT("Sell the firm"),
                                            .visibility = VIS_TEAM}};
    static const struct strategy s = {.intents = &hidden, .n_intents = 1};
    static const struct str names[] = {STR_INIT("chat"), STR_INIT("mail")};
    static const int readers[] = {-1, VIS_COMPANY};
    const struct eval_conf conf = {
        .strategy = &s, .channels = names, .n_channels = 2, .audiences = readers};
    struct rig *r = *state;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct notice n = {.kind = NOTICE_TEST, .channel = names[i], .at = r->now,
                           .text = STR("Sell the firm by May")};
        struct outbox_message m;
        struct wall next;
        int64_t id;

        RIG_OK(r, sql_begin(r->db, true, &r->e));
        RIG_OK(r, sql_end(r->db, outbox_add(r->db, &conf, &n, r->now, &id, &r->e), &r->e));
        assert_true(claim(r, names[i].p, &m, &next));
        assert_int_equal(str_find(m.notice, STR("Sell the firm by May")) >= 0, i == 0);
        assert_int_equal(str_find(m.notice, STR("[...] by May")) >= 0, i == 1);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(order_per_channel_is_kept),
        T(what_follows_up_one_message_replies_to_it),
        T(what_is_not_over_waits),
        T(what_is_known_of_an_attempt_is_kept),
        T(attempts_cut_short_are_sent_again),
        T(channels_are_counted),
        T(readers_get_what_they_may_see),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
