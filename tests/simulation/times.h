/*
 * What no clock explains, whatever it was set to: that something in the daemon's
 * database has happened in the future, that a message waits for longer than any
 * does, or that something is due and stays undone. By the daemon's own wall clock. Loop thread.
 */
#ifndef SIMULATION_TIMES_H
#define SIMULATION_TIMES_H

#include <stdbool.h>
#include <sqlite3.h>

/* Whether the daemon has had the time to write down that its clock was set. */
bool times_are_settled(void);
/* Ends the run with record_fail. `calm`: nothing is or was wrong for long enough that
   what is due must have been done. */
void times_check(sqlite3 *db, bool calm);

#endif
