/*
 * A table that fits the terminal: `spare` columns without a text are left out, then
 * columns with a `drop` rank, the highest rank first, until the narrowest form of the
 * others fits; then those with a `min` give way, the widest first, their text cut with an ellipsis.
 * Cells are made safe here (utf8_print_safe). Wide characters count two.
 *
 * Memory is the arena given; one thread. Failure is the arena's or the buf's.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "ctl/term.h"

struct table_column {
    const char *title;
    bool right;
    unsigned drop; /* 0: always there */
    size_t min;    /* may be cut to this; 0: never cut */
    bool spare;    /* left out when no row has anything there */
};

enum { TABLE_COLUMNS = 10 };

struct table {
    struct arena *a;
    const struct table_column *columns;
    size_t n_columns;
    struct table_cell *cells;
    size_t n_cells, cap_cells;
};

/* `columns` is borrowed until the table is printed. */
void table_init(struct table *t, struct arena *a, const struct table_column *columns,
                size_t n);
/* Cells fill the rows from left to right. */
void table_add(struct table *t, enum term_style style, struct str text);
void table_print(const struct table *t, const struct term *term, size_t indent);

#endif
