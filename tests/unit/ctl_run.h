/*
 * Running alignctl within a test, at one time of day. Static functions. Run from the top
 * of the tree.
 */
#ifndef TESTS_UNIT_CTL_RUN_H
#define TESTS_UNIT_CTL_RUN_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/utf8.h"
#include "core/tz.h"
#include "ctl/ctl.h"
#include "tests/support/tempdir.h"

struct run {
    struct buf out, err;
    int code;
};

static inline struct wall now(void)
{
    struct wall t;

    assert_true(date_parse_iso(STR("2026-11-22T12:57:00Z"), &t));
    return t;
}

static char *exec_argv[8];
static inline int exec_recorded(char *const *argv)
{
    size_t i = 0;

    for (; argv[i] != NULL && i < 7; i++)
        exec_argv[i] = strdup(argv[i]);
    exec_argv[i] = NULL;
    return ENOENT;
}

static inline void exec_forget(void)
{
    for (size_t i = 0; i < 8; i++) {
        free(exec_argv[i]);
        exec_argv[i] = NULL;
    }
}

/* `args` NULL-terminated, without the program's name. */
static inline struct run run_on(const char *socket, size_t columns, bool colour,
                                const char *const *args)
{
    struct ctl_env env = {socket, columns, colour, now(), tz_utc(), exec_recorded};
    struct run r;
    char *argv[24];
    char name[] = "alignctl";
    int argc = 1;

    argv[0] = name;
    for (; args[argc - 1] != NULL; argc++)
        argv[argc] = strdup(args[argc - 1]);
    argv[argc] = NULL;
    buf_init(&r.out, (size_t)1 << 24);
    buf_init(&r.err, (size_t)1 << 20);
    r.code = ctl_run(&env, argc, argv, &r.out, &r.err);
    while (argc > 1)
        free(argv[--argc]);
    return r;
}

static inline void run_finish(struct run *r)
{
    buf_finish(&r->out);
    buf_finish(&r->err);
}

/* `message` stands in what it complains of; NULL: it complains of nothing. */
static inline void run_expect(const struct run *r, size_t row, int code,
                              const char *message)
{
    if (r->code != code)
        fail_msg("row %zu: exit %d, not %d: %s", row, r->code, code, buf_cstr(&r->err));
    if (message == NULL)
        assert_int_equal(r->err.n, 0);
    else if (strstr(buf_cstr(&r->err), message) == NULL)
        fail_msg("row %zu: \"%s\" is not in: %s", row, message, buf_cstr(&r->err));
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- what it prints ---- */

/* ALIGND_GOLDEN: it is written. */
static inline void hold_to_file(const char *path, const struct buf *got)
{
    struct buf want;
    struct err e;

    if (getenv("ALIGND_GOLDEN") != NULL) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        fwrite(buf_cstr(got), 1, got->n, f);
        fclose(f);
    }
    if (!tempdir_read(path, &want, &e))
        fail_msg("%s: %s", path, e.msg);
    if (!str_eq(buf_str(&want), buf_str(got)))
        fail_msg("%s differs; got:\n%s", path, buf_cstr(got));
    buf_finish(&want);
}

/* Nothing hostile gets through; no line is wider than the terminal (0: none is) or, with
   `but_words`, only one that is a single word. */
static inline void hold_to_terminal(const char *name, size_t columns, bool but_words,
                                    const struct buf *got)
{
    struct str rest = buf_str(got), line;

    assert_true(utf8_valid(rest, &(size_t){0}));
    while (str_split(&rest, '\n', &line)) {
        bool may = but_words && str_chr(str_trim(line), ' ') < 0;
        struct str left = line;

        if (columns > 0 && utf8_width(line) > columns && !may)
            fail_msg("%s at %zu: %zu columns: %.*s", name, columns, utf8_width(line),
                     STR_FMT(line));
        while (left.n > 0) {
            uint32_t cp;

            left = str_skip(left, utf8_next(left, &cp));
            assert_false(utf8_hostile(cp));
        }
    }
}

#endif
