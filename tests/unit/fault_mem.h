/*
 * SQLite's allocator with a count, of which number k can be made to fail: once, or
 * from then on. Small blocks, too: there is no lookaside. One per program, installed
 * before SQLite is used first; static.
 */
#ifndef TESTS_UNIT_FAULT_MEM_H
#define TESTS_UNIT_FAULT_MEM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

static struct {
    sqlite3_mem_methods real;
    long step;    /* blocks asked for so far */
    long fail_at; /* 0: never */
    bool forever; /* from then on, not once */
    long failed;
} mem;

static bool mem_fails(void)
{
    mem.step++;
    if (mem.fail_at == 0 || mem.step < mem.fail_at ||
        (mem.step > mem.fail_at && !mem.forever))
        return false;
    mem.failed++;
    return true;
}

static void *mem_malloc(int n)
{
    return mem_fails() ? NULL : mem.real.xMalloc(n);
}

static void *mem_realloc(void *p, int n)
{
    return mem_fails() ? NULL : mem.real.xRealloc(p, n);
}

/* False: this SQLite takes no allocator from outside. */
static bool mem_install(void)
{
    sqlite3_mem_methods ours;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &mem.real) != SQLITE_OK)
        return false;
    ours = mem.real;
    ours.xMalloc = mem_malloc;
    ours.xRealloc = mem_realloc;
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) == SQLITE_OK;
}

static void mem_reset(long fail_at, bool forever)
{
    mem.step = 0;
    mem.failed = 0;
    mem.fail_at = fail_at;
    mem.forever = forever;
}

#endif
