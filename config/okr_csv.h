/*
 * A spreadsheet of objectives and key results, as CSV, turned into the text of a strategy
 * file. Columns are guessed by their titles in the first row; a row without an objective
 * is one more key result of the objective above it, as merged cells are exported. What
 * cannot be taken over (a target that is no number, a date that could be two) stands as
 * a comment where it belongs. Pure; any thread.
 */
#ifndef CONFIG_OKR_CSV_H
#define CONFIG_OKR_CSV_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct okr_csv_result {
    size_t objectives, key_results;
    size_t left; /* cells that became comments, and rows that say nothing */
};

/* `name` is the file's, for people. `columns`: what was taken for what, one line each.
   ERR_PARSE: no column of objectives, or nothing in it, or the CSV is none. */
bool okr_csv_read(struct str csv, struct str name, struct arena *a, struct buf *out,
                  struct buf *columns, struct okr_csv_result *ret,
                  struct err *e) MUST_USE;

#endif
