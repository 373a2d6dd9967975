/*
 * The terminal behind a file descriptor, if there is one. Any thread.
 */
#ifndef BASE_TTY_H
#define BASE_TTY_H

#include <stddef.h>

/* $COLUMNS where it is set, as for other programs; else the terminal's own width, at
   least 20; 0: no terminal. */
size_t tty_columns(int fd);

#endif
