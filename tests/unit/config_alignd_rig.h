/* What tests of alignd.yaml share: loading a file, and writing one. Static functions. */
#ifndef TESTS_UNIT_CONFIG_ALIGND_RIG_H
#define TESTS_UNIT_CONFIG_ALIGND_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "tests/support/tempdir.h"

#define FULL "tests/golden/config/alignd-good-full.yaml"
#define MINIMAL "tests/golden/config/alignd-good-minimal.yaml"

enum { TEXT_MAX = 4 << 20 };

static const struct conf_env no_env = {.zoneinfo = "/usr/share/zoneinfo"};

static inline void assert_str(struct str s, const char *expected)
{
    if (!str_eqz(s, expected)) {
        fail_msg("expected '%s', got '%.*s'", expected, STR_FMT(s));
    }
}

static inline void assert_list(const struct str_list *l, const char *joined)
{
    struct buf b;

    buf_init(&b, 4096);
    for (size_t i = 0; i < l->n; i++) {
        buf_printf(&b, "%s%.*s", i == 0 ? "" : "|", STR_FMT(l->v[i]));
    }
    assert_string_equal(buf_cstr(&b), joined);
    buf_finish(&b);
}

static inline struct conf *load(const char *path, const struct conf_env *env)
{
    struct conf_diag *d = conf_diag_create();
    struct conf *c = conf_load(path, env, d);
    struct buf said;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    if (c == NULL) {
        fail_msg("%s", buf_cstr(&said));
    }
    buf_finish(&said);
    conf_diag_destroy(d);
    return c;
}

static inline void put(const struct tempdir *t, const char *name, const char *text)
{
    struct err e;

    if (!tempdir_write(t, name, str_of(text), &e)) {
        fail_msg("%s: %s", name, e.msg);
    }
}

#define SOURCE "sources: [{ name: gh, type: github, repos: [acme/web] }]\n"

#endif
