/* The audit log: every write by a person, in the transaction of the write. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/db.h"

bool audit_add(struct db *db, const struct actor *by, struct str action,
               struct str subject, struct str detail, struct wall now,
               struct err *e) MUST_USE;

#endif
