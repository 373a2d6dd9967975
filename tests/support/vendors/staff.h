/*
 * The people of the company: one person is another record at each vendor.
 * Names in issues that nobody declared become people of that name, so that a
 * small file stays small. One thread; strings live as long as the registry.
 */
#ifndef VENDORS_STAFF_H
#define VENDORS_STAFF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct person {
    const char *id; /* as the company file calls them */
    const char *name;
    const char *login; /* GitHub */
    int64_t github_id;
    const char *account;  /* Jira Cloud accountId */
    const char *username; /* Jira Data Center name and key */
    const char *email;
    bool bot;
};

struct staff;

struct staff *staff_create(void); /* NULL: out of memory */
void staff_destroy(struct staff *p);
/* `list` may be NULL: nobody is declared. */
bool staff_load(struct staff *p, const json_t *list, struct err *e) MUST_USE;
/* NULL only when out of memory; id NULL is nobody. */
const struct person *staff_get(struct staff *p, const char *id);

#endif
