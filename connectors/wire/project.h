/*
 * Projection: copies the wanted members of a large JSON reply into a small
 * JSON document, which jansson then parses (project_load), or tells where in
 * the reply they stand (project_rows). A page of issues is mostly URLs nobody
 * reads, and jansson would build a tree of all of them.
 *
 * The scanner is strict (RFC 8259): structure, numbers, literals, escapes with
 * surrogate pairs and UTF-8 are checked in what is skipped, too. It is bounded
 * (PROJECT_MAX_IN, PROJECT_MAX_DEPTH, the ceiling of the output), single-pass
 * and keeps no state. For each document jansson accepts, projecting and then
 * parsing gives what parsing and then projecting gives. Two things differ: a
 * wanted member named twice is an error, an unwanted one is not; and numbers
 * out of range and "\u0000" in names matter only where they are wanted.
 *
 * Paths, one for each wanted part; the last step takes the whole value:
 *
 *   [].number               member `number` of each element of the root array
 *   issues[].fields.summary
 *   [].labels[].name        an object's `name`; a string in the same place is
 *                           taken whole
 *   [].body@                not the value but where it stands in the input:
 *                           [offset, length] (project_span, project_text); for
 *                           long text that is seldom read
 *
 * Where a value is not what the path expects, a scalar is copied as it is and
 * an object or array becomes an empty one, so elements keep their places and
 * the reader sees the type. An absent member stays absent. Names in paths are
 * printable ASCII without . [ ] @ " and backslash, at most
 * PROJECT_MAX_NAME bytes, and 64 to an object.
 *
 * A compiled projection is immutable and lives in the arena given; any thread.
 */
#ifndef CONNECTORS_WIRE_PROJECT_H
#define CONNECTORS_WIRE_PROJECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define PROJECT_MAX_IN ((size_t)64 << 20)  /* bytes of a document */
#define PROJECT_MAX_OUT ((size_t)32 << 20) /* bytes project_load keeps */
#define PROJECT_MAX_DEPTH 128
#define PROJECT_MAX_NAME 63

struct project;

/* ERR_USAGE: a path is not of the form above. ERR_LIMIT: too many members. */
bool project_compile(struct arena *a, const char *const *paths, size_t n,
                     const struct project **ret, struct err *e) MUST_USE;

/*
 * Appends the projection of `in` to `out`. ERR_PARSE: `in` is not one JSON
 * object or array, with the byte at fault; ERR_LIMIT: too long, too deep or
 * more than `out` may hold; ERR_NOMEM. On failure `out` holds a part.
 */
bool project_run(const struct project *p, struct str in, struct buf *out,
                 struct err *e) MUST_USE;

/*
 * project_run, then jansson, which also refuses duplicate names within what
 * was taken whole. Strings may hold NUL: use json_string_length. The caller
 * owns *ret.
 */
bool project_load(const struct project *p, struct str in, json_t **ret,
                  struct err *e) MUST_USE;

/*
 * The same without jansson, for lists of thousands of small objects: for each
 * element of the root array a row, with what each path found in it. That is the
 * raw JSON of its values (text, null left out), in the order of the document.
 * All paths begin with "[]."; what they share is kept apart by its path only,
 * so a path that needs the members of one object together takes it whole.
 * Names that stand twice within what is taken whole are not noticed.
 *
 * A scalar in place of an array's element counts as that element's one wanted
 * member: a bare "x" among `[].labels[].name` is a name. Other scalars and
 * containers that are not where a path expects them are left out.
 *
 * Views are borrowed from `in`. Rows are owned by the caller and used by one
 * thread; project_rows_finish is idempotent. ERR_PARSE also: the root is no
 * array; ERR_LIMIT also: more than PROJECT_MAX_ROWS or PROJECT_MAX_CELLS.
 */
#define PROJECT_MAX_ROWS 10000
#define PROJECT_MAX_CELLS 1000000

struct project_cell {
    struct str raw;
    uint32_t next; /* 1 + index of the next value of that path; 0: none */
};

struct project_slot {
    uint32_t first, last; /* 1 + index of a cell; 0: none */
};

struct project_rows {
    size_t n; /* rows */
    size_t n_paths;
    struct project_slot *slots; /* owned; n_paths for each row */
    struct project_cell *cells; /* owned */
    size_t n_cells, cap_slots, cap_cells;
};

/* On failure *ret is empty. */
bool project_rows(const struct project *p, struct str in, struct project_rows *ret,
                  struct err *e) MUST_USE;
void project_rows_finish(struct project_rows *r);

/* The values of path number `path` (as given to project_compile) in one row. */
static inline const struct project_cell *project_first(const struct project_rows *r,
                                                       size_t row, size_t path)
{
    uint32_t i = r->slots[row * r->n_paths + path].first;

    return i == 0 ? NULL : &r->cells[i - 1];
}
static inline const struct project_cell *project_next(const struct project_rows *r,
                                                      const struct project_cell *cell)
{
    return cell->next == 0 ? NULL : &r->cells[cell->next - 1];
}

/*
 * The raw JSON a value of an `@` path stands for, borrowed from the same `in`.
 * False when `v` is no such value (NULL, or another type in its place).
 */
bool project_span(struct str in, const json_t *v, struct str *ret_raw) MUST_USE;

/*
 * Decodes the raw JSON string of a span into the arena. Anything but a string
 * (null, an object) gives the empty view. False: out of memory.
 */
bool project_text(struct arena *a, struct str raw, struct str *ret) MUST_USE;

#endif
