/*
 * Binds YAML mappings to structs by tables. Connectors and rules bring rows of
 * base/conf_key.h; config's own tables add what those rows cannot say (lists
 * of mappings, dates, numbers, ids, own readers). The same tables drive the
 * printer and the JSON Schemas, so a key cannot be read and not documented.
 *
 * Every error is reported to the binder's diag with its place; a binder goes
 * on after one, so that all of them are found. A bound struct is only of use
 * when the diag has no errors. Values are copied into the binder's arena.
 * Thread: one at a time for each binder.
 */
#ifndef CONFIG_BIND_H
#define CONFIG_BIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/conf_key.h"
#include "base/date.h"
#include "base/map.h"
#include "config/config.h"
#include "config/yaml.h"

/* Which fields the operator has set, and where. */
struct origins;
struct origins *origins_create(struct arena *a); /* NULL: out of memory */
void origins_destroy(struct origins *o); /* NULL is fine; values are the arena's */
/* `at` must outlive the origins. */
void origins_set(struct origins *o, const void *field, const struct yaml_at *at);
const struct yaml_at *origins_at(const struct origins *o,
                                 const void *field);               /* NULL: default */
uint32_t origins_line(const struct origins *o, const void *field); /* 0: default */

struct binder {
    struct arena *a;       /* of the values */
    struct arena *scratch; /* of messages and defaults; gone after the load */
    struct conf_diag *d;
    struct origins *origins; /* NULL: not recorded */
    void *user;              /* of the table's own readers */
};

/* The mapping that is being read, for messages: source "jira". */
struct place {
    const char *what; /* NULL: the whole file */
    struct str name;  /* may be empty */
    const struct place *up;
};

enum bind_form {
    BIND_CONF,     /* by key.type */
    BIND_DATE,     /* struct date: YYYY-MM-DD */
    BIND_NUMBER,   /* double, key.min..key.max */
    BIND_ID,       /* struct str: [a-z0-9][a-z0-9._-]{0,63} */
    BIND_ID_UPPER, /* the same with capitals: decisions, events */
    BIND_TABLE,    /* a nested struct, mapping bound by `table` */
    BIND_LIST,     /* pointer at key.offset, size_t at n_offset: list of mappings */
    BIND_CALL,     /* by `call` */
    BIND_LATER,    /* documented, but not of this version: an error */
};

struct bind_key;
struct bind_table;

/* Reads one value; `out` is the struct that the table binds. */
typedef void bind_fn(struct binder *b, const struct yaml_node *value,
                     const struct place *where, const struct bind_key *key, void *out);
/* Looks at a bound mapping as a whole. */
typedef void bind_whole_fn(struct binder *b, const struct yaml_node *map,
                           const struct place *where, void *out);

struct bind_key {
    struct conf_key key;
    enum bind_form form;
    const struct bind_table *table; /* TABLE, LIST; CALL: what it binds by, or NULL */
    bool list;                      /* CALL: a list of such mappings */
    size_t n_offset;                /* LIST */
    bind_fn *call;                  /* CALL */
    const char *schema;             /* CALL: JSON Schema of the value */
};

struct bind_table {
    const char *what;            /* "source": what one mapping is called */
    const char *name;            /* key that tells one from another, or NULL */
    const struct bind_key *keys; /* ends with a row without a name */
    size_t size;                 /* of the struct */
    bind_whole_fn *whole;        /* NULL: nothing more to check */
};

/* Offsets in a nested struct that has no name. */
#define BIND_WITHIN(type, outer, inner)                                                \
    (offsetof(type, outer.inner) - offsetof(type, outer))

/* A mapping may be bound to several structs at once: common keys and own ones. */
struct bind_part {
    const struct bind_key *rows; /* or: */
    const struct conf_key *keys;
    void *out;
};

void bind_mapping(struct binder *b, const struct yaml_node *map,
                  const struct place *where, const struct bind_part *parts,
                  size_t n_parts);
/* With the table's `whole`; *out is zeroed memory of table->size. */
void bind_table_read(struct binder *b, const struct yaml_node *map,
                     const struct place *where, const struct bind_table *table,
                     void *out);
/* Elements in file order; *ret is NULL when there are none. */
void bind_list_read(struct binder *b, const struct yaml_node *list,
                    const struct place *where, const char *key,
                    const struct bind_table *table, void **ret, size_t *ret_n);
/* One value by its row; `field` is where it goes. */
void bind_value(struct binder *b, const struct yaml_node *value,
                const struct place *where, const struct conf_key *key, void *field);
/* Fills in what the rows say for keys that are absent. */
void bind_defaults(struct binder *b, const struct place *where,
                   const struct bind_part *part);

/* ---- for the tables' own readers ---- */

/* "MESSAGE in source "jira"" */
void bind_error(struct binder *b, struct yaml_at at, struct str hint,
                const struct place *where, const char *fmt, ...) PRINTF(5, 6);
void bind_warn(struct binder *b, struct yaml_at at, struct str hint,
               const struct place *where, const char *fmt, ...) PRINTF(5, 6);
/* "'interval' in source "jira" MESSAGE" */
void bind_wrong(struct binder *b, const struct yaml_node *value, struct str hint,
                const struct place *where, const char *key, const char *fmt, ...)
    PRINTF(6, 7);

/* False, reported: not a scalar, or one without a value. */
bool bind_scalar(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, struct str *ret);
bool bind_str(struct binder *b, const struct yaml_node *value,
              const struct place *where, const char *key, size_t max, struct str *ret);
bool bind_strs(struct binder *b, const struct yaml_node *value,
               const struct place *where, const char *key, size_t max,
               struct str_list *ret);
bool bind_id(struct binder *b, const struct yaml_node *value, const struct place *where,
             const char *key, bool upper, struct str *ret);
bool bind_date(struct binder *b, const struct yaml_node *value,
               const struct place *where, const char *key, struct date *ret);
bool bind_number(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, double min, double max,
                 double *ret);
/* In percent: 0..100 for 0 to 1. */
bool bind_percent(struct binder *b, const struct yaml_node *value,
                  const struct place *where, const char *key, double min, double max,
                  double *ret);
bool bind_choice(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key, const char *const *choices,
                 int *ret);
/* False, reported: not a mapping. */
bool bind_is_map(struct binder *b, const struct yaml_node *value,
                 const struct place *where, const char *key);
void bind_origin(struct binder *b, const void *field, const struct yaml_node *value);

#endif
