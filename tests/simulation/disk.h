/*
 * The disk under the daemon's database (tests/unit/fault_vfs.h): it can be full
 * for a while, and the process can die before any write of it: whatever follows
 * fails and changes nothing, so that the files stay as kill -9 would leave them.
 * Set by the loop thread while none of the store's work runs.
 */
#ifndef SIMULATION_DISK_H
#define SIMULATION_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* Of whoever looks at the daemon's files beside it. */
#define DISK_VFS "unix-excl"

void disk_install(void); /* once, before the first database is opened */
void disk_full(bool full);
bool disk_has_room_since(int64_t ms); /* for so long at least */
void disk_die_in(long writes); /* 0: now */
bool disk_is_dead(void);
void disk_revive(void);

#endif
