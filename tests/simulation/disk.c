#include "tests/simulation/disk.h"

#include "base/attr.h"
#include "tests/simulation/clockwork.h"
#include "tests/unit/fault_vfs.h"

static struct {
    bool full, dead;
    long dies_at;       /* 0: not by itself */
    int64_t changed_at; /* by the true clock: it got full, or room */
} disk;

static void before_step(long step)
{
    disk.dead |= disk.dies_at != 0 && step >= disk.dies_at;
    fault.code = disk.dead ? SQLITE_IOERR : SQLITE_FULL;
    fault.fail_at = disk.dead || disk.full ? 1 : 0;
}

void disk_install(void)
{
    /* As the daemon has it (store/open.c): it cannot any more when this has begun. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* What has the files is this process alone: locks between processes (tests/torture
       has those) are most of what a run would ask the kernel for. */
    (void)sqlite3_vfs_register(sqlite3_vfs_find(DISK_VFS), 1);
    fault_install();
    fault_reset();
    fault.forever = fault.lazy = true;
    fault.hook = before_step;
}

void disk_full(bool full)
{
    disk.full = full;
    disk.changed_at = clockwork_truth().ms;
}

bool disk_has_room_since(int64_t ms)
{
    return !disk.full && clockwork_truth().ms - disk.changed_at >= ms;
}

void disk_die_in(long writes)
{
    if (writes == 0)
        disk.dead = true;
    else
        disk.dies_at = fault.step + writes;
}

bool disk_is_dead(void)
{
    return disk.dead;
}

void disk_revive(void)
{
    disk.dead = false;
    disk.dies_at = 0;
}
