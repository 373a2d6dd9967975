/*
 * A VFS over the system's that counts what reaches the disk and can make step
 * number k fail, or call a hook before it, so that a test can be anywhere in a
 * transaction. One per program; static.
 */
#ifndef TESTS_UNIT_FAULT_VFS_H
#define TESTS_UNIT_FAULT_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    long step;               /* writes, syncs, truncations and openings so far */
    long fail_at;            /* 0: never */
    bool forever;            /* from then on, not once */
    int code;                /* what a failed step returns */
    bool lazy;               /* syncs cost nothing: who is killed loses nothing by it */
    void (*hook)(long step); /* before each step */
} fault;

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static inline int fault_step(void)
{
    fault.step++;
    if (fault.hook != NULL)
        fault.hook(fault.step);
    if (fault.fail_at == 0 || fault.step < fault.fail_at ||
        (fault.step > fault.fail_at && !fault.forever))
        return SQLITE_OK;
    return fault.code;
}

#define FAULT_REAL(f) (((struct fault_file *)(void *)(f))->real)
static int fault_close(sqlite3_file *f)
{
    return FAULT_REAL(f)->pMethods->xClose(FAULT_REAL(f));
}
static int fault_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return FAULT_REAL(f)->pMethods->xRead(FAULT_REAL(f), p, n, at);
}
static int fault_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    int rc = fault_step();

    return rc != SQLITE_OK ? rc
                           : FAULT_REAL(f)->pMethods->xWrite(FAULT_REAL(f), p, n, at);
}
static int fault_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    int rc = fault_step();

    return rc != SQLITE_OK ? rc : FAULT_REAL(f)->pMethods->xTruncate(FAULT_REAL(f), n);
}
static int fault_sync(sqlite3_file *f, int flags)
{
    int rc = fault_step();

    return rc != SQLITE_OK || fault.lazy
               ? rc
               : FAULT_REAL(f)->pMethods->xSync(FAULT_REAL(f), flags);
}
static int fault_size(sqlite3_file *f, sqlite3_int64 *n)
{
    return FAULT_REAL(f)->pMethods->xFileSize(FAULT_REAL(f), n);
}
static int fault_lock(sqlite3_file *f, int how)
{
    return FAULT_REAL(f)->pMethods->xLock(FAULT_REAL(f), how);
}
static int fault_unlock(sqlite3_file *f, int how)
{
    return FAULT_REAL(f)->pMethods->xUnlock(FAULT_REAL(f), how);
}
static int fault_reserved(sqlite3_file *f, int *ret)
{
    return FAULT_REAL(f)->pMethods->xCheckReservedLock(FAULT_REAL(f), ret);
}
static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return FAULT_REAL(f)->pMethods->xFileControl(FAULT_REAL(f), op, arg);
}
static int fault_sector(sqlite3_file *f)
{
    return FAULT_REAL(f)->pMethods->xSectorSize(FAULT_REAL(f));
}
static int fault_traits(sqlite3_file *f)
{
    return FAULT_REAL(f)->pMethods->xDeviceCharacteristics(FAULT_REAL(f));
}
static int fault_shm_map(sqlite3_file *f, int n, int size, int extend,
                         void volatile **p)
{
    return FAULT_REAL(f)->pMethods->xShmMap(FAULT_REAL(f), n, size, extend, p);
}
static int fault_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return FAULT_REAL(f)->pMethods->xShmLock(FAULT_REAL(f), at, n, flags);
}
static void fault_shm_barrier(sqlite3_file *f)
{
    FAULT_REAL(f)->pMethods->xShmBarrier(FAULT_REAL(f));
}
static int fault_shm_unmap(sqlite3_file *f, int gone)
{
    return FAULT_REAL(f)->pMethods->xShmUnmap(FAULT_REAL(f), gone);
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 2,
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_traits,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags,
                      int *ret)
{
    struct fault_file *file = (struct fault_file *)(void *)f;
    int rc = fault_step();

    (void)v;
    memset(file, 0, sizeof *file);
    if (rc != SQLITE_OK)
        return rc;
    file->real = (sqlite3_file *)(void *)(file + 1);
    rc = fault.real->xOpen(fault.real, name, file->real, flags, ret);
    if (rc == SQLITE_OK)
        file->base.pMethods = &fault_methods;
    return rc;
}

/* Becomes the default for every connection opened from now on. */
static inline void fault_install(void)
{
    fault.real = sqlite3_vfs_find(NULL);
    fault.vfs = *fault.real;
    fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
    fault.vfs.zName = "fault";
    fault.vfs.pNext = NULL;
    fault.vfs.xOpen = fault_open;
    sqlite3_vfs_register(&fault.vfs, 1);
}

static inline void fault_reset(void)
{
    fault.step = fault.fail_at = 0;
    fault.forever = false;
    fault.hook = NULL;
}

#endif
