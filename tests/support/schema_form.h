/* What the argument of a JSON Schema keyword has to be; see schema.h. */
#ifndef TESTS_SUPPORT_SCHEMA_FORM_H
#define TESTS_SUPPORT_SCHEMA_FORM_H

#include "tests/support/schema.h"

enum schema_form {
    FORM_ANYTHING,
    FORM_SCHEMA,
    FORM_SCHEMAS,       /* a list of them */
    FORM_NAMED_SCHEMAS, /* an object of them */
    FORM_VALUES,
    FORM_NAMES,
    FORM_TYPE,
    FORM_FORMAT,
    FORM_PATTERN,
    FORM_REFERENCE, /* into the same document */
    FORM_COUNT,
    FORM_NUMBER,
    FORM_FLAG,
};

bool schema_has_form(enum schema_dialect dialect, enum schema_form form,
                     const json_t *arg);

#endif
