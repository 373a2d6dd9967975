#include "tests/support/schema_form.h"

#include <string.h>

#include "tests/support/schema_text.h"

static bool is_type(const char *name, bool null)
{
    static const char *const names[] = {"object", "array",   "string",
                                        "number", "integer", "boolean"};

    for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return null && name != NULL && strcmp(name, "null") == 0;
}

static bool are_types(const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (!is_type(json_string_value(one), true))
            return false;
    }
    return json_array_size(list) > 0;
}

static bool are_names(const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (!json_is_string(one))
            return false;
    }
    return json_is_array(list);
}

bool schema_has_form(enum schema_dialect dialect, enum schema_form form,
                     const json_t *arg)
{
    const char *text = json_string_value(arg);
    bool json = dialect == SCHEMA_JSON;

    switch (form) {
    case FORM_SCHEMA:
        return json_is_object(arg) || json_is_boolean(arg);
    case FORM_SCHEMAS:
    case FORM_VALUES:
        return json_array_size(arg) > 0;
    case FORM_NAMED_SCHEMAS:
        return json_is_object(arg);
    case FORM_NAMES:
        return are_names(arg);
    case FORM_TYPE:
        return is_type(text, json) || (json && are_types(arg));
    case FORM_FORMAT:
        return schema_knows_format(text);
    case FORM_PATTERN:
        return schema_knows_pattern(text);
    case FORM_REFERENCE:
        return text != NULL && text[0] == '#' && strchr(text, '%') == NULL;
    case FORM_COUNT:
        return json_is_integer(arg) && json_integer_value(arg) >= 0;
    case FORM_NUMBER:
        return json_is_number(arg);
    case FORM_FLAG:
        return json_is_boolean(arg);
    case FORM_ANYTHING:
        break;
    }
    return true;
}
