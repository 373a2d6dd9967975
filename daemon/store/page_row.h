/*
 * What pages write of an item into table item. Engine thread, inside a transaction; texts
 * are borrowed until the call returns.
 */
#ifndef STORE_PAGE_ROW_H
#define STORE_PAGE_ROW_H

#include "core/item.h"
#include "store/sql.h"

struct page_row {
    const struct item *it;
    bool private_; /* its texts are not kept */
    bool baseline;
    uint64_t hash;
    int64_t scope;
    struct wall changed;
    struct str marks, people; /* packed */
};

/* At most SQL_ROWS, new ones of the source; ids[i] is 0 where it had that item already,
   whose row stays as it is. */
bool page_rows_insert(struct db *db, int64_t source, struct wall now,
                      const struct page_row *rows, size_t n, int64_t *ids,
                      struct err *e) MUST_USE;
bool page_row_update(struct db *db, int64_t id, const struct page_row *row,
                     struct err *e) MUST_USE;

#endif
