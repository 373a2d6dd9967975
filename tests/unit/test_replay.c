/*
 * What would have been posted: a store with a history that was really played, hour by
 * hour, and replays of it, with the settings it had and with others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/silence.h"
#include "store/replay.h"
#include "tests/unit/eval_rig.h"

#define HOUR (INT64_C(60) * RIG_MIN)

static const struct actor ana = {.uid = 1000, .user = STR_INIT("ana")};

/* ---- messages in words: "05-03 product: 1 epic without a strategic link" ---- */

struct told {
    struct buf text;
    int64_t n;
};

static void add_message(struct buf *out, struct wall at, struct str channel,
                        struct str notice)
{
    json_t *v = json_loadb(notice.p, notice.n, 0, NULL), *s;
    struct local day = tz_local(tz_utc(), at);
    size_t i;

    assert_non_null(v);
    buf_printf(out, "%02d-%02d %.*s:", day.date.month, day.date.day, STR_FMT(channel));
    json_array_foreach(json_object_get(v, "sections"), i, s)
        buf_printf(out, " %s %s.", json_string_value(json_object_get(s, "headline")),
                   json_string_value(json_object_get(
                       json_array_get(json_object_get(s, "entries"), 0), "key")));
    if (json_integer_value(json_object_get(v, "total_resolved")) > 0)
        buf_printf(out, " %lld over.",
                   (long long)json_integer_value(json_object_get(v, "total_resolved")));
    buf_addz(out, "\n");
    json_decref(v);
}

static bool collect(void *arg, const struct replay_post *p, struct err *e UNUSED)
{
    struct told *t = arg;

    add_message(&t->text, p->at, p->channel, p->notice);
    t->n++;
    return true;
}

/* What was really put into the outbox since then. */
static struct buf really_told(struct rig *r, struct wall since)
{
    static const char sql[] = "SELECT created, channel, notice FROM outbox WHERE"
                              " created >= ? ORDER BY id";
    struct query q;
    struct buf out;
    bool row;

    buf_init(&out, 1 << 20);
    RIG_OK(r, query_open(&q, r->db, sql, SQL_ARGS(SQL_T(since)), &r->e));
    RIG_OK(r, query_next(&q, &row, &r->e));
    while (row) {
        add_message(&out, query_wall(&q, 0), query_str(&q, 1), query_str(&q, 2));
        RIG_OK(r, query_next(&q, &row, &r->e));
    }
    return out;
}

static struct buf replayed(struct eval_rig *er, struct wall since)
{
    struct rig *r = &er->r;
    struct told t = {.n = 0};
    struct replay_result res;
    const struct replay what = {
        .conf = &er->ev, .since = since, .now = r->now, .post = collect, .arg = &t};

    buf_init(&t.text, 1 << 20);
    RIG_OK(r, db_replay(r->db, &what, &res, &r->e));
    assert_int_equal(res.ended.ms, r->now.ms);
    return t.text;
}

/* ---- the history ---- */

static void hours(struct eval_rig *er, int n)
{
    struct wall next;

    for (int i = 0; i < n; i++) {
        er->r.now.ms += HOUR;
        eval_rig_look(er);
        eval_rig_run(er);
        eval_rig_flush(er, &next);
    }
}

/* Comes with the next sync. */
static struct item *comes(struct eval_rig *er, int number)
{
    eval_rig_sync(er);
    return eval_rig_new_epic(er, number);
}

static void came(struct eval_rig *er)
{
    struct wall next;

    eval_rig_synced(er);
    eval_rig_run(er);
    eval_rig_flush(er, &next);
}

static int setup(void **state)
{
    struct eval_rig *er = eval_rig_create();
    struct rig *r = &er->r;
    struct item *it;

    eval_rig_look(er);
    eval_rig_run(er);
    hours(er, 20);
    comes(er, 1);
    it = eval_rig_new_epic(er, 2);
    rig_label(r, it, "initiative:onboarding");
    came(er);
    hours(er, 3 * 24);
    /* The first gets its link, another comes and is closed, a third goes in progress. */
    it = comes(er, 1);
    it->created.ms = r->now.ms - 3 * RIG_DAY - RIG_MIN;
    it->updated = r->now;
    rig_label(r, it, "initiative:onboarding");
    eval_rig_new_epic(er, 3);
    eval_rig_new_epic(er, 4);
    came(er);
    hours(er, 2 * 24);
    it = comes(er, 3);
    it->created.ms = r->now.ms - 2 * RIG_DAY - RIG_MIN;
    rig_close_item(r, it);
    it = eval_rig_new_epic(er, 4);
    it->created.ms = r->now.ms - 2 * RIG_DAY - RIG_MIN;
    it->category = ITEM_IN_PROGRESS;
    it->updated = r->now;
    came(er);
    hours(er, 3 * 24);
    *state = er;
    return 0;
}

static int teardown(void **state)
{
    eval_rig_destroy(*state);
    return 0;
}

static struct wall days_ago(const struct eval_rig *er, int n)
{
    return (struct wall){(er->r.now.ms / RIG_DAY - n) * RIG_DAY};
}

/* ---- the truth ---- */

static void the_same_settings_tell_the_same(void **state)
{
    struct eval_rig *er = *state;
    struct buf want = really_told(&er->r, days_ago(er, 8)),
               got = replayed(er, days_ago(er, 8));

    assert_non_null(strstr(buf_cstr(&want), "1 epic without a strategic link"));
    assert_non_null(strstr(buf_cstr(&want), "over."));
    assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    buf_finish(&got);
    buf_finish(&want);
    /* Of fewer days the last of them, although the first ones are told in none. */
    want = really_told(&er->r, days_ago(er, 4));
    got = replayed(er, days_ago(er, 4));
    assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    assert_true(want.n > 0);
    buf_finish(&got);
    buf_finish(&want);
}

static void nothing_is_left(void **state)
{
    static const char all[] =
        "SELECT (SELECT count(*) || ' ' || sum(n) || ' ' || sum(reason_at) FROM finding)"
        " || ' ' || (SELECT count(*) FROM outbox) || ' ' || (SELECT count(*) || ' ' ||"
        " sum(changed) FROM item) || ' ' || (SELECT count(*) FROM sqlite_schema) || ' '"
        " || (SELECT count(*) FROM audit)";
    struct eval_rig *er = *state;
    char *before = strdup(rig_text(&er->r, all));
    struct buf got = replayed(er, days_ago(er, 8)), path;

    assert_string_equal(rig_text(&er->r, all), before);
    buf_finish(&got);
    free(before);
    buf_init(&path, 4096);
    buf_printf(&path, "%s.replay", er->r.db->path);
    assert_int_equal(access(buf_cstr(&path), F_OK), -1);
    buf_finish(&path);
}

static void another_route(void **state)
{
    struct eval_rig *er = *state;
    char conf[] = EVAL_RIG_CONF, *at = strstr(conf, "channel: product,");
    struct buf want, got;

    memcpy(at, "channel: ops    ,", 17);
    want = really_told(&er->r, days_ago(er, 8));
    eval_rig_load(er, conf, EVAL_RIG_STRATEGY);
    got = replayed(er, days_ago(er, 8));
    assert_null(strstr(buf_cstr(&got), "product"));
    while ((at = strstr(want.p, "product:")) != NULL) {
        memcpy(at, "ops", 3);
        memmove(at + 3, at + 7, strlen(at + 7) + 1);
    }
    assert_string_equal(buf_cstr(&got), want.p);
    buf_finish(&got);
    buf_finish(&want);
}

static void other_rules(void **state)
{
    struct eval_rig *er = *state;
    struct buf got;

    eval_rig_load(er,
                  EVAL_RIG_NODES "rules: { uncovered-initiative: off,\n"
                                 "  unlinked-work: { for: 4d } }\n",
                  EVAL_RIG_STRATEGY);
    got = replayed(er, days_ago(er, 8));
    /* The first was linked after three days, the second closed after two. */
    assert_null(strstr(buf_cstr(&got), "acme/web#1."));
    assert_null(strstr(buf_cstr(&got), "acme/web#3."));
    assert_non_null(strstr(buf_cstr(&got), "acme/web#4."));
    buf_finish(&got);
    eval_rig_load(er, EVAL_RIG_NODES "rules: { uncovered-initiative: off,\n"
                                     "  unlinked-work: off }\n",
                  EVAL_RIG_STRATEGY);
    got = replayed(er, days_ago(er, 8));
    assert_string_equal(buf_cstr(&got), "");
    buf_finish(&got);
}

/* ---- what people did ---- */

static void what_people_did_counts(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct str_list match[ROUTE_LABEL_COUNT];
    struct buf got, want;
    int64_t id;

    /* A silence over what comes next, and it ends; a finding that somebody is on. */
    RIG_OK(r, silence_parse(STR("rule=unlinked-work"), r->a, match, &r->e));
    RIG_OK(r, db_silence_add(r->db, match, STR("later"),
                             (struct wall){r->now.ms + 3 * RIG_DAY}, &ana, r->now, &id,
                             &r->e));
    comes(er, 5);
    came(er);
    hours(er, 2 * 24);
    RIG_OK(r, db_silence_end(r->db, id, &ana, r->now, &r->e));
    hours(er, 24);
    RIG_OK(r, db_exempt(r->db, STR("acme/web#5"), STR_NONE, STR("facility"),
                        (struct wall){0}, &ana, r->now, &r->e));
    hours(er, 24);
    want = really_told(r, days_ago(er, 9));
    got = replayed(er, days_ago(er, 9));
    assert_non_null(strstr(buf_cstr(&want), "acme/web#5."));
    assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    buf_finish(&got);
    buf_finish(&want);
}

/* ---- what cannot be ---- */

static void refused(struct eval_rig *er, struct wall since, const char *why)
{
    struct told t = {.n = 0};
    struct replay_result res;
    const struct replay what = {.conf = &er->ev, .since = since, .now = er->r.now,
                                .post = collect, .arg = &t};

    assert_false(db_replay(er->r.db, &what, &res, &er->r.e));
    assert_int_equal(er->r.e.kind, ERR_USAGE);
    if (strstr(er->r.e.msg, why) == NULL)
        fail_msg("%s", er->r.e.msg);
}

static void days_that_are_not_known(void **state)
{
    struct eval_rig *er = *state, *empty = eval_rig_create();

    refused(er, er->r.now, "over, or today");
    refused(er, (struct wall){er->r.now.ms + RIG_DAY}, "over, or today");
    refused(er, days_ago(er, 12), "history begins on");
    refused(er, days_ago(er, 200), "at most 92 days");
    refused(empty, days_ago(empty, 1), "no sync has run");
    eval_rig_destroy(empty);
}

static bool stop(void *arg UNUSED, const struct replay_post *p UNUSED, struct err *e)
{
    return err_set(e, ERR_LIMIT, "enough");
}

static void it_ends_early(void **state)
{
    struct eval_rig *er = *state;
    struct rig *r = &er->r;
    struct told t = {.n = 0};
    struct replay_result res;
    struct replay what = {.conf = &er->ev, .since = days_ago(er, 8), .now = r->now,
                          .post = collect, .arg = &t, .limit = DUR_MS(1)};
    _Atomic bool quit = true;

    /* Its time is up: what was played is told, and how far. */
    buf_init(&t.text, 1 << 20);
    RIG_OK(r, db_replay(r->db, &what, &res, &r->e));
    assert_true(res.ended.ms < r->now.ms);
    buf_finish(&t.text);
    /* Nobody wants more of it. */
    what.limit = DUR_MS(0);
    what.post = stop;
    assert_false(db_replay(r->db, &what, &res, &r->e));
    assert_int_equal(r->e.kind, ERR_LIMIT);
    /* alignd stops. */
    r->db->quit = r->db->upkeep_quit = &quit;
    assert_false(db_replay(r->db, &what, &res, &r->e));
    assert_int_equal(r->e.kind, ERR_CANCELED);
    r->db->quit = r->db->upkeep_quit = NULL;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(the_same_settings_tell_the_same),
        T(nothing_is_left),
        T(another_route),
        T(other_rules),
        T(what_people_did_counts),
        T(days_that_are_not_known),
        T(it_ends_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
