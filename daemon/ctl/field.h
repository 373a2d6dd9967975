/*
 * Members of the daemon's JSON, read without trust: absent, null or of another
 * type gives the empty value. Views borrow from the document.
 */
#ifndef CTL_FIELD_H
#define CTL_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

struct str field_str(const json_t *o, const char *name);
int64_t field_int(const json_t *o, const char *name);
bool field_has(const json_t *o, const char *name); /* there and not null */
bool field_bool(const json_t *o, const char *name);
double field_number(const json_t *o, const char *name);
struct wall field_time(const json_t *o, const char *name); /* 0: none */
json_t *field_obj(const json_t *o, const char *name);      /* NULL: none */
/* An array to walk with json_array_foreach; NULL walks nothing. */
json_t *field_arr(const json_t *o, const char *name);
struct str field_text(const json_t *v); /* of an element */

#endif
