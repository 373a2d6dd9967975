/* Files of earlier versions, and what of them is kept. */
#include <unistd.h>

#include "store/schema.h"
#include "tests/unit/store_rig.h"

/* A file as the version left it, with these rows. */
static void write_version(struct rig *r, unsigned version, const char *rows)
{
    struct buf path;
    char mark[128];
    sqlite3 *h;

    RIG_OK(r, tempdir_join(&r->dir, "alignd.db", &path, &r->e));
    unlink(buf_cstr(&path));
    assert_int_equal(sqlite3_open(buf_cstr(&path), &h), SQLITE_OK);
    for (unsigned i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(h, schema_sql[i], NULL, NULL, NULL), SQLITE_OK);
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%u;",
             STORE_APPLICATION_ID, version);
    assert_int_equal(sqlite3_exec(h, mark, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(h, rows, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("version %u: %s", version, sqlite3_errmsg(h));
    sqlite3_close(h);
    buf_finish(&path);
}

/* Every earlier version's file becomes the same schema, and keeps its rows. */
static void migrates_from_every_version(void **state)
{
    struct rig *r = *state;
    const char *schema = "SELECT group_concat(type || name || sql, ';') FROM"
                         " (SELECT * FROM sqlite_schema ORDER BY name)";
    const char *wanted;

    rig_reopen(r);
    wanted = rig_text(r, schema);
    db_close_writer(r->db);
    for (unsigned v = 1; v < schema_count; v++) {
        write_version(r, v, "INSERT INTO meta VALUES ('probe', 5)");
        assert_int_equal(rig_reopen(r).migrated_from, v);
        assert_string_equal(rig_text(r, schema), wanted);
        assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"), 5);
        assert_string_equal(rig_text(r, "PRAGMA integrity_check"), "ok");
        db_close_writer(r->db);
    }
}

/*
 * Version 1 knew what the first channel was told. 1: told of its second episode on
 * two channels, with a reminder, one of them not delivered; 2: its end was told, and
 * it fires again untold; 3: its message is forgotten; 4: never told, and waits.
 */
static const char told_in_version_1[] =
    "INSERT INTO finding (n, id, rule, kind, subject, item, scope, source, state,"
    " severity, since, fired, resolved, clear_since, episode, baseline, ended_by, team,"
    " node, note, fix, command, facts, plan_next, told_episode, told_severity,"
    " told_resolved, told_at, reminders) VALUES"
    " (1, 'a1', 'r', 0, 's1', 1, 1, 1, 2, 2, 5, 6, 0, 0, 2, 0, '', '', '', 'n', '', '',"
    "  '{}', 0, 2, 2, 0, 900, 1),"
    " (2, 'a2', 'r', 0, 's2', 2, 1, 1, 2, 1, 5, 6, 0, 0, 2, 0, '', '', '', '', '', '',"
    "  '{}', 0, 1, 1, 1, 800, 0),"
    " (3, 'a3', 'r', 0, 's3', 3, 1, 1, 2, 1, 5, 6, 0, 0, 1, 0, '', '', '', '', '', '',"
    "  '{}', 0, 1, 1, 0, 100, 2),"
    " (4, 'a4', 'r', 0, 's4', 4, 1, 1, 2, 1, 5, 6, 0, 0, 1, 0, '', '', '', '', '', '',"
    "  '{}', 0, 0, 0, 0, 0, 0);"
    "INSERT INTO outbox (id, key, channel, state, created, next_attempt, done_at, "
    "notice)"
    " VALUES (1, 'k1', 'ops', 2, 300, 300, 310, '{}'), (2, 'k2', 'ops', 2, 700, 700, "
    "710,"
    "  '{}'), (3, 'k3', 'two words to say', 3, 750, 750, 760, '{}'),"
    " (4, 'k4', 'ops', 0, 900, 900, 0, '{}'), (5, 'k5', 'ops', 2, 800, 800, 810, '{}');"
    "INSERT INTO outbox_member VALUES (1, 1, 1, 16), (2, 1, 2, 16), (3, 1, 2, 16),"
    " (4, 1, 2, 17), (1, 2, 1, 16), (5, 2, 1, 14);"
    "INSERT INTO finding_event (finding, at, what, detail) VALUES"
    " (3, 90, 'told', 'new to ops'), (3, 100, 'told', 'reminder to two words to say'),"
    " (3, 101, 'reason', 'unchanged'), (1, 900, 'told', 'reminder to ops');"
    "INSERT INTO batch (id, channel, name, due) VALUES (7, 'ops', 'team=web', 999);"
    "INSERT INTO member (batch, finding, kind, joined, leads) VALUES (7, 4, 16, 6, 1)";

/* Findings of version 1 kept the words of items that had turned private. */
static const char private_in_version_1[] =
    "INSERT INTO item (id, source, vid, hash, scope, key, level, category, outcome,"
    " outsider, private, baseline, created, updated, closed, first_seen, changed,"
    " children, parent_vid, parent_key, type, status, author, author_name, assignees,"
    " url, title, marks, excerpt) VALUES"
    " (1, 1, 'v1', 1, 1, 'a#1', 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, '', '', '', '', '',"
    "  '', '', '', '', '', ''),"
    " (2, 1, 'v2', 1, 1, 'a#2', 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, '', '', '', '', '',"
    "  '', '', '', '', '', '');"
    "INSERT INTO finding (n, id, rule, kind, subject, item, scope, source, state,"
    " severity, since, fired, resolved, clear_since, episode, baseline, ended_by, team,"
    " node, note, fix, command, facts) VALUES"
    " (1, 'a1', 'r', 0, 's1', 1, 1, 1, 3, 1, 5, 6, 7, 0, 1, 0, 'word', '', '', 'word',"
    "  'word', 'word', 'word'),"
    " (2, 'a2', 'r', 0, 's2', 2, 1, 1, 3, 1, 5, 6, 7, 0, 1, 0, 'word', '', '', 'word',"
    "  'word', 'word', 'word');"
    "INSERT INTO finding_event (finding, at, what, detail) VALUES"
    " (1, 6, 'fired', 'warn'), (1, 7, 'resolved', 'word'), (2, 7, 'resolved', 'word')";

static void private_words_are_forgotten(void **state)
{
    struct rig *r = *state;

    write_version(r, 1, private_in_version_1);
    rig_reopen(r);
    assert_string_equal(rig_text(r,
                                 "SELECT group_concat(n || ended_by || note || fix ||"
                                 " command || facts) FROM finding"),
                        "1,2wordwordwordwordword");
    assert_string_equal(
        rig_text(r, "SELECT group_concat(finding || detail) FROM finding_event"),
        "1warn,1,2word");
    db_close_writer(r->db);
}

static void what_was_told_is_kept(void **state)
{
    struct rig *r = *state;

    write_version(r, 1, told_in_version_1);
    rig_reopen(r);
    assert_string_equal(
        rig_text(r,
                 "SELECT group_concat(finding || ' ' || channel || ': ' || episode ||"
                 " ' ' || kind || ' ' || severity || ' ' || at || ' ' || reminders ||"
                 " ' ' || outbox || ' ' || delivered, '; ') FROM"
                 " (SELECT * FROM told ORDER BY finding, channel)"),
        "1 ops: 2 17 2 900 1 4 0; 1 two words to say: 2 16 2 750 1 3 0;"
        " 2 ops: 1 14 1 800 0 5 810; 3 two words to say: 1 17 1 100 2 0 100");
    assert_string_equal(rig_text(r, "SELECT group_concat(n || note || plan_next) FROM"
                                    " finding"),
                        "1n0,20,30,41");
    assert_string_equal(rig_text(r, "SELECT batch || finding || kind || joined FROM"
                                    " member"),
                        "74166");
    assert_int_equal(rig_int(r, "SELECT due FROM batch"), 999);
    db_close_writer(r->db);
}

/* Of what version 1 holds, how much each scope has of every node and team is counted.
 */
static const char counted_in_version_1[] =
    "INSERT INTO item (id, source, vid, hash, scope, key, level, category, outcome,"
    " outsider, private, baseline, created, updated, closed, first_seen, changed,"
    " children, counted, counted_scope, team, parent_vid, parent_key, type, status,"
    " author, author_name, assignees, url, title, marks, excerpt)"
    " SELECT value, 1, 'v' || value, 1, 1, 'a', 1, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0,"
    " CASE value WHEN 1 THEN 17 WHEN 2 THEN 1 WHEN 3 THEN 4 ELSE 0 END, value % 2 + 1,"
    " CASE value WHEN 5 THEN '' ELSE 'web' END, '', '', '', '', '', '', '', '', '', '',"
    " '' FROM json_each('[1, 2, 3, 4, 5]');"
    "INSERT INTO link (item, method, node, known, effective, via, hops, detail) VALUES"
    " (1, 4, 'sso', 1, 1, 0, 0, ''), (1, 6, 'sso', 1, 1, 0, 0, ''),"
    " (3, 4, 'sso', 1, 1, 0, 0, ''), (2, 4, 'sso', 1, 0, 0, 0, ''),"
    " (4, 4, 'sso', 1, 1, 0, 0, '')";

static void shares_are_counted(void **state)
{
    struct rig *r = *state;

    write_version(r, 1, counted_in_version_1);
    rig_reopen(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(node || scope || items ||"
                                    " epics) FROM share"),
                        "sso221,web110,web211");
    db_close_writer(r->db);
}

/* The text of a version stays as one file, until the strategy in force is seen again.
 */
static void texts_of_versions_are_kept(void **state)
{
    struct rig *r = *state;
    struct strategy_file files[] = {{STR("a.yaml"), STR("A"), false},
                                    {STR("b.yaml"), STR("B"), false},
                                    {STR("days.ics"), STR("C"), true}};
    struct strategy s = {.version = 9, .files = files, .n_files = 3};
    const char *rows =
        "SELECT group_concat(strategy || ' ' || place || name || beside ||"
        " text, ', ') FROM strategy_file";
    bool is_new;

    write_version(
        r, 5,
        "INSERT INTO strategy (n, version, at, text) VALUES (1, 8, 100, 'Old'),"
        " (2, 9, 200, 'AB'); INSERT INTO meta VALUES ('strategy', 9)");
    rig_reopen(r);
    assert_string_equal(rig_text(r, rows), "1 00Old, 2 00AB");
    assert_string_equal(rig_text(r, "SELECT group_concat(n || ' ' || version || ' ' ||"
                                    " at, ', ') FROM strategy"),
                        "1 8 100, 2 9 200");
    for (int i = 0; i < 2; i++) {
        RIG_OK(r, db_strategy_set(r->db, &s, r->now, &is_new, &r->e));
        assert_false(is_new);
        assert_string_equal(rig_text(r, rows),
                            "1 00Old, 2 0a.yaml0A, 2 1b.yaml0B, 2 2days.ics1C");
    }
    db_close_writer(r->db);
}

/* What evaluation holds leaves the item's row, which people's bits stay in. */
static void evaluated_leaves_the_item(void **state)
{
    struct rig *r = *state;
    char rows[sizeof counted_in_version_1 + 100];

    snprintf(rows, sizeof rows, "%s;%s", counted_in_version_1,
             "UPDATE item SET has = 11, next_check = 77 WHERE id = 3;"
             "UPDATE item SET has = 6 WHERE id = 5");
    write_version(r, 1, rows);
    rig_reopen(r);
    assert_string_equal(
        rig_text(r,
                 "SELECT group_concat(concat, '; ') FROM (SELECT item || ' ' || has ||"
                 " ' ' || counted || ' ' || counted_scope || ' ' || counted_changed ||"
                 " ' ' || next_check || ' ' || team || ' ' || created AS concat"
                 " FROM evaluated ORDER BY item)"),
        "1 0 17 2 0 0 web 1; 2 0 1 1 0 0 web 1; 3 9 4 2 0 77 web 1; 4 0 0 1 0 0 web 1");
    assert_string_equal(rig_text(r, "SELECT group_concat(id || has || vid) FROM item"),
                        "10v1,20v2,32v3,40v4,56v5");
    db_close_writer(r->db);
}

/* The full-text index of suggestions becomes rows, and is counted as it is found. */
static void words_of_suggestions_are_counted(void **state)
{
    struct rig *r = *state;

    write_version(r, 16,
                  "INSERT INTO suggest_text (rowid, title, body) VALUES"
                  " (7, 'second site billing', 'billing invoice'), (9, 'billing', ''),"
                  " (-1, '', 'invoice');"
                  "DELETE FROM suggest_text WHERE rowid = 9");
    rig_reopen(r);
    assert_string_equal(rig_text(r, "SELECT group_concat(term || docs) FROM"
                                    " suggest_word"),
                        "billing1,invoice2,second1,site1");
    assert_string_equal(rig_text(r, "SELECT group_concat(term || ' ' || doc || ' ' ||"
                                    " place, ', ') FROM suggest_posting"),
                        "billing 7 3, invoice -1 2, invoice 7 2, second 7 1, site 7 1");
    assert_string_equal(rig_text(r, "SELECT group_concat(doc || title || '|' || body)"
                                    " FROM suggest_words"),
                        "-1|invoice,7second site billing|billing invoice");
    db_close_writer(r->db);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(migrates_from_every_version),
        T(what_was_told_is_kept),
        T(private_words_are_forgotten),
        T(shares_are_counted),
        T(evaluated_leaves_the_item),
        T(words_of_suggestions_are_counted),
        T(texts_of_versions_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
