#include "tests/support/schema.h"

#include <string.h>

#include "base/utf8.h"

struct check {
    const json_t *root;
    struct buf *why;
};

static bool check(struct check *c, const json_t *schema, const json_t *v, const char *at);

static bool no(struct check *c, const char *at, const char *what)
{
    buf_clear(c->why);
    buf_printf(c->why, "%s: %s", *at ? at : "(root)", what);
    return false;
}

static bool is_type(const json_t *v, const char *type)
{
    return (strcmp(type, "object") == 0 && json_is_object(v)) ||
           (strcmp(type, "array") == 0 && json_is_array(v)) ||
           (strcmp(type, "string") == 0 && json_is_string(v)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
           (strcmp(type, "number") == 0 && json_is_number(v)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
           (strcmp(type, "null") == 0 && json_is_null(v));
}

static bool check_type(struct check *c, const json_t *type, const json_t *v, const char *at)
{
    const json_t *one;
    size_t i;

    if (json_is_string(type))
        return is_type(v, json_string_value(type)) || no(c, at, "wrong type");
    json_array_foreach((json_t *)(uintptr_t)type, i, one) {
        if (is_type(v, json_string_value(one)))
            return true;
    }
    return no(c, at, "wrong type");
}

static bool is_one_of(const json_t *list, const json_t *v)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), v))
            return true;
    }
    return false;
}

static bool check_any(struct check *c, const json_t *list, const json_t *v, const char *at)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (check(c, json_array_get(list, i), v, at))
            return true;
    }
    return false; /* the last reason stands */
}

static bool check_ref(struct check *c, const char *ref, const json_t *v, const char *at)
{
    const json_t *to = c->root;
    char part[100];

    if (strncmp(ref, "#/", 2) != 0)
        return no(c, at, "a $ref outside of the document");
    for (ref++; to != NULL && *ref == '/';) {
        size_t n = strcspn(++ref, "/");

        if (n >= sizeof(part))
            return no(c, at, "a long $ref");
        memcpy(part, ref, n);
        part[n] = '\0';
        to = json_object_get(to, part);
        ref += n;
    }
    return to != NULL ? check(c, to, v, at) : no(c, at, "a dangling $ref");
}

static bool check_members(struct check *c, const json_t *schema, const json_t *v,
                          const char *at)
{
    const json_t *props = json_object_get(schema, "properties");
    const json_t *extra = json_object_get(schema, "additionalProperties");
    const json_t *required = json_object_get(schema, "required");
    const char *key;
    json_t *member;
    char below[400];

    for (size_t i = 0; i < json_array_size(required); i++) {
        const char *name = json_string_value(json_array_get(required, i));

        if (json_object_get(v, name) == NULL) {
            snprintf(below, sizeof(below), "%s/%s", at, name);
            return no(c, below, "required, and absent");
        }
    }
    json_object_foreach((json_t *)(uintptr_t)v, key, member) {
        const json_t *s = json_object_get(props, key);

        snprintf(below, sizeof(below), "%s/%s", at, key);
        if (s == NULL && json_is_false(extra))
            return no(c, below, "not in the schema");
        if (s == NULL && json_is_object(extra))
            s = extra;
        if (s != NULL && !check(c, s, member, below))
            return false;
    }
    return true;
}

static bool check_elements(struct check *c, const json_t *schema, const json_t *v,
                           const char *at)
{
    const json_t *items = json_object_get(schema, "items");
    const json_t *min = json_object_get(schema, "minItems");
    const json_t *max = json_object_get(schema, "maxItems");
    char below[400];

    if (min != NULL && (json_int_t)json_array_size(v) < json_integer_value(min))
        return no(c, at, "too few elements");
    if (max != NULL && (json_int_t)json_array_size(v) > json_integer_value(max))
        return no(c, at, "too many elements");
    for (size_t i = 0; items != NULL && i < json_array_size(v); i++) {
        snprintf(below, sizeof(below), "%s/%zu", at, i);
        if (!check(c, items, json_array_get(v, i), below))
            return false;
    }
    return true;
}

static bool check_bounds(struct check *c, const json_t *schema, const json_t *v,
                         const char *at)
{
    const json_t *min = json_object_get(schema, "minimum");
    const json_t *max = json_object_get(schema, "maximum");
    const json_t *shortest = json_object_get(schema, "minLength");
    const json_t *longest = json_object_get(schema, "maxLength");
    size_t n = json_is_string(v) ? utf8_count(str_of(json_string_value(v))) : 0;

    if (json_is_number(v) && min != NULL && json_number_value(v) < json_number_value(min))
        return no(c, at, "under the minimum");
    if (json_is_number(v) && max != NULL && json_number_value(v) > json_number_value(max))
        return no(c, at, "over the maximum");
    if (json_is_string(v) && shortest != NULL && (json_int_t)n < json_integer_value(shortest))
        return no(c, at, "too short");
    if (json_is_string(v) && longest != NULL && (json_int_t)n > json_integer_value(longest))
        return no(c, at, "too long");
    return true;
}

static bool is_known(const char *keyword)
{
    static const char *const known[] = {
        "$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "default",
        "examples", "type", "enum", "const", "properties", "required",
        "additionalProperties", "items", "minItems", "maxItems", "minimum", "maximum",
        "minLength", "maxLength", "anyOf", "oneOf", "markdownDescription",
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i], keyword) == 0)
            return true;
    }
    return false;
}

static bool check(struct check *c, const json_t *schema, const json_t *v, const char *at)
{
    const json_t *part;
    const char *keyword;
    json_t *ignored;

    if (json_is_true(schema))
        return true;
    json_object_foreach((json_t *)(uintptr_t)schema, keyword, ignored) {
        if (!is_known(keyword))
            return no(c, at, keyword);
    }
    if ((part = json_object_get(schema, "$ref")) != NULL &&
        !check_ref(c, json_string_value(part), v, at))
        return false;
    if ((part = json_object_get(schema, "type")) != NULL && !check_type(c, part, v, at))
        return false;
    if ((part = json_object_get(schema, "enum")) != NULL && !is_one_of(part, v))
        return no(c, at, "not one of the enum");
    if ((part = json_object_get(schema, "const")) != NULL && !json_equal(part, v))
        return no(c, at, "not the const");
    if ((part = json_object_get(schema, "anyOf")) != NULL && !check_any(c, part, v, at))
        return false;
    if ((part = json_object_get(schema, "oneOf")) != NULL && !check_any(c, part, v, at))
        return false;
    if (json_is_object(v) && !check_members(c, schema, v, at))
        return false;
    if (json_is_array(v) && !check_elements(c, schema, v, at))
        return false;
    return check_bounds(c, schema, v, at);
}

bool schema_check(const json_t *schema, const json_t *value, struct buf *why)
{
    struct check c = {.root = schema, .why = why};

    buf_clear(why);
    return check(&c, schema, value, "");
}
