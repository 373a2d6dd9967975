#include "ctl/field.h"

#include "base/date.h"

struct str field_text(const json_t *v)
{
    if (!json_is_string(v))
        return STR_NONE;
    return (struct str){json_string_value(v), json_string_length(v)};
}

struct str field_str(const json_t *o, const char *name)
{
    return field_text(json_object_get(o, name));
}

int64_t field_int(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

bool field_has(const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);

    return v != NULL && !json_is_null(v);
}

bool field_bool(const json_t *o, const char *name)
{
    return json_is_true(json_object_get(o, name));
}

double field_number(const json_t *o, const char *name)
{
    return json_number_value(json_object_get(o, name));
}

struct wall field_time(const json_t *o, const char *name)
{
    struct wall t = {0};

    if (!date_parse_iso(field_str(o, name), &t))
        return (struct wall){0};
    return t;
}

json_t *field_obj(const json_t *o, const char *name)
{
    json_t *v = json_object_get(o, name);

    return json_is_object(v) ? v : NULL;
}

json_t *field_arr(const json_t *o, const char *name)
{
    json_t *v = json_object_get(o, name);

    return json_is_array(v) ? v : NULL;
}
