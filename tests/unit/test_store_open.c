/* What is found in the state directory, and what becomes of it. */
#include <fcntl.h>
#include <unistd.h>

#include "store/open.h"
#include "tests/unit/store_rig.h"

static void unclean_stop_is_noticed(void **state)
{
    struct rig *r = *state;

    assert_true(rig_reopen(r).created);
    db_close(r->db); /* no mark */
    assert_true(rig_reopen(r).unclean);
    db_close_writer(r->db);
    assert_false(rig_reopen(r).unclean);
    db_close_writer(r->db);
}

static void spoil(struct rig *r, const char *name, off_t at)
{
    struct buf path;
    char noise[4096];
    int fd;

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 37 + 11);
    RIG_OK(r, tempdir_join(&r->dir, name, &path, &r->e));
    fd = open(buf_cstr(&path), O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    buf_finish(&path);
}

static void copy_backup(struct rig *r, unsigned n)
{
    static const char sql[] = "VACUUM INTO ?";
    char *path = backup_path(r->db->path, n);

    RIG_OK(r, sql_run(r->db, sql, SQL_ARGS(SQL_S(str_of(path))), &r->e));
    free(path);
}

/* One more name for "FILE" with the suffix. */
static int link_with(const char *path, const char *from, const char *to)
{
    char a[4096], b[4096];

    snprintf(a, sizeof a, "%s%s", path, from);
    snprintf(b, sizeof b, "%s%s", path, to);
    return link(a, b);
}

static void corrupt_file_is_set_aside_and_restored(void **state)
{
    static const off_t places[] = {0, 4096}; /* the header; a page of the schema */

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct rig *r = *state;
        struct store_opened o;
        char *backup;

        rig_reopen(r);
        RIG_OK(r, sql_begin(r->db, true, &r->e));
        RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 40 + (int)i, &r->e), &r->e));
        backup = backup_path(r->db->path, 2);
        unlink(backup);
        copy_backup(r, 2);
        free(backup);
        db_close_writer(r->db);
        RIG_OK(r, tempdir_write(&r->dir, "alignd.db.backup.1",
                                STR("not a database, but long enough to look"), &r->e));
        rig_reopen(r);
        db_close(r->db); /* unclean: the file is checked */
        spoil(r, "alignd.db", places[i]);
        r->now.ms += 1;
        o = rig_reopen(r);
        assert_true(o.restored);
        assert_true(strstr(o.aside, ".corrupt-") != NULL);
        assert_int_equal(access(o.aside, F_OK), 0);
        assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"),
                         40 + (int)i);
        db_close_writer(r->db);
    }
}

static void corrupt_without_backup_starts_anew(void **state)
{
    struct rig *r = *state;
    struct store_opened o;

    RIG_OK(r, tempdir_write(&r->dir, "alignd.db",
                            STR("SQLite format 2, or so they said, and then some more"),
                            &r->e));
    o = rig_reopen(r);
    assert_false(o.restored);
    assert_true(o.anew);
    assert_int_equal(o.migrated_from, 0);
    assert_true(o.aside[0] != '\0');
    assert_int_equal(rig_int(r, "SELECT count(*) FROM source"), 0);
    db_close_writer(r->db);
}

/* With the log of the one that is gone beside it, which is not the backup's. */
static void missing_file_is_restored(void **state)
{
    struct rig *r = *state;
    struct store_opened o;
    char *path;

    rig_reopen(r);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 1, &r->e), &r->e));
    copy_backup(r, 1);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 2, &r->e), &r->e));
    path = strdup(r->db->path);
    assert_int_equal(link_with(path, "-wal", "-kept"), 0);
    db_close(r->db);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link_with(path, "-kept", "-wal"), 0);
    o = rig_reopen(r);
    assert_true(o.restored);
    assert_false(o.created);
    assert_string_equal(o.aside, "");
    assert_int_equal(rig_int(r, "SELECT value FROM meta WHERE key = 'probe'"), 1);
    db_close_writer(r->db);
    free(path);
}

/* Nothing is committed to a file that nobody would find again. */
static void file_taken_away_is_not_written(void **state)
{
    struct rig *r = *state;
    struct buf away;

    rig_reopen(r);
    RIG_OK(r, tempdir_join(&r->dir, "away", &away, &r->e));
    assert_int_equal(rename(r->db->path, buf_cstr(&away)), 0);
    assert_false(sql_begin(r->db, true, &r->e));
    assert_int_equal(r->e.kind, ERR_STORE);
    assert_non_null(strstr(r->e.msg, "was removed or replaced"));
    assert_int_equal(rig_int(r, "SELECT count(*) FROM source"), 0); /* reads go on */
    RIG_OK(r, tempdir_write(&r->dir, "alignd.db", STR("another one"), &r->e));
    assert_false(sql_begin(r->db, true, &r->e));
    assert_int_equal(rename(buf_cstr(&away), r->db->path), 0);
    RIG_OK(r, sql_begin(r->db, true, &r->e));
    RIG_OK(r, sql_end(r->db, meta_set(r->db, "probe", 1, &r->e), &r->e));
    db_close_writer(r->db);
    buf_finish(&away);
}

static void refused(struct rig *r, const char *script, const char *what)
{
    struct clock clock = {rig_wall, rig_mono, r};
    struct store_options opt = {.dir = tempdir_path(&r->dir), .clock = &clock};
    struct store_opened o;
    struct buf path;
    sqlite3 *h;

    RIG_OK(r, tempdir_join(&r->dir, "alignd.db", &path, &r->e));
    unlink(buf_cstr(&path));
    assert_int_equal(sqlite3_open(buf_cstr(&path), &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, script, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(h);
    assert_false(db_open_writer(&opt, &r->db, &o, &r->e));
    assert_int_equal(r->e.kind, ERR_CONFIG);
    assert_non_null(strstr(r->e.msg, what));
    assert_int_equal(access(buf_cstr(&path), F_OK), 0);
    buf_finish(&path);
}

static void foreign_and_newer_files_are_refused(void **state)
{
    struct rig *r = *state;

    refused(r, "CREATE TABLE moz_places (id INTEGER)", "not a database of alignd");
    refused(r, "PRAGMA application_id = 42", "not a database of alignd");
    refused(r,
            "CREATE TABLE meta (key TEXT); PRAGMA application_id = 1634494308; PRAGMA "
            "user_version = 4000",
            "newer alignd");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(unclean_stop_is_noticed),
        T(corrupt_file_is_set_aside_and_restored),
        T(corrupt_without_backup_starts_anew),
        T(missing_file_is_restored),
        T(file_taken_away_is_not_written),
        T(foreign_and_newer_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
