/*
 * The strategy as one audience may see it: a list of rows, each a node with what is
 * known of it, and the same list as a page. Reader thread; memory is the arena's.
 */
#ifndef STATUS_EXPORT_H
#define STATUS_EXPORT_H

#include "base/buf.h"
#include "core/audience.h"
#include "store/fact.h"

struct export_row {
    const struct node *node;
    unsigned level; /* 0: hangs under nothing */
    struct str id, title, why, owner;
    struct str state;  /* of a key result or initiative */
    struct str detail; /* measure and last value, period, open work */
};
struct export_list {
    struct export_row *v;
    size_t n, cap;
    struct str name;     /* of the strategy */
    struct str audience; /* team, company or board */
    struct str coverage; /* of open work by initiatives; "" when not known */
    struct str day;
};

bool export_read(struct facts *f, enum visibility who, struct date today,
                 struct export_list *ret, struct err *e) MUST_USE;

/* Each makes what is written safe in its own form. */
void export_md(const struct export_list *l, struct buf *out);
void export_html(const struct export_list *l, struct buf *out);
void export_json(const struct export_list *l, struct buf *out);
void export_csv(const struct export_list *l, struct buf *out);

#endif
