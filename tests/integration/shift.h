/*
 * A wall clock of its own for alignd, which a test sets while it runs or between two
 * runs (tests/support/preload). Trackers and chat keep the right time.
 *
 *   rig_init(&r);
 *   shift_init(&s, &r);
 *   *s.ms = 3600000;
 *   ... rig_start(&r, NULL) ...
 *   shift_finish(&s);
 *   rig_finish(&r);
 */
#ifndef TESTS_INTEGRATION_SHIFT_H
#define TESTS_INTEGRATION_SHIFT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/integration/rig.h"

struct shift {
    _Atomic int64_t *ms; /* that its clock is ahead; shared with it */
    char file[300], preload[300], asan[300];
    const char *env[4];
};

/* The rig must stay where it is until both are finished: its environment is here. */
static inline void shift_init(struct shift *s, struct rig *r)
{
    const char *asan = getenv("ASAN_OPTIONS");
    struct buf path;
    struct err e;
    int fd;

    memset(s, 0, sizeof(*s));
    assert_true(tempdir_join(&r->dir, "shift", &path, &e));
    fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof(*s->ms)), 0);
    s->ms = mmap(NULL, sizeof(*s->ms), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(s->ms, MAP_FAILED);
    close(fd);
    snprintf(s->file, sizeof(s->file), "WALL_SHIFT=%s", buf_cstr(&path));
    buf_finish(&path);
    assert_true(spawn_program("wall.so", &path, &e));
    snprintf(s->preload, sizeof(s->preload), "LD_PRELOAD=%s", buf_cstr(&path));
    buf_finish(&path);
    /* The sanitizer's library wants to be the first; that this one is does no harm. */
    snprintf(s->asan, sizeof(s->asan), "ASAN_OPTIONS=%s%sverify_asan_link_order=0",
             asan != NULL ? asan : "", asan != NULL ? ":" : "");
    s->env[0] = s->file;
    s->env[1] = s->preload;
    s->env[2] = s->asan;
    r->env = s->env;
}

static inline void shift_finish(struct shift *s)
{
    munmap((void *)(uintptr_t)s->ms, sizeof(*s->ms));
}

#endif
