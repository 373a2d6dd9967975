/*
 * Rows of comma separated values: RFC 4180, with LF or CR LF behind a row, a byte order
 * mark in front, blanks around a cell dropped, and blank lines left out. A row that is
 * none says why and ends with its first line: what follows is read on.
 *
 * Pure; the views of a row live as long as the text and the arena. A reader of our own,
 * as the form is four rules long, and as no library among ours has one that tells the
 * line of an error and goes on behind it.
 */
#ifndef CONFIG_CSV_H
#define CONFIG_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum {
    CSV_MAX_BYTES = 1024 * 1024, /* of a file: for whoever opens one */
    CSV_MAX_ROWS = 10000,        /* likewise */
    CSV_MAX_CELLS = 256,         /* of a row */
    CSV_MAX_CELL = 4096,         /* bytes of a cell */
};

struct csv_row {
    struct str *cells;
    uint32_t *at; /* offset in the text of each cell, where it is quoted of its quote */
    size_t n;
    uint32_t from, to; /* what it is in the text; `to` of a wrong one: its first line */
    const char *wrong; /* NULL: it is a row */
};

struct csv {
    struct str text;
    size_t next;
    struct arena *a;
    struct str cells[CSV_MAX_CELLS];
    uint32_t at[CSV_MAX_CELLS];
};

/* `text` below 4 GiB. */
void csv_begin(struct csv *c, struct str text, struct arena *a);
/* False: the end, or out of memory (arena_failed). *ret holds until the next call. */
bool csv_next(struct csv *c, struct csv_row *ret);
/* Which cell of a header has that name, case ignored; -1: none. */
ptrdiff_t csv_column(const struct csv_row *header, struct str name);

#endif
