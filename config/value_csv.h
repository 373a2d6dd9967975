/*
 * The number in a cell of a file beside the strategy (`value: {csv, row, column}`): the
 * row whose first cell is `row`, the column that the first line calls `column`. Thread:
 * any, not the loop. Failures name the file; ERR_NOT_FOUND, ERR_CONFIG, ERR_PARSE.
 */
#ifndef CONFIG_VALUE_CSV_H
#define CONFIG_VALUE_CSV_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/strategy.h"

/* *ret_changed: when the file was written, so that an old number stays an old one. */
bool value_csv_load(const struct strategy *s, const struct key_result *kr,
                    struct arena *a, double *ret, struct wall *ret_changed,
                    struct err *e) MUST_USE;
/* The same from its text; `kr` says which cell. */
bool value_csv_read(const struct key_result *kr, struct str text, struct arena *a,
                    double *ret, struct err *e) MUST_USE;

#endif
