/*
 * The people of the company: one person is another record at each vendor.
 * Names in issues that nobody declared become people of that name, so that a
 * small file stays small. One thread; strings live as long as the registry.
 */
#ifndef VENDORS_PEOPLE_H
#define VENDORS_PEOPLE_H

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

struct people;

struct people *people_create(void); /* NULL: out of memory */
void people_destroy(struct people *p);
/* `list` may be NULL: nobody is declared. */
bool people_load(struct people *p, const json_t *list, struct err *e) MUST_USE;
/* NULL only when out of memory; id NULL is nobody. */
const struct person *people_get(struct people *p, const char *id);

#endif
