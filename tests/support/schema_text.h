/* What `format` and `pattern` of a JSON Schema ask of a value; see schema.h. */
#ifndef TESTS_SUPPORT_SCHEMA_TEXT_H
#define TESTS_SUPPORT_SCHEMA_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/* A format this can check. */
bool schema_knows_format(const char *format);
/* True also of a value whose type the format says nothing about. */
bool schema_has_format(const char *format, const json_t *value);

/* An ECMA-262 pattern that means the same to regcomp(3), once \d is spelled out. */
bool schema_knows_pattern(const char *pattern);
bool schema_has_pattern(const char *pattern, const char *text);

#endif
